"""How admins look ahead, and see what went wrong. The real bot in a simulated Discord."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.domain.delivery import DeliveryState
from bot.ledger.ledger import Ledger
from tests.helpers.archives import Import
from tests.helpers.servers import (
    AT_NINE,
    Server,
    author_name,
    labels,
    lead_headlines,
    menu,
    short_list,
    text_of,
    timestamp_markup,
    write_tale,
    write_tales,
)

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)

Env = Any


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return write_tales(tmp_path)


# /daily upcoming


def days(message: Any) -> list[str]:
    return [option["value"] for option in menu(message, "coming")["options"]]


async def test_the_week_ahead_is_what_comes(server: Server) -> None:
    await server.daily("add", channel=server.channel, empty="nearest", **AT_NINE)
    server.skip_to("2026-01-11 00:00")
    week = await server.daily("upcoming")
    assert days(week) == [f"2026-01-{day}" for day in range(11, 18)]
    for day in range(11, 18):
        assert timestamp_markup(f"2026-01-{day} 09:00", "f") in text_of(week)
    previews = []
    for iso_date in days(week):
        await server.choose(week, "coming", iso_date)
        assert week.content == f"Scheduled for {timestamp_markup(f'{iso_date} 09:00')}:"
        assert labels(week) == ["Skip this day", "Pick another lead", "Back to the week"]
        previews.append([embed.to_dict() for embed in week.embeds])
        await server.press(week, "Back to the week")
        assert not week.content
    await server.until("2026-01-17 09:00")
    assert [[embed.to_dict() for embed in post.embeds] for post in server.posts()] == previews


async def test_the_week_ahead_knows_of_the_channels_other_subscriptions(server: Server) -> None:
    for number, hour in enumerate((9, 9, 18)):
        await server.daily("add", channel=server.channel, count=1, time=f"{hour}:00", timezone="UTC", late=number)
    previews = []
    for number in (1, 2, 3):
        week = await server.daily("upcoming", post=number)
        await server.choose(week, "coming", "2026-01-01")
        previews.append([embed.to_dict() for embed in week.embeds])
    await server.until("2026-01-01 18:00")
    assert [[embed.to_dict() for embed in post.embeds] for post in server.posts()] == previews


async def test_seven_dates_are_shown_when_clocks_go_back(server: Server) -> None:
    await server.daily("add", channel=server.channel, time="9:00", timezone="Berlin")
    server.skip_to("2026-10-24 07:05")
    assert days(await server.daily("upcoming")) == [f"2026-10-{day}" for day in range(25, 32)]


async def test_only_the_weekdays_that_were_asked_for_come(server: Server) -> None:
    await server.daily("add", channel=server.channel, weekdays="mon wed fri", **AT_NINE)
    week = await server.daily("upcoming")
    assert days(week) == ["2026-01-02", "2026-01-05", "2026-01-07"]
    assert [option["label"][:3] for option in menu(week, "coming")["options"]] == ["Fri", "Mon", "Wed"]
    await server.until("2026-01-08 00:00")
    assert lead_headlines(server.posts()) == [f"Tale of 2001-01-{day}" for day in ("02", "05", "07")]


async def test_a_day_can_be_skipped_and_taken_back(server: Server, ledger: Ledger) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    week = await server.daily("upcoming")
    for day in ("2026-01-01", "2026-01-02"):
        await server.choose(week, "coming", day)
        await server.press(week, "Skip this day")
        assert week.content == f"Was scheduled for {timestamp_markup(f'{day} 09:00')}; skipped:"
        assert "Post it after all" in labels(week)
        await server.press(week, "Back to the week")
    assert text_of(week).count("skipped by this server") == 2
    assert timestamp_markup("2026-01-03 09:00") in await server.daily_text("list"), "the next post is one that comes"
    await server.choose(week, "coming", "2026-01-02")
    await server.press(week, "Post it after all")
    assert week.content.startswith("Scheduled for")
    assert timestamp_markup("2026-01-02 09:00") in await server.daily_text("list")
    await server.until("2026-01-02 09:00")
    assert lead_headlines(server.posts()) == ["Tale of 2001-01-02"]
    deliveries = await ledger.deliveries._select("ORDER BY local_date", {})
    assert [delivery.state for delivery in deliveries] == [DeliveryState.SKIPPED, DeliveryState.SENT]
    assert str(deliveries[0].reason) == "somebody who manages this server skipped that day"
    over = await server.press(week, "Skip this day")
    assert "That day's post is done" in over.response.content
    assert over.ephemeral
    assert len(server.env.errors) == 1


async def test_what_is_skipped_can_come_on_another_day(server: Server, load: Import, tmp_path: Path) -> None:
    load(
        write_tale(tmp_path, "2013-01-20", "Near", topic="Ends"),
        write_tale(tmp_path, "2013-01-30", "Far", topic="Ends"),
    )
    server.skip_to("2026-01-21 00:00")
    await server.daily("add", channel=server.channel, topic="ends", empty="nearest", **AT_NINE)
    week = await _day(server, "2026-01-22")
    assert lead_headlines([week]) == ["Far"], "the day before has shown the nearer one"
    await server.press(await _day(server, "2026-01-21"), "Skip this day")
    assert lead_headlines([await _day(server, "2026-01-22")]) == ["Near"]
    await server.until("2026-01-22 09:00")
    assert lead_headlines(server.posts()) == ["Near"]


async def test_another_lead_can_be_chosen(server: Server, ledger: Ledger) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    week = await server.daily("upcoming")
    await server.choose(week, "coming", "2026-01-01")
    titles = [week.embeds[0].title]
    for _ in range(5):
        await server.press(week, "Pick another lead")
        titles.append(week.embeds[0].title)
    assert titles == [f"Tale of {year}-01-01" for year in (2001, 2007, 2003, 2009, 2012, 2001)], (
        "after all the first again"
    )
    assert "chosen" not in author_name(week)
    await server.press(week, "Pick another lead")
    assert author_name(week) == "19 years ago today, chosen by this server · January 1, 2007"
    assert "**2001** · Tale of 2001-01-01" in short_list(week)
    await server.press(week, "Back to the week")
    assert "**Tale of 2007-01-01** (19 years ago today, chosen by this server) · 4 more" in text_of(week)
    await server.daily_text("test")
    await server.until("2026-01-02 09:00")
    test, post, following = server.posts()
    assert author_name(test) == author_name(post) == "19 years ago today, chosen by this server · January 1, 2007"
    assert lead_headlines([following]) == ["Tale of 2001-01-02"], "the other days are as they were"
    over = await server.press(await _day(server, "2026-01-03"), "Pick another lead")
    assert not server.env.errors
    assert over.response.embeds[0].title == "Tale of 2007-01-03"


async def _day(server: Server, day: str) -> Any:
    week = await server.daily("upcoming")
    await server.choose(week, "coming", day)
    return week


async def test_a_day_with_one_event_has_no_other_lead_and_one_with_none_can_be_skipped(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(write_tale(tmp_path, "2012-01-16", "All alone"))
    await server.daily("add", channel=server.channel, **AT_NINE)
    server.skip_to("2026-01-15 12:00")
    alone = await _day(server, "2026-01-16")
    assert lead_headlines([alone]) == ["All alone"]
    assert labels(alone) == ["Skip this day", "Back to the week"]
    nothing = await _day(server, "2026-01-17")
    assert "the archive has nothing for that day" in text_of(nothing)
    await server.press(nothing, "Skip this day")
    assert "skipped by this server" in text_of(nothing)


# /daily doctor


async def test_doctor_links_the_last_post_and_tells_the_next(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    assert "Last: none yet" in await server.daily_text("doctor")
    await server.until("2026-01-01 09:00")
    text = await server.daily_text("doctor")
    (post,) = server.posts()
    link = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{post.id}"
    assert f"Last: [the post for January 1, 2026]({link})" in text
    assert (
        f"Next: {timestamp_markup('2026-01-02 09:00')} ({timestamp_markup('2026-01-02 09:00', 'R')}), 09:00 in UTC"
        in text
    )
    assert "⚠" not in text
    await server.daily("add", channel=server.channel, time="9:30", timezone="UTC")
    assert re.findall(r"Daily post (\d)", await server.daily_text("doctor")) == ["1", "2"]
    assert re.findall(r"Daily post (\d)", await server.daily_text("doctor", post=2)) == ["2"]


async def test_doctor_names_what_was_taken_away(server: Server) -> None:
    readers = server.guild.create_role("Readers", mentionable=True)
    await server.daily("add", channel=server.channel, thread=True, pin=True, role=readers, **AT_NINE)
    server.deny(server.channel, "embed_links", "create_public_threads", "pin_messages", "read_message_history")
    text = await server.daily_text("doctor")
    assert "⚠ Needs attention: Daily post 1" in text
    assert "Missing (nothing can be posted without it): **Embed Links**" in text
    assert "for the options you chose: **Create Public Threads and Pin Messages**" in text
    assert "**Read Message History**" in text
    server.deny(server.channel)
    assert "Missing" not in await server.daily_text("doctor")
    server.env.backend.delete_channel(server.channel.id)
    server.channel = server.guild.create_text_channel("elsewhere")
    assert "Its channel is gone: choose another one with `/daily edit`." in await server.daily_text("doctor")
    assert "That channel is gone" in await server.daily_refusal("edit", time="10:00")
    assert "That channel is gone" in await server.daily_refusal("test")
    assert f"<#{server.channel.id}>" in await server.daily_text("edit", channel=server.channel)


async def test_a_step_that_fails_hides_nothing(server: Server) -> None:
    await server.daily("add", channel=server.channel, pin=True, **AT_NINE)
    # simcord asks for this one.
    server.deny(server.channel, "manage_messages")
    await server.until("2026-01-01 09:01")
    assert len(server.posts()) == 1
    text = await server.daily_text("doctor")
    assert "Last: [the post for January 1, 2026](" in text
    assert "The last post was sent, but pinning it failed: Discord does not allow it" in text
    assert "⚠ Needs attention: Daily post 1" in text


async def test_a_failure_is_reported_once_pauses_after_three_days_and_ends_by_itself(
    server: Server, simcord_env: Env, ledger: Ledger
) -> None:
    system = server.guild.create_text_channel("system")
    simcord_env.backend.edit_guild(server.guild.id, {"system_channel_id": system.id})
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.until("2026-01-01 09:00")
    server.deny(server.channel, "embed_links")
    await server.until("2026-01-02 09:00")
    (notice,) = server.posts(system)
    assert (
        f"Daily post 1 could not be posted in <#{server.channel.id}>: I need these permissions there: Embed Links."
        in notice.content
    )
    text = await server.daily_text("doctor")
    assert "Last: [the post for January 1, 2026](" in text
    assert "January 2, 2026 was not sent: I need these permissions there: Embed Links." in text
    assert "Paused after" not in text
    await server.until("2026-01-03 12:00")
    assert "January 3, 2026 was not sent: I need these permissions there: Embed Links." in await server.daily_text(
        "doctor"
    )
    await server.until("2026-01-04 12:00")
    text = await server.daily_text("doctor")
    assert "Paused after 3 failed days in a row" in text
    assert f"{timestamp_markup('2026-01-05 09:00')} " in text
    assert "resumes by itself as soon as it can" in text
    assert "Paused after repeated failures. Once it resumes" in await server.daily_text("upcoming")
    await server.until("2026-01-05 15:30")
    text = await server.daily_text("doctor")
    assert "January 5, 2026 was not sent: it is paused: I need these permissions there: Embed Links." in text
    assert len(server.posts(system)) == 1, "admins are notified once"
    server.deny(server.channel)
    await server.until("2026-01-06 09:00")
    assert len(server.posts()) == 2
    text = await server.daily_text("doctor")
    assert "⚠" not in text
    assert "Rests" not in text
    assert "was not sent" not in text
    server.deny(server.channel, "embed_links")
    await server.until("2026-01-07 09:00")
    assert len(server.posts(system)) == 2, "a new failure is reported anew"


async def test_without_a_system_channel_the_owner_is_notified(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    server.deny(server.channel, "embed_links")
    await server.until("2026-01-01 09:00")
    (notice,) = server.guild.owner.dm_channel.history()
    assert notice.content.startswith("In the server Home: Daily post 1 could not be posted in")


async def test_a_failing_subscription_can_be_repaired_by_hand(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    server.deny(server.channel, "embed_links")
    await server.until("2026-01-03 12:00")
    assert "Paused after 3" in await server.daily_text("doctor")
    elsewhere = server.guild.create_text_channel("elsewhere")
    text = await server.daily_text("edit", channel=elsewhere)
    assert "rests" not in text
    assert f"{timestamp_markup('2026-01-04 09:00')} " in text
    await server.until("2026-01-04 09:00")
    # That of the third, which was refused, came as soon as it could.
    assert lead_headlines(server.posts(elsewhere)) == ["Tale of 2001-01-03", "Tale of 2001-01-04"]
    assert server.posts(elsewhere)[0].content.startswith("Late: ")
