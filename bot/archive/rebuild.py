"""Rebuilds the events that an import touched, and puts those around them into their new places."""

import json
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.archive import event_queries
from bot.archive.article_joins import find_joins
from bot.archive.build_events import (
    BuiltEvent,
    EventRow,
    PathRow,
    PathRows,
    Row,
    WordingRow,
    build_events,
)
from bot.archive.event_index import add_to_index, remove_from_index
from bot.archive.event_topics import EventTopics
from bot.archive.event_words import StoredWords
from bot.archive.inserts import LISTED, encode, insert_into
from bot.archive.item_joins import find_item_joins, known_pages, known_pages_near
from bot.archive.known_articles import KnownArticles
from bot.archive.notability import DAYS_AFTER
from bot.archive.placement import Placement
from bot.archive.stem_counts import StemCounts
from bot.archive.stories import STORED_BEFORE, Stories, days_from
from bot.archive.waiting_events import LAST_DATE, WaitingEvents
from bot.archive.workers import WorkerPool

# Each takes the ids of paths (JSON). The first selects the columns that PathRow names, the others those of MentionRow.
_PATHS = f"""
    SELECT {", ".join(PathRow._fields)}
    FROM page_path LEFT JOIN page USING (id) WHERE id IN {LISTED} ORDER BY date, path
"""
_SOURCES = PathRow._fields.index("sources")
_RELATED = f"""
    SELECT mention.path_id, page_id, mention.topics, wording.language, wording.headline
    FROM mention JOIN page_path AS lister ON lister.id = page_id LEFT JOIN page ON page.id = mention.path_id
    LEFT JOIN wording ON wording.id = wording_id AND page.id IS NULL
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
_INSERT_WORDS = insert_into("event_words", ("id", *StoredWords._fields))
_INSERT_WORDING = insert_into("event_wording", WordingRow._fields)
_PATHS_OF_DATES = f"SELECT id FROM page_path WHERE date IN {LISTED}"
# An event may have paths of two dates, see article_joins.
_EVENTS_OF_DATES = f"""
    SELECT id FROM event WHERE date IN {LISTED}
    UNION SELECT event_id FROM page_path WHERE date IN {LISTED} AND event_id IS NOT NULL
"""
_PATHS_OF_EVENTS = f"SELECT id FROM page_path WHERE event_id IN {LISTED}"
# Without those that are built with other dates.
_EVENTS_OF_PATHS = f"""
    SELECT DISTINCT event_id FROM page_path
    WHERE id IN {LISTED} AND event_id IS NOT NULL AND event_id NOT IN ({_EVENTS_OF_DATES})
