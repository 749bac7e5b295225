"""Rebuilds the events that an import touched: deletes the old ones, writes the new ones."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.archive.build_events import BuiltEvent, EventRow, EventWords, PathRow, PathRows, Row, build_events
from bot.archive.event_topics import EventTopics
from bot.archive.inserts import LISTED, encode, insert_into
from bot.archive.starter_joins import find_joins
from bot.archive.workers import WorkerPool

# Each takes the ids of paths (JSON). The first selects the columns that PathRow names, the others those of MentionRow.
_PATHS = f"""
    SELECT {", ".join(PathRow._fields)}
    FROM page_path LEFT JOIN page USING (id) WHERE id IN {LISTED} ORDER BY date, path
"""
_RELATED = f"""
    SELECT mention.path_id, page_id, topics, language, headline
    FROM mention JOIN wording ON wording.id = wording_id JOIN page_path AS lister ON lister.id = page_id
    WHERE mention.path_id IN {LISTED} ORDER BY mention.path_id, lister.path
"""
_INDEX_TOPICS = f"""
    SELECT index_topic.path_id, 0 AS page_id, topics, language, headline
    FROM index_topic JOIN wording ON wording.id = wording_id JOIN day_index ON day_index.id = day_index_id
    WHERE index_topic.path_id IN {LISTED} ORDER BY index_topic.path_id, day_index.path
"""
_FORMER_PATHS = f"""
    SELECT former_path.path_id, page_id, '[]' AS topics, language, headline
    FROM former_path JOIN wording ON wording.id = wording_id WHERE former_path.path_id IN {LISTED}
"""
_INSERT_EVENT = insert_into("event", EventRow._fields)
_INSERT_WORDS = insert_into("event_words", ("id", *EventWords._fields))
_PATHS_OF_DATES = f"SELECT id FROM page_path WHERE date IN {LISTED}"
# An event may have paths of two dates, see starter_joins.
_EVENTS_OF_DATES = f"""
    SELECT id FROM event WHERE date IN {LISTED}
    UNION SELECT event_id FROM page_path WHERE date IN {LISTED} AND event_id IS NOT NULL
"""
_PATHS_OF_OTHER_DATES = f"SELECT id FROM page_path WHERE id IN {LISTED} AND date NOT IN {LISTED}"
_PATHS_OF_EVENTS = f"SELECT id FROM page_path WHERE event_id IN {LISTED}"
_EVENTS_OF_PATHS = f"SELECT DISTINCT event_id FROM page_path WHERE id IN {LISTED} AND event_id IS NOT NULL"
_DATES_OF_EVENTS = f"SELECT id, date FROM page_path WHERE event_id IN {LISTED}"
# The ids of the events that are built: the search index takes them in their order.
_BUILT = "CREATE TEMP TABLE built_event (id INTEGER PRIMARY KEY)"
_INDEX_BUILT = """
    INSERT INTO event_search (rowid, headline, topics, summary)
    SELECT id, headline, topics, summary FROM built_event JOIN event_words USING (id) ORDER BY id
