"""What is kept is for its owner alone, leftovers are swept, and people can have theirs exported and erased."""

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.charts.renderer import ChartRenderer
from bot.ledger.backup import backup
from bot.ledger.ledger import Ledger
from bot.sources.pages_backup import backup_pages
from tests.discord_double.double import DiscordDouble
from tests.helpers.processes import STARTER_OFF, Running, Shell
from tests.helpers.samples import SEED

PERSON, OTHER = 80351110224678912, 80351110224678913
ZONES = {PERSON: "Antarctica/Troll", OTHER: "Europe/Berlin"}
NOW = datetime(2026, 3, 24, 12, tzinfo=UTC)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def set_up(ledger: Path) -> None:
    async with Ledger(ledger) as opened:
        for person in (PERSON, OTHER):
            await opened.preferences.set_private(person, private=True)
            await opened.preferences.set_zone(person, ZONES[person])


@pytest.mark.process
def test_the_data_are_for_their_owner(shell: Shell) -> None:
    old = os.umask(0o022)
    try:
        assert shell("import", SEED).code == 0
        assert shell("source", "list").code == 0
        assert shell("backup", "copy.sqlite3").code == 0
    finally:
        os.umask(old)
    assert mode(shell.data) == 0o700
    assert {mode(file) for file in shell.data.iterdir()} == {0o600}
    assert mode(shell.folder / "copy.sqlite3") == 0o600


@pytest.mark.process
def test_what_a_group_may_do_stays_and_others_are_shut_out(shell: Shell) -> None:
    assert shell("import", SEED).code == 0
    shell.data.chmod(0o755)
    archive = shell.data / "archive.sqlite3"
    archive.chmod(0o644)
    assert shell("stats").code == 0
    assert (mode(shell.data), mode(archive)) == (0o750, 0o640)


@pytest.mark.process
def test_a_person_gets_what_is_kept_of_them_and_can_have_it_erased(shell: Shell) -> None:
    ledger = shell.data / "ledger.sqlite3"
    asyncio.run(set_up(ledger))
    backups = shell.folder / "backups"
    backups.mkdir()
    assert shell("backup", backups).code == 0
    (copy,) = backups.iterdir()
    inside = shell.data / "ledger-before-restore-2026.sqlite3"
    inside.write_bytes(copy.read_bytes())
    (backups / "other.sqlite3").write_bytes(b"no database")
    answer = shell("privacy", "export", str(PERSON), "--backups", backups)
    assert answer.json == {
        "user": str(PERSON),
        "settings": {"private": True, "timezone": "Antarctica/Troll"},
        "copies": [str(path) for path in sorted((copy, inside.relative_to(shell.folder)))],
    }
    assert "Restoring one brings it back" in answer.err
    erased = shell("privacy", "erase", str(PERSON), "--backups", backups)
    assert erased.out.startswith("Erased; a running bot follows")
    assert str(copy) in erased.out
    assert str(PERSON) not in erased.out
    assert shell("privacy", "export", str(PERSON)).json["settings"] is None
    assert shell("privacy", "erase", str(PERSON)).out.startswith("Nothing was kept of this person.")
    assert shell("privacy", "export", str(OTHER)).json["settings"] == {"private": True, "timezone": "Europe/Berlin"}
    with closing(sqlite3.connect(ledger)) as db:
        assert db.execute("SELECT count(*) FROM person").fetchone() == (1,)
    assert not any(b"Antarctica" in file.read_bytes() for file in shell.data.glob("ledger.sqlite3*"))
    assert shell("privacy", "export", "ada").code == 2


async def test_a_running_bot_follows(ledger_file: Path, ledger: Ledger) -> None:
    await ledger.preferences.set_private(PERSON, private=True)
    await ledger.preferences.refresh()
    async with Ledger(ledger_file) as other:
        assert await other.preferences.erase(PERSON)
    assert ledger.preferences.personal(PERSON).private
    await ledger.preferences.refresh()
    assert not ledger.preferences.personal(PERSON).private


@pytest.mark.process
async def test_the_process_that_serves_follows(shell: Shell) -> None:
    await set_up(shell.data / "ledger.sqlite3")
    fast = shell.folder / "fast"
    fast.mkdir()
    (fast / "sitecustomize.py").write_text("import bot.serve\nbot.serve._REFRESH_SECONDS = 0.2\n")
    async with DiscordDouble() as double:
        more = {**double.environment, **STARTER_OFF, "PYTHONPATH": f"{fast}{os.pathsep}{Path(__file__).parents[1]}"}
        async with Running("run", folder=shell.folder, more=more) as bot:
            await double.wait_ready()
            shown = await double.slash("settings show", user_id=PERSON)
            assert "Troll" in json.dumps([shown.content, shown.embeds])
            assert (await asyncio.to_thread(shell, "privacy", "erase", str(PERSON))).code == 0
            await asyncio.sleep(1)
            shown = await double.slash("settings show", user_id=PERSON)
            assert "Troll" not in json.dumps([shown.content, shown.embeds])
            await bot.stop()


def test_what_killed_backups_left_is_swept(ledger_file: Path, ledger: Ledger, tmp_path: Path) -> None:
    old, new, pages = (tmp_path / name for name in (".daybook-backup-old", ".daybook-backup-new", ".daybook-pages-old"))
    for leftover, age in ((old, timedelta(hours=2)), (new, timedelta(minutes=5)), (pages, timedelta(hours=2))):
        leftover.write_bytes(b"x")
        os.utime(leftover, ((NOW - age).timestamp(),) * 2)
    backup(ledger_file, tmp_path / "copy.sqlite3", now=NOW)
    assert (old.exists(), new.exists(), pages.exists()) == (False, True, True)
    backup_pages(tmp_path / "pages", tmp_path / "copy.tar.gz", now=NOW)
    assert not pages.exists()


@pytest.mark.process
def test_what_killed_charts_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for name in (f"daybook-charts-{ended.pid}-a", f"daybook-charts-{os.getpid()}-b", "daybook-charts-c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "fontlist.json").write_text("{}")
    renderer = ChartRenderer()
    renderer._environment()
    names = {path.name for path in tmp_path.iterdir()}
    assert f"daybook-charts-{ended.pid}-a" not in names
    assert {f"daybook-charts-{os.getpid()}-b", "daybook-charts-c"} <= names
    renderer.close()
