"""Checks this machine's clock against Discord's, and goes by Discord's where the machine's is wrong.

Each of Discord's answers has the time in its Date header.
"""

import email.utils
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import aiohttp

from bot.clock import Clock

log = logging.getLogger(__name__)

# A clock that is off by less does no harm: a post comes at a minute of somebody's day, and each local date has one.
TOLERANCE = timedelta(minutes=5)


class CorrectedClock:
    """The machine's clock, less the ``correction``: how far it is ahead, as long as it is wrong."""

    def __init__(self, machine: Clock) -> None:
        self.correction = timedelta()
        self._machine = machine

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return self._machine.now() - self.correction

    def monotonic(self) -> float:
        """Return the machine's monotonic time, in seconds."""
        return self._machine.monotonic()


class ClockCheck:
    """Knows Discord's time as of its last answer; from there on it counts monotonic time, which nobody can set."""

    def __init__(self, clock: CorrectedClock) -> None:
        self._clock = clock
        self._read_at = 0.0
        # Discord's time minus this machine's monotonic time, in seconds.
        self._offset: float | None = None

    def watch(self, trace: aiohttp.TraceConfig) -> None:
        """Read the time from every answer to a traced request."""
        trace.on_request_end.append(self._on_request_end)

    def deviation(self, now: datetime) -> timedelta:
        """Return how far a ``now`` is ahead of Discord's; zero until Discord has answered."""
        if self._offset is None:
            return timedelta()
        return now - datetime.fromtimestamp(self._clock.monotonic() + self._offset, UTC)

    @property
    def fault(self) -> str | None:
        """What is wrong with the machine's clock, in a sentence; None if it is right."""
        seconds = round(self._clock.correction.total_seconds())
        return (
            f"this machine's clock is off by {seconds:,} s, so daily posts go by Discord's: set it right"
            if seconds
            else None
        )

    @property
    def off_by(self) -> timedelta:
        """How far the machine's clock is ahead of Discord's, if that is too much; else zero."""
        return self._clock.correction

    def was_read_since(self, moment: float) -> bool:
        """Tell whether Discord has answered since a moment (monotonic)."""
        return self._read_at >= moment

    def correct(self, deviation: timedelta) -> None:
        """Let the clock be set right: it is so far ahead of Discord's."""
        correction = self._clock.correction + deviation
        self._clock.correction = correction if abs(correction) > TOLERANCE else timedelta()
        if self.fault:
            log.error("%s", self.fault)
        else:
            log.info("this machine's clock is right again")

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
        self._read_at = self._clock.monotonic()
        self._offset = moment.timestamp() - self._read_at
