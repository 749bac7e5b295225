"""``/random``: an event that nobody looked for."""

import random
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.screen import Screen
from bot.domain.preferences import Mutes
from bot.ledger.preferences import Preferences
from bot.locale.language import Message, language
from bot.screens.autocomplete import topic_choices
from bot.screens.events import nothing_of_topic, random_screen, with_topic_note
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook

EMPTY = Message("The archive is empty.")


class Random(commands.Cog):
    """An event by chance."""

    def __init__(self, *, archive: Archive, preferences: Preferences, rng: random.Random) -> None:
        self.archive = archive
        self.preferences = preferences
        self.rng = rng

    @app_commands.command(description=locale_str("An event picked at random"))
    @app_commands.describe(topic=locale_str("Only events of this topic"))
    async def random(
        self, interaction: discord.Interaction, topic: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        """Show an event, with a button for another one."""
        reply = Reply(interaction, private=self.preferences.person(interaction.user.id).private)
        muted = self.preferences.mutes(interaction.guild_id)
        await reply.show(await reply.wait(self._screen(topic, interaction.locale.value, muted)))

    async def _screen(self, typed: str | None, locale: str, muted: Mutes) -> Screen:
        found = await resolve_topic(self.archive, typed) if typed else None
        if typed and found is None:
            return await nothing_of_topic(self.archive, typed, locale=locale, muted=muted)
        key = found.topic.key if found else ""
        screen = await random_screen(self.archive, key, rng=self.rng, locale=locale, muted=muted)
        screen = screen or Screen(sentence=language(locale).render(EMPTY))
        return with_topic_note(screen, typed, found, locale=locale)

    @random.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        muted = self.preferences.mutes(interaction.guild_id)
        return await topic_choices(self.archive, typed, interaction.locale.value, muted=muted)


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    rng = random.Random()  # noqa: S311  (no secret)
    await bot.add_cog(Random(archive=bot.archive, preferences=bot.ledger.preferences, rng=rng))
