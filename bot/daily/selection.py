"""What an order's post shows on one local date, asked of the archive and of the ledger."""

from calendar import monthrange
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date

from bot.archive.archive import Archive
from bot.daily.picker import Pick, pick, pool_of
from bot.daily.subscription import Empty, Wishes
from bot.dates import Day
from bot.event import Event
from bot.ledger.deliveries import Deliveries

# How many days on each side are tried where a day has nothing.
_MOST_NEAR = 8


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown on ``day``: ``lead`` is the picked event, whole; ``of`` the day of the year that they are of."""

    day: date
    of: Day
    pick: Pick
    lead: Event
    total: int

    @property
    def nearest(self) -> bool:
        """Whether the events are of another day, the nearest that has some."""
        return (self.of.month, self.of.day) != (self.day.month, self.day.day)

    @property
    def shown(self) -> list[tuple[int, str]]:
        """What is noted as shown: each event's own day of the year, and its key."""
        return [(each.date.month * 100 + each.date.day, each.key) for each in self.pick.events]


class Selector:
    """Picks for the dates of one order; ``seen`` are keys that earlier dates show, beside what is in the ledger."""

    def __init__(self, archive: Archive, deliveries: Deliveries, wishes: Wishes, *, seen: Iterable[str] = ()) -> None:
        self._archive = archive
        self._deliveries = deliveries
        self._wishes = wishes
        self._seen = set(seen)

    async def select(self, day: date, *, passed: Collection[str] = frozenset()) -> Selection | None:
        """Pick what is shown on a local date, ``passed`` not leading; None if there is nothing to show."""
        found = await self._of(day, day, pool_of(day), passed)
        if found is not None or self._wishes.empty is not Empty.NEAREST:
            return found
        # The nearest day with something new, so that a sparse archive does not tell one event for weeks.
        for on in await self._near(day):
            near = await self._of(day, on, (on.month * 100 + on.day,), passed)
            found = found or near
            if near is not None and not near.pick.again:
                return near
        return found

    async def _of(self, day: date, on: date, month_days: tuple[int, ...], passed: Collection[str]) -> Selection | None:
        wishes = self._wishes
        shown = await self._deliveries.shown(wishes.channel, month_days)
        candidates = await self._archive.candidates(
            month_days,
            before=date(on.year, 1, 1),
            topic=wishes.topic,
            language=wishes.language,
            shown=shown | {key: shown.get(key, 0) + 1 for key in self._seen},
        )
        picked = pick(candidates, on, others=wishes.count, passed=passed)
        lead = await self._archive.event(picked.lead.key) if picked else None
        if picked is None or lead is None:
            return None
        return Selection(day, Day(on.month, on.day), picked, lead, len(candidates))

    async def _near(self, day: date) -> list[date]:
        """Return the nearest dates whose days of the year have events, nearest first, the earlier of two first."""
        month_day = day.month * 100 + day.day
        near: set[date] = set()
        for later in (False, True):
            days = await self._archive.days_near(month_day, topic=self._wishes.topic, later=later, limit=_MOST_NEAR)
            near |= {_nearest(day, other) for other, _, _ in days}
        return sorted(near, key=lambda other: (abs(other - day), other))


def _nearest(day: date, month_day: int) -> date:
    """Return the date nearest to ``day`` that falls on a day of the year; 29 February only where there is one."""
    month, number = divmod(month_day, 100)
    # Eight years may lie between two leap years.
    years = range(max(day.year - 8, MINYEAR), min(day.year + 8, MAXYEAR) + 1)
    dates = [date(year, month, number) for year in years if number <= monthrange(year, month)[1]]
    return min(dates, key=lambda other: abs(other - day))
