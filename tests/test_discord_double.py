"""The loopback double against discord.py itself, so that what the double says of the bot can be believed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import discord
import pytest
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_double import DiscordDouble
from discord_gateway import (
    APPLICATION,
    CHANNEL,
    GUILD,
    MEMBER,
    RESUME_PATH,
    USER,
    Json,
    May,
    channel,
    forum,
    guild,
    role,
    thread,
    until,
)
from discord_limits import check_commands, check_requests
from yarl import URL

if TYPE_CHECKING:
    import re
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

Deed = discord.Interaction["Clerk"]
MOMENT = datetime(2026, 3, 24, 8, tzinfo=UTC)
NOBODY = discord.AllowedMentions.none()


class Star(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"star:(?P<count>\d+)"):
    """A button that counts its presses in its own custom_id."""

    def __init__(self, count: int) -> None:
        super().__init__(discord.ui.Button(label=str(count), custom_id=f"star:{count}"))
        self.count = count

    @classmethod
    async def from_custom_id(cls, _deed: Any, _item: Any, match: re.Match[str], /) -> Self:
        return cls(int(match["count"]))

    async def callback(self, deed: discord.Interaction[Any]) -> None:
        await deed.response.edit_message(content=f"{deed.user.id}: {self.count}", view=star(self.count + 1))


def star(count: int) -> discord.ui.View:
    return discord.ui.View(timeout=None).add_item(Star(count))


class Clerk(commands.AutoShardedBot):
    """A bare bot with one command of each kind."""

    def __init__(self, shard_count: int | None = None) -> None:
        intents = discord.Intents(guilds=True)
        super().__init__(
            "!", intents=intents, shard_count=shard_count, guild_ready_timeout=0.01, allowed_mentions=NOBODY
        )
        self.happened: list[str] = []

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Star)
        self.tree.add_command(show)
        self.tree.add_command(desk)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the 5 seconds that discord.py puts before every IDENTIFY but the first."""

    async def on_ready(self) -> None:
        self.happened.append("ready")

    async def on_resumed(self) -> None:
        self.happened.append("resumed")

    async def on_thread_create(self, begun: discord.Thread) -> None:
        self.happened.append(f"began {begun.name}")

    async def on_guild_join(self, _guild: discord.Guild) -> None:
        self.happened.append("joined")

    async def on_guild_remove(self, _guild: discord.Guild) -> None:
        self.happened.append("left")

    async def on_guild_available(self, _guild: discord.Guild) -> None:
        self.happened.append("back")

    async def room(self, number: int = CHANNEL) -> discord.TextChannel:
        """Return a room once the bot knows its guilds; a forum or a thread has most of its methods."""
        await self.wait_until_ready()
        found: Any = self.get_channel(number)
        assert found is not None
        return found  # type: ignore[no-any-return]


async def refused(deed: Awaitable[Any]) -> tuple[int, int]:
    """Return the status and Discord's number of an error that must come."""
    with pytest.raises(discord.HTTPException) as caught:
        await deed
    return caught.value.status, caught.value.code


@app_commands.command(description="An embed and a button")
async def show(deed: Deed, title: str = "nothing") -> None:
    embed = discord.Embed(title=title, description=f"{deed.locale} {deed.guild_locale} {deed.is_user_integration()}")
    await deed.response.send_message(embed=embed, view=star(1))


@show.autocomplete("title")
async def titles(_deed: Deed, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=typed + end, value=typed + end) for end in "ab"]


desk = app_commands.Group(name="desk", description="Commands in a group")


@desk.command(description="A deferred answer")
async def slow(deed: Deed, secret: bool) -> None:
    await deed.response.defer(ephemeral=secret, thinking=True)
    await deed.edit_original_response(content="done", attachments=[discord.File(__file__, "page.md")])
    await deed.followup.send("by the way", ephemeral=True)


@desk.command(description="A message with a nonce")
async def post(deed: Deed, where: app_commands.AppCommandChannel) -> None:
    room = where.resolve()
    assert isinstance(room, discord.TextChannel)
    try:
        message = await room.send("news", nonce="once")
    except (discord.HTTPException, aiohttp.ClientError):
        message = await room.send("news", nonce="once")
    await deed.response.send_message(f"{message.id} {message.nonce}", ephemeral=True)


