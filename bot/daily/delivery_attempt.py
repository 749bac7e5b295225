"""One attempt to bring one delivery to its channel."""

import asyncio
import logging
import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from weakref import WeakValueDictionary

import discord

from bot.archive.archive import Archive
from bot.cards.daily_post import daily_post, mark_late
from bot.daily import admin_notices
from bot.daily.find_post import UnreadableError, find
from bot.daily.permissions import POSTABLE_CHANNELS, Channel, access
from bot.daily.selector import Selector
from bot.daily.send import RefusedError, role_of, room_of, send
from bot.discord_errors import backoff, describe, refusal, retry_delay, surely_not_delivered
from bot.domain.errors import DaybookError
from bot.domain.schedule import local_date
from bot.domain.subscription import (
    MOST_FAILURES,
    ON_TIME,
    Choice,
    Delivery,
    Pause,
    State,
    Subscription,
    delivery_token,
)
from bot.ledger.deliveries import Claim
from bot.ledger.ledger import Ledger
from bot.locale.language import Message, event_language_for
from bot.rate_limits import no_blind_retry

log = logging.getLogger(__name__)

# Discord knows a nonce for “some minutes”, and returns the first message instead of a second one: for so long it surely
# does, even if the second request has to wait for its turn.
NONCE = timedelta(minutes=1)
# So many posts are put together at once: the first one goes before a hundred others are ready, and readers' questions
# come in between.
_SELECTING = 4
# An answer that takes longer, in seconds, is taken for lost; discord.py sleeps up to half a minute over a 429.
_ANSWER = 75.0
# By then what was sent has arrived, or never will.
_ARRIVAL = timedelta(minutes=2)
# While a server is unavailable.
_OUTAGE = timedelta(seconds=30)
# Discord's words for a server or channel that the bot does not see (any more).
_ELSEWHERE = frozenset({10003, 10004, 50001})
# How long a post that may have been sent is looked for, where Discord does not answer.
_SEARCH = timedelta(hours=24)

