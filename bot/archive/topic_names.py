"""The names of topics: those that begin as what is being typed, and those that look like what was."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.domain.event import Topic
from bot.domain.text import Term, fold, search_terms, words

# How alike two names must be, of 100, for one to be a slip of the other.
_ALIKE = 72
# So many names are compared in a fraction of a millisecond.
_COMPARED = 200

# The id of the topic that stands at a place of the index of names.
_TOPIC_AT = "rowid & 4294967295"

# Topics that a misspelt name may mean: those with a word that begins alike, and the most used ones.
TOPICS_PERHAPS = f"""
    SELECT key, name, events, folded FROM topic WHERE id IN (
        SELECT * FROM (
            SELECT {_TOPIC_AT} FROM topic_search WHERE topic_search MATCH :closer ORDER BY rowid LIMIT 1500
        )
        UNION
        SELECT * FROM (SELECT {_TOPIC_AT} FROM topic_search WHERE topic_search MATCH :words ORDER BY rowid LIMIT 500)
        UNION
        SELECT * FROM (SELECT id FROM topic ORDER BY events DESC, id LIMIT 500)
    )
"""

TOPICS_BY_USE = "SELECT key, name, events FROM topic ORDER BY events DESC, id LIMIT :limit"

# Best matches first: the very name, an acronym's, names that begin so, names with a word that begins so. Of the latter
# two, the most used so many are looked at, and the first in the alphabet.
MOST_NAMES = 400
_BEGINS = "folded >= :typed AND folded < :typed || char(1114111)"
TOPICS_LIKE = f"""
    SELECT key, name, events FROM (
        SELECT id, min(kind) AS kind FROM (
            SELECT id, 0 AS kind FROM topic WHERE folded = :typed
            UNION ALL
            SELECT topic.id, 1 FROM acronym JOIN topic ON topic.folded = acronym.expansion WHERE acronym.folded = :typed
            UNION ALL
            SELECT * FROM (SELECT id, 2 FROM topic WHERE {_BEGINS} ORDER BY folded LIMIT :limit)
            UNION ALL
            SELECT topic.id, CASE WHEN {_BEGINS} THEN 2 ELSE 3 END FROM (
                SELECT {_TOPIC_AT} AS id FROM topic_search WHERE topic_search MATCH :words
                ORDER BY rowid LIMIT {MOST_NAMES}
            ) AS used JOIN topic ON topic.id = used.id
        ) GROUP BY id
    ) AS found JOIN topic USING (id)
    ORDER BY kind, events DESC, id LIMIT :limit
"""


class Ask(Protocol):
    """What answers a statement with rows."""

    async def __call__(
        self, statement: str, asked: Mapping[str, Any], *, slow: bool = False
    ) -> Sequence[Sequence[Any]]:
        """Return all rows; ``slow`` is what others are not to wait for."""


class TopicNames:
    """Finds topics by their names, given what asks the archive."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._comparing = asyncio.Lock()

    async def matching(self, typed: str, *, limit: int = 25) -> list[Topic]:
        """Return topics for what somebody is typing, best matches first; for nothing typed, the most used."""
        terms = search_terms(typed)
        if not terms:
            rows = await self._ask(TOPICS_BY_USE, {"limit": limit})
        else:
            begun = match([Term(term.words, prefix=True) for term in terms])
            rows = await self._ask(TOPICS_LIKE, {"typed": fold(typed), "words": begun, "limit": limit})
        return [Topic(*row) for row in rows]

    async def similar(self, name: str, *, limit: int = 5) -> list[Topic]:
        """Return topics whose names look like ``name``, the likeliest first."""
        asked = _perhaps(name)
        if not asked["words"]:
            return []
        rows = await self._ask(TOPICS_PERHAPS, asked, slow=True)
        # Nobody may ever ask for it.
        from rapidfuzz import fuzz, process

        folded = fold(name)
        likely: list[tuple[float, int]] = []
        # Comparing holds the interpreter: others have their turn in between, and one compares at a time.
        async with self._comparing:
            for start in range(0, len(rows), _COMPARED):
                names = [row[3] for row in rows[start : start + _COMPARED]]
                best = process.extract(folded, names, scorer=fuzz.WRatio, limit=limit, score_cutoff=_ALIKE)
                likely += [(-score, start + number) for _, score, number in best]
                await asyncio.sleep(0)
        return [Topic(*rows[number][:3]) for _, number in sorted(likely)[:limit]]

    async def similar_words(self, word: str) -> set[str]:
        """Return words, folded, of names that have one which begins like ``word``."""
        asked = _perhaps(word)
        if not asked["words"]:
            return set()
        rows = await self._ask(TOPICS_PERHAPS, asked, slow=True)
        # Cutting so many names into words would hold others up.
        return await asyncio.to_thread(lambda: {word for row in rows for word in words(row[3])})


def match(terms: Sequence[Term]) -> str:
    """Return an FTS5 expression; words hold only letters and digits, so quoting them is enough."""
    return " AND ".join(f'"{" ".join(term.words)}"{"*" if term.prefix else ""}' for term in terms)


def _perhaps(name: str) -> dict[str, str]:
    return {"closer": _openings(name, 3), "words": _openings(name, 2)}


def _openings(name: str, letters: int) -> str:
    """Return an FTS5 expression for names with any word that begins like one of ``name``; empty if that has none."""
    begun = dict.fromkeys(word[:letters] for term in search_terms(name) for word in term.words)
    return " OR ".join(match([Term((word,), prefix=True)]) for word in begun)
