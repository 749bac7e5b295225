"""Guesses the topic, or the search words, that somebody means: other names, singular and plural, misspellings."""

from dataclasses import dataclass

from bot.archive.aliases import other_names, singular_or_plural
from bot.archive.archive import Archive
from bot.domain.event import Topic
from bot.domain.text import fold, search_terms

# Similarities are from 0 to 100. A similar name is taken to be meant if it is at least this similar, and ahead of the
# next one by this much.
_SURE, _CLEARLY_AHEAD = 84, 4
_COMPARED_NAMES = 8
# How similar two words must be, and how long, for one to be a misspelling of the other; how many words of a search are
# corrected at most.
_SIMILAR_WORD, _SHORTEST_WORD, _MOST_CORRECTIONS = 75, 4, 3


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
    """Return a search's words with those that no event has corrected after the names of topics.

    None if all of them are in the archive, or one cannot be corrected.
    """
    words, corrections = typed.split(), 0
    for position, word in enumerate(words):
        # A word without letters and digits is not searched for.
        if '"' in word or not search_terms(word) or (await archive.search(word, limit=0)).total:
            continue
        corrected = await _correct_word(archive, fold(word)) if corrections < _MOST_CORRECTIONS else None
        if corrected is None:
            return None
        words[position], corrections = corrected, corrections + 1
    return " ".join(words) if corrections else None


async def _correct_word(archive: Archive, word: str) -> str | None:
    for form in singular_or_plural(word):
        if (await archive.search(form, limit=0)).total:
            return form
    if len(word) < _SHORTEST_WORD:
        return None
    # Most processes never need it.
    from rapidfuzz import fuzz, process

    best = process.extractOne(
        word, await archive.topics.similar_words(word), scorer=fuzz.ratio, score_cutoff=_SIMILAR_WORD
    )
    return best[0] if best else None