@contextlib.asynccontextmanager
async def clerk(double: DiscordDouble, shard_count: int | None = None) -> AsyncIterator[Clerk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "BASE", double.url)
        patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(double.gateway.url))
        bot = Clerk(shard_count)
        running = asyncio.create_task(bot.start(double.token))
        try:
            await double.wait_ready()
            yield bot
        finally:
            await bot.close()
            await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 5)


async def test_a_bot_logs_in_registers_its_commands_and_leaves() -> None:
    async with DiscordDouble(guilds=[guild(channels=[channel(CHANNEL, "front")])]) as double:
        async with clerk(double) as bot:
            await until(lambda: "ready" in bot.happened)
            assert [c.name for g in bot.guilds for c in g.text_channels] == ["front"]
            assert {c["name"] for c in double.commands[None]} == {"show", "desk"}
            assert double.gateway.connections[0].query["compress"] in {"zlib-stream", "zstd-stream"}
        await until(lambda: not double.gateway.sessions)
        assert double.gateway.connections[0].close_code == 1000
        assert not double.unknown


async def test_a_command_a_button_and_typing_are_answered() -> None:
    async with DiscordDouble() as double, clerk(double):
        shown = await double.slash("show", {"title": "Spacewalk"}, locale="de", guild_locale="fr")
        assert (shown.type, shown.ephemeral, shown.elapsed > 0) == (4, False, True)
        assert shown.embeds[0]["title"] == "Spacewalk"
        assert shown.embeds[0]["description"] == "de fr False"
        pressed = await double.press(shown, "star:1", user_id=77)
        assert (pressed.type, pressed.content, shown.content) == (7, "77: 1", "77: 1")
        old = {"components": shown.components}
        assert (await double.press(old, "star:2")).content == f"{USER}: 2"
        with pytest.raises(LookupError):
            await double.press(shown, "star:1")
        assert [c["value"] for c in (await double.autocomplete("show", {"title": "x"})).choices] == ["xa", "xb"]
        abroad = await double.slash("show", user_install=True, guild_id=404, channel_id=405)
        assert abroad.embeds[0]["description"] == "en-US en-US True"
        assert (await double.slash("show", dm=True)).embeds[0]["description"] == "en-US None False"


async def test_a_deferred_answer_is_followed_to_its_end() -> None:
    async with DiscordDouble() as double, clerk(double):
        answer = await double.slash("desk slow", {"secret": True})
        assert (answer.type, answer.ephemeral) == (5, True)
        await answer.finished()
        assert answer.content == "done"
        assert double.calls("PATCH", "/webhooks/.*/@original")[0].files.keys() == {"page.md"}
        await until(lambda: answer.followups)
        assert answer.followups[0]["content"] == "by the way"
        assert double.posted() == []


async def test_a_dropped_gateway_is_resumed_where_it_broke() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        for code in (4000, None):
            await double.drop_gateway(code=code)
            assert (await double.slash("show", {"title": "kept"})).embeds[0]["title"] == "kept"
        await until(lambda: bot.happened.count("resumed") == 2)
        assert [c.path for c in double.gateway.connections[1:]] == [RESUME_PATH, RESUME_PATH]
        assert len(double.gateway.identifies) == 1


async def test_an_invalid_session_is_begun_anew() -> None:
    async with DiscordDouble() as double, clerk(double, shard_count=1):
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


async def test_a_wrong_token_is_refused_at_both_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordDouble() as double:
        monkeypatch.setattr(Route, "BASE", double.url)
        async with Clerk() as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.login("wrong")
        assert [r.status for r in double.requests] == [401]
        async with clerk(double) as bot:
            double.token = "changed"
            await double.drop_gateway()
            await until(bot.is_closed)
        assert double.gateway.connections[-1].close_code == 4004


@pytest.mark.parametrize(("status", "before_effect"), [(503, True), (503, False), (0, True), (0, False), (429, True)])
async def test_a_request_fails_before_or_after_its_effect(status: int, before_effect: bool) -> None:
    async with DiscordDouble() as double, clerk(double):
        double.fail_next("POST", "/channels/.*/messages", status, before_effect=before_effect)
        answer = await double.slash("desk post", {"where": CHANNEL})
        assert [r.status for r in double.calls("POST", "/channels/.*/messages")] == [status, 200]
        (message,) = double.posted()
        assert answer.content == f"{message['id']} once"
        assert "nonce" not in message
        double.nonce_seconds = 0
        await double.slash("desk post", {"where": CHANNEL})
        assert len(double.posted()) == 2


