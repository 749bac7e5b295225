"""What a daily post shows: a lead and a few others, out of the events of that day of the year. Pure."""

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.event import ROUND, Candidate

_FEBRUARY, _LAST, _LEAP = 2, 28, 229


@dataclass(frozen=True, slots=True)
class Pick:
    """What is shown, and why the lead leads.

    ``years`` is how long ago it was; ``is_best`` that nothing else of the day is better; ``all_shown_before`` that all of it has
    been shown in the channel before; ``lead_overridden`` that admins passed over another lead.
    """

    lead: Candidate
    others: tuple[Candidate, ...]
    years: int
    is_best: bool = True
    all_shown_before: bool = False
    lead_overridden: bool = False

    @property
    def is_round(self) -> bool:
        """Whether this is an anniversary that comes before others."""
        return self.years in ROUND

    @property
    def events(self) -> tuple[Candidate, ...]:
        """The lead and the others."""
        return (self.lead, *self.others)


def pool_of(day: date) -> tuple[int, ...]:
    """Return the days of the year (month * 100 + day) whose events are told on ``day``.

    Those of 29 February are also told on 28 February of years that lack it.
    """
    own = day.month * 100 + day.day
    if day.month == _FEBRUARY and day.day == _LAST and not calendar.isleap(day.year):
        return (own, _LEAP)
    return (own,)


def pick(
    candidates: Sequence[Candidate], day: date, *, others: int, rejected_leads: Collection[str] = frozenset()
) -> Pick | None:
    """Pick from ``candidates``, which come best first; None if none of them is from a year before ``day``'s.

    Of a longer list it is enough to have those that come first in the order told here, as many as are shown and passed,
    and the best.
    What the channel has been shown least often comes first, so that nothing is repeated before all has been shown;
    then full events before stubs, round anniversaries, and the best. Keys in ``rejected_leads`` do not lead, unless no other
    is there.
    """
    old = [each for each in candidates if each.date.year < day.year]
    if not old:
        return None
    years = {each.key: day.year - each.date.year for each in old}
    # sorted() is stable: within the same rank the best stay first.
    ranked = sorted(old, key=lambda each: (each.times_shown, each.stub, years[each.key] not in ROUND))
    lead = next((each for each in ranked if each.key not in rejected_leads), ranked[0])
    rest = [each for each in ranked if each is not lead]
    return Pick(
        lead=lead,
        others=tuple(rest[:others]),
        years=years[lead.key],
        is_best=lead is min(old, key=lambda each: each.stub),
        all_shown_before=lead.times_shown > 0,
        lead_overridden=lead is not ranked[0],
    )
