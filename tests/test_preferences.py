"""What people prefer and servers mute: the words that are muted, and the ledger that keeps it, on a real file."""

import asyncio
import sqlite3
import unicodedata
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.errors import LedgerError
from bot.domain.event import Event, RelatedEvent
from bot.domain.page import topic_key_of
from bot.domain.preferences import MOST_MUTES, NO_MUTES, Mute, MuteKind, Mutes, PersonalSettings, mutes_of, word_mute
from bot.domain.text import fold
from bot.ledger.backup import backup
from bot.ledger.ledger import Ledger
from bot.ledger.restore import restore

NOW = datetime(2026, 3, 24, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
USER, GUILD = 2**62, 2**62 + 1
NASA = Mute(MuteKind.TOPIC, topic_key_of("nasa"), "NASA")
EVENT = Event("k" * 12, "p", date(2001, 2, 3), "A headline", None, (), None, (), (), "en", stub=False)

untimed = settings(deadline=None)  # a busy machine is no reason to fail


def word(typed: str) -> Mute:
    mute = word_mute(typed)
    assert mute is not None
    return mute


def hides(typed: str, text: str) -> bool:
    return mutes_of([word(typed)]).hides(replace(EVENT, headline=text))


# What a word hides


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("war", "The war is over"),
        ("WAR", "war"),
        ("war", "“War”, he said"),
        ("war", "post-war years"),
        ("cafe", "In the Café"),
        ("new york", "A storm hits New York, again"),
        ("New-York", "New York"),
        ("3", "3 boats"),
        ("ｗａｒ", "war"),
        ("war\u200b", "a war"),
        ("空间站", "国际空间站迎来新乘员"),
        ("空間站", "国际空间站"),
        ("国际", "國際太空站"),
        ("站", "国际空间站"),
        ("站", "车站里"),
        ("站长", "火车站长来了"),
        ("火星 NASA", "大火星NASA任务"),
        ("NASA火", "NASA 火星"),
    ],
)
def test_a_word_is_found_however_it_is_written(typed: str, text: str) -> None:
    assert hides(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("war", "A warfare of words, toward dawn"),
        ("new york", "New in York"),
        ("york new", "New York"),
        ("火星", "大火，星星"),
        ("空站", "空间站"),
        ("站长", "火车站，长跑"),
        ("3", "33 boats"),
        ("war", ""),
    ],
)
def test_a_part_of_a_word_or_words_apart_are_not_found(typed: str, text: str) -> None:
    assert not hides(typed, text)


latin = st.text("abcABC", min_size=1, max_size=3)


@untimed
@given(st.lists(latin, min_size=1, max_size=3), st.lists(latin, max_size=8), st.sampled_from([" ", ", ", " – ", "!"]))
def test_whole_words_in_a_row_are_found_and_nothing_else(
    muted_words: list[str], text_words: list[str], between: str
) -> None:
    lower_case = [text_word.lower() for text_word in text_words]
    windows = [lower_case[start : start + len(muted_words)] for start in range(len(lower_case) - len(muted_words) + 1)]
    assert hides(" ".join(muted_words), between.join(text_words)) == (
        [text_word.lower() for text_word in muted_words] in windows
    )


@untimed
@given(st.text("国际空间站", min_size=1, max_size=3), st.text("国际空间站", max_size=12))
@example("站", "国际空间站")
def test_chinese_is_found_anywhere_in_a_run(muted_word: str, run: str) -> None:
    assert hides(muted_word, f"“{run}”") == (muted_word in run)


@untimed
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))
def test_a_mute_hides_its_own_word(typed: str) -> None:
    mute = word_mute(typed)
    if mute is None:
        assert not any(
            mark.isalpha() or mark.isdecimal() for mark in fold(typed) if unicodedata.category(mark)[0] != "C"
        )
    else:
        assert mute.value
        assert mute.name
        assert mutes_of([mute]).hides(replace(EVENT, headline=mute.name))
        assert word_mute(mute.value) == Mute(MuteKind.WORD, mute.value, mute.value), "the same, however often"


def test_an_event_is_hidden_by_its_topics_its_headline_or_its_summary() -> None:
    muted = mutes_of([NASA, word("war")])
    assert not muted.hides(EVENT)
    assert muted.hides(replace(EVENT, topics=("spacewalk", "nasa")))
    assert muted.hides(replace(EVENT, headline="A war"))
    assert muted.hides(replace(EVENT, summary="It was a war."))
    assert not muted.hides(replace(EVENT, topics=("NASA budget",))), "a topic is its key, not its words"
    assert muted.hides(RelatedEvent("k" * 12, EVENT.date, "A walk", ("NASA",)))
    assert not muted.hides(RelatedEvent("k" * 12, EVENT.date, "A walk"))
    assert not NO_MUTES.hides(replace(EVENT, topics=("NASA",)))


