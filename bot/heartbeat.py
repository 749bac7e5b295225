"""Writes the heartbeats of a running bot, which ``daybook health`` reads."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Self

from discord.ext import commands

from bot import health
from bot.clock import Clock

log = logging.getLogger(__name__)

# How often a heartbeat is written, and how often it is looked whether there is news for its notes; in seconds.
_INTERVAL_SECONDS, _LOOK_SECONDS = 20, 1
_EVENTS = ("on_ready", "on_shard_resumed")


class HeartbeatWriter:
    """Writes a heartbeat to a file every 20 seconds, and as soon as the bot is connected; none while it is not.

    Use it with ``with``. ``polled_at`` returns when the bot last looked for due daily posts, None if it has not yet;
    ``outdated`` how many events of the archive are not up to date; ``notes`` what else those who run it should know.
    """

    def __init__(
        self,
        bot: commands.AutoShardedBot,
        file: Path,
        *,
        clock: Clock,
        polled_at: Callable[[], datetime | None],
        outdated: Callable[[], int],
        notes: Callable[[], health.Notes],
    ) -> None:
        self._bot = bot
        self._file = file
        self._clock = clock
        self._polled_at = polled_at
        self._outdated = outdated
        self._notes = notes
        self._warned = False
        self._last = health.Heartbeat(None, os.getpid(), 0, 0.0)

    def __enter__(self) -> Self:
        for event in _EVENTS:
            self._bot.add_listener(self._on_connected, event)
        # discord.ext.tasks goes by the wall clock: put back an hour, it would rest for one.
        self._loop = asyncio.create_task(self._run())
        # Once the disk is full there is no room for a new file any more.
        self._save(self._last)
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
            for _ in range(_INTERVAL_SECONDS // _LOOK_SECONDS):
                await asyncio.sleep(_LOOK_SECONDS)
                if self._notes() != self._last.notes:
                    self._write()

    def _write(self) -> None:
        """Write a heartbeat if the bot is connected; else what has changed about why it is not well."""
        notes = self._notes()
        if is_connected(self._bot):
            shards = self._bot.shards.values()
            heartbeat = health.Heartbeat(
                self._clock.now(),
                os.getpid(),
                len(shards),
                max(shard.latency for shard in shards),
                self._polled_at(),
                self._outdated(),
                notes,
            )
        elif notes != self._last.notes:
            # What was true when the bot was last connected stays.
            heartbeat = replace(self._last, notes=notes)
        else:
            return
        self._save(heartbeat)

    def _save(self, heartbeat: health.Heartbeat) -> None:
        self._last = heartbeat
        try:
            health.write(self._file, heartbeat)
        except OSError as error:
            # Once, not three times a minute.
            if not self._warned:
                log.warning("%s cannot be written (%s): “daybook health” will not know of this bot", self._file, error)
            self._warned = True
        else:
            self._warned = False


def is_connected(bot: commands.AutoShardedBot) -> bool:
    """Tell whether every shard is connected, and Discord has answered its heartbeats."""
    shards = bot.shards.values()
    return bot.is_ready() and not any(shard.is_closed() or not isfinite(shard.latency) for shard in shards)
