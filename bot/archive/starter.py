"""Keeps the starter pages in an archive, those of ``seeds/``, up to date with the installed version."""

import hashlib
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path

from bot.archive import event_queries
from bot.archive.database_file import BusyError, open_for_writing
from bot.archive.forgotten_events import ForgottenEvents
from bot.database import transaction
from bot.domain.page import STARTER_ORIGIN
from bot.formats.page_format import CONTEXT_VERSION

log = logging.getLogger(__name__)

# What stands in place of the pages' hash where the starter archive is left out.
_OFF = "off"


def sync_starter(archive: Path, *, enabled: bool, forgotten: ForgottenEvents) -> None:
    """Bring the starter pages in an archive up to date with the installed version's. Raises ArchiveError.

    Pages that it has new, changed or no more are brought in, read again or taken out; if the starter archive is not
    ``enabled``, all of them are taken out. Pages that were imported, and forgotten events, stay as they are.
    """
    with resources.as_file(resources.files("seeds")) as pages:
        sync_pages(archive, pages if enabled else None, forgotten=forgotten)


def fill_if_empty(archive: Path, *, enabled: bool, forgotten: ForgottenEvents) -> None:
    """Load the starter pages, if they are ``enabled``, into an archive without pages. Raises ArchiveError."""
    with closing(open_for_writing(archive)) as db:
        is_empty = _is_empty(db)
    if is_empty and enabled:
        sync_starter(archive, enabled=True, forgotten=forgotten)


def sync_pages(archive: Path, pages: Path | None, *, forgotten: ForgottenEvents) -> None:
    """Make the starter pages in an archive those of a folder, or none. Raises ArchiveError.

    Where another import is running, they stay as they are until the next time.
    """
    starter_hash = _hash(pages) if pages else _OFF
    with closing(open_for_writing(archive)) as db:
        current, has_starter = db.execute(event_queries.STARTER).fetchone()
        is_empty = _is_empty(db)
    up_to_date = starter_hash == current and not is_empty if pages else not has_starter
    if up_to_date:
        return
    # Only a start after an update needs it.
    from bot.archive.importer import import_pages

    if not is_empty:
        log.info("bringing the starter archive up to date with this version")
    try:
        import_pages(archive, [pages] if pages else [], forgotten=forgotten, origin=STARTER_ORIGIN)
    except BusyError:
        log.info("another import is running: the starter archive will be brought up to date at the next start")
        return
    with closing(open_for_writing(archive)) as db, transaction(db):
        db.execute(event_queries.SET_STARTER_HASH, {"hash": starter_hash})


def _is_empty(db: sqlite3.Connection) -> bool:
    return bool(db.execute(event_queries.IS_EMPTY).fetchone()[0])


def _hash(pages: Path) -> str:
    """Return a hash of all pages in a folder, and of the version of the format that reads them."""
    digest = hashlib.blake2b(f"{CONTEXT_VERSION}".encode(), digest_size=16)
    for data in _contents(pages):
        digest.update(hashlib.blake2b(data).digest())
    return digest.hexdigest()


def _contents(pages: Path) -> Iterator[bytes]:
    """Yield the name and the bytes of each file of pages."""
    for file in sorted(pages.rglob("*.md")):
        yield f"{file.relative_to(pages)}".encode()
        yield file.read_bytes()
