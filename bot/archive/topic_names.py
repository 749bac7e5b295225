"""Search in the names of topics: those that may be meant, that begin as somebody types, that look like a slip of it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.archive.aliases import other_names
from bot.archive.ranking import TOPIC_EVENTS_SHIFT
from bot.archive.rows import Row, topic_from_row
from bot.archive.topic_candidates import Candidate, Kind, candidate_of, candidate_that_begins, rank
from bot.archive.topic_index import as_one_word, counting, name_stems
from bot.domain.event import Topic
from bot.domain.text import Term, fold, search_terms, words
from bot.domain.topic_forms import topic_form

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
    SELECT key, name, events FROM topic WHERE id IN (
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

# Whether a topic's name has a word, or more than a few events have it: then it is no slip of the pen.
IS_KNOWN = """
    SELECT (SELECT rowid FROM topic_search WHERE topic_search MATCH :words ORDER BY rowid LIMIT 1) IS NOT NULL
        OR EXISTS (SELECT 1 FROM stem WHERE stem = :form AND events > 2) AS is_known
"""

MOST_USED_TOPICS = "SELECT key, name, events FROM topic ORDER BY events DESC, id LIMIT :limit"

# The most topics with all typed words that are compared: the most used ones.
_MOST_CANDIDATES = 100

# Topics that may be meant: the one with that key (kind 0); that is called so (1); behind an acronym that headlines
# explain (2); of another name, :others, JSON (3); and the most used of those with all words, in their basic form, or
# that may be shortened so (4).
MEANT_TOPICS = f"""
    SELECT topic.key, topic.name, topic.events, min(kind) AS kind FROM (
        SELECT id, 0 AS kind FROM topic WHERE key = :key
        UNION ALL
        SELECT topic_id, 0 FROM topic_key WHERE key = :key
        UNION ALL
        SELECT id, 1 FROM topic WHERE folded = :form
        UNION ALL
        SELECT topic.id, 2 FROM acronym JOIN topic ON topic.folded = acronym.expansion WHERE acronym.folded = :typed
        UNION ALL
        SELECT id, 3 FROM topic WHERE folded IN (SELECT value FROM json_each(:others))
        UNION ALL
        SELECT * FROM (
            SELECT {_TOPIC_ID}, 4 FROM topic_search WHERE topic_search MATCH :words
            ORDER BY rowid LIMIT {_MOST_CANDIDATES}
        )
    ) AS candidate JOIN topic USING (id)
    GROUP BY topic.id
"""

# Names that begin as somebody types (kind 0), and names with words that begin so (1): the most used ones, and of the
# former also the first ones in the alphabet.
_BEGINS = "folded >= :typed AND folded < :typed || char(1114111)"
MATCHING_TOPICS = f"""
    SELECT key, name, events FROM (
        SELECT id, min(kind) AS kind FROM (
            SELECT * FROM (SELECT id, 0 AS kind FROM topic WHERE {_BEGINS} ORDER BY folded LIMIT :limit)
            UNION ALL
            SELECT topic.id, CASE WHEN {_BEGINS} THEN 0 ELSE 1 END FROM (
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
            return [topic_from_row(row) for row in rows]
        beginnings = match_expression([Term(term.words, prefix=True) for term in terms], column="words")
        params = {"typed": fold(typed), "words": beginnings, "limit": limit}
        beginning = [
            candidate_that_begins(topic_from_row(row), typed) for row in await self._fetch(MATCHING_TOPICS, params)
        ]
        return [candidate.topic for candidate in rank(await self.meant(typed), beginning)][:limit]

    async def meant(self, typed: str) -> list[Candidate]:
        """Return topics that may be meant by what was typed, in no order."""
        typed_stems = name_stems(typed)
        expression = _stems_expression(counting(typed_stems), as_one_word(typed))
        folded = fold(typed)
        params = {
            "key": folded,
            "typed": folded,
            "form": topic_form(typed),
            "others": json.dumps([topic_form(name) for name in other_names(folded)]),
            "words": expression,
        }
        rows = await self._fetch(MEANT_TOPICS, params) if expression else []
        return [candidate_of(topic_from_row(row), Kind(row["kind"]), typed) for row in rows]

    async def unknown_words(self, typed: Sequence[str]) -> list[str]:
        """Return those of some words, folded, that no topic's name has, in any form, and hardly any event."""
        known: set[str] = set()
        for word in typed:
            params = {
                "words": match_expression([Term(name_stems(word), prefix=False)], column="stems"),
                "form": name_stems(word)[0],
            }
            rows = await self._fetch(IS_KNOWN, params)
            if rows[0]["is_known"]:
                known.add(word)
        return [word for word in typed if word not in known]

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
                names = [fold(row["name"]) for row in rows[start : start + _COMPARED_AT_ONCE]]
                best = process.extract(folded, names, scorer=fuzz.WRatio, limit=limit, score_cutoff=_SIMILAR)
                ranked += [(-score, start + number) for _, score, number in best]
                await asyncio.sleep(0)
        return [topic_from_row(rows[number]) for _, number in sorted(ranked)[:limit]]

    async def similar_words(self, word: str) -> set[str]:
        """Return words, folded, of topics' names in which a word begins like ``word``."""
        rows = await self._similar_rows(word)
        # In a thread: cutting up to 2,500 names into words would hold up others.
        return await asyncio.to_thread(lambda: {part for row in rows for part in words(row["name"])})

    async def _similar_rows(self, name: str) -> Sequence[Row]:
        params = {"three_letters": _beginnings(name, 3), "two_letters": _beginnings(name, 2)}
        return await self._fetch(SIMILAR_TOPICS, params, slow=True) if params["two_letters"] else []


def match_expression(terms: Sequence[Term], *, column: str | None = None) -> str:
    """Return the FTS5 expression for texts that have all of the terms, in a ``column`` or in any.

    Words hold only letters and digits, so quoting them is enough.
    """
    expression = " AND ".join(f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in terms)
    return f"{column} : ({expression})" if column and expression else expression


def _stems_expression(stems: Sequence[str], one_word: str) -> str:
    """Return the FTS5 expression for names with all of the stems, and for those that may be shortened to one word."""
    if not one_word:
        return ""
    all_stems = match_expression([Term((stem,), prefix=False) for stem in stems], column="stems")
    return f'({all_stems}) OR (short : "{one_word}")' if all_stems else f'short : "{one_word}"'


def _beginnings(name: str, letters: int) -> str:
    """Return the FTS5 expression for names with any word that begins like one of ``name``; empty if it has none."""
    prefixes = dict.fromkeys(word[:letters] for term in search_terms(name) for word in term.words)
    expression = " OR ".join(match_expression([Term((prefix,), prefix=True)]) for prefix in prefixes)
    return f"words : ({expression})" if expression else ""
