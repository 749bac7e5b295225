"""SQLite inside the loop: the archive's readers without threads, and a ledger whose statements can fail."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class LoopConnection:
    """What the archive's readers use, answering at once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    async def execute_fetchall(self, sql: str, parameters: Mapping[str, Any] | None = None, /) -> Iterable[Any]:
        return self._db.execute(sql, parameters or ()).fetchall()

    async def interrupt(self) -> None:
        pass

    async def close(self) -> None:
        self._db.close()


async def connect_in_loop(uri: str) -> LoopConnection:
    db = sqlite3.connect(uri, uri=True)
    db.row_factory = sqlite3.Row
    return LoopConnection(db)


class LedgerConnection:
    """The store's connection; ``before`` and ``after`` each statement, the world has its say."""

    def __init__(self, db: sqlite3.Connection, before: Callable[[str], None], after: Callable[[str], None]) -> None:
        self._db = db
        self._before, self._after = before, after

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        self._before(sql)
        cursor = self._db.execute(sql, parameters)
        self._after(sql)
        return cursor

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def close(self) -> None:
        self._db.close()


def disk_error(name: str) -> sqlite3.OperationalError:
    """Return an error as SQLite raises it."""
    error = sqlite3.OperationalError({"SQLITE_FULL": "database or disk is full"}.get(name, "disk I/O error"))
    error.sqlite_errorname = name
    error.sqlite_errorcode = sqlite3.SQLITE_FULL if name == "SQLITE_FULL" else sqlite3.SQLITE_IOERR
    return error
