"""Backing up and restoring the ledger, through the shell's real process and real SQLite files."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock, Timeout
from processes import COMMAND, Answer, Shell, environment
from samples import ROOT, SEED_KEY

from bot import cli
from bot.database import connect, migrate
from bot.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BESIDE = ("-wal", "-shm", "-journal")
KEPT = r"ledger-before-restore-\d{4}-\d\d-\d\d-\d{6}(-\d+)?\.sqlite3"
LONG_AGO = 1_000_000_000
# In the year 2096: an order that was told to begin then.
FAR_AHEAD = 4_000_000_000


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell without any data."""
    return Shell(tmp_path)


@pytest.fixture
def ledger(shell: Shell) -> Path:
    """The shell's ledger, with something in it, left by a process that ended well."""
    return made(shell.data / "ledger.sqlite3", "the old one")


@contextlib.contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger as the bot does."""
    with closing(connect(file, synchronous="FULL")) as db:
        migrate(db, "bot.ledger", LedgerError)
        yield db


def made(file: Path, content: str, *, rows: int = 1) -> Path:
    """Make a ledger that tells what it is."""
    with opened(file) as db:
        db.execute("BEGIN")
        db.executemany("INSERT INTO fact VALUES (?, ?)", ((f"row {row}", content) for row in range(rows)))
        db.execute("COMMIT")
    return file


def killed(file: Path, content: str, *, rows: int = 1) -> Path:
    """Make a ledger as a bot leaves it that was killed: what it wrote last stands in the ``-wal`` alone."""
    master = file.with_name("master")
    file.parent.mkdir(parents=True, exist_ok=True)
    with opened(master) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made(master, content, rows=rows)
        shutil.copy(master, file)
        shutil.copy(f"{master}-wal", f"{file}-wal")
    master.unlink()
    assert content.encode() not in file.read_bytes()
    return file


def says(file: Path) -> str:
    """Return what a ledger tells it is; it must be whole."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ((content,),) = db.execute("SELECT DISTINCT value FROM fact WHERE name LIKE 'row %'").fetchall()
    return str(content)


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as db:
        return list(db.iterdump())


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def kept(shell: Shell) -> Path:
    """Return where the one ledger is that a restore has kept."""
    (file,) = (entry for entry in shell.data.iterdir() if re.fullmatch(KEPT, entry.name))
    return file


def order(db: sqlite3.Connection, number: int, *, since: int, next_at: int | None) -> int:
    """Enter an order; return its id."""
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


# Backing up


def test_a_backup_made_while_others_write_is_whole_and_of_one_moment(shell: Shell) -> None:
    ledger = shell.data / "ledger.sqlite3"
    enough = threading.Event()
    started = threading.Event()

    def write() -> None:
        with opened(ledger) as db:
            number = 0
            while not enough.is_set():
                number += 1
                db.execute("BEGIN IMMEDIATE")
                for half in ("one", "other"):
                    db.execute(
                        "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        (half, f"{number}{'x' * 5000}"),
                    )
                db.execute("INSERT INTO fact VALUES (?, ?)", (f"row {number}", "x" * 500))
                db.execute("COMMIT")
                started.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert started.wait(10)
        seen = set()
        for _ in range(3):
            answer = shell("backup", "copy.sqlite3")
            assert (answer.code, answer.err) == (0, "")
            assert names(shell.folder) == {"data", "copy.sqlite3"}
            with closing(sqlite3.connect(shell.folder / "copy.sqlite3")) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
                ((one,), (other,)) = db.execute("SELECT value FROM fact WHERE name IN ('one', 'other')").fetchall()
                assert one == other
                (rows,) = db.execute("SELECT count(*) FROM fact WHERE name LIKE 'row %'").fetchone()
                assert one == f"{rows}{'x' * 5000}"
                seen.add(rows)
        assert len(seen) == 3
    finally:
        enough.set()
        writer.join()


def test_a_backup_says_where_it_is_and_how_large(shell: Shell, ledger: Path) -> None:
    answer = shell("backup", "copy.sqlite3")
    assert (answer.code, answer.err) == (0, "")
    assert "copy.sqlite3" in answer.out
    assert f"{(shell.folder / 'copy.sqlite3').stat().st_size:,} bytes" in answer.out
    assert says(shell.folder / "copy.sqlite3") == "the old one"
    # Nothing is left beside the ledger that another user could not write.
    assert names(shell.data) == {"ledger.sqlite3"}


