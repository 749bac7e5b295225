"""The files of fetched pages, which lie beside the archive: with an event that is forgotten, its files go."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.archive.inserts import LISTED, encode
from bot.domain.errors import ArchiveError

# The folder of fetched pages, in the archive's own.
PAGES = "pages"
_PATHS = f"SELECT path FROM page JOIN page_path USING (id) WHERE key IN {LISTED}"


def delete_page_files(archive: Path, db: sqlite3.Connection, keys: Iterable[str]) -> None:
    """Delete the files of the pages that an archive has under these keys. Raises ArchiveError, sqlite3.Error."""
    folders = list(_folders(archive.with_name(PAGES)))
    if not folders:
        return
    for (path,) in db.execute(_PATHS, (encode(list(keys)),)):
        for folder in folders:
            _delete(folder / f"{path}.md")


def _folders(pages: Path) -> Iterator[Path]:
    """Yield the folder of pages, and each folder in it: pages of a language may have one of their own."""
    if pages.is_dir():
        yield pages
        yield from (entry for entry in pages.iterdir() if entry.is_dir())


def _delete(file: Path) -> None:
    # A page from elsewhere may have a path that no file here could have: then there is none.
    if not os.path.lexists(file):
        return
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        reason = f"{file} cannot be deleted ({error.strerror}): delete it, and forget the event again"
        raise ArchiveError(reason) from error
