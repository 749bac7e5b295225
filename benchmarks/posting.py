"""Times 2,000 daily posts that the real process sends in one minute, against Discord's limit of 50 requests a second.

The Discord double of the tests counts that limit over any sliding second. Meanwhile readers use a command.
"""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.answering import time_answer, without_garbage_collection
from benchmarks.cache import Cache
from benchmarks.figures import Figure, percentile
from bot.domain.schedule import Plan
from bot.domain.subscription import PostOptions
from bot.ledger.ledger import Ledger
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import channel, guild, until
from tests.helpers.posting import DUE, Deployment, at

if TYPE_CHECKING:
    from tests.discord_double.channels import Request

_EVENTS = 10_000
_SERVERS, _CHANNELS = 200, 10
_POSTS = _SERVERS * _CHANNELS
# The id of the first server, and the ids from one server to the next: its channels' are in between.
_FIRST_SERVER_ID, _IDS_PER_SERVER = 1_300_000_000_000_000_000, 100
_FIRST_USER_ID = 1_400_000_000_000_000_000
_POST = r"/channels/\d+/messages"
# Discord's limit of requests a second, and how much of it is to be used.
_A_SECOND, _SHARE = 50, 0.95
# The seconds between two readers' questions, and those within which they are to be answered.
_QUESTION_EVERY, _ANSWER_WITHIN = 0.2, 0.25
_P99 = 0.99
# Seconds after READY until a bot is done with what it does then, such as planning its subscriptions' next posts.
_SETTLE_SECONDS = 2.0
# How long to wait for the posts, in seconds: half as long again as they may take.
_TIMEOUT = 65.0


def post_all(cache: Cache, *, size: int = _EVENTS, report: Callable[[str], None]) -> list[Figure]:
    """Time 2,000 posts that are due at once, over an archive of ``size`` events, and answers to commands meanwhile.

    Takes a minute. Raises RuntimeError when a post is missing, or was sent twice.
    """
    # Absolute, since the bot is started in this folder.
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
    group, limit = f"{_POSTS:,} posts at once", _POSTS / _A_SECOND
    rule = f"{_SHARE:.0%} of the rate"
    return [
        Figure(group, f"all posted, of {_A_SECOND} requests a second", seconds, "s", limit, limit / _SHARE, rule),
        Figure(group, "requests over Discord's limit", refused, "", budget=0, budget_rule="none"),
        Figure(
            group, "/onthisday meanwhile, event in to answer out, p99", percentile(answers, _P99), "ms",
            budget=_ANSWER_WITHIN, budget_rule=f"{_ANSWER_WITHIN * 1000:.0f} ms",
        ),
    ]  # fmt: skip


async def _measure(folder: Path) -> tuple[float, list[float], int]:
    """Return the seconds until the last post, those to each answer to a command, and how many requests were refused."""
    channels = {
        server: range(server + 1, server + 1 + _CHANNELS)
        for server in range(_FIRST_SERVER_ID, _FIRST_SERVER_ID + _SERVERS * _IDS_PER_SERVER, _IDS_PER_SERVER)
    }
    await _subscribe(folder / "data" / "ledger.sqlite3", channels)
    guilds = [
        guild(
            server,
            channels=[channel(channel_id, f"channel-{channel_id % _IDS_PER_SERVER}") for channel_id in channel_ids],
        )
        for server, channel_ids in channels.items()
    ]
    async with DiscordDouble(guilds=guilds, clock=folder) as double:
        double.set_time(at(clock="08:00"))
        double.global_limit = _A_SECOND
        deployment = Deployment(double, folder)
        async with deployment.running():
            await asyncio.sleep(_SETTLE_SECONDS)
            with without_garbage_collection():
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
                for server, channel_ids in channels.items()
                for channel_id in channel_ids
            )
        )


async def _post(double: DiscordDouble, channels: dict[int, range]) -> tuple[float, list[float]]:
    """Set the clock to the minute of the posts; return the seconds until the last one, and of each answer meanwhile."""
    posts: list[Request] = []
    # After the double has accepted them: requests over the limit are sent again.
    double.on("POST", _POST, "after", posts.append, times=_POSTS)
    double.set_time(at())
    start = time.monotonic()
    asking = asyncio.create_task(_ask_until(double, channels, lambda: len(posts) >= _POSTS))
    try:
        await until(lambda: len(posts) >= _POSTS or asking.done(), _TIMEOUT, f"the last of {_POSTS:,} posts")
    except TimeoutError as error:
        asking.cancel()
        raise RuntimeError(f"only {len(posts):,} of {_POSTS:,} posts came within {_TIMEOUT:.0f} s") from error
    answers = await asking
    return posts[-1].time - start, answers


async def _ask_until(double: DiscordDouble, channels: dict[int, range], is_over: Callable[[], bool]) -> list[float]:
    """Let readers ask at a steady pace, whether those before them have been answered or not."""
    servers = list(channels)
    start = time.monotonic()
    questions: list[asyncio.Task[float]] = []
    async with asyncio.TaskGroup() as readers:
        while not is_over():
            number = len(questions)
            questions.append(readers.create_task(_ask(double, channels[servers[number % len(servers)]], number)))
            await asyncio.sleep(max(start + len(questions) * _QUESTION_EVERY - time.monotonic(), 0))
    return [question.result() for question in questions]


async def _ask(double: DiscordDouble, channel_ids: range, number: int) -> float:
    """Use the command in a server, as somebody new; return the seconds to the answer."""
    options = {"date": f"{number % 12 + 1}/{number % 28 + 1}"}
    server, channel_id = channel_ids[0] - 1, channel_ids[number % len(channel_ids)]
    return await time_answer(
        double, "onthisday", options, user_id=_FIRST_USER_ID + number, guild_id=server, channel_id=channel_id
    )


def _check(deployment: Deployment, channels: dict[int, range]) -> None:
    """Check that each channel has one post, and that the ledger has them as sent."""
    counts = Counter(
        message["channel_id"]
        for message in deployment.double.world.messages.values()
        if "interaction_metadata" not in message
    )
    if counts != Counter(str(channel_id) for channel_ids in channels.values() for channel_id in channel_ids):
        twice = sum(number > 1 for number in counts.values())
        raise RuntimeError(f"{_POSTS - len(counts):,} posts are missing, {twice:,} stand there twice")
    rows = deployment.query("SELECT state, late, count(*) FROM delivery GROUP BY 1, 2")
    if rows != [("sent", 0, _POSTS)]:
        raise RuntimeError(f"the ledger knows of other posts: {rows}")
