"""Answers that were given lately, kept as long as the archive is as it was: many people ask for the same day."""

import os
from collections import OrderedDict
from pathlib import Path
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")
# When a file was last written, and how long it is.
_Mark = tuple[int, int] | None


class AnswerCache(Generic[_Answer]):
    """Remembers the latest ``most`` answers from the SQLite file at ``path``, which is in WAL mode."""

    def __init__(self, path: Path, *, most: int) -> None:
        self._files = (f"{path}", f"{path}-wal")
        self._most = most
        self._marks: tuple[_Mark, ...] = ()
        self._answers: OrderedDict[object, _Answer] = OrderedDict()

    def get(self, question: object) -> _Answer | None:
        """Return the answer, or None if there is none, or the file was written to since.

        Look here first, and only then ask the file: what ``put`` keeps counts from here.
        """
        marks = tuple(map(_mark, self._files))
        if marks != self._marks:
            self._answers.clear()
            self._marks = marks
        answer = self._answers.get(question)
        if answer is not None:
            self._answers.move_to_end(question)
        return answer

    @property
    def moment(self) -> object:
        """What stands for the state of the file that was looked at last."""
        return self._marks

    def put(self, question: object, answer: _Answer, *, since: object) -> None:
        """Keep an answer that was asked for when ``moment`` was ``since``; a later one may tell otherwise."""
        if not self._most or since != self._marks:
            return
        self._answers[question] = answer
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)


def _mark(file: str) -> _Mark:
    try:
        state = os.stat(file)  # noqa: PTH116  (in a microsecond, for each question)
    except FileNotFoundError:
        return None
    return state.st_mtime_ns, state.st_size
