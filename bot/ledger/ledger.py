"""The ledger: what must never be lost. One writer; every change is on the disk before it counts."""

import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.database import connect, migrate
from bot.domain.errors import LedgerError
from bot.ledger.deliveries import Deliveries
from bot.ledger.preferences import Preferences
from bot.ledger.store import Store, failure
from bot.ledger.subscriptions import Subscriptions


class Ledger:
    """Use it as ``async with Ledger(path) as ledger``. Raises LedgerError when the file cannot be used.

    ``identity`` is this ledger's own name, made up once; ``restored`` is when it was last put back from a backup;
    ``subscriptions`` and ``deliveries`` hold the daily posts, ``preferences`` what people and servers have set.
    """

    identity: str
    restored: datetime | None
    subscriptions: Subscriptions
    deliveries: Deliveries
    preferences: Preferences

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: Store

    async def __aenter__(self) -> Self:
        try:
            with closing(connect(self._path, synchronous="FULL")) as db:
                db.execute("PRAGMA foreign_keys = ON")
                _check(self._path, db)
                migrate(db, "bot.ledger", LedgerError)
            # Handed to the store's thread.
            kept = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            kept.execute("PRAGMA synchronous = FULL")
            kept.execute("PRAGMA foreign_keys = ON")
        except (sqlite3.Error, OSError) as error:
            raise failure(self._path, error) from error
        self._store = Store(self._path, kept)
        try:
            self.identity = await self.fact("identity") or await self._named()
            restored = await self.fact("restored")
            self.restored = datetime.fromtimestamp(int(restored), UTC) if restored else None
            self.preferences = Preferences(self._store)
            await self.preferences.load()
        except BaseException:
            await self._store.close()
            raise
        self.subscriptions = Subscriptions(self._store)
        self.deliveries = Deliveries(self._store)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._store.close()

    async def _named(self) -> str:
        # Another process may be the first one.
        statement = "INSERT OR IGNORE INTO fact VALUES ('identity', :value)"
        await self._store.write((statement, {"value": secrets.token_hex(8)}))
        return await self.fact("identity") or ""

    async def forgotten(self) -> list[tuple[str, str]]:
        """Return what was taken out of the archive for good: pairs of a key and a headline's fingerprint."""
        return [(row[0], row[1]) for row in await self._store.read("SELECT key, fingerprint FROM forgotten", {})]

    async def forget(self, rows: Iterable[tuple[str, str]]) -> None:
        """Note pairs of a key and a fingerprint as taken out for good."""
        statement = "INSERT OR IGNORE INTO forgotten VALUES (:key, :fingerprint)"
        await self._store.write(*((statement, {"key": key, "fingerprint": fingerprint}) for key, fingerprint in rows))

    async def fact(self, name: str) -> str | None:
        """Return what was remembered under ``name``."""
        rows = await self._store.read("SELECT value FROM fact WHERE name = :name", {"name": name})
        return rows[0][0] if rows else None

    async def remember(self, name: str, value: str) -> None:
        """Remember ``value`` under ``name``."""
        statement = "INSERT INTO fact VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        await self._store.write((statement, {"name": name, "value": value}))


def _check(path: Path, db: sqlite3.Connection) -> None:
    """Look through the whole file: better to fail at the start than in the middle of a night."""
    found = [row[0] for row in db.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        reason = f"{path} is damaged ({'; '.join(found)}): put a backup in its place with “daybook restore”"
        raise LedgerError(reason)
