"""What one message shows: cards, a sentence, buttons and menus. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

# What discord.py's objects take beside their texts, in bytes, measured.
_EMBED, _ITEM, _OPTION = 8_000, 4_000, 1_000


@dataclass(frozen=True, slots=True)
class Screen:
    """What a message shows: a card (and ``more_embeds``) or a sentence, and the buttons and menus below.

    ``replaces`` says that a sentence without a card takes the place of the card whose button it answers; otherwise that
    card stays. ``share_button`` shows the same to the whole channel; it is added where only one person sees the screen.
    ``files`` can be sent only once; the rest is shown to many, and nobody changes it.
    """

    embed: discord.Embed | None = None
    more_embeds: Sequence[discord.Embed] = ()
    sentence: str | None = None
    items: Sequence[discord.ui.Item[Any]] = ()
    share_button: discord.ui.Item[Any] | None = None
    replaces: bool = False
    files: Sequence[discord.File] = ()

    @property
    def size(self) -> int:
        """About how many bytes a screen takes in memory, without its files."""
        embeds = [self.embed, *self.more_embeds] if self.embed else []
        menus = [item.item for item in self.items if isinstance(item, discord.ui.DynamicItem)]
        options = [option for menu in menus if isinstance(menu, discord.ui.Select) for option in menu.options]
        texts = sum(map(len, embeds)) + sum(len(option.label) + len(option.description or "") for option in options)
        return _EMBED * len(embeds) + _ITEM * (len(self.items) + 1) + _OPTION * len(options) + 2 * texts
