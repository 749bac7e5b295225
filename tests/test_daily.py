"""``/daily``: subscriptions as admins add and see them, and what is refused. The real bot in a simulated Discord."""

from pathlib import Path
from typing import Any

import discord
import pytest

from tests.discord_double.limits import check_commands
from tests.helpers.archives import Import
from tests.helpers.samples import write
from tests.helpers.servers import AT_NINE, Server, timestamp_markup

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    days = [(f"{year}-01-{day:02}", f"Tale of January {day}, {year}") for year in (2003, 2007) for day in range(1, 13)]
    pages = [write(tmp_path, when, what, topic="Tales") for when, what in days]
    return [*pages, write(tmp_path, "2010-03-29", "A clock is put forward", topic="Clocks")]


# Subscriptions


async def test_the_least_that_makes_a_subscription(server: Server) -> None:
    text = await server.daily_text("add", channel=server.channel, time="9:00", timezone="Europe/Berlin")
    assert "Daily post 1 is set up" in text
    assert f"<#{server.channel.id}>, every day at **09:00** (Europe/Berlin)" in text
    assert (
        f"{timestamp_markup('2026-01-01 08:00')} ({timestamp_markup('2026-01-01 08:00', 'R')}), 09:00 in Europe/Berlin"
        in text
    )
    assert "A lead story and up to 5 others\n" in text
    assert "it is still posted up to 6 h after its time" in text
    assert "Good to know" not in text


async def test_every_option_is_confirmed(server: Server) -> None:
    news = server.guild.create_news_channel("news")
    readers = server.guild.create_role("Readers", mentionable=True)
    text = await server.daily_text(
        "add", channel=news, time="9pm", timezone="new york", topic="tales", count=3, role=readers, thread=True,
        late=0, language="en", weekdays="mon to fri", publish=True, pin=True, empty="nearest",
    )  # fmt: skip
    for part in (
        f"<#{news.id}>, Monday to Friday at **21:00** (America/New\\_York)",
        "up to 3 others\nOnly about **Tales**\nOnly events in English",
        f"Each post mentions <@&{readers.id}>, opens a thread, is published and is pinned",
        "If late, it is skipped",
        "On a day without events: the nearest day's events",
        f"{timestamp_markup('2026-01-01 02:00')} ",
        "The archive has something about Tales on 12 days of the year.",
    ):
        assert part in text, part
    listed = await server.daily_text("list")
    assert "1 of at most 10" in listed
    assert f"Each post mentions <@&{readers.id}>, opens a thread, is published and is pinned" in listed


async def test_a_topic_that_never_fits_is_reported(server: Server) -> None:
    text = await server.daily_text("add", channel=server.channel, topic="tales", language="zh", count=1, **AT_NINE)
    assert "nothing about Tales that fits this daily post: nothing will be posted." in text
    assert "A lead story and up to 1 other\nOnly about **Tales**\nOnly events in Chinese" in text
    clocks = await server.daily_text("add", channel=server.channel, topic="clocks", **AT_NINE)
    assert "The archive has something about Clocks on 1 day of the year." in clocks


async def test_a_forum_and_a_thread_can_have_a_daily_post_too(server: Server) -> None:
    forum = server.guild.create_forum_channel("history")
    _, tag = server.tags(forum, "Old", "Daily Posts")
    assert "Each post has a tag" in await server.daily_text("add", channel=forum, tag="daily posts", **AT_NINE)
    thread = server.thread("On this day")
    assert f"<#{thread.id}>, every day" in await server.daily_text("add", channel=thread, **AT_NINE)
    await server.until("2026-01-01 09:00")
    (forum_thread,) = forum.threads
    assert forum_thread.name == "January 1: Tale of January 1, 2003"
    assert forum_thread._channel.applied_tags == [tag]
    assert len(server.posts(forum_thread)) == len(server.posts(thread)) == 1
    assert not server.posts()


