"""Restoring the ledger, through the shell's real process and real SQLite files."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock, Timeout

from tests.helpers.ledgers import (
    PREVIOUS,
    a_device,
    a_link_to_the_ledger,
    a_pipe,
    a_text,
    an_empty_file,
    another_database,
    content_of,
    file_names,
    make_killed_ledger,
    make_ledger,
    open_ledger,
    previous_ledger,
    run_here,
    run_limited,
    the_ledger,
    tree,
)
from tests.helpers.processes import Shell, process, watched
from tests.helpers.samples import ROOT, SEED_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

BESIDE = ("-wal", "-shm", "-journal")
LONG_AGO = 1_000_000_000
# In the year 2096: a subscription that begins then.
FAR_AHEAD = 4_000_000_000


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as db:
        return list(db.iterdump())


def add_subscription(db: sqlite3.Connection, number: int, *, since: int, next_at: int | None) -> int:
    """Add a subscription; return its id."""
    (row,) = db.execute(
        """
        INSERT INTO subscription (
            guild_id, number, channel_id, minute, zone, weekdays, count, thread, late, publish, pin, empty, since,
            next_at
        ) VALUES (1, ?, 2, 540, 'Europe/Berlin', 127, 5, 0, 6, 0, 0, 'nothing', ?, ?) RETURNING id
        """,
        (number, since, next_at),
    )
    return int(row[0])


@pytest.mark.process
def test_a_full_disk_leaves_the_ledger_in_place(shell: Shell, small_disk: Path) -> None:
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one", rows=1000)
    ledger = small_disk / "ledger.sqlite3"
    shutil.copy(make_ledger(shell.data / "ledger.sqlite3", "the old one"), ledger)
    answer = shell("--data", "disk", "restore", source)
    assert (answer.code, answer.out) == (1, "")
    assert "the disk is full" in answer.complaint
    assert content_of(ledger) == "the old one"
    assert file_names(small_disk) == {"ledger.sqlite3", "run.lock"}


@pytest.mark.process
def test_a_restore_puts_the_copy_in_place_and_keeps_the_ledger_of_before(shell: Shell, old_ledger: Path) -> None:
    assert shell("backup", "copy.sqlite3").code == 0
    copy = tree(shell.folder)["copy.sqlite3"]
    with open_ledger(old_ledger) as db:
        db.execute("UPDATE fact SET value = 'of today'")
    answer = shell("restore", "copy.sqlite3")
    assert (answer.code, answer.err) == (0, "")
    assert content_of(old_ledger) == "the old one"
    assert content_of(previous_ledger(shell)) == "of today"
    assert str(previous_ledger(shell).relative_to(shell.folder)) in answer.out
    assert "0 daily posts set up" in answer.out
    assert file_names(shell.data) == {"ledger.sqlite3", "run.lock", previous_ledger(shell).name}
    assert tree(shell.folder)["copy.sqlite3"] == copy
    assert shell("stats").code == 0


def test_the_previous_ledger_can_be_restored(shell: Shell, old_ledger: Path) -> None:
    assert run_here(shell, "restore", make_ledger(shell.folder / "copy.sqlite3", "the new one")).code == 0
    first = previous_ledger(shell)
    assert run_here(shell, "restore", first).code == 0
    assert (content_of(old_ledger), content_of(first)) == ("the old one", "the old one")
    # In the same second it gets a name of its own.
    (second,) = (
        shell.data / name for name in file_names(shell.data) if re.fullmatch(PREVIOUS, name) and name != first.name
    )
    assert content_of(second) == "the new one"


@pytest.mark.process
def test_a_restore_needs_no_ledger(shell: Shell) -> None:
    answer = shell("restore", make_ledger(shell.folder / "copy.sqlite3", "the new one"))
    assert (answer.code, answer.err) == (0, "")
    assert "kept" not in answer.out
    assert content_of(shell.data / "ledger.sqlite3") == "the new one"
    assert file_names(shell.data) == {"ledger.sqlite3", "run.lock"}


@pytest.mark.process
def test_a_ledger_in_use_can_be_restored_from_and_is_only_read(shell: Shell, old_ledger: Path) -> None:
    source = make_killed_ledger(shell.folder / "other" / "ledger.sqlite3", "the new one")
    before = source.read_bytes(), Path(f"{source}-wal").read_bytes()
    assert shell("restore", source).code == 0
    assert content_of(old_ledger) == "the new one"
    assert (source.read_bytes(), Path(f"{source}-wal").read_bytes()) == before


def test_a_restore_leaves_nothing_beside_its_source(shell: Shell, old_ledger: Path) -> None:
    make_ledger(shell.folder / "other" / "ledger.sqlite3", "the new one")
    assert run_here(shell, "restore", "other/ledger.sqlite3").code == 0
    assert file_names(shell.folder / "other") == {"ledger.sqlite3"}


def test_what_was_due_before_a_restore_is_not_posted_after_it(shell: Shell, old_ledger: Path) -> None:
    with open_ledger(shell.folder / "copy.sqlite3") as db:
        db.execute("INSERT INTO fact VALUES ('commands', 'as a newer Daybook told them'), ('identity', 'abc')")
        first = add_subscription(db, 1, since=LONG_AGO, next_at=LONG_AGO + 5)
        add_subscription(db, 2, since=LONG_AGO, next_at=None)
        add_subscription(db, 3, since=FAR_AHEAD, next_at=FAR_AHEAD)
        for day, state, due in ((1, "due", LONG_AGO), (2, "claimed", LONG_AGO), (3, "due", FAR_AHEAD)):
            db.execute(
                """
                INSERT INTO delivery (subscription_id, local_date, due_at, state, claimed_at)
                VALUES (?, ?, ?, ?, nullif(?, 'due'))
                """,
                (first, f"2001-09-0{day}", due, state, LONG_AGO if state == "claimed" else "due"),
            )
        db.execute(
            """
            INSERT INTO delivery (subscription_id, local_date, due_at, state, claimed_at, finished_at, message_id)
            VALUES (?, '2001-09-04', ?, 'sent', 1, 1, 1)
            """,
            (first, LONG_AGO),
        )
    before = int(time.time())
    answer = run_here(shell, "restore", "copy.sqlite3")
    after = int(time.time())
    assert answer.code == 0
    assert "3 daily posts set up" in answer.out
    assert "will not be sent" in answer.out
    with closing(sqlite3.connect(old_ledger)) as db:
        subscriptions = db.execute("SELECT since, next_at FROM subscription ORDER BY id").fetchall()
        deliveries = db.execute("SELECT state, finished_at FROM delivery ORDER BY id").fetchall()
        facts = db.execute("SELECT name, value FROM fact").fetchall()
    now = subscriptions[0][0]
    assert before <= now <= after
    assert subscriptions == [(now, LONG_AGO + 5), (now, None), (FAR_AHEAD, FAR_AHEAD)]
    assert deliveries == [("skipped", now), ("skipped", now), ("due", None), ("sent", 1)]
    # Who the ledger is stays; what Discord was told last is not known.
    assert [name for name, _ in facts] == ["identity", "restored"]
    assert facts[0] == ("identity", "abc")


def test_a_copy_made_by_an_older_daybook_is_brought_to_the_newest_version(shell: Shell, old_ledger: Path) -> None:
    with closing(sqlite3.connect(shell.folder / "copy.sqlite3")) as db:
        db.executescript((ROOT / "bot" / "ledger" / "migrations" / "001_ledger.sql").read_text("utf-8"))
        db.executescript("PRAGMA user_version = 1; INSERT INTO fact VALUES ('row 1', 'an old hand')")
    assert run_here(shell, "restore", "copy.sqlite3").code == 0
    assert content_of(old_ledger) == "an old hand"
    with closing(sqlite3.connect(old_ledger)) as db, closing(sqlite3.connect(previous_ledger(shell))) as old:
        statement = "SELECT name, sql FROM sqlite_schema ORDER BY name"
        assert db.execute(statement).fetchall() == old.execute(statement).fetchall()
        assert db.execute("PRAGMA user_version").fetchone() == old.execute("PRAGMA user_version").fetchone()


def test_a_copy_with_pages_of_another_size_will_do(shell: Shell, old_ledger: Path) -> None:
    make_ledger(shell.folder / "copy.sqlite3", "the new one", rows=500)
    with closing(sqlite3.connect(shell.folder / "copy.sqlite3")) as db:
        db.executescript("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM")
    assert run_here(shell, "restore", "copy.sqlite3").code == 0
    assert content_of(old_ledger) == "the new one"
    assert content_of(previous_ledger(shell)) == "the old one"


@pytest.mark.process
def test_a_ledger_of_a_newer_daybook_gives_way_and_is_moved_aside(shell: Shell, old_ledger: Path) -> None:
    assert run_here(shell, "backup", "copy.sqlite3").code == 0
    with closing(sqlite3.connect(old_ledger)) as db:
        db.executescript("UPDATE fact SET value = 'from the future'; PRAGMA user_version = 999")
    assert run_here(shell, "stats").code == 1
    assert run_here(shell, "restore", "copy.sqlite3").code == 0
    assert content_of(old_ledger) == "the old one"
    assert content_of(previous_ledger(shell)) == "from the future"
    assert run_here(shell, "stats").code == 0


@pytest.mark.process
def test_a_restore_is_refused_while_a_run_serves(shell: Shell, old_ledger: Path) -> None:
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one")
    before = tree(shell.folder)
    with FileLock(shell.data / "run.lock"):
        answer = shell("restore", source)
        assert (answer.code, answer.out) == (1, "")
        assert "stop it first" in answer.complaint
    assert tree(shell.folder) == {**before, "data/run.lock": b""}


@pytest.mark.process
def test_a_restore_holds_the_lock_of_a_run_to_its_end(shell: Shell, old_ledger: Path) -> None:
    os.mkfifo(shell.folder / "wait")
    watcher = watched(shell, "open", "ledger.sqlite3", 'open("wait").read()')
    with process(
        shell, "restore", make_ledger(shell.folder / "copy.sqlite3", "the new one"), more=watcher
    ) as restoring:
        # Opened when the process opens its end, in the middle of its work, which goes on when this end is closed.
        with (shell.folder / "wait").open("w"), pytest.raises(Timeout):
            FileLock(shell.data / "run.lock", timeout=0).acquire()
        assert restoring.wait(20) == 0


@pytest.mark.process
def test_a_restore_waits_for_a_command_that_has_the_ledger_open(shell: Shell, old_ledger: Path) -> None:
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one")
    with open_ledger(old_ledger) as db, process(shell, "restore", source) as restoring:
        with pytest.raises(subprocess.TimeoutExpired):
            restoring.wait(1.2)
        db.execute("UPDATE fact SET value = 'changed at the last moment'")
        db.close()
        assert restoring.wait(20) == 0
    assert content_of(old_ledger) == "the new one"
    assert content_of(previous_ledger(shell)) == "changed at the last moment"


def _there_is_none(folder: Path) -> str:
    return "nowhere.sqlite3"


def _a_folder(folder: Path) -> str:
    return "data"


def _the_archive(folder: Path) -> str:
    Shell(folder)("stats")
    return "data/archive.sqlite3"


def _a_newer_copy(folder: Path) -> str:
    make_ledger(folder / "copy.sqlite3", "the new one")
    with closing(sqlite3.connect(folder / "copy.sqlite3")) as db:
        db.execute("PRAGMA user_version = 999")
    return "copy.sqlite3"


def _a_cut_copy(folder: Path) -> str:
    make_ledger(folder / "copy.sqlite3", "the new one", rows=500)
    data = (folder / "copy.sqlite3").read_bytes()
    (folder / "copy.sqlite3").write_bytes(data[: len(data) // 2])
    return "copy.sqlite3"


def _a_damaged_copy(folder: Path) -> str:
    make_ledger(folder / "copy.sqlite3", "the new one", rows=500)
    data = (folder / "copy.sqlite3").read_bytes()
    (folder / "copy.sqlite3").write_bytes(data[:-8192] + b"\xff" * 8192)
    return "copy.sqlite3"


def _a_damaged_beginning(folder: Path) -> str:
    make_ledger(folder / "copy.sqlite3", "the new one", rows=500)
    data = (folder / "copy.sqlite3").read_bytes()
    (folder / "copy.sqlite3").write_bytes(data[:100] + b"\xff" * 3996 + data[4096:])
    return "copy.sqlite3"


def _a_long_text(folder: Path) -> str:
    (folder / "diary").write_text("Dear diary, " * 500)
    return "diary"


def _rows_that_refer_to_nothing(folder: Path) -> str:
    with open_ledger(folder / "copy.sqlite3") as db:
        db.execute("INSERT INTO choice VALUES (7, '2001-09-01', 0, '[]')")
    return "copy.sqlite3"


def _a_ledger_by_its_tables_names(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "copy.sqlite3")) as db:
        db.executescript("CREATE TABLE fact (name); CREATE TABLE forgotten (key); PRAGMA user_version = 1")
    return "copy.sqlite3"


def _a_ledger_that_lacks_choices(folder: Path) -> str:
    make_ledger(folder / "copy.sqlite3", "the new one")
    with closing(sqlite3.connect(folder / "copy.sqlite3")) as db:
        db.executescript("DROP TABLE choice")
    return "copy.sqlite3"


@pytest.mark.process
@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_there_is_none, "there is no nowhere"), (_a_folder, "not a regular file"), (a_pipe, "not a regular file"),
        (a_device, "not a regular file"), (the_ledger, "the ledger that is in use"),
        (a_link_to_the_ledger, "the ledger that is in use"), (_the_archive, "not a Daybook ledger"),
        (another_database, "not a Daybook ledger"), (a_text, "not a database"), (_a_long_text, "not a database"),
        (an_empty_file, "not a Daybook ledger"), (_a_newer_copy, "written by a newer Daybook (version 999"),
        (_a_cut_copy, "damaged"), (_a_damaged_copy, "damaged"), (_a_damaged_beginning, "damaged"),
        (_rows_that_refer_to_nothing, "a choice refers to a subscription that is missing"),
        (_a_ledger_by_its_tables_names, "not a Daybook ledger (it lacks fact.value)"),
        (_a_ledger_that_lacks_choices, "not a Daybook ledger (it lacks choice."),
    ],
)  # fmt: skip
def test_what_cannot_be_restored_is_reported_in_one_line_and_the_ledger_stays(
    shell: Shell, old_ledger: Path, build: Callable[[Path], str], words: str
) -> None:
    source = build(shell.folder)
    (shell.data / "run.lock").touch()
    before = tree(shell.folder)
    answer = run_here(shell, "restore", source)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.complaint
    assert tree(shell.folder) == before


@pytest.mark.process
def test_a_restore_that_cannot_be_written_to_its_end_leaves_the_ledger(shell: Shell, old_ledger: Path) -> None:
    make_ledger(shell.folder / "copy.sqlite3", "the new one", rows=1000)
    (shell.data / "run.lock").touch()
    before = tree(shell.folder)
    # Room for the old ledger's copy and for the new one, not for the new one in a -wal with its frames.
    size = (shell.folder / "copy.sqlite3").stat().st_size
    for blocks in (16, 1 + size // 512):
        answer = run_limited(shell, blocks, "restore", "copy.sqlite3")
        assert (answer.code, answer.out) == (1, "")
        assert answer.complaint
        assert dump(old_ledger)
        now = tree(shell.folder)
        # The same rows; SQLite may have counted that the file was opened.
        assert content_of(old_ledger) == "the old one"
        assert now.keys() == before.keys()


@pytest.mark.process
@pytest.mark.parametrize("state", ["whole", "damaged"])
def test_a_restore_that_fails_at_its_last_step_leaves_the_ledger(shell: Shell, state: str) -> None:
    ledger = make_killed_ledger(shell.data / "ledger.sqlite3", "the old one")
    if state == "damaged":
        ledger.write_text("Dear diary, " * 500)
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one")
    before = ledger.read_bytes(), Path(f"{ledger}-wal").read_bytes()
    # The first file to get its name: what is kept of a whole ledger, else the new one.
    watcher = watched(shell, "os.rename", ".daybook-restore-", 'raise OSError(5, "Input/output error")')
    answer = shell("restore", source, more=watcher)
    assert (answer.code, answer.out) == (1, "")
    assert "copy.sqlite3 was not restored: Input/output error" in answer.complaint
    if state == "damaged":
        assert (ledger.read_bytes(), Path(f"{ledger}-wal").read_bytes()) == before
    else:
        assert content_of(ledger) == "the old one"
    assert file_names(shell.data) - {"ledger.sqlite3-wal", "ledger.sqlite3-shm"} == {"ledger.sqlite3", "run.lock"}


# What the old ledger could leave behind


@pytest.mark.process
def test_changes_of_the_old_ledger_do_not_come_back_in_the_new_one(shell: Shell) -> None:
    ledger = make_killed_ledger(shell.data / "ledger.sqlite3", "just written")
    assert shell("restore", make_ledger(shell.folder / "copy.sqlite3", "the new one")).code == 0
    assert file_names(shell.data) == {"ledger.sqlite3", "run.lock", previous_ledger(shell).name}
    assert content_of(ledger) == "the new one"
    assert content_of(previous_ledger(shell)) == "just written"


@pytest.mark.process
@pytest.mark.parametrize("rest", ["nothing", "a text", "half"])
def test_a_damaged_ledger_gives_way_and_goes_aside_with_its_wal(shell: Shell, rest: str) -> None:
    ledger = make_killed_ledger(shell.data / "ledger.sqlite3", "just written", rows=500)
    wal = Path(f"{ledger}-wal").read_bytes()
    if rest == "nothing":
        ledger.unlink()
    elif rest == "a text":
        ledger.write_text("Dear diary, " * 5000)
    else:
        # The first page of its -wal is of the very file; the others are not there.
        Path(f"{ledger}-wal").write_bytes(wal := wal[: 32 + 2 * (4096 + 24)])
        ledger.write_bytes(ledger.read_bytes()[:4096] + b"\xff" * 9000)
    damaged = ledger.read_bytes() if ledger.exists() else None
    answer = run_here(shell, "restore", make_ledger(shell.folder / "copy.sqlite3", "the new one"))
    assert (answer.code, answer.err) == (0, "")
    assert not any(Path(f"{ledger}{ending}").exists() for ending in BESIDE)
    assert content_of(ledger) == "the new one"
    assert run_here(shell, "stats").code == 0
    assert content_of(ledger) == "the new one"
    if damaged is not None:
        assert "damaged" in answer.out
        assert previous_ledger(shell).read_bytes() == damaged
        assert Path(f"{previous_ledger(shell)}-wal").read_bytes() == wal


def test_a_restored_ledger_belongs_to_whom_the_old_one_belonged(shell: Shell, old_ledger: Path) -> None:
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one")
    old_ledger.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(old_ledger, 10001, 10001)
    for damage in (False, True):
        if damage:
            old_ledger.write_text("Dear diary")
        owner = old_ledger.stat()
        assert run_here(shell, "restore", source).code == 0
        new = old_ledger.stat()
        assert (new.st_uid, new.st_gid, new.st_mode) == (owner.st_uid, owner.st_gid, owner.st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_the_lock_to_whom_the_folder_belongs(shell: Shell) -> None:
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one")
    shell.data.mkdir()
    os.chown(shell.data, 10001, 10001)
    assert run_here(shell, "restore", source).code == 0
    for name in ("run.lock", "ledger.sqlite3"):
        file = (shell.data / name).stat()
        assert (file.st_uid, file.st_gid) == (10001, 10001), name


@pytest.mark.process
def test_a_restored_ledger_keeps_forgotten_events(shell: Shell) -> None:
    assert run_here(shell, "forget", SEED_KEY).code == 0
    assert run_here(shell, "backup", "copy.sqlite3").code == 0
    (shell.data / "ledger.sqlite3").unlink()
    assert run_here(shell, "restore", "copy.sqlite3").code == 0
    with closing(sqlite3.connect(shell.data / "ledger.sqlite3")) as db:
        assert (SEED_KEY,) in db.execute("SELECT key FROM forgotten_event").fetchall()
