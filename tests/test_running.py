"""What those who run the bot see of it: its log lines and its health."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.clock import SystemClock
from bot.health import FRESH, Health, Heartbeat, check, write
from bot.settings import Settings
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import Json, until
from tests.helpers.processes import STARTER_OFF, Running, Shell, environment

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 24, 12, 0, tzinfo=UTC)
STALE = FRESH + timedelta(seconds=1)
TOKEN = "not.in.here"
HEARTBEAT = Heartbeat(NOW, 4711, 1, 0.0421, NOW)

# Log lines

tokens = st.from_regex(r"[A-Za-z0-9_-]{20,30}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}", fullmatch=True)
words = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
values = st.recursive(
    scalars | st.binary(max_size=5) | st.builds(object),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.integers(), inner, max_size=3),
    max_leaves=6,
)


def line_of(record: logging.LogRecord, *, token: str = TOKEN, terminal: bool = False) -> str:
    return logs.formatter(token=token, terminal=terminal).format(record)


def record_of(
    message: str, *args: Any, name: str = "bot.tests", error: Exception | None = None, **extra: Any
) -> logging.LogRecord:
    """Make a record as a logger would; `error` gets a traceback."""
    exc_info = None
    if error is not None:
        try:
            raise error  # noqa: TRY301  (a traceback is what it is for)
        except Exception as raised:  # noqa: BLE001  (the one just raised)
            exc_info = (type(raised), raised, raised.__traceback__)
    logger = logging.getLogger(name)
    return logger.makeRecord(name, logging.WARNING, __file__, 1, message, args, exc_info, extra=extra)


@given(tokens, values, words, st.booleans())
def test_the_token_is_in_no_line_whatever_it_came_in(token: str, value: Any, word: str, terminal: bool) -> None:
    cause = ValueError(f"the header {word}{token}{word} is wrong", {"Authorization": f"Bot {token}"}, value)
    cause.add_note(f"sent {token!r}")
    error = RuntimeError(token)
    error.__cause__ = cause
    values_with_token = {"list": [token, value, (token, {token: token.encode()})], "set": {token}, token: value}
    record = record_of(
        f"{word.replace('%', '%%')} {token} %s %r",
        token,
        values_with_token,
        error=error,
        values_with_token=values_with_token,
        odd=Secret(token),
        word=word,
    )
    line = line_of(record, token=token, terminal=terminal)
    assert token not in line
    assert logs.TOKEN_MASK in line
    assert "RuntimeError" in line
    if not terminal:
        fields = json.loads(line, parse_constant=pytest.fail)
        assert len(line.splitlines()) == 1
        assert list(fields)[:4] == ["timestamp", "level", "logger", "event"]
        assert fields["word"] == word
        assert fields["event"].startswith(f"{word} {logs.TOKEN_MASK} {logs.TOKEN_MASK} ")
        assert "Authorization" in fields["exception"]


class Secret:
    """An object whose repr() contains the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return f"<Secret {self._token}>"


def test_a_line_for_programs_has_time_level_logger_event_and_traceback() -> None:
    before = SystemClock().now()
    fields = json.loads(line_of(record_of("%d of %s", 3, "Möwe 海", reference="cafe", error=OSError("no\nroom"))))
    assert (fields["level"], fields["logger"], fields["event"]) == ("warning", "bot.tests", "3 of Möwe 海")
    assert fields["reference"] == "cafe"
    assert fields["exception"].startswith("Traceback")
    assert fields["exception"].endswith("OSError: no\nroom")
    assert before <= datetime.fromisoformat(fields["timestamp"]) <= before + timedelta(minutes=1)
    assert fields["timestamp"].endswith("Z")


def test_a_line_for_a_terminal_is_aligned_and_has_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ValueError("\x1b]0;mine\x07")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = line_of(record_of("\x1b[2Jhello\r %s", "\u202e", error=error, guild="\x9b31m"), terminal=True)
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    line = line_of(record_of("\x1b[2Jhello\r %s", "\u202e", error=error, guild="\x9b31m"), terminal=True)
    assert not re.search(r"[^\n\t -\x7e\ufffd]", line)
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[warning +\] ", line)
    assert "hello" in line
    assert line.rstrip().endswith("ValueError: \ufffd]0;mine\ufffd")


