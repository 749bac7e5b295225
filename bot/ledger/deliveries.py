"""The deliveries in the ledger: what became of each post, what follows it, and what each channel was shown."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from bot.domain.delivery import (
    HISTORY_KEY,
    Claim,
    DayChoice,
    Delivery,
    DeliveryState,
    FollowUp,
    FollowUpState,
    FollowUpStep,
    NewsReport,
)
from bot.ledger.store import Row, Statement, Store
from bot.ledger.timestamps import from_timestamp, to_timestamp
from bot.locale.language import Message

# How often a channel was shown events of one day of the year is remembered for so many times: ten years and more.
_MOST_SHOWN = 120
# A local date that is in the table already stays as it is.
_ADD = """
    INSERT INTO delivery (subscription_id, local_date, due_at, state, reason, finished_at, unwanted_skip)
    SELECT id, :day, :due_at, :state, :reason, :finished_at, :reason IS NOT NULL
    FROM subscription WHERE id = :subscription_id
    ON CONFLICT (subscription_id, local_date, part) DO NOTHING
"""
# The next part of a local date, unless one is still to be sent.
_ADD_AT_ONCE = """
    INSERT INTO delivery (subscription_id, local_date, due_at, state, part)
    SELECT id, :day, :due_at, 'due', 1 + coalesce((
        SELECT max(part) FROM delivery WHERE subscription_id = :subscription_id AND local_date = :day
    ), 0)
    FROM subscription WHERE id = :subscription_id AND NOT EXISTS (
        SELECT 1 FROM delivery WHERE subscription_id = :subscription_id AND local_date = :day
        AND (state IN ('due', 'claimed') OR retry_until IS NOT NULL)
    )
"""
_CLAIM = """
    UPDATE delivery SET state = 'claimed', claimed_at = coalesce(claimed_at, :now), attempted_at = :now,
        finished_at = NULL, channel_id = :channel_id, late = :late, report = :report
    WHERE id = :id AND (state IN ('due', 'claimed') OR retry_until IS NOT NULL) AND due_at <= :now RETURNING id
"""
_SET_POST = """
    INSERT INTO post (delivery_id, events, title)
    SELECT id, :events, :title FROM delivery WHERE id = :id AND state = 'claimed'
    ON CONFLICT (delivery_id) DO UPDATE SET events = excluded.events, title = excluded.title
"""
# When it was claimed matters no longer, and 0 takes no space.
_CONFIRM = """
    UPDATE delivery SET state = 'sent', finished_at = :now, channel_id = :channel_id, message_id = :message_id,
        claimed_at = 0, attempted_at = NULL, reason = NULL, unwanted_skip = 0, retry_until = NULL
    WHERE id = :id AND (state = 'claimed' OR retry_until IS NOT NULL) RETURNING id
"""
_COUNT_AS_SHOWN = f"""
    INSERT INTO channel_history (month_day, channel_id, shown)
    SELECT json_extract(value, '$[0]') AS month_day, :history_channel_id,
        group_concat(substr(json_extract(value, '$[1]'), 1, {HISTORY_KEY}), '')
    FROM post JOIN delivery ON delivery.id = delivery_id JOIN subscription ON subscription.id = subscription_id,
        json_each(post.events)
    WHERE delivery_id = :id AND (state = 'claimed' OR retry_until IS NOT NULL) AND subject IS NULL GROUP BY 1
    ON CONFLICT (month_day, channel_id)
    DO UPDATE SET shown = substr(shown || excluded.shown, -{HISTORY_KEY * _MOST_SHOWN})
"""
_NOTE_POSTED_NEWS = """
    INSERT INTO posted_news (subscription_id, key, channel_id, posted_on)
    SELECT subscription_id, json_extract(value, '$[1]'), :history_channel_id, local_date
    FROM post JOIN delivery ON delivery.id = delivery_id JOIN subscription ON subscription.id = subscription_id,
        json_each(post.events)
    WHERE delivery_id = :id AND (state = 'claimed' OR retry_until IS NOT NULL) AND subject IS NOT NULL
    ON CONFLICT DO NOTHING
