"""What the bot may do in a channel, and what an order needs there. Pure: asks discord.py's caches only."""

from collections.abc import Iterator
from dataclasses import dataclass

import discord

from bot.cards.limits import escape_discord
from bot.domain.subscription import PostOptions
from bot.locale.language import Message

Channel = discord.TextChannel | discord.ForumChannel | discord.Thread
POSTABLE_CHANNELS = (discord.TextChannel, discord.ForumChannel, discord.Thread)


@dataclass(frozen=True, slots=True)
class Access:
    """What is missing, each as an admin finds it in Discord. Without the ``needed`` no post can be made.

    ``wanted`` is for what was asked beside the post; ``advised`` makes the bot surer of itself.
    """

    needed: tuple[Message, ...] = ()
    wanted: tuple[Message, ...] = ()
    advised: tuple[Message, ...] = ()


def granted(room: Channel) -> discord.Permissions:
    """Return what the bot was given in a channel, or in the one that a thread is in.

    A channel's own ``permissions_for`` takes away what follows from what is missing: without Send Messages also Embed
    Links, and nobody could tell which of them to give.
    """
    place = room.parent if isinstance(room, discord.Thread) else room
    return discord.abc.GuildChannel.permissions_for(place, room.guild.me) if place else discord.Permissions.none()


def access(room: Channel, options: PostOptions) -> Access:
    """Tell what the bot lacks in ``room`` for an order."""
    if isinstance(room, discord.Thread) and room.parent is None:
        return Access(needed=(Message("View Channel (of the channel that the thread is in)"),))
    permissions = granted(room)
    return Access(
        needed=tuple(_needed(room, options, permissions)),
        wanted=tuple(_wanted(room, options, permissions)),
        advised=() if permissions.read_message_history else (Message("Read Message History"),),
    )


def _needed(room: Channel, options: PostOptions, permissions: discord.Permissions) -> Iterator[Message]:
    if not permissions.view_channel:
        yield Message("View Channel")
    if isinstance(room, discord.Thread):
        if not permissions.send_messages_in_threads:
            yield Message("Send Messages in Threads")
        if room.locked and not permissions.manage_threads:
            yield Message("Manage Threads (the thread is locked)")
    elif not permissions.send_messages:
        yield Message("Create Posts") if isinstance(room, discord.ForumChannel) else Message("Send Messages")
    if not permissions.embed_links:
        yield Message("Embed Links")
    if isinstance(room, discord.ForumChannel) and room.flags.require_tag and not _tags(room, options):
        yield Message("a tag, which this forum requires (option “tag”)")


def _wanted(room: Channel, options: PostOptions, permissions: discord.Permissions) -> Iterator[Message]:
    if options.thread and not permissions.create_public_threads:
        yield Message("Create Public Threads")
    if options.pin and not permissions.pin_messages:
        yield Message("Pin Messages")
    if options.role is not None:
        role = room.guild.get_role(options.role)
        if role is None:
            yield Message("the role to mention: it is gone, choose another one or clear it")
        elif not (role.mentionable or permissions.mention_everyone):
            yield Message(
                "“Allow anyone to @mention this role” on the role {role} (or Mention All Roles)",
                role=escape_discord(role.name),
            )
    if isinstance(room, discord.ForumChannel) and options.tag is not None and not _tags(room, options):
        yield Message("the tag for posts: it is gone, choose another one or clear it")


def _tags(room: discord.ForumChannel, options: PostOptions) -> list[discord.ForumTag]:
    tag = room.get_tag(options.tag) if options.tag is not None else None
    return [tag] if tag else []


def tags_of(room: discord.ForumChannel, options: PostOptions) -> list[discord.ForumTag]:
    """Return the tag that a forum post is given, if it is still there."""
    return _tags(room, options)


def unfit(room: Channel, options: PostOptions) -> Message | None:
    """Return why what was asked makes no sense in ``room``, in one sentence; None if it does."""
    return next(_unfit(room, options), None)


def _unfit(room: Channel, options: PostOptions) -> Iterator[Message]:
    forum = isinstance(room, discord.ForumChannel)
    if options.publish and not (isinstance(room, discord.TextChannel) and room.is_news()):
        yield Message("Only posts in announcement channels can be published: leave “publish” out, or set it to False.")
    if options.thread and forum:
        yield Message("In a forum each post is a thread of its own: leave “thread” out, or set it to False.")
    if options.thread and isinstance(room, discord.Thread):
        yield Message("A thread cannot have threads of its own: leave “thread” out, or set it to False.")
    if options.pin and forum:
        yield Message("In a forum posts are pinned by hand: leave “pin” out, or set it to False.")
    if isinstance(room, discord.ForumChannel):
        if room.flags.require_tag and options.tag is None:
            yield Message("This forum requires a tag on each post: choose one with “tag”.")
    elif options.tag is not None:
        yield Message("Only forums have tags: leave “tag” out.")
