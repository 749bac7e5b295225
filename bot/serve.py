"""``daybook run``: opens the archive, the ledger and the client, serves, and closes them in order."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord
from filelock import FileLock, Timeout

from bot import logs
from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.starter import sync_starter
from bot.archive.upkeep import Upkeep
from bot.client import Daybook
from bot.clock import Clock
from bot.discord_internals import discord_at, paced_sessions, reconnecting_on_bad_frames, silence_voice_warnings
from bot.domain.errors import DaybookError, LedgerError, SettingsError
from bot.file_watch import FileWatch
from bot.health import Notes
from bot.heartbeat import HeartbeatWriter, is_connected
from bot.ledger.ledger import Ledger
from bot.settings import Settings
from bot.source_keeper import SourceKeeper

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)

_REFRESH_SECONDS = 20.0

# With a clock that stands still until a test moves it: how long the daily posts sleep at most before they look at it
# again, and how many seconds discord.py waits for one more server before the bot is ready.
_TEST_MAX_SLEEP = timedelta(milliseconds=50)
_TEST_READY_TIMEOUT = 0.2
_READY_TIMEOUT = 2.0


class ServeError(DaybookError):
    """The bot cannot serve; the sentence says why and what to do."""


async def serve(settings: Settings, clock: Clock) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code. Raises DaybookError."""
    if settings.token is None:
        reason = "DISCORD_TOKEN is not set: put the bot's token into the environment or a .env file (see README.md)"
        raise SettingsError(reason)
    if not settings.token.isascii() or not settings.token.isprintable() or " " in settings.token:
        # Not shown: it may be most of a token.
        reason = "DISCORD_TOKEN has blanks or characters that no token has: copy it again from the developer portal"
        raise SettingsError(reason)
    logs.set_up(token=settings.token)
    silence_voice_warnings()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with ExitStack() as resources:
            resources.enter_context(reconnecting_on_bad_frames())
            if settings.api:
                resources.enter_context(discord_at(settings.api))
            # It waits, since “daybook health” holds the lock for a moment.
            resources.enter_context(FileLock(settings.lock, timeout=1))
            # A run that was killed has left its own.
            settings.health.unlink(missing_ok=True)
            return await _serve_until_stopped(settings, settings.token, clock)
    except Timeout as error:
        reason = f"another “daybook run” serves from {settings.data}: stop it first, or give this one its own --data"
        raise ServeError(reason) from error
    except OSError as error:
        file = error.filename or settings.data
        reason = f"{file} cannot be used ({error.strerror or error}): check who owns it, and the folder given by --data"
        raise ServeError(reason) from error


async def _serve_until_stopped(settings: Settings, token: str, clock: Clock) -> int:
    serving = asyncio.create_task(_serve(settings, token, clock))
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            serving.cancel()

    # Cancelling the task, not only closing the bot, also ends a wait before the next try to connect.
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop)
    try:
        await serving
    except asyncio.CancelledError:
        if not stopped:
            raise
        log.info("stopped")
    except discord.LoginFailure as error:
        reason = "Discord does not accept DISCORD_TOKEN: copy the token again from the developer portal, page “Bot”"
        raise ServeError(reason) from error
    except discord.ConnectionClosed as error:
        reason = f"Discord closed the connection for good (code {error.code}): is DISCORD_TOKEN still valid?"
        raise ServeError(reason) from error
    except (discord.Forbidden, discord.NotFound) as error:
        reason = f"Discord refuses what the bot needs at its start ({error}): check the application's settings"
        raise ServeError(reason) from error
    except (aiohttp.ClientError, discord.HTTPException, discord.RateLimited, discord.GatewayNotFound, OSError) as error:
        reason = f"Discord cannot be reached ({error or type(error).__name__}): check the network, then start again"
        raise ServeError(reason) from error
    return 0


async def _serve(settings: Settings, token: str, clock: Clock) -> None:
    async with Ledger(settings.ledger) as ledger:
        forgotten = ForgottenEvents.of(await ledger.forgotten_events())
        sync_starter(settings.archive, enabled=settings.starter, forgotten=forgotten)
        keeper = SourceKeeper(settings, clock)
        async with (
            Archive(settings.archive) as archive,
            Daybook(
                archive=archive,
                ledger=ledger,
                clock=clock,
                guild_ready_timeout=_TEST_READY_TIMEOUT if settings.clock_file else _READY_TIMEOUT,
                most_subscriptions=settings.most_subscriptions,
                news_status=lambda: keeper.news_status,
            ) as bot,
        ):
            if settings.clock_file:
                bot.courier.max_sleep = bot.command_sync.first_wait = _TEST_MAX_SLEEP
                bot.session_pace.is_patient = False
                keeper.max_sleep = _TEST_MAX_SLEEP.total_seconds()
            upkeep = Upkeep(settings.archive)
            watch = FileWatch(ledger, archive, clock=clock)
            with (
                HeartbeatWriter(
                    bot,
                    settings.health,
                    clock=clock,
                    polled_at=lambda: bot.courier.last_poll_at,
                    outdated=lambda: upkeep.left,
                    notes=lambda: _notes(bot, watch, keeper),
                ),
                paced_sessions(bot.session_pace),
            ):
                metrics = await _serve_metrics(bot, settings, clock)
                await bot.login(token)
                print(f"Add Daybook to a server: {bot.invite()}", flush=True)
                works = [
                    upkeep.run(), watch.run(), bot.session_pace.watch(lambda: is_connected(bot)), _refresh(ledger),
                    keeper.run(),
                ]  # fmt: skip
                try:
                    async with _running(*works):
                        await _connect(bot)
                finally:
                    if metrics:
                        await metrics.cleanup()


async def _refresh(ledger: Ledger) -> None:
    """Follow what “daybook privacy erase” does beside the bot, until cancelled."""
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        try:
            await ledger.preferences.refresh()
        except LedgerError as error:
            log.warning("settings cannot be read again: %s", error)


async def _serve_metrics(bot: Daybook, settings: Settings, clock: Clock) -> "web.AppRunner | None":
    """Serve the bot's figures, if that is asked for. Before the login: every request of the bot is counted."""
    if settings.metrics is None:
        return None
    # Most have no use for it.
    from bot.metrics import Metrics, serve_metrics

    metrics = Metrics(bot, bot.archive, clock=clock)
    metrics.watch(bot.trace)
    return await serve_metrics(metrics, settings.metrics)


def _notes(bot: Daybook, watch: FileWatch, keeper: SourceKeeper) -> Notes:
    waiting = bot.session_pace.waiting
    clock_fault = bot.clock_check.fault
    faults = (*watch.faults, *((clock_fault,) if clock_fault else ()))
    return Notes(faults, waiting=str(waiting) if waiting else None, news=keeper.summary)


@asynccontextmanager
async def _running(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run works beside the block; they are cancelled at its end."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _connect(bot: Daybook) -> None:
    """Stay connected until cancelled. discord.py swallows a cancellation that comes while it reconnects."""
    connection = asyncio.create_task(bot.connect())
    try:
        await asyncio.shield(connection)
    finally:
        connection.cancel()
        await bot.close()
        await asyncio.gather(connection, return_exceptions=True)
