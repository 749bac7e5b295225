"""Pages into the archive: whole or nothing, while others read it."""

import hashlib
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.archive import event_queries
from bot.archive.database_file import failure, open_for_writing
from bot.archive.forgotten_events import Forgotten
from bot.archive.input_files import InputFile, read_input
from bot.archive.page_rows import PageFile, PageRow, ReadResult, encode, read_files, read_row
from bot.archive.page_store import Pages
from bot.archive.rebuild import Rebuilder
from bot.archive.workers import WorkerPool
from bot.database import transaction
from bot.domain.errors import PageError
from bot.formats.context import GRAMMAR, is_list, normal_path, read_list, text_of

# How many events the names with these ids (JSON) lead to.
_EVENTS_OF = "SELECT count(DISTINCT event_id) FROM page_path WHERE id IN (SELECT value FROM json_each(?))"
# So many pages, or bytes of them, are read and written together.
_BATCH, _BATCH_BYTES = 100, 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Skipped:
    """A page that was left out, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Report:
    """What an import did. ``events`` and ``stubs`` count the whole archive after it, the rest this import's pages."""

    pages: int = 0
    events: int = 0
    stubs: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    lists: int = 0
    skipped: list[Skipped] = field(default_factory=list)


class Progress(Protocol):
    """Is told how far an import has come."""

    def reading(self, done: float, total: int, pages: int) -> None:
        """Hear that ``done`` of ``total`` inputs are read, so many pages so far."""

    def building(self, done: int, total: int) -> None:
        """Hear that the events of ``done`` of ``total`` days are made."""


class Quiet:
    """Tells nobody."""

    def reading(self, done: float, total: int, pages: int) -> None:
        """Do nothing."""

    def building(self, done: int, total: int) -> None:
        """Do nothing."""


def import_pages(
    archive: Path,
    inputs: Iterable[Path],
    *,
    forgotten: Forgotten,
    origin: str = "import",
    progress: Progress | None = None,
) -> Report:
    """Load the pages of files, folders and archives into the archive at ``archive``.

    All of it or nothing is visible to others, and that only when this returns. Raises ArchiveError.
    """
    with closing(open_for_writing(archive)) as db:
        try:
            with transaction(db):
                report = _Import(db, forgotten, origin, progress or Quiet()).run(list(inputs))
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise failure(archive, error) from error
    return report


def forget(archive: Path, keys: Iterable[str]) -> None:
    """Take the pages and names under these keys out of the archive."""
    with closing(open_for_writing(archive)) as db:
        try:
            with transaction(db):
                pages = Pages(db, forgotten=Forgotten())
                pages.forget(keys)
                with WorkerPool(count=0) as crew:
                    _rebuild(db, pages.dates, crew, Quiet())
            # The removed text is to be gone from the disk, too.
            db.execute("INSERT INTO event_search (event_search) VALUES ('optimize')")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise failure(archive, error) from error


def _rebuild(db: sqlite3.Connection, dates: set[str], crew: WorkerPool, progress: Progress) -> None:
    deriver = Rebuilder(db)
    steps = iter(range(1, len(dates) + 1))
    deriver.rebuild(dates, crew, step=lambda: progress.building(next(steps), len(dates)))
    deriver.index_words(dates)
    db.execute(event_queries.COUNT)


@dataclass(slots=True)
class _Waiting:
    """A file that is being read: where it came in the import, what to call it, its path, its hash."""

    place: int
    name: str
    path: str
    digest: bytes
    is_known: bool


