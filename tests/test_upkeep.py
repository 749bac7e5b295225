"""What an import leaves for later is done bit by bit in the background, or at once by ``daybook rank``."""

import asyncio
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.rebuild import MOST_MOVED
from bot.archive.upkeep import Upkeep, rank
from bot.domain.errors import ArchiveError
from tests.helpers.archives import dump
from tests.helpers.older_archives import make_older
from tests.helpers.samples import write

pytestmark = pytest.mark.process

LEFT = 20


def headline(number: int) -> str:
    return f"Ship {number} is launched"


def day(number: int) -> str:
    return f"{1900 + number // 12}-{number % 12 + 1:02}-05"


def outdated(file: Path) -> int:
    with closing(sqlite3.connect(file)) as db:
        (count,) = db.execute("SELECT count(*) FROM outdated").fetchone()
    return int(count)


class Archives(NamedTuple):
    """The same pages, imported at once and one after the other."""

    whole: Path
    parts: Path


@pytest.fixture
def archives(tmp_path: Path) -> Archives:
    """More ships than an import moves, and a later page that relates to them all."""
    ships = range(MOST_MOVED + LEFT)
    for number in ships:
        write(tmp_path / "ships", day(number), headline(number), topic="Ships", summary="It floats.")
    related = [(day(number), headline(number), "Ships, Yards") for number in ships]
    write(tmp_path / "more", "1999-01-01", "A list of all ships is printed", related=related)
    whole, parts = tmp_path / "whole.sqlite3", tmp_path / "parts.sqlite3"
    import_pages(whole, [tmp_path / "ships", tmp_path / "more"], forgotten=ForgottenEvents())
    for folder in ("ships", "more"):
        import_pages(parts, [tmp_path / folder], forgotten=ForgottenEvents())
    return Archives(whole, parts)


def test_an_import_moves_no_more_older_events_than_this(archives: Archives) -> None:
    assert (outdated(archives.whole), outdated(archives.parts)) == (0, LEFT)
    assert dump(archives.parts) != dump(archives.whole)
    steps: list[tuple[int, int]] = []
    total = rank(archives.parts, lambda done, of: steps.append((done, of)))
    assert steps[-1] == (total, total)
    assert outdated(archives.parts) == 0
    assert dump(archives.parts) == dump(archives.whole)


def test_what_is_in_its_place_stays_there(archives: Archives) -> None:
    before = dump(archives.whole)
    rank(archives.whole)
    assert dump(archives.whole) == before


async def finish(upkeep: Upkeep, file: Path) -> None:
    running = asyncio.create_task(upkeep.run())
    try:
        async with asyncio.timeout(60):
            while outdated(file):  # noqa: ASYNC110  (another connection writes)
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_the_rest_is_done_in_the_background(archives: Archives) -> None:
    async with Archive(archives.parts) as archive:
        # Nothing is lost in the meantime: every ship is found, be it where it belongs or not.
        assert (await archive.search("ship launched", limit=0)).total == MOST_MOVED + LEFT
        await finish(Upkeep(archives.parts), archives.parts)
        assert (await archive.search("ship launched", limit=0)).total == MOST_MOVED + LEFT
    assert dump(archives.parts) == dump(archives.whole)


async def test_an_archive_of_an_earlier_version_serves_at_once_and_follows(archives: Archives, tmp_path: Path) -> None:
    older = tmp_path / "older.sqlite3"
    make_older(archives.whole, older, 5)
    async with Archive(older) as archive:
        assert outdated(older) > MOST_MOVED
        listing = await archive.search("ships launch 7")
        assert listing.events[0].headline == headline(7)
        upkeep = Upkeep(older)
        await finish(upkeep, older)
        assert (await archive.search("ships launch 7")).events[0].headline == headline(7)
    assert dump(older) == dump(archives.whole)


def test_a_disk_that_is_too_small_is_named_before(
    archives: Archives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older.sqlite3"
    make_older(archives.whole, older, 5)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(ArchiveError, match=r"needs up to \d+ MB more, and the disk has 0 MB: make room"):
        rank(older)
