"""Where a post goes, and how it gets there."""

import discord

from bot.cards.daily_post import Post
from bot.daily.permissions import POSTABLE_CHANNELS, Channel, tags_of
from bot.domain.errors import DailyPostError
from bot.domain.subscription import PostOptions
from bot.locale.language import Message


class RefusedError(DailyPostError):
    """Discord does not let the bot post; the text says why, and what to change."""


async def room_of(guild: discord.Guild, number: int) -> Channel:
    """Return a channel or thread; an archived thread is fetched. Raises RefusedError, discord.HTTPException."""
    room = guild.get_channel_or_thread(number) or await guild.fetch_channel(number)
    if isinstance(room, POSTABLE_CHANNELS):
        return room
    raise RefusedError(Message("that channel is no place for posts. Choose another one with `/daily edit`."))


async def send(room: Channel, post: Post, options: PostOptions, *, nonce: str) -> tuple[int, int]:
    """Send a post, in a forum as a thread of its own; return channel and message. Raises what discord.py raises."""
    embeds, view, mentions = list(post.embeds), post.view(), post.allowed
    if isinstance(room, discord.ForumChannel):
        made = await room.create_thread(
            name=post.title,
            content=post.content or discord.utils.MISSING,
            embeds=embeds,
            view=view,
            allowed_mentions=mentions,
            applied_tags=tags_of(room, options),
        )
        return made.thread.id, made.message.id
    message = await room.send(post.content, embeds=embeds, view=view, allowed_mentions=mentions, nonce=nonce)
    return room.id, message.id


def role_of(room: Channel, options: PostOptions) -> int | None:
    """Return the role to mention, if it is still there."""
    return options.role if options.role is not None and room.guild.get_role(options.role) else None
