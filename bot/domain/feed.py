"""A feed that an operator has added, and what its document says: values only. Pure."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

# Items that one visit looks at, at most.
MOST_ITEMS = 200
# Dates before this are slips or defaults of a program's, not dates of news.
_FIRST_DATE = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed in the ledger: its address, its publisher's name, the language of its items, minutes between visits."""

    address: str
    name: str
    language: str
    every: int
    added: datetime


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An item of a feed's document, as plain text.

    ``id`` is None where the item has none, or one that repeats within the document; ``link`` is the article's own
    address where the feed gives it, and ``is_own_link`` says whether that leads to this item alone. ``published`` is
    when it was, in UTC.
    """

    headline: str
    summary: str | None = None
    link: str | None = None
    is_own_link: bool = True
    id: str | None = None
    published: datetime | None = None
    image: str | None = None
    categories: tuple[str, ...] = ()

    def day(self, today: date) -> date:
        """Return the day of this item; today for one without a date, or with an impossible one."""
        return self.dated(today) or today

    def dated(self, today: date) -> date | None:
        """Return the day that the item says; None without one, and for one after tomorrow or before 2000."""
        day = self.published.astimezone(UTC).date() if self.published else None
        return day if day and _FIRST_DATE <= day <= today + timedelta(1) else None

    def without_id(self) -> "FeedItem":
        """Return this item with an id that says nothing."""
        return replace(self, id=None)


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What an address answered, read as a feed.

    ``kind`` says how: ``feed``, ``html`` (a page for people; ``alternates`` are the feeds that it names), or ``other``.
    ``total`` is how many items there are; ``items`` has the newest of them. ``unread`` have neither title nor text.
    """

    kind: str
    title: str | None = None
    language: str | None = None
    home: str | None = None
    items: tuple[FeedItem, ...] = ()
    total: int = 0
    unread: int = 0
    alternates: tuple[str, ...] = ()
