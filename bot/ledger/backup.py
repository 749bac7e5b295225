"""Copies the ledger while others write it."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from bot.data_folder import sweep
from bot.domain.errors import LedgerError
from bot.ledger.ledger_file import (
    SIDE_FILES,
    copy_database,
    explained_errors,
    faults,
    is_ledger,
    move_into_place,
    open_database,
    temporary_file,
    time_for_name,
)

# A file of a backup that was last written so long ago is one that was killed.
_LEFT_BEHIND = timedelta(hours=1)


def backup(ledger: Path, to: Path, *, now: datetime, protected: Iterable[Path] = ()) -> Path:
    """Copy the ledger to the file ``to``, or into the folder ``to``; return where the copy is.

    When this returns, the copy is whole, checked, one file without a ``-wal``, and on the disk; when it raises
    LedgerError, there is none, and whatever was in its place is as it was. Only an earlier copy is replaced, and none
    of the ``protected`` files is.
    """
    with explained_errors(f"no copy of {ledger} was made in {to}", source=ledger):
        if not ledger.exists():
            raise LedgerError(f"there is no {ledger} yet: nothing to back up")
        copy = to / f"ledger-{time_for_name(now)}.sqlite3" if to.is_dir() else to
        # A link stays, and the file that it leads to is replaced.
        target = Path(os.path.realpath(copy))
        _check_target(target, copy, [ledger, *protected])
        # What a killed backup has left; another one may be running.
        sweep(target.parent, ".daybook-backup-*", before=(now - _LEFT_BEHIND).timestamp())
        with temporary_file(target.parent, "backup") as fresh:
            _copy_checked(ledger, fresh)
            original = ledger.stat()
            mode = original.st_mode & 0o666
            # If the copy belongs to another group, that group may not read what the ledger's group may.
            fresh.chmod(mode if fresh.stat().st_gid == original.st_gid else mode & ~0o060)
            move_into_place(fresh, target)
    return copy


def _copy_checked(ledger: Path, fresh: Path) -> None:
    """Copy the ledger into an empty file, and check the copy."""
    # A connection that may write removes -wal and -shm when it is the last one to close; one with mode=ro would not.
    with closing(open_database(ledger, "mode=rw")) as db:
        db.execute("PRAGMA query_only = ON")
        copy_database(db, fresh)
    with closing(open_database(fresh, "mode=ro")) as db:
        if not is_ledger(db):
            raise LedgerError(f"{ledger} is not a Daybook ledger: it was not copied")
        if problems := faults(db):
            raise LedgerError(
                f"{ledger} is damaged ({problems}): it was not copied; restore a backup with “daybook restore”"
            )


def _check_target(target: Path, copy: Path, protected: Iterable[Path]) -> None:
    """Refuse a target where a copy would do harm or cannot be made. ``target`` is ``copy`` with its links resolved."""
    if not target.parent.is_dir():
        raise LedgerError(f"there is no folder {copy.parent}: make it first")
    for file in protected:
        own_files = {f"{os.path.realpath(file)}{suffix}" for suffix in ("", *SIDE_FILES)}
        if str(target) in own_files or (target.exists() and file.exists() and target.samefile(file)):
            raise LedgerError(f"{copy} is Daybook's own file: give the copy another name")
    if not os.path.lexists(target):
        return
    if not target.is_file():
        raise LedgerError(f"{copy} is not a regular file: give the copy another name")
    if not _is_copy(target):
        raise LedgerError(f"{copy} exists and is not a copy of a ledger: it is left alone; give the copy another name")


def _is_copy(file: Path) -> bool:
    """Tell whether a file was made by ``backup``; a ledger that a bot uses, or has used, was not."""
    with file.open("rb") as opened:
        header = opened.read(20)
    # A ledger in use is in WAL mode (bytes 18 and 19 are 2), a copy is not.
    if header[18:20] != b"\1\1" or any(os.path.lexists(f"{file}{suffix}") for suffix in SIDE_FILES):
        return False
    try:
        with closing(open_database(file, "mode=ro")) as db:
            return is_ledger(db)
    except sqlite3.DatabaseError:
        return False
