"""Daily posts of a bot that was killed, stopped, away for days, or given another ledger; and a thousand at once."""

from __future__ import annotations

import asyncio
import gc
import shutil
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Literal

import pytest
import pytest_asyncio

from bot.domain.schedule import Plan
from bot.domain.subscription import PostOptions
from bot.ledger.backup import backup
from bot.ledger.ledger import Ledger
from bot.ledger.restore import restore
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import channel, guild, until
from tests.helpers.posting import DAY, DUE, DeliveryRow, Deployment, Server, at, fill_archive, open_deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.discord_double.channels import Request
    from tests.discord_double.gateway import Json

pytestmark = pytest.mark.process

POST = "/channels/{}/(messages|threads)"
KINDS = ("text", "news", "forum", "thread", "unreadable")
AWAY = {"at once": timedelta(), "after 20 minutes": timedelta(minutes=20), "after 7 hours": timedelta(hours=7)}
Case = tuple[bool, str]


async def open_server(deployment: Deployment) -> Server:
    server = deployment.server()
    await server.open(with_unreadable=True)
    return server


# Killed right before Discord takes a message, and right after it took it


@dataclass(frozen=True)
class Ending:
    """What has become of each channel's post, and what the doctor says of it."""

    posts: Mapping[str, list[Json]]
    deliveries: Mapping[str, DeliveryRow]
    findings: Mapping[str, str]


async def interrupted(folder: Path, killed: str, *, arrives: bool, away: timedelta) -> Ending:
    """Let the bot be killed with a post on its way to each kind of channel, and come back.

    It dies at the very moment of the request to the channel ``killed``; of the others it has just lost the answers.
    """
    async with open_deployment(folder) as deployment:
        double = deployment.double
        kinds = [*(kind for kind in KINDS if kind != killed), killed]
        async with deployment.running():
            server = await open_server(deployment)
            channels = {kind: getattr(server, kind) for kind in kinds}
            for channel_id in channels.values():
                await server.subscribe(channel_id)
                double.fail_next("POST", POST.format(channel_id), 0, before_effect=not arrives)
            when: Literal["before", "after"] = "after" if arrives else "before"
            requests: list[str] = []

            def note(call: Request) -> None:
                requests.append(call.path)
                if len(requests) == len(kinds):
                    deployment.kill()

            for channel_id in channels.values():
                double.on("POST", POST.format(channel_id), when, note)
            double.set_time(at())
            await deployment.wait_killed()
            assert server.states() == ["claimed"] * len(kinds)
        double.advance(seconds=away.total_seconds())
        async with deployment.running():
            await deployment.advance_until(lambda: len(server.deliveries()) == len(kinds) and deployment.is_idle())
            (card,) = (await server.daily("doctor")).embeds
        posts = {kind: server.posts(channel_id) for kind, channel_id in channels.items()}
        findings = {kind: field["value"] for kind, field in zip(kinds, card["fields"], strict=True)}
        return Ending(posts, dict(zip(kinds, server.deliveries(), strict=True)), findings)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def endings(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Ending]:
    """All of the cases at once, since most of each is waiting; another channel is the last one in each."""
    cases = list(product((False, True), AWAY))
    results = await asyncio.gather(
        *(
            interrupted(tmp_path_factory.mktemp("killed"), KINDS[n % 5], arrives=arrives, away=AWAY[away])
            for n, (arrives, away) in enumerate(cases)
        )
    )
    return dict(zip(cases, results, strict=True))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("arrives", [False, True], ids=["not arrived", "arrived"])
async def test_a_killed_bot_posts_once_or_says_why_not(
    endings: dict[Case, Ending], arrives: bool, away: str, kind: str
) -> None:
    ending = endings[arrives, away]
    posts, delivery, finding = ending.posts[kind], ending.deliveries[kind], ending.findings[kind]
    unknown = kind == "unreadable" and AWAY[away]
    stands = arrives or not (unknown or away == "after 7 hours")
    assert len(posts) == stands
    if unknown:
        # Nobody can see whether it arrived.
        assert delivery.state == "skipped"
        assert "without Read Message History" in str(delivery.reason)
        assert str(delivery.reason) in finding
        assert "Missing: **Read Message History**" in finding
    elif stands:
        assert (delivery.state, delivery.message_id) == ("sent", posts[0]["id"])
        late = not arrives and away != "at once"
        assert delivery.late is late
        assert posts[0]["content"].startswith("Late: ") is late
    else:
        assert delivery.state == "skipped"
        assert str(delivery.reason).startswith("it could not be sent in time")
        assert "it could not be sent in time" in finding


