"""What can go wrong between the bot and Discord, by what it means for a post."""

import random
from datetime import timedelta

import aiohttp
import discord

from bot.cards.limits import escape_discord
from bot.locale.language import Message, Part

_FIRST, _LONGEST = 2.0, 300.0
_TOO_MANY = 429
_UNAUTHORIZED = 401
_SERVER = 500
_UNKNOWN_CHANNEL = 10003


def backoff(tries: int, rng: random.Random) -> timedelta:
    """Return how long to wait after so many tries: twice as long each time, up to five minutes, give or take."""
    longest: float = min(_FIRST * 2 ** min(tries, 10), _LONGEST)
    return timedelta(seconds=rng.uniform(longest / 2, longest))


def retry_delay(error: BaseException, tries: int, rng: random.Random) -> timedelta | None:
    """Return when to try again; None if Discord has refused for good."""
    match error:
        case discord.RateLimited():
            return timedelta(seconds=error.retry_after)
        case discord.HTTPException() if error.status in (_TOO_MANY, _UNAUTHORIZED) or error.status >= _SERVER:
            return backoff(tries, rng)
        case discord.HTTPException():
            return None
        case discord.DiscordException() | aiohttp.ClientError() | OSError():
            return backoff(tries, rng)
    raise error


def surely_not_delivered(error: BaseException) -> bool:
    """Tell whether Discord has surely not taken what was sent: it refused to look, or was never reached."""
    if isinstance(error, discord.HTTPException):
        return error.status in (_TOO_MANY, _UNAUTHORIZED)
    return isinstance(error, discord.RateLimited | aiohttp.ClientConnectorError)


def describe(error: BaseException) -> Message:
    """Say in a few words why something has to wait."""
    match error:
        case discord.RateLimited():
            return Message("Discord asked to wait")
        case discord.HTTPException() if error.status == _TOO_MANY:
            return Message("Discord asked to wait")
        case discord.HTTPException():
            return Message("Discord was in trouble (error {status})", status=str(error.status))
        case discord.DiscordException() | aiohttp.ClientError() | OSError():
            return Message("Discord could not be reached, or gave no clear answer")
        case _:
            return Message("something went wrong here; the log says what")


def refusal(error: discord.HTTPException) -> Message:
    """Say in one sentence why Discord refused."""
    told = " ".join((error.text or "").split())[:200]
    reason: Part = escape_discord(told) or Message("no reason given")
    if error.code == _UNKNOWN_CHANNEL:
        return Message("the channel is gone. Choose another one with `/daily edit`.")
    if isinstance(error, discord.Forbidden):
        return Message("Discord does not let me ({reason}). Check my permissions in that channel.", reason=reason)
    return Message("Discord refused it ({code}: {reason}).", code=str(error.code), reason=reason)
