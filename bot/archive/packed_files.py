"""Yields the files in zip and tar archives, each unpacked in memory. Follows no link."""

import gzip
import lzma
import posixpath
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tarfile import HeaderError, ReadError
from typing import IO, Self, cast

from bot.archive.input_file import InputFile, is_wanted, printable
from bot.domain.errors import ArchiveError
from bot.formats.page_format import MAX_BYTES

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")
# Packing pages makes them about 30 times smaller, a decompression bomb thousands of times.
_FREE_BYTES = 256 * 1024 * 1024
_MOST_RATIO = 200
_MOST_ENTRIES = 5_000_000
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


def read_archive(path: Path) -> Iterator[InputFile]:
    """Yield the files of an archive that may be pages; of several under one name the last, as unpacking leaves it.

    Raises ArchiveError when it cannot be read, or unpacks to far too much.
    """
    try:
        yield from _zip(path) if path.name.lower().endswith(".zip") else _tar(path)
    except PermissionError:
        raise
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, RuntimeError, ValueError) as error:
        reason = f"{path} is damaged or no archive of the kind its name says ({error}): nothing was imported"
        raise ArchiveError(reason) from error
    except (lzma.LZMAError, zlib.error) as error:
        reason = f"{path} is damaged ({error}): nothing was imported"
        raise ArchiveError(reason) from error


def _is_page(name: str) -> bool:
    last = name.rpartition("/")[2]
    return is_wanted(name) and not last.startswith(".") and not name.startswith("__MACOSX/")


def _unread(name: str, problem: str, progress: float) -> InputFile:
    """Return an archive's entry that is not read."""
    return InputFile(name, name, None, problem, progress)


def _nested_archive(name: str, progress: float) -> InputFile:
    return _unread(name, "an archive inside an archive: unpack it and import it by itself", progress)


class _Meter:
    """Counts what an archive unpacks to, and refuses a decompression bomb."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = max(path.stat().st_size, 1)
        self.bytes = 0
        self.entries = 0

    def count_entry(self) -> None:
        self.entries += 1
        if self.entries > _MOST_ENTRIES:
            self._refuse(f"holds more than {_MOST_ENTRIES:,} files")

    def count_bytes(self, count: int) -> None:
        self.bytes += count
        if self.bytes > _FREE_BYTES and self.bytes > self.size * _MOST_RATIO:
            self._refuse(f"unpacks to more than {_MOST_RATIO} times its size")

    def _refuse(self, problem: str) -> None:
        reason = f"{self.path} {problem}: that is no archive of pages, and nothing was imported"
        raise ArchiveError(reason)


def _zip(path: Path) -> Iterator[InputFile]:
    meter = _Meter(path)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        last = _last_of_repeated(_zip_name(entry) for entry in entries)
        for index, entry in enumerate(entries):
            meter.count_entry()
            name, progress = _zip_name(entry), index / len(entries)
            if last.get(_unpacked_name(name), index) != index:
                continue
            if not entry.is_dir() and _is_page(name):
                yield _zip_entry(archive, entry, name, meter, progress)
            elif name.lower().endswith(ARCHIVE_SUFFIXES):
                yield _nested_archive(name, progress)


def _zip_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, meter: _Meter, progress: float
) -> InputFile:
    if stat.S_ISLNK(entry.external_attr >> 16):
        return _unread(name, "a link: links in archives are not followed", progress)
    if entry.flag_bits & _ENCRYPTED:
        return _unread(name, "encrypted", progress)
    try:
        with archive.open(entry) as file:
            data = file.read(MAX_BYTES + 1)
    except zipfile.BadZipFile:
        return _unread(name, "damaged inside the archive", progress)
    meter.count_bytes(len(data))
    return InputFile(name, name, data, None, progress)


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; tools that do not mark UTF-8 names are read as if they had."""
    if not entry.flag_bits & _UTF8_NAME:
        try:
            return entry.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return printable(entry.filename)


class _Metered:
    """A file that is read once, forwards, with its unpacked bytes counted."""

    def __init__(self, file: IO[bytes], meter: _Meter) -> None:
        self._file = file
        self._meter = meter

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._meter.count_bytes(len(data))
        return data


class _Header(tarfile.TarInfo):
    """An entry's header. tarfile takes a damaged or missing one for the end of the archive; here it is an error."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        """Read the next header."""
        try:
            return super().fromtarfile(tarfile)
        except HeaderError as error:
            # tarfile raises it for a proper end; the class is private.
            if type(error).__name__ == "EOFHeaderError":
                raise
            reason = f"a header is damaged or missing: {error}"
            raise ReadError(reason) from error


def _decompressed(path: Path, file: IO[bytes]) -> IO[bytes]:
    name = path.name.lower()
    if name.endswith((".gz", ".tgz")):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    if name.endswith((".xz", ".txz")):
        return cast("IO[bytes]", lzma.LZMAFile(file))
    return file


def _tar(path: Path) -> Iterator[InputFile]:
    # A tar that was added to holds a changed file twice. It has no list of its entries, so it is read twice.
    last = _last_of_repeated(printable(entry.name) for _, entry, _ in _tar_entries(path))
    for index, (archive, entry, progress) in enumerate(_tar_entries(path)):
        name = printable(entry.name)
        if last.get(_unpacked_name(name), index) != index:
            continue
        if not _is_page(name):
            if entry.isreg() and name.lower().endswith(ARCHIVE_SUFFIXES):
                yield _nested_archive(name, progress)
        elif entry.issym() or entry.islnk():
            yield _unread(name, "a link: links in archives are not followed", progress)
        elif entry.isreg() and (page := archive.extractfile(entry)):
            yield InputFile(name, name, page.read(MAX_BYTES + 1), None, progress)


def _tar_entries(path: Path) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo, float]]:
    """Yield a tar's entries in their order, each with the tar and the share of its file that has been read."""
    meter = _Meter(path)
    with path.open("rb") as file:
        stream = _Metered(_decompressed(path, file), meter)
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:  # type: ignore[call-overload]
            for entry in archive:
                meter.count_entry()
                yield archive, entry, file.tell() / meter.size


def _last_of_repeated(names: Iterable[str]) -> dict[str, int]:
    """Return the index of the last entry under each name that comes more than once: unpacked, only that one stays.

    A name may also be there that has the same hash as another: names themselves would take too much memory.
    """
    hashes: set[int] = set()
    last: dict[str, int] = {}
    for index, name in enumerate(map(_unpacked_name, names)):
        if (name_hash := hash(name)) in hashes:
            last[name] = index
        hashes.add(name_hash)
    return last


def _unpacked_name(name: str) -> str:
    """Return the path to which an entry is unpacked: ``./a`` and ``a`` are one file."""
    return posixpath.normpath(name)
