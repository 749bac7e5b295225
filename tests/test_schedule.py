"""A daily post is due once on each local date, at the time of its plan, whatever the clocks of the place do."""

import datetime as dt
import functools
import itertools
import zoneinfo
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import DailyPostError
from bot.domain.schedule import Plan, due_at, due_between, local_date, next_due, open_zone, zone_names

UTC = dt.UTC
DAY, MINUTE, SECOND = dt.timedelta(days=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)
FIRST, LAST = dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(2036, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = dt.datetime.min.replace(tzinfo=UTC), dt.datetime.max.replace(tzinfo=UTC)
WEEKDAYS, SUNDAY = 0b001_1111, 0b100_0000

# The date that two places left out when they moved across the date line.
SKIPPED_DATES = {dt.date(2011, 12, 30)}

untimed = settings(deadline=None)  # a busy machine is no reason to fail
some_zone = st.sampled_from(sorted(zone_names()))
some_time = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))
some_instant = st.datetimes(dt.datetime(1995, 1, 1), dt.datetime(2080, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
some_weekly_plan = st.builds(Plan, some_time, some_zone, st.integers(1, 127))
some_monthly_plan = st.builds(Plan, some_time, some_zone, month_day=st.integers(1, 31))
some_plan = some_weekly_plan | some_monthly_plan


class Change(NamedTuple):
    """The clocks of a zone jump from one distance to UTC to another."""

    at: dt.datetime
    before: dt.timedelta
    after: dt.timedelta


def offset(zone: zoneinfo.ZoneInfo, instant: dt.datetime) -> dt.timedelta:
    ahead = instant.astimezone(zone).utcoffset()
    assert ahead is not None
    return ahead


def recurrence(plan: Plan, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return a plan's local dates from one to another, without the code under test: as dateutil lists them."""
    start, end = (dt.datetime.combine(day, dt.time.min) for day in (first, last))
    if plan.month_day is None:
        days = [day for day in range(7) if plan.weekdays >> day & 1]
        rule = rrule.rrule(rrule.DAILY, start, byweekday=days, until=end)
    else:
        # Of the days that may stand for it, the last that the month has.
        days = list(range(min(plan.month_day, 28), plan.month_day + 1))
        rule = rrule.rrule(rrule.MONTHLY, start, bymonthday=days, bysetpos=-1, until=end)
    return [moment.date() for moment in rule]


def local_time(zone: str, instant: dt.datetime) -> dt.datetime:
    return instant.astimezone(open_zone(zone)).replace(tzinfo=None)


def changes(name: str) -> Iterator[Change]:
    """Find every change of a zone's clocks, without the code under test: by looking at them."""
    zone = open_zone(name)
    instant, before = FIRST, offset(zone, FIRST)
    while instant < LAST:
        later, after = instant + DAY, offset(zone, instant + DAY)  # nobody changes clocks twice a day
        if after != before:
            low, high = instant, later
            while high - low > SECOND:
                middle = low + (high - low) // 2 // SECOND * SECOND
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            yield Change(high, before, after)
        instant, before = later, after


@functools.cache
def behaviours() -> dict[tuple[Change, ...], str]:
    """Return one zone for each way that clocks are changed anywhere."""
    zones: dict[tuple[Change, ...], str] = {}
    for name in sorted(zone_names()):
        zones.setdefault(tuple(changes(name)), name)
    zones.pop((), None)
    return zones


def expected(all_changes: tuple[Change, ...], local: dt.datetime) -> dt.datetime | None:
    """Return when a wall time is served, from a list of changes alone."""
    ends = [change.at for change in all_changes] + [LAST + 9 * DAY]
    starts = [FIRST - 9 * DAY, *ends[:-1]]
    offsets = [all_changes[0].before, *(change.after for change in all_changes)]
    for start, end, ahead in zip(starts, ends, offsets, strict=True):
        instant = local.replace(tzinfo=UTC) - ahead
        if instant < start:
            skipped = start + ahead
            whole = skipped.date() > local.date() and local.replace(tzinfo=UTC) - start >= DAY
            return None if whole else start  # The clocks jumped over it.
        if instant < end:
            return instant
    raise AssertionError


def times_around(change: Change) -> set[dt.time]:
    """Return wall times at, before, within and after what the clocks skip or repeat, and midnight."""
    edges = [(change.at + ahead).replace(tzinfo=None) for ahead in (change.before, change.after)]
    middle = edges[0] + (edges[1] - edges[0]) / 2
    around = {edge + minutes * MINUTE for edge in (*edges, middle) for minutes in (-1, 0, 1)}
    return {moment.replace(second=0, microsecond=0).time() for moment in around} | {dt.time(0), dt.time(23, 59)}


def test_there_are_changes_to_look_at() -> None:
    assert len(behaviours()) > 20
    assert sum(map(len, behaviours())) > 500
    jumps = {change.after - change.before for clocks in behaviours() for change in clocks}
    assert {dt.timedelta(hours=hours) for hours in (-2, -1, -0.5, 0.5, 1, 2)} <= jumps


def test_around_every_change_of_clocks_each_date_is_served_once_and_at_its_time() -> None:
    """A time that exists is served when clocks show it (the first time), one that is skipped when the gap ends."""
    for clocks, name in behaviours().items():
        for change in clocks:
            date = local_time(name, change.at).date()
            for time, days in itertools.product(times_around(change), (-1, 0, 1)):
                day = date + days * DAY
                instant = due_at(Plan(time, name), day)
                local = dt.datetime.combine(day, time)
                assert instant == expected(clocks, local), (name, local)
                assert instant is not None
                assert local_time(name, instant) >= local > local_time(name, instant - SECOND), (name, local)


def test_around_every_change_of_clocks_a_plan_is_due_once_a_day_and_in_order() -> None:
    for clocks, name in behaviours().items():
        for change in clocks:
            after, until = change.at - 3 * DAY, change.at + 3 * DAY
            edges = [(change.at + ahead).time() for ahead in (change.before, change.after)]
            for time in {edge.replace(second=0) for edge in edges}:
                plan = Plan(time, name)
                dues = list(due_between(plan, after, until))
                days, instants = [day for day, _ in dues], [instant for _, instant in dues]
                assert days == [days[0] + n * DAY for n in range(len(days))]
                assert instants == sorted(set(instants)) == [due_at(plan, day) for day in days]
                assert len(days) in {5, 6, 7}
                for split in (change.at - SECOND, change.at, change.at + SECOND):
                    assert [*due_between(plan, after, split), *due_between(plan, split, until)] == dues
                    assert next_due(plan, split) == next(due for due in dues if due[1] > split)


# Any plan, any day


@untimed
@given(plan=some_plan, day=st.dates(dt.date(1995, 1, 1), dt.date(2080, 1, 1)))
def test_a_date_is_served_at_its_time_or_at_the_first_moment_past_it(plan: Plan, day: dt.date) -> None:
    instant = due_at(plan, day)
    local = dt.datetime.combine(day, plan.time)
    if not recurrence(plan, day, day):
        assert instant is None
    elif instant is not None:
        assert instant.tzinfo is UTC
        assert local_time(plan.zone, instant) >= local > local_time(plan.zone, instant - SECOND)
        earlier = (instant - minutes * MINUTE for minutes in range(1, 26 * 60, 5))
        assert all(local_time(plan.zone, moment) != local for moment in earlier)
        assert (day, instant) in due_between(plan, instant - SECOND, instant)
        assert (day, instant) not in due_between(plan, instant, instant + DAY)


@untimed
@given(plan=some_plan, start=some_instant, lengths=st.tuples(*[st.timedeltas(dt.timedelta(0), 20 * DAY)] * 2))
def test_spans_of_time_add_up(plan: Plan, start: dt.datetime, lengths: tuple[dt.timedelta, dt.timedelta]) -> None:
    middle, end = start + lengths[0], start + sum(lengths, dt.timedelta(0))
    dues = list(due_between(plan, start, end))
    assert [*due_between(plan, start, middle), *due_between(plan, middle, end)] == dues
    assert len(set(dues)) == len({day for day, _ in dues}) == len(dues)
    assert dues == sorted(dues)
    assert all(due_at(plan, day) == instant and start < instant <= end for day, instant in dues)
    assert not list(due_between(plan, end, start))
    following = next_due(plan, start)
    assert dues[:1] in ([], [following])
    assert following[1] <= start + (16 if plan.month_day is None else 64) * DAY


@untimed
@given(plan=some_plan, start=some_instant, length=st.timedeltas(dt.timedelta(0), 800 * DAY))
def test_a_plan_comes_on_the_dates_of_its_recurrence(plan: Plan, start: dt.datetime, length: dt.timedelta) -> None:
    end = start + length
    days = [day for day, _ in due_between(plan, start, end)]
    near = recurrence(plan, (start - 2 * DAY).date(), (end + 2 * DAY).date())
    assert days == [day for day in near if (instant := due_at(plan, day)) and start < instant <= end]
    missing = {day for day in near if due_at(plan, day) is None}
    assert missing <= SKIPPED_DATES


@untimed
@given(plan=some_plan, instant=some_instant, shown_in=some_zone)
def test_an_instant_is_the_same_in_whatever_zone_it_is_given(plan: Plan, instant: dt.datetime, shown_in: str) -> None:
    elsewhere = instant.astimezone(open_zone(shown_in))
    assert next_due(plan, elsewhere) == next_due(plan, instant)
    assert local_date(plan, elsewhere) == local_date(plan.zone, instant) == local_time(plan.zone, instant).date()


@untimed
@given(plan=some_plan, ahead=st.integers(-23, 23))
def test_the_calendars_ends_are_no_trouble(plan: Plan, ahead: int) -> None:
    for end in (EARLIEST, LATEST):
        instant = end.replace(tzinfo=dt.timezone(dt.timedelta(hours=ahead)))
        assert local_date(plan, instant).year == end.year
        due_at(plan, end.date())
        list(due_between(plan, instant, instant))
    assert next_due(plan, EARLIEST)[0].year == 1
    assert not list(due_between(plan, LATEST, LATEST))
    with pytest.raises(DailyPostError, match="No date is left"):
        next_due(plan, LATEST)


# Places by name


def due(zone: str, time: str, day: str) -> str:
    instant = due_at(Plan(dt.time.fromisoformat(time), zone), dt.date.fromisoformat(day))
    return "never" if instant is None else instant.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("zone", "day", "time", "instant"),
    [
        ("Europe/Berlin", "2026-01-15", "09:00", "2026-01-15 08:00"),
        ("Europe/Berlin", "2026-07-15", "09:00", "2026-07-15 07:00"),
        ("Europe/Berlin", "2026-03-29", "01:59", "2026-03-29 00:59"),
        ("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:00"),  # at 03:00, not at 03:30
        ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29", "03:30", "2026-03-29 01:30"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30"),  # the first of two
        ("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25 02:00"),
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08 07:00"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30"),
        ("America/Nuuk", "2024-03-30", "23:30", "2024-03-31 01:00"),  # at midnight, for the day before
        ("America/Nuuk", "2024-03-31", "00:00", "2024-03-31 01:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:30"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23 22:00"),  # at 01:00: there is no midnight
        ("Africa/Cairo", "2026-04-24", "00:59", "2026-04-23 22:00"),
        ("Asia/Beirut", "2026-03-29", "00:30", "2026-03-28 22:00"),
        ("America/Havana", "2026-03-08", "00:30", "2026-03-08 05:00"),
        ("Antarctica/Troll", "2026-03-29", "02:30", "2026-03-29 01:00"),  # two hours are skipped
        ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15 01:30"),  # Ramadan: clocks go back
        ("America/Scoresbysund", "2024-03-30", "23:59", "2024-03-31 00:59"),
        ("Pacific/Apia", "2011-12-29", "23:59", "2011-12-30 09:59"),
        ("Pacific/Apia", "2011-12-30", "00:00", "never"),
        ("Pacific/Apia", "2011-12-30", "12:00", "never"),
        ("Pacific/Apia", "2011-12-30", "23:59", "never"),
        ("Pacific/Apia", "2011-12-31", "00:00", "2011-12-30 10:00"),
        ("UTC", "2026-03-29", "02:30", "2026-03-29 02:30"),
    ],
)
def test_odd_days_of_known_places(zone: str, day: str, time: str, instant: str) -> None:
    assert due(zone, time, day) == instant


def test_a_date_that_was_skipped_is_passed_over() -> None:
    plan = Plan(dt.time(9), "Pacific/Apia")
    start = dt.datetime(2011, 12, 28, tzinfo=UTC)
    dues = list(due_between(plan, start, start + 4 * DAY))
    assert [day.day for day, _ in dues] == [28, 29, 31, 1]
    assert next_due(plan, dues[1][1]) == dues[2]


def test_only_the_weekdays_of_the_plan_are_served() -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=UTC)
    sundays = [day for day, _ in due_between(Plan(dt.time(0), "Asia/Tokyo", SUNDAY), start, start + 365 * DAY)]
    assert len(sundays) == 52
    assert {day.isoweekday() for day in sundays} == {7}
    workdays = {day.isoweekday() for day, _ in due_between(Plan(dt.time(0), "UTC", WEEKDAYS), start, start + 30 * DAY)}
    assert workdays == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("month_day", "days"),
    [
        (1, "2027-12-01 2028-01-01 2028-02-01 2028-03-01 2028-04-01"),
        (28, "2027-12-28 2028-01-28 2028-02-28 2028-03-28 2028-04-28"),
        (29, "2027-12-29 2028-01-29 2028-02-29 2028-03-29 2028-04-29"),
        (30, "2027-12-30 2028-01-30 2028-02-29 2028-03-30 2028-04-30"),
        (31, "2027-12-31 2028-01-31 2028-02-29 2028-03-31 2028-04-30"),
    ],
)
def test_in_a_shorter_month_its_last_day_stands_for_the_day(month_day: int, days: str) -> None:
    plan = Plan(dt.time(9), "Asia/Tokyo", month_day=month_day)
    dues = due_between(plan, dt.datetime(2027, 11, 30, 12, tzinfo=UTC), dt.datetime(2028, 4, 30, 12, tzinfo=UTC))
    assert " ".join(day.isoformat() for day, _ in dues) == days