def test_a_backup_has_what_stands_in_the_wal_alone(shell: Shell) -> None:
    killed(shell.data / "ledger.sqlite3", "just written")
    assert shell("backup", "copy.sqlite3").code == 0
    assert b"just written" in (shell.folder / "copy.sqlite3").read_bytes()


def test_a_backup_into_a_folder_is_named_by_its_moment(shell: Shell, ledger: Path) -> None:
    (shell.folder / "copies").mkdir()
    for place in ("copies", "copies/"):
        assert said(shell, "backup", place).code == 0
    copies = names(shell.folder / "copies")
    assert all(re.fullmatch(r"ledger-\d{4}-\d\d-\d\d-\d{6}\.sqlite3", name) for name in copies)
    assert {says(shell.folder / "copies" / name) for name in copies} == {"the old one"}


def test_a_copy_of_yesterday_is_replaced_also_behind_a_link(shell: Shell, ledger: Path) -> None:
    (shell.folder / "link").symlink_to("copy.sqlite3")
    assert said(shell, "backup", "link").code == 0
    with opened(ledger) as db:
        db.execute("UPDATE fact SET value = 'of today'")
    assert said(shell, "backup", "link").code == 0
    assert (shell.folder / "link").is_symlink()
    assert says(shell.folder / "copy.sqlite3") == "of today"


def test_others_may_not_read_a_copy_who_may_not_read_the_ledger(shell: Shell, ledger: Path) -> None:
    for mode in (0o600, 0o640):
        ledger.chmod(mode)
        assert said(shell, "backup", "copy.sqlite3").code == 0
        assert (shell.folder / "copy.sqlite3").stat().st_mode & 0o777 == mode


def _nothing(folder: Path) -> str:
    (folder / "data" / "ledger.sqlite3").unlink()
    return "copy.sqlite3"


def _the_ledger(folder: Path) -> str:
    return "data/ledger.sqlite3"


def _a_link_to_the_ledger(folder: Path) -> str:
    (folder / "link").symlink_to("data/ledger.sqlite3")
    return "link"


def _another_name_of_the_ledger(folder: Path) -> str:
    (folder / "link").hardlink_to(folder / "data" / "ledger.sqlite3")
    return "link"


def _what_sqlite_takes_for_the_ledgers(folder: Path) -> str:
    return "data/ledger.sqlite3-wal"


def _the_archive_to_be(folder: Path) -> str:
    return "data/archive.sqlite3"


def _a_text(folder: Path) -> str:
    (folder / "diary").write_text("Dear diary")
    return "diary"


def _an_empty_file(folder: Path) -> str:
    (folder / "empty").touch()
    return "empty"


def _another_database(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "other.sqlite3")) as db:
        db.execute("CREATE TABLE fact (diary TEXT)")
    return "other.sqlite3"


def _the_ledger_of_another_bot(folder: Path) -> str:
    made(folder / "other" / "ledger.sqlite3", "another bot's")
    return "other/ledger.sqlite3"


def _a_pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "pipe"


def _a_device(folder: Path) -> str:
    return "/dev/null"


def _no_folder(folder: Path) -> str:
    return "nowhere/copy.sqlite3"


def _a_folder_that_is_not_there(folder: Path) -> str:
    return "nowhere/"


def _a_file_for_a_folder(folder: Path) -> str:
    (folder / "file").touch()
    return "file/copy.sqlite3"


def _a_name_too_long(folder: Path) -> str:
    return "x" * 300


def _a_folder_nobody_can_write(folder: Path) -> str:
    # Not even root, as which tests may run.
    return "/sys/copy.sqlite3"


def _a_damaged_ledger(folder: Path) -> str:
    ledger = folder / "data" / "ledger.sqlite3"
    data = ledger.read_bytes()
    ledger.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    return "copy.sqlite3"


