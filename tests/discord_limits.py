"""What Discord takes: its limits, checked on every request that leaves the bot."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from discord_double import DiscordDouble
    from discord_gateway import Json

ROW, BUTTON, SELECT = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
WITHOUT_BODY = (
    r"GET .*|POST /channels/\d+/messages/\d+/crosspost|DELETE /channels/\d+/messages/\d+|"
    r"(PUT|DELETE) /channels/\d+/(messages/)?pins/\d+"
)


def units(text: str) -> int:
    """Count a text's UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def within(text: Any, most: int, least: int = 1) -> None:
    assert isinstance(text, str)
    assert least <= units(text) <= most, (most, text)
    assert not least or text.strip(), "blank text is refused"


def check_embed(embed: Json, files: Collection[str] = ()) -> int:
    """Check an embed that comes with files against Discord's limits; return what it counts towards 6,000."""
    texts = [(embed, "title", 256), (embed, "description", 4096)]
    texts += [(embed.get("author") or {}, "name", 256), (embed.get("footer") or {}, "text", 2048)]
    for field in embed.get("fields") or []:
        assert {"name", "value"} <= field.keys()
        texts += [(field, "name", 256), (field, "value", 1024)]
    given = [(part[name], most) for part, name, most in texts if part.get(name) is not None]
    for text, most in given:
        within(text, most)
    assert len(embed.get("fields") or []) <= 25
    pictures = [(embed.get(name) or {}).get("url") for name in ("image", "thumbnail")]
    # A picture, and no link, may be a file that comes with the message: it is named, not addressed.
    attached = [f"attachment://{name}" for name in files]
    for address in (embed.get("url"), *(each for each in pictures if each not in attached)):
        if address is not None:
            within(address, 2048)
            assert re.fullmatch(r"https?://[\x21-\x7e]+", address), address
    return sum(units(text) for text, _ in given)


def check_components(rows: list[Json]) -> None:
    assert len(rows) <= 5
    parts = list(chain.from_iterable(row["components"] for row in rows))
    for row in rows:
        kinds = [part["type"] for part in row["components"]]
        assert row["type"] == ROW
        assert kinds == [SELECT] or (set(kinds) == {BUTTON} and len(kinds) <= 5)
    names = [part["custom_id"] for part in parts if "custom_id" in part]
    assert len(names) == len(set(names))
    for name in names:
        within(name, 100)
    for part in parts:
        if part["type"] == BUTTON:
            assert part.get("label") or part.get("emoji")
            within(part.get("label") or "", 80, 0)
        else:
            within(part.get("placeholder") or "", 150, 0)
            check_options(part["options"])


def check_options(options: list[Json]) -> None:
    assert 1 <= len(options) <= 25
    assert len({option["value"] for option in options}) == len(options)
    for option in options:
        within(option["label"], 100)
        within(option["value"], 100)
        if option.get("description") is not None:
            within(option["description"], 100)


def check_message(body: Json, sent: Collection[str] | None = None, *, may_ping: bool = False) -> None:
    """Check what the bot says against Discord's limits; and that it mentions nobody, or one role if it may.

    ``sent`` are the names of the files that came with it, where they are known.
    """
    within(body.get("content") or "", 2000, 0)
    embeds = body.get("embeds") or []
    assert len(embeds) <= 10
    files = check_files(body.get("attachments") or [], sent)
    assert sum(check_embed(embed, files) for embed in embeds) <= 6000
    check_components(body.get("components") or [])
    mentions = body.get("allowed_mentions")
    assert mentions is not None
    assert not any(mentions.get(kind) for kind in ("parse", "users", "replied_user"))
    roles = mentions.get("roles") or []
    assert len(roles) <= may_ping
    assert all(f"<@&{role}>" in (body.get("content") or "") for role in roles)
    # discord.py makes numbers up; a longer one of ours would be refused.
    assert len(str(body.get("nonce") or "")) <= 25


def check_files(attachments: list[Json], sent: Collection[str] | None) -> list[str]:
    """Check what a message says of its files, against those that were sent if they are known; return the names."""
    names = [str(each["filename"]) for each in attachments]
    # Discord changes other names, and who names the file in an embed misses it.
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names)
    # New files are counted from 0, those that the message has already keep their long ids.
    new = [name for name, each in zip(names, attachments, strict=True) if int(each["id"]) < 10]
    assert sent is None or new == list(sent)
    return names


def check_post(body: Json, sent: Collection[str] | None = None) -> None:
    """Check a thread or a forum's post, with its first message, against Discord's limits."""
    within(body["name"], 100)
    assert len(body.get("applied_tags") or []) <= 5
    if "message" in body:
        check_message(body["message"], sent, may_ping=True)


