"""Checks whether the bot can do in a channel what a subscription's options ask for. All refusals are DailyPostError."""

from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.daily.permissions import POSTABLE_CHANNELS, Channel, missing_permissions, options_problem, time_out
from bot.daily.send import fetch_channel
from bot.discord_errors import DISCORD_ERRORS
from bot.domain.errors import DailyPostError
from bot.domain.status import MissingPermissions
from bot.domain.subscription import PostOptions
from bot.guild_access import UNREACHABLE
from bot.locale.language import Message, Part, echo, quoted


async def channel_of(guild: discord.Guild, channel_id: int) -> Channel:
    """Return a channel or thread that posts may go to."""
    try:
        return await fetch_channel(guild, channel_id)
    except discord.NotFound as error:
        raise DailyPostError(Message("That channel is gone: choose another one.")) from error
    except discord.Forbidden as error:
        raise DailyPostError(
            Message(
                "I cannot see {channel}: give me View Channel there; if it is a private thread, add me to it.",
                channel=f"<#{channel_id}>",
            )
        ) from error
    except DISCORD_ERRORS as error:
        raise DailyPostError(UNREACHABLE) from error


async def check_options(
    guild: discord.Guild,
    options: PostOptions,
    tag: str | None,
    outcome: Message,
    *,
    before: PostOptions | None = None,
) -> PostOptions:
    """Return the options with the ``tag`` that was typed, if the bot can do in the channel what they ask for.

    Raises DailyPostError, beginning with ``outcome``, if it cannot. Of a subscription that is edited, what it could
    not do ``before`` either is let pass: else nobody could mend one thing before another.
    """
    channel = await channel_of(guild, options.channel_id)
    if tag is not None:
        if not isinstance(channel, discord.ForumChannel):
            raise DailyPostError(Message("Only forums have tags: leave “tag” out."))
        options = replace(options, tag_id=tag_id_for(channel.available_tags, tag))
    if options.role_id == guild.default_role.id:
        raise DailyPostError(
            Message("Daybook never mentions @everyone: choose a separate role that members can opt out of.")
        )
    old_channel = guild.get_channel_or_thread(before.channel_id) if before else None
    was_missing, old_problem = MissingPermissions(), None
    if before is not None and isinstance(old_channel, POSTABLE_CHANNELS):
        was_missing, old_problem = missing_permissions(old_channel, before), options_problem(old_channel, before)
    if (problem := options_problem(channel, options)) and problem != old_problem:
        raise DailyPostError(problem)
    if before is None and (reason := time_out(guild)):
        raise DailyPostError(Message("{outcome}: {reason}", outcome=outcome, reason=reason))
    missing = missing_permissions(channel, options)
    required = _beyond(missing.required, was_missing.required)
    for_options = _beyond(missing.for_options, was_missing.for_options)
    if names := (*required, *for_options):
        parts: dict[str, Part] = {"outcome": outcome, "channel": f"<#{channel.id}>", "names": names}
        to_post = Message("{outcome}. I need these permissions in {channel}: {names}.", **parts)
        leave_out = Message(
            "{outcome}. Missing in {channel}: {names}. Grant what is missing, or drop the option that needs it.",
            **parts,
        )
        raise DailyPostError(leave_out if for_options else to_post)
    return options


def _beyond(missing: Sequence[Message], before: Sequence[Message]) -> list[Message]:
    return [name for name in missing if name not in before]


def tag_id_for(tags: Sequence[discord.ForumTag], typed: str) -> int:
    """Return the id of a forum's tag, typed as its id or its name. Raises DailyPostError."""
    for tag in tags:
        if typed == str(tag.id) or typed.casefold().strip() == tag.name.casefold():
            return tag.id
    if not tags:
        raise DailyPostError(Message("That forum has no tags at all."))
    names = [quoted(tag.name) for tag in tags]
    raise DailyPostError(Message("That forum has no tag {tag}; it has {names}.", tag=echo(typed), names=names))
