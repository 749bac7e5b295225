"""Opening the archive's file for writing, and saying what is wrong with it."""

import sqlite3
from pathlib import Path

from bot.database import connect, migrate
from bot.domain.errors import ArchiveError

# An import looks up names and topics all over the file: 64 MiB of it are kept at hand.
_CACHE_KIB = 64 * 1024


class BusyError(ArchiveError):
    """Another process is writing the archive."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the archive at ``path``, made or brought up to date as needed.

    Raises ArchiveError with what to do about it.
    """
    try:
        db = connect(path, synchronous="NORMAL")
        db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    except (sqlite3.Error, OSError) as error:
        raise told(path, error) from error
    try:
        migrate(db, "bot.archive", ArchiveError)
    except sqlite3.Error as error:
        db.close()
        raise told(path, error) from error
    except BaseException:
        db.close()
        raise
    return db


def told(path: Path, error: Exception) -> ArchiveError:
    """Return what to say of an error of SQLite's, and what to do about it."""
    text = str(error)
    if "locked" in text:
        return BusyError(f"{path} is being written by another import: try again when it is done")
    if "full" in text:
        return ArchiveError(f"the disk is full: {path} is as it was before; make room and try again")
    if "not a database" in text or "malformed" in text:
        return ArchiveError(f"{path} is no archive, or damaged ({text}): move it away and import the pages again")
    return ArchiveError(f"{path} cannot be written ({text}): check the folder given by --data")
