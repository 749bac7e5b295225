"""The one connection to the ledger: reads, and writes that share their trip to the disk."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.errors import LedgerError

Row = sqlite3.Row
Statement = tuple[str, Mapping[str, Any]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Change:
    statements: Sequence[Statement]
    done: "asyncio.Future[list[list[Row]]]"


class Store:
    """Hands out rows; what is written is on the disk when ``write`` returns.

    Changes that come while another is on its way to the disk wait and go together: a thousand posts at once do not
    mean two thousand waits for a slow disk. Each is whole or nothing by itself.

    All is done in one thread, and a whole batch in one go: to wait for the thread takes longer than most statements.
    """

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self._path = path
        self._db = db
        self._db.row_factory = Row
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._waiting: list[_Change] = []
        self._writing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Finish what is being written, then let go of the file."""
        while self._writing is not None and not self._writing.done():
            await self._writing
        await self._run(self._db.close)
        self._thread.shutdown(wait=False)

    async def read(self, statement: str, asked: Mapping[str, Any]) -> list[Row]:
        """Return all rows. Raises LedgerError."""
        try:
            return await self._run(lambda: self._db.execute(statement, asked).fetchall())
        except sqlite3.Error as error:
            raise failure(self._path, error) from error

    async def write(self, *statements: Statement) -> list[list[Row]]:
        """Do all of the statements or none; return what each returns. Raises LedgerError, sqlite3.IntegrityError."""
        change = _Change(statements, asyncio.get_running_loop().create_future())
        self._waiting.append(change)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        # Who stops waiting does not undo the change: it may share its transaction with others.
        return await asyncio.shield(change.done)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                results = await self._run(lambda: self._commit(batch))  # noqa: B023  (it is over before the next one)
            except Exception as error:  # noqa: BLE001  (whatever it is, nobody is to wait for ever)
                await self._run(self._roll_back)
                results = [failure(self._path, error) for _ in batch]
            for change, result in zip(batch, results, strict=True):
                if change.done.cancelled():
                    continue
                if isinstance(result, Exception):
                    change.done.set_exception(result)
                    # Nobody may be waiting any more.
                    change.done.exception()
                else:
                    change.done.set_result(result)

    def _commit(self, batch: Sequence[_Change]) -> list[list[list[Row]] | Exception]:
        results: list[list[list[Row]] | Exception] = []
        self._db.execute("BEGIN IMMEDIATE")
        for change in batch:
            self._db.execute("SAVEPOINT change")
            try:
                results.append([self._db.execute(*each).fetchall() for each in change.statements])
            except sqlite3.IntegrityError as error:
                self._db.execute("ROLLBACK TO change")
                results.append(error)
            self._db.execute("RELEASE change")
        self._db.execute("COMMIT")
        return results

    def _roll_back(self) -> None:
        # A full disk may have ended the transaction already.
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def failure(path: Path, error: Exception) -> LedgerError:
    """Say in one sentence why the ledger cannot be used, and what to do."""
    match getattr(error, "sqlite_errorname", ""):
        case "SQLITE_FULL":
            reason = f"the disk is full: {path} is as it was before; make room"
        case "SQLITE_READONLY" | "SQLITE_READONLY_DIRECTORY" | "SQLITE_CANTOPEN" | "SQLITE_READONLY_DBMOVED":
            reason = f"{path} cannot be written ({error}): check who owns the folder given by --data"
        case "SQLITE_CORRUPT" | "SQLITE_NOTADB":
            reason = f"{path} is damaged ({error}): put a backup in its place with “daybook restore”"
        case name if name.startswith("SQLITE_IOERR"):
            reason = f"the disk of {path} is full, or out of order ({error})"
        case "SQLITE_BUSY":
            reason = f"{path} is being written by another program: try again"
        case _:
            reason = f"{path} cannot be used ({error}): check the folder given by --data"
    return LedgerError(reason)
