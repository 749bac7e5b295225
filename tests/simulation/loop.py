"""An event loop whose time is virtual: where nothing can run, it jumps to the next timer. One thread, no wall clock."""

from __future__ import annotations

import asyncio
import gc
import heapq
import inspect
import sys
import warnings
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

# Which life of the bot a task or callback belongs to; 0 for the world around it.
LIFE: ContextVar[int] = ContextVar("life", default=0)


# So often something runs at one moment of a world at most.
_MOST_TURNS = 50_000


class StandstillError(Exception):
    """Nothing can ever run again, though somebody waits; or something runs again and again, and no time passes."""


class DeathError(BaseException):
    """The bot's process ends at this very point; nothing after it happens."""


class _Task(asyncio.Task[Any]):
    """A task with a hash that is the same in each run, so that sets of tasks have the same order."""

    _count = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        _Task._count += 1
        self._number = _Task._count
        context = options.get("context")
        self.life = LIFE.get() if context is None else context.get(LIFE, 0)
        super().__init__(*args, **options)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs tasks in virtual time, from 0 on. ``executor_delay`` says how long each call in an executor takes."""

    def __init__(self) -> None:
        super().__init__()
        _Task._count = 0
        self.executor_delay: Callable[[], float] = lambda: 0.0
        self._virtual_now = 0.0
        self._turns = 0
        self._dead: set[int] = set()
        # Kept, so that nothing of the dead is run when memory is freed.
        self._graveyard: list[Any] = []
        self._sweeps = 0
        # Called before each step of the bot: a task that goes on, a callback.
        self.on_step: Callable[[], None] | None = None
        self.set_task_factory(cast("Any", self._make_task))

    @staticmethod
    def _make_task(loop: VirtualLoop, coro: Any, **options: Any) -> _Task:
        return _Task(coro, loop=loop, **options)

    def time(self) -> float:
        return self._virtual_now

    def kill(self, life: int) -> None:
        """Let nothing that belongs to a life of the bot ever run again: no handler, no ``finally``."""
        self._dead.add(life)
        self._graveyard += [task for task in asyncio.all_tasks(self) if cast("_Task", task).life == life]
        self._sweeps = 3
        self._sweep()

    def bury(self) -> None:
        """Forget all tasks without running them to their end."""
        hook, sys.unraisablehook = sys.unraisablehook, lambda _error: None
        try:
            tasks = [*self._graveyard, *asyncio.all_tasks(self)]
            self._graveyard.clear()
            self._ready.clear()  # type: ignore[attr-defined]
            self._scheduled.clear()  # type: ignore[attr-defined]
            for task in tasks:
                task._log_destroy_pending = False
                _close(task.get_coro())
                del task
            del tasks
            self._ready.clear()  # type: ignore[attr-defined]
            self._scheduled.clear()  # type: ignore[attr-defined]
            self.close()
            collect(2)
        finally:
            sys.unraisablehook = hook

    def is_dead(self, life: int) -> bool:
        return life in self._dead

    def _sweep(self) -> None:
        for handle in [*self._ready, *self._scheduled]:  # type: ignore[attr-defined]
            if handle._context.get(LIFE, 0) in self._dead and not handle.cancelled():
                handle.cancel()

    def _run_once(self) -> None:
        if self._sweeps:
            # What the step that ran at that moment has left behind.
            self._sweeps -= 1
            self._sweep()
        ready: deque[asyncio.Handle] = self._ready  # type: ignore[attr-defined]
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False  # type: ignore[attr-defined]
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            if not timers:
                raise StandstillError
            self._virtual_now = max(self._virtual_now, timers[0].when())
            self._turns = 0
        self._turns += 1
        if self._turns > _MOST_TURNS:
            raise StandstillError
        while timers and timers[0].when() <= self._virtual_now:
            timer = heapq.heappop(timers)
            timer._scheduled = False  # type: ignore[attr-defined]
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if self.on_step is not None and not handle._cancelled and handle._context.get(LIFE, 0):  # type: ignore[attr-defined]
                self.on_step()
            if not handle._cancelled:
                handle._run()

    def _process_events(self, events: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the function at once; its result comes a little later, as from another thread."""
        future: asyncio.Future[Any] = self.create_future()
        try:
            result, error = func(*args), None
        except DeathError:
            return future
        except Exception as raised:  # noqa: BLE001  (handed on)
            result, error = None, raised
        self.call_later(self.executor_delay(), _settle, future, result, error)
        return future


def collect(generation: int) -> None:
    """Free memory; what a killed process has left open is no reason for a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect(generation)


def _close(coro: Any) -> None:
    # Each ``finally`` in it may wait for something once more.
    while inspect.getcoroutinestate(coro) != inspect.CORO_CLOSED:
        with suppress(BaseException):
            coro.close()


def _settle(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
