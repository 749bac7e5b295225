"""One attempt to bring one delivery to its channel."""

import asyncio
import logging
import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from weakref import WeakValueDictionary

import discord

from bot.archive.archive import Archive
from bot.cards.daily_post import Post, mark_late
from bot.cards.digest import post_for
from bot.clock import Clock
from bot.daily import admin_notices
from bot.daily.due_dates import NOT_RUNNING, retry_planning
from bot.daily.find_post import UnreadableError, find_post, is_in_forum
from bot.daily.news_selector import NEWS_AGE, select_news
from bot.daily.permissions import POSTABLE_CHANNELS, Channel, missing_permissions, obstacle
from bot.daily.selector import Selector
from bot.daily.send import CannotPostError, fetch_channel, role_to_mention, send
from bot.discord_errors import INVALID_FORM, backoff, describe, refusal, retry_delay, surely_not_delivered
from bot.domain.delivery import Claim, DayChoice, Delivery, DeliveryState, NewsReport, delivery_token
from bot.domain.errors import DailyPostError, DaybookError
from bot.domain.preferences import Mutes
from bot.domain.schedule import next_midnight
from bot.domain.selection import Selection
from bot.domain.subscription import LATE_AFTER, MAX_FAILURES, MOST_AT_ONCE, Kind, Pause, Subscription
from bot.ledger.ledger import Ledger
from bot.locale.language import Message, event_language_for

log = logging.getLogger(__name__)

# Discord knows a nonce for “some minutes”, and returns the first message instead of a second one. This long it surely
# does, even if the second request has to wait for a rate limit.
_NONCE_LIFETIME = timedelta(minutes=1)
# How many posts are selected at once: the first is sent before a hundred others are ready, and readers' questions come
# in between.
_MAX_SELECTING = 4
# An answer of Discord's that takes longer, in seconds, is taken for lost; discord.py sleeps up to half a minute over a
# 429.
_TIMEOUT = 75.0
# What was sent this long ago has arrived, or never will.
_ARRIVAL_LIMIT = timedelta(minutes=2)
# How long to wait while a server is unavailable.
_OUTAGE_WAIT = timedelta(seconds=30)
# Discord's codes for a server or channel that the bot does not see (any more).
_UNKNOWN_CODES = frozenset({10003, 10004, 50001})
# How long a post that may have been sent is looked for while Discord does not answer.
_SEARCH_LIMIT = timedelta(hours=24)
_MAX_ERROR_LENGTH = 300
# How far ahead of UTC a place may be, and from when to when some place has a certain date.
_EARLIEST_ZONE, _LENGTH_OF_DATE = timedelta(hours=14), timedelta(hours=50)
# How long to wait after the first refusal and after many: a permission may be granted, or Discord may have erred.
_REFUSED_WAIT, _LONGEST_REFUSED_WAIT = timedelta(minutes=1), timedelta(minutes=10)

