"""Ledgers of older versions open, and are backed up and restored, with every row that they had."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from bot.domain.delivery import DayChoice, Delivery, DeliveryState, FollowUp, FollowUpState, FollowUpStep
from bot.domain.preferences import PersonalSettings
from bot.domain.schedule import Plan
from bot.domain.subscription import EmptyDay, Pause, PostOptions, Subscription
from bot.ledger.ledger import Ledger
from bot.locale.language import Message
from tests.helpers.ledgers import make_old_ledger, run_here
from tests.helpers.processes import Shell

KEYS = ("aaaaaaaaaaaa", "bbbbbbbbbbbb")
DAY = date(2026, 3, 24)
SINCE, DUE, SENT = 1_700_000_000, 1_774_339_200, 1_774_339_260
FIRST = f"""
    INSERT INTO forgotten VALUES ('{KEYS[0]}', 'a fingerprint'), ('{KEYS[1]}', 'another');
    INSERT INTO fact VALUES ('identity', 'abc'), ('commands', 'a hash'), ('row 1', 'a value');
"""
SECOND = f"""
    INSERT INTO subscription VALUES
        (1, 10, 1, 100, 510, 'Europe/Berlin', 127, NULL, NULL, 5, NULL, 0, 6, NULL, 0, 0, NULL, 'nothing', {SINCE},
            {DUE}, NULL, 0, 0, NULL),
        (2, 10, 2, 101, 1439, 'Asia/Tokyo', 31, '{KEYS[0]}', 'NASA', 10, 77, 1, 0, 'zh', 1, 1, 5, 'nearest', {SINCE},
            NULL, 'asked', 2, 1, NULL),
        (3, 11, 1, 102, 0, 'UTC', 64, NULL, NULL, 1, NULL, 0, 23, 'en', 0, 0, NULL, 'nothing', {SINCE},
            {DUE}, 'failing', 4, 1, NULL),
        (4, 12, 1, 103, 0, 'UTC', 127, NULL, NULL, 1, NULL, 0, 6, NULL, 0, 0, NULL, 'nothing', {SINCE},
            NULL, NULL, 0, 0, {SENT});
    INSERT INTO delivery VALUES
        (1, 1, '2026-03-24', {DUE}, 'sent', 1, {DUE}, {DUE}, {SENT}, 100, 1000, NULL, 0,
            '[[324, "{KEYS[0]}"], [229, "{KEYS[1]}"]]', 'A title'),
        (2, 1, '2026-03-25', {DUE}, 'claimed', 0, {DUE}, {SENT}, NULL, 100, NULL, 'has to wait', 0, '[]', 'A title'),
        (3, 2, '2026-03-24', {DUE}, 'skipped', 0, NULL, NULL, {SENT}, NULL, NULL, 'too late', 1, NULL, NULL),
        (4, 3, '2026-03-24', {DUE}, 'failed', 0, NULL, NULL, {SENT}, NULL, NULL, 'refused', 1, NULL, NULL),
        (5, 3, '2026-03-25', {DUE}, 'due', 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL);
    INSERT INTO step VALUES (1, 'thread', 'done', NULL), (1, 'publish', 'failed', 'may not'),
        (1, 'pin', 'pending', NULL);
    INSERT INTO shown VALUES (100, 324, '{KEYS[0]}', 3), (100, 229, '{KEYS[1]}', 1), (101, 324, '{KEYS[0]}', 2);
    INSERT INTO choice VALUES (1, '2026-03-26', 1, '[]'), (2, '2026-03-26', 0, '["{KEYS[0]}"]');
"""
THIRD = f"""
    INSERT INTO person VALUES (7, 1, 'Asia/Tokyo'), (8, 1, NULL);
    INSERT INTO mute VALUES (10, 'topic', '{KEYS[0]}', 'NASA', NULL), (10, 'word', 'war', 'War', NULL),
        (12, 'word', 'war', 'War', {SENT});
"""
# Two tables have other names since.
FOURTH = (
    (FIRST + SECOND + THIRD)
    .replace("INTO forgotten ", "INTO forgotten_event ")
    .replace("INTO shown ", "INTO channel_history ")
)
ROWS = {1: FIRST, 2: FIRST + SECOND, 3: FIRST + SECOND + THIRD, 4: FOURTH}
VERSIONS = sorted(ROWS)
NEW_NAMES = {"forgotten": "forgotten_event", "shown": "channel_history"}


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def counts(file: Path) -> Mapping[str, int]:
    """Return how many rows each table has, by its name of today."""
    with closing(sqlite3.connect(file)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            NEW_NAMES.get(table, table): db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
        }


def has_rows(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Tell whether a ledger has the rows that it had, and no others."""
    # What deliveries had in columns of their own once.
    return {table: count for table, count in after.items() if (count or table in before) and table != "post"} == before


async def check_answers(ledger: Ledger, version: int) -> None:
    assert ledger.identity == "abc"
    assert await ledger.fact("row 1") == "a value"
    assert set(await ledger.forgotten_events()) == {(KEYS[0], "a fingerprint"), (KEYS[1], "another")}
    if version >= 2:
        await check_subscriptions(ledger)
        await check_deliveries(ledger)
    if version >= 3:
        assert ledger.preferences.personal(7) == PersonalSettings(private=True, zone="Asia/Tokyo")
        assert ledger.preferences.personal(8) == PersonalSettings(private=True)
        assert [mute.name for mute in ledger.preferences.mutes(10)] == ["NASA", "War"]
        assert ledger.preferences.muting_guilds() == {10, 12}


