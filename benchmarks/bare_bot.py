"""The smallest discord.py bot, which Daybook is measured against: one command that answers with a fixed embed."""

import os
import sys

import discord
from discord import app_commands
from yarl import URL

from bot.discord_internals import discord_at

_EMBED = discord.Embed(title="A headline", description="What happened on this day.")


class BareBot(discord.AutoShardedClient):
    """A bot that syncs its command with Discord if ``sync`` is true, as Daybook does when its commands have changed."""

    def __init__(self, *, sync: bool) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(_onthisday)
        self._sync = sync

    async def setup_hook(self) -> None:
        """Sync the command."""
        if self._sync:
            await self.tree.sync()


@app_commands.command(name="onthisday", description="What happened on a day of the year")
async def _onthisday(interaction: discord.Interaction[discord.Client], date: str | None = None) -> None:  # noqa: ARG001
    await interaction.response.send_message(embed=_EMBED)


def main() -> None:
    """Serve until a signal ends it, at the Discord double that the same variables name as for Daybook."""
    with discord_at(URL(os.environ["DAYBOOK_DISCORD_API"])):
        BareBot(sync="sync" in sys.argv).run(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    main()
