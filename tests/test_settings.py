"""``/settings``, and what it changes in every answer and post. The real bot in a simulated Discord."""

from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.ledger.ledger import Ledger
from tests.helpers.archives import Import
from tests.helpers.servers import (
    Server,
    make_bot,
    mute,
    settings_answer,
    settings_refusal,
    text_of,
    write_tale,
    write_tales,
)

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return write_tales(tmp_path)


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
    assert "From now on only you can see the answers to your commands" in await settings_answer(
        server, server.member, "private", value="on"
    )
    answer = await server.ask(server.member, command, **options)
    assert answer.ephemeral
    assert answer.response.embeds
    assert not (await server.ask(server.other_member, command, **options)).ephemeral, (
        "somebody else's stay as they were"
    )
    assert "From now on everyone can see the answers to your commands" in await settings_answer(
        server, server.member, "private", value="off"
    )
    assert not (await server.ask(server.member, command, **options)).ephemeral


async def test_a_private_answer_can_be_gone_through_and_shared(server: Server) -> None:
    await settings_answer(server, server.member, "private", value="on")
    answer = await server.ask(server.member, "topic", name="Tales")
    message = answer.response
    await server.member.click(message, label="Most notable first")
    await server.member.click(message, label="Next")
    assert "2 of 75 · Tales" in text_of(message)
    shared = await server.member.click(message, label="Share")
    assert not shared.ephemeral
    assert "2 of 75 · Tales" in text_of(shared.response)


async def test_a_slow_private_answer_is_announced_to_the_asker_alone(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settings_answer(server, server.member, "private", value="on")
    monkeypatch.setattr("bot.screens.reply.DEFER_AFTER", 0.0)
    answer = await server.ask(server.member, "topic", name="Tales")
    assert answer.ephemeral
    assert answer.response.embeds


# Whose day it is


async def test_today_is_that_of_the_persons_time_zone(server: Server) -> None:
    server.skip_to("2026-01-03 22:00")
    assert "“Today” is January 4, 2026 in Asia/Tokyo." in await settings_answer(
        server, server.member, "timezone", zone="tokyo"
    )
    for options in ({}, {"date": "today"}):
        message = (await server.ask(server.member, "onthisday", **options)).response
        assert message.embeds[0].author.name == "January 4, 2007"
    for person, day in ((server.member, "January 3, 2007"), (server.other_member, "January 2, 2007")):
        message = (await server.ask(person, "onthisday", date="yesterday", year=2007)).response
        assert message.embeds[0].author.name == day
    assert (await server.ask(server.other_member, "onthisday")).response.embeds[0].author.name == "January 3, 2007"
    assert "“Today” is January 3, 2026 (UTC)" in await settings_answer(server, server.member, "timezone")
    assert (await server.ask(server.member, "onthisday")).response.embeds[0].author.name == "January 3, 2007"


async def test_dates_that_are_counted_from_today_are_the_persons_too(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(*(write_tale(tmp_path, f"2025-12-{day}") for day in (30, 31)), write_tale(tmp_path, "2026-01-01"))
    server.skip_to("2026-01-01 02:00")
    await settings_answer(server, server.member, "timezone", zone="America/New_York")
    for person, day in ((server.member, "December 30, 2025"), (server.other_member, "December 31, 2025")):
        assert (await server.ask(person, "day", date="yesterday")).response.embeds[0].author.name == day
    message = (await server.ask(server.member, "topic", **{"name": "Tales", "from": "today"})).response
    assert "**2 events**" in text_of(message)
    message = (await server.ask(server.other_member, "topic", **{"name": "Tales", "from": "today"})).response
    assert "of 1 · Tales" in text_of(message)


@pytest.mark.parametrize("typed", ["Atlantis", "CET", "UTC+2", "../etc/passwd"])
async def test_an_unknown_time_zone_is_refused_and_changes_nothing(server: Server, typed: str) -> None:
    await settings_answer(server, server.member, "timezone", zone="Berlin")
    assert "try “" in await settings_refusal(server, server.member, "timezone", zone=typed)
    assert "Europe/Berlin" in await settings_answer(server, server.member, "show")


async def test_time_zones_are_offered_while_typing(server: Server) -> None:
    choices = await server.member.autocomplete(server.channel, "settings timezone", "zone", "toky")
    assert [(choice["value"], choice["name"][:18]) for choice in choices] == [("Asia/Tokyo", "Tokyo (Asia/Tokyo)")]


# What is set


async def test_show_lists_what_is_set(server: Server) -> None:
    text = await settings_answer(server, server.member, "show")
    assert "Everyone can see them." in text
    assert "“Today” is January 1, 2026 (UTC): you have not set a time zone." in text
    assert "Muted on this server\nNothing.\n0 of at most 50" in text
    await settings_answer(server, server.member, "private", value="on")
    await settings_answer(server, server.member, "timezone", zone="America/New_York")
    await mute(server, topic="tales", word="*War*")
    text = await settings_answer(server, server.member, "show")
    assert "Only you can see them" in text
    assert "in America/New\\_York." in text
    assert "**Topics:** Tales\n**Words:** \\*War\\*\n2 of at most 50" in text
    assert "Everyone can see them." in await settings_answer(server, server.other_member, "show"), (
        "somebody else's are theirs"
    )


async def test_what_one_has_set_holds_in_direct_messages_and_mutes_do_not(server: Server) -> None:
    await mute(server, topic="tales")
    await settings_answer(server, server.member, "private", value="on")
    answer = await server.member.user.slash("settings show")
    assert "Only you can see them" in text_of(answer.response)
    assert "Muted" not in text_of(answer.response)
    card = await server.member.user.slash("onthisday", date="January 3")
    assert card.response.embeds[0].title == "Tale of 2007-01-03"


async def test_settings_survive_a_restart(server: Server, archive: Archive, ledger_file: Path) -> None:
    await settings_answer(server, server.member, "private", value="on")
    await settings_answer(server, server.member, "timezone", zone="Tokyo")
    await mute(server, topic="Tales")
    async with Ledger(ledger_file) as opened_anew:
        await server.env.restart_bot(make_bot(archive, opened_anew))
        text = await settings_answer(server, server.member, "show")
        assert "Only you can see them" in text
        assert "Asia/Tokyo" in text
        assert "**Topics:** Tales" in text


async def test_the_most_that_can_be_muted_is_shown_whole(server: Server, ledger: Ledger) -> None:
    for number in range(50):
        await mute(server, word=f"{number:02} " + "*" * 46 + "x")
    assert "A server may mute at most 50" in await settings_refusal(server, server.admin, "mute", word="one more")
    text = await settings_answer(server, server.member, "show")
    assert all(f"{number:02} " in text for number in range(50))
    assert "50 of at most 50" in text
    assert len(ledger.preferences.mutes(server.guild.id)) == 50
