"""How an order stands: when it posts next, what it will show, what became of the last one."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter

import aiohttp
import discord

from bot.archive.archive import Archive
from bot.daily.permissions import Access, access, unfit
from bot.daily.selector import Selection, Selector
from bot.daily.send import room_of
from bot.domain.errors import DailyPostError, DaybookError
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.schedule import next_due
from bot.domain.subscription import Choice, Delivery, Pause, State, Subscription
from bot.ledger.deliveries import FollowUp
from bot.ledger.ledger import Ledger
from bot.locale.language import Message

WEEK = 7
_MOST_TRIED = 40


@dataclass(frozen=True, slots=True)
class UpcomingPost:
    """A post to come: its local date, its moment, what it shows (None: nothing), what admins decided.

    ``muted`` is what the server does not want to be shown.
    """

    day: date
    due: datetime
    selection: Selection | None
    choice: Choice
    muted: Mutes = NO_MUTES


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """What ``/daily doctor`` knows of an order. ``problem`` is what keeps the bot out of the channel altogether."""

    subscription: Subscription
    last: Delivery | None
    sent: Delivery | None
    waiting: Delivery | None
    next_at: datetime | None
    access: Access
    problem: Message | None
    failed: Sequence[FollowUp]


async def next_post(ledger: Ledger, subscription: Subscription, now: datetime) -> datetime | None:
    """Return when an order posts next; None while it rests. A local date that has had its post has no second one."""
    async for _, due in _dates(ledger, subscription, now, skipped=False):
        return due
    return None


async def upcoming_posts(
    archive: Archive, ledger: Ledger, subscription: Subscription, now: datetime, *, prefer: str | None = None
) -> list[UpcomingPost]:
    """Return the posts of the next seven days, with what they will show; ``prefer`` is the server's language."""
    of_channel = [
        each
        for each in await ledger.subscriptions.of(subscription.guild)
        if each.options.channel == subscription.options.channel
    ]
    due = [(at, each.id, day, each) for each in of_channel for day, at in await _week(ledger, each, now)]
    choices = {each.id: await ledger.deliveries.choices(each.id) for each in of_channel}
    muted = ledger.preferences.mutes(subscription.guild)
    found: list[UpcomingPost] = []
    seen: Counter[str] = Counter()
    # What the channel's other orders show in between is not repeated either.
    for at, number, day, each in sorted(due, key=itemgetter(0, 1)):
        choice = choices[number].get(day, Choice())
        selector = Selector(archive, ledger.deliveries, each.options, seen=seen, muted=muted, prefer=prefer)
        selection = await selector.select(day, rejected_leads=choice.rejected_leads)
        if selection is not None and not choice.skip:
            seen.update(key for _, key in selection.shown)
        if number == subscription.id:
            found.append(UpcomingPost(day, at, selection, choice, muted))
    return found


async def _week(ledger: Ledger, subscription: Subscription, now: datetime) -> list[tuple[date, datetime]]:
    """Return the local dates of seven days, and their moments."""
    week: list[tuple[date, datetime]] = []
    async for day, due in _dates(ledger, subscription, now, skipped=True):
        # Counted in local dates: where clocks go back, seven posts take an hour more than seven days.
        if week and day >= week[0][0] + timedelta(days=WEEK):
            break
        week.append((day, due))
    return week


async def subscription_status(
    client: discord.Client, ledger: Ledger, subscription: Subscription, now: datetime
) -> SubscriptionStatus:
    """Find out how an order stands."""
    lacks, problem = Access(), None
    guild = client.get_guild(subscription.guild)
    try:
        if guild is not None:
            room = await room_of(guild, subscription.options.channel)
            lacks, problem = access(room, subscription.options), unfit(room, subscription.options)
    except DailyPostError as error:
        problem = Message("Its channel: {reason}", reason=error.sentence)
    except discord.NotFound:
        problem = Message("Its channel is gone: choose another one with `/daily edit`.")
    except discord.Forbidden:
        problem = Message("I cannot see its channel: give me View Channel there; to a private thread, add me.")
    except (discord.DiscordException, aiohttp.ClientError, OSError):
        problem = Message("Discord does not tell me about its channel at the moment.")
    try:
        next_at = await next_post(ledger, subscription, now)
    except DaybookError as error:
        next_at, problem = None, error.sentence
    sent = await ledger.deliveries.last(subscription.id, sent=True)
    steps = await ledger.deliveries.follow_ups(of=sent.id) if sent else []
    return SubscriptionStatus(
        subscription=subscription,
        last=await ledger.deliveries.last(subscription.id),
        sent=sent,
        waiting=await ledger.deliveries.waiting(subscription.id),
        next_at=next_at,
        access=lacks,
        problem=problem,
        failed=[each for each in steps if each.state == "failed"],
    )


async def _dates(
    ledger: Ledger, subscription: Subscription, now: datetime, *, skipped: bool
) -> AsyncIterator[tuple[date, datetime]]:
    """Yield the local dates to come and their moments; ``skipped`` ones too, if they are asked for."""
    if subscription.paused is Pause.ASKED or subscription.next_at is None:
        return
    choices = await ledger.deliveries.choices(subscription.id)
    after = max(now, subscription.since)
    for _ in range(_MOST_TRIED):
        day, after = next_due(subscription.options.plan, after)
        before = await ledger.deliveries.on(subscription.id, day)
        done = before is not None and before.state not in (State.DUE, State.CLAIMED)
        if not done and (skipped or not choices.get(day, Choice()).skip):
            yield day, after
