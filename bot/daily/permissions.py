"""What the bot may do in a channel, and what a subscription lacks there, judged from discord.py's caches alone."""

from collections.abc import Iterator, Sequence

import discord

from bot.cards.limits import escape_discord
from bot.cards.subscription_words import WORDS
from bot.domain.status import MissingPermissions
from bot.domain.subscription import PostOptions
from bot.locale.language import Message

Channel = discord.TextChannel | discord.ForumChannel | discord.Thread
POSTABLE_CHANNELS = (discord.TextChannel, discord.ForumChannel, discord.Thread)
_REQUIRED_TAG = Message("a tag, which this forum requires (option “tag”)")


def permissions_in(channel: Channel) -> discord.Permissions:
    """Return what the bot was granted in a channel; for a thread, in the channel that it belongs to.

    A channel's own ``permissions_for`` also takes away what follows from a missing permission: without Send Messages
    there would be no Embed Links either, and nobody could tell which of them to grant.
    """
    guild_channel = channel.parent if isinstance(channel, discord.Thread) else channel
    if guild_channel is None:
        return discord.Permissions.none()
    me: discord.Member | None = channel.guild.me
    # While a server is coming up, the bot may not know itself there: Discord will say what it may not do.
    return discord.Permissions.all() if me is None else discord.abc.GuildChannel.permissions_for(guild_channel, me)


def obstacle(channel: Channel, options: PostOptions) -> Message | None:
    """Return in one sentence what keeps the bot from posting in a channel, and what to change; None if nothing does."""
    if reason := time_out(channel.guild):
        return reason
    missing = missing_permissions(channel, options).required
    names = [name for name in missing if name != _REQUIRED_TAG]
    # No permission helps where a tag is missing.
    notices = [permissions_notice(names)] if names else []
    notices += [WORDS[options.kind].tag_is_required] if names != [*missing] else []
    if len(notices) > 1:
        return Message("{first} {second}", first=notices[0], second=notices[1])
    return notices[0] if notices else None


def permissions_notice(names: Sequence[Message]) -> Message:
    """Say which permissions are missing in a channel, and where to grant them."""
    return Message(
        "I need these permissions there: {names}. Grant them in the channel's settings, under Permissions.", names=names
    )


def time_out(guild: discord.Guild) -> Message | None:
    """Say until when the bot is in time-out in a server; None if it is not, or is not bound by it."""
    me: discord.Member | None = guild.me
    if me is None or me.timed_out_until is None or not me.is_timed_out() or me.guild_permissions.administrator:
        return None
    return Message(
        "I am timed out on this server until {moment}. Anyone who can time out members can end that.",
        moment=discord.utils.format_dt(me.timed_out_until, "f"),
    )


def missing_permissions(channel: Channel, options: PostOptions) -> MissingPermissions:
    """Return what the bot lacks in a channel for a subscription with these options.

    Nothing while it is in time-out, which takes away almost all that it was granted: ``obstacle`` says that.
    """
    if time_out(channel.guild):
        return MissingPermissions()
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return MissingPermissions(required=(Message("View Channel (of the channel that the thread is in)"),))
    permissions = permissions_in(channel)
    return MissingPermissions(
        required=tuple(_missing_to_post(channel, options, permissions)),
        for_options=tuple(_missing_for_options(channel, options, permissions)),
        recommended=() if permissions.read_message_history else (Message("Read Message History"),),
    )


def _missing_to_post(channel: Channel, options: PostOptions, permissions: discord.Permissions) -> Iterator[Message]:
    if not permissions.view_channel:
        yield Message("View Channel")
    if isinstance(channel, discord.Thread):
        if not permissions.send_messages_in_threads:
            yield Message("Send Messages in Threads")
        if channel.locked and not permissions.manage_threads:
            yield Message("Manage Threads (the thread is locked)")
    elif not permissions.send_messages:
        yield Message("Create Posts") if isinstance(channel, discord.ForumChannel) else Message("Send Messages")
    if not permissions.embed_links:
        yield Message("Embed Links")
    if isinstance(channel, discord.ForumChannel):
        yield from _missing_for_tag(channel, options, permissions)


def _missing_for_tag(
    forum: discord.ForumChannel, options: PostOptions, permissions: discord.Permissions
) -> Iterator[Message]:
    tags = applied_tags(forum, options)
    if forum.flags.require_tag and not tags:
        yield _REQUIRED_TAG
    for tag in tags:
        if tag.moderated and not permissions.manage_threads:
            yield Message("Manage Threads (only moderators may use the tag {tag})", tag=escape_discord(tag.name))


def _missing_for_options(channel: Channel, options: PostOptions, permissions: discord.Permissions) -> Iterator[Message]:
    if options.thread and not permissions.create_public_threads:
        yield Message("Create Public Threads")
    if options.pin and not permissions.pin_messages:
        yield Message("Pin Messages")
    if options.role_id is not None:
        role = channel.guild.get_role(options.role_id)
        if role is None:
            yield Message("the role to mention (it no longer exists: choose another one or clear it)")
        elif not (role.mentionable or permissions.mention_everyone):
            yield Message(
                "“Allow anyone to @mention this role” on the role {role} (or Mention @everyone, @here, and All Roles)",
                role=escape_discord(role.name),
            )
    if isinstance(channel, discord.ForumChannel) and options.tag_id is not None and not applied_tags(channel, options):
        yield Message("the tag for posts (it no longer exists: choose another one or clear it)")


def applied_tags(forum: discord.ForumChannel, options: PostOptions) -> list[discord.ForumTag]:
    """Return the tag that a forum's posts get, if it still exists."""
    tag = forum.get_tag(options.tag_id) if options.tag_id is not None else None
    return [tag] if tag else []


def options_problem(channel: Channel, options: PostOptions) -> Message | None:
    """Return in one sentence why options make no sense in a channel; None if they do."""
    return next(_options_problems(channel, options), None)


def _options_problems(channel: Channel, options: PostOptions) -> Iterator[Message]:
    is_forum = isinstance(channel, discord.ForumChannel)
    if options.publish and not (isinstance(channel, discord.TextChannel) and channel.is_news()):
        yield Message("Only posts in announcement channels can be published: leave “publish” out, or set it to False.")
    if options.thread and is_forum:
        yield Message("In a forum each post is a thread of its own: leave “thread” out, or set it to False.")
    if options.thread and isinstance(channel, discord.Thread):
        yield Message("A thread cannot have threads of its own: leave “thread” out, or set it to False.")
    if options.pin and is_forum:
        yield Message("In a forum posts are pinned by hand: leave “pin” out, or set it to False.")
    if isinstance(channel, discord.ForumChannel):
        if channel.flags.require_tag and options.tag_id is None:
            yield Message("This forum requires a tag on each post: choose one with “tag”.")
    elif options.tag_id is not None:
        yield Message("Only forums have tags: leave “tag” out.")
