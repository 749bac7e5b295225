"""Weeks of news replayed: a running bot fetches it, and posts each day what the day before brought."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING

import pytest

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import until
from tests.helpers.archives import dump
from tests.helpers.posting import Deployment, Server
from tests.helpers.wikipedia import Bullet, FakeWikipedia, broken, too_many, truncated, wikipedia

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.process
FIRST, DAYS = date(2026, 3, 2), 16
NAMES = ("Albatross", "Bittern", "Cormorant", "Dunlin")


@pytest.fixture
def fake() -> Iterator[FakeWikipedia]:
    with wikipedia() as fake:
        yield fake


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    (tmp_path / "data").mkdir()
    async with DiscordDouble(guilds=[], clock=tmp_path) as double:
        double.set_time(at(FIRST, "00:10"))
        yield Deployment(double, tmp_path)


def at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time_of_day.fromisoformat(clock), UTC)


def headline(day: date, number: int, verb: str = "enters") -> str:
    return f"The {NAMES[number]} {verb} the port of Oslo on day {day.toordinal()}."


def bullets(day: date, count: int, verb: str = "enters") -> list[Bullet]:
    return [
        Bullet(headline(day, number, verb), (f"https://a.example/{day}/{number}",), "Business")
        for number in range(count)
    ]


class Replay:
    """Days that pass: what editors write, what goes wrong, and what should stand in the channel afterwards."""

    def __init__(self, deployment: Deployment, server: Server, fake: FakeWikipedia) -> None:
        self.deployment, self.double, self.server, self.fake = deployment, deployment.double, server, fake
        self.rng = random.Random(7)
        # What each day's page of the portal says, and what the post of the day after may tell.
        self.told: dict[date, set[str]] = {}

    def write(self, day: date, count: int, verb: str = "enters") -> None:
        self.fake.edit(day, *bullets(day, count, verb))
        self.told[day] = {headline(day, number, verb) for number in range(count)}

    async def fetched(self, moment: datetime) -> None:
        """Let time pass to a moment after the next fetch, and wait for its end."""
        self.double.set_time(moment)
        await until(lambda: self.is_fetched(moment), 60, f"a fetch at {moment}")

    def is_fetched(self, moment: datetime) -> bool:
        health = json.loads((self.deployment.folder / "data" / "health.json").read_text())
        return bool(health["news"] == f"news up to {moment:%Y-%m-%d %H:%M} UTC")

    async def posted(self, day: date, *, posts: int) -> None:
        self.double.set_time(at(day, "08:31"))
        await self.server.wait_closed(posts, 30)


async def test_each_days_news_comes_once_and_tells_what_stood_there(
    deployment: Deployment, fake: FakeWikipedia, tmp_path: Path
) -> None:
    server = deployment.server()
    replay = Replay(deployment, server, fake)
    environment = fake.environment | {"DAYBOOK_SOURCES": "portal"}
    replay.write(FIRST - timedelta(1), 3)
    # The first fetch fills the archive, and posts nothing.
    async with deployment.running(environment):
        await server.open()
        await replay.fetched(at(FIRST, "00:10"))
        await server.subscribe(content="news")
        assert server.posts() == []
        days = iter(range(DAYS))
        for number in days:
            day = FIRST + timedelta(number)
            replay.write(day, 2 + number % 3)
            match number:
                case 3:
                    fake.faults = [too_many, broken]
                case 5:
                    # Editors find better words for yesterday's events, and take one out.
                    replay.write(day - timedelta(1), 1, "reaches")
                case 8:
                    fake.faults = [truncated, broken]
            await replay.fetched(at(day, "06:00"))
            await replay.posted(day, posts=number + 1)
            if number == DAYS // 2:
                break
        deployment.kill()
        await deployment.wait_killed()
    async with deployment.running(environment):
        for number in days:
            day = FIRST + timedelta(number)
            replay.write(day, 2 + number % 3)
            if number == DAYS - 4:
                # A day of outage: what is known of yesterday comes, and what is missed today is read tomorrow.
                fake.down = True
                replay.double.set_time(at(day, "06:00"))
                await deployment.process.says("portal could not be fetched", seconds=60)
                await replay.posted(day, posts=number + 1)
                fake.down = False
                continue
            await replay.fetched(at(day, "06:00"))
            if number == DAYS - 2:
                await deployment.process.stop()
                break
            await replay.posted(day, posts=number + 1)
    async with deployment.running(environment):
        await replay.posted(day, posts=number + 1)
    check(replay, server)
    rebuilt = tmp_path / "rebuilt.sqlite3"
    import_pages(rebuilt, [tmp_path / "data" / "pages"], forgotten=ForgottenEvents())
    assert dump(rebuilt) == dump(tmp_path / "data" / "archive.sqlite3")


def check(replay: Replay, server: Server) -> None:
    """Compare what stands in the channel with what the portal said."""
    deliveries = server.deliveries()
    assert [delivery.day for delivery in deliveries] == [FIRST + timedelta(number) for number in range(DAYS - 1)]
    assert {delivery.state for delivery in deliveries} == {"sent"}
    for delivery, post in zip(deliveries, server.posts(), strict=True):
        lines = [line.removeprefix("• ") for line in lines_of(post)]
        assert sorted(lines) == sorted(replay.told[delivery.day - timedelta(1)]), delivery.day


def lines_of(post: dict[str, object]) -> list[str]:
    """Return the headlines in a post, the lead's first."""
    embeds: list[dict[str, str]] = post["embeds"]  # type: ignore[assignment]
    lead, *others = embeds
    return [lead["title"], *(line for embed in others for line in embed["description"].splitlines())]
