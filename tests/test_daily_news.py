"""Daily posts that tell yesterday's news. The real bot in a simulated Discord."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.samples import write
from tests.helpers.servers import (
    AT_NINE,
    Server,
    author_name,
    labels,
    lead_headlines,
    menu,
    mute,
    short_list,
    text_of,
    write_tale,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.archives import Import

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)
# The simulated time is at the beginning of 2026.
YESTERDAY, TODAY = date(2026, 1, 4), date(2026, 1, 5)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    """One anniversary of each of some days."""
    return [write_tale(tmp_path / "tales", f"2007-01-{day:02}") for day in range(2, 15)]


def write_news(
    folder: Path, day: date, *, name: str = "Ship", events: int = 4, seen: str = "2026-01-04T20:00:00Z", **parts: Any
) -> Path:
    """Write events of a day, the last one the most notable."""
    for number in range(events):
        links = [(f"S{link}", f"https://s.example/{day}/{number}/{link}") for link in range(number + 1)]
        headline = f"{name} number {number} of {day:%d %B} enters the port of {'ABCDEFGHIJ'[number]}stad"
        summary = "It is told." if number == events - 1 else ""
        write(folder, day.isoformat(), headline, sources=links, summary=summary, block=f"seen: {seen}", **parts)
    return folder


async def order(server: Server, content: str = "news", **options: Any) -> None:
    await server.daily("add", channel=server.channel, content=content, **(AT_NINE | options))
    server.skip_to("2026-01-05 08:00")


async def test_a_post_tells_the_most_notable_news_of_the_day_before(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(write_news(tmp_path / "news", YESTERDAY))
    await order(server)
    await server.until("2026-01-05 09:00")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["Ship number 3 of 04 January enters the port of Dstad"]
    assert author_name(post) == "Yesterday's news · January 4, 2026"
    assert short_list(post) == [
        f"• Ship number {number} of 04 January enters the port of {letter}stad"
        for number, letter in ((2, "C"), (1, "B"), (0, "A"))
    ]
    assert "All of January 4, 2026 (4)" in labels(post)
    assert [option["label"][:10] for option in menu(post, "list")["options"]] == ["2026-01-04"] * 3
    # A day later there is nothing, and nothing comes.
    await server.until("2026-01-06 09:00")
    assert len(server.posts()) == 1
    assert "the archive has nothing for that day" in await server.daily_text("doctor")


async def test_what_came_in_a_moment_ago_is_left_out(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_news(tmp_path / "news", YESTERDAY, events=2))
    load(write_news(tmp_path / "late", YESTERDAY, name="Ferry", events=3, seen="2026-01-05T08:31:00Z", topic="Ports"))
    await order(server)
    await server.until("2026-01-05 09:00")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["Ship number 1 of 04 January enters the port of Bstad"]
    assert "Ferry" not in text_of(post)


async def test_where_yesterday_has_nothing_the_newest_day_comes_if_admins_want_it(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(write_news(tmp_path / "news", YESTERDAY - timedelta(3)))
    await order(server)
    await server.daily("add", channel=server.channel, content="news", empty="nearest", **AT_NINE)
    await server.until("2026-01-05 09:00")
    (post,) = server.posts()
    assert author_name(post) == "The latest news · January 1, 2026"


async def test_both_lead_with_news_and_list_anniversaries_too(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_news(tmp_path / "news", YESTERDAY))
    await order(server, "both", count=3)
    await server.until("2026-01-05 09:00")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["Ship number 3 of 04 January enters the port of Dstad"]
    assert short_list(post) == [
        "• Ship number 2 of 04 January enters the port of Cstad",
        "• Ship number 1 of 04 January enters the port of Bstad",
        "**2007** · Tale of 2007-01-05",
    ]
    # Without news, anniversaries alone.
    await server.until("2026-01-06 09:00")
    assert lead_headlines(server.posts())[-1] == "Tale of 2007-01-06"


async def test_what_is_muted_never_comes(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_news(tmp_path / "news", YESTERDAY, events=2))
    load(write_news(tmp_path / "more", YESTERDAY, name="Cruiser", events=3, topic="War"))
    await mute(server, topic="War")
    await order(server)
    await server.until("2026-01-05 09:00")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["Ship number 1 of 04 January enters the port of Bstad"]
    assert "Cruiser" not in text_of(post)


async def test_the_week_ahead_says_what_is_not_known_yet(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_news(tmp_path / "news", YESTERDAY))
    await order(server)
    week = await server.daily("upcoming")
    lines = week.embeds[0].description.split("\n")[1::2]
    assert lines[0].startswith("**Ship number 3 of 04 January")
    assert lines[1:] == ["*the news of the day before*"] * 6
    await server.choose(week, "coming", "2026-01-07")
    assert week.embeds[0].title == "The news of the day before"
    assert labels(week) == ["Skip this day", "Back to the week"]


async def test_another_event_can_lead(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_news(tmp_path / "news", YESTERDAY))
    await order(server)
    week = await server.daily("upcoming")
    await server.choose(week, "coming", "2026-01-05")
    await server.press(week, "Pick another lead")
    await server.until("2026-01-05 09:00")
    assert lead_headlines(server.posts()) == ["Ship number 2 of 04 January enters the port of Cstad"]


async def test_the_options_say_what_it_tells_and_news_has_no_topic(server: Server) -> None:
    refusal = await server.daily_refusal("add", channel=server.channel, content="news", topic="Tales", **AT_NINE)
    assert "cannot have a topic" in refusal
    card = await server.daily_text("add", channel=server.channel, content="news", **AT_NINE)
    assert "Posts yesterday's news" in card
    assert "Posts yesterday's news and anniversaries" in await server.daily_text("edit", post=1, content="both")
    assert "cannot have a topic" in await server.daily_refusal("edit", post=1, topic="Tales")
    assert "yesterday" not in await server.daily_text("edit", post=1, content="anniversaries")


async def test_a_test_post_tells_the_news(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_news(tmp_path / "news", YESTERDAY))
    await order(server)
    await server.daily("test")
    assert lead_headlines(server.posts()) == ["Ship number 3 of 04 January enters the port of Dstad"]
