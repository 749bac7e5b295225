"""What a person prefers, and what a server has muted. Pure."""

import functools
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from bot.domain.errors import DailyPostError
from bot.domain.event import Event, RelatedEvent, Topic
from bot.domain.page import topic_key_of
from bot.domain.schedule import local_date
from bot.domain.text import fold, phrase_needle, runs, searchable_words

# What one server may mute.
MOST_MUTES = 50


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody prefers: answers that nobody else sees, and the IANA zone of their days (None: UTC)."""

    private: bool = False
    zone: str | None = None

    def today(self, now: datetime) -> date:
        """Return the date it is for this person at ``now`` (aware)."""
        if self.zone is not None:
            # It may be one that this machine does not know any more.
            with suppress(DailyPostError):
                return local_date(self.zone, now)
        return now.astimezone(UTC).date()


class MuteKind(StrEnum):
    """What a mute is about."""

    TOPIC = "topic"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Mute:
    """One thing that a server has muted: a topic's key or a word's folded form, and its ``name`` as people write it."""

    kind: MuteKind
    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Mutes:
    """All that a server has muted: ``topics`` by their keys, ``words`` by their folded forms, each with its name."""

    topics: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.topics) + len(self.words)

    def __iter__(self) -> Iterator[Mute]:
        for kind, muted in ((MuteKind.TOPIC, self.topics), (MuteKind.WORD, self.words)):
            yield from (Mute(kind, value, name) for value, name in muted.items())

    def __contains__(self, mute: Mute) -> bool:
        return mute.value in (self.topics if mute.kind is MuteKind.TOPIC else self.words)

    def hides(self, told_of: Event | RelatedEvent) -> bool:
        """Tell whether an event has a muted topic or word, by what is known of it here."""
        if not self:
            return False
        summary = told_of.summary if isinstance(told_of, Event) else None
        return self.match((told_of.headline, summary), topics=map(_key, told_of.topics) if self.topics else ())

    def hides_topic(self, topic: Topic) -> bool:
        """Tell whether a topic is muted, or has a muted word in its name."""
        return bool(self) and self.match((topic.name,), topics=(topic.key,))

    def match(self, texts: Iterable[str | None], *, topics: Iterable[str]) -> bool:
        """Tell whether one of ``texts`` has a muted word, or one of ``topics``, given by their keys, is muted."""
        if any(key in self.topics for key in topics):
            return True
        if not self.words:
            return False
        phrases = [_phrase(word) for word in self.words]
        return any(wanted in text for text in map(searchable_words, filter(None, texts)) for wanted in phrases)


NO_MUTES = Mutes()


def veiled(other: RelatedEvent) -> RelatedEvent:
    """Return what is said of an event that is muted."""
    return replace(other, headline="", topics=(), veiled=True)


def mutes_of(mutes: Iterable[Mute]) -> Mutes:
    """Put a server's mutes together."""
    known = list(mutes)
    topics, words = ({each.value: each.name for each in known if each.kind is kind} for kind in MuteKind)
    return Mutes(topics, words)


def word_mute(typed: str) -> Mute | None:
    """Return the mute of a word, or of several in a row; None for a text without letters or digits."""
    # Hidden marks would part a word, and turn what stands behind them.
    name = "".join(mark for mark in " ".join(typed.split()) if not unicodedata.category(mark).startswith("C"))
    value = " ".join(runs(name))
    return Mute(MuteKind.WORD, value, name) if value else None


@functools.lru_cache(maxsize=4096)
def _key(topic: str) -> str:
    return topic_key_of(fold(topic))


@functools.lru_cache(maxsize=4096)
def _phrase(word: str) -> str:
    return phrase_needle(word)
