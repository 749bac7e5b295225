"""Discord's limits, checked on every request of the bot."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.discord_double.double import DiscordDouble
    from tests.discord_double.gateway import Json

ROW, BUTTON, SELECT = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
WITHOUT_BODY = (
    r"GET .*|POST /channels/\d+/messages/\d+/crosspost|DELETE /channels/\d+/messages/\d+|"
    r"(PUT|DELETE) /channels/\d+/(messages/)?pins/\d+"
)


def units(text: str) -> int:
    """Return a text's length in UTF-16 units, which Discord counts."""
    return len(text.encode("utf-16-le")) // 2


def check_length(text: Any, maximum: int, minimum: int = 1) -> None:
    assert isinstance(text, str)
    assert minimum <= units(text) <= maximum, (maximum, text)
    assert not minimum or text.strip(), "blank text is refused"


def check_embed(embed: Json, files: Collection[str] = ()) -> int:
    """Check an embed of a message with these files; return its length, which counts towards 6,000 for the message."""
    texts = [(embed, "title", 256), (embed, "description", 4096)]
    texts += [(embed.get("author") or {}, "name", 256), (embed.get("footer") or {}, "text", 2048)]
    for field in embed.get("fields") or []:
        assert {"name", "value"} <= field.keys()
        texts += [(field, "name", 256), (field, "value", 1024)]
    present = [(part[name], maximum) for part, name, maximum in texts if part.get(name) is not None]
    for text, maximum in present:
        check_length(text, maximum)
    assert len(embed.get("fields") or []) <= 25
    image_urls = [(embed.get(name) or {}).get("url") for name in ("image", "thumbnail")]
    # An image, but no link, may be a file of the message, by its name.
    attachment_urls = [f"attachment://{name}" for name in files]
    for url in (embed.get("url"), *(image_url for image_url in image_urls if image_url not in attachment_urls)):
        if url is not None:
            check_length(url, 2048)
            assert re.fullmatch(r"https?://[\x21-\x7e]+", url), url
    return sum(units(text) for text, _ in present)


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
        check_length(name, 100)
    for part in parts:
        if part["type"] == BUTTON:
            assert part.get("label") or part.get("emoji")
            check_length(part.get("label") or "", 80, 0)
        else:
            check_length(part.get("placeholder") or "", 150, 0)
            check_options(part["options"])


def check_options(options: list[Json]) -> None:
    assert 1 <= len(options) <= 25
    assert len({option["value"] for option in options}) == len(options)
    for option in options:
        check_length(option["label"], 100)
        check_length(option["value"], 100)
        if option.get("description") is not None:
            check_length(option["description"], 100)


def check_message(body: Json, sent_files: Collection[str] | None = None, *, may_ping: bool = False) -> None:
    """Check a message against Discord's limits; and that it mentions nobody, or one role if it may.

    ``sent_files`` are the names of the files that came with it, where they are known.
    """
    check_length(body.get("content") or "", 2000, 0)
    embeds = body.get("embeds") or []
    assert len(embeds) <= 10
    files = check_files(body.get("attachments") or [], sent_files)
    assert sum(check_embed(embed, files) for embed in embeds) <= 6000
    check_components(body.get("components") or [])
    mentions = body.get("allowed_mentions")
    assert mentions is not None
    assert not any(mentions.get(kind) for kind in ("parse", "users", "replied_user"))
    roles = mentions.get("roles") or []
    assert len(roles) <= may_ping
    assert all(f"<@&{role}>" in (body.get("content") or "") for role in roles)
    # discord.py makes up numbers; a longer nonce of ours would be refused.
    assert len(str(body.get("nonce") or "")) <= 25


def check_files(attachments: list[Json], sent_files: Collection[str] | None) -> list[str]:
    """Check a message's attachments, against the files that were sent if they are known; return the names."""
    names = [str(attachment["filename"]) for attachment in attachments]
    # Discord changes other names, and an embed that names the file would not find it.
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names)
    # New files are counted from 0, those that the message has already keep their long ids.
    new_names = [name for name, attachment in zip(names, attachments, strict=True) if int(attachment["id"]) < 10]
    assert sent_files is None or new_names == list(sent_files)
    return names


def check_post(body: Json, sent_files: Collection[str] | None = None) -> None:
    """Check a thread or a forum's post, with its first message, against Discord's limits."""
    check_length(body["name"], 100)
    assert len(body.get("applied_tags") or []) <= 5
    if "message" in body:
        check_message(body["message"], sent_files, may_ping=True)


