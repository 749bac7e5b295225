"""Gives readers the wordings of events in their own language, where these have one beside their own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from bot.archive.answer_cache import AnswerCache
from bot.archive.event_queries import WORDING_LANGUAGES, WORDINGS
from bot.archive.rows import Row
from bot.archive.topic_names import Fetch
from bot.domain.event import Candidate, Event, Listing, NewsCandidate, RelatedEvent
from bot.domain.page import Source

_Named = TypeVar("_Named", RelatedEvent, Candidate, NewsCandidate)


class Wordings:
    """Puts wordings in the place of those that events have in other languages, given the way to run a statement."""

    def __init__(self, fetch: Fetch, path: Path) -> None:
        self._fetch = fetch
        self._languages: AnswerCache[frozenset[str]] = AnswerCache(path, size=10_000)

    async def has(self, language: str | None) -> bool:
        """Return whether events of other languages have wordings in a language."""
        languages = self._languages.get("")
        if languages is None:
            version = self._languages.version
            languages = frozenset(row["code"] for row in await self._fetch(WORDING_LANGUAGES, {}))
            self._languages.put("", languages, version=version, size=100 * len(languages))
        return language in languages

    async def in_listing(self, listing: Listing, language: str | None) -> Listing:
        """Return a listing with its events in a language, as far as they have wordings in it."""
        if not await self.has(language):
            return listing
        wordings = await self._wordings(_keys(listing.events, listing.menu_page), language)
        return replace(
            listing,
            events=tuple(_worded(event, wordings) for event in listing.events),
            menu_page=_named(listing.menu_page, wordings),
        )

    async def in_event(self, event: Event, language: str | None) -> Event:
        """Return an event in a language, if it has a wording in it."""
        if not await self.has(language):
            return event
        return _worded(event, await self._wordings(_keys([event]), language))

    async def in_names(self, events: Sequence[_Named], language: str | None) -> tuple[_Named, ...]:
        """Return events that are only named, in a language as far as they have wordings in it."""
        if not await self.has(language):
            return tuple(events)
        return _named(events, await self._wordings((event.key for event in events), language))

    async def _wordings(self, keys: Iterable[str], language: str | None) -> dict[str, Row]:
        rows = await self._fetch(WORDINGS, {"keys": json.dumps(list(keys)), "language": language})
        return {row["key"]: row for row in rows}


def _keys(events: Iterable[Event], menu_page: Iterable[RelatedEvent] = ()) -> dict[str, None]:
    """Return the keys of events, and of all that is named beside them."""
    keys = dict.fromkeys(event.key for event in menu_page)
    for event in events:
        keys |= dict.fromkeys((event.key, *(related.key for related in event.related)))
    return keys


def _worded(event: Event, wordings: Mapping[str, Row]) -> Event:
    event = replace(event, related=_named(event.related, wordings))
    wording = wordings.get(event.key)
    if wording is None:
        return event
    return replace(
        event,
        headline=wording["headline"],
        summary=wording["summary"],
        sources=tuple(Source(name, url) for name, url in json.loads(wording["sources"])),
        topics=tuple(json.loads(wording["topics"])),
        language=wording["language"],
        credit=wording["credit"] or event.credit,
    )


def _named(events: Iterable[_Named], wordings: Mapping[str, Row]) -> tuple[_Named, ...]:
    return tuple(_renamed(event, wordings.get(event.key)) for event in events)


def _renamed(event: _Named, wording: Row | None) -> _Named:
    if wording is None:
        return event
    return replace(event, headline=wording["headline"], credit=wording["credit"] or event.credit)
