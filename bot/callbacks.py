"""Answers interactions, each once, whatever becomes of Discord's word that the answer has arrived.

Discord may take an answer and say so badly: with a 502, with garbage, not at all. discord.py then raises, and does not
know that the interaction has its answer; the next one is refused (40060), and “thinking…” would stand there for ever.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import discord
from discord import InteractionResponseType

from bot.discord_errors import OutageError
from bot.discord_internals import set_response_type

log = logging.getLogger(__name__)

# Discord's codes: the interaction has had an answer, and: it has had none, so there is nothing to edit or to follow.
_ALREADY_ACKNOWLEDGED, _UNKNOWN_WEBHOOK = 40060, 10015
_SERVER_ERROR = 500
# The key of ``Interaction.extras`` that says that nobody knows whether the first answer arrived.
_UNSURE = "unsure"

Interaction = discord.Interaction[Any]
Call = Callable[[], Coroutine[Any, Any, object]]


async def acknowledge(interaction: Interaction, kind: InteractionResponseType, first: Call) -> None:
    """Make the first answer to an interaction. One that Discord took, and confirmed badly, counts as made.

    ``first`` makes it, ``kind`` is what it is. Without a clear answer it is made once more; where that brings none
    either, ``later`` will tell. Raises what Discord refuses it with.
    """
    response = interaction.response
    for is_repeated in (False, True):
        try:
            await first()
        except Exception as error:
            if not response.is_done() and getattr(error, "code", None) != _ALREADY_ACKNOWLEDGED:
                if not is_unclear(error):
                    raise
                if not is_repeated and not _was_repeated(error):
                    continue
                interaction.extras[_UNSURE] = True
            log.warning("an answer counts as arrived, though Discord did not say so clearly: %s", type(error).__name__)
            set_response_type(response, kind)
        return


async def answer(interaction: Interaction, kind: InteractionResponseType, first: Call, later: Call) -> None:
    """Answer an interaction: ``first`` does it where it has no answer yet, ``later`` where it has one.

    ``kind`` is what ``first`` makes. ``later`` also follows a ``first`` of which nobody knows whether it arrived.
    """
    response, is_unsure = interaction.response, interaction.extras.pop(_UNSURE, False)
    if not response.is_done():
        await acknowledge(interaction, kind, first)
        is_unsure = interaction.extras.pop(_UNSURE, False)
        if not is_unsure:
            return
    try:
        await repeat_once(later)
    except discord.NotFound as error:
        if not (is_unsure and error.code == _UNKNOWN_WEBHOOK):
            raise
        # It had none after all.
        set_response_type(response, None)
        await acknowledge(interaction, kind, first)


async def repeat_once(call: Callable[[], Awaitable[object]]) -> None:
    """Call, and call once more if it is not clear whether Discord has taken it."""
    try:
        await call()
    except Exception as error:
        if not is_unclear(error) or _was_repeated(error):
            raise
        await call()


def is_unclear(error: Exception) -> bool:
    """Tell whether Discord may have taken what it answered with this: no answer, trouble, or garbage."""
    if isinstance(error, discord.HTTPException):
        return error.status >= _SERVER_ERROR or OutageError.of(error) is not None
    # What cannot be read as Discord's answer makes discord.py stumble in one of these ways.
    garbage = (ValueError, LookupError, TypeError, AttributeError)
    return isinstance(error, (aiohttp.ClientError, OSError, *garbage)) and not isinstance(
        error, discord.ClientException
    )


def _was_repeated(error: Exception) -> bool:
    """Tell whether discord.py has made the request several times already."""
    return isinstance(error, discord.DiscordServerError)
