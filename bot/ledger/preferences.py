"""What people have set and what servers have muted: stored in the ledger, read from memory."""

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.preferences import NO_MUTES, Mute, MuteKind, Mutes, PersonalSettings, mutes_of
from bot.ledger.store import Statement, Store
from bot.ledger.timestamps import to_timestamp

_T = TypeVar("_T")
_DEFAULTS = PersonalSettings()
# It changes when another connection has written.
_VERSION = "PRAGMA data_version"
_CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"
_READ_PEOPLE = "SELECT user_id, private, zone FROM person"
_READ_MUTES = "SELECT guild_id, kind, value, name, gone_at FROM mute"
_SET_PERSON = """
    INSERT INTO person (user_id, private, zone) VALUES (:user_id, :private, :zone)
    ON CONFLICT (user_id) DO UPDATE SET private = excluded.private, zone = excluded.zone
"""
_DELETE_PERSON = "DELETE FROM person WHERE user_id = :user_id"
_ADD_MUTE = "INSERT INTO mute (guild_id, kind, value, name) VALUES (:guild_id, :kind, :value, :name)"
_DELETE_MUTE = "DELETE FROM mute WHERE guild_id = :guild_id AND kind = :kind AND value = :value"
_MARK_GUILDS_LEFT = """
    UPDATE mute SET gone_at = CASE
        WHEN guild_id IN (SELECT value FROM json_each(:guild_ids)) THEN coalesce(gone_at, :now)
    END
"""
_PURGE_MUTES = "DELETE FROM mute WHERE gone_at < :before RETURNING guild_id"


