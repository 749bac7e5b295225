"""A small Discord on loopback, for tests that start the bot as a process of its own.

It has what the bot uses: login, command sync, interactions, webhooks, channels (in `discord_channels`), the gateway,
rate limits, and a clock that tests can set. Any other request gets a 404 and is kept in `unknown`.
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

from tests.discord_double.channels import Channels, Request, route, routes
from tests.discord_double.gateway import (
    APPLICATION,
    CHANNEL,
    EPHEMERAL,
    GATEWAY_PATH,
    LOADING,
    OWNER,
    RESUME_PATH,
    TOKEN,
    ContextFields,
    Gateway,
    InteractionContext,
    Json,
    RefusalError,
    World,
    guild,
    until,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

API = "/api/v10"
SLASH, COMPONENT, AUTOCOMPLETE = 2, 3, 4
WATCH_INTERVAL = 0.01
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE = 4, 5, 6, 7
# Whatever comes without the bot's token: neither checked nor limited by it.
TOKENLESS_PATHS = ("/interactions/", "/webhooks/")


@dataclass(slots=True)
class Fault:
    """An error answer that a test puts in the place of the real one, `times` times."""

    method: str
    path: str
    status: int
    times: int
    body: Any
    headers: dict[str, str]
    before_effect: bool


@dataclass(slots=True)
class Hook:
    """A function that a test calls when a request comes in, or once it has taken effect."""

    method: str
    path: str
    when: Literal["before", "after"]
    call: Callable[[Request], None]
    times: int


class Limits:
    """Discord's rate limits, in real time."""

    def __init__(self) -> None:
        """Count from zero; with `forgives`, requests that piled up while this process was held up may come at once."""
        self._recent: list[float] = []
        self.forgives = False
        self._last_awake = time.monotonic()
        self._delays: list[tuple[float, float]] = []
        self._channel_windows: dict[str, tuple[float, int]] = {}

    def check(
        self, request: Request, global_limit: int | None, channel_limit: tuple[int, float] | None
    ) -> tuple[float | None, dict[str, str]]:
        """Count a request; return the seconds to wait if it is refused, and the headers of its answer.

        `global_limit` is in requests a second; `channel_limit` is a number of messages in a channel, and of seconds.
        """
        if global_limit is not None:
            self._recent = [sent_at for sent_at in self._recent if sent_at > request.time - 1]
            # What came while this process was held up comes all at once.
            if len(self._recent) >= global_limit * (1 + self._delayed_within_last_second(request.time) * self.forgives):
                wait = self._recent[0] + 1 - request.time
                return wait, {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
            self._recent.append(request.time)
        match = re.fullmatch(r"/channels/(\d+)/messages", request.path)
        if channel_limit is None or request.method != "POST" or match is None:
            return None, {}
        limit, seconds = channel_limit
        start, count = self._channel_windows.get(match[1], (request.time, 0))
        if request.time >= start + seconds:
            start, count = request.time, 0
        remaining_seconds = start + seconds - request.time
        is_refused = count >= limit
        self._channel_windows[match[1]] = start, count + (not is_refused)
        headers = {
            "X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(0, limit - count - 1)),
            "X-RateLimit-Reset": f"{time.time() + remaining_seconds:.3f}",
            "X-RateLimit-Reset-After": f"{_ceil_milliseconds(remaining_seconds):.3f}",
            "X-RateLimit-Bucket": "posts-of-a-channel", **({"X-RateLimit-Scope": "user"} if is_refused else {}),
        }  # fmt: skip
        return remaining_seconds if is_refused else None, headers

    async def watch(self) -> None:
        """Record when this process is held up, by its garbage collection or by others on the machine."""
        while True:
            self._last_awake = time.monotonic()
            await asyncio.sleep(WATCH_INTERVAL)
            delay = time.monotonic() - self._last_awake - WATCH_INTERVAL
            if delay > WATCH_INTERVAL:
                self._delays.append((self._last_awake + WATCH_INTERVAL + delay, delay))

    def _delayed_within_last_second(self, now: float) -> float:
        """Return for how much of the last second this process was held up, in seconds."""
        self._delays = [(ended_at, delay) for ended_at, delay in self._delays if ended_at > now - 1]
        return sum(delay for _, delay in self._delays) + max(now - self._last_awake - 2 * WATCH_INTERVAL, 0.0)


def _ceil_milliseconds(seconds: float) -> float:
    # Rounded up, so that whoever comes back then is not refused again.
    return math.ceil(seconds * 1000) / 1000


@dataclass(slots=True, eq=False)
class Answer:
    """The bot's answer to one interaction. It grows: `message` and `followups` are as they stand now."""

    id: str
    token: str
    kind: int
    context: InteractionContext
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
        """Whether only the person who used the command or button sees it."""
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

    async def finished(self, seconds: float = 30.0) -> Self:
        """Wait until a deferred answer has been filled in (or followed up)."""
        deferred = self.type in {DEFERRED, DEFERRED_UPDATE}
        await until(lambda: not deferred or self.edits or self.followups, seconds, "the deferred answer")
        return self


class DiscordDouble(Channels):
    """A Discord for tests: start it with `async with`, pass `environment` to the bot's process, then act as a user."""

    def __init__(
        self, *, guilds: Sequence[Json] | None = None, token: str = TOKEN, shards: int = 1, clock: Path | None = None
    ) -> None:
        """Serve `guilds` (by default one, `GUILD`, with one channel) to a bot with this token.

        With `clock`, a file (or a folder to put it in) that the bot's process reads the time from, time stands still
        until a test moves it; without, it is the real time until it is set.
        """
        world = World([guild()] if guilds is None else guilds)
        super().__init__(world, Gateway(world, token))
        self.shards = shards
        self.session_limit: Json = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
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
        self._interaction_numbers = count(1)
        self._faults: list[Fault] = []
        self._hooks: list[Hook] = []
        self.limits = Limits()
        self._delays: list[tuple[str, float]] = []
        self._runner: web.AppRunner | None = None
        self._watch_task: asyncio.Task[None] | None = None
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
        self._watch_task = asyncio.create_task(self.limits.watch())
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{API}"
        self.gateway.url = f"ws://{host}:{port}{GATEWAY_PATH}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop serving."""
        await self.close()

    async def close(self) -> None:
        """End every connection and the server."""
        if self._watch_task is not None:
            self._watch_task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _end(self, _app: web.Application) -> None:
        # Called when nobody can connect any more, so that a bot that is told to go cannot come straight back.
        self._closing.set()
        await self.gateway.close()

    # For tests: settings, time, faults

    @property
    def token(self) -> str:
        """The one token that is accepted; change it to take the bot's access away."""
        return self.gateway.token

    @token.setter
    def token(self, token: str) -> None:
        self.gateway.token = token

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the bot's process needs."""
        clock = {} if self._clock is None else {"DAYBOOK_CLOCK": str(self._clock)}
        return {"DISCORD_TOKEN": self.token, "DAYBOOK_DISCORD_API": self.url, **clock}

    @property
    def time(self) -> datetime:
        """The double's time, in UTC: of ids, messages, threads and nonces; not of limits, tokens and callbacks."""
        return self.world.time

    def set_time(self, moment: datetime) -> None:
        """Let the double's time stand still at a moment (with its zone), and write it to the clock file."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs its zone")
        self.world.time = moment
        if self._clock is not None:
            new_file = self._clock.with_name(f"{self._clock.name}.new")
            new_file.write_text(self.time.isoformat())
            new_file.replace(self._clock)

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

        A `body` that is a text is sent as HTML, as by a proxy in front of Discord; bytes are sent as JSON, as they are.

        With `before_effect=False` the request takes effect first: the bot gets an error though it did not fail.
        """
        if body is None:
            body = {"message": f"{status}: injected", "code": 0}
            if status == 429:
                body = {"message": "You are being rate limited.", "retry_after": 0.1, "global": False}
        self._faults.append(Fault(method, path, status, times, body, headers or {}, before_effect))

    def on(
        self, method: str, path: str, when: Literal["before", "after"], call: Callable[[Request], None], times: int = 1
    ) -> None:
        """Call a function at the next requests whose whole path matches: once read, or once in effect but unanswered.

        A call "before" may still set a fault for its request. What a fault or a limit keeps from the double has no
        "after".
        """
        self._hooks.append(Hook(method, path, when, call, times))

    def delay(self, path: str, seconds: float) -> None:
        """Let requests whose whole path matches wait before they are served (0 seconds: no longer)."""
        self._delays = [d for d in self._delays if d[0] != path] + [(path, seconds)]

    # For tests: what a user does

    async def slash(
        self, name: str, options: Mapping[str, Any] | None = None, *, seconds: float = 30.0,
        **fields: Unpack[ContextFields],
    ) -> Answer:  # fmt: skip
        """Use a command (`"daily add"`, or nested options) and wait for the bot's answer."""
        context = InteractionContext(**fields)
        data = self.world.command(name, options or {}, context)
        return await self._interact(SLASH, context, data, seconds)

    async def autocomplete(
        self, name: str, options: Mapping[str, Any], *, focused: str | None = None, seconds: float = 30.0,
        **fields: Unpack[ContextFields],
    ) -> Answer:  # fmt: skip
        """Type into an option of a command (by default the last one given) and wait for the bot's suggestions."""
        context = InteractionContext(**fields)
        data = self.world.command(name, options, context)
        typed_options = data["options"]
        while typed_options and "options" in typed_options[-1]:
            typed_options = typed_options[-1]["options"]
        next(o for o in reversed(typed_options) if focused in {None, o["name"]})["focused"] = True
        return await self._interact(AUTOCOMPLETE, context, data, seconds)

    async def press(
        self, message: Json | Answer, custom_id: str, values: Sequence[str] | None = None, *, seconds: float = 30.0,
        **fields: Unpack[ContextFields],
    ) -> Answer:  # fmt: skip
        """Press a button or choose from a menu; on an Answer, as the same user in the same channel unless given."""
        if isinstance(message, Answer):
            context, content = replace(message.context, **fields), message.message or {}
        else:
            fields.setdefault("channel_id", int(message.get("channel_id", CHANNEL)))
            context, content = InteractionContext(**fields), message
        part = next(
            (p for p in _nested_parts(content.get("components") or []) if p.get("custom_id") == custom_id), None
        )
        if part is None or part.get("disabled"):
            raise LookupError(f"nothing on this message can be pressed as {custom_id!r}")
        # A message that the double has not sent, such as one of last year, is stored as it is.
        stored = self.world.messages.get(str(content.get("id"))) or self.world.store(
            str(context.channel_id), content, {}
        )
        data: Json = {"custom_id": custom_id, "component_type": part["type"]}
        if part["type"] != 2:
            option_type = {5: 6, 6: 8, 7: 9, 8: 7}.get(part["type"], 3)
            data |= {"values": list(values or []), "resolved": {}}
            for value in data["values"]:
                self.world.resolve(option_type, value, context, data["resolved"])
            # A menu of texts has none; with an empty one discord.py would take nothing for picked.
            if not data["resolved"]:
                del data["resolved"]
        return await self._interact(COMPONENT, context, data, seconds, stored)

    async def _interact(
        self, kind: int, context: InteractionContext, data: Json, seconds: float, pressed: Json | None = None
    ) -> Answer:  # fmt: skip
        interaction_id = self.world.next_id()
        answer = Answer(interaction_id, f"interaction-{next(self._interaction_numbers)}", kind, context, pressed)
        payload = {
            "id": interaction_id, "application_id": str(APPLICATION), "type": kind, "token": answer.token, "data": data,
            "version": 1, "entitlements": [], "attachment_size_limit": 10 << 20,
            **self.world.interaction_fields(context),
            **({"message": pressed} if pressed else {}),
        }  # fmt: skip
        self._answers[answer.token] = answer
        answer.sent = time.monotonic()
        await self.gateway.dispatch("INTERACTION_CREATE", payload, None if context.dm else context.guild_id)
        await until(lambda: answer.type, seconds, f"the callback to {data.get('custom_id') or data['name']!r}")
        return answer

    # HTTP

    async def _serve(self, web_request: web.Request) -> web.Response:
        path = web_request.path.removeprefix(API)
        request = Request(web_request.method, path, dict(web_request.query), None, {}, time.monotonic())
        self.requests.append(request)
        authorization = web_request.headers.get("Authorization") or ""
        retry_after, headers = self._check_limits(request, authorization)
        body: Any
        readable = await _read(web_request, request)
        if retry_after is None:
            status, body, extra_headers = await self._answer(request, authorization, readable=readable)
            headers |= extra_headers
        else:
            self.rejected.append(request)
            status, is_global = 429, "X-RateLimit-Global" in headers
            body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": is_global}
            headers["Retry-After"] = str(math.ceil(retry_after))
        request.status = status
        headers["Date"] = format_datetime(self.time, usegmt=True)
        if status == 0 and web_request.transport is not None:
            web_request.transport.close()
        if status == 429:
            # discord.py takes a 429 without this header for a ban and gives up.
            headers.setdefault("Via", "1.1 double")
        if body is None:
            # Nor a Content-Type on an empty answer: discord.py would parse it.
            return web.Response(status=status or 500, headers=headers)
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html", headers=headers)
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, content_type="application/json", headers=headers)
        # From bytes, since with a charset in the Content-Type discord.py would take JSON for text.
        content = json.dumps(body).encode()
        return web.Response(status=status or 500, body=content, content_type="application/json", headers=headers)

    def _check_limits(self, request: Request, authorization: str) -> tuple[float | None, dict[str, str]]:
        if not authorization.startswith("Bot ") or request.path.startswith(TOKENLESS_PATHS):
            return None, {}
        retry_after, headers = self.limits.check(request, self.global_limit, self.route_limit)
        return None if retry_after is None else _ceil_milliseconds(retry_after), headers

    async def _answer(self, request: Request, authorization: str, *, readable: bool) -> tuple[int, Any, dict[str, str]]:
        """Return the answer to a request that no limit refuses: status (0: none at all), body and headers."""
        for pattern, seconds in self._delays:
            if re.fullmatch(pattern, request.path):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), seconds)
        self._run_hooks("before", request)
        fault = next(
            (f for f in self._faults if f.times and f.method == request.method and re.fullmatch(f.path, request.path)),
            None,
        )
        if fault is not None:
            fault.times -= 1
        body: Any
        status, body = 400, {"message": "The request body contains invalid JSON.", "code": 50109}
        if readable and (fault is None or not fault.before_effect):
            status, body = self._perform(request, authorization)
            self._run_hooks("after", request)
            await self._dispatch_all()
        if fault is None:
            return status, body, {}
        return fault.status, fault.body, dict(fault.headers)

    def _run_hooks(self, when: str, request: Request) -> None:
        for hook in self._hooks:
            if (
                hook.times
                and (hook.method, hook.when) == (request.method, when)
                and re.fullmatch(hook.path, request.path)
            ):
                hook.times -= 1
                hook.call(request)

    def _perform(self, request: Request, authorization: str) -> tuple[int, Any]:
        needs_no_token = request.path.startswith(TOKENLESS_PATHS) or request.path == "/gateway"
        if not needs_no_token and authorization != f"Bot {self.token}":
            return 401, {"message": "401: Unauthorized", "code": 0}
        for method, pattern, handler in routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                try:
                    body = handler(self, request, **match.groupdict())
                except RefusalError as refusal:
                    return refusal.status, refusal.body
                return 204 if body is None else 200, body
        self.unknown.append(request)
        return 404, {"message": "404: Not Found", "code": 0}

    @route("GET", "/users/@me")
    def _me(self, _request: Request) -> Json:
        return user(APPLICATION, "Daybook", bot=True)

    @route("GET", "/(oauth2/)?applications/@me")
    def _application(self, _request: Request) -> Json:
        return {
            "id": str(APPLICATION), "name": "Daybook", "icon": None, "description": "", "summary": "", "flags": 0,
            "verify_key": "", "bot_public": True, "bot_require_code_grant": False, "owner": user(OWNER),
        }  # fmt: skip

    @route("GET", "/gateway(/bot)?")
    def _gateway(self, _request: Request) -> Json:
        return {"url": self.gateway.url, "shards": self.shards, "session_start_limit": self.session_limit}

    @route("PUT", f"/applications/{APPLICATION}(/guilds/{{guild_id}})?/commands")
    def _put_commands(self, request: Request, guild_id: str | None) -> list[Json]:
        known_ids = {(c["name"], c["type"]): c["id"] for c in self.commands.get(guild_id, [])}
        extra = {"application_id": str(APPLICATION), "version": self.world.next_id()}
        if guild_id:
            extra["guild_id"] = guild_id
        new = [{"type": 1, "description": "", "options": [], **command, **extra} for command in request.json]
        # A command keeps its id for as long as it keeps its name.
        self.commands[guild_id] = [
            {**command, "id": known_ids.get((command["name"], command["type"])) or self.world.next_id()}
            for command in new
        ]
        return self.commands[guild_id]

    @route("GET", f"/applications/{APPLICATION}(/guilds/{{guild_id}})?/commands")
    def _get_commands(self, _request: Request, guild_id: str | None) -> list[Json]:
        return self.commands.get(guild_id, [])

    @route("POST", "/interactions/{interaction_id}/{token}/callback")
    def _callback(self, request: Request, interaction_id: str, token: str) -> Json | None:
        answer = self._answers.get(token)
        if answer is None or answer.id != interaction_id or request.time - answer.sent > self.callback_seconds:
            raise RefusalError(404, "Unknown interaction", 10062)
        if answer.type:
            raise RefusalError(400, "Interaction has already been acknowledged.", 40060)
        kind, data = request.json["type"], request.json.get("data") or {}
        if kind in {MESSAGE, DEFERRED}:
            flags = int(data.get("flags") or 0) | (LOADING if kind == DEFERRED else 0)
            answer.message = self._reply(answer, {**data, "flags": flags}, request)
        elif answer.pressed is not None:
            answer.message = self.world.edit(answer.pressed, data, request.files) if kind == UPDATE else answer.pressed
        answer.data, answer.elapsed, answer.type = data, request.time - answer.sent, kind
        if request.query.get("with_response") not in {"1", "true"}:
            return None
        interaction: Json = {"id": interaction_id, "type": answer.kind}
        resource: Json = {"type": kind}
        if answer.message is not None:
            interaction |= {"response_message_id": answer.message["id"], "response_message_loading": kind == DEFERRED,
                     "response_message_ephemeral": answer.ephemeral}  # fmt: skip
            if kind in {MESSAGE, UPDATE}:
                resource["message"] = answer.message
        return {"interaction": interaction, "resource": resource}

    def _reply(self, answer: Answer, body: Json, request: Request) -> Json:
        fields = self.world.interaction_fields(answer.context)
        metadata = {"id": answer.id, "type": answer.kind, "user": user(answer.context.user_id),
                "authorizing_integration_owners": fields["authorizing_integration_owners"]}  # fmt: skip
        if answer.pressed is not None:
            metadata["interacted_message_id"] = answer.pressed["id"]
        extra = {"interaction_metadata": metadata, "application_id": str(APPLICATION), "webhook_id": str(APPLICATION)}
        is_first = answer.message is None and answer.kind == SLASH
        return self.world.store(fields["channel_id"], body, request.files, type=20 if is_first else 0, **extra)

    def _acknowledged(self, token: str, request: Request) -> Answer:
        answer = self._answers.get(token)
        if answer is None or not answer.type:
            raise RefusalError(404, "Unknown Webhook", 10015)
        if request.time - answer.sent > self.token_seconds:
            raise RefusalError(401, "Invalid Webhook Token", 50027)
        return answer

    @route("POST", f"/webhooks/{APPLICATION}/{{token}}")
    def _follow_up(self, request: Request, token: str) -> Json:
        answer = self._acknowledged(token, request)
        deferred = answer.message
        if deferred is not None and answer.type == DEFERRED and deferred["flags"] & LOADING:
            # As Discord does: the first follow-up fills the deferred answer and takes on its visibility.
            deferred["flags"] &= ~LOADING
            message = self.world.edit(deferred, request.json, request.files)
        else:
            message = self._reply(answer, request.json, request)
        answer.followups.append(message)
        return message

    def _own_message(self, request: Request, token: str, message_id: str) -> tuple[Answer, Json]:
        answer = self._acknowledged(token, request)
        message = answer.message if message_id == "@original" else self.world.messages.get(message_id)
        if message is None or message["id"] not in self.world.messages:
            raise RefusalError(404, "Unknown Message", 10008)
        return answer, message

    @route("GET", f"/webhooks/{APPLICATION}/{{token}}/messages/{{message_id}}")
    def _get_own_message(self, request: Request, token: str, message_id: str) -> Json:
        return self._own_message(request, token, message_id)[1]

    @route("PATCH", f"/webhooks/{APPLICATION}/{{token}}/messages/{{message_id}}")
    def _edit_own_message(self, request: Request, token: str, message_id: str) -> Json:
        answer, message = self._own_message(request, token, message_id)
        message["flags"] &= ~LOADING
        self.world.edit(message, request.json, request.files)
        if message is answer.message:
            answer.edits.append(request.json)
        return message

    @route("DELETE", f"/webhooks/{APPLICATION}/{{token}}/messages/{{message_id}}")
    def _delete_own_message(self, request: Request, token: str, message_id: str) -> None:
        del self.world.messages[self._own_message(request, token, message_id)[1]["id"]]


def _nested_parts(parts: Sequence[Json]) -> list[Json]:
    """Return components and all that is nested in them (rows, sections, containers)."""
    return [
        nested
        for part in parts
        for nested in (part, *_nested_parts(part.get("components") or []), *_nested_parts(_accessory(part)))
    ]


def _accessory(part: Json) -> list[Json]:
    return [part["accessory"]] if part.get("accessory") else []


async def _read(web_request: web.Request, request: Request) -> bool:
    """Read a body into `request`: plain JSON, or files with their `payload_json`; return whether that could be done."""
    text: Any = None
    if web_request.content_type.startswith("multipart/"):
        form = await web_request.post()
        request.files = {f.filename: f.file.read() for f in form.values() if isinstance(f, web.FileField)}
        text = form.get("payload_json")
    elif web_request.can_read_body:
        text = await web_request.text()
    try:
        request.json = json.loads(text) if text else None
    except ValueError:
        return False
    return True
