"""Rebuilds the events that an import touched, and puts those around them into their new places."""

import json
import pickle
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.archive import event_queries
from bot.archive.build_events import BuiltEvent, EventRow, EventWords, PathRow, PathRows, Row, build_events
from bot.archive.event_topics import EventTopics
from bot.archive.inserts import LISTED, encode, insert_into
from bot.archive.notability import story_points
from bot.archive.placement import Placement
from bot.archive.ranking import event_id, score
from bot.archive.starter_joins import find_joins
from bot.archive.stem_counts import StemCounts
from bot.archive.stories import Stories
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
# Events that are built wait here: where they stand follows from all of them.
_WAITING = "CREATE TEMP TABLE waiting_event (number INTEGER PRIMARY KEY, event BLOB NOT NULL)"
# The ids of the events that are written: the search indexes take them in their order.
_WRITTEN = "CREATE TEMP TABLE written_event (id INTEGER PRIMARY KEY, indexed INTEGER NOT NULL DEFAULT 0)"
_INDEX_WRITTEN = (
    """
    INSERT INTO event_search (rowid, headline, topics, summary)
    SELECT id, headline, topics, summary FROM written_event JOIN event_words USING (id) WHERE NOT indexed ORDER BY id
    """,
    """
    INSERT INTO stem_search (rowid, stems)
    SELECT id, stems FROM written_event JOIN event_words USING (id) WHERE NOT indexed ORDER BY id
    """,
)
# Of paths that others mention in another way than before, those that it changes most: the fewer mentions, the more.
_LEAST_MENTIONED = f"""
    SELECT path_id FROM mention WHERE path_id IN {LISTED} GROUP BY path_id ORDER BY count(*), path_id LIMIT ?
"""
_ADD_OUTDATED = "INSERT OR REPLACE INTO outdated SELECT value, 1 FROM json_each(?)"
_REMOVE_OUTDATED = f"DELETE FROM outdated WHERE path_id IN {LISTED}"
# Also of a date that has no path any more: its events have to go.
_PATHS_BY_DATE = "SELECT value, (SELECT count(*) FROM page_path WHERE date = value) FROM json_each(?) ORDER BY value"
# The events of about this many paths are built together: the paths of a date are never parted.
_BATCH = 400
_COUNT = f"SELECT language, stub, count(*) FROM event WHERE id IN {LISTED} GROUP BY language, stub"
# Waiting events that are written together, in the order of their ids.
_WRITTEN_AT_ONCE = 20_000
# How many older events, which others only mention, an import builds again; the rest is brought up to date later.
MOST_MOVED = 100
# The tables whose rows go with an event, and their columns with its id: the search indexes first, which read the words.
EVENT_TABLES = (
    ("event_search", "rowid"), ("stem_search", "rowid"), ("event_words", "id"), ("event_topic", "event_id"),
    ("acronym", "event_id"),
)  # fmt: skip


