"""The two limits on how fast the bot may go: Discord's on the bot, and the bot's on each person.

Discord allows a bot 50 requests a second over all routes. discord.py keeps the limits of each route, but learns of the
global one only from a 429; here the requests are spaced so that none comes. Every request of the bot passes here,
retries included. Answers to commands and buttons do not count for Discord, and never wait here.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp
from discord.app_commands import Cooldown

# Requests in any one second, where Discord takes 50: the way there may push another one into it.
MAX_PER_SECOND = 49
# Cooldowns kept in memory before those that are full again are dropped.
_MAX_COOLDOWNS = 2000
_SECOND = 1.0
_TOO_MANY_REQUESTS = 429
_UNLIMITED_PATHS = ("/interactions/", "/webhooks/")
_API_PREFIX = "/api/"
# The paths requested since ``no_blind_retry`` was entered; None outside of it.
_sent_paths: ContextVar[list[str] | None] = ContextVar("sent_paths", default=None)


class RepeatedError(OSError):
    """discord.py was about to repeat a request that must not arrive twice."""


@contextmanager
def no_blind_retry() -> Iterator[None]:
    """Let one request go, and no second one after an unclear answer: discord.py repeats a 500 up to four times.

    After a 429 it may: what Discord refused to look at has had no effect. The second request raises RepeatedError.
    """
    token = _sent_paths.set([])
    try:
        yield
    finally:
        _sent_paths.reset(token)


class GlobalRateLimiter:
    """Lets requests pass first come, first served: evenly spaced, and never more than ``max_per_second``.

    Spacing alone is not enough: after the process was held up, everything that is overdue would go at once. So the
    requests of the last second are counted as well. The spacing is that of one request a second fewer, so that a delay
    can be made up for.
    """

    def __init__(self, max_per_second: int = MAX_PER_SECOND) -> None:
        self._interval = _SECOND / max(max_per_second - 1, 1)
        self._next_due = 0.0
        self._recent: deque[float] = deque(maxlen=max_per_second)
        self._lock = asyncio.Lock()

    async def wait(self) -> None:
        """Wait until the next request may go."""
        # The event loop's own clock, in seconds: the one that asyncio.sleep() goes by.
        loop_time = asyncio.get_running_loop().time
        async with self._lock:
            due = max(self._next_due, loop_time())
            if len(self._recent) == self._recent.maxlen:
                due = max(due, self._recent[0] + _SECOND)
            await asyncio.sleep(max(due - loop_time(), 0.0))
            # Counted from when it was due, so that waking up late costs nothing on the whole.
            self._next_due = due + self._interval
            self._recent.append(loop_time())

    def trace(self) -> aiohttp.TraceConfig:
        """Return what discord.py takes as ``http_trace``: each request waits here before it is sent."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._on_request_start)
        config.on_request_end.append(self._on_request_end)
        config.on_connection_create_start.append(self._on_connection)
        config.on_connection_reuseconn.append(self._on_connection)
        return config

    async def _on_request_start(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestStartParams
    ) -> None:
        path = request.url.path
        if not path.startswith(_API_PREFIX) or any(unlimited in path for unlimited in _UNLIMITED_PATHS):
            return
        sent_paths = _sent_paths.get()
        if sent_paths:
            raise RepeatedError(f"{request.method} {path} had no clear answer, and is not repeated unseen")
        await self.wait()
        context.is_first = True
        if sent_paths is not None:
            sent_paths.append(path)

    async def _on_connection(self, session: aiohttp.ClientSession, context: SimpleNamespace, params: object) -> None:
        # aiohttp repeats a GET whose connection was lost, at once and unseen: its second connection waits here.
        is_first = getattr(context, "is_first", None)
        if is_first is False:
            await self.wait()
        elif is_first:
            context.is_first = False

    async def _on_request_end(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, answer: aiohttp.TraceRequestEndParams
    ) -> None:
        sent_paths = _sent_paths.get()
        if sent_paths and answer.response.status == _TOO_MANY_REQUESTS:
            sent_paths.clear()


class UserRateLimiter:
    """Allows each person ``rate`` answers in ``per`` seconds. Time is an argument, in seconds since any moment."""

    def __init__(self, *, rate: int = 20, per: float = 20.0) -> None:
        self._rate, self._per = rate, per
        self._cooldowns: dict[int, Cooldown] = {}

    def retry_after(self, user_id: int, now: float) -> float:
        """Count one answer; return how many seconds to wait for it, 0 if it may be given now."""
        if len(self._cooldowns) > _MAX_COOLDOWNS:
            self._cooldowns = {
                id_: cooldown for id_, cooldown in self._cooldowns.items() if cooldown.get_tokens(now) < self._rate
            }
        cooldown = self._cooldowns.setdefault(user_id, Cooldown(self._rate, self._per))
        return cooldown.update_rate_limit(now) or 0.0
