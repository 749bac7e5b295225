"""Yields the files in zip and tar archives, each unpacked in memory. Follows no link."""

import io
import lzma
import posixpath
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.archive.input_file import InputFile, is_wanted, printable
from bot.archive.tar_entries import Kind, TarEntry, TarReader
from bot.archive.unpacking import BUFFER, DamagedError, Meter, unpacked_stream
from bot.archive.zip_entries import ZipEntry, ZipReader, is_readable
from bot.domain.errors import ArchiveError
from bot.formats.page_format import MAX_BYTES

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")


def read_archive(path: Path) -> Iterator[InputFile]:
    """Yield the files of an archive that may be pages; of several under one name the last, as unpacking leaves it.

    Raises ArchiveError when it cannot be read, or unpacks to far too much.
    """
    try:
        yield from _zip(path) if path.name.lower().endswith(".zip") else _tar(path)
    except PermissionError:
        raise
    except (DamagedError, EOFError, OSError, ValueError) as error:
        reason = f"{path} is damaged, or not the kind of archive its name says ({error}): nothing was imported"
        raise ArchiveError(reason) from error
    except (lzma.LZMAError, zlib.error) as error:
        reason = f"{path} is damaged ({error}): nothing was imported"
        raise ArchiveError(reason) from error


def _is_page(name: str) -> bool:
    last = name.rpartition("/")[2]
    return is_wanted(name) and not last.startswith(".") and not name.startswith("__MACOSX/")


def _is_read(name: str) -> bool:
    """Return whether something is read, or reported, of an entry."""
    return is_wanted(name) or name.lower().endswith(ARCHIVE_SUFFIXES)


def _unread(name: str, problem: str, progress: float) -> InputFile:
    """Return an archive's entry that is not read."""
    return InputFile(name, name, None, problem, progress)


def _nested_archive(name: str, progress: float) -> InputFile:
    return _unread(name, "an archive inside an archive: unpack it and import it by itself", progress)


def _zip(path: Path) -> Iterator[InputFile]:
    with path.open("rb", BUFFER) as directory, path.open("rb", BUFFER) as data:
        meter = Meter(path)
        last = _last_of_repeated(entry.name for entry, _ in ZipReader(path, directory, data, Meter(path)).entries())
        archive = ZipReader(path, directory, data, meter)
        for index, (entry, progress) in enumerate(archive.entries()):
            name = printable(entry.name)
            if not _is_read(name) or name.endswith("/") or last.get(_unpacked_name(entry.name), index) != index:
                continue
            if _is_page(name):
                yield _zip_entry(archive, entry, name, progress)
            else:
                yield _nested_archive(name, progress)


def _zip_entry(archive: ZipReader, entry: ZipEntry, name: str, progress: float) -> InputFile:
    if stat.S_ISLNK(entry.mode):
        return _unread(name, "a link: links in archives are not followed", progress)
    if entry.is_encrypted:
        return _unread(name, "encrypted", progress)
    if not is_readable(entry.method):
        return _unread(name, "packed in a way that is not read here: pack the zip with “deflate”", progress)
    try:
        return InputFile(name, name, archive.read(entry, MAX_BYTES + 1), None, progress)
    except (DamagedError, zlib.error, OSError, ValueError):
        return _unread(name, "damaged inside the archive", progress)


def _tar(path: Path) -> Iterator[InputFile]:
    # A tar that was added to holds a changed file twice. It has no list of its entries, so it is read twice.
    last = _last_of_repeated(entry.name for _, entry, _ in _tar_entries(path))
    for index, (archive, entry, progress) in enumerate(_tar_entries(path)):
        name = printable(entry.name)
        if not _is_read(name) or last.get(_unpacked_name(entry.name), index) != index:
            continue
        if not _is_page(name):
            if entry.kind is Kind.FILE:
                yield _nested_archive(name, progress)
        elif entry.kind is Kind.LINK:
            yield _unread(name, "a link: links in archives are not followed", progress)
        elif entry.kind is Kind.SPARSE:
            yield _unread(name, "a file with holes: pack the tar without “--sparse”", progress)
        elif entry.kind is Kind.FILE:
            yield InputFile(name, name, archive.read(MAX_BYTES + 1), None, progress)


def _tar_entries(path: Path) -> Iterator[tuple[TarReader, TarEntry, float]]:
    """Yield a tar's entries in their order, each with the tar and the share of its file that has been read."""
    meter = Meter(path)
    with io.BufferedReader(path.open("rb", 0), BUFFER) as file:
        stream = unpacked_stream(path, file, meter)
        archive = TarReader(stream or file, meter, file_size=None if stream else meter.size)
        for entry in archive:
            yield archive, entry, file.tell() / meter.size


def _last_of_repeated(names: Iterable[str]) -> dict[str, int]:
    """Return the index of the last entry under each name that comes more than once: unpacked, only that one stays.

    A name may also be there that has the same hash as another: names themselves would take too much memory.
    """
    hashes: set[int] = set()
    last: dict[str, int] = {}
    for index, entry_name in enumerate(names):
        if not _is_read(entry_name):
            continue
        name = _unpacked_name(entry_name)
        if (name_hash := hash(name)) in hashes:
            last[name] = index
        hashes.add(name_hash)
    return last


def _unpacked_name(name: str) -> str:
    """Return the path to which an entry is unpacked: ``./a`` and ``a`` are one file."""
    return posixpath.normpath(name)
