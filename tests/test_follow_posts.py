"""What follows post: what is new about their subjects, each event once. The real bot in a simulated Discord."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.errors import DailyPostError, LedgerError
from tests.helpers.samples import write
from tests.helpers.servers import Server, author_name, labels, lead_headlines, menu, mute, short_list, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.client import Daybook
    from tests.helpers.archives import Import

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)
# The simulated time is at the beginning of 2026.
SET_UP = "2026-01-05 08:00"


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    """What is known of ships and lights before anybody follows them."""
    return [news(tmp_path / "before", "2026-01-02", "A ship of old", topics=("Ships",), seen="2026-01-02T10:00:00Z")]


def news(
    folder: Path, day: str, headline: str, *, topics: tuple[str, ...] = ("Ships",), seen: str | None, sources: int = 1
) -> Path:
    """Write an event that was first fetched at a moment."""
    return write(
        folder, day, headline, summary="It is told.", topic=topics[0],
        sources=[(f"S{n}", f"https://s.example/{day}/{headline.replace(' ', '-')}/{n}") for n in range(sources)],
        related=[("2005-05-05", "A sea of old", ", ".join(topics))] if len(topics) > 1 else [],
        block=f"seen: {seen}" if seen else "",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def quick(simcord_bot: Daybook) -> None:
    """Let the bot look for news every five minutes."""
    simcord_bot.courier.max_sleep = timedelta(minutes=5)


async def follow(server: Server, what: str = "Ships", **options: Any) -> Any:
    """Set up a follow."""
    options = {"channel": server.channel, "when": "daily 9am", "timezone": "UTC"} | options
    answer = await server.ask_privately(server.admin, "follow add", what=what, **options)
    assert answer.embeds, answer.content
    return answer


async def test_a_digest_tells_what_came_in_about_its_subject(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to(SET_UP)
    await follow(server)
    # About another subject; before the follow was set up; of long ago; without a time at all; a moment ago.
    load(news(tmp_path, "2026-01-04", "A lamp burns", topics=("Lamps",), seen="2026-01-05T10:00:00Z"))
    load(news(tmp_path, "2026-01-04", "A ship came before", seen="2026-01-05T07:59:00Z"))
    load(news(tmp_path, "2025-11-04", "A ship came long ago", seen="2026-01-05T10:00:00Z"))
    load(news(tmp_path, "2026-01-04", "A ship came once", seen=None))
    load(news(tmp_path, "2026-01-06", "A ship comes just now", seen="2026-01-06T08:45:00Z"))
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z", sources=3))
    load(news(tmp_path, "2026-01-05", "Another ship leaves", seen="2026-01-05T11:00:00Z", sources=2))
    load(news(tmp_path, "2026-01-06", "The third ship waits", seen="2026-01-06T08:29:00Z"))
    await server.until("2026-01-06 09:00")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["A ship arrives"]
    assert author_name(post) == "New about Ships · January 5, 2026"
    assert short_list(post) == ["• Another ship leaves", "**January 6** · The third ship waits"]
    assert "Ships, January 5 to January 6 (4)" in labels(post)
    assert [option["label"] for option in menu(post, "list")["options"]] == [
        "2026-01-05 Another ship leaves", "2026-01-06 The third ship waits",
    ]  # fmt: skip
    # The next day tells what was too fresh, and nothing twice; the day after has nothing.
    await server.until("2026-01-07 09:00")
    assert lead_headlines(server.posts())[1:] == ["A ship comes just now"]
    await server.until("2026-01-08 09:00")
    assert len(server.posts()) == 2


async def test_news_is_posted_at_once(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to(SET_UP)
    await follow(server, when="at once")
    await server.until("2026-01-05 10:05")
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z", sources=3))
    load(news(tmp_path, "2026-01-05", "A lamp burns", topics=("Lamps",), seen="2026-01-05T10:00:00Z"))
    await server.until("2026-01-05 10:15")
    # The first is gathered with the second; the third comes too late for that.
    load(news(tmp_path, "2026-01-05", "Another ship leaves", seen="2026-01-05T10:09:00Z"))
    load(news(tmp_path, "2026-01-05", "The third ship waits", seen="2026-01-05T10:13:00Z"))
    await server.until("2026-01-05 10:39")
    assert not server.posts()
    await server.until("2026-01-05 10:41")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["A ship arrives"]
    assert short_list(post) == ["• Another ship leaves"]
    await server.until("2026-01-05 11:21")
    assert lead_headlines(server.posts())[1:] == ["The third ship waits"]
    await server.until("2026-01-07 11:21")
    assert len(server.posts()) == 2


async def test_a_channel_gets_six_messages_a_day_at_once_and_the_rest_the_next_day(
    server: Server, load: Import, tmp_path: Path
) -> None:
    server.skip_to(SET_UP)
    await follow(server, when="at once")
    await follow(server, what="Lamps; Lights", when="at once")
    for hour in range(9, 17):
        topic = "Ships" if hour % 2 else "Lamps"
        load(
            news(
                tmp_path, "2026-01-05", f"News of {hour} o'clock", topics=(topic,), seen=f"2026-01-05T{hour:02}:00:00Z"
            )
        )
        await server.until(f"2026-01-05 {hour:02}:50")
    assert len(server.posts()) == 6
    await server.until("2026-01-06 00:10")
    assert sorted(lead_headlines(server.posts())) == [
        f"News of {hour} o'clock" for hour in (10, 11, 12, 13, 14, 15, 16, 9)
    ]


async def test_two_follows_in_a_channel_do_not_tell_an_event_twice_on_a_day(
    server: Server, load: Import, tmp_path: Path
) -> None:
    server.skip_to(SET_UP)
    await follow(server)
    await follow(server, what="lighthouse keeper", when="daily 10am")
    load(news(tmp_path, "2026-01-05", "The lighthouse keeper sees a ship", seen="2026-01-05T10:00:00Z"))
    load(news(tmp_path, "2026-01-05", "Lighthouses need keepers", topics=("Lamps",), seen="2026-01-05T10:00:00Z"))
    await server.until("2026-01-06 10:00")
    assert lead_headlines(server.posts()) == ["The lighthouse keeper sees a ship", "Lighthouses need keepers"]


async def test_what_is_muted_never_comes(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to(SET_UP)
    await follow(server)
    load(news(tmp_path, "2026-01-05", "A warship arrives", topics=("Ships", "War"), seen="2026-01-05T10:00:00Z"))
    await mute(server, topic="War")
    await server.until("2026-01-06 09:00")
    assert not server.posts()
    doctor = text_of(await server.ask_privately(server.admin, "follow doctor"))
    assert "muted" in doctor


async def test_a_follow_whose_time_zone_is_gone_holds_up_nobody(
    server: Server, load: Import, tmp_path: Path, simcord_bot: Daybook
) -> None:
    server.skip_to(SET_UP)
    await follow(server, when="at once")
    await follow(server, what="Lamps", when="daily 11am")
    subscriptions = simcord_bot.ledger.subscriptions
    known, _ = await subscriptions.of_guild(server.guild.id)
    gone = replace(known.options, plan=replace(known.options.plan, zone="Mars/Base"))
    await subscriptions.update(known.id, gone, since=known.since, next_at=None)
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z"))
    load(news(tmp_path, "2026-01-05", "A lamp burns", topics=("Lamps",), seen="2026-01-05T10:00:00Z"))
    await server.until("2026-01-05 11:30")
    assert lead_headlines(server.posts()) == ["A lamp burns"]
    # An update brings the zone back.
    waiting = await subscriptions.get(known.id)
    assert waiting
    await subscriptions.update(known.id, known.options, since=known.since, next_at=waiting.next_at)
    await server.until("2026-01-05 13:00")
    assert lead_headlines(server.posts())[1:] == ["A ship arrives"]


async def test_what_comes_in_while_a_post_is_refused_is_posted_after_it(
    server: Server, load: Import, tmp_path: Path
) -> None:
    server.skip_to(SET_UP)
    await follow(server, when="at once")
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z"))
    await server.until("2026-01-05 10:20")
    server.deny(server.channel, "send_messages")
    await server.until("2026-01-05 10:50")
    load(news(tmp_path, "2026-01-05", "Another ship leaves", seen="2026-01-05T10:50:00Z"))
    await server.until("2026-01-05 12:20")
    assert not server.posts()
    server.deny(server.channel)
    await server.until("2026-01-05 13:20")
    assert lead_headlines(server.posts()) == ["A ship arrives", "Another ship leaves"]


@pytest.mark.parametrize(("when", "posted"), [("daily 9am", "2026-01-06 09:10"), ("at once", "2026-01-05 10:50")])
async def test_a_follow_that_was_not_paused_loses_nothing_when_it_is_resumed(
    server: Server, load: Import, tmp_path: Path, when: str, posted: str
) -> None:
    server.skip_to(SET_UP)
    await follow(server, when=when)
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z"))
    await server.until("2026-01-05 10:20")
    await server.ask_privately(server.admin, "follow resume")
    await server.until(posted)
    assert lead_headlines(server.posts()) == ["A ship arrives"]


async def test_what_came_in_during_a_pause_stays_unposted(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to(SET_UP)
    await follow(server)
    await server.ask_privately(server.admin, "follow pause")
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z"))
    await server.until("2026-01-05 10:20")
    await server.ask_privately(server.admin, "follow resume")
    load(news(tmp_path, "2026-01-05", "Another ship leaves", seen="2026-01-05T10:25:00Z"))
    await server.until("2026-01-06 09:10")
    assert lead_headlines(server.posts()) == ["Another ship leaves"]
    assert len(server.posts()[0].embeds) == 1


async def test_what_could_not_be_noted_is_posted_at_once_nevertheless(
    server: Server, load: Import, tmp_path: Path, simcord_bot: Daybook
) -> None:
    server.skip_to(SET_UP)
    await follow(server, when="at once")
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z"))
    server.skip_to("2026-01-05 10:01")
    watch, store = simcord_bot.courier._news, simcord_bot.ledger._store
    await store.read("PRAGMA query_only = ON", {})
    with pytest.raises(LedgerError):
        await watch.look(simcord_bot.clock.now())
    await store.read("PRAGMA query_only = OFF", {})
    assert await watch.look(simcord_bot.clock.now())
    await server.until("2026-01-05 10:41")
    assert lead_headlines(server.posts()) == ["A ship arrives"]


async def test_a_test_shows_what_came_in_during_the_last_week(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to("2026-01-20 08:00")
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z"))
    load(news(tmp_path, "2025-12-01", "A ship sinks", seen="2026-01-19T10:00:00Z"))
    answer = text_of(await follow(server, when="monthly 31 9am"))
    assert "In the last seven days, nothing about this came in." in answer
    refusal = await server.ask_refused(DailyPostError, server.admin, "follow test")
    assert refusal == "In the last seven days nothing about this subject came in, so there is nothing to show."
    load(news(tmp_path, "2026-01-19", "Another ship leaves", seen="2026-01-19T11:00:00Z"))
    await server.ask_privately(server.admin, "follow test")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["Another ship leaves"]
    assert len(post.embeds) == 1


async def test_posts_cost_no_time_of_the_admin_who_set_them_up(
    server: Server, load: Import, tmp_path: Path, simcord_bot: Daybook
) -> None:
    server.skip_to(SET_UP)
    # The courier sleeps when it is set up, and is woken.
    await server.until("2026-01-05 08:01")
    await follow(server, when="at once")
    turns = simcord_bot.archive._readers._turns
    assert turns.budgets == 1
    turns._left.clear()
    load(news(tmp_path, "2026-01-05", "A ship arrives", seen="2026-01-05T10:00:00Z"))
    await server.until("2026-01-05 10:50")
    assert lead_headlines(server.posts()) == ["A ship arrives"]
    assert turns.budgets == 0


async def test_a_follow_of_another_subject_begins_anew(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to(SET_UP)
    await follow(server)
    load(news(tmp_path, "2026-01-05", "A lamp burns", topics=("Lamps",), seen="2026-01-05T10:00:00Z"))
    server.skip_to("2026-01-05 12:00")
    await server.ask_privately(server.admin, "follow edit", what="Lamps")
    load(news(tmp_path, "2026-01-05", "Another lamp burns", topics=("Lamps",), seen="2026-01-05T13:00:00Z"))
    await server.until("2026-01-06 09:00")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["Another lamp burns"]
    assert not short_list(post)


async def test_news_in_a_language_that_is_new_to_the_archive_is_posted_at_once(
    server: Server, load: Import, tmp_path: Path
) -> None:
    server.skip_to(SET_UP)
    await follow(server, what="Häuser Küste", when="at once")
    block = "language: de\nseen: 2026-01-05T10:00:00Z"
    load(write(tmp_path, "2026-01-05", "Ein Haus an den Küsten brennt", summary="So wird erzählt.", block=block))
    await server.until("2026-01-05 12:00")
    assert lead_headlines(server.posts()) == ["Ein Haus an den Küsten brennt"]
