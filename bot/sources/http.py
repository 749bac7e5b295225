"""The one way in which Daybook fetches anything from the web: politely, and only from where it may."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Self

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from yarl import URL

from bot import __version__
from bot.clock import Clock
from bot.domain.errors import FetchError, Refused, Unreachable
from bot.sources.addresses import public_socket
from bot.sources.exchange import PassingError, Response, ask, ask_once
from bot.sources.pace import Pace, seconds_to_wait
from bot.sources.targets import Targets, plain_url

__all__ = ["Http", "Limits", "Refused", "Response", "Unreachable"]

_ANSWERS = {200, 304, 404}
_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_REDIRECTS = 5
_BUSY = {429, 503}
_SERVER_ERROR = 500
# What is for one host only.
_PRIVATE_HEADERS = ("Authorization", "Cookie", "Proxy-Authorization")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long Daybook waits, how much it reads, how often it asks a host. Times are in seconds, sizes in bytes.

    Hosts that the operator has allowed by name are the operator's own, and may be asked more often.
    """

    connect: float = 10
    silence: float = 20
    total: float = 60
    body: int = 5 * 2**20
    at_once: int = 3
    per_minute: int = 150
    allowed_per_minute: int = 10_000
    pauses: tuple[float, ...] = (1, 4)
    retry_after: float = 300


_LIMITS = Limits()


class Http:
    """Fetches from the web, for as long as its ``async with`` block runs.

    ``contact`` is how operators of other sites reach this bot's. ``allowed`` are ``host:port`` that may be fetched from
    though their addresses are not public. ``resolver`` looks names up, instead of the system.
    """

    _guarded: ClientSession
    _open: ClientSession

    def __init__(
        self,
        *,
        contact: str,
        clock: Clock,
        allowed: AbstractSet[str] = frozenset(),
        resolver: AbstractResolver | None = None,
        limits: Limits = _LIMITS,
    ) -> None:
        self._agent = f"Daybook/{__version__} ({contact})"
        self._clock = clock
        self._targets = Targets(allowed)
        self._resolver = resolver
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.at_once)
        self._pace = Pace(clock)

    async def __aenter__(self) -> Self:
        # Connections are kept and used again, but never by the other session: what is not public stays with those
        # hosts that are allowed.
        self._guarded = self._session(TCPConnector(resolver=self._resolver, socket_factory=public_socket))
        self._open = self._session(TCPConnector(resolver=self._resolver))
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(self._guarded.close(), self._open.close())

    async def get(
        self, url: str, params: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return the answer, of status 200, 304 or 404; raises Refused and Unreachable.

        Trouble that may pass is waited for: a moment, or as long as the host asks to if that is not too long.
        """
        first = self._targets.first(url, params)
        for pause in self._limits.pauses:
            try:
                return await self._follow(first, headers or {})
            except PassingError:
                await asyncio.sleep(pause)
        return await self._follow(first, headers or {})

    def _session(self, connector: TCPConnector) -> ClientSession:
        # aiohttp bounds the lines of a header, and their number.
        return ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            middlewares=(ask_once,),
        )

    async def _follow(self, url: URL, headers: Mapping[str, str]) -> Response:
        """Return the answer to one try, after at most five redirects."""
        sent = CIMultiDict(headers)
        sent.update({"User-Agent": self._agent, "Accept-Encoding": "gzip"})
        first, secure, left = url, False, self._limits.total
        for _ in range(_MAX_REDIRECTS + 1):
            async with self._turn(url):
                began = self._clock.monotonic()
                response = await self._ask(url, sent, left)
                left -= self._clock.monotonic() - began
            if response.status not in _REDIRECTS:
                return self._judge(url, response)
            secure = secure or url.scheme == "https"
            target = self._targets.next(url, response.headers.get("Location"), secure=secure)
            if target.origin() != url.origin():
                for name in _PRIVATE_HEADERS:
                    sent.popall(name, None)
            url = target
        raise Unreachable(f"{plain_url(first)} redirects more than {_MAX_REDIRECTS} times.")

    @asynccontextmanager
    async def _turn(self, url: URL) -> AsyncIterator[None]:
        """Wait until this host may be asked, and until not too many others are being asked."""
        host, limits = _host(url), self._limits
        per_minute = limits.allowed_per_minute if self._targets.is_allowed(url) else limits.per_minute
        while True:
            async with self._slots:
                if (delay := self._pace.delay(host, per_minute)) == 0:
                    self._pace.count(host)
                    yield
                    return
            await asyncio.sleep(delay)

    async def _ask(self, url: URL, headers: Mapping[str, str], seconds: float) -> Response:
        session = self._open if self._targets.is_allowed(url) else self._guarded
        # To aiohttp, 0 is for ever.
        total = max(seconds, 0.001)
        times = ClientTimeout(total=total, connect=self._limits.connect, sock_read=self._limits.silence)
        return await ask(session, url, headers, times, self._limits.body)

    def _judge(self, url: URL, response: Response) -> Response:
        """Return what is an answer, and raise what is not."""
        if response.status in _ANSWERS:
            return response
        if response.status in _BUSY:
            raise self._busy(url, response)
        sentence = f"{plain_url(url)} answered {_status(response)}."
        raise PassingError(sentence) if response.status >= _SERVER_ERROR else Unreachable(sentence)

    def _busy(self, url: URL, response: Response) -> FetchError:
        """Return the error of a host that does not want to be asked now, and leave it in peace if it said how long."""
        now = self._clock.now()
        seconds = seconds_to_wait(response.headers.get("Retry-After"), now)
        if seconds is None:
            return PassingError(f"{plain_url(url)} answered {_status(response)}.")
        if seconds > self._limits.retry_after:
            when = f"{now + timedelta(seconds=seconds):%Y-%m-%d %H:%M} UTC"
            return Unreachable(f"{plain_url(url)} answered {_status(response)}, and asks to come back after {when}.")
        self._pace.hold(_host(url), seconds)
        return PassingError(
            f"{plain_url(url)} answered {_status(response)}, and asks to wait for {seconds:.0f} seconds."
        )


def _host(url: URL) -> str:
    return (url.raw_host or "").rstrip(".")


def _status(response: Response) -> str:
    try:
        return f"{response.status} {HTTPStatus(response.status).phrase}"
    except ValueError:
        return str(response.status)
