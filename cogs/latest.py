"""``/latest``: the newest events, day by day."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.screens.audience import Audiences
from bot.screens.autocomplete import unmuted_topic_choices
from bot.screens.news import DAYS, MOST_DAYS, latest_answer
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook


class Latest(commands.Cog):
    """The newest events."""

    def __init__(self, *, archive: Archive, audiences: Audiences) -> None:
        self.archive = archive
        self.audiences = audiences

    @app_commands.command(description=locale_str("The newest events, day by day"))
    @app_commands.describe(
        topic=locale_str("Only events of this topic"), days=locale_str("How many days, 1 to 7 (3 if left out)")
    )
    async def latest(
        self,
        interaction: discord.Interaction,
        topic: app_commands.Range[str, 1, 100] | None = None,
        days: app_commands.Range[int, 1, MOST_DAYS] = DAYS,
    ) -> None:
        """Show the best events of the newest days, with ways to all of them."""
        audience = self.audiences.of(interaction)
        reply = Reply(interaction, private=audience.private)
        await reply.answer(latest_answer(self.archive, audience, typed_topic=topic, days=days))

    @latest.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await unmuted_topic_choices(self.archive, typed, self.audiences.of(interaction))


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    await bot.add_cog(Latest(archive=bot.archive, audiences=bot.audiences))
