"""Yields the files of an import's inputs: single files, folders, zip and tar archives. Follows no link out of them."""

# ruff: noqa: PTH100, PTH114, PTH116, PTH118, PTH123  (paths as text: a Path for each of 100,000 files takes too long)

import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tarfile import HeaderError, ReadError
from typing import IO, Self, cast

from bot.domain.errors import ArchiveError
from bot.formats.bundle import is_bundle, split_bundle
from bot.formats.page_format import MAX_BYTES

_PAGE_SUFFIXES = (".md", ".markdown", ".txt")
_ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")
# Packing pages makes them about 30 times smaller, a decompression bomb thousands of times.
_FREE_BYTES = 256 * 1024 * 1024
_MOST_RATIO = 200
_MOST_ENTRIES = 5_000_000
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that may be a page: its bytes (one over 1 MiB is cut one byte later), or why it cannot be read.

    ``name`` is what to call it, ``path`` its whole path, in which a page's own path is looked for; ``progress`` is the
    share of its input, 0 to 1, that has been read.
    """

    name: str
    path: str
    data: bytes | None
    problem: str | None
    progress: float


def read_input(path: Path) -> Iterator[InputFile]:
    """Yield the files of one input that may be pages; of a bundle, each of its pages.

    Raises ArchiveError when the input is not there, is no archive that can be read, or unpacks to far too much.
    """
    for file in _files(path):
        # One that is too large has been cut: it is left out whole.
        if file.data is not None and len(file.data) <= MAX_BYTES and is_bundle(file.data):
            for page in split_bundle(file.data):
                yield replace(file, name=f"{file.name}: {_printable(page.path)}", path=page.path, data=page.data)
        else:
            yield file


def _files(path: Path) -> Iterator[InputFile]:
    try:
        if path.is_dir():
            yield from _folder(path)
        elif not path.exists():
            reason = f"{path} does not exist: give a file, a folder, a .zip or a .tar (also .tar.gz, .tar.xz)"
            raise ArchiveError(reason)
        elif path.name.lower().endswith(_ARCHIVE_SUFFIXES):
            yield from _archive(path)
        else:
            yield _file(str(path), 1.0)
    except PermissionError as error:
        reason = f"{path} cannot be read: {error.strerror}"
        raise ArchiveError(reason) from error


def _folder(folder: Path) -> Iterator[InputFile]:
    files: list[str] = []
    links: list[InputFile] = []
    errors: list[OSError] = []
    top = folder.resolve()
    for path, folders, names in os.walk(folder, onerror=errors.append):
        linked = {name for name in folders if os.path.islink(os.path.join(path, name))}
        links += [_link(Path(path, name)) for name in folders if name in linked]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
        files += [os.path.join(path, name) for name in sorted(names) if not name.startswith(".")]
    yield from links
    yield from (_unreadable(error, folder) for error in errors)
    for index, file in enumerate(files):
        lower, progress = file.lower(), index / len(files)
        if not lower.endswith((*_PAGE_SUFFIXES, *_ARCHIVE_SUFFIXES)):
            continue
        if os.path.islink(file) and not Path(file).resolve().is_relative_to(top):
            yield _link(Path(file))
        elif lower.endswith(_ARCHIVE_SUFFIXES):
            yield from (replace(entry, progress=progress) for entry in _archive(Path(file)))
        else:
            yield _file(file, progress)


def _link(path: Path) -> InputFile:
    return InputFile(_printable(str(path)), "", None, "a link: links out of the folder are not followed", 0.0)


def _unreadable(error: OSError, folder: Path) -> InputFile:
    return InputFile(_printable(str(error.filename or folder)), "", None, f"cannot be read ({error.strerror})", 0.0)


def _file(path: str, progress: float) -> InputFile:
    name = _printable(path)
    try:
        # Checked before it is opened: opening a pipe would wait for a writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return InputFile(name, "", None, "not a regular file", progress)
        with open(path, "rb", buffering=0) as file:
            return InputFile(name, _printable(os.path.abspath(path)), _read(file), None, progress)
    except OSError as error:
        return InputFile(name, "", None, f"cannot be read ({error.strerror})", progress)


def _read(file: io.FileIO) -> bytes:
    """Return a file's bytes; of one over 1 MiB that and one more."""
    data = file.read(MAX_BYTES + 1)
    while 0 < len(data) <= MAX_BYTES and (more := file.read(MAX_BYTES + 1 - len(data))):
        data += more
    return data


def _printable(name: str) -> str:
    """Return a file's name as text that can be stored and shown; other characters become a replacement character."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def _archive(path: Path) -> Iterator[InputFile]:
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
    return last.lower().endswith(_PAGE_SUFFIXES) and not last.startswith(".") and not name.startswith("__MACOSX/")


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
        for index, entry in enumerate(entries):
            meter.count_entry()
            name, progress = _zip_name(entry), index / len(entries)
            if not entry.is_dir() and _is_page(name):
                yield _zip_entry(archive, entry, name, meter, progress)
            elif name.lower().endswith(_ARCHIVE_SUFFIXES):
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
    return _printable(entry.filename)


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
    meter = _Meter(path)
    with path.open("rb") as file:
        stream = _Metered(_decompressed(path, file), meter)
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:  # type: ignore[call-overload]
            for entry in archive:
                meter.count_entry()
                name, progress = _printable(entry.name), file.tell() / meter.size
                if not _is_page(name):
                    if entry.isreg() and name.lower().endswith(_ARCHIVE_SUFFIXES):
                        yield _nested_archive(name, progress)
                elif entry.issym() or entry.islnk():
                    yield _unread(name, "a link: links in archives are not followed", progress)
                elif entry.isreg() and (page := archive.extractfile(entry)):
                    yield InputFile(name, name, page.read(MAX_BYTES + 1), None, progress)
