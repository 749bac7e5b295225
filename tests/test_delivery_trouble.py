"""Daily posts that Discord refuses, servers that come and go, a ledger that cannot be written: who hears of it."""

from __future__ import annotations

import resource
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.discord_double.gateway import ALL, Permission, until
from tests.helpers.posting import Deployment, Server, at, open_deployment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.discord_double.channels import Request

pytestmark = pytest.mark.asyncio(loop_scope="module")
POST = "/channels/{}/(messages|threads)"
SETTINGS = "channel_id, minute, zone, weekdays, topic, count, role_id, thread, late, language, publish, pin, tag_id"


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


def settings(server: Server) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = server.deployment.query(
        f"SELECT {SETTINGS} FROM subscription WHERE guild_id = ?", server.id
    )
    return rows


# What is refused


@pytest.mark.process
async def test_a_missing_permission_is_reported_once_and_the_post_rests_until_it_is_back(server: Server) -> None:
    await server.subscribe(server.news, count=3, role=server.readers, thread=True, late=4)
    before = settings(server)
    await server.double.set_overwrite(server.news, deny=Permission.SEND | Permission.EMBED)
    server.due()
    (first,) = await server.wait_closed(1)
    assert first.state == "failed"
    assert "Send Messages and Embed Links" in str(first.reason)
    await until(server.admin_notices)
    (notice,) = server.admin_notices()
    assert f"<#{server.news}>" in notice
    assert "Send Messages and Embed Links" in notice
    for day, paused in ((2, None), (3, "failing")):
        server.due(days=1)
        await server.wait_closed(day)
        assert server.paused() == [paused]
    assert server.states() == ["failed"] * 3
    # It looks each day whether it may.
    server.due(days=1)
    *_, fourth = await server.wait_closed(4)
    assert (fourth.state, server.paused()) == ("skipped", ["failing"])
    assert "Send Messages and Embed Links" in await server.doctor()
    assert server.admin_notices() == [notice]
    await server.double.set_overwrite(server.news)
    server.due(days=1)
    *_, fifth = await server.wait_closed(5)
    assert (fifth.state, server.paused(), len(server.posts(server.news))) == ("sent", [None], 1)
    assert settings(server) == before
    assert server.double.calls("POST", POST.format(server.news))[0].status == 200
    # What is wrong later is news.
    await server.double.set_overwrite(server.news, deny=Permission.VIEW)
    server.due(days=1)
    await server.wait_closed(6)
    await until(lambda: len(server.admin_notices()) == 2)
    assert "View Channel" in server.admin_notices()[1]


async def test_a_refusal_without_a_visible_reason_is_reported_in_discords_words(server: Server) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 403, times=3)
    for day in (1, 2, 3):
        server.due(days=day > 1)
        await server.wait_closed(day)
    assert server.states() == ["failed"] * 3
    assert server.paused() == ["failing"]
    (notice,) = server.admin_notices()
    assert "403: injected" in notice
    assert len(server.double.calls("POST", POST.format(server.text))) == 3
    server.due(days=1)
    await server.wait_closed(4)
    assert server.states() == [*["failed"] * 3, "sent"]
    assert server.paused() == [None]


HTML = "<!DOCTYPE html><html><title>Attention required!</title>" + "<p>You have been blocked.</p>" * 500
OUTAGES = {
    "blocked by a proxy": (403, HTML),
    "a proxy finds nothing": (404, HTML),
    "a proxy understands nothing": (400, "Bad Request"),
    "a block in JSON": (403, {"message": "internal network error", "code": 40333}),
    "sending is switched off": (403, {"message": "Send messages has been temporarily disabled", "code": 40004}),
    "a timeout": (408, {"message": "408: Request Timeout", "code": 0}),
}


