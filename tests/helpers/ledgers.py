"""Ledger files in whatever state, and commands that back them up or restore them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib import resources
from typing import TYPE_CHECKING

from bot import cli
from bot.database import connect, migrate
from bot.domain.errors import LedgerError
from tests.helpers.processes import COMMAND, Answer, Shell, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREVIOUS = r"ledger-before-restore-\d{4}-\d\d-\d\d-\d{6}(-\d+)?\.sqlite3"


@contextlib.contextmanager
def open_ledger(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger's file as the bot does."""
    with closing(connect(file, synchronous="FULL")) as db:
        migrate(db, "bot.ledger", LedgerError)
        yield db


def make_ledger(file: Path, content: str, *, rows: int = 1) -> Path:
    """Make a ledger with some content that `content_of` returns."""
    with open_ledger(file) as db:
        db.execute("BEGIN")
        db.executemany("INSERT INTO fact VALUES (?, ?)", ((f"row {row}", content) for row in range(rows)))
        db.execute("COMMIT")
    return file


def make_damaged_ledger(file: Path) -> Path:
    """Make a ledger with pages of the table ``fact``, in the midst, that hold garbage."""
    make_ledger(file, "x" * 900, rows=400)
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2 // 4096 * 4096)
        opened.write(b"\xff" * 4096 * 3)
    return file


def make_killed_ledger(file: Path, content: str, *, rows: int = 1) -> Path:
    """Make a ledger as a killed bot leaves it: what was written last is in the ``-wal`` alone."""
    master = file.with_name("master")
    file.parent.mkdir(parents=True, exist_ok=True)
    with open_ledger(master) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        make_ledger(master, content, rows=rows)
        shutil.copy(master, file)
        shutil.copy(f"{master}-wal", f"{file}-wal")
    master.unlink()
    assert content.encode() not in file.read_bytes()
    return file


def make_old_ledger(file: Path, version: int, statements: str) -> Path:
    """Make a ledger as an older version did, and run statements in it."""
    migrations = resources.files("bot.ledger").joinpath("migrations")
    names = sorted(entry.name for entry in migrations.iterdir() if entry.name.endswith(".sql"))
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        for name in names[:version]:
            db.executescript(migrations.joinpath(name).read_text("utf-8"))
        db.executescript(f"PRAGMA user_version = {version}; {statements}")
    return file


def content_of(file: Path) -> str:
    """Return the content of a ledger, which must be whole."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ((content,),) = db.execute("SELECT DISTINCT value FROM fact WHERE name LIKE 'row %'").fetchall()
    return str(content)


def file_names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def previous_ledger(shell: Shell) -> Path:
    """Return the one ledger that a restore has moved aside."""
    (file,) = (entry for entry in shell.data.iterdir() if re.fullmatch(PREVIOUS, entry.name))
    return file


def the_ledger(folder: Path) -> str:
    return "data/ledger.sqlite3"


def a_link_to_the_ledger(folder: Path) -> str:
    (folder / "link").symlink_to("data/ledger.sqlite3")
    return "link"


def a_text(folder: Path) -> str:
    (folder / "diary").write_text("Dear diary")
    return "diary"


def an_empty_file(folder: Path) -> str:
    (folder / "empty").touch()
    return "empty"


def another_database(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "other.sqlite3")) as db:
        db.execute("CREATE TABLE fact (diary TEXT)")
    return "other.sqlite3"


def a_pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "pipe"


def a_device(folder: Path) -> str:
    return "/dev/null"


def run_here(shell: Shell, *arguments: str | Path) -> Answer:
    """Run a command in this process, where many are to be run."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(shell.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["--data", "data", *map(str, arguments)])
    return Answer(code, out.getvalue(), err.getvalue())


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")
    }  # fmt: skip


def run_limited(shell: Shell, blocks: int, *arguments: str) -> Answer:
    """Run a command that can write files of at most this many blocks."""
    process = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *COMMAND, *arguments],
        cwd=shell.folder, env=environment(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return Answer(process.returncode, process.stdout.decode(), process.stderr.decode())
