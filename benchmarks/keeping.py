"""Times answers and posts of a real process that keeps sources current, against one without sources, in turn.

On each morning posts are due and readers ask at a steady pace; with sources, a day's news is fetched and imported at
that moment. Wikipedia, feeds and Discord are those of the tests: Discord in this process, the others in another one, so
that what they do is in no figure.
"""

import asyncio
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks.answering import time_answer, without_garbage_collection
from benchmarks.cache import Cache
from benchmarks.corpus import LAST, SEED
from benchmarks.figures import Figure, percentile
from benchmarks.words import Vocabulary
from bot.domain.schedule import Plan
from bot.domain.subscription import PostOptions
from bot.ledger.ledger import Ledger
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import channel, guild
from tests.helpers.feeds import FeedServer, Story, feed_server
from tests.helpers.posting import DUE, Deployment, at
from tests.helpers.processes import STARTER_OFF, Shell, fetches_of
from tests.helpers.wikipedia import Bullet, FakeWikipedia, article, entry, wikipedia

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.discord_double.channels import Request

_EVENTS = 100_000
# The mornings of each of the two, and the posts due on each of them.
_MORNINGS, _POSTS = 10, 60
# A day's news: events of the portal, items of each feed.
_BULLETS, _FEEDS, _ITEMS = 40, 3, 10
# How long readers ask on each morning, at least, and the time between two questions, in seconds.
_ASKING, _QUESTION_EVERY = 5.0, 0.04
_SERVER_ID, _FIRST_USER_ID = 1_500_000_000_000_000_000, 1_600_000_000_000_000_000
_POST = r"/channels/\d+/messages"
_NAMES, _SOURCES = ("without", "with"), "portal,onthisday,feeds,articles"
# Seconds after READY until a bot is done with what it does then; and how long to wait for the posts.
_SETTLE_SECONDS, _TIMEOUT = 3.0, 120.0
_WORDS = Vocabulary(SEED).english[:200]
_SHARES = ((0.5, "p50"), (0.99, "p99"))
_MOST = 1.5


@dataclass
class _Times:
    """Seconds to each answer, and from the minute of a post to its arrival; and how many events were imported."""

    answers: list[float] = field(default_factory=list)
    posts: list[float] = field(default_factory=list)
    events: int = 0


def keep_current(cache: Cache, *, size: int = _EVENTS, report: Callable[[str], None]) -> list[Figure]:
    """Time answers and posts with and without sources, over an archive of ``size`` events. Takes some minutes."""
    archive = cache.archive(size)
    report("keeping sources current …")
    # Absolute, since the bots are started in these folders.
    folder = cache.scratch("keeping").absolute()
    for name in _NAMES:
        (folder / name / "data").mkdir(parents=True)
        shutil.copyfile(archive, folder / name / "data" / "archive.sqlite3")
    try:
        quiet, busy = asyncio.run(_measure(folder))
    finally:
        shutil.rmtree(folder)
    report(f"{len(busy.answers)} answers and {len(busy.posts)} posts, {busy.events} events imported meanwhile")
    group = f"{size:,} events, sources kept current"
    return [
        Figure(
            group, f"{name}, {word}", percentile(figures, share), "ms", percentile(limits, share),
            *((_MOST * percentile(limits, share), f"{_MOST} ×") if word == "p99" else ()),
        )
        for name, figures, limits in (
            ("answers, event in to answer out", busy.answers, quiet.answers),
            (f"{_POSTS} posts, due to there", busy.posts, quiet.posts),
        )
        for share, word in _SHARES
    ]  # fmt: skip


class _World:
    """What is told on each morning."""

    def __init__(self, fake: FakeWikipedia, feeds: FeedServer, first: date) -> None:
        self._fake, self._feeds = fake, feeds
        self._rng = random.Random(f"{SEED} {first}")  # noqa: S311  (no secret)
        self._vocabulary = Vocabulary(SEED)
        for distance in range(-2, _MORNINGS + 9):
            self._write_list(first + timedelta(distance))

    def _sentence(self) -> str:
        return f"{' '.join(self._vocabulary.text(self._rng, 18)).capitalize()}."

    def _write_list(self, day: date) -> None:
        rows = [
            entry(self._sentence(), 1900 + number, article(f"Article {day} {number}", item=f"Q{day:%m%d}{number}"))
            for number in range(50)
        ]
        self._fake.lists["en", "events", f"{day:%m/%d}"] = rows
        self._fake.lists["en", "selected", f"{day:%m/%d}"] = rows[:5]

    def publish(self, day: date) -> None:
        """Tell the news of a day."""
        bullets = (
            Bullet(self._sentence(), (f"https://paper.example/{day}/{number}",), headings=(f"Topic {number % 7}",))
            for number in range(_BULLETS)
        )
        self._fake.edit(day, *bullets)
        for feed in range(_FEEDS):
            stories = (
                Story(self._sentence(), f"https://paper.example/{feed}/{day}/{number}", f"{feed} {day} {number}", day)
                for number in range(_ITEMS)
            )
            self._feeds.publish(*stories, path=f"/feed{feed}", title=f"Paper {feed}")
        self._write_list(day + timedelta(1))


def _serve_world(pipe: "Connection", first: date) -> None:
    """Serve Wikipedia and the feeds; send how they are reached, then tell the news of each day that is received."""
    with wikipedia() as fake, feed_server() as feeds:
        world = _World(fake, feeds, first)
        allowed = {"DAYBOOK_ALLOW": f"127.0.0.1:{fake.port},127.0.0.1:{feeds.port}"}
        pipe.send((fake.environment | allowed, [feeds.url(f"/feed{feed}") for feed in range(_FEEDS)]))
        while day := pipe.recv():
            world.publish(day)
            pipe.send(day)


