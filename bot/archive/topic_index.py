"""What a topic is found by: words of its spellings, basic forms of its name, initials, its name as one word. Pure."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.domain.stems import stems
from bot.domain.text import IS_HAN, runs, words

# Names say little by these words: they count neither as words in common nor as words that are missing.
_ARTICLES = ("a", "an", "the", "de", "del", "der", "des", "du", "la", "le", "von")
SMALL_WORDS = frozenset((*_ARTICLES, "and", "at", "by", "for", "from", "in", "of", "on", "or", "to", "with"))
# Behind one of these a name says where, or of what: “COVID-19 pandemic in Asia” is not about Asia as a whole.
_BEFORE_DETAILS = frozenset(["against", "at", "by", "during", "for", "from", "in", "of", "on", "over", "to", "with"])
_TITLES = frozenset(["jr", "sr"])
# Longer names are not typed as one word, and not by their initials.
_MOST_WORDS, _MOST_LETTERS = 6, 24
_CACHE_SIZE = 1 << 15


class TopicWords(NamedTuple):
    """What the index of names has of a topic; in each, spaces part the words."""

    words: str
    stems: str
    short: str


class NameParts(NamedTuple):
    """A topic's name in basic forms: all that count, and those of its main part, before “in …” or “of …”."""

    stems: tuple[str, ...]
    main: tuple[str, ...]


def topic_words(name: str, spellings: Iterable[str]) -> TopicWords:
    """Return what a topic is found by, given its name and all of its spellings."""
    return TopicWords(
        words=_unique(" ".join(words(spelling)) for spelling in sorted(spellings)),
        stems=_unique(name_stems(name)),
        short=_unique(short_forms(name)),
    )


@lru_cache(_CACHE_SIZE)
def name_stems(name: str) -> tuple[str, ...]:
    """Return the basic forms of a name's words."""
    return tuple(stems(name, "en"))


@lru_cache(_CACHE_SIZE)
def name_parts(name: str) -> NameParts:
    """Return the basic forms of a name's words that count: without small words, initials and titles of a person."""
    all_stems = name_stems(name)
    start = next((place for place, stem in enumerate(all_stems) if place and stem in _BEFORE_DETAILS), len(all_stems))
    return NameParts(counting(all_stems), counting(all_stems[:start]))


def counting(all_stems: Sequence[str]) -> tuple[str, ...]:
    """Return those of a name's basic forms that count; all, if none would be left."""
    counting = (
        stem
        for stem in all_stems
        if stem not in SMALL_WORDS
        and stem not in _TITLES
        and not (len(stem) == 1 and stem.isascii() and stem.isalpha() and len(all_stems) > 2)  # noqa: PLR2004
    )
    return tuple(counting) or tuple(all_stems)


def as_one_word(typed: str) -> str:
    """Return a name written as one word: ``spacex`` for ``Space X``."""
    return "".join(runs(typed))


def short_forms(name: str) -> list[str]:
    """Return a name as one word, and its initials: ``spacex``; ``johnfkennedy`` and ``jfk``."""
    parts = runs(name)
    if not parts or len(parts) > _MOST_WORDS or any(map(IS_HAN.match, parts)):
        return []
    one_word = "".join(parts)
    result = [one_word] if len(one_word) <= _MOST_LETTERS else []
    initials = [part[0] for part in parts if part not in SMALL_WORDS and part not in _TITLES]
    if len(initials) > 1 and not any(part.isdigit() for part in parts):
        result.append("".join(initials))
    return result


def _unique(parts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(parts))
