"""Feeds on loopback: documents that a test writes and edits, and servers that answer as real ones do."""

from __future__ import annotations

import gzip
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from bot.archive.archive import Archive
from bot.archive.database_file import open_for_writing
from bot.archive.forgotten_events import ForgottenEvents
from bot.domain.feed import Feed, FeedDocument
from bot.sources.feed_document import read_document
from bot.sources.feeds import FeedsFetch
from bot.sources.fetch_state import FetchState
from bot.sources.forgotten import Forgotten
from bot.sources.http import Http
from bot.sources.page_folder import PageFolder
from tests.helpers.fetching import LIMITS, FetchedData, SetClock
from tests.helpers.wikipedia import loopback, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from bot.sources.fetch_report import FetchReport


@dataclass(frozen=True, slots=True)
class Story:
    """An item of a feed; ``day`` is when it was published, at eight; what is None is left out."""

    title: str | None
    link: str | None = None
    id: str | None = None
    day: date | None = None
    summary: str | None = None
    categories: tuple[str, ...] = ()
    more: str = ""

    def as_rss(self) -> str:
        """Return the item as RSS 2.0 has it."""
        moment = datetime.combine(self.day, time_of_day(8), UTC) if self.day else None
        parts = [
            f"<title>{escape(self.title)}</title>" if self.title is not None else "",
            f"<link>{escape(self.link)}</link>" if self.link else "",
            f'<guid isPermaLink="false">{escape(self.id)}</guid>' if self.id else "",
            f"<pubDate>{format_datetime(moment)}</pubDate>" if moment else "",
            f"<description>{escape(self.summary)}</description>" if self.summary else "",
            *(f"<category>{escape(name)}</category>" for name in self.categories),
            self.more,
        ]
        return f"<item>{''.join(parts)}</item>"


def rss(*stories: Story, title: str = "The Paper", more: str = "") -> bytes:
    """Return a document of RSS 2.0."""
    namespaces = (
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    )
    items = "".join(story.as_rss() for story in stories)
    head = f"<title>{escape(title)}</title><link>https://paper.example/</link>{more}"
    return f'<?xml version="1.0"?><rss version="2.0" {namespaces}><channel>{head}{items}</channel></rss>'.encode()


@dataclass
class Place:
    """What an address answers: a document, whether it knows validators and packs, or a redirect elsewhere."""

    body: bytes
    content_type: str = "application/rss+xml"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    has_etag: bool = True
    has_date: bool = True
    packed: bool = False


@dataclass
class FeedServer:
    """Feeds by their paths, and what was asked, with the headers. ``faults`` are used up, one for each request."""

    places: dict[str, Place] = field(default_factory=dict)
    faults: list[Callable[[BaseHTTPRequestHandler], bool]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a Daybook that reads from here."""
        return {"DAYBOOK_ALLOW": f"127.0.0.1:{self.port}", "DAYBOOK_CONTACT": "operator@daybook.example"}

    def url(self, path: str = "/feed") -> str:
        """Return the address of a feed."""
        return f"http://127.0.0.1:{self.port}{path}"

    def publish(self, *stories: Story, path: str = "/feed", title: str = "The Paper", **place: Any) -> None:
        """Have a feed say these stories from now on."""
        self.places[path] = Place(rss(*stories, title=title), **place)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request as a server of feeds does."""
        place = self.places.get(handler.path.partition("?")[0], Place(b"nothing here", "text/html", 404))
        headers = dict(place.headers)
        etag, modified = f'"{hash(place.body):x}"', "Mon, 24 Nov 2025 08:00:00 GMT"
        if place.has_etag:
            headers["ETag"] = etag
        if place.has_date:
            headers["Last-Modified"] = modified
        not_modified = place.status == 200 and (
            (place.has_etag and handler.headers.get("If-None-Match") == etag)
            or (place.has_date and not place.has_etag and handler.headers.get("If-Modified-Since") == modified)
        )
        if place.packed:
            headers["Content-Encoding"] = "gzip"
        status = 304 if not_modified else place.status
        self.statuses.append(status)
        body = b"" if not_modified else gzip.compress(place.body) if place.packed else place.body
        send(handler, status, body, place.content_type, **headers)


@contextmanager
def feed_server() -> Iterator[FeedServer]:
    """Serve feeds on loopback."""
    server = FeedServer()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        server.requests.append((handler.path, dict(handler.headers.items())))
        fault = server.faults.pop(0) if server.faults else None
        if fault is None or not fault(handler):
            server.answer(handler)

    with loopback(answer) as server.port:
        yield server


async def read_here(data: bytes, content_type: str, address: str) -> FeedDocument:
    """Read a document in this process: those of tests are no danger."""
    return read_document(data, content_type, address)


@dataclass
class FeedFetching(FetchedData):
    """Visits feeds into a folder and an archive; ``today`` is the day on which it does, at noon."""

    data: Path
    server: FeedServer
    today: date = date(2025, 11, 24)
    feeds: list[Feed] = field(default_factory=list)
    forgotten: Forgotten = field(default_factory=Forgotten)
    forgotten_events: ForgottenEvents = field(default_factory=ForgottenEvents)

    def add(self, path: str = "/feed", *, name: str = "The Paper", language: str = "en") -> Feed:
        """Add a feed to those that are visited."""
        moment = datetime.combine(self.today, time_of_day(12), UTC)
        self.feeds.append(Feed(self.server.url(path), name, language, 30, moment))
        return self.feeds[-1]

    async def fetch(self) -> FetchReport:
        """Visit all feeds."""
        clock = SetClock(datetime.combine(self.today, time_of_day(12), UTC))
        self.pages.mkdir(parents=True, exist_ok=True)
        with closing(open_for_writing(self.archive)):
            # There is an archive to ask for known names.
            pass
        allowed = frozenset({f"127.0.0.1:{self.server.port}"})
        with FetchState(self.pages) as state:
            async with (
                Http(contact="operator@daybook.example", allowed=allowed, clock=clock, limits=LIMITS) as http,
                Archive(self.archive, readers=1) as archive,
            ):
                fetch = FeedsFetch(
                    http, read_here, PageFolder(self.pages), state, self.import_files,
                    known_names=archive.known_names, forgotten=self.forgotten, clock=clock,
                )  # fmt: skip
                await fetch.run(self.feeds, lambda _done, _total: None)
        return fetch.report
