"""What the checks of the bot's requests let through, and what they do not."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from discord_double import DiscordDouble
from discord_limits import check_commands, check_requests

if TYPE_CHECKING:
    from discord_gateway import Json


def of_roles(*numbers: int) -> Json:
    return {"content": "<@&71> <@&72>", "allowed_mentions": {"parse": [], "roles": list(numbers)}}


GOOD: list[tuple[str, str, Json]] = [
    ("POST", "channels/1/messages", of_roles(71)),
    ("POST", "channels/1/threads", {"name": "x" * 100, "message": of_roles(71), "applied_tags": [1]}),
    ("POST", "channels/1/messages/2/threads", {"name": "talk"}),
    ("PATCH", "channels/1", {"archived": False}),
    ("PATCH", "channels/1/messages/2", of_roles()),
    ("POST", "users/@me/channels", {"recipient_id": 1}),
]
BAD: list[tuple[str, str, Json | None]] = [
    ("POST", "channels/1/messages", of_roles(71, 72)),
    ("POST", "channels/1/messages", of_roles(73)),
    ("POST", "channels/1/messages", {"content": "a", "allowed_mentions": {"parse": ["everyone"]}}),
    ("POST", "channels/1/messages", {"content": "a"}),
    ("POST", "channels/1/messages", {**of_roles(), "nonce": "x" * 26}),
    ("PATCH", "channels/1/messages/2", of_roles(71)),
    ("POST", "webhooks/1/token", of_roles(71)),
    ("POST", "channels/1/threads", {"name": "talk", "message": of_roles(71, 72)}),
    ("POST", "channels/1/messages/2/threads", {"name": "x" * 101}),
    ("PATCH", "channels/1", {"name": ""}),
    ("POST", "channels/1/messages/2/crosspost", {}),
    ("PUT", "channels/1/permissions/2", None),
    ("DELETE", "channels/1", None),
]


@pytest.mark.parametrize(("method", "path", "body", "good"), [(*c, True) for c in GOOD] + [(*c, False) for c in BAD])
async def test_what_the_bot_sends_is_held_against_discords_limits(
    method: str, path: str, body: Json | None, good: bool
) -> None:
    async with DiscordDouble() as double, aiohttp.ClientSession(double.url + "/") as session:
        await session.request(method, path, json=body)
        double.unknown.clear()
        with contextlib.nullcontext() if good else pytest.raises(AssertionError):
            check_requests(double)


@pytest.mark.parametrize(
    ("embed", "sent", "good"),
    [
        ({"image": {"url": "attachment://a.png"}}, ["a.png"], True),
        ({"thumbnail": {"url": "attachment://a.png"}}, ["a.png"], True),
        ({"url": "attachment://a.png"}, ["a.png"], False),
        ({"image": {"url": "attachment://b.png"}}, ["a.png"], False),
        ({"image": {"url": "attachment://a.png"}}, [], False),
        ({"image": {"url": "attachment://a.png"}}, ["a.png", "b.png"], False),
    ],
)
async def test_a_picture_is_a_file_of_the_message_and_a_link_is_none(embed: Json, sent: list[str], good: bool) -> None:
    body = {"embeds": [embed], "attachments": [{"id": 0, "filename": "a.png"}], "allowed_mentions": {"parse": []}}
    form = aiohttp.FormData({"payload_json": json.dumps(body)}, default_to_multipart=True)
    for number, name in enumerate(sent):
        form.add_field(f"files[{number}]", b"a picture", filename=name)
    async with DiscordDouble() as double, aiohttp.ClientSession(double.url + "/") as session:
        await session.post("webhooks/1/token", data=form)
        (request,) = double.requests
        assert list(request.files) == sent
        double.unknown.clear()
        with contextlib.nullcontext() if good else pytest.raises(AssertionError):
            check_requests(double)


def test_commands_in_groups_are_held_against_discords_limits() -> None:
    def named(name: str, kind: int = 1, **more: Any) -> Json:
        return {"name": name, "type": kind, "description": "x" * 90, **more}

    add = named("add", options=[named("room", 7, required=True), named("time", 3)])
    check_commands([named("daily", options=[add, named("more", 2, options=[add])])])
    for wrong in (
        named("daily", options=[named("add", options=[named("time", 3), named("room", 7, required=True)])]),
        named("daily", options=[add, named("time", 3)]),
        named("daily", options=[add, add]),
        named("daily", options=[named("more", 2, options=[named("deep", 2, options=[add])])]),
        named("daily", options=[named("add", options=[named("Room", 7)])]),
        named("daily", options=[named(f"add{n}", options=[named(f"o{m}", 3) for m in range(9)]) for n in range(10)]),
    ):
        with pytest.raises(AssertionError):
            check_commands([wrong])