"""
_DATES_OF_EVENTS = f"SELECT id, date FROM page_path WHERE event_id IN {LISTED}"
# The ids of the events that are written: the search indexes take them in their order.
_WRITTEN = "CREATE TEMP TABLE written_event (id INTEGER PRIMARY KEY, indexed INTEGER NOT NULL DEFAULT 0)"
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
# An event's score is known when those so many days after it are built. An event may have paths of three dates, see
# article_joins.
_WAITING_DAYS = DAYS_AFTER + 2
# How many older events, which others only mention, an import builds again; the rest is brought up to date later.
MOST_MOVED = 50
# The tables whose rows go with an event, and their columns with its id.
_EVENT_TABLES = (
    ("event_words", "id"), ("event_topic", "event_id"), ("acronym", "event_id"), ("event_wording", "event_id"),
    ("written_event", "id"),
)  # fmt: skip


class Rebuilder:
    """Builds events again, and brings the topics that they left or joined, and the search indexes, up to date."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._topics = EventTopics(db)
        self._stems = StemCounts(db)
        self._placement = Placement(db)
        self._articles = KnownArticles(db)
        # By how much the number of events changes, by their language and whether they are stubs.
        self._changes: Counter[tuple[str, int]] = Counter()

    def rebuild(
        self, dates: Iterable[str], mentioned: Iterable[int], workers: WorkerPool, *, step: Callable[[], None]
    ) -> None:
        """Build all events of these dates (ISO) again, and those of these paths (ids); of the latter at most 50.

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
        for event_id, joined_id in find_joins(self.db, dates):
            self._join(event_id, joined_id)
        self._join_languages(known_pages_near(self.db, dates))
        self._update_indexes()
        self._placement.move_around(most=MOST_MOVED - len(mentioned))
        self._finish()
        self.db.execute(event_queries.COUNT_STARTER)

    def rebuild_events(self, path_ids: Sequence[int], workers: WorkerPool) -> None:
        """Build the events of these paths (ids) again, and join those of several languages that are one now.

        The events around them whose scores change become outdated.
        """
        self._build([], sorted(path_ids), workers, lambda: None)
        has_joined = self._join_languages(known_pages(self.db, path_ids))
        self._update_indexes()
        self._placement.move_around(most=0)
        self._finish()
        if has_joined:
            self.db.execute(event_queries.COUNT_STARTER)

    def _build(
        self, dates: Sequence[str], mentioned: Sequence[int], workers: WorkerPool, step: Callable[[], None]
    ) -> None:
        self.db.execute(_WRITTEN)
        stored = STORED_BEFORE if self._placement.has_others else None
        waiting = WaitingEvents(self.db, self._topics, Stories(self.db, stored=stored))
        # The number of dates or paths of each batch that is being built, and the last of the dates.
        batches: deque[tuple[int, str | None]] = deque()

        def keep(events: Sequence[BuiltEvent]) -> None:
            size, last_date = batches.popleft()
            waiting.add(events)
            if last_date:
                # Meanwhile the workers build the next ones.
                self._write_waiting(waiting, until=days_from(last_date, -_WAITING_DAYS))
            for _ in range(size):
                step()

        for size, last_date, rows in self._batches(dates, mentioned):
            batches.append((size, last_date))
            for events in workers.submit(build_events, rows):
                keep(events)
        for events in workers.drain():
            keep(events)
        self._write_waiting(waiting)
        self._index_written()

    def _update_indexes(self) -> None:
        self._index_written()
        self._topics.update()
        self._stems.update()

    def _finish(self) -> None:
        self._update_total()
        self.db.execute("DROP TABLE written_event")
        self.db.execute("DROP TABLE waiting_events")

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

    def _write_waiting(self, waiting: WaitingEvents, *, until: str = LAST_DATE) -> None:
        """Write the events that wait, up to a date (ISO)."""
        for events in waiting.take(until=until):
            for start in range(0, len(events), _BATCH):
                self._write(events[start : start + _BATCH])

    def _index_written(self) -> None:
        """Add the events that were written to the search indexes."""
        add_to_index(self.db, "(SELECT id FROM written_event WHERE NOT indexed)")
        self.db.execute("UPDATE written_event SET indexed = 1 WHERE NOT indexed")

    def _batches(self, dates: Sequence[str], mentioned: Sequence[int]) -> Iterator[tuple[int, str | None, PathRows]]:
        """Yield batches of paths: how many dates or paths these are, the last of the dates, and what is known of them.

        The events of each batch are deleted. Mentioned paths come first: when the events of a date are built, all up to
        it are.
        """
        for start in range(0, len(mentioned), _BATCH):
            paths = mentioned[start : start + _BATCH]
            event_ids = self._ids(_EVENTS_OF_PATHS, paths, dates, dates)
            rows = self._take(self._ids(_PATHS_OF_EVENTS, event_ids), event_ids, grouped=True)
            yield len(paths), None, rows
        all_dates = set(dates)
        for batch in self._date_batches(dates):
            event_ids = self._ids(_EVENTS_OF_DATES, batch, batch)
            # Paths of dates that are not built themselves; the others come with their own.
            joined = self.db.execute(_DATES_OF_EVENTS, (encode(event_ids),)).fetchall()
            elsewhere = [path_id for path_id, day in joined if day not in all_dates]
            rows = self._take([*self._ids(_PATHS_OF_DATES, batch), *elsewhere], event_ids, grouped=False)
            yield len(batch), batch[-1], rows

    def _join(self, other_id: int, event_id: int) -> None:
        """Make one event of two."""
        self.db.execute("UPDATE page_path SET event_id = ? WHERE event_id = ?", (event_id, other_id))
        rows = self._take(self._ids(_PATHS_OF_EVENTS, [event_id]), [other_id, event_id], grouped=True)
        waiting = WaitingEvents(self.db, self._topics, Stories(self.db))
        waiting.add(build_events(rows))
        self._write_waiting(waiting)
        # It may be joined once more: what is deleted has to be in the search indexes.
        self._index_written()

    def _join_languages(self, page_ids: Sequence[int]) -> bool:
        """Join the events of these pages with those that tell the same in other languages; return if there are any."""
        has_joined = False
        for event_id, joined_id in find_item_joins(self.db, page_ids):
            self._join(event_id, joined_id)
            has_joined = True
        return has_joined

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
        paths = self._rows(_PATHS, ids)
        rows = PathRows(
            grouped=grouped,
            paths=paths,
            related=self._rows(_RELATED, ids),
            index_topics=self._rows(_INDEX_TOPICS, ids),
            former_paths=self._rows(_FORMER_PATHS, ids),
            language_numbers=dict(self.db.execute("SELECT code, number FROM event_language")),
            articles=self._articles.of_sources(row[_SOURCES] for row in paths),
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
        remove_from_index(self.db, event_ids)
        for table, column in _EVENT_TABLES:
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
        self.db.executemany(
            _INSERT_WORDING,
            [wording._asdict() | {"event_id": event.row.id} for event in events for wording in event.wordings],
        )
        self._stems.add(event.words.stems for event in events)
        self._placement.note(encode([event.row.id for event in events]), change=1)
        self.db.execute(_REMOVE_OUTDATED, (encode([path_id for event in events for path_id in event.path_ids]),))
