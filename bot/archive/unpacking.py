"""What tar and zip archives share: limits on what they unpack to, and decompression that keeps within them."""

import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, cast

from bot.domain.errors import ArchiveError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Packing pages makes them about 30 times smaller, a decompression bomb thousands of times.
_FREE_BYTES = 256 * 1024 * 1024
_MOST_RATIO = 200
# The names of a million pages, and as many other entries between them.
_MOST_ENTRIES = 2_000_000
# What "xz -9" needs is half of it.
_XZ_MEMORY = 128 * 1024 * 1024
BUFFER = 256 * 1024


class DamagedError(Exception):
    """An archive, or an entry of it, cannot be read."""


class Meter:
    """Counts what an archive unpacks to, and refuses a decompression bomb."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = max(path.stat().st_size, 1)
        self.bytes = 0
        self.entries = 0

    def count_entry(self) -> None:
        """Count a header. Raises ArchiveError when there are far too many."""
        self.entries += 1
        if self.entries > _MOST_ENTRIES:
            self._refuse(f"holds more than {_MOST_ENTRIES:,} files")

    def count_bytes(self, count: int) -> None:
        """Count unpacked bytes. Raises ArchiveError when there are far too many."""
        self.bytes += count
        self.expect(0)

    def expect(self, count: int) -> None:
        """Take note that so many bytes more are said to come. Raises ArchiveError when these are far too many."""
        total = self.bytes + count
        if total > _FREE_BYTES and total > self.size * _MOST_RATIO:
            self._refuse(f"unpacks to more than {_MOST_RATIO} times its size")

    def _refuse(self, problem: str) -> None:
        reason = f"{self.path} {problem}: that is not an archive of pages, and nothing was imported"
        raise ArchiveError(reason)


class Decompressor(Protocol):
    """What bz2 and lzma have: it never returns more than ``max_length`` bytes at a time."""

    @property
    def eof(self) -> bool:
        """Return whether the end of the packed data was met."""

    @property
    def needs_input(self) -> bool:
        """Return whether there is nothing to return before more is given."""

    @property
    def unused_data(self) -> bytes:
        """Return what was given behind the end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return what is unpacked from the data so far."""


class _XzFile(io.RawIOBase):
    """An ``.xz`` file, unpacked within a limit of memory, which ``lzma.LZMAFile`` does not have."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._part: Decompressor = self._new()

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        while True:
            packed = b""
            if self._part.eof:
                # Several may stand one after the other, with zeros between them.
                packed = self._part.unused_data.lstrip(b"\0") or self._file.read(BUFFER).lstrip(b"\0")
                if not packed and not self._file.read(1):
                    return 0
                self._part = self._new()
            elif self._part.needs_input and not (packed := self._file.read(BUFFER)):
                reason = "it ends in the middle"
                raise DamagedError(reason)
            if data := self._part.decompress(packed, len(view)):
                view[: len(data)] = data
                return len(data)


class _Metered(io.RawIOBase):
    """A stream that is read once, forwards, with its bytes counted."""

    def __init__(self, read: Callable[[int], bytes], meter: Meter) -> None:
        self._read = read
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._read(len(view))
        self._meter.count_bytes(len(data))
        view[: len(data)] = data
        return len(data)


def unpacked_stream(path: Path, file: IO[bytes], meter: Meter) -> io.BufferedReader | None:
    """Return the unpacked bytes of a ``.gz`` or ``.xz`` file, counted by the meter; None for a file that is neither."""
    name = path.name.lower()
    if name.endswith((".gz", ".tgz")):
        unpacked: IO[bytes] = cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    elif name.endswith((".xz", ".txz")):
        unpacked = cast("IO[bytes]", io.BufferedReader(_XzFile(file), BUFFER))
    else:
        return None
    return io.BufferedReader(_Metered(unpacked.read, meter), BUFFER)
