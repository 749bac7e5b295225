"""What one message shows: cards, a sentence, buttons and menus. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord


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
