"""A Wikipedia on loopback: days' pages of the portal that a test edits, and whatever can go wrong on the way."""

from __future__ import annotations

import gzip
import html
import json
import re
import sys
import threading
import time
import zlib
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.helpers.wikipedia_articles import FakeArticles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LINK = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


@dataclass(frozen=True, slots=True)
class Bullet:
    """An event as editors write it: ``text`` with ``[[links]]``, the addresses it cites, and what stands above it."""

    text: str
    sources: tuple[str, ...] = ("https://paper.example/a",)
    category: str = "Arts and culture"
    headings: tuple[str, ...] = ()

    def rendered(self) -> str:
        """Return the bullet as HTML, with its headings around it."""
        text = _LINK.sub(lambda match: _anchor(match[1], match[2] or match[1]), html.escape(self.text, quote=False))
        cited = " ".join(
            f'<a class="external text" href="{html.escape(url)}" rel="nofollow">(The Paper)</a>' for url in self.sources
        )
        item = f"<li>{text} {cited}</li>"
        for heading in reversed(self.headings):
            item = f"<li>{_anchor(heading, heading)}\n<ul>{item}</ul></li>"
        return item


def _anchor(title: str, label: str) -> str:
    address = f"https://en.wikipedia.org/wiki/{quote(title.replace(' ', '_'))}"
    return f'<a href="{address}" title="{html.escape(title)}">{label}</a>'


def render_day(day: date, bullets: list[Bullet], *, template: str = "today") -> str:
    """Return a day's page as ``action=parse`` renders it; the template ``changed`` has nothing that is looked for."""
    content: list[str] = []
    for category in dict.fromkeys(bullet.category for bullet in bullets):
        items = "\n".join(bullet.rendered() for bullet in bullets if bullet.category == category)
        content.append(f"<p><b>{category}</b>\n</p>\n<ul>{items}</ul>")
    name = "current-events-content description" if template == "today" else "newsroom-body"
    return (
        '<div class="mw-content-ltr mw-parser-output" dir="ltr" lang="en"><div class="current-events">'
        f'<div class="current-events-heading"><span class="summary">{day:%B} {day.day}, {day.year}'
        f'<span style="display: none;"> (<span class="bday dtstart">{day.isoformat()}</span>)</span></span>'
        '<ul class="current-events-navbar"><li><a class="external text" href="https://en.wikipedia.org/w/">edit</a>'
        f'</li></ul></div><div class="{name}">{"".join(content)}</div></div></div>'
    )


