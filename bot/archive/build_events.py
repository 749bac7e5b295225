"""Builds events from what pages and day indexes say about their paths. Pure.

A column of an event stands in ``PathRow`` (where it comes from), in ``EventRow`` (where it goes) and in ``_build``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from bot.archive.acronyms import acronyms
from bot.archive.event_words import EventWords, StoredWords, join_stems, pack_words, stems_of_fields
from bot.archive.inserts import encode
from bot.archive.merge import HeadlineRecord, group_paths
from bot.archive.notability import kind_points, page_points
from bot.domain.article import ArticleName, KnownArticle, article_name, first_article
from bot.domain.page import STARTER_ORIGIN
from bot.domain.text import fold, words

# Where a headline for a path without a page comes from, the best last: a Changes section, a day index, a page's list.
_CHANGES, _INDEX, _PAGE = 1, 2, 3
_COMMONS = "https://upload.wikimedia.org/wikipedia/commons/"
# Pages name the same topics again and again.
_CACHE_SIZE = 1 << 15

# As SQLite returns it.
Row = tuple[Any, ...]


class PathRow(NamedTuple):
    """A path and its page, by the names of their columns; without a page, all from ``origin`` on is None.

    ``event_id`` is that of the event which has been built from the path before.
    """

    id: int
    key: str
    path: str
    date: str
    event_id: int | None
    origin: str | None
    language: str | None
    headline: str | None
    summary: str | None
    image: str | None
    sources: str | None
    topics: str | None
    also: str | None
    pick: int | None
    category: str | None
    weight: int | None
    seen: str | None
    credit: str | None
    withdrawn: str | None
    item: str | None


class MentionRow(NamedTuple):
    """What a page or a day index says about a path; ``page_id`` is 0 for an index, ``topics`` is JSON.

    Language and headline may be None where the path has a page, which has its own.
    """

    path_id: int
    page_id: int
    topics: str
    language: str | None
    headline: str | None


class PathRows(NamedTuple):
    """All that the archive knows about some paths, and the number of each language.

    These are all paths of some dates, or, if ``grouped``, all paths of some events, which are to stay together.
    ``paths`` has the columns of ``PathRow``, in the order of dates and paths; what pages' lists, day indexes and
    *Changes* sections say about them has those of ``MentionRow``. ``articles`` are those that are known of the first
    articles among the pages' sources.
    """

    grouped: bool
    paths: list[Row]
    related: list[Row]
    index_topics: list[Row]
    former_paths: list[Row]
    language_numbers: dict[str, int]
    articles: Mapping[ArticleName, KnownArticle] = {}


class EventRow(NamedTuple):
    """An event, by the names of its columns; lists are JSON. Its id is known once it has its score, and 0 till then."""

    id: int
    key: str
    path: str
    date: str
    month_day: int
    language: str
    stub: int
    headline: str
    summary: str | None
    image: str | None
    sources: str
    also: str = "[]"
    pick: int = 0
    category: str | None = None
    weight: int | None = None
    seen: str | None = None
    credit: str | None = None
    image_credit: str | None = None
    points: float = 0.0
    story_points: float = 0.0


class WordingRow(NamedTuple):
    """What readers of a language are shown of an event that is in another one, by the names of its columns."""

    language: str
    event_id: int
    headline: str
    summary: str | None
    sources: str
    topics: str
    credit: str | None


class BuiltEvent(NamedTuple):
    """An event with all that is stored beside its row; acronyms are pairs (acronym, what it stands for), folded.

    ``mentions`` is how many other pages relate to it; ``foreign_topics`` are those that only its ``wordings`` in other
    languages have.
    """

    row: EventRow
    language_number: int
    mentions: int
    path_ids: list[int]
    topics: list[str]
    foreign_topics: list[str]
    wordings: list[WordingRow]
    acronyms: set[tuple[str, str]]
    words: StoredWords

    @property
    def all_topics(self) -> list[str]:
        """The topics by which it is found, its own ones first."""
        return [*self.topics, *self.foreign_topics]


@dataclass(slots=True)
class _Path:
    """One path of a day with all that pages and day indexes say about it."""

    row: PathRow
    language: str
    headline: str
    topics: list[str]
    sources: list[list[str]]
    article: KnownArticle | None = None
    mentioned_by: set[int] = field(default_factory=set)
    former_path_ids: list[int] = field(default_factory=list)
    is_superseded: bool = False
    headline_weight: int = 0

    @classmethod
    def of(cls, row: PathRow, articles: Mapping[ArticleName, KnownArticle]) -> "_Path":
        sources: list[list[str]] = json.loads(row.sources or "[]")
        name = first_article(sources) if articles else None
        article = articles.get(name) if name else None
        return cls(row, row.language or "", row.headline or "", list(_json_list(row.topics)), sources, article)

    @property
    def has_page(self) -> bool:
        return self.row.headline is not None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the source of its page has withdrawn it: it leads to the event, but says nothing about it."""
        return self.row.withdrawn is not None

    def propose_headline(self, weight: int, mention: MentionRow) -> None:
        """Take the longest headline of those with the greatest weight, unless the path has a page of its own."""
        if self.has_page or not mention.headline or not mention.language:
            return
        proposal = (weight, len(mention.headline), mention.headline)
        if proposal > (self.headline_weight, len(self.headline), self.headline):
            self.headline_weight, self.language, self.headline = weight, mention.language, mention.headline

    @property
    def rank(self) -> tuple[bool, bool, bool, int, bool, int, str]:
        """What the leading path of an event has most of: it gives the event its key, path, date and headline."""
        return (
            self.has_page,
            # The starter archive's words are made to be read by themselves.
            self.row.origin == STARTER_ORIGIN,
            not self.is_superseded,
            len(self.sources),
            self.row.summary is not None,
            len(self.headline),
            self.row.path,
        )


