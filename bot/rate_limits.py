"""Discord's global limit, 50 requests a second for a bot: kept by spacing the requests, not by running into it.

discord.py keeps the limits of each route; the global one it only hears of by a 429. Every request of the bot passes
here, retries included. Answers to commands and presses go another way in Discord, do not count, and never wait here.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.app_commands import Cooldown

# So many people's counts are kept before those that are full again are dropped.
_MOST_KEPT = 2000
# Requests in any one second, where Discord takes 50: the way there may push another one into it.
MOST = 49
_SECOND = 1.0
_TOO_MANY = 429
_FREE = ("/interactions/", "/webhooks/")
_API = "/api/"
# What has been sent since “once” began.
_sent: ContextVar[list[str] | None] = ContextVar("sent", default=None)


class RepeatedError(OSError):
    """discord.py was about to send again, unasked, what must not arrive twice."""


@contextmanager
def no_blind_retry() -> Iterator[None]:
    """Let one request go, and no second one after an unclear answer: discord.py repeats a 500 up to four times.

    After a 429 it may: what Discord refused to look at has had no effect.
    """
    mark = _sent.set([])
    try:
        yield
    finally:
        _sent.reset(mark)


class GlobalRateLimiter:
    """Lets requests pass first come, first served: evenly spaced, and never more than ``most`` in a second.

    The spacing alone would not do: when the process was held up, all that should have gone meanwhile goes at once. It
    is that of one less than ``most``: with nothing to make up for it, all that ever woke up late would stay late.
    """

    def __init__(self, most: int = MOST) -> None:
        self._interval = _SECOND / max(most - 1, 1)
        self._next = 0.0
        self._passed: deque[float] = deque(maxlen=most)
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Wait for one's turn."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            due = max(self._next, clock())
            if len(self._passed) == self._passed.maxlen:
                due = max(due, self._passed[0] + _SECOND)
            await asyncio.sleep(max(due - clock(), 0.0))
            # Counted from when it was due, so that waking up late costs nothing on the whole.
            self._next = due + self._interval
            self._passed.append(clock())

    def trace(self) -> aiohttp.TraceConfig:
        """Return what discord.py takes as ``http_trace``: each request waits for its turn before it is sent."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._begins)
        config.on_request_end.append(self._ends)
        return config

    async def _begins(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestStartParams
    ) -> None:
        path = request.url.path
        if not path.startswith(_API) or any(free in path for free in _FREE):
            return
        sent = _sent.get()
        if sent:
            raise RepeatedError(f"{request.method} {path} had no clear answer, and is not repeated unseen")
        await self.wait()
        if sent is not None:
            sent.append(path)

    async def _ends(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, answer: aiohttp.TraceRequestEndParams
    ) -> None:
        sent = _sent.get()
        if sent and answer.response.status == _TOO_MANY:
            sent.clear()


def patch_global_limit_cancellation(http: discord.http.HTTPClient) -> None:
    """Keep one request that is given up during a global 429 from holding up all others for ever.

    discord.py (2.7) stops every request for as long as one sleeps over such an answer, and starts them again after the
    sleep only: cancelled there, it never does.
    """
    request = http.request

    async def guarded(route: discord.http.Route, **options: Any) -> Any:  # noqa: ANN401  (as discord.py has it)
        try:
            return await request(route, **options)
        except asyncio.CancelledError:
            http._global_over.set()  # noqa: SLF001  (there is no other way to it)
            raise

    http.request = guarded  # type: ignore[method-assign]


class UserRateLimiter:
    """Allows each person ``rate`` answers in ``per`` seconds. Time is an argument: seconds since whenever."""

    def __init__(self, *, rate: int = 20, per: float = 20.0) -> None:
        self._rate, self._per = rate, per
        self._used: dict[int, Cooldown] = {}

    def retry_after(self, person: int, now: float) -> float:
        """Count one answer; return how many seconds to wait for it, 0 for now."""
        if len(self._used) > _MOST_KEPT:
            self._used = {kept: used for kept, used in self._used.items() if used.get_tokens(now) < self._rate}
        return self._used.setdefault(person, Cooldown(self._rate, self._per)).update_rate_limit(now) or 0.0
