"""The ledger on a real file: what is written is there, whole or not at all."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.domain.delivery import Claim, DayChoice, Delivery, DeliveryState, FollowUpStep, delivery_token
from bot.domain.errors import LedgerError
from bot.domain.schedule import Plan
from bot.domain.subject import Subject
from bot.domain.subscription import EmptyDay, Pause, PostOptions, Subscription
from bot.ledger.ledger import Ledger
from bot.locale.language import Message
from tests.helpers.processes import Shell

NOW = datetime(2026, 3, 24, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2026, 3, 24)
GUILD, CHANNEL, MESSAGE = 2**62, 2**62 + 1, 2**62 + 2
DEFAULTS = PostOptions(CHANNEL, Plan(time(9), "Europe/Berlin"))
FULL = PostOptions(
    CHANNEL + 5,
    Plan(time(23, 59), "Asia/Kolkata", 0b0011111),
    topic="abcdefghijkl",
    topic_name="International Space Station",
    count=10,
    role_id=77,
    thread=True,
    late=0,
    language="zh",
    publish=True,
    pin=True,
    tag_id=5,
    empty=EmptyDay.NEAREST,
)
EVENTS = [(324, "aaaaaaaaaaaa"), (324, "bbbbbbbbbbbb")]
CLAIM = Claim(CHANNEL, EVENTS, "March 24: something", late=False)


async def add_subscription(ledger: Ledger, options: PostOptions = DEFAULTS, *, guild_id: int = GUILD) -> Subscription:
    subscription = await ledger.subscriptions.add(guild_id, options, since=NOW, next_at=NOW + HOUR, max_count=10)
    assert subscription is not None
    return subscription


async def add_delivery(
    ledger: Ledger, subscription: Subscription, day: date = DAY, reason: Message | None = None
) -> Delivery:
    due = [(day, NOW, reason)]
    was_next_at = subscription.next_at
    await ledger.deliveries.add_due(
        subscription.id, due, was_next_at=was_next_at, next_at=NOW + 25 * HOUR, now=NOW + HOUR
    )
    delivery = await ledger.deliveries.on_day(subscription.id, day)
    assert delivery is not None
    return delivery


async def confirm(ledger: Ledger, delivery: Delivery, steps: tuple[FollowUpStep, ...] = ()) -> None:
    await ledger.deliveries.confirm(
        delivery.id,
        history_channel_id=CHANNEL,
        channel_id=CHANNEL,
        message_id=MESSAGE,
        steps=steps,
        now=NOW + 2 * HOUR,
    )


# The file


@pytest.mark.process
def test_a_damaged_ledger_is_reported_at_the_start_with_what_to_do(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("stats").code == 0
    file = shell.data / "ledger.sqlite3"
    pages = bytearray(file.read_bytes())
    pages[4096 * 2 : 4096 * 2 + 200] = b"\xff" * 200
    file.write_bytes(pages)
    answer = shell("stats")
    assert answer.code == 1
    assert "ledger.sqlite3 is damaged" in answer.complaint
    assert "daybook restore" in answer.complaint
    assert file.read_bytes() == bytes(pages)


@pytest.mark.process
def test_a_file_that_is_no_ledger_is_reported_and_left_alone(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.data.mkdir()
    (shell.data / "ledger.sqlite3").write_text("a shopping list " * 300)
    answer = shell("stats")
    assert answer.code == 1
    assert "ledger.sqlite3 is damaged" in answer.complaint


async def test_a_subscription_is_there_after_the_next_start(ledger_file: Path) -> None:
    async with Ledger(ledger_file) as ledger:
        first = await add_subscription(ledger, FULL)
        identity = ledger.identity
    async with Ledger(ledger_file) as ledger:
        assert await ledger.subscriptions.get(first.id) == first
        assert first.options == FULL
        assert ledger.identity == identity
    with closing(sqlite3.connect(ledger_file)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_many_changes_at_once_are_all_there_and_a_bad_one_fails_alone(ledger: Ledger, ledger_file: Path) -> None:
    store = ledger._store
    good = "INSERT INTO fact VALUES (:name, 'x')"
    changes = [store.write((good, {"name": str(number)})) for number in range(300)]
    bad = store.write((good, {"name": "half"}), (good, {"name": "7"}))
    *_, failed = await asyncio.gather(*changes, bad, return_exceptions=True)
    assert isinstance(failed, sqlite3.IntegrityError)
    with closing(sqlite3.connect(ledger_file)) as db:
        names = {name for (name,) in db.execute("SELECT name FROM fact")}
    assert {str(number) for number in range(300)} <= names
    assert "half" not in names


async def test_a_caller_that_stops_waiting_for_a_change_does_not_undo_it(ledger: Ledger) -> None:
    writing = asyncio.create_task(ledger.remember("kept", "yes"))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await ledger.remember("another", "one")
    assert await ledger.fact("kept") == "yes"


async def test_a_change_still_on_its_way_at_the_end_arrives(ledger_file: Path) -> None:
    async with Ledger(ledger_file) as ledger:
        writing = asyncio.create_task(ledger.remember("last", "words"))
        await asyncio.sleep(0)
    await writing
    async with Ledger(ledger_file) as ledger:
        assert await ledger.fact("last") == "words"


async def test_a_full_disk_is_a_clear_sentence_and_nothing_is_half_written(ledger: Ledger) -> None:
    (row,) = await ledger._store.read("PRAGMA page_count", {})
    await ledger._store.read(f"PRAGMA max_page_count = {row[0]}", {})
    long = "x" * 100_000
    with pytest.raises(LedgerError, match=r"the disk is full: .*ledger\.sqlite3 is as it was before"):
        await ledger._store.write(
            ("INSERT INTO fact VALUES ('small', '')", {}), ("INSERT INTO fact VALUES ('large', :it)", {"it": long})
        )
    assert await ledger.fact("small") is None
    await ledger._store.read(f"PRAGMA max_page_count = {row[0] + 100}", {})
    await ledger.remember("large", long)
    assert await ledger.fact("large") == long


# Subscriptions


async def test_subscriptions_are_numbered_in_their_server_and_there_is_a_maximum(ledger: Ledger) -> None:
    orders = [replace(DEFAULTS, count=count) for count in (1, 2, 3)]
    assert [(await add_subscription(ledger, options)).number for options in orders] == [1, 2, 3]
    assert (await add_subscription(ledger, guild_id=GUILD + 9)).number == 1
    assert await ledger.subscriptions.add(GUILD, DEFAULTS, since=NOW, next_at=NOW, max_count=3) is None
    assert [subscription.number for subscription in await ledger.subscriptions.of_guild(GUILD)] == [1, 2, 3]


async def test_the_very_same_subscription_is_not_added_twice_to_a_server(ledger: Ledger) -> None:
    topical = replace(DEFAULTS, topic="a" * 12, topic_name="NASA")
    for options in (DEFAULTS, topical):
        await add_subscription(ledger, options)
    # A topic may have got another name since.
    for options in (DEFAULTS, topical, replace(topical, topic_name="nasa")):
        assert await ledger.subscriptions.add(GUILD, options, since=NOW, next_at=NOW, max_count=9) is None
    await add_subscription(ledger, replace(DEFAULTS, count=7))
    await add_subscription(ledger, guild_id=GUILD + 9)
    assert [subscription.number for subscription in await ledger.subscriptions.of_guild(GUILD)] == [1, 2, 3]


async def test_a_plan_that_changes_while_due_posts_are_entered_keeps_its_own_next_post(ledger: Ledger) -> None:
    read = await add_subscription(ledger)
    # Meanwhile somebody changes the time.
    await ledger.subscriptions.update(read.id, DEFAULTS, since=NOW + HOUR, next_at=NOW + 3 * HOUR)
    await add_delivery(ledger, read)
    changed = await ledger.subscriptions.get(read.id)
    assert changed is not None
    assert changed.next_at == NOW + 3 * HOUR
    # What was due stands, and without a change the next look follows.
    assert len(await ledger.deliveries.open_deliveries()) == 1
    await add_delivery(ledger, changed, DAY + timedelta(days=1))
    again = await ledger.subscriptions.get(read.id)
    assert again is not None
    assert again.next_at == NOW + 25 * HOUR


async def test_a_removed_subscription_leaves_nothing_but_the_channels_history(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger)
    delivery = await add_delivery(ledger, subscription)
    await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await confirm(ledger, delivery, (FollowUpStep.PIN,))
    await ledger.deliveries.set_choice(subscription.id, DAY, DayChoice(skip=True))
    await ledger.subscriptions.remove(subscription.id)
    for table in ("subscription", "delivery", "step", "choice"):
        assert await ledger._store.read(f"SELECT * FROM {table}", {}) == []
    assert await ledger.deliveries.times_shown(CHANNEL, [324]) == {"aaaa": 1, "bbbb": 1}
    # Nothing can be added for it any more, and a new subscription has another id.
    await ledger.deliveries.add_due(subscription.id, [(DAY, NOW, None)], was_next_at=NOW, next_at=NOW, now=NOW)
    await ledger.deliveries.set_choice(subscription.id, DAY, DayChoice(skip=True))
    assert await ledger.deliveries.open_deliveries() == []
    assert (await add_subscription(ledger)).id > subscription.id


async def test_subscriptions_of_a_server_that_removed_the_bot_are_kept_for_a_while(ledger: Ledger) -> None:
    subscription, other = await add_subscription(ledger, FULL), await add_subscription(ledger, guild_id=GUILD + 9)
    await ledger.subscriptions.leave_guild(GUILD, now=NOW)
    assert await ledger.subscriptions.guilds() == {GUILD: True, GUILD + 9: False}
    assert [due.id for due in await ledger.subscriptions.due(NOW + 100 * HOUR)] == [other.id]
    # Only the first time counts.
    await ledger.subscriptions.leave_guild(GUILD, now=NOW + HOUR)
    assert await ledger.subscriptions.purge(gone_before=NOW) == 0
    await ledger.subscriptions.rejoin_guild(GUILD, {subscription.id: NOW + 2 * HOUR}, since=NOW + HOUR)
    assert await ledger.subscriptions.purge(gone_before=NOW + HOUR) == 0
    back = await ledger.subscriptions.get(subscription.id)
    assert back == replace(subscription, since=NOW + HOUR, next_at=NOW + 2 * HOUR)
    await ledger.subscriptions.leave_guild(GUILD, now=NOW)
    assert await ledger.subscriptions.purge(gone_before=NOW + HOUR) == 1
    assert [active.id for active in await ledger.subscriptions.active()] == [other.id]


async def test_a_changed_subscription_starts_with_a_clean_slate(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger)
    for number in range(3):
        delivery = await add_delivery(ledger, subscription, DAY + timedelta(number))
        await ledger.deliveries.fail(delivery.id, Message("no"), max_failures=3, now=NOW)
    await ledger.subscriptions.mark_admins_notified(subscription.id, Message("no"))
    failing = await ledger.subscriptions.get(subscription.id)
    assert failing is not None
    assert (failing.paused, failing.failures, failing.admins_notified) == (Pause.AFTER_FAILURES, 3, True)
    changed = await ledger.subscriptions.update(subscription.id, FULL, since=NOW, next_at=NOW)
    assert changed == replace(subscription, options=FULL, next_at=NOW)


# Deliveries


async def test_a_local_date_gets_one_delivery_whatever_comes_later(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger)
    first = await add_delivery(ledger, subscription)
    await ledger.deliveries.claim(first.id, CLAIM, now=NOW)
    await confirm(ledger, first)
    again = await add_delivery(ledger, subscription, reason=Message("another time"))
    assert (again.id, again.state, again.message_id) == (first.id, DeliveryState.SENT, MESSAGE)
    assert again.finished_at == NOW + 2 * HOUR
    assert (await ledger.subscriptions.due(NOW + 24 * HOUR)) == []


async def test_only_what_is_open_can_be_claimed_confirmed_or_closed(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger)
    delivery = await add_delivery(ledger, subscription)
    # Nothing is confirmed that was not claimed.
    await confirm(ledger, delivery)
    assert (await add_delivery(ledger, subscription)).state is DeliveryState.DUE
    assert await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    assert await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW + HOUR)
    claimed = await add_delivery(ledger, subscription)
    assert (claimed.claimed_at, claimed.attempted_at, claimed.channel_id) == (NOW, NOW + HOUR, CHANNEL)
    assert [(guild_id, waiting.id) for guild_id, waiting in await ledger.deliveries.open_deliveries()] == [
        (GUILD, delivery.id)
    ]
    await confirm(ledger, delivery)
    assert not await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await ledger.deliveries.skip(delivery.id, Message("too late"), now=NOW)
    assert await ledger.deliveries.fail(delivery.id, Message("too late"), max_failures=3, now=NOW) == 0
    await confirm(ledger, delivery)
    sent = await add_delivery(ledger, subscription)
    assert (sent.state, sent.reason) == (DeliveryState.SENT, None)
    assert await ledger.deliveries.times_shown(CHANNEL, [324]) == {"aaaa": 1, "bbbb": 1}
    healthy = await ledger.subscriptions.get(subscription.id)
    assert healthy is not None
    assert healthy.failures == 0


async def test_a_post_that_arrives_forgives_the_failures_before_it(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger)
    counts = []
    for number in range(4):
        delivery = await add_delivery(ledger, subscription, DAY + timedelta(number))
        counts.append(await ledger.deliveries.fail(delivery.id, Message("no"), max_failures=3, now=NOW))
    assert counts == [1, 2, 3, 4]
    await ledger.subscriptions.mark_admins_notified(subscription.id, Message("no"))
    delivery = await add_delivery(ledger, subscription, DAY + timedelta(4))
    await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await confirm(ledger, delivery)
    well = await ledger.subscriptions.get(subscription.id)
    assert well is not None
    assert (well.paused, well.failures, well.admins_notified) == (None, 0, False)


async def test_steps_are_done_or_failed_one_by_one(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger, FULL)
    delivery = await add_delivery(ledger, subscription)
    await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await confirm(ledger, delivery, FULL.follow_up_steps)
    follow_ups = await ledger.deliveries.pending_follow_ups()
    assert {follow_up.step for follow_up in follow_ups} == {FollowUpStep.THREAD, FollowUpStep.PUBLISH, FollowUpStep.PIN}
    assert {(follow_up.channel_id, follow_up.message_id, follow_up.title) for follow_up in follow_ups} == {
        (CHANNEL, MESSAGE, "March 24: something")
    }
    by_step = {follow_up.step: follow_up for follow_up in follow_ups}
    await ledger.deliveries.finish_follow_up(by_step[FollowUpStep.PIN])
    await ledger.deliveries.finish_follow_up(by_step[FollowUpStep.PUBLISH], reason=Message("it may not"))
    assert [follow_up.step for follow_up in await ledger.deliveries.pending_follow_ups()] == [FollowUpStep.THREAD]
    ended = {
        follow_up.step: (follow_up.state, follow_up.reason and str(follow_up.reason))
        for follow_up in await ledger.deliveries.follow_ups(delivery.id)
    }
    assert ended == {
        FollowUpStep.PIN: ("done", None),
        FollowUpStep.PUBLISH: ("failed", "it may not"),
        FollowUpStep.THREAD: ("pending", None),
    }
    later = await add_delivery(ledger, subscription, DAY + timedelta(1))
    await ledger.deliveries.claim(later.id, CLAIM, now=NOW)
    await confirm(ledger, later, (FollowUpStep.PIN,))
    pin = next(step for step in await ledger.deliveries.pending_follow_ups() if step.step is FollowUpStep.PIN)
    assert await ledger.deliveries.previous_pin(pin) == (CHANNEL, MESSAGE)


async def test_what_is_long_past_is_deleted_and_what_is_open_is_not(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger)
    skipped, due = (
        await add_delivery(ledger, subscription),
        await add_delivery(ledger, subscription, DAY + timedelta(1)),
    )
    await ledger.deliveries.skip(skipped.id, Message("no"), now=NOW)
    await ledger.deliveries.set_choice(subscription.id, DAY, DayChoice(rejected_leads=("aaaaaaaaaaaa",)))
    assert await ledger.deliveries.choices(subscription.id) == {DAY: DayChoice(rejected_leads=("aaaaaaaaaaaa",))}
    assert await ledger.deliveries.purge(before=DAY + timedelta(9), most=10) == 1
    assert await ledger.deliveries.choices(subscription.id) == {}
    assert [delivery.id for _, delivery in await ledger.deliveries.open_deliveries()] == [due.id]
    assert await ledger.deliveries.on_day(subscription.id, DAY) is None


async def test_old_deliveries_become_one_row_a_month_and_the_last_one_that_was_sent_stays(
    ledger: Ledger, ledger_file: Path
) -> None:
    subscription = await add_subscription(ledger)
    for number in range(70):
        delivery = await add_delivery(ledger, subscription, DAY + timedelta(number))
        if number % 10 == 9:
            await ledger.deliveries.skip(delivery.id, Message("no"), now=NOW)
            continue
        await ledger.deliveries.claim(
            delivery.id, Claim(CHANNEL, [(324, f"{number:012}")], "", late=number == 3), now=NOW
        )
        await ledger.deliveries.confirm(
            delivery.id, history_channel_id=CHANNEL, channel_id=CHANNEL, message_id=1, steps=(), now=NOW
        )
    purged = [await ledger.deliveries.purge(before=DAY + timedelta(400), most=25) for _ in range(4)]
    assert purged == [25, 25, 19, 0]
    last = await ledger.deliveries.last(subscription.id)
    assert last is not None
    assert last.day == DAY + timedelta(68)
    with closing(sqlite3.connect(ledger_file)) as db:
        assert db.execute("SELECT * FROM delivery_month").fetchall() == [
            (subscription.id, "2026-03", 8, 1, 0, 0), (subscription.id, "2026-04", 27, 0, 3, 0),
            (subscription.id, "2026-05", 27, 0, 3, 0), (subscription.id, "2026-06", 0, 0, 1, 0),
        ]  # fmt: skip
        assert db.execute("SELECT count(*) FROM delivery").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM post").fetchone() == (0,)
        assert db.execute("SELECT count(*), length(shown) FROM channel_history").fetchone() == (1, 63 * 4)


async def test_what_is_on_its_way_counts_as_shown_for_all_other_posts(ledger: Ledger) -> None:
    delivery = await add_delivery(ledger, await add_subscription(ledger))
    await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    assert await ledger.deliveries.times_shown(CHANNEL, [324]) == {"aaaa": 1, "bbbb": 1}
    assert await ledger.deliveries.times_shown(CHANNEL, [325]) == {}
    assert await ledger.deliveries.times_shown(CHANNEL + 1, [324]) == {}
    assert await ledger.deliveries.times_shown(CHANNEL, [324], besides=delivery.id) == {}
    await ledger.deliveries.unclaim(delivery.id)
    assert await ledger.deliveries.times_shown(CHANNEL, [324]) == {}


async def test_what_a_channel_was_shown_is_one_row_for_each_day_and_has_an_end(ledger: Ledger) -> None:
    subscription = await add_subscription(ledger)
    keys = [f"{number:04}aaaaaaaa" for number in range(10)]
    for number in range(20):
        delivery = await add_delivery(ledger, subscription, DAY + timedelta(number))
        await ledger.deliveries.claim(
            delivery.id, Claim(CHANNEL, [(324, key) for key in keys], "", late=False), now=NOW
        )
        await ledger.deliveries.confirm(
            delivery.id, history_channel_id=CHANNEL, channel_id=CHANNEL, message_id=1, steps=(), now=NOW
        )
        times = await ledger.deliveries.times_shown(CHANNEL, [324, 325])
        assert times == {key[:4]: min(number + 1, 12) for key in keys}
    assert await ledger.deliveries.times_shown(CHANNEL, [325]) == {}
    assert await ledger.deliveries.times_shown(CHANNEL + 1, [324]) == {}


async def add_follow(ledger: Ledger, options: PostOptions = DEFAULTS) -> Subscription:
    subject = Subject(searches=("ships",))
    await ledger.subjects.put(subject, [])
    return await add_subscription(ledger, replace(options, subject=subject.key, subject_name=subject.name))


async def test_what_came_in_while_the_bot_was_away_is_no_news(ledger: Ledger) -> None:
    follow, subscriptions = await add_follow(ledger), ledger.subscriptions
    assert follow.news_since == NOW
    await subscriptions.leave_guild(GUILD, now=NOW)
    await subscriptions.rejoin_guild(GUILD, {follow.id: NOW + 2 * HOUR}, since=NOW + HOUR)
    back = await subscriptions.get(follow.id)
    assert back
    assert back.news_since == NOW + HOUR
    assert back.next_at == NOW + 2 * HOUR


async def test_news_that_comes_in_during_an_edit_is_looked_at(ledger: Ledger) -> None:
    follow = await add_follow(ledger, replace(DEFAULTS, plan=replace(DEFAULTS.plan, at_once=True)))
    subscriptions, subject = ledger.subscriptions, follow.options.subject
    assert subject
    await subscriptions.set_next_at({follow.id: None})
    assert await subscriptions.note_news([subject], EVENTS[0][1], seen=NOW + HOUR, due_at=NOW + 2 * HOUR) == 1
    edited = await subscriptions.update(follow.id, replace(follow.options, count=1), since=NOW, next_at=None)
    assert edited
    assert edited.next_at == NOW + 2 * HOUR


async def test_a_date_counts_once_however_many_of_its_posts_are_refused(ledger: Ledger) -> None:
    follow = await add_follow(ledger, replace(DEFAULTS, plan=replace(DEFAULTS.plan, at_once=True)))
    failures = []
    for part, day in ((1, DAY), (2, DAY), (1, DAY + timedelta(days=1))):
        await ledger.deliveries.add_at_once(follow.id, day, NOW, was_next_at=NOW, news_until=NOW - HOUR)
        delivery = await ledger.deliveries.on_day(follow.id, day, part)
        assert delivery
        failures.append(await ledger.deliveries.fail(delivery.id, Message("no"), max_failures=3, now=NOW))
    assert failures == [1, 0, 2]


async def test_what_a_follow_may_have_posted_is_no_news_to_its_next_post(ledger: Ledger) -> None:
    follow = await add_follow(ledger)
    first = await add_delivery(ledger, follow)
    second = await add_delivery(ledger, follow, DAY + timedelta(days=1))
    deliveries, keys = ledger.deliveries, {key for _, key in EVENTS}

    async def posted(delivery: Delivery, channel_id: int = CHANNEL) -> frozenset[str]:
        return await deliveries.posted_news(follow.id, delivery.id, channel_id, delivery.day)

    # Nobody has confirmed it: it is tried again with the same events, and no other post has them.
    await deliveries.claim(first.id, CLAIM, now=NOW)
    assert not await posted(first)
    assert await posted(second) == await posted(second, CHANNEL + 1) == keys
    # It was refused when it was tried again: the first message may be there nevertheless.
    await deliveries.fail(first.id, Message("no"), max_failures=3, now=NOW, retry_until=NOW + HOUR)
    assert not await posted(first)
    assert await posted(second) == keys
    await deliveries.end_retries(first.id)
    assert not await posted(second)


def test_a_token_follows_from_ledger_subscription_and_date_alone() -> None:
    tokens = {
        delivery_token(ledger, subscription_id, DAY + timedelta(day))
        for ledger in "ab"
        for subscription_id in range(9)
        for day in range(9)
    }
    assert len(tokens) == 2 * 9 * 9
    assert delivery_token("a", 1, DAY) == delivery_token("a", 1, DAY)
    assert all(len(token) == 12 and token.isalnum() for token in tokens)
