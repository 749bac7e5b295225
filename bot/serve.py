"""``daybook run``: opens the archive, the ledger and the client, closes them in order."""

import asyncio
import logging
import signal
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import discord
from filelock import FileLock, Timeout
from yarl import URL

from bot import logs
from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.starter import fill_if_empty
from bot.client import Daybook
from bot.clock import SystemClock
from bot.domain.errors import DaybookError, SettingsError
from bot.heartbeat import Pulse
from bot.ledger.ledger import Ledger
from bot.settings import Settings

log = logging.getLogger(__name__)

# A clock that stands still until a test moves it is looked at so often; and how long, in seconds, discord.py then waits
# for more servers before it calls itself ready.
_TEST_REST = timedelta(milliseconds=50)
_TEST_READY = 0.2


class ServeError(DaybookError):
    """The bot cannot serve; the text says why and what to do."""


async def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code. Raises DaybookError."""
    if settings.token is None:
        reason = "DISCORD_TOKEN is not set: put the bot's token into the environment or a .env file (see README.md)"
        raise SettingsError(reason)
    if not settings.token.isascii() or not settings.token.isprintable() or " " in settings.token:
        # Not shown: it may be most of a token.
        reason = "DISCORD_TOKEN holds blanks or signs that no token has: copy it again from the developer portal"
        raise SettingsError(reason)
    logs.set_up(token=settings.token)
    # Nobody asked for voice.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if settings.api:
        _use(settings.api)
    if settings.clock:
        _tell_time_from(settings.clock)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        # “daybook health” holds it for a moment.
        lock = FileLock(settings.lock, timeout=1)
        with lock:
            # A run that was killed has left its own.
            settings.health.unlink(missing_ok=True)
            return await _until_stopped(settings, settings.token)
    except Timeout as error:
        reason = f"another “daybook run” serves from {settings.data}: stop it first, or give this one its own --data"
        raise ServeError(reason) from error
    except OSError as error:
        reason = f"{settings.data} cannot be used ({error.strerror or error}): check the folder given by --data"
        raise ServeError(reason) from error


def _use(api: URL) -> None:
    """Talk to a Discord double on this machine instead of Discord."""
    discord.http.Route.BASE = str(api)
    # Reconnects after an invalid session go to the default gateway, whatever the first one was.
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = api.with_scheme("ws").with_path("/gateway")


def _tell_time_from(file: Path) -> None:
    """Take the time from a file: the one place where the bot's clock is read is ``discord.utils.utcnow``."""
    discord.utils.utcnow = lambda: datetime.fromisoformat(file.read_text())


async def _until_stopped(settings: Settings, token: str) -> int:
    serving = asyncio.create_task(_serve(settings, token))
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            serving.cancel()

    # Cancelling the task, not only closing the bot, also ends a wait before the next try to connect.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
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


async def _serve(settings: Settings, token: str) -> None:
    async with Ledger(settings.ledger) as ledger:
        fill_if_empty(settings.archive, forgotten=ForgottenEvents.of(await ledger.forgotten_events()))
        async with (
            Archive(settings.archive) as archive,
            Daybook(
                archive=archive,
                ledger=ledger,
                clock=SystemClock(),
                guild_ready_timeout=_TEST_READY if settings.clock else 2.0,
                most_subscriptions=settings.most_subscriptions,
            ) as bot,
        ):
            if settings.clock:
                bot.courier.max_sleep = _TEST_REST
            with Pulse(bot, settings.health, turned=lambda: bot.courier.last_poll_at):
                await bot.login(token)
                print(f"Add Daybook to a server: {bot.invite()}", flush=True)
                await _connect(bot)


async def _connect(bot: Daybook) -> None:
    """Stay connected until cancelled. discord.py swallows a cancellation that comes while it connects anew."""
    connection = asyncio.create_task(bot.connect())
    try:
        await asyncio.shield(connection)
    finally:
        connection.cancel()
        await bot.close()
        await asyncio.gather(connection, return_exceptions=True)
