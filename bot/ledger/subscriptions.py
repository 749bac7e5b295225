"""The subscriptions in the ledger."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, get_type_hints

from bot.domain.schedule import Plan
from bot.domain.subscription import Pause, PostOptions, Subscription
from bot.ledger.store import Row, Store
from bot.ledger.timestamps import from_timestamp, to_timestamp
from bot.locale.language import Message

# One column for each option, of the same name; the plan has five.
_PLAN_COLUMNS = ("minute", "zone", "weekdays", "month_day", "at_once")
_OPTION_TYPES = {name: kind for name, kind in get_type_hints(PostOptions).items() if name != "plan"}
_OPTION_NAMES = tuple(field.name for field in fields(PostOptions) if field.name != "plan")
_OPTION_COLUMNS = ", ".join((*_PLAN_COLUMNS, *_OPTION_NAMES))
_OPTION_PARAMS = ", ".join(f":{column}" for column in (*_PLAN_COLUMNS, *_OPTION_NAMES))
# What two identical subscriptions have in common: a topic may have got another name in between.
_NAMES = {"topic_name", "subject_name"}
_COMPARED = [column for column in (*_PLAN_COLUMNS, *_OPTION_NAMES) if column not in _NAMES]
_COMPARED_COLUMNS, _COMPARED_PARAMS = ", ".join(_COMPARED), ", ".join(f":{column}" for column in _COMPARED)

_ADD = f"""
    INSERT INTO subscription (guild_id, number, since, next_at, news_since, {_OPTION_COLUMNS})
    SELECT :guild_id, 1 + coalesce(max(number), 0), :since, :next_at, CASE WHEN :subject IS NOT NULL THEN :since END,
        {_OPTION_PARAMS}
    FROM subscription WHERE guild_id = :guild_id
    HAVING count(*) < :max_count AND NOT EXISTS (
        SELECT 1 FROM subscription WHERE guild_id = :guild_id AND ({_COMPARED_COLUMNS}) IS ({_COMPARED_PARAMS})
    )
    RETURNING id
"""
# A post that waits, or was refused, for a local date that has its moment still to come under the new plan.
_MOVE_WAITING = """
    UPDATE delivery SET state = 'due', due_at = :next_at, claimed_at = NULL, finished_at = NULL, reason = NULL,
        unwanted_skip = 0
    WHERE subscription_id = :id AND local_date = :next_day AND part = 0
        AND (state = 'due' OR (state IN ('failed', 'skipped') AND retry_until IS NOT NULL AND claimed_at IS NULL))
"""
_UPDATE = f"""
    UPDATE subscription
    SET since = :since, next_at = CASE WHEN paused IS NOT 'asked' THEN coalesce(:next_at, next_at) END,
        paused = nullif(paused, 'failing'), failures = 0, admins_notified = 0,
        ({_OPTION_COLUMNS}) = ({_OPTION_PARAMS})
    WHERE id = :id RETURNING id
"""
_RESUME = """
    UPDATE subscription SET paused = NULL, failures = 0, admins_notified = 0, since = :since, next_at = :next_at,
        news_since = CASE WHEN subject IS NOT NULL THEN :since END
    WHERE id = :id
