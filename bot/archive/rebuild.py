"""From what the pages tell to events: made anew, day by day, for each date that an import touched."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from bot.archive.build_events import DayRows, EventRow, events_of, month_day_of
from bot.archive.page_rows import encode
from bot.archive.ranking import topic_place
from bot.archive.workers import WorkerPool
from bot.domain.page import topic_key_of
from bot.domain.text import fold, words

# A list of values, given as one parameter, JSON.
_LISTED = "(SELECT value FROM json_each(?))"
_TOLD = f"""
    SELECT page_path.id, key, path, date, language, headline, summary, image, sources, topics
    FROM page_path LEFT JOIN page USING (id) WHERE date IN {_LISTED} ORDER BY date, path
"""
_MENTIONED = f"""
    SELECT mention.path_id, page_id, topics, language, headline
    FROM page_path JOIN mention ON mention.path_id = page_path.id JOIN wording ON wording.id = wording_id
    JOIN page_path AS lister ON lister.id = page_id
    WHERE page_path.date IN {_LISTED} ORDER BY page_path.id, lister.path
"""
_HINTED = f"""
    SELECT index_topic.path_id, topics, language, headline
    FROM page_path JOIN index_topic ON index_topic.path_id = page_path.id JOIN wording ON wording.id = wording_id
    JOIN day_index ON day_index.id = day_index_id
    WHERE date IN {_LISTED} ORDER BY page_path.id, day_index.path
"""
_EARLIER = f"""
    SELECT former_path.path_id, page_id, language, headline
    FROM page_path JOIN former_path ON former_path.path_id = page_path.id JOIN wording ON wording.id = wording_id
    WHERE date IN {_LISTED}
