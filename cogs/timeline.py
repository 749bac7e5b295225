"""``/timeline``: a topic's events year by year, as a chart."""

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.archive.archive import Archive
from bot.archive.meaning import meant
from bot.cards.autocomplete import topic_choices
from bot.cards.card import credit
from bot.cards.reply import Reply, Screen
from bot.cards.screens import nothing_of_topic, taken_for
from bot.cards.studio import Studio
from bot.cards.timeline import chart_of, timeline_screen
from bot.ledger.preferences import Preferences
from bot.preferences import Mutes

if TYPE_CHECKING:
    from bot.client import Daybook


class Timeline(commands.Cog):
    """When a topic's events were."""

    def __init__(self, *, archive: Archive, preferences: Preferences, studio: Studio) -> None:
        self.archive = archive
        self.preferences = preferences
        self.studio = studio

    async def cog_unload(self) -> None:
        """Close the studio."""
        self.studio.close()

    @app_commands.command(description="The events of a topic year by year, as a chart")
    @app_commands.describe(topic="A topic; its acronym will do")
    async def timeline(self, interaction: discord.Interaction, topic: app_commands.Range[str, 1, 100]) -> None:
        """Show the chart, with ways to the events."""
        reply = Reply(interaction, private=self.preferences.person(interaction.user.id).private)
        muted = self.preferences.mutes(interaction.guild_id)
        await reply.show(await reply.wait(self._screen(topic, interaction.locale.value, muted)))

    async def _screen(self, typed: str, locale: str, muted: Mutes) -> Screen:
        found = await meant(self.archive, typed)
        years = await self.archive.years(found.topic.key) if found else None
        best = (await self.archive.topic(found.topic.key, limit=1)).events if found else ()
        if found is None or years is None or not best:
            return await nothing_of_topic(self.archive, typed, locale=locale, muted=muted)
        hidden = await self.archive.muted_among([event.key for event in years.notable], muted)
        years = replace(years, notable=tuple(event for event in years.notable if event.key not in hidden))
        drawing = await self.studio.draw(chart_of(years, locale=locale))
        screen = timeline_screen(years, drawing, whose=credit(best[0]), locale=locale)
        return taken_for(screen, typed, found.topic, locale=locale) if found.guessed else screen

    @timeline.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(Timeline(archive=bot.archive, preferences=bot.ledger.preferences, studio=Studio()))
