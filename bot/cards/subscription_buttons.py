"""The buttons and menus of ``/daily``'s and ``/follow``'s answers. All of their state is in the ``custom_id``."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Self

import discord

from bot.cards.buttons import Interaction, Item, PersistentItem
from bot.cards.limits import BUTTON_LABEL
from bot.cards.return_to import KEY_PATTERN
from bot.domain.text import cut
from bot.domain.time_of_day import format_time
from bot.domain.when import DEFAULT_TIME
from bot.locale.language import language

_DATE = r"(?P<date>\d{4}-\d\d-\d\d)"
_SUBSCRIPTION = r"(?P<subscription_id>\d{1,18})"
_TOPIC = rf"(?P<topic>{KEY_PATTERN})"
# The length of a topic's name on a button, in characters.
_TOPIC_NAME = 40


class _SubscriptionItem(PersistentItem, template=r"^$"):
    """A button or menu about a daily post or a follow, on a message that only one admin sees."""

    cog_name: ClassVar[str] = "Daily"
    subscription_id: int
    day: date | None = None


def _button(custom_id: str, label: str, style: discord.ButtonStyle) -> discord.ui.Button[Any]:
    return discord.ui.Button(custom_id=custom_id, label=label, style=style)


class Remove(_SubscriptionItem, template=rf"remove:{_SUBSCRIPTION}"):
    """Deletes a subscription."""

    def __init__(self, subscription_id: int, locale: str | None = None) -> None:
        self.subscription_id = subscription_id
        label = language(locale).say("Remove it for good")
        super().__init__(_button(f"remove:{subscription_id}", label, discord.ButtonStyle.danger))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(int(match["subscription_id"]))


class Keep(_SubscriptionItem, template=rf"keep:{_SUBSCRIPTION}"):
    """Keeps a subscription that was about to be deleted."""

    def __init__(self, subscription_id: int, locale: str | None = None) -> None:
        self.subscription_id = subscription_id
        super().__init__(
            _button(f"keep:{subscription_id}", language(locale).say("Keep it"), discord.ButtonStyle.secondary)
        )

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(int(match["subscription_id"]))


class Week(_SubscriptionItem, template=rf"week:{_SUBSCRIPTION}"):
    """Shows the posts of the next seven days."""

    def __init__(self, subscription_id: int, locale: str | None = None) -> None:
        self.subscription_id = subscription_id
        super().__init__(
            _button(f"week:{subscription_id}", language(locale).say("Back to the week"), discord.ButtonStyle.secondary)
        )

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(int(match["subscription_id"]))


class Skip(_SubscriptionItem, template=rf"(?P<action>skip|unskip):{_SUBSCRIPTION}:{_DATE}"):
    """Skips the post of a local date, or takes that back."""

    def __init__(self, subscription_id: int, day: date, *, skip: bool, locale: str | None = None) -> None:
        self.subscription_id, self.day, self.skip = subscription_id, day, skip
        say = language(locale)
        label, style = (
            (say("Skip this day"), discord.ButtonStyle.danger)
            if skip
            else (say("Post it after all"), discord.ButtonStyle.success)
        )
        super().__init__(_button(f"{'skip' if skip else 'unskip'}:{subscription_id}:{day.isoformat()}", label, style))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(int(match["subscription_id"]), date.fromisoformat(match["date"]), skip=match["action"] == "skip")


class Swap(_SubscriptionItem, template=rf"swap:{_SUBSCRIPTION}:{_DATE}"):
    """Lets another event lead on a local date."""

    def __init__(self, subscription_id: int, day: date, locale: str | None = None) -> None:
        self.subscription_id, self.day = subscription_id, day
        label = language(locale).say("Pick another lead")
        super().__init__(_button(f"swap:{subscription_id}:{day.isoformat()}", label, discord.ButtonStyle.primary))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(int(match["subscription_id"]), date.fromisoformat(match["date"]))


class DayMenu(_SubscriptionItem, template=rf"coming:{_SUBSCRIPTION}"):
    """Shows what the post of a local date will be."""

    def __init__(
        self, subscription_id: int, options: Sequence[discord.SelectOption] = (), locale: str | None = None
    ) -> None:
        self.subscription_id = subscription_id
        placeholder = language(locale).say("See one of these posts…")
        super().__init__(
            discord.ui.Select(custom_id=f"coming:{subscription_id}", placeholder=placeholder, options=list(options))
        )

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the menu from the ``custom_id`` on a message."""
        return cls(int(match["subscription_id"]))


class _FollowItem(PersistentItem, template=r"^$"):
    """A button that is about to follow a topic, given by its key."""

    cog_name: ClassVar[str] = "Follow"
    topic_key: str


class FollowTopic(_FollowItem, template=rf"subscribe:{_TOPIC}"):
    """Says how to follow a topic. It stands below what everybody sees of the topic."""

    def __init__(self, topic_key: str, locale: str | None = None, *, row: int | None = None) -> None:
        self.topic_key = topic_key
        label = language(locale).say("Follow this")
        super().__init__(discord.ui.Button(custom_id=f"subscribe:{topic_key}", label=label, emoji="🔔", row=row))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["topic"])


class FollowHere(_FollowItem, template=rf"follow-here:{_TOPIC}"):
    """Follows a topic in the channel that it is pressed in, with the defaults of ``/follow add``."""

    def __init__(self, topic_key: str, topic_name: str = "", locale: str | None = None) -> None:
        self.topic_key = topic_key
        say = language(locale)
        name = cut(say.script(topic_name), _TOPIC_NAME)
        label = cut(
            say("Follow {topic} here, daily at {time}", topic=name, time=format_time(DEFAULT_TIME)), BUTTON_LABEL
        )
        super().__init__(_button(f"follow-here:{topic_key}", label, discord.ButtonStyle.primary))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Rebuild the button from the ``custom_id`` on a message."""
        return cls(match["topic"])


ITEMS = (Remove, Keep, Week, Skip, Swap, DayMenu)
FOLLOW_ITEMS = (FollowTopic, FollowHere)
