"""Sends daily posts: each once, on its local date, or records why not.

A poll adds what is due to the ledger, and starts a task for each delivery that may be tried now, so that none waits for
a slow one. A delivery is claimed in the ledger before its message is sent, and confirmed after it. A claimed delivery
that nobody confirmed is sent again only while Discord still knows the nonce; later it is first looked for in the
channel.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from contextvars import Context, copy_context
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import discord

from bot.archive.archive import Archive
from bot.clock import Clock
from bot.daily.clock_check import TOLERANCE, ClockCheck
from bot.daily.delivery_attempt import DeliveryAttempt, log_delivery
from bot.daily.due_dates import due_dates, next_due_or_retry, retry_planning
from bot.daily.follow_ups import FollowUps
from bot.daily.guild_presence import GuildPresence
from bot.daily.news_selector import NEWS_AGE
from bot.daily.news_watch import NewsWatch
from bot.discord_errors import DISCORD_ERRORS
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.errors import DailyPostError, DaybookError
from bot.domain.schedule import local_date
from bot.domain.subscription import LATE_AFTER, Subscription
from bot.ledger.ledger import Ledger

log = logging.getLogger(__name__)

# How many attempts run at once: enough for 50 posts a second while many others wait for answers that do not come.
MAX_RUNNING = 128
# A poll at least this often: ``daybook health`` allows two minutes.
MAX_SLEEP = timedelta(seconds=30)
# Running attempts get this long, in seconds, when the bot ends; what is not confirmed by then is looked for later.
_CLOSE_TIMEOUT = 3.0
# How long the ledger keeps deliveries; older ones become one row a month, so many at once.
KEEP_DELIVERIES = timedelta(days=400)
# How long it knows what follows have posted: a monthly one may find again what came in so long ago.
KEEP_POSTED_NEWS = timedelta(days=40)
_PURGED_AT_ONCE = 500
_REST_AFTER_PURGE = 0.05
_HOUSEKEEPING_EVERY = timedelta(hours=6)
# The ledger's subscriptions are read at least this often.
_READ_EVERY = timedelta(minutes=5)
# How long Discord may take to answer when it is asked for the time, in seconds.
_TIMEOUT = 20.0
_SLEEP_AFTER_ERROR = timedelta(seconds=10)
# How many subscriptions are written to the ledger together: the first posts of a minute need not wait for all others,
# and readers' questions come in between.
_BATCH = 50
_FAR_FUTURE = datetime.max.replace(tzinfo=UTC)
_FAR_PAST = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _OpenDelivery:
    """A delivery that may still be sent, with how often it was tried and from when to when it has to wait.

    ``is_outdated`` says that an edit has moved it while it was being tried.
    """

    guild_id: int
    delivery: Delivery
    not_before: datetime
    waiting_since: datetime
    tries: int = 0
    is_running: bool = False
    is_outdated: bool = False

    @property
    def key(self) -> "_Key":
        # Not the delivery's id: SQLite gives those of a removed subscription to others.
        return self.delivery.subscription_id, self.delivery.day, self.delivery.part

    def may_start(self, now: datetime) -> bool:
        """Tell whether it may be tried now; it may, too, if the clock was set back to before it began to wait."""
        return not self.is_running and not self.waiting_since <= now < self.not_before


# A subscription's id, a local date, and the part of what is posted at once.
_Key = tuple[int, date, int]
_OfGuild = TypeVar("_OfGuild", Subscription, _OpenDelivery)


class Courier:
    """Sends what is due.

    ``last_poll_at`` is when it last looked for what is due; ``max_sleep`` how long it sleeps between two polls at most.
    ``rng`` makes the waits between tries uneven.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        archive: Archive,
        ledger: Ledger,
        clock: Clock,
        clock_check: ClockCheck,
        rng: random.Random | None = None,
    ) -> None:
        self.last_poll_at: datetime | None = None
        # Called after each attempt: with what has become of the post, and how late it was, if it was sent.
        self.on_outcome: Callable[[str, timedelta | None], None] = lambda _state, _lateness: None
        self.max_sleep = MAX_SLEEP
        self._client = client
        self._clock = clock
        self._clock_check = clock_check
        self._subscriptions = ledger.subscriptions
        self._deliveries = ledger.deliveries
        self._guilds = GuildPresence(client, ledger=ledger)
        self._news = NewsWatch(archive=archive, ledger=ledger)
        rng = rng or random.Random()  # noqa: S311  (for jitter)
        self._attempt = DeliveryAttempt(client, archive=archive, ledger=ledger, clock=clock, rng=rng)
        self._follow_ups = FollowUps(client, ledger=ledger, clock=clock, rng=rng)
        self._open: dict[_Key, _OpenDelivery] = {}
        self._slots = asyncio.Semaphore(MAX_RUNNING)
        self._tasks: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._loop: asyncio.Task[None] | None = None
        self._context: Context | None = None
        self._sleeping_until: datetime | None = None
        # When the next subscription is due; None if that is not known.
        self._next_at: datetime | None = None
        self._change_count = 0
        self._subscriptions_read_at: datetime | None = None
        self._is_planned = False
        self._is_closing = False
        self._cleaned_at: datetime | None = None

    def start(self) -> None:
        """Begin to look for what is due, as soon as the bot is connected."""
        # Not in the context of an admin who wakes it: what it asks of the archive would use up that admin's time.
        self._context = self._context or copy_context()
        self._loop = asyncio.create_task(self._run(), context=self._context)

    async def close(self) -> None:
        """Start nothing new, let running attempts finish, and end."""
        self._is_closing = True
        if self._loop is not None:
            self._loop.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_TIMEOUT)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self, subscription_id: int | None = None) -> None:
        """Read the subscriptions again, now: one of them has changed. What waits of it is tried, if its id is given."""
        for open_delivery in self._open.values():
            if open_delivery.delivery.subscription_id == subscription_id:
                open_delivery.not_before = open_delivery.waiting_since
        self._next_at = None
        self._change_count += 1
        self._wake_by(_FAR_PAST)

    async def poll(self, now: datetime) -> bool:
        """Add what is due to the ledger, and start attempts; False if the clock may be wrong. Raises LedgerError."""
        if not self._client.is_ready():
            return True
        right_time = await self._right_time(now)
        if right_time is None:
            return False
        now = right_time
        if not self._is_planned:
            await self._plan(now)
        # Beside the posts: members' slow questions may hold it up.
        if self._watching is None or self._watching.done():
            self._watching = self._spawn(self._watch(now))
        # Also every few minutes for safety: no subscription is overlooked because nobody woke the courier.
        is_stale = self._subscriptions_read_at is None or now - self._subscriptions_read_at >= _READ_EVERY
        if self._next_at is None or self._next_at <= now or is_stale:
            await self._add_due(now)
        if self._cleaned_at is None or now - self._cleaned_at >= _HOUSEKEEPING_EVERY:
            await self._clean(now)
        self._start_ready(self._open.values(), now)
        await self._follow_ups.launch(now, self._spawn)
        return True

    async def _right_time(self, now: datetime) -> datetime | None:
        """Return the time by Discord's clock if this machine's is wrong; None if nobody can tell.

        A wrong one would post at a wrong hour, and use up dates to come.
        """
        if abs(self._clock_check.deviation(now)) <= TOLERANCE:
            return now
        # The machine may have slept, or its clock may have been set: ask Discord, and once more where the two still
        # differ, since the clock may have been set while the answer was on its way.
        for _ in range(2):
            asked_at = self._clock.monotonic()
            await self._ask_for_time()
            # A refusal has the time, too.
            deviation = self._clock_check.deviation(self._clock.now())
            if abs(deviation) <= TOLERANCE:
                return self._clock.now()
            if not self._clock_check.was_read_since(asked_at):
                log.error(
                    "this machine's clock may be off by %d s: no daily posts until that is known",
                    deviation.total_seconds(),
                )
                return None
        self._clock_check.correct(deviation)
        return self._clock.now()

    async def _ask_for_time(self) -> None:
        """Make a request of Discord, whose answer says what time it is."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                await self._client.application_info()
        except DISCORD_ERRORS as error:
            log.warning("Discord does not say what time it is: %s", error or type(error).__name__)

    async def reconcile(self, now: datetime) -> None:
        """Record servers that the bot has left or rejoined. Raises LedgerError."""
        right_time = await self._right_time(now)
        if right_time is None:
            # With the first poll that knows the time.
            self._cleaned_at = None
            return
        await self._guilds.reconcile(right_time)
        self.wake()

    async def guild_available(self, guild_id: int, now: datetime) -> None:
        """Record that a server is there; called for each one when the bot starts. Raises LedgerError."""
        if self._guilds.is_absent(guild_id):
            await self.reconcile(now)

    async def _run(self) -> None:
        while True:
            now = self._clock.now()
            try:
                is_clock_right = await self.poll(now)
            except Exception as error:
                # The next poll tries again; ``daybook health`` fails if it goes on.
                is_explained = isinstance(error, DaybookError)
                log.error("a round of daily posts failed: %s", error, exc_info=not is_explained)  # noqa: TRY400
                await asyncio.sleep(min(self.max_sleep, _SLEEP_AFTER_ERROR).total_seconds())
            else:
                if is_clock_right:
                    self.last_poll_at = now
                await self._sleep(is_clock_right=is_clock_right)

    async def _sleep(self, *, is_clock_right: bool) -> None:
        """Sleep until something is due; with a wrong clock, nobody knows when that is."""
        if self._next_at is None and self._client.is_ready() and is_clock_right:
            return
        now = self._clock.now()
        waiting = [delivery.not_before for delivery in self._open.values() if not delivery.is_running]
        moments = [self._next_at or _FAR_FUTURE, self._follow_ups.next_at or _FAR_FUTURE, *waiting]
        until = min([now + self.max_sleep, *(moments if is_clock_right else [])])
        self._sleeping_until = until
        await asyncio.sleep(max((until - now).total_seconds(), 0.0))
        self._sleeping_until = None

    def _wake_by(self, moment: datetime) -> None:
        """Make sure that the next poll is not later than ``moment``."""
        if self._is_closing or self._loop is None:
            return
        if self._sleeping_until is not None and moment < self._sleeping_until:
            self._sleeping_until = None
            self._loop.cancel()
            self.start()

    async def _plan(self, now: datetime) -> None:
        """Compute at the start when each subscription is due: an update may have changed the rules of time zones."""
        await self._subscriptions.begin_by(now, slack=TOLERANCE)
        moments = {
            subscription.id: next_due_or_retry(subscription, max(subscription.since, now - timedelta(days=1)), now)
            for subscription in await self._subscriptions.active()
            # What is due, or overdue, stays as it is; and what waits for news.
            if (subscription.next_at is None or subscription.next_at > now) and not subscription.options.plan.at_once
        }
        await self._subscriptions.set_next_at(moments)
        self._next_at = None
        self._is_planned = True

    async def _add_due(self, now: datetime) -> None:
        change_count = self._change_count
        due = _round_robin(await self._subscriptions.due(now))
        for start in range(0, len(due), _BATCH):
            batch = due[start : start + _BATCH]
            await asyncio.gather(*(self._add_due_of(subscription, now) for subscription in batch))
            ids = [subscription.id for subscription in batch]
            self._start_ready(self._track(await self._deliveries.open_deliveries(subscription_ids=ids), now), now)
        self._track(await self._deliveries.open_deliveries(), now)
        next_at = await self._subscriptions.next_at() or _FAR_FUTURE
        # A subscription that was changed meanwhile may be due earlier than what was read.
        self._next_at = next_at if change_count == self._change_count else None
        self._subscriptions_read_at = now

    async def _add_due_of(self, subscription: Subscription, now: datetime) -> None:
        if subscription.options.plan.at_once:
            return await self._add_at_once(subscription, now)
        due = due_dates(subscription, now)
        for day, _, skip_reason in due:
            log_delivery(log, subscription.id, day, "missed" if skip_reason else "due")
            if skip_reason:
                self.on_outcome(DeliveryState.SKIPPED, None)
        next_at = next_due_or_retry(subscription, now, now)
        await self._deliveries.add_due(subscription.id, due, was_next_at=subscription.next_at, next_at=next_at, now=now)
        return None

    async def _add_at_once(self, subscription: Subscription, now: datetime) -> None:
        """Add what a follow posts at once. Where that was due while the bot was not running, it is due now."""
        if subscription.next_at is None:
            return
        due_at = subscription.next_at if now - subscription.next_at <= LATE_AFTER else now
        try:
            day = local_date(subscription.options.plan, due_at)
        except DailyPostError as error:
            await self._subscriptions.set_next_at({subscription.id: retry_planning(subscription, error, now)})
            return
        log_delivery(log, subscription.id, day, "due")
        await self._deliveries.add_at_once(
            subscription.id, day, due_at, was_next_at=subscription.next_at, news_until=due_at - NEWS_AGE
        )

    def _track(self, deliveries: Iterable[tuple[int, Delivery]], now: datetime) -> list[_OpenDelivery]:
        tracked: list[_OpenDelivery] = []
        for guild_id, delivery in deliveries:
            fresh = _OpenDelivery(guild_id, delivery, max(now, delivery.due_at), now)
            known = self._open.setdefault(fresh.key, fresh)
            if known.delivery.due_at != delivery.due_at:
                # An edit has moved it.
                known.is_outdated = known.is_running
                if not known.is_running:
                    known = self._open[fresh.key] = fresh
            tracked.append(known)
        return tracked

    async def _clean(self, now: datetime) -> None:
        # First: a server that is there after all is not to lose its subscriptions.
        await self.reconcile(now)
        await self._guilds.purge(now)
        # Beside the posts: after an update there may be millions.
        self._spawn(self._purge(now))
        self._cleaned_at = now

    async def _purge(self, now: datetime) -> None:
        before = (now - KEEP_DELIVERIES).date()
        try:
            await self._deliveries.forget_posted_news(before=(now - KEEP_POSTED_NEWS).date())
            while not self._is_closing:
                if not await self._deliveries.purge(before=before, most=_PURGED_AT_ONCE):
                    break
                # Others get their turn.
                await asyncio.sleep(_REST_AFTER_PURGE)
        except DaybookError as error:
            log.warning("old deliveries cannot be put together: %s", error)

    def _start_ready(self, deliveries: Iterable[_OpenDelivery], now: datetime) -> None:
        for open_delivery in _round_robin(delivery for delivery in deliveries if delivery.may_start(now)):
            open_delivery.is_running = True
            self._spawn(self._deliver(open_delivery))

    async def _watch(self, now: datetime) -> None:
        """Look for what is new to follows that post at once."""
        try:
            if await self._news.look(now):
                self.wake()
        except DaybookError as error:
            log.warning("what is new cannot be noted for follows: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deliver(self, open_delivery: _OpenDelivery) -> None:
        try:
            async with self._slots:
                if self._is_closing:
                    return
                outcome = await self._attempt.run(open_delivery.delivery, open_delivery.tries)
        finally:
            open_delivery.is_running = False
        is_sent = outcome.state is DeliveryState.SENT
        lateness = self._clock.now() - outcome.delivery.due_at if is_sent else None
        self.on_outcome(outcome.state or "waiting", lateness)
        open_delivery.delivery = outcome.delivery
        open_delivery.tries += 1
        if outcome.retry_in is None or open_delivery.is_outdated:
            self._open.pop(open_delivery.key, None)
            if open_delivery.is_outdated:
                self.wake()
        else:
            open_delivery.waiting_since = self._clock.now()
            open_delivery.not_before = open_delivery.waiting_since + outcome.retry_in
            self._wake_by(open_delivery.not_before)
        if outcome.has_follow_ups:
            self._follow_ups.reload()
            self._wake_by(self._clock.now())


def _round_robin(items: Iterable[_OfGuild]) -> list[_OfGuild]:
    """Sort items so that every server's first comes before any server's second."""
    counts: dict[int, int] = defaultdict(int)
    ranked: list[tuple[int, _OfGuild]] = []
    for item in items:
        ranked.append((counts[item.guild_id], item))
        counts[item.guild_id] += 1
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])]