def _a_text_for_a_ledger(folder: Path) -> str:
    (folder / "data" / "ledger.sqlite3").write_text("Dear diary, " * 500)
    return "copy.sqlite3"


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_nothing, "nothing to back up"), (_the_ledger, "own file"), (_a_link_to_the_ledger, "own file"),
        (_another_name_of_the_ledger, "own file"), (_what_sqlite_takes_for_the_ledgers, "own file"),
        (_the_archive_to_be, "own file"), (_a_text, "no copy of a ledger"), (_an_empty_file, "no copy of a ledger"),
        (_another_database, "no copy of a ledger"), (_the_ledger_of_another_bot, "no copy of a ledger"),
        (_a_pipe, "no regular file"), (_a_device, "no regular file"), (_no_folder, "no folder nowhere"),
        (_a_folder_that_is_not_there, "no folder nowhere"), (_a_file_for_a_folder, "no folder file"),
        (_a_name_too_long, "xxx"), (_a_damaged_ledger, "damaged"), (_a_text_for_a_ledger, "damaged"),
        pytest.param(
            _a_folder_nobody_can_write, "/sys", marks=pytest.mark.skipif(not Path("/sys").is_dir(), reason="no /sys")
        ),
    ],
)  # fmt: skip
def test_a_backup_that_cannot_be_made_is_told_in_one_line_and_leaves_all_as_it_was(
    shell: Shell, ledger: Path, build: Callable[[Path], str], words: str
) -> None:
    to = build(shell.folder)
    before = tree(shell.folder)
    answer = said(shell, "backup", to)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.complaint
    assert tree(shell.folder) == before


def said(shell: Shell, *arguments: str | Path) -> Answer:
    """Run a command in this process, where many are to be run."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(shell.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["--data", "data", *map(str, arguments)])
    return Answer(code, out.getvalue(), err.getvalue())


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file with what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")
    }  # fmt: skip


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_name_that_is_empty_is_wrong_usage(shell: Shell, ledger: Path, command: str) -> None:
    assert said(shell, command, "").code == 2
    assert names(shell.data) == {"ledger.sqlite3"}


def limited(shell: Shell, blocks: int, *arguments: str) -> Answer:
    """Run a command that can write files of so many blocks at most."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *COMMAND, *arguments],
        cwd=shell.folder, env=environment(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_backup_that_cannot_be_written_to_its_end_leaves_the_earlier_one(shell: Shell, ledger: Path) -> None:
    assert shell("backup", "copy.sqlite3").code == 0
    before = tree(shell.folder)
    answer = limited(shell, 100, "backup", "copy.sqlite3")
    assert (answer.code, answer.out) == (1, "")
    assert "copy.sqlite3" in answer.complaint
    assert tree(shell.folder) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for hardly more than one ledger; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=160k", "tmpfs", folder], capture_output=True, timeout=10, check=False
    )
    if not made or made.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", folder], timeout=10, check=True)


def test_a_full_disk_leaves_the_earlier_backup_and_nothing_else(shell: Shell, ledger: Path, small_disk: Path) -> None:
    assert shell("backup", "disk/copy.sqlite3").code == 0
    before = tree(shell.folder)
    answer = shell("backup", "disk/copy.sqlite3")
    assert (answer.code, answer.out) == (1, "")
    assert "the disk is full" in answer.complaint
    assert tree(shell.folder) == before


def test_a_full_disk_leaves_the_ledger_in_place(shell: Shell, small_disk: Path) -> None:
    source = made(shell.folder / "copy.sqlite3", "the new one", rows=1000)
    ledger = small_disk / "ledger.sqlite3"
    shutil.copy(made(shell.data / "ledger.sqlite3", "the old one"), ledger)
    answer = shell("--data", "disk", "restore", source)
    assert (answer.code, answer.out) == (1, "")
    assert "the disk is full" in answer.complaint
    assert says(ledger) == "the old one"
    assert names(small_disk) == {"ledger.sqlite3", "run.lock"}


# Restoring


