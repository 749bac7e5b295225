"""The heartbeat of a running bot, for ``daybook health``."""

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Self

import discord
from discord.ext import commands

from bot import health

log = logging.getLogger(__name__)

_SECONDS = 20


class Pulse:
    """Writes ``file`` while the bot is connected, every 20 seconds and as soon as it is. Use it with ``with``.

    ``turned`` tells when the bot last looked for daily posts that are due.
    """

    def __init__(self, bot: commands.AutoShardedBot, file: Path, *, turned: Callable[[], datetime | None]) -> None:
        self._bot = bot
        self._turned = turned
        self._file = file
        self._failed = False

    def __enter__(self) -> Self:
        for event in ("on_ready", "on_shard_resumed"):
            self._bot.add_listener(self._connected, event)
        # discord.ext.tasks goes by the wall clock: put back an hour, it would rest for one.
        self._loop = asyncio.create_task(self._run())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.cancel()
        for event in ("on_ready", "on_shard_resumed"):
            self._bot.remove_listener(self._connected, event)
        self._file.unlink(missing_ok=True)

    async def _connected(self, *_: object) -> None:
        self.beat(discord.utils.utcnow())

    async def _run(self) -> None:
        while True:
            self.beat(discord.utils.utcnow())
            await asyncio.sleep(_SECONDS)

    def beat(self, now: datetime) -> None:
        """Write a heartbeat if every shard is connected and Discord has answered its own."""
        shards = self._bot.shards.values()
        if not self._bot.is_ready() or any(shard.is_closed() or not isfinite(shard.latency) for shard in shards):
            return
        slowest = max(shard.latency for shard in shards)
        try:
            health.write(self._file, health.Heartbeat(now, os.getpid(), len(shards), slowest, self._turned()))
        except OSError as error:
            if not self._failed:
                log.warning("%s cannot be written (%s): “daybook health” will not know of this bot", self._file, error)
            self._failed = True
        else:
            self._failed = False