def check_commands(commands: list[Json]) -> None:
    """Check command definitions against Discord's limits."""
    assert len(commands) <= 100
    assert len({command["name"] for command in commands}) == len(commands)
    for command in commands:
        assert sum(units(text) for text in _counted_texts(command)) <= 8000
        _check_command(command, depth=0)


def _check_command(command: Json, depth: int) -> None:
    assert re.fullmatch(r"[-_a-z0-9]{1,32}", command["name"])
    for name in _translations(command, "name"):
        assert re.fullmatch(r"[-_\w]{1,32}", name)
        assert name == name.lower()
    for text in _translations(command, "description"):
        check_length(text, 100)
    options = command.get("options") or []
    kinds = {option["type"] for option in options}
    assert len(options) <= 25
    assert len({option["name"] for option in options}) == len(options)
    if kinds & {SUBCOMMAND, GROUP}:
        # A command with sub-commands or groups has no options of its own; a group has sub-commands only.
        assert kinds <= ({SUBCOMMAND} if depth else {SUBCOMMAND, GROUP})
        assert not any("required" in option for option in options)
        assert depth < 2
        for option in options:
            assert option["type"] != GROUP or option["options"]
            _check_command(option, depth + 1 if option["type"] == GROUP else 2)
        return
    required = [bool(option.get("required")) for option in options]
    assert required == sorted(required, reverse=True), "required options come first"
    for option in options:
        assert not (option.get("choices") and option.get("autocomplete"))
        choices = option.get("choices") or []
        assert len({choice["name"] for choice in choices}) == len(choices)
        check_choices(choices)
        _check_command(option, 2)


def _translations(part: Json, key: str) -> list[str]:
    return [part[key], *(part.get(f"{key}_localizations") or {}).values()]


def _counted_texts(command: Json) -> list[str]:
    """Return the texts that count towards 8,000: of a text in several languages the longest."""
    choices = command.get("choices") or []
    own = [max(_translations(part, "name"), key=units) for part in (command, *choices)]
    inner = [text for option in command.get("options") or [] for text in _counted_texts(option)]
    values = [str(choice["value"]) for choice in choices]
    return [*own, max(_translations(command, "description"), key=units), *values, *inner]


def check_choices(choices: list[Json]) -> None:
    assert len(choices) <= 25
    for choice in choices:
        for name in _translations(choice, "name"):
            check_length(name, 100)
        if isinstance(choice["value"], str):
            check_length(choice["value"], 100)


class SentRequest(Protocol):
    """A request as the Discord double or simcord records it."""

    method: str
    path: str
    json: Any


def check_requests(double: DiscordDouble) -> None:
    """Check every request of the bot to a Discord double."""
    assert double.unknown == []
    for request in double.requests:
        check_request(request, request.files)


def check_request(request: SentRequest, sent_files: Collection[str] | None = None) -> None:
    """Check a request; ``sent_files`` are the names of the files that came with it, where they are known."""
    match request.method, request.path.split("/")[1:], request.json:
        case "PUT", [*_, "commands"], commands:
            check_commands(commands)
        case "POST", ["interactions", _, _, "callback"], {"type": 8, "data": data}:
            check_choices(data["choices"])
        case "POST", ["interactions", _, _, "callback"], {"type": 4 | 7, "data": data}:
            check_message(data, sent_files)
        case "POST", ["interactions", _, _, "callback"], {"type": 5 | 6}:
            pass
        case "POST" | "PATCH", ["webhooks", *_], body:
            check_message(body, sent_files)
        case "POST" | "PATCH", ["channels", *rest], dict() as body:
            _check_channel_request(request.method, rest, body, sent_files)
        case "POST", ["users", "@me", "channels"], {"recipient_id": _}:
            pass
        case method, _, None if re.fullmatch(WITHOUT_BODY, f"{method} {request.path}"):
            pass
        case _:
            raise AssertionError(request)


def _check_channel_request(method: str, path: list[str], body: Json, sent_files: Collection[str] | None) -> None:
    match method, path:
        case "POST", [_, "messages"]:
            check_message(body, sent_files, may_ping=True)
        case "PATCH", [_, "messages", _]:
            check_message(body, sent_files)
        case "POST", [_, "threads"] | [_, "messages", _, "threads"]:
            check_post(body, sent_files)
        case "PATCH", [_]:
            check_post({"name": "as it was", **body})
        case _:
            raise AssertionError(method, path, body)


def custom_ids(message: Any) -> list[str]:
    return [part["custom_id"] for row in message.components for part in row["components"]]


def custom_id_starting(message: Any, beginning: str) -> str:
    """Return the custom_id that begins so."""
    return next(name for name in custom_ids(message) if name.startswith(beginning))
