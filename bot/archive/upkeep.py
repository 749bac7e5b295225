"""Brings outdated events up to date, a few at a time: those whose surroundings an import has changed."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.archive import event_queries
from bot.archive.database_file import BusyError, failure, open_for_writing
from bot.archive.inserts import LISTED, encode
from bot.archive.workers import WorkerPool
from bot.database import transaction, truncate_wal
from bot.domain.errors import ArchiveError

log = logging.getLogger(__name__)

# Events that are built again, or looked at, in a step of the background: well under 100 ms.
BUILT_IN_A_STEP, PLACED_IN_A_STEP = 25, 150
# And by “daybook rank”, which nobody waits for.
_BUILT_AT_ONCE, _PLACED_AT_ONCE = 1_000, 5_000
# How long the background rests between two steps, before it looks for more, and after trouble; in seconds.
_REST, _LOOK_AGAIN, _REST_AFTER_TROUBLE = 0.1, 30.0, 3600.0
# A -wal of more bytes than this is none of the background's own.
_LARGE_WAL = 16 * 1024 * 1024
# What is brought up to date after an update of Daybook may take this share of the file anew.
_GROWTH = 0.5

_OUTDATED = "SELECT path_id FROM outdated WHERE rebuild = ? ORDER BY path_id DESC LIMIT ?"
_EVENTS = f"SELECT DISTINCT event_id FROM page_path WHERE id IN {LISTED} AND event_id IS NOT NULL"


def bring_up_to_date(
    db: sqlite3.Connection, workers: WorkerPool, *, built: int = BUILT_IN_A_STEP, placed: int = PLACED_IN_A_STEP
) -> int:
    """Bring some outdated events up to date, those first that are to be built again; return how many, 0 for none."""
    # Most starts find nothing outdated, and need nothing of what builds events.
    from bot.archive.placement import move_events, moves_of
    from bot.archive.rebuild import Rebuilder

    with transaction(db):
        path_ids = [row[0] for row in db.execute(_OUTDATED, (1, built))]
        if path_ids:
            Rebuilder(db).rebuild_events(path_ids, workers)
        else:
            path_ids = [row[0] for row in db.execute(_OUTDATED, (0, placed))]
            event_ids = [row[0] for row in db.execute(_EVENTS, (encode(path_ids),))]
            move_events(db, moves_of(db, event_ids))
        db.execute(f"DELETE FROM outdated WHERE path_id IN {LISTED}", (encode(path_ids),))
    return len(path_ids)


def rank(archive: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """Put every event where it belongs; ``progress`` is called with how many are done, and of how many.

    Return how many there are. Raises ArchiveError.
    """
    with closing(open_for_writing(archive)) as db:
        try:
            with transaction(db):
                db.execute(event_queries.ADD_ALL_OUTDATED)
            total = _count(db)
            _check_space(archive, db)
            done = 0
            with WorkerPool() as workers:
                while handled := bring_up_to_date(db, workers, built=_BUILT_AT_ONCE, placed=_PLACED_AT_ONCE):
                    done += handled
                    if progress:
                        progress(done, total)
        except sqlite3.Error as error:
            raise failure(archive, error) from error
        finally:
            truncate_wal(db)
    return total


class Upkeep:
    """Brings the events of the archive at ``path`` up to date in the background, step by step.

    ``left`` is how many are outdated.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.left = 0

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            try:
                self.left = await asyncio.to_thread(self._begin)
                # A step may find others outdated.
                while self.left and (handled := await asyncio.to_thread(self._step)):
                    self.left = max(self.left - handled, 1)
                    await asyncio.sleep(_REST)
                self.left = 0
            except BusyError:
                # An import: what it leaves to be done is counted anew.
                pass
            except ArchiveError as error:
                log.warning("events cannot be brought up to date: %s", error)
                await asyncio.sleep(_REST_AFTER_TROUBLE)
            await asyncio.sleep(_LOOK_AGAIN)

    def _begin(self) -> int:
        """Return how many events are outdated. Raises ArchiveError, also where the disk has no room for them."""
        if not self._path.exists():
            # It was moved away: whoever imports the pages again makes a new one.
            return 0
        with self._open() as db:
            if _wal_size(self._path) > _LARGE_WAL:
                # An import was killed; where one is running, this does nothing.
                truncate_wal(db)
            outdated = _count(db)
            if outdated:
                _check_space(self._path, db)
            return outdated

    def _step(self) -> int:
        with self._open() as db, WorkerPool(size=0) as workers:
            handled = bring_up_to_date(db, workers)
            if not handled:
                # With an empty -wal the file can be moved away, and another one put in its place.
                truncate_wal(db)
            return handled

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(open_for_writing(self._path)) as db:
            try:
                yield db
            except sqlite3.Error as error:
                raise failure(self._path, error) from error


def _count(db: sqlite3.Connection) -> int:
    (outdated,) = db.execute(event_queries.COUNT_OUTDATED).fetchone()
    return int(outdated)


def _check_space(archive: Path, db: sqlite3.Connection) -> None:
    """Refuse to begin what the disk has no room for. Raises ArchiveError."""
    rebuilt, events = db.execute(event_queries.SHARE_TO_REBUILD).fetchone()
    needed = int(archive.stat().st_size * _GROWTH * rebuilt / max(events, 1))
    free = shutil.disk_usage(archive.parent).free
    if free < needed:
        reason = (
            f"{archive} needs up to {needed / 10**6:,.0f} MB more, and the disk has {free / 10**6:,.0f} MB: make room"
        )
        raise ArchiveError(reason)


def _wal_size(archive: Path) -> int:
    try:
        return Path(f"{archive}-wal").stat().st_size
    except FileNotFoundError:
        return 0