class Preferences:
    """All personal settings and mutes.

    All of them are held in memory, because every command reads them and none should wait behind a write. A change
    counts once it is on the disk. Changes raise LedgerError where they cannot be written.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._people: dict[int, PersonalSettings] = {}
        self._mutes: dict[int, Mutes] = {}
        self._guilds_left: set[int] = set()
        self._version = 0

    async def load(self) -> None:
        """Read everything from the file, once at the start. Raises LedgerError."""
        self._people = {
            row["user_id"]: PersonalSettings(bool(row["private"]), row["zone"])
            for row in await self._store.read(_READ_PEOPLE, {})
        }
        mutes: dict[int, list[Mute]] = {}
        self._guilds_left = set()
        for row in await self._store.read(_READ_MUTES, {}):
            mutes.setdefault(row["guild_id"], []).append(Mute(MuteKind(row["kind"]), row["value"], row["name"]))
            if row["gone_at"] is not None:
                self._guilds_left.add(row["guild_id"])
        self._mutes = {guild_id: mutes_of(guild_mutes) for guild_id, guild_mutes in mutes.items()}

    async def refresh(self) -> None:
        """Read everything again if another process has changed the file. Raises LedgerError."""
        async with self._lock:
            (row,) = await self._store.read(_VERSION, {})
            if row["data_version"] != self._version:
                self._version = row["data_version"]
                await self.load()

    def stored(self, user_id: int) -> PersonalSettings | None:
        """Return what is stored of a person; None if nothing is."""
        return self._people.get(user_id)

    async def erase(self, user_id: int) -> bool:
        """Delete what is stored of a person, also from the disk; return whether there was something."""
        was_there = user_id in self._people
        await self._change(lambda: self._set(user_id, _DEFAULTS))
        await self._store.read(_CHECKPOINT, {})
        return was_there

    def personal(self, user_id: int) -> PersonalSettings:
        """Return what a person has set."""
        return self._people.get(user_id, _DEFAULTS)

    def mutes(self, guild_id: int | None) -> Mutes:
        """Return what a server has muted; outside of servers (None), nothing is muted."""
        return NO_MUTES if guild_id is None else self._mutes.get(guild_id, NO_MUTES)

    def muting_guilds(self) -> set[int]:
        """Return the ids of the servers that have muted something."""
        return set(self._mutes)

    async def set_private(self, user_id: int, *, private: bool) -> None:
        """Store whether only this person sees what their commands answer."""
        await self._change(lambda: self._set(user_id, replace(self.personal(user_id), private=private)))

    async def set_zone(self, user_id: int, zone: str | None) -> None:
        """Store the IANA zone of a person's days; None for UTC."""
        await self._change(lambda: self._set(user_id, replace(self.personal(user_id), zone=zone)))

    async def mute(self, guild_id: int, mutes: Sequence[Mute], *, most: int) -> bool:
        """Add mutes to a server's. False, and nothing is added, if it would then have more than ``most``."""
        return await self._change(lambda: self._add_mutes(guild_id, mutes, most))

    async def unmute(self, guild_id: int, mutes: Sequence[Mute]) -> None:
        """Take mutes away from a server's."""
        await self._change(lambda: self._delete_mutes(guild_id, mutes))

    async def mark_guilds_left(self, guild_ids: Collection[int], *, now: datetime) -> None:
        """Store which servers the bot has left; it is in all the others."""
        await self._change(lambda: self._mark_guilds_left(self.muting_guilds() & set(guild_ids), now))

    async def purge(self, *, gone_before: datetime) -> int:
        """Delete the mutes of servers that the bot left before a moment; return the number of those servers."""
        return await self._change(lambda: self._purge(gone_before))

    async def _change(self, change: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Make one change at a time, and each to its end.

        A caller who is cancelled does not interrupt it, so that memory never differs from the file.
        """

        async def locked_change() -> _T:
            async with self._lock:
                return await change()

        return await asyncio.shield(asyncio.ensure_future(locked_change()))

    async def _set(self, user_id: int, settings: PersonalSettings) -> None:
        if settings == _DEFAULTS:
            await self._store.write((_DELETE_PERSON, {"user_id": user_id}))
            self._people.pop(user_id, None)
        else:
            params = {"user_id": user_id, "private": settings.private, "zone": settings.zone}
            await self._store.write((_SET_PERSON, params))
            self._people[user_id] = settings

    async def _add_mutes(self, guild_id: int, mutes: Sequence[Mute], most: int) -> bool:
        present = self.mutes(guild_id)
        new = [mute for mute in mutes if mute not in present]
        if len(present) + len(new) > most:
            return False
        await self._store.write(*_statements(_ADD_MUTE, guild_id, new))
        self._mutes[guild_id] = mutes_of((*present, *new))
        return True

    async def _delete_mutes(self, guild_id: int, mutes: Sequence[Mute]) -> None:
        await self._store.write(*_statements(_DELETE_MUTE, guild_id, mutes))
        deleted = mutes_of(mutes)
        remaining = mutes_of(mute for mute in self.mutes(guild_id) if mute not in deleted)
        if remaining:
            self._mutes[guild_id] = remaining
        else:
            self._mutes.pop(guild_id, None)

    async def _mark_guilds_left(self, guild_ids: set[int], now: datetime) -> None:
        if guild_ids != self._guilds_left:
            params = {"guild_ids": json.dumps(list(guild_ids)), "now": to_timestamp(now)}
            await self._store.write((_MARK_GUILDS_LEFT, params))
            self._guilds_left = guild_ids

    async def _purge(self, gone_before: datetime) -> int:
        (rows,) = await self._store.write((_PURGE_MUTES, {"before": to_timestamp(gone_before)}))
        guild_ids = {row["guild_id"] for row in rows}
        for guild_id in guild_ids:
            self._mutes.pop(guild_id, None)
        self._guilds_left -= guild_ids
        return len(guild_ids)


def _statements(statement: str, guild_id: int, mutes: Sequence[Mute]) -> list[Statement]:
    """Return the statement with its parameters for each of the mutes."""
    return [
        (statement, {"guild_id": guild_id, "kind": mute.kind, "value": mute.value, "name": mute.name}) for mute in mutes
    ]
