"""Copies of the ledger: made while the bot runs, and put back so that there is never half a ledger in its place."""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, zip_longest
from pathlib import Path

from bot.database import BUSY_SECONDS, migrate, transaction
from bot.domain.errors import LedgerError
from bot.ledger.moments import seconds
from bot.locale.language import Message

# What SQLite puts beside a file that is in use.
_BESIDE = ("-wal", "-shm", "-journal")
_TABLES = {"fact", "forgotten"}
_RESTORED = Message("the ledger was restored from a backup")
# What was due before may have been posted after the copy was made, which the copy does not know: it is not posted
# (again). The courier works out each order's next_at anew from its since. Nor is it known which commands Discord has:
# a newer Daybook may have told it of others.
_HOLD_BACK = (
    "UPDATE subscription SET since = max(since, :now)",
    f"""
    UPDATE delivery SET state = 'skipped', finished_at = :now, reason = '{_RESTORED.to_text()}'
    WHERE state IN ('due', 'claimed') AND due_at < :now
    """,
    "DELETE FROM fact WHERE name = 'commands'",
    # The courier looks for today's posts before it sends them: an order may have had another time.
    "INSERT INTO fact VALUES ('restored', :now) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    # Orders taken after the copy was made had numbers that are on messages: they are not given again.
    "UPDATE sqlite_sequence SET seq = seq + 10000 WHERE name = 'subscription'",
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: ``orders`` are in place now; ``kept`` is where the ledger of before is, if there was one."""

    orders: int
    kept: Path | None
    damaged: bool


def backup(ledger: Path, to: Path, *, now: datetime, keep: Iterable[Path] = ()) -> Path:
    """Copy the ledger to the file ``to``, or into the folder ``to``, while others write it; return where the copy is.

    The copy is whole, checked, one file without a ``-wal``, and on the disk when this returns; else there is none, and
    what stood in its place is as it was. Only an earlier copy is replaced; no file of ``keep`` is. Raises LedgerError.
    """
    with _told(f"no copy of {ledger} was made in {to}", ledger):
        if not ledger.exists():
            raise LedgerError(f"there is no {ledger} yet: nothing to back up")
        copy = to / f"ledger-{_stamp(now)}.sqlite3" if to.is_dir() else to
        # A link stays, and what it leads to is replaced.
        target = Path(os.path.realpath(copy))
        _check_target(target, copy, [ledger, *keep])
        with _temporary(target.parent, "backup") as fresh:
            # As any other connection it leaves no -wal and -shm behind when it is the last one; mode=ro would.
            with closing(_open(ledger, "mode=rw")) as db:
                db.execute("PRAGMA query_only = ON")
                _copy(db, fresh)
            with closing(_open(fresh, "mode=ro")) as db:
                if not _is_ledger(db):
                    raise LedgerError(f"{ledger} is no Daybook ledger: it was not copied")
                if faults := _faults(db):
                    raise LedgerError(f"{ledger} is damaged ({faults}): it was not copied; “daybook restore” helps")
            original = ledger.stat()
            mode = original.st_mode & 0o666
            # Another group is not to read what this one may.
            fresh.chmod(mode if fresh.stat().st_gid == original.st_gid else mode & ~0o060)
            _put(fresh, target)
    return copy


def _check_target(target: Path, copy: Path, keep: Iterable[Path]) -> None:
    """Refuse a place where a copy would do harm, or cannot be. ``target`` is ``copy``, links resolved."""
    if not target.parent.is_dir():
        raise LedgerError(f"there is no folder {copy.parent} to put a copy into")
    for file in keep:
        own = {f"{os.path.realpath(file)}{ending}" for ending in ("", *_BESIDE)}
        if str(target) in own or (target.exists() and file.exists() and target.samefile(file)):
            raise LedgerError(f"{copy} is Daybook's own file: give the copy another name")
    if not os.path.lexists(target):
        return
    if not target.is_file():
        raise LedgerError(f"{copy} is no regular file: give the copy another name")
    if not _is_copy(target):
        raise LedgerError(f"{copy} is there and is no copy of a ledger: it is left alone; give the copy another name")


def _is_copy(file: Path) -> bool:
    """Tell whether this is a copy that was made by ``backup``; a ledger that serves or has served is none."""
    with file.open("rb") as opened:
        header = opened.read(20)
    # A serving ledger is in WAL mode (bytes 18 and 19 are 2), a copy is not.
    if header[18:20] != b"\1\1" or any(os.path.lexists(f"{file}{ending}") for ending in _BESIDE):
        return False
    try:
        with closing(_open(file, "mode=ro")) as db:
            return _is_ledger(db)
    except sqlite3.DatabaseError:
        return False


def restore(ledger: Path, source: Path, *, now: datetime) -> Restored:
    """Put a copy in the ledger's place, brought to the newest version; the ledger of before is kept beside it.

    The caller sees to it that no bot serves. ``source`` is checked first, and only read. Killed at any moment, or
    failing, this leaves one of the two in place, whole. What was due before ``now`` is not posted. Raises LedgerError.
    """
    if ledger.is_symlink():
        ledger = Path(os.path.realpath(ledger))
    with _told(f"{source} was not restored", source):
        _check_source(source, ledger)
        # What a killed restore has left.
        for left in ledger.parent.glob(".daybook-restore-*"):
            left.unlink(missing_ok=True)
        with _temporary(ledger.parent, "restore") as fresh:
            orders = _stage(source, fresh, now)
            there = ledger.exists()
            whole = there and _is_whole(ledger)
            kept = _name_aside(ledger, now)
            if whole:
                _overwrite(ledger, fresh, kept)
            else:
                _own(fresh, ledger if there else source, ledger if there else ledger.parent)
                _replace(ledger, fresh, kept)
    return Restored(orders, kept if there else None, damaged=there and not whole)


def _check_source(source: Path, ledger: Path) -> None:
    if not source.exists():
        raise LedgerError(f"there is no {source} to restore")
    if not source.is_file():
        raise LedgerError(f"{source} is no regular file: nothing was restored")
    if ledger.exists() and source.samefile(ledger):
        raise LedgerError(f"{source} is the ledger in use itself: nothing was restored")
    with source.open("rb"):
        # SQLite would not say why it cannot be opened.
        pass


def _stage(source: Path, fresh: Path, now: datetime) -> int:
    """Make of ``source`` what is to be the ledger; return how many orders it holds."""
    with closing(_open(source, _without_a_trace(source))) as db:
        if not _is_ledger(db):
            raise LedgerError(f"{source} is no Daybook ledger: nothing was restored")
        _copy(db, fresh)
    with closing(_open(fresh, "mode=rw")) as db:
        if faults := _faults(db) or _orphans(db):
            raise LedgerError(f"{source} is damaged ({faults}): nothing was restored")
        db.execute("PRAGMA foreign_keys = ON")
        try:
            migrate(db, "bot.ledger", LedgerError)
        except LedgerError as error:
            raise LedgerError(f"{source} was not restored: {error}") from error
        if lacks := _shape_of_a_ledger() - _shape(db):
            table, column = min(lacks)
            raise LedgerError(f"{source} is no Daybook ledger (it lacks {table}.{column}): nothing was restored")
        with transaction(db):
            for statement in _HOLD_BACK:
                db.execute(statement, {"now": seconds(now)})
        orders: int = db.execute("SELECT count(*) FROM subscription").fetchone()[0]
    return orders


def _is_whole(ledger: Path) -> bool:
    """Tell whether the ledger can be copied through SQLite; nothing is changed by looking, not even a ``-wal``."""
    with ledger.open("r+b"):
        # It may be somebody else's, or no file.
        pass
    try:
        with closing(_open(ledger, _without_a_trace(ledger))) as db:
            return not _faults(db)
    except sqlite3.OperationalError:
        # Locked, or not to be read: nothing that is known to be damaged.
        raise
    except sqlite3.DatabaseError:
        return False


def _overwrite(ledger: Path, fresh: Path, kept: Path) -> None:
    """Copy the ledger to ``kept``, then write ``fresh`` into it, in one transaction.

    It stays the same file, where another file under its name would do harm: a command that has the old one open would
    write its changes there, into nothing, and what belongs to the old one into a ``-wal`` beside the new one.
    """
    with closing(_open(ledger, "mode=rw")) as db, closing(_open(fresh, "mode=rw")) as new:
        # From here on nobody else has it open: no change can come between the two copies and be in neither.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")
        # Such a connection needs none; what a killed process left would stay.
        Path(f"{ledger}-shm").unlink(missing_ok=True)
        with _temporary(ledger.parent, "restore") as copy:
            _copy(db, copy)
            _own(copy, ledger, ledger)
            _put(copy, kept)
        try:
            size = db.execute("PRAGMA page_size").fetchone()[0]
            if new.execute("PRAGMA page_size").fetchone()[0] != size:
                new.execute(f"PRAGMA page_size = {size}")
                new.execute("VACUUM")
            new.backup(db)
        except BaseException:
            # Where a disk fails it may not be known what has become of it: then both stay.
            with suppress(sqlite3.Error), closing(_open(kept, "mode=ro")) as old:
                if all(one == other for one, other in zip_longest(db.iterdump(), old.iterdump())):
                    kept.unlink()
            raise


def _replace(ledger: Path, fresh: Path, kept: Path) -> None:
    """Put ``fresh`` in the place of a damaged ledger, or of none; the old one goes aside with all that is beside it."""
    moves = [(Path(f"{ledger}{ending}"), Path(f"{kept}{ending}")) for ending in (*_BESIDE, "")]
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
        _sync(ledger.parent)
        _put(fresh, ledger)
    except BaseException:
        for old, new in moves:
            if os.path.lexists(new):
                new.replace(old)
                # Two names of one file are left as they are.
                new.unlink(missing_ok=True)
        raise


def _copy(db: sqlite3.Connection, to: Path) -> None:
    """Copy what the connection sees at this moment into an empty file, all of it in that one file."""
    # The lock is waited for here, for a bounded time; Python's backup would wait for ever.
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    with closing(_open(to, "mode=rw")) as copy:
        db.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    db.execute("COMMIT")


def _open(file: Path, how: str) -> sqlite3.Connection:
    uri = f"{file.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _without_a_trace(file: Path) -> str:
    """Return how to open a file so that it, and its ``-wal``, stay as they are."""
    # With nothing beside it nobody uses it. In WAL mode a reader would leave a -wal and a -shm there, and where it
    # must not write it could not read.
    in_use = any(os.path.lexists(f"{file}{ending}") for ending in _BESIDE)
    return "mode=ro" if in_use else "mode=ro&immutable=1"


def _is_ledger(db: sqlite3.Connection) -> bool:
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    return tables >= _TABLES and db.execute("PRAGMA user_version").fetchone()[0] > 0


def _faults(db: sqlite3.Connection) -> str:
    """Return in a few words what is wrong with the file; nothing if it is whole."""
    found = "; ".join(str(row[0]) for row in db.execute("PRAGMA integrity_check(3)"))
    return "" if found == "ok" else found


def _orphans(db: sqlite3.Connection) -> str:
    """Return which rows refer to others that are missing."""
    found = {f"a {row[0]} refers to a {row[2]} that is missing" for row in db.execute("PRAGMA foreign_key_check")}
    return "; ".join(sorted(found))


def _shape(db: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return every table with each of its columns."""
    statement = """
        SELECT owner.name, part.name FROM sqlite_schema AS owner, pragma_table_info(owner.name) AS part
        WHERE owner.type = 'table'
    """
    return {(row[0], row[1]) for row in db.execute(statement)}


def _shape_of_a_ledger() -> set[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db, "bot.ledger", LedgerError)
        return _shape(db)


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%d-%H%M%S}"


