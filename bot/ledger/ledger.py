"""The ledger: what must never be lost. One process writes it, and every change is on the disk before it counts."""

import asyncio
import json
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.database import Problem, connect, explain, migrate
from bot.domain.errors import LedgerError
from bot.ledger.deliveries import Deliveries
from bot.ledger.feeds import Feeds
from bot.ledger.identifies import Identifies
from bot.ledger.ledger_file import faults
from bot.ledger.preferences import Preferences
from bot.ledger.store import Store, damaged, failure
from bot.ledger.subjects import Subjects
from bot.ledger.subscriptions import Subscriptions
from bot.ledger.timestamps import from_timestamp

# Free pages that are kept in the file, of 4 KiB each; the -wal keeps room for as many.
_RESERVED_PAGES = 512
# After so many pages the -wal is used from its beginning again.
_WAL_PAGES = 400


class Ledger:
    """Subscriptions, subjects, deliveries, preferences, feeds, sessions, and small facts, in one SQLite file.

    Use it as ``async with Ledger(path) as ledger``. Raises LedgerError when the file cannot be used. ``identity`` is a
    random name, given to the ledger when it is created; ``restored_at`` is when it was last restored from a backup;
    ``damage`` is what ``check_integrity`` has found.
    """

    identity: str
    restored_at: datetime | None
    subscriptions: Subscriptions
    subjects: Subjects
    deliveries: Deliveries
    preferences: Preferences
    feeds: Feeds
    identifies: Identifies

    def __init__(self, path: Path) -> None:
        self.damage: LedgerError | None = None
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
        self.subjects = Subjects(self._store)
        self.deliveries = Deliveries(self._store)
        self.feeds = Feeds(self._store)
        self.identifies = Identifies(self._store)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._store.close()

    @property
    def fault(self) -> LedgerError | None:
        """Why nothing can be written, or what is wrong with the file, and what to do; None if all is well."""
        return self.write_fault or self.damage

    @property
    def write_fault(self) -> LedgerError | None:
        """Why the last change could not be written; None if it was."""
        return self._store.fault

    async def try_to_write(self) -> None:
        """Write something, so that ``write_fault`` is of this moment."""
        with suppress(LedgerError):
            await self.remember("written", secrets.token_hex(8))

    async def reserve_space(self) -> None:
        """Keep some space in the file, so that the bot goes on for a while on a disk that is full."""
        await self._store.reserve(_RESERVED_PAGES)

    async def check_integrity(self) -> None:
        """Read the whole file, beside all else; ``damage`` says what is wrong. Takes minutes with a large one."""
        db = await asyncio.to_thread(self._open_to_check)
        checking = asyncio.ensure_future(asyncio.to_thread(faults, db))
        try:
            found = await asyncio.shield(checking)
        except sqlite3.Error as error:
            if explain(error) not in {Problem.DAMAGED, Problem.NOT_A_DATABASE}:
                raise failure(self._path, error) from error
            found = str(error)
        finally:
            # Whoever ends the bot does not wait for it.
            db.interrupt()
            await asyncio.wait((checking,))
            db.close()
        self.damage = damaged(self._path, found) if found else None

    def _open_to_check(self) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

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
            # A migration may replace a table that others refer to, and what refers to it stays.
            db.execute("PRAGMA foreign_keys = OFF")
            migrate(db, "bot.ledger", LedgerError)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")
        db.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    except (sqlite3.Error, OSError) as error:
        raise failure(path, error) from error
    return db
