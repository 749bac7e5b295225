"""Fetches Wikipedia's *On this day* feed in several languages, and writes a page for each of its entries.

For each day of the year and each language: ask whether the two lists have changed; compare what they say with the pages
on the disk; write these; import them; and only then remember what the server calls these lists. Killed at any moment,
the next fetch reads the same lists again, and finds what was written.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.domain.errors import FetchError
from bot.domain.page import key_of
from bot.formats.page_path import date_of_path
from bot.sources.fetch_report import FetchProgress, FetchReport
from bot.sources.fetch_state import FetchState, Part
from bot.sources.fetched_page import FetchedPage
from bot.sources.forgotten import Forgotten
from bot.sources.http import Response
from bot.sources.onthisday_lists import EVENTS, SELECTED, ReadList, read_list
from bot.sources.onthisday_pages import Changes, compare, doubt
from bot.sources.page_folder import PageFolder
from bot.sources.page_source import ON_THIS_DAY as SOURCE
from bot.sources.page_source import WikipediaDay
from bot.sources.portal import Import, ReadForgotten
from bot.sources.wikipedia import Getter

# Days around today, which editors work on and people ask for, are looked at in each fetch; all others once in a while.
_DAYS_BEFORE, _DAYS_AFTER = 1, 7
_LOOK_AGAIN = timedelta(30)
# Days whose lists are fetched, written and imported together.
_DAYS_AT_ONCE = 4
# After this many days in a row of which no language could be read, the rest of a fetch is given up.
_MOST_FAILURES = 3
_NOT_MODIFIED, _NOT_FOUND = 304, 404
_NOTHING = ReadList(())
_LONGEST_TAG = 1000


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the lists of a day say, and by what the server knows them."""

    day: WikipediaDay
    read: ReadList
    validator: str