"""


class Subscriptions:
    """Reads and changes subscriptions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(
        self, guild_id: int, options: PostOptions, *, since: datetime, next_at: datetime | None, max_count: int
    ) -> Subscription | None:
        """Add a subscription; None if the server has ``max_count`` of them already, or one with these very options.

        What a follow is about is in the ledger already.
        """
        params = {
            "guild_id": guild_id,
            "since": to_timestamp(since),
            "next_at": to_timestamp(next_at),
            "max_count": max_count,
            **_options_to_columns(options),
        }
        (rows,) = await self._store.write((_ADD, params))
        return await self.get(rows[0]["id"]) if rows else None

    async def update(
        self,
        subscription_id: int,
        options: PostOptions,
        *,
        since: datetime,
        next_at: datetime | None,
        next_day: date | None = None,
    ) -> Subscription | None:
        """Give a subscription other options, and reset its failures; None if it is gone. An admin's pause goes on.

        Without ``next_at``, it is looked at when it was to be: news may have come in since an admin read it.
        ``next_day`` is the local date of ``next_at`` under another plan: a post of that date that waits is due then.
        """
        params = {"id": subscription_id, "since": to_timestamp(since), "next_at": to_timestamp(next_at)}
        statements = [(_UPDATE, params | _options_to_columns(options))]
        if next_day is not None:
            statements.append((_MOVE_WAITING, params | {"next_day": next_day.isoformat()}))
        await self._store.write(*statements)
        return await self.get(subscription_id)

    async def get(self, subscription_id: int) -> Subscription | None:
        """Return one subscription; None if it is gone."""
        subscriptions = await self._select("WHERE id = :id", {"id": subscription_id})
        return subscriptions[0] if subscriptions else None

    async def of_guild(self, guild_id: int) -> list[Subscription]:
        """Return a server's subscriptions, by their numbers."""
        return await self._select("WHERE guild_id = :guild_id ORDER BY number", {"guild_id": guild_id})

    async def active(self) -> list[Subscription]:
        """Return the subscriptions that no admin has paused, of the servers that the bot is in."""
        return await self._select("WHERE gone_at IS NULL AND paused IS NOT 'asked'", {})

    async def due(self, now: datetime) -> list[Subscription]:
        """Return the subscriptions to look at, the longest due first."""
        return await self._select("WHERE next_at <= :now ORDER BY next_at, id", {"now": to_timestamp(now)})

    async def next_at(self) -> datetime | None:
        """Return when the next subscription is to be looked at."""
        statement = "SELECT min(next_at) AS next_at FROM subscription WHERE next_at IS NOT NULL"
        (row,) = await self._store.read(statement, {})
        seconds: int | None = row["next_at"]
        return from_timestamp(seconds)

    async def begin_by(self, now: datetime, *, slack: timedelta) -> None:
        """Let subscriptions begin ``now`` that would begin later: they were put back while a clock was wrong."""
        statement = """
            UPDATE subscription SET since = :now, news_since = min(news_since, :now) WHERE since > :latest
        """
        await self._store.write((statement, {"now": to_timestamp(now), "latest": to_timestamp(now + slack)}))

    async def set_next_at(self, moments: Mapping[int, datetime | None]) -> None:
        """Set when subscriptions, given by their ids, are to be looked at next."""
        statement = """
            UPDATE subscription SET next_at = :next_at WHERE id = :id AND gone_at IS NULL AND paused IS NOT 'asked'
        """
        await self._store.write(
            *(
                (statement, {"id": subscription_id, "next_at": to_timestamp(next_at)})
                for subscription_id, next_at in moments.items()
            )
        )

    async def pause(self, subscription_id: int) -> None:
        """Pause a subscription for an admin."""
        statement = "UPDATE subscription SET paused = 'asked', next_at = NULL WHERE id = :id"
        await self._store.write((statement, {"id": subscription_id}))

    async def resume(self, subscription_id: int, *, since: datetime, next_at: datetime | None) -> None:
        """End a pause; what was due, or came in, before ``since`` stays unposted."""
        params = {"id": subscription_id, "since": to_timestamp(since), "next_at": to_timestamp(next_at)}
        await self._store.write((_RESUME, params))

    async def any_at_once(self) -> bool:
        """Tell whether there is a follow that posts at once."""
        statement = "SELECT 1 FROM subscription WHERE subject IS NOT NULL AND at_once LIMIT 1"
        return bool(await self._store.read(statement, {}))

    async def note_news(self, subjects: Iterable[str], key: str, *, seen: datetime, due_at: datetime) -> int:
        """Let the follows that post at once look at an event (by its key) about these subjects, unless they posted it.

        ``seen`` is when it was first fetched. Those that wait for nothing else look at ``due_at``. Returns how many
        there are.
        """
        statement = """
            UPDATE subscription
            SET matched_at = max(coalesce(matched_at, 0), :seen), next_at = coalesce(next_at, :due_at)
            WHERE subject IN (SELECT value FROM json_each(:subjects)) AND at_once AND gone_at IS NULL
                AND paused IS NOT 'asked' AND news_since < :seen AND NOT EXISTS (
                    SELECT 1 FROM posted_news WHERE subscription_id = subscription.id AND key = :key
                )
            RETURNING id
        """
        params = {
            "subjects": json.dumps(list(subjects)),
            "key": key,
            "seen": to_timestamp(seen),
            "due_at": to_timestamp(due_at),
        }
        (rows,) = await self._store.write((statement, params))
        return len(rows)

    async def look_again(self, subscription_id: int, at: datetime) -> None:
        """Let a follow that posts at once look later for what it has not posted, unless it does so before."""
        statement = """
            UPDATE subscription SET next_at = :at
            WHERE id = :id AND at_once AND next_at IS NULL AND gone_at IS NULL AND paused IS NOT 'asked'
        """
        await self._store.write((statement, {"id": subscription_id, "at": to_timestamp(at)}))

    async def mark_admins_notified(self, subscription_id: int, reason: Message) -> None:
        """Record that the admins were notified of what is wrong."""
        statement = "UPDATE subscription SET admins_notified = 1, notified_reason = :reason WHERE id = :id"
        await self._store.write((statement, {"id": subscription_id, "reason": reason.to_text()}))

    async def is_notified(self, guild_id: int, reason: Message) -> bool:
        """Tell whether a server's admins were notified of this very reason, and it still stands."""
        statement = """
            SELECT 1 FROM subscription WHERE guild_id = :guild_id AND admins_notified AND notified_reason = :reason
                AND paused IS NOT 'asked' LIMIT 1
        """
        return bool(await self._store.read(statement, {"guild_id": guild_id, "reason": reason.to_text()}))

    async def remove(self, subscription_id: int) -> None:
        """Delete a subscription, with its deliveries and choices."""
        await self._store.write(("DELETE FROM subscription WHERE id = :id", {"id": subscription_id}))

    async def guilds(self) -> dict[int, bool]:
        """Return the servers that have subscriptions, each with whether the bot is known to have left it."""
        statement = "SELECT guild_id, max(gone_at) AS gone_at FROM subscription GROUP BY guild_id"
        return {row["guild_id"]: row["gone_at"] is not None for row in await self._store.read(statement, {})}

    async def leave_guild(self, guild_id: int, *, now: datetime) -> None:
        """Record that the bot is no longer in a server: its subscriptions are kept, and nothing is posted."""
        statement = """
            UPDATE subscription SET gone_at = :now, next_at = NULL WHERE guild_id = :guild_id AND gone_at IS NULL
        """
        await self._store.write((statement, {"guild_id": guild_id, "now": to_timestamp(now)}))

    async def rejoin_guild(self, guild_id: int, moments: Mapping[int, datetime | None], *, since: datetime) -> None:
        """Record that the bot is in a server again.

        ``moments`` gives, for the subscriptions that go on, when to look at each next (by its id).
        """
        await self._store.write(
            ("UPDATE subscription SET gone_at = NULL WHERE guild_id = :guild_id", {"guild_id": guild_id}),
            *(
                (
                    f"{_RESUME} AND paused IS NOT 'asked'",
                    {
                        "id": subscription_id,
                        "since": to_timestamp(since),
                        "next_at": to_timestamp(next_at),
                    },
                )
                for subscription_id, next_at in moments.items()
            ),
        )

    async def purge(self, *, gone_before: datetime) -> int:
        """Delete the subscriptions of servers that the bot left before a moment; return how many there were."""
        statement = "DELETE FROM subscription WHERE gone_at < :before RETURNING id"
        (rows,) = await self._store.write((statement, {"before": to_timestamp(gone_before)}))
        return len(rows)

    async def _select(self, where: str, params: Mapping[str, Any]) -> list[Subscription]:
        rows = await self._store.read(f"SELECT * FROM subscription {where}", params)
        return [_subscription(row) for row in rows]


