"""Visits to feeds: what becomes a page, what stays one page, what is news; against servers on loopback."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.page import Source, key_of
from bot.formats.context import earlier_wordings
from bot.sources.fetch_state import FILE_NAME
from bot.sources.forgotten import Forgotten
from bot.sources.page_marks import marks_of
from bot.sources.page_source import FeedSource, day_of_any, day_of_source
from tests.helpers.feeds import FeedFetching, FeedServer, Place, Story, feed_server, rss
from tests.helpers.wikipedia import broken, too_many, truncated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.domain.page import Page

TODAY = date(2025, 11, 24)
FERRY = Story(
    "A new ferry is launched in Bergen harbour", "https://paper.example/ferry", "42", TODAY,
    "It is the <b>longest</b> of the fleet.", ("Ships", "Bergen"),
)  # fmt: skip
BRIDGE = Story("The old bridge over the Elbe closes for two years", "https://paper.example/bridge", "43", TODAY)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as server:
        yield server


@pytest.fixture
def fetching(tmp_path: Path, server: FeedServer) -> FeedFetching:
    fetching = FeedFetching(tmp_path / "data", server)
    fetching.add()
    return fetching


def page_of(fetching: FeedFetching) -> Page:
    (page,) = fetching.written()
    return page


async def test_an_item_becomes_a_page_and_a_page_becomes_an_event(fetching: FeedFetching, server: FeedServer) -> None:
    image = '<media:content url="https://paper.example/ferry.jpg" medium="image" width="800"/>'
    server.publish(replace(FERRY, more=image))
    report = await fetching.fetch()
    assert (report.visited, report.fetched, report.written, report.alarms) == (1, 1, 1, [])
    page = page_of(fetching)
    assert page.path == "news/2025/11/24/a-new-ferry-is-launched-in-bergen-harbour"
    assert (page.headline, page.summary) == (FERRY.title, "It is the longest of the fleet.")
    assert page.sources == (Source("The Paper", "https://paper.example/ferry"),)
    assert (page.topics, page.category, page.language) == (("Ships", "Bergen"), "Ships", "en")
    assert (page.image, page.credit) == ("https://paper.example/ferry.jpg", "The Paper")
    assert (page.source, page.seen) == (f"feed {server.url()}#42 2025-11-24", "2025-11-24T12:00:00Z")
    assert fetching.events() == {key_of(page.path): ("2025-11-24", FERRY.title)}


async def test_a_story_in_another_language_has_a_path_of_its_own(fetching: FeedFetching, server: FeedServer) -> None:
    fetching.add("/de", name="Die Zeitung", language="de")
    fetching.add("/ar", name="الجريدة", language="ar")
    same = Story("Taifun Nando erreicht Manila", "https://paper.example/nando", "1", TODAY)
    server.publish(same)
    server.publish(replace(same, link="https://zeitung.example/nando"), path="/de")
    server.publish(Story("إطلاق سفينة جديدة في ميناء بيرغن", "https://jarida.example/1", "1", TODAY), path="/ar")
    await fetching.fetch()
    assert [page.path.rpartition("/")[2] for page in fetching.written()] == [
        "ar-event", "de-taifun-nando-erreicht-manila", "taifun-nando-erreicht-manila",
    ]  # fmt: skip
    assert next(page.headline for page in fetching.written()) == "إطلاق سفينة جديدة في ميناء بيرغن"


@pytest.mark.parametrize(("has_etag", "has_date"), [(True, True), (False, True), (False, False)])
async def test_what_has_not_changed_is_not_read_again(
    fetching: FeedFetching, server: FeedServer, has_etag: bool, has_date: bool
) -> None:
    server.publish(FERRY, BRIDGE, has_etag=has_etag, has_date=has_date)
    await fetching.fetch()
    report = await fetching.fetch()
    assert (report.fetched, report.written, report.unchanged, report.reached) == (0, 0, 2, True)
    # A server without validators sends everything, and its bytes are compared.
    assert server.statuses == [200, 304 if has_etag or has_date else 200]
    server.publish(FERRY, replace(BRIDGE, title="The old bridge over the Elbe closes for three years"))
    assert ((await fetching.fetch()).changed) == 1


async def test_each_request_says_who_asks_and_takes_gzip(fetching: FeedFetching, server: FeedServer) -> None:
    server.publish(FERRY, packed=True)
    assert (await fetching.fetch()).written == 1
    ((_, headers),) = server.requests
    assert "operator@daybook.example" in headers["User-Agent"]
    assert headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("fault", [too_many, broken, truncated])
async def test_a_fault_on_the_way_loses_nothing(fetching: FeedFetching, server: FeedServer, fault: object) -> None:
    server.publish(FERRY)
    server.faults = [fault]  # type: ignore[list-item]
    assert (await fetching.fetch()).written == 1


async def test_a_redirect_is_followed_and_the_feed_keeps_its_address(
    fetching: FeedFetching, server: FeedServer
) -> None:
    server.publish(replace(FERRY, link="//paper.example/articles/ferry"), path="/moved/feed")
    server.places["/feed"] = Place(b"", status=301, headers={"Location": "/moved/feed"})
    assert (await fetching.fetch()).written == 1
    page = page_of(fetching)
    assert page.sources[0].url == "http://paper.example/articles/ferry"
    assert page.source == f"feed {server.url()}#42 2025-11-24"


async def test_a_feed_that_cannot_be_read_is_an_alarm_and_the_others_are_read(
    fetching: FeedFetching, server: FeedServer
) -> None:
    for name in ("gone", "page", "nonsense", "busy"):
        fetching.add(f"/{name}", name=name)
    server.publish(FERRY)
    server.places["/page"] = Place(b"<!DOCTYPE html><html><body><p>Hello</p></body></html>", "text/html")
    server.places["/nonsense"] = Place(b'{"json": true}', "application/json")
    server.places["/busy"] = Place(b"", status=503, headers={"Retry-After": "86400"})
    report = await fetching.fetch()
    assert (report.visited, report.fetched, report.written, report.reached) == (5, 1, 1, True)
    alarms = dict(sentence.split(": ", 1) for sentence in report.alarms)
    assert set(alarms) == {"gone", "page", "nonsense", "busy"}
    assert "404" in alarms["gone"]
    assert "a web page, not a feed" in alarms["page"]
    assert "neither RSS nor Atom" in alarms["nonsense"]
    assert "asks to come back after" in alarms["busy"]


@pytest.mark.parametrize(
    "edited",
    [
        replace(FERRY, title="A new ferry, the longest of its fleet, is launched in Bergen harbour"),
        replace(FERRY, title="Ferry launched", summary="Bergen has a ship more."),
        replace(FERRY, link="https://paper.example/2025/a-new-ferry"),
        replace(FERRY, title="Ferry launched", link="https://paper.example/2025/a-new-ferry"),
        replace(FERRY, title="Ferry launched", id="42#1"),
        replace(FERRY, id="another", link="https://paper.example/elsewhere"),
        replace(FERRY, title="A new ferry is launched in Bergen", day=TODAY - timedelta(4)),
    ],
)
async def test_an_edit_keeps_the_page_and_its_day(fetching: FeedFetching, server: FeedServer, edited: Story) -> None:
    server.publish(FERRY, BRIDGE)
    await fetching.fetch()
    before = {page.path for page in fetching.written()}
    server.publish(edited, BRIDGE)
    report = await fetching.fetch()
    assert (report.written, report.changed) == (1, 1)
    assert {page.path for page in fetching.written()} == before
    (page,) = [page for page in fetching.written() if "bergen" in page.path]
    assert (page.headline, page.date, page.seen) == (edited.title, TODAY, "2025-11-24T12:00:00Z")
    assert [source.url for source in page.sources] == [edited.link]
    if edited.title != FERRY.title:
        text = (fetching.pages / f"{page.path}.md").read_text("utf-8")
        assert earlier_wordings(text, page.path) == (FERRY.title,)
    assert (await fetching.fetch()).written == 0


async def test_an_item_without_a_date_has_the_day_when_it_was_first_seen(
    fetching: FeedFetching, server: FeedServer
) -> None:
    undated = [
        Story("One without a date at all", "https://paper.example/1", "1"),
        Story("One from the far future of the world", "https://paper.example/2", "2", date(2031, 1, 1)),
        Story("One from a clock that was never set", "https://paper.example/3", "3", date(1970, 1, 1)),
        Story("Nothing but a headline"),
    ]
    server.publish(*undated, Story("One of tomorrow, elsewhere", None, "5", TODAY + timedelta(1)))
    await fetching.fetch()
    days = {page.headline: page.date for page in fetching.written()}
    assert days.pop("One of tomorrow, elsewhere") == TODAY + timedelta(1)
    assert set(days.values()) == {TODAY}
    fetching.today += timedelta(20)
    server.publish(*undated, Story("Another one", "https://paper.example/9", "9"))
    report = await fetching.fetch()
    assert (report.written, report.unchanged) == (1, 4)


async def test_every_page_has_a_link(fetching: FeedFetching, server: FeedServer) -> None:
    server.publish(Story("A story without any link", None, "7", TODAY))
    await fetching.fetch()
    assert page_of(fetching).sources == (Source("The Paper", "https://paper.example/"),)


async def test_ids_and_links_that_repeat_tell_nothing_apart(fetching: FeedFetching, server: FeedServer) -> None:
    live = "https://paper.example/live"
    stories = [
        Story("The first thing that happened today", live, "0", TODAY),
        Story("Something else entirely has come to pass", live, "0", TODAY),
        Story("A third story under the same id", "https://paper.example/3", "0", TODAY),
    ]
    server.publish(stories[0], stories[0], *stories[2:])
    assert (await fetching.fetch()).written == 2
    server.publish(*[replace(story, id=f"{number}") for number, story in enumerate(stories)])
    await fetching.fetch()
    assert len(fetching.written()) == 3
    server.publish(*stories[1:], Story("Tomorrow's news under today's id", "https://paper.example/4", "0", TODAY))
    await fetching.fetch()
    assert len(fetching.written()) == 4


async def test_an_id_that_is_given_to_another_story_later_is_another_event(
    fetching: FeedFetching, server: FeedServer
) -> None:
    for number, title in enumerate(("Rain floods the valley", "Miners strike in Chile", "A comet comes into view")):
        fetching.today = TODAY + timedelta(2 * number)
        server.publish(Story(title, f"https://paper.example/{number}", "top", fetching.today))
        await fetching.fetch()
    assert len(fetching.written()) == 3


async def test_a_story_of_several_feeds_is_one_event_with_several_sources(
    fetching: FeedFetching, server: FeedServer
) -> None:
    fetching.add("/other", name="The Other")
    fetching.add("/third", name="The Third")
    server.publish(FERRY)
    # Another address of the same article; another article in the same words, a day later.
    again = "http://www.paper.example:80/ferry/?utm_source=rss&fbclid=1#top"
    server.publish(Story("Bergen gets a ferry", again, "x", TODAY), path="/other")
    other_words = Story("A new ferry launched in Bergen harbour", "https://third.example/f", "y", TODAY + timedelta(1))
    server.publish(other_words, path="/third")
    report = await fetching.fetch()
    page = page_of(fetching)
    assert page.headline == FERRY.title
    assert page.sources == (
        Source("The Paper, The Other", "https://paper.example/ferry"), Source("The Third", "https://third.example/f"),
    )  # fmt: skip
    source = FeedSource.of(page.source)
    assert source is not None
    assert [name for _, name in source.items] == ["42", "x", "y"]
    assert (report.written, len(fetching.events())) == (3, 1)
    assert (await fetching.fetch()).written == 0
    # The first one's words count; the others' edits change nothing.
    server.publish(replace(other_words, title="Ferry afloat"), path="/third")
    assert (await fetching.fetch()).written == 0
    server.publish(replace(FERRY, title="The new ferry is launched in Bergen"))
    await fetching.fetch()
    assert page_of(fetching).headline == "The new ferry is launched in Bergen"
    assert page_of(fetching).sources == page.sources


@pytest.mark.parametrize(
    ("title", "day", "language"),
    [
        ("A new ferry is launched in Bergen harbour", TODAY + timedelta(2), "en"),
        ("A new ferry is launched in Bergen harbour", TODAY, "de"),
        ("A new ferry is launched in Oslo harbour", TODAY, "en"),
        ("Weather", TODAY, "en"),
    ],
)
async def test_what_other_feeds_tell_on_other_days_or_of_other_places_is_another_event(
    fetching: FeedFetching, server: FeedServer, title: str, day: date, language: str
) -> None:
    fetching.today = TODAY + timedelta(2)
    fetching.add("/other", name="The Other", language=language)
    server.publish(FERRY, Story("Weather", "https://paper.example/weather", "w", TODAY))
    server.publish(Story(title, "https://other.example/1", "1", day), path="/other")
    await fetching.fetch()
    assert len(fetching.written()) == 3


async def test_what_one_feed_tells_each_day_in_the_same_words_is_an_event_each_day(
    fetching: FeedFetching, server: FeedServer
) -> None:
    stories = [
        Story("The weather in Bergen today", f"https://paper.example/{n}", f"{n}", TODAY + timedelta(n))
        for n in range(3)
    ]
    for number in range(3):
        fetching.today = TODAY + timedelta(number)
        server.publish(*stories[max(number - 1, 0) : number + 1])
        await fetching.fetch()
    assert sorted(page.date for page in fetching.written()) == [TODAY + timedelta(number) for number in range(3)]


async def test_old_items_at_the_first_visit_are_stored_and_never_news(
    fetching: FeedFetching, server: FeedServer
) -> None:
    old = Story("The ferry is set up", "https://paper.example/order", "1", TODAY - timedelta(31))
    server.publish(FERRY, old, replace(BRIDGE, day=TODAY - timedelta(30)))
    report = await fetching.fetch()
    assert (report.written, report.alarms) == (3, [])
    seen = {page.headline: page.seen for page in fetching.written()}
    assert {headline for headline, moment in seen.items() if moment is None} == {old.title}


async def test_a_flood_of_new_items_raises_an_alarm_and_is_no_news(fetching: FeedFetching, server: FeedServer) -> None:
    def stories(first: int, count: int) -> list[Story]:
        rng = random.Random(first)
        return [
            Story(" ".join(rng.sample(WORDS, 7)), f"https://paper.example/{n}", f"{n}", TODAY)
            for n in range(first, first + count)
        ]

    server.publish(*stories(0, 60))
    assert (await fetching.fetch()).alarms == []
    server.publish(*stories(1000, 50))
    assert (await fetching.fetch()).alarms == []
    server.publish(*stories(2000, 51))
    report = await fetching.fetch()
    assert report.written == 51
    (alarm,) = report.alarms
    assert "51 new items" in alarm
    assert sum(page.seen is None for page in fetching.written()) == 51
    assert (await fetching.fetch()).alarms == []


async def test_a_visit_reads_two_hundred_items_the_newest(fetching: FeedFetching, server: FeedServer) -> None:
    rng = random.Random(7)
    stories = [
        Story(" ".join(rng.sample(WORDS, 8)), f"https://paper.example/{n}", f"{n}", TODAY - timedelta(n // 10))
        for n in range(250)
    ]
    server.publish(*reversed(stories))
    assert (await fetching.fetch()).written == 200
    assert min(page.date for page in fetching.written()) == TODAY - timedelta(19)


async def test_what_has_left_a_feed_stays(fetching: FeedFetching, server: FeedServer) -> None:
    server.publish(FERRY)
    await fetching.fetch()
    server.publish(BRIDGE)
    report = await fetching.fetch()
    assert (report.withdrawn, len(fetching.events())) == (0, 2)


async def test_topics_that_the_archive_knows_are_found_in_headlines(fetching: FeedFetching, server: FeedServer) -> None:
    server.publish(
        Story("Ships sail", "https://paper.example/1", "1", TODAY, categories=("Bergen", "Norsk Rederi")),
        Story("Winds blow", "https://paper.example/2", "2", TODAY, categories=("Bergen", "Norsk Rederi")),
    )
    await fetching.fetch()
    known = Story("A ship of Norsk Rederi leaves Bergen for Oslo", "https://paper.example/3", "3", TODAY)
    server.publish(known)
    await fetching.fetch()
    (page,) = [page for page in fetching.written() if page.headline == known.title]
    assert page.topics == ("Norsk Rederi", "Bergen")


async def test_no_later_wording_brings_a_forgotten_story_back(fetching: FeedFetching, server: FeedServer) -> None:
    fetching.add("/other", name="The Other")
    server.publish(FERRY)
    server.publish(BRIDGE, path="/other")
    await fetching.fetch()
    (page,) = [page for page in fetching.written() if page.headline == FERRY.title]
    fetching.forgotten = Forgotten.of([key_of(page.path)], [(page.source or "", marks_of(page).as_list())])
    (fetching.pages / f"{page.path}.md").unlink()
    for edited in (
        FERRY,
        replace(FERRY, title="Ferry launched", summary=None),
        replace(FERRY, id="other", title="Ferry launched", summary=None),
        replace(FERRY, id="other", link="https://paper.example/other"),
    ):
        server.publish(edited)
        server.publish(BRIDGE, replace(edited, id="z"), path="/other")
        for _ in range(2):
            await fetching.fetch()
            assert [page.headline for page in fetching.written()] == [BRIDGE.title]
        (fetching.pages / FILE_NAME).unlink()


async def test_without_its_state_everything_is_asked_for_and_nothing_written(
    fetching: FeedFetching, server: FeedServer
) -> None:
    server.publish(FERRY, BRIDGE, Story("Nothing but a headline"))
    await fetching.fetch()
    (fetching.pages / FILE_NAME).unlink()
    fetching.today += timedelta(9)
    report = await fetching.fetch()
    assert (report.fetched, report.written, report.unchanged) == (1, 0, 3)


async def test_pages_that_are_gone_are_written_again(fetching: FeedFetching, server: FeedServer) -> None:
    server.publish(FERRY, BRIDGE)
    await fetching.fetch()
    page = fetching.written()[0]
    (fetching.pages / f"{page.path}.md").unlink()
    assert (await fetching.fetch()).written == 1
    assert page.path in [page.path for page in fetching.written()]


async def test_pages_that_were_written_but_not_imported_are_imported(
    fetching: FeedFetching, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.publish(FERRY, Story("Nothing but a headline"))

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "import_files", killed)
        with pytest.raises(KeyboardInterrupt):
            await fetching.fetch()
    assert (len(fetching.written()), fetching.events()) == (2, {})
    fetching.today += timedelta(5)
    assert (await fetching.fetch()).written == 0
    assert len(fetching.events()) == 2


@pytest.mark.parametrize("address", ["https://a.example/rss", "https://a.example/rss?x=1&y=ü"])
@pytest.mark.parametrize(
    "name", ["words:0123456789abcdef", "42", "https://a.example/?p=1#2", "an id, with blanks; 100 %", "标识"]
)
def test_a_source_says_which_items_a_page_tells(address: str, name: str) -> None:
    source = FeedSource(((address, name), ("https://b.example/atom", "43")), TODAY)
    assert FeedSource.of(str(source)) == source
    assert day_of_any(str(source)) == TODAY
    assert day_of_source(str(source)) is None
    assert FeedSource.of("portal 2025-11-24") is None
    assert day_of_any("portal 2025-11-24") == TODAY


@pytest.mark.parametrize(
    "text", [None, "", "feed", "feed x", "feed https://a.example/#1", "portal", "other 2025-11-24"]
)
def test_what_is_no_source_of_a_feed_is_none(text: str | None) -> None:
    assert FeedSource.of(text) is None


WORDS = """
    amber anchor ash badger barley basin beacon birch bishop bramble brass brook canal candle cedar chapel
    cinder clover cobalt copper coral cradle crane cypress dagger delta dune ember falcon feather fern flint
    forge garnet glacier granite grove harbour hazel heron hollow ivory jasper juniper kestrel ladder lantern
    larch ledger linen lotus maple marble marsh meadow mercury mirror moss nectar oak ochre olive onyx orchard
    otter pearl pepper pine plaster plum quarry quartz raven reed ridge river robin saddle saffron sage salt
    sapphire shore silver slate sorrel spruce stone summit swallow tarn thistle thorn timber topaz tower tundra
    valley velvet vine walnut willow wren yarrow zephyr
