"""``/settings``, and what it changes in every answer and post. The real bot in a simulated Discord."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import Import
from samples import write
from servers import NINE, Server, labels, leads, make_bot, menu, others, parts, tale, tales, text_of

from bot.archive.archive import Archive
from bot.errors import DaybookError, OrderError, PreferenceError
from bot.event import topic_key_of
from bot.ledger.ledger import Ledger

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)

Env = Any


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return tales(tmp_path)


async def said(server: Server, who: Any, command: str, **options: Any) -> str:
    """Let somebody use ``/settings``; return what only they are told."""
    return text_of(await server.ask_alone(who, f"settings {command}", **options))


async def refused(server: Server, who: Any, command: str, **options: Any) -> str:
    """Return the sentence that such a command is refused with."""
    return await server.ask_in_vain(PreferenceError | OrderError, who, f"settings {command}", **options)


async def mute(server: Server, **options: Any) -> str:
    return await said(server, server.admin, "mute", **options)


# Answers that only the asker sees


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("onthisday", {"date": "January 3"}),
        ("day", {"date": "2007-01-03"}),
        ("topic", {"name": "Tales"}),
        ("search", {"words": "tale"}),
        ("random", {}),
    ],
)
async def test_private_answers_are_seen_by_the_asker_alone(
    server: Server, command: str, options: dict[str, Any]
) -> None:
    assert not (await server.ask(server.member, command, **options)).ephemeral
    assert "Only you see your answers" in await said(server, server.member, "private", value="on")
    answer = await server.ask(server.member, command, **options)
    assert answer.ephemeral
    assert answer.response.embeds
    assert not (await server.ask(server.other, command, **options)).ephemeral, "somebody else's stay as they were"
    assert "Everybody sees your answers" in await said(server, server.member, "private", value="off")
    assert not (await server.ask(server.member, command, **options)).ephemeral


async def test_a_private_answer_can_be_gone_through_and_shared(server: Server) -> None:
    await said(server, server.member, "private", value="on")
    answer = await server.ask(server.member, "topic", name="Tales")
    message = answer.response
    await server.member.click(message, label="Best first")
    await server.member.click(message, label="Next")
    assert "2 of 75 · Tales" in text_of(message)
    shared = await server.member.click(message, label="Share")
    assert not shared.ephemeral
    assert "2 of 75 · Tales" in text_of(shared.response)


async def test_a_slow_private_answer_is_announced_to_the_asker_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(server, server.member, "private", value="on")
    monkeypatch.setattr("bot.cards.reply.PATIENCE", 0.0)
    answer = await server.ask(server.member, "topic", name="Tales")
    assert answer.ephemeral
    assert answer.response.embeds


# Whose day it is


async def test_today_is_that_of_the_persons_time_zone(server: Server) -> None:
    server.skip_to("2026-01-03 22:00")
    assert "“Today” is January 4, 2026, as it is in Asia/Tokyo." in await said(
        server, server.member, "timezone", zone="tokyo"
    )
    for options in ({}, {"date": "today"}):
        message = (await server.ask(server.member, "onthisday", **options)).response
        assert message.embeds[0].author.name == "January 4, 2007"
    for who, day in ((server.member, "January 3, 2007"), (server.other, "January 2, 2007")):
        message = (await server.ask(who, "onthisday", date="yesterday", year=2007)).response
        assert message.embeds[0].author.name == day
    assert (await server.ask(server.other, "onthisday")).response.embeds[0].author.name == "January 3, 2007"
    assert "“Today” is January 3, 2026, as it is in UTC" in await said(server, server.member, "timezone")
    assert (await server.ask(server.member, "onthisday")).response.embeds[0].author.name == "January 3, 2007"


async def test_dates_that_are_counted_from_today_are_the_persons_too(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(*(tale(tmp_path, f"2025-12-{day}") for day in (30, 31)), tale(tmp_path, "2026-01-01"))
    server.skip_to("2026-01-01 02:00")
    await said(server, server.member, "timezone", zone="America/New_York")
    for who, day in ((server.member, "December 30, 2025"), (server.other, "December 31, 2025")):
        assert (await server.ask(who, "day", date="yesterday")).response.embeds[0].author.name == day
    message = (await server.ask(server.member, "topic", **{"name": "Tales", "from": "today"})).response
    assert "**2 events**" in text_of(message)
    message = (await server.ask(server.other, "topic", **{"name": "Tales", "from": "today"})).response
    assert "of 1 · Tales" in text_of(message)


@pytest.mark.parametrize("typed", ["Atlantis", "CET", "UTC+2", "../etc/passwd"])
async def test_what_is_no_time_zone_is_told_and_changes_nothing(server: Server, typed: str) -> None:
    await said(server, server.member, "timezone", zone="Berlin")
    assert "try “" in await refused(server, server.member, "timezone", zone=typed)
    assert "Europe/Berlin" in await said(server, server.member, "show")


async def test_time_zones_are_offered_while_typing(server: Server) -> None:
    offered = await server.member.autocomplete(server.channel, "settings timezone", "zone", "toky")
    assert [(choice["value"], choice["name"][:18]) for choice in offered] == [("Asia/Tokyo", "Tokyo (Asia/Tokyo)")]


# What is set


async def test_show_tells_what_is_set(server: Server) -> None:
    shown = await said(server, server.member, "show")
    assert "Everybody sees them." in shown
    assert "“Today” is January 1, 2026, as it is in UTC: you have set no time zone." in shown
    assert "Muted on this server\nNothing.\n0 of at most 50" in shown
    await said(server, server.member, "private", value="on")
    await said(server, server.member, "timezone", zone="America/New_York")
    await mute(server, topic="tales", word="*War*")
    shown = await said(server, server.member, "show")
    assert "Only you see them" in shown
    assert "as it is in America/New\\_York." in shown
    assert "**Topics:** Tales\n**Words:** \\*War\\*\n2 of at most 50" in shown
    assert "Everybody sees them." in await said(server, server.other, "show"), "somebody else's are theirs"


async def test_what_one_has_set_holds_in_direct_messages_and_mutes_do_not(server: Server) -> None:
    await mute(server, topic="tales")
    await said(server, server.member, "private", value="on")
    shown = await server.member.user.slash("settings show")
    assert "Only you see them" in text_of(shown.response)
    assert "Muted" not in text_of(shown.response)
    card = await server.member.user.slash("onthisday", date="January 3")
    assert card.response.embeds[0].title == "Tale of 2007-01-03"


async def test_settings_survive_a_restart(server: Server, archive: Archive, ledger_file: Path) -> None:
    await said(server, server.member, "private", value="on")
    await said(server, server.member, "timezone", zone="Tokyo")
    await mute(server, topic="Tales")
    async with Ledger(ledger_file) as opened_anew:
        await server.env.restart_bot(make_bot(archive, opened_anew))
        shown = await said(server, server.member, "show")
        assert "Only you see them" in shown
        assert "Asia/Tokyo" in shown
        assert "**Topics:** Tales" in shown


async def test_the_most_that_can_be_muted_is_shown_whole(server: Server, ledger: Ledger) -> None:
    for number in range(50):
        await mute(server, word=f"{number:02} " + "*" * 46 + "x")
    assert "A server may mute at most 50" in await refused(server, server.admin, "mute", word="one more")
    shown = await said(server, server.member, "show")
    assert all(f"{number:02} " in shown for number in range(50))
    assert "50 of at most 50" in shown
    assert len(ledger.preferences.mutes(server.guild.id)) == 50


# Who may mute what


async def test_who_does_not_manage_the_server_cannot_mute(server: Server, ledger: Ledger) -> None:
    for command in ("mute", "unmute"):
        assert "Manage Server" in await refused(server, server.member, command, topic="Tales")
    assert not ledger.preferences.mutes(server.guild.id)
    before = len(server.env.errors)
    answer = await server.admin.user.slash("settings mute", word="war")
    assert "Mutes belong to a server" in answer.response.content
    assert isinstance(server.env.errors[before].original, DaybookError)


@pytest.mark.parametrize(
    ("command", "options", "says"),
    [
        ("mute", {}, "Choose a topic or a word."),
        ("unmute", {}, "Choose a topic or a word."),
        ("mute", {"topic": "Tails"}, "no topic “Tails”. Did you mean “Tales”?"),
        ("mute", {"word": "*** !"}, "no letter or digit"),
        ("mute", {"topic": "Tales", "word": "🎉"}, "no letter or digit"),
        ("unmute", {"topic": "Tales"}, "“Tales” is not muted here"),
        ("unmute", {"word": "peace"}, "“peace” is not muted here"),
    ],
)
async def test_what_cannot_be_muted_is_told_and_changes_nothing(
    server: Server, ledger: Ledger, command: str, options: dict[str, Any], says: str
) -> None:
    assert says in await refused(server, server.admin, command, **options)
    assert not ledger.preferences.mutes(server.guild.id)


async def test_what_is_muted_is_offered_and_can_be_taken_back(server: Server, load: Import, tmp_path: Path) -> None:
    said_so = await mute(server, topic="tales", word="War  of words")
    assert "Muted on this server: the topic Tales and the word “War of words”." in said_so
    await mute(server, word="Österreich")
    assert [choice["value"] for choice in await offered(server, "topic", "ta")] == ["Tales"]
    assert [choice["value"] for choice in await offered(server, "topic", "x")] == []
    assert [choice["value"] for choice in await offered(server, "word", "")] == ["Österreich", "War of words"]
    assert [choice["value"] for choice in await offered(server, "word", "oster")] == ["Österreich"]
    offered_to_mute = await server.admin.autocomplete(server.channel, "settings mute", "topic", "tal")
    assert [choice["value"] for choice in offered_to_mute] == ["Tales"]
    assert "any more: the topic Tales and the word “war of words”." in await said(
        server, server.admin, "unmute", topic="TALES", word="war of words"
    )
    assert "**Words:** Österreich\n1 of" in await said(server, server.member, "show")


async def offered(server: Server, option: str, typed: str) -> Any:
    return await server.admin.autocomplete(server.channel, "settings unmute", option, typed)


async def test_a_topic_can_be_unmuted_by_its_key_when_the_archive_knows_it_no_more(
    server: Server, ledger: Ledger, ledger_file: Path
) -> None:
    with closing(sqlite3.connect(ledger_file)) as db, db:
        for topic in ("gone", "lost"):
            row = (server.guild.id, topic_key_of(topic), topic.title())
            db.execute("INSERT INTO mute VALUES (?, 'topic', ?, ?, NULL)", row)
    await ledger.preferences.load()
    await said(server, server.admin, "unmute", topic=topic_key_of("gone"))
    await said(server, server.admin, "unmute", topic="lost")
    assert not ledger.preferences.mutes(server.guild.id)


# Random


async def test_random_never_shows_what_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    load(*(tale(tmp_path, f"2010-01-{day:02}", f"A war is told {day}") for day in range(1, 16)))
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
        await said(server, server.admin, "mute", word="clock")
        answer = await server.ask(server.member, "random", **options)
        assert answer.ephemeral
        assert "All that came up is muted on this server." in answer.response.content
    title = before.response.embeds[0].title
    again = await server.member.click(before.response, label="Another")
    assert again.ephemeral
    assert "All that came up is muted" in again.response.content
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
    load(tale(tmp_path, "2001-01-01", summary="A storm is told."))
    load(tale(tmp_path, "2007-01-01", topic="Storms"))
    await mute(server, word="Storm", topic="storms")
    await server.daily("add", channel=server.channel, count=5, **NINE)
    link = await server.says("test")
    assert "Here it is" in link
    await server.until("2026-01-01 09:00")
    tested, post = server.posts()
    for each in (tested, post):
        assert leads([each]) == ["Tale of 2003-01-01"]
        assert others(each) == ["**2009** · Tale of 2009-01-01", "**2012** · Tale of 2012-01-01"]
        assert [option["label"][:4] for option in menu(each, "list")["options"]] == ["2009", "2012"]
        assert "All of January 1 (5)" in labels(each), "the list has them, behind spoilers"
    await server.until("2026-01-02 09:00")
    assert leads(server.posts()[2:]) == ["Tale of 2001-01-02"]


async def test_the_week_ahead_passes_over_what_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    load(*(tale(tmp_path, f"{year}-01-02", f"Storm of {year}") for year in (2002, 2004)))
    load(*(tale(tmp_path, f"{year}-01-20", f"Storm of {year}") for year in (2002, 2004)), tale(tmp_path, "2006-01-20"))
    await mute(server, word="storm")
    await server.daily("add", channel=server.channel, **NINE)
    server.skip_to("2026-01-15 12:00")
    week = await server.daily("upcoming")
    described = {option["value"]: option["description"] for option in menu(week, "coming")["options"]}
    assert described["2026-01-20"] == "Tale of 2006-01-20"
    assert described["2026-01-16"] == "Nothing to tell"
    assert "the archive has nothing for that day that is not muted here" in text_of(week)
    assert "Storm" not in text_of(week)
    await server.choose(week, "coming", "2026-01-20")
    assert "Another lead" not in labels(week), "there is no other"
    assert "Storm" not in text_of(week)


async def test_a_day_of_which_all_is_muted_is_one_without_events(server: Server, load: Import, tmp_path: Path) -> None:
    load(write(tmp_path, "2011-01-20", "Sails are set", topic="Ships"))
    load(write(tmp_path, "2011-01-25", "Oars are lost", topic="Ships"))
    await mute(server, word="tale")
    await server.daily("add", channel=server.channel, **NINE)
    await server.daily("add", channel=server.channel, empty="nearest", **NINE)
    await server.until("2026-01-01 09:00")
    (post,) = server.posts()
    assert leads([post]) == ["Sails are set"]
    assert "the nearest day that has something new" in post.embeds[0].author.name
    assert "did not come: the archive has nothing for that day that this server has not muted" in await server.says(
        "doctor", order=1
    )
    await server.refuses("test", order=1)
    await mute(server, topic="Ships")
    assert "not muted here" in await server.refuses("test", order=2)


async def test_an_order_about_a_muted_topic_is_told(server: Server) -> None:
    await mute(server, topic="Tales")
    told = await server.says("add", channel=server.channel, topic="tales", empty="nearest", **NINE)
    assert "This server has muted Tales: nothing will be posted" in told
    await server.until("2026-01-01 09:00")
    assert not server.posts()
    await said(server, server.admin, "unmute", topic="Tales")
    await server.until("2026-01-02 09:00")
    assert leads(server.posts()) == ["Tale of 2001-01-02"]


# Behind a spoiler


def is_spoiler(message: Any, *secrets: str) -> bool:
    """Tell whether a card is behind a spoiler; fail where it tells a secret outside of it."""
    card = message.embeds[0]
    texts = text_of(message)
    hidden = bool(card.title == "Muted on this server")
    if hidden:
        assert card.url is None
        assert card.image.url is None
        assert re.search(r"\|\|[^|]+\|\|", card.description)
        texts = re.sub(r"\|\|[^|]+\|\|", "", texts)
        for secret in secrets:
            assert secret not in texts
    return hidden


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("onthisday", {"date": "January 3", "year": 2007}),
        ("day", {"date": "2007-01-03"}),
        ("topic", {"name": "Tales", "from": "2007-01-03", "to": "2007-01-03"}),
        ("search", {"words": '"2007 01 03"'}),
    ],
)
async def test_what_is_muted_and_asked_for_stands_behind_a_spoiler(
    server: Server, command: str, options: dict[str, Any]
) -> None:
    assert not is_spoiler((await server.ask(server.member, command, **options)).response)
    await mute(server, word="tale")
    message = (await server.ask(server.member, command, **options)).response
    assert is_spoiler(message, "Tale of 2007-01-03", "It is told")
    card = message.embeds[0]
    assert card.description == "||Tale of 2007-01-03||\n\n||It is told.||"
    assert card.author.name == "January 3, 2007"
    assert "[Paper](http://paper.example/2007-01-03)" in text_of(message), "the sources stay"
    await said(server, server.admin, "unmute", word="tale")
    assert not is_spoiler((await server.ask(server.member, command, **options)).response)


async def test_menus_and_related_lines_name_nothing_that_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    related = [("2002-05-06", "A storm is near", "Weather"), ("2003-05-06", "A calm is near", "Weather")]
    load(
        write(tmp_path, "2001-05-06", "A sail is set", topic="Weather", related=related),
        write(tmp_path, "2005-05-06", "A storm is over", summary="All is wet."),
    )
    await mute(server, word="storm")
    message = (await server.ask(server.member, "onthisday", date="May 6", topic="Weather")).response
    assert not is_spoiler(message)
    assert "**May 6, 2002** · (muted here)" in text_of(message)
    assert "A calm is near" in text_of(message)
    told = {option["label"]: option.get("description") for option in menu(message, "related")["options"]}
    assert told == {"2002-05-06 (muted here)": None, "2003-05-06 A calm is near": "Weather"}
    listed = [option["label"] for option in menu(message, "list")["options"]]
    assert sorted(listed) == ["2001-05-06 A sail is set", "2002-05-06 (muted here)", "2003-05-06 A calm is near"]
    assert "storm" not in text_of(message)
    opened = menu(message, "related")
    key = next(option["value"] for option in opened["options"] if "muted" in option["label"])
    await server.member.select(message, [key], custom_id=opened["custom_id"])
    assert is_spoiler(message, "storm")
    assert "its own page is not in this archive" in text_of(message)
    await server.member.click(message, label="Back")
    assert not is_spoiler(message)


async def test_of_a_muted_topic_nothing_is_named(server: Server, load: Import, tmp_path: Path) -> None:
    related = [("2002-05-06", "A storm is near", "Weather"), ("2003-05-06", "A calm is near", "Ships")]
    load(write(tmp_path, "2001-05-06", "A sail is set", topic="Ships", related=related))
    await mute(server, topic="Weather")
    message = (await server.ask(server.member, "topic", name="Weather")).response
    for shown in (message, (await server.ask(server.member, "timeline", topic="Weather")).response):
        said_there = f"{text_of(shown)} {parts(shown)}"
        assert "2 events" in said_there
        assert "storm" not in said_there
        assert "sail" not in said_there
    await server.member.click(message, label="Best first")
    assert is_spoiler(message, "storm", "sail")
    assert {option["label"][10:] for option in menu(message, "list")["options"]} == {" (muted here)"}
    await server.member.click(message, label="Next")
    assert is_spoiler(message, "storm", "sail")
    copy = (await server.other.click(message, label="Next")).response
    assert is_spoiler(copy, "storm", "sail")
    shared = (await server.other.click(copy, label="Share")).response
    assert is_spoiler(shared, "storm", "sail")


async def test_a_story_names_nothing_that_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    days = ("2001-05-06", "2002-05-06", "2003-05-06")
    for day in days:
        related = [(other, f"A ship in {other[:4]}", "Ships") for other in days if other != day]
        write(tmp_path, day, f"A ship in {day[:4]}", related=related)
    load(tmp_path)
    await mute(server, word="2002")
    message = (await server.ask(server.member, "day", date="2003-05-06")).response
    await server.member.click(message, label="Follow the story")
    assert "3 of 3: A ship in 2001 → (muted here) → **A ship in 2003**" in text_of(message)


async def test_an_event_muted_by_its_summary_is_not_named_by_its_own_menu(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(tale(tmp_path, "2007-05-06", "The very best", summary="A storm is told."), tale(tmp_path, "2003-05-06"))
    await mute(server, word="storm")
    message = (await server.ask(server.member, "onthisday", date="May 6")).response
    assert is_spoiler(message, "The very best", "storm")
    listed = [option["label"] for option in menu(message, "list")["options"]]
    assert listed == ["2007-05-06 (muted here)", "2003-05-06 Tale of 2003-05-06"]


async def test_from_a_daily_post_what_is_muted_opens_behind_a_spoiler(server: Server) -> None:
    await mute(server, word="2003")
    await server.daily("add", channel=server.channel, count=5, **NINE)
    await server.until("2026-01-01 09:00")
    (post,) = server.posts()
    assert "2003" not in "".join(others(post))
    copy = (await server.press(post, "All of January 1 (5)")).response
    assert not is_spoiler(copy)
    muted = [option["value"] for option in menu(copy, "list")["options"] if option["label"].endswith("(muted here)")]
    assert len(muted) == 1
    await server.choose(copy, "list", muted[0])
    assert is_spoiler(copy, "Tale of 2003")
    # What is muted after the post stands there is hidden when it is opened from it.
    await mute(server, word="2012")
    late = next(option for option in menu(post, "list")["options"] if option["label"].startswith("2012"))
    opened = await server.choose(post, "list", late["value"])
    assert is_spoiler(opened.response, "Tale of 2012")
    assert is_spoiler((await server.press(post, "Next day")).response) is False


async def test_buttons_below_a_spoiler_are_those_of_any_card(server: Server) -> None:
    before = (await server.ask(server.member, "onthisday", date="January 3")).response
    names = [part["custom_id"] for part in parts(before)]
    await mute(server, word="tale")
    after = (await server.ask(server.member, "onthisday", date="January 3")).response
    assert is_spoiler(after)
    assert [part["custom_id"] for part in parts(after)] == names


async def test_of_related_events_that_are_muted_a_daily_post_tells_the_date(
    server: Server, load: Import, tmp_path: Path
) -> None:
    related = [("2002-05-06", "A storm is near", "Weather"), ("2003-05-06", "A calm is near", "Weather")]
    load(tale(tmp_path, "2001-01-01", related=related), tale(tmp_path, "2001-01-02", related=related))
    await mute(server, word="storm")
    await server.daily("add", channel=server.channel, **NINE)
    await server.daily("test")
    await server.until("2026-01-01 09:00")
    week = await server.daily("upcoming")
    await server.choose(week, "coming", "2026-01-02")
    tested, post = server.posts()
    for each in (tested, post, week):
        assert "**May 6, 2002** · (muted here)" in text_of(each)
        assert "A calm is near" in text_of(each)
        assert "storm" not in text_of(each)
    for each in (tested, post):
        named = [option["label"] for option in menu(each, "related")["options"]]
        assert named == ["2002-05-06 (muted here)", "2003-05-06 A calm is near"]


async def test_the_next_day_and_what_is_shared_by_itself_stand_behind_spoilers_too(server: Server) -> None:
    message = (await server.ask(server.member, "onthisday", date="January 1")).response
    related = menu(message, "related")
    copy = (
        await server.other.select(message, [related["options"][0]["value"]], custom_id=related["custom_id"])
    ).response
    title = copy.embeds[0].title
    assert title.startswith("Tale of")
    await mute(server, word="tale")
    shared = (await server.other.click(copy, label="Share")).response
    assert is_spoiler(shared, title)
    assert not any(part["custom_id"].startswith("next:") for part in parts(shared)), "it stands in no list"
    await server.member.click(message, label="Next day")
    assert message.embeds[0].author.name == "January 2, 2007"
    assert is_spoiler(message, "Tale of 2007-01-02")


async def test_what_is_muted_by_a_topic_or_a_summary_is_named_nowhere_else(
    server: Server, load: Import, tmp_path: Path
) -> None:
    """Beside other events only headlines and shared topics are known: the archive is asked for the rest."""
    sail = [("2001-05-06", "A sail is set", "Ships")]
    wars = [("2002-05-06", "A quiet meeting", "Ships, Wars"), ("2003-05-06", "A loud meeting", "Ships")]
    load(
        write(tmp_path, "2001-05-06", "A sail is set", related=[(day, what, "Ships") for day, what, _ in wars]),
        write(tmp_path, "2002-05-06", "A quiet meeting", topic="Wars", related=sail),
        write(tmp_path, "2003-05-06", "A loud meeting", summary="There is thunder.", related=sail),
        write(tmp_path, "2004-05-06", "A pier is built", related=sail),
    )
    await mute(server, topic="Wars")
    await mute(server, word="thunder")
    day = (await server.ask(server.member, "day", date="2001-05-06")).response
    topic = (await server.ask(server.member, "topic", name="Ships")).response
    timeline = (await server.ask(server.member, "timeline", topic="Ships")).response
    follow = (await server.ask(server.member, "day", date="2004-05-06")).response
    await server.member.click(follow, label="Follow the story")
    for message in (day, topic, timeline, follow):
        shown = f"{text_of(message)} {parts(message)} {[each.description for each in message.attachments]}"
        assert "A sail is set" in shown
        assert "quiet" not in shown
        assert "loud" not in shown
    assert "Wars" not in str(parts(topic))


async def test_the_sources_of_what_is_muted_are_behind_the_spoiler(
    server: Server, load: Import, tmp_path: Path
) -> None:
    sources = [(f"The Storm Post {number}", f"https://storm.example/{number}") for number in range(30)]
    load(write(tmp_path, "2001-05-06", "A storm is near", sources=sources))
    await mute(server, word="storm")
    (embed,) = (await server.ask(server.member, "day", date="2001-05-06")).response.embeds
    fields = [field.value or "" for field in embed.fields]
    assert len(fields) > 1
    assert all(value.startswith("||") and value.endswith("||") and len(value) <= 1024 for value in fields)
    assert embed.url is None
