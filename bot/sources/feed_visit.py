"""Asks for a feed's document: whether it has changed since the last visit, and what it says."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.domain.errors import FetchError
from bot.domain.feed import Feed, FeedDocument
from bot.sources.http import Response
from bot.sources.wikipedia import Getter

# Reads a document: its bytes, their content type, and the address that answered.
ReadDocument = Callable[[bytes, str, str], Awaitable[FeedDocument]]
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
# Raised whenever a document would be read otherwise than before: the next visit then reads all of them again.
_VERSION = 1
_NOT_MODIFIED, _OK = 304, 200
_LONGEST_VALIDATOR = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a feed answered: its ``document``, None if it has not changed; ``validator`` is by what that is known."""

    document: FeedDocument | None
    validator: str


async def ask_feed(http: Getter, read: ReadDocument, feed: Feed, validator: str | None) -> Answer:
    """Return what a feed answers; ``validator`` is that of the last visit. Raises FetchError."""
    known = _validator(feed, validator)
    response = await http.get(feed.address, headers=_headers(known))
    if response.status == _NOT_MODIFIED and validator:
        return Answer(None, validator)
    if response.status != _OK:
        raise FetchError(f"{feed.address} answered {response.status}: there is no longer a feed at this address")
    now = {
        "etag": response.headers.get("ETag", "")[:_LONGEST_VALIDATOR],
        "modified": response.headers.get("Last-Modified", "")[:_LONGEST_VALIDATOR],
        "hash": hashlib.sha256(response.body).hexdigest(),
        "read_as": _read_as(feed),
    }
    if known.get("hash") == now["hash"]:
        return Answer(None, json.dumps(now))
    return Answer(feed_of(await read_response(read, response), feed.address), json.dumps(now))


async def read_response(read: ReadDocument, response: Response) -> FeedDocument:
    """Return what a response says, read as a feed. Raises FetchError."""
    return await read(response.body, response.headers.get("Content-Type", ""), response.url)


async def get_feed(http: Getter, read: ReadDocument, address: str) -> FeedDocument:
    """Return what an address answers, if that is a feed. Raises FetchError."""
    response = await http.get(address, headers=_headers({}))
    if response.status != _OK:
        raise FetchError(f"{address} answered {response.status}: there is no feed at this address")
    return feed_of(await read_response(read, response), address)


def feed_of(document: FeedDocument, address: str) -> FeedDocument:
    """Return a document that is a feed. Raises FetchError, with a sentence that says what it is."""
    if document.kind == "feed":
        return document
    if document.kind == "html" and document.alternates:
        feeds = ", ".join(document.alternates)
        raise FetchError(f"{address} is a web page, not a feed; it names {feeds}")
    if document.kind == "html":
        raise FetchError(f"{address} is a web page, not a feed, and it names none")
    raise FetchError(f"{address} is not a feed: its answer is neither RSS nor Atom")


def _headers(known: Mapping[str, str]) -> dict[str, str]:
    headers = {
        "Accept": _ACCEPT, "If-None-Match": known.get("etag", ""), "If-Modified-Since": known.get("modified", ""),
    }  # fmt: skip
    return {name: value for name, value in headers.items() if value}


def _validator(feed: Feed, text: str | None) -> dict[str, str]:
    """Return what is known of a document that was read as it would be now; nothing otherwise."""
    known: dict[str, str] = json.loads(text) if text else {}
    return known if known.get("read_as") == _read_as(feed) else {}


def _read_as(feed: Feed) -> str:
    return f"{_VERSION} {feed.language} {feed.name}"
