"""What a day's page of Wikipedia's *Portal:Current events* says, whichever way it was read. Pure."""

from dataclasses import dataclass
from datetime import date

from bot.domain.page import Source


@dataclass(frozen=True, slots=True)
class DayEvent:
    """One event of a day's page: a bullet that cites a source.

    ``headings`` are the titles of the articles that the headings above it link, the outermost first (a heading
    without a link is its own title); ``links`` those that its text links, in their order; ``text`` is plain text
    without the citations, which are ``sources``.
    """

    category: str | None
    headings: tuple[str, ...]
    text: str
    links: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class DayPage:
    """A day's page: its date, its events in their order, and how many of its citations stand in none of them."""

    date: date
    events: tuple[DayEvent, ...]
    missed: int = 0


@dataclass(frozen=True, slots=True)
class ReadDay:
    """A day's page and the revision that it was read at."""

    page: DayPage
    revision: int

    @property
    def day(self) -> date:
        """The day."""
        return self.page.date

    @property
    def events(self) -> tuple[DayEvent, ...]:
        """The events that it tells."""
        return self.page.events

    @property
    def missed(self) -> int:
        """How many of its citations stand in no event."""
        return self.page.missed
