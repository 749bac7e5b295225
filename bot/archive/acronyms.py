"""Acronyms that headlines explain: ``International Space Station (ISS)``. Pure."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from bot.domain.text import fold
from bot.domain.topic_forms import topic_form

_ACRONYM = re.compile(r"\(([A-Z][A-Za-z0-9&./-]{1,9})\)")
_SMALL_WORDS = frozenset(["of", "the", "and", "for", "in", "on", "to", "a", "an", "de", "la", "del", "du", "des"])
# How far before a bracket its long form is looked for, and how many brackets of a headline are looked at.
_MOST_WORDS, _MOST_LETTERS, _MOST_ACRONYMS = 10, 200, 20


def acronyms(headline: str, topics: Iterable[str]) -> set[tuple[str, str]]:
    """Return pairs (acronym, what it stands for) of all that a headline explains in brackets.

    Acronyms are folded; what they stand for has the form that topics' names have (see ``topic_form``).

    The words before the bracket are the long form if their initials give the acronym, or if they are one of ``topics``
    (folded).
    """
    pairs: set[tuple[str, str]] = set()
    topic_names = set(topics)
    for match in islice(_ACRONYM.finditer(headline), _MOST_ACRONYMS):
        before = headline[max(0, match.start() - _MOST_LETTERS) : match.start()].split()[-_MOST_WORDS:]
        for start in range(len(before)):
            expansion = fold(" ".join(before[start:]))
            initials = [word[0] for word in expansion.replace("-", " ").split() if word not in _SMALL_WORDS]
            opens = before[start].lower() not in _SMALL_WORDS
            if expansion in topic_names or (opens and len(initials) > 1 and _spells(initials, match[1])):
                pairs.add((fold(match[1]), topic_form(expansion)))
                break
    return pairs


def _spells(initials: Sequence[str], acronym: str) -> bool:
    return "".join(initials) == "".join(filter(str.isalnum, acronym.lower()))
