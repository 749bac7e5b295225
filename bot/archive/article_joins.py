"""Finds the events of other pages that a page with an article of its own is about: starter pages, and *On this day*.

Such a page names the article first. Its words are its own, so that headlines alone seldom show what it tells. An event
on the same day (or a day before or after: clocks differ) that links that article is the same, if it also tells the
same: the article may be of a person, a country or a long story, and others of these days may link it too. Where both
name the article first, few words are enough.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from bot.archive.inserts import LISTED, encode
from bot.domain.article import article_name
from bot.domain.text import fold, words

_HAS_OTHERS = "SELECT EXISTS (SELECT 1 FROM page WHERE origin <> 'seed')"
# The pages of some dates (JSON) that name an article of their own: starter pages first.
_PAGES = f"""
    SELECT id, date, page.headline, coalesce(summary, '') AS summary, sources ->> '$[0][1]' AS url,
        origin = 'seed' AS is_starter
    FROM page_path JOIN page USING (id)
    WHERE date IN {LISTED} AND (origin = 'seed' OR item IS NOT NULL) AND withdrawn IS NULL AND url IS NOT NULL
    ORDER BY is_starter DESC, id
"""
_EVENT_OF = "SELECT event_id FROM page_path WHERE id = :page AND event_id IS NOT NULL"
# The event of a page, and whether it has been joined with one of each kind.
_OWN_EVENT = """
    SELECT event_id, EXISTS (
        SELECT 1 FROM page_path AS other JOIN page USING (id) WHERE other.event_id = own.event_id AND item IS NOT NULL
    ) AS has_list_page, EXISTS (
        SELECT 1 FROM page_path AS other JOIN page USING (id)
        WHERE other.event_id = own.event_id AND origin <> 'seed' AND item IS NULL
    ) AS has_other_page
    FROM page_path AS own WHERE id = :page AND event_id IS NOT NULL
"""
_HAS_TOPIC = """
    EXISTS (
        SELECT 1 FROM event_topic JOIN topic ON topic.id = topic_id
        WHERE event_topic.event_id = {event_id} AND topic.folded = :article
    )
"""
# How many pages of the same kind name an article, as a topic or a source; and how many from :first to :last.
_COUNT_STARTER_PAGES = f"""
    SELECT count(*), coalesce(sum(date BETWEEN :first AND :last), 0) FROM page JOIN page_path USING (id)
    WHERE origin = 'seed' AND (instr(sources, :quoted_url) OR {_HAS_TOPIC.format(event_id="page_path.event_id")})
"""
_COUNT_LIST_PAGES = """
    SELECT count(*), coalesce(sum(date BETWEEN :first AND :last), 0) FROM page JOIN page_path USING (id)
    WHERE item IS NOT NULL AND sources ->> '$[0][1]' = :url
"""
_PAGES_OF_EVENT = "SELECT 1 FROM page_path JOIN page USING (id) WHERE event_id = event.id AND"
# Events of these days that link the article, and have no page of the same kind; and whether an *On this day* page of
# theirs names it first.
_LINKING = f"""
    SELECT id, date, headline, EXISTS (
        {_PAGES_OF_EVENT} item IS NOT NULL AND sources ->> '$[0][1]' = :url
    ) AS names_it_first
    FROM event
    WHERE date BETWEEN :first AND :last AND (instr(sources, :quoted_url) OR {_HAS_TOPIC.format(event_id="event.id")})
    AND id <> ({_EVENT_OF}) AND NOT EXISTS ({_PAGES_OF_EVENT} origin = 'seed')
    AND (:is_starter OR NOT EXISTS ({_PAGES_OF_EVENT} item IS NOT NULL))
"""

# Words are compared by their beginnings, this long: Iraq and Iraqi, resigns and resigned.
_STEM = 5
_SHORTEST = 3
# How many words, besides those of the article's title, both must have, and how many more than the next best event.
_SHARED, _MARGIN = 3, 2
# On another day than the starter page's.
_SHARED_ELSEWHEN = 8


class _OwnPage(NamedTuple):
    """A page with an article of its own: its day, headline and summary, and the folded title of the article."""

    day: date
    text: str
    article: str


class _LinkingEvent(NamedTuple):
    """An event that links the article: its id, its date and its headline."""

    id: int
    day: date
    headline: str


def find_joins(db: sqlite3.Connection, dates: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of events (ids) near these dates (ISO) that are the same: the first has a page with its own article.

    The next pair is looked for only when it is asked for: the two have been made one by then.
    """
    (has_others,) = db.execute(_HAS_OTHERS).fetchone()
    if not has_others:
        return
    near = sorted({near_day for day in dates for near_day in _days_around(day)})
    for page_id, day, headline, summary, url, is_starter in db.execute(_PAGES, (encode(near),)).fetchall():
        name = article_name(url)
        if name is None:
            continue
        article = fold(name.title)
        first, _, last = _days_around(day)
        # The address also as it stands in the sources' JSON.
        params = {
            "page": page_id, "first": first, "last": last, "article": article, "url": url,
            "quoted_url": encode(url), "is_starter": is_starter,
        }  # fmt: skip
        page = _OwnPage(date.fromisoformat(day), f"{headline} {summary}", article)
        # An event is joined with one that names its article first, and with one that only links it.
        for names_it_first in (True, False) if is_starter else (False,):
            event_id, has_list_page, has_other_page = db.execute(_OWN_EVENT, params).fetchone() or (None, True, True)
            if event_id is None or (has_list_page if names_it_first else has_other_page):
                continue
            chosen = _choose(db, page, params, names_it_first=names_it_first)
            if chosen is not None:
                yield event_id, chosen


def _days_around(day: str) -> tuple[str, str, str]:
    """Return the day before a date (ISO), the date and the day after; at the ends of the calendar itself instead."""
    middle = date.fromisoformat(day)
    before = middle - timedelta(1) if middle > date.min else middle
    after = middle + timedelta(1) if middle < date.max else middle
    return before.isoformat(), day, after.isoformat()


def _choose(
    db: sqlite3.Connection, page: _OwnPage, params: dict[str, str | int], *, names_it_first: bool
) -> int | None:
    """Return the id of the event that a page is about; None if none of them surely is."""
    linking = [
        _LinkingEvent(event_id, date.fromisoformat(day), headline)
        for event_id, day, headline, is_first in db.execute(_LINKING, params) if bool(is_first) == names_it_first
    ]  # fmt: skip
    if not linking:
        return None
    count = _COUNT_STARTER_PAGES if params["is_starter"] else _COUNT_LIST_PAGES
    naming, naming_then = db.execute(count, params).fetchone()
    if naming_then != 1:
        return None
    least = _Least(1, _SHARED) if names_it_first else _Least(_SHARED, _SHARED_ELSEWHEN)
    same_day = [event for event in linking if event.day == page.day]
    if same_day:
        return _best(page, same_day, least=least.same_day)
    return _best(page, linking, least=least.elsewhen) if naming == 1 and len(linking) == 1 else None


class _Least(NamedTuple):
    """How many words, besides those of the article's title, both must have on the same day, and on another one."""

    same_day: int
    elsewhen: int


def _best(page: _OwnPage, events: Iterable[_LinkingEvent], *, least: int) -> int | None:
    own = _stems(page.text) - _stems(page.article)
    ranked = sorted(((len(own & _stems(event.headline)), event.id) for event in events), reverse=True)
    (shared, event_id), *others = ranked
    if shared < least or (others and shared < others[0][0] + _MARGIN):
        return None
    return event_id


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in words(fold(text)) if len(word) >= _SHORTEST}
