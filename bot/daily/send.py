"""Fetches the channel of a post, and sends the post to it."""

import logging
from contextlib import suppress
from dataclasses import replace

import discord

from bot.cards.addresses import has_addresses, without_addresses
from bot.cards.daily_post import Post
from bot.daily.permissions import POSTABLE_CHANNELS, Channel, applied_tags
from bot.discord_errors import INVALID_FORM
from bot.domain.errors import DailyPostError
from bot.domain.subscription import PostOptions
from bot.locale.language import Message
from bot.rate_limits import no_blind_retry

log = logging.getLogger(__name__)


class CannotPostError(DailyPostError):
    """The bot cannot post in a channel; the sentence says why, and what to change."""


async def fetch_channel(guild: discord.Guild, channel_id: int) -> Channel:
    """Return a channel or thread of a server, asking Discord for an archived thread.

    Raises CannotPostError for a channel of another kind, discord.HTTPException.
    """
    # One of a kind that discord.py does not know, or of another server, is no place for posts either.
    with suppress(discord.InvalidData):
        channel = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
        if isinstance(channel, POSTABLE_CHANNELS):
            return channel
    raise CannotPostError(Message("I can't post in that kind of channel. Choose another one."))


async def send(channel: Channel, post: Post, options: PostOptions, *, nonce: str) -> tuple[int, int]:
    """Send a post, in a forum as a thread of its own; return the ids of the channel (or thread) and the message.

    Where Discord refuses an image or an address in it, it is sent without these. No request is repeated unless Discord
    surely refused it. Raises what discord.py raises. In a forum there is no nonce.
    """
    try:
        with no_blind_retry():
            return await _send(channel, post, options, nonce)
    except discord.HTTPException as error:
        if error.code != INVALID_FORM or not has_addresses(post.embeds):
            raise
        log.warning("Discord refuses a post: once more without images and addresses: %s", error.text)
    with no_blind_retry():
        return await _send(channel, replace(post, embeds=without_addresses(post.embeds)), options, nonce)


async def _send(channel: Channel, post: Post, options: PostOptions, nonce: str) -> tuple[int, int]:
    embeds, view, mentions = list(post.embeds), post.view(), post.allowed_mentions
    if isinstance(channel, discord.ForumChannel):
        new_thread = await channel.create_thread(
            name=post.title,
            content=post.content or discord.utils.MISSING,
            embeds=embeds,
            view=view,
            allowed_mentions=mentions,
            applied_tags=applied_tags(channel, options),
        )
        return new_thread.thread.id, new_thread.message.id
    message = await channel.send(post.content, embeds=embeds, view=view, allowed_mentions=mentions, nonce=nonce)
    return channel.id, message.id


def role_to_mention(channel: Channel, options: PostOptions) -> int | None:
    """Return the id of the role to mention, if there is one and it still exists."""
    return options.role_id if options.role_id is not None and channel.guild.get_role(options.role_id) else None
