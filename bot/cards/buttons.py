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
from bot.cards.return_to import KEY, RETURN_TO, ReturnTo
from bot.cards.same import Same
from bot.domain.event import Listing, RelatedEvent
from bot.domain.text import cut
from bot.locale.language import language

_LABEL = 80
Interaction = discord.Interaction[Any]
Item = discord.ui.Item[Any]


class PersistentItem(discord.ui.DynamicItem[Item], template=r"^$"):
    """A button or menu whose press is handed to the client's ``pressed``, whatever made the message.

    ``cog`` is the name of the one that answers.
    """

    cog: ClassVar[str] = "Navigation"

    async def callback(self, interaction: Interaction) -> None:
        """Hand the press on. An exception here would only be logged by discord.py."""
        await interaction.client.pressed(interaction, self)

    @property
    def value(self) -> str:
        """The value picked in a menu."""
        return cast("discord.ui.Select[Any]", self.item).values[0]


class _Button(PersistentItem, template=r"^$"):
    name: ClassVar[str]

    def __init__(self, custom_id: str, label: str, emoji: str | None = None, *, row: int | None = None) -> None:
        super().__init__(discord.ui.Button(custom_id=custom_id, label=cut(label, _LABEL), emoji=emoji, row=row))


def _menu(
    custom_id: str, placeholder: str, options: Sequence[discord.SelectOption], *, row: int | None = None
) -> discord.ui.Select[Any]:
    return discord.ui.Select(custom_id=custom_id, placeholder=cut(placeholder, 150), options=list(options), row=row)


class Step(_Button, template=rf"(?P<way>prev|next):{RETURN_TO}"):
    """Goes to the previous or next event of a list."""

    def __init__(self, way: str, return_to: ReturnTo, locale: str | None = None) -> None:
        self.step, self.return_to = (-1 if way == "prev" else 1), return_to
        say = language(locale)
        label, emoji = (say("Previous"), "◀️") if way == "prev" else (say("Next"), "▶️")
        super().__init__(f"{way}:{return_to}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["way"], ReturnTo.of(match))


class DayStep(_Button, template=rf"(?P<way>before|after):(?P<list>{PATTERN})"):
    """Goes to the nearest day before or after that has events."""

    def __init__(self, way: str, list_ref: str, locale: str | None = None) -> None:
        self.later, self.list_ref = way == "after", list_ref
        say = language(locale)
        label, emoji = (say("Next day"), "⏩") if self.later else (say("Previous day"), "⏪")
        super().__init__(f"{way}:{list_ref}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["way"], match["list"])


class Back(_Button, template=rf"back:{RETURN_TO}"):
    """Goes back to the event, and the list, that a related event was opened from."""

    def __init__(self, return_to: ReturnTo, locale: str | None = None) -> None:
        self.return_to = return_to
        super().__init__(f"back:{return_to}", language(locale).say("Back"), "↩️")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(ReturnTo.of(match))


class Share(_Button, template=rf"share:{RETURN_TO}"):
    """Shows an answer that only one person sees to the channel."""

    def __init__(self, return_to: ReturnTo, locale: str | None = None) -> None:
        self.return_to = return_to
        super().__init__(f"share:{return_to}", language(locale).say("Share"), "📣")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(ReturnTo.of(match))


class Open(_Button, template=rf"open:(?P<list>{PATTERN})"):
    """Opens a list."""

    def __init__(self, list_ref: str, label: str, *, row: int | None = None) -> None:
        self.list_ref = list_ref
        super().__init__(f"open:{list_ref}", label, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["list"], cast("discord.ui.Button[Any]", item).label or "Open")


class More(_Button, template=rf"more:(?P<delivery>{KEY}):(?P<list>{PATTERN})"):
    """Opens the list that a daily post was picked from, and tells whose delivery the post is."""

    def __init__(self, delivery: str, list_ref: str, label: str) -> None:
        self.delivery, self.list_ref = delivery, list_ref
        super().__init__(f"{more_of(delivery)}{list_ref}", label)

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

    def __init__(self, list_ref: str, label: str, *, row: int | None = None) -> None:
        self.list_ref = list_ref
        super().__init__(f"about:{list_ref}", label, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(match["list"], cast("discord.ui.Button[Any]", item).label or "Open")


class ShareTopic(_Button, template=rf"tell:(?P<list>{PATTERN})"):
    """Shows the picture of a topic, which only one person sees, to the channel."""

    def __init__(self, list_ref: str, locale: str | None = None) -> None:
        self.list_ref = list_ref
        super().__init__(f"tell:{list_ref}", language(locale).say("Share"), "📣", row=4)

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
class YearMenu(PersistentItem, template=rf"years:(?:(?P<topic>{KEY})|(?P<list>{OF_TOPIC}))"):
    """Opens the events that a topic's list has in one year."""

    def __init__(self, list_ref: str, years: Sequence[tuple[int, int]] = (), locale: str | None = None) -> None:
        self.list_ref = list_ref
        say = language(locale)
        options = [
            discord.SelectOption(label=f"{year} ({say.number(count)})", value=f"{year:04}")
            for year, count in years[:OPTIONS]
        ]
        super().__init__(_menu(f"years:{list_ref}", say("Only the events of one year…"), options, row=0))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["list"] or f"t{match['topic']}")


class ListMenu(PersistentItem, template=rf"list:(?P<list>{PATTERN})"):
    """Picks another event of the list."""

    def __init__(
        self,
        list_ref: str,
        shown: Sequence[RelatedEvent] = (),
        *,
        placeholder: str = "",
        locale: str | None = None,
        row: int | None = None,
    ) -> None:
        self.list_ref = list_ref
        # None is marked as the one shown: clients keep the mark where it was when the message is edited.
        super().__init__(_menu(f"list:{list_ref}", placeholder, options(Same(shown), locale), row=row))

    @classmethod
    def for_page(cls, list_ref: str, listing: Listing, *, locale: str | None, row: int | None = None) -> Self:
        """Make the menu of the part of a list that an event stands in."""
        first = listing.position - listing.position % OPTIONS
        placeholder = language(locale).say(
            "Pick from this list ({first}–{last} of {total})…",
            first=first + 1,
            last=first + len(listing.menu_page),
            total=listing.total,
        )
        return cls(list_ref, listing.menu_page, placeholder=placeholder, locale=locale, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["list"])


class RelatedMenu(PersistentItem, template=rf"related:(?P<key>{KEY})(?::{RETURN_TO})?"):
    """Opens one of an event's related events."""

    def __init__(
        self,
        key: str,
        related: Sequence[RelatedEvent] = (),
        *,
        return_to: ReturnTo | None,
        locale: str | None = None,
    ) -> None:
        # A message that says nothing of an origin is one itself.
        self.return_to = return_to or ReturnTo(key)
        placeholder = language(locale).say("Open a related event…")
        super().__init__(_menu(f"related:{key}:{self.return_to}", placeholder, options(Same(related), locale)))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(match["key"], return_to=ReturnTo.of(match) if match["origin"] else None)


ITEMS = (
    Step,
    DayStep,
    Back,
    Share,
    Open,
    More,
    Another,
    Follow,
    About,
    ShareTopic,
    Draw,
    YearMenu,
    ListMenu,
    RelatedMenu,
)
