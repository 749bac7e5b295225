"""Whether this machine's clock can be believed: each of Discord's answers tells the time."""

import email.utils
import logging
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import aiohttp

log = logging.getLogger(__name__)

# A post comes at a minute of somebody's day; and a date that was told once is not told again.
TOLERANCE = timedelta(minutes=5)


class Timekeeper:
    """Remembers what time Discord's last answer said it is; no change of this machine's clock moves that."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def listen(self, trace: aiohttp.TraceConfig) -> None:
        """Hear of every answer."""
        trace.on_request_end.append(self._ends)

    def off(self, now: datetime) -> timedelta:
        """Return how far this machine's ``now`` is ahead of Discord's, as far as is known."""
        if self._ahead is None:
            return timedelta()
        return now - datetime.fromtimestamp(time.monotonic() + self._ahead, UTC)

    async def _ends(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, answer: aiohttp.TraceRequestEndParams
    ) -> None:
        told = answer.response.headers.get("Date")
        if told is None:
            return
        try:
            moment = email.utils.parsedate_to_datetime(told)
        except ValueError:
            log.debug("an answer of Discord's has no readable date: %s", told)
            return
        self._ahead = moment.timestamp() - time.monotonic()
