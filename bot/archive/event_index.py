"""Adds events to the search indexes, and takes them out."""

import sqlite3

from bot.archive.event_words import unpack_words
from bot.archive.inserts import LISTED

_WORDS = "SELECT id, stems, packed FROM event_words WHERE id IN {ids} ORDER BY id"
_ADD = "INSERT INTO event_search (rowid, headline, topics, summary) VALUES (?, ?, ?, ?)"
_ADD_STEMS = "INSERT INTO stem_search (rowid, stems) SELECT id, stems FROM event_words WHERE id IN {ids} ORDER BY id"
# The index of words does not have them in one piece: to take an event out, it is told of them.
_REMOVE = """
    INSERT INTO event_search (event_search, rowid, headline, topics, summary) VALUES ('delete', ?, ?, ?, ?)
"""
_REMOVE_STEMS = f"DELETE FROM stem_search WHERE rowid IN {LISTED}"


def add_to_index(db: sqlite3.Connection, ids: str, *params: object) -> None:
    """Add the events to the indexes whose ids a subquery selects, in the order of their ids, which FTS5 needs."""
    _execute_with_words(db, _ADD, ids, *params)
    db.execute(_ADD_STEMS.format(ids=ids), params)


def remove_from_index(db: sqlite3.Connection, event_ids: str) -> None:
    """Take the events of these ids (JSON) out of the indexes, while the archive still has their words."""
    _execute_with_words(db, _REMOVE, LISTED, event_ids)
    db.execute(_REMOVE_STEMS, (event_ids,))


def _execute_with_words(db: sqlite3.Connection, statement: str, ids: str, *params: object) -> None:
    rows = db.execute(_WORDS.format(ids=ids), params)
    db.executemany(statement, ((event_id, *unpack_words(packed, stems)) for event_id, stems, packed in rows))
