"""Finds the events of other languages that a page is about which does not say itself what its lead article is about.

Pages of the *On this day* lists say it; ``build_events`` makes one event of those of a date. Starter pages and others
only name the article, and the facts about articles say what that is about: their **known item**. Such a page's event
and those that tell the same item in other languages on the same day are one; on the day before or after only if no
other event in the whole archive is about the item, so that it is the event itself, and no country or person. Where two
events tell the item in one language, nothing says which of them is meant, and all stay apart. No words are compared.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from bot.archive.inserts import LISTED, encode

_NEAR = timedelta(1)
_SET = "UPDATE page SET known_item = ?1 WHERE id = ?2 AND item IS NULL AND known_item IS NOT ?1"
_HAS_ANY = "SELECT EXISTS (SELECT 1 FROM page WHERE known_item IS NOT NULL)"
_IDS = f"SELECT id FROM page WHERE id IN {LISTED} AND known_item IS NOT NULL ORDER BY id"
# Few pages have a known item: all of them are looked through.
_IDS_NEAR = """
    SELECT page.id FROM page INDEXED BY page_by_known_item CROSS JOIN page_path USING (id)
    WHERE known_item IS NOT NULL AND date IN (
        SELECT date(day.value, distance.value || ' days') FROM json_each(?) AS day, json_each('[-1, 0, 1]') AS distance
    )
    ORDER BY page.id
"""
_PAGE = """
    SELECT known_item AS item, event_id, date FROM page JOIN page_path USING (id)
    WHERE id = ? AND known_item IS NOT NULL AND withdrawn IS NULL AND event_id IS NOT NULL
"""
_WITH_ITEM = "SELECT id FROM page WHERE item = :item UNION ALL SELECT id FROM page WHERE known_item = :item"
# The events that tell an item, on which days.
_TELLING = f"""
    SELECT event_id, date FROM ({_WITH_ITEM}) JOIN page_path USING (id) JOIN page USING (id)
    WHERE withdrawn IS NULL AND event_id IS NOT NULL
"""
_LANGUAGES = f"""
    SELECT DISTINCT event_id, language FROM page_path JOIN page USING (id)
    WHERE event_id IN {LISTED} AND withdrawn IS NULL
"""
_ITEMS = f"""
    SELECT DISTINCT coalesce(item, known_item) AS any_item FROM page_path JOIN page USING (id)
    WHERE date IN {LISTED} AND any_item IS NOT NULL
"""
# Where events have been joined across days that tell one of these items.
_DATES_JOINED = f"""
    SELECT DISTINCT event.date
    FROM (SELECT id FROM page WHERE item IN {LISTED} UNION ALL SELECT id FROM page WHERE known_item IN {LISTED})
    JOIN page_path USING (id) JOIN event ON event.id = event_id
    WHERE page_path.date <> event.date
"""
_WITH_KNOWN_ITEM = f"SELECT id, date FROM page JOIN page_path USING (id) WHERE known_item IN {LISTED}"


class _KnownPage(NamedTuple):
    """A page with a known item: the item, the page's event (id), and its date (ISO)."""

    item: str
    event_id: int
    date: str


def set_known_items(db: sqlite3.Connection, items: Iterable[tuple[int, str | None]]) -> None:
    """Store what the lead articles of pages (ids) are about; a page that says it itself needs no known item."""
    db.executemany(_SET, [(item, page_id) for page_id, item in items])


def known_pages(db: sqlite3.Connection, page_ids: Collection[int]) -> list[int]:
    """Return which of these pages (ids) have a known item."""
    return [row[0] for row in db.execute(_IDS, (encode(list(page_ids)),))]


def known_pages_near(db: sqlite3.Connection, dates: Collection[str]) -> list[int]:
    """Return the pages (ids) with a known item on these dates (ISO), the days before and the days after."""
    return [row[0] for row in db.execute(_IDS_NEAR, (encode(list(dates)),))]


def dates_joined(db: sqlite3.Connection, items: Collection[str]) -> set[str]:
    """Return the dates (ISO) of events that were joined across days and tell one of these items.

    Whether they may be depends on all pages that tell it.
    """
    return {row[0] for row in db.execute(_DATES_JOINED, (encode(list(items)),) * 2)} if items else set()


def dates_to_join(db: sqlite3.Connection, items: Collection[str]) -> set[str]:
    """Return the dates (ISO) of events that are one with others, now that fewer pages tell one of these items."""
    pages = db.execute(_WITH_KNOWN_ITEM, (encode(list(items)),)).fetchall() if items else ()
    return {day for page_id, day in pages if find_join(db, page_id)}


def items_of(db: sqlite3.Connection, dates: Collection[str]) -> set[str]:
    """Return the items that pages of these dates (ISO) tell; none if no page has a known item."""
    (has_any,) = db.execute(_HAS_ANY).fetchone()
    return {row[0] for row in db.execute(_ITEMS, (encode(list(dates)),))} if has_any else set()


def find_item_joins(db: sqlite3.Connection, page_ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of events (ids) that are the same: the first is that of one of these pages with a known item.

    The next pair is looked for only when it is asked for: the two have been made one by then.
    """
    for page_id in page_ids:
        while pair := find_join(db, page_id):
            yield pair


def find_join(db: sqlite3.Connection, page_id: int) -> tuple[int, int] | None:
    """Return the event of a page, and one of another language that is the same; None if none surely is."""
    row = db.execute(_PAGE, (page_id,)).fetchone()
    if row is None:
        return None
    page = _KnownPage(*row)
    days: dict[int, set[str]] = {}
    for event_id, day in db.execute(_TELLING, {"item": page.item}):
        days.setdefault(event_id, set()).add(day)
    own_days = days.pop(page.event_id)
    same = [event_id for event_id, dates in days.items() if page.date in dates]
    if not same and len(days) == len(own_days) == 1:
        same = [event_id for event_id, dates in days.items() if all(_are_near(page.date, day) for day in dates)]
    languages = [
        language for _, language in db.execute(_LANGUAGES, (encode([page.event_id, *same]),))
    ]  # fmt: skip
    return (page.event_id, min(same)) if same and len(set(languages)) == len(languages) else None


def _are_near(first: str, second: str) -> bool:
    return abs(date.fromisoformat(first) - date.fromisoformat(second)) <= _NEAR