""".split()  # noqa: SIM905  (a list would be as long as the page)


class Publisher:
    """A feed over a year: what it has told, by number, as it tells it now; ids that repeat, links that change."""

    def __init__(self, name: str, rng: random.Random, *, ids: str, dated: bool) -> None:
        self.name, self.rng, self.ids, self.dated = name, rng, ids, dated
        self.told: dict[int, Story] = {}

    def add(self, number: int, day: date, words: list[str]) -> None:
        item_id = {"own": f"{self.name}-{number}", "same": "0", "none": None}[self.ids]
        link = f"https://{self.name}.example/{number}?utm_medium={self.rng.randrange(9)}"
        self.told[number] = Story(" ".join(words).capitalize(), link, item_id, day if self.dated else None)

    def edit(self, number: int) -> None:
        """Change a headline, a link, or both where the id says what it is."""
        story = self.told[number]
        words = (story.title or "").split(" ")
        words[self.rng.randrange(len(words))] = self.rng.choice(WORDS)
        reworded = replace(story, title=" ".join(words).capitalize())
        moved = replace(story, link=f"https://{self.name}.example/moved/{number}/{self.rng.randrange(10**6)}")
        both = replace(reworded, link=moved.link)
        choices = [reworded, moved, both] if self.ids == "own" else [reworded, moved]
        self.told[number] = self.rng.choice(choices)

    def window(self) -> list[Story]:
        return [self.told[number] for number in sorted(self.told)[-12:]][::-1]


async def test_a_year_of_visits_loses_and_doubles_nothing(tmp_path: Path, server: FeedServer) -> None:
    rng = random.Random(5)
    fetching = FeedFetching(tmp_path / "data", server, today=date(2025, 1, 1))
    publishers = [
        Publisher("own", rng, ids="own", dated=True),
        Publisher("same", rng, ids="same", dated=True),
        Publisher("none", rng, ids="none", dated=True),
        Publisher("undated", rng, ids="own", dated=False),
    ]
    for publisher in publishers:
        fetching.add(f"/{publisher.name}", name=publisher.name)
    stories = 0
    for _ in range(365):
        fetching.today += timedelta(1)
        first = stories
        for _ in range(rng.randrange(3)):
            words = rng.sample(WORDS, 9)
            tellers = rng.sample(publishers, rng.choice([1, 1, 2]))
            for teller in tellers:
                teller.add(stories, fetching.today, words)
            stories += 1
        for publisher in publishers:
            # What was told before today: two papers that never agreed have told two events.
            if (before := [number for number in publisher.told if number < first]) and rng.random() < 0.3:
                publisher.edit(rng.choice(before[-8:]))
            server.publish(*publisher.window(), path=f"/{publisher.name}", title=publisher.name)
        if rng.random() < 0.03:
            (fetching.pages / FILE_NAME).unlink(missing_ok=True)
        server.faults = [rng.choice([too_many, broken, truncated])] if rng.random() < 0.03 else []
        report = await fetching.fetch()
        assert report.alarms == []
        assert len(list(fetching.pages.glob("news/*/*/*/*.md"))) == stories
    assert len(fetching.events()) == stories
    assert stories > 300
    assert fetching.is_sound()
    # Each publisher's story is on the page that tells it.
    links = {source.url for page in fetching.written() for source in page.sources}
    for publisher in publishers:
        for story in publisher.window():
            assert (story.link or "").partition("?")[0] in links


def test_the_documents_of_these_tests_are_documents() -> None:
    assert rss(FERRY).startswith(b"<?xml")
