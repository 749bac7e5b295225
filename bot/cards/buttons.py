"""Buttons and menus that never expire: all state is in the ``custom_id``, nothing in memory. Pure.

Each ``custom_id`` begins with its button's own name and fits Discord's 100 characters: the longest, ``related:`` with
two keys and 60 characters of a search, has 95. What using one of them shows is decided in ``bot/screens/navigation.py``
and ``cogs/``.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

import discord

from bot.cards import limits
from bot.cards.event_card import event_options
from bot.cards.lists import LIST_PATTERN, TOPIC_PATTERN
from bot.cards.return_to import KEY_PATTERN, RETURN_TO_PATTERN, ReturnTo
from bot.domain.event import Listing, RelatedEvent
from bot.domain.text import cut
from bot.locale.language import language

Interaction = discord.Interaction[Any]
Item = discord.ui.Item[Any]


class PersistentItem(discord.ui.DynamicItem[Item], template=r"^$"):
    """A button or menu that works on every message that has it, however old.

    The client's ``handle_component`` passes each use of it on to the cog called ``cog_name``.
    """

    cog_name: ClassVar[str] = "Navigation"

    async def callback(self, interaction: Interaction) -> None:
        """Hand the interaction to the client, which answers errors too; discord.py would only log them."""
        await interaction.client.handle_component(interaction, self)

    @property
    def value(self) -> str:
        """The value that was picked in a menu."""
        return cast("discord.ui.Select[Any]", self.item).values[0]


class _Button(PersistentItem, template=r"^$"):
    def __init__(self, custom_id: str, label: str, emoji: str | None = None, *, row: int | None = None) -> None:
        label = cut(label, limits.BUTTON_LABEL)
        super().__init__(discord.ui.Button(custom_id=custom_id, label=label, emoji=emoji, row=row))


def _menu(
    custom_id: str, placeholder: str, options: Sequence[discord.SelectOption], *, row: int | None = None
) -> discord.ui.Select[Any]:
    placeholder = cut(placeholder, limits.PLACEHOLDER)
    return discord.ui.Select(custom_id=custom_id, placeholder=placeholder, options=list(options), row=row)


def _label_of(item: Item, default: str) -> str:
    """Return the label of a button on a message."""
    return cast("discord.ui.Button[Any]", item).label or default


class EventStep(_Button, template=rf"(?P<direction>prev|next):{RETURN_TO_PATTERN}"):
    """Goes to the previous or next event of a list."""

    def __init__(self, direction: str, return_to: ReturnTo, locale: str | None = None) -> None:
        self.step, self.return_to = (-1 if direction == "prev" else 1), return_to
        say = language(locale)
        label, emoji = (say("Previous"), "◀️") if direction == "prev" else (say("Next"), "▶️")
        super().__init__(f"{direction}:{return_to}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["direction"], ReturnTo.from_match(match))


class DayStep(_Button, template=rf"(?P<direction>before|after):(?P<list>{LIST_PATTERN})"):
    """Goes to the nearest day before or after that has events."""

    def __init__(self, direction: str, list_ref: str, locale: str | None = None) -> None:
        self.later, self.list_ref = direction == "after", list_ref
        say = language(locale)
        label, emoji = (say("Next day"), "⏩") if self.later else (say("Previous day"), "⏪")
        super().__init__(f"{direction}:{list_ref}", label, emoji)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["direction"], match["list"])


class Back(_Button, template=rf"back:{RETURN_TO_PATTERN}"):
    """Goes back to the event, and the list, that a related event was opened from."""

    def __init__(self, return_to: ReturnTo, locale: str | None = None) -> None:
        self.return_to = return_to
        super().__init__(f"back:{return_to}", language(locale).say("Back"), "↩️")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(ReturnTo.from_match(match))


class ShareEvent(_Button, template=rf"share:{RETURN_TO_PATTERN}"):
    """Shares an event that only one person sees with the whole channel."""

    def __init__(self, return_to: ReturnTo, locale: str | None = None) -> None:
        self.return_to = return_to
        super().__init__(f"share:{return_to}", language(locale).say("Share"), "📣")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(ReturnTo.from_match(match))


class OpenList(_Button, template=rf"open:(?P<list>{LIST_PATTERN})"):
    """Opens a list at its first event."""

    def __init__(self, list_ref: str, label: str, *, row: int | None = None) -> None:
        self.list_ref = list_ref
        super().__init__(f"open:{list_ref}", label, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["list"], _label_of(item, "Open"))


class OpenPostList(_Button, template=rf"more:(?P<token>{KEY_PATTERN}):(?P<list>{LIST_PATTERN})"):
    """Opens the list that a daily post was picked from.

    Its ``custom_id`` has the token of the post's delivery, by which the post is found again in the channel.
    """

    def __init__(self, token: str, list_ref: str, label: str) -> None:
        self.token, self.list_ref = token, list_ref
        super().__init__(f"{post_list_prefix(token)}{list_ref}", label)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["token"], match["list"], _label_of(item, "More"))


def post_list_prefix(token: str) -> str:
    """Return what the ``custom_id`` of an OpenPostList begins with; ``token`` is its delivery's."""
    return f"more:{token}:"


