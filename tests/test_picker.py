"""What a daily post shows is picked by a pure function; and which day's events it picks from."""

import calendar
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.cards.daily_post import lead_reason
from bot.daily.selector import Selector, nearest_date
from bot.domain.event import ROUND_ANNIVERSARIES, Candidate
from bot.domain.page import topic_key_of
from bot.domain.picker import Pick, month_days_shown_on, pick
from bot.domain.preferences import NO_MUTES, Mute, MuteKind, mutes_of
from bot.domain.schedule import Plan
from bot.domain.selection import Selection
from bot.domain.subscription import EmptyDay, PostOptions
from bot.ledger.ledger import Ledger
from bot.locale.language import ENGLISH, language
from tests.helpers.archives import Import
from tests.helpers.samples import write

YEARS = st.integers(1950, 2040)
DAY = date(2026, 3, 24)
untimed = settings(deadline=None)


@st.composite
def pools(draw: st.DrawFn, *, shown_before: bool = True) -> list[Candidate]:
    """Draw a day's events, best first."""
    times = st.integers(0, 3) if shown_before else st.just(0)
    drawn = draw(st.lists(st.tuples(YEARS, st.booleans(), times), max_size=30))
    return [
        Candidate(f"{number:012}", date(year, 3, 24), f"Event {number}", stub=stub, times_shown=often)
        for number, (year, stub, often) in enumerate(drawn)
    ]


def earlier(pool: Sequence[Candidate], day: date = DAY) -> list[Candidate]:
    return [candidate for candidate in pool if candidate.date.year < day.year]


def pick_from(pool: Sequence[Candidate], others: int = 5, rejected_leads: Sequence[str] = ()) -> Pick:
    selected = pick(pool, DAY, others=others, rejected_leads=rejected_leads)
    assert selected
    return selected


COUNTS = st.integers(1, 10)


@untimed
@given(pools(), COUNTS)
def test_only_what_was_in_an_earlier_year_is_shown_each_once(pool: list[Candidate], count: int) -> None:
    result = pick(pool, DAY, others=count)
    old = earlier(pool)
    if not old:
        assert result is None
        return
    assert result
    keys = [event.key for event in result.events]
    assert len(keys) == len(set(keys)) == min(len(old), count + 1)
    assert set(result.events) <= set(old)
    assert result.years == DAY.year - result.lead.date.year > 0
    assert result.is_round == (result.years in ROUND_ANNIVERSARIES)
    assert not result.lead_overridden


@untimed
@given(pools(), COUNTS)
def test_what_was_shown_least_comes_first_then_full_ones_then_round_ones_then_the_best(
    pool: list[Candidate], count: int
) -> None:
    result = pick(pool, DAY, others=count)
    if result is None:
        return
    position = {candidate.key: number for number, candidate in enumerate(pool)}

    def rank(candidate: Candidate) -> tuple[int, bool, bool, int]:
        return (
            candidate.times_shown,
            candidate.stub,
            DAY.year - candidate.date.year not in ROUND_ANNIVERSARIES,
            position[candidate.key],
        )

    ranks = [rank(event) for event in result.events]
    assert ranks == sorted(ranks)
    left = [rank(event) for event in earlier(pool) if event not in result.events]
    assert not left or ranks[-1] < min(left)
    assert result.all_shown_before == all(event.times_shown for event in earlier(pool))


@untimed
@given(pools(), COUNTS, st.data())
def test_a_rejected_lead_does_not_lead_unless_all_were_rejected(
    pool: list[Candidate], count: int, data: st.DataObject
) -> None:
    old = earlier(pool)
    if not old:
        return
    rejected_leads = data.draw(st.sets(st.sampled_from([event.key for event in old])))
    result, usual = pick_from(pool, count, tuple(rejected_leads)), pick_from(pool, count)
    keys = {event.key for event in old}
    assert (result.lead.key in rejected_leads) == (rejected_leads == keys)
    assert result.lead_overridden == (result.lead != usual.lead)
    if rejected_leads == keys:
        assert result == usual


@untimed
@given(pools())
def test_rejecting_one_lead_after_the_other_goes_through_the_whole_pool(pool: list[Candidate]) -> None:
    leads: list[str] = []
    for _ in earlier(pool):
        leads.append(pick_from(pool, 1, leads).lead.key)
    assert sorted(leads) == sorted(event.key for event in earlier(pool))


@untimed
@given(pools(), COUNTS)
def test_the_same_question_has_the_same_answer(pool: list[Candidate], count: int) -> None:
    assert pick(pool, DAY, others=count) == pick(tuple(pool), DAY, others=count)


