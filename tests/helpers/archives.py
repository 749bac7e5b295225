"""Filling an archive, and its content, to be compared with another one's."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.archive.import_report import Report
from bot.archive.ranking import SCORE_SHIFT

# What the fixture `load` is: it imports files and folders into the test's archive.
Import = Callable[..., Report]
QUERIES = (
    f"""
    SELECT key, path, date, language, stub, headline, summary, image, sources, points, story_points, id >> {SCORE_SHIFT}
    FROM event ORDER BY key
    """,
    "SELECT folded, name, events FROM topic ORDER BY folded",
    """
    SELECT event.key, folded, position
    FROM event_topic JOIN event ON event.id = event_id JOIN topic ON topic.id = topic_id
    ORDER BY 1, 3
    """,
    "SELECT page_path.key, event.key FROM page_path JOIN event ON event.id = event_id ORDER BY 1",
    "SELECT stems, packed FROM event_words ORDER BY 1, 2",
    "SELECT stem, events FROM stem ORDER BY 1",
    """
    SELECT event.key, event_wording.language, event_wording.headline, event_wording.summary, event_wording.sources,
        event_wording.topics, event_wording.credit
    FROM event_wording JOIN event ON event.id = event_id ORDER BY 1, 2
    """,
)


def dump(file: Path) -> list[list[tuple[object, ...]]]:
    """Return all that readers can see of an archive, after a check of its integrity."""
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        for index in ("event_search", "stem_search", "topic_search"):
            db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
        return [db.execute(query).fetchall() for query in QUERIES]