@pytest.mark.parametrize("name", OUTAGES)
async def test_a_block_or_outage_is_waited_out_and_reported_to_nobody(
    deployment: Deployment, server: Server, name: str
) -> None:
    await server.subscribe(thread=True, late=2)
    await server.subscribe(server.thread)
    await server.double.update_channel(server.thread, archived=True)
    status, body = OUTAGES[name]
    server.double.fail_next("POST", POST.format(server.text), status, times=2, body=body)
    server.double.fail_next("GET", f"/channels/{server.thread}", status, times=2, body=body)
    server.due()
    await deployment.advance_until(lambda: server.states() == ["sent", "sent"])
    assert [len(server.posts()), len(server.posts(server.thread))] == [1, 1]
    assert server.admin_notices() == []
    assert "<" not in "".join(line for line in deployment.process.err.splitlines() if "daily post" in line)


@pytest.mark.parametrize("name", OUTAGES)
async def test_a_follow_up_waits_out_a_block_or_outage(server: Server, name: str) -> None:
    await server.subscribe(thread=True)
    status, body = OUTAGES[name]
    server.double.fail_next("POST", f"/channels/{server.text}/messages/.*/threads", status, times=2, body=body)
    server.due()
    await server.wait_closed(1)
    opened = f"/channels/{server.text}/messages/.*/threads"
    await server.deployment.advance_until(lambda: [c for c in server.double.calls("POST", opened) if c.status == 200])
    assert "opening a thread" not in await server.doctor()


@pytest.mark.parametrize("name", OUTAGES)
async def test_admins_are_told_that_discord_cannot_be_reached(server: Server, name: str) -> None:
    await server.subscribe(server.thread)
    await server.double.update_channel(server.thread, archived=True)
    status, body = OUTAGES[name]
    server.double.fail_next("GET", f"/channels/{server.thread}", status, body=body)
    assert "Discord gives me no information about its channel at the moment." in await server.doctor()
    server.double.fail_next("GET", f"/channels/{server.thread}", status, body=body)
    assert "Discord cannot be reached at the moment" in (await server.daily("test", post=1)).content
    server.double.fail_next("POST", POST.format(server.thread), status, body=body)
    # Of what timed out nobody knows whether it arrived.
    sentence = "Discord gave no clear answer" if name == "a timeout" else "Discord cannot be reached at the moment"
    assert sentence in (await server.daily("test", post=1)).content


async def test_list_and_doctor_answer_within_seconds_while_discord_does_not(server: Server) -> None:
    for count in range(1, 6):
        await server.subscribe(server.thread, count=count)
    await server.double.update_channel(server.thread, archived=True)
    server.double.delay(f"/channels/{server.thread}", 60)
    # Below Discord's limit for an answer after a deferral it may be any time: this fails after ten seconds.
    assert (await server.doctor()).count("Discord gives me no information about its channel at the moment.") == 5
    assert len((await server.daily("list")).embeds) == 1


async def test_a_day_between_that_went_well_begins_the_count_anew(server: Server) -> None:
    await server.subscribe()
    for day, works in enumerate((False, False, True, False, False), 1):
        if not works:
            server.double.fail_next("POST", POST.format(server.text), 403)
        server.due(days=day > 1)
        await server.wait_closed(day)
    assert server.states() == ["failed", "failed", "sent", "failed", "failed"]
    assert server.paused() == [None]
    await until(lambda: len(server.admin_notices()) == 2)


