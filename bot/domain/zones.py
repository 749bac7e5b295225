"""Time zones that people type: a city, a country, an IANA name. Pure: the time is an argument."""

import datetime as dt
import re
from collections.abc import Iterable

from bot.domain.errors import DailyPostError
from bot.domain.schedule import open_zone, zone_names
from bot.domain.text import cut
from bot.domain.typed_input import normalise_input
from bot.domain.zone_index import (
    MUCH_USED,
    UTC,
    Zone,
    abbreviated_zones,
    iana_names,
    listed_zones,
    place_key,
    place_of,
    zone_entries,
    zones_matching,
)
from bot.locale.language import Either, Message, echo, quoted

MOST_CHOICES = 25
_LONGEST_LABEL = 100
_LONGEST_PLACE = 60
_EXAMPLES = ("Europe/Berlin", "New York", UTC)
_MOST_SUGGESTIONS = 3
# A label is a place, its zone in parentheses, and the time there.
_TIME_OF_LABEL = re.compile(r" · \d\d:\d\d$")
_IN_PARENTHESES = re.compile(r"\(([^()]*)\)")
# UTC+2, GMT-3:30; or +01:00 alone.
_OFFSET = re.compile(
    r"(?:utc|gmt) ?(?P<hours>[+-] ?\d{1,2})(?::?(?P<minutes>\d\d))?"
    r"|(?P<bare_hours>[+-]\d{1,2})(?::?(?P<bare_minutes>\d\d))?"
)


def zones_like(typed: str, *, now: dt.datetime, limit: int = MOST_CHOICES) -> list[tuple[str, str]]:
    """Return choices for an unfinished text, best first: labels of up to 100 UTF-16 units, each with an IANA name.

    A label shows a place, its zone and the time there at ``now`` (aware). An empty text gives the much used zones from
    west to east, a text that nothing matches an empty list. Never raises.
    """
    try:
        text = _without_label(typed)
    except DailyPostError:
        return []
    offset = _parse_offset(text)
    if offset is not None:
        return [_choice(zone, now) for zone in _zones_with_offset(offset, now)[:limit]]
    key = place_key(text.partition(" (")[0])
    if not key:
        offered = [Zone(name, place_of(name)) for name in MUCH_USED if name in zone_names()][:limit]
        return [_choice(zone, now) for zone in sorted(offered, key=lambda zone: _offset_at(zone, now))]
    return [_choice(zone, now) for zone in zones_matching(key)[:limit]]


def find_zone(typed: str) -> str:
    """Return the IANA name for what was typed or chosen: such a name in any case, a city, a country with one zone.

    Old names (US/Eastern) become today's. Raises DailyPostError, one sentence that quotes the text and shows what
    works, for anything else; also for EST, CET or UTC+2, which do not follow a place's summer time.
    """
    text = _without_label(typed)
    key = place_key(text)
    offset = _parse_offset(text)
    if offset == 0 or key == "utc":
        return UTC
    if offset is not None:
        raise _refusal(typed, Message("{text} is a fixed offset and ignores summer time"), _EXAMPLES)
    if zones := abbreviated_zones(key):
        raise _refusal(typed, Message("{text} is an abbreviation and ignores summer time"), _suggestions(zones))
    entries = [entry for entry in zone_entries() if entry.key == key]
    names = {name for part in (text, *_IN_PARENTHESES.findall(text)) if (name := _exact_name(part))}
    names = names or {entry.zone.name for entry in entries if not entry.is_area}
    if len(names) == 1:
        return names.pop()
    if entries:
        ambiguous = Message("{text} lies in more than one time zone")
        raise _refusal(typed, ambiguous, _suggestions(entry.zone for entry in entries))
    unknown = Message("{text} is not a place or time zone I know")
    raise _refusal(typed, unknown, _suggestions(zones_matching(key)) or _EXAMPLES)


def _without_label(typed: str) -> str:
    """Return the normalised text without a label's time: a choice that somebody edits comes back as its label."""
    return _TIME_OF_LABEL.sub("", normalise_input(typed))


def _exact_name(text: str) -> str | None:
    return iana_names().get(text.strip().replace(" ", "_"))


def _parse_offset(text: str) -> int | None:
    """Return the seconds that ``utc+2``, ``gmt-3:30`` or ``+01:00`` are ahead of UTC; None for any other text."""
    match = _OFFSET.fullmatch(text)
    if not match:
        return None
    hours = (match["hours"] or match["bare_hours"]).replace(" ", "")
    seconds = (abs(int(hours)) * 60 + int(match["minutes"] or match["bare_minutes"] or 0)) * 60
    return -seconds if hours.startswith("-") else seconds


def _offset_at(zone: Zone, now: dt.datetime) -> float:
    ahead = now.astimezone(open_zone(zone.name)).utcoffset()
    return ahead.total_seconds() if ahead else 0


def _zones_with_offset(seconds: int, now: dt.datetime) -> list[Zone]:
    """Return the zones that are ``seconds`` ahead of UTC at ``now``, the much used ones first."""
    names = (*(name for name in MUCH_USED if name in listed_zones()), *listed_zones())
    zones = (Zone(name, place_of(name)) for name in dict.fromkeys(names))
    return [zone for zone in zones if _offset_at(zone, now) == seconds]


def _choice(zone: Zone, now: dt.datetime) -> tuple[str, str]:
    local = now.astimezone(open_zone(zone.name))
    place = cut(zone.place, _LONGEST_PLACE)
    name = place if place == zone.name else f"{place} ({zone.name})"
    return cut(f"{name} · {local.hour:02}:{local.minute:02}", _LONGEST_LABEL), zone.name


def _suggestions(zones: Iterable[Zone]) -> list[str]:
    """Return what to type for the first of these zones: the place, or the IANA name if the place is ambiguous."""
    first = list(dict.fromkeys(zones))[:_MOST_SUGGESTIONS]
    return [zone.place if _is_unambiguous(place_key(zone.place), zone.name) else zone.name for zone in first]


def _is_unambiguous(key: str, zone_name: str) -> bool:
    """Return whether ``key`` finds this zone and no other."""
    return {(entry.zone.name, entry.is_area) for entry in zone_entries() if entry.key == key} == {(zone_name, False)}


def _refusal(typed: str, reason: Message, examples: Iterable[str]) -> DailyPostError:
    problem = Message(reason.text, text=echo(typed))
    return DailyPostError(Message("{what}: try {examples}.", what=problem, examples=Either(map(quoted, examples))))
