"""Selects what a subscription's post shows on one local date, from the archive and the channel's history."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from bot.archive.archive import Archive
from bot.domain.delivery import history_key
from bot.domain.event import Candidate, Event
from bot.domain.picker import Pick, month_days_shown_on, pick, pick_news
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.selection import Selection
from bot.domain.subscription import Content, EmptyDay, PostOptions
from bot.ledger.deliveries import Deliveries

# How many days on each side are tried where a day has nothing: a few, and where those have nothing either, all.
_NEAREST_DAYS = (8, 366)
# How old a text has to be for a post; and how many days' news are tried where yesterday has none.
_NEWS_AGE, _NEWS_DAYS = timedelta(minutes=30), 7
# Reads so many of the best candidates; returns them, and how many there are.
_ReadCandidates = Callable[[int], Awaitable[tuple[list[Candidate], int]]]
# The factor by which more events are read where too many of them are muted.
_GROWTH = 4


class Selector:
    """Selects for the dates of one subscription, from what its server has not muted.

    ``extra_times_shown`` says how often posts that the ledger does not have yet show an event (by its key);
    ``delivery_id`` is the delivery that is selected for, whose own post may be on its way already. Of events that are
    as good, those in the language ``prefer`` come first. ``now`` is when this is: news that came in a moment ago may
    still change.
    """

    def __init__(  # noqa: PLR0913  (all that a selection depends on)
        self,
        archive: Archive,
        deliveries: Deliveries,
        options: PostOptions,
        *,
        now: datetime,
        extra_times_shown: Mapping[str, int] | None = None,
        delivery_id: int | None = None,
        muted: Mutes = NO_MUTES,
        prefer: str | None = None,
    ) -> None:
        self._archive = archive
        self._deliveries = deliveries
        self._options = options
        self._now = now
        self._extra_times_shown = extra_times_shown or {}
        self._delivery_id = delivery_id
        self._muted = muted
        self._prefer = prefer

    async def select(self, day: date, *, rejected_leads: Collection[str] = frozenset()) -> Selection | None:
        """Return what is shown on a local date; None if there is nothing to show.

        Events whose keys are in ``rejected_leads`` do not lead, unless there is no other. Raises ArchiveError,
        LedgerError.
        """
        content = self._options.content
        news = None if content is Content.ANNIVERSARIES else await self._select_news(day, rejected_leads)
        if content is Content.NEWS:
            return news
        anniversaries = await self._select_anniversaries(day, rejected_leads)
        if news is None or anniversaries is None:
            return news or anniversaries
        return _together(news, anniversaries, others=self._options.count)

    async def _select_news(self, day: date, rejected_leads: Collection[str]) -> Selection | None:
        """Select from the news of the day before; of the newest of some days before that, if admins want it so."""
        days = 1 if self._options.empty is EmptyDay.NOTHING else _NEWS_DAYS
        for distance in range(1, days + 1):
            if day.toordinal() <= distance:
                return None
            news_day = day - timedelta(distance)
            if selection := await self._select_news_of(day, news_day, rejected_leads):
                return replace(selection, is_nearest_day=distance > 1)
        return None

    async def _select_news_of(self, day: date, news_day: date, rejected_leads: Collection[str]) -> Selection | None:
        options = self._options

        async def read(limit: int) -> tuple[list[Candidate], int]:
            return await self._archive.news_candidates(
                news_day, seen_before=self._now - _NEWS_AGE, most=limit, language=options.language, prefer=self._prefer
            )

        candidates, total = await self._visible(read, min_count=1 + options.count + len(rejected_leads))
        day_pick = pick_news(candidates, others=options.count, rejected_leads=rejected_leads)
        lead = await self._lead(day_pick)
        if day_pick is None or lead is None:
            return None
        listing = await self._archive.news(since=news_day, until=news_day, limit=0)
        return Selection(day, day_pick, lead, total, listing.total, is_news=True)

    async def _select_anniversaries(self, day: date, rejected_leads: Collection[str]) -> Selection | None:
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
        if day_pick is None:
            return None
        lead = await self._lead(day_pick)
        if lead is None:
            # It was withdrawn or forgotten a moment ago.
            return await self._select_from(day, month_days, rejected_leads)
        lead_month_day = lead.date.month * 100 + lead.date.day
        listing = await self._archive.on_this_day(lead_month_day, topic=options.topic, limit=0)
        return Selection(day, day_pick, lead, total, listing.total)

    async def _lead(self, day_pick: Pick | None) -> Event | None:
        """Return the lead as a whole event; None if it was withdrawn or forgotten a moment ago."""
        if day_pick is None:
            return None
        prefer = self._options.language or self._prefer
        event = await self._archive.event(day_pick.lead.key, prefer=prefer)
        if event is None:
            return None
        (lead,) = await self._archive.mark_muted([event], self._muted)
        return lead

    async def _candidates(
        self, day: date, month_days: tuple[int, ...], *, min_count: int
    ) -> tuple[Sequence[Candidate], int]:
        """Return the best candidates that are not muted, ``min_count`` or more of them, and how many there are in all.

        Those that were not read, because enough others were, count as not muted.
        """
        options = self._options
        times_shown = await self._deliveries.times_shown(options.channel_id, month_days, besides=self._delivery_id)
        for key, times in self._extra_times_shown.items():
            times_shown[history_key(key)] = times_shown.get(history_key(key), 0) + times

        async def read(limit: int) -> tuple[list[Candidate], int]:
            return await self._archive.candidates(
                month_days,
                before=date(day.year, 1, 1),
                most=limit,
                topic=options.topic,
                language=options.language,
                prefer=self._prefer,
                times_shown=times_shown,
            )

        return await self._visible(read, min_count=min_count)

    async def _visible(self, read: _ReadCandidates, *, min_count: int) -> tuple[Sequence[Candidate], int]:
        """Return candidates that are not muted, ``min_count`` or more where there are, and how many there are in all.

        ``read`` returns so many of the best ones.
        """
        limit = min_count
        while True:
            candidates, total = await read(limit)
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


def _together(news: Selection, anniversaries: Selection, *, others: int) -> Selection:
    """Return the news with its lead, followed by news and anniversaries in equal parts."""
    of_news = news.pick.others[: max(others // 2, others - len(anniversaries.pick.events))]
    rest = anniversaries.pick.events[: others - len(of_news)]
    return replace(news, pick=replace(news.pick, others=(*of_news, *rest)), total=news.total + anniversaries.total)


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
