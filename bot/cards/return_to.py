"""Where a reader came from, in the few characters that a ``custom_id`` has for it. Pure."""

import re
from dataclasses import dataclass

from bot.cards.lists import LIST_PATTERN

KEY_PATTERN = "[0-9a-z]{12}"
# An event, and the list it stood in, if any.
RETURN_TO_PATTERN = rf"(?P<return_to>{KEY_PATTERN})(?::(?P<list>{LIST_PATTERN}))?"


@dataclass(frozen=True, slots=True)
class ReturnTo:
    """An event and the list that it was shown in, if it was in one."""

    event_key: str
    list_ref: str | None = None

    def __str__(self) -> str:
        return self.event_key if self.list_ref is None else f"{self.event_key}:{self.list_ref}"

    @classmethod
    def from_match(cls, match: re.Match[str]) -> "ReturnTo":
        """Return the event and the list of a match of RETURN_TO_PATTERN."""
        return cls(match["return_to"], match["list"])
