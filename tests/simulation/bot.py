"""One life of the bot: what ``daybook run`` puts together, without gateway and commands."""

from __future__ import annotations

import asyncio
import random
from contextvars import Context
from typing import TYPE_CHECKING, Any

import discord

from bot.archive.archive import Archive
from bot.client import Daybook
from bot.daily.subscription_service import SubscriptionService
from bot.discord_errors import DISCORD_ERRORS
from bot.ledger.ledger import Ledger
from tests.discord_double.gateway import APPLICATION, user
from tests.simulation.loop import LIFE
from tests.simulation.network import Connector
from tests.simulation.storage import LedgerConnection, connect_in_loop

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from pathlib import Path

    from bot.clock import Clock
    from tests.discord_double.gateway import Json
    from tests.simulation.discord import SimulatedDiscord
    from tests.simulation.loop import VirtualLoop


class Life:
    """A process of the bot, from its start to its end or its death."""

    def __init__(
        self,
        number: int,
        loop: VirtualLoop,
        server: SimulatedDiscord,
        *,
        archive: Path,
        ledger: Path,
        clock: Clock,
        max_sleep: timedelta,
        before: Callable[[str], None],
        after: Callable[[str], None],
    ) -> None:
        self.number = number
        self.loop = loop
        self.is_serving = False
        self.bot: Daybook
        self.ledger: Ledger
        self.archive: Archive
        self.service: SubscriptionService
        self._server = server
        self._paths = archive, ledger
        self._clock = clock
        self._max_sleep = max_sleep
        self._before, self._after = before, after
        self._stop = asyncio.Event()
        # It serves, or has ended before it could; it has ended.
        self.has_begun, self.has_ended = asyncio.Event(), asyncio.Event()
        self.context = Context()
        self.context.run(LIFE.set, number)
        self.task = loop.create_task(self._serve(), context=self.context)
        self.task.add_done_callback(lambda _task: self.end(), context=Context())

    @property
    def is_over(self) -> bool:
        return self.task.done() or self.loop.is_dead(self.number)

    @property
    def polled_at(self) -> datetime | None:
        """When it last looked for what is due, and could write that down; None if it never did."""
        courier = getattr(self, "bot", None) and self.bot.courier
        return courier.last_poll_at if courier else None

    def end(self) -> None:
        """Note that it has ended, or was ended."""
        self.is_serving = False
        self.has_begun.set()
        self.has_ended.set()

    async def _serve(self) -> None:
        archive_path, ledger_path = self._paths
        async with Ledger(ledger_path) as ledger:
            store = ledger._store
            store._db = LedgerConnection(store._db, self._before, self._after)  # type: ignore[assignment]
            async with Archive(archive_path, readers=2, connect=connect_in_loop) as archive:
                self.ledger, self.archive = ledger, archive
                bot = self.bot = Daybook(
                    archive=archive, ledger=ledger, clock=self._clock, rng=random.Random(self.number),
                )  # fmt: skip
                bot.courier.max_sleep = self._max_sleep
                self.service = SubscriptionService(
                    bot, archive=archive, ledger=ledger, courier=bot.courier, clock=bot.clock, max_count=25
                )
                await bot._async_setup_hook()
                bot.http.connector = Connector(self._server, self.number)
                bot.http.token = "simulated"
                try:
                    await self._log_in(bot)
                    await bot.courier.reconcile(bot.clock.now())
                    bot.courier.start()
                    self.is_serving = True
                    self.has_begun.set()
                    await self._stop.wait()
                finally:
                    self.is_serving = False
                    await bot.courier.close()
                    await bot.http.close()

    async def _log_in(self, bot: Daybook) -> None:
        wait = 5.0
        while True:
            try:
                await bot.http.static_login("simulated")
                break
            except (*DISCORD_ERRORS, ValueError):
                await bot.http.close()
                bot.http.connector = Connector(self._server, self.number)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 300.0)
        state = bot._connection
        state.user = discord.ClientUser(state=state, data=user(APPLICATION, "Daybook", bot=True))  # type: ignore[arg-type]
        bot.shard_count = state.shard_count = 1
        places = self._server.places
        for guild in places.guilds:
            payload = places.guild_create(guild)
            if guild["id"] in places.unavailable:
                payload = {"id": guild["id"], "unavailable": True}
            state._add_guild_from_data(_copy(payload))  # type: ignore[arg-type]
        bot._ready.set()

    def tell(self, event: str, data: Json) -> None:
        """Let the bot hear of an event."""
        if self.is_serving:
            parse = self.bot._connection.parsers.get(event)
            if parse is not None:
                self.context.copy().run(parse, data)

    def stop(self) -> None:
        """Ask the process to end, as SIGTERM does."""
        self._stop.set()

    def run(self, work: Any) -> asyncio.Task[Any]:
        """Start work within this process."""
        return self.loop.create_task(work, context=self.context.copy())


def _copy(data: Json) -> Json:
    import json

    return dict(json.loads(json.dumps(data)))