async def test_what_the_double_does_not_know_is_told_and_noted() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        with pytest.raises(discord.NotFound):
            await bot.fetch_guild_preview(GUILD)
        assert [r.path for r in double.unknown] == [f"/guilds/{GUILD}/preview"]
        with pytest.raises(LookupError):
            await double.slash("nothing")


# Time and limits


async def test_the_clock_tells_ids_messages_threads_and_the_bots_process(tmp_path: Path) -> None:
    double = DiscordDouble()
    assert abs(double.time - datetime.fromtimestamp(time.time(), UTC)) < timedelta(minutes=1)
    assert "DAYBOOK_CLOCK" not in double.environment
    with pytest.raises(ValueError, match="zone"):
        double.set_time(MOMENT.replace(tzinfo=None))
    async with DiscordDouble(clock=tmp_path) as double, clerk(double) as bot:
        file = tmp_path / "clock"
        assert double.environment["DAYBOOK_CLOCK"] == str(file)
        assert datetime.fromisoformat(file.read_text()) == double.time
        double.set_time(MOMENT)
        assert file.read_text() == "2026-03-24T08:00:00+00:00"
        room = await bot.room()
        first = await room.send("news", nonce="once")
        assert first.created_at == MOMENT
        double.advance(minutes=1, seconds=59)
        assert (await room.send("news", nonce="once")).id == first.id
        double.advance(hours=26, seconds=1)
        assert file.read_text() == "2026-03-25T10:02:00+00:00"
        assert [path.name for path in tmp_path.iterdir()] == ["clock"]
        second = await room.send("news", nonce="once")
        begun = await second.create_thread(name="talk")
        assert second.created_at == begun.created_at == begun.archive_timestamp == double.time
        double.set_time(MOMENT - timedelta(days=400))
        assert (await room.send("news")).id > second.id


async def test_too_many_requests_a_second_are_refused_to_the_token() -> None:
    rooms = [channel(CHANNEL + n, f"news{n}") for n in range(30)]
    async with DiscordDouble(guilds=[guild(channels=rooms)]) as double, clerk(double) as bot:
        found = [await bot.room(CHANNEL + n) for n in range(30)]
        double.global_limit = 20
        await asyncio.gather(*(room.send("news") for room in found))
        assert all(len(double.posted(room.id)) == 1 for room in found)
        assert {request.status for request in double.rejected} == {429}
        served = [r.time for r in double.calls("POST", "/channels/.*/messages") if r.status == 200]
        assert all(late - early >= 1 for early, late in zip(served, served[20:], strict=False))
        # What comes without the token is not counted.
        double.global_limit = 0
        before = len(double.rejected)
        assert (await double.slash("show")).embeds
        assert len(double.rejected) == before


