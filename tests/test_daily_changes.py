"""``/daily``: subscriptions as admins change, pause and remove them. The real bot in a simulated Discord."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.ledger.ledger import Ledger
from tests.helpers.servers import AT_NINE, Server, labels, make_bot, menu, parts, timestamp_markup, write_tales

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)

Env = Any


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return write_tales(tmp_path)


# Several subscriptions


@pytest.mark.parametrize("command", ["edit", "pause", "resume", "remove", "test", "upcoming"])
async def test_without_a_number_the_only_subscription_is_used(server: Server, command: str) -> None:
    options = {"count": 2} if command == "edit" else {}
    assert "This server has no daily posts yet: `/daily add`" in await server.daily_refusal(command, **options)
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.daily(command, **options)
    await server.daily("add", channel=server.channel, late=1, **AT_NINE)
    sentence = await server.daily_refusal(command, **options)
    assert "Which one? This server has daily posts 1 and 2: choose one with “post”." in sentence
    assert "This server has no daily post 3. Existing numbers: 1 and 2." in await server.daily_refusal(
        command, post=3, **options
    )
    await server.daily(command, post=2, **options)


async def test_another_servers_subscriptions_are_out_of_reach(simcord_env: Env, server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    other = Server.open(simcord_env, "Next door")
    assert "There are none yet" in await other.daily_text("list")
    assert "There are none yet" in await other.daily_text("doctor")
    for command in ("pause", "remove", "test", "upcoming", "resume"):
        assert "no daily posts yet" in await other.daily_refusal(command, post=1)
    assert "no daily posts yet" in await other.daily_refusal("edit", post=1, count=2)
    prompt = await server.daily("remove")
    (remove,) = [part["custom_id"] for part in parts(prompt) if part["label"] == "Remove it for good"]
    forged = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Go", "custom_id": remove}]}
    bot = simcord_env.backend.bot_user.id
    simcord_env.backend.create_message(other.channel.id, bot, "Forged", components=[forged])
    answer = await other.press(other.channel.last_message, "Go")
    assert "has since been removed" in answer.response.content
    assert len(simcord_env.errors) > 0
    assert "1 of at most 10" in await server.daily_text("list")


# Changes


async def test_each_option_can_be_changed_and_the_rest_stays(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    news = server.guild.create_news_channel("news")
    readers = server.guild.create_role("Readers", mentionable=True)
    expected: list[str] = []
    for options, says in (
        ({"time": "10:30"}, "at **10:30**"),
        ({"timezone": "tokyo"}, "(Asia/Tokyo)"),
        ({"channel": news}, f"<#{news.id}>, "),
        ({"topic": "tales"}, "about **Tales**"),
        ({"count": 2}, "up to 2 others"),
        ({"role": readers}, f"<@&{readers.id}>"),
        ({"thread": True}, "opens a thread"),
        ({"late": 2}, "up to 2 h after its time"),
        ({"language": "en"}, "in English"),
        ({"weekdays": "weekends"}, "Saturdays and Sundays at"),
        ({"publish": True}, "is published"),
        ({"pin": True}, "is pinned"),
        ({"empty": "nearest"}, "the nearest day's events"),
    ):
        text = await server.daily_text("edit", **options)
        expected.append(says)
        assert "Daily post 1 is changed" in text
        for part in expected:
            assert part in text, (options, part)
    for name, gone in (("topic", "Tales"), ("role", "<@&"), ("language", "English"), ("weekdays", "Saturday")):
        text = await server.daily_text("edit", clear=name)
        assert gone not in text
    assert "every day at **10:30**" in text
    off = await server.daily_text("edit", thread=False, publish=False, pin=False)
    assert "Each " not in off


async def test_a_tag_belongs_to_its_forum(server: Server) -> None:
    forum = server.guild.create_forum_channel("history")
    server.tags(forum, "Old")
    await server.daily("add", channel=forum, tag="Old", **AT_NINE)
    assert "has a tag" not in await server.daily_text("edit", clear="tag")
    assert "has a tag" in await server.daily_text("edit", tag="old")
    assert "has a tag" not in await server.daily_text("edit", channel=server.channel)
    assert "Only forums have tags" in await server.daily_refusal("edit", tag="old")
    assert "has a tag" in await server.daily_text("edit", channel=forum, tag="old")


async def test_a_change_that_cannot_be_leaves_everything_as_it_was(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    before = await server.daily_text("list")
    locked = server.guild.create_text_channel("locked")
    server.deny(locked, "embed_links")
    assert "Nothing to change: choose" in await server.daily_refusal("edit")
    assert "“25:00”" in await server.daily_refusal("edit", count=2, time="25:00")
    assert "no topic" in await server.daily_refusal("edit", count=2, topic="Gardening")
    sentence = await server.daily_refusal("edit", channel=locked)
    assert sentence == f"Nothing was changed. I need these permissions in <#{locked.id}>: Embed Links."
    assert await server.daily_text("list") == before


async def test_another_time_never_yields_two_posts_for_one_date(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.until("2026-01-01 09:00")
    assert f"{timestamp_markup('2026-01-02 11:00')} " in await server.daily_text("edit", time="11:00"), (
        "today has had its post"
    )
    await server.until("2026-01-02 10:59")
    assert len(server.posts()) == 1
    assert f"{timestamp_markup('2026-01-03 08:00')} " in await server.daily_text("edit", time="8:00"), (
        "8:00 is over for today"
    )
    await server.until("2026-01-03 07:59")
    assert len(server.posts()) == 1
    await server.until("2026-01-03 08:00")
    assert len(server.posts()) == 2
    assert f"{timestamp_markup('2026-01-04 17:00')} " in await server.daily_text(
        "edit", timezone="Honolulu", time="7:00"
    )


async def test_what_was_due_before_a_change_is_not_posted_after_a_restart_either(
    server: Server, simcord_env: Env, archive: Archive, ledger: Ledger
) -> None:
    server.skip_to("2026-01-01 23:00")
    await server.daily("add", channel=server.channel, time="11:00", timezone="UTC")
    await server.until("2026-01-02 10:00")
    assert f"{timestamp_markup('2026-01-03 08:00')} " in await server.daily_text("edit", time="8:00")
    await simcord_env.restart_bot(make_bot(archive, ledger))
    await server.until("2026-01-03 07:59")
    assert not server.posts()
    await server.until("2026-01-03 08:00")
    assert len(server.posts()) == 1


async def test_a_paused_subscription_posts_nothing_and_makes_up_for_nothing(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    assert "is paused; `/daily resume`" in await server.daily_text("pause")
    assert "\nPaused; `/daily resume`" in await server.daily_text("list")
    assert "\nPaused; `/daily resume`" in await server.daily_text("doctor")
    assert "Paused; " in await server.daily_text("upcoming")
    assert "Paused" in await server.daily_text("edit", time="9:30"), "changed, it rests on"
    await server.until("2026-01-03 10:00")
    assert not server.posts()
    text = await server.daily_text("resume")
    assert "Daily post 1 is resumed" in text
    assert f"{timestamp_markup('2026-01-04 09:30')} " in text
    await server.until("2026-01-04 09:29")
    assert not server.posts()
    await server.until("2026-01-04 09:30")
    assert len(server.posts()) == 1


async def test_removing_asks_first(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    prompt = await server.daily("remove")
    assert f"Remove daily post 1 in <#{server.channel.id}> for good" in prompt.content
    assert labels(prompt) == ["Remove it for good", "Keep it"]
    await server.press(prompt, "Keep it")
    assert (prompt.content, labels(prompt)) == ("Daily post 1 stays as it is.", [])
    assert "1 of at most 10" in await server.daily_text("list")
    first, second = await server.daily("remove"), await server.daily("remove")
    await server.press(first, "Remove it for good")
    assert (first.content, labels(first)) == ("Daily post 1 is removed.", [])
    again = await server.press(second, "Remove it for good")
    assert again.ephemeral
    assert "has since been removed" in again.response.content
    assert len(server.env.errors) == 1
    assert "There are none yet" in await server.daily_text("list")
    await server.until("2026-01-03 09:00")
    assert not server.posts()


async def test_a_week_of_a_subscription_that_is_gone(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    week = await server.daily("upcoming")
    await server.press(await server.daily("remove"), "Remove it for good")
    answer = await server.choose(week, "coming", menu(week, "coming")["options"][0]["value"])
    assert "has since been removed" in answer.response.content
    assert len(server.env.errors) == 1


async def test_numbers_are_those_of_the_server(simcord_env: Env, server: Server) -> None:
    for late in range(3):
        await server.daily("add", channel=server.channel, late=late, **AT_NINE)
    await server.press(await server.daily("remove", post=2), "Remove it for good")
    assert re.findall(r"Daily post (\d)", await server.daily_text("list")) == ["1", "3"]
    assert "Daily post 4 is set up" in await server.daily_text("add", channel=server.channel, **AT_NINE)
    other = Server.open(simcord_env, "Next door")
    assert "Daily post 1 is set up" in await other.daily_text("add", channel=other.channel, **AT_NINE)
