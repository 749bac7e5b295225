"""Dates of feeds that name days and months in another language than the standard's. Pure."""

import functools
import re
from datetime import UTC, datetime, timedelta, timezone

from babel import Locale

from bot.domain.text import fold

# Those in which feeds are known to write dates, and whose months are called so in no other of them.
_LANGUAGES = (
    "de", "es", "fr", "pt", "it", "nl", "sv", "nb", "da", "fi", "pl", "cs", "sk", "hu", "ro", "tr", "ru", "uk", "bg",
    "el", "ca", "id", "vi", "he", "ar", "fa", "hi", "en",
)  # fmt: skip
_DATE = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?P<day>\d{1,2})\.?\s+(?:de\s+)?(?P<month>[^\W\d]+)\.?,?\s+(?:de\s+)?(?P<year>\d{4})"
    r"(?:,?\s+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?)?\s*(?P<zone>[+-]\d\d:?\d\d|GMT|UTC|Z)?"
)


def read_local_date(text: str) -> datetime | None:
    """Return the moment of ``Seg, 24 Set 2018 19:42:40 -0300``; None if it is none, or its month is not known."""
    match = _DATE.fullmatch(text.strip())
    month = _months().get(fold(match["month"])) if match else None
    if not match or not month:
        return None
    try:
        local = datetime(
            int(match["year"]), month, int(match["day"]), int(match["hour"] or 0), int(match["minute"] or 0),
            tzinfo=_zone(match["zone"]),
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if not text or not text.startswith(("+", "-")):
        return UTC
    digits = text[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if text.startswith("-") else shift)


@functools.cache
def _months() -> dict[str, int]:
    """Return the number of each month by its folded name, without the names that two languages give two months.

    Many programs cut all months to three letters; what is a whole name elsewhere is no cut one.
    """
    names = [
        (fold(str(name)).rstrip("."), int(number))
        for language in _LANGUAGES
        for use in ("format", "stand-alone")
        for width in ("abbreviated", "wide")
        for number, name in Locale(language).months[use][width].items()
    ]
    return _without_doubt([(name[:3], number) for name, number in names]) | _without_doubt(names)


def _without_doubt(names: list[tuple[str, int]]) -> dict[str, int]:
    numbers: dict[str, set[int]] = {}
    for name, number in names:
        numbers.setdefault(name, set()).add(number)
    return {name: next(iter(months)) for name, months in numbers.items() if len(months) == 1}
