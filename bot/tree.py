"""The command tree: one place where every error is logged and answered."""

import logging
import secrets

import discord
from discord import app_commands

from bot.errors import DateError

log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree[discord.Client]):
    """Answers what goes wrong, in commands and in buttons alike."""

    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError | Exception, /
    ) -> None:
        """Tell the person one sentence; tell the log everything, under a reference they can quote."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, DateError):
            await answer(interaction, str(cause))
            return
        reference = secrets.token_hex(4)
        log.error("interaction failed, reference %s: %s", reference, _what(interaction), exc_info=cause)
        await answer(interaction, f"Sorry, that went wrong, and it was not your doing. Reference: `{reference}`.")


async def answer(interaction: discord.Interaction[discord.Client], sentence: str) -> None:
    """Say ``sentence`` to the person alone, unless the answer is already under way in public."""
    sentence = discord.utils.escape_mentions(sentence)
    try:
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as error:
        # The person is gone, or Discord's three seconds are: there is nobody left to tell.
        log.warning("could not answer %s: %s", _what(interaction), error)


def _what(interaction: discord.Interaction[discord.Client]) -> str:
    data = dict(interaction.data or {})
    return f"{interaction.type.name} {data.get('name') or data.get('custom_id')}"
