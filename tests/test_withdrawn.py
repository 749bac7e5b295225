"""Events that their source has withdrawn: out of every list, and back when the page comes back."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.archive.upkeep import rank
from bot.domain.event import Event
from bot.domain.page import key_of
from tests.helpers.archives import Import, dump
from tests.helpers.processes import STARTER_OFF, Shell
from tests.helpers.samples import path_of, write
from tests.helpers.servers import AT_NINE, Server, lead_headlines, short_list, text_of

Reader = Any
Channel = Any

DAY, NEXT_DAY = "2025-11-22", "2025-11-23"
SHIP, HARBOUR = "A ship runs aground off Wellfleet in heavy seas", "The harbour of Wellfleet is closed"
PAPER = [("Paper", "https://paper.example/ship")]
SENTENCE = "Its source has withdrawn this event."


def ship_key(headline: str = SHIP) -> str:
    return key_of(path_of(DAY, headline))


def write_ship(folder: Path, *, withdrawn: str = "", at: str | None = None, headline: str = SHIP) -> Path:
    """Write the page of a ship; ``withdrawn`` is since when its source has withdrawn it."""
    block = "source: portal 2025-11-22\n" + (f"withdrawn: {withdrawn}\n" if withdrawn else "")
    related = [("2025-11-20", "A storm is forecast", "Wellfleet")]
    return write(
        folder, DAY, headline, at=at, topic="Wellfleet", summary="Nobody is hurt.", sources=PAPER, related=related,
        block=block,
    )  # fmt: skip


def write_harbour(folder: Path) -> Path:
    """Write a page that lists the ship."""
    return write(folder, NEXT_DAY, HARBOUR, topic="Wellfleet", related=[(DAY, SHIP, "Wellfleet")])


async def ship(archive: Archive) -> Event | None:
    return await archive.event(ship_key())


# In the archive


@pytest.mark.parametrize("since", ["2025-11-24", "2025-11-24T10:00:00Z", "yes"])
async def test_a_withdrawn_event_is_in_no_list_and_no_count(
    tmp_path: Path, load: Import, archive: Archive, file: Path, since: str
) -> None:
    load(write_ship(tmp_path), write_harbour(tmp_path))
    before = await archive.stats()
    assert (before.events, before.stubs) == (3, 1)
    report = load(write_ship(tmp_path, withdrawn=since))
    assert (report.pages, report.changed, report.duplicates, report.skipped) == (1, 1, 0, [])
    stats = await archive.stats()
    assert (stats.events, stats.stubs, stats.languages) == (1, 0, {"en": 1}), "what it alone mentioned is gone as well"
    assert stats.first_date == date(2025, 11, 23)
    assert await ship(archive) is None
    assert await archive.is_withdrawn(ship_key())
    assert (await archive.on_this_day(1122)).total == 0
    assert (await archive.search("aground")).total == 0
    topic = await archive.topic("Wellfleet")
    assert topic.topic
    assert (topic.total, topic.topic.events) == (1, 1)
    assert await archive.candidates([1122], before=date(2026, 1, 1), most=5, times_shown={}) == ([], 0)
    harbour = await archive.event(key_of(path_of(NEXT_DAY, HARBOUR)))
    assert harbour
    assert harbour.related == ()
    assert (await archive.story(harbour.key)).total == 0
    years = await archive.topic_years("Wellfleet")
    assert years
    assert years.counts == ((2025, 1),)
    dump(file)


async def test_an_event_comes_back_as_it_was_when_its_page_does(
    tmp_path: Path, load: Import, archive: Archive, file: Path
) -> None:
    load(write_ship(tmp_path), write_harbour(tmp_path))
    before, content = await ship(archive), dump(file)
    load(write_ship(tmp_path, withdrawn="yes"))
    rank(file)
    assert await ship(archive) is None
    load(write_ship(tmp_path))
    assert await ship(archive) == before
    assert not await archive.is_withdrawn(ship_key())
    rank(file)
    assert dump(file) == content


async def test_whichever_page_comes_first_a_withdrawn_one_that_others_mention_is_no_stub(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    for pages in ((write_ship, write_harbour), (write_harbour, write_ship)):
        for write_page in pages:
            load(write_page(tmp_path) if write_page is write_harbour else write_ship(tmp_path, withdrawn="yes"))
        assert (await archive.stats()).events == 1
        assert await archive.is_withdrawn(ship_key())
        shutil.rmtree(tmp_path / "news")


async def test_another_page_about_the_event_still_makes_it_without_the_withdrawn_words(
    tmp_path: Path, load: Import, archive: Archive, file: Path
) -> None:
    other = "A ship runs aground off Wellfleet in heavy seas, and is refloated"
    load(
        write_ship(tmp_path),
        write(tmp_path, DAY, other, sources=[("Wire", "https://wire.example/1")]),
        write_harbour(tmp_path),
    )
    merged = await ship(archive)
    assert merged
    assert len(merged.sources) == 2
    load(write_ship(tmp_path, withdrawn="2025-11-24"))
    left = await ship(archive)
    assert left
    assert (left.key, left.headline, left.summary) == (ship_key(other), other, None)
    assert [source.name for source in left.sources] == ["Wire"]
    assert not await archive.is_withdrawn(ship_key())
    assert (await archive.search("hurt")).total == 0
    assert [related.headline for related in left.related] == [HARBOUR]
    rank(file)
    assert await ship(archive) == left
    load(write_ship(tmp_path))
    assert await ship(archive) == merged


async def test_all_pages_of_an_event_can_be_withdrawn(tmp_path: Path, load: Import, archive: Archive) -> None:
    second = "news/2025/11/22/the-ship-again"
    load(write_ship(tmp_path, withdrawn="yes"), write_ship(tmp_path, withdrawn="yes", at=second))
    assert (await archive.stats()).events == 0
    assert await archive.is_withdrawn(ship_key())
    assert await archive.is_withdrawn(key_of(second))
    assert not await archive.is_withdrawn("0" * 12)
    assert not await archive.is_withdrawn("no key")


# In Discord


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return [write_ship(tmp_path), write_harbour(tmp_path)]


@pytest.mark.simcord(shard_count=1)
async def test_old_buttons_and_menus_say_that_the_source_has_withdrawn_the_event(
    reader: Reader, other: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    message = (await reader.slash(channel, "day", date=NEXT_DAY)).response
    copy = (await other.select(message, [ship_key()])).response
    assert copy.embeds[0].title == SHIP
    load(write_ship(tmp_path, withdrawn="2025-11-24"))
    answer = await reader.select(message, [ship_key()])
    assert (answer.ephemeral, answer.response.content) == (True, SENTENCE)
    assert message.embeds[0].title == HARBOUR, "the card stays"
    shared = await other.click(copy, label="Share")
    assert (shared.ephemeral, shared.response.content) == (True, SENTENCE)
    assert (await other.click(copy, label="Follow this story")).response.content == SENTENCE
    fresh = (await reader.slash(channel, "day", date=NEXT_DAY)).response
    assert SHIP not in text_of(fresh)
    assert "withdrawn" not in text_of((await reader.slash(channel, "day", date=DAY)).response)
    load(write_ship(tmp_path))
    await reader.select(message, [ship_key()])
    assert message.embeds[0].title == SHIP


@pytest.mark.simcord(shard_count=1, settle_timeout=30)
async def test_a_daily_post_that_was_to_lead_with_it_leads_with_something_else(
    server: Server, tmp_path: Path, load: Import
) -> None:
    days = ("2001-01-02", "2016-01-02", "2012-01-02")
    for day in days:
        load(write(tmp_path, day, f"Tale of {day}", summary="It is told."))
    await server.daily("add", channel=server.channel, count=3, **AT_NINE)
    upcoming = await server.daily("upcoming")
    assert "Tale of 2001-01-02" in text_of(upcoming)
    load(write(tmp_path, "2001-01-02", "Tale of 2001-01-02", summary="It is told.", block="withdrawn: yes"))
    await server.until("2026-01-02 09:00")
    post = server.posts()[-1]
    assert lead_headlines([post]) == ["Tale of 2016-01-02"]
    assert short_list(post) == ["**2012** · Tale of 2012-01-02"]


# In the shell


@pytest.mark.process
def test_the_shell_says_that_the_source_has_withdrawn_an_event(shell: Shell) -> None:
    pages = shell.folder / "pages"
    write_ship(pages, withdrawn="2025-11-24")
    write_harbour(pages)
    report = shell.json("import", pages)
    assert (report["pages"], report["events"], report["stubs"], report["duplicates"]) == (2, 1, 0, 0)
    answer = shell("show", ship_key(), "--json")
    assert (answer.code, answer.out) == (1, "")
    assert answer.complaint == f"daybook: its source has withdrawn the event “{ship_key()}”"
    assert shell.json("search", "aground") == []
    assert shell.json("stats")["events"] == 1
    assert shell("rank").code == 0
    assert shell.json("import", pages)["unchanged"] == 2
    write_ship(pages)
    assert shell.json("import", pages)["changed"] == 1
    assert shell.json("show", ship_key())["headline"] == SHIP


@pytest.mark.process
def test_a_withdrawn_event_can_be_forgotten(shell: Shell) -> None:
    pages = shell.folder / "pages"
    write_ship(pages, withdrawn="yes")
    write_harbour(pages)
    shell.json("import", pages)
    assert shell("forget", ship_key()).code == 0
    assert "no event has the key" in shell("show", ship_key(), more=STARTER_OFF).complaint
    write_ship(pages)
    report = shell.json("import", pages)
    assert [skipped["reason"] for skipped in report["skipped"]] == ["taken out for good with “daybook forget”"]
    assert shell.json("stats")["events"] == 1
