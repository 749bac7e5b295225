"""``/topic``: a topic at a glance, and the ways to its events."""

from datetime import date
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.domain.audience import Audience
from bot.domain.dates import day_first_for, parse_date
from bot.screens.audience import Audiences
from bot.screens.autocomplete import unmuted_topic_choices
from bot.screens.reply import Reply
from bot.screens.topics import topic_answer

if TYPE_CHECKING:
    from bot.client import Daybook


class Topic(commands.Cog):
    """A topic's overview, and its events."""

    def __init__(self, *, archive: Archive, audiences: Audiences) -> None:
        self.archive = archive
        self.audiences = audiences

    @app_commands.command(
        description=locale_str("A topic such as NASA: when it was in the news, its events, its closest topics")
    )
    @app_commands.rename(since="from", until="to")
    @app_commands.describe(
        name=locale_str("A topic; an acronym works too"),
        since=locale_str("The first date or year: 2017-03-24, May 2016, 2016"),
        until=locale_str("The last date or year"),
    )
    async def topic(
        self,
        interaction: discord.Interaction,
        name: app_commands.Range[str, 1, 100],
        since: app_commands.Range[str, 1, 100] | None = None,
        until: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Show how many events the topic has, and when; with ways to them and to its closest topics."""
        audience = self.audiences.of(interaction)
        first, last = _parse_span(since, until, audience)
        if first and last and first > last:
            first, last = _parse_span(until, since, audience)
        reply = Reply(interaction, private=audience.private)
        await reply.answer(topic_answer(self.archive, name, audience, since=first, until=last))

    @topic.autocomplete("name")
    async def names(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await unmuted_topic_choices(self.archive, typed, self.audiences.of(interaction))


def _parse_span(since: str | None, until: str | None, audience: Audience) -> tuple[date | None, date | None]:
    """Return the first date that ``since`` may mean and the last that ``until`` may mean. Raises DateError."""
    today, day_first = audience.today, day_first_for(audience.locale)
    first = parse_date(since, today=today, day_first=day_first) if since else None
    last = parse_date(until, today=today, day_first=day_first, end=True) if until else None
    return first, last


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    await bot.add_cog(Topic(archive=bot.archive, audiences=bot.audiences))
