"""``/topic``: a topic at a glance, and the ways to its events."""

from datetime import date
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.lists import TopicList
from bot.cards.screen import Screen
from bot.domain.dates import day_first_for, parse_date
from bot.domain.preferences import Mutes
from bot.ledger.preferences import Preferences
from bot.screens.autocomplete import topic_choices
from bot.screens.events import nothing_between, nothing_of_topic, with_topic_note
from bot.screens.reply import Reply
from bot.screens.topics import topic_screen

if TYPE_CHECKING:
    from bot.client import Daybook


class Topic(commands.Cog):
    """What a topic's events were."""

    def __init__(self, *, archive: Archive, preferences: Preferences) -> None:
        self.archive = archive
        self.preferences = preferences

    @app_commands.command(
        description=locale_str("A topic such as NASA: when it was in the news, its events, its closest topics")
    )
    @app_commands.rename(since="from", until="to")
    @app_commands.describe(
        name=locale_str("A topic; its acronym will do"),
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
        person = self.preferences.person(interaction.user.id)
        today, day_first = person.today(discord.utils.utcnow()), day_first_for(interaction.locale.value)
        first = parse_date(since, today=today, day_first=day_first) if since else None
        last = parse_date(until, today=today, day_first=day_first, end=True) if until else None
        if since and until and first and last and first > last:
            first = parse_date(until, today=today, day_first=day_first)
            last = parse_date(since, today=today, day_first=day_first, end=True)
        reply = Reply(interaction, private=person.private)
        muted = self.preferences.mutes(interaction.guild_id)
        await reply.show(await reply.wait(self._screen(name, (first, last), interaction.locale.value, muted)))

    async def _screen(self, name: str, between: tuple[date | None, date | None], locale: str, muted: Mutes) -> Screen:
        found = await resolve_topic(self.archive, name)
        if found is None:
            return await nothing_of_topic(self.archive, name, locale=locale, muted=muted)
        screen = await topic_screen(self.archive, TopicList(found.topic.key, *between), locale=locale, muted=muted)
        screen = screen or await nothing_between(found.topic, locale=locale)
        return with_topic_note(screen, name, found, locale=locale)

    @topic.autocomplete("name")
    async def names(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        muted = self.preferences.mutes(interaction.guild_id)
        return await topic_choices(self.archive, typed, interaction.locale.value, muted=muted)


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(Topic(archive=bot.archive, preferences=bot.ledger.preferences))
