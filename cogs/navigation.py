"""Routes presses on any message, however old, to the buttons and menus of the cards."""

from typing import TYPE_CHECKING

from bot.cards.navigation import ITEMS

if TYPE_CHECKING:
    from bot.client import Daybook


async def setup(bot: "Daybook") -> None:
    """Register the dynamic items."""
    bot.add_dynamic_items(*ITEMS)
