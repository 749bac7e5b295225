"""Daily posts against all odds: unclear answers, wrong clocks, crowds of failing servers, copies of old ledgers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import discord
import pytest

from bot.discord_internals import patch_global_limit_cancellation
from bot.domain.schedule import Plan
from bot.domain.subscription import PostOptions
from bot.ledger.backup import backup
from bot.ledger.ledger import Ledger
from bot.ledger.restore import restore
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import CHANNEL, until
from tests.helpers.posting import DAY, DUE, Deployment, Server, at, open_deployment
from tests.helpers.processes import Running, Shell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.process

POST = "/channels/{}/(messages|threads)"


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with open_deployment(tmp_path) as deployment:
        deployment.double.set_time(at(clock="08:00"))
        yield deployment


async def open_server(deployment: Deployment, *, with_unreadable: bool = False) -> Server:
    server = deployment.server()
    await server.open(with_unreadable=with_unreadable)
    return server


# Unclear answers


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_forum_post_that_was_taken_with_an_error_is_not_made_again(deployment: Deployment, status: int) -> None:
    """At these, discord.py asks again by itself; forum posts have no nonce."""
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe(server.forum)
        path = POST.format(server.forum)
        deployment.double.fail_next("POST", path, status, times=2, before_effect=False)
        deployment.double.set_time(at())
        await until(lambda: deployment.double.calls("POST", path))
        await deployment.advance_until(lambda: server.states() == ["sent"])
        assert len(deployment.double.calls("POST", path)) == 1
        assert len(server.posts(server.forum)) == 1


@pytest.mark.parametrize("status", [401, 429])
async def test_a_search_that_is_refused_says_nothing_of_the_post_it_looks_for(
    deployment: Deployment, status: int
) -> None:
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        path = POST.format(server.text)
        deployment.double.fail_next("POST", path, 0, before_effect=False)
        wait = {"message": "You are being rate limited.", "retry_after": 300.0, "global": False}
        body = wait if status == 429 else None
        deployment.double.fail_next("GET", f"/channels/{server.text}/messages", status, body=body)
        deployment.double.set_time(at())
        await until(server.waiting_reasons)
        # Discord has forgotten the nonce by now.
        deployment.double.nonce_seconds = 0
        deployment.double.advance(seconds=150)
        await until(lambda: deployment.double.calls("GET", f"/channels/{server.text}/messages"))
        await deployment.advance_until(lambda: server.states() == ["sent"])
        assert len(server.posts()) == 1


async def test_a_post_that_had_to_wait_comes_though_the_history_cannot_be_read(deployment: Deployment) -> None:
    """What was refused with 429 was surely not taken: there is nothing to look for."""
    async with deployment.running():
        server = await open_server(deployment, with_unreadable=True)
        await server.subscribe(server.unreadable)
        asks_to_wait = {"message": "You are being rate limited.", "retry_after": 100.0, "global": False}
        deployment.double.fail_next("POST", POST.format(server.unreadable), 429, body=asks_to_wait)
        deployment.double.set_time(at())
        await until(lambda: server.waiting_reasons() == ["Discord asked me to slow down"])
        assert "is due and waiting: Discord asked me to slow down" in await server.doctor()
        deployment.double.advance(seconds=90)
        assert len(deployment.double.calls("POST", POST.format(server.unreadable))) == 1
        await deployment.advance_until(lambda: server.states() == ["sent"])
        assert len(server.posts(server.unreadable)) == 1
        assert "is due" not in await server.doctor()


async def test_one_request_given_up_in_a_global_pause_does_not_stop_all_others() -> None:
    async with DiscordDouble() as double:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(discord.http.Route, "BASE", double.url)
            client = discord.Client(intents=discord.Intents.none())
            patch_global_limit_cancellation(client.http)
            await client.login(double.token)
            pause = {"message": "You are being rate limited.", "retry_after": 20.0, "global": True}
            double.fail_next("GET", "/users/1", 429, body=pause)
            waiting = asyncio.create_task(client.fetch_user(1))
            await until(lambda: not client.http._global_over.is_set())
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert await asyncio.wait_for(client.application_info(), 5)
            await client.close()


async def test_a_crowd_of_servers_in_trouble_delays_no_other(deployment: Deployment) -> None:
    async with deployment.running():
        crowd = [await open_server(deployment) for _ in range(20)]
        for server in crowd:
            for channel_id in (server.text, server.news, server.thread):
                await server.subscribe(channel_id)
                deployment.double.fail_next("POST", POST.format(channel_id), 500, times=99)
        well = await open_server(deployment)
        await well.subscribe()
        deployment.double.set_time(at())
        # Sixty posts meet an error at which discord.py sleeps; the one that does not is not behind them.
        await until(well.posts, 5)
        assert not any(server.posts() for server in crowd)


# Clocks


async def test_a_clock_that_is_behind_after_a_restart_is_set_right_by_discords(deployment: Deployment) -> None:
    """Else a message whose nonce Discord has forgotten would be sent again."""
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        double.on("POST", POST.format(server.text), "after", deployment.kill)
        double.set_time(at())
        await deployment.wait_killed()
    double.advance(minutes=20)
    deployment.set_wrong_time(at(clock="08:17"))
    async with deployment.running():
        await deployment.process.says("clock is off by -1,980 s, so daily posts go by Discord's")
        await until(lambda: server.states() == ["sent"])
        assert len(server.posts()) == 1


async def test_a_clock_that_is_far_ahead_uses_up_no_dates(deployment: Deployment) -> None:
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        deployment.set_wrong_time(at() + timedelta(days=400))
        await deployment.process.says("daily posts go by Discord's")
        assert server.states() == []
        double.set_time(at(clock="08:29"))
        await deployment.advance_to(at())
        await until(lambda: server.states() == ["sent"])


@pytest.mark.parametrize("hours", [-1, 1, -24 * 400])
async def test_a_clock_that_is_set_to_another_hour_delays_no_post(deployment: Deployment, hours: int) -> None:
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        double.set_time(at(clock="08:20"))
        await until(lambda: not server.states())
        # Discord's own goes on, and the machine's with it, hours away from it.
        double.world.time = at()
        deployment.set_wrong_time(at() + timedelta(hours=hours))
        await until(lambda: server.states() == ["sent"], 20)
        assert len(server.posts()) == 1
        # Its next heartbeat says so.
        for _ in range(20):
            health = await asyncio.to_thread(Shell(deployment.folder), "health", more=double.environment)
            assert health.code == 1
            if "clock is off by" in health.complaint:
                break
        assert "clock is off by" in health.complaint
        # Set right, it posts tomorrow as ever.
        double.set_time(at(clock="08:31"))
        await deployment.process.says("clock is right again")
        double.set_time(at(DAY + timedelta(1)))
        await until(lambda: server.states() == ["sent"] * 2, 20)


async def test_a_clock_that_is_put_right_after_it_was_an_hour_ahead_from_the_start_delays_nothing(
    deployment: Deployment,
) -> None:
    double = deployment.double
    deployment.set_wrong_time(at(clock="08:00"))
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        double.set_time(at())
        await until(lambda: server.states() == ["sent"], 20)


async def test_a_server_that_is_joined_again_before_a_start_with_a_clock_ahead_has_its_post(
    deployment: Deployment,
) -> None:
    """Else its posts would begin with the date that the wrong clock shows."""
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        gone = await double.remove_guild(server.id)
        await until(lambda: deployment.query("SELECT gone_at FROM subscription")[0][0] is not None)
    await double.add_guild(gone)
    deployment.set_wrong_time(double.time + timedelta(days=2))
    async with deployment.running():
        await deployment.process.says("daily posts go by Discord's")
        await until(lambda: deployment.query("SELECT gone_at FROM subscription")[0][0] is None)
        double.world.time = at()
        deployment.set_wrong_time(at() + timedelta(days=2))
        await until(lambda: server.states() == ["sent"], 20)


async def test_a_clock_that_is_put_back_while_a_post_waits_does_not_hold_it_up(deployment: Deployment) -> None:
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        double.fail_next("POST", POST.format(server.text), 503)
        double.set_time(at(clock="08:29"))
        # Four minutes ahead, which nobody minds, until the clock is put right.
        deployment.set_wrong_time(at(clock="08:33"))
        await until(server.waiting_reasons)
        double.set_time(at(clock="08:31"))
        await until(lambda: server.states() == ["sent"])
        assert len(server.posts()) == 1


# Subscriptions and ledgers


async def test_a_subscription_that_was_left_without_a_next_post_gets_one_at_the_next_start(
    deployment: Deployment,
) -> None:
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
    deployment.execute("UPDATE subscription SET next_at = NULL")
    async with deployment.running():
        await deployment.advance_to(at())
        await until(lambda: server.states() == ["sent"])


async def test_a_server_left_while_the_bot_was_disconnected_keeps_its_subscriptions_resting(
    deployment: Deployment,
) -> None:
    double = deployment.double
    async with deployment.running():
        server, other = await open_server(deployment), await open_server(deployment)
        await server.subscribe()
        await other.subscribe()
        # discord.py does not hear of it, and shows the server as it was.
        guild = next(other for other in double.world.guilds if other["id"] == str(server.id))
        double.world.guilds.remove(guild)
        double.set_time(at())
        await until(lambda: other.states() == ["sent"])
        await until(lambda: server.states() == ["skipped"])
        assert deployment.query("SELECT paused, failures, gone_at IS NOT NULL FROM subscription")[0] == (None, 0, True)
        assert server.admin_notices() == []


async def test_a_post_in_another_channel_counts_as_shown_there(deployment: Deployment) -> None:
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        double.fail_next("POST", POST.format(server.text), 503, times=1)
        double.set_time(at())
        await until(server.waiting_reasons)
        await server.daily("edit", channel=server.news)
        await deployment.advance_until(lambda: server.states() == ["sent"])
        assert len(server.posts(server.news)) == 1
        assert {
            channel_id for (channel_id,) in deployment.query("SELECT DISTINCT channel_id FROM channel_history")
        } == {server.news}


async def test_a_subscription_put_back_with_an_earlier_time_does_not_post_twice_on_one_date(
    deployment: Deployment, tmp_path: Path
) -> None:
    double, ledger = deployment.double, tmp_path / "data" / "ledger.sqlite3"
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe(time="18:00")
        copy = backup(ledger, tmp_path / "copy.sqlite3", now=double.time)
        await server.daily("edit", time="8:30")
        double.set_time(at())
        await until(lambda: server.states() == ["sent"])
    double.set_time(at(clock="10:00"))
    restore(ledger, copy, now=double.time)
    async with deployment.running():
        await deployment.advance_to(at(clock="18:00"))
        await deployment.wait_idle()
        assert len(server.posts()) == 1
        assert deployment.query("SELECT state, reason FROM delivery")[0] == ("skipped", "it was sent already")


async def test_a_subscription_put_back_with_an_earlier_zone_does_not_post_twice_on_one_date(
    deployment: Deployment, tmp_path: Path
) -> None:
    double, ledger = deployment.double, tmp_path / "data" / "ledger.sqlite3"
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe(time="0:30", timezone="America/New_York")
        copy = backup(ledger, tmp_path / "copy.sqlite3", now=double.time)
        await server.daily("edit", timezone="Asia/Tokyo")
        # In Tokyo, it is tomorrow.
        double.set_time(at(clock="15:30"))
        await until(lambda: server.states() == ["sent"])
    double.set_time(at(clock="16:00"))
    restore(ledger, copy, now=double.time)
    async with deployment.running():
        await deployment.advance_to(at(DAY + timedelta(days=1), "04:30"))
        await deployment.wait_idle()
        assert len(server.posts()) == 1
        assert deployment.query("SELECT state, reason FROM delivery")[0] == ("skipped", "it was sent already")


async def test_a_ledger_put_back_by_a_clock_that_is_days_ahead_holds_up_no_post(
    deployment: Deployment, tmp_path: Path
) -> None:
    double, ledger = deployment.double, tmp_path / "data" / "ledger.sqlite3"
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
    copy = backup(ledger, tmp_path / "copy.sqlite3", now=double.time)
    restore(ledger, copy, now=double.time + timedelta(days=3))
    async with deployment.running():
        await deployment.advance_to(at())
        await deployment.advance_until(lambda: server.states() == ["sent"])
        assert len(server.posts()) == 1


async def test_what_a_post_shows_that_perhaps_arrived_counts_as_shown(deployment: Deployment) -> None:
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment, with_unreadable=True)
        await server.subscribe(server.unreadable)
        double.fail_next("POST", POST.format(server.unreadable), 0, before_effect=False)
        double.set_time(at())
        await until(server.waiting_reasons)
        double.advance(seconds=150)
        await deployment.advance_until(lambda: server.states() == ["skipped"])
        assert len(server.posts(server.unreadable)) == 1
        assert deployment.query("SELECT channel_id, shown <> '' FROM channel_history") == [(server.unreadable, 1)]


async def test_of_a_post_that_perhaps_arrived_in_a_server_that_was_left_nobody_says_that_it_did_not(
    deployment: Deployment,
) -> None:
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        double.fail_next("POST", POST.format(server.text), 0, times=9, before_effect=False)
        double.set_time(at())
        await until(server.waiting_reasons)
        await double.remove_guild(server.id)
        await until(lambda: deployment.query("SELECT gone_at FROM subscription")[0][0] is not None)
        await deployment.advance_until(lambda: deployment.query("SELECT state FROM delivery") == [("skipped",)])
        (reason,) = deployment.query("SELECT reason FROM delivery")[0]
        assert "I could not find out whether it arrived" in reason


async def test_a_post_that_arrived_and_is_refused_when_it_is_repeated_is_found(deployment: Deployment) -> None:
    double = deployment.double
    async with deployment.running():
        server = await open_server(deployment)
        await server.subscribe()
        path = POST.format(server.text)
        double.fail_next("POST", path, 0, before_effect=False)
        double.fail_next("POST", path, 400, times=2, body={"message": "Invalid Form Body", "code": 50035})
        double.set_time(at())
        await until(server.waiting_reasons)
        await deployment.advance_until(lambda: server.states() == ["failed"], step=2)
        assert len(double.calls("POST", path)) > 1
        await deployment.advance_until(lambda: server.states() == ["sent"])
        assert len(server.posts()) == 1


async def test_an_edit_does_not_take_back_a_pause_of_the_same_moment(tmp_path: Path) -> None:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        options = PostOptions(1, Plan(DUE, "UTC"))
        subscription = await ledger.subscriptions.add(1, options, since=at(), next_at=at(), max_count=1)
        assert subscription is not None
        await ledger.subscriptions.pause(subscription.id)
        changed = await ledger.subscriptions.update(subscription.id, options, since=at(), next_at=at())
        assert changed is not None
        assert (changed.paused, changed.next_at) == ("asked", None)


async def test_a_text_that_no_database_takes_fails_alone_and_at_once(tmp_path: Path) -> None:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        with pytest.raises(Exception, match="surrogates not allowed"):
            await asyncio.wait_for(ledger.remember("half", "a\ud800"), 5)
        await ledger.remember("whole", "b")
        assert await ledger.fact("whole") == "b"


@pytest.mark.parametrize("number", ["0", "26", "ten", "-1", "٣"])
async def test_a_number_of_subscriptions_that_no_card_holds_is_refused_at_the_start(
    tmp_path: Path, number: str
) -> None:
    async with DiscordDouble() as double:
        more = double.environment | {"DAYBOOK_DAILY_POSTS": number}
        async with Running("run", folder=tmp_path, more=more) as process:
            answer = await process.ended()
    assert answer.code == 1
    assert answer.complaint.endswith(f"DAYBOOK_DAILY_POSTS is “{number}”: use a number from 1 to 25")


async def test_who_runs_the_bot_says_how_many_subscriptions_a_server_may_have(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        more = double.environment | {"DAYBOOK_DAILY_POSTS": "1"}
        async with Running("run", folder=tmp_path, more=more) as process:
            await double.wait_ready()
            options = {"channel": CHANNEL, "time": "9am", "timezone": "UTC"}
            assert (await (await double.slash("daily add", options)).finished()).embeds
            refused = await (await double.slash("daily add", options | {"count": 3})).finished()
            assert "the maximum of 1 daily posts" in refused.content
            await process.stop()