# Killed between a post and what follows


async def test_what_follows_a_post_is_done_once_though_the_bot_was_killed(tmp_path: Path) -> None:
    await asyncio.gather(*(followed(tmp_path / name, done=name == "done") for name in ("lost", "done")))


async def followed(folder: Path, *, done: bool) -> None:
    """Kill the bot before anything that follows a post is done, or right after all of it was."""
    async with open_deployment(folder) as deployment:
        double = deployment.double
        async with deployment.running():
            server = await open_server(deployment)
            await server.subscribe(server.news, thread=True, publish=True, pin=True)
            requests: set[str] = set()

            def note(call: Request) -> None:
                requests.add(call.path)
                if len(requests) == 3:
                    deployment.kill()

            for method, path in (("POST", "/channels/.*/(threads|crosspost)"), ("PUT", "/channels/.*/pins/.*")):
                double.fail_next(method, path, 0, times=99, before_effect=not done)
                double.on(method, path, "after" if done else "before", note, times=99)
            double.set_time(at())
            await deployment.wait_killed()
        (post,) = server.posts(server.news)
        assert ("thread" in post, bool(post["flags"] & 1), post["pinned"]) == (done,) * 3
        assert [row[0] for row in deployment.query("SELECT state FROM step")] == ["pending"] * 3
        double._faults.clear()
        double._hooks.clear()
        async with deployment.running():
            await deployment.wait_idle()
            assert "failed" not in await server.doctor()
        assert server.posts(server.news) == [post]
        assert ("thread" in post, bool(post["flags"] & 1), post["pinned"]) == (True,) * 3
        assert len(double.world.guild(server.id)["threads"]) == 2
        assert [row[0] for row in deployment.query("SELECT state FROM step")] == ["done"] * 3


# Away


async def test_a_bot_that_is_told_to_stop_lets_its_post_arrive_and_begins_nothing(tmp_path: Path) -> None:
    async with open_deployment(tmp_path) as deployment:
        async with deployment.running() as process:
            server = await open_server(deployment)
            for count, channel_id in enumerate((server.text, server.text, server.news), 1):
                await server.subscribe(channel_id, thread=True, count=count)
                deployment.double.delay(POST.format(channel_id), 0.5)
            deployment.double.fail_next("POST", POST.format(server.news), 503)
            deployment.double.set_time(at())
            await until(lambda: len(deployment.double.calls("POST", POST.format(".*"))) == 2)
            answer = await process.stop()
            assert "Traceback" not in answer.err
        first, second, third = server.deliveries()
        assert first.state == "sent"
        assert third.state == "claimed"
        assert len(server.posts()) == [first.state, second.state].count("sent")
        assert len(deployment.double.calls("POST", POST.format(server.news))) == 1
        assert deployment.double.calls("POST", "/channels/.*/messages/.*/threads") == []


async def test_after_days_away_the_newest_post_comes_late_and_the_others_are_recorded(tmp_path: Path) -> None:
    days = [DAY + timedelta(days=n) for n in range(4)]
    async with open_deployment(tmp_path) as deployment:
        async with deployment.running():
            server = await open_server(deployment)
            await server.subscribe()
            await server.subscribe(server.news, late=0)
            await server.subscribe(server.forum, time="9:40")
        deployment.double.set_time(at(days[-1], "09:30"))
        async with deployment.running():
            await server.wait_closed(4 + 4 + 3)
            deployment.double.set_time(at(days[-1], "09:40"))
            await server.wait_closed(4 + 4 + 4)
    usual, strict, later = (server.deliveries(number) for number in (1, 2, 3))
    assert (
        [delivery.day for delivery in usual]
        == [delivery.day for delivery in strict]
        == [delivery.day for delivery in later]
        == days
    )
    assert [delivery.state for delivery in usual] == ["skipped"] * 3 + ["sent"]
    assert [delivery.state for delivery in strict] == ["skipped"] * 4
    assert [delivery.state for delivery in later] == ["skipped"] * 3 + ["sent"]
    assert {str(delivery.reason) for delivery in (*usual[:3], *strict)} == {"Daybook was not running at that time"}
    assert [usual[-1].late, later[-1].late] == [True, False]
    assert [len(server.posts(channel_id)) for channel_id in server.channels[:3]] == [1, 0, 1]


