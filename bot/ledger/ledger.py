"""The ledger: what must never be lost. One process writes it, and every change is on the disk before it counts."""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.database import connect, migrate
from bot.domain.errors import LedgerError
from bot.ledger.deliveries import Deliveries
from bot.ledger.feeds import Feeds
from bot.ledger.identifies import Identifies
from bot.ledger.ledger_file import faults
from bot.ledger.preferences import Preferences
from bot.ledger.store import Store, failure
from bot.ledger.subscriptions import Subscriptions
from bot.ledger.timestamps import from_timestamp


class Ledger:
    """Subscriptions, deliveries, preferences, feeds, sessions, and small facts, in one SQLite file.

    Use it as ``async with Ledger(path) as ledger``. Raises LedgerError when the file cannot be used. ``identity`` is a
    random name, given to the ledger when it is created; ``restored_at`` is when it was last restored from a backup.
    """

    identity: str
    restored_at: datetime | None
    subscriptions: Subscriptions
    deliveries: Deliveries
    preferences: Preferences
    feeds: Feeds
    identifies: Identifies

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: Store

    async def __aenter__(self) -> Self:
        self._store = Store(self._path, _open(self._path))
        try:
            self.identity = await self.fact("identity") or await self._create_identity()
            restored_at = await self.fact("restored")
            self.restored_at = from_timestamp(int(restored_at)) if restored_at else None
            self.preferences = Preferences(self._store)
            await self.preferences.load()
        except BaseException:
            await self._store.close()
            raise
        self.subscriptions = Subscriptions(self._store)
        self.deliveries = Deliveries(self._store)
        self.feeds = Feeds(self._store)
        self.identifies = Identifies(self._store)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._store.close()

    async def _create_identity(self) -> str:
        # Another process may be the first one.
        statement = "INSERT OR IGNORE INTO fact VALUES ('identity', :value)"
        await self._store.write((statement, {"value": secrets.token_hex(8)}))
        return await self.fact("identity") or ""

    async def forgotten_events(self) -> list[tuple[str, str]]:
        """Return the events that were removed for good, as pairs of a key and a headline's fingerprint."""
        rows = await self._store.read("SELECT key, fingerprint FROM forgotten_event", {})
        return [(row["key"], row["fingerprint"]) for row in rows]

    async def forgotten_sources(self) -> list[tuple[str, list[str]]]:
        """Return where the fetched pages of such events came from, as their blocks say, each with its page's marks."""
        rows = await self._store.read("SELECT source, marks FROM forgotten_source", {})
        return [(row["source"], json.loads(row["marks"])) for row in rows]

    async def forget(
        self, events: Iterable[tuple[str, str]], *, sources: Iterable[tuple[str, Sequence[str]]] = ()
    ) -> None:
        """Record events as removed for good, given as pairs of a key and a headline's fingerprint.

        ``sources`` are, for each of their pages that was fetched, where it came from and its marks.
        """
        event = "INSERT OR IGNORE INTO forgotten_event VALUES (:key, :fingerprint)"
        source = "INSERT INTO forgotten_source VALUES (:source, :marks) ON CONFLICT DO NOTHING"
        await self._store.write(
            *((event, {"key": key, "fingerprint": fingerprint}) for key, fingerprint in events),
            *((source, {"source": name, "marks": json.dumps(marks)}) for name, marks in sources),
        )

    async def fact(self, name: str) -> str | None:
        """Return the value that was remembered under ``name``."""
        rows = await self._store.read("SELECT value FROM fact WHERE name = :name", {"name": name})
        return rows[0]["value"] if rows else None

    async def remember(self, name: str, value: str) -> None:
        """Remember ``value`` under ``name``."""
        statement = "INSERT INTO fact VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        await self._store.write((statement, {"name": name, "value": value}))


def _open(path: Path) -> sqlite3.Connection:
    """Open the file, checked and migrated, for the store's thread. Raises LedgerError."""
    try:
        with closing(connect(path, synchronous="FULL")) as db:
            db.execute("PRAGMA foreign_keys = ON")
            _check_integrity(path, db)
            migrate(db, "bot.ledger", LedgerError)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
    except (sqlite3.Error, OSError) as error:
        raise failure(path, error) from error
    return db


def _check_integrity(path: Path, db: sqlite3.Connection) -> None:
    """Read the whole file: better to fail at the start than in the middle of a night. Raises LedgerError."""
    if problems := faults(db):
        reason = f"{path} is damaged ({problems}): put a backup in its place with “daybook restore”"
        raise LedgerError(reason)
