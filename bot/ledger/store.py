"""The one connection to the ledger's file: reads, and writes that share their trip to the disk."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.database import Problem, explain
from bot.domain.errors import LedgerError

Row = sqlite3.Row
# A statement and its parameters, by their names.
Statement = tuple[str, Mapping[str, Any]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Change:
    """Statements that are committed together, and the future of the rows that each of them returns."""

    statements: Sequence[Statement]
    result: "asyncio.Future[list[list[Row]]]"


class Store:
    """Reads and writes rows; what is written is on the disk when ``write`` returns.

    Changes that come while others are on their way to the disk wait, and are committed together: a thousand posts at
    once do not wait two thousand times for a slow disk. Each change is whole or nothing by itself.

    Everything runs in one thread, and a whole batch in one go: waiting for the thread takes longer than most
    statements.

    ``fault`` is why the last change could not be written; None if it was.
    """

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.fault: LedgerError | None = None
        self._path = path
        self._db = db
        self._db.row_factory = Row
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._waiting: list[_Change] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_closed = False

    async def close(self) -> None:
        """Finish what is being written, then close the file."""
        while self._writing is not None and not self._writing.done():
            await self._writing
        self._is_closed = True
        await self._run(self._db.close)
        self._thread.shutdown(wait=False)

    async def read(self, statement: str, params: Mapping[str, Any]) -> list[Row]:
        """Return all rows. Raises LedgerError."""
        try:
            return await self._run(lambda: self._db.execute(statement, params).fetchall())
        except sqlite3.Error as error:
            raise failure(self._path, error) from error

    async def reserve(self, pages: int) -> None:
        """Have so many free pages in the file, for changes while the disk is full; less, if it is full already.

        The ``-wal``, through which they are made, keeps its size as well.
        """
        with suppress(sqlite3.Error):
            await self._run(lambda: self._reserve(pages))

    def _reserve(self, pages: int) -> None:
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        (size,) = self._db.execute("PRAGMA page_size").fetchone()
        if free >= pages // 2:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("CREATE TABLE reserve (space BLOB) STRICT")
            self._db.execute("INSERT INTO reserve VALUES (zeroblob(?))", ((pages - free) * size,))
            self._db.execute("DROP TABLE reserve")
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._roll_back()

    async def write(self, *statements: Statement) -> list[list[Row]]:
        """Run all of the statements or none; return the rows that each of them returns.

        Raises LedgerError, sqlite3.IntegrityError.
        """
        if self._is_closed:
            # What somebody has begun while the bot ends.
            raise LedgerError(f"{self._path} is closed")
        change = _Change(statements, asyncio.get_running_loop().create_future())
        self._waiting.append(change)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        # A caller that stops waiting does not undo the change: it may share its transaction with others.
        return await asyncio.shield(change.result)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                results = await self._run(lambda: self._commit(batch))  # noqa: B023  (it is over before the next one)
                self.fault = None
            except Exception as error:  # noqa: BLE001  (whatever it is, nobody may wait for ever)
                await self._run(self._roll_back)
                results = [failure(self._path, error) for _ in batch]
                self.fault = failure(self._path, error)
            for change, result in zip(batch, results, strict=True):
                if change.result.cancelled():
                    continue
                if isinstance(result, Exception):
                    change.result.set_exception(result)
                    # Marks it as retrieved: nobody may be waiting any more.
                    change.result.exception()
                else:
                    change.result.set_result(result)

    def _commit(self, batch: Sequence[_Change]) -> list[list[list[Row]] | Exception]:
        results: list[list[list[Row]] | Exception] = []
        self._db.execute("BEGIN IMMEDIATE")
        for change in batch:
            self._db.execute("SAVEPOINT change")
            try:
                results.append([self._db.execute(*statement).fetchall() for statement in change.statements])
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
    """Return why the ledger's file cannot be used, and what to do about it, in one sentence."""
    match explain(error):
        case Problem.FULL as problem:
            reason = f"{problem}: {path} is as it was before; make room"
        case Problem.READ_ONLY:
            reason = f"{path} cannot be written ({error}): check who owns the folder given by --data"
        case Problem.DAMAGED | Problem.NOT_A_DATABASE:
            return damaged(path, str(error))
        case Problem.DISK_ERROR:
            reason = f"the disk of {path} is full, or out of order ({error})"
        case Problem.LOCKED:
            reason = f"{path} is being written by another program: try again"
        case _:
            reason = f"{path} cannot be used ({error}): check the folder given by --data"
    return LedgerError(reason)


def damaged(path: Path, problems: str) -> LedgerError:
    """Return what to do about a damaged ledger, in one sentence."""
    return LedgerError(f"{path} is damaged ({problems}): put a backup in its place with “daybook restore”")
