"""The bot: opens nothing, is handed everything."""

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any, Protocol, cast

import discord
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import Press
from bot.ledger.ledger import Ledger
from bot.tree import Tree

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.navigation",
    "cogs.onthisday",
    "cogs.topic",
    "cogs.search",
    "cogs.random",
    "cogs.help",
    "cogs.about",
)

# What the invite link asks for: to see a channel, to write there, with embeds.
PERMISSIONS = discord.Permissions(view_channel=True, send_messages=True, embed_links=True)
SCOPES = ("bot", "applications.commands")


class Presses(Protocol):
    """What answers presses."""

    async def pressed(self, interaction: discord.Interaction[Any], press: Press) -> None:
        """Do what a button or menu asks for."""


class Daybook(commands.AutoShardedBot):
    """Daybook's face in Discord. The guilds intent is all it needs; nobody is mentioned."""

    def __init__(
        self,
        *,
        archive: Archive,
        ledger: Ledger,
        extensions: Sequence[str] = EXTENSIONS,
        shard_count: int | None = None,
    ) -> None:
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
        )
        self.archive = archive
        self.ledger = ledger
        self._extensions = extensions

    async def setup_hook(self) -> None:
        """Load the features, then tell Discord of the commands if they are not what it knows."""
        for name in self._extensions:
            await self.load_extension(name)
        await self._sync()

    async def _sync(self) -> None:
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        # Another application is another set of commands, though the definition be the same.
        definition = json.dumps([self.application_id, payload], sort_keys=True)
        digest = hashlib.sha256(definition.encode()).hexdigest()
        if await self.ledger.fact("commands") == digest:
            return
        synced = await self.tree.sync()
        await self.ledger.remember("commands", digest)
        log.info("told Discord of %d commands", len(synced))

    async def pressed(self, interaction: discord.Interaction[Any], press: Press) -> None:
        """Answer a press; what goes wrong reaches the same place as a command's error."""
        try:
            if await self.tree.interaction_check(interaction):
                navigation = cast("Presses", self.get_cog("Navigation"))
                await navigation.pressed(interaction, press)
        except Exception as error:  # noqa: BLE001  (the tree answers and logs every kind)
            await cast("Tree", self.tree).on_error(interaction, error)

    async def on_ready(self) -> None:
        """Say that the bot serves."""
        log.info("ready: serving %d servers as %s", len(self.guilds), self.user)

    def invite(self) -> str:
        """Return the link that adds the bot to a server, with what it needs there."""
        assert self.application_id is not None, "known after login"  # noqa: S101
        return discord.utils.oauth_url(self.application_id, permissions=PERMISSIONS, scopes=SCOPES)
