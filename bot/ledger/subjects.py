"""The subjects that channels follow, in the ledger, and the index that finds those an event is about."""

import json
from collections.abc import Iterable, Sequence

from bot.domain.subject import Subject, SubjectTerm
from bot.ledger.store import Statement, Store

GET = "SELECT definition FROM subject WHERE key = :key"
_PUT = "INSERT INTO subject (key, definition) VALUES (:key, :definition) ON CONFLICT DO NOTHING"
# What a subject was found by before: languages that came to the archive since have forms of their own.
_REMOVE_TERMS = "DELETE FROM subject_term WHERE subject_key = :key"
_PUT_TERMS = """
    INSERT INTO subject_term (term, subject_key, part, word, needed)
    SELECT value ->> 0, :key, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:terms)
    WHERE true ON CONFLICT DO NOTHING
"""
# The subjects of which an event with the terms (JSON) meets a part. The list of terms is read first, and each of them
# looked up.
MATCH = """
    SELECT DISTINCT subject_key FROM (
        SELECT subject_key FROM json_each(:terms) AS own CROSS JOIN subject_term ON term = own.value
        GROUP BY subject_key, part HAVING count(DISTINCT word) = max(needed)
    )
"""


class Subjects:
    """Keeps subjects. Raises LedgerError where they cannot be read or written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, subject: Subject, terms: Iterable[SubjectTerm]) -> None:
        """Keep a subject, found by these terms from now on; one that is there already stays as it is."""
        await self._store.write(*put_subject(subject, terms))

    async def get(self, key: str) -> Subject | None:
        """Return the subject of a key; None if there is none."""
        rows = await self._store.read(GET, {"key": key})
        return Subject.from_json(rows[0]["definition"]) if rows else None

    async def with_searches(self) -> list[Subject]:
        """Return all subjects that have searches: those that are found by words."""
        statement = "SELECT definition FROM subject WHERE json_array_length(definition, '$.searches')"
        return [Subject.from_json(row["definition"]) for row in await self._store.read(statement, {})]

    async def match(self, terms: Iterable[str]) -> frozenset[str]:
        """Return the keys of the subjects that an event with these terms is about.

        Whether it has a phrase, or a word that is excluded, the terms do not say: ``Archive.subject_news`` does.
        """
        rows = await self._store.read(MATCH, {"terms": json.dumps(sorted(terms))})
        return frozenset(row["subject_key"] for row in rows)


def put_subject(subject: Subject, terms: Iterable[SubjectTerm]) -> Sequence[Statement]:
    """Return the statements that keep a subject, to be written with what refers to it."""
    params = {"key": subject.key, "definition": subject.to_json(), "terms": json.dumps(list(terms))}
    return [(statement, params) for statement in (_PUT, _REMOVE_TERMS, _PUT_TERMS)]
