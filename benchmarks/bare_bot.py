"""The smallest discord.py bot, which Daybook is measured against: one command that always sends the same message.

That is one embed of 30 characters, or a card of Daybook's with its menus and buttons: ``card=FILE`` names a file with
the message's ``embeds`` and ``components`` as JSON. Both are made once, at the start.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from yarl import URL

from bot.discord_internals import discord_at

_FIXED_EMBED = discord.Embed(title="A headline", description="What happened on this day.")
_CARD = "card="


class BareBot(discord.AutoShardedClient):
    """A bot that syncs its command with Discord if ``sync`` is true, as Daybook does when its commands have changed."""

    def __init__(self, *, sync: bool, card: Path | None) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(_onthisday)
        self._sync = sync
        self._card = card
        self.embeds = [_FIXED_EMBED]
        self.view: discord.ui.View = discord.utils.MISSING

    async def setup_hook(self) -> None:
        """Make the card, and sync the command."""
        if self._card:
            message = json.loads(self._card.read_text("utf-8"))
            self.embeds = [discord.Embed.from_dict(embed) for embed in message["embeds"]]
            self.view = _make_view(message["components"])
        if self._sync:
            await self.tree.sync()


def _make_view(rows: Sequence[dict[str, Any]]) -> discord.ui.View:
    """Make the view with these rows of buttons and menus."""
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for part in row["components"]:
            view.add_item(_make_item(part, number))
    return view


def _make_item(part: dict[str, Any], row: int) -> discord.ui.Item[Any]:
    if part["type"] == discord.ComponentType.select.value:
        menu: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=part["custom_id"], placeholder=part.get("placeholder"), row=row
        )
        for option in part["options"]:
            emoji = discord.PartialEmoji.from_dict(option["emoji"]) if option.get("emoji") else None
            menu.add_option(
                label=option["label"], value=option["value"], description=option.get("description"), emoji=emoji
            )
        return menu
    return discord.ui.Button(
        style=discord.ButtonStyle(part["style"]), label=part.get("label"), custom_id=part.get("custom_id"),
        url=part.get("url"), emoji=discord.PartialEmoji.from_dict(part["emoji"]) if part.get("emoji") else None,
        disabled=part.get("disabled", False), row=row,
    )  # fmt: skip


@app_commands.command(name="onthisday", description="What happened on a day of the year")
async def _onthisday(interaction: discord.Interaction[BareBot], date: str | None = None) -> None:  # noqa: ARG001
    await interaction.response.send_message(embeds=interaction.client.embeds, view=interaction.client.view)


def main() -> None:
    """Serve until a signal ends it, at the Discord double that the same variables name as for Daybook."""
    card = next((Path(argument.removeprefix(_CARD)) for argument in sys.argv if argument.startswith(_CARD)), None)
    with discord_at(URL(os.environ["DAYBOOK_DISCORD_API"])):
        BareBot(sync="sync" in sys.argv, card=card).run(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    main()
