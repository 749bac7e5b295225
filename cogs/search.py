"""``/search``: events by their words."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.lists import LONGEST_SEARCH
from bot.screens.audience import Audiences
from bot.screens.reply import Reply
from bot.screens.search import search_answer

if TYPE_CHECKING:
    from bot.client import Daybook


class Search(commands.Cog):
    """Finds events by their words."""

    def __init__(self, *, archive: Archive, audiences: Audiences) -> None:
        self.archive = archive
        self.audiences = audiences

    @app_commands.command(description=locale_str("Find events by the words in them"))
    @app_commands.describe(words=locale_str('Words, word beginnings (astro*), "exact phrases"'))
    async def search(self, interaction: discord.Interaction, words: app_commands.Range[str, 1, LONGEST_SEARCH]) -> None:
        """Show the event that answers best, with ways to the others."""
        audience = self.audiences.of(interaction)
        reply = Reply(interaction, private=audience.private)
        await reply.answer(search_answer(self.archive, words, audience))


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    await bot.add_cog(Search(archive=bot.archive, audiences=bot.audiences))
