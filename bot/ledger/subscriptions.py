"""The standing orders for daily posts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from bot.domain.schedule import Plan
from bot.domain.subscription import Empty, Pause, PostOptions, Subscription
from bot.ledger.moments import moment, seconds
from bot.ledger.store import Row, Store

_WISHES = """
    channel_id, minute, zone, weekdays, topic, topic_name, count, role_id, thread, late, language, publish, pin,
    tag_id, empty
"""
_SELECT = f"SELECT id, guild_id, number, since, next_at, paused, failures, told, {_WISHES} FROM subscription"
_ADD = f"""
    INSERT INTO subscription (guild_id, number, since, next_at, {_WISHES})
    SELECT :guild, 1 + coalesce(max(number), 0), :since, :next_at,
        :channel, :minute, :zone, :weekdays, :topic, :topic_name, :count, :role, :thread, :late, :language, :publish,
        :pin, :tag, :empty
    FROM subscription WHERE guild_id = :guild HAVING count(*) < :most
    RETURNING id
"""
_CHANGE = f"""
    UPDATE subscription SET since = :since, next_at = CASE WHEN paused IS NOT 'asked' THEN :next_at END,
        paused = nullif(paused, 'failing'), failures = 0, told = 0,
        ({_WISHES}) = (
        :channel, :minute, :zone, :weekdays, :topic, :topic_name, :count, :role, :thread, :late, :language, :publish,
        :pin, :tag, :empty
    )
    WHERE id = :id RETURNING id
"""


class Subscriptions:
    """Every question about the orders, and every change of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(
        self, guild: int, options: PostOptions, *, since: datetime, next_at: datetime, most: int
    ) -> Subscription | None:
        """Take an order; None if the server has ``most`` of them already."""
        asked = {"guild": guild, "since": seconds(since), "next_at": seconds(next_at), "most": most, **_kept(options)}
        (rows,) = await self._store.write((_ADD, asked))
        return await self.get(rows[0][0]) if rows else None

    async def change(
        self, subscription: int, options: PostOptions, *, since: datetime, next_at: datetime
    ) -> Subscription | None:
        """Give an order other wishes; None if it is gone. One that was paused stays so; failures are forgiven."""
        told = {"id": subscription, "since": seconds(since), "next_at": seconds(next_at)}
        await self._store.write((_CHANGE, told | _kept(options)))
        return await self.get(subscription)

    async def get(self, subscription: int) -> Subscription | None:
        """Return one order; None if it is gone."""
        found = await self._select("WHERE id = :id", {"id": subscription})
        return found[0] if found else None

    async def of(self, guild: int) -> list[Subscription]:
        """Return a server's orders, by their numbers."""
        return await self._select("WHERE guild_id = :guild ORDER BY number", {"guild": guild})

    async def all(self) -> list[Subscription]:
        """Return every order that is not paused for somebody's sake, of the servers that the bot is in."""
        return await self._select("WHERE gone_at IS NULL AND paused IS NOT 'asked'", {})

    async def due(self, now: datetime) -> list[Subscription]:
        """Return the orders that are to be looked at, the longest due first."""
        return await self._select("WHERE next_at <= :now ORDER BY next_at, id", {"now": seconds(now)})

    async def next_at(self) -> datetime | None:
        """Return the next moment at which an order is to be looked at."""
        ((first,),) = await self._store.read("SELECT min(next_at) FROM subscription WHERE next_at IS NOT NULL", {})
        return moment(first)

    async def plan(self, moments: Mapping[int, datetime | None]) -> None:
        """Set when orders are to be looked at next."""
        statement = """
            UPDATE subscription SET next_at = :next_at WHERE id = :id AND gone_at IS NULL AND paused IS NOT 'asked'
        """
        await self._store.write(
            *((statement, {"id": each, "next_at": seconds(next_at)}) for each, next_at in moments.items())
        )

    async def pause(self, subscription: int) -> None:
        """Let an order rest because somebody asked for it."""
        statement = "UPDATE subscription SET paused = 'asked', next_at = NULL WHERE id = :id"
        await self._store.write((statement, {"id": subscription}))

    async def resume(self, subscription: int, *, since: datetime, next_at: datetime) -> None:
        """Let an order go on; what was due before ``since`` stays unposted."""
        statement = """
            UPDATE subscription SET paused = NULL, failures = 0, told = 0, since = :since, next_at = :next_at
            WHERE id = :id
        """
        asked = {"id": subscription, "since": seconds(since), "next_at": seconds(next_at)}
        await self._store.write((statement, asked))

    async def mark_admins_notified(self, subscription: int) -> None:
        """Note that the admins have heard of what is wrong."""
        await self._store.write(("UPDATE subscription SET told = 1 WHERE id = :id", {"id": subscription}))

    async def remove(self, subscription: int) -> None:
        """Drop an order and all that became of it."""
        await self._store.write(("DELETE FROM subscription WHERE id = :id", {"id": subscription}))

    async def guilds(self) -> dict[int, bool]:
        """Return the servers that have orders, each with whether the bot is known to be gone from it."""
        rows = await self._store.read("SELECT guild_id, max(gone_at) FROM subscription GROUP BY guild_id", {})
        return {guild: gone is not None for guild, gone in rows}

    async def leave(self, guild: int, *, now: datetime) -> None:
        """Note that the bot is no longer in a server: its orders rest, and are kept."""
        statement = "UPDATE subscription SET gone_at = :now, next_at = NULL WHERE guild_id = :guild AND gone_at IS NULL"
        await self._store.write((statement, {"guild": guild, "now": seconds(now)}))

    async def come_back(self, guild: int, moments: Mapping[int, datetime], *, since: datetime) -> None:
        """Note that the bot is in a server again, and let orders go on, each with the moment of its next post."""
        resume = """
            UPDATE subscription SET paused = NULL, failures = 0, told = 0, since = :since, next_at = :next_at
            WHERE id = :id AND paused IS NOT 'asked'
        """
        await self._store.write(
            ("UPDATE subscription SET gone_at = NULL WHERE guild_id = :guild", {"guild": guild}),
            *(
                (resume, {"id": each, "since": seconds(since), "next_at": seconds(next_at)})
                for each, next_at in moments.items()
            ),
        )

    async def purge(self, *, gone_before: datetime) -> int:
        """Drop the orders of servers that the bot has been gone from since before a moment; return how many."""
        statement = "DELETE FROM subscription WHERE gone_at < :before RETURNING id"
        (rows,) = await self._store.write((statement, {"before": seconds(gone_before)}))
        return len(rows)

    async def _select(self, where: str, asked: Mapping[str, Any]) -> list[Subscription]:
        return [_subscription(row) for row in await self._store.read(f"{_SELECT} {where}", asked)]


