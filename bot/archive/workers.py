"""Other processes that read pages and make events, so that all cores are used: they do while this one writes."""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, Self, TypeVar, cast

from bot.domain.errors import ArchiveError
from bot.processes import helper_environment

_Batch = TypeVar("_Batch")

# Up to so many batches are quicker done here than a process is started.
_FEW = 2
_MOST = 4
_ENDED = "a process that reads pages was ended from outside (is memory short?): nothing was imported; try again"


class WorkerPool:
    """Does work on batches in other processes; what becomes of them comes in the order they are given.

    Work is a function of a module (or a ``partial`` of one) that depends on nothing but its batch. Use a crew as a
    context: its processes end with it, and also when this process is killed.
    """

    def __init__(self, *, count: int | None = None) -> None:
        # This process writes meanwhile, which is as much work: more than a few would wait for it.
        self._count = min((os.cpu_count() or 1) - 1, _MOST) if count is None else count
        self._members: list[_Worker] = []
        # Who works on the batches that are under way, in their order.
        self._under_way: deque[_Worker] = deque()
        self._given = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.end()

    def submit(self, work: Callable[[_Batch], object], batch: _Batch) -> list[Any]:
        """Have work done on a batch; return what has become of earlier ones by now."""
        self._given += 1
        if self._given > _FEW and not self._members and self._count:
            self._members = [_Worker() for _ in range(self._count)]
        if not self._members:
            return [work(batch)]
        # One that has nothing to do comes first: what is done already can wait.
        member = next((member for member in self._members if not member.is_busy), None)
        done = []
        if member is None:
            member = self._under_way.popleft()
            done.append(member.receive())
        member.submit(work, batch)
        self._under_way.append(member)
        return done

    def drain(self) -> Iterator[Any]:
        """Yield what becomes of the batches that are still under way."""
        while self._under_way:
            yield self._under_way.popleft().receive()


class _Worker:
    """A process that works; it ends when nobody gives it anything any more."""

    def __init__(self) -> None:
        # In a session of its own: Ctrl+C is for the one that tells it to end.
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from bot.archive.workers import work; work()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env=helper_environment(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        self.is_busy = False
        self._to = cast("IO[bytes]", self._process.stdin)
        self._from = cast("IO[bytes]", self._process.stdout)

    def submit(self, work: Callable[[_Batch], object], batch: _Batch) -> None:
        self.is_busy = True
        try:
            pickle.dump((work, batch), self._to, pickle.HIGHEST_PROTOCOL)
            self._to.flush()
        except BrokenPipeError as error:
            raise ArchiveError(_ENDED) from error

    def receive(self) -> object:
        self.is_busy = False
        try:
            # From our own process.
            done: object = pickle.load(self._from)  # noqa: S301
        except (EOFError, pickle.UnpicklingError) as error:
            raise ArchiveError(_ENDED) from error
        if isinstance(done, Exception):
            raise done
        return done

    def end(self) -> None:
        # What it was still to do, nobody wants any more.
        self._process.kill()
        with suppress(BrokenPipeError):
            self._to.close()
        self._from.close()
        self._process.wait()


def work() -> None:
    """Work on batch after batch from stdin, until nobody is there any more."""
    # Whoever is gone in the middle of a batch, killed perhaps, has left half of it, or does not take the answer.
    with suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
        _work(sys.stdin.buffer, sys.stdout.buffer)
    # Without a last attempt to write what nobody takes.
    os._exit(0)


def _work(source: IO[bytes], target: IO[bytes]) -> None:
    while True:
        done: object
        task, batch = pickle.load(source)  # noqa: S301  (from our own process)
        try:
            done = task(batch)
        except Exception as error:  # noqa: BLE001  (what should not happen is told where it can be)
            done = error
        pickle.dump(done, target, pickle.HIGHEST_PROTOCOL)
        target.flush()
