"""The bot: opens nothing, is handed everything."""

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol, cast

import discord
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import PersistentItem
from bot.clock import Clock
from bot.daily.clock_check import Timekeeper
from bot.daily.courier import Courier
from bot.daily.subscription_service import MOST
from bot.ledger.ledger import Ledger
from bot.rate_limits import GlobalRateLimiter, patch_global_limit_cancellation
from bot.screens.audience import Audiences
from bot.translator import Descriptions
from bot.tree import Tree

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.navigation",
    "cogs.onthisday",
    "cogs.topic",
    "cogs.search",
    "cogs.random",
    "cogs.timeline",
    "cogs.daily",
    "cogs.settings",
    "cogs.help",
    "cogs.about",
)

# What the invite link asks for: to see a channel, to write there, with embeds; for daily posts to look for a post that
# nobody confirmed, to write in threads, and to open one.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    read_message_history=True,
    send_messages_in_threads=True,
    create_public_threads=True,
)
# Discord's limit of a route that asks for a longer wait, in seconds, is not waited for while a post holds its place.
_LONGEST_WAIT = 30.0
SCOPES = ("bot", "applications.commands")


class ComponentHandler(Protocol):
    """A cog that answers the use of buttons and menus."""

    async def handle_component(self, interaction: discord.Interaction[Any], item: PersistentItem) -> None:
        """Do what a button or menu is for."""


class Daybook(commands.AutoShardedBot):
    """Daybook's face in Discord. The guilds intent is all it needs; nobody is mentioned."""

    def __init__(
        self,
        *,
        archive: Archive,
        ledger: Ledger,
        clock: Clock,
        extensions: Sequence[str] = EXTENSIONS,
        shard_count: int | None = None,
        guild_ready_timeout: float = 2.0,
        most_subscriptions: int = MOST,
    ) -> None:
        timekeeper, trace = Timekeeper(), GlobalRateLimiter().trace()
        timekeeper.listen(trace)
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
            max_ratelimit_timeout=_LONGEST_WAIT,
            http_trace=trace,
            guild_ready_timeout=guild_ready_timeout,
        )
        self.archive = archive
        self.ledger = ledger
        self.clock = clock
        self.audiences = Audiences(preferences=ledger.preferences, clock=clock)
        patch_global_limit_cancellation(self.http)
        self.courier = Courier(self, archive=archive, ledger=ledger, timekeeper=timekeeper)
        self.most_subscriptions = most_subscriptions
        # What Discord calls the commands, by their names.
        self.command_ids: dict[str, int] = {}
        self._extensions = extensions

    async def setup_hook(self) -> None:
        """Load the features, then tell Discord of the commands if they are not what it knows."""
        for name in self._extensions:
            await self.load_extension(name)
        await self.tree.set_translator(Descriptions())
        await self._sync()
        self.courier.start()

    async def close(self) -> None:
        """Let the posts on their way arrive, then say goodbye to Discord."""
        await self.courier.close()
        await super().close()

    async def _sync(self) -> None:
        translator = cast("Descriptions", self.tree.translator)
        commands = self.tree.get_commands()
        payload = [await command.get_translated_payload(self.tree, translator) for command in commands]
        # Another application is another set of commands, though the definition be the same.
        definition = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(definition.encode()).hexdigest()
        if await self.ledger.fact("commands") == digest:
            self.command_ids = json.loads(await self.ledger.fact("command numbers") or "{}")
            return
        synced = await self.tree.sync()
        self.command_ids = {command.name: command.id for command in synced}
        await self.ledger.remember("command numbers", json.dumps(self.command_ids))
        await self.ledger.remember("commands", digest)
        log.info("told Discord of %d commands", len(synced))

    def mention(self, command: str) -> str:
        """Return a command, such as ``daily add``, as text that people can click, once Discord has given its number."""
        number = self.command_ids.get(command.partition(" ")[0])
        return f"</{command}:{number}>" if number else f"`/{command}`"

    async def handle_component(self, interaction: discord.Interaction[Any], item: PersistentItem) -> None:
        """Hand the use of a button or menu to its cog; errors are answered in the same place as a command's."""
        try:
            if await self.tree.interaction_check(interaction):
                cog = cast("ComponentHandler", self.get_cog(item.cog_name))
                await cog.handle_component(interaction, item)
        except Exception as error:  # noqa: BLE001  (the tree answers and logs every kind)
            await cast("Tree", self.tree).on_error(interaction, error)

    async def on_ready(self) -> None:
        """Say that the bot serves."""
        log.info("ready: serving %d servers as %s", len(self.guilds), self.user)
        await self.courier.reconcile(discord.utils.utcnow())

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Take up a server's daily posts again, if it had some."""
        await self.courier.seen(guild.id, discord.utils.utcnow())

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Take note of a server that was added while nobody looked."""
        await self.courier.seen(guild.id, discord.utils.utcnow())

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Let a server's daily posts rest. Not called for a server that is merely unavailable."""
        await self.courier.reconcile(discord.utils.utcnow())

    def invite(self) -> str:
        """Return the link that adds the bot to a server, with what it needs there."""
        assert self.application_id is not None, "known after login"  # noqa: S101
        return discord.utils.oauth_url(self.application_id, permissions=PERMISSIONS, scopes=SCOPES)
