"""Fetching the *On this day* feed: from lists of several Wikipedias to pages on the disk and events in the archive."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.domain.errors import FetchError
from bot.domain.page import key_of
from bot.sources.fetch_state import FILE_NAME
from bot.sources.forgotten import Forgotten
from bot.sources.onthisday_lists import EVENTS, LANGUAGES, SELECTED, day_name, read_list
from bot.sources.page_marks import marks_of
from bot.sources.page_matching import Wording
from tests.helpers.fetching import Fetching
from tests.helpers.samples import ROOT, write
from tests.helpers.wikipedia import article, broken, entry, no_json, too_many, truncated, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.sources.onthisday_lists import Entry

RECORDED = ROOT.parent / "shared" / "feeds" / "onthisday" / "wiki-day-test-app_all_11_12_2022.json"
TODAY = date(2025, 11, 24)
DAY = "11/26"
BRIDGE = article("Sandvik Bridge", item="Q501", description="Bridge in Norway", image="Bridge.jpg")
NORWAY = article("Norway", item="Q20", description="Country in Northern Europe")
BRIDGE_EVENT = entry("The Sandvik Bridge is opened to traffic after nine years.", 1954, BRIDGE, NORWAY)
WRECK_EVENT = entry("The steamer Anna sinks off Cape Lin with 80 aboard.", 1871, article("SS Anna", item="Q502"))
# What the feed has of a day, beside what a test is about.
OTHERS = [
    entry(
        f"Something of the year {year} is told in words of its own, number {year * 7}.", year, article(f"Thing {year}")
    )
    for year in range(1800, 1808)
]
BRIDGE_DE = entry(
    "Die Brücke von Sandvik wird dem Verkehr übergeben.", 1954,
    article("Brücke von Sandvik", language="de", item="Q501"), article("Norwegen", language="de", item="Q20"),
)  # fmt: skip


@pytest.fixture
def fetching(tmp_path: Path) -> Iterator[Fetching]:
    with wikipedia() as fake:
        yield Fetching(tmp_path / "data", fake, today=TODAY)


def tell(
    fetching: Fetching,
    events: list[dict[str, Any]],
    selected: list[dict[str, Any]] | None = None,
    *,
    language: str = "en",
) -> None:
    """Have the lists of the day say this."""
    fetching.wikipedia.lists[language, EVENTS, DAY] = events
    fetching.wikipedia.lists[language, SELECTED, DAY] = selected or []


def read(rows: list[Any], kind: str = EVENTS, language: str = "en", month: int = 11, day: int = 26) -> list[Entry]:
    return list(read_list(json.dumps({kind: rows}).encode(), kind, language, month, day).entries)


# What a list says


def test_an_entry_is_read(tmp_path: Path) -> None:
    (bridge,) = read([BRIDGE_EVENT])
    assert (bridge.date, bridge.text) == (
        date(1954, 11, 26),
        "The Sandvik Bridge is opened to traffic after nine years.",
    )
    assert [(linked.title, linked.item) for linked in bridge.articles] == [
        ("Sandvik Bridge", "Q501"),
        ("Norway", "Q20"),
    ]
    assert bridge.lead
    assert bridge.lead.url == "https://en.wikipedia.org/wiki/Sandvik_Bridge"
    assert bridge.lead.image == "https://upload.wikimedia.org/wikipedia/commons/a/ab/Bridge.jpg"
    assert not bridge.is_selected


def test_years_before_christ_and_entries_of_no_date_are_counted_and_left_out() -> None:
    rows = [
        entry("Long ago", -44), entry("There was no such year", 0), entry("A holiday", None), entry("", 1900),
        entry("   ", 1901), entry("A year like no other", 20_000), entry("Words for a year", "1900"), "no entry", None,  # type: ignore[arg-type]
        {"text": "True is no year", "year": True}, {"year": 1902, "text": 7, "pages": []}, entry("The first year", 1),
    ]  # fmt: skip
    answer = read_list(json.dumps({EVENTS: rows}).encode(), EVENTS, "en", 11, 26)
    assert [(told.date.year, told.text) for told in answer.entries] == [(1, "The first year")]
    assert (answer.before_christ, answer.left_out) == (2, 9)
    # 1900 had no 29 February in our calendar.
    leap = read_list(json.dumps({EVENTS: [entry("x", 1900), entry("y", 1904)]}).encode(), EVENTS, "en", 2, 29)
    assert ([told.text for told in leap.entries], leap.left_out) == (["y"], 1)


def test_an_entry_without_articles_has_no_lead() -> None:
    (alone,) = read([entry("A comet is seen over the town.", 1811)])
    assert alone.lead is None


def test_the_lead_is_the_article_about_what_happened_then() -> None:
    battle = article("Battle of the Dunes", item="Q9", description="1330 battle between two armies")
    king = article("King Olav", description="King of Norway (1299–1330)")
    assert [told.lead.title for told in read([entry("King Olav loses.", 1330, king, battle)]) if told.lead] == [
        "Battle of the Dunes"
    ]
    assert [told.lead.title for told in read([entry("King Olav dies.", 1330, king, NORWAY)]) if told.lead] == [
        "King Olav"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_articles_of_dates_are_no_topics(language: str) -> None:
    names = [day_name(language, 11, 26), "1954", {"zh": "1954年", "ru": "1954 год"}.get(language, "1954")]
    (told,) = read([entry("Text", 1954, *(article(name) for name in names), article("Area 1954b"))], language=language)
    assert [linked.title for linked in told.articles if not linked.is_date] == ["Area 1954b"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The ship (pictured) sails."), ("en", "The ship (pictured in 1911, left) sails."),
        ("de", "The ship (Bild) sails."), ("fr", "The ship (photo) sails."), ("es", "The ship (en la imagen) sails."),
        ("zh", "The ship（圖） sails."), ("ru", "The ship (на илл.) sails."), ("ar", "The ship (في الصورة) sails."),
    ],
)  # fmt: skip
def test_what_points_to_a_picture_is_left_out(language: str, text: str) -> None:
    (told,) = read([entry(text, 1911)], language=language)
    assert told.text == "The ship sails."


@pytest.mark.parametrize("text", ["The ship (built in 1900) sails.", "The ship (a picture of health) sails."])
def test_other_brackets_stay(text: str) -> None:
    (told,) = read([entry(text, 1911)])
    assert told.text == text


COMMONS = "//upload.wikimedia.org/wikipedia/commons"
DRAWING = f"https:{COMMONS}/thumb/a/x.svg/330px-x.svg.png"


@pytest.mark.parametrize(
    ("whole", "small", "image"),
    [
        (f"{COMMONS}/a/x.png", None, f"https:{COMMONS}/a/x.png"),
        (f"https:{COMMONS}/a/x.svg", DRAWING, DRAWING),
        ("/assets/stub.png", "/assets/stub.png", None),
        ("https://upload.wikimedia.org/wikipedia/en/1/12/Poster.jpg", None, None),
        ("https://elsewhere.example/wikipedia/commons/a/x.png", None, None),
        ([f"https:{COMMONS}/a/x.png"], None, None),
        (None, None, None),
    ],
)
def test_a_picture_is_one_of_commons(whole: object, small: str | None, image: str | None) -> None:
    ship = article("Ship", originalimage={"source": whole, "width": 900}, thumbnail={"source": small, "width": 330})
    (told,) = read([entry("Text", 1911, ship)])
    assert told.lead
    assert told.lead.image == image


def test_of_a_large_picture_a_smaller_copy_is_shown() -> None:
    (told,) = read([entry("Text", 1911, article("Ship", image="Ship.jpg", width=6000))])
    assert told.lead
    assert told.lead.image == "https://upload.wikimedia.org/wikipedia/commons/thumb/a/ab/Ship.jpg/960px-Ship.jpg"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"events": {}}', b'{"events": ' + b"[" * 99_999])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(FetchError):
        read_list(body, EVENTS, "en", 11, 26)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["text", "year", "pages", "titles", "normalized", "originalimage", "source", "wikibase_item", "type"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(st.lists(JSON, max_size=5), st.sampled_from(LANGUAGES))
def test_whatever_a_list_holds_is_read_or_left_out(rows: list[Any], language: str) -> None:
    answer = read_list(json.dumps({SELECTED: rows}).encode(), SELECTED, language, 2, 29)
    assert len(answer.entries) + answer.before_christ + answer.left_out == len(rows)
    assert all(told.text and told.date.month == 2 for told in answer.entries)


@pytest.mark.skipif(not RECORDED.is_file(), reason="the recorded feed is not here")
@pytest.mark.parametrize("kind", [SELECTED, EVENTS])
def test_every_entry_of_the_recorded_feed_is_read(kind: str) -> None:
    recorded = json.loads(RECORDED.read_bytes())
    rows = recorded[kind]
    answer = read_list(RECORDED.read_bytes(), kind, "en", 11, 12)
    assert (len(answer.entries), answer.left_out, answer.before_christ) == (len(rows), 0, 0)
    for row, told in zip(rows, answer.entries, strict=True):
        assert (told.date.year, told.date.month, told.date.day) == (row["year"], 11, 12)
        assert told.text == row["text"].replace("\xa0", " ").replace(" (pictured)", "")
        titles = [page["titles"]["normalized"] for page in row["pages"]]
        assert [linked.title for linked in told.articles] == titles
        assert [linked.item for linked in told.articles] == [page["wikibase_item"] for page in row["pages"]]
        assert {linked.title for linked in told.articles if linked.is_date} <= {"November 12"}
        assert told.lead
        assert told.lead.url in [page["content_urls"]["desktop"]["page"] for page in row["pages"]]
    # Holidays have a year in this recording, which real feeds do not give.
    assert len(read_list(RECORDED.read_bytes(), "holidays", "en", 11, 12).entries) == len(recorded["holidays"])


# From lists to pages


async def test_an_entry_becomes_a_page_and_a_page_becomes_an_event(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT], [WRECK_EVENT])
    report = await fetching.fetch_lists()
    assert (report.written, report.fetched, report.missed, report.alarms) == (2, 2, 0, [])
    wreck, bridge = fetching.written()
    assert bridge.path == "news/1954/11/26/the-sandvik-bridge-is-opened-to-traffic-after-nine-years"
    assert (bridge.date, bridge.language, bridge.item) == (date(1954, 11, 26), "en", "Q501")
    assert [(source.name, source.url) for source in bridge.sources] == [
        ("Sandvik Bridge (Wikipedia)", "https://en.wikipedia.org/wiki/Sandvik_Bridge")
    ]
    assert bridge.image == "https://upload.wikimedia.org/wikipedia/commons/a/ab/Bridge.jpg"
    assert bridge.topics == ("Sandvik Bridge", "Norway")
    assert (bridge.pick, wreck.pick) == (False, True)
    # It never was news.
    assert (bridge.seen, bridge.source) == (None, "onthisday en 11-26 1954-11-26")
    assert bridge.credit == "Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/wiki/November_26"
    assert {headline for _, headline in fetching.events().values()} == {bridge.headline, wreck.headline}


async def test_what_both_lists_tell_is_one_page(fetching: Fetching) -> None:
    chosen = entry(
        "After nine years the Sandvik Bridge (pictured) was opened by the queen.", 1954, BRIDGE, article("Queen Maud")
    )
    tell(fetching, [BRIDGE_EVENT], [chosen])
    await fetching.fetch_lists()
    (page,) = fetching.written()
    assert (page.headline, page.pick) == (BRIDGE_EVENT["text"], True)
    assert page.topics == ("Sandvik Bridge", "Norway", "Queen Maud")


async def test_languages_that_tell_the_same_are_one_event(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT])
    tell(fetching, [BRIDGE_DE], language="de")
    await fetching.fetch_lists("en", "de")
    assert len(fetching.written()) == 2
    assert [headline for _, headline in fetching.events().values()] == [BRIDGE_EVENT["text"]]
    async with Archive(fetching.archive) as archive:
        (event,) = (await archive.on_this_day(1126, prefer="de")).events
    assert event.headline == BRIDGE_DE["text"]


async def test_two_languages_with_one_slug_are_two_pages(fetching: Fetching) -> None:
    tell(fetching, [entry("Radio Sandvik", 1954, article("Radio", item="Q1"))])
    tell(fetching, [entry("Radio Sandvik", 1954, article("Radio", language="de", item="Q1"))], language="de")
    await fetching.fetch_lists("de", "en")
    assert [page.path for page in fetching.written()] == [
        "news/1954/11/26/de-radio-sandvik", "news/1954/11/26/radio-sandvik",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "slug"),
    [
        ("ar", "افتتاح جسر ساندفيك أمام حركة المرور.", "ar-event"), ("ru", "Открыт мост в Сандвике.", "ru-event"),
        ("zh", "桑德维克大桥通车。", "zh-event"), ("tr", "Köprü açıldı.", "tr-kopru-acildi"),
        ("cs", "Byl otevřen most.", "cs-byl-otevren-most"),
    ],
)  # fmt: skip
async def test_other_scripts_and_right_to_left(fetching: Fetching, language: str, text: str, slug: str) -> None:
    title = text.partition(" ")[0]
    tell(fetching, [entry(text, 1954, article(title, language=language, item="Q501"))], language=language)
    report = await fetching.fetch_lists(language)
    assert report.alarms == []
    (page,) = fetching.written()
    assert (page.headline, page.language, page.path.rpartition("/")[2]) == (text, language, slug)
    async with Archive(fetching.archive) as archive:
        (event,) = (await archive.on_this_day(1126, prefer=language)).events
        assert (event.headline, event.language) == (text, language)
        assert (await archive.search(title, prefer=language)).total == 1


# From one visit to the next


async def test_an_unchanged_list_is_asked_for_and_not_read(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT], [WRECK_EVENT])
    await fetching.fetch_lists()
    fetching.wikipedia.requests.clear()
    report = await fetching.fetch_lists()
    # The days around today; the others were read a moment ago.
    assert (report.visited, report.fetched, report.written, report.unchanged) == (9, 0, 0, 2)
    assert fetching.wikipedia.requests["list"] == 18


async def test_all_days_are_looked_at_once_a_month(fetching: Fetching) -> None:
    report = await fetching.fetch_lists(all_days=True)
    assert report.visited == 366
    fetching.today += timedelta(20)
    assert (await fetching.fetch_lists(all_days=True)).visited == 9
    fetching.today += timedelta(11)
    assert (await fetching.fetch_lists(all_days=True)).visited > 300


async def test_an_edited_entry_keeps_its_page(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    await fetching.fetch_lists()
    key = fetching.key(BRIDGE_EVENT["text"])
    edited = BRIDGE_EVENT | {"text": "The Sandvik Bridge is opened to traffic by Queen Maud."}
    tell(fetching, [edited, *OTHERS])
    report = await fetching.fetch_lists()
    assert (report.written, report.changed, report.withdrawn) == (1, 1, 0)
    assert fetching.events()[key] == ("1954-11-26", edited["text"])
    assert "### Changes:" in next(fetching.pages.glob("news/1954/11/26/*.md")).read_text("utf-8")


async def test_a_corrected_year_moves_the_event(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    await fetching.fetch_lists()
    key = fetching.key(BRIDGE_EVENT["text"])
    tell(fetching, [BRIDGE_EVENT | {"year": 1955}, *OTHERS])
    report = await fetching.fetch_lists()
    assert (report.written, report.withdrawn) == (1, 0)
    assert fetching.events()[key] == ("1955-11-26", BRIDGE_EVENT["text"])
    # And it is found there again.
    assert (await fetching.fetch_lists()).written == 0


async def test_what_the_list_has_no_more_is_withdrawn_and_may_come_back(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    await fetching.fetch_lists()
    key = fetching.key(BRIDGE_EVENT["text"])
    tell(fetching, OTHERS)
    assert (await fetching.fetch_lists()).withdrawn == 1
    assert key not in fetching.events()
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    await fetching.fetch_lists()
    assert key in fetching.events()


async def test_the_editors_choice_of_another_year_stays(fetching: Fetching) -> None:
    tell(fetching, OTHERS, [WRECK_EVENT])
    await fetching.fetch_lists()
    tell(fetching, OTHERS, [BRIDGE_EVENT])
    report = await fetching.fetch_lists()
    assert report.withdrawn == 0
    assert {WRECK_EVENT["text"], BRIDGE_EVENT["text"]} <= {headline for _, headline in fetching.events().values()}
    assert all(page.pick for page in fetching.written() if page.headline in (WRECK_EVENT["text"], BRIDGE_EVENT["text"]))


async def test_a_blanked_list_takes_nothing_out(fetching: Fetching) -> None:
    tell(fetching, OTHERS)
    await fetching.fetch_lists()
    before = fetching.events()
    tell(fetching, OTHERS[:2])
    report = await fetching.fetch_lists()
    assert [alarm.partition(";")[0] for alarm in report.alarms] == [
        "onthisday en 11-26: its list gives 2 events where it gave 8 before"
    ]
    assert (report.written, fetching.events()) == (0, before)


async def test_a_page_that_is_gone_is_written_again(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT])
    await fetching.fetch_lists()
    next(fetching.pages.glob("news/1954/11/26/*.md")).unlink()
    assert (await fetching.fetch_lists()).written == 1


async def test_without_its_state_a_fetch_finds_its_pages_again(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT, *OTHERS], [WRECK_EVENT])
    await fetching.fetch_lists()
    before = fetching.events()
    (fetching.pages / FILE_NAME).unlink()
    report = await fetching.fetch_lists()
    assert (report.written, report.unchanged, fetching.events()) == (0, 10, before)


async def test_what_was_forgotten_does_not_come_back(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    await fetching.fetch_lists()
    (page,) = [page for page in fetching.written() if page.headline == BRIDGE_EVENT["text"]]
    key = key_of(page.path)
    fetching.forgotten = Forgotten(frozenset([key]), (Wording(page.date, marks_of(page), forgotten=True),))
    fetching.forgotten_events = ForgottenEvents(frozenset([key]))
    next(fetching.pages.glob("news/1954/11/26/*.md")).unlink()
    tell(fetching, [BRIDGE_EVENT | {"text": "The Sandvik Bridge is opened to all traffic."}, *OTHERS])
    await fetching.fetch_lists()
    assert len(fetching.written()) == len(OTHERS)


# Trouble on the way


@pytest.mark.parametrize("fault", [broken, too_many, truncated])
async def test_trouble_that_passes_is_waited_for(fetching: Fetching, fault: object) -> None:
    tell(fetching, [BRIDGE_EVENT])
    fetching.wikipedia.faults = [fault]
    report = await fetching.fetch_lists()
    assert (report.written, report.alarms) == (1, [])


async def test_a_list_that_cannot_be_read_is_an_alarm_and_read_next_time(fetching: Fetching) -> None:
    tell(fetching, [BRIDGE_EVENT])
    # Days are asked for four at once: one of the first.
    fetching.wikipedia.faults = [no_json]
    report = await fetching.fetch_lists()
    (alarm,) = report.alarms
    assert re.fullmatch(r"onthisday en 11-2\d: the answer is not JSON; its pages were left as they were", alarm)
    assert (await fetching.fetch_lists()).alarms == []


async def test_a_wikipedia_that_is_down_is_not_asked_for_a_year(fetching: Fetching) -> None:
    fetching.wikipedia.down = True
    report = await fetching.fetch_lists()
    assert not report.reached
    assert report.visited < 10
    assert report.alarms[-1] == "no more days were asked for after these: fetch again later"


# One event of several sources


BRIDGE_LINK = ("Wikipedia: Sandvik Bridge", "https://en.wikipedia.org/wiki/Sandvik_Bridge")
STARTER_HEADLINE = "Traffic crosses the new bridge at Sandvik for the first time"
PORTAL_HEADLINE = "Nine years after work began, the bridge at Sandvik is opened to traffic by Queen Maud."


def import_starter(fetching: Fetching, folder: Path, day: str, *headlines: str) -> None:
    for headline in headlines:
        write(folder, day, headline, summary="It was opened after nine years of work.", sources=[BRIDGE_LINK])
    import_pages(fetching.archive, [folder], forgotten=ForgottenEvents(), origin="seed")


def events_of_1954(fetching: Fetching) -> list[tuple[str, str]]:
    return [(day, headline) for day, headline in fetching.events().values() if day.startswith("1954")]


@pytest.mark.parametrize("days", [0, 1, -1])
async def test_a_starter_page_and_an_entry_of_the_same_article_are_one_event(
    fetching: Fetching, tmp_path: Path, days: int
) -> None:
    day = (date(1954, 11, 26) + timedelta(days)).isoformat()
    import_starter(fetching, tmp_path / "starter", day, STARTER_HEADLINE)
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    tell(fetching, [BRIDGE_DE], language="de")
    await fetching.fetch_lists("en", "de")
    assert events_of_1954(fetching) == [(day, STARTER_HEADLINE)]
    async with Archive(fetching.archive) as archive:
        (event,) = (await archive.search("Sandvik", prefer="de")).events
        keys = await archive.keys_of(event.key)
    assert event.headline == BRIDGE_DE["text"]
    # Its English and its German entry, and the starter page.
    assert len(keys) == 3


async def test_the_portals_event_the_starters_and_the_lists_are_one(fetching: Fetching, tmp_path: Path) -> None:
    write(
        tmp_path / "pages", "1954-11-26", PORTAL_HEADLINE, block="topics: Sandvik Bridge; Norway",
        sources=[("The Paper", "https://paper.example/bridge")],
    )  # fmt: skip
    import_starter(fetching, tmp_path / "starter", "1954-11-26", STARTER_HEADLINE)
    import_pages(fetching.archive, [tmp_path / "pages"], forgotten=ForgottenEvents())
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    await fetching.fetch_lists()
    assert [headline for _, headline in events_of_1954(fetching)] == [STARTER_HEADLINE]
    assert fetching.is_sound()


async def test_two_events_of_one_article_on_a_day_are_not_joined(fetching: Fetching, tmp_path: Path) -> None:
    import_starter(fetching, tmp_path / "starter", "1954-11-26", STARTER_HEADLINE, "A ferry makes its last trip")
    tell(fetching, [BRIDGE_EVENT, *OTHERS])
    await fetching.fetch_lists()
    assert len(events_of_1954(fetching)) == 3