"""
# What a follow has posted, and what others have posted in its channel on a local date; and what it, or they, may have
# posted, which nobody has confirmed yet. All but the delivery in question, whose own events stay news to it.
_POSTED_NEWS = """
    SELECT key FROM posted_news WHERE subscription_id = :id
    UNION SELECT key FROM posted_news WHERE channel_id = :channel_id AND posted_on = :day
    UNION SELECT json_extract(value, '$[1]')
    FROM subscription AS own JOIN subscription AS other ON other.guild_id = own.guild_id AND other.id <> own.id
        JOIN delivery ON delivery.subscription_id = other.id JOIN post ON post.delivery_id = delivery.id,
        json_each(post.events)
    WHERE own.id = :id AND other.subject IS NOT NULL AND local_date >= date(:day, '-1 day')
        AND state = 'claimed' AND delivery.channel_id = :channel_id
    UNION SELECT json_extract(value, '$[1]')
    FROM delivery JOIN post ON post.delivery_id = delivery.id, json_each(post.events)
    WHERE subscription_id = :id AND local_date >= date(:day, '-40 days') AND (local_date, part) <> (:day, :part)
        AND (state = 'claimed' OR (retry_until IS NOT NULL AND claimed_at IS NOT NULL))
"""
# What posts show that nobody has confirmed yet. There are few rows of "post": those still to be done with.
_ON_THEIR_WAY = f"""
    SELECT substr(json_extract(value, '$[1]'), 1, {HISTORY_KEY}) AS shown
    FROM post CROSS JOIN delivery ON delivery.id = delivery_id, json_each(post.events)
    WHERE channel_id = :channel_id AND delivery.id IS NOT :besides
        AND (state = 'claimed' OR (retry_until IS NOT NULL AND claimed_at IS NOT NULL))
        AND json_extract(value, '$[0]') IN (SELECT value FROM json_each(:month_days))
"""
# Once nothing is left to be done with it.
_DELETE_POST = """
    DELETE FROM post WHERE delivery_id = :id
    AND NOT EXISTS (SELECT 1 FROM step WHERE step.delivery_id = :id AND step.state = 'pending')
    AND NOT EXISTS (
        SELECT 1 FROM delivery WHERE delivery.id = :id AND (delivery.state = 'claimed' OR retry_until IS NOT NULL)
    )
"""
# Closed deliveries of local dates before :before, the oldest first. A subscription's last one that was sent is kept:
# what it has pinned is to be unpinned one day.
_OLD = """
    SELECT id FROM delivery
    WHERE local_date < :before AND finished_at IS NOT NULL AND retry_until IS NULL
    AND id < coalesce((SELECT id FROM delivery WHERE local_date >= :before ORDER BY id LIMIT 1), 1 << 62)
    AND (state <> 'sent' OR EXISTS (
        SELECT 1 FROM delivery AS later WHERE later.subscription_id = delivery.subscription_id
        AND later.local_date > delivery.local_date AND later.state = 'sent'
    ))
    ORDER BY id LIMIT :most
"""
_LISTED = "id IN (SELECT value FROM json_each(:ids))"
_COUNT_MONTHS = f"""
    INSERT INTO delivery_month (subscription_id, month, sent, late, skipped, failed)
    SELECT subscription_id, substr(local_date, 1, 7), sum(state = 'sent'), sum(state = 'sent' AND late),
        sum(state = 'skipped'), sum(state = 'failed')
    FROM delivery WHERE {_LISTED} GROUP BY 1, 2
    ON CONFLICT (subscription_id, month) DO UPDATE SET sent = sent + excluded.sent, late = late + excluded.late,
        skipped = skipped + excluded.skipped, failed = failed + excluded.failed
"""
_RESET_FAILURES = """
    UPDATE subscription SET failures = 0, admins_notified = 0, paused = nullif(paused, 'failing')
    WHERE id = (SELECT subscription_id FROM delivery WHERE id = :id)
"""
# The subscription, and its delivery with it, may have been removed while the message was on its way.
_ADD_STEP = """
    INSERT OR IGNORE INTO step (delivery_id, kind, state)
    SELECT id, :kind, 'pending' FROM delivery WHERE id = :id AND state = 'sent'
"""
_CLOSE = """
    UPDATE delivery SET state = :state, finished_at = :now, reason = :reason, unwanted_skip = :unwanted_skip,
        retry_until = :retry_until, report = :report
    WHERE id = :id AND (state IN ('due', 'claimed') OR retry_until IS NOT NULL) RETURNING id
"""
# Each local date counts once, however often its post is tried again.
_COUNT_FAILURE = """
    UPDATE subscription SET failures = failures + 1,
        paused = CASE WHEN failures + 1 >= :max_failures AND paused IS NULL THEN 'failing' ELSE paused END
    WHERE id = (
        SELECT subscription_id FROM delivery WHERE id = :id AND state IN ('due', 'claimed') AND retry_until IS NULL
    )
    RETURNING failures
