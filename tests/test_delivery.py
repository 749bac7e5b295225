"""Daily posts as Discord and the ledger see them: at their minute, once, and through whatever Discord does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from discord_gateway import thread, until
from posting import Newsroom, Server, at, ids_of, open_newsroom, token_in, told_in
from processes import Running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")
POST = "/channels/{}/(messages|threads)"
STEPS = {"thread": "/channels/{}/messages/.*/threads", "publish": "/channels/{}/messages/.*/crosspost",
         "pin": "/channels/{}/messages/pins/.*"}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def newsroom(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Newsroom]:
    """One bot for all of these: each test has a server of its own, on a day of its own."""
    folder = tmp_path_factory.mktemp("newsroom")
    async with open_newsroom(folder, days=120, rich=5) as newsroom, newsroom.serving():
        yield newsroom


@pytest_asyncio.fixture(loop_scope="module")
async def server(newsroom: Newsroom) -> AsyncIterator[Server]:
    async with newsroom.opened() as server:
        yield server


# What comes, and when


async def test_a_post_comes_once_at_its_local_minute_and_not_before(newsroom: Newsroom, server: Server) -> None:
    await server.order(time="9:30", timezone="Lagos")
    due = at(newsroom.day, "08:30")
    await newsroom.reach(due - timedelta(seconds=1))
    assert server.posts() == []
    assert server.deliveries() == []
    newsroom.double.set_time(due)
    (sent,) = await server.closed(1)
    (post,) = server.posts()
    assert (sent.order, sent.day, sent.state, sent.late) == (1, newsroom.day, "sent", False)
    assert sent.message == post["id"]
    await newsroom.reach(due + timedelta(hours=8))
    assert len(server.posts()) == 1
    assert server.deliveries() == [sent]


async def test_a_post_tells_the_best_event_whole_and_others_shortly(server: Server) -> None:
    await server.order(count=3)
    server.due()
    await server.closed(1)
    (post,) = server.posts()
    lead, others = post["embeds"]
    day = f"{server.today:%d %B}"
    assert lead["title"] == f"Light 2001 is lit on {day}"
    assert lead["author"]["name"].startswith("25 years ago today")
    assert lead["image"]["url"] == "https://images.example/2001.png"
    assert [field["name"] for field in lead["fields"]] == ["Source", "Related · Ships"]
    assert len(told_in(post)) == 4
    assert others["title"] == f"Also on {server.today:%B} {server.today.day}"
    assert [name.split(":")[0] for name in ids_of(post)] == [
        "list", "related", "more", "before", "after", "follow",
    ]  # fmt: skip
    chosen = post["components"][0]["components"][0]["options"][0]
    opened = await server.double.press(post, ids_of(post)[0], [chosen["value"]], guild_id=server.id)
    assert opened.embeds[0]["title"] in chosen["label"]
    assert opened.ephemeral
    (request,) = server.double.calls("POST", POST.format(server.text))
    assert len(token_in(post)) == 12
    assert (request.json["nonce"], request.json["enforce_nonce"]) == (token_in(post), True)


async def test_a_channel_is_told_nothing_twice_before_it_was_told_all(newsroom: Newsroom, server: Server) -> None:
    for clock in ("8:30", "8:40", "8:50"):
        await server.order(time=clock)
    for number, clock in enumerate(("08:30", "08:40", "08:50"), 1):
        server.due(clock)
        await server.closed(number)
    first, second, third = map(told_in, server.posts())
    assert len({*first, *second}) == len(first) + len(second) == 12
    assert set(third) < {*first, *second}


async def test_two_posts_of_one_minute_in_one_channel_tell_different_events(server: Server) -> None:
    for _ in range(2):
        await server.order()
    server.due()
    await server.closed(2)
    one, other = server.posts()
    assert not {*told_in(one)} & {*told_in(other)}
    assert token_in(one) != token_in(other)


async def test_each_kind_of_room_gets_its_post(server: Server) -> None:
    for room in server.rooms:
        await server.order(room)
    server.due()
    found = await server.closed(4)
    assert [each.state for each in found] == ["sent"] * 4
    posts = [server.posts(room) for room in server.rooms]
    assert [len(each) for each in posts] == [1] * 4
    assert [each.message for each in found] == [post["id"] for (post,) in posts]


async def test_a_forum_post_has_its_title_and_its_tag(server: Server) -> None:
    await server.order(server.forum, tag="Daily")
    server.due()
    await server.closed(1)
    (post,) = server.posts(server.forum)
    started = server.double.world.channel(post["channel_id"])
    assert started is not None
    assert started["applied_tags"] == [str(server.tag)]
    assert post["embeds"][0]["title"] in started["name"]


async def test_a_role_is_mentioned_and_nobody_else(server: Server) -> None:
    await server.order(role=server.readers)
    server.due()
    await server.closed(1)
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


async def test_another_time_after_the_post_makes_no_second_one_that_day(newsroom: Newsroom, server: Server) -> None:
    await server.order()
    server.due()
    await server.closed(1)
    # The same local date: it is eleven in the evening there.
    for change in ({"time": "10:00"}, {"time": "23:30", "timezone": "Pacific/Kiritimati"}):
        await server.daily("edit", **change)
        await newsroom.reach(newsroom.double.time + timedelta(hours=1, minutes=30))
        assert len(server.posts()) == 1
    assert len(server.deliveries()) == 1
    server.due("09:30", days=1)
    await server.closed(2)
    assert len(server.posts()) == 2


async def test_a_time_that_is_over_begins_tomorrow(newsroom: Newsroom, server: Server) -> None:
    await server.order(time="10:00")
    await newsroom.reach(at(newsroom.day, "09:00"))
    await server.daily("edit", time="8:30")
    await newsroom.reach(at(newsroom.day, "10:30"))
    assert server.deliveries() == []
    server.due(days=1)
    assert [each.day for each in await server.closed(1)] == [server.today]


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_pause_stops_a_post_that_has_not_arrived(newsroom: Newsroom, server: Server, arrived: bool) -> None:
    await server.order()
    server.double.fail_next("POST", POST.format(server.text), 503, before_effect=not arrived)
    server.due()
    await newsroom.process.says("waiting")
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    await server.daily("pause")
    await newsroom.pass_until(lambda: server.states()[0] != "claimed")
    (found,) = server.deliveries()
    if arrived:
        assert (found.state, len(server.posts())) == ("sent", 1)
    else:
        assert (found.state, str(found.reason), server.posts()) == ("skipped", "it was paused", [])


async def test_an_order_that_is_removed_meanwhile_posts_no_more(newsroom: Newsroom, server: Server) -> None:
    await server.order()
    server.double.fail_next("POST", POST.format(server.text), 503)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    asked = await server.daily("remove")
    await server.double.press(asked, ids_of({"components": asked.components})[0])
    await newsroom.reach(at(newsroom.day, "08:40"))
    assert (server.posts(), server.deliveries()) == ([], [])


async def test_an_order_that_is_removed_while_its_post_is_on_the_way_harms_nothing(
    newsroom: Newsroom, server: Server
) -> None:
    await server.order(thread=True)
    server.double.delay(POST.format(server.text), 0.5)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    asked = await server.daily("remove")
    await server.double.press(asked, ids_of({"components": asked.components})[0])
    assert server.posts() == []
    await until(server.posts)
    await newsroom.reach(at(newsroom.day, "08:40"))
    assert len(server.posts()) == 1


async def test_a_channel_that_is_changed_meanwhile_gets_no_second_post(newsroom: Newsroom, server: Server) -> None:
    await server.order()
    server.double.fail_next("POST", POST.format(server.text), 503, before_effect=False)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    await server.daily("edit", channel=server.news)
    await newsroom.pass_until(lambda: server.states() == ["sent"])
    assert (len(server.posts()), server.posts(server.news)) == (1, [])


# What goes wrong on the way


@pytest.mark.parametrize("status", [503, 0])
@pytest.mark.parametrize("arrived", [False, True])
async def test_a_failure_is_tried_again_and_the_post_comes_once(
    newsroom: Newsroom, server: Server, status: int, arrived: bool
) -> None:
    for room in server.rooms:
        await server.order(room)
        server.double.fail_next("POST", POST.format(room), status, times=3 - 2 * arrived, before_effect=not arrived)
    server.due()
    await newsroom.pass_until(lambda: server.states() == ["sent"] * 4)
    assert [len(server.posts(room)) for room in server.rooms] == [1] * 4
    assert not any(each.late for each in server.deliveries())
    calls = [server.double.calls("POST", POST.format(room)) for room in server.rooms]
    for tried in calls:
        assert len({call.json.get("nonce") for call in tried}) == 1
    # A forum takes no nonce: what arrived there is found, not sent again.
    assert [len(each) for each in calls] == ([2, 2, 1, 2] if arrived else [4] * 4)


async def test_a_post_that_arrived_is_found_when_its_nonce_is_forgotten(newsroom: Newsroom, server: Server) -> None:
    for room in server.rooms:
        await server.order(room)
        server.double.fail_next("POST", POST.format(room), 503, before_effect=False)
        server.double.fail_next("POST", POST.format(room), 503, times=999)
        server.double.fail_next("GET", POST.format(room), 503, times=999)
    server.double.fail_next("GET", "/guilds/.*/threads/active", 503, times=999)
    server.due()
    await newsroom.pass_until(lambda: server.double.time > at(newsroom.day, "08:36"), step=60)
    assert server.states() == ["claimed"] * 4
    # Much has happened meanwhile: all that people wrote, and the forum's threads are closed.
    for number in range(150):
        server.double.say(f"Good morning, {number}", server.text)
    threads = server.double.world.guild(server.id)["threads"]
    more = [thread(server.id + 500 + n, "Chat", server.forum, guild_id=str(server.id)) for n in range(150)]
    threads += more
    for each in threads[1:]:
        server.double.advance(seconds=0.1)
        await server.double.update_channel(int(each["id"]), archived=True)
    server.double._faults.clear()
    await newsroom.pass_until(lambda: server.states() == ["sent"] * 4)
    assert [len(server.posts(room)) for room in server.rooms] == [1] * 4


async def test_a_limit_of_the_channel_is_waited_for(server: Server) -> None:
    for _ in range(2):
        await server.order()
    headers = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.300",
               "X-RateLimit-Bucket": "of-a-channel", "X-RateLimit-Scope": "user", "Retry-After": "1"}  # fmt: skip
    body = {"message": "You are being rate limited.", "retry_after": 0.3, "global": False}
    server.double.fail_next("POST", POST.format(server.text), 429, body=body, headers=headers)
    server.due()
    assert not any(each.late for each in await server.closed(2))
    assert len(server.posts()) == 2
    refused, *taken = server.double.calls("POST", POST.format(server.text))
    assert [each.status for each in (refused, *taken)] == [429, 200, 200]
    assert taken[0].time - refused.time >= 0.3


async def test_a_long_limit_is_waited_for_as_discord_says(newsroom: Newsroom, server: Server) -> None:
    await server.order()
    body = {"message": "You are being rate limited.", "retry_after": 100.0, "global": False}
    server.double.fail_next("POST", POST.format(server.text), 429, body=body)
    server.due()
    await until(lambda: server.double.calls("POST", POST.format(server.text)))
    await newsroom.reach(at(newsroom.day, "08:31") + timedelta(seconds=38))
    assert len(server.double.calls("POST", POST.format(server.text))) == 1
    server.double.advance(seconds=3)
    await server.closed(1)
    assert len(server.posts()) == 1


async def test_the_limits_of_discord_are_kept(server: Server) -> None:
    server.double.route_limit = (1, 0.5)
    try:
        for _ in range(3):
            await server.order()
        server.due()
        await server.closed(3)
    finally:
        server.double.route_limit = None
    assert len(server.posts()) == 3
    assert server.double.rejected == []


async def test_trouble_in_one_server_delays_no_other(newsroom: Newsroom, server: Server) -> None:
    other = newsroom.server()
    await other.open()
    await server.order()
    await other.order()
    # At this status discord.py would try again by itself, and could post twice.
    server.double.fail_next("POST", POST.format(server.text), 500)
    server.due()
    await other.closed(1)
    assert other.posts()
    assert server.posts() == []
    await newsroom.pass_until(server.posts)
    await server.closed(1)
    assert len(server.posts()) == 1
    await other.close()


async def test_a_post_comes_though_the_gateway_is_lost(server: Server) -> None:
    await server.order()
    await server.double.drop_gateway()
    server.due()
    await server.closed(1)
    await server.double.wait_ready()
    assert len(server.posts()) == 1


async def test_a_lost_session_loses_no_post_nor_a_server_that_is_unavailable_then(
    newsroom: Newsroom, server: Server
) -> None:
    other = newsroom.server()
    await other.open()
    await server.order()
    await other.order()
    await server.double.guild_unavailable(other.id)
    said = newsroom.process.err.count("ready: serving")
    await server.double.drop_gateway(resumable=False)
    server.due()
    await server.closed(1)
    await until(lambda: newsroom.process.err.count("ready: serving") > said)
    assert other.states() == ["due"]
    await server.double.guild_available(other.id)
    await newsroom.pass_until(lambda: other.states() == ["sent"])
    assert [len(each.posts()) for each in (server, other)] == [1, 1]
    await other.close()


async def away(newsroom: Newsroom, server: Server, clock: str) -> None:
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
    await newsroom.pass_until(lambda: server.states() not in (["due"], ["claimed"]), step=5)


async def test_a_post_that_discord_was_away_for_comes_late_and_says_so(newsroom: Newsroom, server: Server) -> None:
    await server.order(role=server.readers)
    await away(newsroom, server, "11:30")
    (sent,) = await server.closed(1)
    (post,) = server.posts()
    assert (sent.state, sent.late) == ("sent", True)
    due = int(at(newsroom.day, "08:30").timestamp())
    assert post["content"] == f"<@&{server.readers}> Late: this was due <t:{due}:f>."


async def test_a_post_that_discord_was_away_too_long_for_is_skipped(newsroom: Newsroom, server: Server) -> None:
    await server.order(late=2)
    await away(newsroom, server, "10:31")
    (skipped,) = await server.closed(1)
    assert skipped.state == "skipped"
    assert str(skipped.reason) == "it could not be sent in time: Discord was in trouble (error 503)"
    assert server.posts() == []
    told = await server.doctor()
    assert "it could not be sent in time: Discord was in trouble" in told


async def test_ten_minutes_are_not_late(newsroom: Newsroom, server: Server) -> None:
    await server.order(late=0)
    await server.order(late=0, time="8:50")
    await server.order(time="9:10")
    server.due("08:39")
    (first,) = await server.closed(1)
    assert (first.state, first.late) == ("sent", False)
    assert server.posts()[0]["content"] == ""
    server.due("09:01")
    _, second = await server.closed(2)
    assert (second.state, str(second.reason)) == ("skipped", "Daybook was not running at that time")
    server.due("09:21")
    *_, third = await server.closed(3)
    assert (third.state, third.late) == ("sent", True)
    assert "Late:" in server.posts()[1]["content"]
    assert len(server.posts()) == 2


async def test_a_server_that_is_unavailable_for_a_while_gets_its_post_and_keeps_its_order(
    newsroom: Newsroom, server: Server
) -> None:
    await server.order()
    order = newsroom.rows("SELECT * FROM subscription WHERE guild_id = ?", server.id)
    await server.double.guild_unavailable(server.id)
    await newsroom.reach(at(newsroom.day, "08:50"))
    assert server.states() == ["due"]
    await server.double.guild_available(server.id)
    await newsroom.pass_until(lambda: server.states() == ["sent"])
    (sent,) = await server.closed(1)
    assert (sent.state, sent.late, len(server.posts())) == ("sent", True, 1)
    (after,) = newsroom.rows("SELECT * FROM subscription WHERE guild_id = ?", server.id)
    changed = [index for index, value in enumerate(order[0]) if value != after[index]]
    names = [row[1] for row in newsroom.rows("PRAGMA table_info(subscription)")]
    assert [names[index] for index in changed] == ["next_at"]


async def test_a_server_that_is_unavailable_too_long_misses_its_post(newsroom: Newsroom, server: Server) -> None:
    await server.order(late=1)
    await server.double.guild_unavailable(server.id)
    for clock in ("08:31", "09:32"):
        await newsroom.reach(at(newsroom.day, clock))
    (skipped,) = await server.closed(1)
    assert (skipped.state, str(skipped.reason)) == ("skipped", "the server was unavailable")
    await server.double.guild_available(server.id)
    server.due(days=1)
    await server.closed(2)
    assert len(server.posts()) == 1


async def test_a_second_run_is_refused_while_a_post_is_on_its_way(newsroom: Newsroom, server: Server) -> None:
    await server.order()
    server.double.fail_next("POST", POST.format(server.text), 503)
    server.due()
    await until(lambda: server.states() == ["claimed"])
    more = server.double.environment
    async with Running("run", "--data", "data", folder=newsroom.folder, more=more) as second:
        answer = await second.ended()
    assert answer.code == 1
    assert "another “daybook run”" in answer.complaint
    await newsroom.pass_until(lambda: server.states() == ["sent"])
    assert len(server.posts()) == 1


# What follows


async def test_a_thread_is_opened_the_post_is_published_and_pinned(newsroom: Newsroom, server: Server) -> None:
    await server.order(server.news, thread=True, publish=True, pin=True)
    for day in (0, 1):
        server.due(days=day)
        await server.closed(day + 1)
        await newsroom.idle()
    first, second = server.posts(server.news)
    for post in (first, second):
        assert post["flags"] & 1
        assert post["embeds"][0]["title"] in post["thread"]["name"]
    await until(lambda: not first["pinned"])
    assert second["pinned"]


DOING = {"thread": "opening a thread", "publish": "publishing it", "pin": "pinning it"}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [403, 400, 503])
async def test_a_step_that_fails_hides_nothing_and_repeats_nothing(
    newsroom: Newsroom, server: Server, step: str, status: int
) -> None:
    await server.order(server.news, thread=True, publish=True, pin=True)
    method = "PUT" if step == "pin" else "POST"
    server.double.fail_next(method, STEPS[step].format(server.news), status)
    server.due()
    await server.closed(1)
    await newsroom.pass_until(newsroom.is_idle, step=5)
    (post,) = server.posts(server.news)
    done = {"thread": "thread" in post, "publish": bool(post["flags"] & 1), "pin": post["pinned"]}
    assert done == {"thread": True, "publish": True, "pin": True} | {step: status == 503}
    assert server.states() == ["sent"]
    assert (f"{DOING[step]} failed: " in await server.doctor()) is (status != 503)
    assert len(server.double.calls("POST", POST.format(server.news))) == 1


async def test_what_follows_a_post_of_a_removed_order_hinders_no_other(newsroom: Newsroom, server: Server) -> None:
    await server.order(thread=True)
    server.double.fail_next("POST", STEPS["thread"].format(server.text), 503, times=99)
    server.due()
    await server.closed(1)
    await until(lambda: server.double.calls("POST", STEPS["thread"].format(server.text)))
    asked = await server.daily("remove")
    await server.double.press(asked, ids_of({"components": asked.components})[0])
    await server.order(server.news, time="8:31", thread=True)
    server.due("08:31")
    await server.closed(1)
    await newsroom.pass_until(newsroom.is_idle, hours=0.02)
    (post,) = server.posts(server.news)
    assert "thread" in post
