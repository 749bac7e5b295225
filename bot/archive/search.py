"""Finds the events that answer a search, and puts them in order."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.archive.event_words import stems_of_fields, unpack_words
from bot.archive.inserts import encode
from bot.archive.list_queries import CANDIDATES_LIMIT, candidates, candidates_on_dates
from bot.archive.relevance import Hit, RankedHit, rank_hits
from bot.archive.rows import Row
from bot.archive.search_words import DateWords, SearchWords, WeighedWord, Word, read_search, weigh
from bot.archive.topic_names import Fetch, match_expression
from bot.domain.text import Term

# Where fewer events have all of the words, those that have most of them follow, so many at most.
ENOUGH = 25
# Longer words that are looked for in place of one that no event has, the commonest; from words of so many letters on.
_MOST_LONGER, _SHORTEST_BEGINNING = 20, 3
# With so few words, all but one of them are as good as any.
_ALL_BUT_ONE = 2
# Hits that are ranked at once, in about a millisecond; more of them are ranked in a thread.
_RANKED_AT_ONCE = 100

_LANGUAGES = """
    SELECT code, (SELECT events FROM total) AS total, EXISTS (SELECT 1 FROM outdated WHERE rebuild) AS is_incomplete
    FROM event_language ORDER BY number
"""
_COUNTS = "SELECT stem, events FROM stem WHERE stem IN (SELECT value FROM json_each(:forms))"
_LONGER = f"""
    SELECT stem, events FROM stem WHERE stem >= :form AND stem < :form || char(1114111)
    ORDER BY events DESC, stem LIMIT {_MOST_LONGER}
"""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The keys of the events that answer a search, the best first; ``exact`` is how many of them have all of the words.

    ``is_limited`` says that more events have them than were looked at.
    """

    keys: tuple[str, ...]
    exact: int
    is_limited: bool = False


class EventSearch:
    """Answers searches, given the archive's way to run a statement."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def find(self, typed: str, *, prefer: str | None = None) -> SearchResult:
        """Return the events that have all of the words, then, if those are few, events that have most of them.

        Events in the language ``prefer`` come first.
        """
        languages = await self._fetch(_LANGUAGES, {})
        search = read_search(typed, (row["code"] for row in languages))
        if not search:
            return SearchResult((), 0)
        is_incomplete = bool(languages[0]["is_incomplete"])
        words = await self._weigh(search.words, total=languages[0]["total"], is_incomplete=is_incomplete)
        hits, is_limited = await self._hits(search, words, prefer, is_incomplete=is_incomplete)
        if len(hits) > _RANKED_AT_ONCE:
            ranked = await asyncio.to_thread(rank_hits, list(hits), search, words)
        else:
            ranked = rank_hits(list(hits), search, words)
        return _result(ranked, hits, is_limited=is_limited)

    async def unknown_words(self, words: Sequence[str]) -> list[str]:
        """Return those words that no event has, in any form, nor a longer one that begins so."""
        rows = await self._fetch(_LANGUAGES, {})
        languages, is_incomplete = [row["code"] for row in rows], bool(rows[0]["is_incomplete"])
        unknown = []
        for text in words:
            search = read_search(text, languages)
            weighed = await self._weigh(search.words, total=1, is_incomplete=is_incomplete)
            if weighed and not search.exact and not any(word.forms for word in weighed):
                unknown.append(text)
        return unknown

    async def _weigh(self, words: Sequence[Word], *, total: int, is_incomplete: bool = False) -> list[WeighedWord]:
        forms = [form for word in words for form in word.forms]
        counts = await self._counts(_COUNTS, {"forms": encode(forms)})
        if is_incomplete:
            # Events whose words are not counted yet may have any of them.
            counts = dict.fromkeys(forms, 1) | counts
        for position, word in enumerate(words):
            is_known = any(form in counts for form in word.forms)
            if word.may_go_on and not is_known and len(word.forms[0]) >= _SHORTEST_BEGINNING:
                longer = await self._counts(_LONGER, {"form": word.forms[0]})
                counts |= longer
                words = [*words[:position], Word((*word.forms, *longer)), *words[position + 1 :]]
        return weigh(words, counts, total=total)

    async def _counts(self, statement: str, params: Mapping[str, Any]) -> dict[str, int]:
        return {row["stem"]: row["events"] for row in await self._fetch(statement, params)}

    async def _hits(
        self, search: SearchWords, words: Sequence[WeighedWord], prefer: str | None, *, is_incomplete: bool
    ) -> tuple[dict[Hit, bool], bool]:
        """Return events that may answer, and of each if it is in the reader's language; and whether there are more."""
        hits: dict[Hit, bool] = {}
        known = [word for word in words if word.forms]
        if search.exact:
            exact = match_expression(search.exact)
            both = match_expression([*search.exact, *(Term((word.forms[0],), prefix=False) for word in known)])
            for expression in dict.fromkeys((both, exact)):
                hits |= await self._read(candidates("event_search"), expression, prefer)
            return hits, len(hits) >= CANDIDATES_LIMIT
        if known and len(known) == len(words):
            hits = await self._read(candidates("stem_search"), _all_of(known), prefer)
        is_limited = len(hits) >= CANDIDATES_LIMIT
        if len(hits) < ENOUGH:
            for expression in _most_of(known):
                hits |= await self._read(candidates("stem_search"), expression, prefer)
        if is_incomplete and words:
            # Of events that are not up to date after an update, only the words as they are written are known.
            terms = [Term((form,), prefix=True) for word in search.words for form in word.forms[:1]]
            hits |= await self._read(candidates("event_search"), match_expression(terms), prefer)
        if search.is_date or (search.dates and len(hits) < ENOUGH):
            hits |= await self._on_dates(search.dates, prefer)
        return hits, is_limited

    async def _on_dates(self, dates: DateWords, prefer: str | None) -> dict[Hit, bool]:
        year = "____" if dates.year is None else f"{dates.year:04}"
        month = "__" if dates.month is None else f"{dates.month:02}"
        day = "__" if dates.day is None else f"{dates.day:02}"
        return await self._read(candidates_on_dates(year=dates.year is not None), f"{year}-{month}-{day}", prefer)

    async def _read(self, statement: str, expression: str, prefer: str | None) -> dict[Hit, bool]:
        if not expression:
            return {}
        rows = await self._fetch(statement, {"expression": expression, "prefer": prefer}, slow=True)
        return {_hit(row): bool(row["is_in_language"]) for row in rows}


