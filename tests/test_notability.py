"""How much an event matters: kinds of thing in every language, deaths, and what took it up."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.archive.notability import LANGUAGES, MOST_IN_STORY, Story, deaths_told, kind_points, story_points
from bot.archive.ranking import points_of, score, with_score
from bot.domain.text import fold
from tests.helpers.archives import Import
from tests.helpers.samples import write

TABLE = tomllib.loads(files("bot.archive").joinpath("kinds.toml").read_text("utf-8"))
ROWS = [*TABLE["kind"], *TABLE["routine"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_phrases_in_every_language(language: str) -> None:
    for row in ROWS:
        for phrase in row[language].split("|"):
            plain = phrase.replace("*", "").replace("…", "").replace("?", "")
            assert fold(plain) == " ".join(plain.split()) != ""
            # They are looked for by their first characters.
            first = phrase[: 2 if language in ("ja", "zh") else 3]
            assert len(first) == (2 if language in ("ja", "zh") else 3), phrase
            assert first.replace(" ", "").isalnum(), phrase
    assert TABLE["deaths"][language]
    names = [row["name"] for row in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("language", "headline", "kind"),
    [
        ("en", "Rebels overthrow the president in a coup", "upheaval"),
        ("en", "Ellen Example is elected as the first female president", "election"),
        ("en", "The prime minister of Nowhere resigns", "end of an office"),
        ("en", "A rover lands on Mars", "space"),
        ("en", "The ministry says that it has noticed", "something said"),
        ("de", "Erdbeben erschüttert die Küste", "disaster"),
        ("fr", "Le président démissionne après un scandale", "end of an office"),
        ("es", "Un terremoto sacude la costa", "disaster"),
        ("ja", "東北地方で大地震が発生", "disaster"),
        ("zh", "四川發生大地震", "disaster"),
    ],
)
def test_a_headline_tells_its_kind(language: str, headline: str, kind: str) -> None:
    assert kind in kind_points(headline, language)


@pytest.mark.parametrize(
    ("text", "language", "deaths"),
    [
        ("an earthquake kills at least 1,234 people", "en", 1234),
        ("three people die in 2016", "en", 3),
        ("killing all 257 people aboard", "en", 257),
        ("a bridge opens after 12 years", "en", 0),
        ("造成至少1.5万人死亡", "zh", 15000),
    ],
)
def test_deaths_are_read(text: str, language: str, deaths: int) -> None:
    assert deaths_told(text, language) == deaths


def test_what_later_events_take_up_matters_more_than_one_more_of_a_long_story() -> None:
    def points(story: Story) -> float:
        return sum(story_points(1.0, 0, {"a topic": story}).values())

    opens, goes_on, alone = Story(0, 0, 20), Story(40, 2, 20), Story(0, 0, 0)
    assert points(opens) > points(alone) > points(goes_on)
    # A topic of everything says nothing.
    assert story_points(0.0, 0, {"a topic": Story(0, 0, MOST_IN_STORY + 1)})["taken up"] == 0


@given(st.floats(-50, 50), st.floats(-50, 50), st.integers(0, 2**44))
def test_more_points_never_make_a_lower_score(points: float, others: float, event_id: int) -> None:
    lower, higher = sorted((points, others))
    assert score(lower) <= score(higher)
    assert with_score(event_id, score(higher)) <= with_score(event_id, score(lower))
    assert with_score(with_score(event_id, 7), event_score := score(points)) == with_score(event_id, event_score)
    if -2 <= points <= 13.99:
        assert abs(points_of(with_score(event_id, event_score)) - points) < 0.001


async def test_the_event_that_opens_a_story_leads_its_day(load: Import, archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path
    load(
        *(
            write(folder, "2001-03-04", f"The board of mill {number} meets", topic=f"Mills {number}")
            for number in range(9)
        ),
        write(folder, "2001-03-04", "A dam is closed for repairs", topic="Example Dam"),
        *(
            write(folder, f"2001-03-{day:02}", f"The dam is looked at ({day})", topic="Example Dam")
            for day in range(6, 20)
        ),
    )
    (first,) = (await archive.on_this_day(304, limit=1)).events
    assert first.headline == "A dam is closed for repairs"
    why = await archive.why(first.key)
    assert why["taken up"] > 1
    assert await archive.why("000000000000") == {}
