"""A zone is found by what people call the place, and never by a clock that knows no summer time."""

import csv
import datetime as dt
import re
import zoneinfo
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.cities import CITIES
from bot.domain.countries import AREAS, COUNTRY_ZONES, MAIN_ZONES
from bot.domain.errors import DailyPostError
from bot.domain.schedule import open_zone, zone_names
from bot.domain.text import length
from bot.domain.zone_index import Zone, listed_zones, zone_entries
from bot.domain.zone_names import ABBREVIATIONS, OLD_NAMES
from bot.domain.zones import find_zone, zones_like

# Places and their zones, a fixed list: whatever the next version of a library has, they are found.
with (Path(__file__).parent / "places.csv").open(encoding="utf-8") as file:
    PLACES = [(row["zone"], row["place"]) for row in csv.DictReader(file)]
SUMMER = dt.datetime(2026, 7, 1, 7, 41, tzinfo=dt.UTC)
WINTER = dt.datetime(2026, 1, 1, 7, 41, tzinfo=dt.UTC)
HOSTILE = [
    "../../etc/passwd",
    "/etc/localtime",
    "Europe/../Europe/Berlin",
    "\x00",
    "Europe/Berlin\x00",
    "\ud800",
    "ﷺ" * 100,
]
HOSTILE += [
    "x" * 10_000,
    "posix/Europe/Berlin",
    "right/UTC",
    "localtime",
    "Factory",
    "Europe",
    "zone.tab",
    "()",
    "(",
    "+",
]
ORDINARY = ["berlin", "Europe/Berlin", "EST", "UTC+2", "-5", "San José", "USA", "北京", "st. john's", "(Europe/Berlin)"]
REGIONS = {"Africa", "America", "Asia", "Australia", "Europe", "Pacific", "UTC"}

untimed = settings(deadline=None)  # a busy machine is no reason to fail
pieces = st.sampled_from(
    [*"ab eimnorstu/_-+.()',0259\x00\ud800ü京", "utc", "gmt", "europe/", "america/", "york", "san "]
)
anything = st.one_of(st.text(), st.lists(pieces, max_size=8).map("".join), st.sampled_from(HOSTILE + ORDINARY))


def offered_zones(typed: str, now: dt.datetime = SUMMER) -> list[str]:
    return [name for _, name in zones_like(typed, now=now)]


def first_label(typed: str, now: dt.datetime = SUMMER) -> str:
    return zones_like(typed, now=now)[0][0]


def complaint(typed: str) -> str:
    with pytest.raises(DailyPostError) as error:
        find_zone(typed)
    return str(error.value)


# The tables


@pytest.mark.parametrize("zone", CITIES)
def test_every_city_lies_in_a_zone_that_there_is(zone: str) -> None:
    assert zone in zoneinfo.available_timezones()
    assert zone in listed_zones()


def test_every_area_country_and_abbreviation_names_zones_that_there_are() -> None:
    countries = (*MAIN_ZONES.values(), *COUNTRY_ZONES.values())
    for names in (*AREAS.values(), *countries, *ABBREVIATIONS.values()):
        assert set(names.split()) <= set(listed_zones())


def test_no_name_of_a_zones_places_is_listed_twice_or_empty() -> None:
    for names in CITIES.values():
        places = names.split(", ")
        assert all(place == place.strip() != "" for place in places)
        assert len(set(places)) == len(places)


def test_an_old_name_and_todays_show_the_same_time() -> None:
    moments = [SUMMER + dt.timedelta(days=30 * n) for n in range(-24, 120)]
    for today, old_names in OLD_NAMES.items():
        zone = open_zone(today)
        for old in set(old_names.split()) & zone_names():
            assert all(
                moment.astimezone(zone).utcoffset() == moment.astimezone(open_zone(old)).utcoffset()
                for moment in moments
            ), (old, today)


