"""What must hold, checked while the world goes on: by what stands in Discord, and what admins have asked for."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.domain.page import key_of
from bot.domain.schedule import Plan
from bot.domain.subscription import LATE_AFTER
from bot.locale.language import Message
from tests.simulation.discord import FIRST_GUILD, STEP, token_of
from tests.simulation.events import pool_of, shown_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.discord_double.gateway import Json
    from tests.simulation.discord import Places
    from tests.simulation.follow_oracle import FollowOracle
    from tests.simulation.network import Call

# How early or late a message may come beside what its plan says: clocks may differ by five minutes, and what was sent
# may be on its way for some minutes more.
EARLY = timedelta(minutes=6)
LATE = timedelta(minutes=12)
# How long it may take until what was done is known to be done.
_UNSURE = timedelta(minutes=5)
# How long a delivery may stay open while the bot serves undisturbed.
OPEN_FOR = timedelta(hours=27)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# How a message to admins says that a post did not come.
_NOTICE = "could not be posted in"
# What is said of a post that was sent, perhaps.
_PERHAPS = ("could not find out", "cannot see whether it arrived")
_UNKNOWN = ("could not find out", "was interrupted", "was sent already", "restored")


def due_at(plan: Plan, day: date) -> datetime | None:
    """Return when a date is due, found in another way than the bot finds it: by looking at the clock of the place."""
    if plan.at_once or not plan.weekdays >> day.weekday() & 1:
        return None
    zone, wanted = ZoneInfo(plan.zone), datetime.combine(day, plan.time)
    moment = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wanted:
        return moment
    # The clocks skip it: the first minute after that.
    moment = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while moment.astimezone(zone).replace(tzinfo=None) < wanted:
        moment += timedelta(minutes=1)
    return moment


def due_between(plan: Plan, after: datetime, until: datetime) -> Iterator[tuple[date, datetime]]:
    """Yield the dates that are due between two moments."""
    for number in range(-2, (until - after).days + 3):
        day = (after + number * _DAY).date()
        moment = due_at(plan, day)
        if moment is not None and after < moment <= until:
            yield day, moment


@dataclass(slots=True)
class Segment:
    """How a subscription stood for some time: from when to when (None: still)."""

    start: datetime
    plan: Plan
    channel_id: int
    role_id: int | None
    late: int
    topic: bool
    active: bool
    nearest: bool
    end: datetime | None = None


@dataclass(slots=True)
class Known:
    """A subscription as the world knows it."""

    id: int
    guild: int
    number: int
    segments: list[Segment] = field(default_factory=list)
    covered_until: datetime | None = None
    is_gone: bool = False


@dataclass(slots=True)
class Sent:
    """A message of the bot that carries a delivery's token."""

    message_id: str
    channel_id: str
    home: str
    at: datetime
    subscription: int
    day: date
    shown: list[tuple[int, str]]
    is_reviewed: bool = False


