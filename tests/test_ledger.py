"""The ledger on a real file: what is written is there, whole or not at all; daily posts at rest."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from processes import Shell

from bot.domain.errors import LedgerError
from bot.domain.schedule import Plan
from bot.domain.subscription import (
    Choice,
    Delivery,
    Empty,
    Pause,
    PostOptions,
    State,
    Step,
    Subscription,
    delivery_token,
)
from bot.ledger.deliveries import Claim
from bot.ledger.ledger import Ledger
from bot.locale.language import Message

NOW = datetime(2026, 3, 24, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2026, 3, 24)
GUILD, ROOM, MESSAGE = 2**62, 2**62 + 1, 2**62 + 2
PLAIN = PostOptions(ROOM, Plan(time(9), "Europe/Berlin"))
FULL = PostOptions(
    ROOM + 5,
    Plan(time(23, 59), "Asia/Kolkata", 0b0011111),
    topic="abcdefghijkl",
    topic_name="International Space Station",
    count=10,
    role=77,
    thread=True,
    late=0,
    language="zh",
    publish=True,
    pin=True,
    tag=5,
    empty=Empty.NEAREST,
)
PICKED = [(324, "aaaaaaaaaaaa"), (324, "bbbbbbbbbbbb")]
CLAIM = Claim(ROOM, PICKED, "March 24: something", late=False)


async def ordered(ledger: Ledger, options: PostOptions = PLAIN, *, guild: int = GUILD, most: int = 10) -> Subscription:
    taken = await ledger.subscriptions.add(guild, options, since=NOW, next_at=NOW + HOUR, most=most)
    assert taken is not None
    return taken


async def entered(ledger: Ledger, order: Subscription, day: date = DAY, reason: Message | None = None) -> Delivery:
    await ledger.deliveries.plan(order.id, [(day, NOW + HOUR, reason)], next_at=NOW + 25 * HOUR, now=NOW + HOUR)
    found = await ledger.deliveries.on(order.id, day)
    assert found is not None
    return found


async def confirmed(ledger: Ledger, delivery: Delivery, steps: tuple[Step, ...] = ()) -> None:
    await ledger.deliveries.confirm(
        delivery.id, room=ROOM, channel=ROOM, message=MESSAGE, steps=steps, now=NOW + 2 * HOUR
    )


# The file


def test_a_damaged_ledger_is_told_at_the_start_with_what_to_do(tmp_path: Path) -> None:
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


def test_a_file_that_is_no_ledger_is_told_and_left_alone(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.data.mkdir()
    (shell.data / "ledger.sqlite3").write_text("a shopping list " * 300)
    answer = shell("stats")
    assert answer.code == 1
    assert "ledger.sqlite3 is damaged" in answer.complaint


async def test_what_was_ordered_is_there_after_the_next_start(ledger_file: Path) -> None:
    async with Ledger(ledger_file) as ledger:
        first = await ordered(ledger, FULL)
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


async def test_who_stops_waiting_for_a_change_does_not_undo_it(ledger: Ledger) -> None:
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


# Orders


async def test_orders_are_numbered_in_their_server_and_there_are_so_many_at_most(ledger: Ledger) -> None:
    assert [(await ordered(ledger)).number for _ in range(3)] == [1, 2, 3]
    assert (await ordered(ledger, guild=GUILD + 9)).number == 1
    assert await ledger.subscriptions.add(GUILD, PLAIN, since=NOW, next_at=NOW, most=3) is None
    assert [each.number for each in await ledger.subscriptions.of(GUILD)] == [1, 2, 3]


async def test_an_order_that_was_removed_leaves_nothing_but_what_was_shown(ledger: Ledger) -> None:
    order = await ordered(ledger)
    delivery = await entered(ledger, order)
    await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await confirmed(ledger, delivery, (Step.PIN,))
    await ledger.deliveries.choose(order.id, DAY, Choice(skip=True))
    await ledger.subscriptions.remove(order.id)
    for table in ("subscription", "delivery", "step", "choice"):
        assert await ledger._store.read(f"SELECT * FROM {table}", {}) == []
    assert await ledger.deliveries.shown(ROOM, [324]) == {"aaaaaaaaaaaa": 1, "bbbbbbbbbbbb": 1}
    # Nothing can be entered for it any more, and a new order has another id.
    await ledger.deliveries.plan(order.id, [(DAY, NOW, None)], next_at=NOW, now=NOW)
    await ledger.deliveries.choose(order.id, DAY, Choice(skip=True))
    assert await ledger.deliveries.open() == []
    assert (await ordered(ledger)).id > order.id


async def test_orders_of_a_server_that_removed_the_bot_rest_and_are_kept_for_a_while(ledger: Ledger) -> None:
    order, other = await ordered(ledger, FULL), await ordered(ledger, guild=GUILD + 9)
    await ledger.subscriptions.leave(GUILD, now=NOW)
    assert await ledger.subscriptions.guilds() == {GUILD: True, GUILD + 9: False}
    assert [each.id for each in await ledger.subscriptions.due(NOW + 100 * HOUR)] == [other.id]
    # Only the first time counts.
    await ledger.subscriptions.leave(GUILD, now=NOW + HOUR)
    assert await ledger.subscriptions.purge(gone_before=NOW) == 0
    await ledger.subscriptions.come_back(GUILD, {order.id: NOW + 2 * HOUR}, since=NOW + HOUR)
    assert await ledger.subscriptions.purge(gone_before=NOW + HOUR) == 0
    back = await ledger.subscriptions.get(order.id)
    assert back == replace(order, since=NOW + HOUR, next_at=NOW + 2 * HOUR)
    await ledger.subscriptions.leave(GUILD, now=NOW)
    assert await ledger.subscriptions.purge(gone_before=NOW + HOUR) == 1
    assert [each.id for each in await ledger.subscriptions.all()] == [other.id]


async def test_a_changed_order_starts_with_a_clean_slate(ledger: Ledger) -> None:
    order = await ordered(ledger)
    for number in range(3):
        delivery = await entered(ledger, order, DAY + timedelta(number))
        await ledger.deliveries.fail(delivery.id, Message("no"), most=3, now=NOW)
    await ledger.subscriptions.mark_admins_notified(order.id)
    failing = await ledger.subscriptions.get(order.id)
    assert failing is not None
    assert (failing.paused, failing.failures, failing.admins_notified) == (Pause.FAILING, 3, True)
    changed = await ledger.subscriptions.change(order.id, FULL, since=NOW, next_at=NOW)
    assert changed == replace(order, options=FULL, next_at=NOW)


# Deliveries


async def test_a_local_date_is_entered_once_whatever_comes_later(ledger: Ledger) -> None:
    order = await ordered(ledger)
    first = await entered(ledger, order)
    await ledger.deliveries.claim(first.id, CLAIM, now=NOW)
    await confirmed(ledger, first)
    again = await entered(ledger, order, reason=Message("another time"))
    assert (again.id, again.state, again.message) == (first.id, State.SENT, MESSAGE)
    assert again.finished == NOW + 2 * HOUR
    assert (await ledger.subscriptions.due(NOW + 24 * HOUR)) == []


async def test_only_what_is_open_can_be_claimed_confirmed_or_closed(ledger: Ledger) -> None:
    order = await ordered(ledger)
    delivery = await entered(ledger, order)
    # Nothing is confirmed that was not claimed.
    await confirmed(ledger, delivery)
    assert (await entered(ledger, order)).state is State.DUE
    assert await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    assert await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW + HOUR)
    claimed = await entered(ledger, order)
    assert (claimed.claimed, claimed.attempted, claimed.channel) == (NOW, NOW + HOUR, ROOM)
    assert [(guild, each.id) for guild, each in await ledger.deliveries.open()] == [(GUILD, delivery.id)]
    await confirmed(ledger, delivery)
    assert not await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await ledger.deliveries.skip(delivery.id, Message("too late"), now=NOW)
    assert await ledger.deliveries.fail(delivery.id, Message("too late"), most=3, now=NOW) == 0
    await confirmed(ledger, delivery)
    sent = await entered(ledger, order)
    assert (sent.state, sent.reason) == (State.SENT, None)
    assert await ledger.deliveries.shown(ROOM, [324]) == {"aaaaaaaaaaaa": 1, "bbbbbbbbbbbb": 1}
    found = await ledger.subscriptions.get(order.id)
    assert found is not None
    assert found.failures == 0


async def test_a_post_that_arrives_forgives_the_failures_before_it(ledger: Ledger) -> None:
    order = await ordered(ledger)
    counts = []
    for number in range(4):
        delivery = await entered(ledger, order, DAY + timedelta(number))
        counts.append(await ledger.deliveries.fail(delivery.id, Message("no"), most=3, now=NOW))
    assert counts == [1, 2, 3, 4]
    await ledger.subscriptions.mark_admins_notified(order.id)
    delivery = await entered(ledger, order, DAY + timedelta(4))
    await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await confirmed(ledger, delivery)
    well = await ledger.subscriptions.get(order.id)
    assert well is not None
    assert (well.paused, well.failures, well.admins_notified) == (None, 0, False)


async def test_steps_are_done_or_failed_one_by_one(ledger: Ledger) -> None:
    order = await ordered(ledger, FULL)
    delivery = await entered(ledger, order)
    await ledger.deliveries.claim(delivery.id, CLAIM, now=NOW)
    await confirmed(ledger, delivery, FULL.steps)
    steps = await ledger.deliveries.follow_ups()
    assert {each.step for each in steps} == {Step.THREAD, Step.PUBLISH, Step.PIN}
    assert {(each.channel, each.message, each.title) for each in steps} == {(ROOM, MESSAGE, "March 24: something")}
    by_kind = {each.step: each for each in steps}
    await ledger.deliveries.end(by_kind[Step.PIN])
    await ledger.deliveries.end(by_kind[Step.PUBLISH], reason=Message("it may not"))
    assert [each.step for each in await ledger.deliveries.follow_ups()] == [Step.THREAD]
    ended = {
        each.step: (each.state, each.reason and str(each.reason))
        for each in await ledger.deliveries.follow_ups(of=delivery.id)
    }
    assert ended == {
        Step.PIN: ("done", None), Step.PUBLISH: ("failed", "it may not"), Step.THREAD: ("pending", None)
    }  # fmt: skip
    later = await entered(ledger, order, DAY + timedelta(1))
    await ledger.deliveries.claim(later.id, CLAIM, now=NOW)
    await confirmed(ledger, later, (Step.PIN,))
    pin = next(each for each in await ledger.deliveries.follow_ups() if each.step is Step.PIN)
    assert await ledger.deliveries.pinned_before(pin) == (ROOM, MESSAGE)


async def test_what_is_long_past_is_dropped_and_what_is_open_is_not(ledger: Ledger) -> None:
    order = await ordered(ledger)
    done, still = await entered(ledger, order), await entered(ledger, order, DAY + timedelta(1))
    await ledger.deliveries.skip(done.id, Message("no"), now=NOW)
    await ledger.deliveries.choose(order.id, DAY, Choice(rejected_leads=("aaaaaaaaaaaa",)))
    assert await ledger.deliveries.choices(order.id) == {DAY: Choice(rejected_leads=("aaaaaaaaaaaa",))}
    await ledger.deliveries.purge(before=DAY + timedelta(9))
    assert await ledger.deliveries.choices(order.id) == {}
    assert [each.id for _, each in await ledger.deliveries.open()] == [still.id]
    assert await ledger.deliveries.on(order.id, DAY) is None


def test_a_mark_follows_from_ledger_order_and_date_alone() -> None:
    marks = {
        delivery_token(ledger, order, DAY + timedelta(day)) for ledger in "ab" for order in range(9) for day in range(9)
    }
    assert len(marks) == 2 * 9 * 9
    assert delivery_token("a", 1, DAY) == delivery_token("a", 1, DAY)
    assert all(len(mark) == 12 and mark.isalnum() for mark in marks)
