"""Opening, checking and copying a ledger's file, and explaining what went wrong: what backup and restore share."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.database import BUSY_SECONDS, Problem, explain
from bot.domain.errors import LedgerError

# What SQLite puts beside a file that is in use.
SIDE_FILES = ("-wal", "-shm", "-journal")
# By these tables a ledger is recognised: today's, and those of versions 1 to 3.
_TABLES = ({"fact", "forgotten_event"}, {"fact", "forgotten"})


def open_database(file: Path, mode: str) -> sqlite3.Connection:
    """Open a database file; ``mode`` is the query of SQLite's URI, such as ``mode=ro``."""
    uri = f"{file.absolute().as_uri()}?{mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def read_only_mode(file: Path) -> str:
    """Return the mode in which a file is read so that it, and its ``-wal``, stay as they are."""
    # With nothing beside it, nobody uses it. Without “immutable”, reading a file in WAL mode would leave a -wal and a
    # -shm there, and would fail in a folder that cannot be written.
    in_use = any(os.path.lexists(f"{file}{suffix}") for suffix in SIDE_FILES)
    return "mode=ro" if in_use else "mode=ro&immutable=1"


def is_ledger(db: sqlite3.Connection) -> bool:
    """Tell whether a database is a ledger, of whatever version."""
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version > 0 and any(tables >= needed for needed in _TABLES)


def faults(db: sqlite3.Connection) -> str:
    """Return what is wrong with a database, in a few words; "" if it is whole."""
    report = "; ".join(str(row[0]) for row in db.execute("PRAGMA integrity_check(3)"))
    return "" if report == "ok" else report


def copy_database(db: sqlite3.Connection, to: Path) -> None:
    """Copy what the connection sees at this moment into an empty file, all of it in that one file."""
    # The lock is waited for here, for a limited time; Python's backup would wait for ever.
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    with closing(open_database(to, "mode=rw")) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    db.execute("COMMIT")


@contextmanager
def temporary_file(folder: Path, purpose: str) -> Iterator[Path]:
    """Create an empty file that only this user can read; at the end it is deleted, unless it was moved."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".daybook-{purpose}-", dir=folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for suffix in ("", *SIDE_FILES):
            Path(f"{name}{suffix}").unlink(missing_ok=True)


def move_into_place(file: Path, target: Path) -> None:
    """Move a finished file to its place, so that it is whole there even after a power cut."""
    flush(file)
    file.replace(target)
    # Not every file system can flush a folder.
    with suppress(OSError):
        flush(target.parent)


def flush(path: Path) -> None:
    """Wait until a file, or a folder's list of files, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def time_for_name(now: datetime) -> str:
    """Return a moment as the names of files have it: ``2026-03-24-083000``, in UTC."""
    return f"{now.astimezone(UTC):%Y-%m-%d-%H%M%S}"


@contextmanager
def explained_errors(outcome: str, *, source: Path) -> Iterator[None]:
    """Raise a LedgerError of one sentence for an error of SQLite or the system.

    The sentence begins with ``outcome``. ``source`` is the file that is read, and may be damaged.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"{outcome}: {_reason(error, source)}") from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        raise LedgerError(f"{outcome}: {where}{error.strerror or error}") from error


def _reason(error: sqlite3.Error, source: Path) -> str:
    match explain(error):
        case Problem.DAMAGED | Problem.NOT_A_DATABASE:
            return f"{source} is damaged, or no ledger ({error})"
        case Problem.FULL as problem:
            return str(problem)
        case Problem.DISK_ERROR as problem:
            return f"{problem} ({error})"
        case Problem.LOCKED:
            return "another program is using the ledger; try again when it is done"
        case _:
            return str(error)
