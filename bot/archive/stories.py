"""Counts the events that share a topic with an event in the weeks around it: the story that it belongs to."""

import sqlite3
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from bot.archive.notability import DAYS_AFTER, DAYS_BEFORE, Story

# The dates of a topic's events in the archive: of all, and of those that this import has not written.
STORED = "SELECT date FROM event_topic WHERE topic_id = ? AND date BETWEEN ? AND ?"
STORED_BEFORE = f"{STORED} AND event_id NOT IN (SELECT id FROM written_event)"


class Stories:
    """The dates of topics' events: those that ``stored`` selects, and those that are built.

    ``stored`` is None where there are no others.
    """

    def __init__(self, db: sqlite3.Connection, *, stored: str | None = STORED) -> None:
        self.db = db
        self._stored = stored
        # The days of events that are built, in order.
        self._built: dict[int, list[int]] = {}

    def add(self, topic_ids: Iterable[int], day: str) -> None:
        """Add an event (of a date, ISO) that is built."""
        ordinal = _ordinal(day)
        for topic_id in topic_ids:
            insort(self._built.setdefault(topic_id, []), ordinal)

    def of(self, events: Sequence[tuple[Sequence[int], str]]) -> Iterator[dict[int, Story]]:
        """Yield the story of each topic around events, which themselves do not count; given are topics and dates."""
        stored = self._stored_days(self._stored, events) if self._stored else {}
        for topic_ids, day in events:
            ordinal = _ordinal(day)
            yield {topic_id: _story(ordinal, stored.get(topic_id), self._built.get(topic_id)) for topic_id in topic_ids}

    def _stored_days(self, query: str, events: Sequence[tuple[Sequence[int], str]]) -> dict[int, list[int]]:
        """Return, by topics, the days that a query selects in the weeks around events."""
        days: dict[int, set[int]] = {}
        for topic_ids, day in events:
            for topic_id in topic_ids:
                days.setdefault(topic_id, set()).add(_ordinal(day))
        return {
            topic_id: sorted(
                _ordinal(row[0]) for window in _windows(around) for row in self.db.execute(query, (topic_id, *window))
            )
            for topic_id, around in days.items()
        }


def _windows(days: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Yield the first and last dates (ISO) of the weeks around days, those that overlap as one."""
    first = last = None
    for day in sorted(days):
        if last is None or day - DAYS_BEFORE > last + 1:
            if first is not None and last is not None:
                yield _iso(first), _iso(last)
            first = day - DAYS_BEFORE
        last = day + DAYS_AFTER
    if first is not None and last is not None:
        yield _iso(first), _iso(last)


def _story(day: int, *lists: Sequence[int] | None) -> Story:
    """Return the story around an event of a day, which is in one of the lists of days."""
    before, same_day, after = 0, -1, 0
    for days in lists:
        if days:
            start, end = bisect_left(days, day), bisect_right(days, day)
            before += start - bisect_left(days, day - DAYS_BEFORE, 0, start)
            same_day += end - start
            after += bisect_right(days, day + DAYS_AFTER, end) - end
    return Story(before, max(same_day, 0), after)


def days_from(day: str, days: int) -> str:
    """Return the date (ISO) this many days after a date; at the ends of the calendar itself instead."""
    return _iso(_ordinal(day) + days)


@lru_cache(1 << 15)
def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _iso(ordinal: int) -> str:
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal())).isoformat()
