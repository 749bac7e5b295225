"""What became of each order on each local date, and what was shown where."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.domain.subscription import Choice, Delivery, State, Step
from bot.ledger.moments import moment, seconds
from bot.ledger.store import Row, Statement, Store
from bot.locale.language import Message

_COLUMNS = """
    SELECT delivery.id, subscription_id, local_date, due_at, state, delivery.late, claimed_at, attempted_at,
        finished_at, delivery.channel_id, message_id, reason, missed
"""
_SELECT = f"{_COLUMNS} FROM delivery"
_CLAIM = """
    UPDATE delivery SET state = 'claimed', claimed_at = coalesce(claimed_at, :now), attempted_at = :now,
        channel_id = :channel, picked = :picked, title = :title, late = :late
    WHERE id = :id AND state IN ('due', 'claimed') RETURNING id
"""
_CONFIRM = """
    UPDATE delivery SET state = 'sent', finished_at = :now, channel_id = :channel, message_id = :message, reason = NULL
    WHERE id = :id AND state = 'claimed' RETURNING id
"""
_SHOWN = """
    INSERT INTO shown SELECT :room, json_extract(value, '$[0]'), json_extract(value, '$[1]'), 1
    FROM delivery, json_each(delivery.picked) WHERE delivery.id = :id AND state = 'claimed'
    ON CONFLICT (channel_id, month_day, key) DO UPDATE SET times = times + 1
"""
_WELL = """
    UPDATE subscription SET failures = 0, told = 0, paused = nullif(paused, 'failing')
    WHERE id = (SELECT subscription_id FROM delivery WHERE id = :id)
"""
_CLOSE = """
    UPDATE delivery SET state = :state, finished_at = :now, reason = :reason, missed = :missed
    WHERE id = :id AND state IN ('due', 'claimed') RETURNING id
"""
_FAILED = """
    UPDATE subscription SET failures = failures + 1,
        paused = CASE WHEN failures + 1 >= :most AND paused IS NULL THEN 'failing' ELSE paused END
    WHERE id = (SELECT subscription_id FROM delivery WHERE id = :id AND state IN ('due', 'claimed')) RETURNING failures
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is about to be sent: where, which events (day of the year and key), what a thread about it is called."""

    channel: int
    picked: Sequence[tuple[int, str]]
    title: str
    late: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something still to be done to a post, or what became of it."""

    delivery: int
    step: Step
    subscription: int
    channel: int
    message: int
    sent: datetime
    title: str
    state: str = "pending"
    reason: Message | None = None


