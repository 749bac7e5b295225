"""Checks this machine's clock against Discord's: each of Discord's answers has the time in its Date header."""

import email.utils
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import aiohttp

from bot.clock import Clock

log = logging.getLogger(__name__)

# A clock that is off by less does no harm: a post comes at a minute of somebody's day, and each local date has one.
TOLERANCE = timedelta(minutes=5)


class ClockCheck:
    """Knows Discord's time as of its last answer; from there on it counts monotonic time, which nobody can set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Discord's time minus this machine's monotonic time, in seconds.
        self._offset: float | None = None

    def watch(self, trace: aiohttp.TraceConfig) -> None:
        """Read the time from every answer to a traced request."""
        trace.on_request_end.append(self._on_request_end)

    def deviation(self, now: datetime) -> timedelta:
        """Return how far this machine's ``now`` is ahead of Discord's; zero until Discord has answered."""
        if self._offset is None:
            return timedelta()
        return now - datetime.fromtimestamp(self._clock.monotonic() + self._offset, UTC)

    async def _on_request_end(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        header = params.response.headers.get("Date")
        if header is None:
            return
        try:
            moment = email.utils.parsedate_to_datetime(header)
        except ValueError:
            log.debug("an answer of Discord's has no readable date: %s", header)
            return
        self._offset = moment.timestamp() - self._clock.monotonic()
