"""Asks an archive, or the baseline, what people ask, and counts what comes first."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.answers.baseline import Baseline
from benchmarks.answers.question_sets import Kind, QuestionSet, Subject
from benchmarks.answers.questions import Answer, Question
from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.resolve import correct_spelling, resolve_topic
from bot.archive.starter import sync_starter
from bot.domain.event import Event, Topic


class Answerer(Protocol):
    """Whoever is asked; each method returns all answers or the best ones, the best first."""

    async def day(self, day: str) -> Sequence[Event]:
        """Return the events of a day of the year (``12-31``) or a date (``2020-12-31``)."""

    async def search(self, words: str) -> Sequence[Event]:
        """Return the events that are found."""

    async def topic(self, typed: str) -> Sequence[Topic]:
        """Return the topics that may be meant."""


class ArchiveAnswerer:
    """Answers from an archive as the commands do; ``prefer`` is the reader's language."""

    # Of what a search finds: nobody counts further down.
    _FOUND = 5

    def __init__(self, archive: Archive, *, prefer: str | None = None) -> None:
        self._archive = archive
        self._prefer = prefer

    async def day(self, day: str) -> Sequence[Event]:
        """Return the events of a day of the year (``12-31``) or a date (``2020-12-31``), all of them."""
        *year, month, day_of_month = map(int, day.split("-"))
        month_day = month * 100 + day_of_month
        listing = await self._archive.on_this_day(month_day, year=year[0] if year else None, prefer=self._prefer)
        return listing.events

    async def search(self, words: str) -> Sequence[Event]:
        """Return the first events that have the words; else those that have them in a corrected spelling."""
        listing = await self._archive.search(words, prefer=self._prefer, limit=self._FOUND)
        if not listing.total and (corrected := await correct_spelling(self._archive, words)):
            listing = await self._archive.search(corrected, prefer=self._prefer, limit=self._FOUND)
        return listing.events

    async def topic(self, typed: str) -> Sequence[Topic]:
        """Return the topic that is taken to be meant, if any."""
        resolved = await resolve_topic(self._archive, typed)
        return [resolved.topic] if resolved else []


@dataclass(frozen=True, slots=True)
class Reply:
    """A question and what was answered, best first."""

    question: Question
    answers: Sequence[Answer]

    @property
    def place(self) -> int | None:
        """The place of the first right answer, from 0; None if there is none."""
        is_right = self.question.is_right
        if is_right is None:
            return None if self.answers else 0
        return next((place for place, answer in enumerate(self.answers) if is_right(answer)), None)

    @property
    def found_nothing(self) -> bool:
        """Whether there was no answer where there should have been one."""
        return not self.answers and self.question.is_right is not None

    @property
    def depth(self) -> float:
        """How far down the answers the first right one stands: 0 for the first place, 1 for the last one or none."""
        return 1.0 if self.place is None else self.place / max(len(self.answers) - 1, 1)


@dataclass(frozen=True, slots=True)
class Score:
    """How a set of questions was answered, in % of the questions.

    ``first`` and ``among`` are those with the right answer first, and among the first few; ``nothing`` those without an
    answer. ``depth`` is the median of how far down the right answer stands.
    """

    first: float
    among: float
    nothing: float
    depth: float


@dataclass(frozen=True, slots=True)
class Result:
    """A set of questions, and what an archive and the baseline made of it replied."""

    questions: QuestionSet
    ours: Sequence[Reply]
    baseline: Sequence[Reply]


def make_archive(subject: Subject, file: Path) -> None:
    """Make the archive at ``file`` that a subject's questions are for."""
    if subject.pages:
        import_pages(file, [subject.pages], forgotten=ForgottenEvents())
    else:
        sync_starter(file, enabled=True, forgotten=ForgottenEvents())


async def ask_all(subject: Subject, file: Path) -> list[Result]:
    """Ask the archive at ``file``, and the baseline, all questions of a subject."""
    async with Archive(file) as archive:
        answerer = ArchiveAnswerer(archive, prefer=subject.language)
        with closing(await _baseline_of(archive)) as baseline:
            return [
                Result(questions, await _ask(answerer, questions), await _ask(baseline, questions))
                for questions in subject.sets
            ]


def score(replies: Sequence[Reply], *, among: int) -> Score:
    """Return how many questions were answered right at once, and among so many answers."""
    places = [reply.place for reply in replies]
    return Score(
        first=_percent(place == 0 for place in places),
        among=_percent(place is not None and place < among for place in places),
        nothing=_percent(reply.found_nothing for reply in replies),
        depth=100 * statistics.median(reply.depth for reply in replies),
    )


async def _ask(answerer: Answerer, questions: QuestionSet) -> list[Reply]:
    asks: dict[Kind, Callable[[str], Awaitable[Sequence[Answer]]]] = {
        Kind.DAY: answerer.day,
        Kind.SEARCH: answerer.search,
        Kind.TOPIC: answerer.topic,
    }
    ask = asks[questions.kind]
    return [Reply(question, await ask(question.asked)) for question in questions.questions]


async def _baseline_of(archive: Archive) -> Baseline:
    """Return the baseline with the events and topics of an archive."""
    days = [month * 100 + day for month in range(1, 13) for day in range(1, 32)]
    listings = await asyncio.gather(*(archive.on_this_day(day) for day in days))
    topics = await archive.topics.matching("", limit=(await archive.stats()).topics)
    return Baseline([event for listing in listings for event in listing.events], topics)


def _percent(values: Iterable[bool]) -> float:
    return 100 * statistics.fmean(values)
