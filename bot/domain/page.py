"""A page of the archive: what one Markdown file says about one event, and the keys made from its path. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot.domain.topic_forms import topic_form

KEY_LENGTH = 12
# What starter pages call their sources, and no other page does: this and the title of an article.
STARTER_SOURCE = "Wikipedia: "
# The origin under which the archive stores starter pages.
STARTER_ORIGIN = "seed"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def key_of(path: str) -> str:
    """Return the permanent key of the page at ``path`` (``news/YYYY/MM/D/slug``): 12 characters ``[0-9a-z]``.

    The first 64 bits of the path's SHA-256 as a number in base 36, its lowest digit first.
    """
    number = int.from_bytes(hashlib.sha256(path.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    digits: list[str] = []
    for _ in range(KEY_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)


def is_key(text: str) -> bool:
    """Return whether ``text`` has the form of a key."""
    return len(text) == KEY_LENGTH and all(character in _DIGITS for character in text)


def topic_key_of(name: str) -> str:
    """Return the permanent key of a topic, given its name in any spelling."""
    return key_of(f"topic/{topic_form(name)}")


def spelling_key_of(folded: str) -> str:
    """Return the key that a spelling, folded, has as a topic of its own, as it had before topics were merged."""
    return key_of(f"topic/{folded}")


class Source(NamedTuple):
    """One report of an event: the name of who published it, and its http(s) address."""

    name: str
    url: str


class Mention(NamedTuple):
    """What a page, or a day's index, says about another page: its path, date, headline and topics.

    A tuple rather than a dataclass: an import hands ten of them per page from process to process.
    """

    path: str
    date: date
    headline: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What one Markdown file says about one event, its text cleaned.

    ``path`` is ``news/YYYY/MM/D/slug``, ``language`` a code such as ``en``; ``related`` are the events of its *Related*
    list, ``former_paths`` the other paths of its own event that its *Changes* section names. The rest comes from the
    page's block, see ``docs/pages.md``: ``also`` are other names of the event, ``pick`` marks an editor's lead of its
    day, ``weight`` is the size in bytes of the article about it, ``source`` names where the page was fetched and its
    id there, ``seen`` is when it was first fetched (``2024-03-05T10:00:00Z``), ``credit`` names author and licence,
    ``withdrawn`` since when its source no longer has it (a date, a moment, or ``yes``), ``item`` what its lead article
    is about in every language (``Q43653``, as Wikidata numbers it).
    """

    path: str
    date: date
    language: str
    headline: str
    summary: str | None
    sources: tuple[Source, ...]
    image: str | None
    topics: tuple[str, ...]
    related: tuple[Mention, ...]
    former_paths: tuple[Mention, ...] = ()
    also: tuple[str, ...] = ()
    pick: bool = False
    category: str | None = None
    weight: int | None = None
    source: str | None = None
    seen: str | None = None
    credit: str | None = None
    withdrawn: str | None = None
    item: str | None = None
