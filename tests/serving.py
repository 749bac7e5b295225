"""The real bot in this process, on a Discord of our own: for what simcord cannot say, such as a reader's locale."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_double import DiscordDouble
from discord_limits import check_requests
from yarl import URL

from bot.archive.archive import Archive
from bot.client import Daybook
from bot.clock import SystemClock
from bot.ledger.ledger import Ledger


@asynccontextmanager
async def serving(archive: Archive, folder: Path) -> AsyncIterator[DiscordDouble]:
    """Let the bot serve from ``archive`` until the end of the block."""
    with pytest.MonkeyPatch.context() as patch:
        async with DiscordDouble() as double, Ledger(folder / "ledger.sqlite3") as ledger:
            patch.setattr(Route, "BASE", double.url)
            patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(double.gateway.url))
            async with Daybook(archive=archive, ledger=ledger, clock=SystemClock()) as bot:
                running = asyncio.create_task(bot.start(double.token))
                await double.wait_ready()
                yield double
                await bot.close()
                await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 5)
            check_requests(double)
