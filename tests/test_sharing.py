"""Buttons publish nothing for members who may not write, and change no daily post for former admins."""

from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.domain.errors import DailyPostError
from bot.screens.reply import SharingError
from tests.helpers.samples import SEED
from tests.helpers.servers import AT_NINE, Server, open_topic, parts, write_tales

pytestmark = pytest.mark.simcord(shard_count=1)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return [SEED, *write_tales(tmp_path)]


def silence(server: Server, user: Any, *names: str, channel: Any = None) -> None:
    """Deny a member these permissions in a channel."""
    denied = discord.Permissions(**dict.fromkeys(names, True))
    target = channel or server.channel
    server.env.backend.set_overwrite(target.id, Overwrite(user.id, OverwriteType.MEMBER, 0, denied.value))


async def private_copies(server: Server, user: Any) -> list[Any]:
    """Return private messages of an event, of a topic and of a chart, each with the button to share it."""
    await server.ask_privately(user, "settings private", value="on")
    return [
        await server.ask_privately(user, "onthisday", date="March 24"),
        await server.ask_privately(user, "topic", name="NASA"),
        await server.ask_privately(user, "timeline", topic="NASA"),
    ]


@pytest.mark.process
async def test_who_may_not_write_publishes_nothing(server: Server) -> None:
    copies = await private_copies(server, server.member)
    silence(server, server.member, "send_messages")
    for copy in copies:
        server.env.backend.advance_clock(3)
        answer = await server.member.click(copy, label="Share")
        assert answer.ephemeral
        assert answer.response.content == "You may not write in this channel, so nothing is shared in it."
    assert server.posts() == []
    assert [type(error) for error in server.env.errors] == [SharingError] * 3


@pytest.mark.process
async def test_who_may_write_shares(server: Server) -> None:
    for copy in await private_copies(server, server.member):
        server.env.backend.advance_clock(3)
        assert not (await server.member.click(copy, label="Share")).ephemeral
    assert len(server.posts()) == 3


async def test_in_a_thread_the_permission_for_threads_counts(server: Server) -> None:
    thread = server.thread("talk")
    await server.ask_privately(server.member, "settings private", value="on")
    copy = (await server.member.slash(thread, "onthisday", date="March 24")).response
    silence(server, server.member, "send_messages")
    assert not (await server.member.click(copy, label="Share")).ephemeral
    silence(server, server.member, "send_messages_in_threads")
    server.env.backend.advance_clock(3)
    assert (await server.member.click(copy, label="Share")).ephemeral
    assert [type(error) for error in server.env.errors] == [SharingError]


async def test_who_may_not_write_any_more_changes_no_message_that_all_see(server: Server) -> None:
    message = await open_topic(server.member, server.channel, name="NASA")
    before = message.embeds[0].title
    silence(server, server.member, "send_messages")
    server.env.backend.advance_clock(3)
    answer = await server.member.click(message, label="Next")
    assert answer.ephemeral
    assert answer.response.embeds[0].title != before
    assert message.embeds[0].title == before


async def test_who_manages_the_server_no_more_changes_no_daily_post(server: Server) -> None:
    await server.daily("add", channel=server.channel, **AT_NINE)
    question = await server.daily("remove")
    week = await server.daily("upcoming")
    (role_id,) = server.env.backend.guilds[server.guild.id].members[server.admin.id].role_ids
    server.env.backend.remove_member_role(server.guild.id, server.admin.id, role_id)
    server.env.backend.advance_clock(3)
    for message, label in ((question, "Remove it for good"), (question, "Keep it")):
        answer = await server.admin.click(message, label=label)
        assert answer.response.content == "Only members with Manage Server can change this server's daily posts."
    day = next(part for part in parts(week) if part["custom_id"].startswith("coming:"))
    answer = await server.admin.select(week, [day["options"][0]["value"]], custom_id=day["custom_id"])
    assert answer.response.content == "Only members with Manage Server can change this server's daily posts."
    assert [type(error) for error in server.env.errors] == [DailyPostError] * 3
    server.env.backend.add_member_role(server.guild.id, server.admin.id, role_id)
    assert "9:00" in await server.daily_text("list")
