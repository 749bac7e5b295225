"""Reads the entries of a zip, one after the other, in little memory whatever its headers claim.

Python's zipfile keeps the headers of all entries in memory, and unpacks some methods without any limit.
"""

import bz2
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from bot.archive.unpacking import BUFFER, DamagedError, Decompressor, Meter

_END, _END_64, _LOCATOR_64 = struct.Struct("<4s4x2HLLH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_DIRECTORY = struct.Struct("<4s4x2H4x3L3H4x2L")
_LOCAL = struct.Struct("<4s2xH18x2H")
_LONGEST_COMMENT = 65535
_LARGE = 0xFFFFFFFF
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


class ZipEntry(NamedTuple):
    """An entry as the directory of a zip has it; ``mode`` is that of Unix, 0 if it is not known."""

    name: str
    raw_name: bytes
    is_encrypted: bool
    method: int
    checksum: int
    packed_size: int
    mode: int
    offset: int


class ZipReader:
    """The entries of a zip; ``directory`` and ``data`` are the same file, opened twice."""

    def __init__(self, path: Path, directory: IO[bytes], data: IO[bytes], meter: Meter) -> None:
        self._directory = directory
        self._data = data
        self._meter = meter
        self._size = path.stat().st_size
        # Where the directory begins and ends, and by how much the file was moved since it was packed.
        self._start, self._end, self._moved = self._find_directory()

    def entries(self) -> Iterator[tuple[ZipEntry, float]]:
        """Yield each entry, with the share of them that was read. Raises DamagedError, ArchiveError."""
        self._directory.seek(self._start)
        at, length = self._start, max(self._end - self._start, 1)
        while at < self._end:
            self._meter.count_entry()
            header = self._read(_DIRECTORY.size)
            (mark, flags, method, checksum, packed, unpacked, name_size, extra_size, comment_size, attributes, offset
             ) = _DIRECTORY.unpack(header)  # fmt: skip
            if mark != b"PK\1\2":
                reason = "its directory is damaged"
                raise DamagedError(reason)
            raw_name, extra = self._read(name_size), self._read(extra_size)
            self._read(comment_size)
            if _LARGE in (packed, unpacked, offset):
                packed, offset = _large_numbers(extra, packed, unpacked, offset)
            yield (
                ZipEntry(
                    _name(raw_name, flags), raw_name, bool(flags & _ENCRYPTED), method, checksum, packed,
                    attributes >> 16, offset + self._moved,
                ),
                (at - self._start) / length,
            )  # fmt: skip
            at += len(header) + name_size + extra_size + comment_size

    def read(self, entry: ZipEntry, limit: int) -> bytes:
        """Return an entry's bytes, or the first ``limit`` of them. Raises DamagedError, zlib.error, OSError."""
        self._data.seek(entry.offset)
        header = self._data.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            raise DamagedError
        mark, _, name_size, extra_size = _LOCAL.unpack(header)
        name = self._data.read(name_size)
        start = entry.offset + _LOCAL.size + name_size + extra_size
        if mark != b"PK\3\4" or name != entry.raw_name or start + entry.packed_size > self._size:
            raise DamagedError
        self._data.seek(start)
        if entry.method == _STORED:
            data = self._data.read(min(entry.packed_size, limit))
        else:
            data = _unpack(self._data, entry.packed_size, _METHODS[entry.method](), limit)
        self._meter.count_bytes(len(data))
        if len(data) < limit and zlib.crc32(data) != entry.checksum:
            raise DamagedError
        return data

    def _read(self, size: int) -> bytes:
        data = self._directory.read(size)
        if len(data) < size:
            reason = "its directory ends early"
            raise DamagedError(reason)
        return data

    def _find_directory(self) -> tuple[int, int, int]:
        """Return where the directory begins and ends, and how many bytes stand before the zip in its file."""
        tail_start = max(self._size - _LONGEST_COMMENT - _END.size - _LOCATOR_64.size, 0)
        self._directory.seek(tail_start)
        tail = self._directory.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) - at < _END.size:
            reason = "it has no directory"
            raise DamagedError(reason)
        *_, length, offset, _ = _END.unpack_from(tail, at)
        end = tail_start + at
        locator = at - _LOCATOR_64.size
        if locator >= 0 and tail[locator : locator + 4] == b"PK\6\7":
            # Data may stand before the zip: the record stands right before its locator all the same.
            end = tail_start + locator - _END_64.size
            self._directory.seek(max(end, 0))
            mark, *_, length, offset = _END_64.unpack(self._read(_END_64.size))
            if mark != b"PK\6\6":
                reason = "its directory cannot be found"
                raise DamagedError(reason)
        moved = end - length - offset
        if moved < 0:
            reason = "its directory cannot be found"
            raise DamagedError(reason)
        return end - length, end, moved


def is_readable(method: int) -> bool:
    """Return whether what was packed with a method can be unpacked here."""
    return method == _STORED or method in _METHODS


def _name(raw: bytes, flags: int) -> str:
    """Return an entry's name; tools that do not mark UTF-8 names are read as if they had."""
    try:
        return raw.decode("utf-8")
    except UnicodeError:
        return raw.decode("utf-8", "surrogateescape") if flags & _UTF8_NAME else raw.decode("cp437")


def _large_numbers(extra: bytes, packed: int, unpacked: int, offset: int) -> tuple[int, int]:
    """Return the packed size and the offset of an entry beyond 4 GiB; they stand in a field of its own."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{size // 8}Q", extra.ljust(at + 4 + size, b"\0"), at + 4))
            # Only those are there, in this order, that did not fit.
            if unpacked == _LARGE:
                next(numbers, 0)
            packed = next(numbers, 0) if packed == _LARGE else packed
            return packed, next(numbers, 0) if offset == _LARGE else offset
        at += 4 + size
    return packed, offset


class _Deflated:
    """What was packed as zip archives do, with the interface of bz2 and lzma."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(-15)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_STORED = 0
_METHODS: dict[int, Callable[[], Decompressor]] = {8: _Deflated, 12: bz2.BZ2Decompressor}


def _unpack(file: IO[bytes], size: int, decompressor: Decompressor, limit: int) -> bytes:
    """Return the first ``limit`` bytes of what is packed in the next ``size`` bytes of a file. Raises DamagedError."""
    parts: list[bytes] = []
    left = limit
    while left and not decompressor.eof:
        packed = b""
        if decompressor.needs_input:
            packed = file.read(min(size, BUFFER))
            size -= len(packed)
            if not packed:
                raise DamagedError
        parts.append(decompressor.decompress(packed, left))
        left -= len(parts[-1])
    return b"".join(parts)
