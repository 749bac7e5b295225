"""Fetches days' pages of Wikipedia's *Portal:Current events*, and writes a page for each of their events.

For each run of days: ask which revisions they are at; read the text of those that have changed; compare it with the
pages on the disk; write these; import them; and only then remember the revisions. Killed at any moment, the next fetch
reads the same days again, and finds what was written.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.clock import Clock
from bot.domain.errors import FetchError
from bot.domain.page import key_of
from bot.formats.page_path import date_of_path
from bot.sources.day_page import ReadDay
from bot.sources.fetch_report import FetchProgress, FetchReport
from bot.sources.fetch_state import FetchState, Part
from bot.sources.fetched_page import FetchedPage
from bot.sources.forgotten import Forgotten
from bot.sources.page_folder import PageFolder
from bot.sources.page_matching import MOST_DAYS_MOVED
from bot.sources.page_source import PORTAL as SOURCE
from bot.sources.page_source import day_of_source
from bot.sources.portal_days import Changes, compare
from bot.sources.portal_reader import DayPages, DayReader
from bot.sources.wikipedia import TITLES_AT_ONCE

# The days that are read again: editors work on a day for some days.
WATCHED_DAYS = 3
_LONGEST_GAP = timedelta(100)
# Days that are written, imported and remembered together.
_DAYS_AT_ONCE = 25
# The folder of a page is that of the day which first told its event; it stays there when the event moves, even twice.
_MOST_DAYS_AWAY = 2 * MOST_DAYS_MOVED

# Imports the pages in these files; returns, a sentence each, what the archive did not take.
Import = Callable[[Sequence[Path]], Sequence[str]]
# Returns what was taken out for good until now: somebody may forget an event while days are fetched.
ReadForgotten = Callable[[], Awaitable[Forgotten]]


def first_watched_day(folder: PageFolder, state: FetchState, *, today: date) -> date:
    """Return the first of the days to read where none were named: some days back from where the last fetch ended.

    A gap of more than a hundred days is no outage: what was read before it were past years, perhaps out of a dump.
    """
    newest = state.newest(SOURCE)
    last = date.fromisoformat(newest) if newest else _newest_told_day(folder) or today
    if today - last > _LONGEST_GAP:
        last = today
    return min(last, today) - timedelta(WATCHED_DAYS)


def _newest_told_day(folder: PageFolder) -> date | None:
    """Return the last day of the portal that has a page; feeds' pages may be of later days."""
    newest = folder.newest_day()
    days = (newest - timedelta(distance) for distance in range(_LONGEST_GAP.days)) if newest else ()
    return next((day for day in days if any(day_of_source(each.page.source) for each in folder.pages_of(day))), None)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Days that are fetched together: what was read, and what it changes.

    ``known`` are the pages that these days had before; ``unsure`` are days with an event that is gone, and may have
    moved to a day that could not be read.
    """

    read: list[ReadDay]
    known: list[FetchedPage]
    changes: Changes
    withdrawn: list[FetchedPage]
    unsure: set[date]

    @property
    def written(self) -> list[FetchedPage]:
        """The pages that are to be written."""
        return [*self.changes.new, *self.changes.changed, *self.withdrawn]


class PortalFetch:
    """One fetch of days' pages; ``import_files`` is called with the files of pages that are written and whole.

    Raises FetchError where nothing was reached, or the disk cannot be written.
    """

    def __init__(  # noqa: PLR0913  (all that a fetch touches)
        self,
        pages: DayPages,
        folder: PageFolder,
        state: FetchState,
        import_files: Import,
        *,
        forgotten: ReadForgotten,
        clock: Clock,
        accept_few: bool = False,
    ) -> None:
        self._pages = pages
        self._folder = folder
        self._state = state
        self._import = import_files
        self._read_forgotten = forgotten
        self._forgotten = Forgotten()
        self._clock = clock
        # As far as they were asked for.
        self._revisions: dict[date, int] = {}
        self._today = clock.now().date()
        self.report = FetchReport()
        self._reader = DayReader(pages, state, self.report, today=self._today, accept_few=accept_few)

    async def run(self, since: date, until: date, progress: FetchProgress) -> None:
        """Bring the pages of these days in step with the portal, both days included."""
        days = [since + timedelta(number) for number in range((until - since).days + 1)]
        self._forgotten = await self._read_forgotten()
        try:
            for start in range(0, len(days), TITLES_AT_ONCE):
                await self._fetch(days[start : start + TITLES_AT_ONCE], days, progress)
        finally:
            self.report.alarms += [
                f"{file} is not a page ({reason}): correct it or delete it"
                for file, reason in self._folder.unreadable.items()
            ]
            self._state.visited(SOURCE, reached=self.report.reached, now=self._clock.now())

    async def _fetch(self, days: Sequence[date], all_days: Sequence[date], progress: FetchProgress) -> None:
        revisions = await self._pages.revisions(days)
        self._revisions |= revisions
        self.report.reached = True
        parts = self._valid_parts(days)
        changed = [
            day
            for day in days
            if day in revisions and (day not in parts or parts[day].validator != str(revisions[day]))
        ]
        self.report.unchanged += sum(len(part.paths) for day, part in parts.items() if day not in changed)
        self.report.alarms += [
            f"{SOURCE} {day}: that page no longer exists; its events were left as they were"
            for day in parts if day not in revisions and self._pages.is_current
        ]  # fmt: skip
        for start in range(0, len(changed), _DAYS_AT_ONCE):
            await self._fetch_batch(changed[start : start + _DAYS_AT_ONCE], all_days)
            done = changed[: start + _DAYS_AT_ONCE]
            progress(self.report.visited + days.index(done[-1]) + 1, len(all_days))
        self.report.visited += len(days)
        progress(self.report.visited, len(all_days))

    def _valid_parts(self, days: Iterable[date]) -> dict[date, Part]:
        """Return the days that were read, and whose pages are all there: what vouches for others counts for nothing."""
        parts = self._state.parts(SOURCE, [day.isoformat() for day in days])
        return {
            date.fromisoformat(name): part for name, part in parts.items()
            if all(self._folder.has(path) or key_of(path) in self._forgotten.keys for path in part.paths)
        }  # fmt: skip

    async def _fetch_batch(self, days: Sequence[date], all_days: Sequence[date]) -> None:
        batch = await self._read_batch(days, all_days)
        for day in days:
            self._folder.clean(day, self._forgotten.keys)
        for fetched in batch.written:
            self._folder.write(fetched)
        self._folder.flush({date_of_path(fetched.page.path) for fetched in batch.written})
        # With those that are as they were: a fetch that was killed may have written them, and not imported them.
        if paths := {fetched.page.path for fetched in (*batch.written, *batch.known)}:
            files = [self._folder.file_of(path) for path in sorted(paths) if self._folder.has(path)]
            self.report.alarms += self._import(files)
        self._count(batch, set(days))
        self._save(batch)

    async def _read_batch(self, days: Sequence[date], all_days: Sequence[date]) -> _Batch:
        read = await self._reader.read(days)
        requested = {*days}
        while True:
            self._forgotten = await self._read_forgotten()
            known = self._known(read)
            changes = self._compare(read, known)
            if not self._pages.is_current:
                changes.missing.clear()
                changes.repeated.clear()
            # Before an event is withdrawn, the days around its own are read: it may have moved there.
            around = (_with_neighbours(_days_of(changes.missing)) | changes.repeated) - requested
            if not around:
                break
            requested |= around
            found = await self._reader.read(await self._worth_reading(around, all_days, known))
            read = sorted([*read, *found], key=lambda read_day: read_day.day)
        unsure = {
            day for day in _days_of(changes.missing)
            if not self._reader.left_out.isdisjoint(_with_neighbours([day]))
        }  # fmt: skip
        withdrawn = [
            fetched.withdrawn(since=self._today)
            for fetched in changes.missing if day_of_source(fetched.page.source) not in unsure
        ]  # fmt: skip
        days_read = {read_day.day for read_day in read}
        known = [fetched for fetched in known if day_of_source(fetched.page.source) in days_read]
        return _Batch(read, known, changes, withdrawn, unsure)

    async def _worth_reading(
        self, days: Iterable[date], all_days: Collection[date], known: Iterable[FetchedPage]
    ) -> list[date]:
        """Return those of some days that may tell an event which another one tells no more.

        They have changed since they were read, or tell more events than have pages: another day told one of these, too.
        """
        parts = self._valid_parts(days)
        days = sorted(day for day in days if day in parts or day in all_days)
        if unknown := [day for day in days if day not in self._revisions]:
            try:
                self._revisions |= await self._pages.revisions(unknown)
            except FetchError as error:
                self._reader.leave_out(unknown, str(error))
        pages = Counter(day_of_source(fetched.page.source) for fetched in known if fetched.page.withdrawn is None)
        read = {
            day for day, part in parts.items()
            if part.validator == str(self._revisions.get(day)) and part.events <= pages[day]
        }  # fmt: skip
        return [day for day in days if day in self._revisions and day not in read]

    def _known(self, read: Sequence[ReadDay]) -> list[FetchedPage]:
        """Return the pages on the disk that tell events of the days read, and of those around them."""
        near = _with_neighbours(read_day.day for read_day in read)
        away = range(-_MOST_DAYS_AWAY, _MOST_DAYS_AWAY + 1)
        folders = sorted({day + timedelta(distance) for day in near for distance in away})
        pages = (fetched for day in folders for fetched in self._folder.pages_of(day))
        return [
            fetched for fetched in pages
            if day_of_source(fetched.page.source) in near and key_of(fetched.page.path) not in self._forgotten.keys
        ]  # fmt: skip

    def _compare(self, read: Sequence[ReadDay], known: Sequence[FetchedPage]) -> Changes:
        return compare(
            read,
            known,
            names={read_day.day: self._folder.names_of(read_day.day) for read_day in read},
            forgotten=self._forgotten,
            seen=f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ}",
        )

    def _count(self, batch: _Batch, days: set[date]) -> None:
        """Count what became of pages; days that were only read to look for a moved event are counted already."""
        report, changes = self.report, batch.changes
        report.written += len(changes.new) + len(changes.changed) + len(batch.withdrawn)
        report.changed += len(changes.changed)
        report.withdrawn += len(batch.withdrawn)
        report.unchanged += sum(day_of_source(fetched.page.source) in days for fetched in changes.unchanged)

    def _save(self, batch: _Batch) -> None:
        """Remember what was read; a day with an event that could not be looked for elsewhere is to be read again."""
        self._state.save(
            SOURCE,
            [
                Part(
                    name=read.day.isoformat(),
                    validator=str(read.revision or self._revisions.get(read.day, 0)),
                    events=len(read.events),
                    missed=read.missed,
                    paths=batch.changes.paths(read.day),
                )
                for read in batch.read if read.day not in batch.unsure
            ],
            now=self._clock.now(),
        )  # fmt: skip


def _with_neighbours(days: Iterable[date | None]) -> set[date]:
    """Return days, and those around them that an event may have moved to."""
    away = range(-MOST_DAYS_MOVED, MOST_DAYS_MOVED + 1)
    return {day + timedelta(distance) for day in days if day for distance in away}


def _days_of(pages: Iterable[FetchedPage]) -> set[date]:
    return {day for fetched in pages if (day := day_of_source(fetched.page.source))}
