"""The whole process, from a gateway event in to the HTTP answer out, against a bare discord.py bot in the same run.

Both talk to Discord doubles of the tests. These stand in this process, so that what a double takes is in both figures.
"""

import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from calendar import month_name
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cache import Cache
from benchmarks.figures import Figure, percentile

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from discord_double import DiscordDouble
from processes import environment

_STARTS, _ROUNDS, _WARM = 9, 300, 30
_ANSWER, _START, _MEMORY = 1.5, 2.0, 2.0
# What is timed: a question, its command, and its budget. What many people ask is remembered, such as today; of other
# days each is asked for once. The bare bot has one command, beside which all are seen.
_ASKED: tuple[tuple[str, str, float | None], ...] = (
    ("today", "onthisday", _ANSWER),
    ("day", "onthisday", _ANSWER),
    ("topic", "topic", None),
    ("search", "search", None),
)
_SAID = {"today": "/onthisday, today", "day": "/onthisday, each day once", "topic": "/topic", "search": "/search"}
_P50 = 0.5
_PATIENCE, _REST = 60.0, 0.001
# What a bot still does once it is ready, such as to reconcile its servers, is over after so many seconds.
_SETTLED = 0.5
_SOMEBODY = 10**18
_MONTHS = month_name[1:]
_WORDS = ("government", "earthquake", "大学", "minister people", '"of the"')
_TOPICS = ("Dithra", "NASA", "中国", "univrsity of", "Party")
_TYPED = ("a", "uni", "gov", "中", "par")
# So many times each of these is asked before the memory is looked at.
_VARIED = 120

_Options = dict[str, str]


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
            await _until(lambda: (sessions and sessions[-1].ready) or process.returncode is not None)
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
        answer = await self.double.slash(command, options, user_id=self._people)
        await answer.finished()
        return answer.elapsed

    async def type(self, command: str, options: _Options) -> None:
        """Type into a command's option."""
        await self.double.autocomplete(command, options)


async def _until(holds: Callable[[], object]) -> None:
    end = time.perf_counter() + _PATIENCE
    while not holds():
        if time.perf_counter() > end:
            raise TimeoutError("the bot was not ready in time")
        await asyncio.sleep(_REST)


def ask_wire(cache: Cache, sizes: Sequence[int], *, tell: Callable[[str], None]) -> list[Figure]:
    """Time answers and starts of the real process over archives of these sizes, and see what memory it takes."""
    figures: list[Figure] = []
    for size in sizes:
        archive = cache.archive(size)
        tell(f"serving {size:,} events …")
        with _served(archive, cache.scratch("serving")) as folder:
            figures += asyncio.run(_measured(folder, f"{size:,} events"))
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


async def _measured(folder: Path, size: str) -> list[Figure]:
    daybook = _Bot("bot", "run", "--data", "data", folder=folder)
    bare = _Bot("benchmarks.bare_bot", folder=folder)
    async with daybook.double, bare.double:
        # The first start tells Discord of the commands, which later ones need not; and compiles.
        async with daybook.serving(), bare.serving("sync"):
            await _until(lambda: daybook.double.commands.get(None) and bare.double.commands.get(None))
        starts = await _starts(daybook, bare)
        async with daybook.serving(), bare.serving():
            await asyncio.sleep(_SETTLED)
            figures = [await _answers(size, daybook, bare, *asked) for asked in _ASKED]
            await _vary(daybook, bare)
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


async def _answers(size: str, daybook: _Bot, bare: _Bot, question: str, command: str, budget: float | None) -> Figure:
    """Time one question, one at a time and the two bots taking turns; the bare one always has its one command."""
    taken: dict[_Bot, list[float]] = {daybook: [], bare: []}
    for number in range(_WARM + _ROUNDS):
        for bot in (daybook, bare)[:: -1 if number % 2 else 1]:
            asked = (command, _options(question, number)) if bot is daybook else ("onthisday", {})
            taken[bot].append(await bot.ask(*asked))
    figure, limit = (percentile(seconds[_WARM:], _P50) for seconds in taken.values())
    return _compared(size, f"{_SAID[question]}: event in to answer out, p50", "ms", figure, limit, budget=budget)


def _options(question: str, number: int) -> _Options:
    """Return what is asked the n-th time."""
    match question:
        case "day":
            return {"date": f"{number % 28 + 1} {_MONTHS[number // 28 % 12]}"}
        case "topic":
            return {"name": _TOPICS[number % len(_TOPICS)]}
        case "search":
            return {"words": _WORDS[number % len(_WORDS)]}
        case _:
            return {}


async def _vary(daybook: _Bot, bare: _Bot) -> None:
    """Ask for all kinds of things, so that what a bot keeps in memory has been filled."""
    for number in range(_VARIED):
        for question, command, _ in _ASKED:
            await daybook.ask(command, _options(question, number))
            await bare.ask("onthisday", {})
        await daybook.ask("random", {})
        typed = _TYPED[number % len(_TYPED)]
        await daybook.type("topic", {"name": typed})
        await daybook.type("onthisday", {"date": "today", "topic": typed})
