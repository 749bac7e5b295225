"""Buttons and menus that never die: all state in the ``custom_id``, nothing in memory.

Each ``custom_id`` begins with its button's own name and fits Discord's 100 characters: the longest, ``related:`` with
two keys and 60 characters of a search, has 95. What a press does is said by ``cogs/navigation.py``, which knows the
screens.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

import discord

from bot.cards.card import option, veiled
from bot.cards.limits import OPTIONS
from bot.cards.lists import PATTERN
from bot.cards.origin import KEY, ORIGIN, Origin
from bot.event import Listing, Related
from bot.preferences import NONE, Mutes
from bot.text import cut

_LABEL = 80
Interaction = discord.Interaction[Any]
Item = discord.ui.Item[Any]


class Press(discord.ui.DynamicItem[Item], template=r"^$"):
    """A button or menu whose press is handed to the client's ``pressed``, whatever made the message.

    ``cog`` is the name of the one that answers.
    """

    cog: ClassVar[str] = "Navigation"

    async def callback(self, interaction: Interaction) -> None:
        """Hand the press on. An exception here would only be logged by discord.py."""
        await interaction.client.pressed(interaction, self)

    @property
    def chosen(self) -> str:
        """The value picked in a menu."""
        return cast("discord.ui.Select[Any]", self.item).values[0]


class _Button(Press, template=r"^$"):
    name: ClassVar[str]

    def __init__(self, custom_id: str, label: str, emoji: str | None = None) -> None:
        super().__init__(discord.ui.Button(custom_id=custom_id, label=cut(label, _LABEL), emoji=emoji))


def _menu(custom_id: str, placeholder: str, options: list[discord.SelectOption]) -> discord.ui.Select[Any]:
    return discord.ui.Select(custom_id=custom_id, placeholder=cut(placeholder, 150), options=options)


class Step(_Button, template=rf"(?P<way>prev|next):{ORIGIN}"):
    """Goes to the previous or next event of a list."""

    def __init__(self, way: str, origin: Origin) -> None:
        self.step, self.origin = (-1 if way == "prev" else 1), origin
        label, emoji = ("Previous", "◀️") if way == "prev" else ("Next", "▶️")
        super().__init__(f"{way}:{origin}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["way"], Origin.of(match))


class DayStep(_Button, template=rf"(?P<way>before|after):(?P<list>{PATTERN})"):
    """Goes to the nearest day before or after that has events."""

    def __init__(self, way: str, events: str) -> None:
        self.later, self.events = way == "after", events
        label, emoji = ("Next day", "⏩") if self.later else ("Previous day", "⏪")
        super().__init__(f"{way}:{events}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["way"], match["list"])


class Back(_Button, template=rf"back:{ORIGIN}"):
    """Goes back to the event, and the list, that a related event was opened from."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        super().__init__(f"back:{origin}", "Back", "↩️")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(Origin.of(match))


class Share(_Button, template=rf"share:{ORIGIN}"):
    """Shows an answer that only one person sees to the channel."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        super().__init__(f"share:{origin}", "Share", "📣")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(Origin.of(match))


class Open(_Button, template=rf"open:(?P<list>{PATTERN})"):
    """Opens a list: a way on where nothing was found."""

    def __init__(self, events: str, label: str) -> None:
        self.events = events
        super().__init__(f"open:{events}", label)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["list"], cast("discord.ui.Button[Any]", item).label or "Open")


class More(_Button, template=rf"more:(?P<delivery>{KEY}):(?P<list>{PATTERN})"):
    """Opens the list that a daily post was picked from, and tells whose delivery the post is."""

    def __init__(self, delivery: str, events: str, label: str) -> None:
        self.delivery, self.events = delivery, events
        super().__init__(f"{more_of(delivery)}{events}", label)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["delivery"], match["list"], cast("discord.ui.Button[Any]", item).label or "More")


def more_of(delivery: str) -> str:
    """Return what the ``custom_id`` of a delivery's button begins with, by which its message is found again."""
    return f"more:{delivery}:"


class Another(_Button, template=rf"another:(?P<topic>{KEY})?"):
    """Picks another event at random."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(f"another:{topic}", "Another", "🎲")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["topic"] or "")


class ListMenu(Press, template=rf"list:(?P<list>{PATTERN})"):
    """Picks another event of the list."""

    def __init__(
        self,
        events: str,
        shown: Sequence[Related] = (),
        *,
        placeholder: str = "",
        locale: str = "",
        muted: Mutes = NONE,
    ) -> None:
        self.events = events
        # None is marked as the one shown: clients keep the mark where it was when the message is edited.
        options = [option(other, locale, muted) for other in shown[:OPTIONS]]
        super().__init__(_menu(f"list:{events}", placeholder, options))

    @classmethod
    def around(cls, events: str, listing: Listing, *, locale: str, muted: Mutes = NONE) -> Self:
        """Make the menu of the part of a list that an event stands in."""
        first = listing.position - listing.position % OPTIONS
        of = f"{first + 1}–{first + len(listing.around)} of {listing.total:,}"
        around = _veiled(listing, muted) if muted else listing.around
        return cls(events, around, placeholder=f"Pick from this list ({of})…", locale=locale, muted=muted)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["list"])


def _veiled(listing: Listing, muted: Mutes) -> list[Related]:
    """Veil what is known to be muted beside headlines: the event shown, or all, where the list is of a muted topic."""
    hidden = {event.key for event in listing.events if muted.hides(event)}
    if listing.topic and listing.topic.key in muted.topics:
        hidden = {other.key for other in listing.around}
    return [veiled(other) if other.key in hidden else other for other in listing.around]


class RelatedMenu(Press, template=rf"related:(?P<key>{KEY})(?::{ORIGIN})?"):
    """Opens one of an event's related events."""

    def __init__(
        self,
        key: str,
        related: Sequence[Related] = (),
        *,
        origin: Origin | None,
        locale: str = "",
        muted: Mutes = NONE,
    ) -> None:
        # A message that says nothing of an origin is one itself.
        self.origin = origin or Origin(key)
        options = [option(other, locale, muted) for other in related[:OPTIONS]]
        super().__init__(_menu(f"related:{key}:{self.origin}", "Open a related event…", options))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["key"], origin=Origin.of(match) if match["origin"] else None)


ITEMS = (Step, DayStep, Back, Share, Open, More, Another, ListMenu, RelatedMenu)
