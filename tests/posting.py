"""Daily posts of the real bot: its process, a Discord of our own whose time stands still, and servers that order."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from discord_double import DiscordDouble
from discord_gateway import ALL, MEMBER, May, channel, forum, guild, role, thread, until
from discord_limits import check_requests
from processes import Running
from samples import write

from bot.archive.forgotten_events import Forgotten
from bot.archive.importer import import_pages
from bot.locale.language import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from discord_channels import Request
    from discord_double import Answer
    from discord_gateway import Json

DAY = date(2026, 3, 24)
# What the orders of these tests say, unless they say something else.
DUE = time(8, 30)
FIRST = 2000
# So many pages there are of the first day: two posts of a lead and five others.
MANY = 12


def at(day: date = DAY, clock: time | str = DUE) -> datetime:
    """Return a moment in UTC."""
    return datetime.combine(day, time.fromisoformat(clock) if isinstance(clock, str) else clock, UTC)


def fill(folder: Path, *, days: int = 4, rich: int = 1) -> None:
    """Make an archive of some days from the first one on: many pages of the first few, two of each of the others."""
    for number, each in enumerate(DAY + timedelta(days=n) for n in range(days)):
        for year in range(FIRST, FIRST + (MANY if number < rich else 2)):
            write(
                folder / "pages", f"{each:{year}-%m-%d}", f"Light {year} is lit on {each:%d %B}",
                summary=f"Whoever came by sea in {year} saw it first.", topic="Lighthouses",
                sources=[("The Paper", f"https://news.example/{each:%m/%d}/{year}")],
                image=f"https://images.example/{year}.png",
                related=[(f"{year}-12-30", f"Ship {year} is saved", "Ships")],
            )  # fmt: skip
    import_pages(folder / "data" / "archive.sqlite3", [folder / "pages"], forgotten=Forgotten())


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the ledger says of an order on a day; `order` is the number that its server knows it by."""

    order: int
    day: date
    state: str
    late: bool
    reason: str | None
    message: str | None


def _said(kept: str | None) -> str | None:
    return None if kept is None else str(Message.of_text(kept))


class Newsroom:
    """A Discord of our own and the data of the bot that serves there."""

    def __init__(self, double: DiscordDouble, folder: Path) -> None:
        """Take the double and a folder with `data` in it."""
        self.double = double
        self.folder = folder
        self.day = DAY
        self.process: Running
        self._numbers = count(1)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Running]:
        """Let the bot serve until the end of the block, unless it is killed there; it has to end well."""
        async with Running("run", "--data", "data", folder=self.folder, more=self.double.environment) as process:
            self.process = process
            await until(lambda: process.over or "ready: serving" in process.err, 20, "the bot")
            assert not process.over, process.err
            yield process
            if not process.over:
                answer = await process.stop()
                assert "Traceback" not in answer.err, answer.err
        check_requests(self.double)

    def kill(self, _call: Request | None = None) -> None:
        """End the bot as a power cut does."""
        self.process.send(signal.SIGKILL)

    async def killed(self) -> None:
        """Wait until it is gone."""
        await self.process.ended()
        # Nobody comes back for its session.
        await self.double.drop_gateway(resumable=False)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Ask the ledger; nothing is changed."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "ledger.sqlite3")) as db:
            return db.execute(statement, values).fetchall()

    def execute(self, statement: str) -> None:
        """Change the ledger behind the bot's back."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "ledger.sqlite3")) as db, db:
            db.execute(statement)

    def tell_wrong_time(self, moment: datetime) -> None:
        """Let the bot's machine believe it is another time, until Discord's is set again."""
        assert self.double._clock is not None
        fresh = self.double._clock.with_suffix(".wrong")
        fresh.write_text(moment.isoformat())
        fresh.replace(self.double._clock)

    def is_idle(self) -> bool:
        """Whether nothing is on its way, nor left to be done to posts."""
        open_ = self.rows("SELECT 1 FROM delivery WHERE state IN ('due', 'claimed')")
        return not open_ and not self.rows("SELECT 1 FROM step WHERE state = 'pending'")

    async def pass_until(self, holds: Callable[[], object], *, step: float = 20, hours: float = 0.5) -> None:
        """Let time pass in steps of so many seconds until something holds."""
        end = self.double.time + timedelta(hours=hours)
        while not holds():
            assert self.double.time < end, "time passed in vain"
            self.double.advance(seconds=step)
            with contextlib.suppress(TimeoutError):
                await until(holds, 0.15)

    async def idle(self, seconds: float = 10) -> None:
        """Wait until nothing is on its way, nor left to be done to posts."""
        await until(self.is_idle, seconds, f"the end of {self.rows('SELECT * FROM delivery')}")

    async def reach(self, moment: datetime) -> None:
        """Let time pass until a moment, later than this minute, and wait until the bot has looked and posted.

        What tells is a post of another server that is due in the very minute.
        """
        witness = self.server()
        await witness.open()
        await witness.order(time=f"{moment:%H:%M}")
        self.double.set_time(moment)
        await until(witness.posts, 20, f"a post due at {moment:%H:%M}")
        await self.double.remove_guild(witness.id)

    def server(self) -> Server:
        """Return a server that is not open yet."""
        return Server(self, 1_100_000_000_000_000_000 + 100 * next(self._numbers))

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Server]:
        """Open a server at eight o'clock of a new day; it closes at the end of the block."""
        self.double.set_time(at(self.day, "08:00"))
        server = self.server()
        await server.open()
        said = len(self.process.err)
        try:
            yield server
        finally:
            for injected in (self.double._faults, self.double._hooks, self.double._delays):
                injected.clear()
            await server.close()
            self.day = self.double.time.date() + timedelta(days=1)
        assert "Traceback" not in self.process.err[said:], self.process.err[said:]
        check_requests(self.double)