"""
# Also of a date that has no path any more: its events have to go.
_PATHS_BY_DATE = "SELECT value, (SELECT count(*) FROM page_path WHERE date = value) FROM json_each(?) ORDER BY value"
# The events of about this many paths are built together: the paths of a date are never parted.
_BATCH = 400
# The tables whose rows go with an event, and their columns with its id.
_EVENT_TABLES = (("event_search", "rowid"), ("event_words", "id"), ("event_topic", "event_id"), ("acronym", "event_id"))


class Rebuilder:
    """Builds events again, and brings the topics that they left or joined, and the search index, up to date."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._topics = EventTopics(db)

    def rebuild(
        self, dates: Iterable[str], mentioned: Iterable[int], workers: WorkerPool, *, step: Callable[[], None]
    ) -> None:
        """Build all events of these dates (ISO) again, and those of these paths (ids).

        The workers build them, while this process reads and writes. ``step`` is called after each date and path.
        """
        self.db.execute(_BUILT)
        batch_sizes: deque[int] = deque()

        def write(events: Sequence[BuiltEvent]) -> None:
            self._write(events)
            for _ in range(batch_sizes.popleft()):
                step()

        dates = sorted(dates)
        for size, rows in self._batches(dates, sorted(mentioned)):
            batch_sizes.append(size)
            for events in workers.submit(build_events, rows):
                write(events)
        for events in workers.drain():
            write(events)
        self._index_built()
        for starter_event_id, event_id in find_joins(self.db, dates):
            self._join(starter_event_id, event_id)
        self._index_built()
        self._topics.update()
        self.db.execute("DROP TABLE built_event")

    def _index_built(self) -> None:
        """Add the events that were built to the search index, in the order of their ids, which FTS5 needs."""
        self.db.execute(_INDEX_BUILT)
        self.db.execute("DELETE FROM built_event")

    def _batches(self, dates: Sequence[str], mentioned: Sequence[int]) -> Iterator[tuple[int, PathRows]]:
        """Yield what is known about the paths, batch by batch, first by dates; the events of each batch are deleted."""
        all_dates = set(dates)
        done: set[int] = set()
        for batch in self._date_batches(dates):
            event_ids = self._ids(_EVENTS_OF_DATES, batch, batch)
            # Paths of dates that are not built themselves; the others come with their own.
            joined = self.db.execute(_DATES_OF_EVENTS, (encode(event_ids),)).fetchall()
            elsewhere = [path_id for path_id, day in joined if day not in all_dates]
            done.update(elsewhere)
            yield len(batch), self._take([*self._ids(_PATHS_OF_DATES, batch), *elsewhere], event_ids, grouped=False)
        mentioned = self._ids(_PATHS_OF_OTHER_DATES, mentioned, dates)
        for start in range(0, len(mentioned), _BATCH):
            paths = mentioned[start : start + _BATCH]
            # The event of a path may have been built in an earlier batch, with another path of its own.
            event_ids = self._ids(_EVENTS_OF_PATHS, [path for path in paths if path not in done])
            path_ids = self._ids(_PATHS_OF_EVENTS, event_ids)
            done.update(path_ids)
            yield len(paths), self._take(path_ids, event_ids, grouped=True)

    def _join(self, starter_event_id: int, event_id: int) -> None:
        """Make one event of two."""
        self.db.execute("UPDATE page_path SET event_id = ? WHERE event_id = ?", (event_id, starter_event_id))
        rows = self._take(self._ids(_PATHS_OF_EVENTS, [event_id]), [starter_event_id, event_id], grouped=True)
        self._write(build_events(rows))

    def _date_batches(self, dates: Sequence[str]) -> Iterator[list[str]]:
        """Yield these dates in batches."""
        batch: list[str] = []
        size = 0
        for day, paths in self.db.execute(_PATHS_BY_DATE, (encode(list(dates)),)).fetchall():
            if batch and size + paths > _BATCH:
                yield batch
                batch, size = [], 0
            batch.append(day)
            size += paths
        if batch:
            yield batch

    def _take(self, path_ids: list[int], event_ids: list[int], *, grouped: bool) -> PathRows:
        """Return all that is known about these paths, and delete these events."""
        ids = encode(path_ids)
        rows = PathRows(
            grouped=grouped,
            paths=self._rows(_PATHS, ids),
            related=self._rows(_RELATED, ids),
            index_topics=self._rows(_INDEX_TOPICS, ids),
            former_paths=self._rows(_FORMER_PATHS, ids),
            language_numbers=dict(self.db.execute("SELECT code, number FROM event_language")),
        )
        if event_ids:
            self._delete_events(encode(event_ids))
        return rows

    def _delete_events(self, event_ids: str) -> None:
        """Delete the events of these ids (JSON)."""
        self._topics.leave(event_ids)
        for table, column in _EVENT_TABLES:
            self.db.execute(f"DELETE FROM {table} WHERE {column} IN {LISTED}", (event_ids,))
        self.db.execute(f"UPDATE page_path SET event_id = NULL WHERE event_id IN {LISTED}", (event_ids,))
        self.db.execute(f"DELETE FROM event WHERE id IN {LISTED}", (event_ids,))

    def _ids(self, statement: str, *lists: Sequence[str | int]) -> list[int]:
        return [row[0] for row in self.db.execute(statement, tuple(encode(list(values)) for values in lists))]

    def _rows(self, statement: str, path_ids: str) -> list[Row]:
        return self.db.execute(statement, (path_ids,)).fetchall()

    def _write(self, events: Sequence[BuiltEvent]) -> None:
        self.db.executemany("INSERT INTO built_event VALUES (?)", [(event.row.id,) for event in events])
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
