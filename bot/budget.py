"""Discord's global limit, 50 requests a second for a bot: kept by spacing the requests, not by running into it.

discord.py keeps the limits of each route; the global one it only hears of by a 429. Every request of the bot passes
here, retries included. Answers to commands and presses go another way in Discord, do not count, and never wait here.
"""

import asyncio
from collections import deque
from types import SimpleNamespace

import aiohttp

# Requests in any one second, where Discord takes 50: the way there may push two more into it.
MOST = 48
_SECOND = 1.0
_FREE = ("/interactions/", "/webhooks/")
_API = "/api/"


class Budget:
    """Lets requests pass first come, first served: evenly spaced, and never more than ``most`` in a second.

    The spacing alone would not do: when the process was held up, all that should have gone meanwhile goes at once.
    """

    def __init__(self, most: int = MOST) -> None:
        self._interval = _SECOND / most
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
        return config

    async def _begins(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestStartParams
    ) -> None:
        path = request.url.path
        if path.startswith(_API) and not any(free in path for free in _FREE):
            await self.wait()
