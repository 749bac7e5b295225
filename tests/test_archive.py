"""Questions to the archive, on real SQLite files."""

import asyncio
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.archive.answer_cache import AnswerCache
from bot.archive.archive import Archive
from bot.domain.errors import ArchiveError
from bot.domain.event import Cursor, Listing, RelatedEvent, Topic
from bot.domain.page import topic_key_of
from tests.helpers.archives import Import
from tests.helpers.examples import examples
from tests.helpers.samples import SEED_KEY, path_of, write


def headlines(listing: Listing) -> list[str]:
    return [event.headline for event in listing.events]


async def test_the_seed_gives_eleven_events_of_one_topic(seeded: Archive) -> None:
    nasa = await seeded.topic("NASA")
    assert nasa.total == len(nasa.events) == 11
    assert nasa.topic == Topic(topic_key_of("nasa"), "NASA", 11)
    assert nasa.events[0].key == SEED_KEY
    assert [event.stub for event in nasa.events] == [False] + [True] * 10


async def test_the_seed_event_is_complete(seeded: Archive) -> None:
    event = await seeded.event(SEED_KEY)
    assert event is not None
    assert event.date == date(2017, 3, 24)
    assert event.headline.startswith("NASA astronaut Shane Kimbrough and ESA astronaut Thomas Pesquet take a spacewalk")
    assert event.summary is not None
    assert event.summary.startswith("Two astronauts are taking a spacewalk")
    assert [source.name for source in event.sources] == ["Space.com"]
    assert event.image is not None
    assert event.image.startswith("https://img.purch.com/")
    assert event.topics == ("International Space Station", "NASA", "spacewalk")
    assert len(event.related) == 10
    assert [other.topics for other in event.related[2:4]] == [
        ("International Space Station", "NASA", "spacewalk"),
        ("International Space Station", "NASA"),
    ]
    assert (event.language, event.stub) == ("en", False)


async def test_a_stub_leads_back_to_the_page_that_names_it(seeded: Archive) -> None:
    event = await seeded.event(SEED_KEY)
    assert event is not None
    for other in event.related:
        stub = await seeded.event(other.key)
        assert stub is not None
        assert (stub.stub, stub.headline, stub.date) == (True, other.headline, other.date)
        assert (stub.summary, stub.image, stub.sources) == (None, None, ())
        assert stub.related[0] == RelatedEvent(SEED_KEY, event.date, event.headline, other.topics)


