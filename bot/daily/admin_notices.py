"""Messages to the admins of a server whose daily post did not come."""

import logging

import discord

from bot.discord_errors import DISCORD_ERRORS
from bot.domain.subscription import MAX_FAILURES, Kind, Subscription
from bot.locale.language import Message, Part, language

log = logging.getLogger(__name__)


def failure_notice(subscription: Subscription, reason: Message) -> Message:
    """Say what went wrong, what to change, and what happens next."""
    parts: dict[str, Part] = {
        "number": str(subscription.number),
        "channel": f"<#{subscription.options.channel_id}>",
        "reason": reason,
        "most": MAX_FAILURES,
    }
    if subscription.kind is Kind.FOLLOW:
        return Message(
            "Follow {number} could not be posted in {channel}: {reason}\nI try again for as many hours as"
            " it may be late, then at its next times. After {most} failed days in a row it is paused; it keeps its"
            " settings and resumes by itself as soon as it can. `/follow doctor` shows the status of all follows;"
            " `/follow edit` changes them.",
            **parts,
        )
    return Message(
        "Daily post {number} could not be posted in {channel}: {reason}\nI try again for as many hours as"
        " it may be late, then once a day. After {most} failed days in a row it is paused; it keeps its"
        " settings and resumes by itself as soon as it can. `/daily doctor` shows the status of all daily"
        " posts; `/daily edit` changes them.",
        **parts,
    )


async def notify_admins(client: discord.Client, guild: discord.Guild, message: Message) -> bool:
    """Write to the system channel, else to the owner; False if neither can be reached."""
    say = language(guild.preferred_locale.value)
    text = say.render(message)
    channel = guild.system_channel
    if channel is not None and _may_write(channel) and await _send(channel, text):
        return True
    try:
        owner = client.get_user(guild.owner_id or 0) or await client.fetch_user(guild.owner_id or 0)
    except DISCORD_ERRORS as error:
        log.warning("the owner of server %d cannot be found: %s", guild.id, error)
        return False
    return await _send(
        owner, say("In the server {name}: {text}", name=discord.utils.escape_markdown(guild.name), text=text)
    )


def _may_write(channel: discord.TextChannel) -> bool:
    me: discord.Member | None = channel.guild.me
    if me is None:
        # Not known yet: Discord will say.
        return True
    permissions = channel.permissions_for(me)
    return permissions.view_channel and permissions.send_messages


async def _send(to: discord.abc.Messageable, text: str) -> bool:
    try:
        await to.send(text, allowed_mentions=discord.AllowedMentions.none())
    except DISCORD_ERRORS as error:
        log.warning("the admins could not be told: %s", error)
        return False
    return True