def build_events(rows: PathRows) -> list[BuiltEvent]:
    """Return the events that these paths are about."""
    groups = _by_event(_paths(rows)) if rows.grouped else _compared(_paths(rows))
    return [event for paths in groups if (event := _build(paths, rows.language_numbers))]


def month_day_of(date: str) -> int:
    """Return month * 100 + day of a date (ISO)."""
    return int(date[5:7]) * 100 + int(date[8:])


def _by_event(paths: list[_Path]) -> Iterator[list[_Path]]:
    """Yield paths that have been one event before, together."""
    events: dict[int | None, list[_Path]] = {}
    for path in paths:
        events.setdefault(path.row.event_id, []).append(path)
    yield from events.values()


def _compared(paths: list[_Path]) -> Iterator[list[_Path]]:
    """Yield all paths of one event together, from all paths of some dates."""
    dates: dict[str, dict[int, _Path]] = {}
    for path in paths:
        dates.setdefault(path.row.date, {})[path.row.id] = path
    for by_id in dates.values():
        groups = group_paths([_headline_record(path) for path in by_id.values()])
        yield from _across_languages([[by_id[path_id] for path_id in path_ids] for path_ids in groups])


def _across_languages(groups: list[list[_Path]]) -> list[list[_Path]]:
    """Join the groups of a date that tell the same in several languages: their lead articles are about one item.

    Where a language has two groups with an item, it does not say which of them the other languages tell.
    """
    by_item: dict[str, list[list[_Path]]] = {}
    for group in groups:
        for item in {path.row.item for path in group if path.row.item and not path.is_withdrawn}:
            by_item.setdefault(item, []).append(group)
    for _, same in sorted(by_item.items()):
        # What was joined by another item is empty.
        first, *others = [group for group in same if group] or [[]]
        languages = [language for group in (first, *others) for language in {path.language for path in group}]
        if len(set(languages)) == len(languages):
            for group in others:
                first += group
                group.clear()
    return [group for group in groups if group]


