"""The table of what was answered right, and the list of what was not."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.answers.asking import Reply, Result, score
from benchmarks.answers.question_sets import Kind, Subject
from benchmarks.answers.questions import Answer
from bot.domain.event import Event

_TITLE = "The right answer, in % of the questions"
_CAPTION = (
    "In brackets: plain SQLite (FTS5 with porter, words joined by OR, bm25; a day's events by date)."
    " Median place: in % of the day's list, 0 is first, 50 is chance."
)


def show(results: Sequence[tuple[Subject, Result]]) -> None:
    """Print the table: Daybook's figures, and in brackets those of the baseline."""
    table = Table(title=_TITLE, caption=_CAPTION, caption_justify="left")
    table.add_column("archive")
    table.add_column("questions")
    for name in ("", "first", "among", "nothing", "median place"):
        table.add_column(name, justify="right", no_wrap=True)
    previous = None
    for subject, result in results:
        if previous and subject is not previous:
            table.add_section()
        table.add_row("" if subject is previous else subject.name, *_cells(result))
        previous = subject
    # Not cut to 80 columns where it is piped.
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _cells(result: Result) -> list[str]:
    questions = result.questions
    ours, baseline = (score(replies, among=questions.among) for replies in (result.ours, result.baseline))
    return [
        questions.name,
        f"{len(questions.questions)}",
        f"{ours.first:.0f} ({baseline.first:.0f})",
        f"{questions.among}: {ours.among:.0f} ({baseline.among:.0f})",
        f"{ours.nothing:.0f} ({baseline.nothing:.0f})",
        f"{ours.depth:.0f} ({baseline.depth:.0f})" if questions.kind is Kind.DAY else "",
    ]


def show_misses(title: str, replies: Sequence[Reply]) -> None:
    """Print each question that was not answered right at once, what was expected, and what came first."""
    misses = [reply for reply in replies if reply.place != 0]
    print(f"\n{title}: {len(misses)} of {len(replies)} not answered first")
    for reply in misses:
        print(f"  {reply.question.asked} (expected {reply.question.expected}): {_what_came(reply)}")


def _what_came(reply: Reply) -> str:
    if not reply.answers:
        return "nothing"
    place = "" if reply.place is None else f"; the expected one is number {reply.place + 1}"
    return f"{_describe(reply.answers[0])}{place}"


def _describe(answer: Answer) -> str:
    if isinstance(answer, Event):
        return f"{answer.date} {answer.headline}"
    return f"{answer.name}, {answer.events} events"