@pytest.mark.parametrize(
    ("typed", "typed_zone", "first"),
    [
        ("9", "Berlin", "2026-01-01 08:00"),
        ("9am", "berlin", "2026-01-01 08:00"),
        ("21.30", "Beijing", "2026-01-01 13:30"),
        ("9 Uhr", "munich", "2026-01-01 08:00"),
        ("noon", "Mumbai", "2026-01-01 06:30"),
        ("下午9点半", "北京", "2026-01-01 13:30"),
        ("0:00", "UTC", "2026-01-02 00:00"),
        ("midnight", "new york", "2026-01-01 05:00"),
        ("23:59", "asia/tokyo", "2026-01-01 14:59"),
    ],
)
async def test_times_and_places_as_people_write_them(server: Server, typed: str, typed_zone: str, first: str) -> None:
    assert f"{timestamp_markup(first)} " in await server.daily_text(
        "add", channel=server.channel, time=typed, timezone=typed_zone
    )


@pytest.mark.parametrize(
    ("now", "time", "zone", "first"),
    [
        # On 29 March 2026 clocks in Berlin go from 2:00 to 3:00, on 25 October from 3:00 to 2:00.
        ("2026-03-28 12:00", "9:00", "Berlin", "2026-03-29 07:00"),
        ("2026-03-28 12:00", "2:30", "Berlin", "2026-03-29 01:00"),
        ("2026-10-24 12:00", "9:00", "Berlin", "2026-10-25 08:00"),
        ("2026-10-24 12:00", "2:30", "Berlin", "2026-10-25 00:30"),
        ("2026-03-07 20:00", "9am", "New York", "2026-03-08 13:00"),
    ],
)
async def test_the_first_post_after_clocks_change_is_announced_right(
    server: Server, now: str, time: str, zone: str, first: str
) -> None:
    server.skip_to(now)
    assert f"{timestamp_markup(first)} " in await server.daily_text(
        "add", channel=server.channel, time=time, timezone=zone
    )
    server.skip_to(first)
    assert timestamp_markup(first) not in await server.daily_text("list"), "what is due now is not to come any more"


async def test_what_was_due_earlier_today_comes_tomorrow(server: Server) -> None:
    server.skip_to("2026-01-01 09:00")
    assert f"{timestamp_markup('2026-01-02 09:00')} " in await server.daily_text(
        "add", channel=server.channel, **AT_NINE
    )
    await server.until("2026-01-02 08:59")
    assert not server.posts()
    await server.until("2026-01-02 09:00")
    assert len(server.posts()) == 1


# What is refused


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"time": "25:00"}, ("“25:00”", "“9:00”")),
        ({"time": "soon"}, ("“soon”", "“9:00”")),
        ({"timezone": "Atlantis"}, ("“Atlantis”", "try")),
        ({"timezone": "CET"}, ("summer time",)),
        ({"timezone": "../etc/passwd"}, ("try",)),
        ({"topic": "Gardening"}, ("no topic “Gardening”",)),
        ({"topic": "Tails"}, ("no topic “Tails”", "Did you mean “Tales”?")),
        ({"weekdays": "yesterday"}, ("“yesterday”", "“Monday to Friday”")),
        ({"weekdays": "every day except mon-sun"}, ("That leaves no days",)),
        ({"language": "Elvish"}, ("“Elvish” is not a language I know", "“English”")),
        ({"tag": "Old"}, ("Only forums have tags",)),
        ({"publish": True}, ("Only posts in announcement channels",)),
    ],
)
async def test_what_cannot_be_read_is_refused_in_one_sentence(
    server: Server, options: dict[str, Any], says: tuple[str, ...]
) -> None:
    sentence = await server.daily_refusal("add", channel=server.channel, **{**AT_NINE, **options})
    for part in says:
        assert part in sentence
    assert len(sentence) < 300
    assert "There are none yet" in await server.daily_text("list"), "nothing is stored"


