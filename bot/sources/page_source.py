"""Where a page was fetched, as its block says it: a day of the portal, items of feeds, a list of a day. Pure.

- ``portal 2025-11-22`` is the portal's page of a day.
- ``onthisday de 11-12 1330-11-12`` are the lists of 12 November in the *On this day* feed of the German Wikipedia, and
  the date of the page.
- ``feed https://a.example/rss#42 https://b.example/atom#words:0f2c… 2025-11-22`` are the items of two feeds that tell
  one story: each feed's address, ``#``, and the item's name, percent-encoded: its id, or a hash of its words where it
  has none. Last comes the day under which the story was first written.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from urllib.parse import quote, unquote

from bot.domain.text import words

PORTAL, FEEDS, ON_THIS_DAY = "portal", "feed", "onthisday"
_WORDS = "words:"
# Feeds that a page names, at most.
_MOST_ITEMS = 12


def source_of(day: date) -> str:
    """Return what the block of a page says about the portal's page of a day."""
    return f"{PORTAL} {day.isoformat()}"


def day_of_source(source: str | None) -> date | None:
    """Return the day whose page of the portal is a page's source; None if it is from elsewhere."""
    name, _, day = (source or "").partition(" ")
    return _day(day) if name == PORTAL else None


class WikipediaDay(NamedTuple):
    """A day of the year as one Wikipedia tells it: ``de 11-12``."""

    language: str
    month: int
    day: int

    @classmethod
    def of(cls, source: str | None) -> "WikipediaDay | None":
        """Return the day whose lists are a page's source; None if it is from elsewhere."""
        name, *parts = (source or "").split(" ")
        if name != ON_THIS_DAY or len(parts) != len(("language", "day", "date")) or _day(parts[2]) is None:
            return None
        month, _, day = parts[1].partition("-")
        return cls(parts[0], int(month), int(day)) if f"{month}{day}".isdecimal() else None

    def __str__(self) -> str:
        return f"{self.language} {self.month:02}-{self.day:02}"

    def source_of(self, date_of_page: date) -> str:
        """Return what the block of a page says about its source."""
        return f"{ON_THIS_DAY} {self} {date_of_page.isoformat()}"


@dataclass(frozen=True, slots=True)
class FeedSource:
    """The items that a page tells: the address of each feed, and the item's name; the first one leads.

    ``day`` is that of the page.
    """

    items: tuple[tuple[str, str], ...]
    day: date

    @classmethod
    def of(cls, source: str | None) -> "FeedSource | None":
        """Return what a page's block says; None if the page is from elsewhere."""
        name, *items, last = (source or "").split(" ") if source and " " in source else ("", "")
        day = _day(last)
        if name != FEEDS or not items or day is None:
            return None
        pairs = (item.partition("#") for item in items)
        return cls(tuple((address, unquote(name)) for address, _, name in pairs), day)

    def __str__(self) -> str:
        items = (f"{address}#{quote(name, safe='/:?&=@!$,;~+')}" for address, name in self.items)
        return " ".join((FEEDS, *items, self.day.isoformat()))

    @property
    def leader(self) -> str:
        """The address of the feed whose words the page has."""
        return self.items[0][0]

    def name_of(self, address: str) -> str | None:
        """Return the name of a feed's item."""
        return dict(self.items).get(address)

    def tells(self, address: str) -> bool:
        """Return whether this is, among others, an item of a feed."""
        return any(address == other for other, _ in self.items)

    def with_item(self, address: str, name: str) -> "FeedSource":
        """Return this with an item of a feed, by its newest name."""
        return replace(self, items=tuple((dict(self.items) | {address: name}).items())[:_MOST_ITEMS])


def item_name(item_id: str | None, headline: str) -> str:
    """Return the name of an item: its id, or a hash of its words."""
    return item_id or _WORDS + hashlib.sha256(" ".join(words(headline)).encode()).hexdigest()[:16]


def is_id(name: str | None) -> bool:
    """Return whether an item is named by an id, and not by its words."""
    return bool(name) and not str(name).startswith(_WORDS)


def day_of_any(source: str | None) -> date | None:
    """Return the day of a page's source, wherever it was fetched."""
    if WikipediaDay.of(source):
        return _day((source or "").split(" ")[-1])
    feed = FeedSource.of(source)
    return feed.day if feed else day_of_source(source)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
