"""``daybook fetch articles``: sizes and free images of the articles that events are about, and what becomes of them."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.archive.article_facts import cited_articles, load_facts
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.domain.article import Article, ArticleName, article_name
from bot.domain.errors import FetchError
from bot.domain.page import key_of
from bot.formats.articles import file_of
from bot.sources.article_folder import ArticleFolder
from bot.sources.articles import ArticlesFetch
from bot.sources.http import Http
from bot.sources.wikipedia import Wikipedia
from tests.helpers.archives import dump
from tests.helpers.fetching import LIMITS, SetClock
from tests.helpers.fetching_facts import TODAY, Articles
from tests.helpers.samples import path_of, write
from tests.helpers.wikipedia import FakeWikipedia, broken, no_json, send, too_many, truncated, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path


COMMONS = "https://upload.wikimedia.org/wikipedia/commons/thumb/c/c0"
ADA = "Ada Byron, CC BY-SA 4.0, https://commons.wikimedia.org/wiki/File:Ferry.jpg"
DATED = '{"title": "MS Bergen", "checked": "2026-11-28"'
FERRY = f"{COMMONS}/Ferry.jpg/960px-Ferry.jpg"


@pytest.fixture
def fake() -> Iterator[FakeWikipedia]:
    with wikipedia() as fake:
        yield fake


@pytest.fixture
def articles(fake: FakeWikipedia, tmp_path: Path) -> Articles:
    return Articles(tmp_path / "data", fake)


# What an event takes from its article


async def test_an_event_takes_the_size_and_the_free_image_of_its_article(articles: Articles) -> None:
    key = articles.page("A ferry is launched", "MS Bergen", sources=[("The Paper", "https://paper.example/1")])
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg", item="Q501")
    report = await articles.fetch()
    assert (report.visited, report.fetched, report.written, report.alarms) == (1, 1, 1, [])
    # Without what the API adds to count visitors.
    assert await articles.image(key) == (FERRY, ADA)
    assert articles.weight(key) == 48213
    assert articles.facts("MS Bergen") == {
        "title": "MS Bergen",
        "size": 48213,
        "image": {
            "url": FERRY,
            "author": "Ada Byron",
            "licence": "CC BY-SA 4.0",
            "page": "https://commons.wikimedia.org/wiki/File:Ferry.jpg",
        },
        "item": "Q501",
        "checked": "2026-11-28",
    }
    assert articles.is_sound()


async def test_what_a_page_says_itself_comes_first(articles: Articles) -> None:
    own = "https://paper.example/own.jpg"
    key = articles.page("A ferry is launched", "MS Bergen", image=own, block="weight: 12")
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    await articles.fetch()
    assert await articles.image(key) == (own, None)
    assert articles.weight(key) == 12
    # Only what the page lacks is taken.
    articles.page("A ferry is launched", "MS Bergen", block="weight: 13")
    assert await articles.image(key) == (FERRY, ADA)
    assert articles.weight(key) == 13


async def test_the_first_article_counts_and_other_sources_do_not(articles: Articles) -> None:
    key = articles.page("A ferry is launched", "MS Bergen", "Bergen", sources=[("Paper", "https://paper.example/1")])
    articles.wikipedia.articles.write("Bergen", 100_000, "City.jpg")
    articles.wikipedia.articles.write("MS Bergen", 5000)
    await articles.fetch()
    assert (await articles.image(key), articles.weight(key)) == ((None, None), 5000)
    assert articles.wikipedia.articles.titles() == ["MS Bergen"]


async def test_of_an_event_that_several_pages_tell_the_largest_article_counts(articles: Articles) -> None:
    first = articles.page("A ferry is launched in the old harbour of Bergen", "MS Bergen")
    second = articles.page("Shipping: A ferry is launched in the old harbour of Bergen", "Bergen")
    articles.wikipedia.articles.write("MS Bergen", 5000, "Ferry.jpg")
    articles.wikipedia.articles.write("Bergen", 90_000)
    await articles.fetch()
    assert (await articles.event(first)).key == (await articles.event(second)).key
    assert (await articles.image(first), articles.weight(first)) == ((FERRY, ADA), 90_000)


async def test_articles_of_other_languages_are_asked_of_their_own_wikipedia(articles: Articles) -> None:
    write_article = articles.wikipedia.articles.write
    write_article("Größe", 900, "Maß stab.png", language="de")
    write_article("東京", 700, "Tower.jpg", language="ja")
    write_article("Größe", 1, language="en")
    german = articles.page("Die Größe wird gemessen", "Gr%C3%B6%C3%9Fe", language="de")
    japanese = articles.page("東京の塔が完成", "東京", language="ja", day="2001-05-07")
    report = await articles.fetch()
    assert report.fetched == 2
    assert (articles.weight(german), articles.weight(japanese)) == (900, 700)
    image, credit = await articles.image(german)
    assert image == f"{COMMONS}/Ma%C3%9F_stab.png/960px-Ma%C3%9F_stab.png"
    assert credit == "Ada Byron, CC BY-SA 4.0, https://commons.wikimedia.org/wiki/File:Ma%C3%9F_stab.png"
    assert (await articles.image(japanese))[0] == f"{COMMONS}/Tower.jpg/960px-Tower.jpg"
    assert articles.facts("Größe", "de")["size"] == 900
    assert articles.wikipedia.articles.titles("en") == []


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://en.wikipedia.org/wiki/Apollo_11#Landing", ("en", "Apollo 11")),
        ("http://en.m.wikipedia.org/wiki/apollo__11?action=raw", ("en", "Apollo 11")),
        ("https://zh-min-nan.wikipedia.org/wiki/T%C3%A2i-o%C3%A2n", ("zh-min-nan", "Tâi-oân")),
        ("https://de.wikipedia.org/wiki/Gro%CC%88%C3%9Fe", ("de", "Größe")),
        ("https://simple.wikipedia.org/wiki/ßen", ("simple", "ßen")),
        ("https://www.wikipedia.org/wiki/Apollo_11", None),
        ("https://en.wikipedia.org/wiki/A%7CB", None),
        ("https://en.wikipedia.org/wiki/%FF", None),
        ("https://en.wikipedia.org/wiki/_", None),
        (f"https://en.wikipedia.org/wiki/{'x' * 300}", None),
        ("https://en.wikipedia.org.evil.example/wiki/Apollo_11", None),
        ("https://en.wikinews.org/wiki/Apollo_11", None),
    ],
)
def test_an_address_says_which_article_it_is(address: str, name: tuple[str, str] | None) -> None:
    assert article_name(address) == name


# What the API may answer


async def test_redirects_other_spellings_and_missing_articles(articles: Articles) -> None:
    fake = articles.wikipedia.articles
    keys = {
        title: articles.page(f"The {title} story is told on day {number}", title, day=f"2001-05-{number + 10}")
        for number, title in enumerate(("Old name", "Nowhere", "IPhone", "Template:Ship", "De:Apollo", "Chain"))
    }
    fake.write("New name", 4000, "Ferry.jpg")
    fake.write("Template:Ship", 70)
    fake.write("iPhone", 3000)
    fake.redirects = {("en", "Old name"): "New name", ("en", "Chain X"): "New name"}
    fake.normalized = {"IPhone": "iPhone", "Chain": "Chain X"}
    report = await articles.fetch()
    assert report.alarms == []
    weights = {title: articles.weight(key) for title, key in keys.items()}
    assert weights == {
        "Old name": 4000, "Nowhere": None, "IPhone": 3000, "Template:Ship": None, "De:Apollo": None, "Chain": 4000,
    }  # fmt: skip
    assert await articles.image(keys["Old name"]) == (FERRY, ADA)
    assert articles.facts("Old name")["redirect"] == "New name"
    assert articles.facts("Nowhere") == {"title": "Nowhere", "checked": "2026-11-28"}
    assert "redirect" not in articles.facts("IPhone")
    # None of them is asked for again while it is fresh, and none gives an event less than it had.
    assert (await articles.fetch()).fetched == 0


async def test_a_title_in_the_other_chinese_script_leads_to_its_article(articles: Articles) -> None:
    fake = articles.wikipedia.articles
    key = articles.page("渡輪下水", "挪威渡輪", language="zh")
    fake.write("挪威轮渡", 900, "Ferry.jpg", language="zh")
    fake.converted, fake.redirects = {"挪威渡輪": "挪威渡轮"}, {("zh", "挪威渡轮"): "挪威轮渡"}
    await articles.fetch()
    assert (await articles.image(key), articles.weight(key)) == ((FERRY, ADA), 900)


async def test_an_answer_in_parts_is_read_whole(articles: Articles) -> None:
    fake = articles.wikipedia.articles
    keys = [articles.page(f"Ship number {number} sails", f"Ship {number}") for number in range(7)]
    for number in range(7):
        fake.write(f"Ship {number}", 1000 + number, f"Ship {number}.jpg", item=f"Q50{number}")
    fake.images_at_once = 2
    await articles.fetch()
    for number, key in enumerate(keys):
        assert articles.facts(f"Ship {number}")["item"] == f"Q50{number}"
        assert articles.weight(key) == 1000 + number
        assert (await articles.image(key))[0] == f"{COMMONS}/Ship_{number}.jpg/960px-Ship_{number}.jpg"


async def test_fifty_titles_are_asked_for_at_once_and_fewer_where_they_are_long(articles: Articles) -> None:
    articles.page("A ferry is launched", "MS Bergen")
    names = [ArticleName("en", f"Ship {number}") for number in range(120)]
    names += [ArticleName("ja", f"{'船' * 80}{number}") for number in range(50)]
    folder = ArticleFolder(articles.pages)
    clock = SetClock(datetime.combine(TODAY, time_of_day(12), UTC))
    async with Http(
        contact="a@b.example", allowed=frozenset({f"127.0.0.1:{articles.wikipedia.port}"}), clock=clock, limits=LIMITS
    ) as http:
        base = articles.wikipedia.base
        fetch = ArticlesFetch(
            lambda language: Wikipedia(http, base=base.replace("{language}", language)), folder, list, clock=clock
        )
        await fetch.run(names, lambda _done, _total: None)
    asked = [(language, len(titles)) for language, titles in articles.wikipedia.articles.requests]
    assert asked == [("en", 50), ("en", 50), ("en", 20), *[("ja", 8)] * 6, ("ja", 2)]
    assert fetch.report.fetched == 170


def gzipped(fake: FakeWikipedia) -> Any:
    def answer(handler: BaseHTTPRequestHandler) -> bool:
        params = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        body = gzip.compress(json.dumps(fake.answer_in(handler.path.split("/")[1], params)).encode())
        return send(handler, 200, body, "application/json", Content_Encoding="gzip")

    return answer


async def test_trouble_that_passes_is_waited_for(articles: Articles) -> None:
    key = articles.page("A ferry is launched", "MS Bergen")
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    report = await articles.fetch(too_many, broken, gzipped(articles.wikipedia), truncated)
    assert report.alarms == []
    assert (await articles.image(key), articles.weight(key)) == ((FERRY, ADA), 48213)


def error(handler: BaseHTTPRequestHandler) -> bool:
    """Answer as the API does when it has too much to do."""
    return send(handler, 200, b'{"error": {"code": "maxlag", "info": "Waiting"}}', "application/json")


def empty(handler: BaseHTTPRequestHandler) -> bool:
    """Leave out what was asked for."""
    return send(handler, 200, b'{"batchcomplete": true, "query": {"pages": []}}', "application/json")


def unchanged(handler: BaseHTTPRequestHandler) -> bool:
    return send(handler, 304, b"")


@pytest.mark.parametrize("fault", [no_json, error, unchanged])
async def test_an_answer_that_is_none_changes_nothing_and_is_an_alarm(articles: Articles, fault: Any) -> None:
    key = articles.page("A ferry is launched", "MS Bergen")
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    await articles.fetch()
    articles.today += timedelta(40)
    for faults in ([fault], [lambda _: False, fault]):
        # At the first request, and at the second, that for the files.
        report = await articles.fetch(*faults)
        assert (report.reached, report.written, len(report.alarms)) == (False, 0, 1)
        assert (await articles.image(key), articles.weight(key)) == ((FERRY, ADA), 48213)
    assert (await articles.fetch()).fetched == 1


async def test_an_article_that_an_answer_passes_over_keeps_its_facts(articles: Articles) -> None:
    key = articles.page("A ferry is launched", "MS Bergen")
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    await articles.fetch()
    articles.today += timedelta(40)
    await articles.fetch(empty)
    assert (await articles.image(key), articles.weight(key)) == ((FERRY, ADA), 48213)


async def test_one_wikipedia_out_of_reach_does_not_hold_up_the_others(articles: Articles) -> None:
    key = articles.page("A ferry is launched", "MS Bergen")
    articles.page("Ein Schiff", "Schiff", language="de")
    articles.wikipedia.articles.write("MS Bergen", 48213)
    report = await articles.fetch(no_json)
    assert (report.reached, len(report.alarms), articles.weight(key)) == (True, 1, 48213)


# How facts change


async def test_fresh_facts_are_not_fetched_again_and_old_ones_are(articles: Articles) -> None:
    key = articles.page("A ferry is launched", "MS Bergen")
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    await articles.fetch()
    text = (articles.pages / file_of(ArticleName("en", "MS Bergen"))).read_bytes()
    articles.wikipedia.articles.write("MS Bergen", 60_000, "Ferry.jpg", artist="Bob")
    articles.today += timedelta(29)
    asked = len(articles.wikipedia.articles.requests)
    report = await articles.fetch()
    assert (report.fetched, report.unchanged) == (0, 1)
    assert len(articles.wikipedia.articles.requests) == asked
    assert (articles.pages / file_of(ArticleName("en", "MS Bergen"))).read_bytes() == text
    articles.today += timedelta(1)
    report = await articles.fetch()
    assert (report.fetched, report.changed, report.written) == (1, 1, 1)
    assert articles.weight(key) == 60_000
    assert (await articles.image(key))[1] == "Bob, CC BY-SA 4.0, https://commons.wikimedia.org/wiki/File:Ferry.jpg"


async def test_an_event_loses_an_image_that_is_free_no_more_and_gets_another(articles: Articles) -> None:
    fake = articles.wikipedia.articles
    key = articles.page("A ferry is launched", "MS Bergen")
    fake.write("MS Bergen", 48213, None)
    await articles.fetch()
    points = articles.points(key)
    for image, licence in (
        ("Ferry.jpg", "CC0"),
        ("New.jpg", "CC0"),
        (None, ""),
        ("Ferry.jpg", "CC0"),
        ("Ferry.jpg", "CC BY-NC 2.0"),
    ):
        articles.today += timedelta(30)
        fake.write("MS Bergen", 48213, image, licence=licence, code=None)
        report = await articles.fetch()
        assert report.changed == 1
        shown = f"{COMMONS}/{image}/960px-{image}" if licence == "CC0" else None
        assert (await articles.image(key))[0] == shown
        # An image of its own would make it more notable.
        assert articles.points(key) == points
        assert dump(articles.new_archive()) == dump(articles.archive)


@pytest.mark.process
async def test_a_new_archive_has_the_same_events(articles: Articles) -> None:
    fake = articles.wikipedia.articles
    for number in range(300):
        day = date(2001, 1, 1) + timedelta(number)
        articles_named = [f"Ship {number}"] if number % 3 else []
        write(
            articles.pages, day.isoformat(), f"Ship number {number} sails", topic="Ships",
            sources=[(title, f"https://en.wikipedia.org/wiki/{title.replace(' ', '_')}") for title in articles_named],
        )  # fmt: skip
        fake.write(f"Ship {number}", 1000 * number, f"Ship {number}.jpg" if number % 2 else None)
    import_pages(articles.archive, [articles.pages], forgotten=ForgottenEvents())
    report = await articles.fetch()
    assert report.written == 200
    with closing(sqlite3.connect(articles.archive)) as db:
        assert db.execute("SELECT count(*) FROM outdated").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM event WHERE image_credit IS NOT NULL").fetchone() == (100,)
    assert dump(articles.new_archive()) == dump(articles.archive)
    # Also where the facts come beside pages that the archive has already, and out of a packed copy.
    facts = articles.data / "elsewhere"
    shutil.move(articles.pages / "articles", facts / "articles")
    articles.new_archive().unlink()
    import_pages(articles.archive, [facts], forgotten=ForgottenEvents())
    with_facts = dump(articles.archive)
    shutil.make_archive(str(articles.data / "copy"), "gztar", facts)
    articles.new_archive()
    import_pages(articles.archive, [articles.data / "copy.tar.gz"], forgotten=ForgottenEvents())
    assert dump(articles.archive) == with_facts
    with closing(sqlite3.connect(articles.archive)) as db:
        assert db.execute("SELECT count(*) FROM event WHERE image_credit IS NOT NULL").fetchone() == (100,)


async def test_a_new_archive_finds_the_facts_beside_it_whatever_is_imported(articles: Articles, tmp_path: Path) -> None:
    page = write(
        tmp_path / "mine", "2001-05-06", "A ferry", sources=[("Wikipedia", "https://en.wikipedia.org/wiki/MS_Bergen")]
    )
    key = key_of(path_of("2001-05-06", "A ferry"))
    articles.import_files([page])
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    await articles.fetch()
    for file in articles.data.glob("archive.sqlite3*"):
        file.unlink()
    articles.import_files([page])
    assert (await articles.image(key), articles.weight(key)) == ((FERRY, ADA), 48213)


async def test_a_page_that_comes_later_finds_what_is_known_of_its_article(articles: Articles) -> None:
    articles.page("A ferry is launched", "MS Bergen")
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    await articles.fetch()
    key = articles.page("The ferry is sold", "MS Bergen", day="2011-05-06")
    assert (await articles.image(key), articles.weight(key)) == ((FERRY, ADA), 48213)
    assert (await articles.fetch()).fetched == 0


async def test_withdrawn_and_forgotten_events_have_no_articles(articles: Articles) -> None:
    articles.page("A ferry is launched", "MS Bergen", block="withdrawn: 2024-03-06")
    assert cited_articles(articles.archive) == []
    assert (await articles.fetch()).visited == 0


# Files of facts


def test_files_are_sorted_and_a_change_is_one_line(articles: Articles) -> None:
    names = [ArticleName("en", f"Ship {number}") for number in range(2000)]
    of_one_file = [name for name in names if file_of(name) == file_of(names[0])]
    assert len(of_one_file) > 3
    folder = ArticleFolder(articles.pages)
    folder.write(Article(name, 5, None, TODAY) for name in reversed(of_one_file))
    file = articles.pages / file_of(names[0])
    before = file.read_text("utf-8").splitlines()
    assert [json.loads(line)["title"] for line in before] == sorted(name.title for name in of_one_file)
    folder.write([Article(of_one_file[1], 6, None, TODAY)])
    after = file.read_text("utf-8").splitlines()
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
    assert sorted(articles.pages.rglob("*")) == [articles.pages / "articles", file.parent, file]


@pytest.mark.parametrize(
    "line",
    [
        "<<<<<<< HEAD",
        "[]",
        '{"title": "MS Bergen"}',
        '{"title": "MS|Bergen", "checked": "2026-11-28"}',
        '{"title": "MS Bergen", "size": -1, "checked": "2026-11-28"}',
        '{"title": "MS Bergen", "size": true, "checked": "2026-11-28"}',
        '{"title": "MS Bergen", "size": 5, "item": "P31", "checked": "2026-11-28"}',
        '{"title": "MS Bergen", "size": 5, "item": 501, "checked": "2026-11-28"}',
        '{"title": "MS Bergen", "size": 5, "checked": "yesterday"}',
        f'{DATED}, "image": {{"url": "javascript:1", "page": "https://c.example/1", "licence": "CC0"}}}}',
        f'{DATED}, "image": {{"url": "https://c.example/1", "page": "https://c.example/1", "licence": ""}}}}',
    ],
)
async def test_a_file_that_somebody_has_spoilt_is_left_as_it_is_and_an_alarm(articles: Articles, line: str) -> None:
    key = articles.page("A ferry is launched", "MS Bergen")
    file = articles.pages / file_of(ArticleName("en", "MS Bergen"))
    file.parent.mkdir(parents=True)
    file.write_text(f"{line}\n", "utf-8")
    articles.wikipedia.articles.write("MS Bergen", 48213, "Ferry.jpg")
    report = await articles.fetch()
    (alarm,) = report.alarms
    assert str(file) in alarm
    assert "line 1" in alarm
    # Nothing is asked for that could not be written, and nothing written over it.
    assert articles.wikipedia.articles.requests == []
    ArticleFolder(articles.pages).write([Article(ArticleName("en", "MS Bergen"), 5, None, TODAY)])
    assert file.read_text("utf-8") == f"{line}\n"
    assert articles.weight(key) is None
    imported = import_pages(articles.archive, [articles.pages], forgotten=ForgottenEvents())
    assert [skipped.path for skipped in imported.skipped] == [str(file)]
    file.unlink()
    await articles.fetch()
    assert articles.weight(key) == 48213


def test_what_was_seen_later_stays(articles: Articles) -> None:
    key = articles.page("A ferry is launched", "MS Bergen")
    file = articles.pages / file_of(ArticleName("en", "MS Bergen"))
    file.parent.mkdir(parents=True)
    for size, day, weight in ((5, "2026-02-02", 5), (6, "2026-01-01", 5), (7, "2026-02-02", 7), (8, "2026-03-03", 8)):
        file.write_text(json.dumps({"title": "MS Bergen", "size": size, "checked": day}), "utf-8")
        assert load_facts(articles.archive, articles.pages / "articles") == []
        assert articles.weight(key) == weight


async def test_a_folder_that_cannot_be_written_is_one_sentence(
    articles: Articles, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles.page("A ferry is launched", "MS Bergen")
    (articles.pages / "articles").write_text("no folder")
    with pytest.raises(FetchError, match="cannot be written"):
        await articles.fetch()
