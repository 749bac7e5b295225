"""Times the whole process, from a gateway event to the HTTP answer, against bare discord.py bots in the same run.

One bare bot always sends the card that Daybook answers `/onthisday` with, menus and buttons included; another one embed
of 30 characters. All talk to Discord doubles of the tests, which run in this process: their time is in all figures.
"""

import asyncio
import contextlib
import json
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

from benchmarks.answering import time_answer
from benchmarks.cache import Cache
from benchmarks.corpus import SEED
from benchmarks.figures import Figure, percentile
from benchmarks.words import Vocabulary
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import until
from tests.helpers.processes import STARTER_OFF, environment

_STARTS, _ROUNDS, _WARM_UPS = 9, 300, 30
# Budgets, as multiples of the bare bot's figures.
_ANSWER, _FIRST_ANSWER, _START, _MEMORY = 1.3, 2.0, 1.8, 2.0
# What is timed: a kind of question, its name, its command, and its budget. “today” is answered from the cache after the
# first time; of the others each variant is asked once. All are compared with the one command of the bare bots.
_QUESTIONS: tuple[tuple[str, str, str, float | None], ...] = (
    ("today", "/onthisday, today", "onthisday", _ANSWER),
    ("day", "/onthisday, each day once", "onthisday", _FIRST_ANSWER),
    ("topic", "/topic, each common one once", "topic", None),
    ("search", "/search, each common word once", "search", None),
)
_P50 = 0.5
_TIMEOUT = 60.0
# Seconds after READY until a bot is done with what it does then, such as reconciling its servers.
_SETTLE_SECONDS = 0.5
_FIRST_USER_ID = 10**18
_MONTHS = month_name[1:]
_TYPED_TEXTS = ("a", "uni", "gov", "中", "par")
# How often each kind of question is asked before memory is measured.
_VARIED_ROUNDS = 120

_Options = dict[str, str]
# The options of each command in turn, for each kind of question.
_Variants = dict[str, Sequence[_Options]]


@dataclass(frozen=True, slots=True)
class _Memory:
    """A process's resident memory in bytes: the total, of it the process's own, and mapped files such as libraries."""

    total: int
    own: int
    files: int


class _Bot:
    """A kind of bot with the double that it talks to; it can be started again and again."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self.double = DiscordDouble()
        self._arguments = arguments
        self._folder = folder
        self._user_id = _FIRST_USER_ID
        self._pid = 0

    @asynccontextmanager
    async def serving(self, *extra: str) -> AsyncIterator[float]:
        """Run the bot until the end of the block; yields the seconds from its start to READY."""
        # Bytecode is kept, as it is where Daybook is installed, but out of the way.
        bytecode = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self._folder / "bytecode")}
        start = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *self._arguments, *extra, cwd=self._folder,
            env=environment(self.double.environment | bytecode | STARTER_OFF),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._pid = process.pid
        try:
            sessions = self.double.gateway.sessions
            await until(lambda: (sessions and sessions[-1].ready) or process.returncode is not None, _TIMEOUT, "READY")
            if process.returncode is not None:
                raise RuntimeError(f"{' '.join(self._arguments)} ended with exit code {process.returncode}")
            yield time.perf_counter() - start
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait_for(process.wait(), _TIMEOUT)
            await self.double.drop_gateway(resumable=False)

    def memory(self) -> _Memory:
        """Measure the process's memory."""
        lines = Path(f"/proc/{self._pid}/status").read_text().splitlines()
        sizes = {name: int(value.split()[0]) * 1024 for name, _, value in (line.partition(":") for line in lines)
                if name in {"VmRSS", "RssAnon", "RssFile"}}  # fmt: skip
        return _Memory(sizes["VmRSS"], sizes["RssAnon"], sizes["RssFile"])

    async def ask(self, command: str, options: _Options) -> float:
        """Use a command as a user who has used none before; return the seconds to the answer."""
        self._user_id += 1
        return await time_answer(self.double, command, options, user_id=self._user_id)

    async def type(self, command: str, options: _Options) -> None:
        """Type into a command's option."""
        await self.double.autocomplete(command, options)


def time_processes(cache: Cache, sizes: Sequence[int], *, report: Callable[[str], None]) -> list[Figure]:
    """Time answers and starts of the real process over archives of these sizes, and measure its memory."""
    figures: list[Figure] = []
    for size in sizes:
        archive = cache.archive(size)
        report(f"serving {size:,} events …")
        variants = _build_variants(archive)
        with _linked_archive(archive, cache.scratch("serving").absolute()) as folder:
            figures += asyncio.run(_measure(folder, f"{size:,} events", variants))
    return figures


