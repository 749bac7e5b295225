"""When a daily post or a follow is due: at one instant for each local date of its plan. Pure: the time is an argument.

The local date is the unit. A time that the clocks skip in spring is due at the first instant after the gap, and still
belongs to its own date; a time that comes twice in autumn is due the first time. A date that a place skipped altogether
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
# Files among zoneinfo's that are not zones of places: "localtime" is what this machine is set to.
_NO_ZONES = frozenset(("localtime", "Factory"))
_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)
_LATEST = dt.datetime.max.replace(tzinfo=dt.UTC)
_DAY, _SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
_LONGEST_MONTH = 31
# Local dates are at most one day away from those of UTC; a gap may move an instant by one more.
_SLACK_DAYS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """The local time, the time zone and the days of a daily post or a follow.

    ``time`` is naive and has no seconds; ``zone`` is an IANA name, looked up only when it is used; ``weekdays`` has bit
    0 for Monday to bit 6 for Sunday. ``month_day`` is the one day of each month (1 to 31; in shorter months their last
    day) of a plan that comes monthly. A plan that is ``at_once`` has no time of its own: it is never due. Raises
    ValueError for another kind of time, for no day at all, and for days of two kinds.
    """

    time: dt.time
    zone: str
    weekdays: int = EVERY_DAY
    month_day: int | None = None
    at_once: bool = False

    def __post_init__(self) -> None:
        """Check the time and the days."""
        if self.time != self.time.replace(second=0, microsecond=0, tzinfo=None, fold=0):
            raise ValueError(f"{self.time!r} is not a local time in whole minutes")
        if not 1 <= self.weekdays <= EVERY_DAY:
            raise ValueError(f"{self.weekdays} does not stand for days of the week")
        if self.month_day is not None and not 1 <= self.month_day <= _LONGEST_MONTH:
            raise ValueError(f"{self.month_day} is not a day of a month")
        if (self.weekdays != EVERY_DAY) + (self.month_day is not None) + self.at_once > 1:
            raise ValueError("a plan comes on days of the week, on a day of the month, or at once")


@functools.cache
def zone_names() -> frozenset[str]:
    """Return the IANA names of this machine's time zones; the first call takes about 0.1 seconds."""
    return frozenset(zoneinfo.available_timezones() - _NO_ZONES)


@functools.cache
def _open(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def open_zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the time zone with this IANA name; raises DailyPostError if this machine has no such zone."""
    # zoneinfo would open any file that a text names: it is only given names that it listed itself.
    if name in zone_names():
        try:
            return _open(name)
        except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
            pass  # The file was removed or damaged after it was listed.
    raise DailyPostError(
        Message("{text} is not a time zone I know: choose another one, such as “Europe/Berlin”.", text=echo(name))
    )


def local_date(plan: Plan | str, now: dt.datetime) -> dt.date:
    """Return the date at ``now`` (aware) in the zone of a plan, or in the zone of that name.

    Raises DailyPostError for an unknown zone.
    """
    zone = open_zone(plan if isinstance(plan, str) else plan.zone)
    try:
        return _utc(now).astimezone(zone).date()
    except OverflowError:
        return _utc(now).date()  # The calendar ends in UTC as well.


def due_at(plan: Plan, day: dt.date) -> dt.datetime | None:
    """Return the instant (in UTC) at which the post of a local date is due.

    None if the plan leaves out that day or is at once, if the place skipped that date, or if the instant is outside the
    calendar. Raises DailyPostError for an unknown zone.
    """
    # Importing it would make the start slower.
    from dateutil import tz

    zone = open_zone(plan.zone)
    if plan.at_once or not _falls_on(plan, day):
        return None
    local = dt.datetime.combine(day, plan.time)
    try:
        return _to_utc(local, zone) if tz.datetime_exists(local, zone) else _end_of_gap(local, zone)
    except OverflowError:
        return None


def due_between(plan: Plan, after: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.date, dt.datetime]]:
    """Return the local dates whose posts are due after one instant and not later than another, and when, in order.

    Both instants are aware. A plan that is at once has none. Raises DailyPostError for an unknown zone, at the call.
    """
    open_zone(plan.zone)
    if plan.at_once:
        return iter(())
    after, until = _utc(after), _utc(until)
    first = max(after.toordinal() - _SLACK_DAYS, dt.date.min.toordinal())
    last = min(until.toordinal() + _SLACK_DAYS, dt.date.max.toordinal())
    days = map(dt.date.fromordinal, range(first, last + 1))
    dues = ((day, due_at(plan, day)) for day in days)
    return ((day, instant) for day, instant in dues if instant is not None and after < instant <= until)


def next_due(plan: Plan, after: dt.datetime) -> tuple[dt.date, dt.datetime]:
    """Return the first local date whose post is due after an instant (aware), and when it is due.

    Raises DailyPostError for an unknown zone, and if no post is due before the calendar ends.
    """
    due = next(due_between(plan, after, _LATEST), None)
    if due is None:
        raise DailyPostError(Message("No date is left on which this post could come."))
    return due


def _falls_on(plan: Plan, day: dt.date) -> bool:
    """Return whether a plan that has days has this one."""
    if plan.month_day is None:
        return bool(plan.weekdays >> day.weekday() & 1)
    # The last day of a month that has fewer days stands for those that it lacks.
    return day.day == plan.month_day or (day.day < plan.month_day and (day + _DAY).day == 1)


def next_midnight(zone: str, after: dt.datetime) -> dt.datetime:
    """Return when the next date begins in a zone after an instant (aware). Raises DailyPostError for an unknown one."""
    return next_due(Plan(dt.time(0), zone), after)[1]


def _utc(instant: dt.datetime) -> dt.datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} belongs to no time zone")
    try:
        return instant.astimezone(dt.UTC)
    except OverflowError:
        return _EARLIEST if instant.year == dt.MINYEAR else _LATEST


def _to_utc(local: dt.datetime, zone: zoneinfo.ZoneInfo, *, fold: int = 0) -> dt.datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)


def _to_local(instant: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """Return what the clocks of ``zone`` show, as a naive time."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _end_of_gap(local: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime | None:
    """Return the first instant after the gap that ``local`` is in, or None if its whole date is in the gap."""
    # In a gap, fold=1 applies the UTC offset after it, which gives an instant before the gap; fold=0 applies the offset
    # before it, which gives an instant behind the gap.
    before, behind = _to_utc(local, zone, fold=1), _to_utc(local, zone, fold=0)
    seconds = range(round((behind - before) / _SECOND))
    instant = before + _SECOND * bisect.bisect_left(
        seconds, x=True, key=lambda second: _to_local(before + _SECOND * second, zone) >= local
    )
    gap_start = _to_local(instant - _SECOND, zone) + _SECOND
    midnight = dt.datetime.combine(local, dt.time.min)
    skips_whole_date = gap_start <= midnight and _to_local(instant, zone).date() > local.date()
    return None if skips_whole_date else instant
