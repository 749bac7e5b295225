"""Puts a backup in the ledger's place; killed at any moment, it leaves a whole ledger."""

import os
import sqlite3
import stat
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count, zip_longest
from pathlib import Path

from bot.database import migrate, transaction
from bot.domain.errors import LedgerError
from bot.ledger.ledger_file import (
    SIDE_FILES,
    copy_database,
    explained_errors,
    faults,
    flush,
    is_ledger,
    move_into_place,
    open_database,
    read_only_mode,
    temporary_file,
    time_for_name,
)
from bot.ledger.timestamps import to_timestamp
from bot.locale.language import Message

_REASON = Message("the bot's data was restored from a backup")
# What was due before the restore may have been posted after the backup was made, which the backup does not know: it is
# not posted (again). The courier computes each subscription's next_at from its since. Nor is it known which commands
# Discord has: a newer Daybook may have registered others.
_HOLD_BACK = (
    # To a follow, what came in before the restore is no news.
    """
    UPDATE subscription SET since = max(since, :now), news_since = max(news_since, :now),
        next_at = CASE WHEN NOT at_once THEN next_at END
    """,
    """
    UPDATE delivery SET state = 'skipped', finished_at = :now, reason = :reason
    WHERE state IN ('due', 'claimed') AND due_at < :now
    """,
    "UPDATE delivery SET retry_until = NULL WHERE due_at < :now",
    "DELETE FROM fact WHERE name = 'commands'",
    # The courier looks for today's posts before it sends them: a subscription may have had another time.
    "INSERT INTO fact VALUES ('restored', :now) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    # The ids of subscriptions made after the backup are on messages: they are not used again.
    "UPDATE sqlite_sequence SET seq = seq + 10000 WHERE name = 'subscription'",
)


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What a restore did.

    ``subscriptions`` is how many the ledger has now; ``previous`` is where the previous ledger is, if there was one,
    and ``damaged`` says that it was damaged.
    """

    subscriptions: int
    previous: Path | None
    damaged: bool


def restore(ledger: Path, source: Path, *, now: datetime) -> RestoreResult:
    """Put a backup in the ledger's place, migrated to the newest version; the previous ledger is kept beside it.

    The caller makes sure that no bot is running. ``source`` is checked first, and only read. Killed at any moment, or
    failing, this leaves one of the two in place, whole. What was due before ``now`` is not posted. Raises LedgerError.
    """
    if ledger.is_symlink():
        ledger = Path(os.path.realpath(ledger))
    with explained_errors(f"{source} was not restored", source=source):
        _check_source(source, ledger)
        # What a killed restore has left behind.
        for leftover in ledger.parent.glob(".daybook-restore-*"):
            leftover.unlink(missing_ok=True)
        with temporary_file(ledger.parent, "restore") as fresh:
            subscriptions = _prepare(source, fresh, now)
            exists = ledger.exists()
            whole = exists and _is_whole(ledger)
            previous = _name_for_previous(ledger, now)
            if whole:
                _overwrite(ledger, fresh, previous)
            else:
                _copy_permissions(fresh, ledger if exists else source, ledger if exists else ledger.parent)
                _replace(ledger, fresh, previous)
    return RestoreResult(subscriptions, previous if exists else None, damaged=exists and not whole)


def _check_source(source: Path, ledger: Path) -> None:
    if not source.exists():
        raise LedgerError(f"there is no {source} to restore")
    if not source.is_file():
        raise LedgerError(f"{source} is not a regular file: nothing was restored")
    if ledger.exists() and source.samefile(ledger):
        raise LedgerError(f"{source} is the ledger that is in use: nothing was restored")
    with source.open("rb"):
        # SQLite would not say why it cannot be opened.
        pass


def _prepare(source: Path, fresh: Path, now: datetime) -> int:
    """Copy ``source`` into an empty file, check it, and bring it to today; return how many subscriptions it has."""
    with closing(open_database(source, read_only_mode(source))) as db:
        if not is_ledger(db):
            raise LedgerError(f"{source} is not a Daybook ledger: nothing was restored")
        copy_database(db, fresh)
    with closing(open_database(fresh, "mode=rw")) as db:
        if problems := faults(db) or _orphans(db):
            raise LedgerError(f"{source} is damaged ({problems}): nothing was restored")
        # As when a ledger is opened: a migration may replace a table that others refer to.
        db.execute("PRAGMA foreign_keys = OFF")
        try:
            migrate(db, "bot.ledger", LedgerError)
        except LedgerError as error:
            raise LedgerError(f"{source} was not restored: {error}") from error
        if missing := _ledger_columns() - _columns(db):
            table, column = min(missing)
            raise LedgerError(f"{source} is not a Daybook ledger (it lacks {table}.{column}): nothing was restored")
        with transaction(db):
            for statement in _HOLD_BACK:
                db.execute(statement, {"now": to_timestamp(now), "reason": _REASON.to_text()})
        subscriptions: int = db.execute("SELECT count(*) FROM subscription").fetchone()[0]
    return subscriptions


def _is_whole(ledger: Path) -> bool:
    """Tell whether SQLite can copy the ledger; looking changes nothing, not even a ``-wal``."""
    with ledger.open("r+b"):
        # It may belong to somebody else, or be no file.
        pass
    try:
        with closing(open_database(ledger, read_only_mode(ledger))) as db:
            return not faults(db)
    except sqlite3.OperationalError:
        # Locked, or not readable: nothing shows that it is damaged.
        raise
    except sqlite3.DatabaseError:
        return False


def _overwrite(ledger: Path, fresh: Path, previous: Path) -> None:
    """Copy the ledger to ``previous``, then write ``fresh`` into it, in one transaction.

    It stays the same file. Another file under its name would do harm: a command that has the old one open would write
    its changes there, into nothing, and what belongs to the old one into a ``-wal`` beside the new one.
    """
    with closing(open_database(ledger, "mode=rw")) as db, closing(open_database(fresh, "mode=rw")) as new:
        # From here on nobody else has it open: no change can come between the two copies and be in neither.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")
        # A connection in exclusive mode needs no -shm; one that a killed process left would stay.
        Path(f"{ledger}-shm").unlink(missing_ok=True)
        with temporary_file(ledger.parent, "restore") as copy:
            copy_database(db, copy)
            _copy_permissions(copy, ledger, ledger)
            move_into_place(copy, previous)
        try:
            size = db.execute("PRAGMA page_size").fetchone()[0]
            if new.execute("PRAGMA page_size").fetchone()[0] != size:
                new.execute(f"PRAGMA page_size = {size}")
                new.execute("VACUUM")
            new.backup(db)
        except BaseException:
            # Where a disk fails, nobody may know what has become of the ledger: then both files stay.
            with suppress(sqlite3.Error), closing(open_database(previous, "mode=ro")) as old:
                if all(line == old_line for line, old_line in zip_longest(db.iterdump(), old.iterdump())):
                    previous.unlink()
            raise


def _replace(ledger: Path, fresh: Path, previous: Path) -> None:
    """Put ``fresh`` in the place of a damaged ledger, or of none; move the old one and its ``-wal`` to ``previous``."""
    moves = [(Path(f"{ledger}{suffix}"), Path(f"{previous}{suffix}")) for suffix in (*SIDE_FILES, "")]
    moves = [(old, new) for old, new in moves if os.path.lexists(old)]
    try:
        for old, new in moves:
            if old == ledger:
                # Under both names until the new one takes its place: a start in between must not make an empty ledger.
                with suppress(OSError):
                    os.link(old, new)
                    continue
            old.replace(new)
        # SQLite would take a -wal of the old one for the new one's.
        flush(ledger.parent)
        move_into_place(fresh, ledger)
    except BaseException:
        for old, new in moves:
            if os.path.lexists(new):
                new.replace(old)
                # Two names of one file are left as they are.
                new.unlink(missing_ok=True)
        raise


def _orphans(db: sqlite3.Connection) -> str:
    """Return which rows refer to others that are missing, in a few words; "" if none does."""
    orphans = {f"a {row[0]} refers to a {row[2]} that is missing" for row in db.execute("PRAGMA foreign_key_check")}
    return "; ".join(sorted(orphans))


def _columns(db: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return every column as a pair of its table's name and its own."""
    statement = """
        SELECT owner.name, part.name FROM sqlite_schema AS owner, pragma_table_info(owner.name) AS part
        WHERE owner.type = 'table'
    """
    return {(row[0], row[1]) for row in db.execute(statement)}


def _ledger_columns() -> set[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, "bot.ledger", LedgerError)
        return _columns(db)


def _name_for_previous(ledger: Path, now: datetime) -> Path:
    """Return a name for the previous ledger that no file has, with or without a suffix such as ``-wal``."""
    for number in count(1):
        suffix = f"-{number}" if number > 1 else ""
        name = ledger.with_name(f"ledger-before-restore-{time_for_name(now)}{suffix}.sqlite3")
        if not any(os.path.lexists(f"{name}{side}") for side in ("", *SIDE_FILES)):
            break
    return name


def _copy_permissions(file: Path, mode_of: Path, owner_of: Path) -> None:
    """Give a file the mode of one and the owner of another: root may restore what the bot's user is to write."""
    give_to_owner(file, of=owner_of)
    file.chmod(stat.S_IMODE(mode_of.stat().st_mode) & 0o666 | 0o600)


def give_to_owner(file: Path, *, of: Path) -> None:
    """Give a file to the owner of another, or of a folder; where only root may do that, others leave it as it is."""
    owner = of.stat()
    with suppress(PermissionError):
        os.chown(file, owner.st_uid, owner.st_gid)
