"""A running bot that keeps sources current: the real process, a Wikipedia and a Discord on loopback."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import until
from tests.helpers.feeds import Story, feed_server
from tests.helpers.processes import STARTER_OFF, Running, Shell, fetches_of
from tests.helpers.wikipedia import Bullet, FakeWikipedia, slow, wikipedia

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.process
TODAY = date(2025, 11, 24)
NOON = datetime(2025, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def fake() -> Iterator[FakeWikipedia]:
    with wikipedia() as fake:
        yield fake


@pytest.fixture
async def double(tmp_path: Path) -> AsyncIterator[DiscordDouble]:
    async with DiscordDouble(clock=tmp_path / "clock") as double:
        double.set_time(NOON)
        yield double


def bullet(day: date, number: int) -> Bullet:
    return Bullet(f"Ship {number} of {day} enters the port of [[Oslo]].", (f"https://a.example/{day}/{number}",))


def running(double: DiscordDouble, fake: FakeWikipedia, folder: Path, **more: str) -> Running:
    environment = double.environment | fake.environment | STARTER_OFF | {"DAYBOOK_SOURCES": "portal"} | more
    return Running("run", folder=folder, more=environment)


def events(shell: Shell) -> int:
    return int(shell.json("stats")["events"])


async def test_a_running_bot_fetches_what_is_new_and_answers_with_it(
    double: DiscordDouble, fake: FakeWikipedia, shell: Shell
) -> None:
    fake.edit(TODAY, bullet(TODAY, 1))
    async with running(double, fake, shell.folder) as bot:
        await double.wait_ready()
        await bot.says("fetched portal: 1 pages written, 1 events", seconds=60)
        answer = await double.slash("latest", {})
        assert "Ship 1" in str(answer.embeds)
        about = await double.slash("about", {})
        assert f"News up to <t:{int(NOON.timestamp())}:f>" in str(about.embeds)
        await until(
            lambda: "news up to 2025-11-24 12:00 UTC" in shell("health", more=double.environment).out,
            30,
            "health says so",
        )
        asked = fake.requests["query"]
        # Not before its time.
        double.set_time(NOON + timedelta(minutes=29))
        assert "Ship 1" in str((await double.slash("latest", {})).embeds)
        assert fake.requests["query"] == asked
        fake.edit(TODAY, bullet(TODAY, 1), bullet(TODAY, 2))
        double.set_time(NOON + timedelta(minutes=31))
        await bot.says("fetched portal: 1 pages written, 2 events", seconds=60)
        await bot.stop()
    assert events(shell) == 2


async def test_a_source_that_fails_is_tried_again_and_named(
    double: DiscordDouble, fake: FakeWikipedia, shell: Shell
) -> None:
    fake.edit(TODAY, bullet(TODAY, 1))
    fake.down = True
    async with running(double, fake, shell.folder) as bot:
        await double.wait_ready()
        await bot.says("portal could not be fetched and will be tried again", seconds=60)
        words = "portal could not be fetched since 2025-11-24 12:00 UTC"
        await until(lambda: words in shell("health", more=double.environment).out, 30, "health says so")
        assert shell("health", more=double.environment).code == 0
        # Whoever wants to be told when there is no news asks for it.
        assert shell("health", "--news", "36h", more=double.environment).code == 1
        for days in (2.1, 3.1):
            asked = fake.requests["query"]
            double.set_time(NOON + timedelta(days=days))
            await until(lambda asked=asked: fake.requests["query"] > asked, 60, "it is tried again")  # type: ignore[misc]
            await bot.says(f"portal has not been fetched for {int(days)} days", seconds=60)
        sentence = f"One of its sources has been out of reach since <t:{int(NOON.timestamp())}:f>."
        assert sentence in str((await double.slash("about", {})).embeds)
        fake.down = False
        fake.edit(TODAY + timedelta(4), bullet(TODAY + timedelta(4), 1))
        double.set_time(NOON + timedelta(days=4))
        await bot.says("fetched portal: 1 pages written", seconds=60)
        words = "news up to 2025-11-28"
        await until(lambda: words in shell("health", more=double.environment).out, 30, "health says so")
        assert "out of reach" not in str((await double.slash("about", {})).embeds)
        await bot.stop()


async def test_feeds_are_visited_as_often_as_they_ask_for_and_not_again_at_a_start(
    double: DiscordDouble, fake: FakeWikipedia, shell: Shell
) -> None:
    with feed_server() as feeds:
        allowed = {"DAYBOOK_ALLOW": f"127.0.0.1:{fake.port},127.0.0.1:{feeds.port}", "DAYBOOK_SOURCES": "feeds"}
        for path, minutes in (("/often", "15"), ("/seldom", "60")):
            feeds.publish(Story(f"What {path} says", f"https://paper.example{path}", path, TODAY), path=path)
            more = double.environment | fake.environment | allowed
            assert shell("source", "add", feeds.url(path), "--every", minutes, more=more).code == 0
        visits: Counter[str] = Counter()

        def count() -> Counter[str]:
            return Counter(path for path, _ in feeds.requests) - visits

        visits = count()
        async with running(double, fake, shell.folder, **allowed) as bot:
            await double.wait_ready()
            await bot.says("fetched feeds: 2 pages written", seconds=60)
            await until(lambda: not fetches_of(bot.pid), 60, "the end of the fetch")
            await double.slash("about", {})
            assert count() == {"/often": 1, "/seldom": 1}
            double.set_time(NOON + timedelta(minutes=16))
            await until(lambda: count() == {"/often": 2, "/seldom": 1}, 60, "one is visited again")
            await bot.stop()
        async with running(double, fake, shell.folder, **allowed) as bot:
            await double.wait_ready()
            health = (shell.data / "health.json").read_text
            await until(lambda: "news up to 2025-11-24 12:16" in health(), 60, "it is seen that none is due")
            assert count() == {"/often": 2, "/seldom": 1}
            double.set_time(NOON + timedelta(minutes=61))
            await until(lambda: count() == {"/often": 3, "/seldom": 2}, 60, "both are visited")
            await bot.stop()


async def test_a_bot_that_is_stopped_ends_its_fetch(double: DiscordDouble, fake: FakeWikipedia, shell: Shell) -> None:
    fake.edit(TODAY, bullet(TODAY, 1))
    fake.faults = [slow] * 9
    async with running(double, fake, shell.folder) as bot:
        await double.wait_ready()
        await until(lambda: bool(fake.requests), 60, "the fetch has begun")
        await bot.stop()
    assert not list((shell.data / "pages").glob(".*.holder"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"DAYBOOK_SOURCES": "portal,television"}, "DAYBOOK_SOURCES has “television”: use portal, onthisday"),
        ({"DAYBOOK_CONTACT": ""}, "DAYBOOK_SOURCES needs DAYBOOK_CONTACT"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(
    fake: FakeWikipedia, shell: Shell, more: dict[str, str], words: str
) -> None:
    environment = fake.environment | {"DAYBOOK_SOURCES": "portal", "DISCORD_TOKEN": "x"} | more
    answer = shell("run", more=environment)
    assert answer.code == 1
    assert words in answer.complaint
