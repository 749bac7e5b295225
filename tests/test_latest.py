"""``/latest``: the newest events, day by day. The real bot in a simulated Discord."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.samples import write
from tests.helpers.servers import Server, labels, menu, mute, parts, text_of

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tests.helpers.archives import Import

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)


@pytest.fixture
def bot_pages() -> list[Path]:
    return []


@pytest.fixture
def today(server: Server) -> date:
    now: datetime = server.env.now()
    return now.date()


def write_news(folder: Path, today: date, *, days_ago: int, events: int = 7, topic: str = "Harbour") -> None:
    """Write events of a day; the more sources one has, the more notable it is."""
    day = (today - timedelta(days_ago)).isoformat()
    for number in range(events):
        links = [(f"S{link}", f"https://s.example/{days_ago}/{number}/{link}") for link in range(min(number, 4))]
        headline = f"Ship number {number} of {days_ago} days ago enters the port of {'ABCDEFGHIJ'[number]}stad"
        write(folder, day, headline, topic=topic, sources=links, summary="It is told." if number == events - 1 else "")


async def latest(server: Server, **options: Any) -> Any:
    return (await server.ask(server.member, "latest", **options)).response


def headings(message: Any) -> list[str]:
    return [field.name for field in message.embeds[0].fields]


async def test_the_newest_days_come_first_and_of_each_the_best(
    server: Server, today: date, tmp_path: Path, load: Import
) -> None:
    for days_ago in (0, 1, 2, 3):
        write_news(tmp_path / "pages", today, days_ago=days_ago)
    # What has not happened yet is no news.
    write_news(tmp_path / "pages", today, days_ago=-1)
    load(tmp_path / "pages")
    message = await latest(server)
    embed = message.embeds[0]
    days = [today - timedelta(days_ago) for days_ago in range(3)]
    assert headings(message) == [f"{day:%A}, {day:%B} {day.day}, {day.year} · 7 events" for day in days]
    lines = embed.fields[0].value.split("\n")
    assert len(lines) == 5
    assert lines[0] == "• Ship number 6 of 0 days ago enters the port of Gstad"
    assert not message.content
    options = menu(message, "list")["options"]
    # In the order of days, and of each day the best first.
    assert [option["label"][:10] for option in options] == sorted(
        (option["label"][:10] for option in options), reverse=True
    )
    assert len(options) == 21
    assert "number 6 of 0" in options[0]["label"]


async def test_its_menu_and_buttons_lead_through_the_news(
    server: Server, today: date, tmp_path: Path, load: Import
) -> None:
    for days_ago in (1, 2):
        write_news(tmp_path / "pages", today, days_ago=days_ago, events=3)
    load(tmp_path / "pages")
    message = await latest(server, days=2)
    await server.member.click(message, label="Read one by one (6)")
    assert message.embeds[0].title == "Ship number 2 of 1 days ago enters the port of Cstad"
    assert "1 of 6 · Latest news" in text_of(message)
    seen = []
    for _ in range(6):
        seen.append(message.embeds[0].title)
        server.env.backend.advance_clock(3)
        await server.member.click(
            message, custom_id=next(p["custom_id"] for p in parts(message) if p["custom_id"].startswith("next:"))
        )
    assert len(set(seen)) == 6
    assert [title.split(" of ")[1][:1] for title in seen] == ["1"] * 3 + ["2"] * 3
    assert message.embeds[0].title == seen[0]
    # A day later the buttons still lead through the same days.
    write_news(tmp_path / "more", today, days_ago=0, events=3)
    load(tmp_path / "more")
    server.env.backend.advance_clock(3)
    await server.choose(message, "list", menu(message, "list")["options"][3]["value"])


async def test_one_topic_only(server: Server, today: date, tmp_path: Path, load: Import) -> None:
    write_news(tmp_path / "pages", today, days_ago=0, topic="Harbour")
    write_news(tmp_path / "pages", today, days_ago=40, events=2, topic="Lighthouses")
    load(tmp_path / "pages")
    message = await latest(server, topic="lighthouse")
    assert message.embeds[0].title == "Latest news: Lighthouses"
    assert len(headings(message)) == 1
    day = today - timedelta(40)
    assert f"Nothing newer than {day:%B} {day.day}, {day.year} has come in." in message.content
    message = await latest(server, topic="nothing like it")
    assert "no topic" in message.content


async def test_old_news_and_none_are_called_so(server: Server, today: date, tmp_path: Path, load: Import) -> None:
    assert (await latest(server)).content == "The archive has no events up to today."
    write_news(tmp_path / "pages", today, days_ago=2, events=1)
    load(tmp_path / "pages")
    day = today - timedelta(2)
    message = await latest(server)
    assert message.content == f"Nothing newer than {day:%B} {day.day}, {day.year} has come in."
    write_news(tmp_path / "pages", today, days_ago=1, events=1)
    load(tmp_path / "pages")
    assert not (await latest(server)).content


async def test_what_is_muted_is_veiled(server: Server, today: date, tmp_path: Path, load: Import) -> None:
    write_news(tmp_path / "pages", today, days_ago=0, events=2, topic="Harbour")
    write_news(tmp_path / "pages", today, days_ago=1, events=2, topic="War")
    load(tmp_path / "pages")
    await mute(server, topic="War")
    message = await latest(server)
    assert [field.value.count("(muted here)") for field in message.embeds[0].fields] == [0, 2]
    assert "1 days ago" not in text_of(message) + str(parts(message))


async def test_a_private_answer_can_be_shared(server: Server, today: date, tmp_path: Path, load: Import) -> None:
    write_news(tmp_path / "pages", today, days_ago=0, events=2)
    load(tmp_path / "pages")
    await server.ask(server.member, "settings private", value="on")
    answer = await server.ask(server.member, "latest")
    assert answer.ephemeral
    assert "Share" in labels(answer.response)
    server.env.backend.advance_clock(3)
    await server.member.click(answer.response, label="Share")
    assert server.posts()[-1].embeds[0].title == "Latest news"
