"""Archives of every older version open as before: the same rows, the same answers, and imports go on."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.archive.database_file import open_for_writing
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.ranking import LANGUAGE_SHIFT
from bot.archive.upkeep import rank
from bot.domain.event import Cursor, TopicSort
from tests.helpers.archives import dump
from tests.helpers.older_archives import NEWEST, make_older, row_counts
from tests.helpers.samples import path_of, write

OLDER = range(1, NEWEST)
READERS = (None, "en", "zh")
DAYS = (304, 505, 506, 507, 101)
TOPICS = ("Space", "太空", "国际空间站", "ISS", "International Space Station", "Ships", "nothing")
WORDS = ("probe", "火星", "comet", "Mars probe", "空间站", "yards", "nothing")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Pages of both languages, with everything that an archive stores: stubs, acronyms, former paths, day indexes."""
    folder = tmp_path / "pages"
    for day, headline, sources, summary in (
        ("2001-03-04", "A probe reaches Mars", 0, ""),
        ("2001-03-04", "A comet is named", 3, "It was seen by a probe."),
        ("2002-03-04", "The Mars probe falls silent", 2, ""),
        ("2001-03-04", "火星探测器发回照片", 0, ""),
        ("2001-03-04", "天文学家命名彗星", 2, "Mars probe 发现了它。"),
        ("2004-03-04", "火星地图绘制完成", 1, "全图由人手绘成。"),
    ):
        reports = [(f"S{number}", f"https://s.example/{headline[:9]}/{number}") for number in range(sources)]
        write(folder, day, headline, summary=summary, sources=reports, topic="Space")
    write(folder, "2005-05-05", "国际空间站 (ISS) 欢迎新乘员", topic="国际空间站")
    write(folder, "2005-05-06", "探测器飞往火星", related=[("2004-03-04", "火星地图绘制完成", "太空")])
    write(folder, "2005-05-07", "International Space Station (ISS) has visitors", topic="International Space Station")
    ship = ("2000-01-01", "A ship is built", "Ships, Yards")
    write(folder, "2005-05-06", "A ship sails", related=[ship], changes=["news/2005/05/6/quite-another-wording"])
    link = f"### [A ship sails ](/{path_of('2005-05-06', 'A ship sails')}.md)"
    (folder / "news/2005/05/6/index.md").write_text(f"## [2005-05-6](/x)\n\n##### Harbours\n{link}\n", "utf-8")
    return folder


@pytest.fixture
def current(pages: Path, file: Path) -> Path:
    """The archive that an import makes of these pages today."""
    import_pages(file, [pages], forgotten=ForgottenEvents())
    with closing(sqlite3.connect(file)) as db:
        # Both languages have an acronym, and every table has rows.
        assert db.execute("SELECT event_id > ? FROM acronym ORDER BY 1", ((1 << LANGUAGE_SHIFT),)).fetchall() == [
            (0,),
            (1,),
        ]
    assert all(count for table, count in row_counts(file) if table not in ("outdated", "event_wording"))
    return file


def older_file(current: Path, version: int) -> Path:
    file = current.with_name(f"version-{version}.sqlite3")
    make_older(current, file, version)
    return file


