"""Guesses the topic, or the search words, that somebody means: the subject that is written about, misspellings."""

from dataclasses import dataclass

from bot.archive.archive import Archive
from bot.archive.search_words import has_beginnings, is_marked
from bot.archive.topic_candidates import Candidate, Kind, meant, rank
from bot.domain.errors import SubjectError
from bot.domain.event import Topic
from bot.domain.subject import MOST_PARTS, Subject, SubjectTopic, parts_of
from bot.domain.text import fold, length, runs
from bot.domain.word_forms import WORDS
from bot.locale.language import Message, echo

# How similar two words must be, of 100, and how long, for one to be a misspelling of the other.
_SIMILAR_WORD, _SHORTEST_WORD = 75, 4
# In a topic's name, words of so many letters may be written with a letter too many or too few, with any one slip of the
# pen, and with two.
_WRONG_LENGTH, _ONE_SLIP, _TWO_SLIPS = 5, 6, 8
# Phrases, beginnings and excluded words are meant as they are written.
_MARKS = '"“”„«»「」『』＂*＊-–—'
# A search that is followed, in Discord's letters.
_LONGEST_SEARCH = 100
# By corrected words a topic is found of whose name at least this share was typed, or the end of a full name.
_LEAST_COVERED = 0.75


@dataclass(frozen=True, slots=True)
class ResolvedTopic:
    """The topic that somebody meant; ``guessed`` if it is not called what they typed."""

    topic: Topic
    guessed: bool = False


async def resolve_topic(archive: Archive, typed: str) -> ResolvedTopic | None:
    """Return the topic that is meant by a key, a name, a part of a name, an acronym or a misspelling; None if unsure.

    The topic of that very name gives way to one that is used many times as much and of which it is another name.
    """
    candidates = await archive.topics.meant(typed)
    if best := meant(candidates):
        return ResolvedTopic(best.topic, guessed=_is_guess(best, candidates, typed))
    if candidates or not (corrected := await _correct_name(archive, typed)):
        return None
    best = meant(await archive.topics.meant(corrected))
    if best is None or not (best.is_full_name or best.covered >= _LEAST_COVERED):
        return None
    return ResolvedTopic(best.topic, guessed=True)


async def likely_topics(archive: Archive, typed: str, *, limit: int = 5) -> list[Topic]:
    """Return topics to offer where it is open which one is meant: those that have the words, then similar names."""
    candidates = rank(await archive.topics.meant(typed))
    similar = await archive.topics.similar(typed, limit=limit)
    topics = (*(candidate.topic for candidate in candidates), *similar)
    return list({topic.key: topic for topic in topics}.values())[:limit]


def _is_guess(best: Candidate, candidates: list[Candidate], typed: str) -> bool:
    """Return whether a reader should be told which topic was taken."""
    if best.kind is Kind.KEY or fold(best.topic.name) == fold(typed):
        return False
    return best.kind is not Kind.ACRONYM or any(candidate.kind is Kind.NAME for candidate in candidates)


async def _correct_name(archive: Archive, typed: str) -> str | None:
    """Return a name with the words corrected that nothing in the archive has; None if it has all, or it is unclear.

    Numbers, short words and the names of countries are never corrected.
    """
    words = runs(typed)
    plain = [word for word in words if word.isalpha() and len(word) >= _WRONG_LENGTH and word not in WORDS]
    unknown = await archive.topics.unknown_words(plain)
    corrections: dict[str, str] = {}
    for word in unknown:
        if not (corrected := _closest(word, await archive.topics.similar_words(word))):
            return None
        corrections[word] = corrected
    return " ".join(corrections.get(word, word) for word in words) if corrections else None


def _closest(word: str, others: set[str]) -> str | None:
    """Return the word that is a slip or two away; None if there is none, or several are as close."""
    # Most processes never need it.
    from rapidfuzz.distance import OSA

    most = 1 if len(word) < _TWO_SLIPS else 2
    slips: dict[str, int] = {}
    for other in others:
        # The first letter is hardly ever wrong; letters in another order are one slip.
        if other[:1] == word[:1] and (len(word) >= _ONE_SLIP or len(other) != len(word)):
            distance = 1 if sorted(other) == sorted(word) else OSA.distance(word, other, score_cutoff=most)
            if distance <= most:
                slips[other] = distance
    closest = [other for other, distance in slips.items() if distance == min(slips.values())]
    return closest[0] if len(closest) == 1 else None


async def read_subject(archive: Archive, typed: str) -> Subject:
    """Return what an admin wants to follow: topics where those are meant, words to search for where not.

    Between these parts stand semicolons. Raises SubjectError.
    """
    parts = parts_of(typed)
    if not parts:
        raise SubjectError(Message("Say what to follow: topics or search words, with semicolons between them."))
    if len(parts) > MOST_PARTS:
        raise SubjectError(Message("At most {count} topics and searches can be followed together.", count=MOST_PARTS))
    topics: dict[str, SubjectTopic] = {}
    searches: list[str] = []
    for part in parts:
        resolved = await resolve_topic(archive, part)
        if resolved and not (resolved.guessed and is_marked(part)):
            topics[resolved.topic.key] = SubjectTopic(resolved.topic.key, resolved.topic.name)
        else:
            searches.append(await _check_search(archive, part))
    return Subject(tuple(topics.values()), tuple(searches))


async def _check_search(archive: Archive, typed: str) -> str:
    """Return a search that can be followed, as it was typed. Raises SubjectError for one that cannot."""
    if has_beginnings(typed):
        raise SubjectError(
            Message("Only whole words can be followed: write {words} without the star.", words=echo(typed))
        )
    if length(typed) > _LONGEST_SEARCH:
        raise SubjectError(Message("{words} is too long to be searched for: use fewer words.", words=echo(typed)))
    if not await archive.subject_terms(Subject(searches=(typed,))):
        raise SubjectError(Message("{words} has no word that can be searched for.", words=echo(typed)))
    return typed


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
