"""The words by which full-text search finds an event, and how they are stored. Pure."""

import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from bot.domain.stems import stems as stems_of

# Deflated, without a header; and with less memory than usual, which would take longer to get than the words to pack.
_RAW, _MEMORY = -15, 6
# Pages name the same topics again and again.
_CACHE_SIZE = 1 << 15


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


def stems_of_fields(
    headlines: Iterable[str], names: Iterable[str], topics: Iterable[str], summary: str, *, language: str
) -> str:
    """Return the basic forms of an event's words: of its headlines; names; topics; summary.

    The four have a semicolon between them, names and topics each a comma before and after.
    """
    return ";".join(
        (
            f" {' '.join(form for headline in headlines for form in stems_of(headline, language))} ",
            *(
                f" , {' , '.join(_stems_of_name(name, language) for name in dict.fromkeys(part))} , "
                for part in (names, topics)
            ),
            f" {' '.join(stems_of(summary, language))} ",
        )
    )


def join_stems(stems: Iterable[str]) -> str:
    """Return the basic forms of an event's words in several languages, field by field, as ``stems_of_fields`` does."""
    return ";".join(" ".join(parts) for parts in zip(*(text.split(";") for text in stems), strict=True))


@lru_cache(_CACHE_SIZE)
def _stems_of_name(name: str, language: str) -> str:
    return " ".join(stems_of(name, language))
