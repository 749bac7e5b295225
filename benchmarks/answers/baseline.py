"""What ten lines of SQLite find: FTS5 with the porter tokenizer, all words joined by OR, ordered by bm25."""

import re
import sqlite3
from collections.abc import Sequence

from bot.domain.event import Event, Topic


class Baseline:
    """The events and topics of an archive in two plain full-text tables; a day's events come in the order of dates."""

    def __init__(self, events: Sequence[Event], topics: Sequence[Topic]) -> None:
        self._events = sorted(events, key=lambda event: (event.date, event.key))
        self._topics = topics
        self._db = sqlite3.connect(":memory:")
        self._db.execute("CREATE VIRTUAL TABLE event USING fts5 (headline, topics, summary, tokenize = 'porter')")
        texts = [(event.headline, "; ".join(event.topics), event.summary) for event in self._events]
        self._db.executemany("INSERT INTO event (headline, topics, summary) VALUES (?, ?, ?)", texts)
        self._db.execute("CREATE VIRTUAL TABLE topic USING fts5 (name, tokenize = 'porter')")
        self._db.executemany("INSERT INTO topic (name) VALUES (?)", [(topic.name,) for topic in topics])

    def close(self) -> None:
        """Give the memory back."""
        self._db.close()

    async def day(self, day: str) -> Sequence[Event]:
        """Return the events of a day of the year (``12-31``) or a date (``2020-12-31``)."""
        return [event for event in self._events if f"{event.date}".endswith(day)]

    async def search(self, words: str) -> Sequence[Event]:
        """Return the events that have any of the words."""
        return [self._events[rowid - 1] for rowid in self._find("event", words)]

    async def topic(self, typed: str) -> Sequence[Topic]:
        """Return the topics that have any of the words in their names."""
        return [self._topics[rowid - 1] for rowid in self._find("topic", typed)]

    def _find(self, table: str, words: str) -> list[int]:
        expression = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", words))
        rows = self._db.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY bm25({table})", [expression])
        return [rowid for (rowid,) in rows]