async def test_posts_in_one_channel_have_a_limit_that_its_headers_tell() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        double.route_limit = (2, 0.3)
        room = await bot.room()
        begun = time.monotonic()
        await asyncio.gather(*(room.send("news") for _ in range(5)))
        assert time.monotonic() - begun > 0.6
        assert double.rejected == []
        headers = {"Authorization": f"Bot {double.token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            for _ in range(3):
                answer = await session.post(f"{double.url}/channels/{CHANNEL}/messages", json={"content": "news"})
            told = await answer.json()
        assert (answer.status, told["global"], answer.headers["X-RateLimit-Scope"]) == (429, False, "user")
        assert 0 < told["retry_after"] <= 0.3
        assert {"Via", "Retry-After", "X-RateLimit-Bucket", "X-RateLimit-Reset"} <= answer.headers.keys()
        # discord.py waits and comes again.
        assert (await room.send("news")).id
        assert len(double.posted()) == len(double.calls("POST", "/channels/.*")) - len(double.rejected)


# What the bot may do


OVERWRITES: list[list[tuple[int, int, int]]] = [
    [],
    [(GUILD, 0, May.VIEW)],
    [(GUILD, 0, May.SEND)],
    [(GUILD, 0, May.VIEW), (71, May.VIEW, 0)],
    [(71, 0, May.SEND), (72, May.SEND, 0)],
    [(71, May.SEND, 0), (APPLICATION, 0, May.SEND | May.HISTORY)],
    [(GUILD, May.PIN, May.SEND_IN_THREADS), (73, May.MENTION_EVERYONE, 0)],
]


@pytest.mark.parametrize("overwrites", OVERWRITES)
@pytest.mark.parametrize("extra", [0, May.MANAGE_THREADS, May.ADMINISTRATOR])
async def test_permissions_are_what_discord_py_makes_of_them(
    overwrites: list[tuple[int, int, int]], extra: int
) -> None:
    told = [{"id": str(who), "type": int(who == APPLICATION), "allow": str(int(allow)), "deny": str(int(deny))}
            for who, allow, deny in overwrites]  # fmt: skip
    roles = [role(71, "reader", May.PIN), role(72, "writer", extra), role(73, "other", May.MANAGE_MESSAGES)]
    rooms = [channel(permission_overwrites=told)]
    threads = [thread(CHANNEL + 1), thread(CHANNEL + 2, archived=True)]
    server = guild(channels=rooms, threads=threads, roles=roles, bot_roles=[71, 72])
    async with DiscordDouble(guilds=[server]) as double, clerk(double) as bot:
        room = await bot.room()
        assert room.guild.me.guild_permissions.value & May.PIN
        mine = double.world.permissions(server["channels"][0])
        assert room.permissions_for(room.guild.me).value & sum(May) == mine & sum(May)
        assert (await double.slash("show")).type == 4
        assert int(double.world.scene(double._answers["interaction-1"].place)["app_permissions"]) == mine
        # Threads that cannot be seen, or are archived, are not told of.
        assert [each.id for each in room.guild.threads] == ([CHANNEL + 1] if mine & May.VIEW else [])
        for found in room.guild.threads:
            ours = double.world.permissions(server["threads"][0])
            theirs = found.permissions_for(room.guild.me)
            assert theirs.send_messages_in_threads == bool(ours & May.SEND_IN_THREADS)
            assert theirs.manage_threads == bool(ours & May.MANAGE_THREADS)


DEEDS: list[tuple[str, int, Callable[[Clerk, Any, discord.Message], Awaitable[Any]], tuple[int, int]]] = [
    ("everything", May.VIEW, lambda bot, room, _: bot.fetch_channel(room.id), (403, 50001)),
    ("everything", May.VIEW, lambda _, room, __: room.send("news"), (403, 50001)),
    ("history", May.HISTORY, lambda _, room, post: room.fetch_message(post.id), (403, 50001)),
    ("posts", May.SEND, lambda _, room, __: room.send("news"), (403, 50013)),
    ("embeds", May.EMBED, lambda _, room, __: room.send(embed=discord.Embed(title="news")), (403, 50013)),
    ("files", May.ATTACH, lambda _, room, __: room.send(file=discord.File(__file__)), (403, 50013)),
    ("publishing", May.SEND, lambda _, __, post: post.publish(), (403, 50013)),
    ("pins", May.PIN, lambda _, __, post: post.pin(), (403, 50013)),
    ("threads", May.PUBLIC_THREADS, lambda _, __, post: post.create_thread(name="talk"), (403, 50013)),
    ("edits", May.MANAGE_CHANNELS, lambda _, room, __: room.edit(name="other"), (403, 50013)),
]


@pytest.mark.parametrize(("what", "missing", "deed", "error"), DEEDS)
async def test_what_the_bot_may_not_do_is_refused(
    what: str, missing: int, deed: Callable[[Clerk, Any, discord.Message], Awaitable[Any]], error: tuple[int, int]
) -> None:
    rights = MEMBER | May.PIN | May.MANAGE_CHANNELS
    async with (
        DiscordDouble(guilds=[guild(channels=[channel(kind=5)], permissions=rights)]) as double,
        clerk(double) as bot,
    ):
        room = await bot.room()
        post = await room.send("news")
        await double.set_overwrite(CHANNEL, deny=missing)
        assert await refused(deed(bot, room, post)) == error
        # The bot has been told, also of what it may do again.
        await until(lambda: room.permissions_for(room.guild.me).value & missing == 0)
        if what == "history":
            assert [m async for m in room.history()] == []
            assert [m async for m in room.pins()] == []
        await double.set_overwrite(CHANNEL, allow=missing)
        assert await deed(bot, room, post) or what in {"pins", "publishing"}
        await until(lambda: room.permissions_for(room.guild.me).value & missing == missing)


async def test_a_message_pings_the_roles_that_it_may() -> None:
    roles = [role(71, "readers", mentionable=True), role(72, "writers"), role(73, "mods", May.MENTION_EVERYONE)]
    async with DiscordDouble(guilds=[guild(roles=roles)]) as double, clerk(double) as bot:
        room = await bot.room()

        async def pinged(allowed: discord.AllowedMentions) -> tuple[list[int], bool]:
            post = await room.send("<@&71> <@&72> @everyone", allowed_mentions=allowed)
            return [int(n) for n in double.posted()[-1]["mention_roles"]], post.mention_everyone

        def of(*numbers: int) -> discord.AllowedMentions:
            return discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(n) for n in numbers])

        assert await pinged(NOBODY) == ([], False)
        assert await pinged(of(71, 72)) == ([71], False)
        assert await pinged(of(73)) == ([], False)
        assert await pinged(discord.AllowedMentions.all()) == ([71], False)
        await double.update_role(GUILD, permissions=MEMBER | May.MENTION_EVERYONE)
        assert await pinged(of(71, 72)) == ([71, 72], False)
        assert await pinged(discord.AllowedMentions.all()) == ([71, 72], True)
        await double.delete_role(72)
        assert await pinged(of(71, 72)) == ([71], False)
        await until(lambda: room.guild.get_role(72) is None)


