"""The topics of events: their ids, spellings and counts, and the index of their names."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.archive.build_events import BuiltEvent
from bot.archive.inserts import LISTED, encode
from bot.archive.ranking import MOST_EVENTS, TOPIC_EVENTS_SHIFT, topic_place
from bot.archive.topic_index import TopicWords, topic_words
from bot.domain.page import spelling_key_of, topic_key_of
from bot.domain.text import fold
from bot.domain.topic_forms import topic_form

# How many topics are counted and written together.
_BATCH = 1000
# From this position on are an event's topics that only its wordings in other languages have; see the view event_card.
FOREIGN = 1000
# Topics (ids, JSON), with what they are found by so far; null for those that are new.
_INDEXED_TOPICS = f"""
    SELECT id, events, words, stems, short FROM topic
    LEFT JOIN topic_words ON place = ({MOST_EVENTS} - events) << {TOPIC_EVENTS_SHIFT} | id WHERE id IN {LISTED}
"""
_SPELLINGS = f"""
    SELECT topic_id, spelling.id, spelling.name, events FROM spelling JOIN topic ON topic.id = topic_id
    WHERE topic_id IN {LISTED}
"""
_COUNT_OF_SPELLINGS = f"""
    SELECT spelling_id, count(*) FROM event_topic WHERE topic_id IN {LISTED} GROUP BY spelling_id
