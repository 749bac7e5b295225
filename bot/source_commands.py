"""The commands that keep the list of feeds: ``daybook source``. Each prints its answer and returns the exit code."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date
from typing import Any

from bot.clock import Clock
from bot.domain.errors import FetchError, SettingsError
from bot.domain.feed import Feed, FeedDocument, FeedItem
from bot.domain.text import cut
from bot.ledger.ledger import Ledger
from bot.locale.event_languages import is_language_code
from bot.settings import Settings
from bot.sources.feed_links import canonical_link, tidy_link
from bot.sources.feed_process import read_in_process
from bot.sources.feed_visit import get_feed
from bot.sources.http import Http
from bot.terminal import one_line, print_feed_check, print_feeds, print_hint, print_json

_LONGEST_NAME = 80


async def add(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Add a feed that can be read. Raises FetchError, LedgerError."""
    address = _address(arguments.url)
    async with Ledger(settings.ledger) as ledger:
        for feed in await ledger.feeds.all():
            if canonical_link(feed.address) == canonical_link(address):
                raise FetchError(f"{feed.address} was already added, as {feed.name}: nothing was added")
        async with open_http(settings, clock) as http:
            document = await get_feed(http, read_in_process, address)
        name = publisher_name(arguments.name or document.title, address)
        feed_language = document.language if is_language_code(document.language or "") else None
        language = arguments.language or feed_language or "en"
        await ledger.feeds.add(Feed(address, name, language, arguments.every, clock.now()))
    print(f"Added: {name}, {_count(document)} in “{language}”; “daybook fetch feeds” reads them.")
    if not (arguments.language or feed_language):
        print_hint("It does not say its language: English is assumed. With --language, such as de, you say it.")
    return 0


async def list_(arguments: argparse.Namespace, settings: Settings, _: Clock) -> int:
    """Print all feeds."""
    async with Ledger(settings.ledger) as ledger:
        feeds = await ledger.feeds.all()
    if arguments.json:
        print_json([_feed_json(feed) for feed in feeds])
    else:
        print_feeds(feeds)
    return 0


async def remove(arguments: argparse.Namespace, settings: Settings, _: Clock) -> int:
    """Take a feed out of the list; what was read of it stays. Raises FetchError."""
    wanted = tidy_link(arguments.feed)
    async with Ledger(settings.ledger) as ledger:
        found = [
            feed for feed in await ledger.feeds.all()
            if arguments.feed in (feed.name, feed.address)
            or (wanted and canonical_link(wanted) == canonical_link(feed.address))
        ]  # fmt: skip
        if len(found) != 1:
            many = "several feeds are called" if found else "no feed has the address or the name"
            raise FetchError(f"{many} “{one_line(arguments.feed)}”: “daybook source list” shows their addresses")
        await ledger.feeds.remove(found[0].address)
    print(f"Removed: {found[0].name}. The pages that it has told stay; “daybook forget KEY” takes one out.")
    return 0


async def check(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Print what would be read from an address; nothing is stored. Raises FetchError."""
    address = _address(arguments.url)
    async with open_http(settings, clock) as http:
        document = await get_feed(http, read_in_process, address)
    name = publisher_name(document.title, address)
    if arguments.json:
        today = clock.now().date()
        items = [_item_json(item, today) for item in document.items]
        print_json(
            {
                "address": address, "name": name, "language": document.language, "total": document.total,
                "unread": document.unread, "items": items,
            }
        )  # fmt: skip
    else:
        print_feed_check(name, document, today=clock.now().date())
    return 0


@asynccontextmanager
async def open_http(settings: Settings, clock: Clock) -> AsyncIterator[Http]:
    """Open what everything is fetched through. Raises SettingsError."""
    if settings.contact is None:
        raise SettingsError(
            "fetching needs DAYBOOK_CONTACT: a mail address or a web page by which those who run the sites reach you"
        )
    async with Http(contact=settings.contact, allowed=settings.allowed_hosts, clock=clock) as http:
        yield http


def publisher_name(text: str | None, address: str) -> str:
    """Return a publisher's name as sources show it: without what would end a link; the host where there is none."""
    name = cut(one_line(text or "").translate(str.maketrans("[]", "()")), _LONGEST_NAME)
    host = address.partition("//")[2].partition("/")[0].removeprefix("www.")
    return name if any(map(str.isalpha, name)) else host


def _address(text: str) -> str:
    """Return the address of a feed as it is stored. Raises FetchError."""
    # A parameter that counts readers may also be what the server tells feeds apart by: it stays.
    if tidy_link(text) is None or any(character.isspace() for character in text.strip()):
        raise FetchError(f"“{cut(one_line(text), 200)}” is not a web address, such as https://…")
    from yarl import URL

    return str(URL(text.strip()).with_fragment(None))


def _count(document: FeedDocument) -> str:
    return "1 item" if document.total == 1 else f"{document.total:,} items"


def _feed_json(feed: Feed) -> dict[str, Any]:
    return {
        "address": feed.address, "name": feed.name, "language": feed.language, "every": feed.every,
        "added": f"{feed.added.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip


def _item_json(item: FeedItem, today: date) -> dict[str, Any]:
    dated = item.dated(today)
    return {
        "id": item.id, "date": dated.isoformat() if dated else None, "headline": item.headline,
        "summary": cut(item.summary, 300) if item.summary else None, "link": item.link, "image": item.image,
        "categories": list(item.categories),
    }  # fmt: skip
