"""``/onthisday`` and ``/day``: what happened on a day of the year, and on one date."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.domain.dates import Day, day_first_for, parse_day, parse_full_date
from bot.screens.audience import Audiences
from bot.screens.autocomplete import unmuted_topic_choices
from bot.screens.days import day_answer
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook


class OnThisDay(commands.Cog):
    """What happened on a day."""

    def __init__(self, *, archive: Archive, audiences: Audiences) -> None:
        self.archive = archive
        self.audiences = audiences

    @app_commands.command(description=locale_str("What happened on this day in other years"))
    @app_commands.describe(
        date=locale_str("A day: today, March 24, 3/24, 2017-03-24 (today if left out)"),
        year=locale_str("Only this year"),
        topic=locale_str("Only events of this topic"),
    )
    async def onthisday(
        self,
        interaction: discord.Interaction,
        date: app_commands.Range[str, 1, 100] | None = None,
        year: app_commands.Range[int, 1, 9999] | None = None,
        topic: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Show the best event of the day, with ways to the others."""
        audience = self.audiences.of(interaction)
        day = parse_day(date or "today", today=audience.today, day_first=day_first_for(audience.locale))
        if year is not None:
            # Parsed again, so that 29 February of a common year is refused like any other impossible day.
            day = parse_day(f"{year:04}-{day.month:02}-{day.day:02}", today=audience.today)
        reply = Reply(interaction, private=audience.private)
        await reply.answer(day_answer(self.archive, day, audience, typed_topic=topic))

    @app_commands.command(description=locale_str("What happened on one date"))
    @app_commands.describe(date=locale_str("A date with its year: March 24, 2017, 3/24/2017 or 2017-03-24"))
    async def day(self, interaction: discord.Interaction, date: app_commands.Range[str, 1, 100]) -> None:
        """Show the best event of the date, with ways to the others and to the days beside it."""
        audience = self.audiences.of(interaction)
        full_date = parse_full_date(date, today=audience.today, day_first=day_first_for(audience.locale))
        day = Day(full_date.month, full_date.day, full_date.year)
        await Reply(interaction, private=audience.private).answer(day_answer(self.archive, day, audience))

    @onthisday.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await unmuted_topic_choices(self.archive, typed, self.audiences.of(interaction))


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    await bot.add_cog(OnThisDay(archive=bot.archive, audiences=bot.audiences))
