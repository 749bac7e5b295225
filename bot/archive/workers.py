"""Worker processes that parse pages and build events while this one writes."""

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

# Up to this many batches are done in this process sooner than another one has started.
_FEW = 3
_MOST_WORKERS = 4
_ENDED = "a process that reads pages was ended from outside (is memory short?): nothing was imported; try again"


class WorkerPool:
    """Runs a function on batches in other processes, and returns the results in the order of the batches.

    The function is pickled, so it is one of a module (or a ``partial`` of one), and it depends on its arguments alone.
    ``size`` is the number of processes: by default one for each core but one, four at most; with 0 everything runs in
    this process. Use it with ``with``: its processes end with it, and also when this process is killed.
    """

    def __init__(self, *, size: int | None = None) -> None:
        # Meanwhile this process writes, which takes as long: more workers than these would wait for it.
        self._size = min((os.cpu_count() or 1) - 1, _MOST_WORKERS) if size is None else size
        self._workers: list[_Worker] = []
        # The workers that have a batch, in the order of the batches.
        self._busy: deque[_Worker] = deque()
        self._submitted = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()

    def submit(self, function: Callable[[_Batch], object], batch: _Batch) -> list[Any]:
        """Have ``function`` called with a batch; return the results that are next in order and ready, perhaps none.

        Raises ArchiveError when a worker was ended from outside, and whatever ``function`` raises.
        """
        self._submitted += 1
        if self._submitted > _FEW and not self._workers and self._size:
            self._workers = [_Worker() for _ in range(self._size)]
        if not self._workers:
            return [function(batch)]
        results = []
        # An idle worker comes first: results that are ready can wait.
        worker = next((worker for worker in self._workers if not worker.is_busy), None)
        if worker is None:
            worker = self._busy.popleft()
            results.append(worker.receive())
        worker.send(function, batch)
        self._busy.append(worker)
        return results

    def drain(self) -> Iterator[Any]:
        """Yield the results of the batches that workers still have, in order."""
        while self._busy:
            yield self._busy.popleft().receive()


class _Worker:
    """One process, which ends when its pipe is closed."""

    def __init__(self) -> None:
        # In a session of its own: Ctrl+C reaches this process only, which then ends the worker.
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from bot.archive.workers import work; work()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env=helper_environment(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        self.is_busy = False
        self._to_worker = cast("IO[bytes]", self._process.stdin)
        self._from_worker = cast("IO[bytes]", self._process.stdout)

    def send(self, function: Callable[[_Batch], object], batch: _Batch) -> None:
        self.is_busy = True
        try:
            pickle.dump((function, batch), self._to_worker, pickle.HIGHEST_PROTOCOL)
            self._to_worker.flush()
        except BrokenPipeError as error:
            raise ArchiveError(_ENDED) from error

    def receive(self) -> object:
        self.is_busy = False
        try:
            # It comes from a process of our own.
            result: object = pickle.load(self._from_worker)  # noqa: S301
        except (EOFError, pickle.UnpicklingError) as error:
            raise ArchiveError(_ENDED) from error
        if isinstance(result, Exception):
            raise result
        return result

    def end(self) -> None:
        # Its results are not needed any more.
        self._process.kill()
        with suppress(BrokenPipeError):
            self._to_worker.close()
        self._from_worker.close()
        self._process.wait()


def work() -> None:
    """Run a worker process: handle batch after batch from stdin until it is closed."""
    # A parent that is killed may leave half a batch in the pipe, or not read the result.
    with suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
        _handle_batches(sys.stdin.buffer, sys.stdout.buffer)
    # Without flushing stdout: the parent may be gone.
    os._exit(0)


def _handle_batches(source: IO[bytes], target: IO[bytes]) -> None:
    while True:
        result: object
        function, batch = pickle.load(source)  # noqa: S301  (from our own process)
        try:
            result = function(batch)
        except Exception as error:  # noqa: BLE001  (raised again in the parent)
            result = error
        pickle.dump(result, target, pickle.HIGHEST_PROTOCOL)
        target.flush()
