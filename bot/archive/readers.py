"""Read-only connections to the archive's file, so that one slow question holds up nobody.

Where another file stands under its name, moved there while the bot runs, that one is opened anew.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast

import aiosqlite

from bot.archive.database_file import failure
from bot.archive.rows import Row
from bot.database import Problem, explain, newest_version
from bot.domain.errors import ArchiveError
from bot.turns import Turns

log = logging.getLogger(__name__)

# How long to wait, in seconds, before a cancelled question is interrupted once more.
_INTERRUPT_AGAIN = 0.02
# What slow questions of one person may take: so many seconds at once, and this share of the time in the long run.
_BURST, _SHARE = 5.0, 0.1
_DAMAGES = (Problem.DAMAGED, Problem.NOT_A_DATABASE)
# Reads a page of the schema and one of a table.
_PROBE = "SELECT * FROM total"


class Connection(Protocol):
    """A connection to the archive's file; its rows are sqlite3.Row."""

    async def execute_fetchall(self, sql: str, parameters: Mapping[str, Any] | None = None, /) -> Iterable[Any]:
        """Run a statement and return all of its rows."""
        ...

    async def interrupt(self) -> None:
        """End the statement that runs, if one does."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


# Opens a file, given as SQLite's URI.
Connect = Callable[[str], Awaitable[Connection]]


async def connect_in_thread(uri: str) -> Connection:
    """Open a connection that runs its statements in a thread of its own."""
    connection = await aiosqlite.connect(uri, uri=True)
    connection.row_factory = sqlite3.Row
    return cast("Connection", connection)


@dataclass(slots=True)
class _Reader:
    """A connection, and which file it has open."""

    connection: Connection
    file: "_FileId"


# The device and the number by which the system knows a file, whatever its name.
_FileId = tuple[int, int]


class Readers:
    """A pool of ``count`` connections, at most half of them busy with slow questions, of one person one at a time.

    ``connect`` opens each of them. Use it as ``async with Readers(path, count=4) as readers``. Raises ArchiveError when
    the file cannot be read. ``fault`` is what is wrong with the file in its place, though the one of before may still
    answer; None if all is well.
    """

    def __init__(self, path: Path, *, count: int, connect: Connect = connect_in_thread) -> None:
        self.fault: ArchiveError | None = None
        self._path = path
        self._connect = connect
        self._count = count
        self._free: list[_Reader] = []
        self._any = asyncio.Semaphore(count)
        self._slow = asyncio.Semaphore(max(count // 2, 1))
        self._turns = Turns(burst=_BURST, share=_SHARE)
        # The file that was found damaged.
        self._damaged: _FileId | None = None

    async def __aenter__(self) -> Self:
        try:
            for _ in range(self._count):
                self._free.append(await self._open())
        except (sqlite3.Error, OSError) as error:
            await self._close()
            raise ArchiveError(f"{self._path} cannot be read ({error})") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def fetch(self, statement: str, params: Mapping[str, Any], *, slow: bool = False) -> Sequence[Row]:
        """Return all rows of a statement. Raises ArchiveError."""
        async with self._reader(slow=slow) as reader:
            connection = reader.connection
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
                if explain(error) in _DAMAGES:
                    self._damaged, self.fault = reader.file, failure(self._path, error)
                raise ArchiveError(f"{self._path} cannot be read ({error})") from error

    async def check(self) -> None:
        """Look whether the file is still in its place and can be read; ``fault`` says so."""
        async with self._reader(slow=False) as reader:
            if reader.file != self._damaged:
                try:
                    await reader.connection.execute_fetchall(_PROBE)
                except sqlite3.Error as error:
                    self._damaged, self.fault = reader.file, failure(self._path, error)

    @asynccontextmanager
    async def _reader(self, *, slow: bool) -> AsyncIterator[_Reader]:
        if not slow:
            async with self._take() as reader:
                yield reader
            return
        # The person's turn first: whoever asks much waits there, and not in front of the others.
        async with self._turns.turn() as count, self._slow, self._take() as reader:
            clock = asyncio.get_running_loop().time
            start = clock()
            try:
                yield reader
            finally:
                count(clock() - start)

    @asynccontextmanager
    async def _take(self) -> AsyncIterator[_Reader]:
        async with self._any:
            reader = self._free.pop()
            try:
                reader = await self._up_to_date(reader)
                yield reader
            finally:
                self._free.append(reader)

    async def _up_to_date(self, reader: _Reader) -> _Reader:
        """Return a connection to the file that stands under the name now; the same one, if that is none."""
        try:
            if _file_id(self._path) == reader.file:
                if self._damaged != reader.file:
                    self.fault = None
                return reader
            fresh = await self._open()
        except FileNotFoundError:
            self.fault = ArchiveError(
                f"{self._path} is missing, and the previous one still answers: put it back, or import the pages again"
            )
            return reader
        except (sqlite3.Error, OSError) as error:
            self.fault = failure(self._path, error)
            return reader
        (version,) = next(iter(await fresh.connection.execute_fetchall("PRAGMA user_version")))
        if version != newest_version("bot.archive"):
            # It is being made, or was made by another version, and is brought to this one in the background.
            await fresh.connection.close()
            self.fault = ArchiveError(
                f"{self._path} is a different file now, and not ready yet: the previous one still answers"
            )
            return reader
        log.warning("%s is a different file now: opening it again", self._path)
        await reader.connection.close()
        self.fault = None
        return fresh

    async def _open(self) -> _Reader:
        """Open the file. Raises sqlite3.Error, OSError."""
        file = _file_id(self._path)
        connection = await self._connect(f"{self._path.absolute().as_uri()}?mode=ro")
        try:
            await connection.execute_fetchall("PRAGMA query_only = ON")
            await connection.execute_fetchall("PRAGMA user_version")
        except BaseException:
            await connection.close()
            raise
        return _Reader(connection, file)

    async def _close(self) -> None:
        for reader in self._free:
            await reader.connection.close()
        self._free.clear()


def _file_id(path: Path) -> _FileId:
    """Return which file stands under a name. Raises OSError."""
    state = os.stat(path)  # noqa: PTH116  (a microsecond for each question)
    return state.st_dev, state.st_ino


def _retrieve_error(future: asyncio.Future[Any]) -> None:
    """Retrieve a future's exception, so that asyncio does not warn that nobody did."""
    if not future.cancelled():
        future.exception()
