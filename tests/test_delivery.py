"""Daily posts as Discord and the ledger see them: at their minute, once, and through whatever Discord does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.discord_double.gateway import thread, until
from tests.helpers.posting import Deployment, Server, at, custom_ids, headlines_in, open_deployment, token_in
from tests.helpers.processes import Running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")
POST = "/channels/{}/(messages|threads)"
STEPS = {"thread": "/channels/{}/messages/.*/threads", "publish": "/channels/{}/messages/.*/crosspost",
         "pin": "/channels/{}/messages/pins/.*"}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """One bot for all of these: each test has a server of its own, on a day of its own."""
    folder = tmp_path_factory.mktemp("deployment")
    async with open_deployment(folder, days=120, rich=5) as deployment, deployment.running():
        yield deployment


@pytest_asyncio.fixture(loop_scope="module")
async def server(deployment: Deployment) -> AsyncIterator[Server]:
    async with deployment.open_server() as server:
        yield server


# What comes, and when


@pytest.mark.process
async def test_a_post_comes_once_at_its_local_minute_and_not_before(deployment: Deployment, server: Server) -> None:
    await server.subscribe(time="9:30", timezone="Lagos")
    due = at(deployment.day, "08:30")
    await deployment.advance_to(due - timedelta(seconds=1))
    assert server.posts() == []
    assert server.deliveries() == []
    deployment.double.set_time(due)
    (sent,) = await server.wait_closed(1)
    (post,) = server.posts()
    assert (sent.number, sent.day, sent.state, sent.late) == (1, deployment.day, "sent", False)
    assert sent.message_id == post["id"]
    await deployment.advance_to(due + timedelta(hours=8))
    assert len(server.posts()) == 1
    assert server.deliveries() == [sent]


async def test_a_post_shows_the_best_event_whole_and_others_shortly(server: Server) -> None:
    await server.subscribe(count=3)
    server.due()
    await server.wait_closed(1)
    (post,) = server.posts()
    lead, others = post["embeds"]
    day = f"{server.today:%d %B}"
    assert lead["title"] == f"Light 2001 is lit on {day}"
    assert lead["author"]["name"].startswith("25 years ago today")
    assert lead["image"]["url"] == "https://images.example/2001.png"
    assert [field["name"] for field in lead["fields"]] == ["Source", "Related · Ships"]
    assert len(headlines_in(post)) == 4
    assert others["title"] == f"Also on {server.today:%B} {server.today.day}"
    assert [name.split(":")[0] for name in custom_ids(post)] == [
        "list", "related", "more", "before", "after", "follow",
    ]  # fmt: skip
    option = post["components"][0]["components"][0]["options"][0]
    opened = await server.double.press(post, custom_ids(post)[0], [option["value"]], guild_id=server.id)
    assert opened.embeds[0]["title"] in option["label"]
    assert opened.ephemeral
    (request,) = server.double.calls("POST", POST.format(server.text))
    assert len(token_in(post)) == 12
    assert (request.json["nonce"], request.json["enforce_nonce"]) == (token_in(post), True)


async def test_nothing_is_shown_in_a_channel_twice_before_all_was_shown(deployment: Deployment, server: Server) -> None:
    for clock in ("8:30", "8:40", "8:50"):
        await server.subscribe(time=clock)
    for number, clock in enumerate(("08:30", "08:40", "08:50"), 1):
        server.due(clock)
        await server.wait_closed(number)
    first, second, third = map(headlines_in, server.posts())
    assert len({*first, *second}) == len(first) + len(second) == 12
    assert set(third) < {*first, *second}


async def test_two_posts_of_one_minute_in_one_channel_show_different_events(server: Server) -> None:
    for late in range(2):
        await server.subscribe(late=late)
    server.due()
    await server.wait_closed(2)
    first, second = server.posts()
    assert not {*headlines_in(first)} & {*headlines_in(second)}
    assert token_in(first) != token_in(second)


async def test_each_kind_of_channel_gets_its_post(server: Server) -> None:
    for channel_id in server.channels:
        await server.subscribe(channel_id)
    server.due()
    deliveries = await server.wait_closed(4)
    assert [delivery.state for delivery in deliveries] == ["sent"] * 4
    posts = [server.posts(channel_id) for channel_id in server.channels]
    assert [len(channel_posts) for channel_posts in posts] == [1] * 4
    assert [delivery.message_id for delivery in deliveries] == [post["id"] for (post,) in posts]


async def test_a_forum_post_has_its_title_and_its_tag(server: Server) -> None:
    await server.subscribe(server.forum, tag="Daily")
    server.due()
    await server.wait_closed(1)
    (post,) = server.posts(server.forum)
    started = server.double.world.channel(post["channel_id"])
    assert started is not None
    assert started["applied_tags"] == [str(server.tag)]
    assert post["embeds"][0]["title"] in started["name"]


async def test_a_role_is_mentioned_and_nobody_else(server: Server) -> None:
    await server.subscribe(role=server.readers)
    server.due()
    await server.wait_closed(1)
    (post,) = server.posts()
    assert post["content"] == f"<@&{server.readers}>"
    assert (post["mention_roles"], post["mention_everyone"]) == ([str(server.readers)], False)
    (request,) = server.double.calls("POST", POST.format(server.text))
    allowed = {key: value for key, value in request.json["allowed_mentions"].items() if value}
    assert allowed == {"roles": [server.readers]}


async def test_everyone_is_never_mentioned(server: Server) -> None:
    answer = await server.daily("add", channel=server.text, time="8:30", timezone="UTC", role=server.id)
    assert "never mentions @\u200beveryone" in answer.content
    assert not answer.embeds
    assert answer.ephemeral
    assert server.paused() == []


# What an admin changes


async def test_another_time_after_the_post_makes_no_second_one_that_day(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    server.due()
    await server.wait_closed(1)
    # The same local date: it is eleven in the evening there.
    for change in ({"time": "10:00"}, {"time": "23:30", "timezone": "Pacific/Kiritimati"}):
        await server.daily("edit", **change)
        await deployment.advance_to(deployment.double.time + timedelta(hours=1, minutes=30))
        assert len(server.posts()) == 1
    assert len(server.deliveries()) == 1
    server.due("09:30", days=1)
    await server.wait_closed(2)
    assert len(server.posts()) == 2


async def test_a_time_that_is_over_begins_tomorrow(deployment: Deployment, server: Server) -> None:
    await server.subscribe(time="10:00")
    await deployment.advance_to(at(deployment.day, "09:00"))
    await server.daily("edit", time="8:30")
    await deployment.advance_to(at(deployment.day, "10:30"))
    assert server.deliveries() == []
    server.due(days=1)
    assert [delivery.day for delivery in await server.wait_closed(1)] == [server.today]


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_pause_stops_a_post_that_has_not_arrived(deployment: Deployment, server: Server, arrived: bool) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 503, before_effect=not arrived)
    server.due()
    await deployment.process.says("waiting")
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    await server.daily("pause")
    await deployment.advance_until(lambda: server.states()[0] != "claimed")
    (delivery,) = server.deliveries()
    if arrived:
        assert (delivery.state, len(server.posts())) == ("sent", 1)
    else:
        assert (delivery.state, str(delivery.reason), server.posts()) == ("skipped", "it was paused", [])


async def test_a_subscription_that_is_removed_meanwhile_posts_no_more(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 503)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    prompt = await server.daily("remove")
    await server.double.press(prompt, custom_ids({"components": prompt.components})[0])
    await deployment.advance_to(at(deployment.day, "08:40"))
    assert (server.posts(), server.deliveries()) == ([], [])


async def test_a_subscription_that_is_removed_while_its_post_is_on_the_way_harms_nothing(
    deployment: Deployment, server: Server
) -> None:
    await server.subscribe(thread=True)
    server.double.delay(POST.format(server.text), 0.5)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    prompt = await server.daily("remove")
    await server.double.press(prompt, custom_ids({"components": prompt.components})[0])
    assert server.posts() == []
    await until(server.posts)
    await deployment.advance_to(at(deployment.day, "08:40"))
    assert len(server.posts()) == 1


async def test_a_channel_that_is_changed_meanwhile_gets_no_second_post(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 503, before_effect=False)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    await server.daily("edit", channel=server.news)
    await deployment.advance_until(lambda: server.states() == ["sent"])
    assert (len(server.posts()), server.posts(server.news)) == (1, [])


# What goes wrong on the way


@pytest.mark.parametrize("status", [503, 0])
@pytest.mark.parametrize("arrived", [False, True])
async def test_a_failure_is_tried_again_and_the_post_comes_once(
    deployment: Deployment, server: Server, status: int, arrived: bool
) -> None:
    for channel_id in server.channels:
        await server.subscribe(channel_id)
        server.double.fail_next(
            "POST", POST.format(channel_id), status, times=3 - 2 * arrived, before_effect=not arrived
        )
    server.due()
    await deployment.advance_until(lambda: server.states() == ["sent"] * 4)
    assert [len(server.posts(channel_id)) for channel_id in server.channels] == [1] * 4
    assert not any(delivery.late for delivery in server.deliveries())
    calls = [server.double.calls("POST", POST.format(channel_id)) for channel_id in server.channels]
    for tried in calls:
        assert len({call.json.get("nonce") for call in tried}) == 1
    # A forum takes no nonce: what arrived there is delivery, not sent again.
    assert [len(channel_calls) for channel_calls in calls] == ([2, 2, 1, 2] if arrived else [4] * 4)


async def test_a_post_that_arrived_is_found_when_its_nonce_is_forgotten(deployment: Deployment, server: Server) -> None:
    for channel_id in server.channels:
        await server.subscribe(channel_id)
        server.double.fail_next("POST", POST.format(channel_id), 503, before_effect=False)
        server.double.fail_next("POST", POST.format(channel_id), 503, times=999)
        server.double.fail_next("GET", POST.format(channel_id), 503, times=999)
    server.double.fail_next("GET", "/guilds/.*/threads/active", 503, times=999)
    server.due()
    await deployment.advance_until(lambda: server.double.time > at(deployment.day, "08:36"), step=60)
    assert server.states() == ["claimed"] * 4
    # Much has happened meanwhile: all that people wrote, and the forum's threads are closed.
    for number in range(150):
        server.double.say(f"Good morning, {number}", server.text)
    threads = server.double.world.guild(server.id)["threads"]
    more = [thread(server.id + 500 + n, "Chat", server.forum, guild_id=str(server.id)) for n in range(150)]
    threads += more
    for old_thread in threads[1:]:
        server.double.advance(seconds=0.1)
        await server.double.update_channel(int(old_thread["id"]), archived=True)
    server.double._faults.clear()
    await deployment.advance_until(lambda: server.states() == ["sent"] * 4)
    assert [len(server.posts(channel_id)) for channel_id in server.channels] == [1] * 4


async def test_a_limit_of_the_channel_is_waited_for(server: Server) -> None:
    for late in range(2):
        await server.subscribe(late=late)
    headers = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.300",
               "X-RateLimit-Bucket": "of-a-channel", "X-RateLimit-Scope": "user", "Retry-After": "1"}  # fmt: skip
    body = {"message": "You are being rate limited.", "retry_after": 0.3, "global": False}
    server.double.fail_next("POST", POST.format(server.text), 429, body=body, headers=headers)
    server.due()
    assert not any(delivery.late for delivery in await server.wait_closed(2))
    assert len(server.posts()) == 2
    refused, *accepted = server.double.calls("POST", POST.format(server.text))
    assert [call.status for call in (refused, *accepted)] == [429, 200, 200]
    assert accepted[0].time - refused.time >= 0.3


async def test_a_long_limit_is_waited_for_as_discord_says(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    body = {"message": "You are being rate limited.", "retry_after": 100.0, "global": False}
    server.double.fail_next("POST", POST.format(server.text), 429, body=body)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    await deployment.advance_to(at(deployment.day, "08:31") + timedelta(seconds=38))
    assert len(server.double.calls("POST", POST.format(server.text))) == 1
    server.double.advance(seconds=3)
    await server.wait_closed(1)
    assert len(server.posts()) == 1


async def test_the_limits_of_discord_are_kept(server: Server) -> None:
    server.double.route_limit = (1, 0.5)
    try:
        for late in range(3):
            await server.subscribe(late=late)
        server.due()
        await server.wait_closed(3)
    finally:
        server.double.route_limit = None
    assert len(server.posts()) == 3
    assert server.double.rejected == []


async def test_trouble_in_one_server_delays_no_other(deployment: Deployment, server: Server) -> None:
    other = deployment.server()
    await other.open()
    await server.subscribe()
    await other.subscribe()
    # At this status discord.py would try again by itself, and could post twice.
    server.double.fail_next("POST", POST.format(server.text), 500)
    server.due()
    await other.wait_closed(1)
    assert other.posts()
    assert server.posts() == []
    await deployment.advance_until(server.posts)
    await server.wait_closed(1)
    assert len(server.posts()) == 1
    await other.close()


async def test_a_post_comes_though_the_gateway_is_lost(server: Server) -> None:
    await server.subscribe()
    await server.double.drop_gateway()
    server.due()
    await server.wait_closed(1)
    await server.double.wait_ready()
    assert len(server.posts()) == 1


async def test_a_lost_session_loses_no_post_nor_a_server_that_is_unavailable_then(
    deployment: Deployment, server: Server
) -> None:
    other = deployment.server()
    await other.open()
    await server.subscribe()
    await other.subscribe()
    await server.double.guild_unavailable(other.id)
    ready_count = deployment.process.err.count("ready: serving")
    await server.double.drop_gateway(resumable=False)
    server.due()
    await server.wait_closed(1)
    await until(lambda: deployment.process.err.count("ready: serving") > ready_count)
    assert other.states() == ["due"]
    await server.double.guild_available(other.id)
    await deployment.advance_until(lambda: other.states() == ["sent"])
    assert [len(served.posts()) for served in (server, other)] == [1, 1]
    await other.close()


async def away(deployment: Deployment, server: Server, clock: str) -> None:
    """Let Discord be away from before half past eight until another time."""
    for method in ("GET", "POST"):
        server.double.fail_next(method, "/(channels|guilds)/.*", 503, times=99_999)
    await server.double.drop_gateway()
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    server.double.advance(minutes=9)
    server.due(clock)
    server.double._faults.clear()
    # What was on its way when the time was set may begin to wait only now.
    await deployment.advance_until(lambda: server.states() not in (["due"], ["claimed"]), step=5)


async def test_a_post_that_discord_was_away_for_comes_late_and_says_so(deployment: Deployment, server: Server) -> None:
    await server.subscribe(role=server.readers)
    await away(deployment, server, "11:30")
    (sent,) = await server.wait_closed(1)
    (post,) = server.posts()
    assert (sent.state, sent.late) == ("sent", True)
    due = int(at(deployment.day, "08:30").timestamp())
    assert post["content"] == f"<@&{server.readers}> Late: this was due <t:{due}:f>."


async def test_a_post_that_discord_was_away_too_long_for_is_skipped(deployment: Deployment, server: Server) -> None:
    await server.subscribe(late=2)
    await away(deployment, server, "10:31")
    (skipped,) = await server.wait_closed(1)
    assert skipped.state == "skipped"
    assert str(skipped.reason) == "it could not be sent in time: Discord had a problem (error 503)"
    assert server.posts() == []
    findings = await server.doctor()
    assert "it could not be sent in time: Discord had a problem" in findings


async def test_ten_minutes_are_not_late(deployment: Deployment, server: Server) -> None:
    await server.subscribe(late=0)
    await server.subscribe(late=0, time="8:50")
    await server.subscribe(time="9:10")
    server.due("08:39")
    (first,) = await server.wait_closed(1)
    assert (first.state, first.late) == ("sent", False)
    assert server.posts()[0]["content"] == ""
    server.due("09:01")
    _, second = await server.wait_closed(2)
    assert (second.state, str(second.reason)) == ("skipped", "Daybook was not running at that time")
    server.due("09:21")
    *_, third = await server.wait_closed(3)
    assert (third.state, third.late) == ("sent", True)
    assert "Late:" in server.posts()[1]["content"]
    assert len(server.posts()) == 2


async def test_a_server_that_is_unavailable_for_a_while_gets_its_post_and_keeps_its_subscription(
    deployment: Deployment, server: Server
) -> None:
    await server.subscribe()
    (before,) = deployment.query("SELECT * FROM subscription WHERE guild_id = ?", server.id)
    await server.double.guild_unavailable(server.id)
    await deployment.advance_to(at(deployment.day, "08:50"))
    assert server.states() == ["due"]
    await server.double.guild_available(server.id)
    await deployment.advance_until(lambda: server.states() == ["sent"])
    (sent,) = await server.wait_closed(1)
    assert (sent.state, sent.late, len(server.posts())) == ("sent", True, 1)
    (after,) = deployment.query("SELECT * FROM subscription WHERE guild_id = ?", server.id)
    changed = [index for index, value in enumerate(before) if value != after[index]]
    names = [row[1] for row in deployment.query("PRAGMA table_info(subscription)")]
    assert [names[index] for index in changed] == ["next_at"]


async def test_a_server_that_is_unavailable_too_long_misses_its_post(deployment: Deployment, server: Server) -> None:
    await server.subscribe(late=1)
    await server.double.guild_unavailable(server.id)
    for clock in ("08:31", "09:32"):
        await deployment.advance_to(at(deployment.day, clock))
    (skipped,) = await server.wait_closed(1)
    assert (skipped.state, str(skipped.reason)) == ("skipped", "the server was unavailable")
    await server.double.guild_available(server.id)
    server.due(days=1)
    await server.wait_closed(2)
    assert len(server.posts()) == 1


@pytest.mark.process
async def test_a_second_run_is_refused_while_a_post_is_on_its_way(deployment: Deployment, server: Server) -> None:
    await server.subscribe()
    server.double.fail_next("POST", POST.format(server.text), 503)
    server.due()
    await until(lambda: server.states() == ["claimed"])
    more = server.double.environment
    async with Running("run", "--data", "data", folder=deployment.folder, more=more) as second:
        answer = await second.ended()
    assert answer.code == 1
    assert "another “daybook run”" in answer.complaint
    await deployment.advance_until(lambda: server.states() == ["sent"])
    assert len(server.posts()) == 1


# What follows


async def test_a_thread_is_opened_the_post_is_published_and_pinned(deployment: Deployment, server: Server) -> None:
    await server.subscribe(server.news, thread=True, publish=True, pin=True)
    for day in (0, 1):
        server.due(days=day)
        await server.wait_closed(day + 1)
        await deployment.wait_idle()
    first, second = server.posts(server.news)
    for post in (first, second):
        assert post["flags"] & 1
        assert post["embeds"][0]["title"] in post["thread"]["name"]
    await until(lambda: not first["pinned"])
    assert second["pinned"]


async def test_in_a_channel_full_of_pins_our_own_old_one_goes_first(deployment: Deployment, server: Server) -> None:
    await server.subscribe(pin=True)
    server.due()
    await server.wait_closed(1)
    await deployment.wait_idle()
    before, server.double.max_pins = server.double.max_pins, 1
    try:
        server.due(days=1)
        await server.wait_closed(2)
        await deployment.wait_idle()
    finally:
        server.double.max_pins = before
    assert [post["pinned"] for post in server.posts()] == [False, True]
    assert "pinning it failed" not in await server.doctor()


@pytest.mark.parametrize("status", [503, 429, 403])
async def test_an_old_pin_that_cannot_be_taken_away_for_a_time_is_taken_away_later(
    deployment: Deployment, server: Server, status: int
) -> None:
    await server.subscribe(pin=True)
    server.due()
    await server.wait_closed(1)
    await deployment.wait_idle()
    body = "<html>Attention required!</html>" if status == 403 else None
    server.double.fail_next("DELETE", f"/channels/{server.text}/(messages/)?pins/.*", status, body=body)
    server.due(days=1)
    await server.wait_closed(2)
    await deployment.advance_until(deployment.is_idle, step=5)
    assert [post["pinned"] for post in server.posts()] == [False, True]


DOING = {"thread": "opening a thread", "publish": "publishing it", "pin": "pinning it"}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [403, 400, 503])
async def test_a_step_that_fails_hides_nothing_and_repeats_nothing(
    deployment: Deployment, server: Server, step: str, status: int
) -> None:
    await server.subscribe(server.news, thread=True, publish=True, pin=True)
    method = "PUT" if step == "pin" else "POST"
    server.double.fail_next(method, STEPS[step].format(server.news), status)
    server.due()
    await server.wait_closed(1)
    await deployment.advance_until(deployment.is_idle, step=5)
    (post,) = server.posts(server.news)
    done = {"thread": "thread" in post, "publish": bool(post["flags"] & 1), "pin": post["pinned"]}
    assert done == {"thread": True, "publish": True, "pin": True} | {step: status == 503}
    assert server.states() == ["sent"]
    assert (f"{DOING[step]} failed: " in await server.doctor()) is (status != 503)
    assert len(server.double.calls("POST", POST.format(server.news))) == 1


async def test_what_follows_a_post_of_a_removed_subscription_hinders_no_other(
    deployment: Deployment, server: Server
) -> None:
    await server.subscribe(thread=True)
    server.double.fail_next("POST", STEPS["thread"].format(server.text), 503, times=99)
    server.due()
    await server.wait_closed(1)
    await until(lambda: server.double.calls("POST", STEPS["thread"].format(server.text)))
    prompt = await server.daily("remove")
    await server.double.press(prompt, custom_ids({"components": prompt.components})[0])
    await server.subscribe(server.news, time="8:31", thread=True)
    server.due("08:31")
    await server.wait_closed(1)
    await deployment.advance_until(deployment.is_idle, hours=0.02)
    (post,) = server.posts(server.news)
    assert "thread" in post
