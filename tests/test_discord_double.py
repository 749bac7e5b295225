"""The Discord double against discord.py itself, so that tests with the double prove something."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from yarl import URL

from bot.discord_internals import discord_at
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import CHANNEL, GUILD, RESUME_PATH, USER, channel, guild, until
from tests.helpers.sample_bot import NOW, SampleBot, run_sample_bot

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_bot_logs_in_registers_its_commands_and_leaves() -> None:
    async with DiscordDouble(guilds=[guild(channels=[channel(CHANNEL, "front")])]) as double:
        async with run_sample_bot(double) as bot:
            await until(lambda: "ready" in bot.events)
            assert [c.name for g in bot.guilds for c in g.text_channels] == ["front"]
            assert {c["name"] for c in double.commands[None]} == {"show", "group"}
            assert double.gateway.connections[0].query["compress"] in {"zlib-stream", "zstd-stream"}
        await until(lambda: not double.gateway.sessions)
        assert double.gateway.connections[0].close_code == 1000
        assert not double.unknown


async def test_a_command_a_button_and_typing_are_answered() -> None:
    async with DiscordDouble() as double, run_sample_bot(double):
        answer = await double.slash("show", {"title": "Spacewalk"}, locale="de", guild_locale="fr")
        assert (answer.type, answer.ephemeral, answer.elapsed > 0) == (4, False, True)
        assert answer.embeds[0]["title"] == "Spacewalk"
        assert answer.embeds[0]["description"] == "de fr False"
        pressed = await double.press(answer, "counter:1", user_id=77)
        assert (pressed.type, pressed.content, answer.content) == (7, "77: 1", "77: 1")
        old = {"components": answer.components}
        assert (await double.press(old, "counter:2")).content == f"{USER}: 2"
        with pytest.raises(LookupError):
            await double.press(answer, "counter:1")
        assert [c["value"] for c in (await double.autocomplete("show", {"title": "x"})).choices] == ["xa", "xb"]
        abroad = await double.slash("show", user_install=True, guild_id=404, channel_id=405)
        assert abroad.embeds[0]["description"] == "en-US en-US True"
        assert (await double.slash("show", dm=True)).embeds[0]["description"] == "en-US None False"


async def test_a_deferred_answer_is_followed_to_its_end() -> None:
    async with DiscordDouble() as double, run_sample_bot(double):
        answer = await double.slash("group slow", {"ephemeral": True})
        assert (answer.type, answer.ephemeral) == (5, True)
        await answer.finished()
        assert answer.content == "done"
        assert double.calls("PATCH", "/webhooks/.*/@original")[0].files.keys() == {"page.md"}
        await until(lambda: answer.followups)
        assert answer.followups[0]["content"] == "by the way"
        assert double.posted() == []


async def test_a_dropped_gateway_is_resumed_where_it_broke() -> None:
    async with DiscordDouble() as double, run_sample_bot(double) as bot:
        for code in (4000, None):
            await double.drop_gateway(code=code)
            assert (await double.slash("show", {"title": "kept"})).embeds[0]["title"] == "kept"
        await until(lambda: bot.events.count("resumed") == 2)
        assert [c.path for c in double.gateway.connections[1:]] == [RESUME_PATH, RESUME_PATH]
        assert len(double.gateway.identifies) == 1


async def test_after_an_invalid_session_the_bot_identifies_again() -> None:
    async with DiscordDouble() as double, run_sample_bot(double, shard_count=1):
        await double.invalidate(resumable=True)
        await double.wait_ready()
        assert (len(double.gateway.resumes), len(double.gateway.identifies)) == (1, 1)
        await double.invalidate()
        await double.wait_ready()
        assert len(double.gateway.identifies) == 2
        await double.drop_gateway(resumable=False)
        await double.wait_ready()
        assert (len(double.gateway.resumes), len(double.gateway.identifies)) == (2, 3)
        assert (await double.slash("show")).type == 4


async def test_a_wrong_token_is_refused_by_the_api_and_the_gateway() -> None:
    async with DiscordDouble() as double:
        with discord_at(URL(double.url)):
            async with SampleBot() as bot:
                with pytest.raises(discord.LoginFailure):
                    await bot.login("wrong")
        assert [r.status for r in double.requests] == [401]
        async with run_sample_bot(double) as bot:
            double.token = "changed"
            await double.drop_gateway()
            await until(bot.is_closed)
        assert double.gateway.connections[-1].close_code == 4004


@pytest.mark.parametrize(("status", "before_effect"), [(503, True), (503, False), (0, True), (0, False), (429, True)])
async def test_a_request_fails_before_or_after_its_effect(status: int, before_effect: bool) -> None:
    async with DiscordDouble() as double, run_sample_bot(double):
        double.fail_next("POST", "/channels/.*/messages", status, before_effect=before_effect)
        answer = await double.slash("group post", {"channel": CHANNEL})
        assert [r.status for r in double.calls("POST", "/channels/.*/messages")] == [status, 200]
        (message,) = double.posted()
        assert answer.content == f"{message['id']} once"
        assert "nonce" not in message
        double.nonce_seconds = 0
        await double.slash("group post", {"channel": CHANNEL})
        assert len(double.posted()) == 2


async def test_a_request_that_the_double_does_not_know_gets_404_and_is_kept() -> None:
    async with DiscordDouble() as double, run_sample_bot(double) as bot:
        with pytest.raises(discord.NotFound):
            await bot.fetch_guild_preview(GUILD)
        assert [r.path for r in double.unknown] == [f"/guilds/{GUILD}/preview"]
        with pytest.raises(LookupError):
            await double.slash("nothing")


# Time and limits


async def test_ids_messages_threads_and_the_bots_process_get_their_time_from_the_clock(tmp_path: Path) -> None:
    double = DiscordDouble()
    assert abs(double.time - datetime.fromtimestamp(time.time(), UTC)) < timedelta(minutes=1)
    assert "DAYBOOK_CLOCK" not in double.environment
    with pytest.raises(ValueError, match="zone"):
        double.set_time(NOW.replace(tzinfo=None))
    async with DiscordDouble(clock=tmp_path) as double, run_sample_bot(double) as bot:
        file = tmp_path / "clock"
        assert double.environment["DAYBOOK_CLOCK"] == str(file)
        assert datetime.fromisoformat(file.read_text()) == double.time
        double.set_time(NOW)
        assert file.read_text() == "2026-03-24T08:00:00+00:00"
        text_channel = await bot.text_channel()
        first = await text_channel.send("news", nonce="once")
        assert first.created_at == NOW
        double.advance(minutes=1, seconds=59)
        assert (await text_channel.send("news", nonce="once")).id == first.id
        double.advance(hours=26, seconds=1)
        assert file.read_text() == "2026-03-25T10:02:00+00:00"
        assert [path.name for path in tmp_path.iterdir()] == ["clock"]
        second = await text_channel.send("news", nonce="once")
        thread = await second.create_thread(name="talk")
        assert second.created_at == thread.created_at == thread.archive_timestamp == double.time
        double.set_time(NOW - timedelta(days=400))
        assert (await text_channel.send("news")).id > second.id


async def test_too_many_requests_a_second_are_refused_to_the_token() -> None:
    channels = [channel(CHANNEL + n, f"news{n}") for n in range(30)]
    async with DiscordDouble(guilds=[guild(channels=channels)]) as double, run_sample_bot(double) as bot:
        text_channels = [await bot.text_channel(CHANNEL + n) for n in range(30)]
        double.global_limit = 20
        await asyncio.gather(*(text_channel.send("news") for text_channel in text_channels))
        assert all(len(double.posted(text_channel.id)) == 1 for text_channel in text_channels)
        assert {request.status for request in double.rejected} == {429}
        served = [r.time for r in double.calls("POST", "/channels/.*/messages") if r.status == 200]
        assert all(late - early >= 1 for early, late in zip(served, served[20:], strict=False))
        # What comes without the token is not counted.
        double.global_limit = 0
        before = len(double.rejected)
        assert (await double.slash("show")).embeds
        assert len(double.rejected) == before


async def test_posts_in_one_channel_have_a_limit_that_its_headers_tell() -> None:
    async with DiscordDouble() as double, run_sample_bot(double) as bot:
        double.route_limit = (2, 0.3)
        text_channel = await bot.text_channel()
        start = time.monotonic()
        await asyncio.gather(*(text_channel.send("news") for _ in range(5)))
        assert time.monotonic() - start > 0.6
        assert double.rejected == []
        headers = {"Authorization": f"Bot {double.token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            for _ in range(3):
                answer = await session.post(f"{double.url}/channels/{CHANNEL}/messages", json={"content": "news"})
            body = await answer.json()
        assert (answer.status, body["global"], answer.headers["X-RateLimit-Scope"]) == (429, False, "user")
        assert 0 < body["retry_after"] <= 0.3
        assert {"Via", "Retry-After", "X-RateLimit-Bucket", "X-RateLimit-Reset"} <= answer.headers.keys()
        # discord.py waits and comes again.
        assert (await text_channel.send("news")).id
        assert len(double.posted()) == len(double.calls("POST", "/channels/.*")) - len(double.rejected)


# Killing the bot

POSTING = """
import asyncio, os, sys, discord
from discord.http import Route

