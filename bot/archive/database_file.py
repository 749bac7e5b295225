"""Opens the archive's file for writing, and explains what is wrong with it."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from bot.archive.event_words import pack_words
from bot.archive.import_note import running_import
from bot.database import Problem, connect, explain, migrate
from bot.domain.errors import ArchiveError
from bot.domain.topic_forms import VERSION

# The page cache, in KiB: an import looks up paths and topics all over the file.
CACHE_KIB = 64 * 1024
# Of a new file: rows are half a kilobyte or more, and a tenth of a file with SQLite's pages of 4 KiB was empty. With
# 16 KiB it is hardly smaller, and searches take longer, which read a page for each of 300 hits.
_PAGE_SIZE = 8192


class BusyError(ArchiveError):
    """Another process is writing the archive."""


def open_for_writing(path: Path, *, cache_kib: int = CACHE_KIB) -> sqlite3.Connection:
    """Open the archive at ``path``, creating or migrating it as needed.

    Raises ArchiveError, whose sentence says what to do.
    """
    try:
        db = connect(path, synchronous="NORMAL", page_size=_PAGE_SIZE)
        db.execute(f"PRAGMA cache_size = -{cache_kib}")
        # For a migration.
        db.create_function("pack_words", 4, pack_words, deterministic=True)
    except (sqlite3.Error, OSError) as error:
        raise failure(path, error) from error
    try:
        migrate(db, "bot.archive", ArchiveError)
        _bring_topics_up_to_date(db)
    except sqlite3.Error as error:
        db.close()
        raise failure(path, error) from error
    except BaseException:
        db.close()
        raise
    return db


def _bring_topics_up_to_date(db: sqlite3.Connection) -> None:
    if not db.execute("SELECT topic_forms = ? FROM total", (VERSION,)).fetchone()[0]:
        # Only the first start after an update needs it.
        from bot.archive.topic_merge import merge_topics

        merge_topics(db)


def remove_wal(path: Path) -> None:
    """Remove the ``-wal`` beside a file that nobody else has open: those who only read it leave it there."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as db:
        db.execute("PRAGMA user_version").fetchone()


def failure(path: Path, error: Exception) -> ArchiveError:
    """Return what is wrong with the archive's file, and what to do about it, in one sentence."""
    match explain(error):
        case Problem.LOCKED:
            running = running_import(path)
            return BusyError(
                f"{path} is being written by another import{f' {running}' if running else ''}:"
                " try again when it is done"
            )
        case Problem.FULL as problem:
            return ArchiveError(f"{problem}: {path} is as it was before; make room and try again")
        case Problem.DISK_ERROR as problem:
            return ArchiveError(f"{problem} ({error}): {path} is as it was before; make room and try again")
        case Problem.DAMAGED | Problem.NOT_A_DATABASE:
            return ArchiveError(
                f"{path} is not an archive, or is damaged ({error}): move it away and import the pages again"
            )
        case _:
            return ArchiveError(f"{path} cannot be written ({error}): check the folder given by --data")
