"""What is known of a day's paths -> its events: those of one happening together. Pure."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from bot.archive.merge import HeadlineRecord, group
from bot.archive.page_rows import encode
from bot.archive.ranking import event_id, score
from bot.domain.text import fold, words

_ACRONYM = re.compile(r"\(([A-Z][A-Za-z0-9&./-]{1,9})\)")
_SMALL_WORDS = frozenset(["of", "the", "and", "for", "in", "on", "to", "a", "an", "de", "la", "del", "du", "des"])
# How far before a bracket its long form is looked for, and how many brackets of a headline are looked at.
_MOST_WORDS, _MOST_LETTERS, _MOST_ACRONYMS = 10, 200, 20
_BY_CHANGES, _BY_LIST, _BY_PAGE = 1, 2, 3
# Pages tell the same topics again and again.
_REMEMBERED = 1 << 15

_Row = tuple[Any, ...]


class DayRows(NamedTuple):
    """What the archive knows of the paths of some dates, as rows.

    ``told``: id, key, path and date (ISO) of each path, in the order of dates and paths, and what its page tells:
    language, headline, summary, image, sources and topics as JSON; all None without a page. ``mentioned``, by pages:
    the id of the path, that of the page, topics as JSON, language, headline. ``hinted``, by days' indexes: the same
    without the page. ``former_paths``, by *Changes* sections: the same as mentioned, without topics.
    """

    told: list[_Row]
    mentioned: list[_Row]
    hinted: list[_Row]
    former_paths: list[_Row]


@dataclass(slots=True)
class _Path:
    """One path of a day with all that is known of it."""

    id: int
    key: str
    path: str
    date: str
    language: str
    headline: str
    page: bool
    summary: str | None
    image: str | None
    sources: list[list[str]]
    topics: list[str]
    mentioned_by: set[int] = field(default_factory=set)
    former_paths: list[int] = field(default_factory=list)
    superseded: bool = False
    told: int = 0

    def tell(self, weight: int, language: str, headline: str) -> None:
        """Take the longest headline of those who tell most of it; a page of its own knows better than all."""
        if not self.page and (weight, len(headline), headline) > (self.told, len(self.headline), self.headline):
            self.told, self.language, self.headline = weight, language, headline

    @property
    def rank(self) -> tuple[bool, bool, int, bool, int, str]:
        """The greatest of a group gives it its key, path and headline."""
        return (
            self.page,
            not self.superseded,
            len(self.sources),
            self.summary is not None,
            len(self.headline),
            self.path,
        )


class EventRow(NamedTuple):
    """An event as it is written; ``paths`` are the ids of the names that lead to it, ``acronyms`` pairs."""

    id: int
    row: tuple[object, ...]
    paths: list[int]
    date: str
    topics: list[str]
    acronyms: set[tuple[str, str]]
    words: tuple[str, str, str]


def events_of(heard: DayRows) -> list[EventRow]:
    """Return the events of some dates."""
    made = (
        _event(date, [paths[number] for number in ids])
        for date, paths in _days(heard).items()
        for ids in group([_told(path) for path in paths.values()])
    )
    return [event for event in made if event]


def _days(heard: DayRows) -> dict[str, dict[int, _Path]]:
    """Return the paths that are called something, in the order of paths, by their date."""
    paths: dict[int, _Path] = {}
    for row in heard.told:
        number, key, path, date, language, headline, summary, image, sources, topics = row
        page = headline is not None
        paths[number] = _Path(
            number, key, path, date, language or "", headline or "", page, summary, image,
            json.loads(sources) if page else [], list(_listed(topics)) if page else [],
        )  # fmt: skip
    for number, page_id, topics, language, headline in heard.mentioned:
        paths[number].mentioned_by.add(page_id)
        paths[number].topics += _listed(topics)
        paths[number].tell(_BY_PAGE, language, headline)
    for number, topics, language, headline in heard.hinted:
        paths[number].topics += _listed(topics)
        paths[number].tell(_BY_LIST, language, headline)
    for number, page_id, language, headline in heard.former_paths:
        paths[number].tell(_BY_CHANGES, language, headline)
        if page_id in paths and paths[page_id].date == paths[number].date:
            paths[page_id].former_paths.append(number)
            paths[number].superseded = True
    days: dict[str, dict[int, _Path]] = {}
    for number, found in paths.items():
        if found.headline:
            days.setdefault(found.date, {})[number] = found
    return days


@lru_cache(_REMEMBERED)
def _listed(names: str) -> tuple[str, ...]:
    return tuple(json.loads(names))


def _event(date: str, paths: Sequence[_Path]) -> EventRow | None:
    """Make one event, told by all of ``paths``; what only an index or a Changes section names is none."""
    paths = sorted(paths, key=lambda path: path.rank, reverse=True)
    best = paths[0]
    mentions = set().union(*(path.mentioned_by for path in paths)) - {path.id for path in paths}
    if not best.page and not mentions:
        return None
    sources = list({source[1]: source for path in paths for source in path.sources}.values())
    summary = next((path.summary for path in paths if path.summary), None)
    image = next((path.image for path in paths if path.image), None)
    points = score(
        mentioned=len(mentions), sources=len(sources), image=image is not None, summary=summary is not None,
        stub=not best.page,
    )  # fmt: skip
    number = event_id(points, best.id, language=best.language)
    topics = list(dict.fromkeys(topic for path in paths for topic in path.topics))
    headlines = list(dict.fromkeys(path.headline for path in paths))
    return EventRow(
        id=number,
        row=(
            number, best.key, best.path, date, month_day_of(date), best.language, int(not best.page), best.headline,
            summary, image, encode(sources),
        ),
        paths=[path.id for path in paths],
        date=date,
        topics=topics,
        acronyms=_acronyms(headlines, topics),
        words=(
            " ".join(dict.fromkeys(" ".join(words(headline)) for headline in headlines)),
            " ".join(map(_words_of_topic, topics)),
            " ".join(words(summary or "")),
        ),
    )  # fmt: skip


def month_day_of(date: str) -> int:
    """Return month * 100 + day of a date (ISO)."""
    return int(date[5:7]) * 100 + int(date[8:])


@lru_cache(_REMEMBERED)
def _words_of_topic(name: str) -> str:
    return " ".join(words(name))


def _acronyms(headlines: Iterable[str], topics: Sequence[str]) -> set[tuple[str, str]]:
    bracketed = [headline for headline in headlines if "(" in headline]
    folded = {fold(topic) for topic in topics} if bracketed else set[str]()
    return {pair for headline in bracketed for pair in acronyms(headline, folded)}


def _told(path: _Path) -> HeadlineRecord:
    return HeadlineRecord(
        path.id, path.headline, path.language, frozenset(source[1] for source in path.sources), tuple(path.former_paths)
    )


def acronyms(headline: str, topics: Iterable[str]) -> set[tuple[str, str]]:
    """Return pairs (acronym, what it stands for), both folded, from ``International Space Station (ISS)``.

    What stands before the bracket counts if its initials give the acronym, or if it ends in one of ``topics``
    (folded).
    """
    found: set[tuple[str, str]] = set()
    known = set(topics)
    for match in islice(_ACRONYM.finditer(headline), _MOST_ACRONYMS):
        before = headline[max(0, match.start() - _MOST_LETTERS) : match.start()].split()[-_MOST_WORDS:]
        for start in range(len(before)):
            long = fold(" ".join(before[start:]))
            initials = [word[0] for word in long.replace("-", " ").split() if word not in _SMALL_WORDS]
            opens = before[start].lower() not in _SMALL_WORDS
            if long in known or (opens and len(initials) > 1 and _spells(initials, match[1])):
                found.add((fold(match[1]), long))
                break
    return found


def _spells(initials: Sequence[str], acronym: str) -> bool:
    return "".join(initials) == "".join(filter(str.isalnum, acronym.lower()))
