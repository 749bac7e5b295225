"""The events that a daily post shows."""

from dataclasses import dataclass
from datetime import date

from bot.domain.dates import Day
from bot.domain.event import Event
from bot.domain.picker import Pick


@dataclass(frozen=True, slots=True)
class Window:
    """The events about a subject (by its key and name) that are dated from one date to another, both included."""

    subject_key: str
    subject_name: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Selection:
    """What a post shows on the local date ``day``.

    ``lead`` is the picked lead as a whole event; ``total`` is how many events there were to pick from.
    ``is_nearest_day`` says that ``day`` has no events, and these are of the nearest day that has some. ``listed`` is
    how many events the list of the lead's own day has: of every language and year, muted ones included. ``is_news``
    says that the lead is the news of a date before ``day``. ``window`` is what a follow's post is picked from.
    """

    day: date
    pick: Pick
    lead: Event
    total: int
    listed: int
    is_nearest_day: bool = False
    is_news: bool = False
    window: Window | None = None

    @property
    def lead_day(self) -> Day:
        """The lead's own day of the year; of news, its date."""
        return Day(self.lead.date.month, self.lead.date.day, self.lead.date.year if self.is_news else None)

    @property
    def history_entries(self) -> list[tuple[int, str]]:
        """What the channel's history records: each event's own day of the year (``month * 100 + day``) and its key."""
        return [(event.date.month * 100 + event.date.day, event.key) for event in self.pick.events]
