"""The state of the Discord double, and its gateway (version 10): sessions, heartbeats, resuming and zlib-stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import zlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntFlag
from functools import reduce
from itertools import count
from operator import or_
from typing import TYPE_CHECKING, Any, TypedDict

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Json = dict[str, Any]

TOKEN = "loopback.token.double"
APPLICATION, GUILD, CHANNEL, OWNER, USER = (1_000_000_000_000_000_000 + n for n in range(1, 6))


class Permission(IntFlag):
    """The permissions that the double checks."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    VIEW = 1 << 10
    SEND = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED = 1 << 14
    ATTACH = 1 << 15
    HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_THREADS = 1 << 34
    PUBLIC_THREADS = 1 << 35
    PRIVATE_THREADS = 1 << 36
    SEND_IN_THREADS = 1 << 38
    PIN = 1 << 51


# View and read, send (also in threads), embed, attach, start threads, use commands.
MEMBER = sum(1 << bit for bit in (10, 11, 14, 15, 16, 31, 35, 38))
ALL = (1 << 53) - 1

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
CREATED_AT = "2026-01-01T00:00:00+00:00"
# Kinds of options whose value is the id of a user, channel, role or either.
RESOLVED = (6, 7, 8, 9)
EPHEMERAL, LOADING = 1 << 6, 1 << 7
CONTENT_FIELDS = ("content", "embeds", "components")
FORUMS = (15, 16)
THREADS = (10, 11, 12)
# Types of messages that Discord itself writes into a channel: one was pinned, a thread was started from one.
PINNED, STARTER = 6, 21
SYSTEM = (PINNED, STARTER)
SEND_TIMEOUT = 5.0
GATEWAY_PATH = "/gateway"
# A path of its own shows whether a client resumes where READY told it to.
RESUME_PATH = "/gateway/resume"


def user(user_id: int, name: str = "", *, bot: bool = False) -> Json:
    """Return a user object."""
    name = name or f"reader{user_id % 1000}"
    return {"id": str(user_id), "username": name, "discriminator": "0", "global_name": name, "avatar": None, "bot": bot}


def channel(channel_id: int = CHANNEL, name: str = "news", kind: int = 0, **more: Any) -> Json:
    """Return a guild channel; kind 0 is text, 5 announcements, 15 a forum (its `flags` 16: a tag is required)."""
    return {"id": str(channel_id), "type": kind, "name": name, "position": 0, "permission_overwrites": [], **more}


def forum(
    channel_id: int, name: str = "forum", *, tags: Mapping[int, str] | None = None, required: bool = False, **more: Any
) -> Json:  # fmt: skip
    """Return a forum with tags (id to name), of which one may be required."""
    available_tags = [{"id": str(tag_id), "name": tag, "moderated": False, "emoji_id": None, "emoji_name": None}
               for tag_id, tag in (tags or {}).items()]  # fmt: skip
    return channel(channel_id, name, 15, available_tags=available_tags, flags=(1 << 4) * required, **more)


def thread(thread_id: int, name: str = "thread", parent_id: int = CHANNEL, *, kind: int = 11, **more: Any) -> Json:
    """Return a thread as `guild(threads=…)` takes it; `archived` and other metadata go where they belong."""
    metadata = {"archived": False, "locked": False, "auto_archive_duration": 1440, "archive_timestamp": CREATED_AT,
                "create_timestamp": CREATED_AT}  # fmt: skip
    metadata |= {key: more.pop(key) for key in metadata if key in more}
    return {
        "id": str(thread_id), "type": kind, "name": name, "parent_id": str(parent_id), "owner_id": str(APPLICATION),
        "message_count": 0, "total_message_sent": 0, "member_count": 1, "rate_limit_per_user": 0, "flags": 0,
        "last_message_id": None, "applied_tags": [], "thread_metadata": metadata, **more,
    }  # fmt: skip


def role(role_id: int, name: str, permissions: int = 0, *, mentionable: bool = False, **more: Any) -> Json:
    """Return a role; the bot has it once its id is among the `roles` of the guild's first member."""
    return {"id": str(role_id), "name": name, "color": 0, "hoist": False, "position": 1, "flags": 0, "managed": False,
            "permissions": str(int(permissions)), "mentionable": mentionable, **more}  # fmt: skip


