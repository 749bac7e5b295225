"""The Discord client. It opens no file and no connection of its own but Discord's: all else is handed to it."""

import logging
import random
from collections.abc import Callable
from typing import Any, Protocol, cast

import discord
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import PersistentItem
from bot.clock import Clock
from bot.command_sync import CommandSync
from bot.daily.clock_check import ClockCheck, CorrectedClock
from bot.daily.courier import Courier
from bot.discord_internals import (
    forget_failures,
    patch_global_limit_cancellation,
    patch_outages,
    session_limit,
    skip_unreadable_events,
)
from bot.domain.errors import LedgerError
from bot.domain.news_status import NewsStatus
from bot.guild_access import invite
from bot.ledger.ledger import Ledger
from bot.rate_limits import GlobalRateLimiter
from bot.screens.audience import Audiences
from bot.session_pace import SessionPace
from bot.settings import DEFAULT_SUBSCRIPTIONS
from bot.translator import CommandTranslator
from bot.tree import Tree

log = logging.getLogger(__name__)

# The cogs, in the order in which they are loaded.
EXTENSIONS = (
    "cogs.navigation",
    "cogs.onthisday",
    "cogs.topic",
    "cogs.latest",
    "cogs.search",
    "cogs.random",
    "cogs.timeline",
    "cogs.daily",
    "cogs.follow",
    "cogs.settings",
    "cogs.help",
    "cogs.about",
)

# A rate limit that asks for a longer wait, in seconds, raises RateLimited: a post that waits here would hold up others.
_MAX_RATE_LIMIT_WAIT = 30.0


class ComponentHandler(Protocol):
    """A cog that answers the use of buttons and menus."""

    async def handle_component(self, interaction: discord.Interaction[Any], item: PersistentItem) -> None:
        """Answer the use of a button or menu."""


class Daybook(commands.AutoShardedBot):
    """The bot. The guilds intent is all it needs; its messages mention nobody unless they say so.

    ``shard_count`` is None for as many as Discord recommends, ``guild_ready_timeout`` how many seconds to wait for one
    more server before the bot is ready, ``most_subscriptions`` how many daily posts and follows a server may have.
    ``news_status`` returns how far the news that the bot keeps current was read. ``rng`` makes waits uneven.
    """

    def __init__(  # noqa: PLR0913  (all that a bot needs)
        self,
        *,
        archive: Archive,
        ledger: Ledger,
        clock: Clock,
        shard_count: int | None = None,
        guild_ready_timeout: float = 2.0,
        most_subscriptions: int = DEFAULT_SUBSCRIPTIONS,
        news_status: Callable[[], NewsStatus] = NewsStatus,
        rng: random.Random | None = None,
    ) -> None:
        clock = CorrectedClock(clock)
        self.clock_check, self.trace = ClockCheck(clock), GlobalRateLimiter().trace()
        self.clock_check.watch(self.trace)
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=discord.app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=discord.app_commands.AppInstallationType(guild=True, user=True),
            # Members and messages are never looked up: their caches would only grow.
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            shard_count=shard_count,
            max_ratelimit_timeout=_MAX_RATE_LIMIT_WAIT,
            http_trace=self.trace,
            guild_ready_timeout=guild_ready_timeout,
        )
        self.archive = archive
        self.ledger = ledger
        self.clock = clock
        self.audiences = Audiences(preferences=ledger.preferences, clock=clock)
        patch_global_limit_cancellation(self.http)
        patch_outages(self.http)
        skip_unreadable_events(self)
        self.courier = Courier(self, archive=archive, ledger=ledger, clock=clock, clock_check=self.clock_check, rng=rng)
        self.most_subscriptions = most_subscriptions
        self.news_status = news_status
        self.command_sync = CommandSync(cast("Tree", self.tree), ledger=ledger)
        self.session_pace = SessionPace(ledger.identifies, clock=clock)

    async def setup_hook(self) -> None:
        """Load the cogs, register the commands with Discord if need be, and start the daily posts."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self.tree.set_translator(CommandTranslator())
        await self.command_sync.start()
        self.courier.start()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect as soon as Discord may be asked for a session."""
        await self.session_pace.wait_to_start(lambda: session_limit(self))
        await super().connect(reconnect=reconnect)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Count the session that a shard is about to begin."""
        await super().before_identify_hook(shard_id, initial=initial)
        await self.session_pace.count(shard_id or 0)

    async def close(self) -> None:
        """Let the posts on their way arrive, then disconnect."""
        await self.command_sync.close()
        await self.courier.close()
        await super().close()

    def mention(self, command: str) -> str:
        """Return a command, such as ``daily add``, as text to click on; as plain text until its id is known."""
        command_id = self.command_sync.ids.get(command.partition(" ")[0])
        return f"</{command}:{command_id}>" if command_id else f"`/{command}`"

    async def handle_component(self, interaction: discord.Interaction[Any], item: PersistentItem) -> None:
        """Hand the use of a button or menu to its cog; errors are answered in the same place as a command's."""
        try:
            if await self.tree.interaction_check(interaction):
                cog = cast("ComponentHandler", self.get_cog(item.cog_name))
                await cog.handle_component(interaction, item)
        except Exception as error:  # noqa: BLE001  (the tree answers and logs every kind)
            await cast("Tree", self.tree).on_error(interaction, error)

    async def on_ready(self) -> None:
        """Log that the bot serves, and compare the servers it is in with those that have daily posts."""
        log.info("ready: serving %d servers as %s", len(self.guilds), self.user)
        await self.courier.reconcile(self.clock.now())

    async def on_shard_ready(self, shard_id: int) -> None:
        """Note that a shard is connected."""
        self._note_connected(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Note that a shard is connected again."""
        self._note_connected(shard_id)

    def _note_connected(self, shard_id: int) -> None:
        forget_failures(self, shard_id)
        self.session_pace.note_connected(shard_id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Resume a server's daily posts, if it had some before it removed the bot."""
        await self.courier.guild_available(guild.id, self.clock.now())

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Resume a server's daily posts, if it added the bot again while that was not connected."""
        await self.courier.guild_available(guild.id, self.clock.now())

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Suspend a server's daily posts. discord.py does not call it for a server that is merely unavailable."""
        try:
            await self.courier.reconcile(self.clock.now())
        except LedgerError:
            # Events may come while the bot stops; the next start compares all servers.
            if not self.is_closed():
                raise

    def invite(self) -> str:
        """Return the link that adds the bot to a server with the permissions it needs. The bot must be logged in."""
        return invite(self)
