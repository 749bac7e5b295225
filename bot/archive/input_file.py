"""A file that may be a page, as an import reads it from a folder or an archive."""

from dataclasses import dataclass

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
