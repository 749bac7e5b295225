"""``/settings``: what people set for themselves, and what a server does not want to be shown."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.clock import Clock
from bot.domain.zones import find_zone
from bot.ledger.preferences import Preferences
from bot.screens.audience import Audiences
from bot.screens.autocomplete import mute_choices, topic_choices, zone_choices
from bot.screens.reply import Reply
from bot.screens.settings import (
    managed_guild_id,
    mute_answer,
    privacy_answer,
    settings_screen,
    time_zone_answer,
    unmute_answer,
)

if TYPE_CHECKING:
    from bot.client import Daybook

Interaction = discord.Interaction[Any]
Text = app_commands.Range[str, 1, 100]
Word = app_commands.Range[str, 1, 50]
_ON_OFF = [
    app_commands.Choice(name=locale_str("on"), value="on"),
    app_commands.Choice(name=locale_str("off"), value="off"),
]


class Settings(
    commands.GroupCog, group_name="settings", group_description=locale_str("Your settings, and what this server mutes")
):
    """What people and servers have set. Every answer is for the person alone.

    ``is_member`` tells whether the bot is in the server with this id.
    """

    def __init__(
        self,
        *,
        archive: Archive,
        preferences: Preferences,
        audiences: Audiences,
        clock: Clock,
        is_member: Callable[[int], bool],
    ) -> None:
        self.archive = archive
        self.preferences = preferences
        self.audiences = audiences
        self.clock = clock
        self.is_member = is_member

    @app_commands.command(
        description=locale_str("What you have set, what “today” is for you, and what this server mutes")
    )
    async def show(self, interaction: Interaction) -> None:
        """Show what is set."""
        settings = self.preferences.personal(interaction.user.id)
        in_server = interaction.guild_id is not None
        screen = settings_screen(settings, self.audiences.of(interaction), in_server=in_server)
        await Reply(interaction, private=True).show(screen)

    @app_commands.command(description=locale_str("Whether only you can see the answers to your commands"))
    @app_commands.describe(value=locale_str("on: only you see them; off: everybody does"))
    @app_commands.choices(value=_ON_OFF)
    async def private(self, interaction: Interaction, value: str) -> None:
        """Store who sees a person's answers."""
        answer = privacy_answer(
            self.preferences, interaction.user.id, private=value == "on", locale=interaction.locale.value
        )
        await Reply(interaction, private=True).answer_change(answer)

    @app_commands.command(description=locale_str("Your time zone, for what “today” means (UTC if left out)"))
    @app_commands.describe(zone=locale_str("A city or a zone, such as Berlin or America/New_York"))
    async def timezone(self, interaction: Interaction, zone: Text | None = None) -> None:
        """Store a person's time zone, or delete it."""
        reply = Reply(interaction, private=True)
        # The first call reads every zone of the system: in a thread it blocks nobody.
        zone_name = await reply.wait(asyncio.to_thread(find_zone, zone)) if zone else None
        answer = time_zone_answer(
            self.preferences,
            interaction.user.id,
            zone_name,
            now=self.clock.now(),
            locale=interaction.locale.value,
        )
        await reply.answer_change(answer)

    @app_commands.command(description=locale_str("Mute a topic or a word on this server; needs Manage Server"))
    @app_commands.describe(
        topic=locale_str("A topic"), word=locale_str("A word, or several in a row, in headlines and summaries")
    )
    async def mute(self, interaction: Interaction, topic: Text | None = None, word: Word | None = None) -> None:
        """Store what a server does not want to be shown."""
        guild_id = managed_guild_id(interaction, is_member=self.is_member)
        answer = mute_answer(self.archive, self.preferences, guild_id, topic, word, locale=interaction.locale.value)
        await Reply(interaction, private=True).answer_change(answer)

    @app_commands.command(description=locale_str("Unmute a topic or a word on this server; needs Manage Server"))
    @app_commands.describe(topic=locale_str("A muted topic"), word=locale_str("A muted word"))
    async def unmute(self, interaction: Interaction, topic: Text | None = None, word: Word | None = None) -> None:
        """Store what a server wants to be shown again."""
        guild_id = managed_guild_id(interaction, is_member=self.is_member)
        answer = unmute_answer(self.archive, self.preferences, guild_id, topic, word, locale=interaction.locale.value)
        await Reply(interaction, private=True).answer_change(answer)

    @timezone.autocomplete("zone")
    async def zones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer zones and cities, each with its time."""
        return await zone_choices(typed, now=self.clock.now())

    @mute.autocomplete("topic")
    async def topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)

    @unmute.autocomplete("topic")
    async def muted_topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the topics that are muted."""
        return mute_choices(self.preferences.mutes(interaction.guild_id).topics, typed)

    @unmute.autocomplete("word")
    async def muted_words(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the words that are muted."""
        return mute_choices(self.preferences.mutes(interaction.guild_id).words, typed)


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    await bot.add_cog(
        Settings(
            archive=bot.archive,
            preferences=bot.ledger.preferences,
            audiences=bot.audiences,
            clock=bot.clock,
            is_member=lambda guild_id: bot.get_guild(guild_id) is not None,
        )
    )
