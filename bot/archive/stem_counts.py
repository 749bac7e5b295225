"""Counts in how many events each word stands, in its basic form: the rarer a word, the more it says."""

import sqlite3
from collections import Counter
from collections.abc import Iterable

# What stands between the fields and names of an event's stems.
MARKS = frozenset(";,")
# Counts in memory before they are written.
_MOST = 1 << 15
_INDEXED = "CREATE VIRTUAL TABLE temp.indexed_stem USING fts5vocab (main, stem_search, row)"


class StemCounts:
    """Collects what events that come and go change, and writes it with ``update``.

    The events of the first import are counted in the search index, which has them by then: that is much quicker.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._changes: Counter[str] = Counter()
        (self._are_none,) = db.execute("SELECT NOT EXISTS (SELECT 1 FROM event)").fetchone()

    def add(self, texts: Iterable[str]) -> None:
        """Count events that come, by their stems."""
        if self._are_none:
            return
        for text in texts:
            self._changes.update(set(text.split()) - MARKS)
        if len(self._changes) > _MOST:
            self._write()

    def remove(self, texts: Iterable[str]) -> None:
        """Count events that go, by their stems."""
        if self._are_none:
            return
        for text in texts:
            self._changes.subtract(set(text.split()) - MARKS)

    def update(self) -> None:
        """Write what has changed; the search index has all events."""
        if self._are_none:
            self.db.execute(_INDEXED)
            self.db.execute("DELETE FROM stem")
            self.db.execute("INSERT INTO stem (stem, events) SELECT term, doc FROM indexed_stem")
            self.db.execute("DROP TABLE indexed_stem")
            self._are_none = False
        self._write()

    def _write(self) -> None:
        stems = sorted(self._changes)
        more = [(stem, self._changes[stem]) for stem in stems if self._changes[stem] > 0]
        fewer = [(-self._changes[stem], stem) for stem in stems if self._changes[stem] < 0]
        self.db.executemany(
            "INSERT INTO stem (stem, events) VALUES (?, ?)"
            " ON CONFLICT (stem) DO UPDATE SET events = events + excluded.events",
            more,
        )
        self.db.executemany("UPDATE stem SET events = max(events - ?, 0) WHERE stem = ?", fewer)
        self.db.executemany("DELETE FROM stem WHERE stem = ? AND events = 0", [(stem,) for _, stem in fewer])
        self._changes.clear()
