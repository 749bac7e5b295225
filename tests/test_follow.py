"""``/follow``: subjects as admins follow them, and what they see of it. The real bot in a simulated Discord."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.errors import DailyPostError, SubjectError
from tests.helpers.samples import write
from tests.helpers.servers import Server, labels, menu, mute, parts, settings_answer, text_of, timestamp_markup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.archives import Import

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    """What is known of ships and lamps before anybody follows them; without a time at which it was first fetched."""
    old = [write(tmp_path, f"200{year}-01-04", f"A ship of 200{year}", topic="Ships") for year in range(3)]
    return [*old, write(tmp_path, "2004-01-04", "A lamp of old", topic="Lamps")]


def write_news(folder: Path, day: str, headline: str, *, seen: str, topic: str = "Ships") -> Path:
    """Write an event that was first fetched at a moment."""
    return write(folder, day, headline, topic=topic, summary="It is told.", block=f"seen: {seen}")


async def follow(server: Server, command: str, **options: Any) -> Any:
    """Let the admin use a /follow command; return the ephemeral message."""
    return await server.ask_privately(server.admin, f"follow {command}", **options)


async def follow_text(server: Server, command: str, **options: Any) -> str:
    return text_of(await follow(server, command, **options))


async def follow_refusal(server: Server, command: str, **options: Any) -> str:
    return await server.ask_refused(DailyPostError | SubjectError, server.admin, f"follow {command}", **options)


# Setting up


async def test_the_least_that_makes_a_follow(server: Server) -> None:
    text = await follow_text(server, "add", what="ships", channel=server.channel)
    assert "Follow 1 is set up" in text
    assert f"<#{server.channel.id}>, **daily at 09:00** (UTC)\nWhat is new about **Ships**\n" in text
    assert f"{timestamp_markup('2026-01-01 09:00')} (" in text
    assert "A lead story and up to 5 others\n" in text
    assert "If there is nothing new: nothing" in text
    assert "In the last seven days, nothing about this came in." in text


async def test_every_option_of_a_follow_is_confirmed(server: Server) -> None:
    news = server.guild.create_news_channel("news")
    readers = server.guild.create_role("Readers", mentionable=True)
    text = await follow_text(
        server, "add", what="ships; solar eclipse", channel=news, when="weekly fri 6pm", timezone="Berlin", count=3,
        role=readers, thread=True, late=0, language="en", publish=True, pin=True,
    )  # fmt: skip
    for part in (
        f"<#{news.id}>, **every Friday at 18:00** (Europe/Berlin)",
        "What is new about **Ships; solar eclipse**",
        "up to 3 others\nOnly events in English",
        f"Each post mentions <@&{readers.id}>, opens a thread, is published and is pinned",
        "If late, it is skipped",
        f"{timestamp_markup('2026-01-02 17:00')} ",
    ):
        assert part in text, part
    assert "What is new about **Ships; solar eclipse**" in await follow_text(server, "list")


@pytest.mark.parametrize(
    ("when", "line", "next_post"),
    [
        ("at once", "**at once** (UTC)", "As soon as something new comes in"),
        ("sofort", "**at once** (UTC)", "As soon as something new comes in"),
        ("monthly 31 9am", "**on the last day of each month at 09:00** (UTC)", timestamp_markup("2026-01-31 09:00")),
        ("mensuel 15 18:30", "**on day 15 of each month at 18:30** (UTC)", timestamp_markup("2026-01-15 18:30")),
        ("weekdays 7am", "**Monday to Friday at 07:00** (UTC)", timestamp_markup("2026-01-01 07:00")),
    ],
)
async def test_when_a_follow_posts_is_typed_as_people_say_it(
    server: Server, when: str, line: str, next_post: str
) -> None:
    text = await follow_text(server, "add", what="ships", channel=server.channel, when=when)
    assert line in text
    assert next_post in text


async def test_a_follow_has_the_time_zone_of_its_admin_where_none_is_typed(server: Server) -> None:
    await settings_answer(server, server.admin, "timezone", zone="Tokyo")
    assert "(Asia/Tokyo)" in await follow_text(server, "add", what="ships", channel=server.channel)
    text = await follow_text(server, "add", what="ships", channel=server.channel, timezone="new york")
    assert "(America/New\\_York)" in text


async def test_what_is_followed_and_when_is_offered_while_typing(server: Server) -> None:
    channel, admin = server.channel, server.admin
    topics = await admin.autocomplete(channel, "follow add", "what", "lamps; sh")
    assert [choice["value"] for choice in topics] == ["lamps; Ships"]
    plans = await admin.autocomplete(channel, "follow add", "when", "")
    assert {"at once", "daily 9am"} <= {choice["value"] for choice in plans}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"what": ";"}, "Say what to follow"),
        ({"what": "ship*"}, "whole words"),
        ({"when": "soon"}, "“soon”"),
        ({"timezone": "Atlantis"}, "“Atlantis”"),
        ({"language": "Elvish"}, "“Elvish” is not a language I know"),
        ({"publish": True}, "Only posts in announcement channels"),
    ],
)
async def test_what_cannot_be_followed_is_refused_in_one_sentence(
    server: Server, options: dict[str, Any], says: str
) -> None:
    sentence = await follow_refusal(server, "add", **{"what": "ships", "channel": server.channel, **options})
    assert says in sentence
    assert "There are none yet: `/follow add`" in await follow_text(server, "list"), "nothing is stored"


async def test_the_same_follow_is_not_doubled(server: Server) -> None:
    await follow(server, "add", what="ships; lamps", channel=server.channel)
    sentence = await follow_refusal(server, "add", what="Lamps; SHIPS", channel=server.channel)
    assert "That follow already exists: number 1 has exactly the same options" in sentence
    assert "`/follow edit`" in sentence
    await follow(server, "pause")
    assert "`/follow resume`" in await follow_refusal(server, "add", what="lamps; ships", channel=server.channel)
    assert "Follow 2" in await follow_text(server, "add", what="lamps", channel=server.channel)


async def test_daily_posts_and_follows_have_one_row_of_numbers_and_one_limit(server: Server) -> None:
    for number in range(1, 6):
        await server.daily("add", channel=server.channel, time="9:00", timezone="UTC", count=number)
        text = await follow_text(server, "add", what="ships", channel=server.channel, count=number)
        assert f"Follow {2 * number} is set up" in text
    sentence = await follow_refusal(server, "add", what="lamps", channel=server.channel)
    assert "the maximum of 10 daily posts and follows" in sentence
    assert "\nDaily posts and follows together: 10 of at most 10\n" in await follow_text(server, "list")
    daily = await server.daily_text("list")
    assert "Daily post 9" in daily
    assert "Ships" not in daily
    assert "This server has no follow 1. Existing numbers: 2, 4, 6, 8 and 10." in await follow_refusal(
        server, "pause", follow=1
    )
    offered = await server.admin.autocomplete(server.channel, "follow pause", "follow", "")
    assert [choice["value"] for choice in offered] == [2, 4, 6, 8, 10]
    assert offered[0]["name"] == "2 · #on-this-day · daily at 09:00 · Ships"


# Changing


async def test_a_follow_is_changed_paused_resumed_and_removed(server: Server) -> None:
    assert "This server has no follows yet: `/follow add`" in await follow_refusal(server, "edit", count=2)
    await follow(server, "add", what="ships", channel=server.channel)
    assert "such as “when”" in await follow_refusal(server, "edit")
    text = await follow_text(server, "edit", what="lamps", when="monthly 1 9am", timezone="Berlin")
    for part in ("Follow 1 is changed", "**Lamps**", "**on day 1 of each month at 09:00** (Europe/Berlin)"):
        assert part in text
    assert "Follow 1 is paused; `/follow resume` resumes it." in await follow_text(server, "pause")
    assert "\nPaused; `/follow resume` resumes it." in await follow_text(server, "list")
    assert "Follow 1 is resumed" in await follow_text(server, "resume")
    question = await follow(server, "remove")
    assert f"Remove follow 1 in <#{server.channel.id}> for good" in question.content
    await server.press(question, "Keep it")
    assert question.content == "Follow 1 stays as it is."
    question = await follow(server, "remove")
    await server.press(question, "Remove it for good")
    assert question.content == "Follow 1 is removed."
    assert "There are none yet" in await follow_text(server, "list")


async def test_a_muted_subject_is_pointed_out(server: Server) -> None:
    await mute(server, topic="Ships")
    text = await follow_text(server, "add", what="ships", channel=server.channel)
    assert "This server has muted Ships: nothing will be posted until" in text
    assert "has muted" not in await follow_text(server, "add", what="ships; lamps", channel=server.channel)


# Looking ahead, and trying


async def test_the_next_posts_of_a_follow_can_be_skipped(server: Server) -> None:
    await follow(server, "add", what="ships", channel=server.channel, when="weekly fri 9am")
    week = await follow(server, "upcoming")
    days = [option["value"] for option in menu(week, "coming")["options"]]
    assert days == [f"2026-{day}" for day in ("01-02", "01-09", "01-16", "01-23", "01-30", "02-06", "02-13")]
    assert "Each shows what is new by then." in text_of(week)
    assert all(timestamp_markup(f"{day} 09:00", "f") in text_of(week) for day in days)
    await server.choose(week, "coming", "2026-01-09")
    assert labels(week) == ["Skip this day", "Back to the week"], "nobody knows the lead yet"
    await server.press(week, "Skip this day")
    assert "*skipped by this server*" in text_of(week)
    assert week.content == f"Was scheduled for {timestamp_markup('2026-01-09 09:00')}; skipped:"
    await server.press(week, "Post it after all")
    await server.press(week, "Back to the week")
    assert "skipped" not in text_of(week)


async def test_what_is_posted_at_once_has_no_dates(server: Server) -> None:
    await follow(server, "add", what="ships", channel=server.channel, when="at once")
    week = await follow(server, "upcoming")
    assert "It posts as soon as something new comes in" in text_of(week)
    assert not parts(week)


async def test_a_test_shows_what_came_in_during_the_last_week(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to("2026-01-05 08:00")
    await follow(server, "add", what="ships", channel=server.channel)
    assert "nothing about this subject came in, so" in await follow_refusal(server, "test")
    load(write_news(tmp_path / "new", "2026-01-03", "A ship comes in", seen="2026-01-03T10:00:00Z"))
    for _ in range(2):
        assert "Here is the test: https://" in await follow_text(server, "test")
    first, second = server.posts()
    assert first.embeds[0].title == second.embeds[0].title == "A ship comes in"
    assert "during the last week. It does not count." in first.content
    await mute(server, topic="Ships")
    assert "came in that is not muted here" in await follow_refusal(server, "test")


# How it is going


async def test_the_doctor_says_what_a_follow_found(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to("2026-01-05 08:00")
    await follow(server, "add", what="ships", channel=server.channel)
    assert "Nothing yet." in await follow_text(server, "doctor")
    load(write_news(tmp_path / "new", "2026-01-05", "A ship comes in", seen="2026-01-05T08:10:00Z"))
    await server.until("2026-01-05 09:00")
    await server.until("2026-01-06 09:00")
    text = await follow_text(server, "doctor")
    (post,) = server.posts()
    link = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{post.id}"
    assert f"**Jan 5, 2026** · [1 posted]({link})" in text
    assert "**Jan 6, 2026** · there was nothing new" in text
    assert text.index("Jan 6, 2026") < text.index("Jan 5, 2026"), "the newest comes first"
    assert "Last: [the post for January 5, 2026]" in text
    assert "was not sent" not in text, "nothing is wrong"


# The buttons


async def test_who_may_follow_a_topic_is_offered_it_where_it_is_shown(server: Server) -> None:
    for command, options in (("topic", {"name": "Ships"}), ("latest", {"topic": "Ships"})):
        for user, is_offered in ((server.admin, True), (server.member, False)):
            message = (await server.ask(user, command, **options)).response
            assert ("Follow this" in labels(message)) is is_offered, command


async def test_a_topic_is_followed_with_two_presses(server: Server) -> None:
    message = (await server.ask(server.admin, "topic", name="Ships")).response
    answer = await server.press(message, "Follow this")
    assert answer.ephemeral
    assert "`/follow add`" in answer.response.content or "</follow add:" in answer.response.content
    assert "what: Ships" in answer.response.content
    await server.press(answer.response, "Follow Ships here, daily at 09:00")
    text = text_of(answer.response)
    assert "Follow 1 is set up" in text
    assert f"<#{server.channel.id}>, **daily at 09:00** (UTC)\nWhat is new about **Ships**\n" in text
    assert "Ships" in await follow_text(server, "list")


async def test_others_are_refused_when_they_press(server: Server) -> None:
    message = (await server.ask(server.admin, "topic", name="Ships")).response
    server.env.backend.advance_clock(3)
    answer = await server.member.click(message, label="Follow this")
    assert answer.ephemeral
    assert answer.response.content == "Only members with Manage Server can change this server's follows."
    assert [type(error) for error in server.env.errors] == [DailyPostError]


async def test_who_manages_the_server_no_more_changes_no_follow(server: Server) -> None:
    await follow(server, "add", what="ships", channel=server.channel)
    message = (await server.ask(server.admin, "topic", name="Ships")).response
    offer = (await server.press(message, "Follow this")).response
    question = await follow(server, "remove")
    (role_id,) = server.env.backend.guilds[server.guild.id].members[server.admin.id].role_ids
    server.env.backend.remove_member_role(server.guild.id, server.admin.id, role_id)
    for old, label in ((offer, "Follow Ships here, daily at 09:00"), (question, "Remove it for good")):
        answer = await server.press(old, label)
        assert answer.response.content == "Only members with Manage Server can change this server's follows."
    assert [type(error) for error in server.env.errors] == [DailyPostError] * 2
    server.env.backend.add_member_role(server.guild.id, server.admin.id, role_id)
    assert "Follow 1" in await follow_text(server, "list")


async def test_a_topic_that_is_followed_here_is_not_followed_twice(server: Server) -> None:
    await follow(server, "add", what="ships", channel=server.channel)
    message = (await server.ask(server.admin, "topic", name="Ships")).response
    offer = (await server.press(message, "Follow this")).response
    answer = await server.press(offer, "Follow Ships here, daily at 09:00")
    assert "That follow already exists: number 1" in answer.response.content
    assert [type(error) for error in server.env.errors] == [DailyPostError]


# With daily posts, and in other channels


async def test_a_follow_beside_a_daily_post_changes_nothing_in_its_week(server: Server) -> None:
    await server.daily("add", channel=server.channel, time="9:00", timezone="UTC")
    before = text_of(await server.daily("upcoming"))
    await follow(server, "add", what="ships", channel=server.channel, when="daily 8am")
    assert text_of(await server.daily("upcoming")) == before


async def test_a_forum_can_follow_with_a_tag(server: Server, load: Import, tmp_path: Path) -> None:
    server.skip_to("2026-01-05 08:00")
    forum = server.guild.create_forum_channel("ships")
    _, tag = server.tags(forum, "Old", "News")
    assert "Each post has a tag" in await follow_text(server, "add", what="ships", channel=forum, tag="news")
    load(write_news(tmp_path / "new", "2026-01-05", "A ship comes in", seen="2026-01-05T08:10:00Z"))
    await server.until("2026-01-05 09:00")
    (thread,) = forum.threads
    assert thread.name == "Ships: A ship comes in"
    assert thread._channel.applied_tags == [tag]


async def test_a_follow_that_is_changed_to_at_once_looks_for_what_it_has_missed(
    server: Server, load: Import, tmp_path: Path
) -> None:
    server.skip_to("2026-01-05 08:00")
    await follow(server, "add", what="ships", channel=server.channel, when="daily 21:00", timezone="UTC")
    load(write_news(tmp_path / "new", "2026-01-05", "A ship comes in", seen="2026-01-05T08:10:00Z"))
    server.skip_to("2026-01-05 09:00")
    text = await follow_text(server, "edit", when="at once")
    assert "In the last seven days, 1 event about this came in." in text
    assert not server.posts()
    await server.until("2026-01-05 09:11")
    (post,) = server.posts()
    assert post.embeds[0].title == "A ship comes in"
    assert re.search(r"<t:\d+:f> · \[1 posted\]\(https://", await follow_text(server, "doctor")), "with its time"