class OnThisDayFetch:
    """One fetch of the feed; ``base`` is the address of Wikipedia with ``{language}`` in it.

    ``import_files`` is called with the files of pages that are written and whole. Raises DiskError where the disk
    cannot be written; what is wrong with a list is an alarm in the ``report``.
    """

    def __init__(  # noqa: PLR0913  (all that a fetch touches)
        self,
        http: Getter,
        folder: PageFolder,
        state: FetchState,
        import_files: Import,
        *,
        base: str,
        forgotten: ReadForgotten,
        clock: Clock,
    ) -> None:
        self._http = http
        self._folder = folder
        self._state = state
        self._import = import_files
        self._base = base
        self._read_forgotten = forgotten
        self._forgotten = Forgotten()
        self._clock = clock
        self._today = clock.now().date()
        self.report = FetchReport()

    async def run(self, languages: Sequence[str], progress: FetchProgress) -> None:
        """Bring the pages of the days that are due in step with the feed, today's first."""
        due = self._due(languages)
        failures = 0
        for start in range(0, len(due), _DAYS_AT_ONCE):
            some = due[start : start + _DAYS_AT_ONCE]
            failures = 0 if await self._fetch([day for days in some for day in days]) else failures + len(some)
            self.report.visited += sum(map(len, some))
            progress(self.report.visited, sum(map(len, due)))
            if failures >= _MOST_FAILURES:
                self.report.alarms.append("no more days were asked for after these: fetch again later")
                break
        self.report.alarms += [
            f"{file} is not a page ({reason}): correct it or delete it"
            for file, reason in self._folder.unreadable.items()
        ]
        self._state.visited(SOURCE, reached=self.report.reached or not due, now=self._clock.now())

    def _due(self, languages: Sequence[str]) -> list[list[WikipediaDay]]:
        """Return the days that are to be looked at, from today on through the year, each in some languages."""
        recent = self._state.names_since(SOURCE, self._clock.now() - _LOOK_AGAIN)
        days = [self._today + timedelta(distance) for distance in range(-_DAYS_BEFORE, 366 - _DAYS_BEFORE)]
        month_days = list(dict.fromkeys((day.month, day.day) for day in days))
        # In most years that is missing.
        if (2, 29) not in month_days:
            month_days.append((2, 29))
        near = month_days[: _DAYS_BEFORE + 1 + _DAYS_AFTER]
        by_day = [
            [
                day for language in languages
                if (month, number) in near or str(WikipediaDay(language, month, number)) not in recent
                for day in [WikipediaDay(language, month, number)]
            ]
            for month, number in month_days
        ]  # fmt: skip
        return [day_in_languages for day_in_languages in by_day if day_in_languages]

    async def _fetch(self, days: Sequence[WikipediaDay]) -> bool:
        """Bring the pages of some days in step; return whether any of them could be read."""
        self._forgotten = await self._read_forgotten()
        parts = self._state.parts(SOURCE, map(str, days))
        answers = await asyncio.gather(*(self._ask(day, self._valid(parts.get(str(day)))) for day in days))
        self._take([answer for answer in answers if isinstance(answer, _Answer)])
        same = [answer for answer in answers if isinstance(answer, Part)]
        self.report.unchanged += sum(len(part.paths) for part in same)
        self._state.save(SOURCE, same, now=self._clock.now())
        reached = any(answer is not None for answer in answers)
        self.report.reached = self.report.reached or reached
        return reached

    def _valid(self, part: Part | None) -> Part | None:
        """Return what is remembered of a day, if its pages are all there."""
        paths = part.paths if part else ()
        return part if all(self._folder.has(path) or key_of(path) in self._forgotten.keys for path in paths) else None

    async def _ask(self, day: WikipediaDay, part: Part | None) -> _Answer | Part | None:
        """Return what the lists of a day say; what is remembered of it, if they have not changed; None for trouble."""
        known: dict[str, str] = json.loads(part.validator) if part else {}
        try:
            responses = {kind: await self._get(day, kind, known.get(kind)) for kind in (SELECTED, EVENTS)}
            if part and all(response.status == _NOT_MODIFIED for response in responses.values()):
                return part
            for kind, response in responses.items():
                if response.status == _NOT_MODIFIED:
                    # What it says is needed, too: the lists tell some events both.
                    responses[kind] = await self._get(day, kind, None)
            read = _read(responses[SELECTED], SELECTED, day) + _read(responses[EVENTS], EVENTS, day)
        except FetchError as error:
            self.report.alarms.append(f"{SOURCE} {day}: {error}; its pages were left as they were")
            return None
        self.report.fetched += sum(response.status != _NOT_FOUND for response in responses.values())
        tags = {kind: response.headers.get("ETag", "")[:_LONGEST_TAG] for kind, response in responses.items()}
        return _Answer(day, read, json.dumps(tags))

    async def _get(self, day: WikipediaDay, kind: str, tag: str | None) -> Response:
        base = self._base.replace("{language}", day.language)
        url = f"{base}/api/rest_v1/feed/onthisday/{kind}/{day.month:02}/{day.day:02}"
        return await self._http.get(url, headers={"If-None-Match": tag} if tag else None)

    def _take(self, answers: Sequence[_Answer]) -> None:
        """Write and import what the lists of some days change, then remember them."""
        parts: list[Part] = []
        paths: set[str] = set()
        for answer in answers:
            known = self._known(answer.day)
            if sentence := doubt(answer.read.entries, known):
                self.report.alarms.append(f"{SOURCE} {answer.day}: {sentence}; its pages were left as they were")
                continue
            changes = self._compare(answer, known)
            self._write(changes)
            # With those that are as they were: a fetch that was killed may have written them, and not imported them.
            paths |= {fetched.page.path for fetched in (*changes.written, *changes.unchanged)}
            self._count(answer, changes)
            parts.append(_part(answer, changes))
        if paths:
            self.report.alarms += self._import([self._folder.file_of(path) for path in sorted(paths)])
        self._state.save(SOURCE, parts, now=self._clock.now())

    def _known(self, day: WikipediaDay) -> list[FetchedPage]:
        """Return the pages on the disk that tell what happened on a day, as one Wikipedia told it."""
        return [
            fetched for fetched in self._folder.pages_of_every_year(day.month, day.day)
            if WikipediaDay.of(fetched.page.source) == day and key_of(fetched.page.path) not in self._forgotten.keys
        ]  # fmt: skip

    def _compare(self, answer: _Answer, known: Sequence[FetchedPage]) -> Changes:
        dates = {entry.date for entry in answer.read.entries}
        return compare(
            answer.day,
            answer.read.entries,
            known,
            names={day: self._folder.names_of(day) for day in dates},
            forgotten=self._forgotten,
            today=self._today,
        )

    def _write(self, changes: Changes) -> None:
        dates = {date_of_path(fetched.page.path) for fetched in changes.written}
        for day in dates:
            self._folder.clean(day, self._forgotten.keys)
        for fetched in changes.written:
            self._folder.write(fetched)
        self._folder.flush(dates)

    def _count(self, answer: _Answer, changes: Changes) -> None:
        report = self.report
        report.written += len(changes.written)
        report.changed += len(changes.changed)
        report.unchanged += len(changes.unchanged)
        report.withdrawn += len(changes.withdrawn)
        report.missed += answer.read.left_out
        report.before_christ += answer.read.before_christ


def _read(response: Response, kind: str, day: WikipediaDay) -> ReadList:
    """Return what a list says; some Wikipedias have none of some days. Raises FetchError."""
    if response.status == _NOT_FOUND:
        return _NOTHING
    return read_list(response.body, kind, day.language, day.month, day.day)


def _part(answer: _Answer, changes: Changes) -> Part:
    return Part(str(answer.day), answer.validator, len(answer.read.entries), answer.read.left_out, changes.paths)
