"""The vocabulary of Daybook: what a page tells, as immutable values. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Anniversaries that come before all others, in years.
ROUND = frozenset({5, 10, 25, 50, 100})
KEY_LENGTH = 12
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# Two digits at once, the lower one first: an import makes a key for each item of each page's lists.
_PAIRS = tuple(low + high for high in _DIGITS for low in _DIGITS)


def key_of(path: str) -> str:
    """Return the permanent key of the page at ``path`` (``news/YYYY/MM/D/slug``): 12 characters ``[0-9a-z]``."""
    number = int.from_bytes(hashlib.sha256(path.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    pairs: list[str] = []
    for _ in range(KEY_LENGTH // 2):
        number, pair = divmod(number, 36 * 36)
        pairs.append(_PAIRS[pair])
    return "".join(pairs)


def is_key(text: str) -> bool:
    """Tell whether ``text`` has the form of a key."""
    return len(text) == KEY_LENGTH and all(character in _DIGITS for character in text)


def topic_key_of(folded: str) -> str:
    """Return the permanent key of a topic, given its folded name."""
    return key_of(f"topic/{folded}")


@dataclass(frozen=True, slots=True)
class Source:
    """One place that reported the event: the name to show and an http(s) address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class RelatedEvent:
    """Another event, as a card lists it; ``topics`` are those that both events share.

    Nothing but the date may be shown of one that ``is_muted`` on the reader's server.
    """

    key: str
    date: date
    headline: str
    topics: tuple[str, ...] = ()
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """What a page, or a day's index, tells of another page: where it stands, its headline and topics."""

    path: str
    date: date
    headline: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What one Markdown file tells, cleaned; ``former_paths`` are the other paths its *Changes* section gives."""

    path: str
    date: date
    language: str
    headline: str
    summary: str | None
    sources: tuple[Source, ...]
    image: str | None
    topics: tuple[str, ...]
    related: tuple[Mention, ...]
    former_paths: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One happening, merged from every page that tells it."""

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


@dataclass(frozen=True, slots=True)
class Topic:
    """A named subject, its permanent key, and the number of events that share it."""

    key: str
    name: str
    events: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event that a daily post may show; ``times_shown`` is how often the channel has been shown it."""

    key: str
    date: date
    headline: str
    stub: bool
    times_shown: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on in a list: so many steps from the event with this key; to the first, if it is not there."""

    key: str | None = None
    step: int = 0


class TopicSort(StrEnum):
    """In which order a topic's events come; the value stands in buttons."""

    BEST = ""
    OLDEST = "o"
    NEWEST = "n"


@dataclass(frozen=True, slots=True)
class TopicOverview:
    """A topic's events of some time: how many each year has, from the first to the last, and the days of these.

    ``closest`` are the topics that share most with it, whenever.
    """

    years: tuple[tuple[int, int], ...]
    first_date: date
    last_date: date
    closest: tuple[Topic, ...]

    @property
    def events(self) -> int:
        """How many events there are in all."""
        return sum(count for _, count in self.years)


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of a list of events, best first: those asked for, and ``total``, how many the whole list has.

    ``position`` is that of the first of them, from 0. Where a cursor asked for them, ``anchor_found`` tells whether the
    event that it starts from is in the list, and ``menu_page`` is the page of up to 25 events (without topics) that
    the first of them stands in. ``topic`` is the topic that was asked for, if the archive has it. With
    ``total_is_minimum``, counting stopped at ``total``.
    """

    events: tuple[Event, ...]
    total: int
    topic: Topic | None = None
    total_is_minimum: bool = False
    position: int = 0
    anchor_found: bool = True
    menu_page: tuple[RelatedEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicYears:
    """A topic's events by year: each year that has some with how many, in order.

    ``notable`` are the best events (without topics) of the years that have most, one of each, these first.
    """

    topic: Topic
    counts: tuple[tuple[int, int], ...]
    notable: tuple[RelatedEvent, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """What an archive holds; ``languages`` counts events by language code."""

    events: int
    stubs: int
    topics: int
    first_date: date | None
    last_date: date | None
    languages: dict[str, int]


def as_json(event: Event) -> dict[str, object]:
    """Return an event as the shell's ``--json`` gives it."""
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
            {"key": other.key, "date": other.date.isoformat(), "headline": other.headline, "topics": list(other.topics)}
            for other in event.related
        ],
        "language": event.language,
        "stub": event.stub,
    }
