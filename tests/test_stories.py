"""A topic at a glance, its events by date, and the stories that events are part of."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.cards.event_card import story_trail
from bot.cards.limits import FIELD_VALUE, escape_discord
from bot.cards.lists import LIST_PATTERN, DayList, StoryList, TopicList, parse_list
from bot.domain.dates import Day
from bot.domain.event import Cursor, RelatedEvent, TopicSort
from bot.domain.page import key_of, topic_key_of
from bot.domain.text import length
from tests.helpers.archives import Import
from tests.helpers.samples import path_of, write
from tests.helpers.servers import card_text as text_of
from tests.helpers.servers import parts

pytestmark = pytest.mark.simcord(shard_count=1)

# A line of ships: (date, headline, topics); those that share a topic list each other.
SHIPS = (
    ("1990-05-01", "The Wanderer is launched", "Ships, Wanderer"),
    ("1991-05-01", "A harbour is dredged", "Harbours, Ships"),
    ("1992-05-01", "The Wanderer sets out", "Ships, Wanderer"),
    ("1992-06-01", "The Wanderer meets ice", "Ice, Ships, Wanderer"),
    ("1992-06-01", "Another ship meets ice", "Ice, Ships"),
    ("2005-05-01", "The Wanderer comes home", "Ships, Wanderer"),
)


def ships(folder: Path) -> None:
    for day, headline, topics in SHIPS:
        others = [
            (when, what, ", ".join(sorted(shared)))
            for when, what, theirs in SHIPS
            if what != headline and (shared := set(topics.split(", ")) & set(theirs.split(", ")))
        ]
        write(folder, day, headline, related=others)


def key(number: int) -> str:
    return key_of(path_of(*SHIPS[number][:2]))


@pytest.fixture
async def harbour(tmp_path: Path, load: Import, archive: Archive) -> Archive:
    ships(tmp_path / "pages")
    load(tmp_path / "pages")
    return archive


async def test_a_topics_events_come_oldest_or_newest_first(harbour: Archive) -> None:
    dates = [day for day, _, topics in SHIPS if "Wanderer" in topics]
    for sort, expected in ((TopicSort.OLDEST, dates), (TopicSort.NEWEST, dates[::-1])):
        listing = await harbour.topic("Wanderer", sort=sort)
        assert [event.date.isoformat() for event in listing.events] == expected
        for position, event in enumerate(listing.events):
            following = await harbour.topic("Wanderer", sort=sort, limit=1, cursor=Cursor(event.key, 1))
            assert following.position == (position + 1) % len(dates)
            assert [other.date.isoformat() for other in following.menu_page] == expected


async def test_two_events_of_one_day_keep_their_order_both_ways(harbour: Archive) -> None:
    keys = [event.key for event in (await harbour.topic("Ice", sort=TopicSort.OLDEST)).events]
    assert len(set(keys)) == 2
    assert [event.key for event in (await harbour.topic("Ice", sort=TopicSort.NEWEST)).events] == keys[::-1]
    step = await harbour.topic("Ice", sort=TopicSort.NEWEST, limit=1, cursor=Cursor(keys[1], 1))
    assert step.events[0].key == keys[0]


async def test_an_overview_counts_each_year_and_names_the_closest_topics(harbour: Archive) -> None:
    overview = await harbour.topic_overview(topic_key_of("wanderer"))
    assert overview is not None
    assert dict(overview.years) == dict.fromkeys(range(1990, 2006), 0) | {1990: 1, 1992: 2, 2005: 1}
    assert (overview.events, overview.first_date, overview.last_date) == (
        4,
        date(1990, 5, 1),
        date(2005, 5, 1),
    )
    assert [topic.name for topic in overview.closest] == ["Ships", "Ice"]
    part = await harbour.topic_overview(topic_key_of("wanderer"), since=date(1991, 1, 1), until=date(1992, 5, 31))
    assert part is not None
    assert part.years == ((1992, 1),)
    assert await harbour.topic_overview(topic_key_of("wanderer"), since=date(2010, 1, 1)) is None
    assert await harbour.topic_overview("0" * 12) is None


async def test_a_story_is_made_of_events_that_share_the_rarest_topics_by_date(harbour: Archive) -> None:
    story = await harbour.story(key(2), limit=1, cursor=Cursor(key(2)))
    assert (story.total, story.position, story.anchor_found) == (6, 2, True)
    assert [other.date for other in story.menu_page] == sorted(other.date for other in story.menu_page)
    assert (await harbour.story("0" * 12)).total == 0


async def test_a_story_is_made_of_the_twelve_closest_events(tmp_path: Path, load: Import, archive: Archive) -> None:
    days = [f"{1900 + year}-01-01" for year in range(60)]
    for day in days:
        near = [(other, f"In {other[:4]}", "Everything") for other in days if other != day]
        write(tmp_path, day, f"In {day[:4]}", related=near)
    load(tmp_path)
    story = await archive.story(key_of(path_of("1930-01-01", "In 1930")), limit=12)
    assert [event.date.year for event in story.events] == list(range(1925, 1937))


async def test_a_topics_card_shows_it_at_a_glance(harbour: Archive, reader: Any, channel: Any) -> None:
    message = (await reader.slash(channel, "topic", name="wanderer")).response
    (embed,) = message.embeds
    text = text_of(embed)
    assert embed.title == "Wanderer"
    assert "4 events**, from May 1, 1990 to May 1, 2005" in text
    assert "**1992** (2)\n" in text
    assert "Nothing between 1992 and 2005" in text
    labels = [part.get("label") for part in parts(message)]
    assert labels[2:] == ["Most notable first", "Newest first", "Oldest first", "Ships (6)", "Ice (2)"]
    await reader.click(message, label="Ships (6)")
    assert message.embeds[0].title == "Ships"
    await reader.click(message, label="Newest first")
    assert "1 of 6 · Ships · newest first" in text_of(message.embeds[0])
    assert message.embeds[0].title == "The Wanderer comes home"
    await reader.click(message, label="Next")
    assert "2 of 6 · Ships · newest first" in text_of(message.embeds[0])


async def test_one_year_of_a_topic_can_be_picked(harbour: Archive, reader: Any, channel: Any) -> None:
    message = (await reader.slash(channel, "topic", name="wanderer")).response
    years = parts(message)[0]
    assert [(year["label"], year["value"]) for year in years["options"]] == [
        ("1990 (1)", "1990"),
        ("1992 (2)", "1992"),
        ("2005 (1)", "2005"),
    ]
    await reader.select(message, ["1992"], custom_id=years["custom_id"])
    assert "1 of 2 · Wanderer · oldest first" in text_of(message.embeds[0])


async def test_one_year_of_a_part_of_a_topic_is_of_that_part(harbour: Archive, reader: Any, channel: Any) -> None:
    options = {"name": "wanderer", "from": "1990", "to": "1992-05-15"}
    message = (await reader.slash(channel, "topic", **options)).response
    years = parts(message)[0]
    assert [year["label"] for year in years["options"]] == ["1990 (1)", "1992 (1)"]
    await reader.select(message, ["1992"], custom_id=years["custom_id"])
    assert "1 of 1 · Wanderer · oldest first" in text_of(message.embeds[0])


async def test_a_topic_of_one_event_is_that_event(tmp_path: Path, load: Import, reader: Any, channel: Any) -> None:
    load(write(tmp_path, "2001-03-04", "A ship sails", topic="Sails"))
    message = (await reader.slash(channel, "topic", name="sails")).response
    assert message.embeds[0].title == "A ship sails"


async def test_a_copy_of_a_topic_can_be_shared(harbour: Archive, reader: Any, other: Any, channel: Any) -> None:
    message = (await reader.slash(channel, "topic", name="wanderer")).response
    copy = await other.click(message, label="Ships (6)")
    assert copy.ephemeral
    assert message.embeds[0].title == "Wanderer"
    shared = await other.click(copy.response, label="Share")
    assert not shared.ephemeral
    assert shared.response.embeds[0].title == "Ships"
    assert "Share" not in [part.get("label") for part in parts(shared.response)]


async def test_a_story_is_followed_from_any_card(harbour: Archive, reader: Any, channel: Any) -> None:
    message = (await reader.slash(channel, "day", date="1992-05-01")).response
    await reader.click(message, label="Follow this story")
    text = text_of(message.embeds[0])
    assert message.embeds[0].title == "The Wanderer sets out"
    assert "3 of 6: … → A harbour is dredged → **The Wanderer sets out** → " in text
    assert "Follow from here" not in [part.get("label") for part in parts(message)]
    await reader.click(message, label="Next")
    assert "4 of 6" in text_of(message.embeds[0])
    await reader.click(message, label="Follow from here")
    assert re.search(r"\d of 6: .*\*\*.* meets? ice\*\*", text_of(message.embeds[0]))


async def test_an_event_without_others_has_no_story(tmp_path: Path, load: Import, reader: Any, channel: Any) -> None:
    load(write(tmp_path, "2001-03-04", "A ship sails", topic="Sails"))
    message = (await reader.slash(channel, "day", date="2001-03-04")).response
    assert "Follow this story" not in [part.get("label") for part in parts(message)]


async def test_a_story_of_one_event_is_no_story(tmp_path: Path, load: Import, reader: Any, channel: Any) -> None:
    text = write(tmp_path, "2001-03-04", "A ship sails", topic="Sails").read_text("utf-8")
    file = tmp_path / f"{path_of('2001-03-04', 'A ship sails')}.md"
    file.write_text(f"{text}\n### Related:\n\n1. [A storm ](/news/2000/01/2/a-storm.md)\n", "utf-8")
    load(file)
    message = (await reader.slash(channel, "day", date="2001-03-04")).response
    answer = await reader.click(message, label="Follow this story")
    assert "No other event in the archive shares" in answer.response.content


@pytest.mark.parametrize(
    "events",
    [
        TopicList("0" * 12, sort=TopicSort.NEWEST),
        TopicList("0" * 12, date(1999, 1, 1), date(2001, 2, 3), TopicSort.OLDEST),
        TopicList("0" * 12, date(1999, 1, 1), date(2001, 2, 3)),
        StoryList("z" * 12),
        DayList(Day(2, 29), "0" * 12),
    ],
)
def test_a_list_is_read_back_from_a_custom_id(events: Any) -> None:
    assert re.fullmatch(LIST_PATTERN, str(events))
    assert parse_list(str(events)) == events


headlines = st.text(min_size=1, max_size=400).filter(lambda text: escape_discord(text).strip())


@given(st.lists(headlines, min_size=1, max_size=12), st.data())
def test_a_trail_fits_and_marks_the_event(story: list[str], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(story) - 1))
    related = [RelatedEvent("0" * 12, date(2000, 1, 1), headline) for headline in story]
    trail = story_trail(related, position, "en-US")
    assert trail.startswith(f"{position + 1} of {len(story)}: ")
    assert length(trail) <= FIELD_VALUE
