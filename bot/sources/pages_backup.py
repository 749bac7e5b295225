"""Copies the fetched pages, and facts about articles, into one file, from which an import reads them again."""

import gzip
import os
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bot.data_folder import sweep
from bot.domain.errors import FetchError
from bot.formats.articles import FOLDER
from bot.formats.articles import SUFFIX as ARTICLES

# What the copy of the pages is called, behind the name of the ledger's copy without its suffix.
SUFFIX = ".pages.tar.gz"
# A file of a backup that was last written so long ago is one that was killed.
_LEFT_BEHIND = timedelta(hours=1)


def backup_pages(folder: Path, to: Path, *, now: datetime) -> int:
    """Copy the pages of a folder into the ``.tar.gz`` at ``to``, whole or not at all; return how many there are.

    An earlier copy is replaced. Each page is whole in it, also while a fetch is writing. Raises FetchError.
    """
    unfinished = None
    # What a killed backup has left; another one may be running.
    sweep(to.parent, ".daybook-pages-*", before=(now - _LEFT_BEHIND).timestamp())
    try:
        with tempfile.NamedTemporaryFile(prefix=".daybook-pages-", dir=to.parent, delete=False) as opened:
            unfinished = Path(opened.name)
            with gzip.open(opened, "wb", compresslevel=6) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
                count = sum(_add(tar, file, folder) for file in _files(folder, "*.md"))
                for file in _files(folder, f"{FOLDER}/*/*{ARTICLES}"):
                    _add(tar, file, folder)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(to)
    except OSError as error:
        reason = f"no copy of {folder} was made in {to}: {error.strerror or error}"
        raise FetchError(reason) from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
    return count


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield the files of pages, or of facts about articles, without what fetches keep beside them."""
    for file in sorted(folder.rglob(pattern)):
        if not any(part.startswith(".") for part in file.relative_to(folder).parts):
            yield file


def _add(tar: tarfile.TarFile, file: Path, folder: Path) -> bool:
    """Add a page; one that was taken out in the meantime is left out."""
    try:
        tar.add(file, str(file.relative_to(folder)), recursive=False)
    except FileNotFoundError:
        return False
    return True
