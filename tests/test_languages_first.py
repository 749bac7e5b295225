"""A reader gets events in their own language first, best first; then those in the other."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from conftest import Import
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import path_of, write

from bot.archive.archive import Archive
from bot.archive.database_file import open_for_writing
from bot.archive.ranking import CHINESE, event_id
from bot.domain.event import Cursor, Listing, TopicSort
from bot.domain.page import key_of, topic_key_of

READERS = [None, "en", "zh"]
Ask = Callable[..., Awaitable[Listing]]

# (date, headline, number of sources, summary): of one topic; those of 4 March are told with all kinds of goodness.
ENGLISH = (
    ("2001-03-04", "A probe reaches Mars", 0, ""),
    ("2001-03-04", "A comet is named", 3, "It was seen by a probe."),
    ("2001-03-04", "Crews train for a flight", 1, ""),
    ("2002-03-04", "The Mars probe falls silent", 2, ""),
    ("2003-03-04", "A new Mars map is drawn", 4, "All of it was drawn by hand."),
)
CHINESE_ONES = (
    ("2001-03-04", "火星探测器发回照片", 0, ""),
    ("2001-03-04", "天文学家命名彗星", 2, "Mars probe 发现了它。"),
    ("2002-03-04", "Mars probe 火星探测器失去联系", 3, ""),
    ("2004-03-04", "火星地图绘制完成", 1, "全图由人手绘成。"),
)


@pytest.fixture
async def space(tmp_path: Path, load: Import, archive: Archive) -> Archive:
    """An archive of one topic in both languages."""
    for day, headline, sources, summary in (*ENGLISH, *CHINESE_ONES):
        told = [(f"S{number}", f"https://s.example/{headline[:9]}/{number}") for number in range(sources)]
        write(tmp_path / "pages", day, headline, summary=summary, sources=told, topic="Space")
    load(tmp_path / "pages")
    return archive


def in_order(file: Path, prefer: str | None, condition: str = "1") -> list[str]:
    """Return the keys of events as they should come, sorted here."""
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute(f"SELECT language, id, key FROM event WHERE {condition}").fetchall()
    ranked = sorted((language != (prefer or "en"), number % CHINESE, key) for language, number, key in rows)
    return [key for *_, key in ranked]


def keys(listing: Listing) -> list[str]:
    return [event.key for event in listing.events]


async def walk(ask: Ask, prefer: str | None) -> list[str]:
    """Go through a list with a button, one step at a time, and back again."""
    forth = [await ask(prefer=prefer, limit=1, cursor=Cursor())]
    for _ in range(forth[0].total - 1):
        forth.append(await ask(prefer=prefer, limit=1, cursor=Cursor(forth[-1].events[0].key, 1)))
    back = [await ask(prefer=prefer, limit=1, cursor=Cursor(forth[0].events[0].key, -1))]
    for _ in range(forth[0].total - 1):
        back.append(await ask(prefer=prefer, limit=1, cursor=Cursor(back[-1].events[0].key, -1)))
    seen = [key for each in forth for key in keys(each)]
    assert [key for each in back for key in keys(each)] == seen[::-1]
    assert [each.position for each in forth] == list(range(len(seen)))
    assert [each.position for each in back] == list(range(len(seen)))[::-1]
    assert all([other.key for other in each.menu_page] == seen for each in (*forth, *back))
    assert {each.anchor_found for each in (*forth, *back)} == {True}
    return seen


@pytest.mark.parametrize("first", READERS)
@pytest.mark.parametrize(
    ("ask", "condition"),
    [
        (lambda archive, **how: archive.on_this_day(304, **how), "1"),
        (lambda archive, **how: archive.on_this_day(304, year=2001, **how), "date LIKE '2001%'"),
        (lambda archive, **how: archive.on_this_day(304, topic="space", **how), "1"),
        (lambda archive, **how: archive.on_this_day(304, topic="space", year=2002, **how), "date LIKE '2002%'"),
        (lambda archive, **how: archive.topic("Space", **how), "1"),
        (lambda archive, **how: archive.topic("Space", since=date(2002, 1, 1), **how), "date > '2002'"),
        (lambda archive, **how: archive.topic("Space", until=date(2002, 12, 31), **how), "date < '2003'"),
    ],
)
async def test_a_list_is_walked_in_the_readers_language_first(
    space: Archive, file: Path, prefer: str | None, ask: Callable[..., Awaitable[Listing]], condition: str
) -> None:
    async def asked(**how: object) -> Listing:
        return await ask(space, **how)

    expected = in_order(file, prefer, condition)
    assert await walk(asked, prefer) == expected
    assert keys(await asked(prefer=prefer)) == expected
    parts = [await asked(prefer=prefer, limit=2, offset=start) for start in range(0, len(expected) + 1, 2)]
    assert [key for part in parts for key in keys(part)] == expected


@pytest.mark.parametrize("first", READERS)
async def test_a_search_gives_headlines_in_the_readers_language_first_then_the_others_then_summaries(
    space: Archive, file: Path, prefer: str | None
) -> None:
    async def asked(**how: object) -> Listing:
        return await space.search("probe", **how)  # type: ignore[arg-type]

    told = in_order(file, prefer, "headline LIKE '%probe%'")
    summed_up = in_order(file, prefer, "headline NOT LIKE '%probe%' AND summary LIKE '%probe%'")
    assert (len(told), len(summed_up)) == (3, 2)
    assert await walk(asked, prefer) == told + summed_up


async def test_what_only_one_language_tells_is_found_by_all(space: Archive) -> None:
    for prefer in READERS:
        assert {event.language for event in (await space.search("火星", prefer=prefer)).events} == {"zh"}
        assert {event.language for event in (await space.search("comet", prefer=prefer)).events} == {"en"}
        assert (await space.search("nowhere", prefer=prefer)).total == 0
        assert (await space.on_this_day(305, prefer=prefer, cursor=Cursor())).total == 0
        assert (await space.topic("Chess", prefer=prefer, cursor=Cursor())).topic is None


async def test_dates_decide_where_events_come_by_date(space: Archive) -> None:
    for order in (TopicSort.OLDEST, TopicSort.NEWEST):
        one, other = [await space.topic("Space", order=order, prefer=prefer) for prefer in ("en", "zh")]
        assert keys(one) == keys(other)


async def test_an_event_that_is_not_in_the_list_leads_to_the_first(space: Archive, file: Path) -> None:
    elsewhere = key_of(path_of("2004-03-04", "火星地图绘制完成"))
    found = await space.on_this_day(304, year=2001, prefer="zh", limit=1, cursor=Cursor(elsewhere, 1))
    assert (found.anchor_found, found.position) == (False, 0)
    assert keys(found) == in_order(file, "zh", "date LIKE '2001%'")[:1]


async def test_no_order_is_remembered_for_the_other(space: Archive) -> None:
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


async def test_what_is_close_to_a_topic_is_told_by_the_readers_language(
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


async def test_related_events_are_in_the_language_of_the_event_however_few_those_are(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    for number in range(60):
        sources = [("S", f"https://s.example/{number}/{each}") for each in range(4)]
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


async def candidates(archive: Archive, prefer: str | None, *, most: int = 20, **how: object) -> list[str]:
    before = date(2027, 1, 1)
    found, _ = await archive.candidates([304], before=before, most=most, prefer=prefer, **how)  # type: ignore[arg-type]
    return [each.key for each in found]


@pytest.mark.parametrize("topic", [None, topic_key_of("space")])
@pytest.mark.parametrize("first", READERS)
async def test_a_daily_post_is_offered_the_given_language_first_among_equals(
    space: Archive, file: Path, prefer: str | None, topic: str | None
) -> None:
    expected = in_order(file, prefer)
    assert await candidates(space, prefer, topic=topic, shown={}) == expected
    assert await candidates(space, prefer, topic=topic, shown={}, most=1) == [
        # One of a round anniversary, and the best of all.
        *expected[:1],
        *(key for key in in_order(file, prefer, "date LIKE '2002%'")[:1] if key not in expected[:1]),
    ]
    language = {"zh": "en"}.get(prefer or "en", "zh")
    only = await candidates(space, prefer, topic=topic, shown={}, language=language)
    assert only == in_order(file, prefer, f"language = '{language}'")
    # What was shown less often comes first, whatever its language.
    shown = dict.fromkeys(expected[:-1], 1)
    assert await candidates(space, prefer, topic=topic, shown=shown, most=1) == [expected[0], expected[-1]]


LANGUAGES = st.sampled_from(["en", "zh"])
NUMBERS = {"en": 0, "zh": 1}


@given(st.lists(st.tuples(LANGUAGES, st.integers(0, 255), st.integers(1, 2**31))))
def test_ids_come_by_language_then_by_score_then_by_name(events: list[tuple[str, int, int]]) -> None:
    def by_id(event: tuple[str, int, int]) -> int:
        language, points, name_id = event
        return event_id(points, name_id, language_number=NUMBERS[language])

    assert sorted(events, key=by_id) == sorted(events, key=lambda event: (event[0], -event[1], event[2]))
    assert event_id(0, 2**32 - 1, language_number=1) < event_id(255, 1, language_number=2)


class Kept(NamedTuple):
    """An event of a drawn archive."""

    language: str
    points: int
    year: int

    def row(self, number: int) -> tuple[object, ...]:
        id_ = event_id(self.points, number, language_number=NUMBERS[self.language])
        return id_, f"{number:012}", f"path {number}", f"{self.year}-03-04", self.language, f"Headline {number}"


def keep(file: Path, events: list[Kept]) -> None:
    """Write an archive of events of one day of the year and one topic."""
    rows = [event.row(number) for number, event in enumerate(events, 1)]
    with closing(open_for_writing(file)) as db:
        db.execute("BEGIN")
        db.execute("INSERT INTO topic VALUES (1, ?, 'space', 'Space', ?)", (topic_key_of("space"), len(rows)))
        db.execute("INSERT INTO spelling VALUES (1, 'Space', 1)")
        db.executemany(
            "INSERT INTO page_path (event_id, key, path, date) VALUES (?, ?, ?, ?)", [row[:4] for row in rows]
        )
        db.executemany("INSERT INTO event VALUES (?1, ?2, ?3, ?4, 304, ?5, 0, ?6, NULL, NULL, '[]')", rows)
        db.executemany("INSERT INTO event_topic VALUES (1, ?, 304, ?, 0, 1)", [(row[0], row[3]) for row in rows])
        db.executemany("INSERT INTO event_words VALUES (?, 'word', '', '')", [row[:1] for row in rows])
        db.execute("INSERT INTO event_search (event_search) VALUES ('rebuild')")
        db.execute("COMMIT")


@settings(max_examples=40, deadline=None)
@given(
    events=st.lists(
        st.builds(Kept, LANGUAGES, st.sampled_from([0, 40, 41, 255]), st.integers(2001, 2002)), min_size=1, max_size=70
    ),
    prefer=st.sampled_from(READERS),
    data=st.data(),
)
async def test_any_list_stands_as_if_it_were_sorted_here(
    events: list[Kept], prefer: str | None, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "archive.sqlite3"
        keep(file, events)
        async with Archive(file, readers=1, cache_size=0) as archive:
            everything, of_a_year = in_order(file, prefer), in_order(file, prefer, "date LIKE '2001%'")
            asked: list[tuple[Ask, list[str]]] = [
                (lambda **how: archive.on_this_day(304, **how), everything),
                (lambda **how: archive.on_this_day(304, year=2001, **how), of_a_year),
                (lambda **how: archive.on_this_day(304, topic="space", **how), everything),
                (lambda **how: archive.topic("space", **how), everything),
                (lambda **how: archive.topic("space", until=date(2001, 12, 31), **how), of_a_year),
                (lambda **how: archive.search("word", **how), everything),
            ]
            for ask, expected in asked:
                assert keys(await ask(prefer=prefer)) == expected
                if not expected:
                    continue
                place = data.draw(st.integers(0, len(expected) - 1))
                step, limit = data.draw(st.integers(-80, 80)), data.draw(st.integers(0, 30))
                found = await ask(prefer=prefer, limit=limit, cursor=Cursor(expected[place], step))
                position = (place + step) % len(expected)
                assert (found.total, found.position, found.anchor_found) == (len(expected), position, True)
                assert keys(found) == expected[position : position + limit]
                page = position // 25 * 25
                assert [other.key for other in found.menu_page] == expected[page : page + 25]
