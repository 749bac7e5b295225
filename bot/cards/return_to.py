"""Where a reader came from, in the few characters that a ``custom_id`` has for it. Pure."""

import re
from dataclasses import dataclass

from bot.cards.lists import PATTERN

KEY = "[0-9a-z]{12}"
# An event, and the list it stood in, if any.
RETURN_TO = rf"(?P<origin>{KEY})(?::(?P<list>{PATTERN}))?"


@dataclass(frozen=True, slots=True)
class ReturnTo:
    """An event (its key) and the list that it was seen in."""

    key: str
    list_ref: str | None = None

    def __str__(self) -> str:
        return self.key if self.list_ref is None else f"{self.key}:{self.list_ref}"

    @classmethod
    def of(cls, match: re.Match[str]) -> "ReturnTo":
        """Read it from a match of RETURN_TO."""
        return cls(match["origin"], match["list"])
