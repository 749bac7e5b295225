"""Everything that this program reads or changes in discord.py without its documentation saying that it may.

``tests/test_discord_internals.py`` fails when a new version of discord.py no longer has one of these parts.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import discord
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from yarl import URL

from bot.discord_errors import OutageError


@contextmanager
def discord_at(api: URL) -> Iterator[None]:
    """Talk to another server than Discord for the length of the block.

    ``api`` is the base address of its HTTP API, such as ``http://127.0.0.1:8080/api/v10``; its gateway is expected at
    ``/gateway`` of the same host and port.
    """
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = str(api)
    # A reconnect after an invalid session goes to the default gateway, whatever the first one was.
    DiscordWebSocket.DEFAULT_GATEWAY = api.with_scheme("ws").with_path("/gateway")
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


def silence_voice_warnings() -> None:
    """Do not warn at each start that the libraries for voice are missing: the bot has no use for them."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def patch_global_limit_cancellation(http: HTTPClient) -> None:
    """Let all other requests go on when one is cancelled while it waits out a global 429.

    discord.py (2.7) clears the event ``_global_over`` for as long as one request sleeps after such an answer, which
    holds up every other request, and sets it only after the sleep: a request cancelled there never does.
    """
    request = http.request

    async def request_and_release(route: Route, **options: Any) -> Any:  # noqa: ANN401  (as discord.py has it)
        try:
            return await request(route, **options)
        except asyncio.CancelledError:
            http._global_over.set()  # noqa: SLF001  (there is no public way to it)
            raise

    http.request = request_and_release  # type: ignore[method-assign]


def patch_outages(http: HTTPClient) -> None:
    """Raise OutageError for answers that discord.py takes for refusals, though they are not Discord's.

    discord.py (2.7) goes by the status alone: a page of HTML with the status 403, by which a proxy says that it is out
    of order, would be “Forbidden” to all that asks Discord for something.
    """
    request = http.request

    async def request_or_outage(route: Route, **options: Any) -> Any:  # noqa: ANN401  (as discord.py has it)
        try:
            return await request(route, **options)
        except discord.HTTPException as error:
            if (outage := OutageError.of(error)) is not None:
                raise outage from error
            raise

    http.request = request_or_outage  # type: ignore[method-assign]