def _result(ranked: Iterable[RankedHit], in_language: Mapping[Hit, bool], *, is_limited: bool) -> SearchResult:
    in_order = sorted(ranked, key=lambda hit: (not hit.has_all, not in_language[hit.hit], -hit.rank, hit.hit.id))
    exact = sum(hit.has_all for hit in in_order)
    return SearchResult(tuple(hit.hit.key for hit in in_order[: max(exact, ENOUGH)]), exact, is_limited)


def _hit(row: Row) -> Hit:
    return Hit(row["id"], row["key"], row["date"], stems_of_row(row))


def stems_of_row(row: Row) -> str:
    """Return the stems of an event, whose row has its language and its words as they are stored."""
    if row["stems"]:
        return str(row["stems"])
    # After an update, it has none yet.
    words = unpack_words(row["packed"], row["stems"])
    return stems_of_fields([words.headline], [], [words.topics], words.summary, language=row["language"])


def _any_of(word: WeighedWord) -> str:
    alternatives = " OR ".join(f'"{form}"' for form in word.forms)
    return f"({alternatives})" if len(word.forms) > 1 else alternatives


def _all_of(words: Iterable[WeighedWord]) -> str:
    return " AND ".join(dict.fromkeys(map(_any_of, words)))


def _most_of(words: Sequence[WeighedWord]) -> list[str]:
    """Return the expressions for events that have all words but one, and for those that have any of the rarest."""
    by_rarity = sorted(words, key=lambda word: word.events)
    rarest, events = by_rarity[:1], sum(word.events for word in by_rarity[:1])
    for word in by_rarity[1:]:
        events += word.events
        if events > CANDIDATES_LIMIT:
            break
        rarest.append(word)
    expressions = [_all_of(word for word in by_rarity if word is not left_out) for left_out in reversed(by_rarity)]
    return [*(expressions if len(by_rarity) > _ALL_BUT_ONE else []), " OR ".join(map(_any_of, rarest))]
