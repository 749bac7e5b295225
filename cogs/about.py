"""``/about``: what this bot is, where its texts come from, what it stores."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot import __version__
from bot.archive.archive import Archive
from bot.cards.about import about_card
from bot.cards.screen import Screen
from bot.domain.news_status import NewsStatus
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook


class About(commands.Cog):
    """What Daybook is.

    ``invite`` returns the URL that adds the bot to a server, ``news_status`` how far news was read.
    """

    def __init__(self, *, archive: Archive, invite: Callable[[], str], news_status: Callable[[], NewsStatus]) -> None:
        self.archive = archive
        self.invite = invite
        self.news_status = news_status

    @app_commands.command(description=locale_str("What Daybook is, where its texts come from, what it stores"))
    async def about(self, interaction: discord.Interaction) -> None:
        """Show what Daybook is."""
        reply = Reply(interaction, private=True)
        stats = await reply.wait(self.archive.stats())
        card = about_card(
            stats, version=__version__, invite=self.invite(), news_status=self.news_status(),
            locale=interaction.locale.value,
        )  # fmt: skip
        await reply.show(Screen(embed=card))


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""
    await bot.add_cog(About(archive=bot.archive, invite=bot.invite, news_status=bot.news_status))
