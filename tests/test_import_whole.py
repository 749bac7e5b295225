"""Imports are all or nothing, whatever happens meanwhile: kills, other imports, readers, a full disk."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.archive import database_file, importer
from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.starter import fill_if_empty
from bot.domain.errors import ArchiveError
from tests.helpers.archives import Import, dump
from tests.helpers.samples import SEED, write


async def test_a_running_reader_sees_new_events_when_the_import_is_done(
    tmp_path: Path, load: Import, seeded: Archive
) -> None:
    assert (await seeded.on_this_day(304)).total == 0
    load(write(tmp_path, "2001-03-04", "A ship sails"))
    assert (await seeded.on_this_day(304)).total == 1


@pytest.mark.process
def test_a_start_during_the_first_import_goes_on_without_seeds(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database_file.open_for_writing(file).close()
    monkeypatch.setattr("bot.database.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        fill_if_empty(file, enabled=True, forgotten=ForgottenEvents())
        other.execute("ROLLBACK")
        assert other.execute("SELECT count(*) FROM page").fetchone() == (0,)
    fill_if_empty(file, enabled=True, forgotten=ForgottenEvents())
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT count(*) FROM page").fetchone() > (1,)


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages

class Killer:
    def __init__(self, phase, calls):
        self.phase, self.calls_left = phase, calls
    def _count(self, phase):
        if phase == self.phase:
            self.calls_left -= 1
            if self.calls_left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
    def reading(self, done, total, pages):
        self._count("reading")
    def building(self, done, total):
        self._count("building")

archive, pages, phase, calls = sys.argv[1:]
import_pages(Path(archive), [Path(pages)], forgotten=ForgottenEvents(), progress=Killer(phase, int(calls)))
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("phase", "calls"),
    [("reading", 0), ("reading", 20), ("reading", 40), ("building", 0), ("building", 30), ("building", 79)],
)
def test_a_killed_import_leaves_the_archive_as_it_was(
    tmp_path: Path, load: Import, file: Path, phase: str, calls: int
) -> None:
    load(SEED)
    before = dump(file)
    for number in range(40):
        day = f"{number % 28 + 1:02}"
        older = [(f"1990-0{month}-{day}", f"Older story {number} of {month}", "Tales") for month in (1, 2)]
        write(tmp_path, f"2001-03-{day}", f"Story {number}", related=older)
    command = [sys.executable, "-c", KILLED, str(file), str(tmp_path / "news"), phase, str(calls)]
    killed = subprocess.run(command, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert dump(file) == before
    assert load(tmp_path / "news").new == 40


def test_a_second_import_at_the_same_time_waits_or_says_so(
    tmp_path: Path, file: Path, load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(SEED)
    monkeypatch.setattr("bot.database.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match="another import"):
            load(write(tmp_path, "2001-03-04", "A ship sails"))
        other.execute("ROLLBACK")
    assert load(tmp_path).new == 1


HANGING = """
import sys, time
from pathlib import Path
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.import_report import NoProgress

class Hanging(NoProgress):
    def reading(self, done, total, pages):
        if done > 0.8:
            print("hangs", flush=True)
            time.sleep(60)

import_pages(Path(sys.argv[1]), [Path(sys.argv[2])], forgotten=ForgottenEvents(), progress=Hanging())
"""


@pytest.mark.process
def test_a_second_import_says_since_when_the_first_runs_and_how_far_it_is(
    tmp_path: Path, file: Path, load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(SEED)
    monkeypatch.setattr("bot.database.BUSY_SECONDS", 0.05)
    for number in range(1000):
        write(tmp_path, f"2001-03-{number % 28 + 1:02}", f"Story {number}")
    began = time.time()
    command = [sys.executable, "-c", HANGING, str(file), str(tmp_path / "news")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline() == b"hangs\n"
            with pytest.raises(ArchiveError, match="another import") as refused:
                load(write(tmp_path, "2001-03-04", "A ship sails"))
        finally:
            first.kill()
    said = re.search(
        rf"\(process {first.pid}, since (\S+ \S+) UTC: 49 % is read, with ([\d,]+) pages; that was at (\S+ \S+) UTC\)",
        str(refused.value),
    )
    assert said, str(refused.value)
    assert 0 < int(said[2].replace(",", "")) <= 500
    started, changed = (
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp() for text in said.group(1, 3)
    )
    assert began - 1 <= started <= changed <= time.time()
    # What it has left says nothing any more.
    assert load(tmp_path).new == 1001
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match="by another import: try again"):
            load(SEED)


def test_a_full_disk_is_reported_and_changes_nothing(
    tmp_path: Path, file: Path, load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(SEED)
    before = dump(file)
    open_for_writing = database_file.open_for_writing

    def open_small(path: Path, **options: int) -> sqlite3.Connection:
        db = open_for_writing(path, **options)
        # SQLite reports the same error for a file that may not grow as for a full disk.
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 2}")
        return db

    monkeypatch.setattr(importer, "open_for_writing", open_small)
    for number in range(50):
        write(tmp_path, "2001-03-04", f"Story {number} " + "x" * 3000)
    with pytest.raises(ArchiveError, match="disk is full"):
        load(tmp_path / "news")
    assert dump(file) == before


def test_a_folder_where_the_archive_should_be_is_reported(tmp_path: Path) -> None:
    (tmp_path / "archive.sqlite3").mkdir()
    with pytest.raises(ArchiveError, match="cannot be written"):
        import_pages(tmp_path / "archive.sqlite3", [SEED], forgotten=ForgottenEvents())
