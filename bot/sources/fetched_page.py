"""A fetched page: what it says, and what it said before. Pure."""

from dataclasses import dataclass, replace
from datetime import date

from bot.domain.page import Page

# Wordings of one headline that a page keeps, at most: on busy days some are edited dozens of times.
_MOST_WORDINGS = 20


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as it is on the disk: what it says, and earlier wordings of its headline, the oldest first."""

    page: Page
    earlier_wordings: tuple[str, ...] = ()

    def saying(self, page: Page) -> "FetchedPage":
        """Return the page as its source tells it now; a headline that it had before is one of its earlier wordings."""
        wordings = self.earlier_wordings
        if self.page.headline != page.headline:
            wordings = tuple(dict.fromkeys((*wordings, self.page.headline)))[-_MOST_WORDINGS:]
        return FetchedPage(page, tuple(wording for wording in wordings if wording != page.headline))

    def withdrawn(self, *, since: date) -> "FetchedPage":
        """Return a page whose source has it no more."""
        return replace(self, page=replace(self.page, withdrawn=since.isoformat()))
