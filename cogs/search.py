"""``/search``: events that have all of the words."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.archive.resolve import correct_spelling
from bot.cards.lists import LONGEST_SEARCH, SearchList
from bot.cards.screen import Screen
from bot.domain.preferences import Mutes
from bot.domain.text import cut
from bot.ledger.preferences import Preferences
from bot.screens.events import list_screen, nothing_found, with_spelling_note
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook


class Search(commands.Cog):
    """Events by their words."""

    def __init__(self, *, archive: Archive, preferences: Preferences) -> None:
        self.archive = archive
        self.preferences = preferences

    @app_commands.command(description=locale_str("Events that have all of the words"))
    @app_commands.describe(words=locale_str('Words, beginnings (astro*), "phrases in quotes"'))
    async def search(self, interaction: discord.Interaction, words: app_commands.Range[str, 1, LONGEST_SEARCH]) -> None:
        """Show the best event found, with ways to the others."""
        reply = Reply(interaction, private=self.preferences.person(interaction.user.id).private)
        muted = self.preferences.mutes(interaction.guild_id)
        await reply.show(await reply.wait(self._screen(words, interaction.locale.value, muted)))

    async def _screen(self, words: str, locale: str, muted: Mutes) -> Screen:
        # In one line, as the custom_id of a button has it.
        events = SearchList(cut(" ".join(words.split()), LONGEST_SEARCH, mark=""))
        screen = await list_screen(self.archive, events, locale=locale, muted=muted) if events.words else None
        screen = screen or await self._spelt(events.words, locale, muted)
        return screen or await nothing_found(self.archive, words, locale=locale, muted=muted)

    async def _spelt(self, words: str, locale: str, muted: Mutes) -> Screen | None:
        """Show what the words spelt otherwise find, and say so; None if there is no such spelling."""
        other = cut(await correct_spelling(self.archive, words) or "", LONGEST_SEARCH, mark="")
        screen = await list_screen(self.archive, SearchList(other), locale=locale, muted=muted) if other else None
        return with_spelling_note(screen, words, other, locale=locale) if screen else None


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(Search(archive=bot.archive, preferences=bot.ledger.preferences))
