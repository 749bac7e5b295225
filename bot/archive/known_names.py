"""Finds names of topics that the archive knows in the headlines of pages to come. Pure but for its statement."""

import re
from collections.abc import Collection, Iterator

# Of the spellings in a list (JSON), those of topics that several events have.
KNOWN_NAMES = """
    SELECT spelling.name FROM spelling JOIN topic ON topic.id = spelling.topic_id
    WHERE spelling.name IN (SELECT value FROM json_each(:names)) AND topic.events > 1
"""
_WORD = re.compile(r"[^\W_]+(?:[.&'’-][^\W_]+)*")
# Scripts without blanks between words.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]+")
_MOST_WORDS, _MOST_CHARACTERS, _MOST_NAMES = 5, 8, 8
# A single word as short as this is a name only in capitals: UN, but not Do.
_SHORT = 3


def possible_names(headline: str) -> set[str]:
    """Return what may be a name in a headline, as it is written."""
    return {headline[start:end] for start, end in _spans(headline)}


def names_in(headline: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the known names in a headline, in its order; of two that overlap, the longer one."""
    taken: list[tuple[int, int]] = []
    for start, end in sorted(_spans(headline), key=lambda span: (span[0] - span[1], span[0])):
        if headline[start:end] in known and all(end <= first or start >= last for first, last in taken):
            taken.append((start, end))
    return tuple(dict.fromkeys(headline[start:end] for start, end in sorted(taken)))[:_MOST_NAMES]


def _spans(headline: str) -> Iterator[tuple[int, int]]:
    """Yield where names may stand: runs of words of which the first and the last are written as names are."""
    found = list(_WORD.finditer(headline))
    for index, first in enumerate(found):
        if _is_name(first[0]):
            for last in found[index : index + _MOST_WORDS]:
                if _is_name(last[0]) and (last is not first or not _is_short(first[0])):
                    yield first.start(), last.end()
    for run in _UNSPACED.finditer(headline):
        for start in range(run.start(), run.end()):
            for end in range(start + 2, min(start + _MOST_CHARACTERS, run.end()) + 1):
                yield start, end


def _is_name(word: str) -> bool:
    """Return whether a word begins with a capital, a figure, or a letter of a script that has none."""
    return not word[0].islower()


def _is_short(word: str) -> bool:
    return len(word) < 2 or word.isdigit() or (len(word) < _SHORT and not word.isupper())  # noqa: PLR2004
