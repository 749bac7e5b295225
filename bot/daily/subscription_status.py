"""Finds out how a subscription is doing: its last and next posts, and what is wrong with its channel."""

import asyncio
from datetime import datetime

import discord

from bot.cards.subscription_words import WORDS
from bot.daily.permissions import missing_permissions, options_problem, time_out
from bot.daily.send import fetch_channel
from bot.daily.upcoming import next_post_at
from bot.discord_errors import DISCORD_ERRORS
from bot.domain.delivery import Delivery, FollowUpState
from bot.domain.errors import DailyPostError, DaybookError
from bot.domain.status import MissingPermissions, SubscriptionStatus
from bot.domain.subscription import Kind, Subscription
from bot.ledger.ledger import Ledger
from bot.locale.language import Message

# How long Discord may take to tell about a channel, in seconds: somebody waits for the answer.
_TIMEOUT = 3.0
# How many of a follow's last periods are shown.
_PERIODS = 7


async def subscription_status(
    client: discord.Client, ledger: Ledger, subscription: Subscription, now: datetime
) -> SubscriptionStatus:
    """Return how a subscription is doing; a problem with its channel or its schedule is part of the answer."""
    missing, problem = await _check_channel(client, subscription)
    try:
        next_at = await next_post_at(ledger, subscription, now)
    except DaybookError as error:
        next_at, problem = None, error.sentence
    last_sent = await ledger.deliveries.last(subscription.id, sent=True)
    follow_ups = await ledger.deliveries.follow_ups(last_sent.id) if last_sent else []
    return SubscriptionStatus(
        subscription=subscription,
        last=await ledger.deliveries.last(subscription.id),
        last_sent=last_sent,
        waiting=await ledger.deliveries.waiting(subscription.id),
        next_at=next_at,
        missing=missing,
        problem=problem,
        found=await _found(ledger, subscription),
        failed_steps=[follow_up for follow_up in follow_ups if follow_up.state is FollowUpState.FAILED],
    )


async def _found(ledger: Ledger, subscription: Subscription) -> list[Delivery]:
    """Return the last deliveries of a follow, with what it found; none of a daily post."""
    if subscription.kind is not Kind.FOLLOW:
        return []
    return await ledger.deliveries.latest(subscription.id, most=_PERIODS)


async def _check_channel(
    client: discord.Client, subscription: Subscription
) -> tuple[MissingPermissions, Message | None]:
    """Return what is missing in a subscription's channel, and what keeps the bot out of it."""
    options = subscription.options
    guild = client.get_guild(subscription.guild_id)
    if guild is None:
        return MissingPermissions(), Message("I cannot see this server at the moment.")
    try:
        async with asyncio.timeout(_TIMEOUT):
            channel = await fetch_channel(guild, options.channel_id)
    except DailyPostError as error:
        return MissingPermissions(), Message("Its channel: {reason}", reason=error.sentence)
    except discord.NotFound:
        return MissingPermissions(), WORDS[subscription.kind].channel_is_gone
    except discord.Forbidden:
        reason = Message(
            "I cannot see its channel: give me View Channel there; if it is a private thread, add me to it."
        )
        return MissingPermissions(), reason
    except DISCORD_ERRORS:
        return MissingPermissions(), Message("Discord gives me no information about its channel at the moment.")
    return missing_permissions(channel, options), time_out(guild) or options_problem(channel, options)