class Deliveries:
    """Every question about deliveries, and every change of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def plan(
        self,
        subscription: int,
        due: Iterable[tuple[date, datetime, Message | None]],
        *,
        next_at: datetime,
        now: datetime,
    ) -> None:
        """Enter what is due, each date with its moment, and why it is skipped if it is; and when to look again.

        A local date that was entered before stays as it is.
        """
        enter = """
            INSERT INTO delivery (subscription_id, local_date, due_at, state, reason, finished_at, missed)
            SELECT id, :day, :due, :state, :reason, :finished, :reason IS NOT NULL
            FROM subscription WHERE id = :subscription
            ON CONFLICT (subscription_id, local_date) DO NOTHING
        """
        statements: list[Statement] = [
            (
                enter,
                {
                    "subscription": subscription,
                    "day": day.isoformat(),
                    "due": seconds(at),
                    "state": State.SKIPPED if reason else State.DUE,
                    "reason": reason.to_text() if reason else None,
                    "finished": seconds(now) if reason else None,
                },
            )
            for day, at, reason in due
        ]
        look = "UPDATE subscription SET next_at = :next_at WHERE id = :id AND next_at IS NOT NULL"
        statements.append((look, {"id": subscription, "next_at": seconds(next_at)}))
        await self._store.write(*statements)

    async def open(self, *, of: Iterable[int] | None = None) -> list[tuple[int, Delivery]]:
        """Return what is due or claimed, of all orders or of some, each with its server, the longest due first."""
        which = "" if of is None else "AND subscription_id IN (SELECT value FROM json_each(:of))"
        statement = f"""
            {_COLUMNS}, guild_id FROM delivery JOIN subscription ON subscription.id = subscription_id
            WHERE state IN ('due', 'claimed') {which} ORDER BY due_at, delivery.id
        """
        asked = {} if of is None else {"of": json.dumps(list(of))}
        return [(guild, _delivery(row)) for *row, guild in await self._store.read(statement, asked)]

    async def claim(self, delivery: int, claim: Claim, *, now: datetime) -> bool:
        """Note that a message is about to be sent; False if there is nothing to send any more."""
        asked = {
            "id": delivery,
            "channel": claim.channel,
            "picked": json.dumps(claim.picked),
            "title": claim.title,
            "late": claim.late,
            "now": seconds(now),
        }
        (rows,) = await self._store.write((_CLAIM, asked))
        return bool(rows)

    async def unclaim(self, delivery: int) -> None:
        """Take back a first claim: Discord has surely not taken the message."""
        statement = """
            UPDATE delivery SET state = 'due', claimed_at = NULL, attempted_at = NULL, channel_id = NULL
            WHERE id = :id AND state = 'claimed' AND claimed_at = attempted_at
        """
        await self._store.write((statement, {"id": delivery}))

    async def note(self, delivery: int, reason: Message) -> None:
        """Note why a delivery has to wait."""
        statement = "UPDATE delivery SET reason = :reason WHERE id = :id AND state IN ('due', 'claimed')"
        await self._store.write((statement, {"id": delivery, "reason": reason.to_text()}))

    async def waiting(self, subscription: int) -> Delivery | None:
        """Return an order's delivery that is due or claimed, the newest."""
        where = "WHERE subscription_id = :id AND state IN ('due', 'claimed') ORDER BY local_date DESC LIMIT 1"
        found = await self._select(where, {"id": subscription})
        return found[0] if found else None

    async def confirm(
        self, delivery: int, *, room: int, channel: int, message: int, steps: Iterable[Step], now: datetime
    ) -> None:
        """Note that the message stands there: in ``channel``, which is the ``room`` ordered, or a thread in it."""
        known = {"id": delivery, "room": room, "channel": channel, "message": message, "now": seconds(now)}
        # The order, and its delivery with it, may have been removed while the message was on its way.
        step = """
            INSERT OR IGNORE INTO step
            SELECT id, :kind, 'pending', NULL FROM delivery WHERE id = :id AND state = 'sent'
        """
        await self._store.write(
            (_SHOWN, {"id": delivery, "room": room}),
            (_CONFIRM, known),
            (_WELL, {"id": delivery}),
            *((step, {"id": delivery, "kind": kind}) for kind in steps),
        )

    async def skip(self, delivery: int, reason: Message, *, now: datetime, unwanted_skip: bool = False) -> None:
        """Note that nothing is sent, and why; ``unwanted_skip`` says that nobody wanted that."""
        known = {
            "id": delivery,
            "state": State.SKIPPED,
            "reason": reason.to_text(),
            "now": seconds(now),
            "missed": unwanted_skip,
        }
        await self._store.write((_CLOSE, known))

    async def fail(self, delivery: int, reason: Message, *, most: int, now: datetime) -> int:
        """Note that Discord refused the post, and why; return on how many dates in a row, 0 if it was closed before.

        From ``most`` on the order is paused.
        """
        known = {"id": delivery, "state": State.FAILED, "reason": reason.to_text(), "now": seconds(now), "missed": True}
        failed, _ = await self._store.write((_FAILED, {"id": delivery, "most": most}), (_CLOSE, known))
        return int(failed[0][0]) if failed else 0

    async def last(self, subscription: int, *, sent: bool = False) -> Delivery | None:
        """Return the last delivery that came to an end, or the last one that was sent."""
        states = "state = 'sent'" if sent else "state IN ('sent', 'skipped', 'failed')"
        found = await self._select(
            f"WHERE subscription_id = :id AND {states} ORDER BY local_date DESC LIMIT 1", {"id": subscription}
        )
        return found[0] if found else None

    async def on(self, subscription: int, day: date) -> Delivery | None:
        """Return the delivery on a local date."""
        asked = {"id": subscription, "day": day.isoformat()}
        found = await self._select("WHERE subscription_id = :id AND local_date = :day", asked)
        return found[0] if found else None

    async def shown(self, channel: int, month_days: Iterable[int]) -> dict[str, int]:
        """Return how often events of some days of the year (month * 100 + day) were posted in a channel, by key."""
        statement = """
            SELECT key, times FROM shown
            WHERE channel_id = :channel AND month_day IN (SELECT value FROM json_each(:days))
        """
        asked = {"channel": channel, "days": json.dumps(list(month_days))}
        return {row[0]: row[1] for row in await self._store.read(statement, asked)}

    async def follow_ups(self, *, of: int | None = None) -> list[FollowUp]:
        """Return what is still to be done to posts; or all that was to be done to one (by its delivery's id)."""
        statement = """
            SELECT delivery_id, kind, subscription_id, channel_id, message_id, finished_at, title,
                step.state, step.reason
            FROM step JOIN delivery ON delivery.id = delivery_id
        """
        which = "WHERE step.state = 'pending'" if of is None else "WHERE delivery_id = :id"
        rows = await self._store.read(f"{statement} {which} ORDER BY delivery_id, kind DESC", {"id": of} if of else {})
        return [_follow_up(row) for row in rows]

    async def end(self, follow_up: FollowUp, *, reason: Message | None = None) -> None:
        """Note that a step is done, or, with a reason, that it cannot be done."""
        statement = "UPDATE step SET state = :state, reason = :reason WHERE delivery_id = :id AND kind = :kind"
        state, why = ("failed", reason.to_text()) if reason else ("done", None)
        known = {"id": follow_up.delivery, "kind": follow_up.step, "state": state, "reason": why}
        await self._store.write((statement, known))

    async def pinned_before(self, follow_up: FollowUp) -> tuple[int, int] | None:
        """Return channel and message of the order's last pinned post before this one."""
        statement = """
            SELECT channel_id, message_id FROM delivery JOIN step ON step.delivery_id = delivery.id
            WHERE subscription_id = :subscription AND delivery.id <> :id AND kind = 'pin' AND step.state = 'done'
            ORDER BY local_date DESC LIMIT 1
        """
        known = {"subscription": follow_up.subscription, "id": follow_up.delivery}
        rows = await self._store.read(statement, known)
        return (rows[0][0], rows[0][1]) if rows else None

    async def choices(self, subscription: int) -> dict[date, Choice]:
        """Return what admins decided for an order's dates."""
        statement = "SELECT local_date, skip, passed FROM choice WHERE subscription_id = :id"
        rows = await self._store.read(statement, {"id": subscription})
        return {
            date.fromisoformat(day): Choice(bool(skip), tuple(json.loads(rejected_leads)))
            for day, skip, rejected_leads in rows
        }

    async def choose(self, subscription: int, day: date, choice: Choice) -> None:
        """Note what admins decided for a date; nothing, if the order is gone."""
        statement = """
            INSERT INTO choice SELECT :id, :day, :skip, :passed WHERE EXISTS (SELECT 1 FROM subscription WHERE id = :id)
            ON CONFLICT (subscription_id, local_date) DO UPDATE SET skip = excluded.skip, passed = excluded.passed
        """
        known = {
            "id": subscription,
            "day": day.isoformat(),
            "skip": choice.skip,
            "passed": json.dumps(choice.rejected_leads),
        }
        await self._store.write((statement, known))

    async def purge(self, *, before: date) -> None:
        """Drop deliveries and decisions of dates long past."""
        asked = {"before": before.isoformat()}
        await self._store.write(
            ("DELETE FROM delivery WHERE local_date < :before AND finished_at IS NOT NULL", asked),
            ("DELETE FROM choice WHERE local_date < :before", asked),
        )

    async def _select(self, where: str, asked: Mapping[str, Any]) -> list[Delivery]:
        return [_delivery(row) for row in await self._store.read(f"{_SELECT} {where}", asked)]


def _delivery(row: Row | list[Any]) -> Delivery:
    (
        number,
        subscription,
        day,
        due,
        state,
        late,
        claimed,
        attempted,
        finished,
        channel,
        message,
        reason,
        unwanted_skip,
    ) = row
    due_at = moment(due)
    assert due_at is not None, "the schema allows no null here"  # noqa: S101
    return Delivery(
        id=number,
        subscription=subscription,
        day=date.fromisoformat(day),
        due=due_at,
        state=State(state),
        late=bool(late),
        claimed=moment(claimed),
        attempted=moment(attempted),
        finished=moment(finished),
        channel=channel,
        message=message,
        reason=_message(reason),
        unwanted_skip=bool(unwanted_skip),
    )


def _message(kept: str | None) -> Message | None:
    return None if kept is None else Message.of_text(kept)


def _follow_up(row: Row) -> FollowUp:
    delivery, kind, subscription, channel, message, sent, title, state, reason = row
    sent_at = moment(sent)
    assert sent_at is not None, "what has steps was sent"  # noqa: S101
    return FollowUp(delivery, Step(kind), subscription, channel, message, sent_at, title, state, _message(reason))