# Guilds and channels come and go


async def test_the_bot_is_removed_from_a_guild_and_invited_again() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        room = await bot.room()
        post = await room.send("news")
        server = await double.remove_guild(GUILD)
        await until(lambda: not list(bot.guilds) and "left" in bot.happened)
        assert await refused(room.send("more")) == (403, 50001)
        assert await refused(room.guild.active_threads()) == (404, 10004)
        assert [m["id"] for m in double.posted()] == [str(post.id)]
        await double.add_guild(server)
        await until(lambda: "joined" in bot.happened)
        assert (await (await bot.room()).fetch_message(post.id)).content == "news"
        await double.update_guild(GUILD, name="Library")
        await until(lambda: bot.guilds[0].name == "Library")
        assert bot.guilds[0].me.id == APPLICATION
        assert len(bot.guilds[0].channels) == 1


async def test_a_guild_is_out_of_order_for_a_while() -> None:
    async with DiscordDouble() as double:
        double.outage_status = 503
        async with clerk(double) as bot:
            room = await bot.room()
            await double.guild_unavailable(GUILD)
            await until(lambda: room.guild.unavailable)
            assert (await refused(room.send("news")))[0] == 503
            assert (await refused(room.guild.active_threads()))[0] == 503
        async with clerk(double) as bot:
            await bot.wait_until_ready()
            assert [each.unavailable for each in bot.guilds] == [True]
            await double.guild_available(GUILD)
            await until(lambda: "back" in bot.happened)
            await (await bot.room()).send("news")


async def test_a_channel_is_deleted() -> None:
    server = guild(channels=[channel(), channel(70, "other")], threads=[thread(71), thread(72, parent_id=70)])
    async with DiscordDouble(guilds=[server]) as double, clerk(double) as bot:
        room, talk = await bot.room(), await bot.room(72)
        await double.delete_channel(CHANNEL)
        await until(lambda: bot.get_channel(CHANNEL) is None and bot.get_channel(71) is None)
        assert await refused(room.send("news")) == (404, 10003)
        await double.delete_channel(72)
        await until(lambda: bot.get_channel(72) is None)
        assert await refused(talk.send("news")) == (404, 10003)
        with pytest.raises(LookupError):
            await double.delete_channel(72)


# Threads, forums, pins, history


@pytest.mark.parametrize(("kind", "thread_kind"), [(0, "public_thread"), (5, "news_thread")])
async def test_a_thread_is_started_from_a_message_once(kind: int, thread_kind: str) -> None:
    async with DiscordDouble(guilds=[guild(channels=[channel(kind=kind)])]) as double, clerk(double) as bot:
        room = await bot.room()
        post = await room.send("news")
        assert await refused(post.create_thread(name="")) == (400, 50035)
        assert await refused(post.create_thread(name="x" * 101)) == (400, 50035)
        talk = await post.create_thread(name="x" * 100, auto_archive_duration=60)
        assert (talk.id, talk.type.name, talk.auto_archive_duration) == (post.id, thread_kind, 60)
        await until(lambda: f"began {'x' * 100}" in bot.happened)
        assert room.guild.get_thread(post.id) is not None
        assert await refused(post.create_thread(name="again")) == (400, 160004)
        fetched = await room.fetch_message(post.id)
        assert fetched.flags.has_thread
        assert fetched.thread is not None
        assert fetched.thread.id == post.id
        await talk.send("more")
        assert [m["content"] for m in double.posted(post.id)] == ["more"]
        assert [m.type.name async for m in talk.history()] == ["default", "thread_starter_message"]
        assert double.world.guild(GUILD)["threads"][0]["message_count"] == 1
        double.delete_message(post.id)
        assert await refused(post.create_thread(name="again")) == (404, 10008)
        alone = await room.create_thread(name="alone", type=discord.ChannelType[thread_kind])
        assert (await bot.fetch_channel(alone.id)).id == alone.id != post.id


