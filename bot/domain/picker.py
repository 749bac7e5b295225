"""Picks what a daily post shows, a lead and a few others, from the events of that day of the year."""

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.event import ROUND_ANNIVERSARIES, Candidate

_FEBRUARY, _LAST_DAY, _LEAP_DAY = 2, 28, 229


@dataclass(frozen=True, slots=True)
class Pick:
    """The events of a post, and why the lead leads.

    ``years`` is how many years ago the lead was. ``is_best``: no event of the day is better. ``all_shown_before``: the
    channel has seen all events of the day in earlier posts. ``lead_overridden``: admins rejected the lead it would be.
    """

    lead: Candidate
    others: tuple[Candidate, ...]
    years: int
    is_best: bool = True
    all_shown_before: bool = False
    lead_overridden: bool = False

    @property
    def is_round(self) -> bool:
        """Whether this is a round anniversary: they come before others."""
        return self.years in ROUND_ANNIVERSARIES

    @property
    def events(self) -> tuple[Candidate, ...]:
        """The lead and the others."""
        return (self.lead, *self.others)


def pick_news(
    candidates: Sequence[Candidate], *, others: int, rejected_leads: Collection[str] = frozenset()
) -> Pick | None:
    """Pick a lead and up to ``others`` more of a date's news, which come best first; None if there is none."""
    if not candidates:
        return None
    lead = next((candidate for candidate in candidates if candidate.key not in rejected_leads), candidates[0])
    rest = [candidate for candidate in candidates if candidate is not lead]
    return Pick(lead=lead, others=tuple(rest[:others]), years=0, lead_overridden=lead is not candidates[0])


def month_days_shown_on(day: date) -> tuple[int, ...]:
    """Return the days of the year (``month * 100 + day``) whose events are shown on ``day``.

    Those of 29 February are also shown on 28 February of years without a 29th.
    """
    month_day = day.month * 100 + day.day
    if day.month == _FEBRUARY and day.day == _LAST_DAY and not calendar.isleap(day.year):
        return (month_day, _LEAP_DAY)
    return (month_day,)


def pick(
    candidates: Sequence[Candidate], day: date, *, others: int, rejected_leads: Collection[str] = frozenset()
) -> Pick | None:
    """Pick a lead and up to ``others`` more; None if no candidate is from a year before ``day``'s.

    ``candidates`` come best first. Those that the channel has been shown least often are taken first, so that nothing
    is repeated before all has been shown; among them full events before stubs, then round anniversaries, then the best.
    Events whose keys are in ``rejected_leads`` do not lead, unless there is no other.

    Not all of the day's events are needed: it is enough to have the best one, and as many as are shown and rejected of
    those that come first in this order.
    """
    past = [candidate for candidate in candidates if candidate.date.year < day.year]
    if not past:
        return None
    years = {candidate.key: day.year - candidate.date.year for candidate in past}
    # sorted() is stable: within the same rank the best stay first.
    ranked = sorted(
        past, key=lambda event: (event.times_shown, event.stub, years[event.key] not in ROUND_ANNIVERSARIES)
    )
    lead = next((candidate for candidate in ranked if candidate.key not in rejected_leads), ranked[0])
    rest = [candidate for candidate in ranked if candidate is not lead]
    return Pick(
        lead=lead,
        others=tuple(rest[:others]),
        years=years[lead.key],
        is_best=lead is min(past, key=lambda candidate: candidate.stub),
        all_shown_before=lead.times_shown > 0,
        lead_overridden=lead is not ranked[0],
    )
