"""Sends the answer to an interaction: at once or deferred, as an edit or as a new message."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

import discord

from bot.cards.screen import Screen
from bot.domain.errors import UserError
from bot.locale.language import Message

log = logging.getLogger(__name__)

# Discord waits three seconds for an answer: one that takes more than half of that, in seconds, is deferred first.
DEFER_AFTER = 1.5
# An answer that takes longer than this, in seconds, once it is deferred, is given up.
GIVE_UP_AFTER = 20.0

_THREADS = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)

T = TypeVar("T")


class SlowError(UserError):
    """An answer took too long."""


class SharingError(UserError):
    """A person wants to show something to a channel in which they may not write."""


def may_write(interaction: discord.Interaction[Any]) -> bool:
    """Return whether a person may write where they use the bot; in direct messages everybody may."""
    if interaction.guild_id is None:
        return True
    permissions = interaction.permissions
    if permissions.administrator:
        return True
    channel = interaction.channel
    if channel is None or channel.type not in _THREADS:
        return permissions.send_messages
    is_locked = isinstance(channel, discord.Thread) and channel.locked and not permissions.manage_threads
    return permissions.send_messages_in_threads and not is_locked


class Reply:
    """One answer to one interaction.

    A command gets a new message, which only the person sees if ``private``. A button edits the message that it stands
    on if that is the person's own; on others' messages, and where the person may not write, it answers with a copy that
    only the person sees. With ``new_message`` a button gets a new message that everybody sees; that raises SharingError
    where the person may not write.
    """

    def __init__(
        self, interaction: discord.Interaction[Any], *, private: bool = False, new_message: bool = False
    ) -> None:
        self.interaction = interaction
        if new_message and not may_write(interaction):
            raise SharingError(Message("You may not write in this channel, so nothing is shared in it."))
        message = None if new_message else interaction.message
        self._edits_message = message is not None and _is_own(interaction, message)
        self._ephemeral = private or (message is not None and (not self._edits_message or message.flags.ephemeral))

    async def answer(self, screen: Coroutine[Any, Any, Screen]) -> None:
        """Wait for a screen, and show it. Raises SlowError."""
        await self.show(await self.wait(screen))

    async def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of ``work``; defer the answer if that takes a while, and give up in the end.

        Raises SlowError.
        """
        loop = asyncio.get_running_loop()
        deferring: list[asyncio.Task[None]] = []
        # Most work is done before the timer fires; a task each time would cost more than it.
        timer = loop.call_later(DEFER_AFTER, lambda: deferring.append(loop.create_task(self._defer())))
        limit = asyncio.timeout(DEFER_AFTER + GIVE_UP_AFTER)
        try:
            async with limit:
                return await work
        except TimeoutError:
            if not limit.expired():
                raise
            sentence = Message("That took too long, and was given up. Please try again, or ask for less.")
            raise SlowError(sentence) from None
        finally:
            timer.cancel()
            # The answer comes after the deferral, even one that failed.
            for failure in await asyncio.gather(*deferring, return_exceptions=True):
                if failure is not None:
                    log.warning("an answer could not be announced: %s", failure)

    async def show(self, screen: Screen) -> None:
        """Show the screen. A bare sentence goes to the person alone, unless a public answer was deferred."""
        response = self.interaction.response
        view = self._view(screen)
        embeds = [screen.embed, *screen.more_embeds] if screen.embed else []
        content: dict[str, Any] = {"content": screen.sentence, "embeds": embeds, "view": view}
        if screen.embed is None and self._edits_message and not screen.replaces:
            # The card stays where it is; the sentence is said beside it.
            await self._follow_up(screen, view)
        elif response.is_done() or self._edits_message:
            # Without this, the file of the card before would stay, and stand above the new one.
            content["attachments"] = screen.files
            await (self.interaction.edit_original_response if response.is_done() else response.edit_message)(**content)
        else:
            content = {name: value for name, value in content.items() if value is not None}
            if screen.files:
                content["files"] = screen.files
            await response.send_message(**content, ephemeral=self._ephemeral or screen.embed is None)

    def _view(self, screen: Screen) -> discord.ui.View:
        view = discord.ui.View(timeout=None)
        for item in screen.items:
            view.add_item(item)
        if screen.share_button and self._ephemeral:
            view.add_item(screen.share_button)
        # All state is in the custom_ids: discord.py would keep each private answer's view in memory for 15 minutes.
        view.stop()
        return view

    async def _defer(self) -> None:
        response = self.interaction.response
        if response.is_done():
            return
        if self._edits_message:
            await response.defer()
        else:
            await response.defer(ephemeral=self._ephemeral, thinking=True)

    async def _follow_up(self, screen: Screen, view: discord.ui.View) -> None:
        """Say a sentence in a message of its own, which only the person sees."""
        response = self.interaction.response
        send = self.interaction.followup.send if response.is_done() else response.send_message
        await send(screen.sentence or "", view=view, files=screen.files, ephemeral=True)


def _is_own(interaction: discord.Interaction[Any], message: discord.Message) -> bool:
    """Tell whether only this person sees a message, or it answered their own command and they may still write there."""
    if message.flags.ephemeral:
        return True
    metadata = message.interaction_metadata
    return metadata is not None and metadata.user.id == interaction.user.id and may_write(interaction)
