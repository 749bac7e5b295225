"""The double's channels: channels, threads, messages and pins, who may do what there, and what people change."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.discord_double.gateway import (
    APPLICATION,
    CHANNEL,
    EPHEMERAL,
    FORUMS,
    GUILD,
    PINNED,
    STARTER,
    SYSTEM,
    THREADS,
    USER,
    Gateway,
    Json,
    Permission,
    RefusalError,
    World,
    thread,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TAG_REQUIRED, CROSSPOSTED, HAS_THREAD = 1 << 4, 1 << 0, 1 << 5
MESSAGE_CHANNELS = (0, 1, 2, 3, 5, 10, 11, 12, 13)
THREAD_METADATA = ("archived", "locked", "auto_archive_duration", "invitable")
# What GUILD_CREATE tells, but GUILD_UPDATE does not.
ONLY_IN_GUILD_CREATE = (
    "channels", "threads", "members", "member_count", "large", "unavailable", "joined_at", "voice_states",
    "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds",
)  # fmt: skip

Handler = Callable[..., Any]
routes: list[tuple[str, re.Pattern[str], Handler]] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register a handler; it gets the request and the path's `{names}`, and returns JSON (None: 204)."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

    def register(handler: Handler) -> Handler:
        routes.append((method, pattern, handler))
        return handler

    return register


@dataclass(slots=True)
class Request:
    """One HTTP request of the bot; `time` is `time.monotonic()` at its arrival, `status` 0 a connection cut."""

    method: str
    path: str
    query: dict[str, str]
    json: Any
    files: dict[str, bytes]
    time: float
    status: int | None = None


class Channels:
    """The routes below /channels, /guilds and /users, and what people do to channels while the bot runs."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        """Serve a world, and tell the bot of changes through the gateway."""
        self.world = world
        self.gateway = gateway
        self.nonce_seconds = 120.0
        self.max_pins = 250
        self.closed_dms: set[int] = set()
        self.outage_status = 500
        self._nonces: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._pins: dict[str, datetime] = {}
        self._events: list[tuple[str, Json, int]] = []

    async def _dispatch(self, event: str, data: Json, guild_id: int | str) -> None:
        # A bot that is away learns of it when it comes back.
        with contextlib.suppress(LookupError):
            await self.gateway.dispatch(event, data, int(guild_id))

    async def _dispatch_all(self) -> None:
        events, self._events = self._events, []
        for event in events:
            await self._dispatch(*event)

    def _queue_event(self, event: str, data: Json, guild_id: str | None) -> None:
        if guild_id is not None:
            self._events.append((event, data, int(guild_id)))

    # What people do

    async def add_guild(self, guild: Json) -> None:
        """Invite the bot to a guild as `guild()` makes it."""
        channels = {channel["id"] for channel in (*guild["channels"], *guild["threads"])}
        self.world.left_channels -= channels
        self.world.guilds.append(guild)
        payload = self.world.guild_create(guild)
        # With the word, even a false one, discord.py would take it for a guild that is back in order.
        del payload["unavailable"]
        await self._dispatch("GUILD_CREATE", payload, guild["id"])

    async def remove_guild(self, guild_id: int = GUILD) -> Json:
        """Remove the bot from a guild; return the guild, for `add_guild`."""
        guild = self._existing_guild(guild_id)
        self.world.guilds.remove(guild)
        self.world.left_channels |= {channel["id"] for channel in (*guild["channels"], *guild["threads"])}
        await self._dispatch("GUILD_DELETE", {"id": guild["id"]}, guild_id)
        return guild

    async def guild_unavailable(self, guild_id: int = GUILD) -> None:
        """Let a guild be out of order: its channels answer with `outage_status` (discord.py retries 500, not 503)."""
        guild = self._existing_guild(guild_id)
        self.world.unavailable.add(guild["id"])
        await self._dispatch("GUILD_DELETE", {"id": guild["id"], "unavailable": True}, guild_id)

    async def guild_available(self, guild_id: int = GUILD) -> None:
        """Let a guild be in order again."""
        guild = self._existing_guild(guild_id)
        self.world.unavailable.discard(guild["id"])
        await self._dispatch("GUILD_CREATE", self.world.guild_create(guild), guild_id)

    async def update_guild(self, guild_id: int = GUILD, **changes: Any) -> None:
        """Change fields of a guild, such as `name`, `roles` or `preferred_locale`."""
        guild = self._existing_guild(guild_id)
        guild |= changes
        await self._dispatch(
            "GUILD_UPDATE", {k: v for k, v in guild.items() if k not in ONLY_IN_GUILD_CREATE}, guild_id
        )

    async def update_role(self, role_id: int, **changes: Any) -> None:
        """Change fields of a role; that of @everyone has its guild's id. Permissions may be given as a number."""
        guild, role = self._role(role_id)
        role |= changes
        role["permissions"] = str(int(role["permissions"]))
        await self._dispatch("GUILD_ROLE_UPDATE", {"guild_id": guild["id"], "role": role}, guild["id"])

    async def delete_role(self, role_id: int) -> None:
        """Delete a role; nobody has it and no channel speaks of it any more."""
        guild, role = self._role(role_id)
        guild["roles"].remove(role)
        guild["members"][0]["roles"] = [r for r in guild["members"][0]["roles"] if str(r) != role["id"]]
        for channel in guild["channels"]:
            channel["permission_overwrites"] = [o for o in channel["permission_overwrites"] if o["id"] != role["id"]]
        await self._dispatch("GUILD_ROLE_DELETE", {"guild_id": guild["id"], "role_id": role["id"]}, guild["id"])

    async def update_channel(self, channel_id: int, **changes: Any) -> None:
        """Change fields of a channel or thread (also `archived`, `locked`), as a moderator may."""
        channel = self._existing_channel(channel_id)
        self._change(channel, changes)
        await self._dispatch_all()

    async def set_overwrite(self, channel_id: int, *, allow: int = 0, deny: int = 0, of: int | None = None) -> None:
        """Set what a channel allows and denies to @everyone, or `of` a role or the bot (`APPLICATION`)."""
        channel = self._existing_channel(channel_id)
        target = str(of or channel["guild_id"])
        overwrites = [o for o in channel["permission_overwrites"] if o["id"] != target]
        overwrite = {"id": target, "type": int(of == APPLICATION), "allow": str(int(allow)), "deny": str(int(deny))}
        await self.update_channel(channel_id, permission_overwrites=[*overwrites, overwrite])

    async def delete_channel(self, channel_id: int) -> None:
        """Delete a channel and its threads, or a thread; `posted` still tells what was in it."""
        channel = self._existing_channel(channel_id)
        guild = self.world.guild(channel["guild_id"])
        if channel["type"] in THREADS:
            guild["threads"].remove(channel)
            payload = {key: channel[key] for key in ("id", "guild_id", "parent_id", "type")}
            await self._dispatch("THREAD_DELETE", payload, guild["id"])
        else:
            guild["channels"].remove(channel)
            guild["threads"][:] = [t for t in guild["threads"] if t["parent_id"] != channel["id"]]
            await self._dispatch("CHANNEL_DELETE", channel, guild["id"])

    def delete_message(self, message_id: int) -> None:
        """Delete a message, as a moderator may; the bot's intents keep it from hearing of it."""
        del self.world.messages[str(message_id)]

    def say(self, content: str, channel_id: int = CHANNEL, user_id: int = USER) -> Json:
        """Post a message as a person."""
        return self.world.store(str(channel_id), {"content": content}, {}, author=user(user_id))

    def _existing_guild(self, guild_id: int | str) -> Json:
        guild = self.world.guild(guild_id)
        if not guild:
            raise LookupError(f"there is no guild {guild_id} with the bot in it")
        return guild

    def _role(self, role_id: int) -> tuple[Json, Json]:
        for guild in self.world.guilds:
            for role in guild["roles"]:
                if role["id"] == str(role_id):
                    return guild, role
        raise LookupError(f"there is no role {role_id}")

    def _existing_channel(self, channel_id: int) -> Json:
        channel = self.world.channel(channel_id)
        if channel is None:
            raise LookupError(f"there is no channel {channel_id}")
        return channel

    # Channels

    def _visible_channel(self, channel_id: str, needed: int = 0) -> Json:
        channel = self.world.channel(channel_id)
        if channel is None and channel_id in self.world.left_channels:
            raise RefusalError(403, "Missing Access", 50001)
        if channel is None:
            raise RefusalError(404, "Unknown Channel", 10003)
        if channel.get("guild_id") in self.world.unavailable:
            raise RefusalError(self.outage_status, f"{self.outage_status}: out of order")
        if not self.world.permissions(channel) & Permission.VIEW:
            raise RefusalError(403, "Missing Access", 50001)
        self._require(channel, needed)
        return channel

    def _require(self, channel: Json, needed: int) -> None:
        if needed & ~self.world.permissions(channel):
            raise RefusalError(403, "Missing Permissions", 50013)

    def _available_guild(self, guild_id: str) -> Json:
        guild = self.world.guild(guild_id)
        if not guild:
            raise RefusalError(404, "Unknown Guild", 10004)
        if guild_id in self.world.unavailable:
            raise RefusalError(self.outage_status, f"{self.outage_status}: out of order")
        return guild

    @route("GET", "/channels/{channel_id}")
    def _get_channel(self, _request: Request, channel_id: str) -> Json:
        return self._visible_channel(channel_id)

    @route("PATCH", "/channels/{channel_id}")
    def _edit_channel(self, request: Request, channel_id: str) -> Json:
        channel, body = self._visible_channel(channel_id), request.json
        _check_name(body.get("name", "as it was"))
        if channel["type"] in THREADS:
            self._check_thread_edit(channel, body)
        else:
            self._require(channel, Permission.MANAGE_CHANNELS)
        return self._change(channel, body)

    def _check_thread_edit(self, thread: Json, body: Json) -> None:
        metadata = thread["thread_metadata"]
        if metadata["locked"] or "locked" in body:
            self._require(thread, Permission.MANAGE_THREADS)
        elif body == {"archived": False}:
            self._require(thread, Permission.SEND_IN_THREADS)
        elif thread["owner_id"] != str(APPLICATION):
            self._require(thread, Permission.MANAGE_THREADS)
        if metadata["archived"] and body.get("archived", True):
            raise RefusalError(400, "Thread is archived", 50083)
        if "applied_tags" in body:
            self._check_tags(self._visible_channel(thread["parent_id"]), body["applied_tags"])

    def _change(self, channel: Json, changes: Mapping[str, Any]) -> Json:
        """Change a channel and note what the gateway has to tell of it."""
        if channel["type"] not in THREADS:
            channel |= changes
            self._queue_event("CHANNEL_UPDATE", channel, channel.get("guild_id"))
            return channel
        metadata = channel["thread_metadata"]
        changed = {key: changes[key] for key in THREAD_METADATA if key in changes}
        if any(metadata.get(key) != changed[key] for key in ("archived", "auto_archive_duration") if key in changed):
            metadata["archive_timestamp"] = self.world.time.isoformat()
        metadata |= changed
        channel |= {key: value for key, value in changes.items() if key not in THREAD_METADATA}
        self._queue_event("THREAD_UPDATE", channel, channel["guild_id"])
        return channel

    @route("POST", "/users/@me/channels")
    def _open_dm(self, request: Request) -> Json:
        return self.world.dm(user(int(request.json["recipient_id"])))

    @route("GET", r"/users/(?P<user_id>\d+)")
    def _get_user(self, _request: Request, user_id: str) -> Json:
        return user(int(user_id), "Daybook", bot=True) if user_id == str(APPLICATION) else user(int(user_id))

    # Messages

    def _visible_message(self, channel_id: str, message_id: str) -> Json:
        message = self.world.messages.get(message_id)
        if message is None or message["channel_id"] != channel_id or message["flags"] & EPHEMERAL:
            raise RefusalError(404, "Unknown Message", 10008)
        return message

    def _check_active(self, channel: Json) -> None:
        if channel["type"] in THREADS and channel["thread_metadata"]["archived"]:
            raise RefusalError(400, "Thread is archived", 50083)

    def _check_may_send(self, channel: Json, permission: int, body: Json, files: Mapping[str, bytes]) -> None:
        self._require(
            channel, permission | Permission.EMBED * bool(body.get("embeds")) | Permission.ATTACH * bool(files)
        )

    @route("POST", "/channels/{channel_id}/messages")
    def _post_message(self, request: Request, channel_id: str) -> Json:
        channel = self._visible_channel(channel_id)
        is_thread = channel["type"] in THREADS
        self._check_may_send(
            channel, Permission.SEND_IN_THREADS if is_thread else Permission.SEND, request.json, request.files
        )
        if channel["type"] not in MESSAGE_CHANNELS:
            raise RefusalError(400, "Cannot send messages in a non-text channel", 50008)
        if channel["type"] == 1 and int(channel["recipients"][0]["id"]) in self.closed_dms:
            raise RefusalError(403, "Cannot send messages to this user", 50007)
        if is_thread:
            self._unarchive(channel)
        nonce = str(request.json.get("nonce") or "")
        if nonce and request.json.get("enforce_nonce"):
            message_id, sent_at = self._nonces.get((channel_id, nonce), ("", self.world.time))
            if message_id in self.world.messages and self.world.time - sent_at < timedelta(seconds=self.nonce_seconds):
                return {**self.world.messages[message_id], "nonce": nonce}
        message = self.world.store(channel_id, request.json, request.files, **self._mentions(channel, request.json))
        self._nonces[channel_id, nonce] = message["id"], self.world.time
        channel["last_message_id"] = message["id"]
        if is_thread:
            channel["message_count"] += 1
            channel["total_message_sent"] += 1
        # Told once: Discord does not keep nonces with messages.
        return {**message, "nonce": nonce} if nonce else message

    def _unarchive(self, thread: Json) -> None:
        """Unarchive a thread that somebody posts into, unless that is forbidden."""
        metadata = thread["thread_metadata"]
        if metadata["locked"] and not self.world.permissions(thread) & Permission.MANAGE_THREADS:
            self._check_active(thread)
            raise RefusalError(403, "Thread is locked", 160005)
        if metadata["archived"]:
            self._change(thread, {"archived": False})

    def _mentions(self, channel: Json, body: Json) -> Json:
        """Return whom a message pings: roles it names and may ping, and whether everyone."""
        allowed = body.get("allowed_mentions")
        parse = {"roles", "everyone"} if allowed is None else set(allowed.get("parse") or [])
        content, permissions = str(body.get("content") or ""), self.world.permissions(channel)
        named_roles = set(re.findall(r"<@&(\d+)>", content))
        allowed_roles = (
            named_roles if "roles" in parse else named_roles & {str(n) for n in (allowed or {}).get("roles") or []}
        )
        roles = self.world.guild(channel.get("guild_id", 0)).get("roles", [])
        mentioned = [
            r["id"]
            for r in roles
            if r["id"] in allowed_roles and (r["mentionable"] or permissions & Permission.MENTION_EVERYONE)
        ]
        mentions_all = "everyone" in parse and re.search("@(everyone|here)", content)
        return {
            "mention_roles": mentioned,
            "mention_everyone": bool(mentions_all and permissions & Permission.MENTION_EVERYONE),
        }

    @route("GET", "/channels/{channel_id}/messages")
    def _get_messages(self, request: Request, channel_id: str) -> list[Json]:
        limit = _limit(request, 50, 100)
        if not self.world.permissions(self._visible_channel(channel_id)) & Permission.HISTORY:
            return []
        messages = self.world.history(channel_id)[::-1]
        bounds = {name: int(request.query[name]) for name in ("around", "before", "after") if name in request.query}
        match bounds:
            case {"around": middle}:
                newer = [m for m in messages if int(m["id"]) > middle]
                older = [m for m in messages if int(m["id"]) <= middle]
                newer = newer[-(limit // 2) :] if limit > 1 else []
                return newer + older[: limit - len(newer)]
            case {"after": bound}:
                return [m for m in messages if int(m["id"]) > bound][-limit:]
            case {"before": bound}:
                return [m for m in messages if int(m["id"]) < bound][:limit]
        return messages[:limit]

    @route("GET", r"/channels/{channel_id}/messages/(?P<message_id>\d+)")
    def _get_message(self, _request: Request, channel_id: str, message_id: str) -> Json:
        if not self.world.permissions(self._visible_channel(channel_id)) & Permission.HISTORY:
            raise RefusalError(403, "Missing Access", 50001)
        return self._visible_message(channel_id, message_id)

    @route("PATCH", "/channels/{channel_id}/messages/{message_id}")
    def _edit_message(self, request: Request, channel_id: str, message_id: str) -> Json:
        channel, message = self._visible_channel(channel_id), self._visible_message(channel_id, message_id)
        if not _is_own(message):
            raise RefusalError(403, "Cannot edit a message authored by another user", 50005)
        self._check_active(channel)
        return self.world.edit(message, request.json, request.files)

    @route("DELETE", "/channels/{channel_id}/messages/{message_id}")
    def _delete_message(self, _request: Request, channel_id: str, message_id: str) -> None:
        channel, message = self._visible_channel(channel_id), self._visible_message(channel_id, message_id)
        self._require(channel, 0 if _is_own(message) else Permission.MANAGE_MESSAGES)
        self._check_active(channel)
        del self.world.messages[message_id]

    @route("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
    def _publish(self, _request: Request, channel_id: str, message_id: str) -> Json:
        channel, message = self._visible_channel(channel_id), self._visible_message(channel_id, message_id)
        if channel["type"] != 5:
            raise RefusalError(400, "Cannot execute action on this channel type", 50024)
        self._require(channel, Permission.SEND | (0 if _is_own(message) else Permission.MANAGE_MESSAGES))
        if message["type"] in SYSTEM:
            raise RefusalError(400, "Invalid message type", 50068)
        if message["flags"] & CROSSPOSTED:
            raise RefusalError(400, "This message has already been crossposted", 40033)
        message["flags"] |= CROSSPOSTED
        return message

    # Pins

    @route("PUT", "/channels/{channel_id}/(messages/)?pins/{message_id}")
    def _pin(self, _request: Request, channel_id: str, message_id: str) -> None:
        channel, message = self._pinnable(channel_id, message_id)
        if message["type"] in SYSTEM:
            raise RefusalError(403, "Cannot execute action on a system message", 50021)
        if message["pinned"]:
            return
        if len(self._pinned(channel_id)) >= self.max_pins:
            raise RefusalError(400, f"Maximum number of pins reached ({self.max_pins})", 30003)
        message["pinned"] = True
        newest = max(self._pins.values(), default=None)
        self._pins[message_id] = max(self.world.time, newest + timedelta(microseconds=1)) if newest else self.world.time
        self._store_system_message(PINNED, channel, channel, message_id)
        self._dispatch_pins(channel)

    @route("DELETE", "/channels/{channel_id}/(messages/)?pins/{message_id}")
    def _unpin(self, _request: Request, channel_id: str, message_id: str) -> None:
        channel, message = self._pinnable(channel_id, message_id)
        message["pinned"] = False
        self._dispatch_pins(channel)

    @route("GET", "/channels/{channel_id}/messages/pins")
    def _get_pins(self, request: Request, channel_id: str) -> Json:
        limit = _limit(request, 50, 50)
        channel = self._visible_channel(channel_id)
        messages = self._pinned(channel_id) if self.world.permissions(channel) & Permission.HISTORY else []
        if "before" in request.query:
            bound = datetime.fromisoformat(request.query["before"])
            messages = [m for m in messages if self._pins[m["id"]] < bound]
        items = [{"pinned_at": self._pins[m["id"]].isoformat(), "message": m} for m in messages[:limit]]
        return {"items": items, "has_more": len(messages) > limit}

    def _pinnable(self, channel_id: str, message_id: str) -> tuple[Json, Json]:
        channel = self._visible_channel(channel_id, Permission.PIN)
        self._check_active(channel)
        return channel, self._visible_message(channel_id, message_id)

    def _pinned(self, channel_id: str) -> list[Json]:
        """Return a channel's pinned messages, the last pinned first."""
        messages = [m for m in self.world.history(channel_id) if m["pinned"]]
        return sorted(messages, key=lambda message: self._pins[message["id"]], reverse=True)

    def _dispatch_pins(self, channel: Json) -> None:
        last = next((self._pins[m["id"]].isoformat() for m in self._pinned(channel["id"])), None)
        payload = {"guild_id": channel.get("guild_id"), "channel_id": channel["id"], "last_pin_timestamp": last}
        self._queue_event("CHANNEL_PINS_UPDATE", payload, channel.get("guild_id"))

    def _store_system_message(self, kind: int, target: Json, channel: Json, message_id: str) -> None:
        """Write what Discord itself writes into a channel about a message in it or elsewhere."""
        reference = {"guild_id": channel.get("guild_id"), "channel_id": channel["id"], "message_id": message_id}
        self.world.store(target["id"], {"type": kind}, {}, message_reference=reference)

    @route("GET", "/guilds/{guild_id}")
    def _get_guild(self, _request: Request, guild_id: str) -> Json:
        return self.world.guild_create(self._available_guild(guild_id))

    # Threads

    @route("GET", "/guilds/{guild_id}/threads/active")
    def _active_threads(self, _request: Request, guild_id: str) -> Json:
        return {"threads": self.world.guild_create(self._available_guild(guild_id))["threads"], "members": []}

    @route("GET", "/channels/{channel_id}/threads/archived/public")
    def _archived_threads(self, request: Request, channel_id: str) -> Json:
        channel = self._visible_channel(channel_id, Permission.HISTORY)
        archived = [(datetime.fromisoformat(t["thread_metadata"]["archive_timestamp"]), t)
                 for t in self.world.guild(channel["guild_id"])["threads"]
                 if t["parent_id"] == channel_id and t["thread_metadata"]["archived"] and t["type"] != 12]  # fmt: skip
        archived.sort(key=lambda item: item[0], reverse=True)
        if "before" in request.query:
            bound = datetime.fromisoformat(request.query["before"])
            archived = [item for item in archived if item[0] < bound]
        limit = _limit(request, 50, 100)
        return {"threads": [t for _, t in archived[:limit]], "members": [], "has_more": len(archived) > limit}

    @route("POST", "/channels/{channel_id}/messages/{message_id}/threads")
    def _start_thread_at(self, request: Request, channel_id: str, message_id: str) -> Json:
        parent = self._visible_channel(channel_id, Permission.PUBLIC_THREADS)
        kind = {0: 11, 5: 10}.get(parent["type"])
        if kind is None:
            raise RefusalError(400, "Cannot execute action on this channel type", 50024)
        message = self._visible_message(channel_id, message_id)
        if self.world.channel(message_id) is not None:
            raise RefusalError(400, "A thread has already been created for this message", 160004)
        new_thread = self._create_thread(request.json, parent, message_id, kind)
        message["flags"] |= HAS_THREAD
        message["thread"] = new_thread
        self._store_system_message(STARTER, new_thread, parent, message_id)
        return new_thread

    @route("POST", "/channels/{channel_id}/threads")
    def _start_thread(self, request: Request, channel_id: str) -> Json:
        parent, body = self._visible_channel(channel_id), request.json
        if parent["type"] in FORUMS:
            return self._start_post(request, parent)
        if parent["type"] not in {0, 5}:
            raise RefusalError(400, "Cannot execute action on this channel type", 50024)
        kind = int(body.get("type", 12))
        self._require(parent, Permission.PRIVATE_THREADS if kind == 12 else Permission.PUBLIC_THREADS)
        return self._create_thread(body, parent, self.world.next_id(), kind)

    def _start_post(self, request: Request, parent: Json) -> Json:
        body, starter = request.json, request.json["message"]
        self._check_may_send(parent, Permission.SEND, starter, request.files)
        self._check_tags(parent, body.get("applied_tags") or [])
        _check_name(body["name"])
        thread_id = self.world.next_id()
        # First, since without words there is no post.
        message = self.world.store(thread_id, starter, request.files, id=thread_id, **self._mentions(parent, starter))
        new_thread = self._create_thread(body, parent, thread_id, 11)
        return {**new_thread, "message": message}

    def _check_tags(self, parent: Json, tags: Sequence[int | str]) -> None:
        if parent.get("flags", 0) & TAG_REQUIRED and not tags:
            raise RefusalError(400, "A tag is required to create a forum post in this channel", 40067)
        offered = {tag["id"]: tag for tag in parent.get("available_tags") or []}
        for tag in map(str, tags):
            if tag not in offered:
                raise RefusalError(404, "Unknown Tag", 10087)
            self._require(parent, Permission.MANAGE_THREADS if offered[tag].get("moderated") else 0)
        if len(tags) > 5:
            raise RefusalError(400, "Invalid Form Body", 50035)

    def _create_thread(self, body: Json, parent: Json, thread_id: str, kind: int) -> Json:
        """Make a thread of a request's body and note what the gateway has to tell of it."""
        _check_name(body["name"])
        now = self.world.time.isoformat()
        auto_archive_duration = body.get("auto_archive_duration") or parent.get("default_auto_archive_duration") or 1440
        if auto_archive_duration not in {60, 1440, 4320, 10080}:
            raise RefusalError(400, "Invalid Form Body", 50035)
        new_thread = thread(
            int(thread_id), body["name"], int(parent["id"]), kind=kind, guild_id=parent["guild_id"],
            rate_limit_per_user=body.get("rate_limit_per_user") or 0, auto_archive_duration=auto_archive_duration,
            archive_timestamp=now, create_timestamp=now, applied_tags=[str(t) for t in body.get("applied_tags") or []],
        )  # fmt: skip
        self.world.guild(parent["guild_id"])["threads"].append(new_thread)
        self._queue_event("THREAD_CREATE", {**new_thread, "newly_created": True}, parent["guild_id"])
        return new_thread


def _is_own(message: Json) -> bool:
    return bool(message["author"]["id"] == str(APPLICATION))


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 100:
        raise RefusalError(400, "Invalid Form Body", 50035)


def _limit(request: Request, default: int, maximum: int) -> int:
    limit = int(request.query.get("limit", default))
    if not 1 <= limit <= maximum:
        raise RefusalError(400, "Invalid Form Body", 50035)
    return limit
