"""Finds the events of other pages that starter pages are about, by the article that a starter page names first.

The starter's words are its own, so that headlines alone seldom show it. An event on the same day (or a day before or
after: clocks differ) that links that article is the same, if it also tells the same: the article may be of a person, a
country or a long story, and others of these days may link it too.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from bot.archive.inserts import LISTED, encode
from bot.domain.page import STARTER_SOURCE
from bot.domain.text import fold, words

_HAS_OTHERS = "SELECT EXISTS (SELECT 1 FROM page WHERE origin <> 'seed')"
# Starter pages of some dates (JSON) that are an event by themselves so far.
_STARTER_PAGES = f"""
    SELECT event_id, date, page.headline, coalesce(summary, '') AS summary, sources
    FROM page_path JOIN page USING (id)
    WHERE origin = 'seed' AND date IN {LISTED} AND NOT EXISTS (
        SELECT 1 FROM page_path AS other JOIN page USING (id)
        WHERE other.event_id = page_path.event_id AND origin <> 'seed'
    )
"""
_HAS_TOPIC = """
    EXISTS (
        SELECT 1 FROM event_topic JOIN topic ON topic.id = topic_id
        WHERE event_topic.event_id = {event_id} AND topic.folded = :article
    )
"""
# How many starter pages name an article, as a topic or a source; and how many on the days from :first to :last.
_COUNT_NAMING = f"""
    SELECT count(*), coalesce(sum(date BETWEEN :first AND :last), 0) FROM page JOIN page_path USING (id)
    WHERE origin = 'seed' AND (instr(sources, :url) OR {_HAS_TOPIC.format(event_id="page_path.event_id")})
"""
# Other pages' events of these days that link the article.
_LINKING = f"""
    SELECT id, date, headline FROM event
    WHERE date BETWEEN :first AND :last AND (instr(sources, :url) OR {_HAS_TOPIC.format(event_id="event.id")})
    AND NOT EXISTS (SELECT 1 FROM page_path JOIN page USING (id) WHERE event_id = event.id AND origin = 'seed')
"""

# Words are compared by their beginnings, this long: Iraq and Iraqi, resigns and resigned.
_STEM = 5
_SHORTEST = 3
# How many words, besides those of the article's title, both must have, and how many more than the next best event.
_SHARED, _MARGIN = 3, 2
# On another day than the starter page's.
_SHARED_ELSEWHEN = 8


class _StarterPage(NamedTuple):
    """A starter page: its headline and summary, and the folded title of the article that it names first."""

    day: date
    text: str
    article: str


class _LinkingEvent(NamedTuple):
    """An event that links the article: its id, its date and its headline."""

    id: int
    day: date
    headline: str


def find_joins(db: sqlite3.Connection, dates: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield the events of starter pages near these dates (ISO), and of each the event of other pages that it is.

    Both are ids. The next pair is looked for only when it is asked for: the two may have been made one by then.
    """
    (has_others,) = db.execute(_HAS_OTHERS).fetchone()
    if not has_others:
        return
    near = sorted({near_day for day in dates for near_day in _days_around(day)})
    for event_id, day, headline, summary, sources in db.execute(_STARTER_PAGES, (encode(near),)).fetchall():
        name, url = next(iter(json.loads(sources)), ("", ""))
        if not name.startswith(STARTER_SOURCE):
            continue
        article = fold(name.removeprefix(STARTER_SOURCE))
        first, _, last = _days_around(day)
        # As the address stands in the sources' JSON.
        params = {"first": first, "last": last, "article": article, "url": encode(url)}
        linking = [_LinkingEvent(row[0], date.fromisoformat(row[1]), row[2]) for row in db.execute(_LINKING, params)]
        if not linking:
            continue
        naming, naming_then = db.execute(_COUNT_NAMING, params).fetchone()
        page = _StarterPage(date.fromisoformat(day), f"{headline} {summary}", article)
        chosen = _choose(page, linking, only_here=naming == 1) if naming_then == 1 else None
        if chosen is not None:
            yield event_id, chosen


def _days_around(day: str) -> tuple[str, str, str]:
    """Return the day before a date (ISO), the date and the day after; at the ends of the calendar itself instead."""
    middle = date.fromisoformat(day)
    before = middle - timedelta(1) if middle > date.min else middle
    after = middle + timedelta(1) if middle < date.max else middle
    return before.isoformat(), day, after.isoformat()


def _choose(page: _StarterPage, linking: Sequence[_LinkingEvent], *, only_here: bool) -> int | None:
    """Return the id of the event that a starter page is about; None if none of them surely is.

    ``only_here`` says that no other starter page names the article, on whatever day.
    """
    same_day = [event for event in linking if event.day == page.day]
    if same_day:
        return _best(page, same_day, least=_SHARED)
    return _best(page, linking, least=_SHARED_ELSEWHEN) if only_here and len(linking) == 1 else None


def _best(page: _StarterPage, events: Iterable[_LinkingEvent], *, least: int) -> int | None:
    own = _stems(page.text) - _stems(page.article)
    ranked = sorted(((len(own & _stems(event.headline)), event.id) for event in events), reverse=True)
    (shared, event_id), *others = ranked
    if shared < least or (others and shared < others[0][0] + _MARGIN):
        return None
    return event_id


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in words(fold(text)) if len(word) >= _SHORTEST}
