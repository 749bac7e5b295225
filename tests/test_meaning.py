"""Topics and words that people type otherwise than the archive has them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.aliases import other_names
from bot.archive.archive import Archive
from bot.archive.resolve import correct_spelling, resolve_topic
from tests.helpers.archives import Import
from tests.helpers.samples import write
from tests.helpers.servers import card_text as text_of

pytestmark = pytest.mark.simcord(shard_count=1)

TOPICS = (
    "earthquake",
    "Olympic Games",
    "United Kingdom",
    "United States",
    "vaccines",
    "Antarctica",
    "Antarctic Treaty",
)


@pytest.fixture
async def topics(tmp_path: Path, load: Import, archive: Archive) -> Archive:
    for number, topic in enumerate(TOPICS):
        write(tmp_path / "pages", f"2001-01-{number + 1:02}", f"There is news of {topic} today", topic=topic)
    load(tmp_path / "pages")
    return archive


@pytest.mark.parametrize(
    ("typed", "topic"),
    [
        ("earthquakes", "earthquake"),
        ("Eartquake", "earthquake"),
        ("erthquake", "earthquake"),
        ("quake", "earthquake"),
        ("UK", "United Kingdom"),
        ("u.s.", "United States"),
        ("olympics", "Olympic Games"),
        ("the Olympic Games", "Olympic Games"),
        ("vaccine", "vaccines"),
        ("antartica", "Antarctica"),
    ],
)
async def test_a_topic_is_resolved(topics: Archive, typed: str, topic: str) -> None:
    resolved = await resolve_topic(topics, typed)
    assert resolved is not None
    assert (resolved.topic.name, resolved.guessed) == (topic, True)


@pytest.mark.parametrize("typed", ["United", "gardening", "Antarc", "quake shake", "", "…", "pic", "arctic", "Kin"])
async def test_what_could_be_several_or_none_is_not_guessed(topics: Archive, typed: str) -> None:
    assert await resolve_topic(topics, typed) is None


async def test_a_topics_own_name_is_no_guess(topics: Archive) -> None:
    resolved = await resolve_topic(topics, "VACCINES")
    assert resolved is not None
    assert not resolved.guessed


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("news eartquake", "news earthquake"),
        ("vacines", "vaccines"),
        ("vaccine today", None),
        ("earthquake", None),
        ("xyzzy", None),
        ('"xyzzy plugh"', None),
        ("new xyzzy", None),
        ("。。。。", None),
        ("😀😀😀😀", None),
        ("????", None),
        ("news ----", None),
        ("news & eartquake", "news & earthquake"),
    ],
)
async def test_misspelt_words_are_corrected_after_the_archive(topics: Archive, typed: str, words: str | None) -> None:
    assert await correct_spelling(topics, typed) == words


async def test_readers_are_told_what_was_corrected(topics: Archive, reader: Any, channel: Any) -> None:
    answer = await reader.slash(channel, "topic", name="earthquaks")
    assert answer.response.content == "Showing **earthquake** for “earthquaks”."
    assert answer.response.embeds[0].title == "There is news of earthquake today"
    answer = await reader.slash(channel, "search", words="news eartquake")
    assert answer.response.content == "No event contains “news eartquake”. Showing results for **news earthquake**."
    assert "1 of 7 · “news earthquake”" in text_of(answer.response.embeds[0])
    answer = await reader.slash(channel, "search", words="eartquake gardening")
    assert (
        answer.response.content
        == "No event contains “eartquake gardening”. Closest matches for **earthquake gardening**:"
    )
    for command, options in (("random", {}), ("onthisday", {"date": "2 January"})):
        answer = await reader.slash(channel, command, topic="olympics", **options)
        assert answer.response.content == "Showing **Olympic Games** for “olympics”."
    answer = await reader.slash(channel, "onthisday", date="3 January", topic="olympics")
    assert answer.response.content.startswith("Showing **Olympic Games** for “olympics”. The archive has nothing about")
    exact = await reader.slash(channel, "topic", name="Earthquake")
    assert not exact.response.content


@given(st.text(max_size=30))
def test_other_names_are_other_names(typed: str) -> None:
    assert typed not in list(other_names(typed))
    assert len(list(other_names(typed))) <= 5
