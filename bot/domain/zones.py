"""Time zones, found by what people type: a city, a country, an IANA name. Pure: the time is an argument."""

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bot.domain import text as texts
from bot.domain.cities import ABBREVIATIONS, AREAS, CITIES, OLD_NAMES
from bot.domain.errors import DailyPostError
from bot.domain.schedule import open_zone, zone_names
from bot.domain.typed_input import normalise_input
from bot.locale.language import Either, Message, echo, quoted

MOST_CHOICES = 25
_LONGEST_LABEL = 100
_LONGEST_PLACE = 60
_UTC = "UTC"
_EXAMPLES = ("Europe/Berlin", "New York", _UTC)
_MOST_SUGGESTIONS = 3
_SHORTEST_BEGINNING = 3
_REGIONS = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
# Much used zones of all continents, the most used first: what is offered before anything is typed, and what stands
# ahead of others that fit as well.
_MUCH_USED = (
    *("UTC", "America/New_York", "Europe/London", "America/Los_Angeles", "Europe/Berlin", "America/Chicago"),
    *("Asia/Kolkata", "Europe/Paris", "America/Sao_Paulo", "Asia/Tokyo", "Australia/Sydney", "Asia/Shanghai"),
    *("America/Denver", "Europe/Moscow", "Europe/Istanbul", "Asia/Singapore", "America/Mexico_City", "Africa/Cairo"),
    *("Africa/Lagos", "Africa/Johannesburg", "Asia/Dubai", "America/Argentina/Buenos_Aires", "Pacific/Auckland"),
    *("Asia/Karachi", "Pacific/Honolulu", "Europe/Madrid", "Europe/Rome", "America/Toronto", "Asia/Jakarta"),
    *("Asia/Manila", "Asia/Seoul", "Asia/Bangkok", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Dhaka", "Africa/Nairobi"),
    *("America/Bogota", "America/Vancouver", "Europe/Amsterdam", "Europe/Warsaw", "Europe/Athens", "Europe/Lisbon"),
)
_PUNCTUATION = re.compile(r"[-_/,]")
_DROPPED = re.compile(r"[.'’ʻ`]")
# What a label adds to a place: the zone in parentheses, and the time there.
_TIME_THERE = re.compile(r" · \d\d:\d\d$")
_IN_PARENTHESES = re.compile(r"\(([^()]*)\)")
_OFFSET = re.compile(
    r"(?:utc|gmt) ?(?P<after>[+-] ?\d{1,2})(?::?(?P<past>\d\d))?|(?P<bare>[+-]\d{1,2})(?::?(?P<rest>\d\d))?"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: its IANA ``name``, and the ``place`` in it that was looked for, as people write it (“Munich”)."""

    name: str
    place: str


class _Entry(NamedTuple):
    """A name that a zone can be found by. ``area`` names several: it finds zones, but none in particular.

    ``rank`` orders what fits equally well: how much used a zone is, how well known a place in it.
    """

    key: str
    zone: Zone
    rank: tuple[int, int]
    area: bool = False


def zones_like(typed: str, *, now: dt.datetime, limit: int = MOST_CHOICES) -> list[tuple[str, str]]:
    """Return what Discord may offer for an unfinished text: labels of up to 100 UTF-16 units, each with an IANA name.

    A label shows a place, its zone and the time there at ``now`` (aware). Best first; for an empty text the much used
    zones from west to east. Never raises: for what fits nothing the list is empty.
    """
    try:
        words = _unlabelled(typed)
    except DailyPostError:
        return []
    key = _key(words.partition(" (")[0])
    if (seconds := _offset(words)) is not None:
        return [_choice(zone, now) for zone in _with_offset(seconds, now)[:limit]]
    if not key:
        offered = [Zone(name, _place(name)) for name in _MUCH_USED if name in zone_names()][:limit]
        return [_choice(zone, now) for zone in sorted(offered, key=lambda zone: _offset_at(zone, now))]
    return [_choice(zone, now) for zone in _matches(key)[:limit]]


def find_zone(typed: str) -> str:
    """Return the IANA name for what was typed or chosen: such a name in any case, a city, a country with one zone.

    Old names (US/Eastern) become today's. Raises OrderError, one sentence that quotes the text and shows what works,
    for all else; also for EST, CET or UTC+2, which would not follow a place's summer time.
    """
    words = _unlabelled(typed)
    key = _key(words)
    seconds = _offset(words)
    if seconds == 0 or key == "utc":
        return _UTC
    if seconds is not None:
        raise _refusal(typed, Message("{text} is an offset, which follows no summer time"), _EXAMPLES)
    if zones := _abbreviated(key):
        raise _refusal(typed, Message("{text} is an abbreviation, which follows no summer time"), _suggested(zones))
    names = {name for part in (words, *_IN_PARENTHESES.findall(words)) if (name := _exact(part))}
    names = names or {entry.zone.name for entry in _entries() if entry.key == key and not entry.area}
    if len(names) == 1:
        return names.pop()
    zones = [entry.zone for entry in _entries() if entry.key == key]
    if zones:
        raise _refusal(typed, Message("{text} lies in more than one time zone"), _suggested(zones))
    raise _refusal(typed, Message("{text} is no place or time zone known here"), _suggested(_matches(key)) or _EXAMPLES)


def _unlabelled(typed: str) -> str:
    """Return what was typed, folded; a choice that somebody edits comes back as its label, without its value."""
    return _TIME_THERE.sub("", normalise_input(typed))


def _key(name: str) -> str:
    """Return a name without case, accents and marks between words: ``St. John's`` and ``st-johns`` are one."""
    return " ".join(_DROPPED.sub("", _PUNCTUATION.sub(" ", texts.fold(name))).split())


@functools.cache
def _place(name: str) -> str:
    """Return how people call the place that a zone of this machine is named after."""
    state, _, city = name.partition("/")[2].replace("_", " ").rpartition("/")
    if state and state != "Argentina":
        return f"{city}, {state}"  # Knox in Indiana is not the place most people would think of.
    better = CITIES.get(name, "").partition(", ")[0]
    return better if _key(better) == _key(city) else city or name


@functools.cache
def _listed() -> tuple[str, ...]:
    """Return the zones that are offered: those named after places, by their names of today."""
    old = {name for names in OLD_NAMES.values() for name in names.split()}
    places = {name for name in zone_names() if name == _UTC or (name.partition("/")[0] in _REGIONS and "/" in name)}
    return tuple(sorted(places - old))


@functools.cache
def _abbreviations() -> dict[str, list[str]]:
    return {_key(word): names.split() for words, names in ABBREVIATIONS.items() for word in words.split()}


def _abbreviated(key: str) -> list[Zone]:
    """Return the zones whose clocks an abbreviation may mean."""
    return [Zone(name, _place(name)) for name in _abbreviations().get(key, ()) if name in zone_names()]


@functools.cache
def _exact_names() -> dict[str, str]:
    """Return each IANA name, folded, with the name to use today."""
    names = {name.casefold(): name for name in zone_names() if "/" in name} | {_UTC.casefold(): _UTC}
    for today, old in OLD_NAMES.items():
        if today in zone_names() or today == _UTC:
            names |= dict.fromkeys(old.casefold().split(), today)
    return names


def _exact(words: str) -> str | None:
    return _exact_names().get(words.strip().replace(" ", "_"))


@functools.cache
def _entries() -> tuple[_Entry, ...]:
    """Return all that zones can be found by, once for each spelling."""
    known = set(_listed())
    found: dict[tuple[str, str, bool], _Entry] = {}
    for entry in (*_named_after(known), *_areas(known)):
        found.setdefault((entry.key, entry.zone.name, entry.area), entry)
    return tuple(found.values())


def _named_after(known: Iterable[str]) -> Iterator[_Entry]:
    use = {name: rank for rank, name in enumerate(_MUCH_USED)}
    for name in sorted(known):
        own, others = _place(name), CITIES.get(name, "").split(", ")
        for rank, place in enumerate(place for place in (own, *others) if place):
            for spelling in (place, place.translate(_UMLAUTS)):
                yield _Entry(_key(spelling), Zone(name, place), (use.get(name, len(use)), rank))
        yield _Entry(_key(name), Zone(name, own), (use.get(name, len(use)), 0))


def _areas(known: set[str]) -> Iterator[_Entry]:
    for areas, names in AREAS.items():
        for area in areas.split(", "):
            for rank, name in enumerate(name for name in names.split() if name in known):
                yield _Entry(_key(area), Zone(name, _place(name)), (rank, 0), area=True)


def _matches(key: str) -> list[Zone]:
    """Return each fitting zone once, best first: whole names, then beginnings, then beginnings of a later word."""
    close = ((_closeness(entry, key), entry) for entry in _entries() if key)
    found = sorted(
        ((closeness, *entry.rank, entry.zone.name, entry.zone) for closeness, entry in close if closeness is not None),
        key=lambda match: match[:-1],
    )
    best: dict[str, Zone] = {}
    for zone in (*_abbreviated(key), *(match[-1] for match in found)):
        best.setdefault(zone.name, zone)
    return list(best.values())


def _closeness(entry: _Entry, key: str) -> int | None:
    if entry.key == key:
        return 0
    if entry.area:  # One that is only begun stands behind the places.
        return 2 if entry.key.startswith(key) and len(key) >= _SHORTEST_BEGINNING else None
    if entry.key.startswith(key):
        return 1
    return 3 if f" {key}" in entry.key else None


def _offset(words: str) -> int | None:
    """Return the seconds that ``UTC+2``, ``GMT-3:30`` or ``+01:00`` are ahead of UTC."""
    found = _OFFSET.fullmatch(words)
    if not found:
        return None
    hours = (found["after"] or found["bare"]).replace(" ", "")
    seconds = (abs(int(hours)) * 60 + int(found["past"] or found["rest"] or 0)) * 60
    return -seconds if hours.startswith("-") else seconds


def _offset_at(zone: Zone, now: dt.datetime) -> float:
    ahead = now.astimezone(open_zone(zone.name)).utcoffset()
    return ahead.total_seconds() if ahead else 0


def _with_offset(seconds: int, now: dt.datetime) -> list[Zone]:
    names = (*(name for name in _MUCH_USED if name in _listed()), *_listed())
    zones = (Zone(name, _place(name)) for name in dict.fromkeys(names))
    return [zone for zone in zones if _offset_at(zone, now) == seconds]


def _choice(zone: Zone, now: dt.datetime) -> tuple[str, str]:
    local = now.astimezone(open_zone(zone.name))
    place = texts.cut(zone.place, _LONGEST_PLACE)
    named = place if place == zone.name else f"{place} ({zone.name})"
    return texts.cut(f"{named} · {local.hour:02}:{local.minute:02}", _LONGEST_LABEL), zone.name


def _suggested(zones: Iterable[Zone]) -> list[str]:
    """Return what to type for some of these zones: the place, or the IANA name where others are called the same."""
    wanted = list(dict.fromkeys(zones))[:_MOST_SUGGESTIONS]
    return [zone.place if _are_one(_key(zone.place), zone.name) else zone.name for zone in wanted]


def _are_one(key: str, name: str) -> bool:
    return {(entry.zone.name, entry.area) for entry in _entries() if entry.key == key} == {(name, False)}


def _refusal(typed: str, why: Message, instead: Iterable[str]) -> DailyPostError:
    what = Message(why.text, text=echo(typed))
    return DailyPostError(Message("{what}: try {examples}.", what=what, examples=Either(map(quoted, instead))))