def test_a_restore_puts_the_copy_in_place_and_keeps_the_ledger_of_before(shell: Shell, ledger: Path) -> None:
    assert shell("backup", "copy.sqlite3").code == 0
    copy = tree(shell.folder)["copy.sqlite3"]
    with opened(ledger) as db:
        db.execute("UPDATE fact SET value = 'of today'")
    answer = shell("restore", "copy.sqlite3")
    assert (answer.code, answer.err) == (0, "")
    assert says(ledger) == "the old one"
    assert says(kept(shell)) == "of today"
    assert str(kept(shell).relative_to(shell.folder)) in answer.out
    assert "0 orders" in answer.out
    assert names(shell.data) == {"ledger.sqlite3", "run.lock", kept(shell).name}
    assert tree(shell.folder)["copy.sqlite3"] == copy
    assert shell("stats").code == 0


def test_the_ledger_that_was_kept_can_be_restored(shell: Shell, ledger: Path) -> None:
    assert said(shell, "restore", made(shell.folder / "copy.sqlite3", "the new one")).code == 0
    first = kept(shell)
    assert said(shell, "restore", first).code == 0
    assert (says(ledger), says(first)) == ("the old one", "the old one")
    # In the same second it gets a name of its own.
    (second,) = (shell.data / name for name in names(shell.data) if re.fullmatch(KEPT, name) and name != first.name)
    assert says(second) == "the new one"


def test_a_restore_needs_no_ledger(shell: Shell) -> None:
    answer = shell("restore", made(shell.folder / "copy.sqlite3", "the new one"))
    assert (answer.code, answer.err) == (0, "")
    assert "kept" not in answer.out
    assert says(shell.data / "ledger.sqlite3") == "the new one"
    assert names(shell.data) == {"ledger.sqlite3", "run.lock"}


def test_a_ledger_in_use_can_be_restored_from_and_is_only_read(shell: Shell, ledger: Path) -> None:
    source = killed(shell.folder / "other" / "ledger.sqlite3", "the new one")
    before = source.read_bytes(), Path(f"{source}-wal").read_bytes()
    assert shell("restore", source).code == 0
    assert says(ledger) == "the new one"
    assert (source.read_bytes(), Path(f"{source}-wal").read_bytes()) == before


def test_a_restore_leaves_nothing_beside_its_source(shell: Shell, ledger: Path) -> None:
    made(shell.folder / "other" / "ledger.sqlite3", "the new one")
    assert said(shell, "restore", "other/ledger.sqlite3").code == 0
    assert names(shell.folder / "other") == {"ledger.sqlite3"}


def test_what_was_due_before_a_restore_is_not_posted_after_it(shell: Shell, ledger: Path) -> None:
    with opened(shell.folder / "copy.sqlite3") as db:
        db.execute("INSERT INTO fact VALUES ('commands', 'as a newer Daybook told them'), ('identity', 'abc')")
        first = order(db, 1, since=LONG_AGO, next_at=LONG_AGO + 5)
        order(db, 2, since=LONG_AGO, next_at=None)
        order(db, 3, since=FAR_AHEAD, next_at=FAR_AHEAD)
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
    answer = said(shell, "restore", "copy.sqlite3")
    after = int(time.time())
    assert answer.code == 0
    assert "3 orders" in answer.out
    assert "not posted" in answer.out
    with closing(sqlite3.connect(ledger)) as db:
        orders = db.execute("SELECT since, next_at FROM subscription ORDER BY id").fetchall()
        deliveries = db.execute("SELECT state, finished_at FROM delivery ORDER BY id").fetchall()
        facts = db.execute("SELECT name, value FROM fact").fetchall()
    now = orders[0][0]
    assert before <= now <= after
    assert orders == [(now, LONG_AGO + 5), (now, None), (FAR_AHEAD, FAR_AHEAD)]
    assert deliveries == [("skipped", now), ("skipped", now), ("due", None), ("sent", 1)]
    # Who the ledger is stays; what Discord was told last is not known.
    assert [name for name, _ in facts] == ["identity", "restored"]
    assert facts[0] == ("identity", "abc")


def test_a_copy_made_by_an_older_daybook_is_brought_to_the_newest_version(shell: Shell, ledger: Path) -> None:
    with closing(sqlite3.connect(shell.folder / "copy.sqlite3")) as db:
        db.executescript((ROOT / "bot" / "ledger" / "migrations" / "001_ledger.sql").read_text("utf-8"))
        db.executescript("PRAGMA user_version = 1; INSERT INTO fact VALUES ('row 1', 'an old hand')")
    assert said(shell, "restore", "copy.sqlite3").code == 0
    assert says(ledger) == "an old hand"
    with closing(sqlite3.connect(ledger)) as db, closing(sqlite3.connect(kept(shell))) as old:
        asked = "SELECT name, sql FROM sqlite_schema ORDER BY name"
        assert db.execute(asked).fetchall() == old.execute(asked).fetchall()
        assert db.execute("PRAGMA user_version").fetchone() == old.execute("PRAGMA user_version").fetchone()


