"""Pages into the archive: whole or nothing, while others read it."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.archive import queries
from bot.archive.bundles import Found, look_into
from bot.archive.derive import Deriver
from bot.archive.forgotten import Forgotten
from bot.archive.opening import open_for_writing, told
from bot.archive.pages import Pages
from bot.archive.rows import Row, read_row
from bot.database import transaction
from bot.errors import PageError
from bot.page import GRAMMAR, is_list, normal_path, read_list, text_of

# So many pages are written together.
_BATCH = 100


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
            raise told(archive, error) from error
    return report


def forget(archive: Path, keys: Iterable[str]) -> None:
    """Take the pages and names under these keys out of the archive."""
    with closing(open_for_writing(archive)) as db:
        try:
            with transaction(db):
                pages = Pages(db, forgotten=Forgotten())
                pages.forget(keys)
                _derive(db, pages.dates, Quiet())
            # The removed text is to be gone from the disk, too.
            db.execute("INSERT INTO event_search (event_search) VALUES ('optimize')")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise told(archive, error) from error


def _derive(db: sqlite3.Connection, dates: set[str], progress: Progress) -> None:
    deriver = Deriver(db)
    steps = iter(range(1, len(dates) + 1))
    deriver.derive(dates, step=lambda: progress.building(next(steps), len(dates)))
    deriver.index_words(dates)
    db.execute(queries.COUNT)


class _Import:
    def __init__(self, db: sqlite3.Connection, forgotten: Forgotten, origin: str, progress: Progress) -> None:
        self.db = db
        self.pages = Pages(db, forgotten=forgotten)
        self.forgotten = forgotten
        self.origin = origin
        self.progress = progress
        self.report = Report()
        self.seen: dict[str, bytes] = {}
        self.ids: list[int] = []
        self._waiting: list[tuple[Row, bytes]] = []

    def run(self, inputs: list[Path]) -> Report:
        # Whatever a "forget" that was cut short has left.
        self.pages.forget(self.forgotten.keys)
        if self.origin == "seed" and not self.db.execute(queries.IS_EMPTY).fetchone()[0]:
            # A real archive came in between.
            self._count()
            return self.report
        for found in self._files(inputs):
            self._take(found)
        self._put()
        report = self.report
        report.pages = report.new + report.changed + report.unchanged
        if self.origin == "import" and report.pages:
            # Those that came again now count as imported.
            self.pages.remove_seeds()
        _derive(self.db, self.pages.dates, self.progress)
        self._count()
        return report

    def _files(self, inputs: list[Path]) -> Iterator[Found]:
        for number, path in enumerate(inputs):
            for found in look_into(path):
                self.progress.reading(number + found.done, len(inputs), len(self.ids))
                yield found
        self.progress.reading(len(inputs), len(inputs), len(self.ids))

    def _take(self, found: Found) -> None:
        if found.data is None:
            self.report.skipped.append(Skipped(found.path, found.reason or "cannot be read"))
            return
        try:
            if is_list(found.path):
                self._take_list(found.where, found.data)
            else:
                self._take_page(found.where, found.data)
        except PageError as error:
            self.report.skipped.append(Skipped(found.path, str(error)))

    def _take_page(self, where: str, data: bytes) -> None:
        digest = hashlib.blake2b(data, digest_size=16).digest()
        path = normal_path(where)
        row = None
        if path is None:
            row = read_row(where, data, self.forgotten)
            path = row.path
        if path in self.seen:
            if self.seen[path] != digest:
                reason = f"another page with the path {path} was taken before it"
                raise PageError(reason)
            return
        known = self.pages.known(path, any_origin=self.origin == "seed")
        if known and known[1:] == (digest, GRAMMAR):
            self.seen[path] = digest
            self.ids.append(known[0])
            self.report.unchanged += 1
            return
        row = row or read_row(where, data, self.forgotten)
        self.seen[path] = digest
        if known:
            self.report.changed += 1
        else:
            self.report.new += 1
        self._waiting.append((row, digest))
        if len(self._waiting) >= _BATCH:
            self._put()

    def _put(self) -> None:
        self.ids += self.pages.put(self._waiting, origin=self.origin)
        self._waiting.clear()

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
        events = {
            self.db.execute("SELECT event_id FROM name WHERE id = ?", (number,)).fetchone()[0] for number in self.ids
        }
        report.duplicates = report.pages - len(events)
