"""The buttons and menus below what admins see of an order; all state in the ``custom_id``, like everywhere."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Self

import discord

from bot.cards.buttons import Interaction, Item, PersistentItem
from bot.locale.language import language

_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_SUBSCRIPTION = r"(?P<order>\d{1,18})"


class _SubscriptionItem(PersistentItem, template=r"^$"):
    """A button or menu of an order, on a message that only one admin sees."""

    cog_name: ClassVar[str] = "Daily"
    order: int
    day: date | None = None


def _button(custom_id: str, label: str, style: discord.ButtonStyle) -> discord.ui.Button[Any]:
    return discord.ui.Button(custom_id=custom_id, label=label, style=style)


class Remove(_SubscriptionItem, template=rf"remove:{_SUBSCRIPTION}"):
    """Removes an order for good."""

    def __init__(self, order: int, locale: str | None = None) -> None:
        self.order = order
        label = language(locale).say("Remove it for good")
        super().__init__(_button(f"remove:{order}", label, discord.ButtonStyle.danger))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(int(match["order"]))


class Keep(_SubscriptionItem, template=rf"keep:{_SUBSCRIPTION}"):
    """Leaves an order as it is."""

    def __init__(self, order: int, locale: str | None = None) -> None:
        self.order = order
        super().__init__(_button(f"keep:{order}", language(locale).say("Keep it"), discord.ButtonStyle.secondary))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(int(match["order"]))


class Week(_SubscriptionItem, template=rf"week:{_SUBSCRIPTION}"):
    """Shows the posts of the next seven days."""

    def __init__(self, order: int, locale: str | None = None) -> None:
        self.order = order
        super().__init__(
            _button(f"week:{order}", language(locale).say("Back to the week"), discord.ButtonStyle.secondary)
        )

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(int(match["order"]))


class Skip(_SubscriptionItem, template=rf"(?P<way>skip|unskip):{_SUBSCRIPTION}:{_DATE}"):
    """Skips the post of a date, or takes that back."""

    def __init__(self, order: int, day: date, *, skip: bool, locale: str | None = None) -> None:
        self.order, self.day, self.skip = order, day, skip
        say = language(locale)
        label, style = (
            (say("Skip this day"), discord.ButtonStyle.danger)
            if skip
            else (say("Post it after all"), discord.ButtonStyle.success)
        )
        super().__init__(_button(f"{'skip' if skip else 'unskip'}:{order}:{day.isoformat()}", label, style))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(int(match["order"]), date.fromisoformat(match["date"]), skip=match["way"] == "skip")


class Swap(_SubscriptionItem, template=rf"swap:{_SUBSCRIPTION}:{_DATE}"):
    """Lets another event lead on a date."""

    def __init__(self, order: int, day: date, locale: str | None = None) -> None:
        self.order, self.day = order, day
        label = language(locale).say("Another lead")
        super().__init__(_button(f"swap:{order}:{day.isoformat()}", label, discord.ButtonStyle.primary))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button from an old message's."""
        return cls(int(match["order"]), date.fromisoformat(match["date"]))


class DayMenu(_SubscriptionItem, template=rf"coming:{_SUBSCRIPTION}"):
    """Shows what a date's post will be."""

    def __init__(self, order: int, options: Sequence[discord.SelectOption] = (), locale: str | None = None) -> None:
        self.order = order
        placeholder = language(locale).say("See one of these posts…")
        super().__init__(discord.ui.Select(custom_id=f"coming:{order}", placeholder=placeholder, options=list(options)))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the menu from an old message's."""
        return cls(int(match["order"]))


ITEMS = (Remove, Keep, Week, Skip, Swap, DayMenu)
