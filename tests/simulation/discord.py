"""The simulated Discord: what the double knows of channels and messages, in virtual time, with all that goes wrong."""

from __future__ import annotations

import json
import math
import re
from collections import deque
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, cast

import tests.discord_double.channels as double
from tests.discord_double.channels import Channels
from tests.discord_double.gateway import APPLICATION, RefusalError, World, user

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.discord_double.gateway import Json
    from tests.simulation.loop import VirtualLoop
    from tests.simulation.network import Call, Transport

FIRST_GUILD = 1_100_000_000_000_000_000
STEP = 1000
GLOBAL_LIMIT = 50
# Messages in one channel, and within how many seconds.
CHANNEL_LIMIT, CHANNEL_SECONDS = 5, 5.0
# How long a nonce is remembered: Discord says “a few minutes”.
NONCE_SECONDS = 180.0
_TOKEN = re.compile(r"more:([0-9a-z]{12}):")
_HTML = b"<html><body>error 1015</body></html>"
_ME = {**user(APPLICATION, "Daybook", bot=True), "verified": True, "mfa_enabled": False, "flags": 0}


class Places(World):
    """The double's state, with quick ways to a guild and to a channel's messages, and the world's time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__([])
        self._now = now
        self.by_id: dict[str, Json] = {}
        self.threads: dict[str, Json] = {}
        self.of_channel: dict[str, dict[str, Json]] = {}
        self._own = user(APPLICATION, "Daybook", bot=True)

    @property
    def time(self) -> datetime:
        return self._now()

    @time.setter
    def time(self, moment: datetime) -> None:
        raise AssertionError("the world has one time")

    def guild(self, guild_id: int | str) -> Json:
        return self.by_id.get(str(guild_id), {})

    def channel(self, channel_id: int | str) -> Json | None:
        name = str(channel_id)
        number = int(name) - FIRST_GUILD
        if 0 <= number < 10_000_000:
            guild = self.by_id.get(str(FIRST_GUILD + number // STEP * STEP), {})
            for channel in (*guild.get("channels", ()), *guild.get("threads", ())):
                if channel["id"] == name:
                    return cast("Json", channel)
            return None
        found = self.threads.get(name)
        if found is not None and found in self.guild(found["guild_id"]).get("threads", ()):
            return found
        return next((dm for dm in self.dms.values() if dm["id"] == name), None)

    def history(self, channel_id: str) -> list[Json]:
        messages = self.of_channel.get(channel_id, {})
        return [messages[name] for name in sorted(messages, key=int) if name in self.messages]

    def store(self, channel_id: str, body: Json, files: Any, **more: Any) -> Json:
        message = super().store(channel_id, body, files, **more)
        self.of_channel.setdefault(channel_id, {})[message["id"]] = message
        return message


@dataclass(slots=True)
class Trouble:
    """What happens to requests of some kind for a time."""

    kind: str
    start: float
    end: float
    # The kinds of requests: post, follow, search, any.
    at: str = "any"
    # The server, or all.
    guild: int | None = None
    times: int = 1_000_000
    seconds: float = 0.0


@dataclass(slots=True)
class Life:
    """What Discord counts of one life of the bot."""

    recent: deque[float] = field(default_factory=lambda: deque(maxlen=GLOBAL_LIMIT))


class SimulatedDiscord(Channels):
    """Takes requests, answers them or does not, and tells the bot of what it has to hear by events."""

    def __init__(self, loop: VirtualLoop, rng: Random, now: Callable[[], datetime]) -> None:
        self.places = Places(now)
        super().__init__(self.places, None)  # type: ignore[arg-type]
        self.loop = loop
        self.rng = rng
        self.latency = True
        self.date_skew = timedelta()
        self.troubles: list[Trouble] = []
        self.on_message: Callable[[Json, Call], None] = lambda _message, _call: None
        self.on_violation: Callable[[str], None] = lambda _text: None
        self.on_log: Callable[[str], None] = lambda _text: None
        self.on_request: Callable[[Call], None] = lambda _call: None
        # Gives an event to the bot that lives, if one does.
        self.tell: Callable[[str, Json], None] = lambda _event, _data: None
        self.event_delay: Callable[[], float] = lambda: 0.05
        self.requests = 0
        self.posted = 0
        self.nonce_seconds = NONCE_SECONDS
        # Called for each request that goes wrong, with its server.
        self.on_trouble: Callable[[int | None], None] = lambda _guild: None
        self._lives: dict[int, Life] = {}
        self._windows: dict[tuple[int, str], tuple[float, int]] = {}
        self._disturbed: dict[str, float] = {}
        self._context = Context()
        self._spread: deque[float] = deque(maxlen=10)

    # The network

    def connecting(self, life: int) -> float:
        if self._is_unreachable:
            raise ConnectionRefusedError(111, "Connection refused")
        return self.rng.uniform(0.0, 0.002) if self.latency else 0.0

    def arrive(self, call: Call, transport: Transport) -> None:
        call.time = self.loop.time()
        self.requests += 1
        self.on_request(call)
        # By when it was sent: on its way, what is late comes in another order.
        recent = self._lives.setdefault(call.life, Life()).recent
        if len(recent) == GLOBAL_LIMIT and call.time - recent[0] < 1.0 - 1e-9:
            self.on_violation(f"more than {GLOBAL_LIMIT} requests within a second")
        recent.append(call.time)
        if self.loop.is_dead(call.life):
            # The request that was on its way when the process ended arrives all the same.
            self._take(call, transport, None)
            return
        trouble = self._trouble_of(call)
        wait = self.rng.uniform(0.02, 0.25) if self.latency else 0.05
        if trouble is not None and trouble.kind == "delay":
            wait += trouble.seconds
        self.loop.call_later(wait, self._take, call, transport, trouble, context=self._context)

    def _active(self) -> list[Trouble]:
        now = self.loop.time()
        if self.troubles:
            self.troubles = [t for t in self.troubles if t.end > now and t.times > 0]
        return [trouble for trouble in self.troubles if trouble.start <= now]

    @property
    def _is_unreachable(self) -> bool:
        return any(trouble.kind == "unreachable" for trouble in self._active())

    def _trouble_of(self, call: Call) -> Trouble | None:
        for trouble in self._active():
            if trouble.at in {"any", kind_of(call)} and trouble.guild in {None, self._guild_of(call)}:
                trouble.times -= 1
                self._disturbed[_bucket(call)] = self.loop.time()
                self.on_trouble(self._guild_of(call))
                return trouble
        return None

    def _guild_of(self, call: Call) -> int | None:
        match = re.match(r"/(channels|guilds)/(\d+)", call.path)
        if match is None:
            return None
        number = int(match[2]) - FIRST_GUILD
        if 0 <= number < 10_000_000:
            return number // STEP
        thread = self.places.threads.get(match[2])
        return (int(thread["guild_id"]) - FIRST_GUILD) // STEP if thread else None

    def _take(self, call: Call, transport: Transport, trouble: Trouble | None) -> None:
        kind = trouble.kind if trouble else ""
        if trouble and kind != "delay":
            self.on_log(f"discord: {call.method} {call.path} gets {kind}")
        if kind in {"cut-before", "lost-before"}:
            if kind == "cut-before":
                self._later(transport, transport.cut)
            return
        headers, refused = self._limits(call)
        if refused is not None:
            status, body = 429, refused
            headers["Via"] = "1.1 simulated"
        elif (given := self._given(kind, headers)) is not None:
            self._answer(transport, *given, headers)
            return
        else:
            status, body = self._perform(call)
            if kind == "duplicate" and not call.path.endswith("/threads"):
                # In a forum, where there is no nonce, nobody could prevent a second post.
                self.loop.call_later(1.0, self._perform, call, context=self._context)
        if kind == "cut-after":
            self._later(transport, transport.cut)
        elif kind == "lost-after":
            pass
        elif kind == "error-after":
            self._answer(transport, 500, b'{"message": "500: Internal Server Error", "code": 0}', headers)
        elif kind == "html-after":
            headers["Content-Type"] = "text/html"
            self._answer(transport, 502, _HTML, headers)
        elif kind == "garbage":
            self._answer(transport, status, b'{"id": "12', headers)
        elif kind == "truncated" and status != 204:
            content = json.dumps(body).encode()
            self._answer(transport, status, content, headers, missing=len(content) // 2)
        else:
            self._answer(transport, status, b"" if body is None else json.dumps(body).encode(), headers)

    def _given(self, kind: str, headers: dict[str, str]) -> tuple[int, bytes] | None:
        """Return an answer that stands in the place of the real one, which has no effect."""
        if kind == "429-route":
            headers["Via"] = "1.1 simulated"
            return 429, b'{"message": "You are being rate limited.", "retry_after": 3.5, "global": false}'
        if kind == "429-long":
            headers["Via"] = "1.1 simulated"
            return 429, b'{"message": "You are being rate limited.", "retry_after": 300.0, "global": false}'
        if kind == "429-global":
            headers["Via"] = "1.1 simulated"
            return 429, b'{"message": "You are being rate limited.", "retry_after": 2.5, "global": true}'
        if kind in {"429-html", "403-html", "502-html"}:
            headers["Content-Type"] = "text/html"
            return int(kind[:3]), _HTML
        if kind.isdigit():
            code, text = {
                "401": (0, "401: Unauthorized"),
                "403": (50013, "Missing Permissions"), "404": (10003, "Unknown Channel"),
                "400": (50035, "Invalid Form Body"),
            }.get(kind, (0, f"{kind}: Server Error"))  # fmt: skip
            return int(kind), json.dumps({"message": text, "code": code}).encode()
        return None

    def _answer(
        self, transport: Transport, status: int, body: bytes, headers: dict[str, str], missing: int = 0
    ) -> None:
        moment = self.places.time + self.date_skew
        headers["Date"] = format_datetime(moment, usegmt=True)
        if status != 204:
            headers.setdefault("Content-Type", "application/json")
        self._later(transport, lambda: transport.answer(status, body, headers, missing=missing))

    def _later(self, transport: Transport, what: Callable[[], None]) -> None:
        def give() -> None:
            if self.loop.is_dead(transport.life):
                return
            if self._is_unreachable:
                # What is on its way while the network goes down never comes.
                self.on_trouble(None)
                transport.cut()
            else:
                what()

        wait = self.rng.uniform(0.005, 0.2) if self.latency else 0.02
        self.loop.call_later(wait, give, context=self._context)

    def _limits(self, call: Call) -> tuple[dict[str, str], Json | None]:
        """Count a request; return the headers of its answer, and the answer where it is refused."""
        now = self.loop.time()
        headers: dict[str, str] = {}
        if kind_of(call) == "post":
            bucket = _bucket(call)
            start, count = self._windows.get((call.life, bucket), (now, 0))
            if now >= start + CHANNEL_SECONDS:
                start, count = now, 0
            left = math.ceil((start + CHANNEL_SECONDS - now) * 1000) / 1000
            is_refused = count >= CHANNEL_LIMIT
            self._windows[call.life, bucket] = start, count + (not is_refused)
            headers = {
                "X-RateLimit-Limit": str(CHANNEL_LIMIT),
                "X-RateLimit-Remaining": str(max(0, CHANNEL_LIMIT - count - 1)),
                "X-RateLimit-Reset-After": f"{left:.3f}", "X-RateLimit-Bucket": "posts-of-a-channel",
            }  # fmt: skip
            if is_refused:
                if now - self._disturbed.get(bucket, -1e9) > 60:
                    self.on_violation(f"a request beyond the limit of {bucket}")
                return headers, {"message": "You are being rate limited.", "retry_after": left, "global": False}
        return headers, None

    # What it does

    def _perform(self, call: Call) -> tuple[int, Any]:
        if call.path == "/users/@me":
            return 200, _ME
        if call.path == "/oauth2/applications/@me":
            return 200, {
                "id": str(APPLICATION), "name": "Daybook", "icon": None, "description": "", "bot_public": True,
                "bot_require_code_grant": False, "verify_key": "", "flags": 0, "owner": user(1), "team": None,
            }  # fmt: skip
        for method, pattern, handler in double.routes:
            if method == call.method and (match := pattern.fullmatch(call.path)):
                before = len(self.places.messages)
                try:
                    body = handler(self, call, **match.groupdict())
                except RefusalError as refusal:
                    return refusal.status, refusal.body
                if kind_of(call) == "post" and len(self.places.messages) > before:
                    self.posted += 1
                    message = body.get("message", body)
                    self.on_message(message, call)
                return 204 if body is None else 200, body
        raise AssertionError(f"unknown request: {call.method} {call.path}")

    def _create_thread(self, body: Json, parent: Json, thread_id: str, kind: int) -> Json:
        new_thread = super()._create_thread(body, parent, thread_id, kind)
        self.places.threads[thread_id] = new_thread
        return new_thread

    def _queue_event(self, event: str, data: Json, guild_id: str | None) -> None:
        if guild_id is not None:
            copy = json.dumps(data)
            self.loop.call_later(self.event_delay(), lambda: self.tell(event, json.loads(copy)), context=self._context)

    async def _dispatch(self, event: str, data: Json, guild_id: int | str) -> None:
        self._queue_event(event, data, str(guild_id))

    async def _dispatch_all(self) -> None:
        pass


def kind_of(call: Call) -> str:
    """Return which kind of request it is: one that posts, that follows a post, that looks, or another."""
    if call.method == "POST" and re.fullmatch(r"/channels/\d+/(messages|threads)", call.path):
        return "post"
    if call.method in {"POST", "PUT", "DELETE"}:
        return "follow"
    return "search"


def token_of(message: Json) -> str | None:
    """Return a delivery's token in a message's buttons."""
    for row in message["components"]:
        for part in row["components"]:
            if match := _TOKEN.match(part.get("custom_id") or ""):
                return match[1]
    return None


def _bucket(call: Call) -> str:
    return f"{call.method} {call.path}"
