"""Other processes that read pages, so that all cores are used: they read while this one writes."""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Self, cast

from bot.archive.forgotten import Forgotten
from bot.archive.rows import Row, read_row
from bot.errors import ArchiveError, PageError

# A file's whole path and its bytes; what is read of it, or why it cannot be an event.
File = tuple[str, bytes]
Read = Row | str

# Up to so many batches are quicker read here than a process is started.
_FEW = 2
_ENDED = "a process that reads pages was ended from outside (is memory short?): nothing was imported; try again"


class Crew:
    """Reads batches of files in the order they are given: ``give`` one, later ``take`` what was read.

    Use it as a context: the processes end with it, and also when this process is killed.
    """

    def __init__(self, forgotten: Forgotten, *, count: int | None = None) -> None:
        # This process writes, which is nearly as much work as reading.
        self._count = (os.cpu_count() or 1) - 1 if count is None else count
        self._forgotten = forgotten
        self._members: list[_Member] = []
        # Who reads the batches that are under way, in their order; or what was read here.
        self._under_way: deque[_Member | list[Read]] = deque()
        self._given = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.end()

    @property
    def is_full(self) -> bool:
        """Whether something has to be taken before more can be given."""
        return len(self._under_way) >= max(len(self._members), 1)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    def give(self, files: Sequence[File]) -> None:
        """Have a batch read; only while the crew is not full."""
        self._given += 1
        if self._given > _FEW and not self._members and self._count:
            self._members = [_Member(self._forgotten) for _ in range(self._count)]
        if not self._members:
            self._under_way.append(_read(files, self._forgotten))
            return
        # In turns: as many are under way as there are members at most, so that the next one has nothing to do.
        member = self._members[self._given % len(self._members)]
        member.give(files)
        self._under_way.append(member)

    def take(self) -> list[Read]:
        """Return what was read of the oldest batch under way."""
        oldest = self._under_way.popleft()
        return oldest if isinstance(oldest, list) else oldest.take()


class _Member:
    """A process that reads; it ends when nobody gives it anything any more."""

    def __init__(self, forgotten: Forgotten) -> None:
        # In a session of its own: Ctrl+C is for the one that tells it to end.
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from bot.archive.crew import work; work()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        self._to = cast("IO[bytes]", self._process.stdin)
        self._from = cast("IO[bytes]", self._process.stdout)
        # Sent with the first batch.
        pickle.dump(forgotten, self._to, pickle.HIGHEST_PROTOCOL)

    def give(self, files: Sequence[File]) -> None:
        try:
            pickle.dump(files, self._to, pickle.HIGHEST_PROTOCOL)
            self._to.flush()
        except BrokenPipeError as error:
            raise ArchiveError(_ENDED) from error

    def take(self) -> list[Read]:
        try:
            read: list[Read] | Exception = pickle.load(self._from)  # noqa: S301  (from our own process)
        except (EOFError, pickle.UnpicklingError) as error:
            raise ArchiveError(_ENDED) from error
        if isinstance(read, Exception):
            raise read
        return read

    def end(self) -> None:
        # What it was still to read, nobody wants any more.
        self._process.kill()
        with suppress(BrokenPipeError):
            self._to.close()
        self._from.close()
        self._process.wait()


def work() -> None:
    """Read batch after batch from stdin, until nobody is there any more."""
    # Whoever is gone in the middle of a batch, killed perhaps, has left half of it, or does not take the answer.
    with suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
        _work(sys.stdin.buffer, sys.stdout.buffer)
    # Without a last attempt to write what nobody takes.
    os._exit(0)


def _work(source: IO[bytes], target: IO[bytes]) -> None:
    forgotten: Forgotten = pickle.load(source)  # noqa: S301  (from our own process)
    while True:
        files: Sequence[File] = pickle.load(source)  # noqa: S301
        read: list[Read] | Exception
        try:
            read = _read(files, forgotten)
        except Exception as error:  # noqa: BLE001  (what should not happen is told where it can be)
            read = error
        pickle.dump(read, target, pickle.HIGHEST_PROTOCOL)
        target.flush()


def _read(files: Sequence[File], forgotten: Forgotten) -> list[Read]:
    read: list[Read] = []
    for where, data in files:
        try:
            read.append(read_row(where, data, forgotten))
        except PageError as error:
            read.append(str(error))
    return read
