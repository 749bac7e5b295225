"""What people prefer and what servers have muted: kept in the ledger, read from memory."""

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.preferences import NO_MUTES, Mute, MuteKind, Mutes, Person, mutes_of
from bot.ledger.store import Statement, Store
from bot.ledger.timestamps import to_timestamp

_T = TypeVar("_T")
_NOBODY = Person()
_KEEP = """
    INSERT INTO person (user_id, private, zone) VALUES (:user, :private, :zone)
    ON CONFLICT (user_id) DO UPDATE SET private = excluded.private, zone = excluded.zone
"""
_FORGET = "DELETE FROM person WHERE user_id = :user"
_MUTE = "INSERT INTO mute (guild_id, kind, value, name) VALUES (:guild, :kind, :value, :name)"
_UNMUTE = "DELETE FROM mute WHERE guild_id = :guild AND kind = :kind AND value = :value"
_LEFT = """
    UPDATE mute SET gone_at = CASE
        WHEN guild_id IN (SELECT value FROM json_each(:gone)) THEN coalesce(gone_at, :now)
    END
"""


class Preferences:
    """Every question about preferences, and every change of them.

    All of them are in memory: every command asks, and none is to wait behind what is being written. What is changed is
    on the disk before it counts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changing = asyncio.Lock()
        self._people: dict[int, Person] = {}
        self._mutes: dict[int, Mutes] = {}
        self._gone: set[int] = set()

    async def load(self) -> None:
        """Read all there is, once. Raises LedgerError."""
        rows = await self._store.read("SELECT user_id, private, zone FROM person", {})
        self._people = {user: Person(bool(private), zone) for user, private, zone in rows}
        mutes: dict[int, list[Mute]] = {}
        for guild, kind, value, name, gone in await self._store.read(
            "SELECT guild_id, kind, value, name, gone_at FROM mute", {}
        ):
            mutes.setdefault(guild, []).append(Mute(MuteKind(kind), value, name))
            if gone is not None:
                self._gone.add(guild)
        self._mutes = {guild: mutes_of(each) for guild, each in mutes.items()}

    def person(self, user: int) -> Person:
        """Return what somebody prefers."""
        return self._people.get(user, _NOBODY)

    def mutes(self, guild: int | None) -> Mutes:
        """Return what a server has muted; nothing outside of servers (None)."""
        return NO_MUTES if guild is None else self._mutes.get(guild, NO_MUTES)

    def guilds(self) -> set[int]:
        """Return the servers that have muted something."""
        return set(self._mutes)

    async def set_private(self, user: int, *, private: bool) -> None:
        """Note whether somebody's answers are for their eyes only."""
        await self._change(lambda: self._keep(user, replace(self.person(user), private=private)))

    async def set_zone(self, user: int, zone: str | None) -> None:
        """Note the IANA zone of somebody's days; None for UTC."""
        await self._change(lambda: self._keep(user, replace(self.person(user), zone=zone)))

    async def mute(self, guild: int, mutes: Sequence[Mute], *, most: int) -> bool:
        """Note what a server does not want to be shown; False, and nothing is noted, if that is more than ``most``."""
        return await self._change(lambda: self._mute(guild, mutes, most))

    async def unmute(self, guild: int, mutes: Sequence[Mute]) -> None:
        """Note what a server wants to be shown again."""
        await self._change(lambda: self._unmute(guild, mutes))

    async def note_gone(self, gone: Collection[int], *, now: datetime) -> None:
        """Note which servers the bot is no longer in; it is in all others."""
        await self._change(lambda: self._note_gone(self.guilds() & set(gone), now))

    async def purge(self, *, gone_before: datetime) -> int:
        """Drop the mutes of servers that the bot has been gone from since before a moment; return of how many."""
        return await self._change(lambda: self._purge(gone_before))

    async def _change(self, change: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Make one change after another, each of them to its end: who stops waiting leaves memory as the file is."""

        async def made() -> _T:
            async with self._changing:
                return await change()

        return await asyncio.shield(asyncio.ensure_future(made()))

    async def _keep(self, user: int, person: Person) -> None:
        kept = {"user": user, "private": person.private, "zone": person.zone}
        if person == _NOBODY:
            await self._store.write((_FORGET, {"user": user}))
            self._people.pop(user, None)
        else:
            await self._store.write((_KEEP, kept))
            self._people[user] = person

    async def _mute(self, guild: int, mutes: Sequence[Mute], most: int) -> bool:
        known = self.mutes(guild)
        new = [mute for mute in mutes if mute not in known]
        if len(known) + len(new) > most:
            return False
        await self._store.write(*_statements(_MUTE, guild, new))
        self._mutes[guild] = mutes_of((*known, *new))
        return True

    async def _unmute(self, guild: int, mutes: Sequence[Mute]) -> None:
        await self._store.write(*_statements(_UNMUTE, guild, mutes))
        gone = mutes_of(mutes)
        left = mutes_of(mute for mute in self.mutes(guild) if mute not in gone)
        if left:
            self._mutes[guild] = left
        else:
            self._mutes.pop(guild, None)

    async def _note_gone(self, gone: set[int], now: datetime) -> None:
        if gone != self._gone:
            await self._store.write((_LEFT, {"gone": json.dumps(list(gone)), "now": to_timestamp(now)}))
            self._gone = gone

    async def _purge(self, gone_before: datetime) -> int:
        statement = "DELETE FROM mute WHERE gone_at < :before RETURNING guild_id"
        (rows,) = await self._store.write((statement, {"before": to_timestamp(gone_before)}))
        dropped = {guild for (guild,) in rows}
        for guild in dropped:
            self._mutes.pop(guild, None)
        self._gone -= dropped
        return len(dropped)


def _statements(statement: str, guild: int, mutes: Sequence[Mute]) -> list[Statement]:
    return [(statement, {"guild": guild, "kind": each.kind, "value": each.value, "name": each.name}) for each in mutes]
