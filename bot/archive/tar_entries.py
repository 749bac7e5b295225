"""Reads the entries of a tar, one after the other, in little memory whatever its headers claim.

Python's tarfile reads on past the end of a file for an entry that claims a terabyte, keeps all headers in memory, and
takes time that grows with the square of an extended header's length; what it refuses differs between its releases.
"""

import io
import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import IO, NamedTuple

from bot.archive.unpacking import BUFFER, DamagedError, Meter

_BLOCK = 512
# The longest path of Linux has 4,096 bytes; an extended header may also hold a file's attributes, 64 KiB on Linux.
_LONGEST_NAME, _LONGEST_HEADER = 64 * 1024, 1024 * 1024
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0]*")
_DECIMAL = re.compile(rb"[0-9]{1,18}")
_EMPTY = bytes(_BLOCK)


class Kind(Enum):
    """What an entry is."""

    FILE = auto()
    LINK = auto()
    # Its text has holes that are not stored.
    SPARSE = auto()
    OTHER = auto()


# Of these the size says nothing: no bytes follow the header.
_WITHOUT_BYTES = {b"1": Kind.LINK, b"2": Kind.LINK, **dict.fromkeys((b"3", b"4", b"5", b"6"), Kind.OTHER)}
_FILES = {b"0": Kind.FILE, b"\0": Kind.FILE, b"7": Kind.FILE, b"S": Kind.SPARSE}


class TarEntry(NamedTuple):
    """An entry's header: its name, as the file system has it, what it is, and how many bytes follow."""

    name: str
    kind: Kind
    size: int


class TarReader:
    """The entries of a tar that is read once, forwards.

    ``file_size`` is that of the file, if it is not packed: nothing is taken for an entry that claims more.
    """

    def __init__(self, stream: IO[bytes], meter: Meter, *, file_size: int | None) -> None:
        self._stream = stream
        self._meter = meter
        self._file_size = file_size
        # How many bytes of the current entry have not been read, with those that fill its last block.
        self._left = 0
        self._padding = 0

    def __iter__(self) -> Iterator[TarEntry]:
        """Yield each entry; what was not read of the one before is passed over. Raises DamagedError, ArchiveError."""
        name: str | None = None
        size: int | None = None
        sparse = False
        while header := self._header():
            kind = header[156:157]
            if kind == b"L":
                name = self._text(_number(header[124:136]), _LONGEST_NAME).rstrip(b"\0").decode("utf-8", _ESCAPED)
            elif kind in (b"x", b"X"):
                fields = _fields(self._text(_number(header[124:136]), _LONGEST_HEADER))
                if path := fields.get(b"GNU.sparse.name") or fields.get(b"path"):
                    name = path.decode("utf-8", _ESCAPED)
                if (text := fields.get(b"size")) is not None:
                    size = _decimal(text)
                sparse = sparse or any(key.startswith(b"GNU.sparse.") for key in fields)
            elif kind in (b"g", b"K"):
                # What holds for all entries says nothing about a page, and the target of a link is not read.
                self._begin(_number(header[124:136]))
            else:
                entry = self._entry(header, name, size)
                yield entry._replace(kind=Kind.SPARSE) if sparse else entry
                name, size, sparse = None, None, False

    def read(self, limit: int) -> bytes:
        """Return the current entry's bytes, or the first ``limit`` of them. Raises DamagedError."""
        return self._take(min(self._left, limit))

    def _entry(self, header: bytes, name: str | None, size: int | None) -> TarEntry:
        """Return the entry of a header, given what the headers before it say instead."""
        kind = header[156:157]
        if name is None:
            raw = header[:100].partition(b"\0")[0]
            # Only the common format has a prefix; in GNU's own, other things stand there.
            if header[257:263] == b"ustar\0" and (prefix := header[345:500].partition(b"\0")[0]):
                raw = prefix + b"/" + raw
            name = raw.decode("utf-8", _ESCAPED)
        if kind == b"S":
            is_continued = header[482]
            while is_continued:
                is_continued = self._exactly(_BLOCK)[504]
        size = _number(header[124:136]) if size is None else size
        if kind in _WITHOUT_BYTES or (kind == b"\0" and name.endswith("/")):
            return TarEntry(name, _WITHOUT_BYTES.get(kind, Kind.OTHER), 0)
        self._begin(size)
        return TarEntry(name, _FILES.get(kind, Kind.OTHER), size)

    def _header(self) -> bytes:
        """Return the next header; nothing at the end of the tar."""
        self._skip(self._left + self._padding)
        self._left = self._padding = 0
        header = self._exactly(_BLOCK)
        if header == _EMPTY:
            return b""
        self._meter.count_entry()
        stated = _number(header[148:156])
        # The sum was made with spaces in its own place; old programs took the bytes for signed ones.
        summed = header[:148] + b" " * 8 + header[156:]
        if stated != sum(summed) and stated != sum(memoryview(summed).cast("b")):
            reason = "a header is damaged or missing"
            raise DamagedError(reason)
        return header

    def _begin(self, size: int) -> None:
        """Take note that so many bytes follow a header."""
        if self._file_size is not None and size > self._file_size - self._stream.tell():
            reason = f"an entry claims {size:,} bytes, which is more than there are"
            raise DamagedError(reason)
        self._meter.expect(size)
        self._left, self._padding = size, -size % _BLOCK

    def _text(self, size: int, limit: int) -> bytes:
        """Return what follows an extended header."""
        if size > limit:
            reason = f"a header has {size:,} bytes, more than any file needs"
            raise DamagedError(reason)
        self._begin(size)
        return self._take(size)

    def _take(self, size: int) -> bytes:
        self._left -= size
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            reason = "it ends in the middle"
            raise DamagedError(reason)
        return data

    def _skip(self, size: int) -> None:
        if self._file_size is not None:
            self._stream.seek(size, io.SEEK_CUR)
            return
        while size:
            size -= len(self._exactly(min(size, BUFFER)))


_ESCAPED = "surrogateescape"


def _number(field: bytes) -> int:
    """Return the number in a header's field: octal digits, or bytes behind a byte that says so."""
    if field.startswith(b"\x80"):
        return int.from_bytes(field[1:], "big")
    if (match := _OCTAL.fullmatch(field)) is None:
        reason = "a header is damaged or missing"
        raise DamagedError(reason)
    return int(match[1] or b"0", 8)


def _decimal(text: bytes) -> int:
    if _DECIMAL.fullmatch(text) is None:
        reason = "a header has a size that is not a number"
        raise DamagedError(reason)
    return int(text)


def _fields(data: bytes) -> dict[bytes, bytes]:
    """Return the fields of an extended header: of each its length, a space, its name, ``=``, its value, a newline."""
    fields: dict[bytes, bytes] = {}
    start = 0
    while start < len(data) and data[start]:
        space = data.find(b" ", start, start + 20)
        end = start + (_decimal(data[start:space]) if space > start else 0)
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not space < end <= len(data) or not equals or data[end - 1 : end] != b"\n":
            reason = "an extended header is damaged"
            raise DamagedError(reason)
        fields[key] = value
        start = end
    return fields
