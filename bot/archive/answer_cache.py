"""An LRU cache of answers, bounded by their size, emptied when the archive changes: many ask for the same day."""

import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")
# What an entry takes beside its answer, in bytes.
_ENTRY = 500
# A file's number, when it was last written (ns), and its size in bytes; None if it is not there.
_FileState = tuple[int, int, int] | None


class AnswerCache(Generic[_Answer]):
    """Keeps the answers used last, from the SQLite file at ``path``, which is in WAL mode.

    They take no more than ``size`` bytes, about; with 0 none is kept.
    """

    def __init__(self, path: Path, *, size: int) -> None:
        self._files = (f"{path}", f"{path}-wal")
        self._size = size
        self._version: tuple[_FileState, ...] = ()
        self._answers: OrderedDict[object, tuple[_Answer, int]] = OrderedDict()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many bytes the answers take, about."""
        return self._taken

    def get(self, question: object) -> _Answer | None:
        """Return the answer; None if there is none, or the file was written since.

        Call it before the file is read: an answer read afterwards belongs to the ``version`` of then, or a later one.
        """
        version = tuple(map(_file_state, self._files))
        if version != self._version:
            self._answers.clear()
            self._taken = 0
            self._version = version
        entry = self._answers.get(question)
        if entry is None:
            return None
        self._answers.move_to_end(question)
        return entry[0]

    @property
    def version(self) -> object:
        """The state of the file when an answer was last looked up."""
        return self._version

    def put(self, question: object, answer: _Answer, *, version: object, size: int) -> None:
        """Keep an answer of about ``size`` bytes, if the file's version that it was read from is still the newest."""
        size += _ENTRY
        if version != self._version or size > self._size:
            return
        if earlier := self._answers.pop(question, None):
            self._taken -= earlier[1]
        self._answers[question] = (answer, size)
        self._taken += size
        while self._taken > self._size:
            _, (_, dropped) = self._answers.popitem(last=False)
            self._taken -= dropped


def _file_state(file: str) -> _FileState:
    try:
        state = os.stat(file)  # noqa: PTH116  (a microsecond for each question)
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size


def size_of_texts(texts: Iterable[str | None]) -> int:
    """Return about how many bytes texts take: most characters take one or two, and each text some more."""
    return sum(60 + 2 * len(text) for text in texts if text)
