"""Subjects: topics and searches that a channel can follow, and what tells whether an event is about them. Pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Self

from bot.domain.page import key_of
from bot.domain.text import fold

# How many parts a subject may have.
MOST_PARTS = 10
_SEMICOLON = re.compile("[;；]")


class SubjectTopic(NamedTuple):
    """A topic that is part of a subject: its permanent key, and its name when the subject was made."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a channel follows. An event is about it if it has one of the topics, or answers one of the searches.

    ``searches`` are words as they were typed: an event answers if it has all of them, in any form.
    """

    topics: tuple[SubjectTopic, ...] = ()
    searches: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The permanent key: 12 characters ``[0-9a-z]``, the same for all subjects of the same parts in any order."""
        topics = sorted({topic.key for topic in self.topics})
        # Not folded: that may change with a library, and lists below old messages are known by this key.
        searches = sorted({" ".join(search.lower().split()) for search in self.searches})
        return key_of(f"subject/{json.dumps([topics, searches], ensure_ascii=False)}")

    @property
    def name(self) -> str:
        """What people read: all parts, with semicolons between, since names hold commas."""
        return "; ".join((*(topic.name for topic in self.topics), *self.searches))

    def to_json(self) -> str:
        """Return the subject as it is stored."""
        return json.dumps({"topics": self.topics, "searches": self.searches}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the subject that was stored as ``text``."""
        parts = json.loads(text)
        return cls(tuple(SubjectTopic(*topic) for topic in parts["topics"]), tuple(parts["searches"]))


def parts_of(typed: str) -> list[str]:
    """Return the parts of a subject as they were typed, which have semicolons between; each of them once."""
    parts = (" ".join(part.split()) for part in _SEMICOLON.split(typed))
    return list({fold(part): part for part in parts if part}.values())


class SubjectTerm(NamedTuple):
    """A row of the index that finds the subjects an event is about.

    An event meets a ``part`` of a subject (by its number, from 0) if it has a term of each of its ``needed`` words. A
    ``word`` (by its number) may have several terms, of which any will do.
    """

    term: str
    part: int
    word: int
    needed: int


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event, when it was first seen, and the ``terms`` by which the subjects that it is about are found."""

    key: str
    date: date
    seen: datetime
    terms: frozenset[str]


def topic_term(topic_key: str) -> str:
    """Return the term of the events that have a topic; each key that leads to the topic has one of its own."""
    return f"t{topic_key}"


def word_term(form: str) -> str:
    """Return the term of the events that have a word, given in its basic form."""
    return f"w{form}"


def terms_of_event(topic_keys: Iterable[str], forms: Iterable[str]) -> frozenset[str]:
    """Return an event's terms, given all keys that lead to its topics and the basic forms of its words."""
    return frozenset((*map(topic_term, topic_keys), *map(word_term, forms)))