@untimed
@given(pools(shown_before=False), COUNTS, st.integers(2020, 2060))
@example([Candidate("a", date(2000, 3, 24), "A", stub=False)], 1, 2026)
def test_nothing_is_repeated_before_all_was_shown_as_often(pool: list[Candidate], count: int, year: int) -> None:
    """Years of posts in one channel, several orders with different counts among them; new events come in between."""
    times: Counter[str] = Counter()
    rng = random.Random(len(pool) + count)
    for number in range(40):
        day = date(year + number // 2, 3, 24)
        candidates = [replace(event, times_shown=times[event.key]) for event in pool]
        result = pick(candidates, day, others=count if number % 2 else rng.randint(1, 10))
        old = [event.key for event in earlier(candidates, day)]
        if result is None:
            assert not old
            continue
        least = min(times[key] for key in old)
        for event in result.events:
            # More often than the rest only when the rest is shown with it.
            unshown = {key for key in old if times[key] == least} - {other.key for other in result.events}
            assert times[event.key] == least or not unshown
        assert result.all_shown_before == (least > 0)
        times.update(event.key for event in result.events)


@pytest.mark.parametrize("years", sorted(ROUND_ANNIVERSARIES))
def test_a_round_anniversary_leads_before_a_better_event(years: int) -> None:
    better = Candidate("a", date(2026 - years - 1, 3, 24), "Better", stub=False)
    anniversary = Candidate("b", date(2026 - years, 3, 24), "Round", stub=False)
    stub = Candidate("c", date(2026 - years, 3, 24), "A round stub", stub=True)
    result = pick_from([better, anniversary, stub])
    assert [event.key for event in result.events] == ["b", "a", "c"]
    assert result.is_round
    assert not result.is_best
    assert pick_from([better, replace(anniversary, times_shown=1)]).is_best


def test_the_best_event_is_marked_as_the_best() -> None:
    stub = Candidate("a", date(2000, 3, 24), "A much mentioned stub", stub=True)
    full = Candidate("b", date(2000, 3, 24), "Full", stub=False)
    last = Candidate("c", date(2000, 3, 24), "Last", stub=False)
    assert pick_from([stub, full, last]).is_best, "no stub is better than what has a page"
    assert pick_from([stub]).is_best
    assert not pick_from([stub, replace(full, times_shown=1), last]).is_best


def test_each_date_has_its_own_day_and_29_february_a_second_one() -> None:
    day = date(2024, 1, 1)
    while day.year <= 2032:
        pool = month_days_shown_on(day)
        assert pool[0] == day.month * 100 + day.day
        assert pool[1:] == ((229,) if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year) else ())
        day += timedelta(days=1)
    for year in range(2024, 2033):
        dates = [date(year, 1, 1) + timedelta(days=number) for number in range(366 if calendar.isleap(year) else 365)]
        days = Counter(month_day for day in dates for month_day in month_days_shown_on(day))
        assert set(days.values()) == {1}, "no event has two days in a year"
        assert len(days) == 366, "and each has one"


# Which day's events


@untimed
@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.dates(date(2000, 1, 1), date(2000, 12, 31)))
@example(date(2026, 1, 1), date(2000, 12, 24))
@example(date(2026, 2, 20), date(2000, 2, 29))
@example(date(1, 1, 1), date(2000, 12, 31))
@example(date(9999, 12, 31), date(2000, 1, 1))
def test_the_nearest_date_of_a_day_of_the_year(day: date, other: date) -> None:
    month_day = other.month * 100 + other.day
    result = nearest_date(day, month_day)
    if month_day == 229 and not calendar.isleap(result.year):
        assert (result.month, result.day) == (2, 28)
    else:
        assert result.month * 100 + result.day == month_day
    if date(2, 1, 1) <= day <= date(9998, 12, 31):
        assert abs(result - day) <= timedelta(days=183)
    assert nearest_date(result, month_day) == result


@pytest.mark.parametrize(
    ("day", "month_day", "result"),
    [
        (date(2026, 1, 1), 1224, date(2025, 12, 24)),
        (date(2025, 12, 30), 105, date(2026, 1, 5)),
        (date(2026, 2, 20), 229, date(2026, 2, 28)),
        (date(2028, 2, 20), 229, date(2028, 2, 29)),
        (date(2026, 7, 1), 701, date(2026, 7, 1)),
        (date(2027, 7, 2), 1231, date(2027, 12, 31)),
    ],
)
def test_dates_near_others(day: date, month_day: int, result: date) -> None:
    assert nearest_date(day, month_day) == result


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        yield ledger


NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
OPTIONS = PostOptions(channel_id=1, plan=Plan(time(9), "UTC"), empty=EmptyDay.NEAREST)


async def select(archive: Archive, ledger: Ledger, day: date, **times_shown: int) -> Selection | None:
    return await Selector(archive, ledger.deliveries, OPTIONS, now=NOW, extra_times_shown=times_shown).select(day)


