"""``/random``: an event picked at random."""

import random
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.screens.audience import Audiences
from bot.screens.autocomplete import unmuted_topic_choices
from bot.screens.random_event import random_answer
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook


class Random(commands.Cog):
    """An event picked at random."""

    def __init__(self, *, archive: Archive, audiences: Audiences, rng: random.Random) -> None:
        self.archive = archive
        self.audiences = audiences
        self.rng = rng

    @app_commands.command(description=locale_str("An event picked at random"))
    @app_commands.describe(topic=locale_str("Only events of this topic"))
    async def random(
        self, interaction: discord.Interaction, topic: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        """Show an event, with a button for another one."""
        audience = self.audiences.of(interaction)
        reply = Reply(interaction, private=audience.private)
        await reply.answer(random_answer(self.archive, topic, audience, rng=self.rng))

    @random.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await unmuted_topic_choices(self.archive, typed, self.audiences.of(interaction))


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    rng = random.Random()  # noqa: S311  (no secret)
    await bot.add_cog(Random(archive=bot.archive, audiences=bot.audiences, rng=rng))