def test_every_place_is_found_by_its_name_or_said_to_be_in_several_zones() -> None:
    shared = set()
    ours = [(zone, place) for zone, names in CITIES.items() for place in names.split(", ")]
    assert set(ours) <= set(PLACES)
    assert len(PLACES) > 1500
    for zone, place in PLACES:
        try:
            assert find_zone(place) == zone
        except DailyPostError as error:
            shared.add(place)
            sentence = str(error)
            assert "lies in more than one time zone: try" in sentence
        assert zone in offered_zones(place)
    assert {"San Jose", "San José", "Hamilton", "Córdoba", "Newcastle"} <= shared
    assert len(shared) < 40


@pytest.mark.parametrize("name", sorted(zone_names()))
def test_every_iana_name_is_taken_in_any_spelling_unless_it_is_an_abbreviation(name: str) -> None:
    if "/" not in name and any(name in words.split() for words in ABBREVIATIONS):
        assert "ignores summer time" in complaint(name)
        return
    zone = find_zone(name)
    assert zone in zone_names()
    assert zone == name or name in OLD_NAMES[zone].split()
    for spelling in (name.lower(), name.upper(), name.replace("_", " "), f"  {name} "):
        assert find_zone(spelling) == zone


def test_every_offered_zone_is_one_of_todays_places() -> None:
    assert len(listed_zones()) > 350
    old = {name for names in OLD_NAMES.values() for name in names.split()}
    for name in listed_zones():
        assert name == "UTC" or (name in zone_names() and name not in old and not name.startswith(("Etc/", "US/")))


# Any text at all


@untimed
@given(typed=anything)
@example(typed="9" * 5000)
@example(typed="utc+99:99")
@example(typed="ﷺ" * 100)
def test_any_text_is_a_zone_or_one_helpful_sentence(typed: str) -> None:
    try:
        assert find_zone(typed) in zone_names()
    except DailyPostError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert sentence.isprintable()
        assert len(sentence) < 250
        if len(typed) <= 100:
            examples = re.findall("“([^“”]+)”", sentence.rpartition(": try ")[2])
            assert examples
            assert all(find_zone(example) for example in examples)


@untimed
@given(typed=anything, limit=st.integers(0, 25), now=st.datetimes(dt.datetime(2000, 1, 1), timezones=st.just(dt.UTC)))  # noqa: DTZ001
def test_choices_fit_and_are_zones(typed: str, limit: int, now: dt.datetime) -> None:
    choices = zones_like(typed, now=now.replace(year=min(now.year, 9000)), limit=limit)
    assert len(choices) <= limit
    assert len({name for _, name in choices}) == len(choices)
    for label, name in choices:
        assert 0 < length(label) <= 100
        assert len(name) <= 100
        assert find_zone(name) == name == find_zone(label)


def test_no_place_is_too_long_for_its_label() -> None:
    for entry in zone_entries():
        assert length(f"{entry.zone.place} ({entry.zone.name}) · 09:41") <= 100


