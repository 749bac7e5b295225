"""A fetched page: what it says, and what it said before. Pure."""

from dataclasses import dataclass

from bot.domain.page import Page


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as it is on the disk: what it says, and earlier wordings of its headline, the oldest first."""

    page: Page
    earlier_wordings: tuple[str, ...] = ()
