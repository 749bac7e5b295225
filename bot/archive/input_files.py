"""Where pages come from: files, folders, zip and tar archives. Reads; never writes, never follows a link out."""

# ruff: noqa: PTH100, PTH114, PTH116, PTH118, PTH123  (paths as text: a Path for each of 100,000 files takes too long)

import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tarfile import HeaderError, ReadError
from typing import IO, Self, cast

from bot.domain.errors import ArchiveError
from bot.formats.context import MAX_BYTES

_PAGE_ENDINGS = (".md", ".markdown", ".txt")
_BUNDLE_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")
# Page archives shrink by a factor of about 30; a bomb by thousands.
_FREE_BYTES = 256 * 1024 * 1024
_MOST_RATIO = 200
_MOST_ENTRIES = 5_000_000
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that may be a page: its bytes (one over 1 MiB is cut one byte later), or why it cannot be read.

    ``path`` is what to call it, ``where`` the whole path that a page's own path is read from; ``done`` is the share,
    0 to 1, of its input that has been gone through.
    """

    path: str
    where: str
    data: bytes | None
    reason: str | None
    done: float


def read_input(path: Path) -> Iterator[InputFile]:
    """Yield the files of one input that may be pages.

    Raises ArchiveError when the input is not there, is no archive that can be read, or unpacks to far too much.
    """
    try:
        if path.is_dir():
            yield from _folder(path)
        elif not path.exists():
            reason = f"{path} does not exist: give a file, a folder, a .zip or a .tar (also .tar.gz, .tar.xz)"
            raise ArchiveError(reason)
        elif path.name.lower().endswith(_BUNDLE_ENDINGS):
            yield from _bundle(path)
        else:
            yield _file(str(path), 1.0)
    except PermissionError as error:
        reason = f"{path} cannot be read: {error.strerror}"
        raise ArchiveError(reason) from error


def _folder(folder: Path) -> Iterator[InputFile]:
    files: list[str] = []
    left_out: list[InputFile] = []
    unreadable: list[OSError] = []
    top = folder.resolve()
    for where, names, file_names in os.walk(folder, onerror=unreadable.append):
        links = {name for name in names if os.path.islink(os.path.join(where, name))}
        left_out += [_link(Path(where, name)) for name in names if name in links]
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in links)
        files += [os.path.join(where, name) for name in sorted(file_names) if not name.startswith(".")]
    yield from left_out
    yield from (_unreadable(error, folder) for error in unreadable)
    for number, file in enumerate(files):
        lower, done = file.lower(), number / len(files)
        if not lower.endswith((*_PAGE_ENDINGS, *_BUNDLE_ENDINGS)):
            continue
        if os.path.islink(file) and not Path(file).resolve().is_relative_to(top):
            yield _link(Path(file))
        elif lower.endswith(_BUNDLE_ENDINGS):
            yield from (replace(found, done=done) for found in _bundle(Path(file)))
        else:
            yield _file(file, done)


def _link(path: Path) -> InputFile:
    return InputFile(_plain(str(path)), "", None, "a link: links out of the folder are not followed", 0.0)


def _unreadable(error: OSError, folder: Path) -> InputFile:
    return InputFile(_plain(str(error.filename or folder)), "", None, f"cannot be read ({error.strerror})", 0.0)


def _file(file: str, done: float) -> InputFile:
    try:
        # Not to be opened: a pipe would be waited for.
        if not stat.S_ISREG(os.stat(file).st_mode):
            return InputFile(_plain(file), "", None, "not a regular file", done)
        with open(file, "rb", buffering=0) as opened:
            return InputFile(_plain(file), _plain(os.path.abspath(file)), _whole(opened), None, done)
    except OSError as error:
        return InputFile(_plain(file), "", None, f"cannot be read ({error.strerror})", done)


def _whole(opened: io.FileIO) -> bytes:
    """Return a file's bytes; of one over 1 MiB that and one more."""
    data = opened.read(MAX_BYTES + 1)
    while 0 < len(data) <= MAX_BYTES and (more := opened.read(MAX_BYTES + 1 - len(data))):
        data += more
    return data


