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
        days: dict[int, set[int]] = {}
        for topic_ids, day in events:
            for topic_id in topic_ids:
                days.setdefault(topic_id, set()).add(_ordinal(day))
        stored = {topic_id: self._stored_days(topic_id, asked) for topic_id, asked in days.items()}
        for topic_ids, day in events:
            yield {topic_id: self._story(topic_id, stored[topic_id], _ordinal(day)) for topic_id in topic_ids}

    def _stored_days(self, topic_id: int, days: Iterable[int]) -> list[int]:
        """Return the days of a topic's events in the archive, in the weeks around days."""
        if not self._stored:
            return []
        rows = (row for window in _windows(days) for row in self.db.execute(self._stored, (topic_id, *window)))
        return sorted(_ordinal(row[0]) for row in rows)

    def _story(self, topic_id: int, stored: list[int], day: int) -> Story:
        lists = (stored, self._built.get(topic_id, ()))
        before, same_day, after = map(sum, zip(*(_counts(dates, day) for dates in lists), strict=True))
        return Story(before, max(same_day - 1, 0), after)


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


def _counts(dates: Sequence[int], day: int) -> tuple[int, int, int]:
    """Count the dates of a story before a day, on it and after it."""
    start, end = bisect_left(dates, day), bisect_right(dates, day)
    first, last = bisect_left(dates, day - DAYS_BEFORE, 0, start), bisect_right(dates, day + DAYS_AFTER, end)
    return start - first, end - start, last - end


def days_from(day: str, days: int) -> str:
    """Return the date (ISO) this many days after a date; at the ends of the calendar itself instead."""
    return _iso(_ordinal(day) + days)


@lru_cache(1 << 15)
def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _iso(ordinal: int) -> str:
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal())).isoformat()