class _Import:
    def __init__(self, db: sqlite3.Connection, forgotten: Forgotten, origin: str, progress: Progress) -> None:
        self.db = db
        self.pages = Pages(db, forgotten=forgotten)
        self.forgotten = forgotten
        self._read_files = partial(read_files, forgotten=forgotten)
        self.origin = origin
        self.progress = progress
        self.report = Report()
        # The pages of this import, by their ids.
        self.ids: set[int] = set()
        self._place = 0
        self._skipped: list[tuple[int, Skipped]] = []
        self._files: list[tuple[_Waiting, PageFile]] = []
        self._bytes = 0
        # The batches that are being read, and their paths.
        self._batches: deque[list[_Waiting]] = deque()
        self._paths: set[str] = set()

    def run(self, inputs: list[Path]) -> Report:
        # Whatever a "forget" that was cut short has left.
        self.pages.forget(self.forgotten.keys)
        if self.origin == "seed" and not self.db.execute(event_queries.IS_EMPTY).fetchone()[0]:
            # A real archive came in between.
            self._count()
            return self.report
        with WorkerPool() as self._crew:
            for found in self._found(inputs):
                self._place += 1
                self._take(found)
            self._finish()
            self._rebuild()
        self._count()
        return self.report

    def _rebuild(self) -> None:
        """Make the events that follow from what was read."""
        report = self.report
        report.skipped = [skipped for _, skipped in sorted(self._skipped, key=lambda each: each[0])]
        report.pages = report.new + report.changed + report.unchanged
        if self.origin == "import" and report.pages:
            # Those that came again now count as imported.
            self.pages.remove_seeds()
        _rebuild(self.db, self.pages.dates, self._crew, self.progress)

    def _found(self, inputs: list[Path]) -> Iterator[InputFile]:
        for number, path in enumerate(inputs):
            for found in read_input(path):
                self.progress.reading(number + found.done, len(inputs), len(self.ids))
                yield found
        self.progress.reading(len(inputs), len(inputs), len(self.ids))

    def _take(self, found: InputFile) -> None:
        if found.data is None:
            self._skip(self._place, found.path, found.reason or "cannot be read")
            return
        try:
            if is_list(found.path):
                self._take_list(found.where, found.data)
            else:
                self._take_page(found, found.data)
        except PageError as error:
            self._skip(self._place, found.path, str(error))

    def _skip(self, place: int, name: str, reason: str) -> None:
        self._skipped.append((place, Skipped(name, reason)))

    def _take_page(self, found: InputFile, data: bytes) -> None:
        digest = hashlib.blake2b(data, digest_size=16).digest()
        path = normal_path(found.where)
        if path is None:
            path = read_row(found.where, data, self.forgotten).path
        if path in self._paths:
            # Whether this one counts depends on whether that one can be read.
            self._finish()
        known = self.pages.known(path, any_origin=self.origin == "seed")
        is_same = known is not None and known[1:] == (digest, GRAMMAR)
        if known and known[0] in self.ids:
            if not is_same:
                reason = f"another page with the path {path} was taken before it"
                raise PageError(reason)
            return
        if known and is_same:
            self.ids.add(known[0])
            self.report.unchanged += 1
            return
        waiting = _Waiting(self._place, found.path, path, digest, known is not None)
        self._paths.add(path)
        self._files.append((waiting, (found.where, data)))
        self._bytes += len(data)
        if len(self._files) >= _BATCH or self._bytes >= _BATCH_BYTES:
            self._read()

    def _read(self) -> None:
        """Have the files read that have come together, and write what has been read in the meantime."""
        files = [file for _, file in self._files]
        self._batches.append([waiting for waiting, _ in self._files])
        self._files.clear()
        self._bytes = 0
        for done in self._crew.submit(self._read_files, files):
            self._put(done)

    def _put(self, done: Sequence[ReadResult]) -> None:
        """Write the oldest batch."""
        rows: list[tuple[PageRow, bytes]] = []
        batch = self._batches.popleft()
        for waiting, read in zip(batch, done, strict=True):
            if isinstance(read, str):
                self._skip(waiting.place, waiting.name, read)
                continue
            if waiting.is_known:
                self.report.changed += 1
            else:
                self.report.new += 1
            rows.append((read, waiting.digest))
        self._paths.difference_update(waiting.path for waiting in batch)
        self.ids.update(self.pages.put(rows, origin=self.origin))

    def _finish(self) -> None:
        """Write all that has come so far."""
        if self._files:
            self._read()
        for done in self._crew.drain():
            self._put(done)

    def _take_list(self, where: str, data: bytes) -> None:
        path = normal_path(where)
        if path is None:
            # A folder's own README is no day's index.
            return
        self.report.lists += 1
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if self.pages.known_list(path) != (digest, GRAMMAR):
            self.pages.put_list(path, read_list(text_of(data)), digest=digest)

    def _count(self) -> None:
        report = self.report
        report.events, report.stubs = self.db.execute("SELECT events, stubs FROM total").fetchone()
        (events,) = self.db.execute(_EVENTS_OF, (encode(list(self.ids)),)).fetchone()
        report.duplicates = report.pages - events
