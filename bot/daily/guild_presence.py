"""Keeps the ledger in step with the servers that the bot is in."""

import asyncio
import logging
from datetime import datetime, timedelta

import discord

from bot.daily.due_dates import next_due_or_retry
from bot.domain.subscription import Pause
from bot.ledger.ledger import Ledger

log = logging.getLogger(__name__)

# How long subscriptions and mutes of a server are kept after the bot left it.
KEEP_AFTER_LEAVING = timedelta(days=30)


class GuildPresence:
    """Records in the ledger which servers the bot has left or rejoined, and forgets those it left long ago."""

    def __init__(self, client: discord.Client, *, ledger: Ledger) -> None:
        self._client = client
        self._subscriptions = ledger.subscriptions
        self._preferences = ledger.preferences
        self._lock = asyncio.Lock()
        self._absent: set[int] = set()

    def is_absent(self, guild_id: int) -> bool:
        """Tell whether the ledger has something of a server that the bot was not in when it last looked."""
        return guild_id in self._absent

    async def reconcile(self, now: datetime) -> None:
        """Record servers that the bot has left or rejoined; one that is unavailable is neither. Raises LedgerError."""
        async with self._lock:
            guilds = await self._subscriptions.guilds()
            muting = self._preferences.muting_guilds()
            self._absent = {guild_id for guild_id in (*guilds, *muting) if self._client.get_guild(guild_id) is None}
            await self._preferences.mark_guilds_left(self._absent, now=now)
            for guild_id, was_left in guilds.items():
                is_present = self._client.get_guild(guild_id) is not None
                if not is_present and not was_left:
                    await self._subscriptions.leave_guild(guild_id, now=now)
                    log.info("no longer in server %d: its daily posts are paused", guild_id)
                elif is_present and was_left:
                    await self._rejoin(guild_id, now)
                    log.info("back in server %d: its daily posts resume", guild_id)

    async def _rejoin(self, guild_id: int, now: datetime) -> None:
        subscriptions = await self._subscriptions.of_guild(guild_id)
        moments = {
            subscription.id: next_due_or_retry(subscription, now, now)
            for subscription in subscriptions
            if subscription.paused is not Pause.BY_ADMIN
        }
        await self._subscriptions.rejoin_guild(guild_id, moments, since=now)

    async def purge(self, now: datetime) -> None:
        """Forget the servers that the bot left long ago. Raises LedgerError."""
        before, days = now - KEEP_AFTER_LEAVING, KEEP_AFTER_LEAVING.days
        if count := await self._subscriptions.purge(gone_before=before):
            log.info("dropped %d daily posts of servers that the bot left %d days ago", count, days)
        if count := await self._preferences.purge(gone_before=before):
            log.info("dropped what %d servers had muted that the bot left %d days ago", count, days)
