"""What the checks of the bot's requests allow and refuse."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.discord_double.double import DiscordDouble
from tests.discord_double.limits import check_commands, check_requests

if TYPE_CHECKING:
    from tests.discord_double.gateway import Json


def pinging_message(*role_ids: int) -> Json:
    return {"content": "<@&71> <@&72>", "allowed_mentions": {"parse": [], "roles": list(role_ids)}}


ALLOWED: list[tuple[str, str, Json]] = [
    ("POST", "channels/1/messages", pinging_message(71)),
    ("POST", "channels/1/threads", {"name": "x" * 100, "message": pinging_message(71), "applied_tags": [1]}),
    ("POST", "channels/1/messages/2/threads", {"name": "talk"}),
    ("PATCH", "channels/1", {"archived": False}),
    ("PATCH", "channels/1/messages/2", pinging_message()),
    ("POST", "users/@me/channels", {"recipient_id": 1}),
]
REFUSED: list[tuple[str, str, Json | None]] = [
    ("POST", "channels/1/messages", pinging_message(71, 72)),
    ("POST", "channels/1/messages", pinging_message(73)),
    ("POST", "channels/1/messages", {"content": "a", "allowed_mentions": {"parse": ["everyone"]}}),
    ("POST", "channels/1/messages", {"content": "a"}),
    ("POST", "channels/1/messages", {**pinging_message(), "nonce": "x" * 26}),
    ("PATCH", "channels/1/messages/2", pinging_message(71)),
    ("POST", "webhooks/1/token", pinging_message(71)),
    ("POST", "channels/1/threads", {"name": "talk", "message": pinging_message(71, 72)}),
    ("POST", "channels/1/messages/2/threads", {"name": "x" * 101}),
    ("PATCH", "channels/1", {"name": ""}),
    ("POST", "channels/1/messages/2/crosspost", {}),
    ("PUT", "channels/1/permissions/2", None),
    ("DELETE", "channels/1", None),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"), [(*c, True) for c in ALLOWED] + [(*c, False) for c in REFUSED]
)
async def test_what_the_bot_sends_is_held_against_discords_limits(
    method: str, path: str, body: Json | None, allowed: bool
) -> None:
    async with DiscordDouble() as double, aiohttp.ClientSession(double.url + "/") as session:
        await session.request(method, path, json=body)
        double.unknown.clear()
        with contextlib.nullcontext() if allowed else pytest.raises(AssertionError):
            check_requests(double)


@pytest.mark.parametrize(
    ("embed", "sent_files", "allowed"),
    [
        ({"image": {"url": "attachment://a.png"}}, ["a.png"], True),
        ({"thumbnail": {"url": "attachment://a.png"}}, ["a.png"], True),
        ({"url": "attachment://a.png"}, ["a.png"], False),
        ({"image": {"url": "attachment://b.png"}}, ["a.png"], False),
        ({"image": {"url": "attachment://a.png"}}, [], False),
        ({"image": {"url": "attachment://a.png"}}, ["a.png", "b.png"], False),
    ],
)
async def test_a_picture_is_a_file_of_the_message_and_a_link_is_none(
    embed: Json, sent_files: list[str], allowed: bool
) -> None:
    body = {"embeds": [embed], "attachments": [{"id": 0, "filename": "a.png"}], "allowed_mentions": {"parse": []}}
    form = aiohttp.FormData({"payload_json": json.dumps(body)}, default_to_multipart=True)
    for number, name in enumerate(sent_files):
        form.add_field(f"files[{number}]", b"a picture", filename=name)
    async with DiscordDouble() as double, aiohttp.ClientSession(double.url + "/") as session:
        await session.post("webhooks/1/token", data=form)
        (request,) = double.requests
        assert list(request.files) == sent_files
        double.unknown.clear()
        with contextlib.nullcontext() if allowed else pytest.raises(AssertionError):
            check_requests(double)


def test_commands_in_groups_are_held_against_discords_limits() -> None:
    def command(name: str, kind: int = 1, **more: Any) -> Json:
        return {"name": name, "type": kind, "description": "x" * 90, **more}

    add = command("add", options=[command("room", 7, required=True), command("time", 3)])
    check_commands([command("daily", options=[add, command("more", 2, options=[add])])])
    for invalid in (
        command("daily", options=[command("add", options=[command("time", 3), command("room", 7, required=True)])]),
        command("daily", options=[add, command("time", 3)]),
        command("daily", options=[add, add]),
        command("daily", options=[command("more", 2, options=[command("deep", 2, options=[add])])]),
        command("daily", options=[command("add", options=[command("Room", 7)])]),
        command(
            "daily", options=[command(f"add{n}", options=[command(f"o{m}", 3) for m in range(9)]) for n in range(10)]
        ),
    ):
        with pytest.raises(AssertionError):
            check_commands([invalid])