def test_a_lost_connection_to_discord_is_logged_without_its_traceback() -> None:
    fields = json.loads(line_of(record_of("Attempting", name="discord.shard", error=ConnectionResetError("gone"))))
    assert fields["cause"] == "ConnectionResetError: gone"
    assert "exception" not in fields
    fields = json.loads(line_of(record_of("Attempting", name="discord.shard", error=KeyError("a bug"))))
    assert "KeyError" in fields["exception"]


@pytest.mark.process
def test_all_that_is_logged_goes_to_stderr() -> None:
    code = (
        "import logging, warnings, bot.logs\n"
        "bot.logs.set_up(token='a.b.c')\n"
        "logging.getLogger('discord.client').info('logging in using static token')\n"
        "logging.getLogger('discord.gateway').info('connected with a.b.c')\n"
        "logging.getLogger('aiohttp').debug('chatter')\n"
        "warnings.warn('a.b.c is old', stacklevel=1)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    first, second = map(json.loads, result.stderr.splitlines())
    assert first["event"] == "connected with [token]"
    assert (second["logger"], second["level"]) == ("py.warnings", "warning")
    assert "[token] is old" in second["event"]
    assert result.stdout == ""


@pytest.mark.process
async def test_every_line_of_a_run_is_json_and_an_error_has_its_reference(tmp_path: Path) -> None:
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await double.wait_ready()
        words = f"Bot {double.token} may not"
        double.fail_next("POST", "/interactions/.*/callback", 403, body={"message": words, "code": 0})
        reply = await double.slash("about")
        await double.close()
        await process.says("Attempting a reconnect")
        answer = await process.stop()
    lines: list[Json] = [json.loads(line, parse_constant=pytest.fail) for line in answer.err.splitlines()]
    assert all(isinstance(line[name], str) for line in lines for name in ("timestamp", "level", "logger", "event"))
    assert all(datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0) for line in lines)
    (failed,) = [line for line in lines if "reference" in line]
    assert f"`{failed['reference']}`" in reply.content
    assert failed["reference"] in failed["event"]
    assert "Bot [token] may not" in failed["exception"]
    assert double.token not in answer.out + answer.err
    assert lines[-1]["event"] == "stopped"


# Health


def run_bot(double: DiscordDouble, folder: Path) -> Running:
    """Return `daybook run` on the folder's data, for `async with`."""
    return Running("run", "--data", "data", folder=folder, more=double.environment | STARTER_OFF)


def settings_of(folder: Path) -> Settings:
    return Settings(folder / "data")


def last_heartbeat(folder: Path) -> Heartbeat | None:
    """Return the bot's last heartbeat, however old."""
    heartbeat = check(settings_of(folder), now=NOW).heartbeat
    return heartbeat if heartbeat and heartbeat.time else None


async def next_heartbeat(folder: Path, process: Running, before: Heartbeat | None = None) -> Heartbeat:
    """Wait for the next heartbeat; a process that has ended instead fails the test at once."""
    await until(lambda: process.over or last_heartbeat(folder) not in {None, before}, 30, "a heartbeat")
    heartbeat = last_heartbeat(folder)
    assert heartbeat is not None, process.err
    return heartbeat


async def shell_health(folder: Path, *arguments: str) -> Any:
    return await asyncio.to_thread(Shell(folder), "health", *arguments)


def time_of(heartbeat: Heartbeat) -> datetime:
    assert heartbeat.time is not None
    return heartbeat.time


