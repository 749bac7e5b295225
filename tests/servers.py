"""A server in a simulated Discord whose admins order daily posts, and who reads them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any

import discord
from samples import write
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.archive.archive import Archive
from bot.client import Daybook
from bot.domain.errors import DailyPostError, PreferenceError
from bot.ledger.ledger import Ledger

Json = dict[str, Any]
NINE = {"time": "9:00", "timezone": "UTC"}


class SimcordClock:
    """The clock of the simulated Discord, which replaces that of discord.py while it runs."""

    def now(self) -> datetime:
        return discord.utils.utcnow()

    def monotonic(self) -> float:
        return time.monotonic()


def make_bot(archive: Archive, ledger: Ledger) -> Daybook:
    """Return a bot that looks for posts when one is due and once a day, not every half minute."""
    bot = Daybook(archive=archive, ledger=ledger, clock=SimcordClock(), shard_count=1)
    bot.courier.longest_rest = timedelta(days=1)
    return bot


def text_of(message: Any) -> str:
    """Return all that can be read in a message."""
    return "\n".join(filter(None, (message.content, *map(card_text, message.embeds))))


def card_text(embed: discord.Embed) -> str:
    """Return all that can be read on a card."""
    fields = [part for field in embed.fields for part in (field.name, field.value)]
    return "\n".join(filter(None, (embed.author.name, embed.title, embed.description, *fields, embed.footer.text)))


def parts(message: Any) -> list[Json]:
    """Return the buttons and menus of what was answered or posted."""
    rows = [row if isinstance(row, Mapping) else row.to_dict() for row in message.components]
    return [part for row in rows for part in row["components"]]


def labels(message: Any) -> list[str]:
    return [part["label"] for part in parts(message) if "label" in part]


def menu(message: Any, name: str) -> Json:
    """Return the menu whose ``custom_id`` begins so."""
    return next(part for part in parts(message) if part["custom_id"].startswith(f"{name}:"))


def leads(messages: Sequence[Any]) -> list[str]:
    """Return the headline of each post."""
    return [message.embeds[0].title for message in messages]


def tales(folder: Path) -> list[Path]:
    """Write pages: each day of the first half of January has an event of each of five years."""
    years = (2001, 2003, 2007, 2009, 2012)
    return [tale(folder, f"{year}-01-{day:02}") for year in years for day in range(1, 16)]


def tale(folder: Path, when: str, headline: str = "", **more: Any) -> Path:
    """Write a page; one of 2007 is better than the others, and one of 2001 is rich, too."""
    known: dict[str, Any] = {
        "summary": "It is told.",
        "topic": "Tales",
        "sources": [("Paper", f"http://a.example/{when}")],
    }
    if when.startswith(("2001", "2007")):
        known["image"] = f"http://a.example/{when}.png"
    if when.startswith("2007"):
        known["sources"] = [(name, f"http://{name.lower()}.example/{when}") for name in ("Paper", "Radio", "Wire")]
    return write(folder, when, headline or f"Tale of {when}", **(known | more))


def others(message: Any) -> list[str]:
    """Return the short list's lines."""
    return (message.embeds[1].description or "").split("\n") if len(message.embeds) > 1 else []


def why(message: Any) -> str:
    return str(message.embeds[0].author.name)


async def seed_card(reader: Any, channel: Any) -> Any:
    """Ask for the day of the given page; return the message that all see."""
    answer = await reader.slash(channel, "onthisday", date="March 24")
    assert answer.acknowledged
    assert not answer.ephemeral
    return answer.response


async def of_topic(reader: Any, channel: Any, **options: str) -> Any:
    """Ask for a topic, and open its events, the best first."""
    message = (await reader.slash(channel, "topic", **options)).response
    await reader.click(message, label="Most notable first")
    return message


