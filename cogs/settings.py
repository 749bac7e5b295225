"""``/settings``: what people set for themselves, and what a server does not want to be shown."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.screen import Screen
from bot.cards.settings import mute_choices, muted_sentence, privacy_sentence, today_sentence, unmuted_sentence
from bot.clock import Clock
from bot.domain.errors import PreferenceError
from bot.domain.zones import find_zone
from bot.ledger.preferences import Preferences
from bot.locale.language import Message
from bot.screens.audience import Audiences
from bot.screens.autocomplete import topic_choices, zone_choices
from bot.screens.reply import Reply
from bot.screens.settings import add_mutes, mutes_to_add, mutes_to_remove, settings_screen

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

    @app_commands.command(description=locale_str("Whether only you see what your commands answer"))
    @app_commands.describe(value=locale_str("on: only you see them; off: everybody does"))
    @app_commands.choices(value=_ON_OFF)
    async def private(self, interaction: Interaction, value: str) -> None:
        """Store who sees a person's answers."""
        private = value == "on"
        reply = Reply(interaction, private=True)
        await reply.wait(self.preferences.set_private(interaction.user.id, private=private))
        await reply.show(Screen(sentence=privacy_sentence(private=private, locale=interaction.locale.value)))

    @app_commands.command(description=locale_str("Which day “today” is for you; UTC if left out"))
    @app_commands.describe(zone=locale_str("A city or a zone, such as Berlin or America/New_York"))
    async def timezone(self, interaction: Interaction, zone: Text | None = None) -> None:
        """Store a person's time zone, or delete it."""
        reply = Reply(interaction, private=True)
        user_id = interaction.user.id
        # The first look reads every zone of the system: in a thread it blocks nobody.
        zone_name = await reply.wait(asyncio.to_thread(find_zone, zone)) if zone else None
        await reply.wait(self.preferences.set_zone(user_id, zone_name))
        settings, audience = self.preferences.personal(user_id), self.audiences.of(interaction)
        sentence = today_sentence(settings, today=audience.today, locale=audience.locale)
        await reply.show(Screen(sentence=sentence))

    @app_commands.command(description=locale_str("Mute a topic or a word on this server; needs Manage Server"))
    @app_commands.describe(
        topic=locale_str("A topic"), word=locale_str("A word, or several in a row, in headlines and summaries")
    )
    async def mute(self, interaction: Interaction, topic: Text | None = None, word: Word | None = None) -> None:
        """Store what a server does not want to be shown."""
        guild_id = self._managed_guild(interaction)
        reply = Reply(interaction, private=True)
        mutes = await reply.wait(mutes_to_add(self.archive, topic, word))
        await reply.wait(add_mutes(self.preferences, guild_id, mutes))
        await reply.show(Screen(sentence=muted_sentence(mutes, locale=interaction.locale.value)))

    @app_commands.command(description=locale_str("Take back what is muted on this server; needs Manage Server"))
    @app_commands.describe(topic=locale_str("A muted topic"), word=locale_str("A muted word"))
    async def unmute(self, interaction: Interaction, topic: Text | None = None, word: Word | None = None) -> None:
        """Store what a server wants to be shown again."""
        guild_id = self._managed_guild(interaction)
        reply = Reply(interaction, private=True)
        mutes = await reply.wait(mutes_to_remove(self.archive, self.preferences.mutes(guild_id), topic, word))
        await reply.wait(self.preferences.unmute(guild_id, mutes))
        await reply.show(Screen(sentence=unmuted_sentence(mutes, locale=interaction.locale.value)))

    def _managed_guild(self, interaction: Interaction) -> int:
        """Return the id of the server, if the person may manage it. Raises PreferenceError.

        Discord's own default permissions would close all of ``/settings`` to everybody else.
        """
        guild_id = interaction.guild_id
        if guild_id is None or not self.is_member(guild_id):
            raise PreferenceError(Message("Mutes belong to a server: add the bot to it, and use this command there."))
        if not (interaction.permissions.manage_guild or interaction.permissions.administrator):
            raise PreferenceError(Message("Only members with Manage Server can change what this server mutes."))
        return guild_id

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
