"""``daybook fetch onthisday`` as operators use it: through the shell's real process, killed while it fetches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.helpers.processes import Shell, process
from tests.helpers.wikipedia import FakeWikipedia, article, entry, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process
REPORT = ["visited", "fetched", "written", "changed", "unchanged", "withdrawn", "events", "alarms", "seconds"]


@pytest.fixture
def fake() -> Iterator[FakeWikipedia]:
    with wikipedia() as fake:
        for month in range(1, 13):
            for day in range(1, 28):
                ship = article(f"Ship {month}-{day}", item=f"Q{month * 100 + day}")
                rows = [
                    entry(f"A ship of {day}/{month} is launched in Oslo", 1900 + month, ship),
                    entry("Long ago", -day),
                ]
                fake.lists["en", "events", f"{month:02}/{day:02}"] = rows
        yield fake


def test_a_fetch_that_is_killed_goes_on_where_it_was(shell: Shell, fake: FakeWikipedia) -> None:
    with process(shell, "fetch", "onthisday", "--language", "en", more=fake.environment) as running:
        while fake.requests["list"] < 100:
            time.sleep(0.01)
        running.kill()
    before = fake.requests["list"]
    answer = shell("fetch", "onthisday", "--language", "en", "--json", more=fake.environment)
    assert (answer.code, answer.err, list(answer.json)) == (0, "", REPORT)
    assert (answer.json["visited"], answer.json["events"], answer.json["alarms"]) == (answer.json["visited"], 324, [])
    # What was read before it was killed is not read again, but for the days around today.
    assert fake.requests["list"] - before < 700
    again = shell("fetch", "onthisday", "--language", "en", more=fake.environment)
    assert again.code == 0
    assert "0 new events, 0 changed, 0 withdrawn" in again.out
    assert fake.most_at_once <= 3
    assert all("operator@daybook.example" in agent for agent in fake.agents)
    (event,) = shell.json("search", "ship 26/11 Oslo")[:1]
    assert (event["date"], event["topics"]) == ("1911-11-26", ["Ship 11-26"])


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--language", "ja"], {}, "Wikipedia has no On this day feed in “ja”: it has ar, bs, cs, de, en"),
        ([], {"DAYBOOK_CONTACT": ""}, "fetching needs DAYBOOK_CONTACT"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_asked(
    shell: Shell, fake: FakeWikipedia, arguments: list[str], environment: dict[str, str], words: str
) -> None:
    answer = shell("fetch", "onthisday", *arguments, more=fake.environment | environment)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.complaint
    assert not fake.requests


def test_where_nothing_can_be_reached_the_exit_code_is_1(shell: Shell, fake: FakeWikipedia) -> None:
    fake.down = True
    answer = shell("fetch", "onthisday", "--language", "en", "--json", more=fake.environment)
    assert (answer.code, answer.json["fetched"]) == (1, 0)
    assert answer.json["alarms"]
    assert "no list of the feed could be read" in answer.complaint