def test_today_is_the_persons() -> None:
    late = datetime(2026, 3, 24, 23, 30, tzinfo=UTC)
    assert PersonalSettings().today(late) == date(2026, 3, 24)
    assert PersonalSettings(zone="Asia/Tokyo").today(late) == date(2026, 3, 25)
    assert PersonalSettings(zone="America/New_York").today(late - timedelta(hours=22)) == date(2026, 3, 23)
    assert PersonalSettings(zone="Europe/Atlantis").today(late) == date(2026, 3, 24), (
        "a zone that is no more is no reason to fail"
    )


# The ledger


def rows(file: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as db:
        return db.execute(f"SELECT * FROM {table}").fetchall()


async def test_settings_survive_the_next_start(ledger_file: Path) -> None:
    async with Ledger(ledger_file) as ledger:
        await ledger.preferences.set_private(USER, private=True)
        await ledger.preferences.set_zone(USER, "Asia/Tokyo")
        await ledger.preferences.set_zone(USER + 1, "Europe/Berlin")
        assert await ledger.preferences.mute(GUILD, [NASA, word("War")], most=MOST_MUTES)
    async with Ledger(ledger_file) as ledger:
        assert ledger.preferences.personal(USER) == PersonalSettings(private=True, zone="Asia/Tokyo")
        assert ledger.preferences.personal(USER + 1) == PersonalSettings(zone="Europe/Berlin")
        assert ledger.preferences.personal(USER + 2) == PersonalSettings()
        assert ledger.preferences.mutes(GUILD) == Mutes({NASA.value: "NASA"}, {"war": "War"})
        assert not ledger.preferences.mutes(GUILD + 1)
        assert not ledger.preferences.mutes(None)


async def test_a_person_without_settings_has_no_row(ledger: Ledger, ledger_file: Path) -> None:
    await ledger.preferences.set_private(USER, private=False)
    await ledger.preferences.set_zone(USER, None)
    assert rows(ledger_file, "person") == []
    await ledger.preferences.set_private(USER, private=True)
    await ledger.preferences.set_zone(USER, "UTC")
    await ledger.preferences.set_private(USER, private=False)
    assert rows(ledger_file, "person") == [(USER, 0, "UTC")]
    await ledger.preferences.set_zone(USER, None)
    assert rows(ledger_file, "person") == []
    assert ledger.preferences.personal(USER) == PersonalSettings()


async def test_changes_at_the_same_time_are_all_stored(ledger: Ledger, ledger_file: Path) -> None:
    mutes = [word(f"w{number}") for number in range(MOST_MUTES + 10)]
    successes, *_ = await asyncio.gather(
        asyncio.gather(*(ledger.preferences.mute(GUILD, [mute], most=MOST_MUTES) for mute in mutes)),
        ledger.preferences.set_private(USER, private=True),
        ledger.preferences.set_zone(USER, "Asia/Tokyo"),
    )
    assert sum(successes) == MOST_MUTES
    assert rows(ledger_file, "person") == [(USER, 1, "Asia/Tokyo")]
    assert len(ledger.preferences.mutes(GUILD)) == len(rows(ledger_file, "mute")) == MOST_MUTES
    first = next(iter(ledger.preferences.mutes(GUILD)))
    assert await ledger.preferences.mute(GUILD, [first], most=MOST_MUTES), "it is muted already"
    assert not await ledger.preferences.mute(GUILD, [first, NASA], most=MOST_MUTES)
    assert NASA not in ledger.preferences.mutes(GUILD)
    assert await ledger.preferences.mute(GUILD + 1, [NASA], most=MOST_MUTES)


async def test_unmuting_deletes_the_row(ledger: Ledger, ledger_file: Path) -> None:
    await ledger.preferences.mute(GUILD, [NASA, word("war"), word("peace")], most=MOST_MUTES)
    await ledger.preferences.unmute(GUILD, [NASA, word("Peace")])
    assert ledger.preferences.mutes(GUILD) == Mutes({}, {"war": "war"})
    assert [row[:3] for row in rows(ledger_file, "mute")] == [(GUILD, "word", "war")]
    await ledger.preferences.unmute(GUILD, [word("war")])
    assert ledger.preferences.muting_guilds() == set()
    assert rows(ledger_file, "mute") == []


async def test_a_cancelled_change_leaves_memory_as_the_file_is(ledger: Ledger, ledger_file: Path) -> None:
    writing = asyncio.create_task(ledger.preferences.set_private(USER, private=True))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert writing.cancelled()
    await ledger.preferences.set_zone(USER, "Asia/Tokyo")
    assert ledger.preferences.personal(USER) == PersonalSettings(private=True, zone="Asia/Tokyo")
    assert rows(ledger_file, "person") == [(USER, 1, "Asia/Tokyo")]


async def test_a_change_that_cannot_be_written_does_not_count(ledger: Ledger) -> None:
    await ledger._store.read("PRAGMA query_only = ON", {})
    with pytest.raises(LedgerError):
        await ledger.preferences.set_private(USER, private=True)
    with pytest.raises(LedgerError):
        await ledger.preferences.mute(GUILD, [NASA], most=MOST_MUTES)
    assert ledger.preferences.personal(USER) == PersonalSettings()
    assert not ledger.preferences.mutes(GUILD)
    await ledger._store.read("PRAGMA query_only = OFF", {})
    await ledger.preferences.set_private(USER, private=True)
    assert ledger.preferences.personal(USER) == PersonalSettings(private=True)


async def test_a_read_waits_for_no_write(ledger: Ledger) -> None:
    await ledger.preferences.set_private(USER, private=True)
    writing = asyncio.create_task(ledger.preferences.set_zone(USER, "Asia/Tokyo"))
    await asyncio.sleep(0)
    assert not writing.done()
    assert ledger.preferences.personal(USER) == PersonalSettings(private=True), "what was asked for does not count yet"
    await writing
    assert ledger.preferences.personal(USER) == PersonalSettings(private=True, zone="Asia/Tokyo")


async def test_a_server_that_the_bot_left_long_ago_loses_its_mutes(ledger_file: Path) -> None:
    async with Ledger(ledger_file) as ledger:
        for guild in (GUILD, GUILD + 1, GUILD + 2):
            await ledger.preferences.mute(guild, [NASA, word("war")], most=MOST_MUTES)
        await ledger.preferences.mark_guilds_left({GUILD, GUILD + 1, GUILD + 9}, now=NOW)
        await ledger.preferences.mark_guilds_left({GUILD, GUILD + 1}, now=NOW + 9 * DAY)
        assert await ledger.preferences.purge(gone_before=NOW) == 0
    async with Ledger(ledger_file) as ledger:
        # One comes back, whoever has seen it leave.
        await ledger.preferences.mark_guilds_left({GUILD}, now=NOW + 10 * DAY)
        assert await ledger.preferences.purge(gone_before=NOW + DAY) == 1
        assert ledger.preferences.muting_guilds() == {GUILD + 1, GUILD + 2}
        assert not ledger.preferences.mutes(GUILD)
        await ledger.preferences.mark_guilds_left({GUILD + 1}, now=NOW + 20 * DAY)
        assert await ledger.preferences.purge(gone_before=NOW + 11 * DAY) == 0
    assert {row[0] for row in rows(ledger_file, "mute")} == {GUILD + 1, GUILD + 2}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO person VALUES (1, 0, NULL)",
        "INSERT INTO person VALUES (1, 2, NULL)",
        "INSERT INTO person VALUES (1, 1, '')",
        "INSERT INTO mute VALUES (1, 'topic', 'nasa', 'NASA', NULL)",
        "INSERT INTO mute VALUES (1, 'word', '', 'x', NULL)",
        "INSERT INTO mute VALUES (1, 'mood', 'grim', 'x', NULL)",
        "INSERT INTO mute VALUES (1, 'word', 'war', 'War', NULL), (1, 'word', 'war', 'war', NULL)",
    ],
)
async def test_the_schema_refuses_rows_without_meaning(ledger: Ledger, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await ledger._store.write((statement, {}))


async def test_a_backup_has_the_settings_and_a_restore_brings_them_back(ledger_file: Path, tmp_path: Path) -> None:
    async with Ledger(ledger_file) as ledger:
        await ledger.preferences.set_private(USER, private=True)
        await ledger.preferences.mute(GUILD, [NASA], most=MOST_MUTES)
        copy = backup(ledger_file, tmp_path / "copy.sqlite3", now=NOW)
        await ledger.preferences.set_private(USER, private=False)
        await ledger.preferences.unmute(GUILD, [NASA])
    restore(ledger_file, copy, now=NOW + DAY)
    async with Ledger(ledger_file) as ledger:
        assert ledger.preferences.personal(USER) == PersonalSettings(private=True)
        assert NASA in ledger.preferences.mutes(GUILD)
