"""What a subscription will post next, and when."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from operator import itemgetter

from bot.archive.archive import Archive
from bot.daily.selector import Selector
from bot.domain.delivery import DayChoice, DeliveryState
from bot.domain.schedule import local_date, next_due
from bot.domain.status import UpcomingPost
from bot.domain.subscription import Content, Kind, Pause, Subscription
from bot.ledger.ledger import Ledger

_WEEK = timedelta(days=7)
# How many posts of a follow are looked at: a weekly or a monthly one has hardly any within seven days.
_MOST_POSTS = 7
# How many local dates ahead are looked at.
_MAX_DATES = 40


async def next_post_at(ledger: Ledger, subscription: Subscription, now: datetime) -> datetime | None:
    """Return when a subscription posts next, skipped dates left out.

    None while it is paused by an admin, and where it posts at once.
    """
    async for _, due_at in _due_dates(ledger, subscription, now, include_skipped=False):
        return due_at
    return None


async def upcoming_posts(
    archive: Archive, ledger: Ledger, subscription: Subscription, now: datetime, *, prefer: str | None = None
) -> list[UpcomingPost]:
    """Return the posts of the next seven days, with what they will show; ``prefer`` is the server's language.

    What the channel's other daily posts show in between is not repeated. Of a follow, it is the next seven posts, and
    what they will show is not known yet.
    """
    if subscription.kind is Kind.FOLLOW:
        return await _posts_of_follow(ledger, subscription, now)
    # All daily posts of the channel: this one, too.
    neighbours = [
        neighbour
        for neighbour in await ledger.subscriptions.of_guild(subscription.guild_id)
        if neighbour.options.channel_id == subscription.options.channel_id and neighbour.kind is Kind.DAILY_POST
    ]
    due = [
        (due_at, neighbour.id, day, neighbour)
        for neighbour in neighbours
        for day, due_at in await _week(ledger, neighbour, now)
    ]
    choices = {neighbour.id: await ledger.deliveries.choices(neighbour.id) for neighbour in neighbours}
    muted = ledger.preferences.mutes(subscription.guild_id)
    posts: list[UpcomingPost] = []
    times_shown: Counter[str] = Counter()
    for due_at, subscription_id, day, neighbour in sorted(due, key=itemgetter(0, 1)):
        choice = choices[subscription_id].get(day, DayChoice())
        selector = Selector(
            archive, ledger.deliveries, neighbour.options,
            now=now, extra_times_shown=times_shown, muted=muted, prefer=prefer,
        )  # fmt: skip
        selection = await selector.select(day, rejected_leads=choice.rejected_leads)
        if selection is not None and not choice.skip:
            times_shown.update(key for _, key in selection.history_entries)
        if subscription_id == subscription.id:
            options = neighbour.options
            awaits_news = options.content is not Content.ANNIVERSARIES and day > local_date(options.plan, now)
            posts.append(UpcomingPost(day, due_at, selection, choice, muted, awaits_news))
    return posts


async def _posts_of_follow(ledger: Ledger, subscription: Subscription, now: datetime) -> list[UpcomingPost]:
    choices = await ledger.deliveries.choices(subscription.id)
    posts: list[UpcomingPost] = []
    async for day, due_at in _due_dates(ledger, subscription, now, include_skipped=True):
        posts.append(UpcomingPost(day, due_at, None, choices.get(day, DayChoice()), awaits_news=True, is_follow=True))
        if len(posts) == _MOST_POSTS:
            break
    return posts


async def _week(ledger: Ledger, subscription: Subscription, now: datetime) -> list[tuple[date, datetime]]:
    """Return the local dates of the next seven days that have a post, each with its moment."""
    week: list[tuple[date, datetime]] = []
    async for day, due_at in _due_dates(ledger, subscription, now, include_skipped=True):
        # Counted in local dates: where clocks go back, seven of them take an hour more than seven days.
        if week and day >= week[0][0] + _WEEK:
            break
        week.append((day, due_at))
    return week


async def _due_dates(
    ledger: Ledger, subscription: Subscription, now: datetime, *, include_skipped: bool
) -> AsyncIterator[tuple[date, datetime]]:
    """Yield the local dates to come that have not had their post, each with its moment."""
    if subscription.paused is Pause.BY_ADMIN or subscription.next_at is None or subscription.options.plan.at_once:
        return
    choices = await ledger.deliveries.choices(subscription.id)
    after = max(now, subscription.since)
    for _ in range(_MAX_DATES):
        day, after = next_due(subscription.options.plan, after)
        delivery = await ledger.deliveries.on_day(subscription.id, day)
        # One that is claimed may have arrived already: that date has no second one.
        is_over = delivery is not None and delivery.state is not DeliveryState.DUE
        if not is_over and (include_skipped or not choices.get(day, DayChoice()).skip):
            yield day, after