async def main():
    Route.BASE = os.environ["DAYBOOK_DISCORD_API"]
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(os.environ["DISCORD_TOKEN"])
        message = await client.get_partial_messageable(int(sys.argv[1])).send("news", nonce="once")
        print(message.id)

asyncio.run(main())
"""


@pytest.mark.process
@pytest.mark.parametrize(("when", "lost"), [("before", False), ("before", True), ("after", False)])
async def test_the_bot_is_killed_at_the_moment_of_a_request(when: Any, lost: bool) -> None:
    async def post() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", POSTING, str(CHANNEL), env={**os.environ, **double.environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    posted_counts: list[int] = []

    def kill(request: Any) -> None:
        assert request.json["content"] == "news"
        posted_counts.append(len(double.posted()))
        process.send_signal(signal.SIGKILL)
        if lost:
            double.fail_next("POST", "/channels/.*/messages", 0)

    async with DiscordDouble() as double:
        double.on("POST", "/channels/.*/messages", when, kill)
        process = await post()
        out, _ = await process.communicate()
        assert (process.returncode, out) == (-signal.SIGKILL, b"")
        await until(lambda: double.requests[-1].status is not None)
        assert posted_counts == [int(when == "after")]
        assert len(double.posted()) == int(not lost)
        process = await post()
        out, errors = await process.communicate()
        assert (process.returncode, errors) == (0, b"")
        assert [m["id"] for m in double.posted()] == [out.decode().strip()]


async def test_closing_the_double_leaves_nothing_behind() -> None:
    double = await DiscordDouble().__aenter__()
    double.delay("/users/@me", 60)
    async with aiohttp.ClientSession() as session, session.ws_connect(double.gateway.url) as socket:
        waiting = asyncio.create_task(session.post(f"{double.url}/users/@me"))
        await until(lambda: double.requests)
        await socket.receive()
        await double.close()
        assert (await socket.receive()).data == 1001
        await asyncio.gather(waiting, return_exceptions=True)
    await until(lambda: asyncio.all_tasks() == {asyncio.current_task()}, 1)
