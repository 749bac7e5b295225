"""A file that may be a page, as an import reads it from a folder or an archive."""

import hashlib
from dataclasses import dataclass

from bot.formats.articles import articles_file

PAGE_SUFFIXES = (".md", ".markdown", ".txt")


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


def printable(name: str) -> str:
    """Return a file's name as text that can be stored and shown; other characters become a replacement character."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def is_wanted(name: str) -> bool:
    """Return whether a file of this name or path may be a page, or has facts about articles."""
    return name.lower().endswith(PAGE_SUFFIXES) or articles_file(name) is not None


def hash_of(data: bytes) -> bytes:
    """Return the hash by which a file is known to be unchanged."""
    return hashlib.blake2b(data, digest_size=16).digest()
