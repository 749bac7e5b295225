"""Mutes of a server, and how random events and daily posts pass over them. The real bot in a simulated Discord."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import DaybookError
from bot.domain.page import topic_key_of
from bot.ledger.ledger import Ledger
from tests.helpers.archives import Import
from tests.helpers.samples import write
from tests.helpers.servers import (
    AT_NINE,
    Server,
    labels,
    lead_headlines,
    menu,
    mute,
    settings_answer,
    settings_refusal,
    short_list,
    text_of,
    write_tale,
    write_tales,
)

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return write_tales(tmp_path)


# Who may mute what


async def test_who_does_not_manage_the_server_cannot_mute(server: Server, ledger: Ledger) -> None:
    for command in ("mute", "unmute"):
        assert "Manage Server" in await settings_refusal(server, server.member, command, topic="Tales")
    assert not ledger.preferences.mutes(server.guild.id)
    before = len(server.env.errors)
    answer = await server.admin.user.slash("settings mute", word="war")
    assert "Muting works only in a server" in answer.response.content
    assert isinstance(server.env.errors[before].original, DaybookError)


@pytest.mark.parametrize(
    ("command", "options", "says"),
    [
        ("mute", {}, "Choose a topic or a word."),
        ("unmute", {}, "Choose a topic or a word."),
        ("mute", {"topic": "Tails"}, "no topic “Tails” in the archive. Did you mean “Tales”?"),
        ("mute", {"word": "*** !"}, "no letter or digit"),
        ("mute", {"topic": "Tales", "word": "🎉"}, "no letter or digit"),
        ("unmute", {"topic": "Tales"}, "“Tales” is not muted here"),
        ("unmute", {"word": "peace"}, "“peace” is not muted here"),
    ],
)
async def test_an_impossible_mute_is_refused_and_changes_nothing(
    server: Server, ledger: Ledger, command: str, options: dict[str, Any], says: str
) -> None:
    assert says in await settings_refusal(server, server.admin, command, **options)
    assert not ledger.preferences.mutes(server.guild.id)


async def test_what_is_muted_is_offered_and_can_be_taken_back(server: Server, load: Import, tmp_path: Path) -> None:
    sentence = await mute(server, topic="tales", word="War  of words")
    assert "Muted on this server: the topic Tales and the word “War of words”." in sentence
    assert "Daily posts, follows and `/random` skip what is muted" in sentence
    await mute(server, word="Österreich")
    assert [choice["value"] for choice in await unmute_choices(server, "topic", "ta")] == ["Tales"]
    assert [choice["value"] for choice in await unmute_choices(server, "topic", "x")] == []
    assert [choice["value"] for choice in await unmute_choices(server, "word", "")] == ["Österreich", "War of words"]
    assert [choice["value"] for choice in await unmute_choices(server, "word", "oster")] == ["Österreich"]
    mute_choices = await server.admin.autocomplete(server.channel, "settings mute", "topic", "tal")
    assert [choice["value"] for choice in mute_choices] == ["Tales"]
    assert "No longer muted on this server: the topic Tales and the word “war of words”." in await settings_answer(
        server, server.admin, "unmute", topic="TALES", word="war of words"
    )
    assert "**Words:** Österreich\n1 of" in await settings_answer(server, server.member, "show")


async def unmute_choices(server: Server, option: str, typed: str) -> Any:
    return await server.admin.autocomplete(server.channel, "settings unmute", option, typed)


async def test_a_topic_can_be_unmuted_by_its_key_when_the_archive_knows_it_no_more(
    server: Server, ledger: Ledger, ledger_file: Path
) -> None:
    with closing(sqlite3.connect(ledger_file)) as db, db:
        for topic in ("gone", "lost"):
            row = (server.guild.id, topic_key_of(topic), topic.title())
            db.execute("INSERT INTO mute VALUES (?, 'topic', ?, ?, NULL)", row)
    await ledger.preferences.load()
    await settings_answer(server, server.admin, "unmute", topic=topic_key_of("gone"))
    await settings_answer(server, server.admin, "unmute", topic="lost")
    assert not ledger.preferences.mutes(server.guild.id)


# Random


async def test_random_never_shows_what_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    load(*(write_tale(tmp_path, f"2010-01-{day:02}", f"A war is told {day}") for day in range(1, 16)))
    await mute(server, word="war")
    answer = await server.ask(server.member, "random")
    for _ in range(40):
        server.env.backend.advance_clock(3)
        assert "Tale of" in answer.response.embeds[0].title
        await server.member.click(answer.response, label="Another")
    of_topic = await server.ask(server.member, "random", topic="Tales")
    assert "Tale of" in of_topic.response.embeds[0].title


async def test_where_all_is_muted_random_says_so(server: Server, load: Import, tmp_path: Path) -> None:
    load(write(tmp_path, "2010-05-05", "A clock is set", topic="Clocks"))
    before = await server.ask(server.member, "random", topic="Tales")
    await mute(server, word="tale")
    for options in ({}, {"topic": "Tales"}):
        await settings_answer(server, server.admin, "mute", word="clock")
        answer = await server.ask(server.member, "random", **options)
        assert answer.ephemeral
        assert "Every event I drew is muted on this server." in answer.response.content
    title = before.response.embeds[0].title
    again = await server.member.click(before.response, label="Another")
    assert again.ephemeral
    assert "Every event I drew is muted" in again.response.content
    assert before.response.embeds[0].title == title
    await mute(server, topic="Tales")
    answer = await server.ask(server.member, "random", topic="Tales")
    assert answer.response.content == "Tales is muted on this server."


async def test_what_one_server_mutes_another_is_shown(server: Server) -> None:
    elsewhere = Server.open(server.env, "Elsewhere")
    await mute(server, topic="Tales")
    assert (await server.ask(server.member, "random")).ephemeral
    assert (await elsewhere.ask(elsewhere.member, "random")).response.embeds[0].title.startswith("Tale of")


# Daily posts


async def test_a_daily_post_passes_over_what_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    # Of January 1, those of 2001 (the lead) and 2007 are muted by the summary and by a topic.
    load(write_tale(tmp_path, "2001-01-01", summary="A storm is told."))
    load(write_tale(tmp_path, "2007-01-01", topic="Storms"))
    await mute(server, word="Storm", topic="storms")
    await server.daily("add", channel=server.channel, count=5, **AT_NINE)
    link = await server.daily_text("test")
    assert "Here is the test" in link
    await server.until("2026-01-01 09:00")
    tested, post = server.posts()
    for message in (tested, post):
        assert lead_headlines([message]) == ["Tale of 2003-01-01"]
        assert short_list(message) == ["**2009** · Tale of 2009-01-01", "**2012** · Tale of 2012-01-01"]
        assert [option["label"][:4] for option in menu(message, "list")["options"]] == ["2009", "2012"]
        assert "All of January 1 (5)" in labels(message), "the list has them, behind spoilers"
    await server.until("2026-01-02 09:00")
    assert lead_headlines(server.posts()[2:]) == ["Tale of 2001-01-02"]


async def test_the_week_ahead_passes_over_what_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    load(*(write_tale(tmp_path, f"{year}-01-02", f"Storm of {year}") for year in (2002, 2004)))
    load(
        *(write_tale(tmp_path, f"{year}-01-20", f"Storm of {year}") for year in (2002, 2004)),
        write_tale(tmp_path, "2006-01-20"),
    )
    await mute(server, word="storm")
    await server.daily("add", channel=server.channel, **AT_NINE)
    server.skip_to("2026-01-15 12:00")
    week = await server.daily("upcoming")
    described = {option["value"]: option["description"] for option in menu(week, "coming")["options"]}
    assert described["2026-01-20"] == "Tale of 2006-01-20"
    assert described["2026-01-16"] == "Nothing to post"
    assert "the archive has nothing for that day that is not muted here" in text_of(week)
    assert "Storm" not in text_of(week)
    await server.choose(week, "coming", "2026-01-20")
    assert "Pick another lead" not in labels(week), "there is no other"
    assert "Storm" not in text_of(week)


async def test_a_day_of_which_all_is_muted_is_one_without_events(server: Server, load: Import, tmp_path: Path) -> None:
    load(write(tmp_path, "2011-01-20", "Sails are set", topic="Ships"))
    load(write(tmp_path, "2011-01-25", "Oars are lost", topic="Ships"))
    await mute(server, word="tale")
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.daily("add", channel=server.channel, empty="nearest", **AT_NINE)
    await server.until("2026-01-01 09:00")
    (post,) = server.posts()
    assert lead_headlines([post]) == ["Sails are set"]
    assert "the nearest day with something new" in post.embeds[0].author.name
    assert (
        "was not sent: the archive has nothing for that day that this server has not muted"
        in await server.daily_text("doctor", post=1)
    )
    await server.daily_refusal("test", post=1)
    await mute(server, topic="Ships")
    assert "not muted here" in await server.daily_refusal("test", post=2)


async def test_adding_a_daily_post_about_a_muted_topic_warns(server: Server) -> None:
    await mute(server, topic="Tales")
    sentence = await server.daily_text("add", channel=server.channel, topic="tales", empty="nearest", **AT_NINE)
    assert "This server has muted Tales: nothing will be posted" in sentence
    await server.until("2026-01-01 09:00")
    assert not server.posts()
    await settings_answer(server, server.admin, "unmute", topic="Tales")
    await server.until("2026-01-02 09:00")
    assert lead_headlines(server.posts()) == ["Tale of 2001-01-02"]