@contextmanager
def _world(first: date) -> Iterator["Connection"]:
    """Run these servers in a process of their own, and yield the pipe to it."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve_world, args=(theirs, first), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        ours.send(None)
        process.join(_TIMEOUT)


async def _measure(folder: Path) -> tuple[_Times, _Times]:
    """Play the mornings of both bots in turn; return the times of that without sources, and of that with them."""
    first = LAST + timedelta(1)
    with _world(first) as world:
        environment, feeds = world.recv()
        more = environment | {
            # Bytecode is kept, as it is where Daybook is installed, but out of the way.
            "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        }  # fmt: skip
        _publish(world, first)
        async with AsyncExitStack() as stack:
            quiet, busy = [
                await _Serving(folder / name, first).open(stack, feeds, more, sources=sources)
                for name, sources in zip(_NAMES, ("", _SOURCES), strict=True)
            ]
            pages = busy.count_pages()
            await asyncio.sleep(_SETTLE_SECONDS)
            for morning in range(1, _MORNINGS + 1):
                _publish(world, first + timedelta(morning))
                for serving in (quiet, busy)[:: 1 if morning % 2 else -1]:
                    await serving.play_morning(first + timedelta(morning))
            busy.times.events = busy.count_pages() - pages
            return quiet.times, busy.times


def _publish(world: "Connection", day: date) -> None:
    world.send(day)
    world.recv()


class _Serving:
    """A bot that serves from a folder of its own, and its Discord."""

    def __init__(self, folder: Path, first: date) -> None:
        self._folder, self._first = folder, first
        self._channels = range(_SERVER_ID + 1, _SERVER_ID + 1 + _POSTS)
        self._user_id = _FIRST_USER_ID
        self._double: DiscordDouble
        self._deployment: Deployment
        self.times = _Times()

    async def open(self, stack: AsyncExitStack, feeds: Sequence[str], more: Mapping[str, str], *, sources: str) -> Self:
        """Fetch what was told before, so that each morning has the news of a day; then start the bot."""
        channels = [channel(channel_id, f"channel-{channel_id}") for channel_id in self._channels]
        double = DiscordDouble(guilds=[guild(_SERVER_ID, channels=channels)], clock=self._folder)
        self._double = await stack.enter_async_context(double)
        double.set_time(at(self._first, "08:00"))
        shell, environment = Shell(self._folder), double.environment | dict(more) | STARTER_OFF
        commands = [["source", "add", url] for url in feeds]
        for command in [["fetch", "portal"], ["fetch", "onthisday"], *commands, ["fetch", "feeds"]]:
            answer = shell(*command, more=environment)
            if answer.code:
                raise RuntimeError(f"daybook {' '.join(command)} failed: {answer.err}")
        await self._subscribe()
        self._deployment = Deployment(double, self._folder)
        await stack.enter_async_context(self._deployment.running({**more, "DAYBOOK_SOURCES": sources}))
        return self

    async def _subscribe(self) -> None:
        """Add a subscription for each channel."""
        async with Ledger(self._folder / "data" / "ledger.sqlite3") as ledger:
            for channel_id in self._channels:
                await ledger.subscriptions.add(
                    _SERVER_ID, PostOptions(channel_id, Plan(DUE, "UTC")), since=at(self._first, "09:00"),
                    next_at=at(self._first + timedelta(1)), max_count=_POSTS,
                )  # fmt: skip

    def count_pages(self) -> int:
        """Return how many pages have been fetched."""
        return sum(1 for _ in (self._folder / "data" / "pages" / "news").rglob("*.md"))

    async def play_morning(self, day: date) -> None:
        """Let the posts, and all sources, be due at a moment, while readers ask; until nothing is fetched any more."""
        arrivals: list[Request] = []
        self._double.on("POST", _POST, "after", arrivals.append, times=_POSTS)
        with without_garbage_collection():
            start = time.monotonic()
            self._double.set_time(at(day))
            questions: list[asyncio.Task[float]] = []
            async with asyncio.TaskGroup() as readers:
                while (passed := time.monotonic() - start) < _ASKING or self._is_busy(arrivals):
                    if passed > _TIMEOUT:
                        raise RuntimeError(f"{len(arrivals)} of {_POSTS} posts came within {_TIMEOUT:.0f} s")
                    questions.append(readers.create_task(self._ask()))
                    await asyncio.sleep(max(start + len(questions) * _QUESTION_EVERY - time.monotonic(), 0))
        self.times.answers += [question.result() for question in questions]
        self.times.posts += [request.time - start for request in arrivals]

    def _is_busy(self, arrivals: Sequence[object]) -> bool:
        return len(arrivals) < _POSTS or bool(fetches_of(self._deployment.process.pid))

    async def _ask(self) -> float:
        """Ask one of three questions, as somebody new; return the seconds to the answer.

        Each is another one, as far as there are so many: what is remembered is forgotten with each import, and would
        make the bot without sources look faster than it is.
        """
        self._user_id += 1
        number = (self._user_id - _FIRST_USER_ID) // 3
        first, second = number % len(_WORDS), number // len(_WORDS) + number + 1
        questions: tuple[tuple[str, dict[str, Any]], ...] = (
            ("onthisday", {"date": f"{number % 12 + 1}/{number // 12 % 28 + 1}"}),
            ("latest", {"days": number % 7 + 1}),
            ("search", {"words": f"{_WORDS[first]} {_WORDS[second % len(_WORDS)]}"}),
        )
        command, options = questions[self._user_id % len(questions)]
        return await time_answer(
            self._double, command, options, user_id=self._user_id, guild_id=_SERVER_ID,
            channel_id=self._channels[number % len(self._channels)],
        )  # fmt: skip
