"""The command tree: one place where every error is logged and answered."""

import logging
import secrets
from math import ceil
from typing import Any

import discord
from discord import app_commands

from bot.domain.errors import DailyPostError, DateError, PreferenceError
from bot.locale.language import Message, language
from bot.rate_limits import UserRateLimiter
from bot.screens.reply import SlowError

log = logging.getLogger(__name__)

# Discord's three seconds are over, or the person is gone: there is nobody left to tell.
_UNKNOWN_INTERACTION = 10062


class Tree(app_commands.CommandTree[discord.Client]):
    """Answers what goes wrong, in commands and in buttons alike, and slows floods."""

    def __init__(self, client: discord.Client, **options: Any) -> None:  # noqa: ANN401  (what discord.py hands over)
        super().__init__(client, **options)
        self._rate_limiter = UserRateLimiter()

    async def interaction_check(self, interaction: discord.Interaction[discord.Client], /) -> bool:
        """Let an interaction pass, or tell its person when to try again. Typing is not counted."""
        if interaction.type is discord.InteractionType.autocomplete:
            return True
        seconds = self._rate_limiter.retry_after(interaction.user.id, discord.utils.utcnow().timestamp())
        if seconds:
            await answer(
                interaction, Message("That was a lot at once: please try again in {seconds} s.", seconds=ceil(seconds))
            )
        return not seconds

    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError | Exception, /
    ) -> None:
        """Tell the person one sentence; tell the log everything, under a reference they can quote."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, DateError | DailyPostError | PreferenceError | SlowError):
            await answer(interaction, cause.sentence)
            return
        if isinstance(cause, discord.NotFound) and cause.code == _UNKNOWN_INTERACTION:
            log.warning("too late to answer %s", _what(interaction))
            return
        reference = secrets.token_hex(4)
        what, told = _what(interaction), {"reference": reference}
        log.error("interaction failed, reference %s: %s", reference, what, exc_info=cause, extra=told)
        if interaction.type is not discord.InteractionType.autocomplete:
            await answer(
                interaction,
                Message(
                    "Sorry, that went wrong, and it was not your doing. Reference: `{reference}`.", reference=reference
                ),
            )


async def answer(interaction: discord.Interaction[discord.Client], message: Message | str) -> None:
    """Say a sentence to the person alone, unless the answer is already under way in public."""
    said = language(interaction.locale.value).render(message)
    # Some begin with what was typed, of which nothing may be left.
    sentence = discord.utils.escape_mentions(said[:1].upper() + said[1:])
    response = interaction.response
    try:
        if response.type is discord.InteractionResponseType.deferred_channel_message:
            # "Daybook is thinking…" stands there, for all to see or for one: this takes its place.
            await interaction.edit_original_response(content=sentence)
        elif response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await response.send_message(sentence, ephemeral=True)
    except discord.HTTPException as error:
        # The person is gone, or Discord's three seconds are: there is nobody left to tell.
        log.warning("could not answer %s: %s", _what(interaction), error)


def _what(interaction: discord.Interaction[discord.Client]) -> str:
    data = dict(interaction.data or {})
    return f"{interaction.type.name} {data.get('name') or data.get('custom_id')}"