def _paths(rows: PathRows) -> list[_Path]:
    """Return the paths that have a headline, in their order."""
    paths = {row.id: _Path.of(row, rows.articles) for row in map(PathRow._make, rows.paths)}
    for mention in map(MentionRow._make, rows.related):
        path = paths[mention.path_id]
        path.mentioned_by.add(mention.page_id)
        path.topics += _json_list(mention.topics)
        path.propose_headline(_PAGE, mention)
    for mention in map(MentionRow._make, rows.index_topics):
        paths[mention.path_id].topics += _json_list(mention.topics)
        paths[mention.path_id].propose_headline(_INDEX, mention)
    for mention in map(MentionRow._make, rows.former_paths):
        path, successor = paths[mention.path_id], paths.get(mention.page_id)
        path.propose_headline(_CHANGES, mention)
        if successor and successor.row.date == path.row.date:
            successor.former_path_ids.append(mention.path_id)
            path.is_superseded = True
    return [path for path in paths.values() if path.headline]


def _build(paths: Sequence[_Path], language_numbers: dict[str, int]) -> BuiltEvent | None:
    """Build one event from all paths about it.

    None if only day indexes or Changes sections name them, or if all of their pages are withdrawn.
    """
    path_ids = [path.row.id for path in paths]
    mentioned_by = set().union(*(path.mentioned_by for path in paths)).difference(path_ids)
    paths, withdrawn = _telling(paths, language_numbers)
    leading = paths[0] if paths else None
    if leading is None or not (leading.has_page or (mentioned_by and not withdrawn)):
        return None
    by_language: dict[str, list[_Path]] = {}
    for path in paths:
        by_language.setdefault(path.language, []).append(path)
    own, *others = by_language.values()
    rows = [path.row for path in paths]
    sources = _sources(own)
    summary = _first(path.row.summary for path in own)
    image = _first(row.image for row in rows)
    articles = [path.article for path in paths if path.article]
    # What pages say comes before what is known of their articles; but of an image of Commons, that says whose it is.
    is_open = image is None or image.startswith(_COMMONS)
    pictured = next((article for article in articles if article.image), None) if is_open else None
    topics = _topics(own)
    also = _unique(name for row in rows for name in _json_list(row.also))
    pick = any(row.pick for row in rows)
    weight = _most(row.weight for row in rows)
    if weight is None:
        weight = _most(article.size for article in articles)
    kinds = kind_points(leading.headline, leading.language)
    held = page_points(
        sources=len(sources), image=image is not None, summary=summary is not None, stub=not leading.has_page,
        pick=pick, weight=weight,
    )  # fmt: skip
    wordings = [_wording(same) for same in others if same[0].has_page]
    return BuiltEvent(
        row=EventRow(
            id=0,
            key=leading.row.key,
            path=leading.row.path,
            date=leading.row.date,
            month_day=month_day_of(leading.row.date),
            language=leading.language,
            stub=int(not leading.has_page),
            headline=leading.headline,
            summary=summary,
            image=pictured.image if pictured else image,
            sources=encode(sources),
            also=encode(also),
            pick=int(pick),
            category=_first(path.row.category for path in own),
            weight=weight,
            seen=min((row.seen for row in rows if row.seen is not None), default=None),
            credit=_first(path.row.credit for path in own),
            image_credit=pictured.credit if pictured else None,
            points=sum(points.own for points in kinds.values()) + sum(held.values()),
            story_points=sum(points.in_story for points in kinds.values()),
        ),
        language_number=language_numbers[leading.language],
        mentions=len(mentioned_by),
        path_ids=[row.id for row in rows] + [path.row.id for path in withdrawn],
        topics=topics,
        foreign_topics=[name for name in _unique(_topics(paths)) if name not in topics] if others else [],
        wordings=wordings,
        acronyms=_acronyms(_headlines(paths), topics),
        words=_stored_words(list(by_language.values()), also),
    )


