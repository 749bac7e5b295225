"""Which topic is meant by what somebody types: the one that is used most; and which spellings are one topic."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.resolve import likely_topics, resolve_topic
from bot.domain.page import spelling_key_of, topic_key_of
from bot.domain.preferences import Mute, MuteKind, mutes_of
from bot.domain.text import fold
from bot.domain.topic_forms import topic_form
from tests.helpers.archives import Import, dump
from tests.helpers.samples import write

pytestmark = pytest.mark.simcord(shard_count=1)

# How many events each topic has.
USES = {
    "United States": 9,
    "US": 2,
    "United Kingdom": 5,
    "Donald Trump": 9,
    "Trump": 1,
    "Joe Biden": 4,
    "Hunter Biden": 1,
    "Franklin D. Roosevelt": 4,
    "Theodore Roosevelt": 3,
    "Lionel Messi": 2,
    "Messier 87": 6,
    "COVID-19": 1,
    "COVID-19 pandemic": 6,
    "COVID-19 pandemic in Asia": 5,
    "Asia": 1,
    "Turkey": 3,
    "earthquake": 2,
    "earthquakes": 3,
    "Australia": 4,
    "South Sudan": 8,
    "World War II": 5,
    "Pope Leo XIV": 2,
    "2020 Summer Olympics": 3,
    "Apollo program": 5,
    "Apollo 11": 2,
    "Russo-Ukrainian War": 3,
    "World Health Organization": 3,
    "African National Congress": 2,
    "election": 2,
    "2020 United States presidential election": 20,
    "New York": 9,
    "York": 1,
    "SpaceX": 2,
    "Queen": 1,
    "Queens": 2,
    "Afghanistan": 3,
    "Space Shuttle programme of the Soviet Union": 2,
}


def write_uses(folder: Path, uses: dict[str, int]) -> None:
    """Write so many pages about each topic, each on a day of its own."""
    number = 0
    for topic, count in uses.items():
        for _ in range(count):
            day = date.fromordinal(date(2001, 1, 1).toordinal() + number).isoformat()
            write(folder, day, f"Story {number} is told", topic=topic)
            number += 1


@pytest.fixture
async def used(tmp_path: Path, load: Import, archive: Archive) -> Archive:
    write_uses(tmp_path / "pages", USES)
    load(tmp_path / "pages")
    return archive


@pytest.mark.parametrize(
    ("typed", "topic", "events"),
    [
        ("US", "United States", 11),
        ("usa", "United States", 11),
        ("America", "United States", 11),
        ("UK", "United Kingdom", 5),
        ("WHO", "World Health Organization", 3),
        ("ANC", "African National Congress", 2),
        ("Trump", "Donald Trump", 9),
        ("Biden", "Joe Biden", 4),
        ("messi", "Lionel Messi", 2),
        ("COVID", "COVID-19 pandemic", 6),
        ("covid 19", "COVID-19 pandemic", 6),
        ("asia", "Asia", 1),
        ("Türkiye", "Turkey", 3),
        ("Earthquakes", "earthquakes", 5),
        ("apollo", "Apollo program", 5),
        ("apollo 11", "Apollo 11", 2),
        ("Ukraine war", "Russo-Ukrainian War", 3),
        ("us election 2020", "2020 United States presidential election", 20),
        ("elections", "election", 2),
        ("york", "York", 1),
        ("space x", "SpaceX", 2),
        ("queens", "Queens", 2),
        ("afganistan", "Afghanistan", 3),
        ("Hunter Bidden", "Hunter Biden", 1),
        ("the world war 2", "World War II", 5),
    ],
)
async def test_the_topic_is_taken_that_people_mean(used: Archive, typed: str, topic: str, events: int) -> None:
    resolved = await resolve_topic(used, typed)
    assert resolved is not None
    assert (resolved.topic.name, resolved.topic.events) == (topic, events)
    assert resolved.guessed == (fold(topic) != fold(typed))


@pytest.mark.parametrize(
    "typed",
    [
        "World War III", "World War", "2016 Summer Olympics", "2024 United States presidential election",
        "Pope Leo XIII", "Leo XIII", "North Sudan", "Sudan North", "Austria", "Apollo 13", "United", "space",
        "COVID-20", "Tramp", "Trumpet", "Mess", "Roosevelt", "", "…",
    ],
)  # fmt: skip
async def test_nothing_is_taken_for_another_thing(used: Archive, typed: str) -> None:
    assert await resolve_topic(used, typed) is None


async def test_where_it_is_open_both_are_offered(used: Archive, reader: Any, channel: Any) -> None:
    topics = await likely_topics(used, "Roosevelt", limit=2)
    assert [topic.name for topic in topics] == ["Franklin D. Roosevelt", "Theodore Roosevelt"]
    answer = await reader.slash(channel, "topic", name="Roosevelt")
    labels = [button["label"] for row in answer.response.components for button in row["components"]]
    assert labels[:2] == ["Franklin D. Roosevelt (4)", "Theodore Roosevelt (3)"]
    taken = await reader.slash(channel, "topic", name="us")
    assert taken.response.content == "Showing **United States** for “us”."


async def test_typing_offers_first_what_is_meant(used: Archive, reader: Any, channel: Any) -> None:
    for typed, first in (
        ("messi", "Lionel Messi"),
        ("us", "United States"),
        ("trum", "Donald Trump"),
        ("york", "York"),
    ):
        choices = await reader.autocomplete(channel, "topic", "name", typed)
        assert choices[0]["value"] == first


async def test_spellings_are_one_topic_in_whatever_parts_they_are_imported(tmp_path: Path) -> None:
    uses = {"earthquakes": 2, "U.S.": 1, "earthquake": 1, "United States": 2, "Oxford–AstraZeneca": 1}
    uses |= {"oxford-astrazeneca": 1, "arms": 1, "arm": 1}
    write_uses(tmp_path / "pages", uses)
    files = sorted((tmp_path / "pages").rglob("*.md"))
    whole, parts = tmp_path / "whole.sqlite3", tmp_path / "parts.sqlite3"
    import_pages(whole, [tmp_path / "pages"], forgotten=ForgottenEvents())
    for page in reversed(files):
        import_pages(parts, [page], forgotten=ForgottenEvents())
    assert dump(whole) == dump(parts)
    async with Archive(parts) as archive:
        for spelling, events in (("earthquake", 3), ("us", 3), ("Oxford-AstraZeneca", 2), ("arms", 1), ("arm", 1)):
            assert (await archive.topic(spelling)).total == events


async def test_keys_of_topics_that_became_one_go_on_working(tmp_path: Path, file: Path, load: Import) -> None:
    """An archive from before: two topics, each with a key of its own."""
    write_uses(tmp_path / "pages", {"earthquake": 2, "tremor": 3})
    load(tmp_path / "pages")
    old_key = spelling_key_of("earthquakes")
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE spelling SET name = 'earthquakes' WHERE name = 'tremor'")
        row = ("earthquakes", "earthquakes", old_key)
        db.execute("UPDATE topic SET folded = ?, name = ?, key = ? WHERE folded = 'tremor'", row)
        db.execute("UPDATE total SET topic_forms = 0")
    async with Archive(file) as archive:
        for key in (old_key, topic_key_of("earthquake"), topic_key_of("earthquakes")):
            listing = await archive.topic(key)
            assert listing.topic is not None
            assert (listing.topic.key, listing.topic.name, listing.total) == (
                topic_key_of("earthquake"),
                "earthquakes",
                5,
            )
            assert await archive.count_days(key, before=date(2020, 1, 1)) == 5
            assert (await archive.candidates([102], before=date(2020, 1, 1), most=5, times_shown={}, topic=key))[1] == 1
            assert (await archive.on_this_day(104, topic=key)).total == 1
            assert [near.month_day for near in await archive.nearest_days(103, topic=key, later=True)] == [104]
            assert await archive.topic_overview(key)
            assert await archive.topic_years(key)
            assert await resolve_topic(archive, key)
        assert (await archive.stats()).topics == 1
        # The server muted one of them, and calls it as it was called then.
        muted = mutes_of([Mute(MuteKind.TOPIC, old_key, "earthquakes")])
        events = (await archive.topic(old_key)).events
        assert all(muted.hides(event) for event in events)
        assert len(await archive.find_muted([event.key for event in events], muted)) == len(events)
    # What comes later finds its place.
    write(tmp_path / "more", "2011-01-01", "The earth shakes", topic="Earthquakes")
    load(tmp_path / "more")
    async with Archive(file) as archive:
        assert (await archive.topic(old_key)).total == 6
    dump(file)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Earthquakes", "earthquake"), ("COVID-19 vaccines", "COVID-19 vaccine"), ("embassies", "embassy"),
        ("churches", "church"), ("U.S.", "United States"), ("UK", "U.K."), ("women’s rights", "women's rights"),
        ("Washington, DC", "Washington, D.C."), ("Türkiye", "Turkey"), ("WHO", "World Health Organization"),
    ],
)  # fmt: skip
def test_spellings_of_one_thing_have_one_form(one: str, other: str) -> None:
    assert topic_form(one) == topic_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("World War II", "World War III"), ("2012 Olympics", "2016 Olympics"), ("Austria", "Australia"),
        ("Sudan", "South Sudan"), ("AIDS", "aid"), ("arms", "arm"), ("Queens", "Queen"), ("The Who", "WHO"),
        ("C++", "C"), ("US$", "US"), ("Jobs", "job"), ("news", "new"),
        ("Rolling Stones", "Rolling Stone"), ("politics", "politic"), ("COVID-19", "COVID-19 pandemic"),
    ],
)  # fmt: skip
def test_other_things_have_another_form(one: str, other: str) -> None:
    assert topic_form(one) != topic_form(other)


@given(st.text(max_size=40) | st.from_regex(r"[a-z ]{0,20}(s|es|ies|sses|xes)", fullmatch=True))
def test_a_form_is_its_own_form(name: str) -> None:
    assert topic_form(topic_form(name)) == topic_form(name) == topic_form(fold(name))
