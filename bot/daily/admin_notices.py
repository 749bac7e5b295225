"""How the admins of a server hear that a daily post did not come."""

import logging
from collections.abc import Sequence

import aiohttp
import discord

from bot.domain.subscription import MOST_FAILURES, Subscription
from bot.locale.language import Message, language

log = logging.getLogger(__name__)


def notice(subscription: Subscription, reason: Message) -> Message:
    """Say what went wrong, what to change, and what happens next."""
    return Message(
        "Daily post {number} did not come in {channel}: {reason}\n"
        "It is tried again each day, rests after {most} days in a row, keeps all its settings, and goes on by itself as"
        " soon as it can. `/daily doctor` tells how it stands; `/daily edit` changes it.",
        number=str(subscription.number),
        channel=f"<#{subscription.options.channel}>",
        reason=reason,
        most=MOST_FAILURES,
    )


def lacking(names: Sequence[Message]) -> Message:
    """Say what is missing in a channel, and where to give it."""
    return Message("I lack {names} there. Grant that in the channel's settings, under Permissions.", names=names)


async def notify_admins(client: discord.Client, guild: discord.Guild, message: Message) -> bool:
    """Tell the admins: in the system channel, else the owner by direct message; False if neither can be."""
    say = language(guild.preferred_locale.value)
    text = say.render(message)
    room = guild.system_channel
    if room is not None and _may_write(room) and await _send(room, text):
        return True
    try:
        owner = client.get_user(guild.owner_id or 0) or await client.fetch_user(guild.owner_id or 0)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.warning("the owner of server %d cannot be found: %s", guild.id, error)
        return False
    return await _send(
        owner, say("In the server {name}: {text}", name=discord.utils.escape_markdown(guild.name), text=text)
    )


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
