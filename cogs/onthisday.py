"""``/onthisday`` and ``/day``: what happened on a day of the year, and on one date."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.lists import DayList
from bot.cards.screen import Screen
from bot.domain.dates import Day, day_first_for, parse_day, parse_full_date
from bot.domain.preferences import Mutes
from bot.ledger.preferences import Preferences
from bot.screens.autocomplete import topic_choices
from bot.screens.events import list_screen, nothing_on_day, with_topic_note
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook


class OnThisDay(commands.Cog):
    """What happened on a day."""

    def __init__(self, *, archive: Archive, preferences: Preferences) -> None:
        self.archive = archive
        self.preferences = preferences

    @app_commands.command(description=locale_str("What happened on this day, or on another one, in any year"))
    @app_commands.describe(
        date=locale_str("A day: today, March 24, 24.3., 2017-03-24 (today if left out)"),
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
        person = self.preferences.person(interaction.user.id)
        today = person.today(discord.utils.utcnow())
        day = parse_day(date or "today", today=today, day_first=day_first_for(interaction.locale.value))
        if year is not None:
            # 29 February of a year that had none is told like any other impossible day.
            day = parse_day(f"{year:04}-{day.month:02}-{day.day:02}", today=today)
        await self._answer(interaction, day, topic, private=person.private)

    @app_commands.command(description=locale_str("What happened on one date"))
    @app_commands.describe(date=locale_str("A date with its year: March 24, 2017, or 24.3.2017, or 2017-03-24"))
    async def day(self, interaction: discord.Interaction, date: app_commands.Range[str, 1, 100]) -> None:
        """Show the best event of the date, with ways to the others and to the days beside it."""
        person = self.preferences.person(interaction.user.id)
        today = person.today(discord.utils.utcnow())
        when = parse_full_date(date, today=today, day_first=day_first_for(interaction.locale.value))
        await self._answer(interaction, Day(when.month, when.day, when.year), None, private=person.private)

    async def _answer(self, interaction: discord.Interaction, day: Day, typed: str | None, *, private: bool) -> None:
        reply = Reply(interaction, private=private)
        muted = self.preferences.mutes(interaction.guild_id)
        await reply.show(await reply.wait(self._screen(day, typed, interaction.locale.value, muted)))

    async def _screen(self, day: Day, typed: str | None, locale: str, muted: Mutes) -> Screen:
        found = await resolve_topic(self.archive, typed) if typed else None
        topic = found.topic if found else None
        events = DayList(day, topic.key if topic else None)
        is_known = typed is None or topic is not None
        screen = await list_screen(self.archive, events, locale=locale, muted=muted) if is_known else None
        screen = screen or await nothing_on_day(
            self.archive, events, topic=topic, typed=typed, locale=locale, muted=muted
        )
        return with_topic_note(screen, typed, found, locale=locale)

    @onthisday.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        muted = self.preferences.mutes(interaction.guild_id)
        return await topic_choices(self.archive, typed, interaction.locale.value, muted=muted)


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(OnThisDay(archive=bot.archive, preferences=bot.ledger.preferences))
