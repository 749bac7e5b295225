"""A small Discord on loopback, for tests that start the bot as a process of its own.

It holds what the bot meets: login, command sync, interactions, webhooks, channels (in `discord_rooms`), the
gateway, rate limits, and a clock that tests can set. Whatever else is asked for gets a 404 and is noted in `unknown`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

from aiohttp import web
from discord_gateway import (
    APPLICATION,
    CHANNEL,
    EPHEMERAL,
    GATEWAY_PATH,
    LOADING,
    OWNER,
    RESUME_PATH,
    TOKEN,
    Gateway,
    Json,
    Place,
    RefusalError,
    Where,
    World,
    guild,
    until,
    user,
)
from discord_rooms import Request, Rooms, route, routes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

API = "/api/v10"
SLASH, COMPONENT, AUTOCOMPLETE = 2, 3, 4
TICK = 0.01
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE = 4, 5, 6, 7
# Whatever comes without the bot's token: neither checked nor limited by it.
WITHOUT_TOKEN = ("/interactions/", "/webhooks/")


@dataclass(slots=True)
class Fault:
    """An answer that stands in for the true one, `times` times."""

    method: str
    path: str
    status: int
    times: int
    body: Any
    headers: dict[str, str]
    before_effect: bool


@dataclass(slots=True)
class Hook:
    """What a test does at the moment of a request."""

    method: str
    path: str
    when: Literal["before", "after"]
    call: Callable[[Request], None]
    times: int


class Limits:
    """Discord's rate limits, in real time."""

    def __init__(self) -> None:
        """Begin with nothing counted; `forgives` takes it into account when this process was held up."""
        self._recent: list[float] = []
        self.forgives = False
        self._awake = time.monotonic()
        self._held: list[tuple[float, float]] = []
        self._windows: dict[str, tuple[float, int]] = {}

    def check(
        self, call: Request, of_all: int | None, of_posts: tuple[int, float] | None
    ) -> tuple[float | None, dict[str, str]]:
        """Count a request; return the seconds to wait if it is refused, and the headers of its answer.

        `of_all` are requests a second, `of_posts` messages in a channel and the seconds it takes to forget them.
        """
        if of_all is not None:
            self._recent = [then for then in self._recent if then > call.time - 1]
            # What came while this process was held up comes all at once.
            if len(self._recent) >= of_all * (1 + self._held_up(call.time) * self.forgives):
                wait = self._recent[0] + 1 - call.time
                return wait, {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            self._recent.append(call.time)
        posted = re.fullmatch(r"/channels/(\d+)/messages", call.path)
        if of_posts is None or call.method != "POST" or posted is None:
            return None, {}
        most, seconds = of_posts
        begun, used = self._windows.get(posted[1], (call.time, 0))
        if call.time >= begun + seconds:
            begun, used = call.time, 0
        left = begun + seconds - call.time
        refused = used >= most
        self._windows[posted[1]] = begun, used + (not refused)
        headers = {
            "X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(max(0, most - used - 1)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}", "X-RateLimit-Reset-After": f"{_ceil(left):.3f}",
            "X-RateLimit-Bucket": "posts-of-a-channel", **({"X-RateLimit-Scope": "user"} if refused else {}),
        }  # fmt: skip
        return left if refused else None, headers

    async def watch(self) -> None:
        """Note when this process is held up, by its garbage or by others on the machine."""
        while True:
            self._awake = time.monotonic()
            await asyncio.sleep(TICK)
            late = time.monotonic() - self._awake - TICK
            if late > TICK:
                self._held.append((self._awake + TICK + late, late))

    def _held_up(self, now: float) -> float:
        """Return for how many seconds of the last one this process was held up."""
        self._held = [(then, late) for then, late in self._held if then > now - 1]
        return sum(late for _, late in self._held) + max(now - self._awake - 2 * TICK, 0.0)


def _ceil(seconds: float) -> float:
    # Rounded up, so that whoever comes back then is not refused again.
    return math.ceil(seconds * 1000) / 1000


@dataclass(slots=True, eq=False)
class Answer:
    """What the bot made of one interaction. It grows: `message` and `followups` are as they stand now."""

    id: str
    token: str
    kind: int
    place: Place
    pressed: Json | None = None
    sent: float = field(default_factory=time.monotonic)
    type: int = 0
    data: Json = field(default_factory=dict)
    elapsed: float = 0.0
    message: Json | None = None
    edits: list[Json] = field(default_factory=list)
    followups: list[Json] = field(default_factory=list)

    @property
    def flags(self) -> int:
        """The flags the bot answered with."""
        return int(self.data.get("flags") or 0)

    @property
    def ephemeral(self) -> bool:
        """Whether only the person who asked sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def content(self) -> str:
        """The text people see now."""
        return str((self.message or {}).get("content") or "")

    @property
    def embeds(self) -> list[Json]:
        """The embeds people see now."""
        return list((self.message or {}).get("embeds") or [])

    @property
    def components(self) -> list[Json]:
        """The component rows people see now."""
        return list((self.message or {}).get("components") or [])

    @property
    def choices(self) -> list[Json]:
        """What an autocomplete offered."""
        return list(self.data.get("choices") or [])

    async def finished(self, seconds: float = 10.0) -> Self:
        """Wait until a deferred answer has been filled in (or followed up)."""
        deferred = self.type in {DEFERRED, DEFERRED_UPDATE}
        await until(lambda: not deferred or self.edits or self.followups, seconds, "the deferred answer")
        return self


class DiscordDouble(Rooms):
    """The double: start it with `async with`, hand `environment` to the bot's process, then act as a reader."""

    def __init__(
        self, *, guilds: Sequence[Json] | None = None, token: str = TOKEN, shards: int = 1, clock: Path | None = None
    ) -> None:
        """Hold `guilds` (by default one, `GUILD`, with one channel) and admit one token.

        With `clock`, a file (or a folder to put it in) that the bot's process reads the time from, time stands still
        until it is moved; without, it is the real time until it is set.
        """
        world = World([guild()] if guilds is None else guilds)
        super().__init__(world, Gateway(world, token))
        self.shards = shards
        self.commands = self.world.commands
        self.posted = self.world.posted
        self.wait_ready = self.gateway.wait_ready
        self.drop_gateway = self.gateway.drop
        self.invalidate = self.gateway.invalidate
        self.dispatch = self.gateway.dispatch
        self.requests: list[Request] = []
        self.unknown: list[Request] = []
        self.rejected: list[Request] = []
        self.global_limit: int | None = None
        self.route_limit: tuple[int, float] | None = None
        self.callback_seconds = 3.0
        self.token_seconds = 900.0
        self.url = ""
        self._answers: dict[str, Answer] = {}
        self._interactions = count(1)
        self._faults: list[Fault] = []
        self._hooks: list[Hook] = []
        self.limits = Limits()
        self._delays: list[tuple[str, float]] = []
        self._runner: web.AppRunner | None = None
        self._watching: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._clock = clock / "clock" if clock is not None and clock.is_dir() else clock
        if clock is not None:
            self.set_time(self.time)

    async def __aenter__(self) -> Self:
        """Start serving, at 127.0.0.1 and a free port."""
        app = web.Application(client_max_size=32 << 20)
        app.router.add_get(GATEWAY_PATH, self.gateway.handle)
        app.router.add_get(RESUME_PATH, self.gateway.handle)
        app.router.add_route("*", "/{path:.*}", self._serve)
        app.on_shutdown.append(self._end)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._watching = asyncio.create_task(self.limits.watch())
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{API}"
        self.gateway.url = f"ws://{host}:{port}{GATEWAY_PATH}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop serving."""
        await self.close()

    async def close(self) -> None:
        """End every connection and the server."""
        if self._watching is not None:
            self._watching.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _end(self, _app: web.Application) -> None:
        # Called when nobody can connect any more, so that a bot that is told to go cannot come straight back.
        self._closing.set()
        await self.gateway.close()

    # What a test sets and reads

    @property
    def token(self) -> str:
        """The one token that opens; change it to take the bot's access away."""
        return self.gateway.token

    @token.setter
    def token(self, token: str) -> None:
        self.gateway.token = token

    @property
    def environment(self) -> dict[str, str]:
        """What the bot's process has to find in its environment."""
        clock = {} if self._clock is None else {"DAYBOOK_CLOCK": str(self._clock)}
        return {"DISCORD_TOKEN": self.token, "DAYBOOK_DISCORD_API": self.url, **clock}

    @property
    def time(self) -> datetime:
        """The double's time, in UTC: of ids, messages, threads and nonces; not of limits, tokens and callbacks."""
        return self.world.time

    def set_time(self, moment: datetime) -> None:
        """Let the double's time stand still at a moment (with its zone), and tell the clock's file."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs its zone")
        self.world.time = moment
        if self._clock is not None:
            new = self._clock.with_name(f"{self._clock.name}.new")
            new.write_text(self.time.isoformat())
            new.replace(self._clock)

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Move the double's time; then it stands still there."""
        self.set_time(self.time + timedelta(seconds=seconds, minutes=minutes, hours=hours))

    def calls(self, method: str, path: str) -> list[Request]:
        """Return the requests so far whose path matches a regular expression (in full; without `/api/v10`)."""
        return [r for r in self.requests if r.method == method and re.fullmatch(path, r.path)]

    def fail_next(
        self, method: str, path: str, status: int, *, times: int = 1, body: Any = None,
        headers: dict[str, str] | None = None, before_effect: bool = True,
    ) -> None:  # fmt: skip
        """Answer the next requests whose whole path matches with an error; status 0 cuts the connection instead.

        With `before_effect=False` the request does its work first: the bot hears of a failure that was none.
        """
        if body is None:
            body = {"message": f"{status}: injected", "code": 0}
            if status == 429:
                body = {"message": "You are being rate limited.", "retry_after": 0.1, "global": False}
        self._faults.append(Fault(method, path, status, times, body, headers or {}, before_effect))

    def on(
        self, method: str, path: str, when: Literal["before", "after"], call: Callable[[Request], None], times: int = 1
    ) -> None:
        """Call at the next requests whose whole path matches: once read, or once in effect but unanswered.

        A call "before" may still set a fault for its request. What a fault or a limit keeps from the double has no
        "after".
        """
        self._hooks.append(Hook(method, path, when, call, times))

    def delay(self, path: str, seconds: float) -> None:
        """Let requests whose whole path matches wait before they are served (0 seconds: no longer)."""
        self._delays = [d for d in self._delays if d[0] != path] + [(path, seconds)]

    # What a reader does

    async def slash(
        self, name: str, options: Mapping[str, Any] | None = None, *, seconds: float = 10.0, **where: Unpack[Where]
    ) -> Answer:  # fmt: skip
        """Use a command (`"daily add"`, or nested options) and wait for the bot's callback."""
        place = Place(**where)
        data = self.world.command(name, options or {}, place)
        return await self._interact(SLASH, place, data, seconds)

    async def autocomplete(
        self, name: str, options: Mapping[str, Any], *, focused: str | None = None, seconds: float = 10.0,
        **where: Unpack[Where],
    ) -> Answer:  # fmt: skip
        """Type into a command's option (the last one given, if not told) and wait for what the bot offers."""
        place = Place(**where)
        data = self.world.command(name, options, place)
        given = data["options"]
        while given and "options" in given[-1]:
            given = given[-1]["options"]
        next(o for o in reversed(given) if focused in {None, o["name"]})["focused"] = True
        return await self._interact(AUTOCOMPLETE, place, data, seconds)

    async def press(
        self, message: Json | Answer, custom_id: str, values: Sequence[str] | None = None, *, seconds: float = 10.0,
        **where: Unpack[Where],
    ) -> Answer:  # fmt: skip
        """Press a button or choose from a menu; on an Answer, by the same person in the same place unless told."""
        if isinstance(message, Answer):
            place, shown = replace(message.place, **where), message.message or {}
        else:
            where.setdefault("channel_id", int(message.get("channel_id", CHANNEL)))
            place, shown = Place(**where), message
        part = next((p for p in _walk(shown.get("components") or []) if p.get("custom_id") == custom_id), None)
        if part is None or part.get("disabled"):
            raise LookupError(f"nothing on this message can be pressed as {custom_id!r}")
        # A message that the double never saw, such as one of last year, is taken in as it is.
        stored = self.world.messages.get(str(shown.get("id"))) or self.world.store(str(place.channel_id), shown, {})
        data: Json = {"custom_id": custom_id, "component_type": part["type"]}
        if part["type"] != 2:
            kind = {5: 6, 6: 8, 7: 9, 8: 7}.get(part["type"], 3)
            data |= {"values": list(values or []), "resolved": {}}
            for value in data["values"]:
                self.world.resolve(kind, value, place, data["resolved"])
            # A menu of texts has none; with an empty one discord.py would take nothing for picked.
            if not data["resolved"]:
                del data["resolved"]
        return await self._interact(COMPONENT, place, data, seconds, stored)

    async def _interact(
        self, kind: int, place: Place, data: Json, seconds: float, pressed: Json | None = None
    ) -> Answer:  # fmt: skip
        number = self.world.next_id()
        answer = Answer(number, f"interaction-{next(self._interactions)}", kind, place, pressed)
        payload = {
            "id": number, "application_id": str(APPLICATION), "type": kind, "token": answer.token, "data": data,
            "version": 1, "entitlements": [], "attachment_size_limit": 10 << 20, **self.world.scene(place),
            **({"message": pressed} if pressed else {}),
        }  # fmt: skip
        self._answers[answer.token] = answer
        answer.sent = time.monotonic()
        await self.gateway.dispatch("INTERACTION_CREATE", payload, None if place.dm else place.guild_id)
        await until(lambda: answer.type, seconds, f"the callback to {data.get('custom_id') or data['name']!r}")
        return answer

    # HTTP

    async def _serve(self, request: web.Request) -> web.Response:
        call = Request(request.method, request.path.removeprefix(API), dict(request.query), None, {}, time.monotonic())
        self.requests.append(call)
        authorization = request.headers.get("Authorization") or ""
        wait, headers = self._count(call, authorization)
        body: Any
        readable = await _read(request, call)
        if wait is None:
            status, body, more = await self._answer(call, authorization, readable=readable)
            headers |= more
        else:
            self.rejected.append(call)
            status, is_global = 429, "X-RateLimit-Global" in headers
            body = {"message": "You are being rate limited.", "retry_after": wait, "global": is_global}
            headers["Retry-After"] = str(math.ceil(wait))
        call.status = status
        headers["Date"] = format_datetime(self.time, usegmt=True)
        if status == 0 and request.transport is not None:
            request.transport.close()
        if status == 429:
            # discord.py takes a 429 without this header for a ban and gives up.
            headers.setdefault("Via", "1.1 double")
        if body is None:
            # Nor a Content-Type on an empty answer: discord.py would parse it.
            return web.Response(status=status or 500, headers=headers)
        # From bytes, since with a charset in the Content-Type discord.py would take JSON for text.
        content = json.dumps(body).encode()
        return web.Response(status=status or 500, body=content, content_type="application/json", headers=headers)

    def _count(self, call: Request, authorization: str) -> tuple[float | None, dict[str, str]]:
        if not authorization.startswith("Bot ") or call.path.startswith(WITHOUT_TOKEN):
            return None, {}
        wait, headers = self.limits.check(call, self.global_limit, self.route_limit)
        return None if wait is None else _ceil(wait), headers

    async def _answer(self, call: Request, authorization: str, *, readable: bool) -> tuple[int, Any, dict[str, str]]:
        """Return the answer to a request that no limit refuses: status (0: none at all), body and headers."""
        for pattern, seconds in self._delays:
            if re.fullmatch(pattern, call.path):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), seconds)
        self._hook("before", call)
        fault = next(
            (f for f in self._faults if f.times and f.method == call.method and re.fullmatch(f.path, call.path)), None
        )
        if fault is not None:
            fault.times -= 1
        body: Any
        status, body = 400, {"message": "The request body contains invalid JSON.", "code": 50109}
        if readable and (fault is None or not fault.before_effect):
            status, body = self._perform(call, authorization)
            self._hook("after", call)
            await self._tell_all()
        if fault is None:
            return status, body, {}
        return fault.status, fault.body, dict(fault.headers)

    def _hook(self, when: str, call: Request) -> None:
        for hook in self._hooks:
            if hook.times and (hook.method, hook.when) == (call.method, when) and re.fullmatch(hook.path, call.path):
                hook.times -= 1
                hook.call(call)

    def _perform(self, call: Request, authorization: str) -> tuple[int, Any]:
        open_to_all = call.path.startswith(WITHOUT_TOKEN) or call.path == "/gateway"
        if not open_to_all and authorization != f"Bot {self.token}":
            return 401, {"message": "401: Unauthorized", "code": 0}
        for method, pattern, handler in routes:
            if method == call.method and (found := pattern.fullmatch(call.path)):
                try:
                    body = handler(self, call, **found.groupdict())
                except RefusalError as refusal:
                    return refusal.status, refusal.body
                return 204 if body is None else 200, body
        self.unknown.append(call)
        return 404, {"message": "404: Not Found", "code": 0}

    @route("GET", "/users/@me")
    def _me(self, _call: Request) -> Json:
        return user(APPLICATION, "Daybook", bot=True)

    @route("GET", "/(oauth2/)?applications/@me")
    def _application(self, _call: Request) -> Json:
        return {
            "id": str(APPLICATION), "name": "Daybook", "icon": None, "description": "", "summary": "", "flags": 0,
            "verify_key": "", "bot_public": True, "bot_require_code_grant": False, "owner": user(OWNER),
        }  # fmt: skip

    @route("GET", "/gateway(/bot)?")
    def _gateway(self, _call: Request) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway.url, "shards": self.shards, "session_start_limit": limit}

    @route("PUT", f"/applications/{APPLICATION}(/guilds/{{guild}})?/commands")
    def _put_commands(self, call: Request, guild: str | None) -> list[Json]:
        kept = {(c["name"], c["type"]): c["id"] for c in self.commands.get(guild, [])}
        more = {"application_id": str(APPLICATION), "version": self.world.next_id()}
        if guild:
            more["guild_id"] = guild
        new = [{"type": 1, "description": "", "options": [], **command, **more} for command in call.json]
        # A command keeps its id for as long as it keeps its name.
        self.commands[guild] = [{**c, "id": kept.get((c["name"], c["type"])) or self.world.next_id()} for c in new]
        return self.commands[guild]

    @route("GET", f"/applications/{APPLICATION}(/guilds/{{guild}})?/commands")
    def _get_commands(self, _call: Request, guild: str | None) -> list[Json]:
        return self.commands.get(guild, [])

    @route("POST", "/interactions/{number}/{token}/callback")
    def _callback(self, call: Request, number: str, token: str) -> Json | None:
        answer = self._answers.get(token)
        if answer is None or answer.id != number or call.time - answer.sent > self.callback_seconds:
            raise RefusalError(404, "Unknown interaction", 10062)
        if answer.type:
            raise RefusalError(400, "Interaction has already been acknowledged.", 40060)
        kind, data = call.json["type"], call.json.get("data") or {}
        if kind in {MESSAGE, DEFERRED}:
            flags = int(data.get("flags") or 0) | (LOADING if kind == DEFERRED else 0)
            answer.message = self._reply(answer, {**data, "flags": flags}, call)
        elif answer.pressed is not None:
            answer.message = self.world.edit(answer.pressed, data, call.files) if kind == UPDATE else answer.pressed
        answer.data, answer.elapsed, answer.type = data, call.time - answer.sent, kind
        if call.query.get("with_response") not in {"1", "true"}:
            return None
        told: Json = {"id": number, "type": answer.kind}
        resource: Json = {"type": kind}
        if answer.message is not None:
            told |= {"response_message_id": answer.message["id"], "response_message_loading": kind == DEFERRED,
                     "response_message_ephemeral": answer.ephemeral}  # fmt: skip
            if kind in {MESSAGE, UPDATE}:
                resource["message"] = answer.message
        return {"interaction": told, "resource": resource}

    def _reply(self, answer: Answer, body: Json, call: Request) -> Json:
        scene = self.world.scene(answer.place)
        told = {"id": answer.id, "type": answer.kind, "user": user(answer.place.user_id),
                "authorizing_integration_owners": scene["authorizing_integration_owners"]}  # fmt: skip
        if answer.pressed is not None:
            told["interacted_message_id"] = answer.pressed["id"]
        more = {"interaction_metadata": told, "application_id": str(APPLICATION), "webhook_id": str(APPLICATION)}
        first = answer.message is None and answer.kind == SLASH
        return self.world.store(scene["channel_id"], body, call.files, type=20 if first else 0, **more)

    def _acknowledged(self, token: str, call: Request) -> Answer:
        answer = self._answers.get(token)
        if answer is None or not answer.type:
            raise RefusalError(404, "Unknown Webhook", 10015)
        if call.time - answer.sent > self.token_seconds:
            raise RefusalError(401, "Invalid Webhook Token", 50027)
        return answer

    @route("POST", f"/webhooks/{APPLICATION}/{{token}}")
    def _follow_up(self, call: Request, token: str) -> Json:
        answer = self._acknowledged(token, call)
        waiting = answer.message
        if waiting is not None and answer.type == DEFERRED and waiting["flags"] & LOADING:
            # As Discord does: the first follow-up fills the deferred answer and takes on its visibility.
            waiting["flags"] &= ~LOADING
            message = self.world.edit(waiting, call.json, call.files)
        else:
            message = self._reply(answer, call.json, call)
        answer.followups.append(message)
        return message

    def _written(self, call: Request, token: str, message: str) -> tuple[Answer, Json]:
        answer = self._acknowledged(token, call)
        found = answer.message if message == "@original" else self.world.messages.get(message)
        if found is None or found["id"] not in self.world.messages:
            raise RefusalError(404, "Unknown Message", 10008)
        return answer, found

    @route("GET", f"/webhooks/{APPLICATION}/{{token}}/messages/{{message}}")
    def _get_written(self, call: Request, token: str, message: str) -> Json:
        return self._written(call, token, message)[1]

    @route("PATCH", f"/webhooks/{APPLICATION}/{{token}}/messages/{{message}}")
    def _edit_written(self, call: Request, token: str, message: str) -> Json:
        answer, found = self._written(call, token, message)
        found["flags"] &= ~LOADING
        self.world.edit(found, call.json, call.files)
        if found is answer.message:
            answer.edits.append(call.json)
        return found

    @route("DELETE", f"/webhooks/{APPLICATION}/{{token}}/messages/{{message}}")
    def _delete_written(self, call: Request, token: str, message: str) -> None:
        del self.world.messages[self._written(call, token, message)[1]["id"]]


def _walk(parts: Sequence[Json]) -> list[Json]:
    """Return components and all that is nested in them (rows, sections, containers)."""
    return [p for part in parts for p in (part, *_walk(part.get("components") or []), *_walk(_accessory(part)))]


def _accessory(part: Json) -> list[Json]:
    return [part["accessory"]] if part.get("accessory") else []


async def _read(request: web.Request, call: Request) -> bool:
    """Take in a body: plain JSON, or files with their `payload_json`; tell whether it could be read."""
    text: Any = None
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        call.files = {f.filename: f.file.read() for f in form.values() if isinstance(f, web.FileField)}
        text = form.get("payload_json")
    elif request.can_read_body:
        text = await request.text()
    try:
        call.json = json.loads(text) if text else None
    except ValueError:
        return False
    return True
