"""Buttons and menus that never die: all state in the ``custom_id``, nothing in memory."""

import logging
import re
from abc import abstractmethod
from typing import Any, Self, cast

import discord

from bot.archive.archive import Archive
from bot.cards.card import Place, event_card, related_option
from bot.cards.limits import OPTIONS
from bot.cards.lists import PATTERN, EventList, parse
from bot.event import Event

log = logging.getLogger(__name__)

_KEY = "[0-9a-z]{12}"
GONE = "That event is no longer in the archive. `/onthisday` shows what is."


async def show_list(
    interaction: discord.Interaction[Any], archive: Archive, events: EventList, *, offset: int = 0
) -> bool:
    """Answer with one event of a list and the ways on from it; False if there is no such event."""
    listing = await events.read(archive, limit=1, offset=offset)
    if not listing.events:
        return False
    event = listing.events[0]
    place = Place(events.title(listing), offset + 1, listing.total)
    embed = event_card(event, place=place, locale=interaction.locale.value)
    view = _view(event, interaction.locale.value)
    if listing.total > 1:
        view.add_item(Step("prev", str(events), (offset - 1) % listing.total))
        view.add_item(Step("next", str(events), (offset + 1) % listing.total))
    await _show(interaction, embed, view)
    return True


async def show_event(interaction: discord.Interaction[Any], event: Event) -> None:
    """Answer with an event by itself."""
    locale = interaction.locale.value
    await _show(interaction, event_card(event, locale=locale), _view(event, locale))


def _view(event: Event, locale: str | None) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if event.related:
        view.add_item(RelatedMenu(event.key, [related_option(other, locale) for other in event.related[:OPTIONS]]))
    return view


async def _show(interaction: discord.Interaction[Any], embed: discord.Embed, view: discord.ui.View) -> None:
    """Answer a command; on a press edit the asker's own message, and give everyone else a copy of their own."""
    if interaction.message is None:
        await interaction.response.send_message(embed=embed, view=view)
    elif _is_own(interaction):
        await interaction.response.edit_message(embed=embed, view=view)
    else:
        await interaction.response.send_message(embed=embed, view=view, ephemeral=True)


def _is_own(interaction: discord.Interaction[Any]) -> bool:
    message = interaction.message
    if message is None:
        return False
    if message.flags.ephemeral:
        return True
    asked = message.interaction_metadata
    return asked is not None and asked.user.id == interaction.user.id


async def say(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Tell the person who pressed, and nobody else."""
    await interaction.response.send_message(sentence, ephemeral=True)


class Press(discord.ui.DynamicItem[discord.ui.Item[Any]], template=r"^$"):
    """A button or menu whose errors reach the same place as a command's."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the press asks for. An exception here would otherwise only be logged by discord.py."""
        try:
            await self.pressed(interaction, cast("Archive", interaction.client.archive))
        except Exception as error:  # noqa: BLE001  (the tree answers and logs every kind)
            await interaction.client.tree.on_error(interaction, error)

    @abstractmethod
    async def pressed(self, interaction: discord.Interaction[Any], archive: Archive) -> None:
        """Do what the press asks for."""


class RelatedMenu(Press, template=rf"related:(?P<key>{_KEY})"):
    """Opens one of an event's related events."""

    def __init__(self, key: str, options: list[discord.SelectOption]) -> None:
        super().__init__(
            discord.ui.Select(custom_id=f"related:{key}", placeholder="Open a related event…", options=options)
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the menu from an old message's."""
        return cls(match["key"], list(cast("discord.ui.Select[Any]", item).options))

    async def pressed(self, interaction: discord.Interaction[Any], archive: Archive) -> None:
        """Show the chosen event."""
        chosen = cast("discord.ui.Select[Any]", self.item).values[0]
        event = await archive.event(chosen)
        if event is None:
            await say(interaction, GONE)
        else:
            await show_event(interaction, event)


class Step(Press, template=rf"(?P<way>prev|next):(?P<list>{PATTERN}):(?P<offset>\d{{1,7}})"):
    """Goes to the previous or next event of a list."""

    def __init__(self, way: str, reference: str, offset: int) -> None:
        self.reference, self.offset = reference, offset
        super().__init__(
            discord.ui.Button(
                custom_id=f"{way}:{reference}:{offset}",
                label="Previous" if way == "prev" else "Next",
                emoji="◀️" if way == "prev" else "▶️",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button from an old message's."""
        return cls(match["way"], match["list"], int(match["offset"]))

    async def pressed(self, interaction: discord.Interaction[Any], archive: Archive) -> None:
        """Show the event at the offset, or the first when the list has become shorter."""
        events = parse(self.reference)
        if events is None or not (
            await show_list(interaction, archive, events, offset=self.offset)
            or await show_list(interaction, archive, events)
        ):
            await say(interaction, GONE)


ITEMS = (RelatedMenu, Step)
