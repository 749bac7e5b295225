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

_ROUNDS, _WARM = 5, 10
# A round of a slow question ends after so many seconds, or this few answers.
_SECONDS, _FEWEST = 2.0, 10
_RATIO, _HOP = 1.5, 0.0003
_P50, _P99 = 0.5, 0.99
IN_FLIGHT = 16
_QUICK = ("event", "on this day", "autocomplete, three letters")
_CROWD_SECONDS = 3.0

_Statements = list[tuple[str, dict[str, Any]]]


class _Recorder(Archive):
    """An archive that notes which statements a question comes to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, readers=1, cache_size=0)
        self.statements: _Statements = []

    async def _rows(self, statement: str, params: Mapping[str, Any], *, slow: bool = False) -> Sequence[Row]:
        self.statements.append((statement, dict(params)))
        return await super()._rows(statement, params, slow=slow)


def ask_all(path: Path, size: str, *, only: str = "") -> list[Figure]:
    """Time every kind of question, those with ``only`` in their names, one at a time and many at once."""
    return asyncio.run(_ask_all(path, size, only))


async def _ask_all(path: Path, size: str, only: str) -> list[Figure]:
    kinds = [kind for kind in questions(path) if only in kind.name]
    figures: list[Figure] = []
    slow: list[tuple[float, Question]] = []
    # Each answer is to be found anew.
    async with _Recorder(path) as recorder, Archive(path, cache_size=0) as archive:
        for kind in kinds:
            heard = [await _statements(recorder, ask) for ask in kind.asks]
            alone, bare = await _rounds(archive, path, kind, heard)
            figures += _compared(size, kind, alone, bare)
            slow.append((middle(alone, _P50), kind))
        slow.sort(key=lambda each: each[0])
        for name in _QUICK:
            quick = next((kind for kind in kinds if kind.name == name), None)
            if quick:
                figures.append(await _crowded(archive, size, quick, slow[-1][1]))
    return figures


async def _statements(recorder: _Recorder, ask: Ask) -> _Statements:
    recorder.statements = []
    await ask(recorder)
    return recorder.statements


async def _rounds(
    archive: Archive, path: Path, kind: Question, heard: Sequence[_Statements]
) -> tuple[list[list[float]], list[list[float]]]:
    """Return the seconds of each answer, round by round, of the archive and of bare ``sqlite3``, taken in turns."""
    alone: list[list[float]] = []
    bare: list[list[float]] = []
    with closing(_opened(path)) as db:
        for statements, ask in list(zip(heard, kind.asks, strict=True))[:_WARM]:
            _bare(db, statements)
            await ask(archive)
        for _ in range(_ROUNDS):
            alone.append([])
            bare.append([])
            begun = time.perf_counter()
            for number, ask in enumerate(kind.asks):
                # Neither always comes second, when what it reads has just been read.
                if number % 2:
                    bare[-1].append(_bare(db, heard[number]))
                alone[-1].append(await _timed(archive, ask))
                if not number % 2:
                    bare[-1].append(_bare(db, heard[number]))
                if time.perf_counter() - begun > _SECONDS and number >= _FEWEST:
                    break
    return alone, bare


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _bare(db: sqlite3.Connection, statements: _Statements) -> float:
    begun = time.perf_counter()
    for statement, asked in statements:
        db.execute(statement, asked).fetchall()
    return time.perf_counter() - begun


async def _timed(archive: Archive, ask: Ask) -> float:
    begun = time.perf_counter()
    await ask(archive)
    return time.perf_counter() - begun


def _compared(size: str, kind: Question, alone: list[list[float]], bare: list[list[float]]) -> list[Figure]:
    limit = middle(bare, _P50)
    p50 = Figure(
        size,
        f"{kind.name}, p50",
        middle(alone, _P50),
        limit=limit,
        budget=_RATIO * limit + _HOP,
        budget_said=f"{_RATIO} × + {_HOP * 1e3:.1f} ms",
    )
    p99 = Figure(
        size,
        f"{kind.name}, p99",
        middle(alone, _P99),
        limit=middle(bare, _P99),
        budget=kind.p99,
        budget_said=f"{kind.p99 * 1e3:.0f} ms",
    )
    return [p50, p99]


async def _crowded(archive: Archive, size: str, quick: Question, slow: Question) -> Figure:
    """Time a quick question among 15 slow ones in flight: these may hold it up no more than quick ones would."""
    among_quick = await _in_crowd(archive, quick, quick)
    among_slow = await _in_crowd(archive, quick, slow)
    return Figure(
        size,
        f"{quick.name}, p99 with {IN_FLIGHT} in flight, the others “{slow.name}” (limit: the same “{quick.name}”)",
        among_slow,
        limit=among_quick,
        budget=among_quick,
        budget_said="1.0 ×",
    )


async def _in_crowd(archive: Archive, quick: Question, others: Question) -> float:
    ended = time.perf_counter() + _CROWD_SECONDS

    async def crowd(first: int) -> None:
        number = first
        while time.perf_counter() < ended:
            await others.asks[number % len(others.asks)](archive)
            number += IN_FLIGHT

    crowds = [asyncio.create_task(crowd(number)) for number in range(1, IN_FLIGHT)]
    await asyncio.sleep(0)
    taken: list[float] = []
    while time.perf_counter() < ended or not taken:
        taken.append(await _timed(archive, quick.asks[len(taken) % len(quick.asks)]))
    await asyncio.gather(*crowds)
    return percentile(taken, _P99)