def test_a_month_whose_day_the_place_skipped_has_none() -> None:
    plan = Plan(dt.time(9), "Pacific/Apia", month_day=30)
    start = dt.datetime(2011, 11, 1, tzinfo=UTC)
    assert [str(day) for day, _ in due_between(plan, start, start + 100 * DAY)] == ["2011-11-30", "2012-01-30"]


def test_a_plan_that_is_at_once_is_never_due() -> None:
    plan = Plan(dt.time(9), "UTC", at_once=True)
    assert due_at(plan, dt.date(2026, 1, 1)) is None
    assert not list(due_between(plan, EARLIEST, LATEST))
    with pytest.raises(DailyPostError, match="No date is left"):
        next_due(plan, FIRST)


def test_the_limits_of_a_span_are_open_and_closed() -> None:
    plan, noon = Plan(dt.time(12), "UTC"), dt.datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert [instant for _, instant in due_between(plan, noon, noon + DAY)] == [noon + DAY]


def test_it_is_tomorrow_already_in_the_east() -> None:
    evening = dt.datetime(2026, 1, 1, 20, tzinfo=UTC)
    assert local_date("Asia/Tokyo", evening) == dt.date(2026, 1, 2)
    assert local_date(Plan(dt.time(9), "America/New_York"), evening) == dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    "name",
    ["Mars/Base", "", "europe/berlin", "Europe", "../../etc/passwd", "/etc/passwd", "\x00", "\ud800", "localtime"],
)
def test_an_unknown_zone_is_one_clear_sentence(name: str) -> None:
    plan, now = Plan(dt.time(9), name), dt.datetime(2026, 1, 1, tzinfo=UTC)
    for call in (
        lambda: due_at(plan, now.date()),
        lambda: due_between(plan, now, now),
        lambda: next_due(plan, now),
        lambda: local_date(name, now),
    ):
        with pytest.raises(
            DailyPostError, match=r"is not a time zone I know: choose another one, such as “Europe/Berlin”\.$"
        ):
            call()


