"""What must hold of follows: each event that is news to one is posted to it, once, and nothing else is."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.page import key_of
from bot.domain.subscription import MOST_AT_ONCE
from bot.locale.language import Message
from tests.simulation.discord import FIRST_GUILD, STEP
from tests.simulation.news import MUTED, numbers_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.discord_double.gateway import Json
    from tests.simulation.news import News, NewsEvent
    from tests.simulation.oracle import Oracle

# How old a text has to be, how long ago it may be about, and how far back a follow looks for what it has missed.
AGE = timedelta(minutes=30)
DAYS = timedelta(days=7)
# How far clocks may differ.
EARLY = timedelta(minutes=6)
# From the selection of a post until it stands.
UNDERWAY = timedelta(minutes=10)
# How long before the end news has to have come in, to have been posted at once by then.
AT_ONCE = timedelta(hours=4)
# By when it is at the latest due, while the bot serves.
SOON = timedelta(hours=2)
OPEN_FOR = timedelta(hours=27)
_DAY = timedelta(days=1)
_PARTS = 16
_NOTHING_NEW = "there was nothing new"
_HAD_ENOUGH = "this channel has had its"
_PERHAPS = ("could not find out", "cannot see whether it arrived")
_UNKNOWN = (*_PERHAPS, "was interrupted", "was sent already", "restored")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Key = tuple[int, date, int]


@dataclass(slots=True)
class State:
    """How a follow stood for some time."""

    start: datetime
    subject: str
    channel_id: int
    at_once: bool
    active: bool
    end: datetime | None = None


@dataclass(slots=True)
class Follow:
    """A follow as the world knows it."""

    id: int
    guild: int
    states: list[State] = field(default_factory=list)
    # What was first fetched before the former is no news; after the latter, it surely is.
    since: datetime = _LONG_AGO
    surely_since: datetime = _LONG_AGO
    news_since: int | None = None
    is_gone: bool = False

    def recent(self, after: datetime) -> list[State]:
        return [state for state in self.states if state.end is None or state.end > after]


@dataclass(slots=True)
class NewsPost:
    """A message that shows news."""

    key: Key
    at: datetime
    home: int
    message_id: str


class FollowOracle:
    """Knows what is news to whom, and reports what is otherwise."""

    def __init__(self, oracle: Oracle, news: News, muting: set[int], report: Callable[[str], None]) -> None:
        self.follows: dict[int, Follow] = {}
        self.posts = 0
        # Tells whether the bot has served since a moment, by the right time.
        self.is_steady: Callable[[datetime], bool] = lambda _since: False
        self._oracle = oracle
        self._news = news
        self._muting = muting
        self._report = report
        self._now = oracle._now
        self._tokens: dict[str, Key] = {}
        self._days: set[tuple[int, date]] = set()
        # Where each event was posted: by a follow, and in a channel on a local date.
        self._by_follow: dict[tuple[int, int], list[NewsPost]] = defaultdict(list)
        self._by_channel: dict[tuple[int, date, int], list[NewsPost]] = defaultdict(list)
        self._at_once: dict[tuple[int, date], dict[Key, str]] = defaultdict(dict)
        self._standing: dict[Key, list[NewsPost]] = defaultdict(list)
        self._settled: set[int] = set()
        self._restored_at: datetime | None = None

    # What the world tells it

    def synchronise(self) -> None:
        """Note how follows stand in the ledger now."""
        now, found = self._now(), set[int]()
        for row in self._oracle.query("SELECT * FROM subscription WHERE subject IS NOT NULL"):
            found.add(row["id"])
            number = (row["guild_id"] - FIRST_GUILD) // STEP
            follow = self.follows.setdefault(row["id"], Follow(row["id"], number))
            active = row["paused"] != "asked" and row["gone_at"] is None
            if row["news_since"] != follow.news_since:
                moment = datetime.fromtimestamp(row["news_since"], UTC)
                if follow.news_since is None or row["news_since"] > follow.news_since:
                    follow.since = min(moment, now)
                follow.surely_since = max(follow.surely_since, moment, now)
                follow.news_since = row["news_since"]
            elif follow.states and not follow.states[-1].active and active:
                # What came in while it rested is no news, whatever the ledger says.
                follow.since = now
            fresh = State(now, row["subject_name"], row["channel_id"], bool(row["at_once"]), active)
            last = follow.states[-1] if follow.states else None
            if last is not None and last.end is None:
                if (last.subject, last.channel_id, last.at_once, last.active) == (
                    fresh.subject, fresh.channel_id, fresh.at_once, fresh.active,
                ):  # fmt: skip
                    continue
                last.end = now
            follow.states.append(fresh)
        for follow in self.follows.values():
            if follow.id not in found and not follow.is_gone:
                follow.is_gone = True
                follow.states[-1].end = follow.states[-1].end or now

    def restored(self) -> None:
        """Note that what was since a backup is forgotten."""
        self._restored_at = self._now()
        self._settled.clear()
        self._by_channel.clear()
        self._at_once.clear()
        self.synchronise()
        for follow in self.follows.values():
            follow.since = max(follow.since, self._restored_at)

    # Messages

    def on_message(self, message: Json, token: str, now: datetime) -> bool:
        """Check a follow's message at the moment at which Discord takes it; tell whether it was posted at once."""
        key = self._find(token, now)
        if key is None:
            return False
        follow = self.follows[key[0]]
        self.posts += 1
        home = self._home(message)
        post = NewsPost(key, now, home, message["id"])
        name = f"follow {key[0]} on {key[1]} part {key[2]}"
        recent = follow.recent(now - 2 * _DAY)
        if key[2]:
            self._check_at_once(message, post, recent, name)
        self._check_news(message, post, follow, name)
        self._standing[key].append(post)
        return key[2] > 0

    def _home(self, message: Json) -> int:
        channel = self._oracle.places.channel(message["channel_id"]) or {}
        if channel.get("owner_id") and channel["id"] == message["id"]:
            return int(channel["parent_id"])
        return int(message["channel_id"])

    def _find(self, token: str, now: datetime) -> Key | None:
        if token not in self._tokens:
            for follow in self.follows:
                for offset in range(-3, 3):
                    day = (now + offset * _DAY).date()
                    if (follow, day) in self._days:
                        continue
                    self._days.add((follow, day))
                    for part in range(_PARTS):
                        text = f"delivery/{self._oracle._identity}/{follow}/{day}" + (f"/{part}" if part else "")
                        self._tokens[key_of(text)] = follow, day, part
        return self._tokens.get(token)

    def _check_at_once(self, message: Json, post: NewsPost, recent: list[State], name: str) -> None:
        """Check what is checked of digests as of other daily posts; and that a channel gets no more than it may."""
        key, now = post.key, post.at
        if [other for other in self._standing[key] if self._stands(other)]:
            self._report(f"a second post of {name}: {post.message_id}")
        if not any(state.active and (state.end is None or state.end > now - EARLY * 2) for state in recent):
            self._report(f"a post of {name}, which rests")
        if post.home not in {state.channel_id for state in recent}:
            self._report(f"a post of {name} in another channel: {post.home}")
        base = FIRST_GUILD + self.follows[key[0]].guild * STEP
        if not set(message["mention_roles"]) <= {str(base + 7), str(base + 8)}:
            self._report(f"a post pings another role: {message['id']}")
        of_day = self._at_once[post.home, key[1]]
        of_day[key] = post.message_id
        # What an admin has moved here, or removed, does not count.
        counted = [other for other in of_day if not self.follows[other[0]].is_gone and self._lived_in(other[0], post)]
        if len(counted) > MOST_AT_ONCE and not self._has_perhaps(post.home, key[1]):
            self._report(f"{len(counted)} messages at once in {post.home} on {key[1]}: {name}")

    def _lived_in(self, follow: int, post: NewsPost) -> bool:
        states = self.follows[follow].recent(post.at - 3 * _DAY)
        return {state.channel_id for state in states} == {post.home}

    def _has_perhaps(self, channel_id: int, day: date) -> bool:
        rows = self._oracle.query(
            "SELECT reason FROM delivery JOIN subscription ON subscription.id = subscription_id"
            " WHERE subscription.channel_id = ? AND local_date = ? AND state = 'skipped'", channel_id, day.isoformat(),
        )  # fmt: skip
        return any(part in (row["reason"] or "") for row in rows for part in _UNKNOWN)

    def _check_news(self, message: Json, post: NewsPost, follow: Follow, name: str) -> None:
        rows = self._oracle.query(
            "SELECT due_at, events FROM delivery LEFT JOIN post ON post.delivery_id = delivery.id"
            " WHERE subscription_id = ? AND local_date = ? AND part = ?",
            follow.id, post.key[1].isoformat(), post.key[2],
        )  # fmt: skip
        numbers = set(numbers_in(message))
        if not numbers:
            self._report(f"no news in a post of {name}")
        due_at = datetime.fromtimestamp(rows[0]["due_at"], UTC) if rows else post.at
        if due_at > post.at + EARLY:
            self._report(f"a post of {name} before it is due")
        if rows and rows[0]["events"] and len(numbers) > 25:
            # More than the menu has.
            numbers |= self._news.find(key for _, key in json.loads(rows[0]["events"]))
        for number in sorted(numbers):
            self._check_event(self._news.events[number], post, follow, due_at, f"event {number} in {name}")
        if post.key[2] and rows:
            self._check_moment({self._news.events[number] for number in numbers}, follow, due_at, name)
        for number in numbers:
            self._by_follow[follow.id, number].append(post)
            self._by_channel[post.home, post.key[1], number].append(post)

    def _check_event(self, event: NewsEvent, post: NewsPost, follow: Follow, due_at: datetime, name: str) -> None:
        now = post.at
        subjects = [state.subject for state in follow.recent(now - UNDERWAY)]
        if not any(event.is_about(subject) for subject in subjects):
            self._report(f"not about {subjects}: {name}")
        was_merged = event.merged_at is not None and event.merged_at < now - UNDERWAY
        same = event.group if was_merged else [event]
        if min(other.seen for other in same) < follow.since - EARLY:
            self._report(f"seen before it was set up, at {event.seen:%d.%m. %H:%M}: {name}")
        if min(other.seen for other in event.group) > due_at - AGE:
            self._report(f"seen too short ago, at {event.seen:%d.%m. %H:%M:%S}: {name}")
        if event.day < event.seen.date() - DAYS:
            self._report(f"of long ago: {name}")
        if event.withdrawn_at is not None and event.withdrawn_at < now - UNDERWAY:
            self._report(f"withdrawn: {name}")
        if follow.guild in self._muting and MUTED in event.words:
            self._report(f"muted: {name}")
        for other in same:
            for before in self._by_follow[follow.id, other.number]:
                if before.key != post.key:
                    self._report(f"posted before, on {before.key[1]} part {before.key[2]}: {name}")
            for before in self._by_channel[post.home, post.key[1], other.number]:
                if before.key[0] != follow.id and not self.follows[before.key[0]].is_gone:
                    self._report(f"posted in the channel by follow {before.key[0]} that day: {name}")

    def _check_moment(self, events: set[NewsEvent], follow: Follow, due_at: datetime, name: str) -> None:
        """Check that what is posted at once was not forgotten until other news came."""
        state = follow.states[-1]
        if len(follow.recent(due_at)) != 1 or any(len(event.group) > 1 for event in events):
            return
        moments = [max(event.seen, event.imported_at, state.start, follow.surely_since) for event in events]
        ready = min(moments) + SOON
        if due_at <= ready or not self.is_steady(ready - SOON):
            return
        rows = self._oracle.query(
            "SELECT * FROM delivery WHERE subscription_id = ? AND part > 0 AND due_at < ? ORDER BY due_at DESC LIMIT 1",
            follow.id, due_at.timestamp(),
        )  # fmt: skip
        last = rows[0] if rows else None
        if last is not None and last["state"] != "sent" and _NOTHING_NEW not in _reason(last):
            # After what could not be posted, it looks again on the next date.
            return
        if last is None or last["due_at"] < (ready - SOON).timestamp():
            self._report(f"news of {ready - SOON:%d.%m. %H:%M} only came at {due_at:%d.%m. %H:%M}: {name}")

    def _stands(self, post: NewsPost) -> bool:
        return post.message_id in self._oracle.places.messages

    # Reviews

    def review(self, *, serving_since: datetime | None, final: bool = False) -> None:
        """Check what the ledger says of deliveries, and that nothing was left out of those that were made."""
        self.synchronise()
        now = self._now()
        first = (now - 9 * _DAY).date().isoformat()
        rows = self._oracle.query("SELECT * FROM delivery WHERE local_date >= ? ORDER BY id", first)
        for row in rows:
            if row["id"] not in self._settled and row["subscription_id"] in self.follows:
                self._review_row(row, now, serving_since)
        if final:
            for follow in self.follows.values():
                self._review_end(follow, [row for row in rows if row["subscription_id"] == follow.id], now)

    def _review_row(self, row: Any, now: datetime, serving_since: datetime | None) -> None:
        follow = self.follows[row["subscription_id"]]
        key = (follow.id, date.fromisoformat(row["local_date"]), int(row["part"]))
        name = f"follow {key[0]} on {key[1]} part {key[2]}"
        reason = _reason(row)
        if row["finished_at"] is None or row["retry_until"] is not None:
            moment = datetime.fromtimestamp(row["due_at"], UTC)
            since = max(moment, serving_since or now, self._oracle.calm_since or moment)
            guild = str(FIRST_GUILD + follow.guild * STEP)
            is_there = guild not in self._oracle.places.unavailable
            if row["part"] and serving_since and now - since > OPEN_FOR and is_there:
                self._report(f"open for too long ({row['state']}): {name}")
            return
        self._settled.add(row["id"])
        posts = self._standing[key]
        if row["part"] and self._restored_at is None:
            if row["state"] == "sent" and str(row["message_id"]) not in {post.message_id for post in posts}:
                self._report(f"confirmed, but it never stood: {name}")
            if row["state"] != "sent" and any(map(self._stands, posts)) and not _is_any(reason, _UNKNOWN):
                self._report(f"it stands, though it is said that it did not come ({reason}): {name}")
        if row["state"] != "sent" and not reason:
            self._report(f"no post and no reason: {name}")
        if _HAD_ENOUGH in reason and self._restored_at is None and self._count_at_once(follow, key[1]) < MOST_AT_ONCE:
            self._report(f"too few messages for no more to be posted: {name}")
        elif row["part"] and row["state"] != "sent" and _NOTHING_NEW not in reason:
            self._check_looked_at(follow, row, name)
        if row["state"] == "sent" or _NOTHING_NEW in reason:
            self._check_complete(follow, row, key, name)

    def _check_looked_at(self, follow: Follow, row: Any, name: str) -> None:
        """Check that what could not be posted is looked at again."""
        state, due_at = follow.states[-1], datetime.fromtimestamp(row["due_at"], UTC)
        if follow.is_gone or not state.active or not state.at_once or self._restored_at is not None:
            return
        if max(state.start, follow.surely_since) > due_at:
            return
        waiting = self._oracle.query("SELECT 1 FROM subscription WHERE id = ? AND next_at IS NOT NULL", follow.id)
        later = self._oracle.query(
            "SELECT 1 FROM delivery WHERE subscription_id = ? AND id > ?", follow.id, row["id"]
        )  # fmt: skip
        if not waiting and not later:
            self._report(f"nobody looks at what could not be posted: {name}")

    def _count_at_once(self, follow: Follow, day: date) -> int:
        """Return how many messages a server had at once on a local date, at most: some may not have arrived."""
        base = FIRST_GUILD + follow.guild * STEP
        (row,) = self._oracle.query(
            "SELECT count(*) AS messages FROM delivery JOIN subscription ON subscription.id = subscription_id"
            " WHERE guild_id = ? AND local_date = ? AND part > 0 AND state <> 'sent' AND claimed_at IS NOT NULL",
            base, day.isoformat(),
        )  # fmt: skip
        posted = sum(len(keys) for (home, on), keys in self._at_once.items() if on == day and 0 < home - base < STEP)
        return posted + int(row["messages"])

    def _check_complete(self, follow: Follow, row: Any, key: Key, name: str) -> None:
        """Check that a follow left out nothing when it looked for what was new."""
        due_at = datetime.fromtimestamp(row["due_at"], UTC)
        finished_at = datetime.fromtimestamp(row["finished_at"], UTC) + UNDERWAY
        states = follow.recent(due_at - UNDERWAY)
        if len(states) != 1 and states[0].end is not None and states[0].end < finished_at:
            return
        state = states[0]
        if state.start > due_at - UNDERWAY:
            return
        for event in self._expected(follow, state.subject, due_at - UNDERWAY):
            seen = min(other.seen for other in event.group)
            if not due_at - DAYS < seen <= due_at - AGE or event.day < key[1] - timedelta(days=6):
                continue
            if event.merged_at is not None and event.merged_at > due_at - UNDERWAY:
                continue
            if not self._is_posted(event, follow, state.channel_id, key[1], finished_at):
                self._report(f"event {event.number}, seen at {event.seen:%d.%m. %H:%M}, was left out: {name}")

    def _expected(self, follow: Follow, subject: str, until: datetime) -> Iterator[NewsEvent]:
        """Yield what was news to a follow, one for each event, of what the archive had until a moment."""
        for event in self._news.events.values():
            if event is not event.group[0] or event.imported_at > until or event.withdrawn_at is not None:
                continue
            seen = min(other.seen for other in event.group)
            if (
                event.is_about(subject)
                and seen > follow.surely_since + EARLY
                and event.day >= seen.date() - DAYS
                and not (follow.guild in self._muting and MUTED in event.words)
            ):
                yield event

    def _is_posted(
        self, event: NewsEvent, follow: Follow, channel_id: int, day: date | None, until: datetime
    ) -> bool:  # fmt: skip
        """Tell whether an event was posted: by a follow; by any in its channel on a date, or ever; or perhaps."""
        for other in event.group:
            if any(post.at <= until for post in self._by_follow[follow.id, other.number]):
                return True
            for (home, on, number), posts in self._by_channel.items():
                if number == other.number and home == channel_id and day in {None, on} and posts:
                    return True
            days = "" if day is None else f"AND posted_on = '{day}'"
            for row in self._oracle.query(
                f"SELECT * FROM posted_news WHERE key = ? AND (subscription_id = ? OR channel_id = ? {days})",
                other.key, follow.id, channel_id,
            ):  # fmt: skip
                if self._may_be_lost(row["subscription_id"], row["posted_on"]):
                    return True
        return False

    def _may_be_lost(self, subscription: int, day: str) -> bool:
        """Tell whether nobody knows what became of a follow's message of a local date."""
        rows = self._oracle.query(
            "SELECT * FROM delivery WHERE subscription_id = ? AND local_date = ?", subscription, day
        )
        return any(_is_any(_reason(row), _UNKNOWN) for row in rows)

    def _review_end(self, follow: Follow, rows: list[Any], now: datetime) -> None:
        """Check that what came in was posted at once, or that a delivery says why not."""
        calm_since = self._oracle.calm_since
        state = follow.states[-1]
        if calm_since is None or follow.is_gone or not state.active or not state.at_once:
            return
        if state.start > calm_since - timedelta(hours=1):
            return
        late = [row for row in rows if row["due_at"] >= calm_since.timestamp()]
        if any(row["state"] != "sent" and not _is_any(_reason(row), (_NOTHING_NEW,)) for row in late):
            return
        for event in self._expected(follow, state.subject, now - AT_ONCE):
            seen = min(other.seen for other in event.group)
            if seen < calm_since - 2 * _DAY or seen < state.start or event.day < seen.date() - timedelta(days=3):
                continue
            if event.imported_at > state.start and not self._is_posted(event, follow, state.channel_id, None, now):
                self._report(
                    f"event {event.number}, seen at {event.seen:%d.%m. %H:%M}, was never posted by follow {follow.id}"
                )


def _reason(row: Any) -> str:
    return str(Message.of_text(row["reason"])) if row["reason"] else ""


def _is_any(reason: str, parts: tuple[str, ...]) -> bool:
    return any(part in reason for part in parts)
