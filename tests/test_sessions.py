"""Sessions with Discord: how often the bot begins one, over restarts and outages, and what it says of waiting."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from discord.shard import Shard

from bot.discord_internals import paced_sessions
from bot.ledger.ledger import Ledger
from bot.session_pace import SessionLimit, SessionPace
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import until
from tests.helpers.processes import STARTER_OFF, Running, Shell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START = datetime(2026, 3, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


class VirtualClock:
    """A clock that moves when it is told to; its wall time may be set back, too."""

    def __init__(self) -> None:
        self.moment = START
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, time: timedelta) -> None:
        self.moment += time
        self.seconds += time.total_seconds()


def most_in_a_day(times: Sequence[datetime]) -> int:
    return max(sum(begin <= time < begin + DAY for time in times) for begin in times)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.mark.parametrize(("shards", "most"), [(1, 100), (10, 500), (40, 500)])
async def test_a_bot_that_crashes_each_second_begins_few_sessions_in_24_hours(
    tmp_path: Path, clock: VirtualClock, shards: int, most: int
) -> None:
    begun: list[datetime] = []
    starts: list[datetime] = []
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        while clock.now() < START + 3 * DAY:
            # A process: it lives for a second, whether it waits or is connected.
            pace = SessionPace(ledger.identifies, clock=clock)
            if wait := await pace.to_start(shards):
                # In the many that only wait nothing changes.
                clock.advance(timedelta(seconds=min(wait.seconds, 60)))
                continue
            starts.append(clock.now())
            for shard in range(shards):
                await pace.count(shard)
                begun.append(clock.now())
            clock.advance(timedelta(seconds=1))
    assert most_in_a_day(begun) <= most
    # It goes on trying, and at first soon.
    assert starts[4] - starts[0] < timedelta(minutes=1)
    gaps = [after - before for before, after in pairwise(starts)]
    assert max(gaps) <= (timedelta(minutes=20) if shards == 1 else DAY)


async def test_sessions_that_end_at_once_never_make_500_in_24_hours(tmp_path: Path, clock: VirtualClock) -> None:
    begun: list[datetime] = []
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        pace = SessionPace(ledger.identifies, clock=clock)
        while clock.now() < START + 3 * DAY:
            if wait := await pace.to_begin(0):
                # Within a short outage, commands are back within a minute.
                assert wait.seconds <= 60 or clock.now() > START + timedelta(hours=3)
                clock.advance(timedelta(seconds=wait.seconds))
            await pace.count(0)
            begun.append(clock.now())
    assert most_in_a_day(begun) <= 500
    assert max(after - before for before, after in pairwise(begun)) <= timedelta(hours=1)


async def test_many_restarts_that_last_count_as_well(tmp_path: Path, clock: VirtualClock) -> None:
    begun: list[datetime] = []
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        while clock.now() < START + 2 * DAY:
            pace = SessionPace(ledger.identifies, clock=clock)
            if wait := await pace.to_start(4):
                clock.advance(timedelta(seconds=wait.seconds))
            for shard in range(4):
                await pace.count(shard)
                begun.append(clock.now())
            clock.advance(timedelta(minutes=5))
            await pace.mark_lasting()
    assert 400 < most_in_a_day(begun) <= 500


async def test_a_bot_that_has_stayed_connected_starts_again_at_once(tmp_path: Path, clock: VirtualClock) -> None:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        for _ in range(8):
            await SessionPace(ledger.identifies, clock=clock).count(0)
        pace = SessionPace(ledger.identifies, clock=clock)
        wait = await pace.to_start(1)
        assert wait is not None
        assert wait.until == START + timedelta(seconds=2**8)
        assert str(wait) == (
            "waits until 2026-03-24 12:04:16 UTC before it connects to Discord: its last 8 starts did not stay"
            " connected, and Discord resets the token of a bot that begins too often"
        )
        await pace.mark_lasting()
        assert await pace.to_start(1) is None
        # A clock that was ahead when sessions were counted holds up nobody for longer.
        await pace.count(0)
        clock.moment -= timedelta(hours=5)
        wait = await SessionPace(ledger.identifies, clock=clock).to_start(1)
        assert wait is not None
        assert wait.seconds == 2


async def test_a_shard_waits_for_its_own_failures_and_by_the_monotonic_clock(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        pace = SessionPace(ledger.identifies, clock=clock)
        for _ in range(4):
            await pace.count(0)
        wait = await pace.to_begin(0)
        assert wait is not None
        assert wait.seconds == 16
        assert await pace.to_begin(1) is None
        clock.moment -= timedelta(hours=1)
        clock.seconds += 16
        assert await pace.to_begin(0) is None


async def test_a_start_waits_until_discord_allows_sessions_again(tmp_path: Path, clock: VirtualClock) -> None:
    limits = [SessionLimit(1000, 101, timedelta(milliseconds=50)), SessionLimit(1000, 1000, timedelta())]
    reasons: list[str] = []

    async def ask() -> tuple[int, SessionLimit]:
        if pace.waiting is None and reasons:
            reasons.append("")
        return 2, limits.pop(0)

    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        pace = SessionPace(ledger.identifies, clock=clock)
        await pace.wait_to_start(ask)
        assert not limits
        assert pace.waiting is None


async def test_waiting_for_a_new_session_holds_up_nobody(tmp_path: Path, clock: VirtualClock) -> None:
    async with Ledger(tmp_path / "ledger.sqlite3") as ledger:
        pace = SessionPace(ledger.identifies, clock=clock)
        for _ in range(5):
            await pace.count(0)
        queue: list[object] = []
        shard: Any = SimpleNamespace(id=0, ws=SimpleNamespace(session_id=None), _queue_put=queue.append)
        with paced_sessions(pace):
            async with asyncio.timeout(5):
                await Shard.reconnect(shard)
            assert pace.waiting is not None
            assert pace.waiting.seconds == 32
            assert not queue


def run_bot(double: DiscordDouble, folder: Path) -> Running:
    return Running("run", "--data", "data", folder=folder, more=double.environment | STARTER_OFF)


@pytest.mark.process
async def test_a_bot_that_is_killed_again_and_again_waits_before_it_connects_and_health_says_so(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        for starts in (1, 2, 3):
            async with run_bot(double, tmp_path) as process:
                await double.wait_ready(20)
                assert len(double.gateway.identifies) == starts
                process.send(signal.SIGKILL)
                await process.ended()
                await double.drop_gateway(resumable=False)
        async with run_bot(double, tmp_path) as process:
            await process.says("waits until")
            assert "its last 3 starts did not stay connected" in process.err
            words = "its last 3 starts did not stay connected"
            await until(lambda: words in Shell(tmp_path)("health").err.replace("\n", " "), 20, "health says so")
            answer = Shell(tmp_path)("health")
            assert answer.code == 1
            assert words in answer.complaint
            assert "UTC before it connects to Discord" in answer.complaint
            assert len(double.gateway.identifies) == 3
            await process.stop()
    with closing(sqlite3.connect(tmp_path / "data" / "ledger.sqlite3")) as db:
        assert db.execute("SELECT is_start, has_lasted FROM identify").fetchall() == [(1, 0)] * 3


@pytest.mark.process
async def test_a_start_asks_discord_how_many_sessions_are_left(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        double.session_limit = {"total": 1000, "remaining": 1, "reset_after": 1_500, "max_concurrency": 1}
        async with run_bot(double, tmp_path) as process:
            await process.says("Discord lets it begin 1 more sessions until then, of 1000")
            assert not double.gateway.connections
            double.session_limit["remaining"] = 1000
            await double.wait_ready()
            await process.stop()


@pytest.mark.process
async def test_a_session_is_resumed_after_an_outage_in_which_nobody_could_connect(tmp_path: Path) -> None:
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await double.wait_ready()
        double.gateway.is_away = True
        await double.drop_gateway(code=None)
        await process.says("Attempting a reconnect")
        double.gateway.is_away = False
        await until(lambda: double.gateway.resumes, 20, "a RESUME")
        await double.wait_ready()
        assert (await double.slash("about")).embeds
        assert len(double.gateway.identifies) == 1
        await process.stop()


@pytest.mark.process
async def test_a_shard_that_has_to_wait_for_a_new_session_holds_up_no_other_one(tmp_path: Path) -> None:
    async with DiscordDouble(shards=2) as double, run_bot(double, tmp_path) as process:
        await until(lambda: len(double.gateway.sessions) == 2, 20)
        first, second = double.gateway.sessions
        # Its first session was begun a moment ago.
        for session in (first, second):
            assert session.connection is not None
        double.gateway.sessions.remove(second)
        assert second.connection is not None
        await second.connection.send(9, data=False)
        await process.says("its last session was ended soon")
        assert first.connection is not None
        await first.connection.close(4000)
        await until(lambda: double.gateway.resumes, 10, "a RESUME")
        assert len(double.gateway.identifies) == 2
        await until(lambda: len(double.gateway.identifies) == 3, 20)
        await process.stop()