_UNCONFIRMED = Message(
    "its sending was interrupted, and without Read Message History I cannot see whether it arrived; so it was not sent"
    " again"
)
_NOT_FOUND_OUT = Message(
    "its sending was interrupted, and I could not find out whether it arrived; so it was not sent again"
)
_LEFT = Message("the bot is no longer in the server")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: after how long to try again (None: never), and whether there are follow-ups to do.

    ``state`` is what has become of the delivery for good; None if that is open, or its subscription is gone.
    """

    delivery: Delivery
    retry_in: timedelta | None = None
    has_follow_ups: bool = False
    state: DeliveryState | None = None


def log_delivery(to: logging.Logger, subscription_id: int, day: date, state: str, detail: str = "") -> None:
    """Log what has become of a delivery."""
    extra = {"daily_post": subscription_id, "date": day.isoformat(), "state": state}
    to.info("daily post %d of %s: %s%s", subscription_id, day, state, f", {detail}" if detail else "", extra=extra)


def _not_now(delivery: Delivery, now: datetime) -> Outcome | None:
    """Return how an attempt ends at once: the delivery is closed, or not due yet; None if it is to be made."""
    if not delivery.state.is_open and delivery.retry_until is None:
        return Outcome(delivery)
    wait = delivery.due_at - now
    return Outcome(delivery, wait) if wait > timedelta() and not _may_have_arrived(delivery) else None


def _may_have_arrived(delivery: Delivery) -> bool:
    """Tell whether a message was sent, perhaps, that nobody has confirmed."""
    return delivery.state is DeliveryState.CLAIMED or (not delivery.state.is_open and delivery.claimed_at is not None)


def _too_late_reason(guild: discord.Guild, delivery: Delivery) -> Message:
    """Say why a post did not come within the time it had."""
    if delivery.reason:
        return Message("it could not be sent in time: {reason}", reason=delivery.reason)
    if delivery.attempted_at:
        return Message("it could not be sent in time")
    outage = Message("the server was unavailable")
    return outage if guild.unavailable else NOT_RUNNING


def _nothing_reason(muted: Mutes, report: NewsReport | None) -> Message:
    """Say why there is nothing to post."""
    if report is not None:
        return Message("there was nothing new")
    if muted:
        return Message("the archive has nothing for that day that this server has not muted")
    return Message("the archive has nothing for that day")


class DeliveryAttempt:
    """Makes single attempts to bring deliveries to their channels; the courier says when."""

    def __init__(
        self, client: discord.Client, *, archive: Archive, ledger: Ledger, clock: Clock, rng: random.Random
    ) -> None:
        self._client = client
        self._archive = archive
        self._clock = clock
        self._ledger = ledger
        self._ledger_identity = ledger.identity
        self._restored_at = ledger.restored_at
        self._started_at = clock.now()
        self._subscriptions = ledger.subscriptions
        self._deliveries = ledger.deliveries
        self._preferences = ledger.preferences
        self._rng = rng
        self._selecting = asyncio.Semaphore(_MAX_SELECTING)
        self._channel_locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._notice_locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def run(self, delivery: Delivery, tries: int) -> Outcome:
        """Make one attempt. Raises nothing but CancelledError: what goes wrong is tried again, or recorded."""
        try:
            subscription = await self._subscriptions.get(delivery.subscription_id)
            if subscription is None:
                # Removed meanwhile, and its deliveries with it.
                return Outcome(delivery)
            is_final = False
            if tries:
                # An edit may have moved it while it waited.
                delivery = await self._reload(delivery)
                if (outcome := _not_now(delivery, self._clock.now())) is not None:
                    return outcome
            try:
                return await self._attempt(subscription, delivery, tries, self._clock.now())
            except CannotPostError as error:
                reason = error.sentence
            except discord.HTTPException as error:
                if retry_delay(error, tries, self._rng) is not None:
                    raise
                if error.code in _UNKNOWN_CODES and await self._has_left_guild(subscription):
                    return await self._skip_left(delivery)
                reason = self._refusal_reason(subscription, error)
                # The same post would be refused again; one that was sent before, perhaps, is to be looked for.
                is_final = error.code == INVALID_FORM and not _may_have_arrived(delivery)
            return await self._fail(subscription, delivery, reason, tries, is_final=is_final)
        except Exception as error:  # noqa: BLE001  (what goes wrong with one post must not stop others)
            return await self._postpone(delivery, self._delay_after(error, tries), error)

    def _delay_after(self, error: Exception, tries: int) -> timedelta:
        """Return how long to wait after an error of any kind, and log it where nobody else does."""
        if isinstance(error, DaybookError):
            log.error("a daily post has to wait: %s", error)
            return backoff(tries, self._rng)
        try:
            return retry_delay(error, tries, self._rng) or backoff(tries, self._rng)
        except Exception:
            log.exception("a daily post failed in a way that was not foreseen")
            return backoff(tries, self._rng)

    async def _has_left_guild(self, subscription: Subscription) -> bool:
        """Ask Discord whether the bot has left the server: discord.py misses that while it is disconnected."""
        try:
            await self._client.fetch_guild(subscription.guild_id, with_counts=False)
        except (discord.Forbidden, discord.NotFound):
            await self._subscriptions.leave_guild(subscription.guild_id, now=self._clock.now())
            return True
        return False

    async def _postpone(self, delivery: Delivery, wait: timedelta, error: Exception) -> Outcome:
        detail = f"{type(error).__name__}: {error}"[:_MAX_ERROR_LENGTH]
        log_delivery(log, delivery.subscription_id, delivery.day, "waiting", detail)
        try:
            if not isinstance(error, DaybookError):
                await self._deliveries.set_reason(delivery.id, describe(error))
        except DaybookError as ledger_error:
            log.error("why a daily post has to wait cannot be noted: %s", ledger_error)  # noqa: TRY400
        return Outcome(await self._reload(delivery), wait)

    async def _reload(self, delivery: Delivery) -> Delivery:
        """Return the delivery as the ledger has it: this attempt may have claimed it."""
        try:
            return await self._deliveries.on_day(delivery.subscription_id, delivery.day, delivery.part) or delivery
        except DaybookError:
            # Nobody knows whether it was claimed: take it for claimed.
            now = self._clock.now()
            return replace(
                delivery, state=DeliveryState.CLAIMED, claimed_at=delivery.claimed_at or now, attempted_at=now
            )

    async def _attempt(self, subscription: Subscription, delivery: Delivery, tries: int, now: datetime) -> Outcome:
        options = subscription.options
        is_claimed = _may_have_arrived(delivery)
        is_too_late = now - delivery.due_at > options.lateness_allowed
        guild = self._client.get_guild(subscription.guild_id)
        if guild is None:
            return await self._skip_left(delivery)
        if guild.unavailable and (not is_too_late or is_claimed):
            return Outcome(delivery, _OUTAGE_WAIT)
        token = delivery_token(self._ledger_identity, subscription.id, delivery.day, delivery.part)
        if is_claimed:
            outcome = await self._recover_claimed(subscription, delivery, guild, token, now)
            if outcome is not None:
                return outcome
        if is_too_late:
            return await self._skip(delivery, _too_late_reason(guild, delivery), unwanted_skip=True)
        channel = await fetch_channel(guild, options.channel_id)
        if (outcome := await self._obstruction(subscription, delivery, channel, tries)) is not None:
            return outcome
        # One after the other in each channel: what one post shows, the next one is not to repeat.
        async with self._channel_locks.setdefault(channel.id, asyncio.Lock()):
            # Another post may have held the lock for a while: the time is read again.
            return await self._post(subscription, delivery, channel, token, self._clock.now())

    async def _obstruction(
        self, subscription: Subscription, delivery: Delivery, channel: Channel, tries: int
    ) -> Outcome | None:
        """Skip a post that is not wanted, or of a subscription that rests; raise CannotPostError for other obstacles.

        Returns None where nothing is.
        """
        if reason := await self._skip_reason(subscription, delivery):
            return await self._skip(delivery, reason)
        reason = obstacle(channel, subscription.options)
        if reason is None:
            return None
        if subscription.paused is Pause.AFTER_FAILURES:
            return await self._rest(subscription, delivery, tries, Message("it is paused: {reason}", reason=reason))
        raise CannotPostError(reason)

    async def _skip_reason(self, subscription: Subscription, delivery: Delivery) -> Message | None:
        """Return why nothing is to be sent, though it could be."""
        if subscription.paused is Pause.BY_ADMIN:
            return Message("it was paused")
        choice = await self._choice(delivery)
        if choice.skip:
            return Message("somebody who manages this server skipped that day")
        return None

    async def _choice(self, delivery: Delivery) -> DayChoice:
        """Return what admins decided for a delivery's date."""
        choices = await self._deliveries.choices(delivery.subscription_id)
        return choices.get(delivery.day, DayChoice())

    async def _post(
        self, subscription: Subscription, delivery: Delivery, channel: Channel, token: str, now: datetime
    ) -> Outcome:
        options = subscription.options
        if delivery.part and await self._is_full(subscription, delivery):
            return await self._skip(
                delivery, Message("this channel has had its {most} messages for that day", most=MOST_AT_ONCE)
            )
        async with self._selecting:
            muted = self._preferences.mutes(subscription.guild_id)
            selection, report = await self._select(subscription, delivery, channel, muted)
        if selection is None:
            return await self._skip(delivery, _nothing_reason(muted, report), report=report)
        if not _may_have_arrived(delivery) and await self._is_posted(subscription, channel, delivery, token, now):
            # By a bot with a newer ledger than this one, which was restored from a backup; or on another machine.
            if delivery.part:
                # What is new now goes into a message of its own.
                await self._subscriptions.look_again(subscription.id, now)
            return await self._skip(delivery, Message("it was sent already"))
        is_late = now - delivery.due_at > LATE_AFTER
        post = self._make_post(subscription, channel, selection, token, muted)
        if is_late:
            post = mark_late(post, delivery.due_at, locale=channel.guild.preferred_locale.value)
        claim = Claim(channel.id, selection.history_entries, post.title, is_late, report)
        if not await self._deliveries.claim(delivery.id, claim, now=self._clock.now()):
            return Outcome(delivery)
        log_delivery(log, subscription.id, delivery.day, "claimed")
        async with asyncio.timeout(_TIMEOUT):
            try:
                sent = await send(channel, post, options, nonce=token)
            except Exception as error:
                if self._is_refused(error) or surely_not_delivered(error):
                    # What was refused has not arrived; of an earlier attempt, that may not be known.
                    await self._deliveries.unclaim(delivery.id)
                raise
        return await self._confirm(subscription, delivery, channel.id, sent)

    def _is_refused(self, error: Exception) -> bool:
        return isinstance(error, discord.HTTPException) and retry_delay(error, 0, self._rng) is None

    async def _is_full(self, subscription: Subscription, delivery: Delivery) -> bool:
        """Tell whether follows have made as many messages at once in a channel on a local date as they may."""
        if _may_have_arrived(delivery):
            return False
        channel_id = subscription.options.channel_id
        return await self._deliveries.count_at_once(subscription.guild_id, channel_id, delivery.day) >= MOST_AT_ONCE

    async def _select(
        self, subscription: Subscription, delivery: Delivery, channel: Channel, muted: Mutes
    ) -> tuple[Selection | None, NewsReport | None]:
        prefer = event_language_for(channel.guild.preferred_locale.value)
        if subscription.kind is Kind.FOLLOW:
            # Until then, however often it is tried: it is the same post each time.
            until = delivery.due_at - NEWS_AGE
            found = await select_news(
                self._archive, self._ledger, subscription,
                day=delivery.day, until=until, muted=muted, prefer=prefer, delivery_id=delivery.id,
            )  # fmt: skip
            return found.selection, found.report
        selector = Selector(
            self._archive, self._deliveries, subscription.options,
            now=self._clock.now(), delivery_id=delivery.id, muted=muted, prefer=prefer,
        )  # fmt: skip
        choice = await self._choice(delivery)
        return await selector.select(delivery.day, rejected_leads=choice.rejected_leads), None

    @staticmethod
    def _make_post(
        subscription: Subscription, channel: Channel, selection: Selection, token: str, muted: Mutes
    ) -> Post:
        return post_for(
            selection,
            subscription.options,
            token=token,
            role_id=role_to_mention(channel, subscription.options),
            locale=channel.guild.preferred_locale.value,
            muted=muted,
        )

    async def _recover_claimed(
        self, subscription: Subscription, delivery: Delivery, guild: discord.Guild, token: str, now: datetime
    ) -> Outcome | None:
        """Find out what became of a message that nobody confirmed; None if it is to be sent (again)."""
        channel = await fetch_channel(guild, delivery.channel_id or subscription.options.channel_id)
        claimed_at = delivery.claimed_at or delivery.due_at
        is_nonce_known = timedelta() <= now - claimed_at <= _NONCE_LIFETIME
        if is_nonce_known and await self._may_repeat(subscription, delivery, channel, now):
            return None
        attempted_at = delivery.attempted_at or claimed_at
        if timedelta() <= now - attempted_at < _ARRIVAL_LIMIT:
            # What was sent a moment ago may still be on its way, and not be found yet.
            return Outcome(delivery, _ARRIVAL_LIMIT - (now - attempted_at))
        try:
            async with asyncio.timeout(_TIMEOUT):
                until = delivery.attempted_at or now
                post = await find_post(channel, token, own_id=self._own_id, since=claimed_at, until=until)
        except UnreadableError:
            missing = missing_permissions(channel, subscription.options)
            reason = _UNCONFIRMED if missing.required or missing.recommended else _NOT_FOUND_OUT
            return await self._skip(delivery, reason, unwanted_skip=True, shown_in=channel.id)
        except Exception:
            if now - delivery.due_at > _SEARCH_LIMIT:
                log.exception("daily post %d of %s cannot be looked for", subscription.id, delivery.day)
                return await self._skip(delivery, _NOT_FOUND_OUT, unwanted_skip=True, shown_in=channel.id)
            raise
        return await self._confirm(subscription, delivery, channel.id, post) if post else None

    async def _may_repeat(
        self, subscription: Subscription, delivery: Delivery, channel: Channel, now: datetime
    ) -> bool:
        """Tell whether the post may be sent again with its nonce: if it arrived, Discord returns the first message."""
        options = subscription.options
        if (
            isinstance(channel, discord.ForumChannel)
            or channel.id != options.channel_id
            or now - delivery.due_at > options.lateness_allowed
        ):
            return False
        return await self._skip_reason(subscription, delivery) is None and obstacle(channel, options) is None

    async def _is_posted(
        self, subscription: Subscription, channel: Channel, delivery: Delivery, token: str, now: datetime
    ) -> bool:
        """Look for a post that this ledger does not know: in forums, and where an older one may have been restored."""
        if isinstance(channel, discord.ForumChannel):
            async with asyncio.timeout(_TIMEOUT):
                if await is_in_forum(channel, token, own_id=self._own_id, since=delivery.due_at):
                    return True
        since = delivery.due_at
        if self._restored_at and delivery.day <= (self._restored_at + _EARLIEST_ZONE).date():
            # The subscription may have had another time that day, or another time zone.
            since -= _LENGTH_OF_DATE
        elif delivery.due_at > self._started_at or now - delivery.due_at <= _NONCE_LIFETIME:
            # Nobody sent it before this run.
            return False
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await find_post(channel, token, own_id=self._own_id, since=since, until=now) is not None
        except UnreadableError:
            return False

    async def _confirm(
        self, subscription: Subscription, delivery: Delivery, history_channel_id: int, post: tuple[int, int]
    ) -> Outcome:
        """Record where a post is: ``post`` are the ids of its channel or thread, and of its message."""
        steps = subscription.options.follow_up_steps
        channel_id, message_id = post
        await self._deliveries.confirm(
            delivery.id,
            history_channel_id=history_channel_id,
            channel_id=channel_id,
            message_id=message_id,
            steps=steps,
            now=self._clock.now(),
        )
        log_delivery(log, subscription.id, delivery.day, "sent", f"message {message_id} in {channel_id}")
        return Outcome(delivery, has_follow_ups=bool(steps), state=DeliveryState.SENT)

    @property
    def _own_id(self) -> int:
        assert self._client.user is not None, "known after login"  # noqa: S101
        return self._client.user.id

    async def _skip(
        self,
        delivery: Delivery,
        reason: Message,
        *,
        unwanted_skip: bool = False,
        shown_in: int | None = None,
        report: NewsReport | None = None,
    ) -> Outcome:
        """Record that nothing is sent; where a message was, perhaps, its events count as ``shown_in`` a channel."""
        if delivery.part and report is None:
            await self._look_again(delivery)
        if not delivery.state.is_open:
            # It was refused, and that stands.
            await self._deliveries.end_retries(delivery.id)
            return Outcome(delivery)
        await self._deliveries.skip(
            delivery.id,
            reason,
            now=self._clock.now(),
            unwanted_skip=unwanted_skip,
            history_channel_id=shown_in,
            report=report,
        )
        log_delivery(log, delivery.subscription_id, delivery.day, DeliveryState.SKIPPED, str(reason))
        return Outcome(delivery, state=DeliveryState.SKIPPED)

    async def _look_again(self, delivery: Delivery) -> None:
        """Let a follow that posts at once look on the next local date for what it could not post."""
        subscription, now = await self._subscriptions.get(delivery.subscription_id), self._clock.now()
        if subscription is None:
            return
        try:
            at = next_midnight(subscription.options.plan.zone, now)
        except DailyPostError as error:
            at = retry_planning(subscription, error, now)
        await self._subscriptions.look_again(subscription.id, at)

    async def _skip_left(self, delivery: Delivery) -> Outcome:
        """Skip a post of a server that the bot is no longer in; one that was sent, perhaps, may stand there."""
        if _may_have_arrived(delivery):
            return await self._skip(delivery, _NOT_FOUND_OUT, unwanted_skip=True, shown_in=delivery.channel_id)
        return await self._skip(delivery, _LEFT, unwanted_skip=True)

    async def _rest(self, subscription: Subscription, delivery: Delivery, tries: int, reason: Message) -> Outcome:
        """Skip a post of a subscription that rests; within the time it has, it is tried again."""
        retry_until = self._retry_until(subscription, delivery)
        await self._deliveries.skip(
            delivery.id, reason, now=self._clock.now(), unwanted_skip=False, retry_until=retry_until
        )
        return await self._refused(delivery, DeliveryState.SKIPPED, reason, tries, retry_until)

    async def _fail(
        self, subscription: Subscription, delivery: Delivery, reason: Message, tries: int, *, is_final: bool
    ) -> Outcome:
        """Record that a post was refused; within the time it has, it is tried again, unless that is ``is_final``."""
        retry_until = None if is_final else self._retry_until(subscription, delivery)
        if retry_until is None and delivery.part:
            # First: what is closed is not come back to, should the ledger fail.
            await self._look_again(delivery)
        failures = await self._deliveries.fail(
            delivery.id, reason, max_failures=MAX_FAILURES, now=self._clock.now(), retry_until=retry_until
        )
        if failures == MAX_FAILURES:
            log.warning("daily post %d is paused after %d failures in a row", subscription.id, failures)
        # Without failures, this local date was counted already, and the admins know.
        if failures and not subscription.admins_notified:
            await self._notify_admins(subscription, reason)
        return await self._refused(delivery, DeliveryState.FAILED, reason, tries, retry_until)

    async def _refused(
        self, delivery: Delivery, state: DeliveryState, reason: Message, tries: int, retry_until: datetime | None
    ) -> Outcome:
        log_delivery(log, delivery.subscription_id, delivery.day, state, str(reason))
        if retry_until is None:
            return Outcome(delivery, state=state)
        wait = min(_REFUSED_WAIT * 2 ** min(tries, 10), _LONGEST_REFUSED_WAIT)
        return Outcome(await self._reload(delivery), wait)

    def _retry_until(self, subscription: Subscription, delivery: Delivery) -> datetime | None:
        until = delivery.due_at + subscription.options.lateness_allowed
        return until if until > self._clock.now() else None

    async def _notify_admins(self, subscription: Subscription, reason: Message) -> None:
        """Write to the admins of a server: once for one cause, however many subscriptions it keeps from posting."""
        guild = self._client.get_guild(subscription.guild_id)
        if guild is None:
            return
        async with self._notice_locks.setdefault(guild.id, asyncio.Lock()):
            if await self._subscriptions.is_notified(guild.id, reason):
                return
            notice = admin_notices.failure_notice(subscription, reason)
            if await admin_notices.notify_admins(self._client, guild, notice):
                await self._subscriptions.mark_admins_notified(subscription.id, reason)

    def _refusal_reason(self, subscription: Subscription, error: discord.HTTPException) -> Message:
        """Say why Discord refused: by what the bot sees is in the way, else in Discord's words."""
        guild = self._client.get_guild(subscription.guild_id)
        channel = guild.get_channel_or_thread(subscription.options.channel_id) if guild else None
        if isinstance(error, discord.Forbidden) and isinstance(channel, POSTABLE_CHANNELS):
            return obstacle(channel, subscription.options) or refusal(error, subscription.kind)
        if not isinstance(error, discord.Forbidden | discord.NotFound):
            log.error("Discord refused daily post %d: %s", subscription.id, error)
        return refusal(error, subscription.kind)
