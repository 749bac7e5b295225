"""How SQLite goes about each question: no walk over a whole table, no sorting of more than a bounded number of rows."""

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING

import pytest

from bot.archive import day_queries, event_queries, list_queries, subjects, topic_names, topic_queries
from bot.archive.database_file import open_for_writing

if TYPE_CHECKING:
    from pathlib import Path

NEAREST = {
    f"nearest_days(dates={dates}, topic={topic}, later={later})": day_queries.nearest_days(
        dates=dates, topic=topic, later=later
    )
    for dates, topic, later in product((False, True), repeat=3)
}
MODULES = (event_queries, list_queries, day_queries, subjects, topic_names, topic_queries)
STATEMENTS = {
    **NEAREST,
    **{
        name: text
        for module in MODULES
        for name, text in vars(module).items()
        if isinstance(text, str) and not name.startswith("_") and re.match(r"\s*(SELECT|WITH|UPDATE)\b", text)
    },
}
# Tables that are walked on purpose: in an index's order until a limit is reached; one row; or all, once an import.
WALKED = {
    "SIMILAR_TOPICS": {"topic USING COVERING INDEX topic_by_events"},
    "MOST_USED_TOPICS": {"topic USING INDEX topic_by_events"},
    "STATS": {"total"},
    "STARTER": {"total"},
    "SET_STARTER_HASH": {"total"},
    "COUNT_IMPORTED": {"total"},
    "COUNT_STARTER": {"total"},
    "BEST_EVENT": {"event"},
    "BEST_WITH_IMAGE": {"event"},
    "IMAGES": {"event"},
    "IS_EMPTY": {"page"},
    # A language of events each, after each import.
    "WORDING_LANGUAGES": {"event_language USING COVERING INDEX sqlite_autoindex_event_language_1"},
    # Once when a run begins, and once for each import.
    "COUNT_OUTDATED": {"outdated"},
    "SHARE_TO_REBUILD": {"outdated", "total"},
    "TOTAL_LANGUAGES": {"total"},
    "UPDATE_TOTAL": {"total", "topic USING COVERING INDEX topic_by_events"},
}
# Each card sorts its topics, its related events and the topics these share, each a bounded number: at most 250 rows (40
# candidates of 6 topics). How many more sorts a statement does, and of what.
CARD = 8
SORTED = {
    "EVENT": CARD,
    "BEST_EVENT": CARD,
    "BEST_WITH_IMAGE": CARD,
    # The events of a menu, and those of the part, which were read in order.
    "ON_THIS_DAY": CARD + 2,
    # Also the topics that an acronym may mean.
    "ON_THIS_DAY_OF_TOPIC": CARD + 4,
    "OF_TOPIC": CARD + 4,
    # Also the topic's events between two dates, by section: the index has them by date.
    "OF_TOPIC_BETWEEN": CARD + 6,
    "OF_TOPIC_OLDEST": CARD + 4,
    "OF_TOPIC_NEWEST": CARD + 4,
    # Also the events of a week at most, by day and place.
    "OF_DAYS": CARD + 4,
    "OF_DAYS_OF_TOPIC": CARD + 6,
    "NEWEST_DAYS": 2,
    "NEWEST_DAYS_OF_TOPIC": 2,
    # Also the 120 events around one that are looked at.
    "STORY": CARD + 7,
    # Also the 4,000 hits, of each section, that a search looks at.
    "SEARCH": CARD + 6,
    # Also the events that were found in a window of some weeks.
    "OF_SUBJECT": CARD + 4,
    # Those that were seen in some weeks.
    "NEWS_OF_SUBJECT": 1,
    # The topics of 200 events.
    "CLOSEST_TOPICS": 2,
    # The events of one day by how often they were shown, which the ledger knows.
    "CANDIDATES": 4,
    # Those of one date.
    "NEWS": 1,
    "CANDIDATES_OF_TOPIC": 4,
    # A topic's years, some hundreds at most, and the topics that an acronym may mean.
    "TOPIC_YEARS": 5,
    # Some 100 topics.
    "MEANT_TOPICS": 1,
    # Some 450 names.
    "MATCHING_TOPICS": 2,
    # The pages that relate to one event, and its topics.
    "WHY": 2,
    # The days of the year, 366 at most.
    **{name: 5 for name in NEAREST if "dates=False" in name},
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
def test_full_text_search_matches_and_comes_in_order(name: str, plans: dict[str, list[str]]) -> None:
    # FTS5 gives its plan as a number and a string: M for a MATCH; 64 says that rows come by rowid, 32 by rank.
    for line in plans[name]:
        if match := re.search(r"_search VIRTUAL TABLE INDEX (\d+):(.*)", line):
            assert int(match[1]) & 64
            assert match[2].startswith("M")


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_more_is_sorted_than_this_table_says(name: str, plans: dict[str, list[str]]) -> None:
    sorts = [line for line in plans[name] if line.startswith("USE TEMP B-TREE")]
    assert len(sorts) <= SORTED.get(name, 0), sorts
