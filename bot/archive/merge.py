"""Which pages and stubs of a day are about the same event. Pure.

Two are about the same event when a page says so (its *Changes*), when their headlines have the same words, when one
headline is the other with something put before, after or into it, or when long headlines share most words, always in
their order. What differs by a name (two countries vote, two cities are hit) stays apart, and a word that replaces
another must be a form of it. Measured on hand-labelled pairs, see ``docs/duplicates.md``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from bot.domain.text import fold, han_letters, words

# A headline of fewer words (or Chinese characters) says too little to be looked for inside another.
_FEW_WORDS = 5
_FEW_CHARACTERS = 8
# The share of a shorter headline's words that stand in the longer one, in their order, when that only has something
# more.
_INSIDE = 0.94
# The share of all words that long headlines have in common when they are one event, with a common source and without.
_SHARED_WITH_SOURCE = 0.4
_SHARED = 0.6
# Where one word stands in another's place, only headlines of this many words that agree in most of them are the same;
# where one figure does, only those of twice as many.
_LONG = 16
_NEARLY_ALL = 0.7
# Words that begin with the same letters, this many, are forms of one word: Greek and Greece. Shorter ones say little.
_STEM = 4
_NUMBERS = frozenset(
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
)
# The Chinese characters that say as little.
_SMALL = frozenset("在于从自往以因及并和与的了")
# A sentence may begin with any word; one of four letters is taken for a name there: better two events than a wrong one.
_NAME = re.compile(r"(?<=[^.:!?\s]\s)[^\W\d_a-z][\w'’-]*+|\b[^\W\d_a-z][\w'’-]{3,}+|\b[A-Z]{2,}\b")
# A run of three words that more headlines share (a formula of the site's) says nothing, and would make every pair a
# candidate.
_MOST_SHARING = 40


@dataclass(frozen=True, slots=True)
class HeadlineRecord:
    """One path of a day, as the comparison needs it.

    ``sources`` are addresses, ``former_path_ids`` the ids of paths that its page says were its own.
    """

    id: int
    headline: str
    language: str
    sources: frozenset[str] = frozenset()
    former_path_ids: tuple[int, ...] = ()


def group_paths(day: Sequence[HeadlineRecord]) -> list[list[int]]:
    """Return the ids of a day's paths, those about one event together."""
    if len(day) == 1:
        return [[day[0].id]]
    parents = {record.id: record.id for record in day}

    def root(path_id: int) -> int:
        while parents[path_id] != path_id:
            parents[path_id] = parents[parents[path_id]]
            path_id = parents[path_id]
        return path_id

    for record in day:
        for path_id in record.former_path_ids:
            if path_id in parents:
                parents[root(record.id)] = root(path_id)
    headlines = [_Headline.of(record) for record in day]
    for first, second in _candidates(headlines):
        if root(first.id) != root(second.id) and _alike(first, second):
            parents[root(first.id)] = root(second.id)
    groups: dict[int, list[int]] = defaultdict(list)
    for record in day:
        groups[root(record.id)].append(record.id)
    return list(groups.values())


def same_event(first: HeadlineRecord, second: HeadlineRecord) -> bool:
    """Return whether two paths of one day are about the same event, by their headlines and sources."""
    return first.language == second.language and _alike(_Headline.of(first), _Headline.of(second))


@dataclass(frozen=True, slots=True)
class _Headline:
    """A record with its headline cut into words; with fewer than ``few`` of them it says too little to be compared.

    Chinese is cut into characters; names in Latin letters, which come and go there, are left out. ``names`` are the
    words written with a capital.
    """

    record: HeadlineRecord
    words: tuple[str, ...]
    names: frozenset[str]
    few: int

    @classmethod
    def of(cls, record: HeadlineRecord) -> "_Headline":
        cut = words(record.headline)
        if han_letters(record.headline) * 2 > len(cut):
            characters = (word if word.isdigit() else word[0] for word in cut if not word.isascii() or word.isdigit())
            return cls(record, tuple(characters), frozenset(), _FEW_CHARACTERS)
        names = (word for name in _NAME.findall(record.headline) for word in words(name) if len(word) > 1)
        return cls(record, tuple(cut), frozenset(names), _FEW_WORDS)

    @property
    def id(self) -> int:
        return self.record.id

    @property
    def is_chinese(self) -> bool:
        return self.few == _FEW_CHARACTERS

    def stems(self, part: Iterable[str]) -> set[str]:
        """Return what tells something in a part of the words: figures, and words by what their forms share."""
        if self.is_chinese:
            return set(part) - _SMALL
        figures = {word for word in part if _is_figure(word)}
        return figures | {word[:_STEM] for word in part if len(word) >= _STEM or word in self.names}


