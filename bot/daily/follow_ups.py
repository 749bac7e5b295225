"""Does what follows a post: opens a thread, publishes it, pins it. No failed step ever repeats the post."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.clock import Clock
from bot.discord_errors import describe, refusal, retry_delay
from bot.domain.delivery import FollowUp, FollowUpStep
from bot.ledger.ledger import Ledger
from bot.locale.language import Message

log = logging.getLogger(__name__)

# How many run at once: posts go first.
_MAX_RUNNING = 8
# A step that could not be done for so long after the post is given up.
_GIVE_UP_AFTER = timedelta(hours=6)
_RETRY_AFTER_BUG = timedelta(minutes=5)
# How long Discord may take to answer, in seconds.
_TIMEOUT = 75.0
_MAX_WAIT = timedelta(hours=2)
# Discord's code for a channel that holds as many pins as it can.
_TOO_MANY_PINS = 30003
# Discord's codes for what is done already: the message has a thread, the message is published.
_ALREADY_DONE = frozenset({160004, 40033})
_NAMES = {
    FollowUpStep.THREAD: "opening a thread",
    FollowUpStep.PUBLISH: "publishing it",
    FollowUpStep.PIN: "pinning it",
}

Key = tuple[int, FollowUpStep]


class FollowUps:
    """Runs the follow-ups that the ledger has, and tries again those that fail for a time."""

    def __init__(self, client: discord.Client, *, ledger: Ledger, clock: Clock, rng: random.Random) -> None:
        self._client = client
        self._subscriptions = ledger.subscriptions
        self._deliveries = ledger.deliveries
        self._clock = clock
        self._rng = rng
        self._slots = asyncio.Semaphore(_MAX_RUNNING)
        self._is_loaded = False
        self._pending: dict[Key, FollowUp] = {}
        self._not_before: dict[Key, datetime] = {}
        self._tries: dict[Key, int] = {}
        self._running: set[Key] = set()

    def reload(self) -> None:
        """Read the ledger's pending follow-ups again at the next poll."""
        self._is_loaded = False

    @property
    def next_at(self) -> datetime | None:
        """When the next one may be tried again; None if nothing waits."""
        return min((moment for key, moment in self._not_before.items() if key not in self._running), default=None)

    async def launch(self, now: datetime, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        """Start what can be done now, each in a task that ``spawn`` creates. Raises LedgerError."""
        if not self._is_loaded:
            self._is_loaded = True
            for follow_up in await self._deliveries.pending_follow_ups():
                key = (follow_up.delivery_id, follow_up.step)
                self._pending.setdefault(key, follow_up)
                self._not_before.setdefault(key, now)
        for key, follow_up in self._pending.items():
            # A moment that is further away than any wait means that the clock was set back: it does not count.
            has_to_wait = now < self._not_before[key] <= now + _MAX_WAIT
            if key not in self._running and not has_to_wait:
                self._running.add(key)
                spawn(self._run(key, follow_up))

    async def _run(self, key: Key, follow_up: FollowUp) -> None:
        try:
            async with self._slots:
                wait = await self._attempt(follow_up, self._tries.get(key, 0))
        except Exception:
            log.exception("after a daily post, %s failed in a way that was not foreseen", _NAMES[follow_up.step])
            # What is given up here is still pending in the ledger, and tried again at the next start.
            wait = None if self._is_given_up(follow_up) else _RETRY_AFTER_BUG
        finally:
            self._running.discard(key)
        if wait is None:
            del self._pending[key], self._not_before[key]
            self._tries.pop(key, None)
        else:
            self._tries[key] = self._tries.get(key, 0) + 1
            self._not_before[key] = self._clock.now() + wait

    def _is_given_up(self, follow_up: FollowUp) -> bool:
        return self._clock.now() - follow_up.sent_at >= _GIVE_UP_AFTER

    async def _attempt(self, follow_up: FollowUp, tries: int) -> timedelta | None:
        """Try once; return how long to wait before the next try, None if it is over."""
        reason: Message | None = None
        try:
            async with asyncio.timeout(_TIMEOUT):
                await self._do(follow_up)
        except Exception as error:  # noqa: BLE001  (sorted by what it means)
            wait = None if isinstance(error, _ChannelGoneError) else retry_delay(error, tries, self._rng)
            if wait is not None and not self._is_given_up(follow_up):
                return wait
            if getattr(error, "code", None) not in _ALREADY_DONE:
                reason = await self._failure_reason(follow_up, error)
        await self._deliveries.finish_follow_up(follow_up, reason=reason)
        extra = {"delivery": follow_up.delivery_id, "step": follow_up.step, "state": "failed" if reason else "done"}
        log.info("after a daily post, %s: %s", _NAMES[follow_up.step], reason or "done", extra=extra)
        return None

    async def _failure_reason(self, follow_up: FollowUp, error: Exception) -> Message:
        if isinstance(error, _ChannelGoneError):
            return Message("its channel is gone")
        subscription = await self._subscriptions.get(follow_up.subscription_id)
        if subscription is None or not isinstance(error, discord.HTTPException):
            return describe(error)
        return refusal(error, subscription.kind)

    async def _do(self, follow_up: FollowUp) -> None:
        message = await self._message(follow_up.channel_id, follow_up.message_id)
        match follow_up.step:
            case FollowUpStep.THREAD:
                await message.create_thread(name=follow_up.title)
            case FollowUpStep.PUBLISH:
                await message.publish()
            case FollowUpStep.PIN:
                await self._pin(message, await self._deliveries.previous_pin(follow_up))

    async def _pin(self, message: discord.PartialMessage, previous: tuple[int, int] | None) -> None:
        """Pin a post, and unpin the one before: a channel holds few pins, and the newest is the one to see.

        Where the channel is full, the one before goes first. Whatever fails for a time is tried again, both of it.
        """
        try:
            await message.pin()
        except discord.HTTPException as error:
            if error.code != _TOO_MANY_PINS or previous is None:
                raise
            await self._unpin(*previous)
            await message.pin()
        else:
            if previous is not None:
                await self._unpin(*previous)

    async def _unpin(self, channel_id: int, message_id: int) -> None:
        try:
            message = await self._message(channel_id, message_id)
            await message.unpin()
        except (discord.HTTPException, _ChannelGoneError) as error:
            if isinstance(error, discord.HTTPException) and retry_delay(error, 0, self._rng) is not None:
                raise
            log.info("the previous post could not be unpinned: %s", error)

    async def _message(self, channel_id: int, message_id: int) -> discord.PartialMessage:
        channel = self._client.get_channel(channel_id) or await self._client.fetch_channel(channel_id)
        if not isinstance(channel, discord.TextChannel | discord.Thread):
            raise _ChannelGoneError
        return channel.get_partial_message(message_id)


class _ChannelGoneError(Exception):
    """The post's channel is gone."""
