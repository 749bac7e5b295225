"""Where a reader came from, in the few characters that a ``custom_id`` has for it. Pure."""

import re
from dataclasses import dataclass

from bot.cards.lists import PATTERN

KEY = "[0-9a-z]{12}"
# An event, and the list it stood in, if any.
ORIGIN = rf"(?P<origin>{KEY})(?::(?P<list>{PATTERN}))?"


@dataclass(frozen=True, slots=True)
class Origin:
    """An event (its key) and the list that it was seen in."""

    key: str
    events: str | None = None

    def __str__(self) -> str:
        return self.key if self.events is None else f"{self.key}:{self.events}"

    @classmethod
    def of(cls, match: re.Match[str]) -> "Origin":
        """Read it from a match of ORIGIN."""
        return cls(match["origin"], match["list"])
