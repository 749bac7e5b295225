"""What the ledger, and copies of it, have of one person."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from bot.ledger.ledger_file import is_ledger, open_database, read_only_mode

_HAS_PERSON = "SELECT EXISTS (SELECT 1 FROM person WHERE user_id = ?)"


def copies_with(user_id: int, folders: Iterable[Path], *, but: Path) -> list[Path]:
    """Return the copies of a ledger in these folders that have something of a person; ``but`` is the ledger itself."""
    files = {file for folder in folders for file in folder.glob("*.sqlite3") if file.is_file()}
    return sorted(file for file in files if not (but.exists() and file.samefile(but)) and _has(user_id, file))


def _has(user_id: int, file: Path) -> bool:
    try:
        with closing(open_database(file, read_only_mode(file))) as db:
            # Copies of the first versions knew no people.
            return is_ledger(db) and bool(db.execute(_HAS_PERSON, (user_id,)).fetchone()[0])
    except sqlite3.Error:
        return False