def _subscription(row: Row) -> Subscription:
    return Subscription(
        id=row["id"],
        guild_id=row["guild_id"],
        number=row["number"],
        options=_options_from(row),
        since=from_timestamp(row["since"]),
        next_at=from_timestamp(row["next_at"]),
        paused=Pause(row["paused"]) if row["paused"] else None,
        failures=row["failures"],
        admins_notified=bool(row["admins_notified"]),
        news_since=from_timestamp(row["news_since"]),
    )


def _options_to_columns(options: PostOptions) -> dict[str, Any]:
    plan = options.plan
    columns = {name: getattr(options, name) for name in _OPTION_NAMES}
    return {
        "minute": plan.time.hour * 60 + plan.time.minute,
        "zone": plan.zone,
        "weekdays": plan.weekdays,
        "month_day": plan.month_day,
        "at_once": plan.at_once,
        **columns,
    }


def _options_from(row: Row) -> PostOptions:
    time_of_day = time(*divmod(row["minute"], 60))
    plan = Plan(time_of_day, row["zone"], row["weekdays"], month_day=row["month_day"], at_once=bool(row["at_once"]))
    return PostOptions(plan=plan, **{name: _value(name, row[name]) for name in _OPTION_NAMES})


def _value(option: str, stored: Any) -> Any:  # noqa: ANN401  (of the option's type)
    """Return an option's value: SQLite stores booleans as 0 and 1, and enums as their values."""
    kind = _OPTION_TYPES[option]
    return kind(stored) if isinstance(kind, type) and issubclass(kind, bool | StrEnum) else stored