def rows_of(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of all tables."""
    with closing(sqlite3.connect(file)) as db:
        tables = [table for table, _ in row_counts(file)]
        return {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables}


async def answers(archive: Archive) -> dict[object, Any]:
    """Return the answers to every kind of question."""
    keys = [event.key for topic in TOPICS for event in (await archive.topic(topic)).events]
    results: dict[object, Any] = {
        "stats": await archive.stats(),
        "best": await archive.best_event(),
        "images": await archive.images(limit=9),
    }
    for key in dict.fromkeys(keys):
        results["event", key] = await archive.event(key)
        results["story", key] = await archive.story(key)
        results["keys", key] = await archive.keys_of(key)
    for reader in READERS:
        for day in DAYS:
            results["day", day, reader] = await archive.on_this_day(day, prefer=reader)
            results["turn", day, reader] = await archive.on_this_day(
                day, prefer=reader, limit=1, cursor=Cursor(None, 1)
            )
            results["year", day, reader] = await archive.on_this_day(day, year=2005, prefer=reader)
            results["day of topic", day, reader] = await archive.on_this_day(day, topic="Space", prefer=reader)
            results["candidates", day, reader] = await archive.candidates(
                [day], before=date(2027, 1, 1), most=5, prefer=reader, times_shown={}
            )
        for topic in TOPICS:
            for order in TopicSort:
                results["topic", topic, order, reader] = await archive.topic(topic, sort=order, prefer=reader)
            results["since", topic, reader] = await archive.topic(topic, since=date(2002, 1, 1), prefer=reader)
            results["years", topic, reader] = await archive.topic_years(topic, prefer=reader)
        for words in WORDS:
            results["search", words, reader] = await archive.search(words, prefer=reader)
    for topic in TOPICS:
        results["matching", topic] = await archive.topics.matching(topic[:3])
        results["similar", topic] = await archive.topics.similar(topic)
        for match in (await archive.topics.matching(topic))[:1]:
            results["overview", topic] = await archive.topic_overview(match.key)
            results["days", topic] = await archive.count_days(match.key, before=date(2027, 1, 1))
    for later in (False, True):
        results["near", later] = await archive.nearest_days(304, later=later, limit=9)
        results["near date", later] = await archive.nearest_days(304, year=2002, later=later, limit=9)
    return results


@pytest.mark.parametrize("version", OLDER)
def test_an_older_archive_has_the_rows_of_its_version(current: Path, version: int) -> None:
    """So that the next tests start from what they claim."""
    file = older_file(current, version)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
        assert (db.execute("SELECT max(id) FROM event").fetchone()[0] >= (1 << LANGUAGE_SHIFT)) == (version >= 3)
        assert ("grammar" in [row[1] for row in db.execute("PRAGMA table_info(page)")]) == (version < 4)
    counts = dict(row_counts(file))
    assert len(counts) >= 14
    assert counts == {table: count for table, count in row_counts(current) if table in counts}  # fmt: skip


@pytest.mark.parametrize("version", OLDER)
async def test_an_older_archive_becomes_what_an_import_makes_now(current: Path, version: int) -> None:
    file = older_file(current, version)
    before = dict(row_counts(file))
    open_for_writing(file).close()
    after = dict(row_counts(file))
    assert {table: after[table] for table in before} == before
    # Until then it serves what it has.
    async with Archive(file) as migrated:
        assert (await migrated.search("probe")).total
    rank(file)
    assert rows_of(file) == rows_of(current)
    assert dump(file) == dump(current)
    async with Archive(file) as migrated, Archive(current) as imported:
        assert await answers(migrated) == await answers(imported)


@pytest.mark.parametrize("version", OLDER)
def test_an_import_goes_on_where_an_older_archive_stopped(tmp_path: Path, current: Path, version: int) -> None:
    file = older_file(current, version)
    more = [
        write(tmp_path / "more", "2006-06-06", "火星上发现水", topic="Space"),
        write(tmp_path / "more", "2006-06-06", "Wasser auf dem Mars", topic="Space", block="language: de"),
        write(tmp_path / "more", "2000-01-01", "A ship is built", summary="In a year."),
    ]
    pages = tmp_path / "pages"
    reports = [import_pages(archive, [pages, *more], forgotten=ForgottenEvents()) for archive in (file, current)]
    assert reports[0] == reports[1]
    assert (reports[0].new, reports[0].unchanged, reports[0].changed) == (3, 10, 0)
    for archive in (file, current):
        rank(archive)
    assert rows_of(file) == rows_of(current)
    dump(file)


def test_pages_that_an_older_format_read_are_read_again(tmp_path: Path, current: Path) -> None:
    file = older_file(current, 3)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE page SET grammar = 2")
        db.execute("UPDATE list SET grammar = 2")
    report = import_pages(file, [tmp_path / "pages"], forgotten=ForgottenEvents())
    assert (report.new, report.changed, report.unchanged) == (0, 10, 0)
    rank(file)
    assert dump(file) == dump(current)


async def test_a_large_archive_says_that_it_takes_its_time_and_a_small_one_nothing(
    current: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for large, lines in ((0, [f"bringing a file of 0 MB to version {NEWEST}: that may take minutes"]), (10**9, [])):
        file = older_file(current, 2)
        monkeypatch.setattr("bot.database._LARGE", large)
        caplog.clear()
        async with Archive(file):
            assert [record.getMessage() for record in caplog.records] == lines
        file.unlink()