async def test_a_stub_relates_to_events_that_share_its_topics_the_rarer_first(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    related = [("2001-02-03", "Alpha happens", "Common, Rare"), ("2002-03-04", "Beta happens", "Common, Rare")]
    related += [(f"2003-04-{day:02}", f"Something {day} happens", "Common") for day in range(1, 20)]
    load(write(tmp_path, "2010-01-01", "A page names many others", related=related))
    alpha = (await archive.topic("Rare")).events[-2:]
    stub = next(event for event in alpha if event.headline == "Alpha happens")
    assert [other.headline for other in stub.related[:2]] == ["A page names many others", "Beta happens"]
    assert len(stub.related) == 10
    assert stub.related[1].topics == ("Common", "Rare")


async def test_a_page_with_related_events_of_its_own_gets_no_others(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    load(
        write(tmp_path, "2010-01-01", "The first page", related=[("2001-02-03", "Alpha happens", "Common")]),
        write(tmp_path, "2011-01-01", "The second page", related=[("2002-02-03", "Beta happens", "Common")]),
    )
    (first,) = (await archive.on_this_day(101, year=2010)).events
    assert [other.headline for other in first.related] == ["Alpha happens"]


async def test_a_page_that_others_list_leads_back_to_them(tmp_path: Path, load: Import, archive: Archive) -> None:
    load(
        write(tmp_path, "2010-01-01", "The first page", related=[("2009-09-09", "An old story", "A")]),
        write(tmp_path, "2011-01-01", "The second page", related=[("2010-01-01", "The first page", "B")]),
    )
    (first,) = (await archive.on_this_day(101, year=2010)).events
    assert [(other.headline, other.topics) for other in first.related] == [
        ("An old story", ("A",)),
        ("The second page", ("B",)),
    ]


async def test_the_best_event_of_a_day_comes_first(tmp_path: Path, load: Import, archive: Archive) -> None:
    day = "2010-06-01"
    load(
        write(tmp_path, day, "Nothing but a headline"),
        write(tmp_path, day, "With a summary", summary="This is what happened."),
        write(
            tmp_path, day, "With everything", summary="All of it.", sources=[("A", "http://a.example/1")],
            image="http://a.example/1.png",
        ),
        write(tmp_path, "2012-01-01", "Somebody refers back", related=[(day, "Referred to, no page", "Things")]),
    )  # fmt: skip
    listing = await archive.on_this_day(601)
    assert headlines(listing) == ["With everything", "With a summary", "Nothing but a headline", "Referred to, no page"]


async def test_the_best_event_with_an_image_is_one_that_its_date_shows_first(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    image = "http://a.example/1.png"
    assert await archive.best_with_image() is None
    load(
        write(tmp_path, "2010-06-01", "Shown first", summary="It matters.", sources=[("A", "http://a.example/1")]),
        write(tmp_path, "2010-06-01", "Behind another event", image=image),
        write(tmp_path, "2012-01-01", "Nothing but an image", image=image),
    )
    assert headlines(await archive.on_this_day(601)) == ["Shown first", "Behind another event"]
    event = await archive.best_with_image()
    assert event is not None
    assert event.headline == "Nothing but an image"


async def test_the_event_that_others_relate_to_comes_first(tmp_path: Path, load: Import, archive: Archive) -> None:
    load(
        write(tmp_path, "2010-06-01", "A forgotten thing"),
        write(tmp_path, "2010-06-01", "An important thing"),
        *(
            write(
                tmp_path, f"201{year}-01-01", f"Follow-up {year}", related=[("2010-06-01", "An important thing", "X")]
            )
            for year in range(1, 6)
        ),
    )
    assert headlines(await archive.on_this_day(601)) == ["An important thing", "A forgotten thing"]


async def test_a_day_can_be_narrowed_to_a_year_and_a_topic(tmp_path: Path, load: Import, archive: Archive) -> None:
    for year in (2008, 2009):
        for topic in ("Chess", "Go"):
            load(write(tmp_path, f"{year}-02-29" if year == 2008 else "2009-02-28", f"{topic} in {year}", topic=topic))
    assert (await archive.on_this_day(229)).total == 2
    assert headlines(await archive.on_this_day(229, topic="chess")) == ["Chess in 2008"]
    assert headlines(await archive.on_this_day(228, year=2009, topic=topic_key_of("go"))) == ["Go in 2009"]
    nothing = await archive.on_this_day(228, topic="Poker")
    assert (nothing.total, nothing.topic, nothing.events) == (0, None, ())


async def test_a_topic_can_be_narrowed_to_a_time(tmp_path: Path, load: Import, archive: Archive) -> None:
    load(*(write(tmp_path, f"{year}-05-05", f"Chess in {year}", topic="Chess") for year in range(2001, 2006)))
    narrowed = await archive.topic("Chess", since=date(2002, 5, 5), until=date(2003, 12, 31))
    assert sorted(headlines(narrowed)) == ["Chess in 2002", "Chess in 2003"]
    assert (await archive.topic("Chess", since=date(2004, 1, 1))).total == 2
    assert (await archive.topic("Chess", until=date(2000, 1, 1))).total == 0


async def test_a_list_is_read_in_parts_that_together_are_the_whole(seeded: Archive) -> None:
    whole = (await seeded.topic("NASA")).events
    parts = [(await seeded.topic("NASA", limit=3, offset=offset)).events for offset in range(0, 12, 3)]
    assert tuple(event for part in parts for event in part) == whole
    assert (await seeded.topic("NASA", limit=3, offset=100)).total == 11


@pytest.mark.parametrize("name", ["nasa", " NASA ", "ＮＡＳＡ", "NaSa"])
async def test_a_topic_is_found_in_any_case_and_width(seeded: Archive, name: str) -> None:
    assert (await seeded.topic(name)).total == 11


async def test_an_acronym_given_in_a_headline_finds_its_topic(seeded: Archive) -> None:
    listing = await seeded.topic("iss")
    assert listing.topic is not None
    assert (listing.topic.name, listing.total) == ("International Space Station", 11)
    assert (await seeded.topics.matching("ISS"))[0].name == "International Space Station"


async def test_topics_that_differ_in_case_accents_or_script_are_one_under_its_usual_spelling(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    load(
        *(
            write(tmp_path, f"200{year}-05-05", f"Story number {year}", topic=topic)
            for year, topic in enumerate(("Đinđić", "Dindic", "DINDIC", "Đinđić", "臺灣", "台湾", "臺灣"))
        )
    )
    stats = await archive.stats()
    assert stats.topics == 2
    name = await archive.topic("dindić")
    assert (name.total, name.topic and name.topic.name) == (4, "Đinđić")
    island = await archive.topic("台灣")
    assert (island.total, island.topic and island.topic.name) == (3, "臺灣")


async def test_topics_are_offered_best_matches_first(tmp_path: Path, load: Import, archive: Archive) -> None:
    names = ["Space", "Space Shuttle", "Space Shuttle", "European Space Agency", "Airspace"]
    load(*(write(tmp_path, f"200{n}-05-05", f"Story number {n}", topic=topic) for n, topic in enumerate(names)))
    assert [t.name for t in await archive.topics.matching("space")] == [
        "Space",
        "Space Shuttle",
        "European Space Agency",
    ]
    assert [t.name for t in await archive.topics.matching("shut")] == ["Space Shuttle"]
    assert (await archive.topics.matching(""))[0].name == "Space Shuttle"
    assert await archive.topics.matching("zzz") == []


async def search_headlines(archive: Archive, typed: str) -> set[str]:
    """Return the headlines of the events that have all of the words."""
    listing = await archive.search(typed)
    return set(headlines(listing)[: listing.exact])


@pytest.fixture
async def library(tmp_path: Path, load: Import, archive: Archive) -> Archive:
    load(
        write(
            tmp_path, "2001-01-01", "A red fox jumps over a lazy dog", summary="It was seen in Bohemia.", topic="Foxes"
        ),
        write(tmp_path, "2002-01-01", "A red dog sleeps; C++ is rock & roll", topic="Naps"),
        write(tmp_path, "2003-01-01", "國際太空站迎來新乘員", topic="太空"),
        write(tmp_path, "2004-01-01", "国际象棋比赛结束", topic="象棋"),
    )
    return archive


async def test_all_words_are_looked_for_in_headline_summary_and_topics(library: Archive) -> None:
    fox, dog = "A red fox jumps over a lazy dog", "A red dog sleeps; C++ is rock & roll"
    assert await search_headlines(library, "red dog") == {fox, dog}
    assert await search_headlines(library, "dog bohemia foxes") == {fox}
    assert await search_headlines(library, "fox sleeps") == set()


async def test_where_no_event_has_all_words_those_with_most_of_them_come(library: Archive) -> None:
    fox, dog = "A red fox jumps over a lazy dog", "A red dog sleeps; C++ is rock & roll"
    listing = await library.search("sleeping red dogs xyzzy")
    assert (headlines(listing), listing.exact) == ([dog, fox], 0)
    assert (await library.search("xyzzy plugh")).total == 0


async def test_a_search_takes_beginnings_and_quoted_phrases(library: Archive) -> None:
    fox, dog = "A red fox jumps over a lazy dog", "A red dog sleeps; C++ is rock & roll"
    assert await search_headlines(library, "jum*") == {fox}
    assert await search_headlines(library, "bohem") == {fox}, "where no whole word fits, beginnings count"
    assert await search_headlines(library, '"red dog"') == {dog}
    assert await search_headlines(library, "“red fox”") == {fox}
    assert await search_headlines(library, "rock & roll") == {dog}
    assert await search_headlines(library, "c++") == {dog}


async def test_chinese_is_found_from_two_characters_on_in_either_script(library: Archive) -> None:
    assert await search_headlines(library, "国际") == {"國際太空站迎來新乘員", "国际象棋比赛结束"}
    assert await search_headlines(library, "太空站") == {"國際太空站迎來新乘員"}
    assert (
        await search_headlines(library, "象棋 结束")
        == await search_headlines(library, "象棋結束比赛"[:2] + " 結束")
        == {"国际象棋比赛结束"}
    )
    assert await search_headlines(library, "站國") == set()


async def test_a_match_in_a_headline_comes_before_one_in_a_summary(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    load(
        write(tmp_path, "2001-01-01", "Rivers rise", summary="A flood.", sources=[("A", "http://a.example/a")]),
        write(tmp_path, "2001-01-02", "A flood comes"),
    )
    assert headlines(await archive.search("flood")) == ["A flood comes", "Rivers rise"]


NASTY = st.text(max_size=40) | st.lists(
    st.sampled_from(
        ['"', "*", "AND", "OR", "NOT", "NEAR(", ")", "{", "}", ":", "^", "-", "+", "fox", "国际", "\\", "'"]
    ),
    max_size=12,
).map(" ".join)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=NASTY)
@example(typed='"')
@example(typed="headline : fox")
@example(typed="\ud800")
@example(typed="a" * 5000)
async def test_nothing_that_people_type_raises(library: Archive, typed: str) -> None:
    assert (await library.search(typed, limit=3)).total >= 0
    assert len(await library.topics.matching(typed)) <= 25
    assert (await library.topic(typed)).total >= 0


async def test_many_questions_at_once_are_all_answered(seeded: Archive) -> None:
    answers = await asyncio.gather(*(seeded.topic("NASA") for _ in range(40)))
    assert {answer.total for answer in answers} == {11}


async def test_a_cancelled_question_frees_its_connection(file: Path, load: Import, tmp_path: Path) -> None:
    load(write(tmp_path, "2001-01-01", "Something", topic="Thing"))
    async with Archive(file, readers=1) as archive:
        forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        slow = asyncio.create_task(archive._rows(forever, {}))
        await asyncio.sleep(0)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert (await asyncio.wait_for(archive.topic("Thing"), 20)).total == 1


async def test_a_file_that_is_no_archive_gives_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "archive.sqlite3").write_text("This is a letter, not a database. " * 100)
    with pytest.raises(ArchiveError, match="is not an archive, or is damaged"):
        async with Archive(tmp_path / "archive.sqlite3"):
            pass


async def test_an_archive_of_a_newer_daybook_is_refused(file: Path, load: Import, tmp_path: Path) -> None:
    load(write(tmp_path, "2001-01-01", "Something"))
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(ArchiveError, match="newer Daybook"):
        async with Archive(file):
            pass


async def test_readers_cannot_write(seeded: Archive) -> None:
    with pytest.raises(ArchiveError, match="readonly"):
        await seeded._rows("DELETE FROM event", {})


async def test_stats_count_what_is_there(seeded: Archive) -> None:
    stats = await seeded.stats()
    assert (stats.events, stats.stubs, stats.topics, stats.languages) == (11, 10, 3, {"en": 11})
    assert (stats.first_date, stats.last_date) == (date(2011, 7, 12), date(2017, 4, 24))


async def test_an_empty_archive_answers_too(archive: Archive) -> None:
    assert (await archive.on_this_day(324)).total == 0
    assert await archive.event(SEED_KEY) is None
    stats = await archive.stats()
    assert (stats.events, stats.first_date, stats.languages) == (0, None, {})


def test_a_sample_path_is_where_the_archive_would_have_it() -> None:
    assert path_of("2006-06-02", "It's a Test!") == "news/2006/06/2/it-s-a-test"


async def test_what_was_asked_lately_is_remembered_until_pages_come(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    async def first() -> Listing:
        return await archive.on_this_day(304, limit=1, cursor=Cursor())

    assert (await first()).total == 0
    for number in range(1, 4):
        load(write(tmp_path, "2001-03-04", f"A ship called {'X' * number} sails"))
        listing = await first()
        assert listing.total == number
        assert await first() is listing
        assert await archive.on_this_day(304, year=2001, limit=1, cursor=Cursor()) is not listing


async def test_the_cache_keeps_the_answers_used_last(file: Path, seeded: Archive) -> None:
    assert (await seeded.on_this_day(324, limit=1)).total == 1
    # Two empty lists are about 1,000 bytes, and lists get a third.
    async with Archive(file, cache_size=3 * 1_100) as archive:
        first, second, third = [await archive.on_this_day(day, limit=1) for day in (327, 325, 326)]
        assert await archive.on_this_day(326, limit=1) is third
        assert await archive.on_this_day(325, limit=1) is second
        assert await archive.on_this_day(327, limit=1) is not first


def test_remembered_answers_are_bounded_by_their_size(file: Path, empty_archive: Path) -> None:
    cache: AnswerCache[str] = AnswerCache(empty_archive, size=10_000)
    cache.get("")
    for number in range(5):
        cache.put(number, "x", version=cache.version, size=2_500)
    assert [cache.get(number) for number in range(5)] == [None, None, "x", "x", "x"]
    assert cache.taken <= 10_000
    cache.put("large", "x", version=cache.version, size=10_000)
    assert cache.get("large") is None
    cache.put(4, "y", version=cache.version, size=9_000)
    assert [cache.get(number) for number in range(5)] == [None] * 4 + ["y"]
    # As many as there is room for, however many that are.
    for number in range(100):
        cache.put(number, "x", version=cache.version, size=0)
    assert sum(cache.get(number) is not None for number in range(100)) == 20


async def test_the_longest_events_do_not_fill_the_memory(tmp_path: Path, load: Import, file: Path) -> None:
    for day in range(1, 11):
        related = [(f"2001-04-{day:02}", f"{'Word ' * 390} {number}", "Tales") for number in range(60)]
        write(tmp_path, f"2001-03-{day:02}", f"Story {day}", summary="Word " * 3900, related=related)
    load(tmp_path)
    async with Archive(file, cache_size=300_000) as archive:
        for day in range(1, 11):
            await archive.on_this_day(300 + day, limit=1)
        assert 0 < archive.remembered <= 300_000


async def test_an_answer_from_before_an_import_is_not_cached_after_it(tmp_path: Path, load: Import, file: Path) -> None:
    load(write(tmp_path, "2001-03-04", "A ship sails"))
    cache: AnswerCache[str] = AnswerCache(file, size=9_000)
    assert cache.get("how many?") is None
    version = cache.version
    load(write(tmp_path, "2001-03-04", "Another boat sinks"))
    assert cache.get("anything else?") is None
    cache.put("how many?", "one", version=version, size=10)
    assert cache.get("how many?") is None
