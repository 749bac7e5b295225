"""Counts the events that share a topic with an event in the weeks around it: the story that it belongs to."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from bot.archive.notability import DAYS_AFTER, DAYS_BEFORE, Story

_DATES = "SELECT date FROM event_topic WHERE topic_id = ? AND date BETWEEN ? AND ? ORDER BY date"


class Stories:
    """The dates of topics' events: those in the archive, and those that are about to be written."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        # The days for which stories will be asked, and those of them on which an event is about to be written.
        self._days: dict[int, set[int]] = {}
        self._new: dict[int, list[int]] = {}
        self._dates: dict[int, list[int]] = {}

    def add(self, topic_ids: Iterable[int], day: str) -> None:
        """Add an event (of a date, ISO) that is about to be written; all are added before the first is asked for."""
        ordinal = _ordinal(day)
        for topic_id in topic_ids:
            self._days.setdefault(topic_id, set()).add(ordinal)
            self._new.setdefault(topic_id, []).append(ordinal)

    def of(self, topic_ids: Iterable[int], day: str) -> dict[int, Story]:
        """Return the story of each topic around an event of a date (ISO), which itself does not count."""
        ordinal = _ordinal(day)
        return {topic_id: _story(self._dates_of(topic_id, ordinal), ordinal) for topic_id in topic_ids}

    def _dates_of(self, topic_id: int, day: int) -> list[int]:
        """Return the dates of a topic's events around a day, and around the others that will be asked for."""
        if (dates := self._dates.get(topic_id)) is None:
            # An event in the archive is asked for by itself; the events that are about to be written together.
            days = self._days.get(topic_id) or {day}
            stored = [
                _ordinal(row[0]) for window in _windows(days) for row in self.db.execute(_DATES, (topic_id, *window))
            ]
            dates = sorted(stored + self._new.get(topic_id, []))
            if topic_id in self._days:
                self._dates[topic_id] = dates
        return dates


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


def _story(dates: list[int], day: int) -> Story:
    start, end = bisect_left(dates, day), bisect_right(dates, day)
    return Story(
        before=start - bisect_left(dates, day - DAYS_BEFORE, 0, start),
        same_day=max(end - start - 1, 0),
        after=bisect_right(dates, day + DAYS_AFTER, end) - end,
    )


def days_from(day: str, days: int) -> str:
    """Return the date (ISO) this many days after a date; at the ends of the calendar itself instead."""
    return _iso(_ordinal(day) + days)


@lru_cache(1 << 15)
def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _iso(ordinal: int) -> str:
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal())).isoformat()