def _name_aside(ledger: Path, now: datetime) -> Path:
    """Return a name that nothing has, not even a ``-wal``."""
    for number in count(1):
        more = f"-{number}" if number > 1 else ""
        name = ledger.with_name(f"ledger-before-restore-{_stamp(now)}{more}.sqlite3")
        if not any(os.path.lexists(f"{name}{ending}") for ending in ("", *_BESIDE)):
            break
    return name


@contextmanager
def _temporary(folder: Path, why: str) -> Iterator[Path]:
    """Make an empty file that only this user can read; it is gone at the end, unless it was put somewhere."""
    try:
        number, name = tempfile.mkstemp(prefix=f".daybook-{why}-", dir=folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    os.close(number)
    try:
        yield Path(name)
    finally:
        for ending in ("", *_BESIDE):
            Path(f"{name}{ending}").unlink(missing_ok=True)


def _own(file: Path, mode_of: Path, owner_of: Path) -> None:
    """Give a file the permissions of one and the owner of another: root may restore what the bot's user is to write."""
    owner = owner_of.stat()
    with suppress(PermissionError):
        os.chown(file, owner.st_uid, owner.st_gid)
    file.chmod(stat.S_IMODE(mode_of.stat().st_mode) & 0o666 | 0o600)


def _put(file: Path, place: Path) -> None:
    """Move a finished file to its place, where it is whole even after a power cut."""
    _sync(file)
    file.replace(place)
    # Not every file system knows how to.
    with suppress(OSError):
        _sync(place.parent)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _told(nothing: str, read: Path) -> Iterator[None]:
    """Tell what SQLite and the system say in one sentence; ``read`` is the file whose damage they speak of."""
    try:
        yield
    except sqlite3.Error as error:
        match getattr(error, "sqlite_errorname", ""):
            case "SQLITE_CORRUPT" | "SQLITE_NOTADB":
                reason = f"{read} is damaged, or no ledger ({error})"
            case "SQLITE_FULL":
                reason = "the disk is full"
            case name if name.startswith("SQLITE_IOERR"):
                # A small disk that is full also says so.
                reason = f"the disk is full, or out of order ({error})"
            case "SQLITE_BUSY":
                reason = "another program is using the ledger; try again when it is done"
            case _:
                reason = str(error)
        raise LedgerError(f"{nothing}: {reason}") from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        raise LedgerError(f"{nothing}: {where}{error.strerror or error}") from error
