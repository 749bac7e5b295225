"""When a host may be asked: not too often, and not while it has asked to wait."""

import re
from collections import defaultdict, deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.clock import Clock

_MINUTE = 60.0
# More digits than any number of seconds that a host can mean.
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
# Longer than anybody waits, and still a date.
_ENDLESS = 1e9


class Pace:
    """What each host has been asked in the last minute, and how long it is left in peace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._held_until: dict[str, float] = {}

    def delay(self, host: str, per_minute: int) -> float:
        """Return for how many seconds this host, to be asked so often a minute, may not be asked: 0 if it may be."""
        now = self._clock.monotonic()
        self._forget(now)
        free = self._held_until.get(host, now)
        recent = self._recent.get(host, deque())
        if len(recent) >= per_minute:
            free = max(free, recent[0] + _MINUTE)
        return max(free - now, 0.0)

    def count(self, host: str) -> None:
        """Count a request that is made now."""
        self._recent[host].append(self._clock.monotonic())

    def hold(self, host: str, seconds: float) -> None:
        """Leave a host in peace for so long, or longer if it already is."""
        until = self._clock.monotonic() + seconds
        self._held_until[host] = max(until, self._held_until.get(host, until))

    def _forget(self, now: float) -> None:
        """Forget what is over, so that this stays small however many hosts redirects lead to."""
        for host, recent in list(self._recent.items()):
            while recent and recent[0] + _MINUTE <= now:
                recent.popleft()
            if not recent:
                del self._recent[host]
        self._held_until = {host: until for host, until in self._held_until.items() if until > now}


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """Return for how many seconds a ``Retry-After`` asks, None if it says nothing that can be read.

    It is a number of seconds or an HTTP date (RFC 9110); a date that is past asks for 0.
    """
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    if text.isascii() and text.isdigit():
        return _ENDLESS
    try:
        date = parsedate_to_datetime(text)
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _ENDLESS)