@pytest.mark.parametrize("time", [dt.time(9, 0, 1), dt.time(9, 0, 0, 1), dt.time(9, tzinfo=UTC)])
def test_a_plan_is_made_in_whole_local_minutes(time: dt.time) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        Plan(time, "UTC")


@pytest.mark.parametrize("weekdays", [0, 128, -1])
def test_a_plan_has_a_day_of_the_week(weekdays: int) -> None:
    with pytest.raises(ValueError, match="days of the week"):
        Plan(dt.time(9), "UTC", weekdays)


@pytest.mark.parametrize("month_day", [0, 32, -1])
def test_a_day_of_the_month_is_one_that_a_month_can_have(month_day: int) -> None:
    with pytest.raises(ValueError, match="day of a month"):
        Plan(dt.time(9), "UTC", month_day=month_day)


@pytest.mark.parametrize(
    "days",
    [
        {"weekdays": SUNDAY, "month_day": 1},
        {"weekdays": SUNDAY, "at_once": True},
        {"month_day": 1, "at_once": True},
    ],
)
def test_a_plan_has_days_of_one_kind(days: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="days of the week, on a day of the month, or at once"):
        Plan(dt.time(9), "UTC", **days)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = dt.datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="belongs to no time zone"):
        next_due(Plan(dt.time(9), "UTC"), naive)
