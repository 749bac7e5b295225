"""What was taken out for good, and is recognised when it comes again under another path. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bot.domain.page import Mention, Page, key_of
from bot.domain.text import words


def fingerprint(day: date, headline: str) -> str:
    """Return a hash of an event's date and words: it recognises a text without keeping it."""
    return hashlib.sha256(f"{day.isoformat()} {' '.join(words(headline))}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Forgotten:
    """The keys, and the fingerprints of the headlines, of events that no import brings back."""

    keys: frozenset[str] = frozenset()
    fingerprints: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> "Forgotten":
        """Build it from pairs of a key and a fingerprint."""
        keys, fingerprints = zip(*rows, strict=True) if (rows := list(rows)) else ((), ())
        return cls(frozenset(keys), frozenset(fingerprints))

    @cached_property
    def _empty(self) -> bool:
        return not self.keys and not self.fingerprints

    def covers(self, told: Mention | Page) -> bool:
        """Tell whether this page, or mention of one, is of a forgotten event."""
        if self._empty:
            return False
        return key_of(told.path) in self.keys or fingerprint(told.date, told.headline) in self.fingerprints
