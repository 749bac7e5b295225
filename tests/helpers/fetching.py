"""A Daybook that fetches from a Wikipedia on loopback, with a clock that a test sets."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING

from bot.archive.database_file import open_for_writing
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.page_reader import FORGOTTEN
from bot.domain.page import key_of
from bot.formats.context import CONTEXT
from bot.sources.fetch_state import FetchState, Part
from bot.sources.forgotten import Forgotten
from bot.sources.http import Http, Limits
from bot.sources.onthisday import OnThisDayFetch
from bot.sources.page_folder import PageFolder
from bot.sources.portal import PortalFetch, first_watched_day
from bot.sources.portal_pages import PortalPages
from bot.sources.wikipedia import Wikipedia

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.domain.page import Page
    from bot.sources.fetch_report import FetchReport
    from bot.sources.portal_reader import DayPages
    from tests.helpers.wikipedia import FakeWikipedia


# Faults are over soon, and no test need wait for them.
LIMITS = Limits(pauses=(0.01, 0.01), allowed_per_minute=100_000)


class SetClock:
    """A clock whose date and time stand still until they are set; its seconds pass."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment

    def monotonic(self) -> float:
        """Return the machine's monotonic time."""
        return time.monotonic()


class FetchedData:
    """The folder of pages and the archive that a test fetches into, and what is in them."""

    data: Path
    forgotten_events: ForgottenEvents

    @property
    def pages(self) -> Path:
        """The folder of fetched pages."""
        return self.data / "pages"

    @property
    def archive(self) -> Path:
        """The archive's file."""
        return self.data / "archive.sqlite3"

    def import_files(self, files: Sequence[Path]) -> list[str]:
        """Import pages, none of which may be left out but for forgotten ones."""
        report = import_pages(self.archive, files, forgotten=self.forgotten_events, origin="fetch")
        assert [skipped for skipped in report.skipped if skipped.reason != FORGOTTEN] == []
        return []

    def written(self) -> list[Page]:
        """Return the pages on the disk, by their paths."""
        files = sorted(self.pages.glob("news/*/*/*/*.md"))
        return [CONTEXT.read(file.read_text("utf-8"), file.as_posix()) for file in files]

    def events(self) -> dict[str, tuple[str, str]]:
        """Return the archive's events by their keys: the date and the headline of each."""
        with closing(open_for_writing(self.archive)) as db:
            return {
                row[0]: (row[1], row[2]) for row in db.execute("SELECT key, date, headline FROM event ORDER BY key")
            }

    def key(self, headline: str) -> str:
        """Return the key of the page that has a headline."""
        (page,) = [page for page in self.written() if page.headline == headline]
        return key_of(page.path)

    def is_sound(self) -> bool:
        """Return whether the archive is whole."""
        with closing(sqlite3.connect(self.archive)) as db:
            return bool(db.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


@dataclass
class Fetching(FetchedData):
    """Fetches into a folder and an archive; ``today`` is the day on which it does, at noon."""

    data: Path
    wikipedia: FakeWikipedia
    today: date = date(2025, 11, 24)
    forgotten: Forgotten = field(default_factory=Forgotten)
    forgotten_events: ForgottenEvents = field(default_factory=ForgottenEvents)

    async def fetch(
        self, since: date | None = None, until: date | None = None, *, pages: DayPages | None = None,
        accept_few: bool = False,
    ) -> FetchReport:  # fmt: skip
        """Fetch days; without any, as ``daybook fetch portal`` does."""
        clock = SetClock(datetime.combine(self.today, time_of_day(12), UTC))
        self.pages.mkdir(parents=True, exist_ok=True)
        folder = PageFolder(self.pages)
        allowed = frozenset({f"127.0.0.1:{self.wikipedia.port}"})
        with FetchState(self.pages) as state:
            async with Http(contact="operator@daybook.example", allowed=allowed, clock=clock, limits=LIMITS) as http:
                base = self.wikipedia.base.replace("{language}", "en")
                fetch = PortalFetch(
                    pages or PortalPages(Wikipedia(http, base=base)), folder, state, self.import_files,
                    forgotten=self._read_forgotten, clock=clock, accept_few=accept_few,
                )  # fmt: skip
                start = since or first_watched_day(folder, state, today=self.today)
                await fetch.run(start, until or self.today, lambda _done, _total: None)
        return fetch.report

    async def fetch_lists(self, *languages: str, all_days: bool = False) -> FetchReport:
        """Fetch the *On this day* lists that are due, as ``daybook fetch onthisday`` does.

        Without ``all_days``, those of other days than the next ones count as read a moment ago.
        """
        clock = SetClock(datetime.combine(self.today, time_of_day(12), UTC))
        self.pages.mkdir(parents=True, exist_ok=True)
        allowed = frozenset({f"127.0.0.1:{self.wikipedia.port}"})
        with FetchState(self.pages) as state:
            if not all_days:
                near = {self.today + timedelta(distance) for distance in range(-1, 8)}
                days = {date(2000, 1, 1) + timedelta(number) for number in range(366)}
                names = {f"{day:%m-%d}" for day in days} - {f"{day:%m-%d}" for day in near}
                read = [
                    Part(f"{language} {name}", "{}", 0, 0, ()) for language in languages or ("en",) for name in names
                ]
                state.save("onthisday", read, now=clock.now())
            async with Http(contact="operator@daybook.example", allowed=allowed, clock=clock, limits=LIMITS) as http:
                fetch = OnThisDayFetch(
                    http, PageFolder(self.pages), state, self.import_files,
                    base=self.wikipedia.base, forgotten=self._read_forgotten, clock=clock,
                )  # fmt: skip
                await fetch.run(languages or ("en",), lambda _done, _total: None)
        return fetch.report

    async def _read_forgotten(self) -> Forgotten:
        return self.forgotten


def days_from(first: date, count: int) -> list[date]:
    """Return a number of days, beginning with one."""
    return [first + timedelta(number) for number in range(count)]
