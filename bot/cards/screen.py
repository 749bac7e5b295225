"""What one message shows: cards, a sentence, buttons and menus. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class Screen:
    """What a message shows: a card (and ``more_embeds``) or a sentence, and the buttons and menus below.

    A sentence without a card leaves the card of the message it answers where it is, unless it ``replaces`` it.
    ``share_button`` shows the same to the whole channel; it is added where only one person sees the screen. ``files``
    can be sent only once.
    """

    embed: discord.Embed | None = None
    more_embeds: Sequence[discord.Embed] = ()
    sentence: str | None = None
    items: Sequence[discord.ui.Item[Any]] = field(default_factory=tuple)
    share_button: discord.ui.Item[Any] | None = None
    replaces: bool = False
    files: Sequence[discord.File] = ()
