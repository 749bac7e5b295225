"""What can go wrong between the bot and Discord, by what it means for a post."""

import random
from datetime import timedelta

import aiohttp
import discord

_FIRST, _LONGEST = 2.0, 300.0
_TOO_MANY = 429
_UNAUTHORIZED = 401
_SERVER = 500
_UNKNOWN_CHANNEL = 10003


def backoff(tries: int, chance: random.Random) -> timedelta:
    """Return how long to wait after so many tries: twice as long each time, up to five minutes, give or take."""
    longest: float = min(_FIRST * 2 ** min(tries, 10), _LONGEST)
    return timedelta(seconds=chance.uniform(longest / 2, longest))


def wait_for(error: BaseException, tries: int, chance: random.Random) -> timedelta | None:
    """Return when to try again; None if Discord has refused for good."""
    match error:
        case discord.RateLimited():
            return timedelta(seconds=error.retry_after)
        case discord.HTTPException() if error.status in (_TOO_MANY, _UNAUTHORIZED) or error.status >= _SERVER:
            return backoff(tries, chance)
        case discord.HTTPException():
            return None
        case discord.DiscordException() | aiohttp.ClientError() | OSError():
            return backoff(tries, chance)
    raise error


def is_untaken(error: BaseException) -> bool:
    """Tell whether Discord has surely not taken what was sent: it refused to look, or was never reached."""
    if isinstance(error, discord.HTTPException):
        return error.status in (_TOO_MANY, _UNAUTHORIZED)
    return isinstance(error, discord.RateLimited | aiohttp.ClientConnectorError)


def say(error: BaseException) -> str:
    """Say in a few words why something has to wait."""
    match error:
        case discord.RateLimited():
            return "Discord asked to wait"
        case discord.HTTPException() if error.status == _TOO_MANY:
            return "Discord asked to wait"
        case discord.HTTPException():
            return f"Discord was in trouble (error {error.status})"
        case discord.DiscordException() | aiohttp.ClientError() | OSError():
            return "Discord could not be reached, or gave no clear answer"
        case _:
            return "something went wrong here; the log says what"


def refusal(error: discord.HTTPException) -> str:
    """Say in one sentence why Discord refused."""
    if error.code == _UNKNOWN_CHANNEL:
        return "the channel is gone. Choose another one with `/daily edit`."
    if isinstance(error, discord.Forbidden):
        return f"Discord does not let me ({error.text or 'no reason given'}). Check my permissions in that channel."
    return f"Discord refused it ({error.code}: {' '.join((error.text or 'no reason given').split())[:200]})."
