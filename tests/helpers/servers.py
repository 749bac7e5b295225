"""A server in a simulated Discord: its admin sets up daily posts, its members read them; and the bot that serves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any

import discord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.archive.archive import Archive
from bot.client import Daybook
from bot.domain.errors import DailyPostError, PreferenceError
from bot.ledger.ledger import Ledger
from tests.helpers.samples import write

Json = dict[str, Any]
AT_NINE = {"time": "9:00", "timezone": "UTC"}


class SimcordClock:
    """The time in simcord's Discord: it replaces the clocks below while its environment runs.

    simcord's time begins on 2026-01-01 and passes only when a test lets it.
    """

    def now(self) -> datetime:
        return discord.utils.utcnow()

    def monotonic(self) -> float:
        return discord.utils.utcnow().timestamp()


def make_bot(archive: Archive, ledger: Ledger) -> Daybook:
    """Return a bot that looks for due posts when one is due and once a day, not every half minute."""
    bot = Daybook(archive=archive, ledger=ledger, clock=SimcordClock(), shard_count=1)
    bot.courier.max_sleep = timedelta(days=1)
    return bot


def text_of(message: Any) -> str:
    """Return all text of a message."""
    return "\n".join(filter(None, (message.content, *map(card_text, message.embeds))))


def card_text(embed: discord.Embed) -> str:
    """Return all text of a card."""
    fields = [part for field in embed.fields for part in (field.name, field.value)]
    return "\n".join(filter(None, (embed.author.name, embed.title, embed.description, *fields, embed.footer.text)))


def parts(message: Any) -> list[Json]:
    """Return the buttons and menus of a message."""
    rows = [row if isinstance(row, Mapping) else row.to_dict() for row in message.components]
    return [part for row in rows for part in row["components"]]


def labels(message: Any) -> list[str]:
    return [part["label"] for part in parts(message) if "label" in part]


def menu(message: Any, name: str) -> Json:
    """Return the menu whose ``custom_id`` begins with a name."""
    return next(part for part in parts(message) if part["custom_id"].startswith(f"{name}:"))


def lead_headlines(messages: Sequence[Any]) -> list[str]:
    """Return the headline of the lead event of each post."""
    return [message.embeds[0].title for message in messages]


def write_tales(folder: Path) -> list[Path]:
    """Write pages: one event on each day of the first half of January, in each of five years."""
    years = (2001, 2003, 2007, 2009, 2012)
    return [write_tale(folder, f"{year}-01-{day:02}") for year in years for day in range(1, 16)]


def write_tale(folder: Path, date: str, headline: str = "", **more: Any) -> Path:
    """Write a page; those of 2007 are the most notable, and those of 2001 have an image, too."""
    fields: dict[str, Any] = {
        "summary": "It is told.",
        "topic": "Tales",
        "sources": [("Paper", f"http://a.example/{date}")],
    }
    if date.startswith(("2001", "2007")):
        fields["image"] = f"http://a.example/{date}.png"
    if date.startswith("2007"):
        fields["sources"] = [(name, f"http://{name.lower()}.example/{date}") for name in ("Paper", "Radio", "Wire")]
    return write(folder, date, headline or f"Tale of {date}", **(fields | more))


def short_list(message: Any) -> list[str]:
    """Return the lines of a post's short list."""
    return (message.embeds[1].description or "").split("\n") if len(message.embeds) > 1 else []


def author_name(message: Any) -> str:
    return str(message.embeds[0].author.name)


async def seed_card(reader: Any, channel: Any) -> Any:
    """Use /onthisday for the day of the seed page; return the public message."""
    answer = await reader.slash(channel, "onthisday", date="March 24")
    assert answer.acknowledged
    assert not answer.ephemeral
    return answer.response


async def open_topic(reader: Any, channel: Any, **options: str) -> Any:
    """Use /topic, and open its list of events, the most notable first."""
    message = (await reader.slash(channel, "topic", **options)).response
    await reader.click(message, label="Most notable first")
    return message


