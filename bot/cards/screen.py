"""What one message shows: cards, a sentence, buttons and menus. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class Screen:
    """What a message shows: a card (and others ``also``) or a sentence, and the buttons and menus under it.

    A bare sentence is said beside a card that is there, unless it ``replaces`` it. ``shared`` is the button that shows
    the same to the whole channel; it is added where only one person sees this. ``files`` can be sent once.
    """

    embed: discord.Embed | None = None
    also: Sequence[discord.Embed] = ()
    sentence: str | None = None
    items: Sequence[discord.ui.Item[Any]] = field(default_factory=tuple)
    shared: discord.ui.Item[Any] | None = None
    replaces: bool = False
    files: Sequence[discord.File] = ()