def _plain(name: str) -> str:
    """Return a file's name as text that can be stored and shown; what is neither becomes a question mark."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _bundle(path: Path) -> Iterator[InputFile]:
    try:
        yield from _zip(path) if path.name.lower().endswith(".zip") else _tar(path)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        reason = f"{path} is damaged or no archive of the kind its name says ({error}): nothing was imported"
        raise ArchiveError(reason) from error
    # lzma and zlib raise errors of their own, which are plain Exceptions.
    except Exception as error:
        if type(error).__module__ not in ("lzma", "_lzma", "zlib"):
            raise
        reason = f"{path} is damaged ({error}): nothing was imported"
        raise ArchiveError(reason) from error


def _is_page(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last.lower().endswith(_PAGE_ENDINGS) and not last.startswith(".") and not name.startswith("__MACOSX/")


class _Meter:
    """Counts what an archive unpacks to, and stops a bomb."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = max(path.stat().st_size, 1)
        self.bytes = 0
        self.entries = 0

    def entry(self) -> None:
        self.entries += 1
        if self.entries > _MOST_ENTRIES:
            self._refuse(f"holds more than {_MOST_ENTRIES:,} files")

    def add(self, count: int) -> None:
        self.bytes += count
        if self.bytes > _FREE_BYTES and self.bytes > self.size * _MOST_RATIO:
            self._refuse(f"unpacks to more than {_MOST_RATIO} times its size")

    def _refuse(self, what: str) -> None:
        reason = f"{self.path} {what}: that is no archive of pages, and nothing was imported"
        raise ArchiveError(reason)


def _zip(path: Path) -> Iterator[InputFile]:
    meter = _Meter(path)
    with zipfile.ZipFile(path) as bundle:
        entries = bundle.infolist()
        for number, entry in enumerate(entries):
            meter.entry()
            name, done = _zip_name(entry), number / len(entries)
            if entry.is_dir() or not _is_page(name):
                if name.lower().endswith(_BUNDLE_ENDINGS):
                    yield InputFile(
                        name, name, None, "an archive inside an archive: unpack it and import it by itself", done
                    )
                continue
            if stat.S_ISLNK(entry.external_attr >> 16):
                yield InputFile(name, name, None, "a link: links in archives are not followed", done)
            elif entry.flag_bits & _ENCRYPTED:
                yield InputFile(name, name, None, "encrypted", done)
            else:
                try:
                    with bundle.open(entry) as opened:
                        data = opened.read(MAX_BYTES + 1)
                except zipfile.BadZipFile:
                    yield InputFile(name, name, None, "damaged inside the archive", done)
                    continue
                meter.add(len(data))
                yield InputFile(name, name, data, None, done)


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; tools that do not mark UTF-8 names are read as if they had."""
    if not entry.flag_bits & _UTF8_NAME:
        try:
            return entry.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return _plain(entry.filename)


class _Metered:
    """A file that is read once, forwards, with its unpacked bytes counted."""

    def __init__(self, inner: IO[bytes], meter: _Meter) -> None:
        self._inner = inner
        self._meter = meter

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        self._meter.add(len(data))
        return data


class _Header(tarfile.TarInfo):
    """An entry's header. tarfile takes a damaged or missing one for the end of the archive; here it is an error."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        """Read the next header."""
        try:
            return super().fromtarfile(tarfile)
        except HeaderError as error:
            if type(error).__name__ == "EOFHeaderError":
                raise
            reason = f"a header is damaged or missing: {error}"
            raise ReadError(reason) from error


def _unpacked(path: Path, raw: IO[bytes]) -> IO[bytes]:
    name = path.name.lower()
    if name.endswith((".gz", ".tgz")):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if name.endswith((".xz", ".txz")):
        return cast("IO[bytes]", lzma.LZMAFile(raw))
    return raw


def _tar(path: Path) -> Iterator[InputFile]:
    meter = _Meter(path)
    with path.open("rb") as raw:
        stream = _Metered(_unpacked(path, raw), meter)
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as bundle:  # type: ignore[call-overload]
            for entry in bundle:
                meter.entry()
                name, done = _plain(entry.name), raw.tell() / meter.size
                if not _is_page(name):
                    if entry.isreg() and name.lower().endswith(_BUNDLE_ENDINGS):
                        yield InputFile(
                            name, name, None, "an archive inside an archive: unpack it and import it by itself", done
                        )
                elif entry.issym() or entry.islnk():
                    yield InputFile(name, name, None, "a link: links in archives are not followed", done)
                elif entry.isreg() and (opened := bundle.extractfile(entry)):
                    yield InputFile(name, name, opened.read(MAX_BYTES + 1), None, done)
