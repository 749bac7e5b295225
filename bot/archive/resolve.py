"""Guesses the topic, or the search words, that somebody means: other names, singular and plural, misspellings."""

from dataclasses import dataclass

from bot.archive.aliases import other_names
from bot.archive.archive import Archive
from bot.domain.event import Topic
from bot.domain.text import fold

# Similarities are from 0 to 100. A similar name is taken to be meant if it is at least this similar, and ahead of the
# next one by this much.
_SURE, _CLEARLY_AHEAD = 84, 4
_COMPARED_NAMES = 8
# How similar two words must be, and how long, for one to be a misspelling of the other.
_SIMILAR_WORD, _SHORTEST_WORD = 75, 4
# Phrases, beginnings and excluded words are meant as they are written.
_MARKS = '"“”„«»「」『』＂*＊-–—'


@dataclass(frozen=True, slots=True)
class ResolvedTopic:
    """The topic that somebody meant; ``guessed`` if it is not called what they typed."""

    topic: Topic
    guessed: bool = False


async def resolve_topic(archive: Archive, typed: str) -> ResolvedTopic | None:
    """Return the topic of that name, key or acronym; else the one that is likely to be meant; None if unsure.

    Likely are another name of a topic, its singular or plural, and a misspelling that no other name is nearly as
    similar to.
    """
    if topic := (await archive.topic(typed, limit=0)).topic:
        return ResolvedTopic(topic)
    for name in other_names(fold(typed)):
        if topic := (await archive.topic(name, limit=0)).topic:
            return ResolvedTopic(topic, guessed=True)
    # Most processes never need it.
    from rapidfuzz import fuzz

    # Letter by letter: a name that merely contains what was typed (Romania, for Oman) is not meant.
    topics = await archive.topics.similar(typed, limit=_COMPARED_NAMES)
    ranked = sorted(((fuzz.ratio(fold(typed), fold(topic.name)), topic) for topic in topics), key=lambda pair: -pair[0])
    if ranked and ranked[0][0] >= _SURE and (len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= _CLEARLY_AHEAD):
        return ResolvedTopic(ranked[0][1], guessed=True)
    return None


async def correct_spelling(archive: Archive, typed: str) -> str | None:
    """Return a search's words with one that no event has corrected after the names of topics; None if none is.

    Numbers, and words that the archive has in any form, are never corrected.
    """
    words = typed.split()
    plain = [word for word in words if not any(mark in word for mark in _MARKS) and _is_correctable(word)]
    for word in await archive.event_search.unknown_words(plain):
        if corrected := await _correct_word(archive, fold(word)):
            return " ".join(corrected if part == word else part for part in words)
    return None


def _is_correctable(word: str) -> bool:
    return len(fold(word)) >= _SHORTEST_WORD and word.isalpha()


async def _correct_word(archive: Archive, word: str) -> str | None:
    # Most processes never need it.
    from rapidfuzz import fuzz, process

    best = process.extractOne(
        word, await archive.topics.similar_words(word), scorer=fuzz.ratio, score_cutoff=_SIMILAR_WORD
    )
    return best[0] if best else None
