"""Which posts of a subscription are due, and when to look at it next."""

import logging
from contextlib import suppress
from datetime import date, datetime, timedelta

from bot.domain.errors import DailyPostError
from bot.domain.schedule import due_between, next_due
from bot.domain.subscription import Subscription
from bot.locale.language import Message

log = logging.getLogger(__name__)

NOT_RUNNING = Message("Daybook was not running at that time")
# When to look again at a subscription that has no next date.
_RETRY_AFTER = timedelta(hours=1)


def due_dates(subscription: Subscription, now: datetime) -> list[tuple[date, datetime, Message | None]]:
    """Return the local dates that have become due, each with its moment, and why it is skipped if it is too late."""
    options = subscription.options
    after = max((subscription.next_at or now) - timedelta(seconds=1), subscription.since)
    due: list[tuple[date, datetime, Message | None]] = []
    with suppress(DailyPostError):
        for day, due_at in due_between(options.plan, after, now):
            due.append((day, due_at, NOT_RUNNING if now - due_at > options.lateness_allowed else None))
    return due


def next_due_or_retry(subscription: Subscription, after: datetime, now: datetime) -> datetime | None:
    """Return when a subscription is due next; in an hour, to look again, if its time zone is no longer known.

    None for a follow that posts at once: when something new comes in.
    """
    if subscription.options.plan.at_once:
        return None
    try:
        return next_due(subscription.options.plan, after)[1]
    except DailyPostError as error:
        return retry_planning(subscription, error, now)


def retry_planning(subscription: Subscription, error: DailyPostError, now: datetime) -> datetime:
    """Return when to look again at a subscription that cannot be planned: its time zone is no longer known."""
    log.error("daily post %d cannot be planned: %s", subscription.id, error)
    return now + _RETRY_AFTER