def _kept(options: PostOptions) -> dict[str, Any]:
    plan = options.plan
    return {
        "channel": options.channel,
        "minute": plan.time.hour * 60 + plan.time.minute,
        "zone": plan.zone,
        "weekdays": plan.weekdays,
        "topic": options.topic,
        "topic_name": options.topic_name,
        "count": options.count,
        "role": options.role,
        "thread": options.thread,
        "late": options.late,
        "language": options.language,
        "publish": options.publish,
        "pin": options.pin,
        "tag": options.tag,
        "empty": options.empty,
    }


def _subscription(row: Row) -> Subscription:
    number, guild, called, since, next_at, paused, failures, told, *options = row
    return Subscription(
        id=number,
        guild=guild,
        number=called,
        options=_wishes(options),
        since=_known(since),
        next_at=moment(next_at),
        paused=Pause(paused) if paused else None,
        failures=failures,
        admins_notified=bool(told),
    )


def _wishes(row: Sequence[Any]) -> PostOptions:
    channel, minute, zone, weekdays, topic, topic_name, count, role, *rest = row
    thread, late, language, publish, pin, tag, empty = rest
    return PostOptions(
        channel=channel,
        plan=Plan(time(*divmod(minute, 60)), zone, weekdays),
        topic=topic,
        topic_name=topic_name,
        count=count,
        role=role,
        thread=bool(thread),
        late=late,
        language=language,
        publish=bool(publish),
        pin=bool(pin),
        tag=tag,
        empty=Empty(empty),
    )


def _known(kept: int) -> datetime:
    found = moment(kept)
    assert found is not None, "the schema allows no null here"  # noqa: S101
    return found