class Server:
    """A server with a room of each kind, where the bot may do what it can be asked for."""

    def __init__(self, room: Newsroom, number: int) -> None:
        """Take the newsroom and the server's id; those of its rooms follow."""
        self.room = room
        self.double = room.double
        self.id = number
        self.text, self.news, self.forum, self.thread = range(number + 1, number + 5)
        self.system, self.readers, self.tag, self.owner = range(number + 5, number + 9)
        # Where the bot cannot read what stands there; opened if asked for.
        self.silent = number + 9
        self._people = count(number + 10)

    @property
    def rooms(self) -> tuple[int, ...]:
        """One room of each kind."""
        return self.text, self.news, self.forum, self.thread

    async def open(self, *, silent: bool = False, **more: Any) -> None:
        """Let the bot be invited; to a server that also has a silent room, if there is to be one."""
        rooms = [
            channel(self.text), channel(self.news, kind=5), forum(self.forum, tags={self.tag: "Daily"}),
            channel(self.system, "general"),
        ]  # fmt: skip
        if silent:
            denied = {"id": str(self.id), "type": 0, "allow": "0", "deny": str(int(May.HISTORY))}
            rooms.append(channel(self.silent, "silent", permission_overwrites=[denied]))
        server = guild(
            self.id, channels=rooms, threads=[thread(self.thread, parent_id=self.text)],
            roles=[role(self.readers, "Readers", mentionable=True)], permissions=MEMBER | May.PIN,
            system_channel_id=str(self.system), owner_id=str(self.owner), **more,
        )  # fmt: skip
        await self.double.add_guild(server)

    @property
    def today(self) -> date:
        """The day it is."""
        return self.double.time.date()

    def due(self, clock: str = "08:30", *, days: int = 0) -> None:
        """Let it be a moment of today, or so many days later."""
        self.double.set_time(at(self.today + timedelta(days=days), clock))

    def told(self) -> list[str]:
        """Return what the bot has said in the system channel, and to the owner."""
        dm = self.double.world.dms.get(str(self.owner), {"id": ""})["id"]
        rooms = (str(self.system), dm)
        return [each["content"] for each in self.double.world.messages.values() if each["channel_id"] in rooms]

    async def close(self) -> None:
        """Let the bot be sent away."""
        if self.double.world.guild(self.id):
            await self.double.remove_guild(self.id)

    async def daily(self, command: str, **options: Any) -> Answer:
        """Use a command as one of those who may; each time as another one, since nobody is that quick."""
        answer = await self.double.slash(
            f"daily {command}", options, user_id=next(self._people), guild_id=self.id, channel_id=self.text,
            permissions=ALL,
        )  # fmt: skip
        return await answer.finished()

    async def order(self, channel: int | None = None, **options: Any) -> None:
        """Order a daily post for half past eight."""
        answer = await self.daily(
            "add", **{"channel": channel or self.text, "time": "8:30", "timezone": "UTC", **options}
        )
        assert answer.embeds, answer.content
        assert answer.embeds[0]["title"].endswith("is ordered")

    async def doctor(self) -> str:
        """Return all that the doctor says."""
        (embed,) = (await self.daily("doctor")).embeds
        return "\n".join(field["value"] for field in embed["fields"])

    def posts(self, channel: int | None = None) -> list[Json]:
        """Return the daily posts in a room, oldest first; of a forum those that its threads begin with."""
        room = str(channel or self.text)
        threads = {t["id"] for t in self.double.world.guild(self.id).get("threads", []) if t["parent_id"] == room}
        found = [
            message for message in self.double.world.messages.values()
            if message["channel_id"] == room or message["channel_id"] == message["id"] in threads
        ]  # fmt: skip
        return [message for message in found if any(name.startswith("more:") for name in ids_of(message))]

    def deliveries(self, order: int | None = None) -> list[Delivery]:
        """Return what the ledger says of this server's orders, or of one, oldest first."""
        rows = self.room.rows(
            """
            SELECT number, local_date, state, delivery.late, reason, message_id FROM delivery
            JOIN subscription ON subscription.id = subscription_id
            WHERE guild_id = ? AND number = coalesce(?, number) ORDER BY local_date, number
            """,
            self.id, order,
        )  # fmt: skip
        return [
            Delivery(number, date.fromisoformat(day), state, bool(late), _said(reason), message and str(message))
            for number, day, state, late, reason, message in rows
        ]

    def states(self) -> list[str]:
        """Return the state of each delivery."""
        return [each.state for each in self.deliveries()]

    def rows_waiting(self) -> list[str]:
        """Return why deliveries have to wait, of those that do."""
        statement = """
            SELECT reason FROM delivery JOIN subscription ON subscription.id = subscription_id
            WHERE guild_id = ? AND state IN ('due', 'claimed') AND reason IS NOT NULL
        """
        return [row[0] for row in self.room.rows(statement, self.id)]

    def paused(self) -> list[str | None]:
        """Return why each order is paused."""
        return [row[0] for row in self.room.rows("SELECT paused FROM subscription WHERE guild_id = ?", self.id)]

    async def closed(self, number: int, seconds: float = 10) -> list[Delivery]:
        """Wait until so many deliveries have come to an end, and return all."""

        def over() -> bool:
            ended = [state for state in self.states() if state not in {"due", "claimed"}]
            return len(ended) >= number

        await until(over, seconds, f"the end of {number} deliveries")
        return self.deliveries()


def ids_of(message: Json) -> list[str]:
    """Return the `custom_id` of each button and menu."""
    return [part["custom_id"] for row in message["components"] for part in row["components"]]


def token_in(message: Json) -> str:
    """Return what tells whose delivery a post is."""
    return next(name for name in ids_of(message) if name.startswith("more:")).split(":")[1]


def told_in(post: Json) -> list[str]:
    """Return the headlines that a post tells, the lead first."""
    lead, *others = post["embeds"]
    return [lead["title"], *(line.split(" · ")[1] for each in others for line in each["description"].splitlines())]


@contextlib.asynccontextmanager
async def open_newsroom(folder: Path, *, days: int = 4, rich: int = 1) -> AsyncIterator[Newsroom]:
    """Let a Discord of our own stand still at seven o'clock of the first day."""
    fill(folder, days=days, rich=rich)
    async with DiscordDouble(guilds=[], clock=folder) as double:
        double.set_time(at(DAY, "07:00"))
        yield Newsroom(double, folder)
