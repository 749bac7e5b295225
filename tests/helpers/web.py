"""A web of servers on this machine that answer scripted bytes, and of names that lead where a test says."""

import asyncio
import errno
import socket
import zlib
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.clock import SystemClock
from bot.domain.errors import FetchError
from bot.sources.http import Http, Limits, Response

LOOPBACK = "127.0.0.1"
# Tests wait for nothing for long.
SHORT = Limits(connect=0.5, silence=0.2, total=0.5, body=1000, pauses=(0, 0))
TRIES = 1 + len(SHORT.pauses)


@dataclass(frozen=True, slots=True)
class Says:
    """What a server says to a request: bytes, then others again and again; then it hangs up, is silent, or goes on."""

    first: bytes = b""
    again: bytes = b""
    pause: float = 0.0
    hangs_up: bool = False
    silent: bool = False


def answer(status: str = "200 OK", body: bytes = b"", **headers: str) -> Says:
    """Return a well-formed answer; ``_`` in the names of headers is ``-``."""
    fields = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return Says("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body)


def redirect(location: str, status: str = "302 Found") -> Says:
    return answer(status, Location=location)


def gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return packer.compress(data) + packer.flush()


def gzip_bomb(mebibytes: int) -> bytes:
    """Return gzip that unpacks to so many MiB of zeros, though its checksum is wrong."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(2**20)
    head = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + piece * (mebibytes - 1) + packer.flush()


@dataclass
class Server:
    """A server, its script (the last answer is repeated), and what it has been asked and when."""

    script: list[Says] = field(default_factory=lambda: [answer(body=b"hello")])
    requests: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def place(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/"

    def says(self, *script: Says) -> None:
        self.script = list(script)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        self.was_asked.set()
        self.times.append(asyncio.get_running_loop().time())
        says = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if says.pause and not says.again:
            await asyncio.sleep(says.pause)
        writer.write(says.first)
        await writer.drain()
        while says.again:
            writer.write(says.again)
            await writer.drain()
            await asyncio.sleep(says.pause)
        if says.silent:
            await reader.read()
        return not (says.hangs_up or says.silent)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()


class Names(AbstractResolver):
    """Where names lead: answers one after the other, the last again and again; None is no answer.

    What no name can be is left to the system, which may take it for an address, but asks nobody.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Iterable[str] | None]] = {}
        self.requests: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.requests.append(host)
        if host[0].isdigit() or ".." in host:
            return await ThreadedResolver().resolve(host, port, family)
        script = self.answers.get(host, [None])
        addresses = script.pop(0) if len(script) > 1 else script[0]
        if addresses is None:
            raise OSError(errno.ENOENT, "no such name")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass


class FixedClock(SystemClock):
    """A clock whose date stands still."""

    def now(self) -> datetime:
        return datetime(2026, 3, 24, 8, tzinfo=UTC)


def watch_connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the addresses that are connected to from now on; nothing leaves this machine."""
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect
    connected: list[str] = []

    async def sock_connect(sock: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        if address[0] != LOOPBACK:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "not in a test")
        await connect(sock, address)

    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    return connected


class Web:
    """A server that is allowed, one that is not, names, and what is connected to."""

    def __init__(self, stack: AsyncExitStack, connected: list[str]) -> None:
        self.allowed, self.other, self.names = Server(), Server(), Names()
        self.names.answers["localhost"] = [["127.0.0.1"]]
        self.connected = connected
        self._stack = stack

    async def http(self, limits: Limits = SHORT, *allowed: str) -> Http:
        http = Http(
            contact="news@example.org",
            clock=FixedClock(),
            allowed=frozenset({self.allowed.place, *allowed}),
            resolver=self.names,
            limits=limits,
        )
        return await self._stack.enter_async_context(http)

    async def get(self, *script: Says, limits: Limits = SHORT, path: str = "") -> Response:
        """Return what is fetched from the server that is allowed when it follows this script."""
        self.allowed.says(*script)
        return await (await self.http(limits)).get(self.allowed.url + path)


def is_a_sentence(error: FetchError) -> bool:
    sentence = str(error)
    return sentence.endswith(".") and "\n" not in sentence and "Error(" not in sentence and len(sentence) < 500