async def test_threads_are_archived_locked_and_opened_again() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        double.set_time(MOMENT)
        room = await bot.room()
        post = await room.send("news")
        talk = await post.create_thread(name="talk")
        said = await talk.send("first")
        double.advance(hours=1)
        await talk.edit(archived=True)
        await until(lambda: room.guild.get_thread(talk.id) is None)
        assert (await room.guild.active_threads()) == []
        archived = [each async for each in room.archived_threads()]
        assert [each.id for each in archived] == [talk.id]
        assert archived[0].archive_timestamp == double.time
        assert archived[0].created_at == MOMENT
        assert await refused(talk.edit(name="other")) == (400, 50083)
        assert await refused(said.edit(content="other")) == (400, 50083)
        # A post opens it again, and the bot is told.
        await talk.send("second")
        await until(lambda: room.guild.get_thread(talk.id) is not None)
        assert [each.id for each in await room.guild.active_threads()] == [talk.id]
        await double.update_channel(talk.id, locked=True)
        assert await refused(talk.send("third")) == (403, 160005)
        await double.update_channel(talk.id, archived=True)
        assert await refused(talk.send("third")) == (400, 50083)
        assert await refused(talk.edit(archived=False)) == (403, 50013)
        await double.set_overwrite(CHANNEL, allow=May.MANAGE_THREADS)
        await talk.send("third")
        await double.set_overwrite(CHANNEL, deny=May.SEND_IN_THREADS)
        assert await refused(talk.send("fourth")) == (403, 50013)
        assert [m["content"] for m in double.posted(talk.id)] == ["first", "second", "third"]


async def test_a_forums_post_is_a_thread_and_its_message() -> None:
    rooms = [forum(70, tags={1: "News", 2: "Ships"}, required=True), channel()]
    async with DiscordDouble(guilds=[guild(channels=rooms, roles=[role(71, "readers", mentionable=True)])]) as double:
        async with clerk(double) as bot:
            await bot.wait_until_ready()
            found = bot.get_channel(70)
            assert isinstance(found, discord.ForumChannel)
            assert [(tag.id, tag.name) for tag in found.available_tags] == [(1, "News"), (2, "Ships")]
            tag, unknown = found.available_tags[1], discord.Object(3)
            readers = discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(71)])
            made = await found.create_thread(
                name="A lighthouse", content="<@&71>", applied_tags=[tag], allowed_mentions=readers
            )
            assert (made.thread.id, made.thread.applied_tags) == (made.message.id, [tag])
            await until(lambda: "began A lighthouse" in bot.happened)
            assert double.posted(made.thread.id)[0]["mention_roles"] == ["71"]
            assert await refused(found.create_thread(name="A", content="a")) == (400, 40067)
            wrong: Any = [unknown]
            assert await refused(found.create_thread(name="A", content="a", applied_tags=wrong)) == (404, 10087)
            assert await refused(found.create_thread(name="A", applied_tags=[tag])) == (400, 50006)
            await made.thread.edit(applied_tags=[found.available_tags[0]], name="Another")
            assert double.world.guild(GUILD)["threads"][0]["applied_tags"] == ["1"]
            assert await refused(bot.get_partial_messageable(70).send("a")) == (400, 50008)
            await double.set_overwrite(70, deny=May.SEND)
            assert await refused(found.create_thread(name="A", content="a", applied_tags=[tag])) == (403, 50013)
        assert len(double.world.guild(GUILD)["threads"]) == 1
        check_requests(double)