def test_a_copy_with_pages_of_another_size_will_do(shell: Shell, ledger: Path) -> None:
    made(shell.folder / "copy.sqlite3", "the new one", rows=500)
    with closing(sqlite3.connect(shell.folder / "copy.sqlite3")) as db:
        db.executescript("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM")
    assert said(shell, "restore", "copy.sqlite3").code == 0
    assert says(ledger) == "the new one"
    assert says(kept(shell)) == "the old one"


def test_a_ledger_of_a_newer_daybook_gives_way_and_is_kept(shell: Shell, ledger: Path) -> None:
    assert said(shell, "backup", "copy.sqlite3").code == 0
    with closing(sqlite3.connect(ledger)) as db:
        db.executescript("UPDATE fact SET value = 'from the future'; PRAGMA user_version = 999")
    assert said(shell, "stats").code == 1
    assert said(shell, "restore", "copy.sqlite3").code == 0
    assert says(ledger) == "the old one"
    assert says(kept(shell)) == "from the future"
    assert said(shell, "stats").code == 0


def test_a_restore_is_refused_while_a_run_serves(shell: Shell, ledger: Path) -> None:
    source = made(shell.folder / "copy.sqlite3", "the new one")
    before = tree(shell.folder)
    with FileLock(shell.data / "run.lock"):
        answer = shell("restore", source)
        assert (answer.code, answer.out) == (1, "")
        assert "stop it first" in answer.complaint
    assert tree(shell.folder) == {**before, "data/run.lock": b""}


def test_a_restore_holds_the_lock_of_a_run_to_its_end(shell: Shell, ledger: Path) -> None:
    os.mkfifo(shell.folder / "wait")
    watcher = watched(shell, "open", "ledger.sqlite3", 'open("wait").read()')
    with process(shell, "restore", made(shell.folder / "copy.sqlite3", "the new one"), more=watcher) as restoring:
        # Opened when the process opens its end, in the middle of its work, which goes on when this end is closed.
        with (shell.folder / "wait").open("w"), pytest.raises(Timeout):
            FileLock(shell.data / "run.lock", timeout=0).acquire()
        assert restoring.wait(20) == 0


def test_a_restore_waits_for_a_command_that_has_the_ledger_open(shell: Shell, ledger: Path) -> None:
    source = made(shell.folder / "copy.sqlite3", "the new one")
    with opened(ledger) as db, process(shell, "restore", source) as restoring:
        with pytest.raises(subprocess.TimeoutExpired):
            restoring.wait(1.2)
        db.execute("UPDATE fact SET value = 'changed at the last moment'")
        db.close()
        assert restoring.wait(20) == 0
    assert says(ledger) == "the new one"
    assert says(kept(shell)) == "changed at the last moment"


