"""Several read-only connections to the archive's file: one slow question holds up nobody."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiosqlite

from bot.domain.errors import ArchiveError

_PATIENCE = 0.02


class Readers:
    """Answers ``count`` questions at once, at most half of them slow ones: however many of those there are.

    Use it as ``async with Readers(path, count=4) as readers``. Raises ArchiveError when the file cannot be read.
    """

    def __init__(self, path: Path, *, count: int) -> None:
        self._path = path
        self._count = count
        self._free: list[aiosqlite.Connection] = []
        self._places = asyncio.Semaphore(count)
        self._slow = asyncio.Semaphore(max(count // 2, 1))
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            for _ in range(self._count):
                reader = await self._stack.enter_async_context(
                    aiosqlite.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
                )
                await reader.execute("PRAGMA query_only = ON")
                self._free.append(reader)
        except sqlite3.Error as error:
            await self._stack.aclose()
            raise ArchiveError(f"{self._path} cannot be read ({error})") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def ask(self, statement: str, asked: Mapping[str, Any], *, slow: bool = False) -> Sequence[Sequence[Any]]:
        """Return all rows of a statement. Raises ArchiveError."""
        async with self._reader(slow=slow) as reader:
            answer = asyncio.ensure_future(reader.execute_fetchall(statement, asked))
            try:
                return list(await asyncio.shield(answer))
            except asyncio.CancelledError:
                # Nobody waits for the answer any more: do not let the next question wait for it. It may not have begun
                # yet, and only what has begun can be interrupted.
                answer.add_done_callback(_read_error)
                while not answer.done():
                    with suppress(asyncio.CancelledError):
                        await reader.interrupt()
                        await asyncio.wait((answer,), timeout=_PATIENCE)
                raise
            except sqlite3.Error as error:
                raise ArchiveError(f"{self._path} cannot be read ({error})") from error

    @asynccontextmanager
    async def _reader(self, *, slow: bool) -> AsyncIterator[aiosqlite.Connection]:
        async with self._slow if slow else nullcontext(), self._places:
            reader = self._free.pop()
            try:
                yield reader
            finally:
                self._free.append(reader)


def _read_error(answer: asyncio.Future[Any]) -> None:
    """Take note of an answer's error, so that asyncio does not complain that nobody did."""
    if not answer.cancelled():
        answer.exception()
