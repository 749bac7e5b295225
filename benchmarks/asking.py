"""Questions to an archive, timed against the same SQL on bare ``sqlite3`` in the same run."""

import asyncio
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, middle, percentile
from benchmarks.questions import Ask, Question, questions
from bot.archive.archive import Archive
from bot.archive.rows import Row

_ROUNDS, _WARM_UPS = 5, 10
# A round of a slow question ends after this many seconds, but not before this many answers.
_ROUND_SECONDS, _MIN_ANSWERS = 2.0, 10
# An answer may take this many times as long as the bare SQL, and the seconds of a hop to a thread.
_MAX_RATIO, _THREAD_HOP = 1.5, 0.0003
_P50, _P99 = 0.5, 0.99
_QUICK_QUESTIONS = ("event", "on this day", "autocomplete, three letters")
# How many questions are in flight at once when a quick one is timed among others, and for how long.
IN_FLIGHT, _CROWD_SECONDS = 16, 3.0

_Statements = list[tuple[str, dict[str, Any]]]


class _RecordingArchive(Archive):
    """An archive that records the SQL statements of each question."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, readers=1, cache_size=0)
        self.statements: _Statements = []

    async def _rows(self, statement: str, params: Mapping[str, Any], *, slow: bool = False) -> Sequence[Row]:
        self.statements.append((statement, dict(params)))
        return await super()._rows(statement, params, slow=slow)


def ask_all(path: Path, size: str, *, only: str = "") -> list[Figure]:
    """Time the kinds of questions with ``only`` in their names, one at a time and many at once."""
    return asyncio.run(_ask_all(path, size, only))


async def _ask_all(path: Path, size: str, only: str) -> list[Figure]:
    matching = [question for question in questions(path) if only in question.name]
    figures: list[Figure] = []
    by_slowness: list[tuple[float, Question]] = []
    # Without its cache, so that each question is asked of the database.
    async with _RecordingArchive(path) as recorder, Archive(path, cache_size=0) as archive:
        for question in matching:
            statements = [await _statements(recorder, ask) for ask in question.asks]
            ours, bare = await _time_rounds(archive, path, question, statements)
            figures += _compare(size, question, ours, bare)
            by_slowness.append((middle(ours, _P50), question))
        by_slowness.sort(key=lambda pair: pair[0])
        for name in _QUICK_QUESTIONS:
            quick = next((question for question in matching if question.name == name), None)
            if quick:
                figures.append(await _crowd_figure(archive, size, quick, by_slowness[-1][1]))
    return figures


async def _statements(recorder: _RecordingArchive, ask: Ask) -> _Statements:
    recorder.statements = []
    await ask(recorder)
    return recorder.statements


async def _time_rounds(
    archive: Archive, path: Path, question: Question, statements_of: Sequence[_Statements]
) -> tuple[list[list[float]], list[list[float]]]:
    """Return the seconds of each answer, round by round: of the archive, and of bare ``sqlite3``, the two in turn."""
    ours: list[list[float]] = []
    bare: list[list[float]] = []
    with closing(_connect(path)) as db:
        for statements, ask in list(zip(statements_of, question.asks, strict=True))[:_WARM_UPS]:
            _time_bare(db, statements)
            await ask(archive)
        for _ in range(_ROUNDS):
            ours.append([])
            bare.append([])
            start = time.perf_counter()
            for number, ask in enumerate(question.asks):
                # Each comes first in turn: whatever comes second reads what has just been read.
                if number % 2:
                    bare[-1].append(_time_bare(db, statements_of[number]))
                ours[-1].append(await _time_ask(archive, ask))
                if not number % 2:
                    bare[-1].append(_time_bare(db, statements_of[number]))
                if time.perf_counter() - start > _ROUND_SECONDS and number >= _MIN_ANSWERS:
                    break
    return ours, bare


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _time_bare(db: sqlite3.Connection, statements: _Statements) -> float:
    start = time.perf_counter()
    for statement, params in statements:
        db.execute(statement, params).fetchall()
    return time.perf_counter() - start


async def _time_ask(archive: Archive, ask: Ask) -> float:
    start = time.perf_counter()
    await ask(archive)
    return time.perf_counter() - start


def _compare(size: str, question: Question, ours: list[list[float]], bare: list[list[float]]) -> list[Figure]:
    limit = middle(bare, _P50)
    p50 = Figure(
        size,
        f"{question.name}, p50",
        middle(ours, _P50),
        limit=limit,
        budget=_MAX_RATIO * limit + _THREAD_HOP,
        budget_rule=f"{_MAX_RATIO} × + {_THREAD_HOP * 1e3:.1f} ms",
    )
    p99 = Figure(
        size,
        f"{question.name}, p99",
        middle(ours, _P99),
        limit=middle(bare, _P99),
        budget=question.p99,
        budget_rule=f"{question.p99 * 1e3:.0f} ms",
    )
    return [p50, p99]


async def _crowd_figure(archive: Archive, size: str, quick: Question, slow: Question) -> Figure:
    """Time a quick question among 15 slow ones in flight, which may hold it up no more than quick ones would."""
    among_quick = await _time_in_crowd(archive, quick, quick)
    among_slow = await _time_in_crowd(archive, quick, slow)
    return Figure(
        size,
        f"{quick.name}, p99 with {IN_FLIGHT} in flight, the others “{slow.name}” (limit: the same “{quick.name}”)",
        among_slow,
        limit=among_quick,
        budget=among_quick,
        budget_rule="1.0 ×",
    )


async def _time_in_crowd(archive: Archive, quick: Question, others: Question) -> float:
    end = time.perf_counter() + _CROWD_SECONDS

    async def crowd(offset: int) -> None:
        number = offset
        while time.perf_counter() < end:
            await others.asks[number % len(others.asks)](archive)
            number += IN_FLIGHT

    crowds = [asyncio.create_task(crowd(number)) for number in range(1, IN_FLIGHT)]
    await asyncio.sleep(0)
    seconds: list[float] = []
    while time.perf_counter() < end or not seconds:
        seconds.append(await _time_ask(archive, quick.asks[len(seconds) % len(quick.asks)]))
    await asyncio.gather(*crowds)
    return percentile(seconds, _P99)