async def test_a_post_that_discord_calls_wrong_is_reported_and_logged(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    body = {"message": "Invalid Form Body", "code": 50035}
    server.double.fail_next("POST", POST.format(server.text), 400, times=2, body=body)
    server.due()
    (failed,) = await server.wait_closed(1)
    assert failed.state == "failed"
    assert "Invalid Form Body" in str(failed.reason)
    await until(server.admin_notices)
    assert "Discord refused daily post" in deployment.process.err


async def test_a_channel_that_is_gone_is_reported(server: Server) -> None:
    for channel_id in (server.forum, server.thread):
        await server.subscribe(channel_id)
    for channel_id in (server.forum, server.thread):
        await server.double.delete_channel(channel_id)
    server.due()
    assert [delivery.state for delivery in await server.wait_closed(2)] == ["failed"] * 2
    await until(server.admin_notices)
    (notice,) = server.admin_notices()
    for text in (notice, await server.doctor()):
        assert "channel is gone" in text
    await server.daily("edit", post=1, channel=server.text)
    # Today's comes at once.
    await until(lambda: server.states() == ["sent", "failed"])
    server.due(days=1)
    await server.wait_closed(4)
    await until(lambda: server.states()[2:] == ["sent", "failed"])
    assert len(server.posts()) == 2
    # Where the one that was mended had been reported, the other one is reported now.
    await until(lambda: len(server.admin_notices()) == (2 if notice.startswith("Daily post 1 ") else 1))


async def test_an_archived_thread_is_opened_again(server: Server) -> None:
    await server.subscribe(server.thread)
    await server.double.update_channel(server.thread, archived=True)
    server.due()
    await server.wait_closed(1)
    assert len(server.posts(server.thread)) == 1


async def test_a_locked_thread_is_reported(server: Server) -> None:
    await server.subscribe(server.thread)
    await server.double.update_channel(server.thread, archived=True, locked=True)
    server.due()
    (failed,) = await server.wait_closed(1)
    assert failed.state == "failed"
    assert "the thread is locked" in str(failed.reason)


async def test_a_tag_that_became_required_is_reported(server: Server) -> None:
    await server.subscribe(server.forum)
    await server.double.update_channel(server.forum, flags=1 << 4)
    server.due()
    (failed,) = await server.wait_closed(1)
    assert failed.state == "failed"
    await until(server.admin_notices)
    assert "the forum requires a tag on each post. Choose one with `/daily edit`." in server.admin_notices()[0]
    assert "the forum requires a tag on each post. Choose one with `/daily edit`." in await server.doctor()


# Who is notified


@pytest.mark.parametrize("lacks", ["none", "unwritable", "refusing"])
async def test_without_a_system_channel_the_owner_is_notified(server: Server, lacks: str) -> None:
    await server.subscribe()
    match lacks:
        case "none":
            await server.double.update_guild(server.id, system_channel_id=None)
        case "unwritable":
            await server.double.set_overwrite(server.system, deny=Permission.SEND)
        case _:
            server.double.fail_next("POST", POST.format(server.system), 403)
    await server.double.set_overwrite(server.text, deny=Permission.EMBED)
    for day in (1, 2):
        server.due(days=day - 1)
        await server.wait_closed(day)
        await until(server.admin_notices)
    (notice,) = server.admin_notices()
    dm = server.double.world.dms[str(server.owner)]["id"]
    assert [message["content"] for message in server.double.world.history(dm)] == [notice]
    assert "In the server Reading Room" in notice
    assert "Embed Links" in notice


async def test_where_nobody_can_be_notified_the_log_says_so(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    await server.double.update_guild(server.id, system_channel_id=None)
    server.double.closed_dms.add(server.owner)
    await server.double.set_overwrite(server.text, deny=Permission.EMBED)
    server.due()
    await server.wait_closed(1)
    await deployment.process.says("the admins could not be told")
    # Tomorrow somebody may.
    server.double.closed_dms.clear()
    server.due(days=1)
    await server.wait_closed(2)
    await until(server.admin_notices)


# Servers that come and go


async def test_a_server_that_removes_the_bot_keeps_its_subscriptions_and_gets_nothing_it_missed(
    deployment: Deployment, server: Server
) -> None:
    await server.subscribe(count=2)
    await server.subscribe(server.news)
    await server.daily("pause", post=2)
    before = settings(server)
    gone = await server.double.remove_guild(server.id)
    await deployment.advance_to(at(deployment.day, "08:31"))
    assert settings(server) == before
    assert deployment.query("SELECT next_at FROM subscription WHERE guild_id = ?", server.id) == [(None,), (None,)]
    await deployment.advance_to(at(deployment.day + timedelta(days=29), "08:20"))
    assert settings(server) == before
    await server.double.add_guild(gone)
    await deployment.process.says(f"back in server {server.id}")
    assert server.deliveries() == []
    assert server.posts() == []
    server.due()
    (sent,) = await server.wait_closed(1)
    assert (sent.number, sent.state, sent.day) == (1, "sent", server.today)
    assert server.paused() == [None, "asked"]
    assert server.posts(server.news) == []


async def test_a_server_that_the_bot_is_gone_from_for_a_month_is_forgotten(
    deployment: Deployment, server: Server
) -> None:
    await server.subscribe()
    server.due()
    await server.wait_closed(1)
    await server.double.remove_guild(server.id)
    await deployment.process.says(f"no longer in server {server.id}")
    await deployment.advance_to(at(deployment.day + timedelta(days=31), "08:31"))
    await until(lambda: settings(server) == [])
    assert server.deliveries() == []


async def test_what_a_server_has_muted_is_kept_for_a_month_after_the_bot_is_gone(
    deployment: Deployment, server: Server
) -> None:
    def gone_since() -> list[tuple[int | None]]:
        return deployment.query("SELECT gone_at FROM mute WHERE guild_id = ?", server.id)

    async def leave() -> Any:
        gone = await server.double.remove_guild(server.id)
        await until(lambda: gone_since() not in ([], [(None,)]), 10, "the bot to see that it is gone")
        return gone

    # Without a daily post, too.
    answer = await server.double.slash(
        "settings mute", {"word": "storm"}, user_id=5, guild_id=server.id, channel_id=server.text, permissions=ALL
    )
    assert "Muted on this server" in (await answer.finished()).content
    assert gone_since() == [(None,)]
    gone = await leave()
    await deployment.advance_to(at(deployment.day + timedelta(days=29), "08:20"))
    assert len(gone_since()) == 1
    await server.double.add_guild(gone)
    await until(lambda: gone_since() == [(None,)], 10, "the bot to see that it is back")
    await leave()
    await deployment.advance_to(at(server.today + timedelta(days=31), "08:31"))
    await until(lambda: gone_since() == [])


# The ledger


def limit(deployment: Deployment, size: int) -> None:
    """Let the bot write no file beyond a size, as on a full disk."""
    resource.prlimit(deployment.process._process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux sets the limits of another process")
async def test_what_cannot_be_written_down_is_not_sent(deployment: Deployment, server: Server) -> None:
    await server.subscribe(server.thread)
    await server.double.update_channel(server.thread, archived=True)
    calls = []

    def fill_disk(call: Request) -> None:
        calls.append(call)
        limit(deployment, 1)

    # It asks for an archived thread right before it would note that it sends.
    server.double.on("GET", f"/channels/{server.thread}", "before", fill_disk)
    server.due()
    try:
        await deployment.process.says("a daily post has to wait")
        assert calls
        await deployment.advance_until(lambda: deployment.process.err.count("a daily post has to wait") > 1)
    finally:
        limit(deployment, resource.RLIM_INFINITY)
    assert server.states() == ["due"]
    assert server.double.calls("POST", POST.format(server.thread)) == []
    await deployment.advance_until(lambda: server.states() == ["sent"])
    assert len(server.posts(server.thread)) == 1
    assert len(server.double.calls("POST", POST.format(server.thread))) == 1


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux sets the limits of another process")
async def test_a_full_disk_at_the_due_minute_delays_the_post(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    limit(deployment, 1)
    try:
        server.due()
        await deployment.process.says("a round of daily posts failed")
    finally:
        limit(deployment, resource.RLIM_INFINITY)
    await server.wait_closed(1)
    assert len(server.posts()) == 1


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux sets the limits of another process")
async def test_a_post_that_could_not_be_confirmed_is_not_sent_again(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    server.double.on("POST", POST.format(server.text), "after", lambda _: limit(deployment, 1))
    server.due()
    try:
        await until(server.posts)
        await deployment.process.says(f"{deployment.day}: waiting")
    finally:
        limit(deployment, resource.RLIM_INFINITY)
    await deployment.advance_until(lambda: server.states() == ["sent"])
    assert len(server.posts()) == 1