# What people type


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        *[("berlin", "Europe/Berlin"), ("Munich", "Europe/Berlin"), ("münchen", "Europe/Berlin")],
        *[("muenchen", "Europe/Berlin"), ("KÖLN", "Europe/Berlin"), ("Koeln", "Europe/Berlin")],
        *[("new york", "America/New_York"), ("New_York", "America/New_York"), ("NYC", "America/New_York")],
        *[("Washington, DC", "America/New_York"), ("san francisco", "America/Los_Angeles")],
        *[("Peking", "Asia/Shanghai"), ("北京", "Asia/Shanghai"), ("廣州", "Asia/Shanghai"), ("广州", "Asia/Shanghai")],
        *[("東京", "Asia/Tokyo"), ("东京", "Asia/Tokyo"), ("臺北", "Asia/Taipei"), ("香港", "Asia/Hong_Kong")],
        *[("Bombay", "Asia/Kolkata"), ("New Delhi", "Asia/Kolkata"), ("Genève", "Europe/Zurich")],
        *[("Sao Paulo", "America/Sao_Paulo"), ("St Petersburg", "Europe/Moscow"), ("st johns", "America/St_Johns")],
        *[("germany", "Europe/Berlin"), ("Deutschland", "Europe/Berlin"), ("Japan", "Asia/Tokyo")],
        *[("America/Argentina/Buenos Aires", "America/Argentina/Buenos_Aires"), ("Lome", "Africa/Lome")],
        *[("US/Eastern", "America/New_York"), ("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kiev", "Europe/Kyiv")],
        *[("utc", "UTC"), ("GMT", "UTC"), ("Etc/UTC", "UTC"), ("UTC+0", "UTC"), ("gmt-0", "UTC"), ("Zulu", "UTC")],
        *[("Munich (Europe/Berlin) · 09:41", "Europe/Berlin"), ("Etc/GMT+5", "Etc/GMT+5")],
        *[("Ｂｅｒｌｉｎ", "Europe/Berlin"), ("ber\u200blin", "Europe/Berlin"), ("  berlin ", "Europe/Berlin")],
    ],
)
def test_a_zone_is_found_by_what_people_call_it(typed: str, zone: str) -> None:
    assert find_zone(typed) == zone


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("EST", "“EST” is an abbreviation and ignores summer time: try “New York” or “Toronto”."),
        ("cet", "“cet” is an abbreviation and ignores summer time: try “Berlin”, “Paris” or “Madrid”."),
        ("PST", "“PST” is an abbreviation and ignores summer time: try “Los Angeles” or “Vancouver”."),
        ("ist", "“ist” is an abbreviation and ignores summer time: try “Kolkata”, “Dublin” or “Jerusalem”."),
        ("UTC+2", "“UTC+2” is a fixed offset and ignores summer time: try “Europe/Berlin”, “New York” or “UTC”."),
        ("GMT−5", "“GMT−5” is a fixed offset and ignores summer time: try “Europe/Berlin”, “New York” or “UTC”."),
        ("USA", "“USA” lies in more than one time zone: try “New York”, “Chicago” or “Denver”."),
        ("Georgia", "“Georgia” lies in more than one time zone: try “Tbilisi” or “New York”."),
        (
            "San Jose",
            "“San Jose” lies in more than one time zone: try “America/Costa_Rica” or “America/Los_Angeles”.",
        ),
        ("York", "“York” is not a place or time zone I know: try “New York”."),
        ("Atlantis", "“Atlantis” is not a place or time zone I know: try “Europe/Berlin”, “New York” or “UTC”."),
        ("", "an empty entry is not a place or time zone I know: try “Europe/Berlin”, “New York” or “UTC”."),
        ("x" * 101, f"“{'x' * 39}…” is too long: at most 100 characters are read."),
    ],
)
def test_what_is_no_zone_is_refused_with_a_reason_and_a_way_out(typed: str, sentence: str) -> None:
    assert complaint(typed) == sentence


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_text_finds_nothing(typed: str) -> None:
    assert complaint(typed)
    assert all(name in listed_zones() for name in offered_zones(typed))


# What is offered


def test_a_label_shows_the_place_its_zone_and_the_time_there_in_summer_and_in_winter() -> None:
    assert first_label("munich", SUMMER) == "Munich (Europe/Berlin) · 09:41"
    assert first_label("munich", WINTER) == "Munich (Europe/Berlin) · 08:41"
    assert first_label("new york", SUMMER) == "New York (America/New_York) · 03:41"
    assert first_label("new york", WINTER) == "New York (America/New_York) · 02:41"
    assert first_label("sydney", SUMMER) == "Sydney (Australia/Sydney) · 17:41"
    assert first_label("sydney", WINTER) == "Sydney (Australia/Sydney) · 18:41"
    assert first_label("mumbai", WINTER) == "Mumbai (Asia/Kolkata) · 13:11"
    assert first_label("北京", WINTER) == "北京 (Asia/Shanghai) · 15:41"
    assert first_label("utc", SUMMER) == "UTC · 07:41"
    assert first_label("knox", SUMMER) == "Knox, Indiana (America/Indiana/Knox) · 02:41"


