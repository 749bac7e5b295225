"""Dates that people type, read as a day of the year or as a full date. Pure: today is an argument."""

import calendar
import datetime as dt
from dataclasses import dataclass

from bot.domain.date_notations import TypedDate, read_date
from bot.domain.errors import DateError
from bot.domain.typed_input import ReadingError
from bot.locale.language import Either, Message, Month, Part, echo, quoted

# Reading is our own code, because no library does it well. dateutil's parser guesses: it takes "12:30" and "Fri" for
# dates and "3.24" for 3 January. Babel's parser takes the numbers in one order only.
_LEAP_YEAR = 2000
_MONTHS_IN_A_YEAR = 12
_DAY_FIRST_LANGUAGES = "bg cs da de el es fi fr hi hr id it nl no pl pt ro ru sv th tr uk vi".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the year, 29 February included; ``year`` is None unless it was typed.

    Raises ValueError for a day that is in no calendar (30 February, 29 February 2017).
    """

    month: int
    day: int
    year: int | None = None

    def __post_init__(self) -> None:
        """Check that there is such a day."""
        dt.date(_LEAP_YEAR if self.year is None else self.year, self.month, self.day)

    @property
    def month_day(self) -> int:
        """Return month * 100 + day: 324 for 24 March."""
        return self.month * 100 + self.day

    @property
    def date(self) -> dt.date | None:
        """Return the full date, or None without a year."""
        return None if self.year is None else dt.date(self.year, self.month, self.day)


def parse_day(text: str, *, today: dt.date, day_first: bool = False) -> Day:
    """Read ``text`` as a day of the year, with a year only if the text names one.

    "Yesterday" and its like are counted from ``today``. ``day_first`` settles what ``3/4`` and ``3-4-2017`` mean; with
    dots the day always comes first, after a year or ``--`` the month does. Raises DateError: one sentence that quotes
    the text and shows what works.
    """
    try:
        typed = read_date(text, today=today, day_first=day_first)
        day = _day(typed, today)
    except ReadingError as error:
        raise DateError(_refusal(text, error, Day(3, 24), Message("3/24"), "2017-03-24")) from None
    # Somebody who asks for "yesterday" asks what happened on that day in any year.
    return Day(day.month, day.day) if typed.relative else day


def parse_date(text: str, *, today: dt.date, day_first: bool = False, end: bool = False) -> dt.date:
    """Read ``text`` as a limit of a range of dates: a month or a year gives its first day, or with ``end`` its last.

    Takes all that ``parse_day`` takes if the year is there, and also ``2016``, ``2016-05``, ``May 2016``. Raises
    DateError: one sentence that quotes the text and shows what works.
    """
    try:
        return _first_or_last_day(read_date(text, today=today, day_first=day_first), today, end=end)
    except ReadingError as error:
        raise DateError(_refusal(text, error, "2017-03-24", "2016-05", "2016")) from None


def parse_full_date(text: str, *, today: dt.date, day_first: bool = False) -> dt.date:
    """Read ``text`` as one date with day, month and year.

    Raises DateError, also for a month or a year alone: one sentence that quotes the text and shows what works.
    """
    try:
        return _full_date(read_date(text, today=today, day_first=day_first), today)
    except ReadingError as error:
        raise DateError(_refusal(text, error, Day(3, 24, 2017), Message("3/24/2017"), "2017-03-24")) from None


def day_first_for(locale: str | None) -> bool:
    """Return whether 3/4 means 3 April in a Discord locale (``en-GB``, ``de``); False if the locale is unknown."""
    code = (locale or "").casefold().replace("_", "-")
    return code == "en-gb" or code.partition("-")[0] in _DAY_FIRST_LANGUAGES


def _day(typed: TypedDate, today: dt.date) -> Day:
    year, month, day, _ = typed
    if month is None or day is None:
        raise ReadingError
    if year == 0:
        raise ReadingError(Message("Years run from 1 to 9999"))
    if not 1 <= month <= _MONTHS_IN_A_YEAR:
        raise ReadingError(Message("There is no month {number}", number=str(month)))
    if not 1 <= day <= calendar.monthrange(_LEAP_YEAR, month)[1]:
        raise ReadingError(Message("There is no {month} {number}", month=Month(month), number=str(day)))
    if year is not None and day > calendar.monthrange(year, month)[1]:
        past = Message("{year} had no {day}", year=str(year), day=Day(month, day))
        future = Message("{year} has no {day}", year=str(year), day=Day(month, day))
        raise ReadingError(past if year < today.year else future)
    return Day(month, day, year)


def _full_date(typed: TypedDate, today: dt.date) -> dt.date:
    date = _day(typed, today).date
    if date is None:
        raise ReadingError(Message("The year is missing"))
    return date


def _first_or_last_day(typed: TypedDate, today: dt.date, *, end: bool) -> dt.date:
    """Return the typed day, or the first or last day of the typed month or year."""
    year, month, day, _ = typed
    if year is None:
        raise ReadingError(Message("The year is missing"))
    if month is None:
        month = _MONTHS_IN_A_YEAR if end else 1
    checked = _day(TypedDate(year, month, 1 if day is None else day), today)
    last_day = calendar.monthrange(year, checked.month)[1]
    return dt.date(year, checked.month, last_day if day is None and end else checked.day)


def _refusal(text: str, error: ReadingError, *examples: Part) -> Message:
    parts: dict[str, Part] = {"text": echo(text), "examples": Either(map(quoted, examples))}
    if error.reason is not None:
        return Message("{reason}, so I can't use {text}: try {examples}.", reason=error.reason, **parts)
    return Message("I can't read {text} as a date: try {examples}.", **parts)
