"""How a subscription is doing: its last and next posts, and what is missing or wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.delivery import DayChoice, Delivery, FollowUp
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.selection import Selection
from bot.domain.subscription import Subscription
from bot.locale.language import Message


@dataclass(frozen=True, slots=True)
class MissingPermissions:
    """The permissions that the bot lacks in a channel, each named as an admin finds it in Discord.

    ``required``: without it nothing can be posted. ``for_options``: what the subscription's options need beyond that.
    ``recommended``: with it the bot can find out what became of a post whose sending was interrupted.
    """

    required: tuple[Message, ...] = ()
    for_options: tuple[Message, ...] = ()
    recommended: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """What ``/daily doctor`` and ``/follow doctor`` show of a subscription.

    ``last`` is the delivery that ended last, ``last_sent`` the last one that was sent, ``waiting`` the one that is due
    or claimed. ``next_at`` is when the next post comes. ``problem`` is what keeps the bot out of the channel
    altogether; ``failed_steps`` are the follow-ups of the last post sent that failed. ``found`` are the last deliveries
    of a follow, the newest first, with what it found.
    """

    subscription: Subscription
    last: Delivery | None
    last_sent: Delivery | None
    waiting: Delivery | None
    next_at: datetime | None
    missing: MissingPermissions
    problem: Message | None
    failed_steps: Sequence[FollowUp]
    found: Sequence[Delivery] = ()


@dataclass(frozen=True, slots=True)
class UpcomingPost:
    """A post to come, on the local date ``day``.

    ``selection`` is what it would show now (None: nothing), ``choice`` what admins decided for that date, ``muted``
    what the server has muted. ``awaits_news`` says that it tells the news of a date that is not over yet, or what is
    new about the subject of a follow (``is_follow``).
    """

    day: date
    due_at: datetime
    selection: Selection | None
    choice: DayChoice
    muted: Mutes = NO_MUTES
    awaits_news: bool = False
    is_follow: bool = False
