"""Finds the events that are about a subject, and says by which terms an event's subjects are found."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.archive.day_queries import IS_IN
from bot.archive.event_queries import CREDIT
from bot.archive.event_words import unpack_words
from bot.archive.list_queries import READER, SUBJECT_TOPICS, place
from bot.archive.rows import Row
from bot.archive.search import stems_of_row
from bot.archive.search_words import Word, read_search
from bot.archive.stem_counts import MARKS
from bot.archive.topic_names import Fetch
from bot.domain.subject import SeenEvent, Subject, SubjectTerm, terms_of_event, topic_term, word_term
from bot.domain.text import Term

_LANGUAGES = "SELECT code FROM event_language ORDER BY number"
_SEEN = "event.seen > :seen_after AND event.seen <= :seen_before AND event.date >= :since AND NOT event.stub"
# The words of those events that may answer a search, by a form of one of its words (JSON); of those that have no forms
# yet, after an update, all.
_WORDS = """
    SELECT event.key, event.language, stems, packed FROM event JOIN event_words USING (id)
    WHERE {events} AND (stems = '' OR EXISTS (SELECT 1 FROM json_each(:hints) WHERE instr(stems, value)))
"""
WORDS_OF_SEEN = _WORDS.format(events=_SEEN)
WORDS_OF_DATES = _WORDS.format(events="event.date BETWEEN :since AND :until")

# The events seen in a while that have one of the subject's topics, or that its searches have :found (their keys, JSON).
NEWS_OF_SUBJECT = f"""
    WITH {READER}, {SUBJECT_TOPICS}
    pool (id, place) AS MATERIALIZED (
        SELECT event.id, {place("event.id")} FROM event
        WHERE {_SEEN} AND {IS_IN} AND (
            EXISTS (
                SELECT 1 FROM event_topic
                WHERE event_topic.event_id = event.id AND topic_id IN (SELECT id FROM subject_topic)
            ) OR event.key IN (SELECT value FROM json_each(:found))
        )
    )
    SELECT event.key, event.date, event.headline, event.stub, event.seen, {CREDIT} AS credit, (
        SELECT json_group_array(page_path.key) FROM page_path WHERE event_id = event.id
    ) AS keys
    FROM pool JOIN event ON event.id = pool.id ORDER BY pool.place
"""

# The first :most events seen after a moment, and those seen in the same second as the last of them; with their words
# and all keys that lead to their topics.
SEEN_EVENTS = """
    WITH last (seen) AS MATERIALIZED (
        SELECT coalesce((
            SELECT event.seen FROM event WHERE event.seen > :after AND event.date >= :since AND NOT event.stub
            ORDER BY event.seen LIMIT 1 OFFSET :most - 1
        ), '9')
    )
    SELECT event.key, event.date, event.seen, event.language, stems, packed, (
        SELECT json_group_array(key) FROM (
            SELECT topic.key FROM event_topic JOIN topic ON topic.id = topic_id WHERE event_id = event.id
            UNION ALL
            SELECT topic_key.key FROM event_topic JOIN topic_key USING (topic_id) WHERE event_id = event.id
                AND NOT EXISTS (SELECT 1 FROM topic WHERE topic.key = topic_key.key)
        )
    ) AS topic_keys
    FROM event JOIN event_words USING (id)
    WHERE event.seen > :after AND event.seen <= (SELECT seen FROM last) AND event.date >= :since AND NOT event.stub
    ORDER BY event.seen
"""


@dataclass(frozen=True, slots=True)
class SubjectSearch:
    """A search that is part of a subject: the words that an event must have, phrases, and forms that it must not have.

    A word of a date is a word like any other, and longer words do not stand in for one that no event has.
    """

    words: tuple[Word, ...]
    phrases: tuple[Term, ...]
    excluded: frozenset[str]

    @classmethod
    def of(cls, typed: str, languages: Iterable[str]) -> "SubjectSearch":
        """Read a search as it was typed; ``languages`` are those of the archive's events."""
        search = read_search(typed, languages, dates_are_words=True)
        words = dict.fromkeys((*search.words, *search.exact_words))
        return cls(tuple(words), search.exact, search.excluded)

    @property
    def hint(self) -> tuple[str, ...]:
        """The forms of the longest word: it is hardly the commonest one."""
        return max((word.forms for word in self.words), key=lambda forms: len(forms[0]), default=())

    def is_answered_by(self, row: Row) -> bool:
        """Return whether an event, given by its words, answers the search."""
        stems = stems_of_row(row)
        return (
            bool(self.words)
            and all(any(f" {form} " in stems for form in word.forms) for word in self.words)
            and not any(f" {form} " in stems for form in self.excluded)
            and (not self.phrases or self._has_phrases(row))
        )

    def _has_phrases(self, row: Row) -> bool:
        texts = [f" {text} " for text in unpack_words(row["packed"], row["stems"])]
        needles = [f" {' '.join(phrase.words)}{'' if phrase.prefix else ' '}" for phrase in self.phrases]
        return all(any(needle in text for text in texts) for needle in needles)


class SubjectSearches:
    """Finds the events that answer a subject's searches, given the archive's way to run a statement."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def languages(self) -> list[str]:
        """Return the languages of events, each of which has basic forms of its own."""
        return [row["code"] for row in await self._fetch(_LANGUAGES, {})]

    async def find(self, subject: Subject, statement: str, params: Mapping[str, Any]) -> list[str]:
        """Return the keys of the events that answer one of the searches, of those whose words a statement selects."""
        languages = await self.languages() if subject.searches else []
        searches = [SubjectSearch.of(search, languages) for search in subject.searches]
        hints = [f" {form} " for search in searches for form in search.hint]
        if not hints:
            return []
        rows = await self._fetch(statement, {**params, "hints": json.dumps(hints)}, slow=True)
        return [row["key"] for row in rows if any(search.is_answered_by(row) for search in searches)]

    async def terms(self, subject: Subject) -> list[SubjectTerm]:
        """Return the rows by which a subject is found from the terms of an event."""
        languages = await self.languages() if subject.searches else []
        rows = [SubjectTerm(topic_term(topic.key), part, 0, 1) for part, topic in enumerate(subject.topics)]
        for part, typed in enumerate(subject.searches, len(rows)):
            rows += _search_terms(part, SubjectSearch.of(typed, languages).words)
        return rows


def _search_terms(part: int, words: Sequence[Word]) -> Iterator[SubjectTerm]:
    for number, word in enumerate(words):
        for form in dict.fromkeys(word.forms):
            yield SubjectTerm(word_term(form), part, number, len(words))


def seen_event_from_row(row: Row) -> SeenEvent:
    """Return an event from a row of ``SEEN_EVENTS``."""
    return SeenEvent(
        key=row["key"],
        date=date.fromisoformat(row["date"]),
        seen=datetime.fromisoformat(row["seen"]),
        terms=terms_of_event(json.loads(row["topic_keys"]), set(stems_of_row(row).split()) - MARKS),
    )
