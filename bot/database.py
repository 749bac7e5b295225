"""What both database files share: opening, transactions, numbered migrations, and what SQLite's errors mean."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from bot.domain.errors import DaybookError

log = logging.getLogger(__name__)

# How long a writer waits for another one, in seconds.
BUSY_SECONDS = 10.0
# How long it is waited for those who read, before the space of a -wal is given back.
_TRUNCATE_MILLISECONDS = 1000
# Migrating a file of fewer bytes takes a second or two.
_LARGE = 50_000_000


class Problem(StrEnum):
    """What is wrong with a database file, in plain words."""

    LOCKED = "another program is using it"
    FULL = "the disk is full"
    DAMAGED = "it is damaged"
    NOT_A_DATABASE = "it is not a database"
    READ_ONLY = "it cannot be written"
    DISK_ERROR = "the disk is full, or out of order"
    OTHER = "it cannot be used"


# By the first part of the error's name: ``SQLITE_IOERR_WRITE`` is a ``SQLITE_IOERR``.
_PROBLEMS = {
    "BUSY": Problem.LOCKED,
    "LOCKED": Problem.LOCKED,
    "FULL": Problem.FULL,
    "CORRUPT": Problem.DAMAGED,
    "NOTADB": Problem.NOT_A_DATABASE,
    "READONLY": Problem.READ_ONLY,
    "CANTOPEN": Problem.READ_ONLY,
    # A small disk that is full also reports this.
    "IOERR": Problem.DISK_ERROR,
}


def explain(error: BaseException) -> Problem:
    """Return what an error at a database file means; ``OTHER`` for one that is not SQLite's."""
    _, _, name = getattr(error, "sqlite_errorname", "").partition("_")
    return _PROBLEMS.get(name.partition("_")[0], Problem.OTHER)


def connect(path: Path, *, synchronous: str, page_size: int = 4096) -> sqlite3.Connection:
    """Open ``path`` for writing, in WAL mode, so that readers go on while it is written.

    ``synchronous`` is ``NORMAL`` (a power cut may lose the last change, never the file) or ``FULL``; ``page_size`` is
    that of a new file. Raises sqlite3.Error, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        db.execute(f"PRAGMA page_size = {page_size}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute("PRAGMA secure_delete = ON")
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit all that the block writes; roll all of it back if the block raises."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def truncate_wal(db: sqlite3.Connection) -> None:
    """Give back the disk space of the ``-wal``, if nobody is reading an older state just now.

    What a failed or killed transaction has written there stays, else, for as long as anybody has the file open: after
    an import that ran out of space there would be no space for anybody.
    """
    with suppress(sqlite3.Error):
        db.execute(f"PRAGMA busy_timeout = {_TRUNCATE_MILLISECONDS}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")


def migrate(db: sqlite3.Connection, package: str, error: type[DaybookError]) -> None:
    """Bring the file to the newest version: each ``migrations/NNN_*.sql`` of ``package`` in a transaction of its own.

    Raises ``error`` when the file was written by a newer Daybook, and sqlite3.Error.
    """
    migrations = _migrations(package)
    newest = _number(migrations[-1])
    version = _version(db)
    if version > newest:
        reason = f"this file was written by a newer Daybook (version {version}, known here: {newest}): update Daybook"
        raise error(reason)
    if 0 < version < newest and _size(db) > _LARGE:
        log.warning("bringing a file of %d MB to version %d: that may take minutes", _size(db) // 10**6, newest)
    for migration in migrations[version:]:
        with transaction(db):
            # Another process may have migrated the file in the meantime.
            if _version(db) >= _number(migration):
                continue
            for statement in _statements(migration.read_text("utf-8")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {_number(migration)}")


def newest_version(package: str) -> int:
    """Return the version that ``migrate`` leads to."""
    return _number(_migrations(package)[-1])


def _migrations(package: str) -> list[Traversable]:
    files = resources.files(package).joinpath("migrations").iterdir()
    return sorted((file for file in files if file.name.endswith(".sql")), key=lambda file: file.name)


def _number(migration: Traversable) -> int:
    """Return the version that a migration leads to: 4 for ``004_plain_words.sql``."""
    return int(migration.name[:3])


def _size(db: sqlite3.Connection) -> int:
    (size,) = db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    return int(size)


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def _statements(script: str) -> Iterator[str]:
    """Yield the statements one by one: ``executescript`` would commit the open transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
