"""Fetches facts about articles from a Wikipedia on loopback, for an archive whose pages a test writes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any

from bot.archive.archive import Archive
from bot.archive.article_facts import cited_articles, load_facts
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.domain.article import ArticleName
from bot.domain.page import key_of
from bot.formats.articles import file_of
from bot.sources.article_folder import ArticleFolder
from bot.sources.articles import ArticlesFetch
from bot.sources.http import Http
from bot.sources.wikipedia import Wikipedia
from tests.helpers.fetching import LIMITS, FetchedData, SetClock
from tests.helpers.samples import path_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.event import Event
    from bot.sources.fetch_report import FetchReport
    from tests.helpers.wikipedia import FakeWikipedia

TODAY = date(2026, 11, 28)


@dataclass
class Articles(FetchedData):
    """Fetches facts into a folder and an archive; ``today`` is the day on which it does, at noon."""

    data: Path
    wikipedia: FakeWikipedia
    today: date = TODAY
    forgotten_events: ForgottenEvents = field(default_factory=ForgottenEvents)

    def page(self, headline: str, *articles: str, day: str = "2001-05-06", language: str = "en", **parts: Any) -> str:
        """Write a page about articles, in the folder of fetched pages, and import it; return its event's key."""
        links = [(title, f"https://{language}.wikipedia.org/wiki/{title.replace(' ', '_')}") for title in articles]
        file = write(self.pages, day, headline, sources=[*parts.pop("sources", []), *links], **parts)
        self.import_files([file])
        return key_of(path_of(day, headline))

    async def fetch(self, *faults: Any) -> FetchReport:
        self.wikipedia.faults = list(faults)
        allowed = frozenset({f"127.0.0.1:{self.wikipedia.port}"})
        clock = SetClock(datetime.combine(self.today, time_of_day(12), UTC))
        folder = ArticleFolder(self.pages)
        async with Http(contact="operator@daybook.example", allowed=allowed, clock=clock, limits=LIMITS) as http:
            fetch = ArticlesFetch(
                lambda language: Wikipedia(http, base=self.wikipedia.base.replace("{language}", language)), folder,
                lambda: load_facts(self.archive, folder.root), clock=clock,
            )  # fmt: skip
            await fetch.run(cited_articles(self.archive), lambda _done, _total: None)
        return fetch.report

    async def event(self, key: str) -> Event:
        async with Archive(self.archive, readers=1) as archive:
            event = await archive.event(key)
        assert event
        return event

    async def image(self, key: str) -> tuple[str | None, str | None]:
        """Return the image of an event, and whose it is."""
        event = await self.event(key)
        return event.image, event.image_credit

    def weight(self, key: str) -> int | None:
        with closing(sqlite3.connect(self.archive)) as db:
            query = "SELECT weight FROM event WHERE id = (SELECT event_id FROM page_path WHERE key = ?)"
            ((weight,),) = db.execute(query, (key,)).fetchall()
        assert weight is None or isinstance(weight, int)
        return weight

    def points(self, key: str) -> float:
        with closing(sqlite3.connect(self.archive)) as db:
            query = "SELECT points FROM event WHERE id = (SELECT event_id FROM page_path WHERE key = ?)"
            return float(db.execute(query, (key,)).fetchone()[0])

    def facts(self, title: str, language: str = "en") -> dict[str, Any]:
        """Return the line of an article."""
        lines = (self.pages / file_of(ArticleName(language, title))).read_text("utf-8").splitlines()
        (values,) = [values for values in map(json.loads, lines) if values["title"] == title]
        assert isinstance(values, dict)
        return values

    def new_archive(self) -> Path:
        """Delete the archive, and import the folder of pages again; return the old one's copy."""
        old = self.data / "old.sqlite3"
        old.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.archive)) as db:
            db.execute("VACUUM INTO ?", (str(old),))
        for file in self.data.glob("archive.sqlite3*"):
            file.unlink()
        import_pages(self.archive, [self.pages], forgotten=self.forgotten_events)
        return old
