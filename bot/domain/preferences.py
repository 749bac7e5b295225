"""What a person has set for themselves, and what a server has muted. Pure."""

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
from bot.domain.text import phrase_needle, runs, searchable_words

# How many topics and words one server may mute.
MOST_MUTES = 50


@dataclass(frozen=True, slots=True)
class PersonalSettings:
    """What a person has set: ``private`` answers, which nobody else sees, and the IANA ``zone`` of their days.

    Without a zone (None) their days are those of UTC.
    """

    private: bool = False
    zone: str | None = None

    def today(self, now: datetime) -> date:
        """Return the date it is for this person at ``now`` (aware)."""
        if self.zone is not None:
            # The machine may no longer know a zone that it knew when it was set.
            with suppress(DailyPostError):
                return local_date(self.zone, now)
        return now.astimezone(UTC).date()


class MuteKind(StrEnum):
    """What a mute is about; the value is stored in the ledger."""

    TOPIC = "topic"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Mute:
    """A topic or a word that a server does not want to be shown.

    ``value`` is the topic's key, or the word's folded form; ``name`` is the topic or word as people write it.
    """

    kind: MuteKind
    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Mutes:
    """All that a server has muted: names of ``topics`` by their keys, and of ``words`` by their folded forms."""

    topics: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((frozenset(self.topics), frozenset(self.words)))

    def __len__(self) -> int:
        return len(self.topics) + len(self.words)

    def __iter__(self) -> Iterator[Mute]:
        for kind, names in ((MuteKind.TOPIC, self.topics), (MuteKind.WORD, self.words)):
            yield from (Mute(kind, value, name) for value, name in names.items())

    def __contains__(self, mute: Mute) -> bool:
        return mute.value in (self.topics if mute.kind is MuteKind.TOPIC else self.words)

    def hides(self, event: Event | RelatedEvent) -> bool:
        """Return whether an event has a muted topic or word, judged by the texts and topics that ``event`` carries."""
        if not self or event.is_muted:
            return event.is_muted
        summary = event.summary if isinstance(event, Event) else None
        return self.match((event.headline, summary), topics=map(_topic_key, event.topics) if self.topics else ())

    def hides_topic(self, topic: Topic) -> bool:
        """Return whether a topic is muted, or has a muted word in its name."""
        return bool(self) and self.match((topic.name,), topics=(topic.key,))

    def match(self, texts: Iterable[str | None], *, topics: Iterable[str]) -> bool:
        """Return whether one of ``texts`` has a muted word, or one of ``topics``, given by their keys, is muted."""
        if self.topics:
            # Of topics that have been merged since they were muted, the names lead to the keys of today.
            muted_keys = {*self.topics, *map(_topic_key, self.topics.values())}
            if any(key in muted_keys for key in topics):
                return True
        if not self.words:
            return False
        needles = [_needle(word) for word in self.words]
        return any(needle in text for text in map(searchable_words, filter(None, texts)) for needle in needles)


NO_MUTES = Mutes()


def without_text(event: RelatedEvent) -> RelatedEvent:
    """Return what may be shown of a muted event beside others: its key and its date."""
    return replace(event, headline="", topics=(), is_muted=True, credit=None)


def mutes_of(mutes: Iterable[Mute]) -> Mutes:
    """Return single mutes as all that a server has muted."""
    mutes = list(mutes)
    topics, words = ({mute.value: mute.name for mute in mutes if mute.kind is kind} for kind in MuteKind)
    return Mutes(topics, words)


def word_mute(typed: str) -> Mute | None:
    """Return the mute of a word, or of several in a row; None for a text without letters or digits."""
    # Invisible characters would split a word in two, and could reverse the text behind them.
    name = "".join(mark for mark in " ".join(typed.split()) if not unicodedata.category(mark).startswith("C"))
    value = " ".join(runs(name))
    return Mute(MuteKind.WORD, value, name) if value else None


@functools.lru_cache(maxsize=4096)
def _topic_key(name: str) -> str:
    return topic_key_of(name)


@functools.lru_cache(maxsize=4096)
def _needle(word: str) -> str:
    """Return what to look for in the searchable words of a text."""
    return phrase_needle(word)
