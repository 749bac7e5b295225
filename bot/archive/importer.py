"""Imports pages into the archive: all of them or none, while others read it."""

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.archive import event_queries
from bot.archive.article_facts import ArticleFacts, build_outdated, with_unread
from bot.archive.database_file import CACHE_KIB, failure, open_for_writing
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.import_note import noted
from bot.archive.import_report import NoProgress, Progress, Report, Skipped
from bot.archive.input_file import InputFile, hash_of
from bot.archive.input_files import read_input
from bot.archive.inserts import LISTED, encode
from bot.archive.item_joins import dates_joined, dates_to_join, items_of
from bot.archive.page_files import delete_page_files
from bot.archive.page_reader import PageFile, ParsedPage, Refusal, read_file, read_files
from bot.archive.page_store import PageStore
from bot.archive.rebuild import Rebuilder
from bot.archive.workers import WorkerPool
from bot.database import transaction, truncate_wal
from bot.domain.errors import ArchiveError, PageError
from bot.domain.page import STARTER_ORIGIN
from bot.formats.articles import articles_file
from bot.formats.context import CONTEXT
from bot.formats.page_format import decode_page
from bot.formats.page_limits import short_mention
from bot.formats.page_path import is_index, normal_path
from bot.formats.registry import is_current

# Without the withdrawn pages that lead to no event.
_DUPLICATES = f"SELECT count(event_id) - count(DISTINCT event_id) FROM page_path WHERE id IN {LISTED}"
# Files are read and written in batches: the most files in one, and its bytes, which the last file may exceed.
_BATCH, _BATCH_BYTES = 100, 2 * 1024 * 1024
# So many pages of which something was cut are listed.
_MOST_SHORTENED = 1_000
# So many files may be left out; more only if some of them are pages: 400,000 files of a byte are no archive.
_FREE_SKIPS, _MOST_SKIPS_A_PAGE = 20_000, 10


def import_pages(
    archive: Path,
    inputs: Iterable[Path],
    *,
    forgotten: ForgottenEvents,
    origin: str = "import",
    progress: Progress | None = None,
    cache_kib: int = CACHE_KIB,
) -> Report:
    """Load the pages of files, folders and archives into the archive at ``archive``.

    Others see all of it or nothing, and see it only when this returns. ``origin`` is stored with the pages. Those of
    the origin ``seed`` are the starter pages: an import of them takes out the others of that origin, and leaves alone
    what another import has brought. ``cache_kib`` is how much memory it uses for the file. Raises ArchiveError.
    """
    with closing(open_for_writing(archive, cache_kib=cache_kib)) as db:
        try:
            with transaction(db), noted(archive, progress or NoProgress()) as reported:
                # A “forget” that was interrupted may have left something: files here, and rows below.
                delete_page_files(archive, db, forgotten.keys)
                run = _ImportRun(db, forgotten, origin, reported)
                report = run.run(with_unread(inputs, archive, db))
            if run.facts.path_ids:
                build_outdated(db, run.facts.path_ids)
                (report.outdated,) = db.execute(event_queries.COUNT_OUTDATED).fetchone()
        except sqlite3.Error as error:
            raise failure(archive, error) from error
        finally:
            truncate_wal(db)
    return report


def forget(archive: Path, keys: Iterable[str]) -> None:
    """Take the events under these keys out of the archive, with all that pages say about them. Raises ArchiveError.

    The files of fetched pages are deleted first: as long as one is there, the archive knows its path.
    """
    keys = list(keys)
    with closing(open_for_writing(archive)) as db:
        try:
            with transaction(db):
                delete_page_files(archive, db, keys)
                store = PageStore(db, forgotten=ForgottenEvents())
                store.forget(keys)
                with WorkerPool(size=0) as workers:
                    _rebuild(db, store, workers, NoProgress())
            # The removed text is to be gone from the disk, too.
            db.execute("INSERT INTO event_search (event_search) VALUES ('optimize')")
            db.execute("INSERT INTO stem_search (stem_search) VALUES ('optimize')")
        except sqlite3.Error as error:
            raise failure(archive, error) from error
        finally:
            truncate_wal(db)


def _rebuild(db: sqlite3.Connection, store: PageStore, workers: WorkerPool, progress: Progress) -> None:
    """Build the events again that what was stored has changed, and count what the archive holds."""
    store.dates |= dates_joined(db, items_of(db, store.dates)) | dates_to_join(db, store.items)
    total = len(store.dates) + len(store.mentioned)
    steps = iter(range(1, total + 1))
    Rebuilder(db).rebuild(store.dates, store.mentioned, workers, step=lambda: progress.building(next(steps), total))


@dataclass(slots=True)
class _PendingFile:
    """A file on its way through a worker: its number in the import, its name for the report, its path and hash."""

    number: int
    name: str
    path: str
    hash: bytes
    is_stored: bool


