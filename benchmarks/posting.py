"""2,000 daily posts due in one minute, brought by the real process, against Discord's limit of 50 requests a second.

The double of the tests counts the limit over any sliding second; meanwhile readers use a command.
"""

import asyncio
import gc
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from discord_double import DiscordDouble
from discord_gateway import channel, guild, until
from posting import DUE, Deployment, at

from benchmarks.answering import time_answer
from benchmarks.cache import Cache
from benchmarks.figures import Figure, percentile
from bot.domain.schedule import Plan
from bot.domain.subscription import PostOptions
from bot.ledger.ledger import Ledger

if TYPE_CHECKING:
    from discord_channels import Request

_EVENTS = 10_000
_SERVERS, _CHANNELS = 200, 10
_POSTS = _SERVERS * _CHANNELS
_FIRST_SERVER, _IDS_EACH = 1_300_000_000_000_000_000, 100
_SOMEBODY = 1_400_000_000_000_000_000
_POST = r"/channels/\d+/messages"
# Discord's, and how much of it is to be used.
_A_SECOND, _SHARE = 50, 0.95
# Readers ask so often, in seconds, and are to be answered so soon.
_QUESTION_EVERY, _ANSWER_WITHIN = 0.2, 0.25
_P99 = 0.99
# What a bot still does once it is ready, such as to plan its orders anew, is over after so many seconds.
_SETTLED = 2.0
# The posts get so long, in seconds: half as long again as they may take.
_TIMEOUT = 65.0


def post_all(cache: Cache, *, size: int = _EVENTS, report: Callable[[str], None]) -> list[Figure]:
    """Let 2,000 posts come due at once over an archive of ``size`` events; see how soon they and commands are through.

    Takes a minute. Raises RuntimeError when a post is missing or stands there twice.
    """
    # The bot is started in a folder of its own.
    archive, folder = cache.archive(size), cache.scratch("posting").absolute()
    report(f"posting {_POSTS:,} posts …")
    (folder / "data").mkdir(parents=True)
    # A copy, since serving writes beside it.
    shutil.copyfile(archive, folder / "data" / archive.with_stem("archive").name)
    try:
        seconds, answers, refused = asyncio.run(_measure(folder))
    finally:
        shutil.rmtree(folder)
    report(f"{_POSTS / seconds:.1f} posts a second, {len(answers)} commands meanwhile")
    what, limit = f"{_POSTS:,} posts at once", _POSTS / _A_SECOND
    budget_text = f"{_SHARE:.0%} of the rate"
    return [
        Figure(what, f"all posted, of {_A_SECOND} requests a second", seconds, "s", limit, limit / _SHARE, budget_text),
        Figure(what, "requests over Discord's limit", refused, "", budget=0, budget_rule="none"),
        Figure(
            what, "/onthisday meanwhile, event in to answer out, p99", percentile(answers, _P99), "ms",
            budget=_ANSWER_WITHIN, budget_rule=f"{_ANSWER_WITHIN * 1000:.0f} ms",
        ),
    ]  # fmt: skip


async def _measure(folder: Path) -> tuple[float, list[float], int]:
    """Return the seconds until the last post, those to each answer to a command, and how many requests were refused."""
    channels = {
        server: range(server + 1, server + 1 + _CHANNELS)
        for server in range(_FIRST_SERVER, _FIRST_SERVER + _SERVERS * _IDS_EACH, _IDS_EACH)
    }
    await _subscribe(folder / "data" / "ledger.sqlite3", channels)
    guilds = [
        guild(server, channels=[channel(channel_id, f"channel-{channel_id % _IDS_EACH}") for channel_id in inside])
        for server, inside in channels.items()
    ]
    async with DiscordDouble(guilds=guilds, clock=folder) as double:
        double.set_time(at(clock="08:00"))
        double.global_limit = _A_SECOND
        deployment = Deployment(double, folder)
        async with deployment.running():
            await asyncio.sleep(_SETTLED)
            with _prompt():
                seconds, answers = await _post(double, channels)
            await deployment.wait_idle()
        _check(deployment, channels)
        return seconds, answers, len(double.rejected)


async def _subscribe(file: Path, channels: dict[int, range]) -> None:
    """Add a subscription for each channel."""
    async with Ledger(file) as ledger:
        await asyncio.gather(
            *(
                ledger.subscriptions.add(
                    server,
                    PostOptions(channel_id, Plan(DUE, "UTC")),
                    since=at(clock="07:00"),
                    next_at=at(),
                    max_count=_CHANNELS,
                )
                for server, inside in channels.items()
                for channel_id in inside
            )
        )


@contextmanager
def _prompt() -> Iterator[None]:
    """Let this process take requests as they come: a collection of its garbage makes them look like a burst."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


async def _post(double: DiscordDouble, channels: dict[int, range]) -> tuple[float, list[float]]:
    """Let the moment come, and readers ask until all is posted; return the seconds of that, and of each answer."""
    posts: list[Request] = []
    # Those that were refused come again.
    double.on("POST", _POST, "after", posts.append, times=_POSTS)
    double.set_time(at())
    begun = time.monotonic()
    asking = asyncio.create_task(_ask_until(double, channels, lambda: len(posts) >= _POSTS))
    try:
        await until(lambda: len(posts) >= _POSTS or asking.done(), _TIMEOUT, f"the last of {_POSTS:,} posts")
    except TimeoutError as error:
        asking.cancel()
        raise RuntimeError(f"only {len(posts):,} of {_POSTS:,} posts came within {_TIMEOUT:.0f} s") from error
    answers = await asking
    return posts[-1].time - begun, answers


async def _ask_until(double: DiscordDouble, channels: dict[int, range], over: Callable[[], bool]) -> list[float]:
    """Let readers ask at a steady pace, whether those before them have been answered or not."""
    servers = list(channels)
    begun = time.monotonic()
    questions: list[asyncio.Task[float]] = []
    async with asyncio.TaskGroup() as readers:
        while not over():
            number = len(questions)
            questions.append(readers.create_task(_ask(double, channels[servers[number % len(servers)]], number)))
            await asyncio.sleep(max(begun + len(questions) * _QUESTION_EVERY - time.monotonic(), 0))
    return [question.result() for question in questions]


async def _ask(double: DiscordDouble, inside: range, number: int) -> float:
    """Use the command in a server, as somebody new; return the seconds to the answer."""
    options = {"date": f"{number % 12 + 1}/{number % 28 + 1}"}
    server, channel_id = inside[0] - 1, inside[number % len(inside)]
    return await time_answer(
        double, "onthisday", options, user_id=_SOMEBODY + number, guild_id=server, channel_id=channel_id
    )


def _check(deployment: Deployment, channels: dict[int, range]) -> None:
    """See that each channel has one post, and that the ledger knows."""
    counts = Counter(
        message["channel_id"]
        for message in deployment.double.world.messages.values()
        if "interaction_metadata" not in message
    )
    if counts != Counter(str(channel_id) for inside in channels.values() for channel_id in inside):
        twice = sum(number > 1 for number in counts.values())
        raise RuntimeError(f"{_POSTS - len(counts):,} posts are missing, {twice:,} stand there twice")
    rows = deployment.query("SELECT state, late, count(*) FROM delivery GROUP BY 1, 2")
    if rows != [("sent", 0, _POSTS)]:
        raise RuntimeError(f"the ledger knows of other posts: {rows}")
