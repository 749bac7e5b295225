"""Days' pages of the portal, as Wikipedia has them now."""

from collections.abc import Sequence
from datetime import date

from bot.sources.day_page import ReadDay
from bot.sources.portal_html import read_day_html
from bot.sources.portal_titles import day_of_title, title_of
from bot.sources.wikipedia import Wikipedia


class PortalPages:
    """Asks Wikipedia for days' pages. Raises FetchError."""

    # What a day does not tell any more was taken out of it.
    is_current = True

    def __init__(self, wikipedia: Wikipedia) -> None:
        self._wikipedia = wikipedia
        self._revisions: dict[date, int] = {}

    async def revisions(self, days: Sequence[date]) -> dict[date, int]:
        """Return the latest revision of each of at most 50 days that have a page."""
        answered = await self._wikipedia.revisions([title_of(day) for day in days])
        # Whether with underscores or without, a title is that of its day.
        found = ((day_of_title(title), revision) for title, revision in answered.items())
        revisions = {day: revision for day, revision in found if day and day in days}
        self._revisions |= revisions
        return revisions

    async def read(self, day: date) -> ReadDay | None:
        """Return a day's page; None if there is none."""
        text = await self._wikipedia.parse(title_of(day))
        if text is None:
            return None
        # An answer need not say its revision; then it is the one that was asked about.
        return ReadDay(read_day_html(text.html, day), text.revision or self._revisions.get(day, 0))