UNCONFIRMED = Message(
    "its sending was interrupted, and without Read Message History I cannot see whether it arrived; so it was not sent"
    " again"
)
UNFOUND = Message("its sending was interrupted, and I could not find out whether it arrived; so it was not sent again")
NOT_RUNNING = Message("Daybook was not running at that time")
_LEFT = Message("the bot is no longer in the server")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to: when to try again (None: never), and whether there are steps to follow."""

    delivery: Delivery
    wait: timedelta | None = None
    steps: bool = False


def log_delivery(to: logging.Logger, subscription: int, day: date, state: str, why: str = "") -> None:
    """Log what has become of a delivery."""
    told = {"daily_post": subscription, "date": day.isoformat(), "state": state}
    to.info("daily post %d of %s: %s%s", subscription, day, state, f", {why}" if why else "", extra=told)


def _too_late(guild: discord.Guild, delivery: Delivery) -> Message:
    """Say why a post did not come within the time it had."""
    if delivery.reason:
        return Message("it could not be sent in time: {reason}", reason=delivery.reason)
    if delivery.attempted:
        return Message("it could not be sent in time")
    outage = Message("the server was unavailable")
    return outage if guild.unavailable else NOT_RUNNING


class DeliveryAttempt:
    """Brings deliveries to their channels; knows nothing of when."""

    def __init__(self, client: discord.Client, *, archive: Archive, ledger: Ledger, rng: random.Random) -> None:
        self._client = client
        self._archive = archive
        self._identity = ledger.identity
        self._restored = ledger.restored
        self._began = discord.utils.utcnow()
        self._subscriptions = ledger.subscriptions
        self._deliveries = ledger.deliveries
        self._preferences = ledger.preferences
        self._chance = rng
        self._selecting = asyncio.Semaphore(_SELECTING)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def run(self, delivery: Delivery, tries: int) -> Outcome:
        """Make one attempt. Never raises but when cancelled: what goes wrong is tried again, or recorded."""
        try:
            subscription = await self._subscriptions.get(delivery.subscription)
            if subscription is None:
                # Removed meanwhile, and its deliveries with it.
                return Outcome(delivery)
            try:
                return await self._attempt(subscription, delivery, discord.utils.utcnow())
            except RefusedError as refused:
                reason = refused.sentence
            except discord.HTTPException as error:
                if retry_delay(error, tries, self._chance) is not None:
                    raise
                if error.code in _ELSEWHERE and await self._is_gone(subscription):
                    return await self._skip(delivery, _LEFT, unwanted_skip=True)
                reason = self._why(subscription, error)
            return await self._fail(subscription, delivery, reason)
        except Exception as error:  # noqa: BLE001  (one post's trouble is no other's)
            return await self._later(delivery, self.retry_after(error, tries), error)

    def retry_after(self, error: Exception, tries: int) -> timedelta:
        if isinstance(error, DaybookError):
            log.error("a daily post has to wait: %s", error)
            return backoff(tries, self._chance)
        try:
            return retry_delay(error, tries, self._chance) or backoff(tries, self._chance)
        except Exception:
            log.exception("a daily post failed in a way that was not foreseen")
            return backoff(tries, self._chance)

    async def _is_gone(self, subscription: Subscription) -> bool:
        """Ask whether the bot is still in the server: discord.py does not hear of it while it is disconnected."""
        try:
            await self._client.fetch_guild(subscription.guild, with_counts=False)
        except (discord.Forbidden, discord.NotFound):
            await self._subscriptions.leave(subscription.guild, now=discord.utils.utcnow())
            return True
        return False

    async def _later(self, delivery: Delivery, wait: timedelta, error: Exception) -> Outcome:
        why = f"{type(error).__name__}: {error}"[:300]
        log_delivery(log, delivery.subscription, delivery.day, "waiting", why)
        try:
            if surely_not_delivered(error):
                await self._deliveries.unclaim(delivery.id)
            if not isinstance(error, DaybookError):
                await self._deliveries.note(delivery.id, describe(error))
        except DaybookError as trouble:
            log.error("why a daily post has to wait cannot be noted: %s", trouble)  # noqa: TRY400
        # What was claimed in this attempt is known to the ledger only.
        fresh = await self._fresh(delivery)
        return Outcome(fresh, wait)

    async def _fresh(self, delivery: Delivery) -> Delivery:
        try:
            return await self._deliveries.on(delivery.subscription, delivery.day) or delivery
        except DaybookError:
            # Whether it was claimed is not known: take it for claimed.
            now = discord.utils.utcnow()
            return replace(delivery, state=State.CLAIMED, claimed=delivery.claimed or now, attempted=now)

    async def _attempt(self, subscription: Subscription, delivery: Delivery, now: datetime) -> Outcome:
        options = subscription.options
        over = now - delivery.due > options.lateness_allowed
        guild = self._client.get_guild(subscription.guild)
        if guild is None:
            return await self._skip(delivery, _LEFT, unwanted_skip=True)
        if guild.unavailable and (not over or delivery.state is State.CLAIMED):
            return Outcome(delivery, _OUTAGE)
        token = delivery_token(self._identity, subscription.id, delivery.day)
        if delivery.state is State.CLAIMED:
            done = await self._recover(subscription, delivery, guild, token, now)
            if done is not None:
                return done
        if over:
            return await self._skip(delivery, _too_late(guild, delivery), unwanted_skip=True)
        room = await room_of(guild, options.channel)
        if why_not := await self._reason(subscription, delivery, room):
            return await self._skip(delivery, why_not)
        # One after the other in each channel: what one tells the next one is not to repeat.
        async with self._turns.setdefault(room.id, asyncio.Lock()):
            # What was read before may be old: somebody else had the turn.
            return await self._post(subscription, delivery, room, token, discord.utils.utcnow())

    async def _reason(self, subscription: Subscription, delivery: Delivery, room: Channel) -> Message | None:
        """Return why nothing is to be sent; raise RefusedError where admins must hear of it."""
        if subscription.paused is Pause.ASKED:
            return Message("it was paused")
        choice = (await self._deliveries.choices(subscription.id)).get(delivery.day, Choice())
        if choice.skip:
            return Message("somebody who manages this server skipped that day")
        if lacks := access(room, subscription.options).needed:
            reason = admin_notices.lacking(lacks)
            if subscription.paused is Pause.FAILING:
                return Message("it rests, since {reason}", reason=reason)
            raise RefusedError(reason)
        return None

    async def _post(
        self, subscription: Subscription, delivery: Delivery, room: Channel, token: str, now: datetime
    ) -> Outcome:
        options = subscription.options
        async with self._selecting:
            rejected_leads = (
                (await self._deliveries.choices(subscription.id)).get(delivery.day, Choice()).rejected_leads
            )
            muted = self._preferences.mutes(subscription.guild)
            locale = room.guild.preferred_locale.value
            selector = Selector(
                self._archive, self._deliveries, options, muted=muted, prefer=event_language_for(locale)
            )
            selection = await selector.select(delivery.day, rejected_leads=rejected_leads)
        if selection is None:
            nothing = Message("the archive has nothing for that day")
            unmuted = Message("the archive has nothing for that day that this server has not muted")
            return await self._skip(delivery, unmuted if muted else nothing)
        late = now - delivery.due > ON_TIME
        if delivery.state is State.DUE and await self._stands(subscription, room, delivery, token, now):
            # Sent by somebody with a newer ledger than this one, which was put back from a backup.
            return await self._skip(delivery, Message("it was sent already"))
        post = daily_post(
            selection,
            topic=options.topic,
            token=token,
            role=role_of(room, options),
            locale=locale,
            muted=muted,
        )
        if late:
            post = mark_late(post, delivery.due, locale=locale)
        claim = Claim(room.id, selection.shown, post.title, late)
        if not await self._deliveries.claim(delivery.id, claim, now=discord.utils.utcnow()):
            return Outcome(delivery)
        log_delivery(log, subscription.id, delivery.day, "claimed")
        async with asyncio.timeout(_ANSWER):
            with no_blind_retry():
                channel, message = await send(room, post, options, nonce=token)
        return await self._confirm(subscription, delivery, room.id, (channel, message))

    async def _recover(
        self, subscription: Subscription, delivery: Delivery, guild: discord.Guild, token: str, now: datetime
    ) -> Outcome | None:
        """Find out what became of a message that nobody confirmed; None if it is to be sent (again)."""
        room = await room_of(guild, delivery.channel or subscription.options.channel)
        since = delivery.claimed or delivery.due
        if timedelta() <= now - since <= NONCE and await self._is_repeatable(subscription, delivery, room, now):
            return None
        attempted = delivery.attempted or since
        if timedelta() <= now - attempted < _ARRIVAL:
            # What was sent a moment ago may be on its way still, and not be found yet.
            return Outcome(delivery, _ARRIVAL - (now - attempted))
        try:
            async with asyncio.timeout(_ANSWER):
                found = await find(room, token, since=since, until=delivery.attempted or now)
        except UnreadableError:
            lacks = access(room, subscription.options)
            hidden = lacks.needed or lacks.advised
            return await self._skip(delivery, UNCONFIRMED if hidden else UNFOUND, unwanted_skip=True)
        except Exception:
            if now - delivery.due > _SEARCH:
                log.exception("daily post %d of %s cannot be looked for", subscription.id, delivery.day)
                return await self._skip(delivery, UNFOUND, unwanted_skip=True)
            raise
        return await self._confirm(subscription, delivery, room.id, found) if found else None

    async def _is_repeatable(
        self, subscription: Subscription, delivery: Delivery, room: Channel, now: datetime
    ) -> bool:
        """Tell whether sending again, with the same nonce, finds out whether a message arrived, and may be done."""
        options = subscription.options
        if (
            isinstance(room, discord.ForumChannel)
            or room.id != options.channel
            or now - delivery.due > options.lateness_allowed
        ):
            return False
        try:
            return await self._reason(subscription, delivery, room) is None
        except RefusedError:
            return False

    async def _stands(
        self, subscription: Subscription, room: Channel, delivery: Delivery, token: str, now: datetime
    ) -> bool:
        """Look for a post that this ledger does not know: only where an older one may have been put in its place."""
        since = delivery.due
        if self._restored and delivery.day <= local_date(subscription.options.plan, self._restored):
            # The order may have had another time that day.
            since -= timedelta(days=1)
        elif delivery.due > self._began or now - delivery.due <= NONCE:
            # Nobody sent it before this run.
            return False
        try:
            async with asyncio.timeout(_ANSWER):
                return await find(room, token, since=since, until=now) is not None
        except UnreadableError:
            return False

    async def _confirm(
        self, subscription: Subscription, delivery: Delivery, room: int, post: tuple[int, int]
    ) -> Outcome:
        options = subscription.options
        channel, message = post
        await self._deliveries.confirm(
            delivery.id, room=room, channel=channel, message=message, steps=options.steps, now=discord.utils.utcnow()
        )
        log_delivery(log, subscription.id, delivery.day, "sent", f"message {message} in {channel}")
        return Outcome(delivery, steps=bool(options.steps))

    async def _skip(self, delivery: Delivery, reason: Message, *, unwanted_skip: bool = False) -> Outcome:
        await self._deliveries.skip(delivery.id, reason, now=discord.utils.utcnow(), unwanted_skip=unwanted_skip)
        log_delivery(log, delivery.subscription, delivery.day, State.SKIPPED, str(reason))
        return Outcome(delivery)

    async def _fail(self, subscription: Subscription, delivery: Delivery, reason: Message) -> Outcome:
        failures = await self._deliveries.fail(delivery.id, reason, most=MOST_FAILURES, now=discord.utils.utcnow())
        log_delivery(log, subscription.id, delivery.day, State.FAILED, str(reason))
        if failures == MOST_FAILURES:
            log.warning("daily post %d rests after %d failures in a row", subscription.id, failures)
        guild = self._client.get_guild(subscription.guild)
        if (
            guild
            and not subscription.admins_notified
            and await admin_notices.notify_admins(self._client, guild, admin_notices.notice(subscription, reason))
        ):
            await self._subscriptions.mark_admins_notified(subscription.id)
        return Outcome(delivery)

    def _why(self, subscription: Subscription, error: discord.HTTPException) -> Message:
        """Say why Discord refused: what is missing, where the bot can see that, else in Discord's words."""
        guild = self._client.get_guild(subscription.guild)
        room = guild.get_channel_or_thread(subscription.options.channel) if guild else None
        if isinstance(error, discord.Forbidden) and isinstance(room, POSTABLE_CHANNELS):
            lacks = access(room, subscription.options).needed
            if lacks:
                return admin_notices.lacking(lacks)
        if not isinstance(error, discord.Forbidden | discord.NotFound):
            log.error("Discord refused daily post %d: %s", subscription.id, error)
        return refusal(error)
