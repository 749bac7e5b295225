"""Puts events into new places when the events around them have changed: an event's id holds its score."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.archive import event_queries
from bot.archive.event_index import add_to_index, remove_from_index
from bot.archive.inserts import LISTED, encode
from bot.archive.notability import DAYS_AFTER, DAYS_BEFORE, MOST_IN_STORY, story_points
from bot.archive.ranking import points_of, score, with_score
from bot.archive.stories import Stories, days_from

_TOPICS = f"SELECT topic_id, date, count(*) FROM event_topic WHERE event_id IN {LISTED} GROUP BY topic_id, date"
_AROUND = """
    SELECT event_id, event_id IN (SELECT id FROM written_event) FROM event_topic
    WHERE topic_id = ? AND date BETWEEN ? AND ? LIMIT ?
"""
# What the scores of events (ids, JSON) follow from. Those that are to be built again have not all of it yet.
_SCORED = f"""
    SELECT event.id, date, points, story_points, (
        SELECT json_group_array(topic_id) FROM event_topic WHERE event_id = event.id
    ) AS topics, {event_queries.MENTIONS} AS mentions
    FROM event WHERE id IN {LISTED} AND NOT EXISTS (
        SELECT 1 FROM page_path JOIN outdated ON path_id = page_path.id WHERE event_id = event.id AND rebuild
    )
"""
_ADD_OUTDATED = f"""
    INSERT OR IGNORE INTO outdated SELECT min(id), 0 FROM page_path WHERE event_id IN {LISTED} GROUP BY event_id
"""
# The columns that hold an event's id, beside those of the search indexes.
_COLUMNS = (
    ("event_words", "id"), ("event", "id"), ("event_topic", "event_id"), ("acronym", "event_id"),
    ("event_wording", "event_id"), ("page_path", "event_id"),
)  # fmt: skip
# How many events around those that an import wrote it looks at itself; and how many changes are so many that all others
# are looked at later.
_MOST_LOOKED_AT = 1000
_MANY = 20_000


class Move(NamedTuple):
    """An event's id, and the one that it is to have."""

    old_id: int
    new_id: int

    @property
    def distance(self) -> float:
        """By how many points its score changes."""
        return abs(points_of(self.new_id) - points_of(self.old_id))


class Placement:
    """Moves the events around those that were written or deleted."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        # By how much the number of a topic's events on a date (ISO) changes.
        self._changes: Counter[tuple[int, str]] = Counter()
        # Whether so many change that all other events are to be looked at; and whether there are others at all.
        self._are_many = False
        (self.has_others,) = db.execute("SELECT EXISTS (SELECT 1 FROM event)").fetchone()

    def note(self, event_ids: str, *, change: int) -> None:
        """Note that these events (ids, JSON) come (``change`` is 1), or are about to go (-1)."""
        if not self.has_others or self._are_many:
            return
        for topic_id, day, events in self.db.execute(_TOPICS, (event_ids,)):
            self._changes[topic_id, day] += change * events
        if len(self._changes) > _MANY:
            self._are_many = True
            self._changes.clear()

    def move_around(self, *, most: int) -> None:
        """Move the events around those noted: the ``most`` whose scores change most; the others become outdated.

        Where none may be moved, none is looked at.

        The table ``written_event`` has those that were written, which are where they belong.
        """
        if self._are_many:
            self.db.execute(event_queries.ADD_ALL_OUTDATED)
            return
        around = sorted(
            {event_id for change, count in self._changes.items() if count for event_id in self._around(*change)}
        )
        looked_at = _MOST_LOOKED_AT if most else 0
        moves = sorted(moves_of(self.db, around[:looked_at]), key=lambda move: (-move.distance, move.old_id))
        move_events(self.db, moves[:most])
        later = [*around[looked_at:], *(move.old_id for move in moves[most:])]
        self.db.execute(_ADD_OUTDATED, (encode(later),))

    def _around(self, topic_id: int, day: str) -> Iterator[int]:
        """Yield the ids of the events that share a topic, and the story, with an event of a date (ISO)."""
        # What has more events is in none of them a story.
        limit = 2 * MOST_IN_STORY
        window = days_from(day, -DAYS_AFTER), days_from(day, DAYS_BEFORE)
        rows = self.db.execute(_AROUND, (topic_id, *window, limit)).fetchall()
        if len(rows) < limit:
            yield from (event_id for event_id, is_written in rows if not is_written)


def moves_of(db: sqlite3.Connection, event_ids: Sequence[int]) -> list[Move]:
    """Return the moves of those events (ids) whose scores have changed."""
    rows = db.execute(_SCORED, (encode(list(event_ids)),)).fetchall()
    moves: list[Move] = []
    stories = Stories(db).of([(json.loads(topics), day) for _, day, _, _, topics, _ in rows])
    for (event_id, _, own, in_story, _, mentions), of_topics in zip(rows, stories, strict=True):
        around = story_points(in_story, mentions, of_topics)
        new_id = with_score(event_id, score(own + sum(around.values())))
        if new_id != event_id:
            moves.append(Move(event_id, new_id))
    return moves


def move_events(db: sqlite3.Connection, moves: Sequence[Move]) -> None:
    """Give events their new ids, in every table and in the search indexes."""
    moves = sorted(moves)
    remove_from_index(db, encode([move.old_id for move in moves]))
    for table, column in _COLUMNS:
        db.executemany(
            f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [(move.new_id, move.old_id) for move in moves]
        )
    add_to_index(db, LISTED, encode([move.new_id for move in moves]))
