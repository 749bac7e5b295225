"""Topics that somebody may mean by a name, and which of them is meant: how well the name fits, times its use. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from bot.archive.topic_index import as_one_word, counting, name_parts, name_stems
from bot.domain.event import Topic
from bot.domain.text import words

# How much less likely a topic is if only its details (“… in Asia”) have the words, or if they are only its initials.
_IN_DETAILS, _INITIALS = 0.3, 0.7
# How much less likely it is while only the beginning of its words is typed.
_BEGINNING = 0.5
# A topic of whose name less than this share was typed is offered, not taken; the second holds for its beginning and its
# end, as a surname is.
_LEAST_COVERED, _LEAST_OF_ENDS = 0.5, 0.3
# The best one is meant if it is so many times as likely as the next one.
_CLEARLY_AHEAD = 1.5
# A topic that is called just what was typed gives way to one that is used so many times as much: to one whose acronym
# that is, to one of which it is another name, and to one that ends with it, as Donald Trump does with Trump.
_ACRONYM, _OTHER_NAME, _FULL_NAME = 2, 5, 8
# North Sudan is no Sudan, and New York no York: behind these words stands the name of something else.
_OTHERS = """
    new north south west east northern southern western eastern central upper lower greater great little saint san santa
    equatorial papua anti non former ex
"""
_OF_ANOTHER = frozenset(_OTHERS.split())

# What tells popes, wars and missions of one name apart: XIII, 11. A year may stand anywhere.
_ORDINAL = re.compile(r"[ivx]+|\d{1,2}")


class Kind(IntEnum):
    """How a topic was found; the numbers but the last stand in SQL."""

    KEY = 0
    NAME = 1
    ACRONYM = 2
    OTHER_NAME = 3
    WORDS = 4
    INITIALS = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic that may be meant, and how much of its name was typed: from 0 to 1."""

    topic: Topic
    kind: Kind
    covered: float
    # Whether the name begins or ends with what was typed, and whether it is a full name whose last words that are.
    is_end: bool = False
    is_full_name: bool = False

    @property
    def weight(self) -> float:
        """How likely it is meant."""
        return self.covered * self.topic.events

    @property
    def is_enough(self) -> bool:
        """Whether enough of its name was typed for it to be taken."""
        return self.covered >= (_LEAST_OF_ENDS if self.is_end else _LEAST_COVERED)


def candidate_of(topic: Topic, kind: Kind, typed: str) -> Candidate:
    """Return a topic that was found for what somebody typed."""
    if kind is not Kind.WORDS:
        return Candidate(topic, kind, 1.0)
    typed_stems, parts = counting(name_stems(typed)), name_parts(topic.name)
    covered = _covered(typed_stems, parts.stems)
    if covered and not _keeps_together(typed_stems, parts.stems):
        return Candidate(topic, kind, 0.0)
    if not covered:
        one_word = as_one_word(typed)
        if one_word == as_one_word(topic.name):
            return Candidate(topic, kind, 1.0)
        return Candidate(topic, Kind.INITIALS, _INITIALS)
    if not set(typed_stems) & set(parts.main):
        return Candidate(topic, kind, covered * _IN_DETAILS)
    ends = (parts.stems[: len(typed_stems)], parts.stems[-len(typed_stems) :])
    is_full_name = _is_full_name(topic.name, typed_stems, parts.stems)
    return Candidate(topic, kind, covered, is_end=typed_stems in ends, is_full_name=is_full_name)


def candidate_that_begins(topic: Topic, typed: str) -> Candidate:
    """Return a topic of whose name one or all words begin like what somebody is typing."""
    covered = len(words(typed)) / max(len(words(topic.name)), 1)
    return Candidate(topic, Kind.WORDS, min(covered, 1.0) * _BEGINNING)


def rank(candidates: Sequence[Candidate], others: Sequence[Candidate] = ()) -> list[Candidate]:
    """Return topics, each once: first the one of ``candidates`` that is meant, or called so; then the likeliest."""
    best: dict[str, Candidate] = {}
    for candidate in (*candidates, *others):
        known = best.get(candidate.topic.key)
        if known is None or candidate.weight > known.weight:
            best[candidate.topic.key] = candidate
    called_so = next((candidate for candidate in candidates if candidate.kind is Kind.NAME), None)
    first = meant(candidates) or called_so
    return sorted(
        best.values(),
        key=lambda candidate: (
            candidate.topic != (first and first.topic), -candidate.weight, -candidate.topic.events, candidate.topic.key
        ),
    )  # fmt: skip


def meant(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the topic that is meant; None if it could be several."""
    for candidate in candidates:
        if candidate.kind is Kind.KEY:
            return candidate
    by_weight = sorted(candidates, key=lambda candidate: -candidate.weight)
    for candidate in candidates:
        if candidate.kind is Kind.NAME:
            return next((other for other in by_weight if _takes_over(other, candidate)), candidate)
    if not by_weight or not by_weight[0].is_enough:
        return None
    if len(by_weight) > 1 and by_weight[0].weight < _CLEARLY_AHEAD * by_weight[1].weight:
        return None
    return by_weight[0]


def _takes_over(other: Candidate, called_so: Candidate) -> bool:
    if other.kind in (Kind.ACRONYM, Kind.OTHER_NAME, Kind.INITIALS):
        is_acronym = called_so.topic.name.isupper()
        return other.topic.events >= (_ACRONYM if is_acronym else _OTHER_NAME) * called_so.topic.events
    # What is not written with a capital is no name: an election is not one that has a name of its own.
    is_name = called_so.topic.name[:1].isupper()
    return is_name and other.is_full_name and other.topic.events >= _FULL_NAME * called_so.topic.events


def _covered(typed: Sequence[str], name: Sequence[str]) -> float:
    return len(typed) / max(len(name), len(typed)) if set(typed) <= set(name) else 0.0


def _keeps_together(typed: Sequence[str], name: Sequence[str]) -> bool:
    """Return whether a name has side by side what parted is something else: ``North Sudan``, ``Leo XIII``."""
    neighbours = set(pairwise(name))
    return all(pair in neighbours for pair in pairwise(typed) if pair[0] in _OF_ANOTHER or _ORDINAL.fullmatch(pair[1]))


def _is_full_name(name: str, typed: Sequence[str], stems: Sequence[str]) -> bool:
    others = stems[: -len(typed)]
    return (
        tuple(stems[-len(typed) :]) == tuple(typed)
        and name[:1].isupper()
        and not _OF_ANOTHER.intersection(others)
        and not any(other.isdigit() for other in others)
    )
