"""A reader is given events in their own language first, the best first; then all others."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.archive.database_file import open_for_writing
from bot.archive.event_index import add_to_index
from bot.archive.event_words import pack_words
from bot.archive.ranking import BEST, MOST_PATHS, event_id
from bot.domain.event import Cursor, Listing, TopicSort
from bot.domain.page import key_of, topic_key_of
from tests.helpers.archives import Import
from tests.helpers.examples import examples
from tests.helpers.samples import path_of, write

READERS = [None, "en", "zh"]
Ask = Callable[..., Awaitable[Listing]]

# (date, headline, number of sources, summary): of one topic, good and less good ones of each language.
ENGLISH_EVENTS = (
    ("2001-03-04", "A probe reaches Mars", 0, ""),
    ("2001-03-04", "A comet is named", 3, "It was seen by a probe."),
    ("2001-03-04", "Crews train for a flight", 1, ""),
    ("2002-03-04", "The Mars probe falls silent", 2, ""),
    ("2003-03-04", "A new Mars map is drawn", 4, "All of it was drawn by hand."),
)
CHINESE_EVENTS = (
    ("2001-03-04", "火星探测器发回照片", 0, ""),
    ("2001-03-04", "天文学家命名彗星", 2, "Mars probe 发现了它。"),
    ("2002-03-04", "Mars probe 火星探测器失去联系", 3, ""),
    ("2004-03-04", "火星地图绘制完成", 1, "全图由人手绘成。"),
)


@pytest.fixture
async def space(tmp_path: Path, load: Import, archive: Archive) -> Archive:
    """An archive of one topic in both languages."""
    for day, headline, sources, summary in (*ENGLISH_EVENTS, *CHINESE_EVENTS):
        links = [(f"S{number}", f"https://s.example/{headline[:9]}/{number}") for number in range(sources)]
        write(tmp_path / "pages", day, headline, summary=summary, sources=links, topic="Space")
    load(tmp_path / "pages")
    return archive


def expected_keys(file: Path, prefer: str | None, condition: str = "1") -> list[str]:
    """Return the keys of events in the order in which a reader should get them, sorted here."""
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute(f"SELECT language, id, key FROM event WHERE {condition}").fetchall()
    languages = {language for language, *_ in rows}
    preferred = prefer if prefer in languages else "en"
    return [key for *_, key in sorted((language != preferred, id_, key) for language, id_, key in rows)]


def keys(listing: Listing) -> list[str]:
    return [event.key for event in listing.events]


async def walk(ask: Ask, prefer: str | None) -> list[str]:
    """Step through a list, event by event, and back again; return the keys."""
    forward = [await ask(prefer=prefer, limit=1, cursor=Cursor())]
    for _ in range(forward[0].total - 1):
        forward.append(await ask(prefer=prefer, limit=1, cursor=Cursor(forward[-1].events[0].key, 1)))
    back = [await ask(prefer=prefer, limit=1, cursor=Cursor(forward[0].events[0].key, -1))]
    for _ in range(forward[0].total - 1):
        back.append(await ask(prefer=prefer, limit=1, cursor=Cursor(back[-1].events[0].key, -1)))
    walked = [key for listing in forward for key in keys(listing)]
    assert [key for listing in back for key in keys(listing)] == walked[::-1]
    assert [listing.position for listing in forward] == list(range(len(walked)))
    assert [listing.position for listing in back] == list(range(len(walked)))[::-1]
    assert all([event.key for event in listing.menu_page] == walked for listing in (*forward, *back))
    assert {listing.anchor_found for listing in (*forward, *back)} == {True}
    return walked


@pytest.mark.parametrize("prefer", READERS)
@pytest.mark.parametrize(
    ("ask", "condition"),
    [
        (lambda archive, **options: archive.on_this_day(304, **options), "1"),
        (lambda archive, **options: archive.on_this_day(304, year=2001, **options), "date LIKE '2001%'"),
        (lambda archive, **options: archive.on_this_day(304, topic="space", **options), "1"),
        (lambda archive, **options: archive.on_this_day(304, topic="space", year=2002, **options), "date LIKE '2002%'"),
        (lambda archive, **options: archive.topic("Space", **options), "1"),
        (lambda archive, **options: archive.topic("Space", since=date(2002, 1, 1), **options), "date > '2002'"),
        (lambda archive, **options: archive.topic("Space", until=date(2002, 12, 31), **options), "date < '2003'"),
    ],
)
async def test_a_list_is_walked_in_the_readers_language_first(
    space: Archive, file: Path, prefer: str | None, ask: Callable[..., Awaitable[Listing]], condition: str
) -> None:
    async def ask_space(**options: object) -> Listing:
        return await ask(space, **options)

    expected = expected_keys(file, prefer, condition)
    assert await walk(ask_space, prefer) == expected
    assert keys(await ask_space(prefer=prefer)) == expected
    parts = [await ask_space(prefer=prefer, limit=2, offset=start) for start in range(0, len(expected) + 1, 2)]
    assert [key for part in parts for key in keys(part)] == expected


@pytest.mark.parametrize("prefer", READERS)
async def test_a_search_gives_the_readers_language_first_and_headlines_before_summaries(
    space: Archive, file: Path, prefer: str | None
) -> None:
    async def ask_space(**options: object) -> Listing:
        return await space.search("probe", **options)  # type: ignore[arg-type]

    def with_probe(condition: str) -> list[str]:
        in_headline = expected_keys(file, prefer, f"headline LIKE '%probe%' AND {condition}")
        in_summary = expected_keys(
            file, prefer, f"headline NOT LIKE '%probe%' AND summary LIKE '%probe%' AND {condition}"
        )
        return in_headline + in_summary

    language = prefer if prefer == "zh" else "en"
    expected = with_probe(f"language = '{language}'") + with_probe(f"language <> '{language}'")
    assert len(expected) == 5
    assert await walk(ask_space, prefer) == expected


async def test_an_event_of_any_language_is_found_by_all_readers(space: Archive) -> None:
    for prefer in READERS:
        assert {event.language for event in (await space.search("火星", prefer=prefer)).events} == {"zh"}
        assert {event.language for event in (await space.search("comet", prefer=prefer)).events} == {"en"}
        assert (await space.search("nowhere", prefer=prefer)).total == 0
        assert (await space.on_this_day(305, prefer=prefer, cursor=Cursor())).total == 0
        assert (await space.topic("Chess", prefer=prefer, cursor=Cursor())).topic is None


async def test_lists_by_date_are_the_same_for_all_readers(space: Archive) -> None:
    for sort in (TopicSort.OLDEST, TopicSort.NEWEST):
        english, chinese = [await space.topic("Space", sort=sort, prefer=prefer) for prefer in ("en", "zh")]
        assert keys(english) == keys(chinese)


async def test_an_event_that_is_not_in_the_list_leads_to_the_first(space: Archive, file: Path) -> None:
    elsewhere = key_of(path_of("2004-03-04", "火星地图绘制完成"))
    listing = await space.on_this_day(304, year=2001, prefer="zh", limit=1, cursor=Cursor(elsewhere, 1))
    assert (listing.anchor_found, listing.position) == (False, 0)
    assert keys(listing) == expected_keys(file, "zh", "date LIKE '2001%'")[:1]


async def test_the_cache_keeps_readers_of_two_languages_apart(space: Archive) -> None:
    asks: list[Ask] = [
        lambda prefer: space.on_this_day(304, limit=1, prefer=prefer),
        lambda prefer: space.topic("Space", limit=1, prefer=prefer),
        lambda prefer: space.search("probe", limit=1, prefer=prefer),
    ]
    for ask in asks:
        for _ in range(2):
            answers = [await ask(prefer) for prefer in READERS]
            assert [answer.events[0].language for answer in answers] == ["en", "en", "zh"]
            # Those who say nothing get what readers of English get.
            assert answers[0] == answers[1]


async def test_a_years_best_event_is_in_the_readers_language_if_there_is_one(space: Archive) -> None:
    for prefer, languages in (("en", ["en", "en", "en", "zh"]), ("zh", ["zh", "zh", "zh", "en"])):
        years = await space.topic_years("Space", prefer=prefer)
        assert years is not None
        assert dict(years.counts) == {2001: 5, 2002: 2, 2003: 1, 2004: 1}
        events = [await space.event(other.key) for other in years.notable]
        assert [event.language for event in events if event] == languages
        assert sorted(event.date.year for event in events if event) == [2001, 2002, 2003, 2004]
    assert await space.topic_years("Space") == await space.topic_years("Space", prefer="en")


@pytest.mark.process
async def test_the_closest_topics_follow_from_events_in_the_readers_language(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    for number in range(210):
        others = [("1999-01-01", "Much is planned", "Rockets, Space")]
        write(tmp_path / "pages", f"2001-{number % 12 + 1:02}-11", f"Launch number {number}", related=others)
    for number in range(3):
        others = [("1999-01-02", "火箭计划公布", "Space, 火箭")]
        write(tmp_path / "pages", f"2002-{number + 1:02}-11", f"火箭发射之{number}", related=others)
    load(tmp_path / "pages")
    for prefer, closest in ((None, ["Rockets"]), ("zh", ["火箭", "Rockets"])):
        topic_overview = await archive.topic_overview(topic_key_of("space"), prefer=prefer)
        assert topic_overview is not None
        assert topic_overview.events == 215
        assert {topic.name for topic in topic_overview.closest} == set(closest)


async def test_shared_topics_relate_events_of_one_language_however_few_it_has(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    for number in range(60):
        sources = [("S", f"https://s.example/{number}/{copy}") for copy in range(4)]
        day = f"20{number % 20:02}-01-01"
        write(tmp_path / "pages", day, f"Launch number {number}", topic="Space", sources=sources)
    chinese = ["火星探测器发回照片", "天文学家命名新彗星", "长征火箭发射成功"]
    for number, headline in enumerate(chinese, 1):
        write(tmp_path / "pages", f"2001-02-0{number}", headline, topic="Space")
    load(tmp_path / "pages")
    event = await archive.event(key_of(path_of("2001-02-01", chinese[0])))
    assert event is not None
    assert {other.headline for other in event.related} == set(chinese[1:])
    for english in (await archive.topic("Space", limit=60)).events:
        assert len(english.related) == 10
        assert all(other.headline.startswith("Launch") for other in english.related)


async def candidates(archive: Archive, prefer: str | None, *, most: int = 20, **options: object) -> list[str]:
    before = date(2027, 1, 1)
    pool, _ = await archive.candidates([304], before=before, most=most, prefer=prefer, **options)  # type: ignore[arg-type]
    return [candidate.key for candidate in pool]


@pytest.mark.parametrize("topic", [None, topic_key_of("space")])
@pytest.mark.parametrize("prefer", READERS)
async def test_candidates_for_a_daily_post_come_in_the_preferred_language_first_among_equals(
    space: Archive, file: Path, prefer: str | None, topic: str | None
) -> None:
    expected = expected_keys(file, prefer)
    assert await candidates(space, prefer, topic=topic, times_shown={}) == expected
    assert await candidates(space, prefer, topic=topic, times_shown={}, most=1) == [
        # One of a round anniversary, and the best of all.
        *expected[:1],
        *(key for key in expected_keys(file, prefer, "date LIKE '2002%'")[:1] if key not in expected[:1]),
    ]
    language = {"zh": "en"}.get(prefer or "en", "zh")
    only = await candidates(space, prefer, topic=topic, times_shown={}, language=language)
    assert only == expected_keys(file, prefer, f"language = '{language}'")
    # What was shown less often comes first, whatever its language.
    shown = dict.fromkeys(expected[:-1], 1)
    assert await candidates(space, prefer, topic=topic, times_shown=shown, most=1) == [expected[0], expected[-1]]


NUMBERS = {"en": 0, "zh": 1, "de": 2}
LANGUAGES = st.sampled_from(sorted(NUMBERS))


@given(st.lists(st.tuples(LANGUAGES, st.integers(0, BEST), st.integers(1, MOST_PATHS))))
def test_ids_are_in_the_order_of_language_then_score_then_serial(events: list[tuple[str, int, int]]) -> None:
    def by_id(event: tuple[str, int, int]) -> int:
        language, score, serial = event
        return event_id(score, serial, language_number=NUMBERS[language])

    assert sorted(events, key=by_id) == sorted(events, key=lambda event: (NUMBERS[event[0]], -event[1], event[2]))
    assert event_id(0, MOST_PATHS, language_number=1) < event_id(BEST, 1, language_number=2)


class DrawnEvent(NamedTuple):
    """An event of an archive that hypothesis draws."""

    language: str
    score: int
    year: int

    def row(self, number: int) -> tuple[object, ...]:
        id_ = event_id(self.score, number, language_number=NUMBERS[self.language])
        return id_, f"{number:012}", f"path {number}", f"{self.year}-03-04", self.language, f"Headline {number}"


def write_archive(file: Path, events: list[DrawnEvent]) -> None:
    """Write an archive of events of one day of the year and one topic."""
    rows = [event.row(number) for number, event in enumerate(events, 1)]
    with closing(open_for_writing(file)) as db:
        db.execute("BEGIN")
        db.execute("INSERT INTO event_language (number, code) VALUES (2, 'de')")
        db.execute("INSERT INTO topic VALUES (1, ?, 'space', 'Space', ?)", (topic_key_of("space"), len(rows)))
        db.execute("INSERT INTO spelling VALUES (1, 'Space', 1)")
        db.executemany(
            "INSERT INTO page_path (event_id, key, path, date) VALUES (?, ?, ?, ?)", [row[:4] for row in rows]
        )
        db.executemany(
            "INSERT INTO event (id, key, path, date, month_day, language, stub, headline, sources)"
            " VALUES (?1, ?2, ?3, ?4, 304, ?5, 0, ?6, '[]')",
            rows,
        )
        db.executemany("INSERT INTO event_topic VALUES (1, ?, 304, ?, 0, 1)", [(row[0], row[3]) for row in rows])
        stems = " word ;;; "
        packed = pack_words("word", "", "", stems)
        db.executemany("INSERT INTO event_words VALUES (?, ?, ?)", [(row[0], stems, packed) for row in rows])
        db.execute("INSERT INTO stem VALUES ('word', ?)", (len(rows),))
        db.execute("UPDATE total SET events = ?", (len(rows),))
        add_to_index(db, "(SELECT id FROM event)")
        db.execute("COMMIT")


@settings(max_examples=examples(40), deadline=None)
@given(
    events=st.lists(
        st.builds(DrawnEvent, LANGUAGES, st.sampled_from([0, 40, 41, BEST]), st.integers(2001, 2002)),
        min_size=1,
        max_size=70,
    ),
    prefer=st.sampled_from([*READERS, "de", "fr"]),
    data=st.data(),
)
async def test_any_list_is_in_the_order_that_is_sorted_here(
    events: list[DrawnEvent], prefer: str | None, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "archive.sqlite3"
        write_archive(file, events)
        async with Archive(file, readers=1, cache_size=0) as archive:
            everything, of_a_year = expected_keys(file, prefer), expected_keys(file, prefer, "date LIKE '2001%'")
            lists: list[tuple[Ask, list[str]]] = [
                (lambda **options: archive.on_this_day(304, **options), everything),
                (lambda **options: archive.on_this_day(304, year=2001, **options), of_a_year),
                (lambda **options: archive.on_this_day(304, topic="space", **options), everything),
                (lambda **options: archive.topic("space", **options), everything),
                (lambda **options: archive.topic("space", until=date(2001, 12, 31), **options), of_a_year),
            ]
            for ask, expected in lists:
                assert keys(await ask(prefer=prefer)) == expected
                if not expected:
                    continue
                anchor = data.draw(st.integers(0, len(expected) - 1))
                step, limit = data.draw(st.integers(-80, 80)), data.draw(st.integers(0, 30))
                listing = await ask(prefer=prefer, limit=limit, cursor=Cursor(expected[anchor], step))
                position = (anchor + step) % len(expected)
                assert (listing.total, listing.position, listing.anchor_found) == (len(expected), position, True)
                assert keys(listing) == expected[position : position + limit]
                page = position // 25 * 25
                assert [event.key for event in listing.menu_page] == expected[page : page + 25]
