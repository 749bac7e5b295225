"""One event that pages tell in several languages: readers get it once, in theirs, and find it by any of its words."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.event import Cursor, TopicSort
from bot.domain.page import key_of, topic_key_of
from bot.domain.preferences import Mute, MuteKind, mutes_of
from tests.helpers.archives import dump
from tests.helpers.samples import write
from tests.helpers.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from bot.archive.archive import Archive
    from bot.domain.event import Listing
    from tests.helpers.archives import Import

DAY = "1987-05-06"
# The same in three languages, by its lead article's item; a summary in German only.
TOLD = {
    "en": ("The lighthouse at Sandvik is lit for the first time", "Sandvik Lighthouse"),
    "de": ("In Sandvik brennt zum ersten Mal das Leuchtfeuer", "Leuchtturm Sandvik"),
    "fr": ("Le phare de Sandvik est allumé pour la première fois", "Phare de Sandvik"),
}
# What only one language tells of that day.
ALONE = {"en": "A ferry strikes a pier in the fog", "de": "Ein Kran stürzt in den Fluss"}
READERS = {"en": "en", "de": "de", "fr": "fr", "zh": "en", None: "en"}


def write_wording(folder: Path, language: str, *, item: str = "Q77", day: str = DAY, **parts: Any) -> Path:
    """Write the page of one language."""
    headline, article = TOLD[language]
    block = (
        f"language: {language}\nitem: {item}\ncredit: Wikipedia ({language})\ntopics: {article}; Lighthouses {language}"
    )
    address = f"https://{language}.wikipedia.org/wiki/{article.replace(' ', '_')}"
    parts.setdefault("summary", "Es war weithin zu sehen." if language == "de" else "")
    return write(folder, day, headline, block=block, sources=[(f"Wikipedia: {article}", address)], **parts)


def write_alone(folder: Path, language: str) -> None:
    links = [(f"S{number}", f"https://s.example/{language}/{number}") for number in range(4)]
    write(folder, DAY, ALONE[language], block=f"language: {language}", sources=links)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    for language in TOLD:
        write_wording(folder, language, image="https://img.example/light.jpg" if language == "fr" else None)
    for language in ALONE:
        write_alone(folder, language)
    return folder


@pytest.fixture
async def told(pages: Path, load: Import, archive: Archive) -> Archive:
    load(pages)
    return archive


def headlines(listing: Listing) -> list[str]:
    return [event.headline for event in listing.events]


@pytest.mark.parametrize(("prefer", "language"), READERS.items())
async def test_each_reader_gets_the_event_once_in_their_language_else_in_english(
    told: Archive, prefer: str | None, language: str
) -> None:
    headline = TOLD[language][0]
    listing = await told.on_this_day(506, prefer=prefer)
    assert listing.total == len(listing.events) == 3
    assert sorted(headlines(listing)) == sorted([headline, *ALONE.values()])
    (event,) = [event for event in listing.events if event.headline == headline]
    assert (event.language, event.credit) == (language, f"Wikipedia ({language})")
    assert [source.url.split("//")[1][:2] for source in event.sources] == [language]
    assert event.topics == (TOLD[language][1], f"Lighthouses {language}")
    assert event.summary == ("Es war weithin zu sehen." if language == "de" else None)
    # A picture needs no words.
    assert event.image == "https://img.example/light.jpg"


async def test_what_a_reader_can_read_comes_first(told: Archive) -> None:
    light, crane, ferry = TOLD["de"][0], ALONE["de"], ALONE["en"]
    german = await told.on_this_day(506, prefer="de")
    assert headlines(german)[2] == ferry
    assert sorted(headlines(german)[:2]) == sorted([light, crane])
    # The better one of the two that are in German comes first, whichever language its own words are in.
    points = {event.headline: sum((await told.why(event.key)).values()) for event in german.events}
    assert headlines(german)[:2] == sorted([light, crane], key=lambda headline: -points[headline])


@pytest.mark.parametrize("prefer", ["de", "fr"])
async def test_a_list_is_walked_and_turned_by_every_key_of_the_event(told: Archive, prefer: str) -> None:
    whole = await told.on_this_day(506, prefer=prefer)
    for position, event in enumerate(whole.events):
        for key, _ in await told.keys_of(event.key):
            listing = await told.on_this_day(506, prefer=prefer, limit=1, cursor=Cursor(key))
            assert (listing.position, listing.anchor_found, headlines(listing)) == (position, True, [event.headline])
            assert [named.headline for named in listing.menu_page] == headlines(whole)


@pytest.mark.parametrize("sort", list(TopicSort))
@pytest.mark.parametrize("topic", ["Sandvik Lighthouse", "Leuchtturm Sandvik", "Phare de Sandvik"])
async def test_the_topics_of_every_language_lead_to_it(told: Archive, topic: str, sort: TopicSort) -> None:
    for prefer, language in READERS.items():
        listing = await told.topic(topic, sort=sort, prefer=prefer)
        assert (listing.total, headlines(listing)) == (1, [TOLD[language][0]])
        years = await told.topic_years(topic, prefer=prefer)
        assert years
        assert [event.headline for event in years.notable] == [TOLD[language][0]]


@pytest.mark.parametrize("words", ["lighthouse lit", "Leuchtfeuer Sandvik", "phare allumé", "weithin"])
async def test_the_words_of_every_language_find_it(told: Archive, words: str) -> None:
    for prefer, language in READERS.items():
        listing = await told.search(words, prefer=prefer)
        assert headlines(listing)[:1] == [TOLD[language][0]], prefer
        assert listing.exact == 1


async def test_every_page_leads_to_it(told: Archive) -> None:
    (english,) = (await told.search("lighthouse")).events
    for headline, _ in TOLD.values():
        key = key_of(f"news/1987/05/6/{'-'.join(''.join(c if c.isalnum() else ' ' for c in headline.lower()).split())}")
        for prefer, language in READERS.items():
            event = await told.event(key, prefer=prefer)
            assert event
            assert (event.key, event.headline) == (english.key, TOLD[language][0])
    assert len(await told.keys_of(english.key)) == 3


async def test_a_post_has_it_once_in_the_servers_language(told: Archive) -> None:
    for prefer, language in READERS.items():
        candidates, total = await told.candidates([506], before=date(2026, 1, 1), most=9, times_shown={}, prefer=prefer)
        assert total == 3
        assert TOLD[language][0] in [candidate.headline for candidate in candidates]
    candidates, total = await told.candidates(
        [506], before=date(2026, 1, 1), most=9, times_shown={}, language="fr", prefer="de"
    )
    assert [candidate.headline for candidate in candidates] == [TOLD["fr"][0]]
    assert await told.count_days(topic_key_of("Leuchtturm Sandvik"), before=date(2026, 1, 1), language="fr") == 1


@pytest.mark.parametrize(
    "mute",
    [
        Mute(MuteKind.TOPIC, topic_key_of("Lighthouses en"), "Lighthouses en"),
        Mute(MuteKind.TOPIC, topic_key_of("Lighthouses de"), "Lighthouses de"),
        Mute(MuteKind.WORD, "leuchtfeuer", "Leuchtfeuer"),
        Mute(MuteKind.WORD, "lighthouse", "lighthouse"),
    ],
)
async def test_what_is_muted_in_one_language_is_muted_in_all(told: Archive, mute: Mute) -> None:
    muted = mutes_of([mute])
    for prefer in READERS:
        listing = await told.on_this_day(506, prefer=prefer)
        marked = await told.mark_muted(listing.events, muted)
        assert [event.is_muted for event in marked] == [
            event.headline in dict(TOLD.values()) for event in listing.events
        ]
        assert [muted.hides(event) for event in marked] == [event.is_muted for event in marked]


async def test_the_order_of_imports_changes_nothing(tmp_path: Path, load: Import, file: Path) -> None:
    files = [write_wording(tmp_path / "pages", language) for language in TOLD]
    dumps = []
    for order in permutations(files):
        for page in order:
            load(page)
        dumps.append(dump(file))
        file.unlink()
    assert all(one == dumps[0] for one in dumps)


async def test_pages_come_change_and_go_one_by_one(tmp_path: Path, load: Import, archive: Archive) -> None:
    folder = tmp_path / "pages"
    german, french = write_wording(folder, "de"), write_wording(folder, "fr")
    load(folder)
    (event,) = (await archive.on_this_day(506, prefer="en")).events
    # Nobody tells it in English.
    assert event.headline == TOLD["de"][0]
    english = write_wording(folder, "en")
    load(english)
    (event,) = (await archive.on_this_day(506, prefer="en")).events
    assert event.headline == TOLD["en"][0]
    german.write_text(german.read_text("utf-8").replace("zum ersten Mal", "erstmals"), "utf-8")
    load(german)
    (event,) = (await archive.on_this_day(506, prefer="de")).events
    assert event.headline == TOLD["de"][0].replace("zum ersten Mal", "erstmals")
    english.write_text(english.read_text("utf-8").replace("item: Q77", "item: Q77\nwithdrawn: yes"), "utf-8")
    load(english)
    (event,) = (await archive.on_this_day(506, prefer="en")).events
    assert event.language == "de"
    assert (await archive.search("lighthouse lit")).exact == 0
    french.write_text(french.read_text("utf-8").replace("item: Q77\n", ""), "utf-8")
    load(french)
    assert (await archive.on_this_day(506, prefer="fr")).total == 2


@pytest.mark.parametrize(
    ("german", "reason"), [({"item": "Q78"}, "another item"), ({"day": "1988-05-06"}, "another date")]
)
async def test_nothing_else_joins_languages(
    tmp_path: Path, load: Import, archive: Archive, german: dict[str, str], reason: str
) -> None:
    write_wording(tmp_path / "pages", "en")
    write_wording(tmp_path / "pages", "de", **german)
    load(tmp_path / "pages")
    assert (await archive.on_this_day(506)).total == 2, reason


async def test_where_a_language_tells_two_with_one_item_they_stay_apart(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    for language in TOLD:
        write_wording(tmp_path / "pages", language)
    write(tmp_path / "pages", DAY, "Sandvik mourns the keeper of its light", block="item: Q77")
    load(tmp_path / "pages")
    assert (await archive.on_this_day(506)).total == 4


async def test_pages_with_one_slug_in_two_languages_are_two(tmp_path: Path, load: Import, archive: Archive) -> None:
    block = "language: {}\nitem: Q9"
    write(tmp_path, DAY, "Radio Sandvik", block=block.format("en"))
    write(tmp_path, DAY, "Radio Sandvik", block=block.format("de"), at="news/1987/05/6/de-radio-sandvik")
    load(tmp_path)
    (event,) = (await archive.on_this_day(506, prefer="de")).events
    assert event.language == "de"
    assert len(await archive.keys_of(event.key)) == 2


@pytest.mark.parametrize(
    ("locale", "language"), [("de", "de"), ("fr", "fr"), ("en-US", "en"), ("ja", "en"), ("zh-TW", "en")]
)
async def test_members_get_their_language(tmp_path: Path, told: Archive, locale: str, language: str) -> None:
    async with serving(told, tmp_path) as double:
        for topic in ("Sandvik Lighthouse", "Leuchtturm Sandvik"):
            answer = await double.slash("onthisday", {"date": DAY, "topic": topic}, locale=locale)
            assert answer.embeds[0]["title"].endswith(TOLD[language][0])
            assert str(answer.embeds[0]).count("Sandvik") >= 1
