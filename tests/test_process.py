"""The bot as a real process at the Discord double: starting, answering, losing its connection, ending."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from itertools import chain, count
from typing import TYPE_CHECKING, Self

import pytest

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import CHANNEL, USER, until
from tests.discord_double.limits import SELECT, check_requests, custom_id_starting
from tests.helpers.processes import STARTER_OFF, Running, Shell
from tests.helpers.samples import SEED, SEED_KEY, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.process

EPHEMERAL = 1 << 6
MESSAGE, UPDATE = 4, 7


# The bot in its process


def start_bot(double: DiscordDouble, folder: Path, **more: str) -> Running:
    """Return `daybook run` on the folder's data, the seed page if there is none, for `async with`."""
    if not (folder / "data" / "archive.sqlite3").exists():
        import_pages(folder / "data" / "archive.sqlite3", [SEED], forgotten=ForgottenEvents())
    return Running("run", "--data", "data", folder=folder, more=double.environment | STARTER_OFF | more)


@contextlib.asynccontextmanager
async def serve_bot(double: DiscordDouble, folder: Path) -> AsyncIterator[Running]:
    """Let the bot serve until the end of the block; then it has to stop cleanly, and all it has sent is checked."""
    async with start_bot(double, folder) as process:
        await wait_for_ready(double, process)
        yield process
        answer = await process.stop()
        assert "Traceback" not in answer.err
        await until(lambda: not double.gateway.sessions)
    assert double.token not in answer.out + answer.err
    check_requests(double)


async def wait_for_ready(double: DiscordDouble, process: Running) -> None:
    """Wait until the bot has its session; a process that has ended instead fails the test at once."""
    sessions = double.gateway.sessions
    await until(lambda: process.over or any(session.ready and session.connection for session in sessions), 20, "READY")
    assert not process.over, process.err


# Starting


async def test_the_bot_starts_and_syncs_its_commands_once(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        for _ in range(2):
            async with serve_bot(double, tmp_path) as process:
                (line,) = process.out.splitlines()
                assert re.search(r"https://discord\.com/oauth2/authorize\?client_id=\d+", line)
                assert "permissions=309237730304" in line
                assert re.search(r"scope=bot(\+|%20)applications\.commands", line)
        puts = double.calls("PUT", "/applications/.*/commands")
        assert len(puts) == 1
        assert {"onthisday", "topic", "daily", "about"} <= {command["name"] for command in puts[0].json}
        anywhere = [command for command in puts[0].json if command["name"] not in {"daily", "follow"}]
        assert all(command["integration_types"] == [0, 1] for command in anywhere)
        assert all(sorted(command["contexts"]) == [0, 1, 2] for command in anywhere)


COMMANDS = "/applications/.*/commands"
REFUSALS = {
    "refused": (403, {"message": "Missing Access", "code": 50001}, "does not let this application have any"),
    "wrong": (400, {"message": "Invalid Form Body", "code": 50035}, "calls a definition wrong"),
    "too many today": (
        400,
        {"message": "Max number of daily creates", "code": 30034},
        "only so many new commands a day",
    ),
    "out of order": (503, {"message": "503: Service Unavailable", "code": 0}, "Discord had a problem (error 503)"),
    "wait": (
        429,
        {"message": "You are being rate limited.", "retry_after": 90, "global": False},
        "asked me to slow down",
    ),
    "blocked": (403, "<html>Attention required!</html>", "Discord had a problem (error 403)"),
    "garbage": (200, "<html>It works!</html>", "its answer makes no sense"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_commands_that_discord_does_not_take_never_keep_the_bot_from_serving(tmp_path: Path, name: str) -> None:
    status, body, words = REFUSALS[name]
    # With a clock that a test sets, the next try comes at once.
    async with DiscordDouble(clock=tmp_path / "clock") as double:
        double.fail_next("PUT", COMMANDS, status, body=body)
        async with serve_bot(double, tmp_path) as process:
            await process.says("Discord has not taken the commands")
            assert words in process.err
            assert "Traceback" not in process.err
            assert "<html>" not in process.err
            if name not in ("too many today", "wait"):
                await until(lambda: len(double.calls("PUT", COMMANDS)) == 2)
            assert (await double.slash("about")).embeds
        # At the next start, at the latest, it is well.
        async with serve_bot(double, tmp_path):
            assert [put.status for put in double.calls("PUT", COMMANDS)] == [status, 200]


async def test_commands_that_discord_has_lost_are_noticed_at_the_start(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        async with serve_bot(double, tmp_path):
            pass
        double.commands[None] = [command for command in double.commands[None] if command["name"] != "topic"]
        async with serve_bot(double, tmp_path) as process:
            await process.says("Discord has lost the commands topic")
            assert len(double.calls("PUT", COMMANDS)) == 2
        # Where it cannot say, it is taken to have them.
        double.fail_next("GET", COMMANDS, 403, body="<html>Attention required!</html>")
        async with serve_bot(double, tmp_path) as process:
            await process.says("Discord does not say which commands it has")
            assert len(double.calls("PUT", COMMANDS)) == 2


@pytest.mark.parametrize(
    "frame", ['{"op": 0, "t": ', "[]", '{"op": 10, "d": {}}', b"no zlib at all \x00\x00\xff\xff", "null"]
)
async def test_a_frame_that_cannot_be_read_costs_a_connection_and_not_the_process(
    tmp_path: Path, frame: str | bytes
) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path) as process:
        await wait_for_ready(double, process)
        await double.gateway.connections[-1].send_raw(frame)
        await process.says("a frame from Discord cannot be read")
        await until(lambda: len(double.gateway.connections) == 2 and double.gateway.connections[1].session)
        assert (await double.slash("about")).embeds
        assert (await process.stop()).code == 0


async def test_an_event_that_cannot_be_read_is_skipped(tmp_path: Path) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path) as process:
        await wait_for_ready(double, process)
        for event in ("CHANNEL_UPDATE", "GUILD_CREATE", "INTERACTION_CREATE", "GUILD_ROLE_UPDATE"):
            await double.gateway.dispatch(event, {"surprise": True})
            await process.says(f"an event of Discord's ({event}) could not be read")
        assert (await double.slash("about")).embeds
        assert len(double.gateway.connections) == 1
        assert (await process.stop()).code == 0


async def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        before = len(double.requests)
        async with start_bot(double, tmp_path) as second:
            answer = await second.ended()
        assert (answer.code, answer.out) == (1, "")
        assert "another “daybook run”" in answer.complaint
        assert len(double.requests) == before
        assert (await double.slash("about")).embeds


@pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "schlüssel", "wrong.token.given"])
async def test_without_a_good_token_one_line_says_so(tmp_path: Path, token: str) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path, DISCORD_TOKEN=token) as process:
        answer = await process.ended()
        assert (answer.code, answer.out) == (1, "")
        assert "DISCORD_TOKEN" in answer.complaint
        assert not token.strip() or token not in answer.err
        assert [request.status for request in double.requests] == ([401] if token.count(".") == 2 else [])


async def test_a_token_can_stand_in_an_env_file(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        variables = double.environment | STARTER_OFF
        settings = "".join(f"{name}={value}\n" for name, value in variables.items())
        (tmp_path / ".env").write_text(settings)
        async with Running("run", folder=tmp_path) as process:
            await wait_for_ready(double, process)
            await process.says("Add Daybook to a server")
            await process.stop()


async def test_a_token_that_is_taken_back_ends_the_bot_with_one_line(tmp_path: Path) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path) as process:
        await wait_for_ready(double, process)
        double.token = "another.token.now"
        await double.drop_gateway()
        answer = await process.ended()
        assert answer.code == 1
        assert "4004" in answer.err.splitlines()[-1]
        assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "address",
    ["https://discord.com/api/v10", "http://203.0.113.7/api/v10", "http://127.0.0.1.example/api", "https://127.0.0.1/",
     "http://127.0.0.1@203.0.113.7/", "http://0.0.0.0/", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "localhost"],
)  # fmt: skip
def test_the_token_is_sent_to_no_other_machine(tmp_path: Path, address: str) -> None:
    answer = Shell(tmp_path)("run", more={"DISCORD_TOKEN": "a.b.c", "DAYBOOK_DISCORD_API": address})
    assert (answer.code, answer.out) == (1, "")
    assert "DAYBOOK_DISCORD_API" in answer.complaint


@pytest.mark.parametrize("status", [503, 0])
async def test_a_discord_that_fails_at_the_start_is_reported_in_one_line(tmp_path: Path, status: int) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path) as process:
        double.fail_next("GET", "/users/@me", status, times=9)
        answer = await process.ended()
        assert answer.code == 1
        assert "cannot be reached" in answer.complaint
        assert "()" not in answer.complaint


def test_data_that_cannot_be_used_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    answer = Shell(tmp_path)("run", more={"DISCORD_TOKEN": "a.b.c"})
    assert answer.code == 1
    assert "data" in answer.complaint


# Answering


async def test_commands_are_answered(tmp_path: Path) -> None:
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        answer = await double.slash("onthisday", {"date": "March 24"})
        (embed,) = answer.embeds
        assert (answer.type, answer.ephemeral) == (MESSAGE, False)
        assert embed["title"].startswith("NASA astronaut Shane Kimbrough")
        assert embed["url"].startswith("http://www.space.com/36198")
        assert embed["image"]["url"].startswith("https://img.purch.com/")
        assert embed["author"]["name"] == "March 24, 2017"
        assert len(answer.components[0]["components"][0]["options"]) == 10
        of_topic = await double.slash("topic", {"name": "ISS"})
        assert "11 events" in of_topic.embeds[0]["description"]
        assert (await double.slash("topic", {"name": "nasa", "from": "2016", "to": "2016"})).embeds
        assert "11 events" in str((await double.slash("about")).embeds)
        for options in ({"date": "12:30"}, {"date": "1 January"}, {"topic": "@everyone"}, {"date": "@everyone"}):
            empty = await double.slash("onthisday", options)
            assert (empty.ephemeral, empty.embeds) == (True, [])
        unknown_topic = await double.slash("topic", {"name": "gardens"})
        assert unknown_topic.ephemeral
        suggestions = await double.autocomplete("topic", {"name": "spa"})
        assert [choice["value"] for choice in suggestions.choices] == ["spacewalk", "International Space Station"]
        assert (await double.autocomplete("onthisday", {"topic": ""})).choices
        user_install = await double.slash(
            "onthisday", {"date": "24.3."}, user_install=True, guild_id=404, locale="zh-TW"
        )
        assert user_install.embeds
        assert (await double.slash("topic", {"name": "NASA"}, dm=True)).embeds


async def test_a_message_of_before_a_restart_still_answers(tmp_path: Path) -> None:
    async with DiscordDouble() as double:
        async with serve_bot(double, tmp_path):
            day = await double.slash("onthisday", {"date": "March 24"})
            topic = await double.slash("topic", {"name": "NASA"})
            await double.press(topic, custom_id_starting(topic, "open:"))
        async with serve_bot(double, tmp_path):
            menu = day.components[0]["components"][0]
            picked = await double.press(day, menu["custom_id"], [menu["options"][0]["value"]])
            assert picked.type == UPDATE
            assert picked.embeds[0]["author"]["name"] == "December 24, 2013"
            titles = set()
            for _ in range(11):
                pressed = await double.press(topic, custom_id_starting(topic, "next:"))
                assert pressed.type == UPDATE
                titles.add(pressed.embeds[0]["title"])
            assert len(titles) == 11
            assert "1 of 11" in topic.embeds[0]["footer"]["text"]
            copy = await double.press(topic, custom_id_starting(topic, "prev:"), user_id=USER + 1)
            assert (copy.type, copy.ephemeral) == (MESSAGE, True)
            assert "1 of 11" in topic.embeds[0]["footer"]["text"]


async def test_a_message_of_last_year_answers_by_its_buttons_alone(tmp_path: Path) -> None:
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        topic = await double.slash("topic", {"name": "NASA"})
        await double.press(topic, custom_id_starting(topic, "open:"))
        old = {"content": "", "components": topic.components, "channel_id": str(CHANNEL)}
        answer = await double.press(old, custom_id_starting(topic, "next:"))
        assert (answer.type, answer.ephemeral, len(answer.embeds)) == (MESSAGE, True, 1)
        assert "2 of 11" in answer.embeds[0]["footer"]["text"]


async def test_pages_that_another_process_imports_are_answered_at_once(tmp_path: Path) -> None:
    write(tmp_path, "2011-04-05", "A lighthouse is lit", related=[("2012-06-07", "A ship is saved", "Ships")])
    shell = Shell(tmp_path)
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        seed = await double.slash("onthisday", {"date": "March 24"})
        assert not (await double.slash("onthisday", {"date": "5 April"})).embeds
        await asyncio.to_thread(shell.json, "import", "news")
        answer = await double.slash("onthisday", {"date": "5 April"})
        assert answer.embeds[0]["title"] == "A lighthouse is lit"
        assert (await double.autocomplete("topic", {"name": "sh"})).choices[0]["value"] == "Ships"
        (event,) = await asyncio.to_thread(shell.json, "onthisday", "5 April")
        assert (await asyncio.to_thread(shell, "forget", event["key"], SEED_KEY)).code == 0
        answer_without_event = await double.press(seed, custom_id_starting(seed, "related:"), [SEED_KEY])
        assert "no longer in the archive" in answer_without_event.content
        assert not (await double.slash("onthisday", {"date": "5 April"})).embeds


async def test_the_longest_and_worst_pages_fit_what_discord_takes(tmp_path: Path) -> None:
    emoji = "👩🏽‍🚀"
    write(
        tmp_path, "2011-04-05", f"@everyone <@&1> [a](http://b.example) {'*_~`|' * 90} {emoji * 300}",
        summary=f"{'||spoiler|| <#1> </about:1> ' * 300}{emoji * 900}", topic=f"**{'t' * 300}**",
        sources=[(f"Source {n} {emoji * 30}", f"https://news.example/{n}/{'(ä)' * 300}") for n in range(30)],
        image="https://images.example/cover_(1).png",
        related=[(f"2012-06-{n:02}", f"{n} {'word ' * 120}{emoji}", f"{'Topic ' * 40}{n % 7}") for n in range(1, 31)],
    )  # fmt: skip
    ships = [("2012-06-07", "船" * 500, "海" * 200)]
    write(tmp_path, "2011-04-05", "灯塔" * 400, at="news/2011/04/5/light", related=ships)
    write(tmp_path, "2011-04-05", "x" * 5000, at="news/2011/04/5/x", image=f"https://images.example/{'x' * 2020}")
    write(tmp_path, "2011-04-05", "-", at="news/2011/04/5/-", sources=[("", "https://news.example/" + "y" * 2020)])
    report = Shell(tmp_path).json("import", "news")
    assert (report["pages"], report["skipped"]) == (4, [])
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        # Another reader each time: nobody may ask for so much at once.
        readers = count(USER + 1)
        for locale in ("en-US", "zh-TW"):
            answer = await double.slash("onthisday", {"date": "5 April"}, locale=locale, user_id=next(readers))
            for _ in range(4):
                assert len(answer.embeds) == 1
                parts = chain.from_iterable(row["components"] for row in answer.components)
                for part in [part for part in parts if "custom_id" in part and not part.get("disabled")]:
                    values = [part["options"][-1]["value"]] if part["type"] == SELECT else None
                    pressed = await double.press(answer, part["custom_id"], values, user_id=next(readers))
                    assert pressed.embeds
                await double.press(answer, custom_id_starting(answer, "next:"))
        for text in ("", "t", "topic", "海"):
            for choice in (await double.autocomplete("topic", {"name": text})).choices[:8]:
                assert (await double.slash("topic", {"name": choice["value"]}, user_id=next(readers))).embeds
        await double.slash("topic", {"name": "@everyone " * 10})


