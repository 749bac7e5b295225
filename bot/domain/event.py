"""The vocabulary of Daybook: events, topics and lists of them, as immutable values. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.credit import CONTEXT_CREDIT
from bot.domain.page import Source

# Anniversaries that come before all others, in years.
ROUND_ANNIVERSARIES = frozenset({5, 10, 25, 50, 100})


@dataclass(frozen=True, slots=True)
class RelatedEvent:
    """Another event, as a card lists it; ``topics`` are those that both events share.

    Nothing but the date may be shown of one that ``is_muted`` on the reader's server. ``credit`` says whose text it is,
    where a card shows it beside others.
    """

    key: str
    date: date
    headline: str
    topics: tuple[str, ...] = ()
    is_muted: bool = False
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One happening, merged from every page that tells it.

    ``credit`` says whose text it is; ``image_credit`` whose image, where that is known. ``is_muted`` says that the
    reader's server has muted it, perhaps by a wording or a topic that it has in another language.
    """

    key: str
    path: str
    date: date
    headline: str
    summary: str | None
    sources: tuple[Source, ...]
    image: str | None
    topics: tuple[str, ...]
    related: tuple[RelatedEvent, ...]
    language: str
    stub: bool
    credit: str = CONTEXT_CREDIT
    image_credit: str | None = None
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """A named subject, its permanent key, and the number of events that share it."""

    key: str
    name: str
    events: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event that a daily post may show.

    ``times_shown`` is how often its channel has shown it, ``credit`` says whose text it is.
    """

    key: str
    date: date
    headline: str
    stub: bool
    times_shown: int = 0
    credit: str = CONTEXT_CREDIT


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsCandidate(Candidate):
    """An event that may be news to those who follow a subject.

    ``seen`` is when it was first seen (UTC); ``keys`` are all keys that lead to it, its own first.
    """

    seen: datetime
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in a list: ``step`` events on from the event with this key; the first one if it is not there."""

    key: str | None = None
    step: int = 0


class TopicSort(StrEnum):
    """How a topic's events are sorted; the value stands in buttons."""

    BEST = ""
    OLDEST = "o"
    NEWEST = "n"


@dataclass(frozen=True, slots=True)
class TopicOverview:
    """A topic at a glance between two dates: (year, number of events) for each year from the first event to the last.

    ``closest`` are the topics that share most events with it, whatever the dates.
    """

    years: tuple[tuple[int, int], ...]
    first_date: date
    last_date: date
    closest: tuple[Topic, ...]

    @property
    def events(self) -> int:
        """The number of events in all years."""
        return sum(count for _, count in self.years)


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of a list of events, and what is known of the whole list.

    ``total`` is how many events the list has, at least, if ``total_is_minimum``; ``topic`` the topic that was asked
    for, if there is one. ``position`` is that of the first event of the part, from 0; ``anchor_found`` says whether the
    event that a Cursor starts from is in the list. After a Cursor, ``menu_page`` are the 25 events (without topics)
    among which the part begins, as a menu shows them. Of a search, ``exact`` is how many events, the first ones, have
    all of the words.
    """

    events: tuple[Event, ...]
    total: int
    topic: Topic | None = None
    total_is_minimum: bool = False
    position: int = 0
    anchor_found: bool = True
    menu_page: tuple[RelatedEvent, ...] = ()
    exact: int | None = None


@dataclass(frozen=True, slots=True)
class TopicYears:
    """A topic's events by year: (year, number of events) for each year that has some, in order.

    ``notable`` are the best events (without topics) of the years that have most, one of each year, these years first.
    """

    topic: Topic
    counts: tuple[tuple[int, int], ...]
    notable: tuple[RelatedEvent, ...]


@dataclass(frozen=True, slots=True)
class NewsDay:
    """A date, how many events it has, and the best of them (without topics)."""

    date: date
    total: int
    events: tuple[RelatedEvent, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """What an archive holds; ``languages`` is the number of events by language code.

    ``starter`` is how many of the events are the starter archive's alone.
    """

    events: int
    stubs: int
    starter: int
    topics: int
    first_date: date | None
    last_date: date | None
    languages: dict[str, int]


def as_json(event: Event) -> dict[str, object]:
    """Return an event as the shell's ``--json`` prints it."""
    return {
        "key": event.key,
        "path": event.path,
        "date": event.date.isoformat(),
        "headline": event.headline,
        "summary": event.summary,
        "sources": [{"name": source.name, "url": source.url} for source in event.sources],
        "image": event.image,
        "topics": list(event.topics),
        "related": [
            {
                "key": related.key,
                "date": related.date.isoformat(),
                "headline": related.headline,
                "topics": list(related.topics),
            }
            for related in event.related
        ],
        "language": event.language,
        "stub": event.stub,
    }
