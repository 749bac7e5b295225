"""Visits the feeds that an operator has added, and writes a page for each story that they tell.

For each feed: ask whether its document has changed; have it read; compare its items with the pages on the disk; write
these; import them; and only then remember what the server calls this document. Killed at any moment, the next visit
reads the same documents again, and finds what was written.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import Clock
from bot.domain.errors import FetchError
from bot.domain.feed import Feed, FeedDocument
from bot.domain.page import key_of
from bot.formats.page_path import date_of_path
from bot.sources.feed_matching import NEAR, Entry, Known, known_pages, match_items
from bot.sources.feed_pages import MOST_NEW, FeedChanges, compare, entries_of, marks_of_item, marks_of_page
from bot.sources.feed_visit import Answer, ReadDocument, ask_feed
from bot.sources.fetch_report import FetchProgress, FetchReport
from bot.sources.fetch_state import FetchState, Part
from bot.sources.forgotten import Forgotten
from bot.sources.page_folder import PageFolder
from bot.sources.page_source import FEEDS as SOURCE
from bot.sources.page_source import FeedSource
from bot.sources.wikipedia import Getter

# Feeds that are asked at the same time; their pages are imported together.
_AT_ONCE = 8

# Imports the pages in these files; returns, a sentence each, what was not taken.
Import = Callable[[Sequence[Path]], Sequence[str]]
# Returns the names of known topics in each of some headlines.
KnownNames = Callable[[Iterable[str]], Awaitable[Mapping[str, Sequence[str]]]]


@dataclass(frozen=True, slots=True)
class _Visit:
    """A feed that has answered: what is remembered of it, and its document, None if that has not changed."""

    feed: Feed
    part: Part | None
    answer: Answer


def is_due(feed: Feed, state: FetchState, *, now: datetime) -> bool:
    """Return whether a feed is to be visited again: its minutes have passed, and after failures a longer time."""
    return state.is_due(f"{SOURCE} {feed.address}", every=timedelta(minutes=feed.every), now=now)


class FeedsFetch:
    """One visit to feeds; ``import_files`` is called with the files of pages that are written and whole.

    ``read`` has a document read. Raises FetchError where the disk cannot be written; what is wrong with a feed is an
    alarm in the ``report``.
    """

    def __init__(  # noqa: PLR0913  (all that a visit touches)
        self,
        http: Getter,
        read: ReadDocument,
        folder: PageFolder,
        state: FetchState,
        import_files: Import,
        *,
        known_names: KnownNames,
        forgotten: Forgotten,
        clock: Clock,
    ) -> None:
        self._http = http
        self._read = read
        self._folder = folder
        self._state = state
        self._import = import_files
        self._known_names = known_names
        self._forgotten = forgotten
        self._clock = clock
        self._today = clock.now().date()
        self.report = FetchReport()

    async def run(self, feeds: Sequence[Feed], progress: FetchProgress) -> None:
        """Visit feeds, and bring the pages in step with what they say."""
        if feeds:
            self._find_marks()
        for start in range(0, len(feeds), _AT_ONCE):
            some = feeds[start : start + _AT_ONCE]
            visits = await asyncio.gather(*(self._visit(feed) for feed in some))
            await self._take([visit for visit in visits if visit])
            self.report.visited += len(some)
            progress(self.report.visited, len(feeds))

    def _find_marks(self) -> None:
        """Read all pages for their marks, if a visit was ended in between or the state is new.

        What was written then may not be imported yet.
        """
        if self._state.knows_all_pages(SOURCE):
            return
        self._folder.remove_all_unfinished()
        marks: list[tuple[str, str]] = []
        files: list[Path] = []
        for fetched in self._folder.all_pages():
            if FeedSource.of(fetched.page.source):
                marks += [(mark, fetched.page.path) for mark in marks_of_page(fetched.page)]
                files.append(self._folder.file_of(fetched.page.path))
        if files:
            self.report.alarms += self._import(files)
        self._state.save_marks(SOURCE, marks)

    async def _visit(self, feed: Feed) -> _Visit | None:
        """Ask a feed; None if it cannot be read, which the report says."""
        part = self._valid_part(feed)
        answer = None
        try:
            answer = await ask_feed(self._http, self._read, feed, part.validator if part else None)
        except FetchError as error:
            self.report.alarms.append(f"{feed.name}: {error}")
        self._state.visited(f"{SOURCE} {feed.address}", reached=answer is not None, now=self._clock.now())
        return _Visit(feed, part, answer) if answer else None

    def _valid_part(self, feed: Feed) -> Part | None:
        """Return what is remembered of a feed; what vouches for pages that are gone counts for nothing."""
        part = self._state.parts(SOURCE, [feed.address]).get(feed.address)
        if part is None:
            return None
        whole = all(self._folder.has(path) or key_of(path) in self._forgotten.keys for path in part.paths)
        return part if whole else Part(part.name, "", part.events, part.missed, part.paths)

    async def _take(self, visits: Sequence[_Visit]) -> None:
        """Write and import what the answers change, then remember these."""
        written: list[Path] = []
        parts: list[Part] = []
        marks: list[tuple[str, str]] = []
        for visit in visits:
            self.report.reached = True
            document = visit.answer.document
            if document is None:
                part = visit.part or Part(visit.feed.address, "", 0, 0, ())
                self.report.unchanged += len(part.paths)
                parts.append(Part(part.name, visit.answer.validator, part.events, part.missed, part.paths))
                continue
            changes = await self._compare(visit, document)
            written += self._write(changes)
            self._count(visit, changes)
            marks += [(mark, fetched.page.path) for fetched in changes.pages for mark in marks_of_page(fetched.page)]
            parts.append(_part(visit, document, changes))
        if written:
            self.report.alarms += self._import(sorted(set(written)))
        self._state.save_marks(SOURCE, marks)
        self._state.save(SOURCE, parts, now=self._clock.now())

    async def _compare(self, visit: _Visit, document: FeedDocument) -> FeedChanges:
        feed = visit.feed
        names = await self._known_names([item.headline for item in document.items])
        entries = entries_of(feed, document, today=self._today, names=names)
        days = {entry.day for entry in entries}
        return compare(
            feed,
            entries,
            self._known(entries, feed),
            taken={day: self._folder.names_of(day) for day in days},
            forgotten=self._forgotten,
            today=self._today,
            seen=f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ}",
            is_first_visit=visit.part is None,
        )

    def _known(self, entries: Sequence[Entry], feed: Feed) -> list[Known]:
        """Return the pages that may tell these items: by their marks; for new ones, all of their days."""
        marks = {mark for item in entries for mark in marks_of_item(item, feed.address)}
        pages = list(self._folder.pages_at(sorted(self._state.paths_with(SOURCE, marks))))
        known = known_pages(pages)
        matched = match_items(entries, known, feed.address)
        days = {item.day for number, item in enumerate(entries) if number not in matched}
        near = {day + timedelta(distance) for day in days for distance in range(-NEAR, NEAR + 1)}
        return known_pages([*pages, *(fetched for day in sorted(near) for fetched in self._folder.pages_of(day))])

    def _write(self, changes: FeedChanges) -> list[Path]:
        """Write pages; return their files."""
        pages = [*changes.new, *changes.changed]
        if pages:
            self._state.begin_writing(SOURCE)
        for fetched in pages:
            self._folder.write(fetched)
        self._folder.flush({date_of_path(fetched.page.path) for fetched in pages})
        return [self._folder.file_of(fetched.page.path) for fetched in pages]

    def _count(self, visit: _Visit, changes: FeedChanges) -> None:
        report = self.report
        report.fetched += 1
        report.written += len(changes.new) + len(changes.changed)
        report.changed += len(changes.changed)
        report.unchanged += len(changes.unchanged)
        if changes.flood:
            report.alarms.append(
                f"{visit.feed.name}: {changes.flood} new items in one visit are more than {MOST_NEW}; they are stored,"
                " and will be no news"
            )


def _part(visit: _Visit, document: FeedDocument, changes: FeedChanges) -> Part:
    return Part(
        name=visit.feed.address,
        validator=visit.answer.validator,
        events=len(document.items),
        missed=document.unread,
        paths=tuple(sorted(fetched.page.path for fetched in changes.pages)),
    )
