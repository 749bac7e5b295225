"""What is done to a post after it stands there: each step by itself, none of them ever repeats the post."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.discord_errors import describe, refusal, retry_delay
from bot.domain.subscription import Step
from bot.ledger.deliveries import FollowUp
from bot.ledger.ledger import Ledger
from bot.locale.language import Message

log = logging.getLogger(__name__)

# So many at once: posts go first.
_SLOTS = 8
# What could not be done so long after the post is given up.
_PATIENCE = timedelta(hours=6)
_ANSWER = 75.0
_LONGEST_WAIT = timedelta(hours=2)
# Discord says that it is done already: a thread is there, the message is published.
_DONE = frozenset({160004, 40033})
_NAMES = {Step.THREAD: "opening a thread", Step.PUBLISH: "publishing it", Step.PIN: "pinning it"}

Key = tuple[int, Step]


class FollowUps:
    """Opens threads, publishes and pins. ``next_at`` is when one of them may be tried again."""

    def __init__(self, client: discord.Client, *, ledger: Ledger, rng: random.Random) -> None:
        self._client = client
        self._deliveries = ledger.deliveries
        self._chance = rng
        self._slots = asyncio.Semaphore(_SLOTS)
        self._looked = False
        self._open: dict[Key, FollowUp] = {}
        self._not_before: dict[Key, datetime] = {}
        self._tries: dict[Key, int] = {}
        self._flying: set[Key] = set()

    def look(self) -> None:
        """See at the next turn what there is to do."""
        self._looked = False

    @property
    def next_at(self) -> datetime | None:
        """When one of them may be tried again; None if there is none."""
        return min((when for key, when in self._not_before.items() if key not in self._flying), default=None)

    async def launch(self, now: datetime, spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Start what can be done now."""
        if not self._looked:
            self._looked = True
            for each in await self._deliveries.follow_ups():
                self._open.setdefault((each.delivery, each.step), each)
                self._not_before.setdefault((each.delivery, each.step), now)
        for key, each in self._open.items():
            # A clock that was put back is not waited for.
            waits = now < self._not_before[key] <= now + _LONGEST_WAIT
            if key not in self._flying and not waits:
                self._flying.add(key)
                spawn(self._follow(key, each))

    async def _follow(self, key: Key, follow_up: FollowUp) -> None:
        try:
            async with self._slots:
                wait = await self._attempt(follow_up, self._tries.get(key, 0))
        except Exception:
            log.exception("after a daily post, %s failed in a way that was not foreseen", _NAMES[follow_up.step])
            # At the next start there is another chance.
            wait = timedelta(minutes=5) if discord.utils.utcnow() - follow_up.sent < _PATIENCE else None
        finally:
            self._flying.discard(key)
        if wait is None:
            for kept in (self._open, self._not_before, self._tries):
                kept.pop(key, None)
        else:
            self._tries[key] = self._tries.get(key, 0) + 1
            self._not_before[key] = discord.utils.utcnow() + wait

    async def _attempt(self, follow_up: FollowUp, tries: int) -> timedelta | None:
        """Try once; return when to try again, None if there is no need to."""
        reason: Message | None = None
        try:
            async with asyncio.timeout(_ANSWER):
                await self._do(follow_up)
        except Exception as error:  # noqa: BLE001  (sorted by what it means)
            wait = None if isinstance(error, _GoneError) else retry_delay(error, tries, self._chance)
            if wait is not None and discord.utils.utcnow() - follow_up.sent < _PATIENCE:
                return wait
            if getattr(error, "code", None) not in _DONE:
                reason = _why(error)
        await self._deliveries.end(follow_up, reason=reason)
        told = {"delivery": follow_up.delivery, "step": follow_up.step, "state": "failed" if reason else "done"}
        log.info("after a daily post, %s: %s", _NAMES[follow_up.step], reason or "done", extra=told)
        return None

    async def _do(self, follow_up: FollowUp) -> None:
        message = await self._message(follow_up.channel, follow_up.message)
        match follow_up.step:
            case Step.THREAD:
                await message.create_thread(name=follow_up.title)
            case Step.PUBLISH:
                await message.publish()
            case Step.PIN:
                before = await self._deliveries.pinned_before(follow_up)
                await message.pin()
                if before is not None:
                    await self._unpin(*before)

    async def _unpin(self, channel: int, number: int) -> None:
        """Take the last pin of this order away: a channel holds few, and the newest is the one to see."""
        try:
            message = await self._message(channel, number)
            await message.unpin()
        except (discord.HTTPException, _GoneError) as error:
            log.info("the pin of the post before could not be taken away: %s", error)

    async def _message(self, channel: int, number: int) -> discord.PartialMessage:
        room = self._client.get_channel(channel) or await self._client.fetch_channel(channel)
        if not isinstance(room, discord.TextChannel | discord.Thread):
            raise _GoneError
        return room.get_partial_message(number)


class _GoneError(Exception):
    """The channel is gone."""


def _why(error: Exception) -> Message:
    if isinstance(error, _GoneError):
        return Message("its channel is gone")
    return refusal(error) if isinstance(error, discord.HTTPException) else describe(error)