"""
_FOLLOW_UPS = """
    SELECT step.delivery_id, kind, subscription_id, channel_id, message_id, finished_at, coalesce(title, '') AS title,
        step.state, step.reason
    FROM step JOIN delivery ON delivery.id = step.delivery_id LEFT JOIN post ON post.delivery_id = delivery.id
"""


class Deliveries:
    """Reads and changes deliveries, their follow-ups, admins' choices, and the history of channels."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add_due(
        self,
        subscription_id: int,
        due: Iterable[tuple[date, datetime, Message | None]],
        *,
        was_next_at: datetime | None,
        next_at: datetime | None,
        now: datetime,
    ) -> None:
        """Add a delivery for each local date in ``due``, and set when to look at the subscription next.

        ``due`` has for each date when it is due, and why it is skipped at once (None: it is not). A date that has a
        delivery already is left as it is. ``was_next_at`` is when the subscription was to be looked at: where that is
        another moment by now, somebody has changed its plan meanwhile, and what follows from the new plan stays.
        """
        statements: list[Statement] = [
            (
                _ADD,
                {
                    "subscription_id": subscription_id,
                    "day": day.isoformat(),
                    "due_at": to_timestamp(due_at),
                    "state": DeliveryState.SKIPPED if reason else DeliveryState.DUE,
                    "reason": reason.to_text() if reason else None,
                    "finished_at": to_timestamp(now) if reason else None,
                },
            )
            for day, due_at, reason in due
        ]
        if was_next_at is not None:
            set_next = "UPDATE subscription SET next_at = :next_at WHERE id = :id AND next_at = :was_next_at"
            moments = {"next_at": to_timestamp(next_at), "was_next_at": to_timestamp(was_next_at)}
            statements.append((set_next, {"id": subscription_id, **moments}))
        await self._store.write(*statements)

    async def add_at_once(
        self, subscription_id: int, day: date, due_at: datetime, *, was_next_at: datetime, news_until: datetime
    ) -> None:
        """Add a delivery of a follow that posts at once; it takes what came in until ``news_until``.

        Where more has come in since, the follow is looked at again, as long after ``due_at`` as the news has to wait.
        """
        set_next = """
            UPDATE subscription
            SET next_at = CASE WHEN matched_at > :news_until THEN :due_at + (:due_at - :news_until) END
            WHERE id = :subscription_id AND next_at = :was_next_at
        """
        params = {
            "subscription_id": subscription_id,
            "day": day.isoformat(),
            "due_at": to_timestamp(due_at),
            "was_next_at": to_timestamp(was_next_at),
            "news_until": to_timestamp(news_until),
        }
        await self._store.write((_ADD_AT_ONCE, params), (set_next, params))

    async def open_deliveries(self, *, subscription_ids: Iterable[int] | None = None) -> list[tuple[int, Delivery]]:
        """Return what may still be sent, of all subscriptions or some, with the server's id; the longest due first.

        That is what is due, claimed, or was refused and is tried again.
        """
        only = "" if subscription_ids is None else "AND subscription_id IN (SELECT value FROM json_each(:ids))"
        statement = f"""
            SELECT delivery.*, guild_id FROM delivery JOIN subscription ON subscription.id = subscription_id
            WHERE delivery.id IN (
                SELECT id FROM delivery WHERE state IN ('due', 'claimed')
                UNION SELECT id FROM delivery WHERE retry_until IS NOT NULL
            ) {only}
            ORDER BY due_at, delivery.id
        """
        params = {} if subscription_ids is None else {"ids": json.dumps(list(subscription_ids))}
        return [(row["guild_id"], _delivery(row)) for row in await self._store.read(statement, params)]

    async def claim(self, delivery_id: int, claim: Claim, *, now: datetime) -> bool:
        """Record that a message is about to be sent; False if the delivery is closed and nothing is to be sent."""
        params = {
            "id": delivery_id,
            "channel_id": claim.channel_id,
            "events": json.dumps(claim.events),
            "title": claim.title,
            "late": claim.late,
            "report": claim.report and claim.report.to_json(),
            "now": to_timestamp(now),
        }
        rows, _ = await self._store.write((_CLAIM, params), (_SET_POST, params))
        return bool(rows)

    async def unclaim(self, delivery_id: int) -> None:
        """Take back a first claim: Discord has surely not taken the message."""
        statement = """
            UPDATE delivery SET state = 'due', claimed_at = NULL, attempted_at = NULL, channel_id = NULL
            WHERE id = :id AND state = 'claimed' AND claimed_at = attempted_at
        """
        await self._store.write((statement, {"id": delivery_id}))

    async def set_reason(self, delivery_id: int, reason: Message) -> None:
        """Record why an open delivery has to wait."""
        statement = "UPDATE delivery SET reason = :reason WHERE id = :id AND state IN ('due', 'claimed')"
        await self._store.write((statement, {"id": delivery_id, "reason": reason.to_text()}))

    async def confirm(
        self,
        delivery_id: int,
        *,
        history_channel_id: int,
        channel_id: int,
        message_id: int,
        steps: Iterable[FollowUpStep],
        now: datetime,
    ) -> None:
        """Record that the message was sent, and which follow-ups are to come.

        ``channel_id`` is where it is: the subscription's channel, or a thread of that forum. Its events count as shown
        in ``history_channel_id``, the subscription's channel.
        """
        sent = {"id": delivery_id, "channel_id": channel_id, "message_id": message_id, "now": to_timestamp(now)}
        await self._store.write(
            (_COUNT_AS_SHOWN, {"id": delivery_id, "history_channel_id": history_channel_id}),
            (_NOTE_POSTED_NEWS, {"id": delivery_id, "history_channel_id": history_channel_id}),
            (_CONFIRM, sent),
            (_RESET_FAILURES, {"id": delivery_id}),
            *((_ADD_STEP, {"id": delivery_id, "kind": step}) for step in steps),
            (_DELETE_POST, {"id": delivery_id}),
        )

    async def skip(  # noqa: PLR0913  (all that is known of it)
        self,
        delivery_id: int,
        reason: Message,
        *,
        now: datetime,
        unwanted_skip: bool = False,
        retry_until: datetime | None = None,
        history_channel_id: int | None = None,
        report: NewsReport | None = None,
    ) -> None:
        """Record that nothing is sent, and why; ``unwanted_skip`` says that somebody would have wanted it.

        With ``retry_until``, it may still be sent until then. With ``history_channel_id``, a message was sent, perhaps:
        its events count as shown in that channel. ``report`` is what a follow found.
        """
        params = {
            "id": delivery_id,
            "state": DeliveryState.SKIPPED,
            "reason": reason.to_text(),
            "now": to_timestamp(now),
            "unwanted_skip": unwanted_skip,
            "retry_until": retry_until and to_timestamp(retry_until),
            "report": report and report.to_json(),
        }
        shown = {"id": delivery_id, "history_channel_id": history_channel_id}
        count = [(_COUNT_AS_SHOWN, shown), (_NOTE_POSTED_NEWS, shown)] if history_channel_id else []
        await self._store.write(*count, (_CLOSE, params), (_DELETE_POST, params))

    async def fail(
        self,
        delivery_id: int,
        reason: Message,
        *,
        max_failures: int,
        now: datetime,
        retry_until: datetime | None = None,
    ) -> int:
        """Record that Discord refused the post, and why. With ``retry_until``, it may still be sent until then.

        Returns on how many local dates in a row that happened, 0 if this one was counted, or closed, before; from
        ``max_failures`` on the subscription is paused.
        """
        params = {
            "id": delivery_id,
            "state": DeliveryState.FAILED,
            "reason": reason.to_text(),
            "now": to_timestamp(now),
            "unwanted_skip": True,
            "retry_until": retry_until and to_timestamp(retry_until),
            "report": None,
        }
        rows, *_ = await self._store.write(
            (_COUNT_FAILURE, {"id": delivery_id, "max_failures": max_failures}),
            (_CLOSE, params),
            (_DELETE_POST, params),
        )
        return int(rows[0]["failures"]) if rows else 0

    async def end_retries(self, delivery_id: int) -> None:
        """Record that a delivery that was refused is not tried again."""
        statement = "UPDATE delivery SET retry_until = NULL WHERE id = :id AND state NOT IN ('due', 'claimed')"
        await self._store.write((statement, {"id": delivery_id}), (_DELETE_POST, {"id": delivery_id}))

    async def last(self, subscription_id: int, *, sent: bool = False) -> Delivery | None:
        """Return a subscription's last delivery that ended; with ``sent``, the last one that was sent."""
        states = "state = 'sent'" if sent else "state IN ('sent', 'skipped', 'failed')"
        where = f"WHERE subscription_id = :id AND {states} ORDER BY local_date DESC, part DESC LIMIT 1"
        return await self._select_one(where, {"id": subscription_id})

    async def latest(self, subscription_id: int, *, most: int) -> list[Delivery]:
        """Return the ``most`` last deliveries of a subscription that ended, the newest first."""
        where = """
            WHERE subscription_id = :id AND state IN ('sent', 'skipped', 'failed')
            ORDER BY local_date DESC, part DESC LIMIT :most
        """
        return await self._select(where, {"id": subscription_id, "most": most})

    async def waiting(self, subscription_id: int) -> Delivery | None:
        """Return a subscription's newest delivery that is due or claimed."""
        where = (
            "WHERE subscription_id = :id AND state IN ('due', 'claimed') ORDER BY local_date DESC, part DESC LIMIT 1"
        )
        return await self._select_one(where, {"id": subscription_id})

    async def on_day(self, subscription_id: int, day: date, part: int = 0) -> Delivery | None:
        """Return a subscription's delivery on a local date."""
        params = {"id": subscription_id, "day": day.isoformat(), "part": part}
        return await self._select_one("WHERE subscription_id = :id AND local_date = :day AND part = :part", params)

    async def posted_news(self, subscription_id: int, channel_id: int, day: date, part: int = 0) -> frozenset[str]:
        """Return the keys of the events that are no news any more to a follow whose posts go to a channel.

        It has posted them itself, or perhaps has, in another delivery than this one; or others have posted them in the
        channel on this local date.
        """
        params = {"id": subscription_id, "channel_id": channel_id, "day": day.isoformat(), "part": part}
        return frozenset(row["key"] for row in await self._store.read(_POSTED_NEWS, params))

    async def count_at_once(self, guild_id: int, channel_id: int, day: date) -> int:
        """Return how many messages follows have made at once in a channel on a local date, or may have made."""
        statement = """
            SELECT count(*) AS messages FROM subscription JOIN delivery ON delivery.subscription_id = subscription.id
            WHERE guild_id = :guild_id AND subscription.channel_id = :channel_id AND local_date = :day AND part > 0
                AND state IN ('claimed', 'sent')
        """
        params = {"guild_id": guild_id, "channel_id": channel_id, "day": day.isoformat()}
        return int((await self._store.read(statement, params))[0]["messages"])

    async def times_shown(
        self, channel_id: int, month_days: Iterable[int], *, besides: int | None = None
    ) -> dict[str, int]:
        """Return how often events of some days of the year (``month * 100 + day``) were shown in a channel.

        Posts that are on their way there count as well, ``besides`` that of one delivery. The events are known by the
        beginnings of their keys, as ``history_key`` returns them.
        """
        statement = """
            SELECT shown FROM channel_history
            WHERE channel_id = :channel_id AND month_day IN (SELECT value FROM json_each(:month_days))
        """
        params = {"channel_id": channel_id, "month_days": json.dumps(list(month_days)), "besides": besides}
        times: Counter[str] = Counter()
        for row in (*await self._store.read(statement, params), *await self._store.read(_ON_THEIR_WAY, params)):
            shown: str = row["shown"]
            times.update(shown[start : start + HISTORY_KEY] for start in range(0, len(shown), HISTORY_KEY))
        return dict(times)

    async def pending_follow_ups(self) -> list[FollowUp]:
        """Return everything that is still to be done to posts."""
        return await self._select_follow_ups("WHERE step.state = 'pending'", {})

    async def follow_ups(self, delivery_id: int) -> list[FollowUp]:
        """Return all that was, or is, to be done to one delivery's post."""
        return await self._select_follow_ups("WHERE step.delivery_id = :id", {"id": delivery_id})

    async def finish_follow_up(self, follow_up: FollowUp, *, reason: Message | None = None) -> None:
        """Record that a follow-up is done, or, with a reason, that it cannot be done."""
        statement = "UPDATE step SET state = :state, reason = :reason WHERE delivery_id = :id AND kind = :kind"
        params = {
            "id": follow_up.delivery_id,
            "kind": follow_up.step,
            "state": FollowUpState.FAILED if reason else FollowUpState.DONE,
            "reason": reason.to_text() if reason else None,
        }
        await self._store.write((statement, params), (_DELETE_POST, params))

    async def previous_pin(self, follow_up: FollowUp) -> tuple[int, int] | None:
        """Return the channel's and the message's id of the subscription's last pinned post before this one."""
        statement = """
            SELECT channel_id, message_id FROM delivery JOIN step ON step.delivery_id = delivery.id
            WHERE subscription_id = :subscription_id AND delivery.id <> :id AND kind = 'pin' AND step.state = 'done'
            ORDER BY local_date DESC, part DESC LIMIT 1
        """
        params = {"subscription_id": follow_up.subscription_id, "id": follow_up.delivery_id}
        rows = await self._store.read(statement, params)
        return (rows[0]["channel_id"], rows[0]["message_id"]) if rows else None

    async def choices(self, subscription_id: int) -> dict[date, DayChoice]:
        """Return what admins decided for a subscription's local dates."""
        statement = "SELECT local_date, skip, rejected_leads FROM choice WHERE subscription_id = :id"
        return {
            date.fromisoformat(row["local_date"]): DayChoice(
                bool(row["skip"]), tuple(json.loads(row["rejected_leads"]))
            )
            for row in await self._store.read(statement, {"id": subscription_id})
        }

    async def set_choice(self, subscription_id: int, day: date, choice: DayChoice) -> None:
        """Record what admins decided for a local date; nothing, if the subscription is gone."""
        statement = """
            INSERT INTO choice (subscription_id, local_date, skip, rejected_leads)
            SELECT :id, :day, :skip, :rejected_leads WHERE EXISTS (SELECT 1 FROM subscription WHERE id = :id)
            ON CONFLICT (subscription_id, local_date)
            DO UPDATE SET skip = excluded.skip, rejected_leads = excluded.rejected_leads
        """
        params = {
            "id": subscription_id,
            "day": day.isoformat(),
            "skip": choice.skip,
            "rejected_leads": json.dumps(choice.rejected_leads),
        }
        await self._store.write((statement, params))

    async def forget_posted_news(self, *, before: date) -> None:
        """Forget what follows posted on local dates before a date."""
        await self._store.write(("DELETE FROM posted_news WHERE posted_on < :before", {"before": before.isoformat()}))

    async def purge(self, *, before: date, most: int) -> int:
        """Put closed deliveries of local dates before ``before`` together to months, ``most`` at once; delete choices.

        Returns how many deliveries there were.
        """
        params = {"before": before.isoformat(), "most": most}
        rows = await self._store.read(_OLD, params)
        ids = {"ids": json.dumps([row["id"] for row in rows])}
        await self._store.write(
            (_COUNT_MONTHS, ids),
            (f"DELETE FROM delivery WHERE {_LISTED}", ids),
            ("DELETE FROM choice WHERE local_date < :before", params),
        )
        return len(rows)

    async def _select(self, where: str, params: Mapping[str, Any]) -> list[Delivery]:
        return [_delivery(row) for row in await self._store.read(f"SELECT * FROM delivery {where}", params)]

    async def _select_one(self, where: str, params: Mapping[str, Any]) -> Delivery | None:
        deliveries = await self._select(where, params)
        return deliveries[0] if deliveries else None

    async def _select_follow_ups(self, where: str, params: Mapping[str, Any]) -> list[FollowUp]:
        rows = await self._store.read(f"{_FOLLOW_UPS} {where} ORDER BY step.delivery_id, kind DESC", params)
        return [_follow_up(row) for row in rows]


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        subscription_id=row["subscription_id"],
        day=date.fromisoformat(row["local_date"]),
        due_at=from_timestamp(row["due_at"]),
        state=DeliveryState(row["state"]),
        late=bool(row["late"]),
        claimed_at=from_timestamp(row["claimed_at"]),
        attempted_at=from_timestamp(row["attempted_at"]),
        finished_at=from_timestamp(row["finished_at"]),
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        reason=_reason(row),
        unwanted_skip=bool(row["unwanted_skip"]),
        retry_until=from_timestamp(row["retry_until"]),
        part=row["part"],
        report=NewsReport.from_json(row["report"]) if row["report"] else None,
    )


def _follow_up(row: Row) -> FollowUp:
    return FollowUp(
        delivery_id=row["delivery_id"],
        step=FollowUpStep(row["kind"]),
        subscription_id=row["subscription_id"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        sent_at=from_timestamp(row["finished_at"]),
        title=row["title"],
        state=FollowUpState(row["state"]),
        reason=_reason(row),
    )


def _reason(row: Row) -> Message | None:
    return None if row["reason"] is None else Message.of_text(row["reason"])
