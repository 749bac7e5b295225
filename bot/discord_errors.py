"""What goes wrong between the bot and Discord: whether to try again, when, and how to say it."""

import random
from datetime import timedelta

import aiohttp
import discord

from bot.cards.limits import escape_discord
from bot.cards.subscription_words import WORDS
from bot.domain.subscription import Kind
from bot.locale.language import Message, Part

# Discord refused, could not be reached, or gave no clear answer.
DISCORD_ERRORS = (discord.DiscordException, aiohttp.ClientError, OSError)
# Codes of refusals that are none: what stands before Discord blocks us, sending is switched off for everybody.
_OUTAGE_CODES = frozenset({40333, 40004})
# How long to wait after the first try and after many, in seconds.
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 300.0
_TOO_MANY_REQUESTS = 429
_UNAUTHORIZED = 401
_SERVER_ERROR = 500
_REQUEST_TIMEOUT = 408
_UNKNOWN_CHANNEL = 10003
# A forum's tag is gone, or it wants one.
_UNKNOWN_TAG, _TAG_REQUIRED = 10087, 40067
# Discord's code for content that it calls wrong, such as the address of an image.
INVALID_FORM = 50035
_MAX_REASON = 200


class OutageError(discord.HTTPException):
    """Discord, or what stands before it, is in trouble, though the status looks like a refusal.

    Its text is empty: what came was no answer of Discord's, perhaps a whole page of HTML. It is neither Forbidden nor
    NotFound, so nobody takes it for a missing permission or a channel that is gone.
    """

    @classmethod
    def of(cls, error: discord.HTTPException) -> "OutageError | None":
        """Return an error as an outage; None if it is a refusal of Discord's own."""
        is_json = error.response.headers.get("Content-Type", "").startswith("application/json")
        if is_json and error.code not in _OUTAGE_CODES and error.status != _REQUEST_TIMEOUT:
            return None
        return cls(error.response, {"code": error.code})


def backoff(tries: int, rng: random.Random) -> timedelta:
    """Return how long to wait after this many tries: twice as long each time, up to five minutes, with jitter."""
    longest: float = min(_FIRST_WAIT * 2 ** min(tries, 10), _LONGEST_WAIT)
    return timedelta(seconds=rng.uniform(longest / 2, longest))


def retry_delay(error: BaseException, tries: int, rng: random.Random) -> timedelta | None:
    """Return how long to wait before the next try; None if Discord has refused for good.

    Raises the error again if it is none of DISCORD_ERRORS.
    """
    match error:
        case discord.RateLimited():
            return timedelta(seconds=error.retry_after)
        case OutageError():
            return backoff(tries, rng)
        case discord.HTTPException() if (
            error.status in (_TOO_MANY_REQUESTS, _UNAUTHORIZED) or error.status >= _SERVER_ERROR
        ):
            return backoff(tries, rng)
        case discord.HTTPException():
            return None
    if isinstance(error, DISCORD_ERRORS):
        return backoff(tries, rng)
    raise error


def surely_not_delivered(error: BaseException) -> bool:
    """Tell whether Discord surely did not take the request: it refused to look at it, or was never reached."""
    if isinstance(error, OutageError):
        return error.status < _SERVER_ERROR and error.status != _REQUEST_TIMEOUT
    if isinstance(error, discord.HTTPException):
        return error.status in (_TOO_MANY_REQUESTS, _UNAUTHORIZED)
    return isinstance(error, discord.RateLimited | aiohttp.ClientConnectorError)


def describe(error: BaseException) -> Message:
    """Say in a few words why something has to wait."""
    match error:
        case discord.RateLimited():
            return Message("Discord asked me to slow down")
        case discord.HTTPException() if error.status == _TOO_MANY_REQUESTS:
            return Message("Discord asked me to slow down")
        case discord.HTTPException():
            return Message("Discord had a problem (error {status})", status=str(error.status))
    if isinstance(error, DISCORD_ERRORS):
        return Message("Discord could not be reached, or gave no clear answer")
    return Message("something went wrong in the bot; its log says what")


def refusal(error: discord.HTTPException, kind: Kind) -> Message:
    """Say in one sentence why Discord refused to post, and what to change about a daily post or a follow."""
    if isinstance(error, OutageError):
        return describe(error)
    text = " ".join((error.text or "").split())[:_MAX_REASON]
    reason: Part = escape_discord(text) or Message("no reason given")
    words = WORDS[kind]
    needed = {_UNKNOWN_CHANNEL: words.no_channel, _UNKNOWN_TAG: words.no_tag, _TAG_REQUIRED: words.tag_is_required}
    if error.code in needed:
        return needed[error.code]
    if isinstance(error, discord.Forbidden):
        return Message("Discord does not allow it ({reason}). Check my permissions in that channel.", reason=reason)
    return Message("Discord refused it ({code}: {reason}).", code=str(error.code), reason=reason)
