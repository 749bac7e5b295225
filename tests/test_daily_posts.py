"""What daily posts show. The real bot in a simulated Discord."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.domain.delivery import DeliveryState
from bot.ledger.ledger import Ledger
from tests.helpers.archives import Import
from tests.helpers.samples import write
from tests.helpers.servers import (
    AT_NINE,
    Server,
    author_name,
    labels,
    lead_headlines,
    make_bot,
    menu,
    parts,
    short_list,
    text_of,
    write_tale,
    write_tales,
)

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)

Env = Any


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return write_tales(tmp_path)


# The post


async def test_a_post_shows_its_lead_whole_and_a_short_list_of_others(server: Server) -> None:
    await server.daily("add", channel=server.channel, count=3, **AT_NINE)
    await server.until("2026-01-01 08:59")
    assert not server.posts()
    await server.until("2026-01-01 09:00")
    (post,) = server.posts()
    lead, also = post.embeds
    assert author_name(post) == "25 years ago today · January 1, 2001"
    assert (lead.title, lead.url) == ("Tale of 2001-01-01", "http://a.example/2001-01-01")
    assert lead.image.url == "http://a.example/2001-01-01.png"
    assert "It is told." in text_of(post)
    assert "[Paper](http://a.example/2001-01-01) ([archived 2001](" in text_of(post)
    assert "Related · Tales" in text_of(post)
    assert also.title == "Also on January 1"
    assert short_list(post) == [
        "**2007** · Tale of 2007-01-01", "**2003** · Tale of 2003-01-01", "**2009** · Tale of 2009-01-01",
    ]  # fmt: skip
    assert [option["label"][:4] for option in menu(post, "list")["options"]] == ["2007", "2003", "2009"]
    assert labels(post) == ["All of January 1 (5)", "Previous day", "Next day", "Follow this story"]
    assert not post.content
    (sent,) = server.sent()
    assert sent["enforce_nonce"] is True
    assert sent["nonce"] in next(part["custom_id"] for part in parts(post) if part.get("label", "").startswith("All"))
    await server.until("2026-01-02 09:00")
    assert lead_headlines(server.posts()) == ["Tale of 2001-01-01", "Tale of 2001-01-02"]


async def test_the_reason_says_why_the_lead_leads(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_tale(tmp_path, "2025-02-01"), write_tale(tmp_path, "2016-02-02"), write_tale(tmp_path, "2013-02-02"))
    load(write_tale(tmp_path, "1926-02-03"), write_tale(tmp_path, "2026-02-03"))
    await server.daily("add", channel=server.channel, **AT_NINE)
    server.skip_to("2026-02-01 00:00")
    await server.until("2026-02-04 10:00")
    assert [author_name(post) for post in server.posts()] == [
        "One year ago today, the most notable of the day · February 1, 2025",
        "10 years ago today · February 2, 2016",
        "100 years ago today · February 3, 1926",
    ]
    assert "Tale of 2026-02-03" not in text_of(server.posts()[-1]), "an event of this year has no anniversary"


async def test_its_buttons_work_for_everybody_and_for_ever(
    server: Server, archive: Archive, ledger: Ledger, simcord_env: Env
) -> None:
    await server.daily("add", channel=server.channel, topic="tales", **AT_NINE)
    await server.until("2026-01-02 09:00")
    server.skip_to("2027-06-01 00:00")
    await simcord_env.restart_bot(make_bot(archive, ledger))
    post = server.posts()[0]
    before = text_of(post)
    first, second = menu(post, "list")["options"][:2]

    async def pick(member: Any, name: str, value: str) -> Any:
        answer = await member.select(post, [value], custom_id=menu(post, name)["custom_id"])
        assert answer.ephemeral
        return answer.response

    mine = await pick(server.member, "list", first["value"])
    hers = await pick(server.other_member, "list", second["value"])
    assert lead_headlines([mine, hers]) == [first["label"][11:], second["label"][11:]]
    await server.member.click(mine, label="Next")
    assert lead_headlines([mine, hers]) == ["Tale of 2001-01-01", second["label"][11:]], (
        "what one does is nobody else's business"
    )
    related = menu(post, "related")["options"][3]
    assert lead_headlines([await pick(server.other_member, "related", related["value"])]) == [related["label"][11:]]
    simcord_env.backend.advance_clock(60)
    everything = await server.member.click(post, label="All of January 1 (5)")
    assert everything.ephemeral
    assert "1 of 5 · January 1 · Tales" in text_of(everything.response)
    for label, day in (("Next day", "January 2"), ("Previous day", "January 15")):
        other = await server.member.click(post, label=label)
        assert other.ephemeral
        assert f"1 of 5 · {day} · Tales" in text_of(other.response)
    assert text_of(server.posts()[0]) == before, "the post stays as it is"


async def test_the_longest_texts_fit(server: Server, load: Import, tmp_path: Path) -> None:
    for number, mark in enumerate(
        ("word ", "*", "國", "👩\u200d🚀", "<@1>", "語 ", "a", "__", "e\u0301", "\\", "|", "#1 ")
    ):
        headline = (f"{number} " + mark * 1000)[:1000]
        sources = [(mark * 80, f"http://paper.example/{'x' * 200}/{number}/{index}") for index in range(20)]
        related = [
            (f"19{50 + index}-02-05", (f"{number}{index} " + mark * 300)[:300], mark * 60) for index in range(10)
        ]
        load(
            write(
                tmp_path, f"{1990 + number}-02-05", headline, at=f"news/{1990 + number}/02/5/n{number}",
                summary=mark * 1000, topic=mark * 100, sources=sources, related=related, image="http://a.example/x.png",
            )
        )  # fmt: skip
    server.skip_to("2026-02-05 00:00")
    defaults = {"channel": server.channel, "count": 10, "time": "9:00", "timezone": "America/North_Dakota/New_Salem"}
    for late, topic in enumerate(("國" * 100, "a" * 100, *[None] * 8)):
        options = {
            "late": late,
            "thread": True,
            "pin": True,
            "weekdays": "every day except sun and tue",
            "empty": "nearest",
        }
        await server.daily("add", **defaults, **options, **({"topic": topic} if topic else {}))
    week = await server.daily("upcoming", post=3)
    assert menu(week, "coming")["options"][0]["label"] == "Thursday, February 5, 2026"
    await server.choose(week, "coming", "2026-02-05")
    await server.daily("test", post=1)
    await server.until("2026-02-05 15:01")
    assert [len(short_list(post)) for post in server.posts()[1:]] == [0, 0, *[10] * 8]
    server.deny(server.channel, "embed_links", "create_public_threads", "pin_messages", "read_message_history")
    await server.until("2026-02-09 15:01")
    for command in ("list", "doctor"):
        text = await server.daily_text(command)
        assert len(re.findall(r"Daily post \d+", text)) == 10
    assert text.count("Paused after 3 failed days in a row") == 10


async def test_a_role_is_mentioned_and_nobody_else(server: Server, simcord_env: Env) -> None:
    readers = server.guild.create_role("Readers", mentionable=True)
    await server.daily("add", channel=server.channel, role=readers, **AT_NINE)
    await server.until("2026-01-01 09:00")
    (sent,) = server.sent()
    assert sent["content"] == f"<@&{readers.id}>"
    assert sent["allowed_mentions"]["parse"] == []
    assert [int(role) for role in sent["allowed_mentions"]["roles"]] == [readers.id]
    simcord_env.backend.delete_role(server.guild.id, readers.id)
    await server.until("2026-01-02 09:00")
    assert not server.posts()[1].content, "without the role the post still comes"
    assert "the role to mention (it no longer exists: choose another one or clear it)" in await server.daily_text(
        "doctor"
    )


async def test_follow_ups_of_a_post_are_done(server: Server) -> None:
    news = server.guild.create_news_channel("news")
    await server.daily("add", channel=news, thread=True, publish=True, pin=True, **AT_NINE)
    await server.until("2026-01-02 09:01")
    first, second = server.posts(news)
    assert [thread.name for thread in news.threads] == [
        "January 1: Tale of 2001-01-01", "January 2: Tale of 2001-01-02",
    ]  # fmt: skip
    for post in (first, second):
        assert len(server.sent(f"messages/{post.id}/crosspost", news)) == 1
    assert (first.pinned, second.pinned) == (False, True), "the newest in place of the one before"


async def test_only_events_of_a_topic_or_a_language_are_shown(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_tale(tmp_path, "2011-01-01", "A bishop is moved", topic="Chess"))
    load(write_tale(tmp_path, "2013-01-01", "國際太空站迎來新乘員", topic="太空"))
    await server.daily("add", channel=server.channel, topic="chess", **AT_NINE)
    await server.daily("add", channel=server.channel, language="zh", time="10:00", timezone="UTC")
    await server.until("2026-01-02 11:00")
    chess, chinese = server.posts()
    assert lead_headlines([chess, chinese]) == ["A bishop is moved", "國際太空站迎來新乘員"]
    assert short_list(chess) == short_list(chinese) == []
    assert author_name(chess).startswith("15 years ago today, the most notable of the day")
    assert labels(chess)[0] == "All of January 1 (1)"
    assert labels(chinese)[0] == "All of January 1 (7)", "the list is in every language"
    text = await server.daily_text("doctor")
    assert text.count("January 2, 2026 was not sent: the archive has nothing for that day") == 2


# Days that have nothing of their own


async def test_29_february_is_shown_on_the_28th_of_years_without_it(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(
        write_tale(tmp_path, "2012-02-29", "A leap", image="http://a.example/x.png"),
        write_tale(tmp_path, "2002-02-28", "A day"),
    )
    load(write_tale(tmp_path, "2004-02-29", "Another leap", topic="Leaps"))
    server.skip_to("2026-02-28 00:00")
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.daily("add", channel=server.channel, topic="leaps", time="10:00", timezone="UTC")
    await server.until("2026-02-28 10:00")
    post, leap = server.posts()
    assert author_name(post) == "14 years ago, on February 29, which 2026 does not have · February 29, 2012"
    assert post.embeds[1].title == "Also on February 28 and February 29"
    assert short_list(post) == ["**2002** · A day", "**2004** · Another leap"]
    assert author_name(leap) == "22 years ago, on February 29, which 2026 does not have · February 29, 2004"
    for message, label in ((post, "All of February 29 (2)"), (leap, "All of February 29 (1)")):
        answer = await server.member.click(message, label=label)
        assert "February 29" in text_of(answer.response), "the list is not an empty one"
    option = menu(post, "list")["options"][0]
    answer = await server.member.select(post, [option["value"]], custom_id=menu(post, "list")["custom_id"])
    assert lead_headlines([answer.response]) == ["A day"]


async def test_in_a_leap_year_29_february_has_a_day_of_its_own(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_tale(tmp_path, "2012-02-29", "A leap"), write_tale(tmp_path, "2002-02-28", "A day"))
    server.skip_to("2028-02-28 00:00")
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.until("2028-02-29 09:00")
    assert [author_name(post) for post in server.posts()] == [
        "26 years ago today, the most notable of the day · February 28, 2002",
        "16 years ago today, the most notable of the day · February 29, 2012",
    ]
    assert not any(short_list(post) for post in server.posts())


async def test_a_day_without_events_brings_nothing_and_is_recorded(server: Server, ledger: Ledger) -> None:
    server.skip_to("2026-01-20 00:00")
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.until("2026-01-20 09:00")
    assert not server.posts()
    delivery = await ledger.deliveries.last(1)
    assert delivery
    assert (delivery.state, str(delivery.reason)) == (DeliveryState.SKIPPED, "the archive has nothing for that day")
    text = await server.daily_text("doctor")
    assert "January 20, 2026 was not sent: the archive has nothing for that day" in text
    assert "⚠" not in text, "that is no failure"


async def test_or_brings_the_nearest_days_events_marked_as_such(server: Server, load: Import, tmp_path: Path) -> None:
    load(write_tale(tmp_path, "2013-12-30", "The last of a year", topic="Ends"))
    server.skip_to("2026-01-16 00:00")
    await server.daily("add", channel=server.channel, empty="nearest", **AT_NINE)
    await server.daily("add", channel=server.channel, empty="nearest", topic="ends", time="10:00", timezone="UTC")
    await server.until("2026-01-16 10:00")
    near, end = server.posts()
    assert author_name(near) == "25 years ago on January 15, the nearest day with something new · January 15, 2001"
    assert near.embeds[1].title == "Also on January 15"
    assert labels(near)[0] == "All of January 15 (5)"
    # Shown in 2026, of a day of 2025.
    assert author_name(end) == "12 years ago on December 30, the nearest day with something new · December 30, 2013"
    await server.until("2026-01-17 10:00")
    assert author_name(server.posts()[-1]).startswith("12 years ago on December 30, the nearest day with events · ")


# Nothing twice


async def test_nothing_is_repeated_in_a_channel_until_all_was_shown(server: Server, ledger: Ledger) -> None:
    for hour in (9, 10, 11, 12):
        await server.daily("add", channel=server.channel, count=1, time=f"{hour}:00", timezone="UTC")
    elsewhere = server.guild.create_text_channel("elsewhere")
    await server.daily("add", channel=elsewhere, count=1, time="13:00", timezone="UTC")
    await server.until("2026-01-01 13:00")
    first, second, third, fourth = server.posts()
    years = [[post.embeds[0].title[8:12], *(line[2:6] for line in short_list(post))] for post in (first, second, third)]
    assert years == [["2001", "2007"], ["2003", "2009"], ["2012", "2001"]]
    assert author_name(second) == "23 years ago today, the most notable not shown here before · January 1, 2003"
    assert author_name(fourth) == "19 years ago today, shown again: this day has no more · January 1, 2007"
    assert lead_headlines(server.posts(elsewhere)) == ["Tale of 2001-01-01"], "another channel knows nothing of that"
    assert set((await ledger.deliveries.times_shown(server.channel.id, [101])).values()) == {1, 2}


async def test_nor_by_two_subscriptions_of_the_same_minute(server: Server) -> None:
    for late in range(2):
        await server.daily("add", channel=server.channel, count=1, late=late, **AT_NINE)
    await server.until("2026-01-01 09:01")
    first, second = server.posts()
    assert lead_headlines([first]) != lead_headlines([second])
    assert not set(short_list(first)) & set(short_list(second))


# /daily test


async def test_a_test_posts_now_and_counts_as_nothing(server: Server, ledger: Ledger) -> None:
    readers = server.guild.create_role("Readers", mentionable=True)
    await server.daily("add", channel=server.channel, role=readers, thread=True, pin=True, **AT_NINE)
    text = await server.daily_text("test")
    (post,) = server.posts()
    assert f"/{server.channel.id}/{post.id}. It mentions nobody" in text
    assert post.content.startswith("Test: this is what the daily post would be today.")
    (sent,) = server.sent()
    assert sent["allowed_mentions"] == {"parse": []}
    assert await ledger.deliveries.last(1) is None
    assert await ledger.deliveries.times_shown(server.channel.id, [101]) == {}
    assert "Last: none yet" in await server.daily_text("doctor")
    assert not server.channel.threads
    everything = await server.member.click(post, label="All of January 1 (5)")
    assert "1 of 5" in text_of(everything.response)
    await server.until("2026-01-01 09:01")
    real = server.posts()[1]
    assert [embed.to_dict() for embed in real.embeds] == [embed.to_dict() for embed in post.embeds]
    assert real.content == readers.mention


async def test_a_test_in_a_forum_is_a_thread_marked_as_one(server: Server) -> None:
    forum = server.guild.create_forum_channel("history")
    server.tags(forum, "Old")
    await server.daily("add", channel=forum, tag="old", **AT_NINE)
    text = await server.daily_text("test")
    (thread,) = forum.threads
    assert thread.name == "Test: January 1: Tale of 2001-01-01"
    assert f"/{thread.id}/" in text


async def test_a_test_that_cannot_be_says_why(server: Server, simcord_env: Env) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    server.deny(server.channel, "embed_links")
    sentence = await server.daily_refusal("test")
    assert sentence.startswith(
        f"Nothing was posted in <#{server.channel.id}>: I need these permissions there: Embed Links. Grant them"
    )
    server.deny(server.channel)
    simcord_env.inject_error("POST", f"/channels/{server.channel.id}/messages", status=400, code=50006, message="No")
    assert "The test did not arrive" in await server.daily_refusal("test")
    server.skip_to("2026-01-20 00:00")
    assert "nothing for today" in await server.daily_refusal("test")
    assert not server.posts()
