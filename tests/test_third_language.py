"""A third language of events is one row of one table: readers of each language get their own events first."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot.archive.archive import Archive
from bot.domain.event import Cursor, Listing, TopicSort
from bot.domain.page import topic_key_of
from bot.locale.language import event_language_for
from tests.helpers.archives import Import
from tests.helpers.samples import write
from tests.helpers.serving import serving

# Two events of 4 March in each language, of one topic; the German ones say so in their block.
PAGES = (
    ("2001-03-04", "The harbour bridge opens to traffic", "en"),
    ("2003-03-04", "A tunnel below the harbour is planned", "en"),
    ("2001-03-04", "Die Brücke am Hafen wird für den Verkehr freigegeben", "de"),
    ("2002-03-04", "Ein Tunnel unter dem Hafen ist geplant", "de"),
    ("2001-03-04", "港口大桥正式通车", "zh"),
    ("2004-03-04", "港口隧道开始规划", "zh"),
)
READERS = {None: "en", "en": "en", "de": "de", "zh": "zh", "fr": "en"}
TOPIC = topic_key_of("harbour")


@pytest.fixture
async def harbour(tmp_path: Path, load: Import, archive: Archive) -> Archive:
    """An archive of three languages."""
    for day, headline, language in PAGES:
        # Pages without a language in their block are English or Chinese, by their script.
        block = "language: de" if language == "de" else ""
        write(tmp_path / "pages", day, headline, topic="Harbour", block=block)
    load(tmp_path / "pages")
    return archive


def languages(listing: Listing) -> list[str]:
    return [event.language for event in listing.events]


def is_first(language: str, listed: list[str]) -> bool:
    """Tell whether all events of a language come first, then those of the others in the order of their numbers."""
    return listed == sorted(listed, key=lambda other: (other != language, ["en", "zh", "de"].index(other)))


def test_a_language_is_one_row(harbour: Archive, file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT number, code FROM event_language ORDER BY number").fetchall() == [
            (0, "en"),
            (1, "zh"),
            (2, "de"),
        ]


@pytest.mark.parametrize(("prefer", "language"), READERS.items())
async def test_every_list_begins_with_the_readers_language(harbour: Archive, prefer: str | None, language: str) -> None:
    for listing in (
        await harbour.on_this_day(304, prefer=prefer),
        await harbour.on_this_day(304, topic="harbour", prefer=prefer),
        await harbour.topic("Harbour", prefer=prefer),
        await harbour.topic("Harbour", since=date(2001, 1, 1), prefer=prefer),
        await harbour.search("harbour", prefer=prefer),
    ):
        assert len(listing.events) == 6
        assert is_first(language, languages(listing))
    year = await harbour.on_this_day(304, year=2001, prefer=prefer, limit=1, cursor=Cursor())
    assert languages(year) == [language]
    by_date = await harbour.topic("Harbour", sort=TopicSort.OLDEST, prefer=prefer)
    assert by_date == await harbour.topic("Harbour", sort=TopicSort.OLDEST)


@pytest.mark.parametrize(("prefer", "language"), READERS.items())
async def test_a_list_is_walked_through_all_languages(harbour: Archive, prefer: str | None, language: str) -> None:
    listing = await harbour.on_this_day(304, prefer=prefer, limit=1, cursor=Cursor())
    walked = [*listing.events]
    for _ in range(5):
        listing = await harbour.on_this_day(304, prefer=prefer, limit=1, cursor=Cursor(walked[-1].key, 1))
        walked += listing.events
    assert len({event.key for event in walked}) == 6
    assert is_first(language, [event.language for event in walked])
    assert [event.key for event in listing.menu_page] == [event.key for event in walked]
    first_again = await harbour.on_this_day(304, prefer=prefer, limit=1, cursor=Cursor(walked[-1].key, 1))
    assert first_again.position == 0


@pytest.mark.parametrize(("prefer", "language"), READERS.items())
async def test_what_is_picked_is_in_the_readers_language(harbour: Archive, prefer: str | None, language: str) -> None:
    years = await harbour.topic_years(TOPIC, prefer=prefer)
    assert years is not None
    best_of_2001 = next(event for event in years.notable if event.date.year == 2001)
    event = await harbour.event(best_of_2001.key)
    assert event is not None
    assert event.language == language
    pool, size = await harbour.candidates([304], before=date(2026, 1, 1), most=6, times_shown={}, prefer=prefer)
    assert size == 6
    picked = [event.language for candidate in pool if (event := await harbour.event(candidate.key))]
    assert is_first(language, picked)
    only, _ = await harbour.candidates([304], before=date(2026, 1, 1), most=6, times_shown={}, language="de")
    assert len(only) == 2


async def test_stats_count_each_language(harbour: Archive) -> None:
    assert (await harbour.stats()).languages == {"en": 2, "de": 2, "zh": 2}


@pytest.mark.parametrize(
    ("locale", "headline"),
    [
        ("en-US", "harbour"),
        ("de", "Hafen"),
        ("zh-TW", "港口"),
        ("fr", "harbour"),
    ],
)
async def test_readers_in_discord_get_their_own_language(
    tmp_path: Path, harbour: Archive, locale: str, headline: str
) -> None:
    assert event_language_for(locale) == locale.partition("-")[0]
    async with serving(harbour, tmp_path) as double:
        answer = await double.slash("onthisday", {"date": "2001-03-04"}, locale=locale)
        assert headline in answer.embeds[0]["title"]
