"""Cards fit Discord's limits by construction, whatever the events hold; and custom_ids, whatever the lists are."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import discord
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.cards import buttons
from bot.cards.event_card import ListPosition, event_card, story_trail
from bot.cards.lists import (
    LIST_PATTERN,
    LONGEST_SEARCH,
    DayList,
    EventList,
    SearchList,
    StoryList,
    TopicList,
    WindowList,
    parse_list,
)
from bot.cards.return_to import RETURN_TO_PATTERN, ReturnTo
from bot.cards.topic_card import topic_card
from bot.domain.credit import CONTEXT_CREDIT
from bot.domain.dates import Day
from bot.domain.event import Event, Listing, RelatedEvent, Topic, TopicOverview, TopicSort
from bot.domain.page import Source
from bot.domain.preferences import Mute, MuteKind, mutes_of, without_text
from bot.locale.language import CATALOGUES, language
from tests.discord_double.limits import check_embed, check_options
from tests.helpers.archives import Import
from tests.helpers.examples import examples
from tests.helpers.samples import REAL_PAGES

HOSTILE = st.sampled_from(
    [
        "*", "_", "~~", "`", "||", "[a](http://b.example)", "<@1>", "<t:0:R>", "@everyone", "http://e.example/x", "\\",
        "#",
        ":tada:", "語", "👩‍👩‍👧‍👦", "e\u0301", "word ", "a" * 300, "國" * 200, "*" * 400, "\u200d", "1. ", "\n",
    ]
)  # fmt: skip
TEXT = st.lists(HOSTILE, max_size=40).map("".join) | st.text(max_size=600)
NAME = TEXT.filter(str.strip)
URLS = st.sampled_from(
    ["http://a.example", "https://a.example/" + "x" * 300,
     "http://e.example/(a)[b]*_語?q='\"", "https://é.example/" + "語" * 700]
)  # fmt: skip
KEYS = st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=12)
DATES = st.dates(min_value=date(1, 1, 1))
TOPICS = st.lists(NAME, max_size=6, unique=True).map(tuple)
CREDITS = st.just(CONTEXT_CREDIT) | NAME | st.builds("{}, {}".format, NAME, URLS)
RELATED = st.builds(RelatedEvent, KEYS, DATES, NAME, TOPICS)
CREDITED = st.builds(RelatedEvent, KEYS, DATES, NAME, credit=CREDITS)
EVENTS = st.builds(
    Event,
    key=KEYS,
    path=st.just("news/2001/01/1/x"),
    date=DATES,
    headline=NAME,
    summary=st.none() | TEXT,
    sources=st.lists(st.builds(Source, NAME, URLS), max_size=30).map(tuple),
    image=st.none() | URLS,
    topics=TOPICS,
    related=st.lists(RELATED, max_size=25, unique_by=lambda event: event.key).map(tuple),
    language=st.sampled_from(["en", "zh"]),
    stub=st.booleans(),
    credit=CREDITS,
)
LOCALES = st.sampled_from(["en-US", *CATALOGUES])
STUB = Event("k" * 12, "p", date(2001, 2, 3), "Known by name only", None, (), None, (), (), "en", stub=True)
WORDS = st.sampled_from([Mute(MuteKind.WORD, "zz top", "ZZ Top"), Mute(MuteKind.WORD, "空", "空")])
POSITIONS = st.none() | st.builds(
    ListPosition, NAME, st.integers(1, 10**6), st.just("2,000+"), st.lists(CREDITED, max_size=25).map(tuple)
)
DAYS = st.dates(min_value=date(2000, 1, 1)).flatmap(
    lambda day: st.sampled_from([Day(day.month, day.day), Day(day.month, day.day, day.year)])
)
LISTS: st.SearchStrategy[EventList] = st.one_of(
    st.builds(DayList, DAYS, st.none() | KEYS),
    st.builds(TopicList, KEYS),
    st.builds(TopicList, KEYS, DATES, DATES),
    st.builds(TopicList, KEYS, st.none(), st.none(), st.sampled_from(TopicSort)),
    st.builds(TopicList, KEYS, DATES, DATES, st.sampled_from(TopicSort)),
    st.builds(WindowList, KEYS, DATES, DATES),
    st.builds(StoryList, KEYS),
    st.builds(SearchList, st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60)),
)


@settings(max_examples=examples(150), deadline=None)
@given(event=EVENTS, position=POSITIONS, story=st.lists(RELATED, min_size=1, max_size=12), locale=LOCALES)
def test_every_card_fits(event: Event, position: ListPosition | None, story: list[RelatedEvent], locale: str) -> None:
    embed = event_card(event, position=position, trail=story_trail(story, len(story) // 2, locale), locale=locale)
    assert check_embed(dict(embed.to_dict())) <= 6000


@settings(max_examples=examples(100), deadline=None)
@given(event=EVENTS, name=NAME, years=st.lists(st.integers(0, 10**6), min_size=1, max_size=130), locale=LOCALES)
def test_every_topic_fits(event: Event, name: str, years: list[int], locale: str) -> None:
    counts = tuple((1900 + number, max(count, int(not number))) for number, count in enumerate(years))
    overview = TopicOverview(counts, date(1900, 1, 1), date(2029, 12, 31), ())
    listing = Listing((event,), overview.events, menu_page=event.related)
    embed = topic_card(Topic("k" * 12, name, overview.events), overview, listing, locale=locale)
    assert check_embed(dict(embed.to_dict())) <= 6000


def before_click(text: str) -> str:
    """Return what a reader sees of a text before a click on its spoilers."""
    parts: list[str] = []
    is_hidden = False
    for part in re.findall(r"\\.|\|\||.", text, re.DOTALL):
        if part == "||":
            is_hidden = not is_hidden
        elif not is_hidden:
            parts.append(part)
    assert not is_hidden, "every spoiler ends"
    return "".join(parts)


@settings(max_examples=examples(150), deadline=None)
@given(event=EVENTS, position=POSITIONS, word=WORDS, locale=LOCALES)
def test_every_card_of_what_is_muted_fits_and_tells_it_to_nobody_who_does_not_click(
    event: Event, position: ListPosition | None, word: Mute, locale: str
) -> None:
    event = replace(event, headline=f"{event.headline} {word.name} Qqqq", summary=f"{event.summary or ''} Qqqq")
    event = replace(event, related=tuple(without_text(related) for related in event.related))
    embed = event_card(event, position=position, locale=locale, muted=mutes_of([word]))
    assert check_embed(dict(embed.to_dict())) <= 6000
    muted_here, muted = language(locale)("Muted on this server"), language(locale)("(muted here)")
    assert (embed.title, embed.url, embed.image.url) == (muted_here, None, None)
    assert "Qqqq" not in before_click(embed.description or "")
    assert before_click(embed.description or "").strip() in {"", event_card(STUB, locale=locale).description}
    assert "Qqqq" not in "".join(field.value or "" for field in embed.fields)
    listing = Listing((event,), 26, menu_page=event.related)
    for menu in (
        buttons.ListMenu.for_page("d0101", listing, locale=locale),
        buttons.RelatedMenu(event.key, event.related, return_to=None, locale=locale),
    ):
        component: Any = menu.item.to_component_dict()
        for option, related in zip(component.get("options", []), event.related, strict=True):
            assert (option["label"], option.get("description")) == (f"{related.date.isoformat()} {muted}", None)


@settings(max_examples=examples(100), deadline=None)
@given(event=EVENTS, event_list=LISTS)
# The converter to the script of Taiwan ends at a NUL.
@example(
    event=replace(STUB, related=(RelatedEvent("k" * 12, date(2001, 2, 3), "x", ("\r\x00", "語")),)),
    event_list=TopicList("0" * 12),
)
def test_every_menu_fits(event: Event, event_list: EventList) -> None:
    listing = Listing((event,), 26, menu_page=event.related, position=3)
    return_to = ReturnTo(event.key, str(event_list))
    for menu in (
        buttons.ListMenu.for_page(str(event_list), listing, locale="zh-TW"),
        buttons.RelatedMenu(event.key, event.related, return_to=return_to, locale="zh-CN"),
    ):
        component: Any = menu.item.to_component_dict()
        assert len(component["custom_id"]) <= 100
        assert len(component["placeholder"]) <= 150
        if event.related:
            check_options(component["options"])


@settings(max_examples=examples(200), deadline=None)
@given(event_list=LISTS, key=KEYS)
@example(event_list=SearchList("s" * LONGEST_SEARCH), key="0" * 12)
@example(event_list=TopicList("0" * 12, date(1, 1, 1), date(9999, 12, 31)), key="0" * 12)
def test_every_list_comes_back_from_the_buttons_that_carry_it(event_list: EventList, key: str) -> None:
    assert parse_list(str(event_list)) == event_list
    list_ref = str(event_list)
    assert re.fullmatch(LIST_PATTERN, list_ref)
    return_to = ReturnTo(key, list_ref)
    match = re.fullmatch(RETURN_TO_PATTERN, str(return_to))
    assert match
    assert ReturnTo.from_match(match) == return_to
    for persistent_item in (
        buttons.EventStep("prev", return_to), buttons.EventStep("next", return_to), buttons.Back(return_to),
        buttons.ShareEvent(return_to),
        buttons.DayStep("before", list_ref), buttons.OpenList(list_ref, "x" * 200), buttons.PickAnother(key),
        buttons.ListMenu(list_ref), buttons.RelatedMenu(key, return_to=return_to), buttons.OpenStory(key),
        buttons.OpenTopic(list_ref, "x" * 200), buttons.ShareTopic(list_ref), buttons.ShareChart(key),
        buttons.YearMenu(key), buttons.YearMenu(f"t{key}-20000101-20001231-o"),
    ):  # fmt: skip
        item: Any = persistent_item.item
        custom_id = item.custom_id
        assert len(custom_id) <= 100
        matching = [kind for kind in buttons.ITEMS if kind.__discord_ui_compiled_template__.fullmatch(custom_id)]
        assert matching == [type(persistent_item)], "one template and no other"


def test_a_text_in_a_custom_id_that_is_no_list_is_none() -> None:
    for forged in (
        "",
        "d",
        "d0230",
        "d1301",
        "d0101y0000",
        "t",
        "tabc",
        "t000000000000-20010230-20010101",
        "x",
        "w-20010101-20010102",
        "w000000000000-20010101-20010230",
    ):
        assert parse_list(forged) is None


@pytest.mark.parametrize(
    ("url", "copy"),
    [
        ("http://paper.example/1", " ([archived 2001](https://web.archive.org/web/20010203/http://paper.example/1))"),
        ("https://wikipedia.org.example/1", " ([archived 2001](https://web.archive.org/web/20010203/"),
        ("https://en.wikipedia.org/wiki/Moon", None),
        ("https://de.m.wikipedia.org/wiki/Mond", None),
        ("https://web.archive.org/web/2001/http://paper.example/1", None),
    ],
)
def test_what_is_kept_up_has_no_archived_copy_and_its_name_stands_once(url: str, copy: str | None) -> None:
    event = Event(
        "k" * 12, "p", date(2001, 2, 3), "A headline", None, (Source("Paper", url),), None, (), (), "en", stub=False
    )
    (field,) = event_card(event).fields
    assert field.value is not None
    assert field.value.startswith(f"[Paper]({url}){copy or ''}")
    assert field.value.count("Paper") == 1
    assert ("archived" in field.value) is bool(copy)


def test_a_copy_of_what_is_older_than_all_copies_has_no_year() -> None:
    sources = (Source("Paper", "http://paper.example/1"),)
    event = Event("k" * 12, "p", date(1969, 7, 20), "A headline", None, sources, None, (), (), "en", stub=False)
    assert "([archived copy](https://web.archive.org/web/19690720/" in str(event_card(event).fields[0].value)


def test_a_source_too_long_for_a_copy_or_a_link_hides_no_other() -> None:
    urls = ["http://a.example/" + "x" * 600, "http://b.example/" + "x" * 1500, "http://c.example/1"]
    sources = tuple(Source(f"Paper {number}", url) for number, url in enumerate(urls))
    embed = event_card(
        Event("k" * 12, "p", date(2001, 2, 3), "A headline", None, sources, None, (), (), "en", stub=False)
    )
    text = "".join(field.value or "" for field in embed.fields)
    assert f"[Paper 0]({urls[0]}) · [Paper 2]({urls[2]}) ([archived 2001](" in text
    assert text.endswith(" · 1 more")


def test_a_stub_and_an_event_without_an_image_have_cards_of_their_own() -> None:
    embed = event_card(STUB)
    assert embed.description == "*Known from the events that refer to it; its own page is not in this archive.*"
    assert embed.image.url is None
    assert embed.fields == []
    bare = event_card(Event("k" * 12, "p", date(2001, 2, 3), "A headline", None, (), None, (), (), "en", stub=False))
    assert bare.description is None
    assert isinstance(bare, discord.Embed)


@pytest.mark.process
@pytest.mark.skipif(not REAL_PAGES.exists(), reason="the real pages are not here")
async def test_every_card_of_the_real_pages_fits(load: Import, archive: Archive) -> None:
    load(REAL_PAGES)
    cards = 0
    for month in range(1, 13):
        for day in range(1, 32):
            for event in (await archive.on_this_day(month * 100 + day)).events:
                embed = event_card(event, position=ListPosition("Day", 1, "1"), locale="zh-TW")
                assert check_embed(dict(embed.to_dict())) <= 6000
                cards += 1
    assert cards == (await archive.stats()).events