def guild(
    guild_id: int = GUILD, *, channels: Sequence[Json] = (), threads: Sequence[Json] = (), roles: Sequence[Json] = (),
    permissions: int = MEMBER, bot_roles: Sequence[int] = (), **more: Any,
) -> Json:  # fmt: skip
    """Return what GUILD_CREATE carries; without `channels` there is one text channel, `CHANNEL`.

    `permissions` are those of @everyone, `bot_roles` the ids of the bot's own roles.
    """
    everyone = role(guild_id, "@everyone", permissions, position=0)
    bot_role_ids = [str(role_id) for role_id in bot_roles]
    bot_member = {
        "user": user(APPLICATION, "Daybook", bot=True), "roles": bot_role_ids, "flags": 0, "deaf": False, "mute": False,
        "joined_at": CREATED_AT,
    }  # fmt: skip
    return {
        "id": str(guild_id), "name": "Reading Room", "owner_id": str(OWNER), "preferred_locale": "en-US",
        "channels": [dict(c, guild_id=str(guild_id)) for c in channels or [channel()]],
        "threads": [dict(t, guild_id=str(guild_id)) for t in threads],
        "roles": [everyone, *roles], "members": [bot_member], "member_count": 2, "large": False, "unavailable": False,
        "features": [], "emojis": [], "stickers": [], "voice_states": [], "presences": [], "afk_timeout": 300,
        "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
        "premium_tier": 0, "nsfw_level": 0, "system_channel_flags": 0, "joined_at": CREATED_AT,
        "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], **more,
    }  # fmt: skip


async def until(
    condition: Callable[[], object], seconds: float = 30.0, description: str = "what was waited for"
) -> None:
    """Wait until `condition()` is true; raise TimeoutError when it is not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{description} did not happen within {seconds:g} s")
        await asyncio.sleep(0.005)


def _guess_type(value: Any) -> int:
    """Guess an option's type from its value, for a command whose definition is not known."""
    if isinstance(value, Mapping):
        return 2 if any(isinstance(inner, Mapping) for inner in value.values()) else 1
    return {bool: 5, int: 4, float: 10}.get(type(value), 3)


class ContextFields(TypedDict, total=False):
    """The fields of `InteractionContext`, as keywords."""

    user_id: int
    guild_id: int
    channel_id: int
    locale: str
    guild_locale: str | None
    dm: bool
    user_install: bool
    authorizing_integration_owners: dict[str, str] | None
    permissions: int
    app_permissions: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionContext:
    """Who uses the bot, where and in which language. A guild that the double does not have is one without the bot.

    `app_permissions` are by default what the bot may do in that channel.
    """

    user_id: int = USER
    guild_id: int = GUILD
    channel_id: int = CHANNEL
    locale: str = "en-US"
    guild_locale: str | None = None
    dm: bool = False
    user_install: bool = False
    authorizing_integration_owners: dict[str, str] | None = None
    permissions: int = MEMBER
    app_permissions: int | None = None


class RefusalError(Exception):
    """An error answer in Discord's own form."""

    def __init__(self, status: int, message: str, code: int = 0) -> None:
        """Take an HTTP status, and Discord's text and code for the error."""
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code}


def _timestamp(snowflake: str) -> str:
    """Return the time in an id, as Discord writes it."""
    return (DISCORD_EPOCH + timedelta(milliseconds=int(snowflake) >> 22)).isoformat()


