"""How the admins of a server hear that a daily post did not come."""

import logging
from collections.abc import Sequence

import aiohttp
import discord

from bot.daily.subscription import MOST_FAILURES, Subscription

log = logging.getLogger(__name__)


def notice(subscription: Subscription, reason: str) -> str:
    """Say what went wrong, what to change, and what happens next."""
    return (
        f"Daily post {subscription.number} did not come in <#{subscription.wishes.channel}>: {reason}\n"
        f"It is tried again each day, rests after {MOST_FAILURES} days in a row, keeps all its settings, and goes on by"
        " itself as soon as it can. `/daily doctor` tells how it stands; `/daily edit` changes it."
    )


def lacking(names: Sequence[str]) -> str:
    """Say what is missing in a channel, and where to give it."""
    return f"there I lack {listed(names)}. Give me that in the channel's settings, under Permissions."


def listed(names: Sequence[str]) -> str:
    """Return ``A``, ``A and B``, ``A, B and C``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


async def tell(client: discord.Client, guild: discord.Guild, text: str) -> bool:
    """Tell the admins: in the system channel, else the owner by direct message; False if neither can be."""
    room = guild.system_channel
    if room is not None and _may_write(room) and await _send(room, text):
        return True
    try:
        owner = client.get_user(guild.owner_id or 0) or await client.fetch_user(guild.owner_id or 0)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.warning("the owner of server %d cannot be found: %s", guild.id, error)
        return False
    return await _send(owner, f"In the server {discord.utils.escape_markdown(guild.name)}: {text}")


def _may_write(room: discord.TextChannel) -> bool:
    permissions = room.permissions_for(room.guild.me)
    return permissions.view_channel and permissions.send_messages


async def _send(to: discord.abc.Messageable, text: str) -> bool:
    try:
        await to.send(text, allowed_mentions=discord.AllowedMentions.none())
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.warning("the admins could not be told: %s", error)
        return False
    return True
