"""Writes the heartbeats of a running bot, which ``daybook health`` reads."""

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Self

from discord.ext import commands

from bot import health
from bot.clock import Clock

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 20
_EVENTS = ("on_ready", "on_shard_resumed")


class HeartbeatWriter:
    """Writes a heartbeat to a file every 20 seconds, and as soon as the bot is connected; none while it is not.

    Use it with ``with``. ``polled_at`` returns when the bot last looked for due daily posts, None if it has not yet;
    ``outdated`` how many events of the archive are not up to date.
    """

    def __init__(
        self,
        bot: commands.AutoShardedBot,
        file: Path,
        *,
        clock: Clock,
        polled_at: Callable[[], datetime | None],
        outdated: Callable[[], int],
    ) -> None:
        self._bot = bot
        self._file = file
        self._clock = clock
        self._polled_at = polled_at
        self._outdated = outdated
        self._warned = False

    def __enter__(self) -> Self:
        for event in _EVENTS:
            self._bot.add_listener(self._on_connected, event)
        # discord.ext.tasks goes by the wall clock: put back an hour, it would rest for one.
        self._loop = asyncio.create_task(self._run())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.cancel()
        for event in _EVENTS:
            self._bot.remove_listener(self._on_connected, event)
        self._file.unlink(missing_ok=True)

    async def _on_connected(self, *_: object) -> None:
        self._write()

    async def _run(self) -> None:
        while True:
            self._write()
            await asyncio.sleep(_INTERVAL_SECONDS)

    def _write(self) -> None:
        """Write a heartbeat if every shard is connected and Discord has answered its own."""
        shards = self._bot.shards.values()
        if not self._bot.is_ready() or any(shard.is_closed() or not isfinite(shard.latency) for shard in shards):
            return
        latency = max(shard.latency for shard in shards)
        heartbeat = health.Heartbeat(
            self._clock.now(), os.getpid(), len(shards), latency, self._polled_at(), self._outdated()
        )
        try:
            health.write(self._file, heartbeat)
        except OSError as error:
            # Once, not three times a minute.
            if not self._warned:
                log.warning("%s cannot be written (%s): “daybook health” will not know of this bot", self._file, error)
            self._warned = True
        else:
            self._warned = False