class Oracle:
    """Knows what should be, and reports what is otherwise."""

    def __init__(
        self, places: Places, ledger: Path, identity: str, now: Callable[[], datetime], report: Callable[[str], None]
    ) -> None:
        self.places = places
        self.known: dict[int, Known] = {}
        self.sent: dict[tuple[int, date], list[Sent]] = defaultdict(list)
        self.by_message: dict[str, Sent] = {}
        self.calm_since: datetime | None = None
        self.posts = 0
        # The dates of subscriptions that have had a post.
        self.posted: set[tuple[int, date]] = set()
        self._ledger = ledger
        self._identity = identity
        self._now = now
        self._report = report
        self._tokens: dict[str, tuple[int, date]] = {}
        self._token_days: set[tuple[int, date]] = set()
        self._unchecked: list[Sent] = []
        self._counts: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        self._muddied: set[tuple[str, str]] = set()
        self._muddy_channels: set[str] = set()
        self._settled: set[tuple[int, date]] = set()
        self._notices: dict[tuple[int, str], datetime] = {}
        self._disturbed: dict[int | None, datetime] = {}
        self._ignored: list[tuple[datetime, datetime, int | None]] = []
        self._overridden: set[tuple[int, date]] = set()
        self._skipped: dict[tuple[int, date], datetime] = {}
        self._restored_at: datetime | None = None
        self._imported: dict[str, set[int]] = {}
        self._imported_at: dict[str, datetime] = {}
        self.follows: FollowOracle | None = None

    # What the world tells it

    def query(self, statement: str, *params: Any) -> list[Any]:
        with closing(sqlite3.connect(f"{self._ledger.as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(statement, params).fetchall()

    def synchronise(self, guild: int | None = None, since: datetime | None = None) -> None:
        """Note how subscriptions stand in the ledger now; what has changed has changed at ``since``, or later."""
        now = self._now()
        where = "" if guild is None else f"WHERE guild_id = {FIRST_GUILD + guild * STEP}"
        seen: set[int] = set()
        for row in self.query(f"SELECT * FROM subscription {where}"):
            seen.add(row["id"])
            number = (row["guild_id"] - FIRST_GUILD) // STEP
            known = self.known.setdefault(row["id"], Known(row["id"], number, row["number"]))
            plan = Plan(time(*divmod(row["minute"], 60)), row["zone"], row["weekdays"], at_once=bool(row["at_once"]))
            active = row["paused"] != "asked" and row["gone_at"] is None
            fresh = Segment(
                now, plan, row["channel_id"], row["role_id"], row["late"], row["topic"] is not None, active,
                row["empty"] == "nearest",
            )  # fmt: skip
            last = known.segments[-1] if known.segments else None
            if last is not None and last.end is None:
                if (last.plan, last.channel_id, last.role_id, last.late, last.topic, last.active) == (
                    fresh.plan, fresh.channel_id, fresh.role_id, fresh.late, fresh.topic, fresh.active,
                ):  # fmt: skip
                    continue
                last.end = now
                fresh.start = since or now
                self.may_tell(number)
            else:
                fresh.start = since or now
            known.segments.append(fresh)
        for known in self.known.values():
            if known.id not in seen and guild in {None, known.guild} and not known.is_gone:
                known.is_gone = True
                if known.segments:
                    known.segments[-1].end = now
        if self.follows is not None:
            self.follows.synchronise()

    def ignore(self, start: datetime, end: datetime, guild: int | None = None) -> None:
        """Expect no row for a date that is due in that time, in one server or all: nobody can know of it."""
        self._ignored.append((start - timedelta(minutes=20), end + timedelta(minutes=20), guild))

    def end_ignoring(self, guild: int) -> None:
        """Expect everything of a server from now on."""
        end = self._now() + timedelta(minutes=20)
        self._ignored = [
            (start, end if of == guild and until > end else until, of) for start, until, of in self._ignored
        ]

    def restored(self, backup_at: datetime) -> None:
        """Note that what was since a backup is forgotten."""
        now = self._now()
        self.ignore(backup_at - timedelta(days=3), now)
        self._restored_at = now
        self._muddy_channels |= {sent.home for sents in self.sent.values() for sent in sents}
        self.may_tell()
        self._settled.clear()
        self._skipped.clear()
        self.synchronise()
        if self.follows is not None:
            self.follows.restored()

    def may_tell(self, guild: int | None = None, *, within: timedelta | None = None) -> None:
        """Note that the admins of a server, or all, may be told again: of all, or of what they were told just now."""
        for key in [key for key in self._notices if guild in {None, key[0]}]:
            if within is None or self._notices[key] >= self._now() - within:
                del self._notices[key]

    def may_be_unsaved(self) -> None:
        """Note that what was done a moment ago is perhaps not in the ledger."""
        self.may_tell(within=_UNSURE)

    def disturbed(self, guild: int | None) -> None:
        """Note that the bot cannot know whether its messages to a server's admins (None: perhaps to any) arrive."""
        self.may_tell(guild, within=_UNSURE)
        self._disturbed[guild] = self._now()

    def imported(self, years: dict[str, set[int]]) -> None:
        """Note that some days have more events from now on."""
        for label, more in years.items():
            self._imported[label] = self._imported.get(label, set()) | more
            # What was picked a moment ago does not know of them.
            self._imported_at[label] = self._now()

    def override(self, subscription: int, day: date) -> None:
        """Note that admins chose another lead."""
        self._overridden.add((subscription, day))

    def skip(self, subscription: int, day: date) -> None:
        """Note that admins want no post on a date."""
        self._skipped[subscription, day] = self._now()

    # Messages

    def on_message(self, message: Json, call: Call) -> None:
        """Check a message of the bot at the moment at which Discord takes it."""
        if message["author"]["id"] != self.places._own["id"]:
            return
        now, token = self._now(), token_of(message)
        if message["mention_everyone"]:
            self._report(f"a message pings everyone: {message['id']}")
        allowed = (call.json.get("message") or call.json).get("allowed_mentions")
        if allowed is None or allowed.get("parse"):
            self._report(f"a message may ping whom it likes: {message['id']}")
        if token is None:
            self._on_other(message, now)
            return
        if self.follows is not None and self.follows.on_message(message, token, now):
            return
        found = self._find(token, now)
        if found is None:
            self._report(f"a post of no subscription and date: {message['id']}")
            return
        self._on_post(message, *found, now)

    def _on_post(self, message: Json, subscription: int, day: date, now: datetime) -> None:
        known = self.known[subscription]
        channel = self.places.channel(message["channel_id"]) or {}
        home = channel.get("parent_id") if channel.get("owner_id") and channel["id"] == message["id"] else channel["id"]
        fresh = Sent(message["id"], message["channel_id"], str(home or message["channel_id"]), now, subscription, day,
                     shown_in(json.dumps(message["embeds"])))  # fmt: skip
        self.posts += 1
        self.posted.add((subscription, day))
        others = [sent for sent in self.sent[subscription, day] if self.stands(sent)]
        # Of a channel that was chosen after a backup was made, the ledger that was restored knows nothing.
        is_elsewhere = self._is_forgotten(day) and all(sent.home != fresh.home for sent in others)
        if others and not is_elsewhere:
            self._report(f"a second post of subscription {subscription} for {day}: {message['id']} beside "
                         f"{others[0].message_id}")  # fmt: skip
        if self._skipped.get((subscription, day), now) < now - LATE:
            self._report(f"a post of subscription {subscription} for {day}, which was to be skipped")
        if not known.segments[-1].active:
            # It may go on since a moment ago: the bot looks itself which servers it is in.
            self.synchronise(known.guild, since=known.segments[-1].start)
        recent = [s for s in known.segments if s.active and (s.end is None or s.end > now - 2 * _DAY)]
        if not recent:
            self._report(f"a post of subscription {subscription} for {day}, which rests")
        elif not any(self._fits(segment, day, now) for segment in recent):
            self._report(f"a post of subscription {subscription} for {day} at {now:%d.%m. %H:%M:%S}, when none is due")
        roles = {str(segment.role_id) for segment in recent if segment.role_id}
        if not set(message["mention_roles"]) <= roles:
            self._report(f"a post pings another role: {message['id']}")
        homes = {segment.channel_id for segment in recent}
        if int(fresh.home) not in homes:
            self._report(f"a post of subscription {subscription} in another channel: {fresh.home}")
        self.sent[subscription, day].append(fresh)
        self.by_message[fresh.message_id] = fresh
        self._unchecked.append(fresh)
        self.may_tell(known.guild)

    def _fits(self, segment: Segment, day: date, now: datetime) -> bool:
        moment = due_at(segment.plan, day)
        if moment is None or moment < segment.start - EARLY:
            return False
        allowed = max(LATE_AFTER, timedelta(hours=segment.late))
        ended_after = segment.end is None or now <= segment.end + LATE
        return moment - EARLY <= now <= moment + allowed + LATE and (ended_after or moment <= (segment.end or now))

    def _on_other(self, message: Json, now: datetime) -> None:
        if message["mention_roles"]:
            self._report(f"a message that is no post pings a role: {message['id']}")
        text = message["content"]
        _, _, notice = text.partition(_NOTICE)
        if not notice:
            return
        channel = self.places.channel(message["channel_id"]) or {}
        if "guild_id" in channel:
            guild = (int(channel["guild_id"]) - FIRST_GUILD) // STEP
        else:
            guild = (int(channel["recipients"][0]["id"]) - FIRST_GUILD) // STEP
        reason = notice.partition(": ")[2].partition("\n")[0]
        if (guild, reason) in self._notices:
            self._report(f"the admins of server {guild} are notified once more: {reason}")
        disturbed_at = max(self._disturbed.get(guild, _LONG_AGO), self._disturbed.get(None, _LONG_AGO))
        if now - disturbed_at > _UNSURE:
            self._notices[guild, reason] = now

    def _is_forgotten(self, day: date) -> bool:
        """Tell whether what was done for a date may have been forgotten with a restore."""
        return self._restored_at is not None and day <= (self._restored_at + _DAY).date()

    def stands(self, sent: Sent) -> bool:
        """Tell whether a message is still to be seen."""
        return sent.message_id in self.places.messages and self.places.channel(sent.channel_id) is not None

    def _find(self, token: str, now: datetime) -> tuple[int, date] | None:
        if token not in self._tokens:
            for subscription in self.known:
                for offset in range(-3, 3):
                    day = (now + offset * _DAY).date()
                    if (subscription, day) not in self._token_days:
                        self._token_days.add((subscription, day))
                        self._tokens[key_of(f"delivery/{self._identity}/{subscription}/{day}")] = subscription, day
        return self._tokens.get(token)

    # Reviews

    def review(self, *, serving_since: datetime | None, polled_at: datetime, final: bool = False) -> None:
        """Check what the ledger says of the last days against what stands, and what was to come.

        ``polled_at`` is when the bot last looked for what is due.
        """
        now = self._now()
        rows = self._rows(now)
        for key, row in rows.items():
            if key not in self._settled:
                self._review_row(key, row, now, serving_since)
                if serving_since is not None and now - serving_since > _HOUR:
                    self._review_end(key, row, polled_at)
        if serving_since is not None:
            bound = min(now - OPEN_FOR, serving_since + timedelta(days=999)) if not final else now - timedelta(hours=30)
            if now - serving_since > timedelta(minutes=40):
                for known in self.known.values():
                    self._review_dates(known, rows, bound)
        self._review_pools(rows, now)
        if self.follows is not None:
            self.follows.review(serving_since=serving_since, final=final)
        old = now.date() - timedelta(days=12)
        for key in [key for key in self.sent if key[1] < old]:
            for sent in self.sent.pop(key):
                self.by_message.pop(sent.message_id, None)
                self.places.messages.pop(sent.message_id, None)
        self._settled = {key for key in self._settled if key[1] >= old}

    def _rows(self, now: datetime) -> dict[tuple[int, date], Any]:
        first = (now - timedelta(days=9)).date().isoformat()
        rows = self.query("SELECT * FROM delivery WHERE local_date >= ? AND part = 0", first)
        return {(row["subscription_id"], date.fromisoformat(row["local_date"])): row for row in rows}

    def _review_row(self, key: tuple[int, date], row: Any, now: datetime, serving_since: datetime | None) -> None:
        sents = self.sent.get(key, [])
        name = f"subscription {key[0]} on {key[1]}"
        if self._restored_at is None:
            self._review_moment(key, row, name)
        if row["state"] == "sent":
            self._settled.add(key)
            if self._restored_at is None and str(row["message_id"]) not in {sent.message_id for sent in sents}:
                self._report(f"confirmed, but it never stood: {name}")
        elif row["finished_at"] is not None and row["retry_until"] is None:
            self._settled.add(key)
            reason = str(Message.of_text(row["reason"])) if row["reason"] else ""
            if not reason:
                self._report(f"no post and no reason: {name}")
            standing = [sent for sent in sents if self.stands(sent)]
            if standing and not self._is_forgotten(key[1]) and not any(part in reason for part in _UNKNOWN):
                self._report(f"it stands, though it is said that it did not come ({reason}): {name}")
        else:
            moment = datetime.fromtimestamp(row["due_at"], UTC)
            since = max(moment, serving_since or now, self.calm_since or moment)
            guild = str(FIRST_GUILD + self.known[key[0]].guild * STEP) if key[0] in self.known else ""
            if serving_since and now - since > OPEN_FOR and guild not in self.places.unavailable:
                self._report(f"open for too long ({row['state']}): {name}")

    def _review_end(self, key: tuple[int, date], row: Any, polled_at: datetime) -> None:
        """Check that what may no longer be sent is closed; what was sent, perhaps, may be looked for for longer."""
        known = self.known.get(key[0])
        if known is None or row["claimed_at"]:
            return
        if row["state"] == "due":
            late = max(segment.late for segment in known.segments)
            end = datetime.fromtimestamp(row["due_at"], UTC) + max(LATE_AFTER, timedelta(hours=late))
        elif row["retry_until"] is not None:
            end = datetime.fromtimestamp(row["retry_until"], UTC)
        else:
            return
        if polled_at > end + _HOUR:
            self._report(f"nobody tries it, and nobody gives it up: subscription {key[0]} on {key[1]}")

    def _review_moment(self, key: tuple[int, date], row: Any, name: str) -> None:
        """Check that a date was due when some plan of its subscription says."""
        segments = self.known[key[0]].segments if key[0] in self.known else []
        moments = {due_at(segment.plan, key[1]) for segment in segments}
        moment = datetime.fromtimestamp(row["due_at"], UTC)
        if segments and moment not in moments:
            self._report(f"due at {moment:%d.%m. %H:%M}, when no plan says so: {name}")

    def _review_dates(self, known: Known, rows: dict[tuple[int, date], Any], bound: datetime) -> None:
        if known.is_gone:
            return
        start = max(known.covered_until or known.segments[0].start, self._now() - timedelta(days=7))
        known.covered_until = max(start, bound)
        for segment in known.segments:
            if not segment.active or (segment.end is not None and segment.end < start - _DAY):
                continue
            first = max(start, segment.start + timedelta(minutes=15))
            last = min(bound, segment.end - timedelta(minutes=15) if segment.end else bound)
            if last <= first:
                continue
            for day, moment in due_between(segment.plan, first, last):
                ignored = any(begin <= moment <= end and of in {None, known.guild} for begin, end, of in self._ignored)
                if (known.id, day) not in rows and not ignored:
                    self._report(f"no row for subscription {known.id} on {day}, due at {moment:%d.%m. %H:%M}")

    def _review_pools(self, rows: dict[tuple[int, date], Any], now: datetime) -> None:
        waiting: list[Sent] = []
        for sent in sorted(self._unchecked, key=lambda sent: int(sent.message_id)):
            row = rows.get((sent.subscription, sent.day))
            if row is not None and row["state"] in {"due", "claimed"}:
                waiting.append(sent)
                for _, label in sent.shown[:1]:
                    self._muddied.add((sent.home, label))
                continue
            confirmed = row is not None and (
                (row["state"] == "sent" and str(row["message_id"]) == sent.message_id)
                or any(part in (row["reason"] or "") for part in _PERHAPS)
            )
            self._count(sent, confirmed=confirmed)
        self._unchecked = waiting

    def _count(self, sent: Sent, *, confirmed: bool) -> None:
        labels = {label for _, label in sent.shown}
        if len(labels) != 1 or not confirmed:
            self._muddied |= {(sent.home, label) for label in labels}
            return
        (label,) = labels
        place = sent.home, label
        counts, chosen = self._counts[place], {year for year, _ in sent.shown}
        segments = [s for s in self.known[sent.subscription].segments if s.end is None or s.end > sent.at - _DAY]
        is_clean = place not in self._muddied and sent.home not in self._muddy_channels and "February" not in label
        is_clean &= (
            (sent.subscription, sent.day) not in self._overridden
            and len({s.topic for s in segments}) == 1
            and sent.at - self._imported_at.get(label, _LONG_AGO) > EARLY
        )
        if is_clean and not any(segment.nearest for segment in segments):
            pool = {*pool_of(label, segments[-1].topic, sent.day.year), *self._imported.get(label, ())}
            left = sorted(pool - chosen)
            if left and max(counts[year] for year in chosen) > min(counts[year] for year in left):
                self._report(f"repeated before the pool of {label} is used up, in {sent.home}: {sorted(chosen)}")
        counts.update(chosen)