"""
# So many dates are made anew together.
_BATCH = 50
_OLD = f"FROM event WHERE date IN {_LISTED}"
# Whose rows go with an event.
_OF_EVENT = (("event_search", "rowid"), ("event_words", "id"), ("event_topic", "event_id"), ("acronym", "event_id"))


class Rebuilder:
    """Makes the events of dates anew, many dates at once, then the topics they left or joined."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._spellings: dict[str, tuple[int, int]] = {}
        self._touched: set[int] = set()

    def rebuild(self, dates: Iterable[str], crew: WorkerPool, *, step: Callable[[], None]) -> None:
        """Make the events of these dates (ISO) anew; ``step`` is called after each.

        The crew tells which paths are one happening, while this process reads and writes.
        """
        dates = sorted(dates)
        sizes: deque[int] = deque()

        def write(made: Sequence[EventRow]) -> None:
            self._write(made)
            for _ in range(sizes.popleft()):
                step()

        for start in range(0, len(dates), _BATCH):
            batch = dates[start : start + _BATCH]
            asked = encode(batch)
            self._forget(asked)
            sizes.append(len(batch))
            for made in crew.submit(events_of, self._heard(asked)):
                write(made)
        for made in crew.drain():
            write(made)
        self._count_topics()

    def _forget(self, dates: str) -> None:
        """Take out the events of dates (JSON)."""
        ids = [row[0] for row in self.db.execute(f"SELECT id {_OLD}", (dates,))]
        if not ids:
            return
        events = (encode(ids),)
        self._touched.update(
            row[0]
            for row in self.db.execute(f"SELECT DISTINCT topic_id FROM event_topic WHERE event_id IN {_LISTED}", events)
        )
        for table, column in _OF_EVENT:
            self.db.execute(f"DELETE FROM {table} WHERE {column} IN {_LISTED}", events)
        self.db.execute(f"UPDATE page_path SET event_id = NULL WHERE event_id IN {_LISTED}", events)
        self.db.execute(f"DELETE FROM event WHERE id IN {_LISTED}", events)

    def _heard(self, dates: str) -> DayRows:
        """Return what is known of the paths of dates (JSON)."""
        return DayRows(
            *(self.db.execute(asked, (dates,)).fetchall() for asked in (_TOLD, _MENTIONED, _HINTED, _EARLIER))
        )

    def _write(self, made: Sequence[EventRow]) -> None:
        self.db.executemany(
            "INSERT INTO event (id, key, path, date, month_day, language, stub, headline, summary, image, sources)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [event.row for event in made],
        )
        self.db.executemany(
            "UPDATE page_path SET event_id = ? WHERE id = ?",
            [(event.id, path) for event in made for path in event.paths],
        )
        self._join_topics(made)
        self.db.executemany(
            "INSERT INTO acronym VALUES (?, ?, ?)", [(*pair, event.id) for event in made for pair in event.acronyms]
        )
        self.db.executemany("INSERT INTO event_words VALUES (?, ?, ?, ?)", [(event.id, *event.words) for event in made])

    def _join_topics(self, made: Sequence[EventRow]) -> None:
        self._learn(dict.fromkeys(name for event in made for name in event.topics if name not in self._spellings))
        rows: list[tuple[int, int, int, str, int, int]] = []
        for event in made:
            month_day, places = month_day_of(event.date), set[int]()
            for name in event.topics:
                topic, spelling = self._spellings[name]
                if topic not in places:
                    rows.append((topic, event.id, month_day, event.date, len(places), spelling))
                    places.add(topic)
            self._touched |= places
        self.db.executemany("INSERT INTO event_topic VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _learn(self, names: Iterable[str]) -> None:
        """Take note of the ids of topics, and of these spellings of them, new or known."""
        asked = encode(list(names))
        known = f"SELECT name, topic_id, id FROM spelling WHERE name IN {_LISTED}"
        self._spellings.update((name, (topic, number)) for name, topic, number in self.db.execute(known, (asked,)))
        folded = {name: fold(name) for name in names if name not in self._spellings}
        topics = dict(
            self.db.execute(f"SELECT folded, id FROM topic WHERE folded IN {_LISTED}", (encode(list(folded.values())),))
        )
        new: dict[str, str] = {}
        for name, of in folded.items():
            if of not in topics:
                new.setdefault(of, name)
        (last,) = self.db.execute("SELECT coalesce(max(id), 0) FROM topic").fetchone()
        topics |= {of: number for number, of in enumerate(new, last + 1)}
        self.db.executemany(
            "INSERT INTO topic (id, key, folded, name, events) VALUES (?, ?, ?, ?, 0)",
            [(topics[of], topic_key_of(of), of, name) for of, name in new.items()],
        )
        (last,) = self.db.execute("SELECT coalesce(max(id), 0) FROM spelling").fetchone()
        spellings = [(number, name, topics[of]) for number, (name, of) in enumerate(folded.items(), last + 1)]
        self.db.executemany("INSERT INTO spelling (id, name, topic_id) VALUES (?, ?, ?)", spellings)
        self._spellings.update((name, (topic, number)) for number, name, topic in spellings)

    def index_words(self, dates: Iterable[str]) -> None:
        """Add the new events of these dates to the search index, in the order of their ids (FTS5 wants it so)."""
        self.db.execute("CREATE TEMP TABLE new_date (date TEXT PRIMARY KEY) WITHOUT ROWID")
        self.db.executemany("INSERT INTO new_date VALUES (?)", [(date,) for date in dates])
        self.db.execute(
            "INSERT INTO event_search (rowid, headline, topics, summary)"
            " SELECT w.id, w.headline, w.topics, w.summary FROM event_words w"
            " JOIN event USING (id) JOIN new_date USING (date) ORDER BY w.id"
        )
        self.db.execute("DROP TABLE new_date")

    def _count_topics(self) -> None:
        """Count the events of each touched topic, name it by its most used spelling, drop those without events."""
        left: list[int] = []
        taken: list[tuple[int, str]] = []
        for topic in sorted(self._touched):
            before, folded = self.db.execute("SELECT events, folded FROM topic WHERE id = ?", (topic,)).fetchone()
            uses = self._uses(topic)
            events = sum(count for _, _, count in uses)
            if events != before:
                # One that is new stands nowhere yet.
                left += [topic_place(before, topic)] if before else []
                taken += [(topic_place(events, topic), " ".join(words(folded)))] if events else []
            for spelling, _, count in uses:
                if not count:
                    self.db.execute("DELETE FROM spelling WHERE id = ?", (spelling,))
            if events:
                # Of spellings used alike, the one with more capitals: "NASA" before "nasa".
                best = max(uses, key=lambda use: (use[2], sum(map(str.isupper, use[1])), use[1]))[1]
                self.db.execute("UPDATE topic SET name = ?, events = ? WHERE id = ?", (best, events, topic))
            else:
                self.db.execute("DELETE FROM topic WHERE id = ?", (topic,))
        self._index_topics(left, taken)
        self._touched.clear()
        self._spellings.clear()

    def _uses(self, topic: int) -> list[tuple[int, str, int]]:
        """Return the id and name of each spelling of a topic, and on how many events it is used."""
        spellings = self.db.execute("SELECT id, name FROM spelling WHERE topic_id = ?", (topic,)).fetchall()
        if len(spellings) == 1:
            counted = self.db.execute(
                "SELECT ?, count(*) FROM event_topic WHERE topic_id = ?", (spellings[0][0], topic)
            )
        else:
            counted = self.db.execute(
                "SELECT spelling_id, count(*) FROM event_topic WHERE topic_id = ? GROUP BY spelling_id", (topic,)
            )
        counts = dict(counted.fetchall())
        return [(spelling, name, counts.get(spelling, 0)) for spelling, name in spellings]

    def _index_topics(self, left: Sequence[int], taken: Sequence[tuple[int, str]]) -> None:
        """Take names out of these places of their index, and put them into those (in order: FTS5 wants it so)."""
        for table, column in (("topic_search", "rowid"), ("topic_words", "place")):
            self.db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(place,) for place in sorted(left)])
        for statement in ("INSERT INTO topic_words (place, words)", "INSERT INTO topic_search (rowid, words)"):
            self.db.executemany(f"{statement} VALUES (?, ?)", sorted(taken))
