"""What somebody means who types a topic, or words to search for, in another way than the archive has them."""

from dataclasses import dataclass

from bot.archive.aliases import also_called, one_or_many
from bot.archive.archive import Archive
from bot.domain.event import Topic
from bot.domain.text import fold, search_terms

# From here on, of 100, a name is surely meant, where the next one is less like what was typed by so much.
_SURE, _CLEARLY = 84, 4
_LIKELY = 8
# How alike two words must be, of 100, and how long, for one to be a slip of the other; how many are put right.
_SLIP, _LONG_ENOUGH, _MOST = 75, 4, 3


@dataclass(frozen=True, slots=True)
class ResolvedTopic:
    """A topic that somebody asked for; ``guessed`` says that it is not called what they typed."""

    topic: Topic
    guessed: bool = False


async def resolve_topic(archive: Archive, typed: str) -> ResolvedTopic | None:
    """Return the topic that somebody asks for, by its name, key or acronym, or as it is likely to be meant.

    Another name, one or many of a thing, a slip of the pen where no other name is nearly as close. None if unsure.
    """
    if topic := (await archive.topic(typed, limit=0)).topic:
        return ResolvedTopic(topic)
    for other in also_called(fold(typed)):
        if topic := (await archive.topic(other, limit=0)).topic:
            return ResolvedTopic(topic, guessed=True)
    # Nobody may ever need it.
    from rapidfuzz import fuzz

    # Letter by letter: what only holds what was typed (Romania, for Oman) is not meant.
    likely = await archive.topics.similar(typed, limit=_LIKELY)
    close = sorted(((fuzz.ratio(fold(typed), fold(topic.name)), topic) for topic in likely), key=lambda each: -each[0])
    if close and close[0][0] >= _SURE and (len(close) == 1 or close[0][0] - close[1][0] >= _CLEARLY):
        return ResolvedTopic(close[0][1], guessed=True)
    return None


async def correct_spelling(archive: Archive, typed: str) -> str | None:
    """Return a search's words, those that nothing has put right after the names of topics; None if they cannot be."""
    words, changed = typed.split(), 0
    for place, word in enumerate(words):
        # Signs alone are not looked for.
        if '"' in word or not search_terms(word) or (await archive.search(word, limit=0)).total:
            continue
        other = await _other_word(archive, fold(word)) if changed < _MOST else None
        if other is None:
            return None
        words[place], changed = other, changed + 1
    return " ".join(words) if changed else None


async def _other_word(archive: Archive, word: str) -> str | None:
    for other in one_or_many(word):
        if (await archive.search(other, limit=0)).total:
            return other
    if len(word) < _LONG_ENOUGH:
        return None
    # Nobody may ever need it.
    from rapidfuzz import fuzz, process

    found = process.extractOne(word, await archive.topics.similar_words(word), scorer=fuzz.ratio, score_cutoff=_SLIP)
    return found[0] if found else None
