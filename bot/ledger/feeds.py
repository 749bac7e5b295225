"""The feeds that an operator has added, in the ledger."""

import sqlite3

from bot.domain.errors import LedgerError
from bot.domain.feed import Feed
from bot.ledger.store import Row, Store
from bot.ledger.timestamps import from_timestamp, to_timestamp

_ALL = "SELECT address, name, language, every, added FROM feed ORDER BY added, address"
_ADD = "INSERT INTO feed VALUES (:address, :name, :language, :every, :added)"
_REMOVE = "DELETE FROM feed WHERE address = :address RETURNING address"


class Feeds:
    """The list of feeds. Raises LedgerError where it cannot be read or written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[Feed]:
        """Return all feeds, in the order in which they were added."""
        return [_feed(row) for row in await self._store.read(_ALL, {})]

    async def add(self, feed: Feed) -> None:
        """Add a feed. Raises LedgerError also for an address that is there already."""
        params = {
            "address": feed.address, "name": feed.name, "language": feed.language, "every": feed.every,
            "added": to_timestamp(feed.added),
        }  # fmt: skip
        try:
            await self._store.write((_ADD, params))
        except sqlite3.IntegrityError as error:
            raise LedgerError(f"{feed.address} was already added: “daybook source list” shows it") from error

    async def remove(self, address: str) -> bool:
        """Take a feed out of the list; False if it was not there."""
        (rows,) = await self._store.write((_REMOVE, {"address": address}))
        return bool(rows)


def _feed(row: Row) -> Feed:
    return Feed(row["address"], row["name"], row["language"], row["every"], from_timestamp(row["added"]))
