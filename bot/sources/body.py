"""The body of an answer, read in steps so that it never becomes larger than allowed, however it is packed."""

import zlib

from aiohttp import ClientResponse

# zlib's number for gzip, header and checksum included.
_GZIP = zlib.MAX_WBITS | 16


class TooLargeError(Exception):
    """The body is larger than allowed, as it comes or unpacked."""


class UnknownEncodingError(Exception):
    """The body is packed in a way that was not asked for; ``args[0]`` is its name."""


class BrokenBodyError(Exception):
    """The body is not whole, or not what it says it is; ``args[0]`` says what is wrong, as the end of a sentence."""


async def read_body(response: ClientResponse, limit: int) -> bytes:
    """Return the body, unpacked, of at most ``limit`` bytes; the session must not unpack by itself.

    Raises the errors above, and aiohttp's own.
    """
    packed = _is_packed(response)
    if (response.content_length or 0) > limit:
        raise TooLargeError
    unpacker = _Gzip(limit)
    body = bytearray()
    received = 0
    async for chunk in response.content.iter_any():
        received += len(chunk)
        body += unpacker.unpack(chunk) if packed else chunk
        if max(received, len(body)) > limit:
            raise TooLargeError
    # Some servers say gzip of nothing at all.
    if packed and not (received == 0 and response.content_length == 0):
        unpacker.finish()
    return bytes(body)


def _is_packed(response: ClientResponse) -> bool:
    """Return whether the body is packed as gzip; raises UnknownEncodingError."""
    encoding = ", ".join(response.headers.getall("Content-Encoding", ())).strip().lower()
    if encoding in {"", "identity"}:
        return False
    if encoding in {"gzip", "x-gzip"}:
        return True
    raise UnknownEncodingError(encoding)


class _Gzip:
    """Unpacks gzip step by step, and no more than one byte over the limit."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._zlib = zlib.decompressobj(_GZIP)

    def unpack(self, chunk: bytes) -> bytes:
        """Return what this part of the body unpacks to; raises TooLargeError and BrokenBodyError."""
        if self._zlib.eof:
            raise BrokenBodyError("its gzip has data after its end")
        try:
            unpacked = self._zlib.decompress(chunk, self._left + 1)
        except zlib.error as error:
            raise BrokenBodyError("its gzip is damaged") from error
        self._left -= len(unpacked)
        if self._left < 0:
            raise TooLargeError
        if self._zlib.unused_data:
            raise BrokenBodyError("its gzip has data after its end")
        return unpacked

    def finish(self) -> None:
        """Raise BrokenBodyError unless the end has been reached."""
        if not self._zlib.eof:
            raise BrokenBodyError("its gzip breaks off")