@pytest.mark.process
async def test_a_bot_is_healthy_from_its_connection_to_its_end(tmp_path: Path) -> None:
    answer = await shell_health(tmp_path)
    assert (answer.code, answer.out) == (1, "")
    assert "no “daybook run” serves from data" in answer.complaint
    assert not list(tmp_path.iterdir())
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await next_heartbeat(tmp_path, process)
        # The check opens no ledger and sends nothing to Discord.
        ledger = tmp_path / "data" / "ledger.sqlite3"
        ledger.rename(ledger.with_suffix(".away"))
        requests = len(double.requests)
        answer = await shell_health(tmp_path)
        assert (answer.code, answer.err) == (0, "")
        assert re.fullmatch(r"connected to Discord \d+ s ago \(1 shard, \d+ ms\)\n", answer.out)
        report = (await shell_health(tmp_path, "--json")).json
        assert report["healthy"] is True
        assert 0 <= report["age_seconds"] < FRESH.total_seconds()
        assert report["shards"] == 1
        assert report["latency_seconds"] < 10
        assert len(double.requests) == requests
        await process.stop()
    answer = await shell_health(tmp_path)
    assert answer.code == 1
    assert "no “daybook run” serves" in answer.complaint
    answer = await shell_health(tmp_path, "--json")
    assert (answer.code, answer.err) == (1, "")
    assert answer.json == {
        "healthy": False, "reason": "no “daybook run” serves from data", "age_seconds": None, "time": None,
        "pid": None, "shards": None, "latency_seconds": None, "daily_posts_looked_at": None,
        "outdated_events": None, "faults": [], "waiting": None, "news": None,
    }  # fmt: skip


@pytest.mark.process
async def test_a_bot_that_was_killed_is_not_healthy_and_neither_is_the_next_one_before_it_connects(
    tmp_path: Path,
) -> None:
    async with DiscordDouble() as double:
        async with run_bot(double, tmp_path) as process:
            await next_heartbeat(tmp_path, process)
            process.send(signal.SIGKILL)
            await process.ended()
        assert (tmp_path / "data" / "health.json").exists()
        assert "no “daybook run” serves" in (await shell_health(tmp_path)).complaint
        double.delay("/users/@me", 60)
        requests = len(double.requests)
        async with run_bot(double, tmp_path) as process:
            await until(lambda: len(double.requests) > requests)
            answer = await shell_health(tmp_path)
            assert answer.code == 1
            assert "not connected to Discord yet" in answer.complaint
            await process.stop()


@pytest.mark.process
async def test_a_bot_whose_discord_is_away_for_good_is_not_healthy(tmp_path: Path) -> None:
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        heartbeat = await next_heartbeat(tmp_path, process)
        await double.close()
        await process.says("Attempting a reconnect")
        # A connection that is made again at once is no illness.
        assert check(settings_of(tmp_path), now=time_of(heartbeat) + timedelta(minutes=1)).healthy
        health = check(settings_of(tmp_path), now=time_of(heartbeat) + STALE)
        assert not health.healthy
        assert health.reason == "the bot has not been connected to Discord for 121 s: its log says why"
        assert last_heartbeat(tmp_path) == heartbeat
        await process.stop()


@pytest.mark.process
@pytest.mark.parametrize("resumable", [True, False])
async def test_a_bot_that_is_connected_again_is_healthy_again(tmp_path: Path, resumable: bool) -> None:
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        before = await next_heartbeat(tmp_path, process)
        assert not check(settings_of(tmp_path), now=time_of(before) + STALE).healthy
        if resumable:
            await double.drop_gateway(code=None)
        else:
            await double.invalidate()
        heartbeat = await next_heartbeat(tmp_path, process, before)
        assert time_of(before) < time_of(heartbeat)
        assert check(settings_of(tmp_path), now=time_of(heartbeat) + timedelta(minutes=1)).healthy
        assert (await shell_health(tmp_path)).code == 0
        await process.stop()


@pytest.mark.process
async def test_every_shard_counts(tmp_path: Path) -> None:
    async with DiscordDouble(shards=2) as double, run_bot(double, tmp_path) as process:
        assert (await next_heartbeat(tmp_path, process)).shards == 2
        assert "(2 shards, " in (await shell_health(tmp_path)).out
        await process.stop()