"""
_COUNT_OF_EVENTS = f"SELECT topic_id, count(*) FROM event_topic WHERE event_id IN {LISTED} GROUP BY topic_id"


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
        # By how much the number of each topic's events changes; and the topics whose events are to be counted.
        self._changes: Counter[int] = Counter()
        self._uncounted: set[int] = set()

    def leave(self, event_ids: str) -> None:
        """Note the topics of events (ids, JSON) that are about to be deleted."""
        for topic_id, events in self.db.execute(_COUNT_OF_EVENTS, (event_ids,)):
            self._changes[topic_id] -= events

    def note(self, topic_ids: Iterable[int]) -> None:
        """Note topics (ids) that ``update`` is to count and name."""
        self._uncounted.update(topic_ids)

    def ids_of(self, events: Sequence[BuiltEvent]) -> list[list[int]]:
        """Return the ids of the topics of each event; topics that are new are added."""
        self._load_all(events)
        return [list(dict.fromkeys(self._spellings[name][0] for name in event.all_topics)) for event in events]

    def join(self, events: Sequence[BuiltEvent]) -> None:
        """Write the topics of new events; a topic that an event names in two spellings counts once."""
        self._load_all(events)
        rows: list[tuple[int, int, int, str, int, int]] = []
        for event in events:
            topic_ids = set[int]()
            row = event.row
            for names, first_position in ((event.topics, 0), (event.foreign_topics, FOREIGN)):
                for name in names:
                    topic_id, spelling_id = self._spellings[name]
                    if topic_id not in topic_ids:
                        position = first_position + len(topic_ids)
                        rows.append((topic_id, row.id, row.month_day, row.date, position, spelling_id))
                        topic_ids.add(topic_id)
            self._changes.update(topic_ids)
        self.db.executemany(
            "INSERT INTO event_topic (topic_id, event_id, month_day, date, position, spelling_id)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )

    def update(self) -> None:
        """Write the count of each changed topic, name it by its most used spelling, delete those without events."""
        old_places: list[int] = []
        new_places: list[tuple[int, TopicWords]] = []
        changed = sorted(self._uncounted.union(self._changes))
        for start in range(0, len(changed), _BATCH):
            topic_ids = encode(changed[start : start + _BATCH])
            spellings = self._count_spellings(topic_ids)
            events = {topic_id: sum(s.events for s in same) for topic_id, same in spellings.items()}
            for topic_id, old_count, *indexed in self.db.execute(_INDEXED_TOPICS, (topic_ids,)):
                used = [s for s in spellings[topic_id] if s.events]
                found_by = topic_words(_best_name(used), (s.name for s in used)) if used else None
                if events[topic_id] != old_count or found_by != tuple(indexed):
                    # A new topic is not in the index yet, and one without events leaves it.
                    old_places += [topic_place(old_count, topic_id)] if indexed != [None] * len(indexed) else []
                    new_places += [(topic_place(events[topic_id], topic_id), found_by)] if found_by else []
            self._write_topics(spellings, events)
        self._index_names(old_places, new_places)
        self._changes.clear()
        self._uncounted.clear()
        self._spellings.clear()

    def _count_spellings(self, topic_ids: str) -> dict[int, list[_Spelling]]:
        """Return the spellings of topics (ids, JSON), each with the number of its events."""
        names: dict[int, list[tuple[int, str]]] = {}
        events: dict[int, int] = {}
        for topic_id, spelling_id, name, topic_events in self.db.execute(_SPELLINGS, (topic_ids,)):
            names.setdefault(topic_id, []).append((spelling_id, name))
            # Most topics have one spelling. A common one has too many events to count them all for each that it gains.
            events[spelling_id] = topic_events + self._changes[topic_id]
        counted = [topic_id for topic_id, same in names.items() if len(same) > 1 or topic_id in self._uncounted]
        events |= dict.fromkeys((spelling_id for topic_id in counted for spelling_id, _ in names[topic_id]), 0)
        events |= dict(self.db.execute(_COUNT_OF_SPELLINGS, (encode(counted),)))
        return {
            topic_id: [_Spelling(spelling_id, name, events.get(spelling_id, 0)) for spelling_id, name in same]
            for topic_id, same in names.items()
        }

    def _write_topics(self, spellings: dict[int, list[_Spelling]], events: dict[int, int]) -> None:
        """Write the names and counts of topics; delete topics and spellings without events."""
        self.db.executemany(
            "DELETE FROM spelling WHERE id = ?", [(s.id,) for same in spellings.values() for s in same if not s.events]
        )
        gone = [(topic_id,) for topic_id, count in events.items() if not count]
        self.db.executemany("DELETE FROM topic_key WHERE topic_id = ?", gone)
        self.db.executemany("DELETE FROM topic WHERE id = ?", gone)
        self.db.executemany(
            "UPDATE topic SET name = ?, events = ? WHERE id = ?",
            [(_best_name(spellings[topic_id]), count, topic_id) for topic_id, count in events.items() if count],
        )

    def _load_all(self, events: Sequence[BuiltEvent]) -> None:
        """Load the ids of all topics of events."""
        names = (name for event in events for name in event.all_topics)
        self._load(dict.fromkeys(name for name in names if name not in self._spellings))

    def _load(self, names: Iterable[str]) -> None:
        """Load the ids of spellings and of their topics; those that are new are added."""
        names = list(names)
        if not names:
            return
        rows = self.db.execute(f"SELECT name, topic_id, id FROM spelling WHERE name IN {LISTED}", (encode(names),))
        self._spellings.update((name, (topic_id, spelling_id)) for name, topic_id, spelling_id in rows)
        forms = {name: topic_form(name) for name in names if name not in self._spellings}
        topic_ids = self._topic_ids(forms)
        spellings = [
            (spelling_id, name, topic_ids[forms[name]])
            for spelling_id, name in enumerate(forms, self._next_id("spelling"))
        ]
        self.db.executemany("INSERT INTO spelling (id, name, topic_id) VALUES (?, ?, ?)", spellings)
        write_other_keys(self.db, ((name, topic_id) for _, name, topic_id in spellings))
        self._spellings.update((name, (topic_id, spelling_id)) for spelling_id, name, topic_id in spellings)

    def _topic_ids(self, forms: dict[str, str]) -> dict[str, int]:
        """Return the ids of topics by their forms, given those of some spellings; new topics are added."""
        rows = self.db.execute(
            f"SELECT folded, id FROM topic WHERE folded IN {LISTED}", (encode(list(forms.values())),)
        )
        topic_ids = dict[str, int](rows)
        names: dict[str, str] = {}
        for name, form in forms.items():
            if form not in topic_ids:
                names.setdefault(form, name)
        new_ids = {form: topic_id for topic_id, form in enumerate(names, self._next_id("topic"))}
        self.db.executemany(
            "INSERT INTO topic (id, key, folded, name, events) VALUES (?, ?, ?, ?, 0)",
            [(new_ids[form], topic_key_of(form), form, name) for form, name in names.items()],
        )
        return topic_ids | new_ids

    def _next_id(self, table: str) -> int:
        return int(self.db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])

    def _index_names(self, old_places: Sequence[int], new_places: Sequence[tuple[int, TopicWords]]) -> None:
        """Move names in their search index, in the order of places, which FTS5 needs."""
        for table, column in (("topic_search", "rowid"), ("topic_words", "place")):
            self.db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(place,) for place in sorted(old_places)])
        rows = [(place, *found_by) for place, found_by in sorted(new_places)]
        for table, column in (("topic_words", "place"), ("topic_search", "rowid")):
            self.db.executemany(insert_into_index(table, column), rows)


def insert_into_index(table: str, column: str) -> str:
    """Return the statement that adds a topic's place and words to a table of the index of names."""
    return f"INSERT INTO {table} ({column}, {', '.join(TopicWords._fields)}) VALUES (?, ?, ?, ?)"


def write_other_keys(db: sqlite3.Connection, spellings: Iterable[tuple[str, int]]) -> None:
    """Let the keys that spellings had as topics of their own lead to their topics; given are names and topics' ids."""
    folded = {fold(name): topic_id for name, topic_id in spellings}
    db.executemany(
        "INSERT OR REPLACE INTO topic_key (key, topic_id) VALUES (?, ?)",
        [
            (spelling_key_of(name), topic_id)
            for name, topic_id in sorted(folded.items())
            if spelling_key_of(name) != topic_key_of(name)
        ],
    )


def _best_name(spellings: Sequence[_Spelling]) -> str:
    """Return the spelling used most; of those used equally often, the one with more capitals: "NASA" before "nasa"."""
    return max(spellings, key=lambda s: (s.events, sum(map(str.isupper, s.name)), s.name)).name
