"""Follows of a bot that was killed while it posted, or given another ledger: each event still comes once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.ledger.backup import backup
from bot.ledger.restore import restore
from tests.helpers.posting import DAY, Deployment, Server, at, open_deployment
from tests.helpers.samples import write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

POST = "/channels/{}/(messages|threads)"


async def follow(server: Server, when: str) -> None:
    """Follow lighthouses in the server's text channel."""
    options: dict[str, Any] = {"what": "Lighthouses", "when": when, "timezone": "UTC", "channel": server.text}
    answer = await server.ask("follow add", **options)
    assert answer.embeds, answer.content


def bring(deployment: Deployment, headline: str, seen: str) -> None:
    """Let an event of today come in that was first fetched at a time of day."""
    write(
        deployment.folder / "news", DAY.isoformat(), headline, topic="Lighthouses", summary="It is told.",
        sources=[("Paper", f"https://paper.example/{seen}")], block=f"seen: {DAY}T{seen}:00Z",
    )  # fmt: skip
    import_pages(
        deployment.folder / "data" / "archive.sqlite3", [deployment.folder / "news"], forgotten=ForgottenEvents()
    )


def leads(server: Server) -> list[str]:
    return [post["embeds"][0]["title"] for post in server.posts()]


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("when", ["at once", "daily 9:40"])
async def test_a_bot_that_was_killed_while_it_posted_posts_once(tmp_path: Path, when: str, *, arrives: bool) -> None:
    async with open_deployment(tmp_path) as deployment:
        double = deployment.double
        async with deployment.running():
            server = deployment.server()
            await server.open()
            await follow(server, when)
            bring(deployment, "A light is lit", "09:00")
            double.fail_next("POST", POST.format(server.text), 0, before_effect=not arrives)
            double.on("POST", POST.format(server.text), "after" if arrives else "before", deployment.kill)
            await deployment.advance_until(lambda: deployment.process.over, step=300, hours=4)
            await deployment.wait_killed()
            assert server.states() == ["claimed"]
            assert len(leads(server)) == arrives
        double.advance(seconds=1200)
        async with deployment.running():
            bring(deployment, "Another light is lit", f"{double.time:%H:%M}")
            await deployment.advance_until(lambda: leads(server) and deployment.is_idle())
            if when == "at once":
                # What came in since then is a message of its own.
                await deployment.advance_until(lambda: len(leads(server)) == 2, hours=2)
            await deployment.advance_to(at(DAY, "12:00"))
        expected = ["A light is lit", "Another light is lit"]
        assert leads(server) == (expected if when == "at once" else expected[:1])


async def test_what_came_in_before_a_restore_is_no_news(tmp_path: Path) -> None:
    async with open_deployment(tmp_path) as deployment:
        ledger, copy = tmp_path / "data" / "ledger.sqlite3", tmp_path / "copy.sqlite3"
        async with deployment.running():
            server = deployment.server()
            await server.open()
            await follow(server, "at once")
            backup(ledger, copy, now=deployment.double.time)
            bring(deployment, "A light is lit", "09:00")
            await deployment.advance_until(lambda: leads(server), step=300, hours=4)
            await deployment.wait_idle()
        deployment.double.advance(seconds=600)
        restore(ledger, copy, now=deployment.double.time)
        async with deployment.running():
            seen = deployment.double.time + timedelta(minutes=1)
            deployment.double.advance(seconds=120)
            bring(deployment, "Another light is lit", f"{seen:%H:%M}")
            await deployment.advance_until(lambda: len(leads(server)) > 1, step=60, hours=4)
            await deployment.advance_to(at(DAY, "15:00"))
        assert leads(server) == ["A light is lit", "Another light is lit"]


async def test_a_bot_that_was_killed_while_it_posted_and_comes_back_the_next_day_tells_nothing_twice(
    tmp_path: Path,
) -> None:
    """Then two deliveries are open: one that perhaps arrived, and one that is due."""
    async with open_deployment(tmp_path) as deployment:
        async with deployment.running():
            server = deployment.server()
            await server.open()
            await follow(server, "daily 9:40")
            bring(deployment, "A light is lit", "09:00")
            deployment.double.on("POST", POST.format(server.text), "after", deployment.kill)
            await deployment.advance_until(lambda: deployment.process.over, step=300, hours=4)
            await deployment.wait_killed()
            assert server.states() == ["claimed"]
        bring(deployment, "Another light is lit", "10:00")
        deployment.double.set_time(at(DAY + timedelta(days=1), "09:45"))
        async with deployment.running():
            await deployment.advance_until(lambda: server.states() == ["sent", "sent"])
        assert leads(server) == ["A light is lit", "Another light is lit"]
        assert len(server.posts()[1]["embeds"]) == 1