@pytest.mark.parametrize("now", [SUMMER, WINTER])
def test_before_anything_is_typed_all_continents_are_offered_from_west_to_east(now: dt.datetime) -> None:
    for nothing in ("", "  ", "\u200b"):
        names = offered_zones(nothing, now)
        assert len(names) == 25
        assert {name.partition("/")[0] for name in names} == REGIONS
        ahead = [now.astimezone(open_zone(name)).utcoffset() for name in names]
        assert ahead == sorted(ahead, key=lambda offset: offset or dt.timedelta(0))
    assert [name for _, name in zones_like("", now=now, limit=2)] == ["America/New_York", "UTC"]


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        *[("Kirgisistan", "Asia/Bishkek"), ("Kirguistán", "Asia/Bishkek"), ("キルギス", "Asia/Bishkek")],
        *[("Suriname", "America/Paramaribo"), ("Islas Salomón", "Pacific/Guadalcanal"), ("冰島", "Atlantic/Reykjavik")],
        *[("阿根廷", "America/Argentina/Buenos_Aires"), ("Chine", "Asia/Shanghai"), ("ウクライナ", "Europe/Kyiv")],
        *[("Reikiavik", "Atlantic/Reykjavik"), ("Ho-Chi-Minh-Stadt", "Asia/Ho_Chi_Minh"), ("ロメ", "Africa/Lome")],
    ],
)
def test_countries_and_capitals_are_known_in_each_language(typed: str, zone: str) -> None:
    assert find_zone(typed) == zone


@pytest.mark.parametrize(
    "typed", ["Kiribati", "Micronesia", "Kongo-Kinshasa", "オーストラリア", "Mexico", "États-Unis"]
)
def test_a_country_with_several_zones_asks_for_one(typed: str) -> None:
    assert "lies in more than one time zone: try" in complaint(typed)
    assert len(offered_zones(typed)) > 1


def test_whole_names_come_first_then_beginnings_then_later_words() -> None:
    assert offered_zones("york") == ["America/New_York"]
    assert offered_zones("berl") == offered_zones("europe/berl") == offered_zones("Europe/Berlin") == ["Europe/Berlin"]
    assert offered_zones("rom")[:2] == ["Europe/Rome", "Europe/Bucharest"]
    assert offered_zones("guinea")[0] == "Africa/Conakry"  # before Guinea-Bissau and Equatorial Guinea
    assert offered_zones("guinea").index("Africa/Bissau") < offered_zones("guinea").index("Africa/Malabo")
    assert offered_zones("nothing like this") == []


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        ("cet", ["Europe/Berlin", "Europe/Paris", "Europe/Madrid"]),
        ("est", ["America/New_York", "America/Toronto"]),
        ("PST", ["America/Los_Angeles", "America/Vancouver"]),
        ("ist", ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem", "Europe/Istanbul"]),
        ("gmt", ["UTC"]),
        ("utc", ["UTC"]),
        ("usa", ["America/New_York", "America/Chicago", "America/Denver"]),
        ("canad", ["America/Toronto", "America/Vancouver"]),
        ("san jose", ["America/Los_Angeles", "America/Costa_Rica"]),
        ("+5:30", ["Asia/Kolkata", "Asia/Colombo"]),
        ("Munich (Europe/Berlin) · 09:41", ["Europe/Berlin"]),
    ],
)
def test_what_is_no_single_place_offers_the_cities_that_may_be_meant(typed: str, zones: list[str]) -> None:
    assert offered_zones(typed)[: len(zones)] == zones


def test_an_offset_offers_the_places_where_it_holds_now() -> None:
    assert "Europe/Berlin" in offered_zones("UTC+2", SUMMER)
    assert "Europe/Berlin" not in offered_zones("utc +2", WINTER)
    assert "Europe/Berlin" in offered_zones("GMT+01:00", WINTER)
    assert offered_zones("UTC-3:30", WINTER) == ["America/St_Johns"]
    assert offered_zones("UTC+0", WINTER)[:2] == ["UTC", "Europe/London"]
    assert offered_zones("UTC+25") == []


def test_a_zone_is_a_value() -> None:
    assert Zone("Europe/Berlin", "Munich") == Zone("Europe/Berlin", "Munich")
