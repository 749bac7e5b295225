"""A small bot on discord.py, to test the Discord double with."""

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
from yarl import URL

from bot.discord_internals import discord_at
from tests.discord_double.gateway import CHANNEL

if TYPE_CHECKING:
    import re
    from collections.abc import AsyncIterator, Awaitable

    from tests.discord_double.double import DiscordDouble

Interaction = discord.Interaction["SampleBot"]
NO_MENTIONS = discord.AllowedMentions.none()
NOW = datetime(2026, 3, 24, 8, tzinfo=UTC)


class CounterButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"counter:(?P<count>\d+)"):
    """A button that counts its presses in its own custom_id."""

    def __init__(self, count: int) -> None:
        super().__init__(discord.ui.Button(label=str(count), custom_id=f"counter:{count}"))
        self.count = count

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        return cls(int(match["count"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        view = counter_view(self.count + 1)
        await interaction.response.edit_message(content=f"{interaction.user.id}: {self.count}", view=view)


def counter_view(count: int) -> discord.ui.View:
    return discord.ui.View(timeout=None).add_item(CounterButton(count))


class SampleBot(commands.AutoShardedBot):
    """A bare bot with one command of each kind."""

    def __init__(self, shard_count: int | None = None) -> None:
        intents = discord.Intents(guilds=True)
        super().__init__(
            "!", intents=intents, shard_count=shard_count, guild_ready_timeout=0.01, allowed_mentions=NO_MENTIONS
        )
        self.events: list[str] = []

    async def setup_hook(self) -> None:
        self.add_dynamic_items(CounterButton)
        self.tree.add_command(show)
        self.tree.add_command(group)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait the 5 seconds that discord.py puts before every IDENTIFY but the first."""

    async def on_ready(self) -> None:
        self.events.append("ready")

    async def on_resumed(self) -> None:
        self.events.append("resumed")

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.events.append(f"thread {thread.name}")

    async def on_guild_join(self, _guild: discord.Guild) -> None:
        self.events.append("joined")

    async def on_guild_remove(self, _guild: discord.Guild) -> None:
        self.events.append("left")

    async def on_guild_available(self, _guild: discord.Guild) -> None:
        self.events.append("back")

    async def text_channel(self, channel_id: int = CHANNEL) -> discord.TextChannel:
        """Return a channel once the bot knows its guilds; a forum or a thread has most of its methods."""
        await self.wait_until_ready()
        channel: Any = self.get_channel(channel_id)
        assert channel is not None
        return channel  # type: ignore[no-any-return]


async def error_of(request: Awaitable[Any]) -> tuple[int, int]:
    """Return the HTTP status and Discord's code of the error that a request must raise."""
    with pytest.raises(discord.HTTPException) as raised:
        await request
    return raised.value.status, raised.value.code


@app_commands.command(description="An embed and a button")
async def show(interaction: Interaction, title: str = "nothing") -> None:
    description = f"{interaction.locale} {interaction.guild_locale} {interaction.is_user_integration()}"
    embed = discord.Embed(title=title, description=description)
    await interaction.response.send_message(embed=embed, view=counter_view(1))


@show.autocomplete("title")
async def titles(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=typed + end, value=typed + end) for end in "ab"]


group = app_commands.Group(name="group", description="Commands in a group")


@group.command(description="A deferred answer")
async def slow(interaction: Interaction, ephemeral: bool) -> None:
    await interaction.response.defer(ephemeral=ephemeral, thinking=True)
    await interaction.edit_original_response(content="done", attachments=[discord.File(__file__, "page.md")])
    await interaction.followup.send("by the way", ephemeral=True)


@group.command(description="A message with a nonce")
async def post(interaction: Interaction, channel: app_commands.AppCommandChannel) -> None:
    text_channel = channel.resolve()
    assert isinstance(text_channel, discord.TextChannel)
    try:
        message = await text_channel.send("news", nonce="once")
    except (discord.HTTPException, aiohttp.ClientError):
        message = await text_channel.send("news", nonce="once")
    await interaction.response.send_message(f"{message.id} {message.nonce}", ephemeral=True)


@contextlib.asynccontextmanager
async def run_sample_bot(double: DiscordDouble, shard_count: int | None = None) -> AsyncIterator[SampleBot]:
    """Let the bot serve at the double until the end of the block."""
    with discord_at(URL(double.url)):
        bot = SampleBot(shard_count)
        task = asyncio.create_task(bot.start(double.token))
        try:
            await double.wait_ready()
            yield bot
        finally:
            await bot.close()
            await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 5)
