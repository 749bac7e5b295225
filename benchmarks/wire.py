"""The whole process, from a gateway event in to the HTTP answer out, against a bare discord.py bot in the same run.

Both talk to Discord doubles of the tests. These stand in this process, so that what a double takes is in both figures.
"""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from calendar import month_name
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from discord_double import DiscordDouble
from discord_gateway import until
from processes import environment

from benchmarks.answering import time_answer
from benchmarks.cache import Cache
from benchmarks.corpus import SEED
from benchmarks.figures import Figure, percentile
from benchmarks.words import Vocabulary

_STARTS, _ROUNDS, _WARM = 9, 300, 30
_ANSWER, _START, _MEMORY = 1.5, 2.0, 2.0
# What is timed: a question, what it is called, its command, and its budget. What many people ask is remembered, such as
# today; of the others each is asked for once. The bare bot has one command, beside which all are seen.
_ASKED: tuple[tuple[str, str, str, float | None], ...] = (
    ("today", "/onthisday, today", "onthisday", _ANSWER),
    ("day", "/onthisday, each day once", "onthisday", _ANSWER),
    ("topic", "/topic, each common one once", "topic", None),
    ("search", "/search, each common word once", "search", None),
)
_P50 = 0.5
_PATIENCE = 60.0
# What a bot still does once it is ready, such as to reconcile its servers, is over after so many seconds.
_SETTLED = 0.5
_SOMEBODY = 10**18
_MONTHS = month_name[1:]
_TYPED = ("a", "uni", "gov", "中", "par")
# So many times each of these is asked before the memory is looked at.
_VARIED = 120

_Options = dict[str, str]
# What is asked one time after the other, for each question.
_Asks = dict[str, Sequence[_Options]]


@dataclass(frozen=True, slots=True)
class _Memory:
    """What a process holds, in bytes: in all, of its own, and pages of files, such as of libraries."""

    all: int
    own: int
    files: int


class _Bot:
    """A kind of bot and the double it serves; started as often as is wanted."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self.double = DiscordDouble()
        self._arguments = arguments
        self._folder = folder
        self._people = _SOMEBODY
        self._pid = 0

    @asynccontextmanager
    async def serving(self, *more: str) -> AsyncIterator[float]:
        """Serve until the end of the block; gives the seconds from the start to READY."""
        # Bytecode is kept, as it is where Daybook is installed, but out of the way.
        bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self._folder / "bytecode")}
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *self._arguments, *more, cwd=self._folder,
            env=environment(self.double.environment | bytecode),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._pid = process.pid
        try:
            sessions = self.double.gateway.sessions
            await until(lambda: (sessions and sessions[-1].ready) or process.returncode is not None, _PATIENCE, "READY")
            if process.returncode is not None:
                raise RuntimeError(f"{' '.join(self._arguments)} ended with exit code {process.returncode}")
            yield time.perf_counter() - begun
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait_for(process.wait(), _PATIENCE)
            await self.double.drop_gateway(resumable=False)

    def memory(self) -> _Memory:
        """Look at the process's memory."""
        lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
        held = {name: int(value.split()[0]) * 1024 for name, _, value in (line.partition(":") for line in lines)
                if name in {"VmRSS", "RssAnon", "RssFile"}}  # fmt: skip
        return _Memory(held["VmRSS"], held["RssAnon"], held["RssFile"])

    async def ask(self, command: str, options: _Options) -> float:
        """Use a command as somebody who has not asked before; return the seconds to the answer."""
        self._people += 1
        return await time_answer(self.double, command, options, user_id=self._people)

    async def type(self, command: str, options: _Options) -> None:
        """Type into a command's option."""
        await self.double.autocomplete(command, options)


def ask_wire(cache: Cache, sizes: Sequence[int], *, tell: Callable[[str], None]) -> list[Figure]:
    """Time answers and starts of the real process over archives of these sizes, and see what memory it takes."""
    figures: list[Figure] = []
    for size in sizes:
        archive = cache.archive(size)
        tell(f"serving {size:,} events …")
        asks = _asks(archive)
        with _served(archive, cache.scratch("serving")) as folder:
            figures += asyncio.run(_measured(folder, f"{size:,} events", asks))
    return figures


@contextmanager
def _served(archive: Path, folder: Path) -> Iterator[Path]:
    """Give a folder with the archive in its ``data``: the same file, which may be too large to copy.

    Raises RuntimeError when the bot has written into it: it is kept for other runs.
    """
    # No symbolic link: SQLite would follow it, and put its files beside the archive that is kept.
    served = folder / "data" / "archive.sqlite3"
    served.parent.mkdir(parents=True)
    served.hardlink_to(archive)
    before = _state(archive)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
    if _state(archive) != before:
        raise RuntimeError(f"{archive} was written to by the bot that served it: remove it, it is made anew")


