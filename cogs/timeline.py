"""``/timeline``: a topic's events year by year, as a chart."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.buttons import Draw, PersistentItem
from bot.cards.event_card import credit
from bot.cards.screen import Screen
from bot.charts.renderer import ChartRenderer
from bot.domain.preferences import Mutes
from bot.ledger.preferences import Preferences
from bot.locale.language import event_language_for, language
from bot.screens.autocomplete import topic_choices
from bot.screens.events import nothing_of_topic, with_topic_note
from bot.screens.reply import Reply
from bot.screens.timeline import chart_of, timeline_screen

if TYPE_CHECKING:
    from bot.client import Daybook


class Timeline(commands.Cog):
    """When a topic's events were."""

    def __init__(self, *, archive: Archive, preferences: Preferences, renderer: ChartRenderer) -> None:
        self.archive = archive
        self.preferences = preferences
        self.renderer = renderer

    async def cog_unload(self) -> None:
        """Close the studio."""
        self.renderer.close()

    @app_commands.command(description=locale_str("The events of a topic year by year, as a chart"))
    @app_commands.describe(topic=locale_str("A topic; its acronym will do"))
    async def timeline(self, interaction: discord.Interaction, topic: app_commands.Range[str, 1, 100]) -> None:
        """Show the chart, with ways to the events."""
        reply = Reply(interaction, private=self.preferences.person(interaction.user.id).private)
        muted = self.preferences.mutes(interaction.guild_id)
        await reply.show(await reply.wait(self._screen(topic, interaction.locale.value, muted)))

    async def pressed(self, interaction: discord.Interaction[Any], press: PersistentItem) -> None:
        """Draw a chart again, for the whole channel."""
        if not isinstance(press, Draw):
            raise TypeError(press)
        reply, locale = Reply(interaction, fresh=True), interaction.locale.value
        muted = self.preferences.mutes(interaction.guild_id)
        screen = await reply.wait(self._chart(press.topic, locale, muted))
        await reply.show(screen or Screen(sentence=language(locale).say("That topic is no longer in the archive.")))

    async def _screen(self, typed: str, locale: str, muted: Mutes) -> Screen:
        found = await resolve_topic(self.archive, typed)
        screen = await self._chart(found.topic.key, locale, muted) if found else None
        if screen is None:
            return await nothing_of_topic(self.archive, typed, locale=locale, muted=muted)
        return with_topic_note(screen, typed, found, locale=locale)

    async def _chart(self, topic: str, locale: str, muted: Mutes) -> Screen | None:
        """Draw a topic (its key); None if there is nothing about it."""
        years = await self.archive.topic_years(topic, prefer=event_language_for(locale))
        best = (await self.archive.topic(topic, limit=1)).events
        if years is None or not best:
            return None
        hidden = await self.archive.find_muted([event.key for event in years.notable], muted)
        years = replace(years, notable=tuple(event for event in years.notable if event.key not in hidden))
        drawing = await self.renderer.draw(chart_of(years, locale=locale))
        return timeline_screen(years, drawing, whose=credit(best[0], locale), locale=locale)

    @timeline.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        muted = self.preferences.mutes(interaction.guild_id)
        return await topic_choices(self.archive, typed, interaction.locale.value, muted=muted)


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(Timeline(archive=bot.archive, preferences=bot.ledger.preferences, renderer=ChartRenderer()))
