"""The ledger: what must never be lost. One writer; every change is on the disk before it counts."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import aiosqlite

from bot.database import connect, migrate
from bot.errors import LedgerError


class Ledger:
    """Use it as ``async with Ledger(path) as ledger``. Raises LedgerError when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: aiosqlite.Connection

    async def __aenter__(self) -> Self:
        try:
            db = connect(self._path, synchronous="FULL")
            try:
                db.execute("PRAGMA foreign_keys = ON")
                migrate(db, "bot.ledger", LedgerError)
            finally:
                db.close()
            self._db = await aiosqlite.connect(self._path, isolation_level=None)
            await self._db.execute("PRAGMA synchronous = FULL")
            await self._db.execute("PRAGMA foreign_keys = ON")
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"{self._path} cannot be used ({error}): check the folder given by --data") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._db.close()

    async def forgotten(self) -> list[tuple[str, str]]:
        """Return what was taken out of the archive for good: pairs of a key and a headline's fingerprint."""
        return [(row[0], row[1]) for row in await self._db.execute_fetchall("SELECT key, fingerprint FROM forgotten")]

    async def forget(self, rows: Iterable[tuple[str, str]]) -> None:
        """Note pairs of a key and a fingerprint as taken out for good."""
        await self._db.execute("BEGIN IMMEDIATE")
        await self._db.executemany("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", rows)
        await self._db.execute("COMMIT")

    async def fact(self, name: str) -> str | None:
        """Return what was remembered under ``name``."""
        rows = list(await self._db.execute_fetchall("SELECT value FROM fact WHERE name = ?", (name,)))
        return rows[0][0] if rows else None

    async def remember(self, name: str, value: str) -> None:
        """Remember ``value`` under ``name``."""
        await self._db.execute(
            "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )
