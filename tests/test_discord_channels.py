"""The double's channels against discord.py itself: permissions, guilds, threads, forums, pins and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest

from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import (
    APPLICATION,
    CHANNEL,
    GUILD,
    MEMBER,
    USER,
    Permission,
    channel,
    forum,
    guild,
    role,
    thread,
    until,
)
from tests.discord_double.limits import check_requests
from tests.helpers.sample_bot import NO_MENTIONS, NOW, SampleBot, error_of, run_sample_bot

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


# What the bot may do

OVERWRITES: list[list[tuple[int, int, int]]] = [
    [],
    [(GUILD, 0, Permission.VIEW)],
    [(GUILD, 0, Permission.SEND)],
    [(GUILD, 0, Permission.VIEW), (71, Permission.VIEW, 0)],
    [(71, 0, Permission.SEND), (72, Permission.SEND, 0)],
    [(71, Permission.SEND, 0), (APPLICATION, 0, Permission.SEND | Permission.HISTORY)],
    [(GUILD, Permission.PIN, Permission.SEND_IN_THREADS), (73, Permission.MENTION_EVERYONE, 0)],
]


@pytest.mark.parametrize("overwrites", OVERWRITES)
@pytest.mark.parametrize("extra", [0, Permission.MANAGE_THREADS, Permission.ADMINISTRATOR])
async def test_permissions_are_what_discord_py_makes_of_them(
    overwrites: list[tuple[int, int, int]], extra: int
) -> None:
    overwrite_payloads = [
        {"id": str(target), "type": int(target == APPLICATION), "allow": str(int(allow)), "deny": str(int(deny))}
        for target, allow, deny in overwrites
    ]
    roles = [
        role(71, "reader", Permission.PIN),
        role(72, "writer", extra),
        role(73, "other", Permission.MANAGE_MESSAGES),
    ]
    channels = [channel(permission_overwrites=overwrite_payloads)]
    threads = [thread(CHANNEL + 1), thread(CHANNEL + 2, archived=True)]
    guild_payload = guild(channels=channels, threads=threads, roles=roles, bot_roles=[71, 72])
    async with DiscordDouble(guilds=[guild_payload]) as double, run_sample_bot(double) as bot:
        text_channel = await bot.text_channel()
        assert text_channel.guild.me.guild_permissions.value & Permission.PIN
        bot_permissions = double.world.permissions(guild_payload["channels"][0])
        assert text_channel.permissions_for(text_channel.guild.me).value & sum(Permission) == bot_permissions & sum(
            Permission
        )
        assert (await double.slash("show")).type == 4
        fields = double.world.interaction_fields(double._answers["interaction-1"].context)
        assert int(fields["app_permissions"]) == bot_permissions
        # Threads that the bot cannot see, or that are archived, are not sent to it.
        thread_ids = [CHANNEL + 1] if bot_permissions & Permission.VIEW else []
        assert [thread.id for thread in text_channel.guild.threads] == thread_ids
        for found_thread in text_channel.guild.threads:
            expected = double.world.permissions(guild_payload["threads"][0])
            actual = found_thread.permissions_for(text_channel.guild.me)
            assert actual.send_messages_in_threads == bool(expected & Permission.SEND_IN_THREADS)
            assert actual.manage_threads == bool(expected & Permission.MANAGE_THREADS)


ACTIONS: list[tuple[str, int, Callable[[SampleBot, Any, discord.Message], Awaitable[Any]], tuple[int, int]]] = [
    ("everything", Permission.VIEW, lambda bot, channel, _: bot.fetch_channel(channel.id), (403, 50001)),
    ("everything", Permission.VIEW, lambda _, channel, __: channel.send("news"), (403, 50001)),
    ("history", Permission.HISTORY, lambda _, channel, post: channel.fetch_message(post.id), (403, 50001)),
    ("posts", Permission.SEND, lambda _, channel, __: channel.send("news"), (403, 50013)),
    ("embeds", Permission.EMBED, lambda _, channel, __: channel.send(embed=discord.Embed(title="news")), (403, 50013)),
    ("files", Permission.ATTACH, lambda _, channel, __: channel.send(file=discord.File(__file__)), (403, 50013)),
    ("publishing", Permission.SEND, lambda _, __, post: post.publish(), (403, 50013)),
    ("pins", Permission.PIN, lambda _, __, post: post.pin(), (403, 50013)),
    ("threads", Permission.PUBLIC_THREADS, lambda _, __, post: post.create_thread(name="talk"), (403, 50013)),
    ("edits", Permission.MANAGE_CHANNELS, lambda _, channel, __: channel.edit(name="other"), (403, 50013)),
]


@pytest.mark.parametrize(("name", "missing", "action", "error"), ACTIONS)
async def test_what_the_bot_may_not_do_is_refused(
    name: str, missing: int, action: Callable[[SampleBot, Any, discord.Message], Awaitable[Any]], error: tuple[int, int]
) -> None:
    rights = MEMBER | Permission.PIN | Permission.MANAGE_CHANNELS
    async with (
        DiscordDouble(guilds=[guild(channels=[channel(kind=5)], permissions=rights)]) as double,
        run_sample_bot(double) as bot,
    ):
        text_channel = await bot.text_channel()
        post = await text_channel.send("news")
        await double.set_overwrite(CHANNEL, deny=missing)
        assert await error_of(action(bot, text_channel, post)) == error
        # The bot has been told, also of what it may do again.
        await until(lambda: text_channel.permissions_for(text_channel.guild.me).value & missing == 0)
        if name == "history":
            assert [m async for m in text_channel.history()] == []
            assert [m async for m in text_channel.pins()] == []
        await double.set_overwrite(CHANNEL, allow=missing)
        assert await action(bot, text_channel, post) or name in {"pins", "publishing"}
        await until(lambda: text_channel.permissions_for(text_channel.guild.me).value & missing == missing)


async def test_a_message_pings_the_roles_that_it_may() -> None:
    roles = [role(71, "readers", mentionable=True), role(72, "writers"), role(73, "mods", Permission.MENTION_EVERYONE)]
    async with DiscordDouble(guilds=[guild(roles=roles)]) as double, run_sample_bot(double) as bot:
        text_channel = await bot.text_channel()

        async def pinged(allowed: discord.AllowedMentions) -> tuple[list[int], bool]:
            post = await text_channel.send("<@&71> <@&72> @everyone", allowed_mentions=allowed)
            return [int(n) for n in double.posted()[-1]["mention_roles"]], post.mention_everyone

        def roles_only(*role_ids: int) -> discord.AllowedMentions:
            return discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(n) for n in role_ids])

        assert await pinged(NO_MENTIONS) == ([], False)
        assert await pinged(roles_only(71, 72)) == ([71], False)
        assert await pinged(roles_only(73)) == ([], False)
        assert await pinged(discord.AllowedMentions.all()) == ([71], False)
        await double.update_role(GUILD, permissions=MEMBER | Permission.MENTION_EVERYONE)
        assert await pinged(roles_only(71, 72)) == ([71, 72], False)
        assert await pinged(discord.AllowedMentions.all()) == ([71, 72], True)
        await double.delete_role(72)
        assert await pinged(roles_only(71, 72)) == ([71], False)
        await until(lambda: text_channel.guild.get_role(72) is None)


# Guilds and channels come and go


async def test_the_bot_is_removed_from_a_guild_and_invited_again() -> None:
    async with DiscordDouble() as double, run_sample_bot(double) as bot:
        text_channel = await bot.text_channel()
        post = await text_channel.send("news")
        guild_payload = await double.remove_guild(GUILD)
        await until(lambda: not list(bot.guilds) and "left" in bot.events)
        assert await error_of(text_channel.send("more")) == (403, 50001)
        assert await error_of(text_channel.guild.active_threads()) == (404, 10004)
        assert [m["id"] for m in double.posted()] == [str(post.id)]
        await double.add_guild(guild_payload)
        await until(lambda: "joined" in bot.events)
        assert (await (await bot.text_channel()).fetch_message(post.id)).content == "news"
        await double.update_guild(GUILD, name="Library")
        await until(lambda: bot.guilds[0].name == "Library")
        assert bot.guilds[0].me.id == APPLICATION
        assert len(bot.guilds[0].channels) == 1


async def test_a_guild_is_out_of_order_for_a_while() -> None:
    async with DiscordDouble() as double:
        double.outage_status = 503
        async with run_sample_bot(double) as bot:
            text_channel = await bot.text_channel()
            await double.guild_unavailable(GUILD)
            await until(lambda: text_channel.guild.unavailable)
            assert (await error_of(text_channel.send("news")))[0] == 503
            assert (await error_of(text_channel.guild.active_threads()))[0] == 503
        async with run_sample_bot(double) as bot:
            await bot.wait_until_ready()
            assert [guild.unavailable for guild in bot.guilds] == [True]
            await double.guild_available(GUILD)
            await until(lambda: "back" in bot.events)
            await (await bot.text_channel()).send("news")


async def test_a_channel_is_deleted() -> None:
    guild_payload = guild(channels=[channel(), channel(70, "other")], threads=[thread(71), thread(72, parent_id=70)])
    async with DiscordDouble(guilds=[guild_payload]) as double, run_sample_bot(double) as bot:
        text_channel, talk = await bot.text_channel(), await bot.text_channel(72)
        await double.delete_channel(CHANNEL)
        await until(lambda: bot.get_channel(CHANNEL) is None and bot.get_channel(71) is None)
        assert await error_of(text_channel.send("news")) == (404, 10003)
        await double.delete_channel(72)
        await until(lambda: bot.get_channel(72) is None)
        assert await error_of(talk.send("news")) == (404, 10003)
        with pytest.raises(LookupError):
            await double.delete_channel(72)


# Threads, forums, pins, history


@pytest.mark.parametrize(("kind", "thread_kind"), [(0, "public_thread"), (5, "news_thread")])
async def test_a_thread_is_started_from_a_message_once(kind: int, thread_kind: str) -> None:
    async with DiscordDouble(guilds=[guild(channels=[channel(kind=kind)])]) as double, run_sample_bot(double) as bot:
        text_channel = await bot.text_channel()
        post = await text_channel.send("news")
        assert await error_of(post.create_thread(name="")) == (400, 50035)
        assert await error_of(post.create_thread(name="x" * 101)) == (400, 50035)
        talk = await post.create_thread(name="x" * 100, auto_archive_duration=60)
        assert (talk.id, talk.type.name, talk.auto_archive_duration) == (post.id, thread_kind, 60)
        await until(lambda: f"thread {'x' * 100}" in bot.events)
        assert text_channel.guild.get_thread(post.id) is not None
        assert await error_of(post.create_thread(name="again")) == (400, 160004)
        fetched = await text_channel.fetch_message(post.id)
        assert fetched.flags.has_thread
        assert fetched.thread is not None
        assert fetched.thread.id == post.id
        await talk.send("more")
        assert [m["content"] for m in double.posted(post.id)] == ["more"]
        assert [m.type.name async for m in talk.history()] == ["default", "thread_starter_message"]
        assert double.world.guild(GUILD)["threads"][0]["message_count"] == 1
        double.delete_message(post.id)
        assert await error_of(post.create_thread(name="again")) == (404, 10008)
        alone = await text_channel.create_thread(name="alone", type=discord.ChannelType[thread_kind])
        assert (await bot.fetch_channel(alone.id)).id == alone.id != post.id


async def test_threads_are_archived_locked_and_opened_again() -> None:
    async with DiscordDouble() as double, run_sample_bot(double) as bot:
        double.set_time(NOW)
        text_channel = await bot.text_channel()
        post = await text_channel.send("news")
        talk = await post.create_thread(name="talk")
        message = await talk.send("first")
        double.advance(hours=1)
        await talk.edit(archived=True)
        await until(lambda: text_channel.guild.get_thread(talk.id) is None)
        assert (await text_channel.guild.active_threads()) == []
        archived = [thread async for thread in text_channel.archived_threads()]
        assert [thread.id for thread in archived] == [talk.id]
        assert archived[0].archive_timestamp == double.time
        assert archived[0].created_at == NOW
        assert await error_of(talk.edit(name="other")) == (400, 50083)
        assert await error_of(message.edit(content="other")) == (400, 50083)
        # A post opens it again, and the bot is told.
        await talk.send("second")
        await until(lambda: text_channel.guild.get_thread(talk.id) is not None)
        assert [thread.id for thread in await text_channel.guild.active_threads()] == [talk.id]
        await double.update_channel(talk.id, locked=True)
        assert await error_of(talk.send("third")) == (403, 160005)
        await double.update_channel(talk.id, archived=True)
        assert await error_of(talk.send("third")) == (400, 50083)
        assert await error_of(talk.edit(archived=False)) == (403, 50013)
        await double.set_overwrite(CHANNEL, allow=Permission.MANAGE_THREADS)
        await talk.send("third")
        await double.set_overwrite(CHANNEL, deny=Permission.SEND_IN_THREADS)
        assert await error_of(talk.send("fourth")) == (403, 50013)
        assert [m["content"] for m in double.posted(talk.id)] == ["first", "second", "third"]


async def test_a_forums_post_is_a_thread_and_its_message() -> None:
    channels = [forum(70, tags={1: "News", 2: "Ships"}, required=True), channel()]
    async with DiscordDouble(
        guilds=[guild(channels=channels, roles=[role(71, "readers", mentionable=True)])]
    ) as double:
        async with run_sample_bot(double) as bot:
            await bot.wait_until_ready()
            forum_channel = bot.get_channel(70)
            assert isinstance(forum_channel, discord.ForumChannel)
            assert [(tag.id, tag.name) for tag in forum_channel.available_tags] == [(1, "News"), (2, "Ships")]
            tag, unknown = forum_channel.available_tags[1], discord.Object(3)
            readers = discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(71)])
            post = await forum_channel.create_thread(
                name="A lighthouse", content="<@&71>", applied_tags=[tag], allowed_mentions=readers
            )
            assert (post.thread.id, post.thread.applied_tags) == (post.message.id, [tag])
            await until(lambda: "thread A lighthouse" in bot.events)
            assert double.posted(post.thread.id)[0]["mention_roles"] == ["71"]
            assert await error_of(forum_channel.create_thread(name="A", content="a")) == (400, 40067)
            wrong: Any = [unknown]
            assert await error_of(forum_channel.create_thread(name="A", content="a", applied_tags=wrong)) == (
                404,
                10087,
            )
            assert await error_of(forum_channel.create_thread(name="A", applied_tags=[tag])) == (400, 50006)
            await post.thread.edit(applied_tags=[forum_channel.available_tags[0]], name="Another")
            assert double.world.guild(GUILD)["threads"][0]["applied_tags"] == ["1"]
            assert await error_of(bot.get_partial_messageable(70).send("a")) == (400, 50008)
            await double.set_overwrite(70, deny=Permission.SEND)
            assert await error_of(forum_channel.create_thread(name="A", content="a", applied_tags=[tag])) == (
                403,
                50013,
            )
        assert len(double.world.guild(GUILD)["threads"]) == 1
        check_requests(double)


async def test_a_message_is_published_once_and_only_in_announcements() -> None:
    async with (
        DiscordDouble(guilds=[guild(channels=[channel(kind=5), channel(70)])]) as double,
        run_sample_bot(double) as bot,
    ):
        post = await (await bot.text_channel()).send("news")
        await post.publish()
        assert double.posted()[0]["flags"] == 1
        assert await error_of(post.publish()) == (400, 40033)
        assert await error_of((await (await bot.text_channel(70)).send("news")).publish()) == (400, 50024)
        theirs = await (await bot.text_channel()).fetch_message(int(double.say("hello")["id"]))
        assert await error_of(theirs.publish()) == (403, 50013)
        assert await error_of(theirs.edit(content="no")) == (403, 50005)
        assert await error_of(theirs.delete()) == (403, 50013)


async def test_pins_are_set_listed_taken_off_and_limited() -> None:
    async with (
        DiscordDouble(guilds=[guild(permissions=MEMBER | Permission.PIN)]) as double,
        run_sample_bot(double) as bot,
    ):
        double.set_time(NOW)
        text_channel = await bot.text_channel()
        posts = [await text_channel.send(str(n)) for n in range(53)]
        double.max_pins = 52
        for post in posts[:52]:
            await post.pin()
        await posts[0].pin()
        assert await error_of(posts[52].pin()) == (400, 30003)
        pins = [post async for post in text_channel.pins(limit=None)]
        assert [post.content for post in pins] == [str(n) for n in range(51, -1, -1)]
        assert pins[-1].pinned_at == NOW
        await posts[51].unpin()
        headers = {"Authorization": f"Bot {double.token}"}
        async with aiohttp.ClientSession(double.url + "/", headers=headers) as session:
            old = f"channels/{CHANNEL}/pins/{posts[52].id}"
            assert [(await session.put(old)).status, (await session.delete(old)).status] == [204, 204]
        assert len([post async for post in text_channel.pins(limit=None)]) == 51
        # Discord says so in the channel, which is nothing that was posted.
        assert {m.type.name async for m in text_channel.history()} == {"default", "pins_add"}
        assert len(double.posted()) == 53


async def test_history_is_told_from_any_side() -> None:
    async with DiscordDouble() as double, run_sample_bot(double) as bot:
        text_channel = await bot.text_channel()
        message_ids = [int(double.say(str(n))["id"]) for n in range(120)]
        middle = discord.Object(message_ids[50])

        async def history(**bounds: Any) -> list[str]:
            return [m.content async for m in text_channel.history(**bounds)]

        assert await history(limit=None) == [str(n) for n in range(119, -1, -1)]
        assert await history(limit=2) == ["119", "118"]
        assert await history(limit=2, before=middle) == ["49", "48"]
        assert await history(limit=2, after=middle, oldest_first=True) == ["51", "52"]
        assert await history(limit=2, oldest_first=True) == ["0", "1"]
        assert await history(limit=5, around=middle) == ["52", "51", "50", "49", "48"]
        assert await error_of(bot.http.logs_from(CHANNEL, 101)) == (400, 50035)


async def test_direct_messages_reach_whoever_takes_them() -> None:
    async with DiscordDouble() as double, run_sample_bot(double) as bot:
        reader = await bot.fetch_user(USER)
        sent = await reader.send("hello", allowed_mentions=NO_MENTIONS)
        assert [m["content"] for m in double.posted(sent.channel.id)] == ["hello"]
        double.closed_dms.add(USER)
        assert await error_of(reader.send("hello")) == (403, 50007)
        await (await bot.fetch_user(USER + 1)).send("hello")