def _state(file: Path) -> tuple[int, int]:
    state = os.stat(file)  # noqa: PTH116  (the same, but for asyncio's checks)
    return state.st_mtime_ns, state.st_size


async def _measured(folder: Path, size: str, asks: _Asks) -> list[Figure]:
    daybook = _Bot("bot", "run", "--data", "data", folder=folder)
    bare = _Bot("benchmarks.bare_bot", folder=folder)
    async with daybook.double, bare.double:
        # The first start tells Discord of the commands, which later ones need not; and compiles.
        async with daybook.serving(), bare.serving("sync"):
            known = (daybook.double.commands, bare.double.commands)
            await until(
                lambda: all(commands.get(None) for commands in known), _PATIENCE, "a sync of both bots' commands"
            )
        starts = await _starts(daybook, bare)
        async with daybook.serving(), bare.serving():
            await asyncio.sleep(_SETTLED)
            figures = [
                _compared(
                    size, f"{said}: event in to answer out, p50", "ms",
                    *await _answers(daybook, bare, command, asks[question]), budget=budget,
                )
                for question, said, command, budget in _ASKED
            ]  # fmt: skip
            await _vary(daybook, bare, asks)
            memory, limit = daybook.memory(), bare.memory()
    return [
        *figures,
        _compared(size, "start to READY", "s", *starts, budget=_START),
        _compared(size, "memory while serving", "MiB", memory.all, limit.all, budget=_MEMORY),
        _compared(size, "of it the process's own", "MiB", memory.own, limit.own),
        _compared(size, "of it pages of files", "MiB", memory.files, limit.files),
    ]


def _compared(size: str, what: str, unit: str, figure: float, limit: float, *, budget: float | None = None) -> Figure:
    if budget is None:
        return Figure(size, what, figure, unit, limit)
    return Figure(size, what, figure, unit, limit, budget * limit, f"{budget} ×")


async def _starts(daybook: _Bot, bare: _Bot) -> tuple[float, float]:
    """Return the median seconds of a start, the two bots taking turns."""
    taken: dict[_Bot, list[float]] = {daybook: [], bare: []}
    for number in range(_STARTS):
        for bot in (daybook, bare)[:: -1 if number % 2 else 1]:
            async with bot.serving() as seconds:
                taken[bot].append(seconds)
                # Ended while it still reconciles its servers, a bot could be what makes the next start slow.
                await asyncio.sleep(_SETTLED)
    return statistics.median(taken[daybook]), statistics.median(taken[bare])


async def _answers(daybook: _Bot, bare: _Bot, command: str, asks: Sequence[_Options]) -> tuple[float, float]:
    """Return the median seconds to an answer, one question at a time and the two bots taking turns."""
    taken: dict[_Bot, list[float]] = {daybook: [], bare: []}
    for number, options in enumerate(asks):
        for bot in (daybook, bare)[:: -1 if number % 2 else 1]:
            taken[bot].append(await (bot.ask(command, options) if bot is daybook else bot.ask("onthisday", {})))
    return percentile(taken[daybook][_WARM:], _P50), percentile(taken[bare][_WARM:], _P50)


def _asks(archive: Path) -> _Asks:
    """Return what is asked of an archive: all of it is there."""
    count = _WARM + _ROUNDS
    with closing(sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True)) as db:
        topics = [row[0] for row in db.execute("SELECT name FROM topic ORDER BY events DESC, id LIMIT ?", (count,))]
    words = Vocabulary(SEED)
    return {
        "today": [{}] * count,
        "day": [{"date": f"{number % 28 + 1} {_MONTHS[number // 28]}"} for number in range(count)],
        "topic": [{"name": topic} for topic in topics],
        # The most common come first. Each second one is Chinese.
        "search": [{"words": (words.chinese if number % 2 else words.english)[number // 2]} for number in range(count)],
    }


async def _vary(daybook: _Bot, bare: _Bot, asks: _Asks) -> None:
    """Ask for all kinds of things, so that what a bot keeps in memory has been filled."""
    for number in range(_VARIED):
        for question, _, command, _ in _ASKED:
            await daybook.ask(command, asks[question][number])
            await bare.ask("onthisday", {})
        await daybook.ask("random", {})
        typed = _TYPED[number % len(_TYPED)]
        await daybook.type("topic", {"name": typed})
        await daybook.type("onthisday", {"date": "today", "topic": typed})
