"""``/help``: what can be asked, and how."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.cards.about import help_card

if TYPE_CHECKING:
    from bot.client import Daybook

Command = app_commands.Command[Any, ..., Any] | app_commands.Group


class Help(commands.Cog):
    """What Daybook can be asked."""

    def __init__(self, *, commands_now: Callable[[], Sequence[Command]], mention: Callable[[str], str]) -> None:
        self.commands_now = commands_now
        self.mention = mention

    @app_commands.command(description=locale_str("What Daybook can be asked, and how"))
    async def help(self, interaction: discord.Interaction) -> None:
        """Show the commands there are."""
        usages = [usage for command in self.commands_now() for usage in self._usages(command)]
        card = help_card(usages, locale=interaction.locale.value)
        await interaction.response.send_message(embed=card, ephemeral=True)

    def _usages(self, command: Command) -> Iterator[tuple[str, str, str]]:
        if isinstance(command, app_commands.Group):
            members = " · ".join(self.mention(f"{command.name} {member.name}") for member in command.commands)
            yield members, "", command.description
        else:
            options = (option.display_name + ("" if option.required else "?") for option in command.parameters)
            yield self.mention(command.name), " ".join(options), command.description


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""

    def commands_now() -> Sequence[Command]:
        return bot.tree.get_commands(type=discord.AppCommandType.chat_input)

    await bot.add_cog(Help(commands_now=commands_now, mention=bot.mention))
