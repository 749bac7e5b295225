"""The topics of events: their ids, spellings and counts, and the index of their names."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.archive.build_events import BuiltEvent
from bot.archive.inserts import LISTED, encode
from bot.archive.ranking import topic_place
from bot.domain.page import topic_key_of
from bot.domain.text import fold, words


class _Spelling(NamedTuple):
    """One way to write a topic's name, and the number of events that write it so."""

    id: int
    name: str
    events: int


class EventTopics:
    """Ties events to their topics; ``update`` then counts and names every topic that events left or joined."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        # For each spelling, the id of its topic and its own.
        self._spellings: dict[str, tuple[int, int]] = {}
        self._changed: set[int] = set()

    def leave(self, event_ids: str) -> None:
        """Note the topics of events (ids, JSON) that are about to be deleted."""
        rows = self.db.execute(f"SELECT DISTINCT topic_id FROM event_topic WHERE event_id IN {LISTED}", (event_ids,))
        self._changed.update(row[0] for row in rows)

    def join(self, events: Sequence[BuiltEvent]) -> None:
        """Write the topics of new events; a topic that an event names in two spellings counts once."""
        self._load(dict.fromkeys(name for event in events for name in event.topics if name not in self._spellings))
        rows: list[tuple[int, int, int, str, int, int]] = []
        for event in events:
            topic_ids = set[int]()
            for name in event.topics:
                topic_id, spelling_id = self._spellings[name]
                if topic_id not in topic_ids:
                    row = event.row
                    rows.append((topic_id, row.id, row.month_day, row.date, len(topic_ids), spelling_id))
                    topic_ids.add(topic_id)
            self._changed |= topic_ids
        self.db.executemany(
            "INSERT INTO event_topic (topic_id, event_id, month_day, date, position, spelling_id)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def update(self) -> None:
        """Count the events of each changed topic, name it by its most used spelling, delete those without events."""
        old_places: list[int] = []
        new_places: list[tuple[int, str]] = []
        for topic_id in sorted(self._changed):
            before, folded = self.db.execute("SELECT events, folded FROM topic WHERE id = ?", (topic_id,)).fetchone()
            events = self._update_topic(topic_id)
            if events != before:
                # A new topic stands nowhere yet.
                old_places += [topic_place(before, topic_id)] if before else []
                new_places += [(topic_place(events, topic_id), " ".join(words(folded)))] if events else []
        self._index_names(old_places, new_places)
        self._changed.clear()
        self._spellings.clear()

    def _update_topic(self, topic_id: int) -> int:
        """Count and name one topic, or delete it; return how many events it has."""
        spellings = self._count_spellings(topic_id)
        events = sum(spelling.events for spelling in spellings)
        for spelling in spellings:
            if not spelling.events:
                self.db.execute("DELETE FROM spelling WHERE id = ?", (spelling.id,))
        if events:
            # Of spellings used alike, the one with more capitals: "NASA" before "nasa".
            best = max(spellings, key=lambda s: (s.events, sum(map(str.isupper, s.name)), s.name)).name
            self.db.execute("UPDATE topic SET name = ?, events = ? WHERE id = ?", (best, events, topic_id))
        else:
            self.db.execute("DELETE FROM topic WHERE id = ?", (topic_id,))
        return events

    def _count_spellings(self, topic_id: int) -> list[_Spelling]:
        spellings = self.db.execute("SELECT id, name FROM spelling WHERE topic_id = ?", (topic_id,)).fetchall()
        if len(spellings) == 1:
            counts = self.db.execute(
                "SELECT ?, count(*) FROM event_topic WHERE topic_id = ?", (spellings[0][0], topic_id)
            )
        else:
            counts = self.db.execute(
                "SELECT spelling_id, count(*) FROM event_topic WHERE topic_id = ? GROUP BY spelling_id", (topic_id,)
            )
        events = dict(counts.fetchall())
        return [_Spelling(spelling_id, name, events.get(spelling_id, 0)) for spelling_id, name in spellings]

    def _load(self, names: Iterable[str]) -> None:
        """Load the ids of spellings and of their topics; those that are new are added."""
        rows = self.db.execute(
            f"SELECT name, topic_id, id FROM spelling WHERE name IN {LISTED}", (encode(list(names)),)
        )
        self._spellings.update((name, (topic_id, spelling_id)) for name, topic_id, spelling_id in rows)
        folded = {name: fold(name) for name in names if name not in self._spellings}
        topic_ids = self._topic_ids(folded)
        spellings = [
            (spelling_id, name, topic_ids[folded[name]])
            for spelling_id, name in enumerate(folded, self._next_id("spelling"))
        ]
        self.db.executemany("INSERT INTO spelling (id, name, topic_id) VALUES (?, ?, ?)", spellings)
        self._spellings.update((name, (topic_id, spelling_id)) for spelling_id, name, topic_id in spellings)

    def _topic_ids(self, folded: dict[str, str]) -> dict[str, int]:
        """Return the ids of topics by their folded names, given those of some spellings; new topics are added."""
        rows = self.db.execute(
            f"SELECT folded, id FROM topic WHERE folded IN {LISTED}", (encode(list(folded.values())),)
        )
        topic_ids = dict[str, int](rows)
        names: dict[str, str] = {}
        for name, folded_name in folded.items():
            if folded_name not in topic_ids:
                names.setdefault(folded_name, name)
        new_ids = {folded_name: topic_id for topic_id, folded_name in enumerate(names, self._next_id("topic"))}
        self.db.executemany(
            "INSERT INTO topic (id, key, folded, name, events) VALUES (?, ?, ?, ?, 0)",
            [
                (new_ids[folded_name], topic_key_of(folded_name), folded_name, name)
                for folded_name, name in names.items()
            ],
        )
        return topic_ids | new_ids

    def _next_id(self, table: str) -> int:
        return int(self.db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])

    def _index_names(self, old_places: Sequence[int], new_places: Sequence[tuple[int, str]]) -> None:
        """Move names in their search index, in the order of places: FTS5 wants it so."""
        for table, column in (("topic_search", "rowid"), ("topic_words", "place")):
            self.db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(place,) for place in sorted(old_places)])
        for statement in ("INSERT INTO topic_words (place, words)", "INSERT INTO topic_search (rowid, words)"):
            self.db.executemany(f"{statement} VALUES (?, ?)", sorted(new_places))
