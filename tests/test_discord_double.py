"""The loopback double against discord.py itself, so that what the double says of the bot can be believed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import discord
import pytest
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_double import DiscordDouble
from discord_gateway import CHANNEL, GUILD, RESUME_PATH, USER, channel, guild, until
from yarl import URL

if TYPE_CHECKING:
    import re
    from collections.abc import AsyncIterator

Deed = discord.Interaction["Clerk"]


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
        super().__init__("!", intents=discord.Intents(guilds=True), shard_count=shard_count, guild_ready_timeout=0.01)
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
            await bot.fetch_guild(GUILD)
        assert [r.path for r in double.unknown] == [f"/guilds/{GUILD}"]
        with pytest.raises(LookupError):
            await double.slash("nothing")


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
