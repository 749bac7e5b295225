"""The command tree: the one place where errors of commands and buttons are answered and logged."""

import logging
import secrets
from math import ceil
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.callbacks import answer
from bot.cards.limits import without_links
from bot.discord_errors import DISCORD_ERRORS
from bot.domain.errors import UserError
from bot.locale.language import Message, language
from bot.rate_limits import UserRateLimiter
from bot.screens.reply import change_made
from bot.turns import set_asker

if TYPE_CHECKING:
    from bot.client import Daybook

log = logging.getLogger(__name__)

# Discord's error code once its three seconds are over, or the person is gone: nobody is left to answer.
_UNKNOWN_INTERACTION = 10062
_STALE = Message(
    "Your Discord still has an older form of this command: reload Discord (Ctrl+R, or close the app"
    " and open it again), then use the command once more."
)


class Tree(app_commands.CommandTree["Daybook"]):
    """Answers errors of commands and of buttons alike, and limits how many answers one person gets."""

    def __init__(self, client: "Daybook", **options: Any) -> None:  # noqa: ANN401  (what discord.py hands over)
        super().__init__(client, **options)
        self._rate_limiter = UserRateLimiter()

    async def interaction_check(self, interaction: "discord.Interaction[Daybook]", /) -> bool:
        """Let an interaction pass, or tell its person when to try again. Autocompletion is not counted."""
        set_asker(interaction.user.id)
        if interaction.type is discord.InteractionType.autocomplete:
            return True
        seconds = self._rate_limiter.retry_after(interaction.user.id, self.client.clock.monotonic())
        if seconds:
            await _answer(
                interaction, Message("Too many requests: please try again in {seconds} s.", seconds=ceil(seconds))
            )
        return not seconds

    async def on_error(
        self, interaction: "discord.Interaction[Daybook]", error: app_commands.AppCommandError | Exception, /
    ) -> None:
        """Answer a UserError with its sentence. Log any other error in full, under a reference that the person gets."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        made = change_made(interaction)
        if isinstance(cause, UserError):
            await _answer(interaction, _made_sentence(made) if made else cause.sentence)
            return
        if isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            log.warning("a command that has changed was used: %s", _describe(interaction))
            if interaction.type is not discord.InteractionType.autocomplete:
                await _answer(interaction, _STALE)
            return
        if isinstance(cause, discord.NotFound) and cause.code == _UNKNOWN_INTERACTION:
            log.warning("too late to answer %s", _describe(interaction))
            return
        reference = secrets.token_hex(4)
        log.error(
            "interaction failed, reference %s: %s",
            reference,
            _describe(interaction),
            exc_info=cause,
            extra={"reference": reference},
        )
        if interaction.type is not discord.InteractionType.autocomplete:
            sorry = Message(
                "Sorry, something went wrong, and it was not your fault. Reference: `{reference}`.", reference=reference
            )
            await _answer(interaction, _made_sentence(made) if made else sorry)


def _made_sentence(made: str) -> Message:
    """Say what was changed, where the rest of the answer failed."""
    return Message("{made}\nThat is done; only the full answer could not be shown.", made=made)


async def _answer(interaction: "discord.Interaction[Daybook]", message: Message) -> None:
    """Say a sentence to the person alone, unless the answer is already under way in public."""
    text = language(interaction.locale.value).render(message)
    # Some sentences begin with a word in lower case, and may quote what somebody typed: that mentions nobody, and leads
    # nowhere.
    sentence = without_links(discord.utils.escape_mentions(text[:1].upper() + text[1:]))
    # "Daybook is thinking…" stands there, for all to see or for one: the sentence takes its place.
    is_thinking = interaction.response.type is discord.InteractionResponseType.deferred_channel_message
    try:
        await answer(
            interaction,
            discord.InteractionResponseType.channel_message,
            lambda: interaction.response.send_message(sentence, ephemeral=True),
            lambda: (
                interaction.edit_original_response(content=sentence)
                if is_thinking
                else interaction.followup.send(sentence, ephemeral=True)
            ),
        )
    except DISCORD_ERRORS as error:
        # Discord's three seconds are over, or the person is gone, or Discord is away.
        log.warning("could not answer %s: %s", _describe(interaction), error)


def _describe(interaction: "discord.Interaction[Daybook]") -> str:
    """Return an interaction's kind, and its command or custom_id, for the log."""
    data = dict(interaction.data or {})
    return f"{interaction.type.name} {data.get('name') or data.get('custom_id')}"
