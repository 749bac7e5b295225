"""The archive as those who ask it see it: read-only, any number of questions at once."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from bot.archive import day_queries, event_queries, topic_queries
from bot.archive.answer_cache import AnswerCache
from bot.archive.database_file import open_for_writing
from bot.archive.forgotten_events import fingerprint
from bot.archive.ranking import CHINESE
from bot.archive.readers import Readers
from bot.archive.topic_names import TopicNames, match
from bot.domain.event import (
    ROUND,
    Candidate,
    Cursor,
    Event,
    Listing,
    RelatedEvent,
    Source,
    Stats,
    Topic,
    TopicOverview,
    TopicSort,
    TopicYears,
    is_key,
)
from bot.domain.preferences import Mutes, without_text
from bot.domain.text import fold, search_terms

# So many questions at once, half of them slow ones: however many of those there are, quick ones go on.
READERS = 4
ALL = -1
# So many answers are remembered, 15 kB each.
REMEMBERED = 128
# So many headlines and summaries are looked through for muted words in some milliseconds.
_READ = 25


class Part(TypedDict, total=False):
    """The part of a list that is asked for: at most ``limit`` events from ``offset`` on, or from where a turn leads."""

    limit: int
    offset: int
    cursor: Cursor | None


class Archive:
    """Answers questions from several read-only connections; sees what an import brings as soon as it is done.

    Where the best come first, those in one language do so before those in the other: ``prefer``, "en" or "zh", is the
    reader's; English where None.

    Use it as ``async with Archive(path) as archive``. Raises ArchiveError when the file cannot be read.
    """

    def __init__(self, path: Path, *, readers: int = READERS, cache_size: int = REMEMBERED) -> None:
        self._path = path
        self._recent: AnswerCache[Listing] = AnswerCache(path, most=cache_size)
        self._readers = Readers(path, count=readers)
        self.topics = TopicNames(self._ask)

    async def __aenter__(self) -> Self:
        open_for_writing(self._path).close()
        await self._readers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._readers.__aexit__(kind, error, trace)

    async def event(self, key: str) -> Event | None:
        """Return the event that ``key`` leads to, or None."""
        if not is_key(key):
            return None
        return await self._one(event_queries.EVENT, {"key": key})

    async def on_this_day(
        self,
        month_day: int,
        *,
        year: int | None = None,
        topic: str | None = None,
        prefer: str | None = None,
        **part: Unpack[Part],
    ) -> Listing:
        """Return events of a day of the year (``month * 100 + day``), best first; of a topic's name or key.

        ``prefer`` is the language, "en" or "zh", whose events come first; English where None.
        """
        asked: dict[str, Any] = {"month_day": month_day, "year": None if year is None else f"{year:04}"}
        if topic is None:
            return await self._list(event_queries.ON_THIS_DAY.prefer(prefer), asked, part)
        return await self._list(event_queries.ON_THIS_DAY_OF_TOPIC.prefer(prefer), asked | {"topic": fold(topic)}, part)

    async def topic(
        self,
        name: str,
        *,
        since: date | None = None,
        until: date | None = None,
        order: TopicSort = TopicSort.BEST,
        prefer: str | None = None,
        **part: Unpack[Part],
    ) -> Listing:
        """Return events of a topic (its name, key or acronym), ``since`` and ``until`` included.

        ``prefer`` is the language, "en" or "zh", whose events come first where the best do; English where None.
        """
        asked: dict[str, Any] = {"topic": fold(name)}
        if order is not TopicSort.BEST:
            return await self._list(_BY_DATE[order], asked | _between(since, until), part)
        if since is None and until is None:
            return await self._list(event_queries.OF_TOPIC.prefer(prefer), asked, part)
        return await self._list(event_queries.OF_TOPIC_BETWEEN.prefer(prefer), asked | _between(since, until), part)

    async def story(self, key: str, **part: Unpack[Part]) -> Listing:
        """Return the event that ``key`` leads to and those around it that share its rarest topics, the oldest first.

        At most 12; none if there is no such event, or it shares nothing with any other.
        """
        return await self._list(event_queries.STORY, {"story": key}, part)

    async def topic_overview(
        self,
        topic: str,
        *,
        since: date | None = None,
        until: date | None = None,
        closest: int = 5,
        prefer: str | None = None,
    ) -> TopicOverview | None:
        """Return what a topic (its key) looks like between two dates, and some topics close to it; None if empty.

        ``prefer`` is the language, "en" or "zh", whose events tell what is close, as long as there are enough of them.
        """
        asked = {"topic": topic, **_between(since, until)}
        years = await self._ask(topic_queries.GLANCE, asked, slow=True)
        if not years:
            return None
        near = await self._ask(topic_queries.CLOSEST.prefer(prefer), {"topic": topic, "limit": closest}, slow=True)
        *_, oldest, newest = years[0]
        return TopicOverview(
            years=tuple((year, count) for year, count, *_ in years),
            first_date=date.fromisoformat(oldest),
            last_date=date.fromisoformat(newest),
            closest=tuple(Topic(*row) for row in near),
        )

    async def search(self, typed: str, *, prefer: str | None = None, **part: Unpack[Part]) -> Listing:
        """Return events that have all of the words; whole words, or beginnings where none has the whole ones.

        Those that tell it in their headlines or topics come before those that do so in their summaries only; of each
        of these, those in the language ``prefer``, "en" or "zh", come first; English where None.
        """
        terms = search_terms(typed)
        if not terms:
            return Listing((), 0)
        for wanted in dict.fromkeys((match(terms), match([term.opened() for term in terms]))):
            asked = {"narrow": f"{{headline topics}} : ({wanted})", "wide": wanted}
            found = await self._list(event_queries.SEARCH.prefer(prefer), asked, part, slow=True)
            if found.total:
                break
        return replace(found, total_is_minimum=found.total >= event_queries.MOST_HITS)

    async def days_near(
        self, month_day: int, *, year: int | None = None, topic: str | None = None, later: bool, limit: int = 1
    ) -> list[tuple[int, int | None, int]]:
        """Return the nearest days with events before or after a day, nearest first.

        Each as (month * 100 + day, year, number of events); days of the year, or, with a ``year``, dates. ``topic`` is
        a topic's key.
        """
        statement = day_queries.near(dates=year is not None, topic=topic is not None, later=later)
        date_text = None if year is None else f"{year:04}-{month_day // 100:02}-{month_day % 100:02}"
        asked = {"month_day": month_day, "date": date_text, "topic": topic, "limit": limit}
        return [(day, of_year, events) for day, of_year, events in await self._ask(statement, asked)]

    async def candidates(  # noqa: PLR0913  (all that a subscription can ask for)
        self,
        month_days: Sequence[int],
        *,
        before: date,
        most: int,
        topic: str | None = None,
        language: str | None = None,
        prefer: str | None = None,
        shown: Mapping[str, int],
    ) -> tuple[list[Candidate], int]:
        """Return events of days of the year (month * 100 + day) from before a date, best first, and how many there are.

        Those returned are the ``most`` that were shown least often, full events before stubs, round anniversaries
        before others; and the best of all. ``topic`` is a topic's key; ``shown`` says how often events were shown, by
        any of their keys. ``language`` is that of all; ``prefer`` that of those which come first among their equals,
        "en" or "zh"; English where None.
        """
        asked = {
            "days": json.dumps(list(month_days)),
            "before": before.isoformat(),
            "most": most,
            "favoured": json.dumps([f"{before.year - years:04}" for years in ROUND]),
            "topic": topic,
            "language": language,
            "turned": CHINESE if prefer == "zh" else 0,
            "shown": json.dumps(dict(shown)),
        }
        rows = await self._ask(day_queries.CANDIDATES if topic is None else day_queries.CANDIDATES_OF_TOPIC, asked)
        found = [
            Candidate(key, date.fromisoformat(day), headline, bool(stub), times_shown)
            for key, day, headline, stub, times_shown, _ in rows
        ]
        return found, rows[0][-1] if rows else 0

    async def muted_among(self, keys: Iterable[str], muted: Mutes) -> frozenset[str]:
        """Return those of events, given by their keys, that have a topic or a word which a server has muted."""
        if not muted:
            return frozenset()
        rows = await self._ask(event_queries.TELLING, {"keys": json.dumps(list(keys))})
        hidden: set[str] = set()
        for number, (key, headline, summary, topics) in enumerate(rows, 1):
            if muted.match((headline, summary), topics=json.loads(topics)):
                hidden.add(key)
            if number % _READ == 0:
                # There may be thousands: others have their turn in between.
                await asyncio.sleep(0)
        return frozenset(hidden)

    async def veil(self, others: Sequence[RelatedEvent], muted: Mutes) -> tuple[RelatedEvent, ...]:
        """Return events with nothing but the dates of those that a server has muted."""
        hidden = await self.muted_among([other.key for other in others], muted)
        return tuple(without_text(other) if other.key in hidden else other for other in others)

    async def count_days(self, topic: str, *, before: date, language: str | None = None) -> int:
        """Return on how many days of the year a topic (its key) has events from before a date."""
        asked = {"topic": topic, "before": before.isoformat(), "language": language}
        ((number,),) = await self._ask(day_queries.DAYS_OF_TOPIC, asked)
        return int(number)

    async def topic_years(self, topic: str, *, most: int = 25, prefer: str | None = None) -> TopicYears | None:
        """Return the years of a topic (its name, key or acronym) that have events, and ``most`` notable events.

        Each of these is the best of its year; in the language ``prefer``, "en" or "zh", if the year has one in it;
        English where None. None if there is no such topic, or nothing about it.
        """
        asked = {"topic": fold(topic), "most": most}
        ((known, counts, notable),) = await self._ask(topic_queries.YEARS.prefer(prefer), asked, slow=True)
        if known is None or counts == "[]":
            return None
        return TopicYears(
            topic=Topic(*json.loads(known)),
            counts=tuple((year, events) for year, events in json.loads(counts)),
            notable=tuple(RelatedEvent(key, date.fromisoformat(day), what) for key, day, what in json.loads(notable)),
        )

    async def stats(self) -> Stats:
        """Return what the archive holds."""
        ((events, stubs, topics, prefer, last, languages),) = await self._ask(event_queries.STATS, {})
        return Stats(events, stubs, topics, _date(prefer), _date(last), json.loads(languages))

    async def best_event(self) -> Event | None:
        """Return the best event of all that have a page."""
        return await self._one(event_queries.BEST, {})

    async def images(self, *, limit: int) -> list[str]:
        """Return the addresses of the best events' images."""
        return [row[0] for row in await self._ask(event_queries.IMAGES, {"limit": limit})]

    async def keys_of(self, key: str) -> list[tuple[str, str]]:
        """Return all keys of the event that ``key`` leads to, each with the fingerprint of its headline."""
        if not is_key(key):
            return []
        rows = await self._ask(event_queries.KEYS_OF, {"key": key})
        return [(other, fingerprint(date.fromisoformat(day), headline)) for other, day, headline in rows if headline]

    async def _one(self, statement: str, asked: Mapping[str, Any]) -> Event | None:
        rows = await self._ask(statement, asked)
        return _event(rows[0]) if rows[0][0] is not None else None

    async def _list(self, statement: str, asked: Mapping[str, Any], part: Part, *, slow: bool = False) -> Listing:
        cursor = part.get("cursor")
        asked = {
            **asked,
            "limit": part.get("limit", ALL),
            "offset": part.get("offset", 0),
            "key": cursor.key if cursor else None,
            "step": cursor.step if cursor else None,
        }
        question = (statement, *asked.items())
        if known := self._recent.get(question):
            return known
        moment = self._recent.moment
        rows = await self._ask(statement, asked, slow=slow)
        *_, total, topic, position, anchor_found, menu_page = rows[0]
        listing = Listing(
            events=tuple(_event(row) for row in rows if row[0] is not None),
            total=total,
            topic=Topic(*json.loads(topic)) if topic else None,
            position=position,
            anchor_found=bool(anchor_found),
            menu_page=tuple(
                RelatedEvent(key, date.fromisoformat(day), what) for key, day, what in json.loads(menu_page)
            ),
        )
        if len(listing.events) <= 1:
            self._recent.put(question, listing, since=moment)
        return listing

    async def _ask(self, statement: str, asked: Mapping[str, Any], *, slow: bool = False) -> Sequence[Sequence[Any]]:
        return await self._readers.ask(statement, asked, slow=slow)


_BY_DATE = {
    TopicSort.OLDEST: event_queries.OF_TOPIC_OLDEST,
    TopicSort.NEWEST: event_queries.OF_TOPIC_NEWEST,
}


def _between(since: date | None, until: date | None) -> dict[str, str]:
    return {"since": (since or date.min).isoformat(), "until": (until or date.max).isoformat()}


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _event(row: Sequence[Any]) -> Event:
    key, path, day, headline, summary, sources, image, topics, related, language, stub, *_ = row
    return Event(
        key=key,
        path=path,
        date=date.fromisoformat(day),
        headline=headline,
        summary=summary,
        sources=tuple(Source(name, url) for name, url in json.loads(sources)),
        image=image,
        topics=tuple(json.loads(topics)),
        related=tuple(
            RelatedEvent(other, date.fromisoformat(when), what, tuple(shared))
            for other, when, what, shared in json.loads(related)
        ),
        language=language,
        stub=bool(stub),
    )