# The ledger of yesterday


async def test_a_ledger_of_yesterday_sends_nothing_again(tmp_path: Path) -> None:
    await asyncio.gather(*(put_back(tmp_path / name, by_hand=name == "copied") for name in ("restored", "copied")))


async def put_back(folder: Path, *, by_hand: bool) -> None:
    """Put yesterday's ledger back after today's posts, as Daybook does or by copying the file."""
    ledger, copy = folder / "data" / "ledger.sqlite3", folder / "copy.sqlite3"
    async with open_deployment(folder) as deployment:
        double = deployment.double
        async with deployment.running():
            server = await open_server(deployment)
            for channel_id in server.channels:
                await server.subscribe(channel_id)
            double.set_time(at())
            await server.wait_closed(4)
            backup(ledger, copy, now=double.time)
            double.set_time(at(DAY + timedelta(days=1)))
            await server.wait_closed(8)
        double.advance(hours=1)
        if by_hand:
            shutil.copy(copy, ledger)
        else:
            restore(ledger, copy, now=double.time)
        assert len(server.deliveries()) == 4
        async with deployment.running():
            await deployment.advance_to(at(DAY + timedelta(days=1), "10:00"))
            await deployment.wait_idle()
            assert [len(server.posts(channel_id)) for channel_id in server.channels] == [2] * 4
            double.set_time(at(DAY + timedelta(days=2)))
            await server.wait_closed(8 + 4 * by_hand)
        assert [len(server.posts(channel_id)) for channel_id in server.channels] == [3] * 4


# Many


@pytest.fixture
def prompt() -> Iterator[None]:
    """Let this process take requests as they come: a collection of its garbage makes them look like a burst."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("prompt")
async def test_a_thousand_posts_of_one_minute_come_once_each_and_commands_stay_quick(tmp_path: Path) -> None:
    servers = range(1_200_000_000_000_000_000, 1_200_000_000_000_000_000 + 100 * 100, 100)
    channels = {server: range(server + 1, server + 11) for server in servers}
    fill_archive(tmp_path)
    async with Ledger(tmp_path / "data" / "ledger.sqlite3") as ledger:
        subscriptions = [
            (server, PostOptions(channel_id, Plan(DUE, "UTC"))) for server in servers for channel_id in channels[server]
        ]
        await asyncio.gather(
            *(
                ledger.subscriptions.add(server, options, since=at(clock="07:00"), next_at=at(), max_count=10)
                for server, options in subscriptions
            )
        )
    guilds = [
        guild(server, channels=[channel(channel_id, f"channel-{channel_id % 100}") for channel_id in channels[server]])
        for server in servers
    ]
    async with DiscordDouble(guilds=guilds, clock=tmp_path) as double:
        double.set_time(at(clock="08:00"))
        double.global_limit, double.limits.forgives = 50, True
        deployment = Deployment(double, tmp_path)
        async with deployment.running():
            double.set_time(at())

            def posted() -> list[Request]:
                return double.calls("POST", POST.format(".*"))

            for enough in (50, 250, 450):
                await until(partial(lambda least: len(posted()) >= least, enough), 30)
                answer = await double.slash("about", guild_id=servers[0], user_id=enough)
                assert answer.embeds
                assert len(posted()) < enough + 100
            await until(lambda: len(posted()) == 1000, 60)
            await deployment.wait_idle()
        assert double.rejected == []
        assert deployment.query("SELECT state, late, count(*) FROM delivery GROUP BY 1, 2") == [("sent", 0, 1000)]
        assert all(len(double.posted(channel_id)) == 1 for server in servers for channel_id in channels[server])
        # One of each server before the second of any, give or take those that run at once.
        firsts = {call.path.split("/")[2][:-2] for call in posted()[:150]}
        assert len(firsts) == len(servers)
