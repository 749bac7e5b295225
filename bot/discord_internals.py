"""Everything that this program reads or changes in discord.py without its documentation saying that it may.

``tests/test_discord_internals.py`` fails when a new version of discord.py no longer has one of these parts.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal

import discord
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import HTTPClient, Route
from discord.shard import EventItem, EventType, Shard
from yarl import URL

from bot.discord_errors import OutageError
from bot.session_pace import SessionLimit, SessionPace

log = logging.getLogger(__name__)

# What a connection is closed with when a frame cannot be read: any code but 1000 and 1001 keeps the session.
_BAD_FRAME = 4000
# Before the next try to connect, in seconds.
_LONGEST_WAIT = 60.0


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


def skip_unreadable_events(client: discord.Client) -> None:
    """Log and skip an event that discord.py cannot read; READY is read again, on a new connection.

    discord.py (2.7) would end the client: one field that Discord forgets would end the process. Listeners to
    ``on_unreadable`` are called with ``event``; with ``frame`` where ``reconnecting_on_bad_frames`` connects anew.
    """
    parsers = client._connection.parsers  # noqa: SLF001  (there is no public way to it)

    def readable(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        def parse_or_skip(data: Any) -> None:  # noqa: ANN401  (whatever comes)
            try:
                parse(data)
            except Exception:
                log.exception("an event of Discord's (%s) could not be read: it is skipped", name)
                client.dispatch("unreadable", "event")

        return parse_or_skip

    parsers.update({name: readable(name, parse) for name, parse in parsers.items() if name != "READY"})


def set_response_type(response: discord.InteractionResponse[Any], kind: discord.InteractionResponseType | None) -> None:
    """Let discord.py know that an interaction has had its first answer, and of which kind; None: that it has had none.

    discord.py (2.7) takes an answer for not made whenever an error came back, even one that Discord took.
    """
    response._response_type = kind  # noqa: SLF001  (there is no public way to it)


class _ShortBackoff(ExponentialBackoff[Literal[False]]):
    """Waits that grow from a second to a minute, not to seventeen."""

    def delay(self) -> float:
        """Return how long to wait before the next try, in seconds."""
        return min(super().delay(), _LONGEST_WAIT)


def forget_failures(client: discord.AutoShardedClient, shard_id: int) -> None:
    """Let the next wait before a reconnect be short again, and never over a minute: this shard is connected.

    discord.py (2.7) forgets no failure: after an outage commands could stay dead for up to 17 minutes.
    """
    client.shards[shard_id]._parent._backoff = _ShortBackoff()  # noqa: SLF001  (there is no public way to it)


@contextmanager
def reconnecting_on_bad_frames() -> Iterator[None]:
    """Connect anew, for the length of the block, where a frame from Discord's gateway cannot be read.

    discord.py (2.7) would end the client.
    """
    receive = DiscordWebSocket.received_message

    async def receive_or_reconnect(self: DiscordWebSocket, message: Any, /) -> None:  # noqa: ANN401  (as discord.py has it)
        try:
            await receive(self, message)
        except (ValueError, LookupError, TypeError, AttributeError, zlib.error) as error:
            log.warning("a frame from Discord cannot be read (%s): connecting again", type(error).__name__)
            self._dispatch("unreadable", "frame")
            await self.close(code=_BAD_FRAME)
            if self.session_id is None:
                raise ConnectionError("no session was begun") from error
            raise ReconnectWebSocket(self.shard_id) from error

    DiscordWebSocket.received_message = receive_or_reconnect  # type: ignore[method-assign]
    try:
        yield
    finally:
        DiscordWebSocket.received_message = receive  # type: ignore[method-assign]


async def session_limit(client: discord.AutoShardedClient) -> tuple[int, SessionLimit]:
    """Ask Discord how many sessions the bot needs, one for each shard, and how many it may begin.

    Raises discord.GatewayNotFound, and whatever else goes wrong with a request.
    """
    shards, _, limit = await client.http.get_bot_gateway()
    try:
        reset_after = timedelta(milliseconds=limit["reset_after"])
        return client.shard_count or shards, SessionLimit(limit["total"], limit["remaining"], reset_after)
    except (LookupError, TypeError):
        # Whoever stands in for Discord may not know of it.
        return client.shard_count or shards, SessionLimit()


class _PacedShards:
    """What shards do in the place of discord.py's own ways to connect again."""

    def __init__(self, pace: SessionPace) -> None:
        self._pace = pace
        self._reidentify, self._reconnect = Shard.reidentify, Shard.reconnect
        self._waiting: set[asyncio.Task[None]] = set()

    async def reidentify(self, shard: Shard, exc: ReconnectWebSocket) -> None:
        if exc.resume and self._pace.may_resume(shard.id):
            await self._resume(shard)
        else:
            await self._begin(shard, lambda: self._reidentify(shard, ReconnectWebSocket(shard.id, resume=False)))

    async def reconnect(self, shard: Shard) -> None:
        if shard.ws.session_id is not None and self._pace.may_resume(shard.id):
            await self._resume(shard)
        else:
            await self._begin(shard, lambda: self._reconnect(shard))

    def close(self) -> None:
        for task in self._waiting:
            task.cancel()

    async def _resume(self, shard: Shard) -> None:
        before = shard.ws
        await self._reidentify(shard, ReconnectWebSocket(shard.id, resume=True))
        if shard.ws is before:
            # Where the gateway to resume at is gone, the common one takes the session, too.
            before.gateway = DiscordWebSocket.DEFAULT_GATEWAY
        else:
            self._pace.count_resume(shard.id)

    async def _begin(self, shard: Shard, begin: Callable[[], Awaitable[None]]) -> None:
        wait = await self._pace.to_begin(shard.id)
        if wait is None:
            await begin()
            return
        self._pace.begin_waiting(wait)
        task = asyncio.create_task(self._begin_later(shard, wait.seconds))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _begin_later(self, shard: Shard, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._pace.waiting = None
        shard._queue_put(EventItem(EventType.identify, shard, ReconnectWebSocket(shard.id, resume=False)))  # noqa: SLF001


@contextmanager
def paced_sessions(pace: SessionPace) -> Iterator[None]:
    """Resume sessions before new ones are begun, and begin these no faster than ``pace`` allows, within the block.

    discord.py (2.7) begins a new session after each failure to connect, and one after the other at once where Discord
    ends them at once. A shard that has to wait holds up no other one.
    """
    shards = _PacedShards(pace)
    reidentify, reconnect = Shard.reidentify, Shard.reconnect

    async def paced_reidentify(self: Shard, exc: ReconnectWebSocket) -> None:
        await shards.reidentify(self, exc)

    async def paced_reconnect(self: Shard) -> None:
        await shards.reconnect(self)

    Shard.reidentify, Shard.reconnect = paced_reidentify, paced_reconnect  # type: ignore[method-assign]
    try:
        yield
    finally:
        Shard.reidentify, Shard.reconnect = reidentify, reconnect  # type: ignore[method-assign]
        shards.close()
