"""``daybook fetch articles`` says what articles are about: events that only name theirs join those of others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.archive.archive import Archive
from bot.archive.article_facts import load_facts
from bot.archive.database_file import open_for_writing
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.starter import sync_pages
from bot.archive.upkeep import bring_up_to_date
from bot.archive.workers import WorkerPool
from bot.domain.page import key_of
from tests.helpers.archives import dump
from tests.helpers.fetching_facts import Articles
from tests.helpers.samples import path_of, write
from tests.helpers.wikipedia import FakeWikipedia, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY, NEXT, AFTER = "1954-11-26", "1954-11-27", "1954-11-28"
OPENED = "The bridge of Sandvik is opened"
OPENED_DE = "Die Brücke von Sandvik wird dem Verkehr übergeben"


@pytest.fixture
def fake() -> Iterator[FakeWikipedia]:
    with wikipedia() as fake:
        fake.articles.write("Sandvik Bridge", 9000, item="Q501")
        yield fake


@pytest.fixture
def articles(fake: FakeWikipedia, tmp_path: Path) -> Articles:
    return Articles(tmp_path / "data", fake)


def english(articles: Articles, headline: str = OPENED, *, day: str = DAY, block: str = "") -> str:
    """Write the page of an event that names its article, and says no item unless the block does."""
    return articles.page(headline, "Sandvik Bridge", day=day, block=block)


def german(
    articles: Articles, headline: str = OPENED_DE, *, day: str = DAY, item: str = "Q501", language: str = "de"
) -> str:
    """Write the page of an entry in another language, which says its item."""
    article = f"Brücke von Sandvik ({language})"
    return articles.page(headline, article, day=day, language=language, block=f"language: {language}\nitem: {item}")


async def are_one(articles: Articles, *keys: str) -> bool:
    """Return whether pages are about one event; the archive has to be as a new one would be."""
    assert dump(articles.new_archive()) == dump(articles.archive)
    return len({(await articles.event(key)).key for key in keys}) == 1


@pytest.mark.parametrize("german_day", [DAY, NEXT, "1954-11-25"])
async def test_an_event_joins_the_one_of_another_language_when_its_item_is_known(
    articles: Articles, german_day: str
) -> None:
    keys = [english(articles), german(articles, day=german_day)]
    assert not await are_one(articles, *keys)
    report = await articles.fetch()
    assert report.alarms == []
    assert articles.facts("Sandvik Bridge")["item"] == "Q501"
    assert await are_one(articles, *keys)
    async with Archive(articles.archive, readers=1) as archive:
        for prefer, headline in (("de", OPENED_DE), ("en", OPENED), ("fr", OPENED), (None, OPENED)):
            listing = await archive.search("Sandvik", prefer=prefer)
            assert [event.headline for event in listing.events] == [headline]
        assert (await archive.search("Verkehr übergeben", prefer="en")).exact == 1
        assert f"{(await articles.event(keys[1])).date}" == DAY
    assert articles.is_sound()


async def test_a_starter_event_joins_it(articles: Articles, tmp_path: Path) -> None:
    sources = [("Wikipedia: Sandvik Bridge", "https://en.wikipedia.org/wiki/Sandvik_Bridge")]
    write(tmp_path / "starter", DAY, OPENED, sources=sources)
    sync_pages(articles.archive, tmp_path / "starter", forgotten=ForgottenEvents())
    keys = key_of(path_of(DAY, OPENED)), german(articles)
    await articles.fetch()
    assert {(await articles.event(key)).headline for key in keys} == {OPENED}
    async with Archive(articles.archive, readers=1) as archive:
        assert [event.headline for event in (await archive.on_this_day(1126, prefer="de")).events] == [OPENED_DE]
        assert (await archive.stats()).starter == 0
    # Without the starter archive, it is what it was.
    sync_pages(articles.archive, None, forgotten=ForgottenEvents())
    assert (await articles.event(keys[1])).headline == OPENED_DE


async def test_what_is_known_already_joins_pages_that_come_later(articles: Articles) -> None:
    first = english(articles)
    await articles.fetch()
    keys = [first, german(articles, day=NEXT), german(articles, "Le pont est ouvert", day=NEXT, language="fr")]
    assert await are_one(articles, *keys)
    # An edit, of either page, takes nothing apart.
    german(articles, day=NEXT)
    assert await are_one(articles, *keys)
    english(articles, block="also: The Long Bridge")
    assert await are_one(articles, *keys)


@pytest.mark.parametrize(
    ("item", "day"), [("Q502", DAY), ("Q501", AFTER), ("Q501", "1955-11-26")], ids=["item", "two days", "a year"]
)
async def test_another_item_or_day_is_another_event(articles: Articles, item: str, day: str) -> None:
    keys = [english(articles), german(articles, item=item, day=day)]
    await articles.fetch()
    assert not await are_one(articles, *keys)


async def test_only_the_article_that_a_page_names_first_counts(articles: Articles) -> None:
    paper = [("The Paper", "https://paper.example/1")]
    keys = [articles.page(OPENED, "Sandvik Bridge", day=DAY, sources=paper), german(articles)]
    await articles.fetch()
    assert articles.weight(keys[0]) == 9000
    assert not await are_one(articles, *keys)


async def test_what_a_page_says_itself_comes_before_what_is_known(articles: Articles) -> None:
    keys = [english(articles, block="item: Q777"), german(articles)]
    await articles.fetch()
    assert not await are_one(articles, *keys)


async def test_two_events_of_a_day_with_one_article_stay_apart(articles: Articles) -> None:
    keys = [english(articles), english(articles, "Sandvik's bridge claims a life"), german(articles)]
    await articles.fetch()
    assert not await are_one(articles, keys[0], keys[2])
    assert not await are_one(articles, keys[1], keys[2])


async def test_the_entry_of_the_own_language_keeps_the_other_one(articles: Articles) -> None:
    listed = english(articles, "Queen Maud cuts a ribbon", block="item: Q501")
    keys = [english(articles), listed, german(articles)]
    await articles.fetch()
    assert await are_one(articles, *keys[1:])
    assert not await are_one(articles, *keys[:2])


async def test_what_others_are_about_too_joins_no_other_day(articles: Articles) -> None:
    keys = [english(articles), german(articles, day=NEXT)]
    await articles.fetch()
    assert await are_one(articles, *keys)
    # It is no event: somebody tells of it again, years later, on the very day or in facts that come last.
    later = german(articles, "Die Brücke von Sandvik bricht", day="1999-01-02")
    assert not await are_one(articles, *keys)
    (articles.pages / f"{path_of('1999-01-02', 'Die Brücke von Sandvik bricht')}.md").unlink()
    german(articles, "Die Brücke von Sandvik bricht", day="1999-01-02", item="Q9")
    german(articles, day=NEXT)
    assert await are_one(articles, *keys)
    articles.wikipedia.articles.write("Sandvik", 1, item="Q501")
    articles.page("Sandvik votes", "Sandvik", day="2003-01-02")
    await articles.fetch()
    assert not await are_one(articles, *keys)
    assert (await articles.event(later)).headline == "Die Brücke von Sandvik bricht"
    articles.wikipedia.articles.write("Sandvik", 1, item="Q600")
    articles.today += timedelta(30)
    await articles.fetch()
    assert await are_one(articles, *keys)


async def test_on_the_very_day_it_may_be_a_person_or_a_country(articles: Articles) -> None:
    keys = [english(articles), german(articles)]
    german(articles, "Die Brücke von Sandvik bricht", day="1999-01-02")
    await articles.fetch()
    assert await are_one(articles, *keys)


async def test_an_article_of_another_item_takes_its_event_apart(articles: Articles) -> None:
    keys = [english(articles), german(articles)]
    for item, joined in (("Q501", True), ("Q502", False), ("Q501", True), (None, False)):
        articles.wikipedia.articles.write("Sandvik Bridge", 9000, item=item)
        await articles.fetch()
        assert await are_one(articles, *keys) == joined
        articles.today += timedelta(30)


async def test_pages_in_two_languages_join_though_neither_says_an_item(articles: Articles) -> None:
    fake = articles.wikipedia.articles
    fake.write("Brücke von Sandvik", 5000, item="Q501", language="de")
    keys = [
        english(articles), articles.page(OPENED_DE, "Brücke von Sandvik", day=DAY, language="de", block="language: de"),
    ]  # fmt: skip
    await articles.fetch()
    assert await are_one(articles, *keys)


async def test_what_a_killed_fetch_has_not_joined_is_joined_in_the_background(articles: Articles) -> None:
    keys = [english(articles), german(articles)]
    text = '{"title": "Sandvik Bridge", "size": 9000, "item": "Q501", "checked": "2026-11-28"}\n'
    await articles.fetch()
    joined = dump(articles.archive)
    articles.new_archive()
    assert text in "".join(file.read_text("utf-8") for file in articles.pages.glob("articles/en/*.jsonl"))
    facts = articles.data / "facts"
    (articles.pages / "articles").rename(facts)
    articles.new_archive()
    facts.rename(articles.pages / "articles")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.archive.article_facts.build_outdated", killed)
        with pytest.raises(KeyboardInterrupt):
            load_facts(articles.archive, articles.pages / "articles")
    assert (await articles.event(keys[0])).headline != (await articles.event(keys[1])).headline
    with open_for_writing(articles.archive) as db, WorkerPool(size=0) as workers:
        while bring_up_to_date(db, workers):
            pass
    db.close()
    assert dump(articles.archive) == joined


def killed(*_: object) -> None:
    raise KeyboardInterrupt
