"""Search in the names of topics: those that begin as somebody types, and those that look like a misspelt name."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.archive.ranking import TOPIC_EVENTS_SHIFT
from bot.archive.rows import Row, topic_from_row
from bot.domain.event import Topic
from bot.domain.text import Term, fold, search_terms, words

# How similar two names must be, of 100, for one to be a misspelling of the other.
_SIMILAR = 72
# Names that are compared before other tasks get their turn, in a fraction of a millisecond.
_COMPARED_AT_ONCE = 200
# The most names that are looked at of those with a word that begins as somebody types: the most used ones.
MOST_NAMES = 400

# A rowid of the index of names is a topic's place: see ``topic_place``.
_TOPIC_ID = f"rowid & {(1 << TOPIC_EVENTS_SHIFT) - 1}"

# Topics that a misspelt name may mean: those with a word that begins alike, and the most used ones.
SIMILAR_TOPICS = f"""
    SELECT key, name, events, folded FROM topic WHERE id IN (
        SELECT * FROM (
            SELECT {_TOPIC_ID} FROM topic_search WHERE topic_search MATCH :three_letters ORDER BY rowid LIMIT 1500
        )
        UNION
        SELECT * FROM (
            SELECT {_TOPIC_ID} FROM topic_search WHERE topic_search MATCH :two_letters ORDER BY rowid LIMIT 500
        )
        UNION
        SELECT * FROM (SELECT id FROM topic ORDER BY events DESC, id LIMIT 500)
    )
"""

MOST_USED_TOPICS = "SELECT key, name, events FROM topic ORDER BY events DESC, id LIMIT :limit"

# Best matches first: the very name (kind 0), the one behind an acronym (1), names that begin so (2), names with a word
# that begins so (3). Of kinds 2 and 3 the most used ones are looked at, and the first ones in the alphabet.
_BEGINS = "folded >= :typed AND folded < :typed || char(1114111)"
MATCHING_TOPICS = f"""
    SELECT key, name, events FROM (
        SELECT id, min(kind) AS kind FROM (
            SELECT id, 0 AS kind FROM topic WHERE folded = :typed
            UNION ALL
            SELECT topic.id, 1 FROM acronym JOIN topic ON topic.folded = acronym.expansion WHERE acronym.folded = :typed
            UNION ALL
            SELECT * FROM (SELECT id, 2 FROM topic WHERE {_BEGINS} ORDER BY folded LIMIT :limit)
            UNION ALL
            SELECT topic.id, CASE WHEN {_BEGINS} THEN 2 ELSE 3 END FROM (
                SELECT {_TOPIC_ID} AS id FROM topic_search WHERE topic_search MATCH :words
                ORDER BY rowid LIMIT {MOST_NAMES}
            ) AS used JOIN topic ON topic.id = used.id
        ) GROUP BY id
    ) AS matching JOIN topic USING (id)
    ORDER BY kind, events DESC, id LIMIT :limit
"""


class Fetch(Protocol):
    """Runs a statement on the archive."""

    async def __call__(self, statement: str, params: Mapping[str, Any], *, slow: bool = False) -> Sequence[Row]:
        """Return all rows; ``slow`` is for statements that others must not wait for."""


class TopicNames:
    """Finds topics by their names."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._comparing = asyncio.Lock()

    async def matching(self, typed: str, *, limit: int = 25) -> list[Topic]:
        """Return topics for what somebody is typing, best matches first; the most used ones for nothing typed."""
        terms = search_terms(typed)
        if not terms:
            rows = await self._fetch(MOST_USED_TOPICS, {"limit": limit})
        else:
            beginnings = match_expression([Term(term.words, prefix=True) for term in terms])
            rows = await self._fetch(MATCHING_TOPICS, {"typed": fold(typed), "words": beginnings, "limit": limit})
        return [topic_from_row(row) for row in rows]

    async def similar(self, name: str, *, limit: int = 5) -> list[Topic]:
        """Return topics whose names look like ``name``, the most similar first."""
        rows = await self._similar_rows(name)
        # Most processes never need it.
        from rapidfuzz import fuzz, process

        folded = fold(name)
        ranked: list[tuple[float, int]] = []
        # Comparing holds the interpreter lock: other tasks run in between, and only one task compares at a time.
        async with self._comparing:
            for start in range(0, len(rows), _COMPARED_AT_ONCE):
                names = [row["folded"] for row in rows[start : start + _COMPARED_AT_ONCE]]
                best = process.extract(folded, names, scorer=fuzz.WRatio, limit=limit, score_cutoff=_SIMILAR)
                ranked += [(-score, start + number) for _, score, number in best]
                await asyncio.sleep(0)
        return [topic_from_row(rows[number]) for _, number in sorted(ranked)[:limit]]

    async def similar_words(self, word: str) -> set[str]:
        """Return words, folded, of topics' names in which a word begins like ``word``."""
        rows = await self._similar_rows(word)
        # In a thread: cutting up to 2,500 names into words would hold up others.
        return await asyncio.to_thread(lambda: {part for row in rows for part in words(row["folded"])})

    async def _similar_rows(self, name: str) -> Sequence[Row]:
        params = {"three_letters": _beginnings(name, 3), "two_letters": _beginnings(name, 2)}
        return await self._fetch(SIMILAR_TOPICS, params, slow=True) if params["two_letters"] else []


def match_expression(terms: Sequence[Term]) -> str:
    """Return the FTS5 expression for texts that have all of the terms.

    Words hold only letters and digits, so quoting them is enough.
    """
    return " AND ".join(f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in terms)


def _beginnings(name: str, letters: int) -> str:
    """Return the FTS5 expression for names with any word that begins like one of ``name``; empty if it has none."""
    prefixes = dict.fromkeys(word[:letters] for term in search_terms(name) for word in term.words)
    return " OR ".join(match_expression([Term((prefix,), prefix=True)]) for prefix in prefixes)
