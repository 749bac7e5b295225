"""Days' pages of the portal, as Wikipedia has them now."""

from collections.abc import Sequence
from datetime import date

from bot.sources.day_page import ReadDay
from bot.sources.portal_html import read_day_html
from bot.sources.portal_titles import title_of
from bot.sources.wikipedia import Wikipedia


class PortalPages:
    """Asks Wikipedia for days' pages. Raises FetchError."""

    # What a day does not tell any more was taken out of it.
    is_current = True

    def __init__(self, wikipedia: Wikipedia) -> None:
        self._wikipedia = wikipedia

    async def revisions(self, days: Sequence[date]) -> dict[date, int]:
        """Return the latest revision of each of at most 50 days that have a page."""
        by_title = {title_of(day): day for day in days}
        revisions = await self._wikipedia.revisions(list(by_title))
        return {by_title[title]: revision for title, revision in revisions.items() if title in by_title}

    async def read(self, day: date) -> ReadDay | None:
        """Return a day's page; None if there is none."""
        text = await self._wikipedia.parse(title_of(day))
        return ReadDay(read_day_html(text.html, day), text.revision) if text else None