@pytest.mark.process
async def test_a_heartbeat_that_cannot_be_written_is_logged_and_does_not_stop_the_bot(tmp_path: Path) -> None:
    (tmp_path / "data" / "health.new").mkdir(parents=True)
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await process.says("health.json cannot be written")
        await double.wait_ready(20)
        assert (await double.slash("about")).embeds
        assert "not connected to Discord yet" in (await shell_health(tmp_path)).complaint
        await process.stop()


def check_file(
    folder: Path, text: str | None = None, *, now: datetime = NOW, heartbeat: Heartbeat | None = None
) -> Health:
    """Write a heartbeat, or any text, to its file and check it while a run holds the lock."""
    settings = settings_of(folder)
    settings.data.mkdir()
    if text is None:
        # By default the daily posts were polled just now.
        write(settings.health, heartbeat or replace(HEARTBEAT, polled_at=now))
    else:
        settings.health.write_text(text)
    with FileLock(settings.lock):
        return check(settings, now=now)


@pytest.mark.parametrize(
    ("seconds", "healthy"),
    [(0, True), (60, True), (120, True), (120.001, False), (86400, False), (-120, True), (-121, False)],
)
def test_a_heartbeat_counts_for_two_minutes(tmp_path: Path, seconds: float, healthy: bool) -> None:
    result = check_file(tmp_path, now=NOW + timedelta(seconds=seconds))
    assert result.healthy is healthy
    assert result.heartbeat is not None
    assert result.heartbeat.time == NOW
    assert result.as_json()["age_seconds"] == seconds
    assert "future" in result.reason or seconds > -121


def test_health_says_how_many_events_are_not_up_to_date(tmp_path: Path) -> None:
    result = check_file(tmp_path, heartbeat=replace(HEARTBEAT, outdated=1234))
    assert result.healthy
    assert result.reason.endswith("; 1,234 events are being brought up to date")
    assert result.as_json()["outdated_events"] == 1234


@pytest.mark.parametrize(
    ("seconds", "healthy", "words"),
    [(0, True, "connected"), (120, True, "connected"), (121, False, "for daily posts that are due for 121 s"),
     (None, False, "has not looked yet")],
)  # fmt: skip
def test_a_connected_bot_whose_daily_posts_stand_still_is_not_healthy(
    tmp_path: Path, seconds: float | None, healthy: bool, words: str
) -> None:
    polled_at = None if seconds is None else NOW - timedelta(seconds=seconds)
    result = check_file(tmp_path, heartbeat=replace(HEARTBEAT, polled_at=polled_at))
    assert result.healthy is healthy
    assert words in result.reason
    assert result.as_json()["daily_posts_looked_at"] == (polled_at and polled_at.isoformat())


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", '{"time": 3}', '{"time": "2026-03-24T12:00:00"}',
             '{"time": "2026-03-24T12:00:00", "pid": 1, "shards": 1, "latency_seconds": 0}']
)  # fmt: skip
def test_a_file_that_is_no_heartbeat_is_not_healthy(tmp_path: Path, text: str) -> None:
    result = check_file(tmp_path, text)
    assert not result.healthy
    assert "health.json cannot be read" in result.reason
    assert json.loads(json.dumps(result.as_json()))["age_seconds"] is None


def test_a_health_check_changes_no_file_and_holds_no_lock(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    settings.data.mkdir()
    settings.lock.touch()
    before = sorted(tmp_path.rglob("*"))
    assert not check(settings, now=NOW).healthy
    assert sorted(tmp_path.rglob("*")) == before
    with FileLock(settings.lock, timeout=0):
        pass


@pytest.mark.process
def test_the_shell_imports_neither_the_log_nor_discord() -> None:
    code = "import sys, bot.cli, bot.health; sys.exit(bool({'discord', 'structlog', 'aiohttp'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env=environment(), timeout=60, check=False).returncode == 0