def timestamp_markup(moment: str, style: str = "F") -> str:
    """Return Discord's timestamp markup for a moment in UTC, such as ``2026-01-01 09:00``."""
    return f"<t:{int(_utc(moment).timestamp())}:{style}>"


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@dataclass
class Server:
    """A server with a text channel, an admin (Manage Server) and two members."""

    env: Any
    guild: Any
    channel: Any
    admin: Any
    member: Any
    other_member: Any

    @classmethod
    def open(cls, env: Any, name: str = "Home", **settings: Any) -> "Server":
        guild = env.create_guild(name, **settings)
        channel = guild.create_text_channel("on-this-day")
        admins = guild.create_role("Admins", permissions=discord.Permissions(manage_guild=True))
        admin, member, other = (
            guild.add_member(env.create_user(f"{person}-{name}".lower())) for person in ("ada", "milo", "nora")
        )
        env.backend.add_member_role(guild.id, admin.id, admins.id)
        return cls(env, guild, channel, admin, member, other)

    async def ask(self, user: Any, command: str, **options: Any) -> Any:
        """Let a user use a command in the server's channel; return the answer."""
        # Time between commands, so that the bot's rate limit for each user is not met.
        self.env.backend.advance_clock(3)
        answer = await user.slash(self.channel, command, **options)
        assert answer.acknowledged
        return answer

    async def ask_privately(self, user: Any, command: str, **options: Any) -> Any:
        """Let a user use a command; return the ephemeral message."""
        answer = await self.ask(user, command, **options)
        assert answer.ephemeral
        return answer.response

    async def ask_refused(self, error: type | UnionType, user: Any, command: str, **options: Any) -> str:
        """Let a user use a command that must raise an error of a type; return the sentence of the refusal."""
        known_errors = len(self.env.errors)
        message = await self.ask_privately(user, command, **options)
        # simcord keeps the errors of commands, even of those that were answered.
        (raised,) = self.env.errors[known_errors:]
        assert isinstance(raised.original, error), raised.original
        assert not message.embeds
        assert "\n" not in message.content
        return str(message.content).replace("\u200b", "")

    async def daily(self, command: str, **options: Any) -> Any:
        """Let the admin use a /daily command; return the ephemeral message."""
        return await self.ask_privately(self.admin, f"daily {command}", **options)

    async def daily_text(self, command: str, **options: Any) -> str:
        return text_of(await self.daily(command, **options))

    async def daily_refusal(self, command: str, **options: Any) -> str:
        """Let the admin use a /daily command that must fail; return the sentence of the refusal."""
        return await self.ask_refused(DailyPostError, self.admin, f"daily {command}", **options)

    async def press(self, message: Any, label: str) -> Any:
        """Let the admin press a button."""
        self.env.backend.advance_clock(3)
        answer = await self.admin.click(message, label=label)
        assert answer.acknowledged
        return answer

    async def choose(self, message: Any, name: str, value: str) -> Any:
        self.env.backend.advance_clock(3)
        answer = await self.admin.select(message, [value], custom_id=menu(message, name)["custom_id"])
        assert answer.acknowledged
        return answer

    async def until(self, moment: str) -> None:
        """Let time pass until a moment in UTC, and everything happen that is due by then."""
        await self.env.advance_time((_utc(moment) - self.env.now()).total_seconds())

    def skip_to(self, moment: str) -> None:
        """Set the time to a moment in UTC, without anything happening."""
        self.env.backend.advance_clock((_utc(moment) - self.env.now()).total_seconds())

    def posts(self, channel: Any = None) -> list[Any]:
        """Return the bot's public messages, oldest first."""
        bot_id = self.env.backend.bot_user.id
        messages = (channel or self.channel).history(viewer=self.member)
        # Discord's own messages about pins and threads have the bot as author, too.
        default = discord.MessageType.default
        return [
            message
            for message in messages
            if message.author.id == bot_id and message.type is default and not message.flags.ephemeral
        ]

    def deny(self, channel: Any, *names: str) -> None:
        """Deny the bot these permissions in a channel, and no others."""
        denied = discord.Permissions(**dict.fromkeys(names, True))
        bot_id = self.env.backend.bot_user.id
        self.env.backend.set_overwrite(channel.id, Overwrite(bot_id, OverwriteType.MEMBER, 0, denied.value))

    def tags(self, forum: Any, *names: str) -> list[int]:
        """Set the tags of a forum; return their ids."""
        ids = [self.env.backend.snowflake() for _ in names]
        rest = {"moderated": False, "emoji_id": None, "emoji_name": None}
        tags = [{"id": str(tag), "name": name, **rest} for tag, name in zip(ids, names, strict=True)]
        self.env.backend.edit_channel(forum.id, {"available_tags": tags})
        return ids

    def thread(self, name: str) -> Any:
        """Open a thread in the server's channel."""
        created = self.env.backend.create_thread(self.channel.id, name, self.admin.id)
        return next(thread for thread in self.channel.threads if thread.id == created.id)

    def sent(self, resource: str = "messages", channel: Any = None) -> list[Json]:
        """Return the bodies of the bot's POST requests to a channel."""
        path = f"/channels/{(channel or self.channel).id}/{resource}"
        return [request.json for request in self.env.http_requests if (request.method, request.path) == ("POST", path)]


async def settings_answer(server: Server, user: Any, command: str, **options: Any) -> str:
    """Let a user use a /settings command; return the text of the ephemeral answer."""
    return text_of(await server.ask_privately(user, f"settings {command}", **options))


async def settings_refusal(server: Server, user: Any, command: str, **options: Any) -> str:
    """Let a user use a /settings command that must fail; return the sentence of the refusal."""
    return await server.ask_refused(PreferenceError | DailyPostError, user, f"settings {command}", **options)


async def mute(server: Server, **options: Any) -> str:
    """Let the admin use /settings mute; return the text of the answer."""
    return await settings_answer(server, server.admin, "mute", **options)