async def check_subscriptions(ledger: Ledger) -> None:
    first = PostOptions(100, Plan(time(8, 30), "Europe/Berlin"))
    second = PostOptions(
        101, Plan(time(23, 59), "Asia/Tokyo", 31), topic=KEYS[0], topic_name="NASA", count=10, role_id=77, thread=True,
        late=0, language="zh", publish=True, pin=True, tag_id=5, empty=EmptyDay.NEAREST,
    )  # fmt: skip
    third = PostOptions(102, Plan(time(0), "UTC", 64), count=1, late=23, language="en")
    assert await ledger.subscriptions.of_guild(10) == [
        Subscription(1, 10, 1, first, moment(SINCE), moment(DUE)),
        Subscription(2, 10, 2, second, moment(SINCE), None, Pause.BY_ADMIN, failures=2, admins_notified=True),
    ]
    assert await ledger.subscriptions.of_guild(11) == [
        Subscription(
            3, 11, 1, third, moment(SINCE), moment(DUE), Pause.AFTER_FAILURES, failures=4, admins_notified=True
        )
    ]
    assert await ledger.subscriptions.guilds() == {10: False, 11: False, 12: True}


async def check_deliveries(ledger: Ledger) -> None:
    sent = Delivery(
        1, 1, DAY, moment(DUE), DeliveryState.SENT, late=True, claimed_at=moment(DUE), attempted_at=moment(DUE),
        finished_at=moment(SENT), channel_id=100, message_id=1000,
    )  # fmt: skip
    assert await ledger.deliveries.last(1) == sent
    skipped, failed = await ledger.deliveries.last(2), await ledger.deliveries.last(3)
    assert skipped
    assert failed
    assert (skipped.state, skipped.reason, skipped.unwanted_skip) == (DeliveryState.SKIPPED, Message("too late"), True)
    assert (failed.state, failed.reason, failed.unwanted_skip) == (DeliveryState.FAILED, Message("refused"), True)
    waiting = await ledger.deliveries.open_deliveries()
    assert [(guild_id, delivery.id, delivery.state) for guild_id, delivery in waiting] == [
        (10, 2, DeliveryState.CLAIMED), (11, 5, DeliveryState.DUE),
    ]  # fmt: skip
    assert await ledger.deliveries.times_shown(100, [324, 229]) == {KEYS[0][:4]: 3, KEYS[1][:4]: 1}
    assert await ledger.deliveries.times_shown(101, [324]) == {KEYS[0][:4]: 2}
    assert await ledger.deliveries.choices(1) == {date(2026, 3, 26): DayChoice(skip=True)}
    assert await ledger.deliveries.choices(2) == {date(2026, 3, 26): DayChoice(rejected_leads=(KEYS[0],))}
    pin = FollowUp(1, FollowUpStep.PIN, 1, 100, 1000, moment(SENT), "A title")
    assert await ledger.deliveries.pending_follow_ups() == [pin]
    assert [(step.step, step.state) for step in await ledger.deliveries.follow_ups(1)] == [
        (FollowUpStep.THREAD, FollowUpState.DONE),
        (FollowUpStep.PUBLISH, FollowUpState.FAILED),
        (FollowUpStep.PIN, FollowUpState.PENDING),
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_ledger_of_an_older_version_opens_with_every_row(ledger_file: Path, version: int) -> None:
    make_old_ledger(ledger_file, version, ROWS[version])
    before = counts(ledger_file)
    assert sum(before.values()) >= 5
    async with Ledger(ledger_file) as ledger:
        await check_answers(ledger, version)
    assert has_rows(before, counts(ledger_file))


async def test_what_an_older_version_claimed_can_be_confirmed(ledger_file: Path) -> None:
    make_old_ledger(ledger_file, 3, ROWS[3])
    with closing(sqlite3.connect(ledger_file)) as db, db:
        db.execute("UPDATE delivery SET picked = ? WHERE id = 2", (f'[[324, "{KEYS[0]}"], [325, "{KEYS[1]}"]]',))
    async with Ledger(ledger_file) as ledger:
        await ledger.deliveries.confirm(
            2, history_channel_id=100, channel_id=100, message_id=2000, steps=(), now=moment(SENT)
        )
        assert await ledger.deliveries.times_shown(100, [324, 325]) == {KEYS[0][:4]: 4, KEYS[1][:4]: 1}
        delivery = await ledger.deliveries.last(1, sent=True)
        assert delivery
        assert (delivery.day, delivery.message_id) == (date(2026, 3, 25), 2000)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_of_an_older_version_is_restored_with_every_row(shell: Shell, old_ledger: Path, version: int) -> None:
    source = make_old_ledger(shell.folder / "copy.sqlite3", version, ROWS[version])
    before = counts(source)
    assert run_here(shell, "restore", source).code == 0
    # What Discord was told last is not known any more, and when it was restored is; an id is not used again.
    assert has_rows(before, counts(old_ledger))
    with closing(sqlite3.connect(old_ledger)) as db:
        assert db.execute("SELECT name FROM fact ORDER BY name").fetchall() == [
            ("identity",), ("restored",), ("row 1",),
        ]  # fmt: skip
        assert version == 1 or db.execute("SELECT count(*) FROM channel_history").fetchone() == (3,)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ledger_of_an_older_version_can_be_backed_up_and_its_copy_replaced(shell: Shell, version: int) -> None:
    ledger = make_old_ledger(shell.data / "ledger.sqlite3", version, ROWS[version])
    before = counts(ledger)
    for _ in range(2):
        assert run_here(shell, "backup", "copy.sqlite3").code == 0
        assert counts(shell.folder / "copy.sqlite3") == before