def _candidates(day: Sequence[_Headline]) -> Iterator[tuple[_Headline, _Headline]]:
    """Yield the pairs of one language that share all words, a run of three, or a source: few of a day's pairs do."""
    sharing: dict[tuple[str, ...], list[_Headline]] = defaultdict(list)
    for headline in day:
        language = headline.record.language
        runs = {headline.words[start : start + 3] for start in range(max(len(headline.words) - 2, 1))}
        for feature in (*runs, *((address,) for address in headline.record.sources)):
            sharing[language, *feature].append(headline)
    same_words: dict[tuple[str, ...], _Headline] = {}
    for headline in day:
        first = same_words.setdefault((headline.record.language, *headline.words), headline)
        if first is not headline:
            yield first, headline
    yielded: set[tuple[int, int]] = set()
    for headlines in sharing.values():
        for index, first in enumerate(headlines[:_MOST_SHARING]):
            for second in headlines[index + 1 : _MOST_SHARING]:
                if (first.id, second.id) not in yielded:
                    yielded.add((first.id, second.id))
                    yield first, second


def _alike(first: _Headline, second: _Headline) -> bool:
    if first.words == second.words:
        # Punctuation alone says nothing.
        return bool(first.words)
    size = min(len(first.words), len(second.words))
    few = min(first.few, second.few)
    if size < few:
        return False
    # In their order: "Russia attacks Ukraine" is not "Ukraine attacks Russia".
    shared = LCSseq.similarity(first.words, second.words)
    total = len(first.words) + len(second.words) - shared
    common_source = bool(first.record.sources & second.record.sources)
    if _differ(first, second, common_source=common_source, nearly_all=shared >= _NEARLY_ALL * total):
        return False
    return (
        shared >= _INSIDE * size
        or _has_beginning_in(first, second)
        or _has_beginning_in(second, first)
        or (size >= 2 * few and shared >= (_SHARED_WITH_SOURCE if common_source else _SHARED) * total)
    )


def _differ(first: _Headline, second: _Headline, *, common_source: bool, nearly_all: bool) -> bool:
    """Return whether the two say different things: where one has a name, figure or word, the other has another."""
    places = list(_places(first.words, second.words))
    # The same name at two places is another order.
    if any(first.names & left for left, _ in places) and any(second.names & right for _, right in places):
        return True
    if _begins_with_longer_name(first, second) or _begins_with_longer_name(second, first):
        return True
    stems = [(first.stems(left), second.stems(right)) for left, right in places]
    apart = [left | right for left, right in stems if left and right and left.isdisjoint(right)]
    if not apart or common_source:
        return False
    if first.is_chinese or second.is_chinese:
        # Nothing tells a name from other words there.
        return True
    # Two magnitudes or tolls: two events, or one brought up to date. Only long headlines can show which.
    has_figures = any(_is_figure(stem) for place in apart for stem in place)
    size = min(len(first.words), len(second.words))
    return not nearly_all or size < (2 * _LONG if has_figures else _LONG)


def _places(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the words of each headline at the places where they differ, in turn."""
    left, right = set[str](), set[str]()
    for change in LCSseq.opcodes(first, second):
        if change.tag != "equal":
            left.update(first[change.src_start : change.src_end])
            right.update(second[change.dest_start : change.dest_end])
        elif left or right:
            yield left, right
            left, right = set(), set()
    yield left, right


def _is_figure(word: str) -> bool:
    return word[0].isdigit() or word in _NUMBERS


def _begins_with_longer_name(first: _Headline, second: _Headline) -> bool:
    """Return whether the second begins with the name that the first begins with, and more: South Sudan and Sudan."""
    if first.words[0] not in second.words:
        return False
    name = second.words[: second.words.index(first.words[0]) + 1]
    return len(name) > 1 and second.names.issuperset(name) and fold(second.record.headline).startswith(" ".join(name))


def _has_beginning_in(first: _Headline, second: _Headline) -> bool:
    """Return whether the second has the long beginning of the first in it, word for word."""
    beginning = first.words[: first.few * 3]
    if len(beginning) < first.few * 3:
        return False
    starts = (start for start, word in enumerate(second.words) if word == beginning[0])
    return any(second.words[start : start + len(beginning)] == beginning for start in starts)
