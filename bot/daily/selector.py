"""What an order's post shows on one local date, asked of the archive and of the ledger."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date

from bot.archive.archive import Archive
from bot.domain.dates import Day
from bot.domain.event import Candidate, Event
from bot.domain.picker import Pick, pick, pool_of
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.subscription import Empty, PostOptions
from bot.ledger.deliveries import Deliveries

# How many days on each side are tried where a day has nothing; all of them, where those have nothing either.
_MOST_NEAR = (8, 366)
# So many times more events are looked at, where too many are muted.
_MORE = 4


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown on ``day``: ``lead`` is the picked event, whole; ``total`` how many there were to pick from.

    ``is_nearest_day`` says that they are of another day, the nearest that has some; ``listed`` how many events the list of
    the lead's own day has, of whatever language and year, muted ones included.
    """

    day: date
    pick: Pick
    lead: Event
    total: int
    listed: int
    is_nearest_day: bool = False

    @property
    def of(self) -> Day:
        """The lead's own day of the year."""
        return Day(self.lead.date.month, self.lead.date.day)

    @property
    def shown(self) -> list[tuple[int, str]]:
        """What is noted as shown: each event's own day of the year, and its key."""
        return [(each.date.month * 100 + each.date.day, each.key) for each in self.pick.events]


class Selector:
    """Picks for the dates of one order, of what its server has not muted.

    ``seen`` says how often posts that are not in the ledger yet show a key; events in the language ``prefer`` come
    before others as good.
    """

    def __init__(
        self,
        archive: Archive,
        deliveries: Deliveries,
        options: PostOptions,
        *,
        seen: Mapping[str, int] | None = None,
        muted: Mutes = NO_MUTES,
        prefer: str | None = None,
    ) -> None:
        self._archive = archive
        self._deliveries = deliveries
        self._wishes = options
        self._seen = seen or {}
        self._muted = muted
        self._prefer = prefer

    async def select(self, day: date, *, rejected_leads: Collection[str] = frozenset()) -> Selection | None:
        """Pick what is shown on a local date, ``rejected_leads`` not leading; None if there is nothing to show."""
        if self._wishes.topic in self._muted.topics:
            return None
        found = await self._of(day, pool_of(day), rejected_leads)
        if found is None and self._wishes.empty is Empty.NEAREST:
            # Where nothing else has been muted all year long, there is nothing to look for.
            for limit in _MOST_NEAR[:1] if self._muted else _MOST_NEAR:
                found = found or await self._nearest(day, rejected_leads, limit=limit)
        return found

    async def _nearest(self, day: date, rejected_leads: Collection[str], *, limit: int) -> Selection | None:
        """Pick from the nearest day with something new, so that a sparse archive does not tell one event for weeks."""
        found: Selection | None = None
        for on, month_day in await self._near(day, limit):
            near = await self._of(on, (month_day,), rejected_leads)
            if near is None:
                continue
            near = replace(near, day=day, is_nearest_day=True)
            found = found or near
            if not near.pick.all_shown_before:
                return near
        return found

    async def _of(self, on: date, month_days: tuple[int, ...], rejected_leads: Collection[str]) -> Selection | None:
        options = self._wishes
        # The lead, the others, and those that another lead may take the place of.
        candidates, total = await self._candidates(on, month_days, most=1 + options.count + len(rejected_leads))
        picked = pick(candidates, on, others=options.count, rejected_leads=rejected_leads)
        lead = await self._archive.event(picked.lead.key) if picked else None
        if picked is None or lead is None:
            return None
        lead = replace(lead, related=await self._archive.hide_muted(lead.related, self._muted)) if self._muted else lead
        of_day = lead.date.month * 100 + lead.date.day
        listed = await self._archive.on_this_day(of_day, topic=options.topic, limit=0)
        return Selection(on, picked, lead, total, listed.total)

    async def _candidates(self, on: date, month_days: tuple[int, ...], *, most: int) -> tuple[Sequence[Candidate], int]:
        """Return at least the ``most`` that come first, and how many there are to pick from.

        What the server has muted does not come; of what was not looked at, all is counted.
        """
        options = self._wishes
        shown = await self._deliveries.shown(options.channel, month_days)
        shown |= {key: shown.get(key, 0) + times for key, times in self._seen.items()}
        before, asked = date(on.year, 1, 1), most
        while True:
            found, total = await self._archive.candidates(
                month_days,
                before=before,
                most=asked,
                topic=options.topic,
                language=options.language,
                prefer=self._prefer,
                times_shown=shown,
            )
            hidden = await self._archive.find_muted([each.key for each in found], self._muted)
            kept = [each for each in found if each.key not in hidden]
            if len(kept) >= most or len(found) >= total:
                return kept, total - len(hidden)
            asked *= _MORE

    async def _near(self, day: date, limit: int) -> list[tuple[date, int]]:
        """Return the nearest days of the year that have events, each with its date nearest to ``day``.

        The nearest come first, and the earlier of two.
        """
        month_day = day.month * 100 + day.day
        near: set[tuple[date, int]] = set()
        for later in (False, True):
            days = await self._archive.nearest_days(month_day, topic=self._wishes.topic, later=later, limit=limit)
            near |= {(nearest(day, other), other) for other, _, _ in days}
        return sorted(near, key=lambda other: (abs(other[0] - day), other))


def nearest(day: date, month_day: int) -> date:
    """Return the date nearest to ``day`` that falls on a day of the year; in years without 29 February the 28th."""
    month, number = divmod(month_day, 100)
    years = range(max(day.year - 1, MINYEAR), min(day.year + 1, MAXYEAR) + 1)
    dates = [date(year, month, min(number, monthrange(year, month)[1])) for year in years]
    return min(dates, key=lambda other: (abs(other - day), other))