def stamp(moment: str, style: str = "F") -> str:
    """Return how Discord is told a moment, which is given in UTC: ``2026-01-01 09:00``."""
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
    other: Any

    @classmethod
    def open(cls, env: Any, name: str = "Home", **settings: Any) -> "Server":
        guild = env.create_guild(name, **settings)
        channel = guild.create_text_channel("on-this-day")
        admins = guild.create_role("Admins", permissions=discord.Permissions(manage_guild=True))
        ada, milo, nora = (
            guild.add_member(env.create_user(f"{who}-{name}".lower())) for who in ("ada", "milo", "nora")
        )
        env.backend.add_member_role(guild.id, ada.id, admins.id)
        return cls(env, guild, channel, ada, milo, nora)

    async def ask(self, who: Any, command: str, **options: Any) -> Any:
        """Let somebody use a command in the server's channel; return how it was answered."""
        # Nobody is that quick, and the bot slows those who are.
        self.env.backend.advance_clock(3)
        answer = await who.slash(self.channel, command, **options)
        assert answer.acknowledged
        return answer

    async def ask_alone(self, who: Any, command: str, **options: Any) -> Any:
        """Let somebody use a command; return the message that nobody else sees."""
        answer = await self.ask(who, command, **options)
        assert answer.ephemeral
        return answer.response

    async def ask_in_vain(self, error: type | UnionType, who: Any, command: str, **options: Any) -> str:
        """Let somebody use a command; return the sentence that it is refused with, for an error of that type."""
        before = len(self.env.errors)
        message = await self.ask_alone(who, command, **options)
        # simcord keeps what a command raises even if it was answered.
        (raised,) = self.env.errors[before:]
        assert isinstance(raised.original, error), raised.original
        assert not message.embeds
        assert "\n" not in message.content
        return str(message.content).replace("\u200b", "")

    async def daily(self, command: str, **options: Any) -> Any:
        """Let the admin use a command about daily posts; return the message that only the admin sees."""
        return await self.ask_alone(self.admin, f"daily {command}", **options)

    async def says(self, command: str, **options: Any) -> str:
        return text_of(await self.daily(command, **options))

    async def refuses(self, command: str, **options: Any) -> str:
        """Return the sentence that such a command is refused with."""
        return await self.ask_in_vain(DailyPostError, self.admin, f"daily {command}", **options)

    async def press(self, message: Any, label: str) -> Any:
        """Let the admin press a button of an own message, or of a post."""
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
        """Let time pass until a moment, which is given in UTC, and everything happen that is due by then."""
        await self.env.advance_time((_utc(moment) - self.env.now()).total_seconds())

    def skip_to(self, moment: str) -> None:
        """Let it be another moment."""
        self.env.backend.advance_clock((_utc(moment) - self.env.now()).total_seconds())

    def posts(self, channel: Any = None) -> list[Any]:
        """Return what the bot has posted for all to see."""
        bot = self.env.backend.bot_user.id
        messages = (channel or self.channel).history(viewer=self.member)
        # Discord's own notes of pins and threads are the bot's as well.
        usual = discord.MessageType.default
        return [each for each in messages if each.author.id == bot and each.type is usual and not each.flags.ephemeral]

    def deny(self, channel: Any, *names: str) -> None:
        """Take permissions away from the bot in a channel; all that it was denied before is given back."""
        denied = discord.Permissions(**dict.fromkeys(names, True))
        bot = self.env.backend.bot_user.id
        self.env.backend.set_overwrite(channel.id, Overwrite(bot, OverwriteType.MEMBER, 0, denied.value))

    def tags(self, forum: Any, *names: str) -> list[int]:
        """Give a forum its tags; return their ids."""
        ids = [self.env.backend.snowflake() for _ in names]
        plain = {"moderated": False, "emoji_id": None, "emoji_name": None}
        made = [{"id": str(tag), "name": name, **plain} for tag, name in zip(ids, names, strict=True)]
        self.env.backend.edit_channel(forum.id, {"available_tags": made})
        return ids

    def thread(self, name: str) -> Any:
        """Open a thread in the server's channel."""
        made = self.env.backend.create_thread(self.channel.id, name, self.admin.id)
        return next(thread for thread in self.channel.threads if thread.id == made.id)

    def sent(self, what: str = "messages", channel: Any = None) -> list[Json]:
        """Return what was sent to a channel, as the bot sent it."""
        path = f"/channels/{(channel or self.channel).id}/{what}"
        return [each.json for each in self.env.http_requests if (each.method, each.path) == ("POST", path)]


async def said(server: Server, who: Any, command: str, **options: Any) -> str:
    """Let somebody use ``/settings``; return what only they are told."""
    return text_of(await server.ask_alone(who, f"settings {command}", **options))


async def refused(server: Server, who: Any, command: str, **options: Any) -> str:
    """Return the sentence that ``/settings`` is refused with."""
    return await server.ask_in_vain(PreferenceError | DailyPostError, who, f"settings {command}", **options)


async def mute(server: Server, **options: Any) -> str:
    """Let the admin mute something; return what is answered."""
    return await said(server, server.admin, "mute", **options)