def _wording(paths: Sequence[_Path]) -> WordingRow:
    """Return the wording of an event in one language, from the paths that tell it in that language."""
    return WordingRow(
        language=paths[0].language,
        event_id=0,
        headline=paths[0].headline,
        summary=_first(path.row.summary for path in paths),
        sources=encode(_sources(paths)),
        topics=encode(_topics(paths)),
        credit=_first(path.row.credit for path in paths),
    )


def _stored_words(by_language: Sequence[Sequence[_Path]], also: Sequence[str]) -> StoredWords:
    """Return what an event is found by, in whichever language it is told: the first one is its own."""
    parts = [_words_of(paths, also if paths is by_language[0] else ()) for paths in by_language]
    stems = join_stems(stems for _, stems in parts) if len(parts) > 1 else parts[0][1]
    headline, topics, summary = (" ".join(texts) for texts in zip(*(found for found, _ in parts), strict=True))
    return StoredWords(stems, pack_words(headline, topics, summary, stems))


def _words_of(paths: Sequence[_Path], also: Sequence[str]) -> tuple[EventWords, str]:
    """Return the words of an event in one language, and their basic forms."""
    headlines, topics = _headlines(paths), _topics(paths)
    summary = _first(path.row.summary for path in paths) or ""
    names = [*also, *filter(None, (article_title(address) for _, address in _sources(paths)))]
    found = EventWords(
        headline=" ".join(_unique(" ".join(words(headline)) for headline in headlines)),
        # Its other names are searched as topics are.
        topics=" ".join(map(_words_of_topic, [*topics, *also])),
        summary=" ".join(words(summary)),
    )
    return found, stems_of_fields(headlines, names, topics, summary, language=paths[0].language)


def _sources(paths: Iterable[_Path]) -> list[list[str]]:
    return list({source[1]: source for path in paths for source in path.sources}.values())


def _topics(paths: Iterable[_Path]) -> list[str]:
    return _unique(topic for path in paths for topic in path.topics)


def _headlines(paths: Iterable[_Path]) -> list[str]:
    return _unique(path.headline for path in paths)


def _telling(paths: Iterable[_Path], language_numbers: dict[str, int]) -> tuple[list[_Path], list[_Path]]:
    """Return the paths that tell an event, the leading one first, and those whose pages are withdrawn.

    Of pages in several languages, those in English lead, else those in the language whose code comes first.
    """
    ranked = sorted(paths, key=lambda path: path.rank, reverse=True)
    telling = [path for path in ranked if not path.is_withdrawn]
    telling.sort(key=lambda path: (not path.has_page, language_numbers[path.language] != 0, path.language))
    return telling, [path for path in ranked if path.is_withdrawn]


def article_title(address: str) -> str | None:
    """Return the title of the Wikipedia article at an address, without what tells it from others in brackets."""
    name = article_name(address)
    return re.sub(r" \([^)]*\)$", "", name.title) if name else None


def _headline_record(path: _Path) -> HeadlineRecord:
    addresses = frozenset(address for _, address in path.sources)
    return HeadlineRecord(path.row.id, path.headline, path.language, addresses, tuple(path.former_path_ids))


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


@lru_cache(_CACHE_SIZE)
def _json_list(names: str | None) -> tuple[str, ...]:
    return tuple(json.loads(names)) if names else ()


@lru_cache(_CACHE_SIZE)
def _words_of_topic(name: str) -> str:
    return " ".join(words(name))


def _acronyms(headlines: Iterable[str], topics: Sequence[str]) -> set[tuple[str, str]]:
    with_brackets = [headline for headline in headlines if "(" in headline]
    folded = {fold(topic) for topic in topics} if with_brackets else set[str]()
    return {pair for headline in with_brackets for pair in acronyms(headline, folded)}