async def test_options_that_a_channel_cannot_have_are_refused(server: Server) -> None:
    forum, thread = server.guild.create_forum_channel("history"), server.thread("On this day")
    server.tags(forum, "Old", "Daily")
    for options, says in (
        ({"channel": thread, "thread": True}, "A thread cannot have threads"),
        ({"channel": forum, "thread": True}, "each post is a thread of its own"),
        ({"channel": forum, "pin": True}, "posts are pinned by hand"),
        ({"channel": forum, "publish": True}, "Only posts in announcement channels"),
        ({"channel": forum, "tag": "New"}, "no tag “New”; it has “Old” and “Daily”"),
        ({"channel": thread, "tag": "Old"}, "Only forums have tags"),
        ({"channel": server.channel, "role": server.guild.default_role}, "never mentions @everyone"),
    ):
        assert says in await server.daily_refusal("add", **AT_NINE, **options)
    assert "There are none yet" in await server.daily_text("list")


async def test_an_eleventh_subscription_is_refused(server: Server) -> None:
    for number in range(1, 11):
        text = await server.daily_text("add", channel=server.channel, count=number, **AT_NINE)
        assert f"Daily post {number} is set up" in text
    sentence = await server.daily_refusal("add", channel=server.channel, late=1, **AT_NINE)
    assert "the maximum of 10 daily posts" in sentence
    assert "`/daily remove`" in sentence
    assert "10 of at most 10" in await server.daily_text("list")


@pytest.mark.parametrize(
    ("permission", "name"),
    [
        ("view_channel", "View Channel"),
        ("send_messages", "Send Messages"),
        ("embed_links", "Embed Links"),
        ("create_public_threads", "Create Public Threads"),
        ("pin_messages", "Pin Messages"),
    ],
)
async def test_a_missing_permission_is_named_and_nothing_is_added(server: Server, permission: str, name: str) -> None:
    server.deny(server.channel, permission)
    channel, options = server.channel, {"thread": True, "pin": True}
    # The admin sees it from a channel that the bot is in.
    server.channel = server.guild.create_text_channel("elsewhere")
    sentence = await server.daily_refusal("add", channel=channel, **AT_NINE, **options)
    assert f"in <#{channel.id}>: {name}." in sentence
    assert "There are none yet" in await server.daily_text("list")


async def test_what_was_not_asked_for_needs_no_permission(server: Server) -> None:
    server.deny(server.channel, "create_public_threads", "pin_messages", "mention_everyone", "read_message_history")
    text = await server.daily_text("add", channel=server.channel, **AT_NINE)
    assert "Daily post 1 is set up" in text
    assert "Missing: **Read Message History**" in text


async def test_all_that_is_missing_is_named_together(server: Server) -> None:
    server.deny(server.channel, "embed_links", "create_public_threads", "pin_messages", "mention_everyone")
    quiet = server.guild.create_role("Quiet")
    sentence = await server.daily_refusal("add", channel=server.channel, thread=True, pin=True, role=quiet, **AT_NINE)
    assert "Embed Links, Create Public Threads, Pin Messages and “Allow anyone to @mention" in sentence
    loud = server.guild.create_role("Loud", mentionable=True)
    server.deny(server.channel, "mention_everyone")
    assert "is set up" in await server.daily_text("add", channel=server.channel, role=loud, **AT_NINE)


async def test_threads_and_forums_need_permissions_of_their_own(server: Server) -> None:
    thread, forum = server.thread("On this day"), server.guild.create_forum_channel("history")
    server.deny(server.channel, "send_messages_in_threads")
    assert f"I need these permissions in <#{thread.id}>: Send Messages in Threads." in await server.daily_refusal(
        "add", channel=thread, **AT_NINE
    )
    server.deny(forum, "send_messages")
    assert f"I need these permissions in <#{forum.id}>: Create Posts." in await server.daily_refusal(
        "add", channel=forum, **AT_NINE
    )


# Permissions and autocomplete


