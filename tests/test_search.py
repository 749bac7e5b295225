"""What readers type into a search, and what they get first."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.archive.resolve import correct_spelling
from bot.archive.search_words import DateWords, read_search
from bot.domain.event import Listing
from tests.helpers.archives import Import
from tests.helpers.samples import write

WIKI = "https://en.wikipedia.org/wiki/"
EVENTS: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("2001-01-01", "Voters of Exampleland elect Ada Example as president", {"topic": "Exampleland"}),
    ("2001-01-03", "American soldiers leave the island", {"summary": "The last F-16 took off.", "topic": "Army"}),
    ("2002-02-02", "A vaccine against COVID-19 is tried", {"topic": "Medicine"}),
    ("2003-03-03", "A ferry sinks off the northern cape", {"block": "also: Cape disaster", "topic": "Ships"}),
    ("2003-04-03", "A report on the ferry that sank is printed", {"topic": "Ships"}),
    (
        "2004-04-04", "The wall between the two towns comes down",
        {"topic": "Towns", "sources": [("Wikipedia: Fall of the Long Wall", f"{WIKI}Fall_of_the_Long_Wall")]},
    ),
    ("2005-05-05", "Russia attacks Ukraine", {"topic": "Wars"}),
    ("2006-06-06", "日本東北外海發生強烈地震", {"topic": "日本"}),
    ("2007-07-07", "唐納·川普當選美國總統", {"topic": "美国"}),
    ("2008-08-08", "A festival of lanterns is held", {"topic": "Festivals"}),
    ("2009-08-08", "A festival of lanterns is held again", {"topic": "Festivals"}),
)  # fmt: skip


@pytest.fixture
async def events(load: Import, archive: Archive, tmp_path: Path) -> Archive:
    load(*(write(tmp_path, date, headline, **parts) for date, headline, parts in EVENTS))
    return archive


def first(listing: Listing) -> str:
    return listing.events[0].date.isoformat() if listing.events else ""


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("presidential elections", "2001-01-01"),
        ("who was elected in Exampleland?", "2001-01-01"),
        ("exampleland's president", "2001-01-01"),
        ("U.S. soldier", "2001-01-03"),
        ("the United States leaves", "2001-01-03"),
        ("f16", "2001-01-03"),
        ("F 16", "2001-01-03"),
        ("covid19 vaccination", "2002-02-02"),
        ("coronavirus vaccines", "2002-02-02"),
        ("cape disaster", "2003-03-03"),
        ("sinking of the ferry", "2003-03-03"),
        ("fall of the long wall", "2004-04-04"),
        ("ukraine attacked by russians", "2005-05-05"),
        ("日本地震", "2006-06-06"),
        ("日本大地震", "2006-06-06"),
        ("特朗普当选", "2007-07-07"),
        ("谁当选了美国总统", "2007-07-07"),
        ("lantern festival 2009", "2009-08-08"),
        ("lantern festival august 2008", "2008-08-08"),
        ("festival -again", "2008-08-08"),
        ("lant*", "2008-08-08"),
        ("lan*", "2008-08-08"),
        ("la*", "2001-01-03"),
        ('"held again"', "2009-08-08"),
        ("2005-05-05", "2005-05-05"),
        ("5 May 2005", "2005-05-05"),
        ("2005", "2005-05-05"),
        ("may", "2005-05-05"),
    ],
)
async def test_the_event_that_readers_expect_comes_first(events: Archive, typed: str, date: str) -> None:
    listing = await events.search(typed)
    assert first(listing) == date
    assert listing.exact


async def test_what_happened_comes_before_what_came_of_it(events: Archive) -> None:
    assert [event.date.month for event in (await events.search("ferry")).events] == [3, 4]


async def test_where_words_are_missing_the_closest_come_and_that_is_said(events: Archive) -> None:
    listing = await events.search("lantern festival parade")
    assert (first(listing), listing.exact, listing.total) == ("2008-08-08", 0, 2)
    listing = await events.search("ferry report")
    assert (first(listing), listing.exact, listing.total) == ("2003-04-03", 1, 2)
    for typed in ("xyzzy", "qqqq 1066", "", "- - -", "“”"):
        assert (await events.search(typed)).total == 0


async def test_readers_of_another_language_get_theirs_first(events: Archive) -> None:
    assert first(await events.search("president 总统", prefer="zh")) == "2007-07-07"
    assert first(await events.search("president 总统", prefer="en")) == "2001-01-01"


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("medcine tried", "medicine tried"),
        # In one word, and never a number or a word that the archive has in any form.
        ("medcine festvals", "medicine festvals"),
        ("attacking", None),
        ("2010", None),
        ('"medcine"', None),
        ("-medcine", None),
        ("zzzzzz", None),
    ],
)
async def test_one_word_is_corrected(events: Archive, typed: str, corrected: str | None) -> None:
    assert await correct_spelling(events, typed) == corrected


@pytest.mark.parametrize(
    ("typed", "dates"),
    [
        ("iphone 2007", DateWords(2007)),
        ("7 December 1941", DateWords(1941, 12, 7)),
        ("may 1968 protests", DateWords(1968, 5)),
        ("1941-12-07", DateWords(1941, 12, 7)),
        ("salt march", DateWords()),
        ("apollo 11", DateWords()),
        ("9/11", DateWords()),
    ],
)
def test_dates_are_read_out_of_the_words(typed: str, dates: DateWords) -> None:
    assert read_search(typed, ["en"]).dates == dates


@given(st.text(max_size=80))
def test_any_search_can_be_read(typed: str) -> None:
    search = read_search(typed, ["en", "zh", "de"])
    assert len(search.words) <= 16
    assert all(word.forms and all(form and " " not in form for form in word.forms) for word in search.words)


@given(typed=st.text(alphabet="ab\"*- '年地震OR()AND:^19;,%_", max_size=40))
async def test_no_search_is_an_error(typed: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any-search.sqlite3"
    async with Archive(file, readers=1) as archive:
        assert (await archive.search(typed)).total == 0
