"""The vocabulary of Daybook: what a page tells, as immutable values. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date

KEY_LENGTH = 12
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def key_of(path: str) -> str:
    """Return the permanent key of the page at ``path`` (``news/YYYY/MM/D/slug``): 12 characters ``[0-9a-z]``."""
    number = int.from_bytes(hashlib.sha256(path.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    digits: list[str] = []
    for _ in range(KEY_LENGTH):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(digits)


@dataclass(frozen=True, slots=True)
class Source:
    """One place that reported the event: the name to show and an http(s) address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Related:
    """Another event, as a card lists it; ``topics`` are those that both events share."""

    key: str
    date: date
    headline: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One happening, merged from every page that tells it."""

    key: str
    path: str
    date: date
    headline: str
    summary: str | None
    sources: tuple[Source, ...]
    image: str | None
    topics: tuple[str, ...]
    related: tuple[Related, ...]
    language: str
    stub: bool
