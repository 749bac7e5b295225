"""``/topic``: the events of a topic."""

from datetime import date
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.autocomplete import topic_choices
from bot.cards.limits import fit
from bot.cards.lists import TopicList
from bot.cards.navigation import say, show_list
from bot.dates import day_first_for, parse_date

if TYPE_CHECKING:
    from bot.client import Daybook


class Topic(commands.Cog):
    """What a topic's events were."""

    def __init__(self, *, archive: Archive) -> None:
        self.archive = archive

    @app_commands.command(description="The events of a topic, such as NASA")
    @app_commands.rename(since="from", until="to")
    @app_commands.describe(
        name="A topic; its acronym will do",
        since="The first date or year: 2017-03-24, May 2016, 2016",
        until="The last date or year",
    )
    async def topic(
        self,
        interaction: discord.Interaction,
        name: app_commands.Range[str, 1, 100],
        since: app_commands.Range[str, 1, 100] | None = None,
        until: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Show the topic's best event, with ways to the others."""
        first, last = self._dates(interaction, since, until)
        known = (await self.archive.topic(name, limit=0)).topic
        if known is None:
            await say(interaction, await self._unknown(name))
        elif not await show_list(interaction, self.archive, TopicList(known.key, first, last)):
            await say(
                interaction,
                f"The archive has nothing about {fit(known.name, 100)} between those dates. Without them there"
                f" {'is one event' if known.events == 1 else f'are {known.events:,} events'}.",
            )

    def _dates(
        self, interaction: discord.Interaction, since: str | None, until: str | None
    ) -> tuple[date | None, date | None]:
        today, day_first = discord.utils.utcnow().date(), day_first_for(interaction.locale.value)
        first = parse_date(since, today=today, day_first=day_first) if since else None
        last = parse_date(until, today=today, day_first=day_first, end=True) if until else None
        return (last, first) if first and last and first > last else (first, last)

    async def _unknown(self, name: str) -> str:
        alike = await self.archive.topics_like(name, limit=3)
        names = ", ".join(f"“{fit(topic.name, 100)}”" for topic in alike)
        hint = f" Did you mean {names}?" if alike else " The list that opens while you type has those it knows."
        return f"The archive knows no topic “{fit(name, 100)}”.{hint}"

    @topic.autocomplete("name")
    async def names(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(Topic(archive=bot.archive))
