"""Buttons and menus that never die: all state in the ``custom_id``, nothing in memory.

Each ``custom_id`` begins with its button's own name and fits Discord's 100 characters: the longest, ``related:`` with
two keys and 60 characters of a search, has 95. What a press does is said by ``cogs/navigation.py``, which knows the
screens.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

import discord

from bot.cards.event_card import options
from bot.cards.limits import OPTIONS
from bot.cards.lists import OF_TOPIC, PATTERN
from bot.cards.return_to import KEY, ORIGIN, Origin
from bot.cards.same import Same
from bot.domain.event import Listing, Related
from bot.domain.text import cut
from bot.locale.language import language

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

    def __init__(self, custom_id: str, label: str, emoji: str | None = None, *, row: int | None = None) -> None:
        super().__init__(discord.ui.Button(custom_id=custom_id, label=cut(label, _LABEL), emoji=emoji, row=row))


def _menu(
    custom_id: str, placeholder: str, options: Sequence[discord.SelectOption], *, row: int | None = None
) -> discord.ui.Select[Any]:
    return discord.ui.Select(custom_id=custom_id, placeholder=cut(placeholder, 150), options=list(options), row=row)


class Step(_Button, template=rf"(?P<way>prev|next):{ORIGIN}"):
    """Goes to the previous or next event of a list."""

    def __init__(self, way: str, origin: Origin, locale: str | None = None) -> None:
        self.step, self.origin = (-1 if way == "prev" else 1), origin
        say = language(locale)
        label, emoji = (say("Previous"), "◀️") if way == "prev" else (say("Next"), "▶️")
        super().__init__(f"{way}:{origin}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["way"], Origin.of(match))


class DayStep(_Button, template=rf"(?P<way>before|after):(?P<list>{PATTERN})"):
    """Goes to the nearest day before or after that has events."""

    def __init__(self, way: str, events: str, locale: str | None = None) -> None:
        self.later, self.events = way == "after", events
        say = language(locale)
        label, emoji = (say("Next day"), "⏩") if self.later else (say("Previous day"), "⏪")
        super().__init__(f"{way}:{events}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["way"], match["list"])


class Back(_Button, template=rf"back:{ORIGIN}"):
    """Goes back to the event, and the list, that a related event was opened from."""

    def __init__(self, origin: Origin, locale: str | None = None) -> None:
        self.origin = origin
        super().__init__(f"back:{origin}", language(locale).say("Back"), "↩️")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(Origin.of(match))


class Share(_Button, template=rf"share:{ORIGIN}"):
    """Shows an answer that only one person sees to the channel."""

    def __init__(self, origin: Origin, locale: str | None = None) -> None:
        self.origin = origin
        super().__init__(f"share:{origin}", language(locale).say("Share"), "📣")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(Origin.of(match))


class Open(_Button, template=rf"open:(?P<list>{PATTERN})"):
    """Opens a list."""

    def __init__(self, events: str, label: str, *, row: int | None = None) -> None:
        self.events = events
        super().__init__(f"open:{events}", label, row=row)

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

    def __init__(self, topic: str, locale: str | None = None) -> None:
        self.topic = topic
        super().__init__(f"another:{topic}", language(locale).say("Another"), "🎲")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["topic"] or "")


class Follow(_Button, template=rf"follow:(?P<key>{KEY})"):
    """Opens the story that an event is part of."""

    def __init__(self, key: str, label: str = "") -> None:
        self.key = key
        super().__init__(f"follow:{key}", label, "🧵")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["key"])


class About(_Button, template=rf"about:(?P<list>{PATTERN})"):
    """Opens the picture of a topic."""

    def __init__(self, events: str, label: str, *, row: int | None = None) -> None:
        self.events = events
        super().__init__(f"about:{events}", label, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["list"], cast("discord.ui.Button[Any]", item).label or "Open")


class Tell(_Button, template=rf"tell:(?P<list>{PATTERN})"):
    """Shows the picture of a topic, which only one person sees, to the channel."""

    def __init__(self, events: str, locale: str | None = None) -> None:
        self.events = events
        super().__init__(f"tell:{events}", language(locale).say("Share"), "📣", row=4)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["list"])


class Draw(_Button, template=rf"draw:(?P<topic>{KEY})"):
    """Shows a topic's chart, which only one person sees, to the channel."""

    cog: ClassVar[str] = "Timeline"

    def __init__(self, topic: str, locale: str | None = None) -> None:
        self.topic = topic
        super().__init__(f"draw:{topic}", language(locale).say("Share"), "📣")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["topic"])


# Messages from before this menu kept the list's dates name the topic alone.
class YearMenu(Press, template=rf"years:(?:(?P<topic>{KEY})|(?P<list>{OF_TOPIC}))"):
    """Opens the events that a topic's list has in one year."""

    def __init__(self, events: str, years: Sequence[tuple[int, int]] = (), locale: str | None = None) -> None:
        self.events = events
        say = language(locale)
        options = [
            discord.SelectOption(label=f"{year} ({say.number(count)})", value=f"{year:04}")
            for year, count in years[:OPTIONS]
        ]
        super().__init__(_menu(f"years:{events}", say("Only the events of one year…"), options, row=0))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["list"] or f"t{match['topic']}")


class ListMenu(Press, template=rf"list:(?P<list>{PATTERN})"):
    """Picks another event of the list."""

    def __init__(
        self,
        events: str,
        shown: Sequence[Related] = (),
        *,
        placeholder: str = "",
        locale: str | None = None,
        row: int | None = None,
    ) -> None:
        self.events = events
        # None is marked as the one shown: clients keep the mark where it was when the message is edited.
        super().__init__(_menu(f"list:{events}", placeholder, options(Same(shown), locale), row=row))

    @classmethod
    def around(cls, events: str, listing: Listing, *, locale: str | None, row: int | None = None) -> Self:
        """Make the menu of the part of a list that an event stands in."""
        first = listing.position - listing.position % OPTIONS
        placeholder = language(locale).say(
            "Pick from this list ({first}–{last} of {total})…",
            first=first + 1,
            last=first + len(listing.around),
            total=listing.total,
        )
        return cls(events, listing.around, placeholder=placeholder, locale=locale, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["list"])


class RelatedMenu(Press, template=rf"related:(?P<key>{KEY})(?::{ORIGIN})?"):
    """Opens one of an event's related events."""

    def __init__(
        self,
        key: str,
        related: Sequence[Related] = (),
        *,
        origin: Origin | None,
        locale: str | None = None,
    ) -> None:
        # A message that says nothing of an origin is one itself.
        self.origin = origin or Origin(key)
        placeholder = language(locale).say("Open a related event…")
        super().__init__(_menu(f"related:{key}:{self.origin}", placeholder, options(Same(related), locale)))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["key"], origin=Origin.of(match) if match["origin"] else None)


ITEMS = (Step, DayStep, Back, Share, Open, More, Another, Follow, About, Tell, Draw, YearMenu, ListMenu, RelatedMenu)
