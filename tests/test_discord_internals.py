"""The undocumented parts of discord.py that Daybook uses are still there, and used in one module only."""

import ast
import inspect
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from discord.shard import Shard
from yarl import URL

from bot.discord_internals import (
    discord_at,
    forget_failures,
    patch_global_limit_cancellation,
    silence_voice_warnings,
    skip_unreadable_events,
)
from tests.helpers.samples import ROOT

# Each part, and what breaks without it.
PARTS = [
    (Route, "BASE", "DAYBOOK_DISCORD_API, and with it every test against the Discord double, would reach Discord"),
    (DiscordWebSocket, "DEFAULT_GATEWAY", "a bot on the Discord double would reconnect to Discord"),
    (discord.VoiceClient, "warn_nacl", "each start would warn of a library for voice"),
    (discord.VoiceClient, "warn_dave", "each start would warn of a library for voice"),
    (HTTPClient, "request", "a request that is cancelled during a global 429 would hold up all others for good"),
]
MODULES = [
    path for folder in ("bot", "cogs") for path in (ROOT / folder).rglob("*.py") if path.stem != "discord_internals"
]


@pytest.mark.parametrize(("owner", "name", "harm"), PARTS)
def test_discord_py_still_has_what_is_changed_in_it(owner: Any, name: str, harm: str) -> None:
    assert hasattr(owner, name), f"discord.py {discord.__version__} has no {owner.__name__}.{name}: {harm}"


async def test_a_shard_that_is_connected_has_forgotten_its_failures_and_waits_a_minute_at_most() -> None:
    async with discord.AutoShardedClient(intents=discord.Intents(guilds=True), shard_count=1) as client:
        client._reconnect = True
        shard = Shard(cast("Any", SimpleNamespace(shard_id=0, loop=None, token="")), client, lambda _event: None)
        client._AutoShardedClient__shards = {0: shard}  # type: ignore[attr-defined]
        sentence = f"discord.py {discord.__version__} has no Shard._backoff: read how it reconnects"
        assert hasattr(shard, "_backoff"), sentence
        for _ in range(30):
            shard._backoff.delay()
        assert shard._backoff._exp == 10, sentence
        forget_failures(client, 0)
        assert shard._backoff.delay() <= 2
        waits = [shard._backoff.delay() for _ in range(200)]
        assert max(waits) == 60


async def test_discord_py_still_has_parsers_of_events_by_their_names() -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        parsers = client._connection.parsers
        before = dict(parsers)
        assert {"READY", "GUILD_CREATE", "CHANNEL_UPDATE", "INTERACTION_CREATE"} <= set(parsers)
        skip_unreadable_events(client)
        assert set(parsers) == set(before)
        parsers["CHANNEL_UPDATE"]({})
        with pytest.raises(KeyError):
            before["CHANNEL_UPDATE"]({})


async def test_discord_py_still_holds_up_all_requests_by_an_event_of_its_own() -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        sentence = (
            f"discord.py {discord.__version__} has no HTTPClient._global_over: read how it waits out a global 429"
        )
        assert hasattr(client.http, "_global_over"), sentence
        source = inspect.getsource(HTTPClient)
        assert "_global_over.clear()" in source, sentence
        assert "_global_over.set()" in source, sentence
        patch_global_limit_cancellation(client.http)
        assert client.http.request.__name__ == "request_and_release"


def test_another_server_than_discord_is_talked_to_for_the_length_of_a_block() -> None:
    addresses = [Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY]
    with discord_at(URL("http://127.0.0.1:8080/api/v10")):
        assert Route("GET", "/users/@me").url == "http://127.0.0.1:8080/api/v10/users/@me"
        gateway = DiscordWebSocket.DEFAULT_GATEWAY
        assert str(gateway) == "ws://127.0.0.1:8080/gateway"
    assert addresses == [Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY]


def test_voice_is_not_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("warn_nacl", "warn_dave"):
        monkeypatch.setattr(discord.VoiceClient, name, value=True)
    silence_voice_warnings()
    assert not discord.VoiceClient.warn_nacl
    assert not discord.VoiceClient.warn_dave


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_other_module_touches_them(path: Any) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    attributes = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not {name for name in attributes if name.startswith(("discord.http", "discord.gateway", "discord.Voice"))}
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not modules & {"discord.http", "discord.gateway"}
    # Nothing that is private to another class: what this one's own linter would complain of.
    assert "SLF001" not in path.read_text("utf-8")
