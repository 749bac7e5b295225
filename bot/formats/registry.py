"""The page formats that imports know, in one place. Pure."""

from bot.formats.context import CONTEXT
from bot.formats.page_format import PageFormat

# The first that accepts a file reads it. The Context's comes last: it accepts all, and says what a page needs.
FORMATS: tuple[PageFormat, ...] = (CONTEXT,)


def format_for(path: str, text: str) -> PageFormat:
    """Return the format that reads the file at ``path``."""
    return next(page_format for page_format in FORMATS if page_format.accepts(path, text))


def is_current(name: str, version: int) -> bool:
    """Return whether what a format of this name and version has read would be read the same today."""
    return any((page_format.name, page_format.version) == (name, version) for page_format in FORMATS)
