"""How SQLite goes about each question: no walk over a whole table, no sorting of more than a bounded number of rows."""

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING

import pytest

from bot.archive import day_queries, event_queries, topic_names, topic_queries
from bot.archive.database_file import open_for_writing

if TYPE_CHECKING:
    from pathlib import Path

NEAR = {
    f"near(dates={dates}, topic={topic}, later={later})": day_queries.near(dates=dates, topic=topic, later=later)
    for dates, topic, later in product((False, True), repeat=3)
}
ROOMS = (event_queries, day_queries, topic_names, topic_queries)
NAMED = {name: value for room in ROOMS for name, value in vars(room).items() if not name.startswith("_")}
# Questions that are asked in two ways.
TURNED = {name: asked for name, asked in NAMED.items() if isinstance(asked, event_queries.Asked)}
STATEMENTS = {
    **NEAR,
    **{
        name: text
        for name, text in NAMED.items()
        if isinstance(text, str) and re.match(r"\s*(SELECT|WITH|UPDATE)\b", text)
    },
    **{name: asked.english for name, asked in TURNED.items()},
    **{f"{name}, Chinese first": asked.chinese for name, asked in TURNED.items()},
}
# Tables that are walked on purpose: in an index's order until a limit is reached; one row; or all, once an import.
WALKED = {
    "TOPICS_PERHAPS": {"topic USING COVERING INDEX topic_by_events"},
    "TOPICS_BY_USE": {"topic USING INDEX topic_by_events"},
    "STATS": {"total"},
    "BEST": {"event"},
    "IMAGES": {"event"},
    "IS_EMPTY": {"page"},
    "COUNT": {
        "total",
        "event USING COVERING INDEX event_by_day",
        "topic USING COVERING INDEX topic_by_events",
    },
}
# Each card sorts its topics, its related events and what they share, and what it shows itself: 10 times at most 250
# rows (40 candidates of 6 topics). How many more sorts a statement does, and of what.
CARD = 10
SORTED = {
    "EVENT": CARD,
    "BEST": CARD,
    # The 25 that a menu offers, having been taken in order.
    "ON_THIS_DAY": CARD + 1,
    # Also the topics that an acronym may mean.
    "ON_THIS_DAY_OF_TOPIC": CARD + 3,
    "OF_TOPIC": CARD + 3,
    # Also the topic's events of these years, by their goodness: the index has them by date.
    "OF_TOPIC_BETWEEN": CARD + 4,
    "OF_TOPIC_OLDEST": CARD + 3,
    "OF_TOPIC_NEWEST": CARD + 3,
    # Also the 120 events around one that are looked at.
    "STORY": CARD + 5,
    # The topics of 200 events.
    "CLOSEST": 2,
    # Also the 4,000 hits that it looks at.
    "SEARCH": CARD + 5,
    # The events of one day by how often they were shown, which the ledger knows.
    "CANDIDATES": 4,
    "CANDIDATES_OF_TOPIC": 4,
    # A topic's years, which are some hundreds at most, and what an acronym may mean.
    "YEARS": 5,
    # Of some 450 names.
    "TOPICS_LIKE": 2,
    # The languages.
    "COUNT": 2,
    # Where Chinese comes first, a part of a list is taken from either language, in order, and put together: the 25 that
    # a menu offers, and what is shown.
    "ON_THIS_DAY, Chinese first": CARD + 4,
    "ON_THIS_DAY_OF_TOPIC, Chinese first": CARD + 6,
    "OF_TOPIC, Chinese first": CARD + 6,
    "OF_TOPIC_BETWEEN, Chinese first": CARD + 4,
    "CLOSEST, Chinese first": 4,
    "SEARCH, Chinese first": CARD + 5,
    "YEARS, Chinese first": 5,
    # The days of the year, 366 at most.
    **{name: 6 for name in NEAR if "dates=False" in name},
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    file: Path = tmp_path_factory.mktemp("plans") / "archive.sqlite3"
    with closing(open_for_writing(file)) as db:
        yield {
            name: [
                row[3]
                for row in db.execute(
                    f"EXPLAIN QUERY PLAN {text}", dict.fromkeys(re.findall(r":([a-z_]+)", text))
                ).fetchall()
            ]
            for name, text in STATEMENTS.items()
        }


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with closing(open_for_writing(tmp_path_factory.mktemp("tables") / "archive.sqlite3")) as db:
        return {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_there_are_statements_to_look_at() -> None:
    assert len(STATEMENTS) >= 25
    assert {*WALKED, *SORTED} <= STATEMENTS.keys()


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_table_is_walked(name: str, plans: dict[str, list[str]], tables: set[str]) -> None:
    walked = {line.removeprefix("SCAN ") for line in plans[name] if line.startswith("SCAN ")}
    of_tables = {line for line in walked if line.split()[0] in tables and "VIRTUAL TABLE" not in line}
    assert of_tables == WALKED.get(name, set())


@pytest.mark.parametrize("name", STATEMENTS)
def test_full_text_is_matched_and_comes_in_order(name: str, plans: dict[str, list[str]]) -> None:
    # FTS5 gives its plan as a number and a string: M for a MATCH; 64 says that rows come by rowid, 32 by rank.
    for line in plans[name]:
        if found := re.search(r"_search VIRTUAL TABLE INDEX (\d+):(.*)", line):
            assert int(found[1]) & 64
            assert found[2].startswith("M")


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_more_is_sorted_than_is_told_here(name: str, plans: dict[str, list[str]]) -> None:
    sorts = [line for line in plans[name] if line.startswith("USE TEMP B-TREE")]
    assert len(sorts) <= SORTED.get(name, 0), sorts
