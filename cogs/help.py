"""``/help``: what can be asked, and how."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards.about import help_card

if TYPE_CHECKING:
    from bot.client import Daybook

Command = app_commands.Command[Any, ..., Any] | app_commands.Group


class Help(commands.Cog):
    """What Daybook can be asked."""

    def __init__(self, *, commands_now: Callable[[], Sequence[Command]]) -> None:
        self.commands_now = commands_now

    @app_commands.command(description="What Daybook can be asked, and how")
    async def help(self, interaction: discord.Interaction) -> None:
        """Show the commands there are."""
        usages = [(_usage(command), command.description) for command in self.commands_now()]
        await interaction.response.send_message(embed=help_card(usages), ephemeral=True)


def _usage(command: Command) -> str:
    if isinstance(command, app_commands.Group):
        return f"/{command.name} {'|'.join(member.name for member in command.commands)}"
    named = (option.display_name + ("" if option.required else "?") for option in command.parameters)
    return " ".join([f"/{command.name}", *named])


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(Help(commands_now=lambda: bot.tree.get_commands(type=discord.AppCommandType.chat_input)))
