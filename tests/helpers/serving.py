"""The real bot in this process, at the Discord double: for what simcord does not have, such as a user's locale."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yarl import URL

from bot.archive.archive import Archive
from bot.client import Daybook
from bot.clock import Clock, SystemClock
from bot.discord_internals import discord_at
from bot.ledger.ledger import Ledger
from tests.discord_double.double import DiscordDouble
from tests.discord_double.limits import check_requests


@asynccontextmanager
async def serving(archive: Archive, folder: Path, *, clock: Clock | None = None) -> AsyncIterator[DiscordDouble]:
    """Let the bot serve from ``archive`` until the end of the block; then check all that it has sent."""
    async with DiscordDouble() as double, Ledger(folder / "ledger.sqlite3") as ledger:
        with discord_at(URL(double.url)):
            async with Daybook(archive=archive, ledger=ledger, clock=clock or SystemClock()) as bot:
                task = asyncio.create_task(bot.start(double.token))
                await double.wait_ready()
                yield double
                await bot.close()
                await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 5)
        check_requests(double)
