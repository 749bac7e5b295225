"""The buttons and menus below cards: through lists, from day to day, to related events and back."""

import random
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import ITEMS, PersistentItem, ShareEvent, ShareTopic
from bot.ledger.subjects import Subjects
from bot.screens.audience import Audiences
from bot.screens.navigation import navigation_answer
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook


class Navigation(commands.Cog):
    """Answers the use of buttons and menus, on any message, however old."""

    def __init__(self, *, archive: Archive, audiences: Audiences, subjects: Subjects, rng: random.Random) -> None:
        self.archive = archive
        self.subjects = subjects
        self.audiences = audiences
        self.rng = rng

    async def handle_component(self, interaction: discord.Interaction[Any], item: PersistentItem) -> None:
        """Show what a button or menu leads to."""
        audience = self.audiences.of(interaction)
        reply = Reply(interaction, new_message=isinstance(item, ShareEvent | ShareTopic))
        await reply.answer(navigation_answer(self.archive, item, audience, subjects=self.subjects, rng=self.rng))


async def setup(bot: "Daybook") -> None:
    """Register the buttons and menus, and add the cog to the bot."""
    bot.add_dynamic_items(*ITEMS)
    rng = random.Random()  # noqa: S311  (no secret)
    await bot.add_cog(Navigation(archive=bot.archive, audiences=bot.audiences, subjects=bot.ledger.subjects, rng=rng))