# Losing the connection


async def test_a_lost_connection_is_resumed(tmp_path: Path) -> None:
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        for code in (4000, None):
            await double.drop_gateway(code=code)
            assert (await double.slash("onthisday", {"date": "March 24"})).embeds
        await until(lambda: len(double.gateway.resumes) == 2)
        assert len(double.gateway.identifies) == 1


async def test_a_lost_session_is_replaced_by_a_new_one(tmp_path: Path) -> None:
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        await double.invalidate()
        await double.wait_ready()
        assert len(double.gateway.identifies) == 2
        assert (await double.slash("about")).embeds
        assert len(double.calls("PUT", "/applications/.*/commands")) == 1


class GatewayProxy:
    """A proxy before the double's gateway that can go dead: nothing gets through, but the connections stay open."""

    def __init__(self, double: DiscordDouble) -> None:
        self._double = double
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.dead = False

    async def __aenter__(self) -> Self:
        """Let all new connections to the gateway go through this proxy."""
        port = int(self._double.gateway.url.rpartition(":")[2].partition("/")[0])

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            self._writers.append(writer)
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
            self._writers.append(upstream_writer)
            self._tasks |= {
                asyncio.create_task(self._forward(*streams))
                for streams in ((reader, upstream_writer), (upstream_reader, writer))
            }

        self._server = await asyncio.start_server(accept, "127.0.0.1", 0)
        own_port = self._server.sockets[0].getsockname()[1]
        self._double.gateway.url = self._double.gateway.url.replace(f":{port}/", f":{own_port}/")
        return self

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self.dead:
                writer.write(data)

    def cut(self) -> None:
        """Break all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def __aexit__(self, *_: object) -> None:
        """Close the proxy and its connections."""
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_bot(tmp_path: Path, number: signal.Signals) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path) as process:
        await wait_for_ready(double, process)
        process.send(number)
        answer = await process.stop(number)
        assert "Traceback" not in answer.err
        # It has closed its session, and its databases.
        await until(lambda: double.gateway.connections[0].close_code == 1000)
        assert not list((tmp_path / "data").glob("*-wal"))


@pytest.mark.parametrize("path", ["/users/@me", "/applications/.*/commands", "/gateway/bot"])
async def test_a_signal_ends_the_bot_while_it_waits_for_discord(tmp_path: Path, path: str) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path) as process:
        double.delay(path, 60)
        await until(lambda: any(re.fullmatch(path, request.path) for request in double.requests))
        answer = await process.stop()
        assert "Traceback" not in answer.err


async def test_a_signal_ends_the_bot_on_a_dead_connection(tmp_path: Path) -> None:
    async with DiscordDouble() as double, GatewayProxy(double) as proxy, start_bot(double, tmp_path) as process:
        await wait_for_ready(double, process)
        proxy.dead = True
        answer = await process.stop()
        assert "Traceback" not in answer.err


async def test_a_signal_ends_the_bot_while_it_reconnects(tmp_path: Path) -> None:
    async with DiscordDouble() as double, GatewayProxy(double) as proxy, start_bot(double, tmp_path) as process:
        await wait_for_ready(double, process)
        proxy.dead = True
        proxy.cut()
        await until(lambda: proxy.connections == 2)
        answer = await process.stop()
        assert "Traceback" not in answer.err


async def test_a_signal_ends_the_bot_while_discord_is_away(tmp_path: Path) -> None:
    async with DiscordDouble() as double, start_bot(double, tmp_path) as process:
        await wait_for_ready(double, process)
        await double.close()
        await process.says("Attempting a reconnect")
        await process.stop(signal.SIGINT)


async def test_a_reader_who_is_gone_harms_nobody(tmp_path: Path) -> None:
    async with DiscordDouble() as double, serve_bot(double, tmp_path):
        double.fail_next("POST", "/interactions/.*/callback", 404, body={"message": "Unknown", "code": 10062})
        with pytest.raises(TimeoutError):
            await double.slash("about", seconds=0.5)
        assert (await double.slash("about")).embeds
