"""Rebuilds the events of the dates that an import touched: deletes the old ones, writes the new ones."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from bot.archive.build_events import BuiltEvent, DayRows, EventRow, EventWords, PathRow, Row, build_events
from bot.archive.event_topics import EventTopics
from bot.archive.inserts import LISTED, encode, insert_into
from bot.archive.workers import WorkerPool

# Each statement takes dates (JSON). The first selects the columns that PathRow names, the others those of MentionRow.
_PATHS = f"""
    SELECT {", ".join(PathRow._fields)}
    FROM page_path LEFT JOIN page USING (id) WHERE date IN {LISTED} ORDER BY date, path
"""
_RELATED = f"""
    SELECT mention.path_id, page_id, topics, language, headline
    FROM page_path JOIN mention ON mention.path_id = page_path.id JOIN wording ON wording.id = wording_id
    JOIN page_path AS lister ON lister.id = page_id
    WHERE page_path.date IN {LISTED} ORDER BY page_path.id, lister.path
"""
_INDEX_TOPICS = f"""
    SELECT index_topic.path_id, 0 AS page_id, topics, language, headline
    FROM page_path JOIN index_topic ON index_topic.path_id = page_path.id JOIN wording ON wording.id = wording_id
    JOIN day_index ON day_index.id = day_index_id
    WHERE date IN {LISTED} ORDER BY page_path.id, day_index.path
"""
_FORMER_PATHS = f"""
    SELECT former_path.path_id, page_id, '[]' AS topics, language, headline
    FROM page_path JOIN former_path ON former_path.path_id = page_path.id JOIN wording ON wording.id = wording_id
    WHERE date IN {LISTED}
"""
_INSERT_EVENT = insert_into("event", EventRow._fields)
_INSERT_WORDS = insert_into("event_words", ("id", *EventWords._fields))
# The events of this many dates are built together.
_BATCH = 50
# The tables whose rows go with an event, and their columns with its id.
_EVENT_TABLES = (("event_search", "rowid"), ("event_words", "id"), ("event_topic", "event_id"), ("acronym", "event_id"))


class Rebuilder:
    """Builds the events of many dates again, and brings the topics that they left or joined up to date."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._topics = EventTopics(db)

    def rebuild(self, dates: Iterable[str], workers: WorkerPool, *, step: Callable[[], None]) -> None:
        """Build the events of these dates (ISO) again; ``step`` is called after each date.

        The workers build them, while this process reads and writes.
        """
        dates = sorted(dates)
        language_numbers = dict(self.db.execute("SELECT code, number FROM event_language"))
        batch_sizes: deque[int] = deque()

        def write(events: Sequence[BuiltEvent]) -> None:
            self._write(events)
            for _ in range(batch_sizes.popleft()):
                step()

        for start in range(0, len(dates), _BATCH):
            batch = dates[start : start + _BATCH]
            batch_sizes.append(len(batch))
            self._delete_events(encode(batch))
            for events in workers.submit(build_events, self._day_rows(encode(batch), language_numbers)):
                write(events)
        for events in workers.drain():
            write(events)
        self._topics.update()

    def index_words(self, dates: Iterable[str]) -> None:
        """Add the events of these dates to the search index, in the order of their ids, which FTS5 needs."""
        self.db.execute("CREATE TEMP TABLE new_date (date TEXT PRIMARY KEY) WITHOUT ROWID")
        self.db.executemany("INSERT INTO new_date VALUES (?)", [(date,) for date in dates])
        self.db.execute(
            "INSERT INTO event_search (rowid, headline, topics, summary)"
            " SELECT w.id, w.headline, w.topics, w.summary FROM event_words w"
            " JOIN event USING (id) JOIN new_date USING (date) ORDER BY w.id"
        )
        self.db.execute("DROP TABLE new_date")

    def _delete_events(self, dates: str) -> None:
        """Delete the events of dates (JSON)."""
        event_ids = [row[0] for row in self.db.execute(f"SELECT id FROM event WHERE date IN {LISTED}", (dates,))]
        if not event_ids:
            return
        params = (encode(event_ids),)
        self._topics.leave(encode(event_ids))
        for table, column in _EVENT_TABLES:
            self.db.execute(f"DELETE FROM {table} WHERE {column} IN {LISTED}", params)
        self.db.execute(f"UPDATE page_path SET event_id = NULL WHERE event_id IN {LISTED}", params)
        self.db.execute(f"DELETE FROM event WHERE id IN {LISTED}", params)

    def _day_rows(self, dates: str, language_numbers: dict[str, int]) -> DayRows:
        """Return all that is known about the paths of dates (JSON)."""
        return DayRows(
            paths=self._rows(_PATHS, dates),
            related=self._rows(_RELATED, dates),
            index_topics=self._rows(_INDEX_TOPICS, dates),
            former_paths=self._rows(_FORMER_PATHS, dates),
            language_numbers=language_numbers,
        )

    def _rows(self, statement: str, dates: str) -> list[Row]:
        return self.db.execute(statement, (dates,)).fetchall()

    def _write(self, events: Sequence[BuiltEvent]) -> None:
        self.db.executemany(_INSERT_EVENT, [event.row._asdict() for event in events])
        self.db.executemany(
            "UPDATE page_path SET event_id = ? WHERE id = ?",
            [(event.row.id, path_id) for event in events for path_id in event.path_ids],
        )
        self._topics.join(events)
        self.db.executemany(
            "INSERT INTO acronym (folded, expansion, event_id) VALUES (?, ?, ?)",
            [(*pair, event.row.id) for event in events for pair in event.acronyms],
        )
        self.db.executemany(_INSERT_WORDS, [{"id": event.row.id} | event.words._asdict() for event in events])
