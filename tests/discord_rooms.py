"""The double's rooms: channels, threads, messages and pins, who may do what there, and what people change."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from discord_gateway import (
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
    May,
    RefusalError,
    World,
    thread,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TAG_REQUIRED, CROSSPOSTED, HAS_THREAD = 1 << 4, 1 << 0, 1 << 5
TALKING = (0, 1, 2, 3, 5, 10, 11, 12, 13)
METADATA = ("archived", "locked", "auto_archive_duration", "invitable")
# What GUILD_CREATE tells, but GUILD_UPDATE does not.
CREATED_WITH = (
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


class Rooms:
    """The routes below /channels, /guilds and /users, and what people do to rooms while the bot runs."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        """Serve a world, and tell the bot of changes through the gateway."""
        self.world = world
        self.gateway = gateway
        self.nonce_seconds = 120.0
        self.most_pins = 250
        self.closed_dms: set[int] = set()
        self.outage_status = 500
        self._nonces: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._pins: dict[str, datetime] = {}
        self._events: list[tuple[str, Json, int]] = []

    async def _tell(self, event: str, data: Json, guild_id: int | str) -> None:
        # A bot that is away learns of it when it comes back.
        with contextlib.suppress(LookupError):
            await self.gateway.dispatch(event, data, int(guild_id))

    async def _tell_all(self) -> None:
        events, self._events = self._events, []
        for event in events:
            await self._tell(*event)

    def _happened(self, event: str, data: Json, guild_id: str | None) -> None:
        if guild_id is not None:
            self._events.append((event, data, int(guild_id)))

    # What people do

    async def add_guild(self, server: Json) -> None:
        """Invite the bot to a guild as `guild()` makes it."""
        rooms = {room["id"] for room in (*server["channels"], *server["threads"])}
        self.world.lost -= rooms
        self.world.guilds.append(server)
        told = self.world.shown(server)
        # With the word, even a false one, discord.py would take it for a guild that is back in order.
        del told["unavailable"]
        await self._tell("GUILD_CREATE", told, server["id"])

    async def remove_guild(self, guild_id: int = GUILD) -> Json:
        """Remove the bot from a guild; return the guild, for `add_guild`."""
        server = self._server(guild_id)
        self.world.guilds.remove(server)
        self.world.lost |= {room["id"] for room in (*server["channels"], *server["threads"])}
        await self._tell("GUILD_DELETE", {"id": server["id"]}, guild_id)
        return server

    async def guild_unavailable(self, guild_id: int = GUILD) -> None:
        """Let a guild be out of order: its rooms answer with `outage_status` (discord.py retries 500, not 503)."""
        server = self._server(guild_id)
        self.world.unavailable.add(server["id"])
        await self._tell("GUILD_DELETE", {"id": server["id"], "unavailable": True}, guild_id)

    async def guild_available(self, guild_id: int = GUILD) -> None:
        """Let a guild be in order again."""
        server = self._server(guild_id)
        self.world.unavailable.discard(server["id"])
        await self._tell("GUILD_CREATE", self.world.shown(server), guild_id)

    async def update_guild(self, guild_id: int = GUILD, **changes: Any) -> None:
        """Change fields of a guild, such as `name`, `roles` or `preferred_locale`."""
        server = self._server(guild_id)
        server |= changes
        await self._tell("GUILD_UPDATE", {k: v for k, v in server.items() if k not in CREATED_WITH}, guild_id)

    async def update_role(self, role_id: int, **changes: Any) -> None:
        """Change fields of a role; that of @everyone has its guild's id. Permissions may be given as a number."""
        server, found = self._role(role_id)
        found |= changes
        found["permissions"] = str(int(found["permissions"]))
        await self._tell("GUILD_ROLE_UPDATE", {"guild_id": server["id"], "role": found}, server["id"])

    async def delete_role(self, role_id: int) -> None:
        """Delete a role; nobody has it and no channel speaks of it any more."""
        server, found = self._role(role_id)
        server["roles"].remove(found)
        server["members"][0]["roles"] = [r for r in server["members"][0]["roles"] if str(r) != found["id"]]
        for room in server["channels"]:
            room["permission_overwrites"] = [o for o in room["permission_overwrites"] if o["id"] != found["id"]]
        await self._tell("GUILD_ROLE_DELETE", {"guild_id": server["id"], "role_id": found["id"]}, server["id"])

    async def update_channel(self, channel_id: int, **changes: Any) -> None:
        """Change fields of a channel or thread (also `archived`, `locked`), as a moderator may."""
        room = self._existing(channel_id)
        self._change(room, changes)
        await self._tell_all()

    async def set_overwrite(self, channel_id: int, *, allow: int = 0, deny: int = 0, of: int | None = None) -> None:
        """Set what a channel allows and denies to @everyone, or `of` a role or the bot (`APPLICATION`)."""
        room = self._existing(channel_id)
        target = str(of or room["guild_id"])
        others = [o for o in room["permission_overwrites"] if o["id"] != target]
        new = {"id": target, "type": int(of == APPLICATION), "allow": str(int(allow)), "deny": str(int(deny))}
        await self.update_channel(channel_id, permission_overwrites=[*others, new])

    async def delete_channel(self, channel_id: int) -> None:
        """Delete a channel and its threads, or a thread; `posted` still tells what was in it."""
        room = self._existing(channel_id)
        server = self.world.guild(room["guild_id"])
        if room["type"] in THREADS:
            server["threads"].remove(room)
            told = {key: room[key] for key in ("id", "guild_id", "parent_id", "type")}
            await self._tell("THREAD_DELETE", told, server["id"])
        else:
            server["channels"].remove(room)
            server["threads"][:] = [t for t in server["threads"] if t["parent_id"] != room["id"]]
            await self._tell("CHANNEL_DELETE", room, server["id"])

    def delete_message(self, message_id: int) -> None:
        """Delete a message, as a moderator may; the bot's intents keep it from hearing of it."""
        del self.world.messages[str(message_id)]

    def say(self, content: str, channel_id: int = CHANNEL, user_id: int = USER) -> Json:
        """Post a message as a person."""
        return self.world.store(str(channel_id), {"content": content}, {}, author=user(user_id))

    def _server(self, guild_id: int | str) -> Json:
        server = self.world.guild(guild_id)
        if not server:
            raise LookupError(f"there is no guild {guild_id} with the bot in it")
        return server

    def _role(self, role_id: int) -> tuple[Json, Json]:
        for server in self.world.guilds:
            for found in server["roles"]:
                if found["id"] == str(role_id):
                    return server, found
        raise LookupError(f"there is no role {role_id}")

    def _existing(self, channel_id: int) -> Json:
        room = self.world.channel(channel_id)
        if room is None:
            raise LookupError(f"there is no channel {channel_id}")
        return room

    # Rooms

    def _known_channel(self, number: str, needed: int = 0) -> Json:
        room = self.world.channel(number)
        if room is None and number in self.world.lost:
            raise RefusalError(403, "Missing Access", 50001)
        if room is None:
            raise RefusalError(404, "Unknown Channel", 10003)
        if room.get("guild_id") in self.world.unavailable:
            raise RefusalError(self.outage_status, f"{self.outage_status}: out of order")
        if not self.world.permissions(room) & May.VIEW:
            raise RefusalError(403, "Missing Access", 50001)
        self._require(room, needed)
        return room

    def _require(self, room: Json, needed: int) -> None:
        if needed & ~self.world.permissions(room):
            raise RefusalError(403, "Missing Permissions", 50013)

    def _known_guild(self, number: str) -> Json:
        server = self.world.guild(number)
        if not server:
            raise RefusalError(404, "Unknown Guild", 10004)
        if number in self.world.unavailable:
            raise RefusalError(self.outage_status, f"{self.outage_status}: out of order")
        return server

    @route("GET", "/channels/{room}")
    def _get_channel(self, _call: Request, room: str) -> Json:
        return self._known_channel(room)

    @route("PATCH", "/channels/{room}")
    def _edit_channel(self, call: Request, room: str) -> Json:
        found, body = self._known_channel(room), call.json
        _check_name(body.get("name", "as it was"))
        if found["type"] in THREADS:
            self._check_thread_edit(found, body)
        else:
            self._require(found, May.MANAGE_CHANNELS)
        return self._change(found, body)

    def _check_thread_edit(self, found: Json, body: Json) -> None:
        metadata = found["thread_metadata"]
        if metadata["locked"] or "locked" in body:
            self._require(found, May.MANAGE_THREADS)
        elif body == {"archived": False}:
            self._require(found, May.SEND_IN_THREADS)
        elif found["owner_id"] != str(APPLICATION):
            self._require(found, May.MANAGE_THREADS)
        if metadata["archived"] and body.get("archived", True):
            raise RefusalError(400, "Thread is archived", 50083)
        if "applied_tags" in body:
            self._check_tags(self._known_channel(found["parent_id"]), body["applied_tags"])

    def _change(self, room: Json, changes: Mapping[str, Any]) -> Json:
        """Change a room and note what the gateway has to tell of it."""
        if room["type"] not in THREADS:
            room |= changes
            self._happened("CHANNEL_UPDATE", room, room.get("guild_id"))
            return room
        metadata = room["thread_metadata"]
        new = {key: changes[key] for key in METADATA if key in changes}
        if any(metadata.get(key) != new[key] for key in ("archived", "auto_archive_duration") if key in new):
            metadata["archive_timestamp"] = self.world.time.isoformat()
        metadata |= new
        room |= {key: value for key, value in changes.items() if key not in METADATA}
        self._happened("THREAD_UPDATE", room, room["guild_id"])
        return room

    @route("POST", "/users/@me/channels")
    def _open_dm(self, call: Request) -> Json:
        return self.world.dm(user(int(call.json["recipient_id"])))

    @route("GET", r"/users/(?P<number>\d+)")
    def _get_user(self, _call: Request, number: str) -> Json:
        return user(int(number), "Daybook", bot=True) if number == str(APPLICATION) else user(int(number))

    # Messages

    def _known_message(self, room: str, number: str) -> Json:
        found = self.world.messages.get(number)
        if found is None or found["channel_id"] != room or found["flags"] & EPHEMERAL:
            raise RefusalError(404, "Unknown Message", 10008)
        return found

    def _check_active(self, room: Json) -> None:
        if room["type"] in THREADS and room["thread_metadata"]["archived"]:
            raise RefusalError(400, "Thread is archived", 50083)

    def _check_speech(self, room: Json, speech: int, body: Json, files: Mapping[str, bytes]) -> None:
        self._require(room, speech | May.EMBED * bool(body.get("embeds")) | May.ATTACH * bool(files))

    @route("POST", "/channels/{room}/messages")
    def _post_message(self, call: Request, room: str) -> Json:
        found = self._known_channel(room)
        is_thread = found["type"] in THREADS
        self._check_speech(found, May.SEND_IN_THREADS if is_thread else May.SEND, call.json, call.files)
        if found["type"] not in TALKING:
            raise RefusalError(400, "Cannot send messages in a non-text channel", 50008)
        if found["type"] == 1 and int(found["recipients"][0]["id"]) in self.closed_dms:
            raise RefusalError(403, "Cannot send messages to this user", 50007)
        if is_thread:
            self._open_again(found)
        nonce = str(call.json.get("nonce") or "")
        if nonce and call.json.get("enforce_nonce"):
            number, then = self._nonces.get((room, nonce), ("", self.world.time))
            if number in self.world.messages and self.world.time - then < timedelta(seconds=self.nonce_seconds):
                return {**self.world.messages[number], "nonce": nonce}
        message = self.world.store(room, call.json, call.files, **self._mentions(found, call.json))
        self._nonces[room, nonce] = message["id"], self.world.time
        found["last_message_id"] = message["id"]
        if is_thread:
            found["message_count"] += 1
            found["total_message_sent"] += 1
        # Told once: Discord does not keep nonces with messages.
        return {**message, "nonce": nonce} if nonce else message

    def _open_again(self, found: Json) -> None:
        """Unarchive a thread that somebody posts into, unless that is forbidden."""
        metadata = found["thread_metadata"]
        if metadata["locked"] and not self.world.permissions(found) & May.MANAGE_THREADS:
            self._check_active(found)
            raise RefusalError(403, "Thread is locked", 160005)
        if metadata["archived"]:
            self._change(found, {"archived": False})

    def _mentions(self, room: Json, body: Json) -> Json:
        """Return whom a message pings: roles it names and may ping, and whether everyone."""
        allowed = body.get("allowed_mentions")
        parse = {"roles", "everyone"} if allowed is None else set(allowed.get("parse") or [])
        content, may = str(body.get("content") or ""), self.world.permissions(room)
        named = set(re.findall(r"<@&(\d+)>", content))
        chosen = named if "roles" in parse else named & {str(n) for n in (allowed or {}).get("roles") or []}
        known = self.world.guild(room.get("guild_id", 0)).get("roles", [])
        pinged = [r["id"] for r in known if r["id"] in chosen and (r["mentionable"] or may & May.MENTION_EVERYONE)]
        aloud = "everyone" in parse and re.search("@(everyone|here)", content)
        return {"mention_roles": pinged, "mention_everyone": bool(aloud and may & May.MENTION_EVERYONE)}

    @route("GET", "/channels/{room}/messages")
    def _get_messages(self, call: Request, room: str) -> list[Json]:
        limit = _limit(call, 50, 100)
        if not self.world.permissions(self._known_channel(room)) & May.HISTORY:
            return []
        found = self.world.history(room)[::-1]
        edges = {name: int(call.query[name]) for name in ("around", "before", "after") if name in call.query}
        match edges:
            case {"around": middle}:
                newer = [m for m in found if int(m["id"]) > middle]
                older = [m for m in found if int(m["id"]) <= middle]
                newer = newer[-(limit // 2) :] if limit > 1 else []
                return newer + older[: limit - len(newer)]
            case {"after": edge}:
                return [m for m in found if int(m["id"]) > edge][-limit:]
            case {"before": edge}:
                return [m for m in found if int(m["id"]) < edge][:limit]
        return found[:limit]

    @route("GET", r"/channels/{room}/messages/(?P<message>\d+)")
    def _get_message(self, _call: Request, room: str, message: str) -> Json:
        if not self.world.permissions(self._known_channel(room)) & May.HISTORY:
            raise RefusalError(403, "Missing Access", 50001)
        return self._known_message(room, message)

    @route("PATCH", "/channels/{room}/messages/{message}")
    def _edit_message(self, call: Request, room: str, message: str) -> Json:
        known, found = self._known_channel(room), self._known_message(room, message)
        if not _own(found):
            raise RefusalError(403, "Cannot edit a message authored by another user", 50005)
        self._check_active(known)
        return self.world.edit(found, call.json, call.files)

    @route("DELETE", "/channels/{room}/messages/{message}")
    def _delete_message(self, _call: Request, room: str, message: str) -> None:
        known, found = self._known_channel(room), self._known_message(room, message)
        self._require(known, 0 if _own(found) else May.MANAGE_MESSAGES)
        self._check_active(known)
        del self.world.messages[message]

    @route("POST", "/channels/{room}/messages/{message}/crosspost")
    def _publish(self, _call: Request, room: str, message: str) -> Json:
        known, found = self._known_channel(room), self._known_message(room, message)
        if known["type"] != 5:
            raise RefusalError(400, "Cannot execute action on this channel type", 50024)
        self._require(known, May.SEND | (0 if _own(found) else May.MANAGE_MESSAGES))
        if found["type"] in SYSTEM:
            raise RefusalError(400, "Invalid message type", 50068)
        if found["flags"] & CROSSPOSTED:
            raise RefusalError(400, "This message has already been crossposted", 40033)
        found["flags"] |= CROSSPOSTED
        return found

    # Pins

    @route("PUT", "/channels/{room}/(messages/)?pins/{message}")
    def _pin(self, _call: Request, room: str, message: str) -> None:
        known, found = self._pinnable(room, message)
        if found["type"] in SYSTEM:
            raise RefusalError(403, "Cannot execute action on a system message", 50021)
        if found["pinned"]:
            return
        if len(self._pinned(room)) >= self.most_pins:
            raise RefusalError(400, f"Maximum number of pins reached ({self.most_pins})", 30003)
        found["pinned"] = True
        newest = max(self._pins.values(), default=None)
        self._pins[message] = max(self.world.time, newest + timedelta(microseconds=1)) if newest else self.world.time
        self._note(PINNED, known, known, message)
        self._tell_pins(known)

    @route("DELETE", "/channels/{room}/(messages/)?pins/{message}")
    def _unpin(self, _call: Request, room: str, message: str) -> None:
        known, found = self._pinnable(room, message)
        found["pinned"] = False
        self._tell_pins(known)

    @route("GET", "/channels/{room}/messages/pins")
    def _get_pins(self, call: Request, room: str) -> Json:
        limit = _limit(call, 50, 50)
        known = self._known_channel(room)
        found = self._pinned(room) if self.world.permissions(known) & May.HISTORY else []
        if "before" in call.query:
            edge = datetime.fromisoformat(call.query["before"])
            found = [m for m in found if self._pins[m["id"]] < edge]
        items = [{"pinned_at": self._pins[m["id"]].isoformat(), "message": m} for m in found[:limit]]
        return {"items": items, "has_more": len(found) > limit}

    def _pinnable(self, room: str, message: str) -> tuple[Json, Json]:
        known = self._known_channel(room, May.PIN)
        self._check_active(known)
        return known, self._known_message(room, message)

    def _pinned(self, room: str) -> list[Json]:
        """Return a room's pinned messages, the last pinned first."""
        found = [m for m in self.world.history(room) if m["pinned"]]
        return sorted(found, key=lambda message: self._pins[message["id"]], reverse=True)

    def _tell_pins(self, room: Json) -> None:
        last = next((self._pins[m["id"]].isoformat() for m in self._pinned(room["id"])), None)
        told = {"guild_id": room.get("guild_id"), "channel_id": room["id"], "last_pin_timestamp": last}
        self._happened("CHANNEL_PINS_UPDATE", told, room.get("guild_id"))

    def _note(self, kind: int, into: Json, room: Json, message: str) -> None:
        """Write what Discord itself writes into a room about a message in it or elsewhere."""
        reference = {"guild_id": room.get("guild_id"), "channel_id": room["id"], "message_id": message}
        self.world.store(into["id"], {"type": kind}, {}, message_reference=reference)

    @route("GET", "/guilds/{number}")
    def _get_guild(self, _call: Request, number: str) -> Json:
        return self.world.shown(self._known_guild(number))

    # Threads

    @route("GET", "/guilds/{number}/threads/active")
    def _active_threads(self, _call: Request, number: str) -> Json:
        return {"threads": self.world.shown(self._known_guild(number))["threads"], "members": []}

    @route("GET", "/channels/{room}/threads/archived/public")
    def _archived_threads(self, call: Request, room: str) -> Json:
        known = self._known_channel(room, May.HISTORY)
        found = [(datetime.fromisoformat(t["thread_metadata"]["archive_timestamp"]), t)
                 for t in self.world.guild(known["guild_id"])["threads"]
                 if t["parent_id"] == room and t["thread_metadata"]["archived"] and t["type"] != 12]  # fmt: skip
        found.sort(key=lambda each: each[0], reverse=True)
        if "before" in call.query:
            edge = datetime.fromisoformat(call.query["before"])
            found = [each for each in found if each[0] < edge]
        limit = _limit(call, 50, 100)
        return {"threads": [t for _, t in found[:limit]], "members": [], "has_more": len(found) > limit}

    @route("POST", "/channels/{room}/messages/{message}/threads")
    def _start_thread_at(self, call: Request, room: str, message: str) -> Json:
        parent = self._known_channel(room, May.PUBLIC_THREADS)
        kind = {0: 11, 5: 10}.get(parent["type"])
        if kind is None:
            raise RefusalError(400, "Cannot execute action on this channel type", 50024)
        found = self._known_message(room, message)
        if self.world.channel(message) is not None:
            raise RefusalError(400, "A thread has already been created for this message", 160004)
        started = self._begin(call.json, parent, message, kind)
        found["flags"] |= HAS_THREAD
        found["thread"] = started
        self._note(STARTER, started, parent, message)
        return started

    @route("POST", "/channels/{room}/threads")
    def _start_thread(self, call: Request, room: str) -> Json:
        parent, body = self._known_channel(room), call.json
        if parent["type"] in FORUMS:
            return self._start_post(call, parent)
        if parent["type"] not in {0, 5}:
            raise RefusalError(400, "Cannot execute action on this channel type", 50024)
        kind = int(body.get("type", 12))
        self._require(parent, May.PRIVATE_THREADS if kind == 12 else May.PUBLIC_THREADS)
        return self._begin(body, parent, self.world.next_id(), kind)

    def _start_post(self, call: Request, parent: Json) -> Json:
        body, starter = call.json, call.json["message"]
        self._check_speech(parent, May.SEND, starter, call.files)
        self._check_tags(parent, body.get("applied_tags") or [])
        _check_name(body["name"])
        number = self.world.next_id()
        # First, since without words there is no post.
        message = self.world.store(number, starter, call.files, id=number, **self._mentions(parent, starter))
        started = self._begin(body, parent, number, 11)
        return {**started, "message": message}

    def _check_tags(self, parent: Json, tags: Sequence[int | str]) -> None:
        if parent.get("flags", 0) & TAG_REQUIRED and not tags:
            raise RefusalError(400, "A tag is required to create a forum post in this channel", 40067)
        offered = {tag["id"]: tag for tag in parent.get("available_tags") or []}
        for tag in map(str, tags):
            if tag not in offered:
                raise RefusalError(404, "Unknown Tag", 10087)
            self._require(parent, May.MANAGE_THREADS if offered[tag].get("moderated") else 0)
        if len(tags) > 5:
            raise RefusalError(400, "Invalid Form Body", 50035)

    def _begin(self, body: Json, parent: Json, number: str, kind: int) -> Json:
        """Make a thread of a request's body and note what the gateway has to tell of it."""
        _check_name(body["name"])
        now = self.world.time.isoformat()
        lasting = body.get("auto_archive_duration") or parent.get("default_auto_archive_duration") or 1440
        if lasting not in {60, 1440, 4320, 10080}:
            raise RefusalError(400, "Invalid Form Body", 50035)
        started = thread(
            int(number), body["name"], int(parent["id"]), kind=kind, guild_id=parent["guild_id"],
            rate_limit_per_user=body.get("rate_limit_per_user") or 0, auto_archive_duration=lasting,
            archive_timestamp=now, create_timestamp=now, applied_tags=[str(t) for t in body.get("applied_tags") or []],
        )  # fmt: skip
        self.world.guild(parent["guild_id"])["threads"].append(started)
        self._happened("THREAD_CREATE", {**started, "newly_created": True}, parent["guild_id"])
        return started


def _own(message: Json) -> bool:
    return bool(message["author"]["id"] == str(APPLICATION))


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 100:
        raise RefusalError(400, "Invalid Form Body", 50035)


def _limit(call: Request, usual: int, most: int) -> int:
    limit = int(call.query.get("limit", usual))
    if not 1 <= limit <= most:
        raise RefusalError(400, "Invalid Form Body", 50035)
    return limit