async def test_a_day_without_events_takes_the_nearest_that_has_something_new(
    archive: Archive, ledger: Ledger, load: Import, tmp_path: Path
) -> None:
    load(write(tmp_path, "2013-12-24", "A tree is lit"), write(tmp_path, "2014-01-15", "A lake is frozen"))
    load(write(tmp_path, "2012-02-29", "A leap"))
    new_year = await select(archive, ledger, date(2026, 1, 1))
    assert new_year
    assert (new_year.lead.headline, new_year.pick.years, new_year.is_nearest_day) == ("A tree is lit", 12, True)
    assert lead_reason(new_year, language(ENGLISH)) == "12 years ago on December 24, the nearest day with something new"
    assert new_year.history_entries == [(1224, new_year.lead.key)], "noted on its own day of the year"
    tree = new_year.lead.key
    again = await select(archive, ledger, date(2026, 1, 1), **{tree: 1})
    assert again
    assert again.lead.headline == "A lake is frozen", "not one event for weeks"
    lake = again.lead.key
    leap = await select(archive, ledger, date(2026, 1, 1), **{tree: 1, lake: 1})
    assert leap
    assert (leap.lead.headline, leap.pick.years) == ("A leap", 14), "counted in years that are there"
    over = await select(archive, ledger, date(2026, 1, 1), **{tree: 1, lake: 1, leap.lead.key: 1})
    assert over
    assert (over.lead.headline, over.pick.all_shown_before) == ("A tree is lit", True)
    assert lead_reason(over, language(ENGLISH)) == "12 years ago on December 24, the nearest day with events"


async def test_of_two_days_as_near_the_earlier_comes_first(
    archive: Archive, ledger: Ledger, load: Import, tmp_path: Path
) -> None:
    load(write(tmp_path, "2013-03-10", "Before"), write(tmp_path, "2013-03-12", "After"))
    result = await select(archive, ledger, date(2026, 3, 11))
    assert result
    assert result.lead.headline == "Before"


async def test_a_language_that_is_far_between_is_found(
    archive: Archive, ledger: Ledger, load: Import, tmp_path: Path
) -> None:
    first = date(2010, 1, 1)
    load(*(write(tmp_path, (first + timedelta(days=n)).isoformat(), f"Day {n}") for n in range(60)))
    load(write(tmp_path, "2013-06-01", "國際太空站迎來新乘員"))
    options = replace(OPTIONS, language="zh")
    result = await Selector(archive, ledger.deliveries, options, now=NOW).select(date(2026, 1, 30))
    assert result
    assert result.lead.headline == "國際太空站迎來新乘員"
    assert (
        await Selector(archive, ledger.deliveries, replace(options, empty=EmptyDay.NOTHING), now=NOW).select(
            date(2026, 1, 30)
        )
        is None
    )


async def test_an_archive_with_nothing_to_show_has_nothing_near(
    archive: Archive, ledger: Ledger, load: Import, tmp_path: Path
) -> None:
    assert await select(archive, ledger, date(2026, 1, 1)) is None
    load(write(tmp_path, "2026-03-10", "This year"))
    assert await select(archive, ledger, date(2026, 3, 10)) is None
    assert await select(archive, ledger, date(2026, 3, 11)) is None
    next_year = await select(archive, ledger, date(2027, 3, 11))
    assert next_year
    assert next_year.pick.years == 1


async def test_where_nothing_is_muted_that_is_there_the_same_is_picked(
    archive: Archive, ledger: Ledger, load: Import, tmp_path: Path
) -> None:
    for year in range(1990, 2024):
        more = {"summary": "It is told."} if year % 3 else {}
        load(write(tmp_path, f"{year}-03-10", f"Tale of {year}", topic="Tales" if year % 2 else "Legends", **more))
    tales = topic_key_of("tales")
    keys = [event.key for event in (await archive.on_this_day(310)).events]
    muted = mutes_of([Mute(MuteKind.WORD, "storm", "storm"), Mute(MuteKind.TOPIC, topic_key_of("ships"), "Ships")])
    for topic, times_shown in product((None, tales), ({}, dict.fromkeys(keys[:9], 2), dict.fromkeys(keys, 1))):
        options = replace(OPTIONS, topic=topic)
        without_mutes, with_mutes = [
            await Selector(
                archive, ledger.deliveries, options, now=NOW, extra_times_shown=times_shown, muted=mutes
            ).select(date(2026, 3, 10))
            for mutes in (NO_MUTES, muted)
        ]
        assert without_mutes
        assert without_mutes == with_mutes


async def test_what_is_muted_is_not_counted(archive: Archive, ledger: Ledger, load: Import, tmp_path: Path) -> None:
    load(*(write(tmp_path, f"{year}-03-10", f"Tale of {year}") for year in range(2001, 2011)))
    load(write(tmp_path, "2011-03-10", "A storm", topic="Weather"), write(tmp_path, "2012-03-10", "A calm"))
    muted = mutes_of([Mute(MuteKind.WORD, "tale", "tale"), Mute(MuteKind.TOPIC, topic_key_of("weather"), "Weather")])
    result = await Selector(archive, ledger.deliveries, OPTIONS, now=NOW, muted=muted).select(date(2026, 3, 10))
    assert result
    assert (result.lead.headline, result.total, result.pick.others, result.listed) == ("A calm", 1, (), 12)
