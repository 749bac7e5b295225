"""Counts the events that share a topic with an event in the weeks around it: the story that it belongs to."""

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from bot.archive.notability import DAYS_AFTER, DAYS_BEFORE, Story

_DATES = "SELECT date FROM event_topic WHERE topic_id = ? AND date BETWEEN ? AND ? ORDER BY date"


class Stories:
    """The dates of topics' events: those in the archive, and those that are about to be written."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._new: dict[int, list[int]] = {}
        self._dates: dict[int, list[int]] = {}
        self._first, self._last = date.max.toordinal(), date.min.toordinal()

    def add(self, topic_ids: Iterable[int], day: str) -> None:
        """Add an event (of a date, ISO) that is about to be written; all are added before the first is asked for."""
        ordinal = _ordinal(day)
        self._first, self._last = min(self._first, ordinal), max(self._last, ordinal)
        for topic_id in topic_ids:
            self._new.setdefault(topic_id, []).append(ordinal)

    def look_at(self, first: str, last: str) -> None:
        """Prepare for events between two dates (ISO)."""
        self.add((), first)
        self.add((), last)

    def of(self, topic_ids: Iterable[int], day: str) -> dict[int, Story]:
        """Return the story of each topic around an event of a date (ISO), which itself does not count."""
        ordinal = _ordinal(day)
        return {topic_id: _story(self._dates_of(topic_id), ordinal) for topic_id in topic_ids}

    def _dates_of(self, topic_id: int) -> list[int]:
        if (dates := self._dates.get(topic_id)) is None:
            first, last = _iso(self._first - DAYS_BEFORE), _iso(self._last + DAYS_AFTER)
            dates = [_ordinal(row[0]) for row in self.db.execute(_DATES, (topic_id, first, last))]
            dates = self._dates[topic_id] = sorted(dates + self._new.get(topic_id, []))
        return dates


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