async def test_a_message_is_published_once_and_only_in_announcements() -> None:
    async with DiscordDouble(guilds=[guild(channels=[channel(kind=5), channel(70)])]) as double, clerk(double) as bot:
        post = await (await bot.room()).send("news")
        await post.publish()
        assert double.posted()[0]["flags"] == 1
        assert await refused(post.publish()) == (400, 40033)
        assert await refused((await (await bot.room(70)).send("news")).publish()) == (400, 50024)
        theirs = await (await bot.room()).fetch_message(int(double.say("hello")["id"]))
        assert await refused(theirs.publish()) == (403, 50013)
        assert await refused(theirs.edit(content="no")) == (403, 50005)
        assert await refused(theirs.delete()) == (403, 50013)


async def test_pins_are_set_listed_taken_off_and_limited() -> None:
    async with DiscordDouble(guilds=[guild(permissions=MEMBER | May.PIN)]) as double, clerk(double) as bot:
        double.set_time(MOMENT)
        room = await bot.room()
        posts = [await room.send(str(n)) for n in range(53)]
        double.most_pins = 52
        for post in posts[:52]:
            await post.pin()
        await posts[0].pin()
        assert await refused(posts[52].pin()) == (400, 30003)
        pins = [post async for post in room.pins(limit=None)]
        assert [post.content for post in pins] == [str(n) for n in range(51, -1, -1)]
        assert pins[-1].pinned_at == MOMENT
        await posts[51].unpin()
        headers = {"Authorization": f"Bot {double.token}"}
        async with aiohttp.ClientSession(double.url + "/", headers=headers) as session:
            old = f"channels/{CHANNEL}/pins/{posts[52].id}"
            assert [(await session.put(old)).status, (await session.delete(old)).status] == [204, 204]
        assert len([post async for post in room.pins(limit=None)]) == 51
        # Discord says so in the channel, which is nothing that was posted.
        assert {m.type.name async for m in room.history()} == {"default", "pins_add"}
        assert len(double.posted()) == 53


async def test_history_is_told_from_any_side() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        room = await bot.room()
        numbers = [int(double.say(str(n))["id"]) for n in range(120)]
        middle = discord.Object(numbers[50])

        async def told(**bounds: Any) -> list[str]:
            return [m.content async for m in room.history(**bounds)]

        assert await told(limit=None) == [str(n) for n in range(119, -1, -1)]
        assert await told(limit=2) == ["119", "118"]
        assert await told(limit=2, before=middle) == ["49", "48"]
        assert await told(limit=2, after=middle, oldest_first=True) == ["51", "52"]
        assert await told(limit=2, oldest_first=True) == ["0", "1"]
        assert await told(limit=5, around=middle) == ["52", "51", "50", "49", "48"]
        assert await refused(bot.http.logs_from(CHANNEL, 101)) == (400, 50035)


async def test_direct_messages_reach_whoever_takes_them() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        reader = await bot.fetch_user(USER)
        sent = await reader.send("hello", allowed_mentions=NOBODY)
        assert [m["content"] for m in double.posted(sent.channel.id)] == ["hello"]
        double.closed_dms.add(USER)
        assert await refused(reader.send("hello")) == (403, 50007)
        await (await bot.fetch_user(USER + 1)).send("hello")


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


@pytest.mark.parametrize(("when", "lost"), [("before", False), ("before", True), ("after", False)])
async def test_the_bot_is_killed_at_the_moment_of_a_request(when: Any, lost: bool) -> None:
    async def post() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", POSTING, str(CHANNEL), env={**os.environ, **double.environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    seen: list[int] = []

    def kill(request: Any) -> None:
        assert request.json["content"] == "news"
        seen.append(len(double.posted()))
        process.send_signal(signal.SIGKILL)
        if lost:
            double.fail_next("POST", "/channels/.*/messages", 0)

    async with DiscordDouble() as double:
        double.on("POST", "/channels/.*/messages", when, kill)
        process = await post()
        out, _ = await process.communicate()
        assert (process.returncode, out) == (-signal.SIGKILL, b"")
        await until(lambda: double.requests[-1].status is not None)
        assert seen == [int(when == "after")]
        assert len(double.posted()) == int(not lost)
        process = await post()
        out, said = await process.communicate()
        assert (process.returncode, said) == (0, b"")
        assert [m["id"] for m in double.posted()] == [out.decode().strip()]


# What the limits let through


def of_roles(*numbers: int) -> Json:
    return {"content": "<@&71> <@&72>", "allowed_mentions": {"parse": [], "roles": list(numbers)}}