@contextlib.contextmanager
def process(
    shell: Shell, *arguments: str | Path, more: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command; it is ended if the test fails meanwhile."""
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=shell.folder, env=environment(more), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    ) as started:  # fmt: skip
        try:
            yield started
        finally:
            started.kill()


def watched(shell: Shell, event: str, name: str, deed: str) -> dict[str, str]:
    """Return an environment in which a process does something as soon as it does ``event`` to the file ``name``."""
    folder = shell.folder / "watch"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(WATCH.format(event=event, name=name, deed=deed))
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


WATCH = """
import os, signal, sys
done = []
def watch(event, arguments):
    if event == {event!r} and not done and {name!r} in str(arguments[0]):
        done.append(True)
        {deed}
sys.addaudithook(watch)
"""


def _there_is_none(folder: Path) -> str:
    return "nowhere.sqlite3"


def _a_folder(folder: Path) -> str:
    return "data"


def _the_archive(folder: Path) -> str:
    Shell(folder)("stats")
    return "data/archive.sqlite3"


def _a_newer_copy(folder: Path) -> str:
    made(folder / "copy.sqlite3", "the new one")
    with closing(sqlite3.connect(folder / "copy.sqlite3")) as db:
        db.execute("PRAGMA user_version = 999")
    return "copy.sqlite3"


def _a_cut_copy(folder: Path) -> str:
    made(folder / "copy.sqlite3", "the new one", rows=500)
    data = (folder / "copy.sqlite3").read_bytes()
    (folder / "copy.sqlite3").write_bytes(data[: len(data) // 2])
    return "copy.sqlite3"


def _a_damaged_copy(folder: Path) -> str:
    made(folder / "copy.sqlite3", "the new one", rows=500)
    data = (folder / "copy.sqlite3").read_bytes()
    (folder / "copy.sqlite3").write_bytes(data[:-8192] + b"\xff" * 8192)
    return "copy.sqlite3"


def _a_damaged_beginning(folder: Path) -> str:
    made(folder / "copy.sqlite3", "the new one", rows=500)
    data = (folder / "copy.sqlite3").read_bytes()
    (folder / "copy.sqlite3").write_bytes(data[:100] + b"\xff" * 3996 + data[4096:])
    return "copy.sqlite3"


def _a_long_text(folder: Path) -> str:
    (folder / "diary").write_text("Dear diary, " * 500)
    return "diary"


def _rows_that_refer_to_nothing(folder: Path) -> str:
    with opened(folder / "copy.sqlite3") as db:
        db.execute("INSERT INTO choice VALUES (7, '2001-09-01', 0, '[]')")
    return "copy.sqlite3"


def _a_ledger_by_its_tables_names(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "copy.sqlite3")) as db:
        db.executescript("CREATE TABLE fact (name); CREATE TABLE forgotten (key); PRAGMA user_version = 1")
    return "copy.sqlite3"


def _a_ledger_that_lacks_orders(folder: Path) -> str:
    made(folder / "copy.sqlite3", "the new one")
    with closing(sqlite3.connect(folder / "copy.sqlite3")) as db:
        db.executescript("DROP TABLE choice")
    return "copy.sqlite3"


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_there_is_none, "there is no nowhere"), (_a_folder, "no regular file"), (_a_pipe, "no regular file"),
        (_a_device, "no regular file"), (_the_ledger, "the ledger in use itself"),
        (_a_link_to_the_ledger, "the ledger in use itself"), (_the_archive, "no Daybook ledger"),
        (_another_database, "no Daybook ledger"), (_a_text, "not a database"), (_a_long_text, "not a database"),
        (_an_empty_file, "no Daybook ledger"), (_a_newer_copy, "written by a newer Daybook (version 999"),
        (_a_cut_copy, "damaged"), (_a_damaged_copy, "damaged"), (_a_damaged_beginning, "damaged"),
        (_rows_that_refer_to_nothing, "a choice refers to a subscription that is missing"),
        (_a_ledger_by_its_tables_names, "no Daybook ledger (it lacks fact.value)"),
        (_a_ledger_that_lacks_orders, "no Daybook ledger (it lacks choice."),
    ],
)  # fmt: skip
def test_what_cannot_be_restored_is_told_in_one_line_and_the_ledger_stays(
    shell: Shell, ledger: Path, build: Callable[[Path], str], words: str
) -> None:
    source = build(shell.folder)
    (shell.data / "run.lock").touch()
    before = tree(shell.folder)
    answer = said(shell, "restore", source)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.complaint
    assert tree(shell.folder) == before


def test_a_restore_that_cannot_be_written_to_its_end_leaves_the_ledger(shell: Shell, ledger: Path) -> None:
    made(shell.folder / "copy.sqlite3", "the new one", rows=1000)
    (shell.data / "run.lock").touch()
    before = tree(shell.folder)
    # Room for the old ledger's copy and for the new one, not for the new one in a -wal with its frames.
    size = (shell.folder / "copy.sqlite3").stat().st_size
    for blocks in (16, 1 + size // 512):
        answer = limited(shell, blocks, "restore", "copy.sqlite3")
        assert (answer.code, answer.out) == (1, "")
        assert answer.complaint
        assert dump(ledger)
        now = tree(shell.folder)
        # The same rows; SQLite may have counted that the file was opened.
        assert says(ledger) == "the old one"
        assert now.keys() == before.keys()


@pytest.mark.parametrize("state", ["whole", "damaged"])
def test_a_restore_that_fails_at_its_last_step_leaves_the_ledger(shell: Shell, state: str) -> None:
    ledger = killed(shell.data / "ledger.sqlite3", "the old one")
    if state == "damaged":
        ledger.write_text("Dear diary, " * 500)
    source = made(shell.folder / "copy.sqlite3", "the new one")
    before = ledger.read_bytes(), Path(f"{ledger}-wal").read_bytes()
    # The first file to get its name: what is kept of a whole ledger, else the new one.
    watcher = watched(shell, "os.rename", ".daybook-restore-", 'raise OSError(5, "Input/output error")')
    answer = shell("restore", source, more=watcher)
    assert (answer.code, answer.out) == (1, "")
    assert "copy.sqlite3 was not restored: Input/output error" in answer.complaint
    if state == "damaged":
        assert (ledger.read_bytes(), Path(f"{ledger}-wal").read_bytes()) == before
    else:
        assert says(ledger) == "the old one"
    assert names(shell.data) - {"ledger.sqlite3-wal", "ledger.sqlite3-shm"} == {"ledger.sqlite3", "run.lock"}


# What the old ledger could leave behind


def test_changes_of_the_old_ledger_do_not_come_back_in_the_new_one(shell: Shell) -> None:
    ledger = killed(shell.data / "ledger.sqlite3", "just written")
    assert shell("restore", made(shell.folder / "copy.sqlite3", "the new one")).code == 0
    assert names(shell.data) == {"ledger.sqlite3", "run.lock", kept(shell).name}
    assert says(ledger) == "the new one"
    assert says(kept(shell)) == "just written"


@pytest.mark.parametrize("rest", ["nothing", "a text", "half"])
def test_a_damaged_ledger_gives_way_and_goes_aside_with_its_wal(shell: Shell, rest: str) -> None:
    ledger = killed(shell.data / "ledger.sqlite3", "just written", rows=500)
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
    answer = said(shell, "restore", made(shell.folder / "copy.sqlite3", "the new one"))
    assert (answer.code, answer.err) == (0, "")
    assert not any(Path(f"{ledger}{ending}").exists() for ending in BESIDE)
    assert says(ledger) == "the new one"
    assert said(shell, "stats").code == 0
    assert says(ledger) == "the new one"
    if damaged is not None:
        assert "damaged" in answer.out
        assert kept(shell).read_bytes() == damaged
        assert Path(f"{kept(shell)}-wal").read_bytes() == wal


def test_a_restored_ledger_belongs_to_whom_the_old_one_belonged(shell: Shell, ledger: Path) -> None:
    source = made(shell.folder / "copy.sqlite3", "the new one")
    ledger.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(ledger, 10001, 10001)
    for damage in (False, True):
        if damage:
            ledger.write_text("Dear diary")
        owner = ledger.stat()
        assert said(shell, "restore", source).code == 0
        new = ledger.stat()
        assert (new.st_uid, new.st_gid, new.st_mode) == (owner.st_uid, owner.st_gid, owner.st_mode)


# Being killed

# Restores in one folder after the other, each in a process of its own that is killed: at its n-th step that touches the
# data; or so many milliseconds after the old ledger has gone aside, wherever SQLite then is.
KILLED = """
import os, signal, sys
from bot import cli

STEPS = {"open", "os.rename", "os.link", "os.remove", "os.chmod", "os.chown", "sqlite3.connect"}

def watch(event, arguments):
    global left
    names = [str(name) for name in arguments[:2]]
    if kind == "step" and event in STEPS and any("/data" in name and "run.lock" not in name for name in names):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    if kind == "alarm" and event == "os.rename" and "before-restore" in names[1]:
        signal.setitimer(signal.ITIMER_REAL, left / 1000)

for folder in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        kind, left = folder.split("-")
        left = int(left)
        sys.stdout = open(os.devnull, "w")
        sys.addaudithook(watch)
        os._exit(cli.main(["--data", f"{folder}/data", "restore", sys.argv[1]]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def killed_at(shell: Shell, source: Path, folders: Sequence[str]) -> list[int]:
    """Restore over copies of the folder ``old``, and be killed; return the exit codes."""
    for folder in folders:
        shutil.copytree(shell.folder / "old", shell.folder / folder / "data")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, source, *folders],
        cwd=shell.folder, env=environment(), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return [int(code) for code in done.stdout.split()]


@pytest.mark.parametrize("state", ["whole", "damaged"])
def test_a_restore_that_is_killed_between_any_two_steps_leaves_a_ledger(shell: Shell, state: str) -> None:
    source = made(shell.folder / "copy.sqlite3", "the new one", rows=100)
    old = killed(shell.folder / "old" / "ledger.sqlite3", "the old one", rows=100)
    if state == "damaged":
        old.write_text("Dear diary, " * 5000)
    damaged = old.read_bytes()
    folders = [f"step-{number}" for number in range(1, 29)]
    codes = killed_at(shell, source, folders)
    # The last ones were done before their step came.
    assert codes == [-signal.SIGKILL] * codes.index(0) + [0] * (28 - codes.index(0))
    outcomes = []
    for folder in folders:
        data = shell.folder / folder / "data"
        aside = [data / name for name in names(data) if re.fullmatch(KEPT, name)]
        if state == "damaged" and (data / "ledger.sqlite3").read_bytes() == damaged:
            outcomes.append("the old one")
            continue
        outcomes.append(says(data / "ledger.sqlite3"))
        if outcomes[-1] == "the new one":
            (file,) = aside
            assert file.read_bytes() == damaged if state == "damaged" else says(file) == "the old one"
    assert set(outcomes) == {"the old one", "the new one"}
    assert outcomes == sorted(outcomes, reverse=True)
    # What is left over does not stand in the way, nor does it stay.
    for folder in folders[codes.index(0) // 2 : codes.index(0) : 3]:
        assert said(Shell(shell.folder / folder), "restore", source).code == 0
        assert says(shell.folder / folder / "data" / "ledger.sqlite3") == "the new one"
        assert not [name for name in names(shell.folder / folder / "data") if name.startswith(".")]


def test_a_restore_that_is_killed_while_sqlite_writes_leaves_a_whole_ledger(shell: Shell) -> None:
    source = made(shell.folder / "copy.sqlite3", "the new one" + "x" * 4000, rows=1500)
    made(shell.folder / "old" / "ledger.sqlite3", "the old one" + "x" * 4000, rows=1500)
    folders = [f"alarm-{number}" for number in (1, 4, 8, 12, 16, 24, 32, 48, 64, 100)]
    codes = killed_at(shell, source, folders)
    assert set(codes) <= {0, -signal.SIGALRM}
    outcomes = []
    for folder in folders:
        data = shell.folder / folder / "data"
        outcomes.append(says(data / "ledger.sqlite3")[:11])
        (aside,) = (data / name for name in names(data) if re.fullmatch(KEPT, name))
        assert says(aside)[:11] == "the old one"
    assert outcomes[0] == "the old one"
    assert set(outcomes) <= {"the old one", "the new one"}


def test_a_restore_that_is_interrupted_leaves_nothing_behind(shell: Shell, ledger: Path) -> None:
    watcher = watched(shell, "sqlite3.connect", "copy.sqlite3", "signal.raise_signal(signal.SIGINT)")
    with process(shell, "restore", made(shell.folder / "copy.sqlite3", "the new one"), more=watcher) as restoring:
        assert restoring.wait(20) == 130
    assert says(ledger) == "the old one"
    assert names(shell.data) == {"ledger.sqlite3", "run.lock"}


def test_a_restored_ledger_keeps_what_was_forgotten(shell: Shell) -> None:
    assert said(shell, "forget", SEED_KEY).code == 0
    assert said(shell, "backup", "copy.sqlite3").code == 0
    (shell.data / "ledger.sqlite3").unlink()
    assert said(shell, "restore", "copy.sqlite3").code == 0
    with closing(sqlite3.connect(shell.data / "ledger.sqlite3")) as db:
        assert (SEED_KEY,) in db.execute("SELECT key FROM forgotten").fetchall()
