"""Which pages and stubs of a day are about the same event. Pure.

Two are about the same event when a page says so (its *Changes*), when their headlines have the same words, when one
headline is the other with something put before, after or into it, or when long headlines share nearly all words. What
differs by a name alone (two countries vote, two cities are hit) stays apart: short headlines must agree wholly, and a
word that replaces another must be a form of it. Measured on hand-labelled pairs, see ``docs/duplicates.md``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.text import han_letters, words

# A headline of fewer words (or pairs of Chinese characters) says too little to be looked for inside another.
_FEW_WORDS = 5
_FEW_PAIRS = 8
# The share of a shorter headline's words that are in the longer one, when that only has something more.
_INSIDE = 0.94
# The share of all words that long headlines have in common when they are one event, with a common source and without.
_SHARED_WITH_SOURCE = 0.5
_SHARED = 0.6
_CAPITAL = re.compile(r"(?<=[^.:!?\s]\s)[^\W\d_a-z][\w'’-]*+")
# Headlines of this many words that agree in most of them are the same even where figures differ.
_LONG = 16
_NEARLY_ALL = 0.75
# Words that begin with the same letters, this many, are forms of one word: Greek and Greece.
_STEM = 4
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
    """A record with its headline cut into words; with fewer than ``few`` of them it says too little to be compared."""

    record: HeadlineRecord
    words: tuple[str, ...]
    counts: Counter[str]
    few: int

    @classmethod
    def of(cls, record: HeadlineRecord) -> "_Headline":
        cut = words(record.headline)
        if han_letters(record.headline) * 2 <= len(record.headline):
            return cls(record, tuple(cut), Counter(cut), _FEW_WORDS)
        # A run's last character stands alone, for search, and would count twice; names in Latin letters come and go.
        pairs = tuple(word for word in cut if (not word.isascii() and len(word) > 1) or word.isdigit())
        return cls(record, pairs, Counter(pairs), _FEW_PAIRS)

    @property
    def id(self) -> int:
        return self.record.id

    @property
    def names(self) -> frozenset[str]:
        """The words written with a capital inside the headline."""
        return frozenset(
            word for written in _CAPITAL.findall(self.record.headline) for word in words(written) if len(word) > 1
        )


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
    shared = sum(min(count, second.counts[word]) for word, count in first.counts.items() if word in second.counts)
    if size < few:
        return False
    if shared >= _INSIDE * size:
        return True
    alike = (
        _has_beginning_in(first, second)
        or _has_beginning_in(second, first)
        or (size >= 2 * few and _is_reworded(first, second, size, shared))
    )  # fmt: skip
    return alike and not (_has_other_names(first, second) and _has_other_names(second, first))


def _is_reworded(first: _Headline, second: _Headline, size: int, shared: int) -> bool:
    """Return whether two headlines that share this number of words are two wordings of one."""
    total = len(first.words) + len(second.words) - shared
    common_source = bool(first.record.sources & second.record.sources)
    if shared < (_SHARED_WITH_SOURCE if common_source else _SHARED) * total:
        return False
    nearly_all = shared >= _NEARLY_ALL * total
    only_first, only_second = first.counts - second.counts, second.counts - first.counts
    if _has_figures(only_first) and _has_figures(only_second) and not common_source:
        # Two magnitudes or tolls: two events, or one brought up to date. Only long headlines can show which.
        return size >= 2 * _LONG and nearly_all
    if first.few == _FEW_PAIRS:
        return True
    return (size >= _LONG and nearly_all) or _are_forms(only_first, only_second) or _are_forms(only_second, only_first)


def _has_beginning_in(first: _Headline, second: _Headline) -> bool:
    """Return whether the second has the long beginning of the first in it, word for word."""
    beginning = first.words[: first.few * 3]
    if len(beginning) < first.few * 3:
        return False
    starts = (start for start, word in enumerate(second.words) if word == beginning[0])
    return any(second.words[start : start + len(beginning)] == beginning for start in starts)


def _has_figures(counts: Counter[str]) -> bool:
    return any(word[0].isdigit() for word in counts)


def _are_forms(left: Counter[str], right: Counter[str]) -> bool:
    """Return whether each word on the left is small or has another form on the right."""
    stems = {word[:_STEM] for word in right}
    return all(len(word) < _STEM or word[:_STEM] in stems for word in left)


def _has_other_names(first: _Headline, second: _Headline) -> bool:
    """Return whether the first has a name that the second does not have, not even in another form."""
    stems = {word[:_STEM] for word in second.counts}
    return any(name not in second.counts and name[:_STEM] not in stems for name in first.names)