def check_commands(commands: list[Json]) -> None:
    """Check command definitions against Discord's limits."""
    assert len(commands) <= 100
    assert len({command["name"] for command in commands}) == len(commands)
    for command in commands:
        assert sum(units(text) for text in _texts(command)) <= 8000
        _check_command(command, depth=0)


def _check_command(command: Json, depth: int) -> None:
    assert re.fullmatch(r"[-_a-z0-9]{1,32}", command["name"])
    for name in _told(command, "name"):
        assert re.fullmatch(r"[-_\w]{1,32}", name)
        assert name == name.lower()
    for text in _told(command, "description"):
        within(text, 100)
    options = command.get("options") or []
    kinds = {option["type"] for option in options}
    assert len(options) <= 25
    assert len({option["name"] for option in options}) == len(options)
    if kinds & {SUBCOMMAND, GROUP}:
        # Groups hold sub-commands and stand in a command itself; who has them takes nothing else.
        assert kinds <= ({SUBCOMMAND} if depth else {SUBCOMMAND, GROUP})
        assert not any("required" in option for option in options)
        assert depth < 2
        for option in options:
            assert option["type"] != GROUP or option["options"]
            _check_command(option, depth + 1 if option["type"] == GROUP else 2)
        return
    needed = [bool(option.get("required")) for option in options]
    assert needed == sorted(needed, reverse=True), "what must be given comes first"
    for option in options:
        assert not (option.get("choices") and option.get("autocomplete"))
        choices = option.get("choices") or []
        assert len({choice["name"] for choice in choices}) == len(choices)
        check_choices(choices)
        _check_command(option, 2)


def _told(part: Json, key: str) -> list[str]:
    return [part[key], *(part.get(f"{key}_localizations") or {}).values()]


def _texts(command: Json) -> list[str]:
    """Return the texts that count: of a text in several languages the longest."""
    choices = command.get("choices") or []
    own = [max(_told(part, "name"), key=units) for part in (command, *choices)]
    inner = [text for option in command.get("options") or [] for text in _texts(option)]
    values = [str(choice["value"]) for choice in choices]
    return [*own, max(_told(command, "description"), key=units), *values, *inner]


def check_choices(choices: list[Json]) -> None:
    assert len(choices) <= 25
    for choice in choices:
        for name in _told(choice, "name"):
            within(name, 100)
        if isinstance(choice["value"], str):
            within(choice["value"], 100)


class Sent(Protocol):
    """A request as the double or simcord keeps it."""

    method: str
    path: str
    json: Any


def check_requests(double: DiscordDouble) -> None:
    """Check every request that left the bot."""
    assert double.unknown == []
    for request in double.requests:
        check_request(request, request.files)


def check_request(request: Sent, sent: Collection[str] | None = None) -> None:
    """Check a request; ``sent`` are the names of the files that came with it, where they are known."""
    match request.method, request.path.split("/")[1:], request.json:
        case "PUT", [*_, "commands"], commands:
            check_commands(commands)
        case "POST", ["interactions", _, _, "callback"], {"type": 8, "data": data}:
            check_choices(data["choices"])
        case "POST", ["interactions", _, _, "callback"], {"type": 4 | 7, "data": data}:
            check_message(data, sent)
        case "POST", ["interactions", _, _, "callback"], {"type": 5 | 6}:
            pass
        case "POST" | "PATCH", ["webhooks", *_], body:
            check_message(body, sent)
        case "POST" | "PATCH", ["channels", *rest], dict() as body:
            _check_room(request.method, rest, body, sent)
        case "POST", ["users", "@me", "channels"], {"recipient_id": _}:
            pass
        case method, _, None if re.fullmatch(WITHOUT_BODY, f"{method} {request.path}"):
            pass
        case _:
            raise AssertionError(request)


def _check_room(method: str, path: list[str], body: Json, sent: Collection[str] | None) -> None:
    match method, path:
        case "POST", [_, "messages"]:
            check_message(body, sent, may_ping=True)
        case "PATCH", [_, "messages", _]:
            check_message(body, sent)
        case "POST", [_, "threads"] | [_, "messages", _, "threads"]:
            check_post(body, sent)
        case "PATCH", [_]:
            check_post({"name": "as it was", **body})
        case _:
            raise AssertionError(method, path, body)


def custom_ids(message: Any) -> list[str]:
    return [part["custom_id"] for row in message.components for part in row["components"]]


def named(message: Any, beginning: str) -> str:
    """Return the custom_id that begins so."""
    return next(name for name in custom_ids(message) if name.startswith(beginning))
