"""Which of a day's pages and stubs tell the same happening. Pure.

Two tellings are one when a page says so (its *Changes*), when their words are the same, when one is the other with
something put before, after or into it, or when long texts share nearly all words. What differs by a name alone
(two countries vote, two cities are hit) stays apart: short texts must agree wholly, and a word that takes another's
place must be a form of it. Measured on hand-labelled pairs, see ``docs/duplicates.md``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.text import han_letters, words

# A text of fewer words (or pairs of Chinese characters) says too little to be found inside another.
_FEW_WORDS = 5
_FEW_PAIRS = 8
# The share of a shorter text's words that stand in the longer one, when that is the same with something more.
_INSIDE = 0.94
# The share of all words that long texts have in common when they are one, with a common source and without.
_SHARED_WITH_SOURCE = 0.5
_SHARED = 0.6
_CAPITAL = re.compile(r"(?<=[^.:!?\s]\s)[^\W\d_a-z][\w'’-]*+")
# A text of so many words that agrees in most of them is one even where figures differ.
_LONG = 16
_NEARLY_ALL = 0.75
# Words that begin alike, so many letters, are forms of one word: Greek and Greece.
_STEM = 4


@dataclass(frozen=True, slots=True)
class HeadlineRecord:
    """One path of a day, as the comparison sees it; ``sources`` are addresses, ``same`` paths known to be the same."""

    id: int
    headline: str
    language: str
    sources: frozenset[str] = frozenset()
    same: tuple[int, ...] = ()


def group(day: Sequence[HeadlineRecord]) -> list[list[int]]:
    """Return the ids of a day's paths, those of one happening together."""
    parent = {told.id: told.id for told in day}

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for told in day:
        for other in told.same:
            if other in parent:
                parent[root(told.id)] = root(other)
    cut = {told.id: _Cut.of(told) for told in day}
    for first, second in _candidates(cut):
        if root(first.told.id) != root(second.told.id) and _alike(first, second):
            parent[root(first.told.id)] = root(second.told.id)
    groups: dict[int, list[int]] = defaultdict(list)
    for told in day:
        groups[root(told.id)].append(told.id)
    return list(groups.values())


def same_event(one: HeadlineRecord, other: HeadlineRecord) -> bool:
    """Tell whether two paths of one day tell the same happening, by what they say."""
    return one.language == other.language and _alike(_Cut.of(one), _Cut.of(other))


@dataclass(frozen=True, slots=True)
class _Cut:
    """A telling with its headline cut into words."""

    told: HeadlineRecord
    words: tuple[str, ...]
    counts: Counter[str]
    few: int

    @classmethod
    def of(cls, told: HeadlineRecord) -> "_Cut":
        cut = words(told.headline)
        if han_letters(told.headline) * 2 <= len(told.headline):
            return cls(told, tuple(cut), Counter(cut), _FEW_WORDS)
        # A run's last character stands alone, for search, and would count twice; names in Latin letters come and go.
        pairs = tuple(word for word in cut if (not word.isascii() and len(word) > 1) or word.isdigit())
        return cls(told, pairs, Counter(pairs), _FEW_PAIRS)

    @property
    def names(self) -> frozenset[str]:
        """The words written with a capital inside the text."""
        return frozenset(
            word for written in _CAPITAL.findall(self.told.headline) for word in words(written) if len(word) > 1
        )


def _candidates(day: dict[int, _Cut]) -> Iterator[tuple[_Cut, _Cut]]:
    """Yield the pairs that share some run of three words or a source, most days' pairs sharing neither."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, cut in day.items():
        runs = {cut.words[place : place + 3] for place in range(max(len(cut.words) - 2, 1))}
        for mark in (*runs, *((address,) for address in cut.told.sources)):
            places[(cut.told.language, *mark)].append(number)
    alike: dict[tuple[str, ...], int] = {}
    for number, cut in day.items():
        first = alike.setdefault((cut.told.language, *cut.words), number)
        if first != number:
            yield day[first], cut
    seen: set[tuple[int, int]] = set()
    for numbers in places.values():
        # A run that many share (a formula of the site's) tells nothing, and would make every pair a candidate.
        for at, number in enumerate(numbers[:40]):
            for other in numbers[at + 1 : 40]:
                if (number, other) not in seen:
                    seen.add((number, other))
                    yield day[number], day[other]


def _alike(one: _Cut, other: _Cut) -> bool:
    if one.words == other.words:
        # Signs alone say nothing.
        return bool(one.words)
    size = min(len(one.words), len(other.words))
    few = min(one.few, other.few)
    shared = sum(min(count, other.counts[word]) for word, count in one.counts.items() if word in other.counts)
    if size < few:
        return False
    if shared >= _INSIDE * size:
        return True
    alike = _opens(one, other) or _opens(other, one) or (size >= 2 * few and _reworded(one, other, size, shared))
    return alike and not (_strange(one, other) and _strange(other, one))


def _reworded(one: _Cut, other: _Cut, size: int, shared: int) -> bool:
    """Tell whether two texts that share so many words are one in two wordings."""
    either = len(one.words) + len(other.words) - shared
    common_source = bool(one.told.sources & other.told.sources)
    if shared < (_SHARED_WITH_SOURCE if common_source else _SHARED) * either:
        return False
    nearly = shared >= _NEARLY_ALL * either
    left, right = one.counts - other.counts, other.counts - one.counts
    if _figures(left) and _figures(right) and not common_source:
        # Two magnitudes or tolls: two happenings, or one brought up to date. Only a long text can tell.
        return size >= 2 * _LONG and nearly
    if one.few == _FEW_PAIRS:
        return True
    return (size >= _LONG and nearly) or _forms(left, right) or _forms(right, left)


def _opens(one: _Cut, other: _Cut) -> bool:
    """Tell whether the long beginning of ``one`` stands word for word in ``other``."""
    beginning = one.words[: one.few * 3]
    if len(beginning) < one.few * 3:
        return False
    places = (place for place, word in enumerate(other.words) if word == beginning[0])
    return any(other.words[place : place + len(beginning)] == beginning for place in places)


def _figures(counts: Counter[str]) -> bool:
    return any(word[0].isdigit() for word in counts)


def _forms(words_left: Counter[str], others: Counter[str]) -> bool:
    """Tell whether each of the words is small or has another form among the others."""
    stems = {word[:_STEM] for word in others}
    return all(len(word) < _STEM or word[:_STEM] in stems for word in words_left)


def _strange(one: _Cut, other: _Cut) -> bool:
    """Tell whether ``one`` names somebody or something that ``other`` does not, not even in another form."""
    stems = {word[:_STEM] for word in other.counts}
    return any(name not in other.counts and name[:_STEM] not in stems for name in one.names)
