"""Daily posts that Discord refuses for a while, that wait while they are edited, or that two machines would send."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.discord_double.gateway import APPLICATION, CREATED_AT, ContextFields, Permission, until, user
from tests.helpers.posting import Deployment, Server, at, open_deployment
from tests.helpers.processes import STARTER_OFF, Running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")
POST = "/channels/{}/(messages|threads)"
WRONG_IMAGE = {"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"image": {}}}}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """One bot for all of these: each test has a server of its own, on a day of its own."""
    folder = tmp_path_factory.mktemp("deployment")
    async with open_deployment(folder, days=220) as deployment, deployment.running():
        yield deployment


@pytest_asyncio.fixture(loop_scope="module")
async def server(deployment: Deployment) -> AsyncIterator[Server]:
    async with deployment.open_server() as server:
        yield server


def retry_ends(server: Server) -> list[int | None]:
    """Return until when each delivery is tried again."""
    rows = server.deployment.query(
        "SELECT retry_until FROM delivery JOIN subscription ON subscription.id = subscription_id WHERE guild_id = ?",
        server.id,
    )
    return [row[0] for row in rows]


def failures(server: Server) -> list[int]:
    return [
        row[0] for row in server.deployment.query("SELECT failures FROM subscription WHERE guild_id = ?", server.id)
    ]


# Refused, and tried again


@pytest.mark.process
async def test_a_post_comes_late_once_a_missing_permission_is_back(server: Server) -> None:
    await server.subscribe(late=3)
    await server.double.set_overwrite(server.text, deny=Permission.EMBED)
    server.due()
    (failed,) = await server.wait_closed(1)
    assert failed.state == "failed"
    await until(server.admin_notices)
    # Whatever else happens meanwhile, this date counts as one failure, and is reported once.
    await server.deployment.advance_to(at(server.today, "09:30"))
    assert (failures(server), len(server.admin_notices())) == ([1], 1)
    until_when = int(at(server.today, "11:30").timestamp())
    assert f"I keep trying until <t:{until_when}:f>." in await server.doctor()
    await server.double.set_overwrite(server.text)
    await server.deployment.advance_until(server.posts, step=60)
    await until(lambda: server.states() == ["sent"])
    (sent,) = server.deliveries()
    assert (sent.late, sent.reason, failures(server), retry_ends(server)) == (True, None, [0], [None])
    assert "was not sent" not in await server.doctor()


async def test_a_post_that_discord_refuses_though_it_may_is_tried_again(server: Server) -> None:
    for channel_id in (server.text, server.forum):
        await server.subscribe(channel_id)
        server.double.fail_next("POST", POST.format(channel_id), 403, times=3)
    server.due()
    assert [delivery.state for delivery in await server.wait_closed(2)] == ["failed"] * 2
    await server.deployment.advance_until(lambda: server.states() == ["sent"] * 2, step=60, hours=1)
    assert [len(server.posts(channel_id)) for channel_id in (server.text, server.forum)] == [1, 1]


async def test_a_refused_post_is_not_tried_again_when_it_would_be_later_than_allowed(server: Server) -> None:
    await server.subscribe(late=1)
    await server.double.set_overwrite(server.text, deny=Permission.EMBED)
    server.due()
    await server.wait_closed(1)
    assert retry_ends(server) == [int(at(server.today, "09:30").timestamp())]
    await server.deployment.advance_until(lambda: retry_ends(server) == [None], step=300, hours=2)
    assert server.double.time >= at(server.today, "09:30")
    await server.double.set_overwrite(server.text)
    await server.deployment.advance_to(at(server.today, "10:40"))
    assert (server.states(), server.posts()) == (["failed"], [])


async def test_a_post_of_a_subscription_that_rests_comes_once_the_permission_is_back(server: Server) -> None:
    await server.subscribe()
    await server.double.set_overwrite(server.text, deny=Permission.EMBED)
    for day in range(1, 5):
        server.due(days=day > 1)
        await server.wait_closed(day)
    assert (server.states(), server.paused()) == ([*["failed"] * 3, "skipped"], ["failing"])
    await server.double.set_overwrite(server.text)
    await server.deployment.advance_until(server.posts, step=60)
    await until(lambda: server.states() == [*["failed"] * 3, "sent"])
    assert server.paused() == [None]


async def test_a_post_that_may_have_arrived_is_not_sent_again_after_a_refusal(server: Server) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 0, before_effect=False)
    server.double.fail_next("POST", POST.format(server.text), 403)
    # Discord forgets the nonce before the third try.
    server.double.nonce_seconds = 61.0
    try:
        server.due()
        await until(lambda: server.states() == ["claimed"])
        await server.deployment.advance_until(lambda: server.states() == ["failed"], step=2)
        await server.deployment.advance_until(lambda: server.states() == ["sent"], step=60)
    finally:
        server.double.nonce_seconds = 120.0
    assert len(server.posts()) == 1


async def test_a_paused_or_removed_daily_post_is_not_tried_again(server: Server) -> None:
    await server.subscribe()
    await server.subscribe(server.news)
    for channel_id in (server.text, server.news):
        await server.double.set_overwrite(channel_id, deny=Permission.EMBED)
    server.due()
    await server.wait_closed(2)
    await server.daily("pause", post=1)
    answer = await server.daily("remove", post=2)
    remove = answer.components[0]["components"][0]["custom_id"]
    await server.double.press(answer, remove)
    for channel_id in (server.text, server.news):
        await server.double.set_overwrite(channel_id)
    await server.deployment.advance_to(at(server.today, "09:00"))
    assert server.states() == ["failed"]
    assert not [*server.posts(), *server.posts(server.news)]


@pytest.mark.process
async def test_a_bot_that_was_restarted_still_tries_again(tmp_path: Path) -> None:
    async with open_deployment(tmp_path) as deployment:
        async with deployment.running():
            server = deployment.server()
            await server.open()
            await server.subscribe()
            await server.double.set_overwrite(server.text, deny=Permission.EMBED)
            server.due()
            await server.wait_closed(1)
        await server.double.set_overwrite(server.text)
        async with deployment.running():
            await until(server.posts, 15)
            await until(lambda: server.states() == ["sent"])


# One notice for one cause


async def test_one_cause_is_reported_once_for_a_whole_server(server: Server) -> None:
    for channel_id, count in ((server.text, 1), (server.text, 2), (server.news, 3), (server.news, 4)):
        await server.subscribe(channel_id, count=count)
    for channel_id in (server.text, server.news):
        await server.double.set_overwrite(channel_id, deny=Permission.EMBED)
    server.due()
    await server.wait_closed(4)
    await until(server.admin_notices)
    server.due(days=1)
    await server.wait_closed(8)
    assert len(server.admin_notices()) == 1
    # The channel that is mended comes again; of the other one the admins are notified now.
    notified = next(c for c in (server.text, server.news) if f"<#{c}>" in server.admin_notices()[0])
    other = server.news if notified == server.text else server.text
    await server.double.set_overwrite(notified)
    await server.deployment.advance_until(lambda: len(server.posts(notified)) == 2, step=60)
    await until(lambda: server.states().count("sent") == 2)
    server.due(days=1)
    await server.wait_closed(12)
    await until(lambda: len(server.admin_notices()) == 2)
    assert f"<#{other}>" in server.admin_notices()[1]


async def test_another_cause_is_another_notice(server: Server) -> None:
    await server.subscribe()
    await server.subscribe(server.news)
    await server.double.set_overwrite(server.text, deny=Permission.EMBED)
    await server.double.set_overwrite(server.news, deny=Permission.SEND)
    server.due()
    await server.wait_closed(2)
    await until(lambda: len(server.admin_notices()) == 2)


# The true cause


async def test_a_time_out_is_named_as_the_cause_with_its_end(server: Server) -> None:
    await server.subscribe()
    member = {
        "user": user(APPLICATION, "Daybook", bot=True), "roles": [], "flags": 0, "joined_at": CREATED_AT,
        "guild_id": str(server.id), "communication_disabled_until": "2099-01-02T03:04:00+00:00",
    }  # fmt: skip
    await server.double.dispatch("GUILD_MEMBER_UPDATE", member, server.id)
    end = int(datetime.fromisoformat("2099-01-02T03:04:00+00:00").timestamp())
    sentence = f"I am timed out on this server until <t:{end}:f>."
    server.due()
    (failed,) = await server.wait_closed(1)
    assert sentence in str(failed.reason)
    await until(server.admin_notices)
    assert sentence in server.admin_notices()[0]
    doctor = await server.doctor()
    assert sentence in doctor
    assert "Missing" not in doctor
    for command, options in (("test", {}), ("add", {"channel": server.news, "time": "9am", "timezone": "UTC"})):
        answer = (await server.daily(command, **options)).content
        assert sentence in answer
        assert "Send Messages" not in answer
    # What can be changed without posting can be.
    assert (await server.daily("edit", count=3)).embeds
    await server.double.dispatch("GUILD_MEMBER_UPDATE", member | {"communication_disabled_until": None}, server.id)
    await server.deployment.advance_until(server.posts, step=60)


async def test_a_tag_for_moderators_is_named_as_the_cause(server: Server) -> None:
    await server.subscribe(server.forum, tag="Daily")
    tag = {"id": str(server.tag), "name": "Daily", "moderated": True, "emoji_id": None, "emoji_name": None}
    await server.double.update_channel(server.forum, available_tags=[tag])
    server.due()
    (failed,) = await server.wait_closed(1)
    assert "Manage Threads (only moderators may use the tag Daily)" in str(failed.reason)
    assert "Manage Threads" in await server.doctor()
    add = {"channel": server.forum, "time": "9am", "timezone": "UTC", "tag": "Daily"}
    assert "Manage Threads" in (await server.daily("add", **add)).content


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [(404, 10087, "the forum's tag is gone"), (400, 40067, "the forum requires a tag on each post")],
)
async def test_a_forum_that_changed_a_moment_ago_is_named_as_the_cause(
    server: Server, status: int, code: int, sentence: str
) -> None:
    await server.subscribe(server.forum, tag="Daily")
    server.double.fail_next("POST", POST.format(server.forum), status, body={"message": "no", "code": code})
    server.due()
    (failed,) = await server.wait_closed(1)
    assert sentence in str(failed.reason)


async def test_where_only_the_commands_were_added_the_answer_is_how_to_add_the_bot(server: Server) -> None:
    elsewhere: ContextFields = {"user_id": 77, "guild_id": server.id + 50, "channel_id": server.text}
    for command, options in (
        ("daily add", {"channel": server.text, "time": "9am", "timezone": "UTC"}),
        ("daily add", {"channel": server.text, "time": "9am", "timezone": "UTC", "tag": "x"}),
        ("settings mute", {"word": "storm"}),
    ):
        answer = await (await server.double.slash(command, options, **elsewhere)).finished()
        assert "only my commands, not me" in answer.content
        assert "scope=bot" in answer.content
    server.double.fail_next("GET", f"/guilds/{server.id + 50}", 503)
    options = {"channel": server.text, "time": "9am", "timezone": "UTC"}
    answer = await (await server.double.slash("daily add", options, **elsewhere)).finished()
    assert "Discord cannot be reached at the moment" in answer.content


async def test_a_server_that_is_still_coming_up_is_not_taken_for_one_without_the_bot(server: Server) -> None:
    other = server.deployment.server()
    await other.open()
    await other.double.dispatch("GUILD_DELETE", {"id": str(other.id)}, other.id)
    options = {"channel": other.text, "time": "9am", "timezone": "UTC"}
    answer = await other.daily("add", **options)
    assert "please try again in a minute" in answer.content
    await other.close()


@pytest.mark.process
async def test_a_server_that_is_out_of_order_since_the_start_is_named_as_such(tmp_path: Path) -> None:
    async with open_deployment(tmp_path) as deployment:
        server = deployment.server()
        await server.open()
        async with deployment.running():
            await server.subscribe()
        deployment.double.world.unavailable.add(str(server.id))
        async with deployment.running():
            answer = await server.daily("add", channel=server.text, time="9am", timezone="UTC")
            assert "Discord has trouble with this server" in answer.content
            assert (await server.daily("list")).embeds
            assert await server.doctor()


# What discord.py does not know


async def test_a_tag_of_a_forum_that_is_not_known_yet_is_looked_up(server: Server) -> None:
    forum = server.double.world.channel(server.forum)
    await server.double.dispatch("CHANNEL_DELETE", forum, server.id)
    await server.subscribe(server.forum, tag="Daily")
    assert (
        "Only forums have tags"
        in (await server.daily("add", channel=server.text, time="9am", timezone="UTC", tag="Daily")).content
    )


async def test_a_channel_of_an_unknown_kind_is_no_place_for_posts(server: Server) -> None:
    channel = server.double.world.channel(server.news)
    assert channel is not None
    await server.double.dispatch("CHANNEL_DELETE", channel, server.id)
    channel["type"] = 77
    options = {"channel": server.news, "time": "9am", "timezone": "UTC", "tag": "Daily"}
    answer = await server.daily("add", **options)
    assert "in that kind of channel" in answer.content
    channel["type"] = 5


@pytest.mark.parametrize("place", ["text", "forum"])
async def test_a_bot_that_does_not_know_itself_in_a_server_posts_and_reports(server: Server, place: str) -> None:
    other = server.deployment.server()
    other.double.world.without_members.add(str(other.id))
    await other.open()
    where = other.text if place == "text" else other.forum
    statement = (
        "INSERT INTO subscription (guild_id, number, since, next_at, channel_id, minute, zone, weekdays, count, thread,"
        " late, publish, pin, empty) VALUES ({}, 1, 0, {}, {}, 510, 'UTC', 127, 3, 0, 6, 0, 0, 'nothing')"
    )
    due = int(at(server.today).timestamp())
    server.deployment.execute(statement.format(other.id, due, where))
    server.double.fail_next("POST", POST.format(where), 403)
    await server.subscribe()
    server.due()
    await other.wait_closed(1)
    await until(other.admin_notices)
    await server.deployment.advance_until(lambda: other.states() == ["sent"], step=60)
    await other.close()


# Edits of what waits


async def test_an_edit_of_a_waiting_post_to_a_later_time_moves_it_there(server: Server) -> None:
    await server.subscribe(late=2)
    server.double.fail_next(
        "POST", POST.format(server.text), 403, times=100, body="<html>You have been blocked.</html>"
    )
    server.due()
    await until(server.waiting_reasons)
    answer = await server.daily("edit", post=1, time="18:00")
    promised = int(at(server.today, "18:00").timestamp())
    assert f"<t:{promised}:F>" in str(answer.embeds)
    server.double._faults.clear()
    await server.deployment.advance_to(at(server.today, "12:00"))
    assert (server.states(), server.posts()) == (["due"], [])
    await server.deployment.advance_to(at(server.today, "18:00"))
    await until(lambda: server.states() == ["sent"])
    assert [delivery.late for delivery in server.deliveries()] == [False]
    assert len(server.posts()) == 1


async def test_an_edit_of_a_refused_post_to_a_later_time_moves_it_there(server: Server) -> None:
    await server.subscribe()
    await server.double.set_overwrite(server.text, deny=Permission.EMBED)
    server.due()
    await server.wait_closed(1)
    answer = await server.daily("edit", post=1, time="18:00")
    assert f"<t:{int(at(server.today, '18:00').timestamp())}:F>" in str(answer.embeds)
    await server.double.set_overwrite(server.text)
    await server.deployment.advance_to(at(server.today, "18:00"))
    await until(lambda: server.states() == ["sent"])
    assert len(server.posts()) == 1


async def test_an_edit_of_a_post_that_may_have_arrived_promises_no_second_one(server: Server) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 0, before_effect=False)
    server.double.fail_next("POST", POST.format(server.text), 503, times=100)
    server.due()
    await until(lambda: server.states() == ["claimed"])
    answer = await server.daily("edit", post=1, time="18:00")
    tomorrow = at(server.today + timedelta(days=1), "18:00")
    assert f"<t:{int(tomorrow.timestamp())}:F>" in str(answer.embeds)
    server.double._faults.clear()
    await server.deployment.advance_until(lambda: server.states() == ["sent"])
    await server.deployment.advance_to(at(server.today, "18:01"))
    assert len(server.posts()) == 1


async def test_an_edit_of_something_else_leaves_a_waiting_post_where_it_is(server: Server) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 503, times=3)
    server.due()
    await until(server.waiting_reasons)
    assert (await server.daily("edit", post=1, count=2)).embeds
    # An earlier time, too: today's is due already.
    assert (await server.daily("edit", post=1, time="8:00")).embeds
    await server.deployment.advance_until(server.posts)
    await until(lambda: server.states() == ["sent"])


async def test_what_a_subscription_lacked_before_does_not_keep_it_from_being_edited(server: Server) -> None:
    await server.subscribe(server.forum, role=server.readers, tag="Daily")
    await server.double.delete_role(server.readers)
    await server.double.update_channel(server.forum, available_tags=[], flags=1 << 4)
    for options in ({"time": "9:15"}, {"clear": "role"}):
        answer = await server.daily("edit", post=1, **options)
        assert answer.embeds, answer.content
    # What is still missing is said beside it.
    assert "a tag, which this forum requires" in str(answer.embeds)
    assert (await server.daily("edit", post=1, channel=server.text)).embeds
    # What an edit would newly lack is refused.
    await server.double.set_overwrite(server.news, deny=Permission.SEND)
    assert "Nothing was changed" in (await server.daily("edit", post=1, channel=server.news)).content


# What Discord calls wrong, and what would come twice


@pytest.mark.parametrize("place", ["text", "forum"])
async def test_an_image_that_discord_refuses_costs_the_image_and_not_the_post(server: Server, place: str) -> None:
    channel_id = server.text if place == "text" else server.forum
    await server.subscribe(channel_id)
    server.double.fail_next("POST", POST.format(channel_id), 400, body=WRONG_IMAGE)
    server.due()
    (sent,) = await server.wait_closed(1)
    assert sent.state == "sent"
    (post,) = server.posts(channel_id)
    assert post["embeds"][0]["title"]
    assert not {"image", "url"} & set(post["embeds"][0])
    server.double.fail_next("POST", POST.format(channel_id), 400, body=WRONG_IMAGE)
    assert "Here is the test" in (await server.daily("test", post=1)).content


@pytest.mark.parametrize("status", [0, 500, 502, 504])
async def test_a_test_in_a_forum_never_makes_two_threads(server: Server, status: int) -> None:
    await server.subscribe(server.forum)
    threads = f"/channels/{server.forum}/threads"
    server.double.fail_next("POST", threads, status, before_effect=False)
    answer = await server.daily("test", post=1)
    assert f"check in <#{server.forum}> whether the test is there" in answer.content
    assert len(server.double.calls("POST", threads)) == 1
    assert len([t for t in server.double.world.guild(server.id)["threads"] if t["parent_id"] == str(server.forum)]) == 1


@pytest.mark.process
async def test_a_second_machine_with_a_copy_of_the_ledger_finds_the_post_in_a_forum(tmp_path: Path) -> None:
    async with open_deployment(tmp_path) as deployment:
        server = deployment.server()
        await server.open()
        async with deployment.running():
            await server.subscribe(server.forum)
            await server.subscribe(server.text)
        copy = tmp_path / "copy"
        shutil.copytree(tmp_path / "data", copy / "data")
        # Its clock is a few seconds behind.
        clock = copy / "clock"
        clock.write_text(server.double.time.isoformat())
        more = deployment.double.environment | STARTER_OFF | {"DAYBOOK_CLOCK": str(clock)}
        async with deployment.running(), Running("run", "--data", "data", folder=copy, more=more) as other:
            await until(lambda: "ready: serving" in other.err, 20, "the second machine")
            server.due()
            await server.wait_closed(2)
            clock.write_text(at(server.today, "08:30:00").isoformat())
            await until(lambda: other.err.count("it was sent already") == other.err.count(": sent") == 1, 20)
            assert [len(server.posts(server.text)), len(server.posts(server.forum))] == [1, 1]
            await other.stop()