def entry(text: str, year: int | None, *articles: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an entry of the *On this day* feed."""
    return {"text": text, "pages": list(articles)} | ({} if year is None else {"year": year}) | more


def article(
    title: str, *, language: str = "en", item: str | None = None, description: str = "", image: str | None = None,
    width: int = 1000, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return the summary of an article as entries of the feed have it; ``image`` is the name of a file of Commons."""
    canonical = title.replace(" ", "_")
    page = f"https://{language}.wikipedia.org/wiki/{quote(canonical)}"
    base = "https://upload.wikimedia.org/wikipedia/commons"
    images = {
        "thumbnail": {"source": f"{base}/thumb/a/ab/{image}/330px-{image}", "width": 330, "height": 240},
        "originalimage": {"source": f"{base}/a/ab/{image}", "width": width, "height": width},
    }
    return {
        "type": "standard", "title": canonical, "titles": {"canonical": canonical, "normalized": title},
        "namespace": {"id": 0, "text": ""}, "lang": language, "dir": "ltr", "description": description,
        "content_urls": {"desktop": {"page": page}, "mobile": {"page": page.replace(".w", ".m.w")}},
    } | ({"wikibase_item": item} if item else {}) | (images if image else {}) | more  # fmt: skip


# Answers a request instead of Wikipedia; it returns whether it did.
Fault = "Callable[[BaseHTTPRequestHandler], bool]"


@dataclass
class FakeWikipedia:
    """Days' pages, their revisions, and a count of what was asked. ``faults`` are used up, one for each request.

    ``articles`` are those of all Wikipedias, and the files that they show.
    """

    articles: FakeArticles = field(default_factory=FakeArticles)
    days: dict[date, list[Bullet]] = field(default_factory=dict)
    # The feed's lists, by language, type and day (MM/DD); of others there are none.
    lists: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    revisions: dict[date, int] = field(default_factory=dict)
    templates: dict[date, str] = field(default_factory=dict)
    faults: list[Any] = field(default_factory=list)
    down: bool = False
    requests: Counter[str] = field(default_factory=Counter)
    parsed: list[date] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    _revision: int = 1000

    @property
    def base(self) -> str:
        """The address for ``DAYBOOK_WIKIPEDIA``."""
        return f"http://127.0.0.1:{self.port}/{{language}}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a Daybook that fetches from here."""
        return {
            "DAYBOOK_WIKIPEDIA": self.base,
            "DAYBOOK_ALLOW": f"127.0.0.1:{self.port}",
            "DAYBOOK_CONTACT": "operator@daybook.example",
        }

    def edit(self, day: date, *bullets: Bullet, template: str = "today") -> None:
        """Give a day's page these bullets, in a new revision."""
        with self.lock:
            self._revision += 1
            self.days[day] = list(bullets)
            self.revisions[day] = self._revision
            self.templates[day] = template

    def answer_in(self, language: str, params: dict[str, str]) -> dict[str, Any]:
        """Return the answer of the Wikipedia of a language."""
        if params["action"] == "query" and params["prop"] != "info":
            with self.lock:
                return self.articles.answer(language, params)
        return self.answer(params)

    def answer(self, params: dict[str, str]) -> dict[str, Any]:
        """Return the API's answer."""
        with self.lock:
            if params["action"] == "query":
                return {"query": {"pages": [self._info(title) for title in params["titles"].split("|")]}}
            day = _day_of(params["page"])
            if day not in self.days:
                return {"error": {"code": "missingtitle", "info": "The page you specified doesn't exist."}}
            self.parsed.append(day)
            text = render_day(day, self.days[day], template=self.templates[day])
            return {"parse": {"title": params["page"], "revid": self.revisions[day], "text": text}}

    def send_list(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request for a list of the *On this day* feed."""
        language, _, _, _, _, kind, month, day = urlsplit(handler.path).path.strip("/").split("/")
        with self.lock:
            rows = self.lists.get((language, kind, f"{month}/{day}"))
        if rows is None:
            send(handler, 404, b'{"type": "not_found"}', "application/problem+json")
            return
        body = json.dumps({kind: rows}, ensure_ascii=False).encode()
        tag = f'W/"{zlib.crc32(body)}/b6a8"'
        if handler.headers.get("If-None-Match") == tag:
            send(handler, 304, b"", ETag=tag)
        else:
            packed = "gzip" in handler.headers.get("Accept-Encoding", "")
            encoding = {"Content_Encoding": "gzip"} if packed else {}
            send(handler, 200, gzip.compress(body) if packed else body, "application/json", ETag=tag, **encoding)

    def _info(self, title: str) -> dict[str, Any]:
        revision = self.revisions.get(_day_of(title))
        return {"title": title, "lastrevid": revision} if revision else {"title": title, "missing": True}


def _day_of(title: str) -> date:
    year, month, day = title.removeprefix("Portal:Current events/").split(" ")
    months = [f"{date(2000, number, 1):%B}" for number in range(1, 13)]
    return date(int(year), months.index(month) + 1, int(day))


@contextmanager
def wikipedia() -> Iterator[FakeWikipedia]:
    """Serve a Wikipedia on loopback."""
    fake = FakeWikipedia()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        with fake.lock:
            fake.at_once += 1
            fake.most_at_once = max(fake.most_at_once, fake.at_once)
            fault = fake.faults.pop(0) if fake.faults else None
        try:
            fake.agents.add(handler.headers.get("User-Agent", ""))
            params = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
            is_list = "/feed/onthisday/" in handler.path
            fake.requests["list" if is_list else params.get("action", "")] += 1
            if fake.down:
                send(handler, 503, b"down")
            elif fault and fault(handler):
                pass
            elif is_list:
                fake.send_list(handler)
            else:
                answered = fake.answer_in(handler.path.split("/")[1], params)
                send(handler, 200, json.dumps(answered).encode(), "application/json")
        finally:
            with fake.lock:
                fake.at_once -= 1

    with loopback(answer) as fake.port:
        yield fake


@contextmanager
def loopback(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[int]:
    """Serve on a port of this machine, which is returned; each request is answered in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes: without this, the second waits for an acknowledgement, 40 ms.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            # Who asked may be gone.
            with suppress(ConnectionError):
                answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            # Who is killed cuts its lines.
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "text/html", **headers: str) -> bool:
    """Send a whole response."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
    return True


def too_many(handler: BaseHTTPRequestHandler) -> bool:
    """Ask to come back in a second."""
    return send(handler, 429, b"slow down", Retry_After="1")


def broken(handler: BaseHTTPRequestHandler) -> bool:
    """Fail inside."""
    return send(handler, 500, b"<h1>Internal error</h1>")


def truncated(handler: BaseHTTPRequestHandler) -> bool:
    """End in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"query": {"pages": [')
    handler.close_connection = True
    return True


def no_json(handler: BaseHTTPRequestHandler) -> bool:
    """Answer with a page for people."""
    return send(handler, 200, b"<html>Our servers are currently under maintenance</html>")


def slow(handler: BaseHTTPRequestHandler) -> bool:
    """Answer after half a second."""
    time.sleep(0.5)
    return False