class PickAnother(_Button, template=rf"another:(?P<topic>{KEY_PATTERN})?"):
    """Picks another event at random: of a topic, or any if ``topic_key`` is empty. ``is_first`` if none was before."""

    def __init__(self, topic_key: str, locale: str | None = None, *, is_first: bool = False) -> None:
        self.topic_key = topic_key
        say = language(locale)
        super().__init__(f"another:{topic_key}", say("Random event") if is_first else say("Another"), "🎲")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["topic"] or "")


class OpenStory(_Button, template=rf"follow:(?P<key>{KEY_PATTERN})"):
    """Opens the story that an event is part of."""

    def __init__(self, event_key: str, label: str = "") -> None:
        self.event_key = event_key
        super().__init__(f"follow:{event_key}", label, "🧵")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["key"])


class OpenTopic(_Button, template=rf"about:(?P<list>{LIST_PATTERN})"):
    """Opens the overview of a topic."""

    def __init__(self, list_ref: str, label: str, *, row: int | None = None) -> None:
        self.list_ref = list_ref
        super().__init__(f"about:{list_ref}", label, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["list"], _label_of(item, "Open"))


class ShareTopic(_Button, template=rf"tell:(?P<list>{LIST_PATTERN})"):
    """Shares the overview of a topic that only one person sees with the whole channel."""

    def __init__(self, list_ref: str, locale: str | None = None) -> None:
        self.list_ref = list_ref
        super().__init__(f"tell:{list_ref}", language(locale).say("Share"), "📣", row=4)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["list"])


class ShareChart(_Button, template=rf"draw:(?P<topic>{KEY_PATTERN})"):
    """Shares a topic's chart that only one person sees with the whole channel."""

    cog_name: ClassVar[str] = "Timeline"

    def __init__(self, topic_key: str, locale: str | None = None) -> None:
        self.topic_key = topic_key
        super().__init__(f"draw:{topic_key}", language(locale).say("Share"), "📣")

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["topic"])


# On messages from before the menu's list could have dates, the custom_id has just the topic's key.
class YearMenu(PersistentItem, template=rf"years:(?:(?P<topic>{KEY_PATTERN})|(?P<list>{TOPIC_PATTERN}))"):
    """Opens the events that a topic's list has in one year."""

    def __init__(self, list_ref: str, years: Sequence[tuple[int, int]] = (), locale: str | None = None) -> None:
        self.list_ref = list_ref
        say = language(locale)
        options = [
            discord.SelectOption(label=f"{year} ({say.number(count)})", value=f"{year:04}")
            for year, count in years[: limits.OPTIONS]
        ]
        super().__init__(_menu(f"years:{list_ref}", say("Only the events of one year…"), options, row=0))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the menu from the ``custom_id`` on a message."""
        return cls(match["list"] or f"t{match['topic']}")


class ListMenu(PersistentItem, template=rf"list:(?P<list>{LIST_PATTERN})"):
    """Picks another event of the list."""

    def __init__(
        self,
        list_ref: str,
        events: Sequence[RelatedEvent] = (),
        *,
        placeholder: str = "",
        locale: str | None = None,
        row: int | None = None,
    ) -> None:
        self.list_ref = list_ref
        # No option is marked as the current one: clients keep the mark where it was when the message is edited.
        super().__init__(_menu(f"list:{list_ref}", placeholder, event_options(events, locale), row=row))

    @classmethod
    def for_page(cls, list_ref: str, listing: Listing, *, locale: str | None, row: int | None = None) -> Self:
        """Make the menu of a listing's ``menu_page``, the part of the list that its event stands in."""
        first = listing.position - listing.position % limits.OPTIONS
        placeholder = language(locale).say(
            "Pick from this list ({first}–{last} of {total})…",
            first=first + 1,
            last=first + len(listing.menu_page),
            total=listing.total,
        )
        return cls(list_ref, listing.menu_page, placeholder=placeholder, locale=locale, row=row)

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the menu from the ``custom_id`` on a message."""
        return cls(match["list"])


class RelatedMenu(PersistentItem, template=rf"related:(?P<key>{KEY_PATTERN})(?::{RETURN_TO_PATTERN})?"):
    """Opens one of an event's related events."""

    def __init__(
        self,
        event_key: str,
        related: Sequence[RelatedEvent] = (),
        *,
        return_to: ReturnTo | None,
        locale: str | None = None,
    ) -> None:
        # Without a list or an event that this one was opened from, the way back leads to the event itself.
        self.return_to = return_to or ReturnTo(event_key)
        placeholder = language(locale).say("Open a related event…")
        super().__init__(_menu(f"related:{event_key}:{self.return_to}", placeholder, event_options(related, locale)))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the menu from the ``custom_id`` on a message."""
        return cls(match["key"], return_to=ReturnTo.from_match(match) if match["return_to"] else None)


ITEMS = (
    EventStep, DayStep, Back, ShareEvent, OpenList, OpenPostList, PickAnother, OpenStory, OpenTopic, ShareTopic,
    ShareChart, YearMenu, ListMenu, RelatedMenu,
)  # fmt: skip