def _first_id_at(moment: datetime) -> int:
    return max(0, (moment - DISCORD_EPOCH) // timedelta(milliseconds=1)) << 22


def _union(permissions: Iterable[int]) -> int:
    return reduce(or_, permissions, 0)


class World:
    """The state: guilds, channels, direct messages, the bot's commands, messages; and what an interaction has of it."""

    def __init__(self, guilds: Iterable[Json]) -> None:
        """Take guilds as `guild()` makes them."""
        self.guilds = list(guilds)
        self.dms: dict[str, Json] = {}
        self.commands: dict[str | None, list[Json]] = {}
        self.messages: dict[str, Json] = {}
        # Guilds that are out of order, and channels of guilds that the bot is no longer in.
        self.unavailable: set[str] = set()
        self.without_members: set[str] = set()
        self.left_channels: set[str] = set()
        self._fixed_time: datetime | None = None
        self._last_id = 0

    @property
    def time(self) -> datetime:
        """The double's time: the real one until it has been set."""
        return self._fixed_time or datetime.fromtimestamp(time.time(), UTC)

    @time.setter
    def time(self, moment: datetime) -> None:
        self._fixed_time = moment.astimezone(UTC)
        if _first_id_at(moment) < self._last_id:
            # Into the past: ids that nobody can see any more may be given again.
            visible = [*self.messages, *(t["id"] for g in self.guilds for t in g["threads"])]
            visible += [channel["id"] for channel in self.dms.values()]
            self._last_id = max((int(snowflake) for snowflake in visible), default=0)

    def next_id(self) -> str:
        """Return a snowflake of this moment, larger than that of every message, thread and channel before."""
        self._last_id = max(self._last_id + 1, _first_id_at(self.time))
        return str(self._last_id)

    def guild(self, guild_id: int | str) -> Json:
        """Return a guild; empty where there is none with the bot in it."""
        return next((g for g in self.guilds if g["id"] == str(guild_id)), {})

    def channel(self, channel_id: int | str) -> Json | None:
        """Return a channel, thread or direct message."""
        channels = [c for g in self.guilds for c in (*g["channels"], *g["threads"])] + list(self.dms.values())
        return next((c for c in channels if c["id"] == str(channel_id)), None)

    def dm(self, reader: Json) -> Json:
        """Return the direct messages between the bot and a user."""
        return self.dms.setdefault(reader["id"], {"id": self.next_id(), "type": 1, "recipients": [reader]})

    def guild_create(self, guild: Json) -> Json:
        """Return the payload of GUILD_CREATE: of the guild's threads those that are active and visible to the bot."""
        visible = [
            t
            for t in guild["threads"]
            if not t["thread_metadata"]["archived"] and self.permissions(t) & Permission.VIEW
        ]
        # In a server that is coming up, the bot may not be among the members.
        members = [] if guild["id"] in self.without_members else guild["members"]
        return {**guild, "threads": visible, "members": members}

    def permissions(self, channel: Json) -> int:
        """Return the bot's permissions in a channel; those of a thread are its parent's."""
        guild = self.guild(channel.get("guild_id", 0))
        is_thread = channel["type"] in THREADS
        parent = self.channel(channel["parent_id"]) if is_thread else channel
        if not guild or parent is None:
            return ALL
        everyone, own_roles = {guild["id"]}, {str(role_id) for role_id in guild["members"][0]["roles"]}
        granted = _union(int(r["permissions"]) for r in guild["roles"] if r["id"] in everyone | own_roles)
        if granted & Permission.ADMINISTRATOR or guild["owner_id"] == str(APPLICATION):
            return ALL
        for targets in (everyone, own_roles, {str(APPLICATION)}):
            overwrites = [o for o in parent.get("permission_overwrites") or [] if o["id"] in targets]
            granted &= ~_union(int(o["deny"]) for o in overwrites)
            granted |= _union(int(o["allow"]) for o in overwrites)
        if not granted & Permission.VIEW:
            return 0
        if not granted & (Permission.SEND_IN_THREADS if is_thread else Permission.SEND):
            granted &= ~(Permission.EMBED | Permission.ATTACH | Permission.MENTION_EVERYONE)
        return int(granted)

    def interaction_fields(self, context: InteractionContext) -> Json:
        """Return the fields of an interaction about its user, its channel, its guild and its languages."""
        reader, permissions = user(context.user_id), str(context.permissions)
        fields: Json = {"locale": context.locale}
        if context.dm:
            # A user-installed app also answers between two people, in a channel that is not the bot's.
            channel_data = self.dm(reader)
            if context.user_install:
                channel_data = {"id": str(context.channel_id), "type": 1, "recipients": [reader]}
            fields |= {"user": reader, "context": 2 if context.user_install else 1}
        else:
            channel_data = self.channel(context.channel_id) or channel(context.channel_id, "elsewhere")
            locale = context.guild_locale or self.guild(context.guild_id).get("preferred_locale") or context.locale
            fields |= {
                "guild_id": str(context.guild_id), "guild_locale": locale, "context": 0,
                "guild": {"id": str(context.guild_id), "locale": locale, "features": []},
                "member": {"user": reader, "roles": [], "flags": 0, "permissions": permissions,
                           "joined_at": CREATED_AT},
            }  # fmt: skip
        owners = (
            {"1": str(context.user_id)} if context.user_install else {"0": "0" if context.dm else str(context.guild_id)}
        )
        fields["authorizing_integration_owners"] = context.authorizing_integration_owners or owners
        bot_permissions = self.permissions(channel_data) if "guild_id" in channel_data else MEMBER
        fields["app_permissions"] = str(bot_permissions if context.app_permissions is None else context.app_permissions)
        return fields | {"channel_id": channel_data["id"], "channel": {**channel_data, "permissions": permissions}}

    def command(self, full_name: str, options: Mapping[str, Any], context: InteractionContext) -> Json:
        """Return an interaction's data for `"daily add"` with options, typed as the bot has registered them."""
        name, *subcommands = full_name.split()
        for part in reversed(subcommands):
            options = {part: options}
        guild_command = next((c for c in self.commands.get(str(context.guild_id), []) if c["name"] == name), None)
        command = guild_command or next((c for c in self.commands.get(None, []) if c["name"] == name), None)
        # A bot whose commands have not changed registers none: then anything goes.
        if command is None and any(self.commands.values()):
            raise LookupError(f"the bot has registered no /{name}")
        data: Json = {"id": command["id"] if command else "1", "name": name, "type": 1, "resolved": {}}
        if guild_command:
            data["guild_id"] = str(context.guild_id)
        data["options"] = self._options(options, command, context, data["resolved"])
        return data

    def _options(
        self, values: Mapping[str, Any], parent: Json | None, context: InteractionContext, resolved: Json
    ) -> list[Json]:
        definitions = {o["name"]: o for o in (parent or {}).get("options", [])}
        result: list[Json] = []
        for name, value in values.items():
            if parent is not None and name not in definitions:
                raise LookupError(f"{parent['name']!r} has no option {name!r}")
            definition = definitions.get(name)
            kind = definition["type"] if definition else _guess_type(value)
            if isinstance(value, Mapping):
                result.append(
                    {"name": name, "type": kind, "options": self._options(value, definition, context, resolved)}
                )
            else:
                sent = str(value) if kind in RESOLVED else value
                self.resolve(kind, sent, context, resolved)
                result.append({"name": name, "type": kind, "value": sent})
        return result

    def resolve(self, kind: int, value: str, context: InteractionContext, resolved: Json) -> None:
        """Add what a user, channel, role or mentionable option refers to; options of other kinds refer to nothing."""
        roles = {r["id"]: r for r in self.guild(context.guild_id).get("roles", [])}
        if kind in {8, 9} and value in roles:
            resolved.setdefault("roles", {})[value] = roles[value]
        elif kind in {6, 9}:
            resolved.setdefault("users", {})[value] = user(int(value))
        elif kind == 7 and (channel := self.channel(value)):
            resolved.setdefault("channels", {})[value] = {**channel, "permissions": str(context.permissions)}

    def posted(self, channel_id: int = CHANNEL) -> list[Json]:
        """Return what has been posted in a channel for everyone, oldest first; without what Discord itself wrote."""
        return [m for m in self.history(str(channel_id)) if m["type"] not in SYSTEM]

    def history(self, channel_id: str) -> list[Json]:
        """Return all that everyone in a channel sees, oldest first."""
        messages = [m for m in self.messages.values() if m["channel_id"] == channel_id and not m["flags"] & EPHEMERAL]
        return sorted(messages, key=lambda message: int(message["id"]))

    def store(self, channel_id: str, body: Json, files: Mapping[str, bytes], **more: Any) -> Json:
        """Store a message of the bot, built from a request's body; an empty one is refused."""
        message_id = str(body.get("id") or more.pop("id", None) or self.next_id())
        message: Json = {
            "type": 0, "content": "", "embeds": [], "components": [], "attachments": [], "flags": 0, "tts": False,
            "mentions": [], "mention_roles": [], "mention_everyone": False, "pinned": False,
            "author": user(APPLICATION, "Daybook", bot=True), "timestamp": _timestamp(message_id),
            **{k: body[k] for k in ("interaction_metadata", "flags", "type") if k in body}, **more,
            "id": message_id, "channel_id": channel_id,
        }  # fmt: skip
        self.edit(message, body, files)
        message["edited_timestamp"] = None
        has_content = any(message[k] for k in (*CONTENT_FIELDS, "attachments"))
        if not has_content and not message["flags"] & LOADING and message["type"] not in SYSTEM:
            raise RefusalError(400, "Cannot send an empty message", 50006)
        self.messages[message_id] = message
        return message

    def edit(self, message: Json, body: Json, files: Mapping[str, bytes]) -> Json:
        """Change a message as a request's body says."""
        message |= {key: body[key] or type(message[key])() for key in CONTENT_FIELDS if key in body}
        if "attachments" in body or files:
            kept_ids = {str(a.get("id")) for a in body.get("attachments") or []}
            message["attachments"] = [a for a in message["attachments"] if a["id"] in kept_ids]
            for name, content in files.items():
                link = f"http://127.0.0.1/attachments/{name}"
                attachment = {
                    "id": self.next_id(),
                    "filename": name,
                    "size": len(content),
                    "url": link,
                    "proxy_url": link,
                }
                message["attachments"].append(attachment)
        message["edited_timestamp"] = _timestamp(self.next_id())
        return message


class Connection:
    """One WebSocket of a client; speaks zlib-stream where that was asked for, else plain text."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        """Take a socket that has been prepared."""
        self.path = request.path
        self.query = dict(request.query)
        self.session: Session | None = None
        self.received: list[Json] = []
        self._ended_with: int | None = None
        self._request = request
        self._socket = socket
        self._lock = asyncio.Lock()
        # discord.py asks for zstd-stream where it finds a decoder; it takes text frames whatever it asked for.
        self._deflate = zlib.compressobj() if self.query.get("compress") == "zlib-stream" else None

    @property
    def close_code(self) -> int | None:
        """The code the connection ended with, whoever chose it; None while it is open."""
        return self._ended_with or self._socket.close_code

    async def send(self, op: int, data: Any = None, sequence: int | None = None, event: str | None = None) -> None:
        """Send one payload; the frames of one stream must leave in the order they were compressed in."""
        text = json.dumps({"op": op, "d": data, "s": sequence, "t": event})
        async with self._lock, asyncio.timeout(SEND_TIMEOUT):
            if self._deflate is None:
                await self._socket.send_str(text)
            else:
                frame = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                await self._socket.send_bytes(frame)

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        async with self._lock, asyncio.timeout(SEND_TIMEOUT):
            await (self._socket.send_str(frame) if isinstance(frame, str) else self._socket.send_bytes(frame))

    async def close(self, code: int | None) -> None:
        """Close with a code, or (None) break the line without a word."""
        if code is not None:
            self._ended_with = self._ended_with or code
            await self._socket.close(code=code)
        elif self._request.transport is not None:
            self._request.transport.abort()


@dataclass(slots=True, eq=False)
class Session:
    """A session that an IDENTIFY began: it outlives its connections for as long as it can be resumed."""

    id: str
    shard: tuple[int, int]
    connection: Connection | None = None
    ready: bool = False
    sent: list[tuple[str, Any]] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def dispatch(self, event: str, data: Any) -> None:
        """Send an event, or keep it for the next RESUME if nobody is connected."""
        async with self.lock:
            # A copy, so that a replay sends what was true then.
            self.sent.append((event, deepcopy(data)))
            await self._send(len(self.sent))

    async def resume(self, connection: Connection, sequence: int) -> None:
        """Replay everything after `sequence` on a new connection, then confirm."""
        async with self.lock:
            self.connection = connection
            for sequence_number in range(sequence + 1, len(self.sent) + 1):
                await self._send(sequence_number)
        await self.dispatch("RESUMED", {"_trace": []})

    async def _send(self, sequence: int) -> None:
        if self.connection is None:
            return
        event, data = self.sent[sequence - 1]
        try:
            await self.connection.send(0, data, sequence, event)
        except (ConnectionError, TimeoutError):
            self.connection = None


class Gateway:
    """The WebSocket server; a test reads `sessions`, `connections`, `identifies` and `resumes` as they grow."""

    def __init__(self, world: World, token: str) -> None:
        """Serve one state to clients with the token; `refusal` is a close code for every IDENTIFY.

        While it `is_away`, nobody gets a connection.
        """
        self.token = token
        self.world = world
        self.url = ""
        self.heartbeat_seconds = 41.25
        self.acknowledges = True
        self.refusal: int | None = None
        self.is_away = False
        self.sessions: list[Session] = []
        self.connections: list[Connection] = []
        self.identifies: list[Json] = []
        self.resumes: list[Json] = []
        self._open: set[Connection] = set()
        self._session_numbers = count(1)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until either side ends it."""
        if self.is_away:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(timeout=1.0, compress=False)
        await socket.prepare(request)
        connection = Connection(request, socket)
        self.connections.append(connection)
        self._open.add(connection)
        try:
            with contextlib.suppress(ConnectionError, TimeoutError):
                await connection.send(10, {"heartbeat_interval": round(self.heartbeat_seconds * 1000)})
                async for frame in socket:
                    if frame.type is WSMsgType.TEXT:
                        await self._receive(connection, frame.data)
        finally:
            self._open.discard(connection)
            session = connection.session
            if session is not None and session.connection is connection:
                session.connection = None
                # A client that says goodbye ends its session; any other code leaves it resumable.
                if connection.close_code in {1000, 1001} and session in self.sessions:
                    self.sessions.remove(session)
        return socket

    async def dispatch(self, event: str, data: Any, guild_id: int | None = None) -> None:
        """Send an event to the newest session of the guild's shard (direct messages: shard 0)."""
        for session in reversed(self.sessions):
            shard, shards = session.shard
            if shard == ((guild_id or 0) >> 22) % shards:
                return await session.dispatch(event, data)
        raise LookupError("no bot has a session on this shard")

    async def wait_ready(self, seconds: float = 30.0) -> Session:
        """Return the newest session once it is connected and has been sent READY and its guilds."""
        newest = self.sessions[-1:]

        def is_ready() -> bool:
            newest[:] = self.sessions[-1:]
            return bool(newest and newest[0].ready and newest[0].connection)

        await until(is_ready, seconds, "READY")
        return newest[0]

    async def drop(self, *, resumable: bool = True, code: int | None = 4000) -> None:
        """End every connection, with a close code or (None) as a broken line; sessions survive if `resumable`."""
        self._detach(resumable=resumable)
        # A line may break by itself at the same moment.
        await asyncio.gather(*(connection.close(code) for connection in self._open), return_exceptions=True)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION to everyone: clients resume if `resumable`, else they identify anew."""
        self._detach(resumable=resumable)
        await asyncio.gather(*(connection.send(9, resumable) for connection in self._open), return_exceptions=True)

    async def close(self) -> None:
        """End everything, politely first."""
        await self.drop(resumable=False, code=1001)
        await self.drop(code=None)

    def _detach(self, *, resumable: bool) -> None:
        # At once, so that a wait_ready() that follows waits for what comes next.
        for session in self.sessions:
            session.connection = None
        if not resumable:
            self.sessions.clear()

    async def _receive(self, connection: Connection, text: str) -> None:
        try:
            payload: Json = json.loads(text)
        except ValueError:
            await connection.close(4002)
            return
        connection.received.append(payload)
        match payload["op"]:
            case 1:
                if self.acknowledges:
                    await connection.send(11)
            case 2:
                await self._identify(connection, payload["d"])
            case 6:
                await self._resume(connection, payload["d"])
            case 3 | 4 | 8:
                if connection.session is None:
                    await connection.close(4003)
            case _:
                await connection.close(4001)

    async def _identify(self, connection: Connection, data: Json) -> None:
        self.identifies.append(data)
        close_code = 4005 if connection.session else None if data["token"] == self.token else 4004
        if refusal := close_code or self.refusal:
            await connection.close(refusal)
            return
        shard, shards = data.get("shard", (0, 1))
        session = Session(f"session{next(self._session_numbers)}", (shard, shards), connection)
        connection.session = session
        # Of a bot that was killed, nobody comes back for the session.
        self.sessions[:] = [s for s in self.sessions if s.connection or s.shard != session.shard] + [session]
        guilds = [g for g in self.world.guilds if (int(g["id"]) >> 22) % shards == shard]
        await session.dispatch("READY", {
            "v": 10, "user": user(APPLICATION, "Daybook", bot=True), "session_id": session.id, "session_type": "normal",
            "resume_gateway_url": self.url.removesuffix(GATEWAY_PATH) + RESUME_PATH, "shard": [shard, shards],
            "guilds": [{"id": g["id"], "unavailable": True} for g in guilds], "private_channels": [],
            "application": {"id": str(APPLICATION), "flags": 0},
        })  # fmt: skip
        for guild in guilds:
            if guild["id"] not in self.world.unavailable:
                await session.dispatch("GUILD_CREATE", self.world.guild_create(guild))
        session.ready = True

    async def _resume(self, connection: Connection, data: Json) -> None:
        self.resumes.append(data)
        if data["token"] != self.token:
            await connection.close(4004)
            return
        session = next((s for s in self.sessions if s.id == data["session_id"]), None)
        if session is None:
            await connection.send(9, data=False)
        elif data["seq"] > len(session.sent):
            self.sessions.remove(session)
            await connection.close(4007)
        else:
            connection.session = session
            await session.resume(connection, data["seq"])
