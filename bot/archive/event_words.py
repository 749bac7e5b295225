"""The words by which full-text search finds an event, and how they are stored. Pure."""

import zlib
from typing import NamedTuple

# Deflated, without a header; and with less memory than usual, which would take longer to get than the words to pack.
_RAW, _MEMORY = -15, 6


class EventWords(NamedTuple):
    """An event's words as they are written, cut and folded: of its headlines, of topics and names, of its summary."""

    headline: str
    topics: str
    summary: str


class StoredWords(NamedTuple):
    """An event's words by the names of their columns: their basic forms, and the words themselves, packed.

    Search ranks by the forms. The words are needed only when the event comes into the index or leaves it, which has to
    be told of the same words again.
    """

    stems: str
    packed: bytes


def pack_words(headline: str, topics: str, summary: str, stems: str) -> bytes:
    """Return an event's words deflated, in a tenth of their length: nearly all of each word stands in the ``stems``."""
    packer = zlib.compressobj(wbits=_RAW, memLevel=_MEMORY, zdict=stems.encode())
    return packer.compress(f"{headline}\n{topics}\n{summary}".encode()) + packer.flush()


def unpack_words(packed: bytes, stems: str) -> EventWords:
    """Return the words that were packed with these stems."""
    unpacker = zlib.decompressobj(wbits=_RAW, zdict=stems.encode())
    return EventWords(*(unpacker.decompress(packed) + unpacker.flush()).decode().split("\n"))
