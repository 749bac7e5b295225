"""``daybook preview``: the real bot in a simulated Discord, shown in a browser. No token, no network."""

import asyncio
import signal
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MethodType
from typing import TYPE_CHECKING

import discord

from bot.archive.archive import Archive
from bot.cards.limits import link_url
from bot.client import Daybook
from bot.clock import Clock
from bot.domain.dates import Day
from bot.domain.errors import DaybookError
from bot.domain.event import Event
from bot.ledger.ledger import Ledger
from bot.locale.language import ENGLISH, language

try:
    import simcord

    from bot.placeholder_images import avatar, cover
except ImportError as error:
    raise DaybookError(
        "the preview needs more packages than the bot: run “make preview” in a checkout of Daybook"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Mapping

# Images of the archive that get a placeholder.
_MAX_IMAGES = 2000
# What stands above the first card.
_WELCOME = (
    "Press the buttons and menus of the card below, or type a command: `/random`, `/topic {topic}`.\n"
    "Then choose **Ada (admin)** under *Viewing as*, and set up a daily post with `/daily add`."
)


class _SimulatedClock:
    """The time in the simulated Discord; the machine's as long as there is none."""

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self.env: simcord.Env | None = None

    def now(self) -> datetime:
        """Return the simulated time, aware, in UTC."""
        return self._machine.now() if self.env is None else self.env.now()

    def monotonic(self) -> float:
        """Return the machine's monotonic time, in seconds."""
        return self._machine.monotonic()


async def serve_preview(archive: Archive, *, clock: Clock, port: int) -> int:
    """Serve the page on this machine until Ctrl-C or SIGTERM; return the exit code.

    ``clock`` tells the time that the simulated Discord is set to; ``port`` 0 is any free one. Raises DaybookError.
    """
    serving = asyncio.create_task(_serve(archive, clock, port))
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        return 0
    except (OSError, simcord.SetupError) as error:
        reason = f"the preview cannot start on port {port} ({error}): give another one with --port"
        raise DaybookError(reason) from error
    return 0


async def _serve(archive: Archive, machine_clock: Clock, port: int) -> None:
    clock = _SimulatedClock(machine_clock)
    with tempfile.TemporaryDirectory(prefix="daybook-preview-") as folder:
        async with (
            Ledger(Path(folder, "ledger.sqlite3")) as ledger,
            Daybook(archive=archive, ledger=ledger, clock=clock, shard_count=1) as bot,
        ):
            clock.env = env = simcord.Env(bot, shard_count=1)
            # simcord's clock begins in the past and moves only when it is advanced.
            env.backend.advance_clock(_lag(env, machine_clock))
            env.backend.bot_user.name, env.backend.bot_user.avatar = "Daybook", "daybook"
            guild = env.create_guild("Daybook preview")
            channel = guild.create_text_channel("on-this-day", topic="What happened on this day in other years")
            admins = guild.create_role("Admins", permissions=discord.Permissions(administrator=True), color=0xE67E22)
            admin = guild.add_member(env.create_user("ada", global_name="Ada (admin)"), roles=[admins])
            member = guild.add_member(env.create_user("milo", global_name="Milo (member)"))
            await env.start()
            _answer_errors_quietly(bot)
            # The page does not know mentions of commands: without ids they are plain text.
            bot.command_sync.ids.clear()
            clock_task = asyncio.create_task(_keep_time(env, bot, machine_clock))
            try:
                opening = await _opening(archive, env)
                welcome = await admin.send(channel, _WELCOME.format(topic=opening.topic))
                await member.slash(channel, opening.command, date=opening.date)
                async with env.preview(
                    channel, viewers=[member, admin], layout="channel", assets=await _assets(archive, env), port=port
                ) as page:
                    await page.show(welcome)
                    print(f"Daybook preview: {page.url}\nCtrl-C ends it.", flush=True)
                    await page.wait_closed()
            finally:
                clock_task.cancel()
                await env.shutdown()


def _lag(env: "simcord.Env", machine_clock: Clock) -> float:
    """Return how many seconds the simulated time is behind the machine's."""
    return (machine_clock.now() - env.now()).total_seconds()


async def _keep_time(env: "simcord.Env", bot: Daybook, machine_clock: Clock) -> None:
    """Let the simulated time follow the machine's, and daily posts come when they are due."""
    while True:
        await asyncio.sleep(1)
        env.backend.advance_clock(max(_lag(env, machine_clock), 0.0))
        # The bot's own loop sleeps on simcord's timers, which do not run here.
        await bot.courier.poll(env.now())


def _answer_errors_quietly(bot: Daybook) -> None:
    """Take back simcord's hold on errors: it reports each one as a failed action, though the tree has answered it."""
    bot.tree.error(MethodType(type(bot.tree).on_error, bot.tree))


@dataclass(frozen=True, slots=True)
class _Opening:
    """What the page opens with: a command and its date, and a topic of the event that it shows."""

    command: str
    date: str
    topic: str


async def _opening(archive: Archive, env: "simcord.Env") -> _Opening:
    """Choose today if its card has an image, else the best event that has one, else a day that has any event."""
    today = env.now().date()
    listing = await archive.on_this_day(today.month * 100 + today.day, limit=1)
    best_today = listing.events[0] if listing.events else None
    if best_today and best_today.image:
        return _Opening("onthisday", "today", _topic_of(best_today))
    if pictured := await archive.best_with_image():
        return _Opening("day", language(ENGLISH).day(pictured.date), _topic_of(pictured))
    if best := best_today or await archive.best_event():
        return _Opening("onthisday", language(ENGLISH).day(Day(best.date.month, best.date.day)), _topic_of(best))
    return _Opening("onthisday", "today", _topic_of(None))


def _topic_of(event: Event | None) -> str:
    return event.topics[0] if event and event.topics else "NASA"


async def _assets(archive: Archive, env: "simcord.Env") -> "Mapping[str, tuple[str, bytes]]":
    """Return the files of images, by their addresses: placeholders, since the page may not fetch anything."""
    placeholder = ("cover.png", cover())
    images = [link_url(image) for image in await archive.images(limit=_MAX_IMAGES)]
    assets = {image: placeholder for image in images if image}
    bot = env.backend.bot_user
    assets[f"https://cdn.simcord.invalid/avatars/{bot.id}/{bot.avatar}.png"] = ("avatar.png", avatar())
    return assets
