"""``/help``: the commands and how to use them."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.cards.about import CommandUsage, help_card
from bot.cards.screen import Screen
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook

Command = app_commands.Command[Any, ..., Any] | app_commands.Group


class Help(commands.Cog):
    """A list of the commands.

    ``slash_commands`` returns them; ``mention`` turns a command's name into text that can be clicked.
    """

    def __init__(self, *, slash_commands: Callable[[], Sequence[Command]], mention: Callable[[str], str]) -> None:
        self.slash_commands = slash_commands
        self.mention = mention

    @app_commands.command(description=locale_str("What you can ask Daybook, and how"))
    async def help(self, interaction: discord.Interaction) -> None:
        """Show the commands there are."""
        usages = [usage for command in self.slash_commands() for usage in self._usages(command)]
        card = help_card(usages, locale=interaction.locale.value)
        await Reply(interaction, private=True).show(Screen(embed=card))

    def _usages(self, command: Command) -> Iterator[CommandUsage]:
        if isinstance(command, app_commands.Group):
            members = " · ".join(self.mention(f"{command.name} {member.name}") for member in command.commands)
            yield CommandUsage(members, "", command.description)
        else:
            options = (option.display_name + ("" if option.required else "?") for option in command.parameters)
            yield CommandUsage(self.mention(command.name), " ".join(options), command.description)


async def setup(bot: "Daybook") -> None:
    """Add the cog to the bot."""

    def slash_commands() -> Sequence[Command]:
        return bot.tree.get_commands(type=discord.AppCommandType.chat_input)

    await bot.add_cog(Help(slash_commands=slash_commands, mention=bot.mention))
