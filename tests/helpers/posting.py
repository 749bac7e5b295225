"""The real bot as a process, a Discord double whose time stands still, and servers that subscribe to daily posts."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.locale.language import Message
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import ALL, MEMBER, Permission, channel, forum, guild, role, thread, until
from tests.discord_double.limits import check_requests
from tests.helpers.processes import STARTER_OFF, Running
from tests.helpers.samples import write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from tests.discord_double.channels import Request
    from tests.discord_double.double import Answer
    from tests.discord_double.gateway import Json

DAY = date(2026, 3, 24)
# When subscriptions post, unless a test says something else.
DUE = time(8, 30)
FIRST_YEAR = 2000
# How many pages a rich day has: enough for two posts of a lead and five others.
RICH_DAY_PAGES = 12


def at(day: date = DAY, clock: time | str = DUE) -> datetime:
    """Return a moment in UTC."""
    return datetime.combine(day, time.fromisoformat(clock) if isinstance(clock, str) else clock, UTC)


def fill_archive(folder: Path, *, days: int = 4, rich: int = 1) -> None:
    """Make an archive of some days from the first one on: the first few are rich, the others have two pages each."""
    for number, day in enumerate(DAY + timedelta(days=n) for n in range(days)):
        for year in range(FIRST_YEAR, FIRST_YEAR + (RICH_DAY_PAGES if number < rich else 2)):
            write(
                folder / "pages", f"{day:{year}-%m-%d}", f"Light {year} is lit on {day:%d %B}",
                summary=f"Whoever came by sea in {year} saw it first.", topic="Lighthouses",
                sources=[("The Paper", f"https://news.example/{day:%m/%d}/{year}")],
                image=f"https://images.example/{year}.png",
                related=[(f"{year}-12-30", f"Ship {year} is saved", "Ships")],
            )  # fmt: skip
    import_pages(folder / "data" / "archive.sqlite3", [folder / "pages"], forgotten=ForgottenEvents())


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery in the ledger; `number` is the one by which its server knows the subscription."""

    number: int
    day: date
    state: str
    late: bool
    reason: str | None
    message_id: str | None