@contextmanager
def _linked_archive(archive: Path, folder: Path) -> Iterator[Path]:
    """Yield a folder with the archive in its ``data``: the same file, which may be too large to copy.

    Raises RuntimeError when the bot has written to it, since it is kept for other runs.
    """
    # No symbolic link: SQLite would follow it, and put its files beside the archive that is kept.
    link = folder / "data" / "archive.sqlite3"
    link.parent.mkdir(parents=True)
    link.hardlink_to(archive)
    before = _file_state(archive)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
    if _file_state(archive) != before:
        raise RuntimeError(f"{archive} was written to by the bot that served it: remove it, it is made anew")


def _file_state(file: Path) -> tuple[int, int]:
    state = os.stat(file)  # noqa: PTH116  (the same, but for asyncio's checks)
    return state.st_mtime_ns, state.st_size


async def _measure(folder: Path, size: str, variants: _Variants) -> list[Figure]:
    card = folder / "card.json"
    daybook = _Bot("bot", "run", "--data", "data", folder=folder)
    fixed = _Bot("benchmarks.bare_bot", folder=folder)
    bare = _Bot("benchmarks.bare_bot", f"card={card}", folder=folder)
    async with daybook.double, fixed.double, bare.double:
        # Only the first start syncs the commands and compiles the bytecode.
        async with daybook.serving(), fixed.serving("sync"):
            await _wait_for_commands(daybook, fixed)
            answer = await daybook.double.slash("onthisday")
            card.write_text(json.dumps({"embeds": answer.embeds, "components": answer.components}), "utf-8")
            async with bare.serving("sync"):
                await _wait_for_commands(bare)
        starts = await _time_starts(daybook, bare)
        figures: list[Figure] = []
        async with daybook.serving(), fixed.serving(), bare.serving():
            await asyncio.sleep(_SETTLE_SECONDS)
            for question, description, command, budget in _QUESTIONS:
                seconds, of_fixed, of_same = await _time_answers((daybook, fixed, bare), command, variants[question])
                name = f"{description}: event in to answer out, p50"
                figures.append(_figure(size, name, "ms", seconds, of_same, budget=budget))
                if question == "today":
                    figures.append(_figure(size, f"{name}, against a fixed embed", "ms", seconds, of_fixed))
            await _fill_memory(daybook, bare, variants)
            memory, limit = daybook.memory(), bare.memory()
    return [
        *figures,
        _figure(size, "start to READY", "s", *starts, budget=_START),
        _figure(size, "memory while serving", "MiB", memory.total, limit.total, budget=_MEMORY),
        _figure(size, "of it the process's own", "MiB", memory.own, limit.own),
        _figure(size, "of it pages of files", "MiB", memory.files, limit.files),
    ]


async def _wait_for_commands(*bots: _Bot) -> None:
    await until(lambda: all(bot.double.commands.get(None) for bot in bots), _TIMEOUT, "a sync of the bots' commands")


def _figure(size: str, name: str, unit: str, figure: float, limit: float, *, budget: float | None = None) -> Figure:
    if budget is None:
        return Figure(size, name, figure, unit, limit)
    return Figure(size, name, figure, unit, limit, budget * limit, f"{budget} ×")


async def _time_starts(daybook: _Bot, bare: _Bot) -> tuple[float, float]:
    """Return the median seconds of a start of each bot, the two in turn."""
    times: dict[_Bot, list[float]] = {daybook: [], bare: []}
    for number in range(_STARTS):
        for bot in (daybook, bare)[:: -1 if number % 2 else 1]:
            async with bot.serving() as seconds:
                times[bot].append(seconds)
                # A bot that is ended while it still reconciles its servers could make the next start slow.
                await asyncio.sleep(_SETTLE_SECONDS)
    return statistics.median(times[daybook]), statistics.median(times[bare])


async def _time_answers(bots: Sequence[_Bot], command: str, variants: Sequence[_Options]) -> list[float]:
    """Return the median seconds to an answer of each bot, one question at a time, the bots in turn.

    Only the first bot, Daybook, has more than the one command.
    """
    times: dict[_Bot, list[float]] = {bot: [] for bot in bots}
    for number, options in enumerate(variants):
        for bot in bots[:: -1 if number % 2 else 1]:
            times[bot].append(await (bot.ask(command, options) if bot is bots[0] else bot.ask("onthisday", {})))
    return [percentile(times[bot][_WARM_UPS:], _P50) for bot in bots]


def _build_variants(archive: Path) -> _Variants:
    """Return variants of each question that the archive has answers to."""
    count = _WARM_UPS + _ROUNDS
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


async def _fill_memory(daybook: _Bot, bare: _Bot, variants: _Variants) -> None:
    """Use all kinds of commands, so that the caches of both bots are full."""
    for number in range(_VARIED_ROUNDS):
        for question, _, command, _ in _QUESTIONS:
            await daybook.ask(command, variants[question][number])
            await bare.ask("onthisday", {})
        await daybook.ask("random", {})
        text = _TYPED_TEXTS[number % len(_TYPED_TEXTS)]
        await daybook.type("topic", {"name": text})
        await daybook.type("onthisday", {"date": "today", "topic": text})
