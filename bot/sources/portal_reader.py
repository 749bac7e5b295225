"""Reads days' pages of the portal, and leaves out those that look wrong."""

import asyncio
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Protocol

from bot.domain.errors import FetchError
from bot.sources.day_page import ReadDay
from bot.sources.fetch_report import FetchReport
from bot.sources.fetch_state import FetchState
from bot.sources.page_source import PORTAL as SOURCE

# A day that gives under a quarter of what is usual is left as it was. Usual is the median of this many days before it;
# of fewer than ten, nothing can be said.
_USUAL_OF, _FEWEST_FOR_USUAL = 30, 10
_ALARM_SHARE = 0.25
# A day that had this many events, and has under a quarter of them left, was blanked by somebody; one of fewer, if it
# has none left at all.
_MANY_EVENTS, _SOME_EVENTS = 8, 2
# No day has ever had as many.
_MOST_EVENTS = 300
# After this many days in a row that could not be read, the rest of a fetch is given up.
_MOST_FAILURES = 3


class DayPages(Protocol):
    """Where days' pages come from. ``is_current``: what a day does not tell any more was taken out of it."""

    is_current: bool

    async def revisions(self, days: Sequence[date]) -> dict[date, int]:
        """Return the latest revision of each of at most 50 days that have a page. Raises FetchError."""
        ...

    async def read(self, day: date) -> ReadDay | None:
        """Return a day's page; None if there is none. Raises FetchError."""
        ...


class DayReader:
    """Reads days, and notes in a fetch's report what was fetched, missed and left out.

    ``left_out`` are the days that could not be read, or gave too few events to be believed; with ``accept_few`` these
    are believed. On ``today``, few events are usual: the day is not over.
    """

    def __init__(
        self, pages: DayPages, state: FetchState, report: FetchReport, *, today: date, accept_few: bool
    ) -> None:
        self._pages = pages
        self._state = state
        self._report = report
        self._today = today
        self._accept_few = accept_few
        self._failures = 0
        self.left_out: set[date] = set()

    async def read(self, days: Sequence[date]) -> list[ReadDay]:
        """Return the days that have a page which can be believed; ``days`` are in their order."""
        read: list[ReadDay] = []
        for result in await asyncio.gather(*map(self._read_day, days)):
            if result is None:
                continue
            if sentence := self._doubt(result, [len(other.events) for other in read]):
                self._leave_out(result.day, sentence)
            else:
                self._report.missed += result.missed
                read.append(result)
        return read

    async def _read_day(self, day: date) -> ReadDay | None:
        if self._failures >= _MOST_FAILURES:
            self.left_out.add(day)
            return None
        try:
            read = await self._pages.read(day)
        except FetchError as error:
            self._leave_out(day, str(error))
            self._failures += 1
            if self._failures == _MOST_FAILURES:
                self._report.alarms.append("no more days were asked for after these: fetch again later")
            return None
        self._failures = 0
        self._report.fetched += read is not None
        return read

    def leave_out(self, days: Sequence[date], sentence: str) -> None:
        """Leave out days of which it could not be asked whether they have changed."""
        for day in days:
            self._leave_out(day, sentence)

    def _leave_out(self, day: date, sentence: str) -> None:
        self.left_out.add(day)
        self._report.alarms.append(f"{SOURCE} {day}: {sentence}; its events were left as they were")

    def _doubt(self, read: ReadDay, counts: Sequence[int]) -> str | None:
        """Say why a day cannot be believed, given how many events the days have that were read before it."""
        count, name = len(read.events), read.day.isoformat()
        if read.missed > count:
            return f"{read.missed} of its citations stand in no event, {count} events were found (a new template?)"
        if count > _MOST_EVENTS:
            return f"it gives {count:,} events, and no day has so many"
        if self._accept_few:
            return None
        before = [*reversed(counts), *self._state.counts_before(SOURCE, name, most=_USUAL_OF)][:_USUAL_OF]
        usual = median(before) if len(before) >= _FEWEST_FOR_USUAL and read.day < self._today else 0
        if count < usual * _ALARM_SHARE:
            return f"it gives {count} events where {usual:.0f} are usual"
        part = self._state.parts(SOURCE, [name]).get(name)
        is_blanked = part and part.events >= (_MANY_EVENTS if count else _SOME_EVENTS)
        if part and is_blanked and count < part.events * _ALARM_SHARE:
            return f"it gives {count} events where it gave {part.events} before"
        return None
