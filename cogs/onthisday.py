"""``/onthisday``: what happened on a day."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.autocomplete import topic_choices
from bot.cards.lists import DayList
from bot.cards.navigation import say, show_list
from bot.dates import Day, day_first_for, parse_day, say_day
from bot.event import topic_key_of
from bot.text import fold

if TYPE_CHECKING:
    from bot.client import Daybook


class OnThisDay(commands.Cog):
    """What happened on a day of the year."""

    def __init__(self, *, archive: Archive) -> None:
        self.archive = archive

    @app_commands.command(description="What happened on this day, or on another one")
    @app_commands.describe(
        date="A day: today, March 24, 24.3., 2017-03-24 (today if left out)",
        year="Only this year",
        topic="Only events of this topic",
    )
    async def onthisday(
        self,
        interaction: discord.Interaction,
        date: app_commands.Range[str, 1, 100] | None = None,
        year: app_commands.Range[int, 1, 9999] | None = None,
        topic: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Show the best event of the day, with ways to the others."""
        today = discord.utils.utcnow().date()
        day = parse_day(date or "today", today=today, day_first=day_first_for(interaction.locale.value))
        if year is not None:
            day = parse_day(f"{year:04}-{day.month:02}-{day.day:02}", today=today)
        known = (await self.archive.topic(topic, limit=0)).topic if topic else None
        events = DayList(day, known.key if known else topic and topic_key_of(fold(topic)))
        if not await show_list(interaction, self.archive, events):
            about = f" about “{discord.utils.escape_markdown(topic)}”" if topic else ""
            await say(interaction, f"The archive has nothing{about} for {say_day(day)}.{_try(day)}")

    @onthisday.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)


def _try(day: Day) -> str:
    return "" if day.year is None else " Without a year there may be more."


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(OnThisDay(archive=bot.archive))
