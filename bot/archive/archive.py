"""The archive, read-only: every question that the bot and the shell ask it."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypedDict, Unpack

from bot.archive import day_queries, event_queries, list_queries, topic_queries
from bot.archive.answer_cache import AnswerCache, size_of_texts
from bot.archive.database_file import open_for_writing, remove_wal
from bot.archive.forgotten_events import fingerprint
from bot.archive.known_names import KNOWN_NAMES, names_in, possible_names
from bot.archive.notability import DAYS_AFTER, DAYS_BEFORE
from bot.archive.readers import Connect, Readers, connect_in_thread
from bot.archive.rows import (
    Row,
    event_from_row,
    notability_of,
    optional_date,
    page_from_row,
    related_events,
    topic_from_json,
    topic_from_row,
)
from bot.archive.search import EventSearch, SearchResult
from bot.archive.subjects import (
    NEWS_OF_SUBJECT,
    SEEN_EVENTS,
    WORDS_OF_DATES,
    WORDS_OF_SEEN,
    SubjectSearches,
    seen_event_from_row,
)
from bot.archive.topic_names import TopicNames
from bot.archive.wordings import Wordings
from bot.domain.errors import ArchiveError
from bot.domain.event import (
    ROUND_ANNIVERSARIES,
    Candidate,
    Cursor,
    Event,
    Listing,
    NewsCandidate,
    NewsDay,
    RelatedEvent,
    Stats,
    TopicOverview,
    TopicSort,
    TopicYears,
)
from bot.domain.page import Page, is_key
from bot.domain.preferences import Mutes, without_text
from bot.domain.subject import SeenEvent, Subject, SubjectTerm
from bot.domain.text import fold
from bot.domain.topic_forms import topic_form

# Connections, half of them for slow questions: however many of those there are, quick ones are answered.
READERS = 4
# As a limit: all events.
ALL = -1
# The memory of remembered answers, in bytes. Most people ask for today, in a few languages; a list takes some 15 kB, a
# screen some 120 kB, what a search has found up to 60 kB.
CACHE_SIZE = 6 * 1024 * 1024
# The shares of lists, of screens and of searches.
_SHARES = (1 / 3, 1 / 2, 1 / 6)
# What an event or a mention of one takes beside its texts.
_EVENT, _KEY = 800, 70
# Texts that are checked for muted words before other tasks get their turn: that takes some milliseconds.
_CHECKED_AT_ONCE = 25


class ListPart(TypedDict, total=False):
    """The part of a list to return: at most ``limit`` events, from ``offset`` on or from where a ``cursor`` leads."""

    limit: int
    offset: int
    cursor: Cursor | None


class DayCount(NamedTuple):
    """A day of the year (month * 100 + day), or a date with its ``year``, and how many events it has."""

    month_day: int
    year: int | None
    events: int


class Archive:
    """Answers questions over several read-only connections; an import that commits shows in the next answer.

    ``prefer`` is the language ("en", "zh" …) whose events come first wherever the best do; English where it is None or
    the archive has no event in it. ``screens`` is a cache for those who make screens of its answers; like that of the
    answers, it is emptied when the archive changes. ``connect`` opens each of the ``readers`` connections.

    Use it as ``async with Archive(path) as archive``. Raises ArchiveError when the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        readers: int = READERS,
        cache_size: int = CACHE_SIZE,
        connect: Connect = connect_in_thread,
    ) -> None:
        self._path = path
        # Lists by their statement and its parameters.
        lists, screens, searches = (int(cache_size * share) for share in _SHARES)
        self._lists: AnswerCache[Listing] = AnswerCache(path, size=lists)
        self.screens: AnswerCache[Any] = AnswerCache(path, size=screens)
        self._readers = Readers(path, count=readers, connect=connect)
        self.topics = TopicNames(self._rows)
        self.event_search = EventSearch(self._rows)
        self._subject_searches = SubjectSearches(self._rows)
        self._wordings = Wordings(self._rows, path)
        self._found: AnswerCache[SearchResult] = AnswerCache(path, size=searches)

    async def __aenter__(self) -> Self:
        open_for_writing(self._path).close()
        await self._readers.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._readers.__aexit__(kind, error, trace)
        remove_wal(self._path)

    @property
    def fault(self) -> ArchiveError | None:
        """What is wrong with the file in its place, and what to do; None if all is well."""
        return self._readers.fault

    @property
    def changed_at(self) -> float:
        """When the file was last written, in seconds since 1970. Raises OSError."""
        return self._path.stat().st_mtime

    async def check(self) -> None:
        """Look whether the file is in its place and can be read; ``fault`` says so."""
        await self._readers.check()

    @property
    def remembered(self) -> int:
        """How many bytes the remembered answers take, about."""
        return self._lists.taken + self.screens.taken + self._found.taken

    async def event(self, key: str, *, prefer: str | None = None) -> Event | None:
        """Return the event that ``key`` leads to, in the language ``prefer`` if it has a wording in it; or None."""
        event = await self._event(event_queries.EVENT, {"key": key}) if is_key(key) else None
        return await self._wordings.in_event(event, prefer) if event else None

    async def is_withdrawn(self, key: str) -> bool:
        """Return whether the event under ``key`` is left out because its source has withdrawn it."""
        rows = await self._rows(event_queries.IS_WITHDRAWN, {"key": key}) if is_key(key) else []
        return any(row["is_withdrawn"] for row in rows)

    async def best_event(self) -> Event | None:
        """Return the best event of all that have a page, or None."""
        return await self._event(event_queries.BEST_EVENT, {})

    async def best_with_image(self) -> Event | None:
        """Return the best event that has an image and comes first on its date, or None."""
        return await self._event(event_queries.BEST_WITH_IMAGE, {})

    async def on_this_day(
        self,
        month_day: int,
        *,
        year: int | None = None,
        topic: str | None = None,
        prefer: str | None = None,
        **part: Unpack[ListPart],
    ) -> Listing:
        """Return events of a day of the year (``month * 100 + day``), of a ``topic`` (its name or key), best first."""
        params: dict[str, Any] = {
            "month_day": month_day,
            "year": None if year is None else f"{year:04}",
            "prefer": prefer,
        }
        if topic is None:
            return await self._list(list_queries.ON_THIS_DAY, params, part)
        return await self._list(list_queries.ON_THIS_DAY_OF_TOPIC, params | _topic_params(topic), part)

    async def topic(
        self,
        name: str,
        *,
        since: date | None = None,
        until: date | None = None,
        sort: TopicSort = TopicSort.BEST,
        prefer: str | None = None,
        **part: Unpack[ListPart],
    ) -> Listing:
        """Return events of a topic (its name, key or acronym), ``since`` and ``until`` included."""
        params: dict[str, Any] = {**_topic_params(name), "prefer": prefer}
        if sort is TopicSort.BEST and since is None and until is None:
            return await self._list(list_queries.OF_TOPIC, params, part)
        return await self._list(_TOPIC_LISTS[sort], params | _between(since, until), part)

    async def story(self, key: str, *, prefer: str | None = None, **part: Unpack[ListPart]) -> Listing:
        """Return the event that ``key`` leads to and those around it that share its rarest topics, the oldest first.

        At most 12; none if there is no such event, or it shares nothing with any other.
        """
        return await self._list(list_queries.STORY, {"story": key, "prefer": prefer}, part)

    async def news(
        self, *, since: date, until: date, topic: str | None = None, prefer: str | None = None, **part: Unpack[ListPart]
    ) -> Listing:
        """Return events from one date to another (of a ``topic``, its key), day by day, the newest first."""
        params: dict[str, Any] = {"prefer": prefer, **_between(since, until)}
        if topic is None:
            return await self._list(list_queries.OF_DAYS, params, part)
        return await self._list(list_queries.OF_DAYS_OF_TOPIC, params | _topic_params(topic), part)

    async def newest_date(self, *, until: date) -> date | None:
        """Return the newest date until a date that has events; None if there is none."""
        (row,) = await self._rows(event_queries.NEWEST_DATE, {"until": until.isoformat()})
        return optional_date(row["date"])

    async def newest_days(
        self, *, until: date, days: int, per_day: int, topic: str | None = None, prefer: str | None = None
    ) -> list[NewsDay]:
        """Return the newest ``days`` dates until a date that have events, of a ``topic`` (its key), newest first."""
        params = {"until": until.isoformat(), "days": days, "per_day": per_day, "topic": topic, "prefer": prefer}
        rows = await self._rows(day_queries.NEWEST_DAYS if topic is None else day_queries.NEWEST_DAYS_OF_TOPIC, params)
        events = await self._wordings.in_names(related_events(f"[{','.join(row['event'] for row in rows)}]"), prefer)
        totals = {event.date: row["events"] for event, row in zip(events, rows, strict=True)}
        return [
            NewsDay(day, total, tuple(event for event in events if event.date == day)) for day, total in totals.items()
        ]

    async def search(self, words: str, *, prefer: str | None = None, **part: Unpack[ListPart]) -> Listing:
        """Return events that have all of the words, in any form; if those are few, then events that have most of them.

        ``exact`` of the listing says how many have all. The best come first: what the words say about them, times how
        notable they are.
        """
        question = (words, prefer)
        found = self._found.get(question)
        if found is None:
            version = self._found.version
            found = await self.event_search.find(words, prefer=prefer)
            self._found.put(question, found, version=version, size=_KEY * len(found.keys))
        if not found.keys:
            return Listing((), 0, exact=0)
        params = {"found": json.dumps(found.keys), "prefer": prefer}
        listing = await self._list(list_queries.SEARCH, params, part, slow=True)
        return replace(listing, total_is_minimum=found.is_limited, exact=found.exact)

    async def nearest_days(
        self, month_day: int, *, year: int | None = None, topic: str | None = None, later: bool, limit: int = 1
    ) -> list[DayCount]:
        """Return the nearest days of the year, or with a ``year`` the nearest dates, that have events, nearest first.

        They are before a day (month * 100 + day), or ``later``; with a ``topic`` (its key), only its events count.
        """
        statement = day_queries.nearest_days(dates=year is not None, topic=topic is not None, later=later)
        day = None if year is None else f"{year:04}-{month_day // 100:02}-{month_day % 100:02}"
        rows = await self._rows(statement, {"month_day": month_day, "date": day, "topic": topic, "limit": limit})
        return [DayCount(row["month_day"], row["year"], row["events"]) for row in rows]

    async def candidates(  # noqa: PLR0913  (all that a subscription can ask for)
        self,
        month_days: Sequence[int],
        *,
        before: date,
        most: int,
        times_shown: Mapping[str, int],
        topic: str | None = None,
        language: str | None = None,
        prefer: str | None = None,
    ) -> tuple[list[Candidate], int]:
        """Return events of days of the year (month * 100 + day) from before a date, best first, and how many there are.

        Returned are the ``most`` that were shown least often, full events before stubs, round anniversaries before
        others; and the best of all. ``times_shown`` says how often events were shown, by the beginnings of any of their
        keys; ``topic`` is a topic's key; ``language`` that of all events.
        """
        params = {
            "month_days": json.dumps(list(month_days)),
            "before": before.isoformat(),
            "most": most,
            "favoured_years": json.dumps([f"{before.year - years:04}" for years in ROUND_ANNIVERSARIES]),
            "topic": topic,
            "language": language,
            "prefer": prefer,
            "times_shown": json.dumps(dict(times_shown)),
        }
        rows = await self._rows(day_queries.CANDIDATES if topic is None else day_queries.CANDIDATES_OF_TOPIC, params)
        return await self._candidates(rows, language or prefer)

    async def news_candidates(
        self, day: date, *, seen_before: datetime, most: int, language: str | None = None, prefer: str | None = None
    ) -> tuple[list[Candidate], int]:
        """Return the ``most`` best events of a date, full events before stubs, and how many there are.

        Left out is what was first seen after a moment: its text may still change.
        """
        params = {
            "date": day.isoformat(),
            "seen_before": _seen(seen_before),
            "most": most,
            "language": language,
            "prefer": prefer,
        }
        return await self._candidates(await self._rows(day_queries.NEWS, params), language or prefer)

    async def _candidates(self, rows: Sequence[Row], language: str | None) -> tuple[list[Candidate], int]:
        """Return candidates from their rows, in a language as far as they have wordings in it, and the pool's size."""
        candidates = [
            Candidate(
                key=row["key"],
                date=date.fromisoformat(row["date"]),
                headline=row["headline"],
                stub=bool(row["stub"]),
                times_shown=row["times_shown"],
                credit=row["credit"],
            )
            for row in rows
        ]
        named = await self._wordings.in_names(candidates, language)
        return list(named), rows[0]["pool_size"] if rows else 0

    async def subject_news(
        self,
        subject: Subject,
        *,
        seen_after: datetime,
        seen_before: datetime,
        since: date = date.min,
        language: str | None = None,
        prefer: str | None = None,
    ) -> list[NewsCandidate]:
        """Return all events about a subject that were first seen after a moment and not after another, best first.

        No stubs, and whatever a server has muted. ``since`` passes over what is dated before, at no cost: much may have
        been fetched long after it happened. ``language`` is that of all events.
        """
        params = {"seen_after": _seen(seen_after), "seen_before": _seen(seen_before), "since": since.isoformat()}
        found = await self._subject_searches.find(subject, WORDS_OF_SEEN, params)
        params |= {"topics": _topic_keys(subject), "found": json.dumps(found)}
        rows = await self._rows(NEWS_OF_SUBJECT, {**params, "language": language, "prefer": prefer}, slow=True)
        candidates = [
            NewsCandidate(
                key=row["key"],
                date=date.fromisoformat(row["date"]),
                headline=row["headline"],
                stub=False,
                credit=row["credit"],
                seen=datetime.fromisoformat(row["seen"]),
                keys=tuple(dict.fromkeys((row["key"], *json.loads(row["keys"])))),
            )
            for row in rows
        ]
        return list(await self._wordings.in_names(candidates, language or prefer))

    async def window(
        self, subject: Subject, *, since: date, until: date, prefer: str | None = None, **part: Unpack[ListPart]
    ) -> Listing:
        """Return events about a subject that are dated from ``since`` to ``until``, both included, best first."""
        found = await self._found_between(subject, since, until) if subject.searches else ()
        params = {"topics": _topic_keys(subject), "found": json.dumps(found), "prefer": prefer}
        return await self._list(list_queries.OF_SUBJECT, params | _between(since, until), part, slow=True)

    async def _found_between(self, subject: Subject, since: date, until: date) -> Sequence[str]:
        """Return the keys of the events from one date to another that answer a subject's searches."""
        question = (subject.key, since, until)
        result = self._found.get(question)
        if result is None:
            version = self._found.version
            keys = await self._subject_searches.find(subject, WORDS_OF_DATES, _between(since, until))
            result = SearchResult(tuple(keys), exact=len(keys))
            self._found.put(question, result, version=version, size=_KEY * len(keys))
        return result.keys

    async def seen_events(self, *, after: datetime, most: int, since: date = date.min) -> list[SeenEvent]:
        """Return the first ``most`` events that were first seen after a moment, the oldest first, no stubs.

        There are more of them where several were seen in the same second as the last: the next question, for what was
        seen after it, leaves none out. ``since`` passes over what is dated before.

        An event comes into the archive some time after it was seen, and another source's, seen later, may be there
        already: those who go on from the last one should go back a little.
        """
        params = {"after": _seen(after), "most": most, "since": since.isoformat()}
        return [seen_event_from_row(row) for row in await self._rows(SEEN_EVENTS, params, slow=True)]

    async def subject_terms(self, subject: Subject) -> list[SubjectTerm]:
        """Return the rows by which a subject is found from the terms that ``seen_events`` have.

        They follow from the subject and the languages of the archive's events, and from no event.
        """
        return await self._subject_searches.terms(subject)

    async def count_days(self, topic: str, *, before: date, language: str | None = None) -> int:
        """Return on how many days of the year a topic (its key) has events from before a date."""
        params = {"topic": topic, "before": before.isoformat(), "language": language}
        (row,) = await self._rows(day_queries.COUNT_DAYS_OF_TOPIC, params)
        return int(row["days"])

    async def topic_overview(
        self,
        topic: str,
        *,
        since: date | None = None,
        until: date | None = None,
        closest: int = 5,
        prefer: str | None = None,
    ) -> TopicOverview | None:
        """Return a topic (its key) at a glance between two dates, with some topics close to it; None if it is empty."""
        years = await self._rows(topic_queries.EVENTS_BY_YEAR, {"topic": topic, **_between(since, until)}, slow=True)
        if not years:
            return None
        params = {"topic": topic, "limit": closest, "prefer": prefer}
        topics = await self._rows(topic_queries.CLOSEST_TOPICS, params, slow=True)
        return TopicOverview(
            years=tuple((row["year"], row["events"]) for row in years),
            first_date=date.fromisoformat(years[0]["first_date"]),
            last_date=date.fromisoformat(years[0]["last_date"]),
            closest=tuple(map(topic_from_row, topics)),
        )

    async def topic_years(self, topic: str, *, most: int = 25, prefer: str | None = None) -> TopicYears | None:
        """Return the years of a topic (its name, key or acronym) that have events, and ``most`` notable events.

        Each notable event is the best of its year. None if there is no such topic, or nothing about it.
        """
        params = {**_topic_params(topic), "most": most, "prefer": prefer}
        (row,) = await self._rows(topic_queries.TOPIC_YEARS, params, slow=True)
        counts = tuple((year, events) for year, events in json.loads(row["counts"]))
        target = topic_from_json(row["topic"])
        if target is None or not counts:
            return None
        notable = await self._wordings.in_names(related_events(row["notable"]), prefer)
        return TopicYears(topic=target, counts=counts, notable=notable)

    async def why(self, key: str) -> dict[str, float]:
        """Return the points that make the event that ``key`` leads to as notable as it is, by their names."""
        params = {"key": key, "before": f"-{DAYS_BEFORE} days", "after": f"+{DAYS_AFTER} days"}
        rows = await self._rows(event_queries.WHY, params) if is_key(key) else []
        return notability_of(rows[0]) if rows else {}

    async def stats(self) -> Stats:
        """Return what the archive holds."""
        (row,) = await self._rows(event_queries.STATS, {})
        return Stats(
            events=row["events"],
            stubs=row["stubs"],
            starter=row["starter"],
            topics=row["topics"],
            first_date=optional_date(row["first_date"]),
            last_date=optional_date(row["last_date"]),
            languages=json.loads(row["languages"]),
        )

    async def images(self, *, limit: int) -> list[str]:
        """Return the addresses of the best events' images."""
        return [row["image"] for row in await self._rows(event_queries.IMAGES, {"limit": limit})]

    async def keys_of(self, key: str) -> list[tuple[str, str]]:
        """Return all keys of the event that ``key`` leads to, each with the fingerprint of its headline."""
        if not is_key(key):
            return []
        rows = await self._rows(event_queries.KEYS_OF_EVENT, {"key": key})
        return [
            (row["key"], fingerprint(date.fromisoformat(row["date"]), row["headline"]))
            for row in rows
            if row["headline"]
        ]

    async def pages_of(self, key: str) -> list[Page]:
        """Return the pages of the event that ``key`` leads to, without what they say about others."""
        rows = await self._rows(event_queries.PAGES_OF_EVENT, {"key": key}) if is_key(key) else []
        return [page_from_row(row) for row in rows]

    async def known_names(self, headlines: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return, for each of these headlines, the names in it that several events have as a topic."""
        headlines = list(headlines)
        possible = {name for headline in headlines for name in possible_names(headline)}
        rows = await self._rows(KNOWN_NAMES, {"names": json.dumps(sorted(possible))}) if possible else []
        known = {row["name"] for row in rows}
        return {headline: names_in(headline, known) for headline in headlines}

    async def find_muted(self, keys: Iterable[str], muted: Mutes) -> frozenset[str]:
        """Return those of events (by their keys) that have a topic or a word which a server has muted."""
        if not muted:
            return frozenset()
        rows = await self._rows(event_queries.TEXTS_AND_TOPICS, {"keys": json.dumps(list(keys))})
        muted_keys: set[str] = set()
        for number, row in enumerate(rows, 1):
            if muted.match(
                (row["headline"], row["summary"], *json.loads(row["wordings"])), topics=json.loads(row["topic_keys"])
            ):
                muted_keys.add(row["key"])
            if number % _CHECKED_AT_ONCE == 0:
                # There may be thousands.
                await asyncio.sleep(0)
        return frozenset(muted_keys)

    async def mark_muted(self, events: Sequence[Event], muted: Mutes) -> tuple[Event, ...]:
        """Return events, marked if a server has muted them, without the texts of their related events that it has."""
        if not muted:
            return tuple(events)
        muted_keys = await self.find_muted((key for event in events for key in _keys(event)), muted)
        return tuple(
            replace(
                event,
                is_muted=event.key in muted_keys,
                related=tuple(without_text(other) if other.key in muted_keys else other for other in event.related),
            )
            for event in events
        )

    async def hide_muted(self, events: Sequence[RelatedEvent], muted: Mutes) -> tuple[RelatedEvent, ...]:
        """Return related events; of those that a server has muted only key and date are left."""
        muted_keys = await self.find_muted([event.key for event in events], muted)
        return tuple(without_text(event) if event.key in muted_keys else event for event in events)

    async def _event(self, statement: str, params: Mapping[str, Any]) -> Event | None:
        rows = await self._rows(statement, params)
        return event_from_row(rows[0]) if rows else None

    async def _list(self, statement: str, params: Mapping[str, Any], part: ListPart, *, slow: bool = False) -> Listing:
        cursor = part.get("cursor")
        params = {
            **params,
            "limit": part.get("limit", ALL),
            "offset": part.get("offset", 0),
            "key": cursor.key if cursor else None,
            "step": cursor.step if cursor else None,
        }
        question = (statement, *params.items())
        if listing := self._lists.get(question):
            return listing
        version = self._lists.version
        if await self._wordings.has(params["prefer"]):
            statement = list_queries.WITH_WORDINGS.get(statement, statement)
        listing = _listing(await self._rows(statement, params, slow=slow))
        listing = await self._wordings.in_listing(listing, params["prefer"])
        # Cards show one event at a time; longer parts are rare, and large.
        if len(listing.events) <= 1:
            self._lists.put(question, listing, version=version, size=_size_of(listing))
        return listing

    async def _rows(self, statement: str, params: Mapping[str, Any], *, slow: bool = False) -> Sequence[Row]:
        return await self._readers.fetch(statement, params, slow=slow)


def _size_of(listing: Listing) -> int:
    """Return about how many bytes a listing takes."""
    mentions = [*listing.menu_page, *(related for event in listing.events for related in event.related)]
    texts = size_of_texts(mention.headline for mention in mentions)
    texts += size_of_texts(topic for mention in mentions for topic in mention.topics)
    for event in listing.events:
        texts += size_of_texts((event.headline, event.summary, event.image, *event.topics))
        texts += size_of_texts(part for source in event.sources for part in source)
    return _EVENT * len(listing.events) + _EVENT // 2 * len(mentions) + texts


_TOPIC_LISTS = {
    TopicSort.BEST: list_queries.OF_TOPIC_BETWEEN,
    TopicSort.OLDEST: list_queries.OF_TOPIC_OLDEST,
    TopicSort.NEWEST: list_queries.OF_TOPIC_NEWEST,
}


def _keys(event: Event) -> tuple[str, ...]:
    return (event.key, *(related.key for related in event.related))


def _topic_params(typed: str) -> dict[str, str]:
    """Return the parameters for a topic's key, name or acronym."""
    return {"topic": fold(typed), "form": topic_form(typed)}


def _seen(moment: datetime) -> str:
    """Return a moment (aware) as the archive has it."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _topic_keys(subject: Subject) -> str:
    return json.dumps([topic.key for topic in subject.topics])


def _between(since: date | None, until: date | None) -> dict[str, str]:
    return {"since": (since or date.min).isoformat(), "until": (until or date.max).isoformat()}


def _listing(rows: Sequence[Row]) -> Listing:
    """Return the part of a list from its rows: there is at least one, and each has what is known of the whole list."""
    first_row = rows[0]
    return Listing(
        events=tuple(event_from_row(row) for row in rows if row["key"] is not None),
        total=first_row["total"],
        topic=topic_from_json(first_row["topic"]),
        position=first_row["position"],
        anchor_found=bool(first_row["anchor_found"]),
        menu_page=related_events(first_row["menu_page"]),
    )
