"""The network below aiohttp's session: connections whose other end is the simulated Discord."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote

from aiohttp import BaseConnector
from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "/api/v10"


@dataclass(slots=True)
class Call:
    """A request as it was sent."""

    method: str
    path: str
    query: dict[str, str]
    json: Any
    life: int
    time: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)


class Server(Protocol):
    """What is at the other end."""

    def connecting(self, life: int) -> float:
        """Return how long it takes to connect. Raises OSError."""
        ...

    def arrive(self, call: Call, transport: Transport) -> None:
        """Take a whole request."""
        ...


class Transport(asyncio.Transport):
    """One connection, for one request."""

    def __init__(self, protocol: ResponseHandler, server: Server, life: int) -> None:
        super().__init__()
        self.protocol = protocol
        self.life = life
        self.is_closed = False
        self._server = server
        self._received = bytearray()

    def write(self, data: Any) -> None:
        self._received += data
        head, gap, body = bytes(self._received).partition(b"\r\n\r\n")
        if not gap:
            return
        lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        if len(body) < int(headers.get("content-length", 0)):
            return
        self._received.clear()
        method, target, _ = lines[0].split(" ")
        path, _, query = target.partition("?")
        content = json.loads(body) if body else None
        call = Call(method, unquote(path).removeprefix(PREFIX), dict(parse_qsl(query)), content, self.life)
        self._server.arrive(call, self)

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def answer(self, status: int, body: bytes, headers: Mapping[str, str], *, missing: int = 0) -> None:
        """Let an answer come; it lacks so many of its bytes, and then the connection ends."""
        if self.is_closed:
            return
        fields = {"Content-Length": str(len(body)), **headers} if status != 204 else dict(headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.protocol.data_received(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body[: len(body) - missing])
        if missing:
            self.cut()

    def cut(self) -> None:
        """End the connection without a word."""
        if not self.is_closed:
            self.is_closed = True
            self.protocol.connection_lost(ConnectionResetError(104, "Connection reset by peer"))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class Connector(BaseConnector):
    """Connects to the simulated Discord, whatever the address."""

    def __init__(self, server: Server, life: int) -> None:
        # Each request has a connection of its own: how long others are kept goes by the machine's clock.
        super().__init__(force_close=True, limit=0)
        self._server, self._life = server, life

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> ResponseHandler:
        await asyncio.sleep(self._server.connecting(self._life))
        protocol = ResponseHandler(asyncio.get_running_loop())
        protocol.connection_made(Transport(protocol, self._server, self._life))
        return protocol
