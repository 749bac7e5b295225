"""The sessions in the ledger that the bot has begun with Discord."""

from dataclasses import dataclass
from datetime import datetime

from bot.ledger.store import Store
from bot.ledger.timestamps import from_timestamp, to_timestamp

_ADD = "INSERT INTO identify (sent_at, shard, is_start) VALUES (:now, :shard, :is_start)"
_PURGE = "DELETE FROM identify WHERE sent_at < :before"
_MARK_LASTING = "UPDATE identify SET has_lasted = 1 WHERE id = (SELECT max(id) FROM identify)"
_RECENT = "SELECT sent_at FROM identify WHERE sent_at > :since ORDER BY sent_at"
_FAILED_STARTS = """
    SELECT count(*) AS starts FROM identify
    WHERE is_start AND sent_at > :since AND id > (SELECT coalesce(max(id), 0) FROM identify WHERE has_lasted)
"""


@dataclass(frozen=True, slots=True)
class RecentIdentifies:
    """When sessions were begun since a moment, oldest first.

    ``failed_starts`` is how many processes in a row began one and did not stay connected.
    """

    times: tuple[datetime, ...]
    failed_starts: int


class Identifies:
    """Counts IDENTIFYs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, shard: int, *, is_start: bool, now: datetime, purge_before: datetime) -> None:
        """Record that a session is about to be begun, and forget those begun before a moment."""
        await self._store.write(
            (_PURGE, {"before": to_timestamp(purge_before)}),
            (_ADD, {"now": to_timestamp(now), "shard": shard, "is_start": is_start}),
        )

    async def mark_lasting(self) -> None:
        """Record that the bot has stayed connected."""
        await self._store.write((_MARK_LASTING, {}))

    async def recent(self, since: datetime) -> RecentIdentifies:
        """Return the sessions that were begun since a moment. Those of a clock that was ahead count as well."""
        params = {"since": to_timestamp(since)}
        times = tuple(from_timestamp(int(row["sent_at"])) for row in await self._store.read(_RECENT, params))
        (row,) = await self._store.read(_FAILED_STARTS, params)
        return RecentIdentifies(times, int(row["starts"]))