async def test_the_command_is_for_those_who_manage_a_server(server: Server) -> None:
    await server.daily("list")
    (sync,) = [request for request in server.env.http_requests if request.method == "PUT"]
    check_commands(sync.json)
    (daily,) = [command for command in sync.json if command["name"] == "daily"]
    assert int(daily["default_member_permissions"]) == discord.Permissions(manage_guild=True).value
    assert (daily["integration_types"], daily["contexts"]) == ([0], [0])
    assert [option["name"] for option in daily["options"]] == [
        "add", "edit", "list", "doctor", "pause", "resume", "remove", "test", "upcoming",
    ]  # fmt: skip
    assert not [name for name in server.member.available_commands(server.channel) if name.startswith("daily")]
    assert "daily add" in server.admin.available_commands(server.channel)
    alone = server.admin.user.available_commands()
    assert "onthisday" in alone
    assert not [name for name in alone if name.startswith("daily")]


async def test_zones_are_offered_with_their_time(server: Server) -> None:
    server.skip_to("2026-07-01 12:05")
    for typed, offered in (
        ("berl", {"name": "Berlin (Europe/Berlin) · 14:05", "value": "Europe/Berlin"}),
        ("beijing", {"name": "Beijing (Asia/Shanghai) · 20:05", "value": "Asia/Shanghai"}),
        ("new y", {"name": "New York (America/New_York) · 08:05", "value": "America/New_York"}),
    ):
        for command in ("add", "edit"):
            assert offered in await server.admin.autocomplete(server.channel, f"daily {command}", "timezone", typed)
    assert 0 < len(await server.admin.autocomplete(server.channel, "daily add", "timezone", "")) <= 25
    assert not await server.admin.autocomplete(server.channel, "daily add", "timezone", "qqqq")


async def test_the_languages_of_the_archive_are_offered_by_name(server: Server, load: Import, tmp_path: Path) -> None:
    offer = server.admin.autocomplete
    english, chinese = {"name": "English", "value": "en"}, {"name": "Chinese", "value": "zh"}
    assert await offer(server.channel, "daily add", "language", "") == [english]
    load(write(tmp_path, "2013-01-01", "國際太空站迎來新乘員"))
    for command in ("add", "edit"):
        assert await offer(server.channel, f"daily {command}", "language", "") == [english, chinese]
        assert await offer(server.channel, f"daily {command}", "language", "ch") == [chinese]
    await server.daily("add", channel=server.channel, language="chinese", **AT_NINE)
    assert "Only events in Chinese" in await server.daily_text("list")
    assert "Only events in English" in await server.daily_text("edit", language="en")


async def test_topics_tags_and_subscriptions_are_offered(server: Server) -> None:
    forum = server.guild.create_forum_channel("history")
    first, second = server.tags(forum, "Old", "Daily")
    offer = server.admin.autocomplete
    assert await offer(server.channel, "daily add", "topic", "ta") == [{"name": "Tales (24)", "value": "Tales"}]
    assert await offer(server.channel, "daily add", "tag", "", channel=forum) == [
        {"name": "Old", "value": str(first)},
        {"name": "Daily", "value": str(second)},
    ]
    assert await offer(server.channel, "daily add", "tag", "da", channel=forum) == [
        {"name": "Daily", "value": str(second)}
    ]
    assert not await offer(server.channel, "daily add", "tag", "", channel=server.channel)
    assert not await offer(server.channel, "daily add", "tag", "")
    assert not await offer(server.channel, "daily test", "post", "")
    await server.daily("add", channel=forum, tag=str(second), **AT_NINE)
    await server.daily("add", channel=server.channel, time="21:30", timezone="berlin", topic="tales")
    both = [
        {"name": "1 · #history · 09:00 UTC", "value": 1},
        {"name": "2 · #on-this-day · 21:30 Europe/Berlin · Tales", "value": 2},
    ]
    for command in ("edit", "doctor", "pause", "resume", "remove", "test", "upcoming"):
        assert await offer(server.channel, f"daily {command}", "post", "") == both
        assert await offer(server.channel, f"daily {command}", "post", "this") == both[1:]