class Deployment:
    """A Discord double, and the folder of the bot that serves there."""

    def __init__(self, double: DiscordDouble, folder: Path) -> None:
        """Take the double and a folder with `data` in it."""
        self.double = double
        self.folder = folder
        self.day = DAY
        self.process: Running
        self._server_numbers = count(1)

    @contextlib.asynccontextmanager
    async def running(self, more: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
        """Run the bot until the end of the block, unless it is killed there; it has to end well.

        ``more`` are variables to add to its environment.
        """
        variables = self.double.environment | STARTER_OFF | dict(more or {})
        async with Running("run", "--data", "data", folder=self.folder, more=variables) as process:
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

    async def wait_killed(self) -> None:
        """Wait until the process is gone."""
        await self.process.ended()
        # No process will resume its session.
        await self.double.drop_gateway(resumable=False)

    def query(self, statement: str, *values: Any) -> list[Any]:
        """Return rows of the ledger."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "ledger.sqlite3")) as db:
            return db.execute(statement, values).fetchall()

    def execute(self, statement: str) -> None:
        """Change the ledger behind the bot's back."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "ledger.sqlite3")) as db, db:
            db.execute(statement)

    def set_wrong_time(self, moment: datetime) -> None:
        """Set the clock of the bot's machine, but not Discord's, until Discord's is set again."""
        assert self.double._clock is not None
        fresh = self.double._clock.with_suffix(".wrong")
        fresh.write_text(moment.isoformat())
        fresh.replace(self.double._clock)

    def is_idle(self) -> bool:
        """Whether no delivery is open, and no follow-up pending."""
        is_open = self.query("SELECT 1 FROM delivery WHERE state IN ('due', 'claimed')")
        return not is_open and not self.query("SELECT 1 FROM step WHERE state = 'pending'")

    async def advance_until(self, condition: Callable[[], object], *, step: float = 20, hours: float = 0.5) -> None:
        """Advance the time, `step` seconds at a time, until a condition holds."""
        end = self.double.time + timedelta(hours=hours)
        while not condition():
            assert self.double.time < end, "time passed in vain"
            self.double.advance(seconds=step)
            with contextlib.suppress(TimeoutError):
                await until(condition, 0.15)

    async def wait_idle(self, seconds: float = 30) -> None:
        """Wait until no delivery is open, and no follow-up pending."""
        await until(self.is_idle, seconds, f"the end of {self.query('SELECT * FROM delivery')}")

    async def advance_to(self, moment: datetime) -> None:
        """Advance the time to a moment, later than this minute, and wait until the bot has polled and posted.

        A post of another server, due in that very minute, shows that it has.
        """
        witness = self.server()
        await witness.open()
        await witness.subscribe(time=f"{moment:%H:%M}")
        self.double.set_time(moment)
        await until(witness.posts, 20, f"a post due at {moment:%H:%M}")
        await self.double.remove_guild(witness.id)

    def server(self) -> Server:
        """Return a server that the bot is not in yet."""
        return Server(self, 1_100_000_000_000_000_000 + 100 * next(self._server_numbers))

    @contextlib.asynccontextmanager
    async def open_server(self) -> AsyncIterator[Server]:
        """Add the bot to a server at eight o'clock of a new day, until the end of the block."""
        self.double.set_time(at(self.day, "08:00"))
        server = self.server()
        await server.open()
        log_length = len(self.process.err)
        try:
            yield server
        finally:
            for injected in (self.double._faults, self.double._hooks, self.double._delays):
                injected.clear()
            await server.close()
            self.day = self.double.time.date() + timedelta(days=1)
        assert "Traceback" not in self.process.err[log_length:], self.process.err[log_length:]
        check_requests(self.double)


class Server:
    """A server with a channel of each kind, where the bot has the permissions that any option needs."""

    def __init__(self, deployment: Deployment, server_id: int) -> None:
        """Take the deployment and the server's id; the ids of its channels follow it."""
        self.deployment = deployment
        self.double = deployment.double
        self.id = server_id
        self.text, self.news, self.forum, self.thread = range(server_id + 1, server_id + 5)
        self.system, self.readers, self.tag, self.owner = range(server_id + 5, server_id + 9)
        # A text channel whose history the bot cannot read; there if it is asked for.
        self.unreadable = server_id + 9
        self._user_ids = count(server_id + 10)

    @property
    def channels(self) -> tuple[int, ...]:
        """One channel of each kind."""
        return self.text, self.news, self.forum, self.thread

    async def open(self, *, with_unreadable: bool = False, **more: Any) -> None:
        """Add the bot to the server; to one that also has an unreadable channel, if that is asked for."""
        channels = [
            channel(self.text), channel(self.news, kind=5), forum(self.forum, tags={self.tag: "Daily"}),
            channel(self.system, "general"),
        ]  # fmt: skip
        if with_unreadable:
            denied = {"id": str(self.id), "type": 0, "allow": "0", "deny": str(int(Permission.HISTORY))}
            channels.append(channel(self.unreadable, "unreadable", permission_overwrites=[denied]))
        server = guild(
            self.id, channels=channels, threads=[thread(self.thread, parent_id=self.text)],
            roles=[role(self.readers, "Readers", mentionable=True)], permissions=MEMBER | Permission.PIN,
            system_channel_id=str(self.system), owner_id=str(self.owner), **more,
        )  # fmt: skip
        await self.double.add_guild(server)

    @property
    def today(self) -> date:
        """Discord's date."""
        return self.double.time.date()

    def due(self, clock: str = "08:30", *, days: int = 0) -> None:
        """Set the time to a moment of today, or some days later."""
        self.double.set_time(at(self.today + timedelta(days=days), clock))

    def admin_notices(self) -> list[str]:
        """Return what the bot has written into the system channel, and to the owner."""
        dm = self.double.world.dms.get(str(self.owner), {"id": ""})["id"]
        messages = self.double.world.messages.values()
        return [message["content"] for message in messages if message["channel_id"] in (str(self.system), dm)]

    async def close(self) -> None:
        """Remove the bot from the server."""
        if self.double.world.guild(self.id):
            await self.double.remove_guild(self.id)

    async def daily(self, command: str, **options: Any) -> Answer:
        """Use a command of `/daily`."""
        return await self.ask(f"daily {command}", **options)

    async def ask(self, command: str, **options: Any) -> Answer:
        """Use a command, each time as another admin: the bot slows down people who are this quick."""
        answer = await self.double.slash(
            command, options, user_id=next(self._user_ids), guild_id=self.id, channel_id=self.text,
            permissions=ALL,
        )  # fmt: skip
        return await answer.finished()

    async def subscribe(self, channel_id: int | None = None, **options: Any) -> None:
        """Add a subscription for half past eight."""
        defaults = {"channel": channel_id or self.text, "time": "8:30", "timezone": "UTC"}
        answer = await self.daily("add", **{**defaults, **options})
        assert answer.embeds, answer.content
        assert answer.embeds[0]["title"].endswith("is set up")

    async def doctor(self) -> str:
        """Return all that `/daily doctor` says."""
        (embed,) = (await self.daily("doctor")).embeds
        return "\n".join(field["value"] for field in embed["fields"])

    def posts(self, channel_id: int | None = None) -> list[Json]:
        """Return the daily posts in a channel, oldest first; of a forum, the first messages of its threads."""
        channel = str(channel_id or self.text)
        threads = {t["id"] for t in self.double.world.guild(self.id).get("threads", []) if t["parent_id"] == channel}
        messages = [
            message for message in self.double.world.messages.values()
            if message["channel_id"] == channel or message["channel_id"] == message["id"] in threads
        ]  # fmt: skip
        return [
            message for message in messages if any(custom_id.startswith("more:") for custom_id in custom_ids(message))
        ]

    def deliveries(self, number: int | None = None) -> list[DeliveryRow]:
        """Return the deliveries of this server's subscriptions, or of the one with a number, oldest first."""
        rows = self.deployment.query(
            """
            SELECT number, local_date, state, delivery.late, reason, message_id FROM delivery
            JOIN subscription ON subscription.id = subscription_id
            WHERE guild_id = ? AND number = coalesce(?, number) ORDER BY local_date, number
            """,
            self.id, number,
        )  # fmt: skip
        return [
            DeliveryRow(
                number, date.fromisoformat(day), state, bool(late), reason and str(Message.of_text(reason)),
                message_id and str(message_id),
            )
            for number, day, state, late, reason, message_id in rows
        ]  # fmt: skip

    def states(self) -> list[str]:
        """Return the state of each delivery."""
        return [delivery.state for delivery in self.deliveries()]

    def waiting_reasons(self) -> list[str]:
        """Return why open deliveries have to wait, of those that do."""
        statement = """
            SELECT reason FROM delivery JOIN subscription ON subscription.id = subscription_id
            WHERE guild_id = ? AND state IN ('due', 'claimed') AND reason IS NOT NULL
        """
        return [row[0] for row in self.deployment.query(statement, self.id)]

    def paused(self) -> list[str | None]:
        """Return why each subscription is paused."""
        return [row[0] for row in self.deployment.query("SELECT paused FROM subscription WHERE guild_id = ?", self.id)]

    async def wait_closed(self, number: int, seconds: float = 30) -> list[DeliveryRow]:
        """Wait until this many deliveries are closed, and return all."""

        def are_closed() -> bool:
            closed = [state for state in self.states() if state not in {"due", "claimed"}]
            return len(closed) >= number

        await until(are_closed, seconds, f"the end of {number} deliveries")
        return self.deliveries()


def custom_ids(message: Json) -> list[str]:
    """Return the `custom_id` of each button and menu."""
    return [component["custom_id"] for row in message["components"] for component in row["components"]]


def token_in(message: Json) -> str:
    """Return a post's token, by which the bot recognises it."""
    return next(name for name in custom_ids(message) if name.startswith("more:")).split(":")[1]


def headlines_in(post: Json) -> list[str]:
    """Return the headlines in a post, the lead's first."""
    lead, *others = post["embeds"]
    return [lead["title"], *(line.split(" · ")[1] for embed in others for line in embed["description"].splitlines())]


@contextlib.asynccontextmanager
async def open_deployment(folder: Path, *, days: int = 4, rich: int = 1) -> AsyncIterator[Deployment]:
    """Start a Discord double whose time stands still at seven o'clock of the first day."""
    fill_archive(folder, days=days, rich=rich)
    async with DiscordDouble(guilds=[], clock=folder) as double:
        double.set_time(at(DAY, "07:00"))
        yield Deployment(double, folder)
