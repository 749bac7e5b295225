"""Daily posts against all odds: unclear answers, wrong clocks, crowds of failing servers, copies of old ledgers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import discord
import pytest
from discord_double import DiscordDouble
from discord_gateway import CHANNEL, until
from posting import DUE, Newsroom, Server, at, open_newsroom
from processes import Running

from bot.discord_internals import patch_global_limit_cancellation
from bot.domain.schedule import Plan
from bot.domain.subscription import PostOptions
from bot.ledger.backup import backup, restore
from bot.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

POST = "/channels/{}/(messages|threads)"


@pytest.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path) as newsroom:
        newsroom.double.set_time(at(clock="08:00"))
        yield newsroom


async def opened(newsroom: Newsroom, *, silent: bool = False) -> Server:
    server = newsroom.server()
    await server.open(silent=silent)
    return server


# Unclear answers


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_forum_post_that_was_taken_with_an_error_is_not_made_again(newsroom: Newsroom, status: int) -> None:
    """At these, discord.py asks again by itself; forum posts have no nonce."""
    async with newsroom.serving():
        server = await opened(newsroom)
        await server.order(server.forum)
        path = POST.format(server.forum)
        newsroom.double.fail_next("POST", path, status, times=2, before_effect=False)
        newsroom.double.set_time(at())
        await until(lambda: newsroom.double.calls("POST", path))
        await newsroom.pass_until(lambda: server.states() == ["sent"])
        assert len(newsroom.double.calls("POST", path)) == 1
        assert len(server.posts(server.forum)) == 1


async def test_a_post_that_had_to_wait_comes_though_the_history_cannot_be_read(newsroom: Newsroom) -> None:
    """What was refused with 429 was surely not taken: there is nothing to look for."""
    async with newsroom.serving():
        server = await opened(newsroom, silent=True)
        await server.order(server.silent)
        asks_to_wait = {"message": "You are being rate limited.", "retry_after": 100.0, "global": False}
        newsroom.double.fail_next("POST", POST.format(server.silent), 429, body=asks_to_wait)
        newsroom.double.set_time(at())
        await until(lambda: server.rows_waiting() == ["Discord asked to wait"])
        assert "is due and waiting: Discord asked to wait" in await server.doctor()
        newsroom.double.advance(seconds=90)
        assert len(newsroom.double.calls("POST", POST.format(server.silent))) == 1
        await newsroom.pass_until(lambda: server.states() == ["sent"])
        assert len(server.posts(server.silent)) == 1
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


async def test_a_crowd_of_servers_in_trouble_delays_no_other(newsroom: Newsroom) -> None:
    async with newsroom.serving():
        crowd = [await opened(newsroom) for _ in range(20)]
        for server in crowd:
            for room in (server.text, server.news, server.thread):
                await server.order(room)
                newsroom.double.fail_next("POST", POST.format(room), 500, times=99)
        well = await opened(newsroom)
        await well.order()
        newsroom.double.set_time(at())
        # Sixty posts meet an error at which discord.py sleeps; the one that does not is not behind them.
        await until(well.posts, 5)
        assert not any(server.posts() for server in crowd)


# Clocks


async def test_a_clock_that_is_behind_after_a_restart_posts_nothing_until_it_is_right(newsroom: Newsroom) -> None:
    """Else a message whose nonce Discord has forgotten would be sent again."""
    double = newsroom.double
    async with newsroom.serving():
        server = await opened(newsroom)
        await server.order()
        double.on("POST", POST.format(server.text), "after", newsroom.kill)
        double.set_time(at())
        await newsroom.killed()
    double.advance(minutes=20)
    newsroom.tell_wrong_time(at(clock="08:17"))
    async with newsroom.serving():
        await newsroom.process.says("clock is off by -1980 s: no daily posts until it is right")
        assert (server.states(), len(server.posts())) == (["claimed"], 1)
        double.set_time(double.time)
        await until(lambda: server.states() == ["sent"])
        assert len(server.posts()) == 1


async def test_a_clock_that_is_far_ahead_uses_up_no_dates(newsroom: Newsroom) -> None:
    double = newsroom.double
    async with newsroom.serving():
        server = await opened(newsroom)
        await server.order()
        newsroom.tell_wrong_time(at() + timedelta(days=400))
        await newsroom.process.says("no daily posts until it is right")
        assert server.states() == []
        double.set_time(at(clock="08:29"))
        await newsroom.reach(at())
        await until(lambda: server.states() == ["sent"])


async def test_a_clock_that_is_put_back_while_a_post_waits_does_not_hold_it_up(newsroom: Newsroom) -> None:
    double = newsroom.double
    async with newsroom.serving():
        server = await opened(newsroom)
        await server.order()
        double.fail_next("POST", POST.format(server.text), 503)
        double.set_time(at(clock="08:29"))
        # Four minutes ahead, which nobody minds, until the clock is put right.
        newsroom.tell_wrong_time(at(clock="08:33"))
        await until(server.rows_waiting)
        double.set_time(at(clock="08:31"))
        await until(lambda: server.states() == ["sent"])
        assert len(server.posts()) == 1


# Orders and ledgers


async def test_an_order_that_was_left_without_a_next_post_gets_one_at_the_next_start(newsroom: Newsroom) -> None:
    async with newsroom.serving():
        server = await opened(newsroom)
        await server.order()
    newsroom.execute("UPDATE subscription SET next_at = NULL")
    async with newsroom.serving():
        await newsroom.reach(at())
        await until(lambda: server.states() == ["sent"])


async def test_a_server_left_while_the_bot_was_disconnected_keeps_its_orders_resting(newsroom: Newsroom) -> None:
    double = newsroom.double
    async with newsroom.serving():
        server, other = await opened(newsroom), await opened(newsroom)
        await server.order()
        await other.order()
        # discord.py does not hear of it, and shows the server as it was.
        guild = next(known for known in double.world.guilds if known["id"] == str(server.id))
        double.world.guilds.remove(guild)
        double.set_time(at())
        await until(lambda: other.states() == ["sent"])
        await until(lambda: server.states() == ["skipped"])
        assert newsroom.rows("SELECT paused, failures, gone_at IS NOT NULL FROM subscription")[0] == (None, 0, True)
        assert server.told() == []


async def test_a_post_in_another_channel_counts_as_shown_there(newsroom: Newsroom) -> None:
    double = newsroom.double
    async with newsroom.serving():
        server = await opened(newsroom)
        await server.order()
        double.fail_next("POST", POST.format(server.text), 503, times=1)
        double.set_time(at())
        await until(server.rows_waiting)
        await server.daily("edit", channel=server.news)
        await newsroom.pass_until(lambda: server.states() == ["sent"])
        assert len(server.posts(server.news)) == 1
        assert {room for (room,) in newsroom.rows("SELECT DISTINCT channel_id FROM shown")} == {server.news}


async def test_an_order_put_back_with_an_earlier_time_does_not_post_twice_on_one_date(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    double, ledger = newsroom.double, tmp_path / "data" / "ledger.sqlite3"
    async with newsroom.serving():
        server = await opened(newsroom)
        await server.order(time="18:00")
        copy = backup(ledger, tmp_path / "copy.sqlite3", now=double.time)
        await server.daily("edit", time="8:30")
        double.set_time(at())
        await until(lambda: server.states() == ["sent"])
    double.set_time(at(clock="10:00"))
    restore(ledger, copy, now=double.time)
    async with newsroom.serving():
        await newsroom.reach(at(clock="18:00"))
        await newsroom.idle()
        assert len(server.posts()) == 1
        assert newsroom.rows("SELECT state, reason FROM delivery")[0] == ("skipped", "it was sent already")


async def test_an_edit_does_not_take_back_a_pause_of_the_same_moment(tmp_path: Path) -> None:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        options = PostOptions(1, Plan(DUE, "UTC"))
        order = await ledger.subscriptions.add(1, options, since=at(), next_at=at(), most=1)
        assert order is not None
        await ledger.subscriptions.pause(order.id)
        changed = await ledger.subscriptions.change(order.id, options, since=at(), next_at=at())
        assert changed is not None
        assert (changed.paused, changed.next_at) == ("asked", None)


async def test_a_text_that_no_database_takes_fails_alone_and_at_once(tmp_path: Path) -> None:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        with pytest.raises(Exception, match="surrogates not allowed"):
            await asyncio.wait_for(ledger.remember("half", "a\ud800"), 5)
        await ledger.remember("whole", "b")
        assert await ledger.fact("whole") == "b"


@pytest.mark.parametrize("number", ["0", "26", "ten", "-1", "٣"])
async def test_a_number_of_orders_that_no_card_holds_is_refused_at_the_start(tmp_path: Path, number: str) -> None:
    async with DiscordDouble() as double:
        more = double.environment | {"DAYBOOK_DAILY_POSTS": number}
        async with Running("run", folder=tmp_path, more=more) as process:
            answer = await process.ended()
    assert answer.code == 1
    assert answer.complaint.endswith(f"DAYBOOK_DAILY_POSTS is “{number}”: a number from 1 to 25 would do")


async def test_who_runs_the_bot_says_how_many_orders_a_server_may_have(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        more = double.environment | {"DAYBOOK_DAILY_POSTS": "1"}
        async with Running("run", folder=tmp_path, more=more) as process:
            await double.wait_ready()
            order = {"channel": CHANNEL, "time": "9am", "timezone": "UTC"}
            assert (await (await double.slash("daily add", order)).finished()).embeds
            refused = await (await double.slash("daily add", order)).finished()
            assert "as many daily posts as a server may have (1)" in refused.content
            await process.stop()
