"""Read-only connections to the archive's file, so that one slow question holds up nobody."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import aiosqlite

from bot.archive.rows import Row
from bot.domain.errors import ArchiveError
from bot.turns import Turns

# How long to wait, in seconds, before a cancelled question is interrupted once more.
_INTERRUPT_AGAIN = 0.02
# What slow questions of one person may take: so many seconds at once, and this share of the time in the long run.
_BURST, _SHARE = 5.0, 0.1


class Readers:
    """A pool of ``count`` connections, at most half of them busy with slow questions, of one person one at a time.

    Use it as ``async with Readers(path, count=4) as readers``. Raises ArchiveError when the file cannot be read.
    """

    def __init__(self, path: Path, *, count: int) -> None:
        self._path = path
        self._count = count
        self._free: list[aiosqlite.Connection] = []
        self._any = asyncio.Semaphore(count)
        self._slow = asyncio.Semaphore(max(count // 2, 1))
        self._turns = Turns(burst=_BURST, share=_SHARE)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            for _ in range(self._count):
                connection = await self._stack.enter_async_context(
                    aiosqlite.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
                )
                connection.row_factory = sqlite3.Row
                await connection.execute("PRAGMA query_only = ON")
                self._free.append(connection)
        except sqlite3.Error as error:
            await self._stack.aclose()
            raise ArchiveError(f"{self._path} cannot be read ({error})") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def fetch(self, statement: str, params: Mapping[str, Any], *, slow: bool = False) -> Sequence[Row]:
        """Return all rows of a statement. Raises ArchiveError."""
        async with self._connection(slow=slow) as connection:
            rows = asyncio.ensure_future(connection.execute_fetchall(statement, params))
            try:
                return cast("Sequence[Row]", await asyncio.shield(rows))
            except asyncio.CancelledError:
                # Nobody waits for the rows any more, and the next question must not. SQLite can interrupt only what has
                # begun, which this may not have yet.
                rows.add_done_callback(_retrieve_error)
                while not rows.done():
                    with suppress(asyncio.CancelledError):
                        await connection.interrupt()
                        await asyncio.wait((rows,), timeout=_INTERRUPT_AGAIN)
                raise
            except sqlite3.Error as error:
                raise ArchiveError(f"{self._path} cannot be read ({error})") from error

    @asynccontextmanager
    async def _connection(self, *, slow: bool) -> AsyncIterator[aiosqlite.Connection]:
        if not slow:
            async with self._take() as connection:
                yield connection
            return
        # The person's turn first: whoever asks much waits there, and not in front of the others.
        async with self._turns.turn() as count, self._slow, self._take() as connection:
            clock = asyncio.get_running_loop().time
            start = clock()
            try:
                yield connection
            finally:
                count(clock() - start)

    @asynccontextmanager
    async def _take(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self._any:
            connection = self._free.pop()
            try:
                yield connection
            finally:
                self._free.append(connection)


def _retrieve_error(future: asyncio.Future[Any]) -> None:
    """Retrieve a future's exception, so that asyncio does not warn that nobody did."""
    if not future.cancelled():
        future.exception()
