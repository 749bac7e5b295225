"""Discord's global limit, 50 requests a second for a bot: kept by spacing the requests, not by running into it.

discord.py keeps the limits of each route; the global one it only hears of by a 429. Every request of the bot passes
here, retries included. Answers to commands and presses go another way in Discord, do not count, and never wait here.
"""

import asyncio
from types import SimpleNamespace

import aiohttp

# Requests a second. Evenly spaced, any one second holds at most 49 of them; the network may push one more into it.
RATE = 48.5
_FREE = ("/interactions/", "/webhooks/")
_API = "/api/"


class Budget:
    """Lets requests pass evenly spaced, first come, first served."""

    def __init__(self, rate: float = RATE) -> None:
        self._interval = 1 / rate
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for one's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(self._next, now)
        self._next = turn + self._interval
        if turn > now:
            await asyncio.sleep(turn - now)

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
