"""Events that were taken out for good: they are recognised when an import has them again. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.domain.page import Mention, Page, key_of
from bot.domain.text import words


def fingerprint(day: date, headline: str) -> str:
    """Return a hash of an event's date and words: it recognises a text without storing it."""
    return hashlib.sha256(f"{day.isoformat()} {' '.join(words(headline))}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ForgottenEvents:
    """The keys, and the fingerprints of the headlines, of events that no import brings back."""

    keys: frozenset[str] = frozenset()
    fingerprints: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> "ForgottenEvents":
        """Return the events of these pairs of a key and a fingerprint."""
        pairs = list(rows)
        return cls(frozenset(key for key, _ in pairs), frozenset(fingerprint for _, fingerprint in pairs))

    def covers(self, page: Mention | Page) -> bool:
        """Return whether this page, or this mention of one, is of a forgotten event."""
        if not self.keys and not self.fingerprints:
            return False
        return key_of(page.path) in self.keys or fingerprint(page.date, page.headline) in self.fingerprints