GOOD: list[tuple[str, str, Json]] = [
    ("POST", "channels/1/messages", of_roles(71)),
    ("POST", "channels/1/threads", {"name": "x" * 100, "message": of_roles(71), "applied_tags": [1]}),
    ("POST", "channels/1/messages/2/threads", {"name": "talk"}),
    ("PATCH", "channels/1", {"archived": False}),
    ("PATCH", "channels/1/messages/2", of_roles()),
    ("POST", "users/@me/channels", {"recipient_id": 1}),
]
BAD: list[tuple[str, str, Json | None]] = [
    ("POST", "channels/1/messages", of_roles(71, 72)),
    ("POST", "channels/1/messages", of_roles(73)),
    ("POST", "channels/1/messages", {"content": "a", "allowed_mentions": {"parse": ["everyone"]}}),
    ("POST", "channels/1/messages", {"content": "a"}),
    ("POST", "channels/1/messages", {**of_roles(), "nonce": "x" * 26}),
    ("PATCH", "channels/1/messages/2", of_roles(71)),
    ("POST", "webhooks/1/token", of_roles(71)),
    ("POST", "channels/1/threads", {"name": "talk", "message": of_roles(71, 72)}),
    ("POST", "channels/1/messages/2/threads", {"name": "x" * 101}),
    ("PATCH", "channels/1", {"name": ""}),
    ("POST", "channels/1/messages/2/crosspost", {}),
    ("PUT", "channels/1/permissions/2", None),
    ("DELETE", "channels/1", None),
]


@pytest.mark.parametrize(("method", "path", "body", "good"), [(*c, True) for c in GOOD] + [(*c, False) for c in BAD])
async def test_what_the_bot_sends_is_held_against_discords_limits(
    method: str, path: str, body: Json | None, good: bool
) -> None:
    async with DiscordDouble() as double, aiohttp.ClientSession(double.url + "/") as session:
        await session.request(method, path, json=body)
        double.unknown.clear()
        with contextlib.nullcontext() if good else pytest.raises(AssertionError):
            check_requests(double)


@pytest.mark.parametrize(
    ("embed", "sent", "good"),
    [
        ({"image": {"url": "attachment://a.png"}}, ["a.png"], True),
        ({"thumbnail": {"url": "attachment://a.png"}}, ["a.png"], True),
        ({"url": "attachment://a.png"}, ["a.png"], False),
        ({"image": {"url": "attachment://b.png"}}, ["a.png"], False),
        ({"image": {"url": "attachment://a.png"}}, [], False),
        ({"image": {"url": "attachment://a.png"}}, ["a.png", "b.png"], False),
    ],
)
async def test_a_picture_is_a_file_of_the_message_and_a_link_is_none(embed: Json, sent: list[str], good: bool) -> None:
    body = {"embeds": [embed], "attachments": [{"id": 0, "filename": "a.png"}], "allowed_mentions": {"parse": []}}
    form = aiohttp.FormData({"payload_json": json.dumps(body)}, default_to_multipart=True)
    for number, name in enumerate(sent):
        form.add_field(f"files[{number}]", b"a picture", filename=name)
    async with DiscordDouble() as double, aiohttp.ClientSession(double.url + "/") as session:
        await session.post("webhooks/1/token", data=form)
        (request,) = double.requests
        assert list(request.files) == sent
        double.unknown.clear()
        with contextlib.nullcontext() if good else pytest.raises(AssertionError):
            check_requests(double)


def test_commands_in_groups_are_held_against_discords_limits() -> None:
    def named(name: str, kind: int = 1, **more: Any) -> Json:
        return {"name": name, "type": kind, "description": "x" * 90, **more}

    add = named("add", options=[named("room", 7, required=True), named("time", 3)])
    check_commands([named("daily", options=[add, named("more", 2, options=[add])])])
    for wrong in (
        named("daily", options=[named("add", options=[named("time", 3), named("room", 7, required=True)])]),
        named("daily", options=[add, named("time", 3)]),
        named("daily", options=[add, add]),
        named("daily", options=[named("more", 2, options=[named("deep", 2, options=[add])])]),
        named("daily", options=[named("add", options=[named("Room", 7)])]),
        named("daily", options=[named(f"add{n}", options=[named(f"o{m}", 3) for m in range(9)]) for n in range(10)]),
    ):
        with pytest.raises(AssertionError):
            check_commands([wrong])


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
