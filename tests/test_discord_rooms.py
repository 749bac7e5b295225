"""The double's rooms against discord.py itself: permissions, guilds, threads, forums, pins and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from clerk import MOMENT, NOBODY, Clerk, clerk, refused
from discord_double import DiscordDouble
from discord_gateway import APPLICATION, CHANNEL, GUILD, MEMBER, USER, May, channel, forum, guild, role, thread, until
from discord_limits import check_requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


# What the bot may do

OVERWRITES: list[list[tuple[int, int, int]]] = [
    [],
    [(GUILD, 0, May.VIEW)],
    [(GUILD, 0, May.SEND)],
    [(GUILD, 0, May.VIEW), (71, May.VIEW, 0)],
    [(71, 0, May.SEND), (72, May.SEND, 0)],
    [(71, May.SEND, 0), (APPLICATION, 0, May.SEND | May.HISTORY)],
    [(GUILD, May.PIN, May.SEND_IN_THREADS), (73, May.MENTION_EVERYONE, 0)],
]


@pytest.mark.parametrize("overwrites", OVERWRITES)
@pytest.mark.parametrize("extra", [0, May.MANAGE_THREADS, May.ADMINISTRATOR])
async def test_permissions_are_what_discord_py_makes_of_them(
    overwrites: list[tuple[int, int, int]], extra: int
) -> None:
    told = [{"id": str(who), "type": int(who == APPLICATION), "allow": str(int(allow)), "deny": str(int(deny))}
            for who, allow, deny in overwrites]  # fmt: skip
    roles = [role(71, "reader", May.PIN), role(72, "writer", extra), role(73, "other", May.MANAGE_MESSAGES)]
    rooms = [channel(permission_overwrites=told)]
    threads = [thread(CHANNEL + 1), thread(CHANNEL + 2, archived=True)]
    server = guild(channels=rooms, threads=threads, roles=roles, bot_roles=[71, 72])
    async with DiscordDouble(guilds=[server]) as double, clerk(double) as bot:
        room = await bot.room()
        assert room.guild.me.guild_permissions.value & May.PIN
        mine = double.world.permissions(server["channels"][0])
        assert room.permissions_for(room.guild.me).value & sum(May) == mine & sum(May)
        assert (await double.slash("show")).type == 4
        assert int(double.world.scene(double._answers["interaction-1"].place)["app_permissions"]) == mine
        # Threads that cannot be seen, or are archived, are not told of.
        assert [each.id for each in room.guild.threads] == ([CHANNEL + 1] if mine & May.VIEW else [])
        for found in room.guild.threads:
            ours = double.world.permissions(server["threads"][0])
            theirs = found.permissions_for(room.guild.me)
            assert theirs.send_messages_in_threads == bool(ours & May.SEND_IN_THREADS)
            assert theirs.manage_threads == bool(ours & May.MANAGE_THREADS)


DEEDS: list[tuple[str, int, Callable[[Clerk, Any, discord.Message], Awaitable[Any]], tuple[int, int]]] = [
    ("everything", May.VIEW, lambda bot, room, _: bot.fetch_channel(room.id), (403, 50001)),
    ("everything", May.VIEW, lambda _, room, __: room.send("news"), (403, 50001)),
    ("history", May.HISTORY, lambda _, room, post: room.fetch_message(post.id), (403, 50001)),
    ("posts", May.SEND, lambda _, room, __: room.send("news"), (403, 50013)),
    ("embeds", May.EMBED, lambda _, room, __: room.send(embed=discord.Embed(title="news")), (403, 50013)),
    ("files", May.ATTACH, lambda _, room, __: room.send(file=discord.File(__file__)), (403, 50013)),
    ("publishing", May.SEND, lambda _, __, post: post.publish(), (403, 50013)),
    ("pins", May.PIN, lambda _, __, post: post.pin(), (403, 50013)),
    ("threads", May.PUBLIC_THREADS, lambda _, __, post: post.create_thread(name="talk"), (403, 50013)),
    ("edits", May.MANAGE_CHANNELS, lambda _, room, __: room.edit(name="other"), (403, 50013)),
]


@pytest.mark.parametrize(("what", "missing", "deed", "error"), DEEDS)
async def test_what_the_bot_may_not_do_is_refused(
    what: str, missing: int, deed: Callable[[Clerk, Any, discord.Message], Awaitable[Any]], error: tuple[int, int]
) -> None:
    rights = MEMBER | May.PIN | May.MANAGE_CHANNELS
    async with (
        DiscordDouble(guilds=[guild(channels=[channel(kind=5)], permissions=rights)]) as double,
        clerk(double) as bot,
    ):
        room = await bot.room()
        post = await room.send("news")
        await double.set_overwrite(CHANNEL, deny=missing)
        assert await refused(deed(bot, room, post)) == error
        # The bot has been told, also of what it may do again.
        await until(lambda: room.permissions_for(room.guild.me).value & missing == 0)
        if what == "history":
            assert [m async for m in room.history()] == []
            assert [m async for m in room.pins()] == []
        await double.set_overwrite(CHANNEL, allow=missing)
        assert await deed(bot, room, post) or what in {"pins", "publishing"}
        await until(lambda: room.permissions_for(room.guild.me).value & missing == missing)


async def test_a_message_pings_the_roles_that_it_may() -> None:
    roles = [role(71, "readers", mentionable=True), role(72, "writers"), role(73, "mods", May.MENTION_EVERYONE)]
    async with DiscordDouble(guilds=[guild(roles=roles)]) as double, clerk(double) as bot:
        room = await bot.room()

        async def pinged(allowed: discord.AllowedMentions) -> tuple[list[int], bool]:
            post = await room.send("<@&71> <@&72> @everyone", allowed_mentions=allowed)
            return [int(n) for n in double.posted()[-1]["mention_roles"]], post.mention_everyone

        def of(*numbers: int) -> discord.AllowedMentions:
            return discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(n) for n in numbers])

        assert await pinged(NOBODY) == ([], False)
        assert await pinged(of(71, 72)) == ([71], False)
        assert await pinged(of(73)) == ([], False)
        assert await pinged(discord.AllowedMentions.all()) == ([71], False)
        await double.update_role(GUILD, permissions=MEMBER | May.MENTION_EVERYONE)
        assert await pinged(of(71, 72)) == ([71, 72], False)
        assert await pinged(discord.AllowedMentions.all()) == ([71, 72], True)
        await double.delete_role(72)
        assert await pinged(of(71, 72)) == ([71], False)
        await until(lambda: room.guild.get_role(72) is None)


# Guilds and channels come and go


async def test_the_bot_is_removed_from_a_guild_and_invited_again() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        room = await bot.room()
        post = await room.send("news")
        server = await double.remove_guild(GUILD)
        await until(lambda: not list(bot.guilds) and "left" in bot.happened)
        assert await refused(room.send("more")) == (403, 50001)
        assert await refused(room.guild.active_threads()) == (404, 10004)
        assert [m["id"] for m in double.posted()] == [str(post.id)]
        await double.add_guild(server)
        await until(lambda: "joined" in bot.happened)
        assert (await (await bot.room()).fetch_message(post.id)).content == "news"
        await double.update_guild(GUILD, name="Library")
        await until(lambda: bot.guilds[0].name == "Library")
        assert bot.guilds[0].me.id == APPLICATION
        assert len(bot.guilds[0].channels) == 1


async def test_a_guild_is_out_of_order_for_a_while() -> None:
    async with DiscordDouble() as double:
        double.outage_status = 503
        async with clerk(double) as bot:
            room = await bot.room()
            await double.guild_unavailable(GUILD)
            await until(lambda: room.guild.unavailable)
            assert (await refused(room.send("news")))[0] == 503
            assert (await refused(room.guild.active_threads()))[0] == 503
        async with clerk(double) as bot:
            await bot.wait_until_ready()
            assert [each.unavailable for each in bot.guilds] == [True]
            await double.guild_available(GUILD)
            await until(lambda: "back" in bot.happened)
            await (await bot.room()).send("news")


async def test_a_channel_is_deleted() -> None:
    server = guild(channels=[channel(), channel(70, "other")], threads=[thread(71), thread(72, parent_id=70)])
    async with DiscordDouble(guilds=[server]) as double, clerk(double) as bot:
        room, talk = await bot.room(), await bot.room(72)
        await double.delete_channel(CHANNEL)
        await until(lambda: bot.get_channel(CHANNEL) is None and bot.get_channel(71) is None)
        assert await refused(room.send("news")) == (404, 10003)
        await double.delete_channel(72)
        await until(lambda: bot.get_channel(72) is None)
        assert await refused(talk.send("news")) == (404, 10003)
        with pytest.raises(LookupError):
            await double.delete_channel(72)


# Threads, forums, pins, history


@pytest.mark.parametrize(("kind", "thread_kind"), [(0, "public_thread"), (5, "news_thread")])
async def test_a_thread_is_started_from_a_message_once(kind: int, thread_kind: str) -> None:
    async with DiscordDouble(guilds=[guild(channels=[channel(kind=kind)])]) as double, clerk(double) as bot:
        room = await bot.room()
        post = await room.send("news")
        assert await refused(post.create_thread(name="")) == (400, 50035)
        assert await refused(post.create_thread(name="x" * 101)) == (400, 50035)
        talk = await post.create_thread(name="x" * 100, auto_archive_duration=60)
        assert (talk.id, talk.type.name, talk.auto_archive_duration) == (post.id, thread_kind, 60)
        await until(lambda: f"began {'x' * 100}" in bot.happened)
        assert room.guild.get_thread(post.id) is not None
        assert await refused(post.create_thread(name="again")) == (400, 160004)
        fetched = await room.fetch_message(post.id)
        assert fetched.flags.has_thread
        assert fetched.thread is not None
        assert fetched.thread.id == post.id
        await talk.send("more")
        assert [m["content"] for m in double.posted(post.id)] == ["more"]
        assert [m.type.name async for m in talk.history()] == ["default", "thread_starter_message"]
        assert double.world.guild(GUILD)["threads"][0]["message_count"] == 1
        double.delete_message(post.id)
        assert await refused(post.create_thread(name="again")) == (404, 10008)
        alone = await room.create_thread(name="alone", type=discord.ChannelType[thread_kind])
        assert (await bot.fetch_channel(alone.id)).id == alone.id != post.id


async def test_threads_are_archived_locked_and_opened_again() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        double.set_time(MOMENT)
        room = await bot.room()
        post = await room.send("news")
        talk = await post.create_thread(name="talk")
        said = await talk.send("first")
        double.advance(hours=1)
        await talk.edit(archived=True)
        await until(lambda: room.guild.get_thread(talk.id) is None)
        assert (await room.guild.active_threads()) == []
        archived = [each async for each in room.archived_threads()]
        assert [each.id for each in archived] == [talk.id]
        assert archived[0].archive_timestamp == double.time
        assert archived[0].created_at == MOMENT
        assert await refused(talk.edit(name="other")) == (400, 50083)
        assert await refused(said.edit(content="other")) == (400, 50083)
        # A post opens it again, and the bot is told.
        await talk.send("second")
        await until(lambda: room.guild.get_thread(talk.id) is not None)
        assert [each.id for each in await room.guild.active_threads()] == [talk.id]
        await double.update_channel(talk.id, locked=True)
        assert await refused(talk.send("third")) == (403, 160005)
        await double.update_channel(talk.id, archived=True)
        assert await refused(talk.send("third")) == (400, 50083)
        assert await refused(talk.edit(archived=False)) == (403, 50013)
        await double.set_overwrite(CHANNEL, allow=May.MANAGE_THREADS)
        await talk.send("third")
        await double.set_overwrite(CHANNEL, deny=May.SEND_IN_THREADS)
        assert await refused(talk.send("fourth")) == (403, 50013)
        assert [m["content"] for m in double.posted(talk.id)] == ["first", "second", "third"]


async def test_a_forums_post_is_a_thread_and_its_message() -> None:
    rooms = [forum(70, tags={1: "News", 2: "Ships"}, required=True), channel()]
    async with DiscordDouble(guilds=[guild(channels=rooms, roles=[role(71, "readers", mentionable=True)])]) as double:
        async with clerk(double) as bot:
            await bot.wait_until_ready()
            found = bot.get_channel(70)
            assert isinstance(found, discord.ForumChannel)
            assert [(tag.id, tag.name) for tag in found.available_tags] == [(1, "News"), (2, "Ships")]
            tag, unknown = found.available_tags[1], discord.Object(3)
            readers = discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(71)])
            made = await found.create_thread(
                name="A lighthouse", content="<@&71>", applied_tags=[tag], allowed_mentions=readers
            )
            assert (made.thread.id, made.thread.applied_tags) == (made.message.id, [tag])
            await until(lambda: "began A lighthouse" in bot.happened)
            assert double.posted(made.thread.id)[0]["mention_roles"] == ["71"]
            assert await refused(found.create_thread(name="A", content="a")) == (400, 40067)
            wrong: Any = [unknown]
            assert await refused(found.create_thread(name="A", content="a", applied_tags=wrong)) == (404, 10087)
            assert await refused(found.create_thread(name="A", applied_tags=[tag])) == (400, 50006)
            await made.thread.edit(applied_tags=[found.available_tags[0]], name="Another")
            assert double.world.guild(GUILD)["threads"][0]["applied_tags"] == ["1"]
            assert await refused(bot.get_partial_messageable(70).send("a")) == (400, 50008)
            await double.set_overwrite(70, deny=May.SEND)
            assert await refused(found.create_thread(name="A", content="a", applied_tags=[tag])) == (403, 50013)
        assert len(double.world.guild(GUILD)["threads"]) == 1
        check_requests(double)


async def test_a_message_is_published_once_and_only_in_announcements() -> None:
    async with DiscordDouble(guilds=[guild(channels=[channel(kind=5), channel(70)])]) as double, clerk(double) as bot:
        post = await (await bot.room()).send("news")
        await post.publish()
        assert double.posted()[0]["flags"] == 1
        assert await refused(post.publish()) == (400, 40033)
        assert await refused((await (await bot.room(70)).send("news")).publish()) == (400, 50024)
        theirs = await (await bot.room()).fetch_message(int(double.say("hello")["id"]))
        assert await refused(theirs.publish()) == (403, 50013)
        assert await refused(theirs.edit(content="no")) == (403, 50005)
        assert await refused(theirs.delete()) == (403, 50013)


async def test_pins_are_set_listed_taken_off_and_limited() -> None:
    async with DiscordDouble(guilds=[guild(permissions=MEMBER | May.PIN)]) as double, clerk(double) as bot:
        double.set_time(MOMENT)
        room = await bot.room()
        posts = [await room.send(str(n)) for n in range(53)]
        double.most_pins = 52
        for post in posts[:52]:
            await post.pin()
        await posts[0].pin()
        assert await refused(posts[52].pin()) == (400, 30003)
        pins = [post async for post in room.pins(limit=None)]
        assert [post.content for post in pins] == [str(n) for n in range(51, -1, -1)]
        assert pins[-1].pinned_at == MOMENT
        await posts[51].unpin()
        headers = {"Authorization": f"Bot {double.token}"}
        async with aiohttp.ClientSession(double.url + "/", headers=headers) as session:
            old = f"channels/{CHANNEL}/pins/{posts[52].id}"
            assert [(await session.put(old)).status, (await session.delete(old)).status] == [204, 204]
        assert len([post async for post in room.pins(limit=None)]) == 51
        # Discord says so in the channel, which is nothing that was posted.
        assert {m.type.name async for m in room.history()} == {"default", "pins_add"}
        assert len(double.posted()) == 53


async def test_history_is_told_from_any_side() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        room = await bot.room()
        numbers = [int(double.say(str(n))["id"]) for n in range(120)]
        middle = discord.Object(numbers[50])

        async def told(**bounds: Any) -> list[str]:
            return [m.content async for m in room.history(**bounds)]

        assert await told(limit=None) == [str(n) for n in range(119, -1, -1)]
        assert await told(limit=2) == ["119", "118"]
        assert await told(limit=2, before=middle) == ["49", "48"]
        assert await told(limit=2, after=middle, oldest_first=True) == ["51", "52"]
        assert await told(limit=2, oldest_first=True) == ["0", "1"]
        assert await told(limit=5, around=middle) == ["52", "51", "50", "49", "48"]
        assert await refused(bot.http.logs_from(CHANNEL, 101)) == (400, 50035)


async def test_direct_messages_reach_whoever_takes_them() -> None:
    async with DiscordDouble() as double, clerk(double) as bot:
        reader = await bot.fetch_user(USER)
        sent = await reader.send("hello", allowed_mentions=NOBODY)
        assert [m["content"] for m in double.posted(sent.channel.id)] == ["hello"]
        double.closed_dms.add(USER)
        assert await refused(reader.send("hello")) == (403, 50007)
        await (await bot.fetch_user(USER + 1)).send("hello")
