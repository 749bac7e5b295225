"""When a daily post is due: one instant for each local date that is served. Pure: the time is an argument.

The local date is the unit. A time that clocks skip in spring is served at the first instant after the gap and still
belongs to its own date; one that comes twice in autumn is served the first time. A date that a place skipped altogether
(30 December 2011 in Apia) is never due.
"""

import bisect
import datetime as dt
import functools
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.errors import DailyPostError
from bot.locale.language import Message, echo

EVERY_DAY = 0b111_1111
# Both are files of zoneinfo, but neither is a place: one is whatever this machine is set to.
_NO_PLACES = frozenset(("localtime", "Factory"))
_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)
_LATEST = dt.datetime.max.replace(tzinfo=dt.UTC)
_SECOND = dt.timedelta(seconds=1)
# Local dates are at most one day away from those of UTC; another day is room for a gap that moves an instant.
_SLACK_DAYS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """At what local time, in which zone and on which days of the week a post is made.

    ``time`` is naive and has no seconds; ``zone`` is an IANA name, looked up only when it is used; ``weekdays`` has bit
    0 for Monday to bit 6 for Sunday. Raises ValueError for another kind of time and for no weekday at all.
    """

    time: dt.time
    zone: str
    weekdays: int = EVERY_DAY

    def __post_init__(self) -> None:
        """Refuse what could never be due or not be said."""
        if self.time != self.time.replace(second=0, microsecond=0, tzinfo=None, fold=0):
            raise ValueError(f"{self.time!r} is not a local time in whole minutes")
        if not 1 <= self.weekdays <= EVERY_DAY:
            raise ValueError(f"{self.weekdays} does not stand for days of the week")


@functools.cache
def zone_names() -> frozenset[str]:
    """Return the name of every time zone of this machine; the first call reads them all (about 0.1 seconds)."""
    return frozenset(zoneinfo.available_timezones() - _NO_PLACES)


@functools.cache
def _open(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def open_zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the time zone with exactly this IANA name; raises OrderError if this machine has none."""
    # zoneinfo reads whatever file a text names: it gets to see only names that it listed itself.
    if name in zone_names():
        try:
            return _open(name)
        except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
            pass  # The file went away or was damaged after it was listed.
    raise DailyPostError(
        Message("{text} is no time zone known here: choose another one, such as “Europe/Berlin”.", text=echo(name))
    )


def local_date(plan: Plan | str, now: dt.datetime) -> dt.date:
    """Return the date that it is at ``now`` (aware) in the zone of a plan, or of that name.

    Raises OrderError for an unknown zone.
    """
    zone = open_zone(plan if isinstance(plan, str) else plan.zone)
    try:
        return _utc(now).astimezone(zone).date()
    except OverflowError:
        return _utc(now).date()  # The calendar ends in UTC as well.


def due_at(plan: Plan, day: dt.date) -> dt.datetime | None:
    """Return the instant (in UTC) at which the post of a local date is due.

    None if that weekday is not served, if the date does not exist there, or if the instant is outside the calendar.
    Raises OrderError for an unknown zone.
    """
    zone = open_zone(plan.zone)
    if not plan.weekdays >> day.weekday() & 1:
        return None
    wanted = dt.datetime.combine(day, plan.time)
    try:
        instant = wanted.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
        return instant if _wall(zone, instant) == wanted else _after_gap(zone, wanted, instant)
    except OverflowError:
        return None


def due_between(plan: Plan, after: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.date, dt.datetime]]:
    """Return each local date whose post is due after one instant and not later than another, with when, in order.

    Both limits are aware. Raises OrderError for an unknown zone, at once.
    """
    open_zone(plan.zone)
    after, until = _utc(after), _utc(until)
    first = max(after.toordinal() - _SLACK_DAYS, dt.date.min.toordinal())
    last = min(until.toordinal() + _SLACK_DAYS, dt.date.max.toordinal())
    days = map(dt.date.fromordinal, range(first, last + 1))
    dues = ((day, due_at(plan, day)) for day in days)
    return ((day, instant) for day, instant in dues if instant is not None and after < instant <= until)


def next_due(plan: Plan, after: dt.datetime) -> tuple[dt.date, dt.datetime]:
    """Return the first local date whose post is due after an instant (aware), and when that is.

    Raises OrderError for an unknown zone and in the last days of the calendar, when none is left.
    """
    following = next(due_between(plan, after, _LATEST), None)
    if following is None:
        raise DailyPostError(Message("No daily post is due before the calendar ends."))
    return following


def _utc(instant: dt.datetime) -> dt.datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} belongs to no time zone")
    try:
        return instant.astimezone(dt.UTC)
    except OverflowError:
        return _EARLIEST if instant.year == dt.MINYEAR else _LATEST


def _wall(zone: zoneinfo.ZoneInfo, instant: dt.datetime) -> dt.datetime:
    """Return what the clocks of ``zone`` show."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _after_gap(zone: zoneinfo.ZoneInfo, wanted: dt.datetime, late: dt.datetime) -> dt.datetime | None:
    """Return the first instant after the gap that ``wanted`` is in, or None if its whole date is."""
    # In a gap, fold=0 reads the clock that was and lands behind it; fold=1 reads the one to come, and lands before it.
    early = wanted.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
    seconds = range(round((late - early) / _SECOND))
    instant = early + _SECOND * bisect.bisect_left(
        seconds, x=True, key=lambda second: _wall(zone, early + _SECOND * second) >= wanted
    )
    begin = _wall(zone, instant - _SECOND) + _SECOND
    skips_it_all = begin <= dt.datetime.combine(wanted, dt.time.min) and _wall(zone, instant).date() > wanted.date()
    return None if skips_it_all else instant
