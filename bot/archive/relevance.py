"""How well events answer a search: which of its words they have, and where. Pure.

The weights were tuned on one half of labelled searches and measured on the other, see ``docs/answers.md``.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import log1p
from typing import NamedTuple

from bot.archive.ranking import points_of
from bot.archive.search_words import DateWords, SearchWords, WeighedWord

# What a word weighs in an event's headline, names, topics and summary, in the order in which its stems have them.
_FIELD_WEIGHTS = (1.0, 1.1, 0.75, 0.6)
_BY_WEIGHT = sorted(range(len(_FIELD_WEIGHTS)), key=lambda field: -_FIELD_WEIGHTS[field])
# What it adds that neighbours stand together, that the search is the event's very name, that the date agrees.
_NEAR, _NAME, _DATE = 0.2, 0.6, 0.35
# An event that others with the words follow, within so many days, and few precede is what happened; they are what came
# of it. Those count that have nearly as many of the words.
_OPENS, _DAYS, _NEARLY_AS_MANY = 0.3, 30, 0.8
# Relevance counts by itself, and as much again times notability, of these points at most.
_LEAST_POINTS, _MOST_POINTS = -1.0, 7.0


class Hit(NamedTuple):
    """An event that may answer: its id, key, date (ISO), and the stems of its fields."""

    id: int
    key: str
    date: str
    stems: str


@dataclass(frozen=True, slots=True)
class RankedHit:
    """A hit with its rank, the higher the better; ``has_all`` says whether it has all of the words."""

    hit: Hit
    rank: float
    has_all: bool


@dataclass(slots=True)
class _Match:
    hit: Hit
    day: int
    coverage: float
    relevance: float
    has_all: bool


def rank_hits(hits: Sequence[Hit], search: SearchWords, words: Sequence[WeighedWord]) -> list[RankedHit]:
    """Return the hits that have any of the words and none of those excluded, ranked, in no order."""
    finder = _Finder(words, search)
    matches = [match for hit in hits if (match := finder.match(hit))]
    best = max((match.coverage for match in matches), default=0.0)
    days = sorted(match.day for match in matches if match.coverage >= best * _NEARLY_AS_MANY)
    if search.is_date:
        # All that happened then: one thing did not follow from the other.
        days = []
    return [
        RankedHit(match.hit, match.relevance * _opening(match.day, days) * _notability(match.hit.id), match.has_all)
        for match in matches
    ]


def _opening(day: int, days: Sequence[int]) -> float:
    start, end = bisect_left(days, day), bisect_right(days, day)
    after = bisect_right(days, day + _DAYS) - end
    before = start - bisect_left(days, day - _DAYS)
    return 1 + _OPENS * log1p(after) / (1 + before)


def _notability(event_id: int) -> float:
    points = min(max(points_of(event_id), _LEAST_POINTS), _MOST_POINTS)
    return 0.5 + 0.5 * (points - _LEAST_POINTS) / (_MOST_POINTS - _LEAST_POINTS)


class _Finder:
    """Finds the words of one search in events' stems."""

    def __init__(self, words: Sequence[WeighedWord], search: SearchWords) -> None:
        self._words = [([f" {form} " for form in word.forms], word.weight) for word in words]
        self._total = sum(word.weight for word in words)
        self._neighbours = [_neighbours(left, right) for left, right in pairwise(words)]
        self._names = [f" , {name} , " for name in search.names]
        self._excluded = [f" {form} " for form in search.excluded]
        self._dates: DateWords = search.dates
        self._is_date = search.is_date

    def match(self, hit: Hit) -> _Match | None:
        """Return what an event has of the words; None if it has none, or one that is excluded."""
        fields = hit.stems.split(";")
        if any(form in hit.stems for form in self._excluded):
            return None
        found = weight = 0.0
        has_all = True
        for forms, word_weight in self._words:
            field_weight = _field_weight(forms, fields)
            if field_weight:
                found += word_weight
                weight += word_weight * field_weight
            else:
                has_all = False
        date_share = self._dates.share_of(hit.date) if self._dates else 0.0
        if not found and self._words and not date_share:
            return None
        if self._is_date and date_share == 1:
            # As good as the words of the date.
            return _Match(hit, date.fromisoformat(hit.date).toordinal(), 1.0, 1 + _DATE, has_all=True)
        # A search without words is one of phrases, which every hit has, or of dates.
        coverage = found / self._total if self._total else 1.0
        relevance = weight / self._total * coverage if self._total else 1.0
        if self._neighbours:
            near = sum(pattern.search(hit.stems) is not None for pattern in self._neighbours)
            relevance *= 1 + _NEAR * near / len(self._neighbours)
        relevance += _NAME * any(name in fields[1] for name in self._names) + _DATE * date_share
        return _Match(hit, date.fromisoformat(hit.date).toordinal(), coverage, relevance, has_all)


def _field_weight(forms: Sequence[str], fields: Sequence[str]) -> float:
    """Return the weight of the best field that has any of the forms, 0 if none has."""
    for field in _BY_WEIGHT:
        for form in forms:
            if form in fields[field]:
                return _FIELD_WEIGHTS[field]
    return 0.0


def _neighbours(left: WeighedWord, right: WeighedWord) -> re.Pattern[str]:
    """Return the pattern of two words that stand together, with at most one between."""
    first, second = ("|".join(map(re.escape, word.forms)) or "(?!)" for word in (left, right))
    return re.compile(rf" (?:{first}) (?:[^ ;,]+ )?(?:{second}) ")
