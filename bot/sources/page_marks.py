"""The marks of a page: short hashes of what it cites and says, to know a later wording of it again. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bot.domain.page import Page
from bot.domain.text import fold, words

_CITATION, _WORD = "c", "w"
# In hexadecimal digits. Two words of a page may share a hash now and then; most of them are compared at once.
_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Marks:
    """Hashes of the addresses that a page cites, and of its words and topics."""

    citations: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @classmethod
    def of_list(cls, marks: Iterable[str]) -> Self:
        """Return the marks of a list that ``as_list`` has made."""
        marks = frozenset(marks)
        citations = frozenset(mark for mark in marks if mark.startswith(_CITATION))
        return cls(citations, marks - citations)

    def as_list(self) -> list[str]:
        """Return all marks, in order, as the ledger keeps them."""
        return sorted(self.citations | self.words)


def marks_of(page: Page) -> Marks:
    """Return the marks of a page: of each of its sources, each word of headline and summary, and each topic."""
    told = words(f"{page.headline} {page.summary or ''}")
    return Marks(
        citations=frozenset(_mark(_CITATION, source.url) for source in page.sources),
        words=frozenset(_mark(_WORD, word) for word in (*told, *map(fold, page.topics))),
    )


def _mark(kind: str, text: str) -> str:
    return kind + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
