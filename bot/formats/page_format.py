"""The interface of page formats, and the decoding of a file into the text that they read. Pure."""

from typing import Protocol

from bot.domain.errors import PageError
from bot.domain.page import Page

MAX_BYTES = 1024 * 1024
# Of the Context's format. Each start compares it with that of the starter pages, and needs nothing else of the format.
CONTEXT_VERSION = 5


class PageFormat(Protocol):
    """Reads one kind of page. To add a kind, write such a class and put it into ``registry.FORMATS``."""

    @property
    def name(self) -> str:
        """Return the name that is stored with each page this format has read; never changed."""

    @property
    def version(self) -> int:
        """Return a number, raised whenever a page would be read differently: imports then read old pages again."""

    def accepts(self, path: str, text: str) -> bool:
        """Return whether the file at ``path`` is of this kind."""

    def read(self, text: str, path: str) -> Page:
        """Return the page. Raises PageError, with a plain reason, for one that cannot be an event."""


def decode_page(data: bytes) -> str:
    """Return the text of a page's file.

    Raises PageError when it is over 1 MiB or not UTF-8 text.
    """
    if len(data) > MAX_BYTES:
        reason = "larger than 1 MiB"
        raise PageError(reason)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = "not text (not UTF-8)"
        raise PageError(reason) from error
    if "\0" in text:
        reason = "not text (it holds NUL characters)"
        raise PageError(reason)
    return text
