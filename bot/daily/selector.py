"""Selects what a subscription's post shows on one local date, from the archive and the channel's history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, date

from dateutil.relativedelta import relativedelta

from bot.archive.archive import Archive
from bot.domain.delivery import history_key
from bot.domain.event import Candidate
from bot.domain.picker import month_days_shown_on, pick
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.selection import Selection
from bot.domain.subscription import EmptyDay, PostOptions
from bot.ledger.deliveries import Deliveries

# How many days on each side are tried where a day has nothing: a few, and where those have nothing either, all.
_NEAREST_DAYS = (8, 366)
# The factor by which more events are read where too many of them are muted.
_GROWTH = 4


class Selector:
    """Selects for the dates of one subscription, from what its server has not muted.

    ``extra_times_shown`` says how often posts that the ledger does not have yet show an event (by its key). Of events
    that are as good, those in the language ``prefer`` come first.
    """

    def __init__(
        self,
        archive: Archive,
        deliveries: Deliveries,
        options: PostOptions,
        *,
        extra_times_shown: Mapping[str, int] | None = None,
        muted: Mutes = NO_MUTES,
        prefer: str | None = None,
    ) -> None:
        self._archive = archive
        self._deliveries = deliveries
        self._options = options
        self._extra_times_shown = extra_times_shown or {}
        self._muted = muted
        self._prefer = prefer

    async def select(self, day: date, *, rejected_leads: Collection[str] = frozenset()) -> Selection | None:
        """Return what is shown on a local date; None if there is nothing to show.

        Events whose keys are in ``rejected_leads`` do not lead, unless there is no other. Raises ArchiveError,
        LedgerError.
        """
        if self._options.topic in self._muted.topics:
            return None
        selection = await self._select_from(day, month_days_shown_on(day), rejected_leads)
        if selection is None and self._options.empty is EmptyDay.NEAREST:
            # Where a server has muted something, looking through the whole year could take long.
            for limit in _NEAREST_DAYS[:1] if self._muted else _NEAREST_DAYS:
                selection = selection or await self._select_nearest(day, rejected_leads, limit=limit)
        return selection

    async def _select_nearest(self, day: date, rejected_leads: Collection[str], *, limit: int) -> Selection | None:
        """Select from the nearest day with something new: else a sparse archive would show one event for weeks.

        Without one, select from the nearest day that has any.
        """
        fallback: Selection | None = None
        for near_date, month_day in await self._days_near(day, limit):
            selection = await self._select_from(near_date, (month_day,), rejected_leads)
            if selection is None:
                continue
            selection = replace(selection, day=day, is_nearest_day=True)
            if not selection.pick.all_shown_before:
                return selection
            fallback = fallback or selection
        return fallback

    async def _select_from(
        self, day: date, month_days: tuple[int, ...], rejected_leads: Collection[str]
    ) -> Selection | None:
        """Select from the events of some days of the year as if they were of ``day``."""
        options = self._options
        # The lead, the others, and as many as may not lead.
        min_count = 1 + options.count + len(rejected_leads)
        candidates, total = await self._candidates(day, month_days, min_count=min_count)
        day_pick = pick(candidates, day, others=options.count, rejected_leads=rejected_leads)
        lead = (
            await self._archive.event(day_pick.lead.key, prefer=options.language or self._prefer) if day_pick else None
        )
        if day_pick is None:
            return None
        if lead is None:
            # It was withdrawn or forgotten a moment ago.
            return await self._select_from(day, month_days, rejected_leads)
        (lead,) = await self._archive.mark_muted([lead], self._muted)
        lead_month_day = lead.date.month * 100 + lead.date.day
        listing = await self._archive.on_this_day(lead_month_day, topic=options.topic, limit=0)
        return Selection(day, day_pick, lead, total, listing.total)

    async def _candidates(
        self, day: date, month_days: tuple[int, ...], *, min_count: int
    ) -> tuple[Sequence[Candidate], int]:
        """Return the best candidates that are not muted, ``min_count`` or more of them, and how many there are in all.

        Those that were not read, because enough others were, count as not muted.
        """
        options = self._options
        times_shown = await self._deliveries.times_shown(options.channel_id, month_days)
        for key, times in self._extra_times_shown.items():
            times_shown[history_key(key)] = times_shown.get(history_key(key), 0) + times
        limit = min_count
        while True:
            candidates, total = await self._archive.candidates(
                month_days,
                before=date(day.year, 1, 1),
                most=limit,
                topic=options.topic,
                language=options.language,
                prefer=self._prefer,
                times_shown=times_shown,
            )
            hidden = await self._archive.find_muted([candidate.key for candidate in candidates], self._muted)
            visible = [candidate for candidate in candidates if candidate.key not in hidden]
            if len(visible) >= min_count or len(candidates) >= total:
                return visible, total - len(hidden)
            limit *= _GROWTH

    async def _days_near(self, day: date, limit: int) -> list[tuple[date, int]]:
        """Return the days of the year nearest to ``day`` that have events, each with its date nearest to ``day``.

        The nearest come first, and the earlier of two that are as near.
        """
        own_month_day = day.month * 100 + day.day
        days: set[tuple[date, int]] = set()
        for later in (False, True):
            near = await self._archive.nearest_days(own_month_day, topic=self._options.topic, later=later, limit=limit)
            days |= {(nearest_date(day, month_day), month_day) for month_day, _, _ in near}
        return sorted(days, key=lambda pair: (abs(pair[0] - day), pair))


def nearest_date(day: date, month_day: int) -> date:
    """Return the date nearest to ``day`` that falls on a day of the year; in years without 29 February the 28th.

    Of two dates as near, the earlier.
    """
    month, day_of_month = divmod(month_day, 100)
    dates = [
        # Days that a month does not have become its last one.
        day + relativedelta(years=years, month=month, day=day_of_month)
        for years in (-1, 0, 1)
        if MINYEAR <= day.year + years <= MAXYEAR
    ]
    return min(dates, key=lambda candidate: (abs(candidate - day), candidate))
