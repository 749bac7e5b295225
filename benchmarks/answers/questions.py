"""Questions as people ask them, each with the answers that may come first, read from tab-separated files."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.domain.event import Event, Topic
from bot.domain.text import fold

# What a file of topics has where nothing may be taken for what is typed.
_NONE = "-"
Answer = Event | Topic


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a day (``12-31``, ``2020-12-31``), words of a search or a topic; ``expected`` is shown to people.

    ``is_right`` says whether an answer may come first. Where that is None, nothing may be found.
    """

    asked: str
    expected: str
    is_right: Callable[[Answer], bool] | None


def read_days(file: Path) -> list[Question]:
    """Read days of the year with the years whose event may come first, separated by ``|``."""
    return [Question(day, years, _is_of_year(years.split("|"))) for day, years in _rows(file)]


def read_searches(file: Path) -> list[Question]:
    """Read words with the dates whose event may come first, separated by ``|``."""
    return [Question(words, dates, _is_of_date(dates.split("|"))) for words, dates in _rows(file)]


def read_news_searches(file: Path) -> list[Question]:
    """Read words with a date, how many days beside it are right too, and a pattern of the event's text."""
    return [
        Question(words, f"{day} ± {beside}, {pattern}", _is_near(date.fromisoformat(day), int(beside), pattern))
        for words, day, beside, pattern in _rows(file)
    ]


def read_leads(file: Path) -> list[Question]:
    """Read dates, each with a pattern of the event of that date which is its lead."""
    return [Question(day, pattern, _is_near(date.fromisoformat(day), 0, pattern)) for day, pattern in _rows(file)]


def read_topics(file: Path) -> list[Question]:
    """Read topics as they are typed with the topic that is meant, if any, and how many events it has at least."""
    return [
        Question(typed, name, None if name == _NONE else _is_topic(name, int(events)))
        for typed, name, events in _rows(file)
    ]


def _rows(file: Path) -> Iterator[list[str]]:
    for line in file.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _is_of_year(years: list[str]) -> Callable[[Answer], bool]:
    return lambda answer: isinstance(answer, Event) and f"{answer.date.year}" in years


def _is_of_date(dates: list[str]) -> Callable[[Answer], bool]:
    return lambda answer: isinstance(answer, Event) and f"{answer.date}" in dates


def _is_near(day: date, beside: int, pattern: str) -> Callable[[Answer], bool]:
    in_text = re.compile(pattern, re.IGNORECASE)

    def is_right(answer: Answer) -> bool:
        if not isinstance(answer, Event) or abs(answer.date - day) > timedelta(days=beside):
            return False
        return bool(in_text.search(f"{answer.headline} {answer.summary or ''}"))

    return is_right


def _is_topic(name: str, events: int) -> Callable[[Answer], bool]:
    return lambda answer: isinstance(answer, Topic) and fold(answer.name) == fold(name) and answer.events >= events
