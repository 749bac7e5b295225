"""The index of names that time zones are found by: IANA's, CLDR's (through Babel) and our own tables. Pure."""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bot.domain.cities import CITIES
from bot.domain.countries import AREAS, COUNTRY_ZONES, MAIN_ZONES
from bot.domain.schedule import zone_names
from bot.domain.text import fold
from bot.domain.zone_names import ABBREVIATIONS, OLD_NAMES
from bot.locale.language import CATALOGUES

if TYPE_CHECKING:
    from babel import Locale

UTC = "UTC"
# Much used zones of all continents, the most used first: offered before anything is typed, and ahead of others that
# match as well.
MUCH_USED = (
    *("UTC", "America/New_York", "Europe/London", "America/Los_Angeles", "Europe/Berlin", "America/Chicago"),
    *("Asia/Kolkata", "Europe/Paris", "America/Sao_Paulo", "Asia/Tokyo", "Australia/Sydney", "Asia/Shanghai"),
    *("America/Denver", "Europe/Moscow", "Europe/Istanbul", "Asia/Singapore", "America/Mexico_City", "Africa/Cairo"),
    *("Africa/Lagos", "Africa/Johannesburg", "Asia/Dubai", "America/Argentina/Buenos_Aires", "Pacific/Auckland"),
    *("Asia/Karachi", "Pacific/Honolulu", "Europe/Madrid", "Europe/Rome", "America/Toronto", "Asia/Jakarta"),
    *("Asia/Manila", "Asia/Seoul", "Asia/Bangkok", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Dhaka", "Africa/Nairobi"),
    *("America/Bogota", "America/Vancouver", "Europe/Amsterdam", "Europe/Warsaw", "Europe/Athens", "Europe/Lisbon"),
)
_REGIONS = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
# The languages whose names of cities and countries are known: those that Daybook speaks.
_LANGUAGES = ("en", *dict.fromkeys(CATALOGUES.values()))
# The position of a name among those of its zone: IANA's, our table's in their order, CLDR's.
_IANA, _OUR_TABLE, _CLDR = 0, 1, 1000
_SHORTEST_BEGINNING = 3
_PUNCTUATION = re.compile(r"[-_/,]")
_DROPPED = re.compile(r"[.'’ʻ`]")
_SOFT_HYPHEN = "\u00ad"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: its IANA ``name``, and a ``place`` in it as people write it ("Munich")."""

    name: str
    place: str


class Entry(NamedTuple):
    """One name of a zone: ``key`` is its folded form (see ``place_key``).

    An ``is_area`` entry names an area with several zones: it suggests this one, but does not determine it. ``rank``
    orders entries that match equally well, lowest first: how much used the zone is, how well known the place.
    """

    key: str
    zone: Zone
    rank: tuple[int, int]
    is_area: bool = False


def place_key(name: str) -> str:
    """Fold a name, and drop the marks in it: ``St. John's`` and ``st-johns`` have the same key."""
    return " ".join(_DROPPED.sub("", _PUNCTUATION.sub(" ", fold(name))).split())


@functools.cache
def place_of(zone_name: str) -> str:
    """Return how people write the place that a zone is named after ("São Paulo" for "America/Sao_Paulo")."""
    state, _, city = zone_name.partition("/")[2].replace("_", " ").rpartition("/")
    if state and state != "Argentina":
        return f"{city}, {state}"  # Knox in Indiana is not the place most people would think of.
    spelling = CITIES.get(zone_name, "").partition(", ")[0]
    return spelling if place_key(spelling) == place_key(city) else city or zone_name


@functools.cache
def listed_zones() -> tuple[str, ...]:
    """Return the IANA names of the zones that are offered: those named after places, by their names of today."""
    old = {name for names in OLD_NAMES.values() for name in names.split()}
    places = {name for name in zone_names() if name == UTC or (name.partition("/")[0] in _REGIONS and "/" in name)}
    return tuple(sorted(places - old))


@functools.cache
def iana_names() -> dict[str, str]:
    """Return today's name of each zone, by its IANA names of today and of the past, in lower case."""
    names = {name.casefold(): name for name in zone_names() if "/" in name} | {UTC.casefold(): UTC}
    for name, old_names in OLD_NAMES.items():
        if name in zone_names() or name == UTC:
            names |= dict.fromkeys(old_names.casefold().split(), name)
    return names


def abbreviated_zones(key: str) -> list[Zone]:
    """Return the zones that an abbreviation such as ``est`` may mean; none for any other text."""
    return [Zone(name, place_of(name)) for name in _abbreviations().get(key, ()) if name in zone_names()]


@functools.cache
def _abbreviations() -> dict[str, list[str]]:
    return {place_key(word): names.split() for words, names in ABBREVIATIONS.items() for word in words.split()}


@functools.cache
def zone_entries() -> tuple[Entry, ...]:
    """Return all names that zones are found by. The first call takes about 0.2 seconds.

    A name that several sources have is taken from the first of them: our tables, CLDR's countries, CLDR's cities.
    "Granada" is in Spain, though Grenada is called so in Spanish; "Mexico" is the country, not its capital in French.
    """
    entries: dict[tuple[str, str, bool], Entry] = {}
    for source in (_entries_of_our_tables, _entries_of_countries, _entries_of_cities):
        earlier_keys = {entry.key for entry in entries.values()}
        for entry in source():
            if entry.key not in earlier_keys:
                entries.setdefault((entry.key, entry.zone.name, entry.is_area), entry)
    return tuple(entries.values())


def _entries_of_our_tables() -> Iterator[Entry]:
    """Yield the names of zones that IANA and our own tables have, and names of areas."""
    for zone_name in listed_zones():
        place = place_of(zone_name)
        yield from _entries_of_place(place, zone_name, _IANA)
        for position, city in enumerate(filter(None, CITIES.get(zone_name, "").split(", ")), _OUR_TABLE):
            yield from _entries_of_place(city, zone_name, position)
        yield Entry(place_key(zone_name), Zone(zone_name, place), (_usage_rank(zone_name), _IANA))
    for names, area_zones in AREAS.items():
        for name in names.split(", "):
            yield from _entries_of_area(name, area_zones.split())


def _entries_of_countries() -> Iterator[Entry]:
    """Yield the names that CLDR has for countries, in each language of Daybook."""
    names = dict.fromkeys(pair for locale in _locales() for pair in locale.territories.items())
    for code, name in names:
        match _zones_of_country(code):
            case [zone_name]:
                yield from _entries_of_place(name, zone_name, _CLDR)
            case country_zones:
                yield from _entries_of_area(name, country_zones)


def _entries_of_cities() -> Iterator[Entry]:
    """Yield the names that CLDR has for the cities of zones, in each language of Daybook."""
    names = dict.fromkeys(
        (iana_names().get(zone_name.casefold()), zone["city"].replace(_SOFT_HYPHEN, ""))
        for locale in _locales()
        for zone_name, zone in locale.time_zones.items()
        if "city" in zone
    )
    for zone_name, city in names:
        if zone_name in listed_zones():
            yield from _entries_of_place(city, zone_name, _CLDR)


@functools.cache
def _locales() -> "tuple[Locale, ...]":
    from babel import Locale

    return tuple(map(Locale.parse, _LANGUAGES))


@functools.cache
def _zones_of_country(code: str) -> list[str]:
    """Return the zones of a country (ISO 3166 code): its main one, or all that people there may mean."""
    from babel.core import get_global

    if code in MAIN_ZONES:
        return [MAIN_ZONES[code]]
    if code in COUNTRY_ZONES:
        return COUNTRY_ZONES[code].split()
    # CLDR puts UTC into an "unknown region".
    country_zones = {iana_names().get(name.casefold()) for name in get_global("territory_zones").get(code, ())} - {UTC}
    return [zone_name for zone_name in listed_zones() if zone_name in country_zones]


def _entries_of_place(place: str, zone_name: str, position: int) -> Iterator[Entry]:
    """Yield an entry for a place, and one for its spelling with ae for ä and so on."""
    for spelling in dict.fromkeys((place, place.translate(_UMLAUTS))):
        yield Entry(place_key(spelling), Zone(zone_name, place), (_usage_rank(zone_name), position))


def _entries_of_area(area: str, area_zones: Iterable[str]) -> Iterator[Entry]:
    offered = [zone_name for zone_name in area_zones if zone_name in listed_zones()]
    for position, zone_name in enumerate(offered):
        yield Entry(place_key(area), Zone(zone_name, place_of(zone_name)), (position, 0), is_area=True)


def _usage_rank(zone_name: str) -> int:
    """Return the position of a zone in ``MUCH_USED``; for all other zones the one behind the last."""
    return MUCH_USED.index(zone_name) if zone_name in MUCH_USED else len(MUCH_USED)


def zones_matching(key: str) -> list[Zone]:
    """Return each zone that has a name like ``key``, once, best first.

    First come abbreviations, then whole names, beginnings of names, and beginnings of a later word.
    """
    candidates = ((_closeness(entry, key), entry) for entry in zone_entries() if key)
    matches = sorted(
        (
            (closeness, *entry.rank, entry.zone.name, entry.zone)
            for closeness, entry in candidates
            if closeness is not None
        ),
        key=lambda match: match[:-1],
    )
    zones: dict[str, Zone] = {}
    for zone in (*abbreviated_zones(key), *(match[-1] for match in matches)):
        zones.setdefault(zone.name, zone)
    return list(zones.values())


def _closeness(entry: Entry, key: str) -> int | None:
    """Return how close an entry is to a typed key: 0 is the same, None is no match."""
    if key not in entry.key:
        return None
    if entry.key == key:
        return 0
    if entry.is_area:  # The beginning of an area's name ranks behind that of a place's.
        return 2 if entry.key.startswith(key) and len(key) >= _SHORTEST_BEGINNING else None
    if entry.key.startswith(key):
        return 1
    return 3 if f" {key}" in entry.key else None
