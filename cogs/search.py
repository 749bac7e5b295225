"""``/search``: events that have all of the words."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.archive.archive import Archive
from bot.archive.meaning import spelt
from bot.cards.lists import LONGEST_SEARCH, SearchList
from bot.cards.reply import Reply, Screen
from bot.cards.screens import list_screen, nothing_found, spelt_as
from bot.text import cut

if TYPE_CHECKING:
    from bot.client import Daybook


class Search(commands.Cog):
    """Events by their words."""

    def __init__(self, *, archive: Archive) -> None:
        self.archive = archive

    @app_commands.command(description="Events that have all of the words")
    @app_commands.describe(words='Words, beginnings (astro*), "phrases in quotes"')
    async def search(self, interaction: discord.Interaction, words: app_commands.Range[str, 1, LONGEST_SEARCH]) -> None:
        """Show the best event found, with ways to the others."""
        reply = Reply(interaction)
        await reply.show(await reply.wait(self._screen(words, interaction.locale.value)))

    async def _screen(self, words: str, locale: str) -> Screen:
        # In one line, as the custom_id of a button has it.
        events = SearchList(cut(" ".join(words.split()), LONGEST_SEARCH, mark=""))
        screen = await list_screen(self.archive, events, locale=locale) if events.words else None
        return (
            screen or await self._spelt(events.words, locale) or await nothing_found(self.archive, words, locale=locale)
        )

    async def _spelt(self, words: str, locale: str) -> Screen | None:
        """Show what the words spelt otherwise find, and say so; None if there is no such spelling."""
        other = cut(await spelt(self.archive, words) or "", LONGEST_SEARCH, mark="")
        screen = await list_screen(self.archive, SearchList(other), locale=locale) if other else None
        return spelt_as(screen, words, other) if screen else None


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(Search(archive=bot.archive))