class _ImportRun:
    """One import, inside its transaction."""

    def __init__(self, db: sqlite3.Connection, forgotten: ForgottenEvents, origin: str, progress: Progress) -> None:
        self.db = db
        self.store = PageStore(db, forgotten=forgotten)
        self.facts = ArticleFacts(db)
        self.forgotten = forgotten
        self.origin = origin
        self.progress = progress
        self.report = Report()
        # The ids of the pages of this import.
        self.page_ids: set[int] = set()
        self._file_number = 0
        self._skipped: list[tuple[int, Skipped]] = []
        # The batch that is being filled.
        self._pending: list[_PendingFile] = []
        self._files: list[PageFile] = []
        self._bytes = 0
        # The batches that workers have, oldest first, and the paths of their pages and of the pending ones.
        self._batches: deque[list[_PendingFile]] = deque()
        self._paths: set[str] = set()

    def run(self, inputs: list[Path]) -> Report:
        self.store.forget(self.forgotten.keys)
        with WorkerPool() as self._workers:
            for file in self._input_files(inputs):
                self._file_number += 1
                self._add(file)
            self._finish_reading()
            self._build_events()
        self._count()
        return self.report

    def _build_events(self) -> None:
        report = self.report
        report.skipped = [skipped for _, skipped in sorted(self._skipped, key=lambda numbered: numbered[0])]
        report.pages = report.new + report.changed + report.unchanged
        if self.origin == STARTER_ORIGIN:
            self.store.remove_seeds(but=self.page_ids)
        self.store.clear_caches()
        self.facts.mark_events()
        self.store.dates |= self.facts.dates
        _rebuild(self.db, self.store, self._workers, self.progress)

    def _input_files(self, inputs: list[Path]) -> Iterator[InputFile]:
        for index, path in enumerate(inputs):
            for file in read_input(path):
                self.progress.reading(index + file.progress, len(inputs), len(self.page_ids))
                yield file
        self.progress.reading(len(inputs), len(inputs), len(self.page_ids))

    def _add(self, file: InputFile) -> None:
        try:
            if file.data is None:
                self._skip(self._file_number, file.name, file.problem or "cannot be read")
            elif articles_file(file.path):
                self.facts.store(file.path, file.data)
                self.report.facts += 1
            elif is_index(file.name):
                self._add_index(file.path, file.data)
            else:
                self._add_page(file, file.data)
        except PageError as error:
            self._skip(self._file_number, file.name, str(error))

    def _skip(self, number: int, name: str, reason: str) -> None:
        self._skipped.append((number, Skipped(name, reason)))
        count = len(self._skipped)
        if count > _FREE_SKIPS and count > _MOST_SKIPS_A_PAGE * len(self.page_ids):
            raise ArchiveError(
                f"{count:,} files were read and nearly none of them is a page (the last, {name}: {reason}):"
                " nothing was imported; give the folder or archive that has the pages"
            )

    def _add_page(self, file: InputFile, data: bytes) -> None:
        """Add a file to the batch, unless the archive has its page already, unchanged."""
        file_hash = hash_of(data)
        path = normal_path(file.path)
        if path is None:
            path = read_file(PageFile(file.path, data), forgotten=self.forgotten).page.path
        if path in self._paths:
            # Whether this file counts depends on whether the earlier one with its path can be read.
            self._finish_reading()
        stored = self.store.find_page(path)
        # A starter page never takes the place of an imported one; to an import, a starter page is as good as none.
        if stored and (stored.origin == STARTER_ORIGIN) != (self.origin == STARTER_ORIGIN):
            if self.origin == STARTER_ORIGIN:
                return
            stored = None
        is_same = stored is not None and stored.hash == file_hash and is_current(stored.format, stored.format_version)
        if stored and stored.path_id in self.page_ids:
            if not is_same:
                reason = f"another page with the path {path} was taken before it"
                raise PageError(reason)
        elif stored and is_same:
            self.page_ids.add(stored.path_id)
            self.report.unchanged += 1
        else:
            pending = _PendingFile(self._file_number, file.name, path, file_hash, is_stored=stored is not None)
            self._add_to_batch(pending, PageFile(file.path, data))

    def _add_to_batch(self, pending: _PendingFile, file: PageFile) -> None:
        self._paths.add(pending.path)
        self._pending.append(pending)
        self._files.append(file)
        self._bytes += len(file.data)
        if len(self._files) >= _BATCH or self._bytes >= _BATCH_BYTES:
            self._submit_batch()

    def _submit_batch(self) -> None:
        """Give the batch to the workers, and write the batches that they have finished."""
        self._batches.append(self._pending)
        files, self._files, self._pending, self._bytes = self._files, [], [], 0
        for results in self._workers.submit(partial(read_files, forgotten=self.forgotten), files):
            self._store_batch(results)

    def _store_batch(self, results: Sequence[ParsedPage | Refusal]) -> None:
        """Write the pages of the oldest batch, given what the workers have read of its files."""
        pages: list[tuple[ParsedPage, bytes]] = []
        batch = self._batches.popleft()
        for pending, result in zip(batch, results, strict=True):
            if isinstance(result, Refusal):
                self._skip(pending.number, pending.name, result.reason)
                continue
            if pending.is_stored:
                self.report.changed += 1
            else:
                self.report.new += 1
            if result.cut and len(self.report.shortened) < _MOST_SHORTENED:
                self.report.shortened.append(Skipped(pending.name, result.cut))
            pages.append((result, pending.hash))
        self._paths.difference_update(pending.path for pending in batch)
        self.page_ids.update(self.store.store(pages, origin=self.origin))

    def _finish_reading(self) -> None:
        """Read and write every file that has been added so far."""
        if self._files:
            self._submit_batch()
        for results in self._workers.drain():
            self._store_batch(results)

    def _add_index(self, file_path: str, data: bytes) -> None:
        path = normal_path(file_path)
        if path is None:
            # A README outside news/ is not a day's index.
            return
        self.report.lists += 1
        file_hash = hash_of(data)
        if self.store.find_index(path) != (file_hash, CONTEXT.version):
            self.store.store_index(path, map(short_mention, CONTEXT.read_index(decode_page(data))), file_hash=file_hash)

    def _count(self) -> None:
        report = self.report
        report.events, report.stubs = self.db.execute(event_queries.COUNT_IMPORTED).fetchone()
        (report.duplicates,) = self.db.execute(_DUPLICATES, (encode(list(self.page_ids)),)).fetchone()
        (report.outdated,) = self.db.execute(event_queries.COUNT_OUTDATED).fetchone()
