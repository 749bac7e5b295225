"""Whose texts are shown: the credits of pages on cards, in lists and in the shell."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.cards.event_card import event_card
from bot.domain.article import Article, ArticleImage, ArticleName
from bot.domain.credit import CONTEXT_CREDIT, STARTER_CREDIT, credit_name, revision_address
from bot.domain.event import Event
from bot.domain.page import STARTER_SOURCE, Source, key_of
from bot.domain.preferences import Mute, MuteKind, mutes_of
from bot.formats.articles import file_of, write_articles
from tests.helpers.archives import Import
from tests.helpers.processes import STARTER_OFF, Shell
from tests.helpers.samples import path_of, write
from tests.helpers.servers import AT_NINE, Server, text_of

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)

Reader = Any
Channel = Any

WIKIPEDIA = "Wikipedia contributors, CC BY-SA 4.0"
REVISION = "https://en.wikipedia.org/w/index.php?oldid=7"
CREDIT = f"{WIKIPEDIA}, {REVISION}"
LINK = f"[Revision of this text]({REVISION})"
STARTER = "Daybook's starter archive"
EVENT = Event(
    "k" * 12, "news/2025/11/22/x", date(2025, 11, 22), "A ship sails", "Far.", (Source("Paper", "https://p.example/"),),
    None, (), (), "en", stub=False, credit=CREDIT,
)  # fmt: skip


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    """Three events of one day and topic: of the portal, of the Context, of the starter archive."""
    paper = [("Paper", "https://paper.example/1")]
    article = [(f"{STARTER_SOURCE}Pier", "https://en.wikipedia.org/wiki/Pier")]
    wire = [("Wire", "https://wire.example/1"), *paper]
    return [
        write(tmp_path, "2016-01-02", "A ship sails", topic="Sea", sources=wire, block=f"credit: {CREDIT}\npick: yes"),
        write(tmp_path, "2001-01-02", "A harbour freezes", topic="Sea", sources=paper),
        write(tmp_path, "2012-01-02", "A pier is built", topic="Sea", sources=article),
        write(tmp_path, "2014-01-02", "A lighthouse is lit", topic="Sea", block=f"credit: {WIKIPEDIA}, {REVISION}8"),
    ]


def footer(message: Any, card: int = 0) -> str:
    return str(message.embeds[card].footer.text)


# What a page says


@pytest.mark.parametrize(
    ("credit", "name", "address"),
    [
        (CREDIT, WIKIPEDIA, REVISION),
        (f"{WIKIPEDIA} {REVISION} ", WIKIPEDIA, REVISION),
        (f"{WIKIPEDIA}; HTTPS://A.EXAMPLE/1", WIKIPEDIA, "HTTPS://A.EXAMPLE/1"),
        (WIKIPEDIA, WIKIPEDIA, None),
        (f"{WIKIPEDIA}, javascript:alert(1)", f"{WIKIPEDIA}, javascript:alert(1)", None),
        ("see https://a.example/1 for more", "see https://a.example/1 for more", None),
        (REVISION, REVISION, REVISION),
    ],
)
def test_a_credit_is_a_name_and_the_address_of_a_revision(credit: str, name: str, address: str | None) -> None:
    assert (credit_name(credit), revision_address(credit)) == (name, address)


async def test_the_archive_knows_whose_text_each_event_is(
    load: Import, archive: Archive, bot_pages: list[Path]
) -> None:
    load(*bot_pages)
    listing = await archive.on_this_day(102)
    assert {event.headline: event.credit for event in listing.events} == {
        "A ship sails": CREDIT,
        "A harbour freezes": CONTEXT_CREDIT,
        "A pier is built": STARTER_CREDIT,
        "A lighthouse is lit": f"{CREDIT}8",
    }
    event = await archive.event(key_of(path_of("2016-01-02", "A ship sails")))
    assert event
    assert event.credit == CREDIT


# One event


@pytest.mark.parametrize(
    ("locale", "link"),
    [("en-US", LINK), ("de", f"[Fassung dieses Textes]({REVISION})"), ("ja", f"[この文章の版]({REVISION})")],
)
def test_a_card_names_the_credit_and_links_the_revision_below_the_sources(locale: str, link: str) -> None:
    card = event_card(EVENT, locale=locale)
    assert card.footer.text == WIKIPEDIA
    (sources,) = card.fields
    assert sources.value
    assert sources.value.splitlines()[1:] == [link]


def test_without_a_source_the_revision_is_the_source() -> None:
    (field,) = event_card(replace(EVENT, sources=())).fields
    assert (field.name, field.value) == ("Source", LINK)


def test_a_revision_is_linked_as_other_addresses_are() -> None:
    hostile = replace(EVENT, sources=(), credit="*Me*, https://a.example/(x)[y]|z")
    card = event_card(hostile)
    assert card.footer.text == "*Me*", "footers show what stands there, letter by letter"
    assert card.fields[0].value == "[Revision of this text](https://a.example/%28x%29%5By%5D%7Cz)"
    too_long = event_card(replace(EVENT, credit=f"Me, https://a.example/{'x' * 2000}"))
    assert "Revision" not in str(too_long.fields[0].value)


def test_with_many_sources_the_revision_still_has_its_place() -> None:
    sources = tuple(Source(f"Paper {number}", f"https://p.example/{number}/{'x' * 80}") for number in range(40))
    card = event_card(replace(EVENT, sources=sources))
    values = [field.value or "" for field in card.fields]
    assert values[-1].splitlines()[-1] == LINK
    assert all(len(value) <= 1024 for value in values)
    assert len(card) <= 6000


def test_the_revision_of_a_muted_event_is_behind_the_spoiler() -> None:
    card = event_card(EVENT, muted=mutes_of([Mute(MuteKind.WORD, "ship", "ship")]))
    (sources,) = card.fields
    assert sources.value
    assert sources.value.startswith("||")
    assert sources.value.endswith(f"{LINK}||")


# Its image

IMAGE = "https://upload.wikimedia.org/wikipedia/commons/thumb/c/c0/Ship.jpg/960px-Ship.jpg"
FILE = "https://commons.wikimedia.org/wiki/File:Ship.jpg"
PICTURED = replace(EVENT, image=IMAGE, image_credit=f"Ada Byron, CC BY-SA 4.0, {FILE}")
IMAGE_LINE = f"Image: [Ada Byron, CC BY-SA 4.0]({FILE})"


@pytest.mark.parametrize(
    ("locale", "line"),
    [
        ("en-US", IMAGE_LINE),
        ("de", f"Bild: [Ada Byron, CC BY-SA 4.0]({FILE})"),
        ("zh-CN", f"图片：[Ada Byron, CC BY-SA 4.0]({FILE})"),
    ],
)
def test_a_card_with_an_image_says_whose_it_is(locale: str, line: str) -> None:
    card = event_card(PICTURED, locale=locale)
    assert card.image.url == IMAGE
    (sources,) = card.fields
    assert sources.value
    assert sources.value.splitlines()[2:] == [line]


def test_without_other_sources_the_image_has_its_line() -> None:
    (field,) = event_card(replace(PICTURED, sources=(), credit=STARTER_CREDIT)).fields
    assert (field.name, field.value) == ("Source", IMAGE_LINE)


def test_an_image_of_a_page_has_no_line_and_a_muted_one_is_not_named() -> None:
    assert "Image" not in str(event_card(replace(PICTURED, image_credit=None)).fields[0].value)
    card = event_card(PICTURED, muted=mutes_of([Mute(MuteKind.WORD, "ship", "ship")]))
    assert card.image.url is None
    assert "Image" not in str(card.fields[0].value)
    too_long = event_card(replace(PICTURED, image=f"https://a.example/{'x' * 3000}"))
    assert too_long.image.url is None
    assert "Image" not in str(too_long.fields[0].value)


def test_the_line_of_an_image_stays_letter_by_letter_and_within_the_limits() -> None:
    card = event_card(
        replace(PICTURED, image_credit="*@everyone* [x](https://evil.example), CC0, https://a.example/(x)")
    )
    line = str(card.fields[0].value).splitlines()[-1]
    assert line.startswith("Image: [\\*\\@everyone\\*")
    assert line.endswith("](https://a.example/%28x%29)")
    sources = tuple(Source(f"Paper {number}", f"https://p.example/{number}/{'x' * 80}") for number in range(40))
    full = event_card(
        replace(
            PICTURED, sources=sources, headline="h" * 900, summary="s " * 2000,
            image_credit=f"{'*' * 100}, {'CC ' * 20}, {FILE}{'x' * 250}",
        )
    )  # fmt: skip
    values = [field.value or "" for field in full.fields]
    assert all(len(value) <= 1024 for value in values)
    assert len(full) <= 6000
    assert values[-1].splitlines()[-1].startswith("Image: [\\*")
    # Without a link, where its address is too long for one.
    line = str(event_card(replace(PICTURED, image_credit=f"Ada, CC0, {FILE}{'x' * 900}")).fields[0].value).splitlines()[
        -1
    ]
    assert line == "Image: Ada, CC0"


# Several


async def test_a_list_names_the_card_first_and_then_the_others_of_its_menu_once(
    reader: Reader, channel: Channel
) -> None:
    message = (await reader.slash(channel, "onthisday", date="January 2")).response
    first = f"1 of 4 · January 2 · {WIKIPEDIA} · in the menu: "
    assert footer(message).startswith(first)
    assert sorted(footer(message).removeprefix(first).split(" · ")) == [STARTER, CONTEXT_CREDIT]
    assert LINK in text_of(message)
    search = (await reader.slash(channel, "search", words="lighthouse")).response
    assert footer(search) == f"1 of 1 · “lighthouse” · {WIKIPEDIA}"


async def test_a_topic_and_its_timeline_name_all_credits_once(reader: Reader, channel: Channel) -> None:
    topic = (await reader.slash(channel, "topic", name="Sea")).response
    names = sorted([WIKIPEDIA, CONTEXT_CREDIT, STARTER])
    assert sorted(footer(topic).split(" · ")) == names


async def test_a_daily_post_names_what_its_lead_does_not_below_the_others(server: Server) -> None:
    await server.daily("add", channel=server.channel, count=3, **AT_NINE)
    await server.until("2026-01-02 09:00")
    post = server.posts()[-1]
    names = [footer(post), *footer(post, 1).split(" · ")]
    assert sorted(names) == sorted([WIKIPEDIA, CONTEXT_CREDIT, STARTER])


async def test_a_daily_post_says_whose_image_its_lead_shows(server: Server, load: Import, tmp_path: Path) -> None:
    name = ArticleName("en", "SS Sea")
    facts = tmp_path / file_of(name)
    facts.parent.mkdir(parents=True)
    picture = ArticleImage(IMAGE, FILE, "CC BY-SA 4.0", "Ada Byron")
    facts.write_text(write_articles([Article(name, 70_000, picture, date(2026, 1, 1))]), "utf-8")
    article = [("Wikipedia", "https://en.wikipedia.org/wiki/SS_Sea")]
    load(facts, write(tmp_path, "2016-01-02", "A ship sails", topic="Sea", sources=article, block="pick: yes"))
    await server.daily("add", channel=server.channel, count=3, **AT_NINE)
    await server.until("2026-01-02 09:00")
    post = server.posts()[-1]
    assert post.embeds[0].image.url == IMAGE
    assert IMAGE_LINE in text_of(post)


async def test_what_a_server_has_muted_is_not_credited_in_a_menu(server: Server) -> None:
    await server.admin.slash(server.channel, "settings mute", word="pier")
    message = (await server.member.slash(server.channel, "onthisday", date="January 2")).response
    assert STARTER not in footer(message)


async def test_about_names_the_portal_and_its_licence(reader: Reader, channel: Channel) -> None:
    text = text_of((await reader.slash(channel, "about")).response)
    assert "[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)" in text
    assert "Wikipedia's contributors" in text


# In the shell


@pytest.mark.process
def test_show_prints_the_credit_and_the_json_stays_as_it_is(shell: Shell) -> None:
    page = write(shell.folder, "2016-01-02", "A ship sails", block=f"credit: {CREDIT}")
    other = write(shell.folder, "2001-01-02", "A harbour freezes")
    shell.json("import", page, other)
    answer = shell("show", key_of(path_of("2016-01-02", "A ship sails")), more=STARTER_OFF)
    assert f"Credit\n  {CREDIT}" in answer.out
    answer = shell("show", key_of(path_of("2001-01-02", "A harbour freezes")), more=STARTER_OFF)
    assert f"Credit\n  {CONTEXT_CREDIT}" in answer.out
    assert list(shell.json("show", key_of(path_of("2016-01-02", "A ship sails")))) == [
        "key", "path", "date", "headline", "summary", "sources", "image", "topics", "related", "language", "stub",
    ]  # fmt: skip
