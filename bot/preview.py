"""``daybook preview``: the real bot against a simulated Discord, in a browser. No token, no network."""

import asyncio
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import discord

from bot.archive.archive import Archive
from bot.cards.limits import link_url
from bot.client import Daybook
from bot.clock import SystemClock
from bot.domain.dates import Day
from bot.domain.errors import DaybookError
from bot.ledger.ledger import Ledger
from bot.locale.language import ENGLISH, language

try:
    import simcord

    from bot.placeholder_images import badge, cover
except ImportError as error:
    raise DaybookError(
        "the preview needs more than the bot itself: install it with its extra, “pip install daybook[preview]”"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Mapping

# So many of the archive's images get a stand-in.
_MOST_IMAGES = 2000


async def preview(archive: Archive, *, port: int) -> int:
    """Serve the page on this machine until Ctrl-C or SIGTERM; return the exit code. Raises DaybookError."""
    serving = asyncio.create_task(_serve(archive, port))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        return 0
    except (OSError, simcord.SetupError) as error:
        reason = f"the preview cannot start on port {port} ({error}): give another one with --port"
        raise DaybookError(reason) from error
    return 0


async def _serve(archive: Archive, port: int) -> None:
    with tempfile.TemporaryDirectory(prefix="daybook-preview-") as folder:
        async with (
            Ledger(Path(folder, "ledger.sqlite3")) as ledger,
            Daybook(archive=archive, ledger=ledger, clock=SystemClock(), shard_count=1) as bot,
        ):
            env = simcord.Env(bot, shard_count=1)
            # simcord's clock begins in the past and moves only when told to.
            env.backend.advance_clock(_behind(env))
            env.backend.bot_user.name, env.backend.bot_user.avatar = "Daybook", "daybook"
            guild = env.create_guild("Daybook preview")
            channel = guild.create_text_channel("on-this-day", topic="What happened on this day in other years")
            admins = guild.create_role("Admins", permissions=discord.Permissions(administrator=True), color=0xE67E22)
            admin = guild.add_member(env.create_user("ada", global_name="Ada (admin)"), roles=[admins])
            member = guild.add_member(env.create_user("milo", global_name="Milo (member)"))
            await env.start()
            clock = asyncio.create_task(_keep_time(env, bot))
            try:
                await member.slash(channel, "onthisday", date=await _first_question(archive, env))
                async with env.preview(
                    channel, viewers=[member, admin], layout="channel", assets=await _assets(archive, env), port=port
                ) as page:
                    print(f"Daybook preview: {page.url}\nCtrl-C ends it.", flush=True)
                    await page.wait_closed()
            finally:
                clock.cancel()
                await env.shutdown()


def _behind(env: "simcord.Env") -> float:
    return (discord.utils.utcnow() - env.now()).total_seconds()


async def _keep_time(env: "simcord.Env", bot: Daybook) -> None:
    while True:
        await asyncio.sleep(1)
        env.backend.advance_clock(max(_behind(env), 0.0))
        # The bot's own loop waits for simcord's clock, which rings for nobody here.
        await bot.courier.poll(env.now())


async def _first_question(archive: Archive, env: "simcord.Env") -> str:
    """Return the day that the page opens with: today if something happened, else the archive's best event's."""
    today = env.now().date()
    if (await archive.on_this_day(today.month * 100 + today.day, limit=0)).total:
        return "today"
    best_event = await archive.best_event()
    return language(ENGLISH).day(Day(best_event.date.month, best_event.date.day)) if best_event else "today"


async def _assets(archive: Archive, env: "simcord.Env") -> "Mapping[str, tuple[str, bytes]]":
    """Give each image a stand-in: the page may not fetch anything."""
    stand_in = ("cover.png", cover())
    images = [link_url(image) for image in await archive.images(limit=_MOST_IMAGES)]
    assets = {image: stand_in for image in images if image}
    bot = env.backend.bot_user
    assets[f"https://cdn.simcord.invalid/avatars/{bot.id}/{bot.avatar}.png"] = ("avatar.png", badge())
    return assets
