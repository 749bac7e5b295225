"""A small bot on discord.py that the double is tried with."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import discord
import pytest
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_gateway import CHANNEL
from yarl import URL

if TYPE_CHECKING:
    import re
    from collections.abc import AsyncIterator, Awaitable

    from discord_double import DiscordDouble

Deed = discord.Interaction["Clerk"]
NOBODY = discord.AllowedMentions.none()
MOMENT = datetime(2026, 3, 24, 8, tzinfo=UTC)


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