class Rebuilder:
    """Builds events again, and brings the topics that they left or joined, and the search indexes, up to date."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._topics = EventTopics(db)
        self._stems = StemCounts(db)
        self._stories = Stories(db)
        self._placement = Placement(db)
        # By how much the number of events changes, by their language and whether they are stubs.
        self._changes: Counter[tuple[str, int]] = Counter()

    def rebuild(
        self, dates: Iterable[str], mentioned: Iterable[int], workers: WorkerPool, *, step: Callable[[], None]
    ) -> None:
        """Build all events of these dates (ISO) again, and those of these paths (ids); of the latter at most 100.

        The other paths become outdated, as do the events around those that are built. The workers build them, while
        this process reads and writes. ``step`` is called after each date and path.
        """
        dates, mentioned = sorted(dates), sorted(mentioned)
        if len(mentioned) > MOST_MOVED:
            now = {row[0] for row in self.db.execute(_LEAST_MENTIONED, (encode(mentioned), MOST_MOVED))}
            later = [path_id for path_id in mentioned if path_id not in now]
            self.db.execute(_ADD_OUTDATED, (encode(later),))
            for _ in later:
                step()
            mentioned = sorted(now)
        self._build(dates, mentioned, workers, step)
        for starter_event_id, joined_id in find_joins(self.db, dates):
            self._join(starter_event_id, joined_id)
        self._update_indexes()
        self._placement.move_around(most=MOST_MOVED - len(mentioned))
        self._finish()

    def rebuild_events(self, path_ids: Sequence[int], workers: WorkerPool) -> None:
        """Build the events of these paths (ids) again; those around them whose scores change become outdated."""
        self._build([], sorted(path_ids), workers, lambda: None)
        self._update_indexes()
        self._placement.move_around(most=0)
        self._finish()

    def _build(
        self, dates: Sequence[str], mentioned: Sequence[int], workers: WorkerPool, step: Callable[[], None]
    ) -> None:
        self.db.execute(_WAITING)
        self.db.execute(_WRITTEN)
        batch_sizes: deque[int] = deque()

        def keep(events: Sequence[BuiltEvent]) -> None:
            self._keep(events)
            for _ in range(batch_sizes.popleft()):
                step()

        for size, rows in self._batches(dates, mentioned):
            batch_sizes.append(size)
            for events in workers.submit(build_events, rows):
                keep(events)
        for events in workers.drain():
            keep(events)
        self._write_waiting()
        self._index_written()

    def _update_indexes(self) -> None:
        self._index_written()
        self._topics.update()
        self._stems.update()

    def _finish(self) -> None:
        self._update_total()
        self.db.execute("DROP TABLE written_event")
        self.db.execute("DROP TABLE waiting_event")

    def _update_total(self) -> None:
        """Count what the whole archive holds."""
        (text,) = self.db.execute(event_queries.TOTAL_LANGUAGES).fetchone()
        languages = Counter[str](json.loads(text))
        for (language, _), change in self._changes.items():
            languages[language] += change
        params = {
            "events": self._changes.total(),
            "stubs": sum(change for (_, stub), change in self._changes.items() if stub),
            "languages": encode(
                {
                    code: events
                    for code, events in sorted(languages.items(), key=lambda pair: (-pair[1], pair[0]))
                    if events
                }
            ),
        }
        self.db.execute(event_queries.UPDATE_TOTAL, params)
        self._changes.clear()

    def _keep(self, events: Sequence[BuiltEvent]) -> None:
        """Have events wait until all are built."""
        for event, topic_ids in zip(events, self._topics.ids_of(events), strict=True):
            self._stories.add(topic_ids, event.row.date)
        self.db.executemany(
            "INSERT INTO waiting_event (event) VALUES (?)",
            [(pickle.dumps(event, pickle.HIGHEST_PROTOCOL),) for event in events],
        )

    def _write_waiting(self) -> None:
        """Write the events that wait, each with its score."""
        (waiting,) = self.db.execute("SELECT coalesce(max(number), 0) FROM waiting_event").fetchone()
        for first in range(1, waiting + 1, _WRITTEN_AT_ONCE):
            last = min(first + _WRITTEN_AT_ONCE - 1, waiting)
            numbered = sorted(
                (self._id_of(event), number) for number in range(first, last + 1) for event in (self._waiting(number),)
            )
            for start in range(0, len(numbered), _BATCH):
                events = []
                for new_id, number in numbered[start : start + _BATCH]:
                    event = self._waiting(number)
                    events.append(event._replace(row=event.row._replace(id=new_id)))
                self._write(events)
        self.db.execute("DELETE FROM waiting_event")
        # They are in the archive now, and may be joined with others.
        self._stories = Stories(self.db)

    def _waiting(self, number: int) -> BuiltEvent:
        (data,) = self.db.execute("SELECT event FROM waiting_event WHERE number = ?", (number,)).fetchone()
        event: BuiltEvent = pickle.loads(data)  # noqa: S301  (written by this process)
        return event

    def _id_of(self, event: BuiltEvent) -> int:
        """Return the id of an event that waits, which has its score in it."""
        (topic_ids,) = self._topics.ids_of([event])
        around = story_points(event.row.story_points, event.mentions, self._stories.of(topic_ids, event.row.date))
        points = event.row.points + sum(around.values())
        return event_id(score(points), event.path_ids[0], language_number=event.language_number)

    def _index_written(self) -> None:
        """Add the events that were written to the search indexes, in the order of their ids, which FTS5 needs."""
        for statement in _INDEX_WRITTEN:
            self.db.execute(statement)
        self.db.execute("UPDATE written_event SET indexed = 1 WHERE NOT indexed")

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
        self._keep(build_events(rows))
        self._write_waiting()

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
        for language, stub, events in self.db.execute(_COUNT, (event_ids,)):
            self._changes[language, stub] -= events
        self._placement.note(event_ids, change=-1)
        self._stems.remove(
            row[0] for row in self.db.execute(f"SELECT stems FROM event_words WHERE id IN {LISTED}", (event_ids,))
        )
        for table, column in (*EVENT_TABLES, ("written_event", "id")):
            self.db.execute(f"DELETE FROM {table} WHERE {column} IN {LISTED}", (event_ids,))
        self.db.execute(f"UPDATE page_path SET event_id = NULL WHERE event_id IN {LISTED}", (event_ids,))
        self.db.execute(f"DELETE FROM event WHERE id IN {LISTED}", (event_ids,))

    def _ids(self, statement: str, *lists: Sequence[str | int]) -> list[int]:
        return [row[0] for row in self.db.execute(statement, tuple(encode(list(values)) for values in lists))]

    def _rows(self, statement: str, path_ids: str) -> list[Row]:
        return self.db.execute(statement, (path_ids,)).fetchall()

    def _write(self, events: Sequence[BuiltEvent]) -> None:
        self.db.executemany("INSERT INTO written_event (id) VALUES (?)", [(event.row.id,) for event in events])
        self.db.executemany(_INSERT_EVENT, [event.row._asdict() for event in events])
        self.db.executemany(
            "UPDATE page_path SET event_id = ? WHERE id = ?",
            [(event.row.id, path_id) for event in events for path_id in event.path_ids],
        )
        self._changes.update((event.row.language, event.row.stub) for event in events)
        self._topics.join(events)
        self.db.executemany(
            "INSERT INTO acronym (folded, expansion, event_id) VALUES (?, ?, ?)",
            [(*pair, event.row.id) for event in events for pair in event.acronyms],
        )
        self.db.executemany(_INSERT_WORDS, [{"id": event.row.id} | event.words._asdict() for event in events])
        self._stems.add(event.words.stems for event in events)
        self._placement.note(encode([event.row.id for event in events]), change=1)
        self.db.execute(_REMOVE_OUTDATED, (encode([path_id for event in events for path_id in event.path_ids]),))
