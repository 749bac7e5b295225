"""Holds the events that are built until those of the month after them are built, too: then their scores are known."""

import pickle
import sqlite3
from collections.abc import Iterator, Sequence
from typing import cast

from bot.archive.build_events import BuiltEvent
from bot.archive.event_topics import EventTopics
from bot.archive.notability import story_points
from bot.archive.ranking import event_id, score
from bot.archive.stories import Stories

# On disk where they are many: those of a busy month, or all that do not come in the order of dates.
_CREATE = """
    CREATE TEMP TABLE IF NOT EXISTS waiting_events (number INTEGER PRIMARY KEY, events BLOB NOT NULL)
"""
LAST_DATE = "9999-12-31"
# The most batches in memory; and how many are written together, in the order of their events' ids.
_IN_MEMORY, _TOGETHER = 4, 4


class WaitingEvents:
    """Events that are built and have no score yet."""

    def __init__(self, db: sqlite3.Connection, topics: EventTopics, stories: Stories) -> None:
        self.db = db
        self._topics = topics
        self._stories = stories
        # The last date (ISO) of each batch, and its events; None: they are on disk.
        self._batches: dict[int, tuple[str, Sequence[BuiltEvent] | None]] = {}
        self._added = 0
        db.execute(_CREATE)

    def add(self, events: Sequence[BuiltEvent]) -> None:
        """Have a batch of events wait."""
        for event, topic_ids in zip(events, self._topics.ids_of(events), strict=True):
            self._stories.add(topic_ids, event.row.date)
        self._added += 1
        if events:
            self._batches[self._added] = max(event.row.date for event in events), events
        self._store(self._added - _IN_MEMORY)

    def _store(self, number: int) -> None:
        """Move a batch from memory to disk, if it is still waiting."""
        last_date, events = self._batches.get(number, ("", None))
        if events:
            data = pickle.dumps(events, pickle.HIGHEST_PROTOCOL)
            self.db.execute("INSERT INTO waiting_events (number, events) VALUES (?, ?)", (number, data))
            self._batches[number] = last_date, None

    def take(self, *, until: str = LAST_DATE) -> Iterator[list[BuiltEvent]]:
        """Yield the events of those batches that end before a date or on it (ISO), in the order of their new ids."""
        numbers = [number for number, (last_date, _) in self._batches.items() if last_date <= until]
        for start in range(0, len(numbers), _TOGETHER):
            events = [event for number in numbers[start : start + _TOGETHER] for event in self._take(number)]
            yield sorted(self._with_ids(events), key=lambda event: event.row.id)

    def _take(self, number: int) -> Sequence[BuiltEvent]:
        """Return the events of a batch, which wait no longer."""
        _, events = self._batches.pop(number)
        if events is None:
            query = "DELETE FROM waiting_events WHERE number = ? RETURNING events"
            ((data,),) = self.db.execute(query, (number,)).fetchall()
            events = cast("Sequence[BuiltEvent]", pickle.loads(data))  # noqa: S301  (written by this process)
        return events

    def _with_ids(self, events: Sequence[BuiltEvent]) -> Iterator[BuiltEvent]:
        """Yield events with their ids, which have their scores in them."""
        days = (event.row.date for event in events)
        stories = self._stories.of(list(zip(self._topics.ids_of(events), days, strict=True)))
        for event, of_topics in zip(events, stories, strict=True):
            around = story_points(event.row.story_points, event.mentions, of_topics)
            new_score = score(event.row.points + sum(around.values()))
            new_id = event_id(new_score, event.path_ids[0], language_number=event.language_number)
            yield event._replace(row=event.row._replace(id=new_id))
