"""Titles of days' pages of the portal. Pure."""

import re
from datetime import date

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_TITLE = re.compile(r"Portal:Current[ _]events/(\d{4})[ _]([A-Z][a-z]+)[ _](\d{1,2})", re.ASCII)


def title_of(day: date) -> str:
    """Return the title of a day's page."""
    return f"Portal:Current events/{day.year} {_MONTHS[day.month - 1]} {day.day}"


def day_of_title(title: str) -> date | None:
    """Return the day whose page has a title; None if it is another page."""
    match = _TITLE.fullmatch(title)
    if not match or match[2] not in _MONTHS:
        return None
    try:
        return date(int(match[1]), _MONTHS.index(match[2]) + 1, int(match[3]))
    except ValueError:
        return None
