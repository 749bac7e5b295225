"""``/timeline``: a topic's events year by year, as a chart."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import PersistentItem, ShareChart
from bot.charts.renderer import ChartRenderer
from bot.screens.audience import Audiences
from bot.screens.autocomplete import unmuted_topic_choices
from bot.screens.reply import Reply
from bot.screens.timeline import shared_timeline_answer, timeline_answer

if TYPE_CHECKING:
    from bot.client import Daybook


class Timeline(commands.Cog):
    """A chart of a topic's events year by year."""

    def __init__(self, *, archive: Archive, audiences: Audiences, renderer: ChartRenderer) -> None:
        self.archive = archive
        self.audiences = audiences
        self.renderer = renderer

    async def cog_unload(self) -> None:
        """Close the renderer."""
        self.renderer.close()

    @app_commands.command(description=locale_str("The events of a topic year by year, as a chart"))
    @app_commands.describe(topic=locale_str("A topic; an acronym works too"))
    async def timeline(self, interaction: discord.Interaction, topic: app_commands.Range[str, 1, 100]) -> None:
        """Show the chart, with ways to the events."""
        audience = self.audiences.of(interaction)
        reply = Reply(interaction, private=audience.private)
        await reply.answer(timeline_answer(self.archive, self.renderer, topic, audience))

    async def handle_component(self, interaction: discord.Interaction[Any], item: PersistentItem) -> None:
        """Draw a chart again, for the whole channel."""
        if not isinstance(item, ShareChart):
            raise TypeError(item)
        audience = self.audiences.of(interaction)
        reply = Reply(interaction, new_message=True)
        await reply.answer(shared_timeline_answer(self.archive, self.renderer, item.topic_key, audience))

    @timeline.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await unmuted_topic_choices(self.archive, typed, self.audiences.of(interaction))


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    await bot.add_cog(Timeline(archive=bot.archive, audiences=bot.audiences, renderer=ChartRenderer()))
