"""The least a discord.py bot can be: one command that answers a fixed embed. What Daybook is measured against."""

import os
import sys

import discord
from discord import app_commands
from yarl import URL

_EMBED = discord.Embed(title="A headline", description="What happened on this day.")


class BareBot(discord.AutoShardedClient):
    """Tells Discord of its command if ``sync`` is asked for, as Daybook does when its commands have changed."""

    def __init__(self, *, sync: bool) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(_onthisday)
        self._sync = sync

    async def setup_hook(self) -> None:
        """Make the command known."""
        if self._sync:
            await self.tree.sync()


@app_commands.command(name="onthisday", description="What happened on a day of the year")
async def _onthisday(interaction: discord.Interaction[discord.Client], date: str | None = None) -> None:  # noqa: ARG001
    await interaction.response.send_message(embed=_EMBED)


def main() -> None:
    """Serve until ended, at the double that the environment names, as it does for Daybook."""
    api = URL(os.environ["DAYBOOK_DISCORD_API"])
    discord.http.Route.BASE = str(api)
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = api.with_scheme("ws").with_path("/gateway")
    BareBot(sync="sync" in sys.argv).run(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    main()
