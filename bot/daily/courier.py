"""Carries daily posts to Discord: each once, on its local date, or tells why not.

A turn enters what is due and starts a task for each delivery that can go; nothing waits for the slowest. A delivery is
claimed in the ledger before its message is sent and confirmed after it. Whoever finds a claimed one sends again only
while Discord still knows the nonce, and later looks for the message in the channel first.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import discord

from bot.archive.archive import Archive
from bot.daily.clock_check import TOLERANCE, Timekeeper
from bot.daily.delivery_attempt import NOT_RUNNING, DeliveryAttempt, log_delivery
from bot.daily.follow_ups import FollowUps
from bot.domain.errors import DailyPostError, DaybookError
from bot.domain.schedule import due_between, next_due
from bot.domain.subscription import Delivery, Pause, Subscription
from bot.ledger.ledger import Ledger

if TYPE_CHECKING:
    from bot.locale.language import Message

log = logging.getLogger(__name__)

# So many posts on their way at once: enough for 50 a second while many others wait for answers that do not come.
IN_FLIGHT = 128
# A turn at least so often: the heartbeat counts for two minutes.
LONGEST_REST = timedelta(seconds=30)
# What is on its way when the bot ends gets so long, in seconds; what is not confirmed by then is looked for later.
_GOODBYE = 3.0
# Orders and mutes of a server without the bot are kept so long, and what became of deliveries.
KEPT_GONE = timedelta(days=30)
KEPT_DELIVERIES = timedelta(days=800)
_HOUSEKEEPING = timedelta(hours=6)
# The orders are read at least so often.
_LOOK_ANEW = timedelta(minutes=5)
# How long Discord may take to say what time it is, in seconds.
_ANSWER = 20.0
_AFTER_FAILURE = timedelta(seconds=10)
# Written to the ledger together. Those that come first need not wait for all others of the minute, and whoever has a
# question meanwhile waits for so many only.
_BATCH = 50
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Load:
    """A delivery on its way: its server, how often it was tried, when it may be tried again."""

    guild: int
    delivery: Delivery
    not_before: datetime
    since: datetime
    tries: int = 0
    flying: bool = False

    def may_go(self, now: datetime) -> bool:
        """Tell whether its time has come; also when the clock was put back to before it began to wait."""
        return not self.flying and not self.since <= now < self.not_before


_OfServer = TypeVar("_OfServer", Subscription, _Load)


class Courier:
    """Posts what is due. ``turned`` is when it last looked; ``longest_rest`` how long it sleeps at most."""

    def __init__(self, client: discord.Client, *, archive: Archive, ledger: Ledger, timekeeper: Timekeeper) -> None:
        self.turned: datetime | None = None
        self.longest_rest = LONGEST_REST
        self._client = client
        self._timekeeper = timekeeper
        self._reconciling = asyncio.Lock()
        self._gone: set[int] = set()
        self._subscriptions = ledger.subscriptions
        self._deliveries = ledger.deliveries
        self._preferences = ledger.preferences
        self._attempt = DeliveryAttempt(client, archive=archive, ledger=ledger, rng=random.Random())  # noqa: S311
        self._follow_ups = FollowUps(client, ledger=ledger, rng=random.Random())  # noqa: S311
        # Not by their deliveries' ids: SQLite gives those of a removed order to others.
        self._loads: dict[tuple[int, date], _Load] = {}
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._rests_until: datetime | None = None
        self._next: datetime | None = None
        self._changes = 0
        self._entered: datetime | None = None
        self._loaded = False
        self._closing = False
        self._cleaned: datetime | None = None

    def start(self) -> None:
        """Begin to look for what is due, as soon as the bot is connected."""
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Begin nothing new, let what is on its way arrive, and end."""
        self._closing = True
        if self._loop is not None:
            self._loop.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GOODBYE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self) -> None:
        """Look at the orders anew: one of them has changed."""
        self._next = None
        self._changes += 1
        self._nudge(datetime.min.replace(tzinfo=UTC))

    async def poll(self, now: datetime) -> bool:
        """Enter what is due, and start what can go; False if that could not be done."""
        if not self._client.is_ready():
            return True
        if not await self._is_right(now):
            return False
        if not self._loaded:
            await self._load(now)
        # Now and then without need: no order is to be overlooked for want of a wake-up.
        stale = self._entered is None or now - self._entered >= _LOOK_ANEW
        if self._next is None or self._next <= now or stale:
            await self._enter(now)
        if self._cleaned is None or now - self._cleaned >= _HOUSEKEEPING:
            await self._clean(now)
        self._launch(self._loads.values(), now)
        await self._follow_ups.launch(now, self._spawn)
        return True

    async def _is_right(self, now: datetime) -> bool:
        """Tell whether the clock can be believed: a wrong one would post at a wrong hour, and use up dates to come."""
        if abs(self._timekeeper.off(now)) <= TOLERANCE:
            return True
        # The machine may have slept, or its clock was put right: ask.
        try:
            async with asyncio.timeout(_ANSWER):
                await self._client.application_info()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("Discord does not tell what time it is: %s", error or type(error).__name__)
        # Even a refusal tells the time.
        off = self._timekeeper.off(discord.utils.utcnow())
        if abs(off) <= TOLERANCE:
            return True
        log.error("this machine's clock is off by %d s: no daily posts until it is right", off.total_seconds())
        return False

    async def reconcile(self, now: datetime) -> None:
        """Take note of servers that the bot has left or come back to; an unavailable one is neither."""
        async with self._reconciling:
            known = await self._subscriptions.guilds()
            muting = self._preferences.muting_guilds()
            self._gone = {guild for guild in (*known, *muting) if self._client.get_guild(guild) is None}
            await self._preferences.mark_guilds_left(self._gone, now=now)
            for guild, gone in known.items():
                present = self._client.get_guild(guild) is not None
                if not present and not gone:
                    await self._subscriptions.leave(guild, now=now)
                    log.info("no longer in server %d: its daily posts rest", guild)
                elif present and gone:
                    orders = [each for each in await self._subscriptions.of(guild) if each.paused is not Pause.ASKED]
                    moments = {each.id: _next(each, now, now) for each in orders}
                    await self._subscriptions.come_back(guild, moments, since=now)
                    log.info("back in server %d: its daily posts go on", guild)
        self.wake()

    async def seen(self, guild: int, now: datetime) -> None:
        """Take note of a server that is there; at the start of the bot each one is told of."""
        if guild in self._gone:
            await self.reconcile(now)

    async def _run(self) -> None:
        while True:
            now = discord.utils.utcnow()
            try:
                turned = await self.poll(now)
            except Exception as error:
                # The next turn tries again; the heartbeat tells if it goes on.
                known = isinstance(error, DaybookError)
                log.error("a turn of the daily posts failed: %s", error, exc_info=not known)  # noqa: TRY400
                await asyncio.sleep(min(self.longest_rest, _AFTER_FAILURE).total_seconds())
            else:
                if turned:
                    self.turned = now
                await self._rest(anew=turned)

    async def _rest(self, *, anew: bool) -> None:
        if self._next is None and self._client.is_ready() and anew:
            return
        now = discord.utils.utcnow()
        waiting = [load.not_before for load in self._loads.values() if not load.flying]
        known = [self._next or _EVER, self._follow_ups.next_at or _EVER, *waiting] if anew else []
        until = min([now + self.longest_rest, *known])
        self._rests_until = until
        await asyncio.sleep(max((until - now).total_seconds(), 0.0))
        self._rests_until = None

    def _nudge(self, moment: datetime) -> None:
        """See to it that the next turn is not later than ``moment``."""
        if self._closing or self._loop is None:
            return
        if self._rests_until is not None and moment < self._rests_until:
            self._rests_until = None
            self._loop.cancel()
            self.start()

    async def _load(self, now: datetime) -> None:
        """Take up what an earlier run left; the rules of time zones may have changed with an update."""
        moments: dict[int, datetime | None] = {}
        for each in await self._subscriptions.all():
            if each.next_at is None or each.next_at > now:
                # What is entered already stays as it is.
                moments[each.id] = _next(each, max(each.since, now - timedelta(days=1)), now)
        await self._subscriptions.plan(moments)
        self._next = None
        self._loaded = True

    async def _enter(self, now: datetime) -> None:
        changes = self._changes
        due = _in_turn(await self._subscriptions.due(now))
        for start in range(0, len(due), _BATCH):
            batch = due[start : start + _BATCH]
            await asyncio.gather(*(self._enter_one(each, now) for each in batch))
            entered = await self._deliveries.open(of=[each.id for each in batch])
            self._launch(self._take_up(entered, now), now)
        self._take_up(await self._deliveries.open(), now)
        next_at = await self._subscriptions.next_at() or _EVER
        # An order that changed meanwhile may be due earlier than what was read.
        self._next = next_at if changes == self._changes else None
        self._entered = now

    def _take_up(self, deliveries: Iterable[tuple[int, Delivery]], now: datetime) -> list[_Load]:
        return [
            self._loads.setdefault(
                (delivery.subscription, delivery.day), _Load(guild, delivery, not_before=now, since=now)
            )
            for guild, delivery in deliveries
        ]

    async def _enter_one(self, subscription: Subscription, now: datetime) -> None:
        plan, lateness_allowed = subscription.options.plan, subscription.options.lateness_allowed
        first = (subscription.next_at or now) - timedelta(seconds=1)
        due: list[tuple[date, datetime, Message | None]] = []
        with suppress(DailyPostError):
            for day, at in due_between(plan, max(first, subscription.since), now):
                unwanted_skip = now - at > lateness_allowed
                due.append((day, at, NOT_RUNNING if unwanted_skip else None))
                log_delivery(log, subscription.id, day, "missed" if unwanted_skip else "due")
        await self._deliveries.plan(subscription.id, due, next_at=_next(subscription, now, now), now=now)

    async def _clean(self, now: datetime) -> None:
        # A server that is there after all is not to lose its orders.
        await self.reconcile(now)
        dropped = await self._subscriptions.purge(gone_before=now - KEPT_GONE)
        if dropped:
            log.info("dropped %d daily posts of servers that the bot left %d days ago", dropped, KEPT_GONE.days)
        if dropped := await self._preferences.purge(gone_before=now - KEPT_GONE):
            log.info("dropped what %d servers had muted that the bot left %d days ago", dropped, KEPT_GONE.days)
        await self._deliveries.purge(before=(now - KEPT_DELIVERIES).date())
        self._cleaned = now

    def _launch(self, loads: Iterable[_Load], now: datetime) -> None:
        """Start what can go."""
        for load in _in_turn(load for load in loads if load.may_go(now)):
            load.flying = True
            self._spawn(self._carry(load))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, load: _Load) -> None:
        try:
            async with self._slots:
                if self._closing:
                    return
                outcome = await self._attempt.run(load.delivery, load.tries)
        finally:
            load.flying = False
        load.delivery, load.tries = outcome.delivery, load.tries + 1
        if outcome.wait is None:
            self._loads.pop((load.delivery.subscription, load.delivery.day), None)
        else:
            load.since = discord.utils.utcnow()
            load.not_before = load.since + outcome.wait
            self._nudge(load.not_before)
        if outcome.steps:
            self._follow_ups.look()
            self._nudge(discord.utils.utcnow())


def _in_turn(each_of: Iterable[_OfServer]) -> list[_OfServer]:
    """Return one of each server before the second of any."""
    queues: dict[int, int] = defaultdict(int)
    placed: list[tuple[int, _OfServer]] = []
    for each in each_of:
        placed.append((queues[each.guild], each))
        queues[each.guild] += 1
    return [each for _, each in sorted(placed, key=lambda each: each[0])]


def _next(subscription: Subscription, after: datetime, now: datetime) -> datetime:
    """Return when an order is due next; in an hour to look again, if its time zone is no longer known."""
    try:
        return next_due(subscription.options.plan, after)[1]
    except DailyPostError as error:
        log.error("daily post %d cannot be planned: %s", subscription.id, error)  # noqa: TRY400  (its words are enough)
        return now + timedelta(hours=1)
