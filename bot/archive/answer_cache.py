"""An LRU cache of answers, emptied when the archive changes: many people ask for the same day."""

import os
from collections import OrderedDict
from pathlib import Path
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")
# A file's number, when it was last written (ns), and its size in bytes; None if it is not there.
_FileState = tuple[int, int, int] | None


class AnswerCache(Generic[_Answer]):
    """Keeps the ``size`` answers used last, from the SQLite file at ``path``, which is in WAL mode."""

    def __init__(self, path: Path, *, size: int) -> None:
        self._files = (f"{path}", f"{path}-wal")
        self._size = size
        self._version: tuple[_FileState, ...] = ()
        self._answers: OrderedDict[object, _Answer] = OrderedDict()

    def get(self, question: object) -> _Answer | None:
        """Return the answer; None if there is none, or the file was written since.

        Call it before the file is read: an answer read afterwards belongs to the ``version`` of then, or a later one.
        """
        version = tuple(map(_file_state, self._files))
        if version != self._version:
            self._answers.clear()
            self._version = version
        answer = self._answers.get(question)
        if answer is not None:
            self._answers.move_to_end(question)
        return answer

    @property
    def version(self) -> object:
        """The state of the file when an answer was last looked up."""
        return self._version

    def put(self, question: object, answer: _Answer, *, version: object) -> None:
        """Keep an answer that was read from this version of the file, if that is still the newest one known."""
        if not self._size or version != self._version:
            return
        self._answers[question] = answer
        if len(self._answers) > self._size:
            self._answers.popitem(last=False)


def _file_state(file: str) -> _FileState:
    try:
        state = os.stat(file)  # noqa: PTH116  (a microsecond for each question)
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size
