"""Sends the answer to an interaction: at once or deferred, as an edit or as a new message."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import discord
from discord import InteractionResponseType

from bot.callbacks import acknowledge, answer
from bot.cards.addresses import has_addresses, without_addresses
from bot.cards.screen import Screen
from bot.discord_errors import INVALID_FORM
from bot.domain.errors import UserError
from bot.locale.language import Message

log = logging.getLogger(__name__)

# Discord waits three seconds for an answer: one that takes more than half of that, in seconds, is deferred first.
DEFER_AFTER = 1.5
# An answer that takes longer than this, in seconds, once it is deferred, is given up.
GIVE_UP_AFTER = 20.0
# Discord's codes for a message that cannot be edited: too many edits of an old one, an archived thread, a channel that
# the bot does not see (any more).
_NOT_EDITABLE = frozenset({30046, 50083, 50001})
# The key of ``Interaction.extras`` with a sentence about a change that was made, whatever becomes of the answer.
_MADE = "made"

_THREADS = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)

T = TypeVar("T")
# Changes that go on though their answers were given up.
_changes: set[asyncio.Future[Any]] = set()


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

    async def answer_change(self, screen: Coroutine[Any, Any, Screen]) -> None:
        """Wait for a screen that says what was changed, and show it. Raises SlowError."""
        await self.show(await self.change(screen, lambda screen: screen.sentence))

    async def wait(self, work: Awaitable[T]) -> T:
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
            sentence = Message("That took too long, so I stopped. Please try again, or narrow it down.")
            raise SlowError(sentence) from None
        finally:
            timer.cancel()
            # The answer comes after the deferral, even one that failed.
            for failure in await asyncio.gather(*deferring, return_exceptions=True):
                if failure is not None:
                    log.warning("an answer could not be announced: %s", failure)

    async def change(self, work: Coroutine[Any, Any, T], made: Callable[[T], str | None]) -> T:
        """Return the result of ``work`` that changes something: it is never given up half-way.

        ``made`` says what was changed: should the rest of the answer fail, the person gets that sentence instead.
        Raises SlowError, though the work goes on.
        """
        task = asyncio.ensure_future(work)
        _changes.add(task)
        task.add_done_callback(_changes.discard)
        try:
            result = await self.wait(asyncio.shield(task))
        except SlowError:
            task.add_done_callback(_log_failure)
            sentence = Message(
                "This is taking longer than usual and is still running: please check in a minute whether it is"
                " done before you try again."
            )
            raise SlowError(sentence) from None
        self.interaction.extras[_MADE] = made(result)
        return result

    async def show(self, screen: Screen) -> None:
        """Show the screen. A bare sentence goes to the person alone, unless a public answer was deferred.

        What Discord refuses for an image or an address is shown without these; what it does not let the bot edit is
        shown in a copy that only the person sees.
        """
        try:
            await self._show(screen)
        except discord.HTTPException as error:
            if error.code in _NOT_EDITABLE and self._edits_message:
                log.info("a message cannot be edited (%d): its reader gets a copy", error.code)
                self._ephemeral, self._edits_message = True, False
                await self._show_copy(screen)
            elif error.code == INVALID_FORM and has_addresses(_embeds(screen)):
                log.warning("Discord refuses an answer: once more without images and addresses: %s", error.text)
                await self._show(_without_addresses(screen))
            else:
                raise

    async def _show(self, screen: Screen) -> None:
        response = self.interaction.response
        embeds = _embeds(screen)
        # Without attachments, the file of the card before would stay, and stand above the new one.
        edit: dict[str, Any] = {"content": screen.sentence, "embeds": embeds, "attachments": screen.files}
        if screen.embed is None and self._edits_message and not screen.replaces:
            # The card stays where it is; the sentence is said beside it.
            await self._show_copy(screen)
        elif self._edits_message:
            await answer(
                self.interaction,
                InteractionResponseType.message_update,
                lambda: response.edit_message(**_fresh(edit), view=self._view(screen)),
                lambda: self.interaction.edit_original_response(**_fresh(edit), view=self._view(screen)),
            )
        else:
            await answer(
                self.interaction,
                InteractionResponseType.channel_message,
                self._new_message(screen, ephemeral=self._ephemeral or screen.embed is None),
                lambda: self.interaction.edit_original_response(**_fresh(edit), view=self._view(screen)),
            )

    def _new_message(self, screen: Screen, *, ephemeral: bool) -> Callable[[], Coroutine[Any, Any, object]]:
        content = _new_content(screen)
        return lambda: self.interaction.response.send_message(
            **_fresh(content), view=self._view(screen), ephemeral=ephemeral
        )

    async def _show_copy(self, screen: Screen) -> None:
        """Show the screen in a message of its own, which only the person sees."""
        content = _new_content(screen)
        await answer(
            self.interaction,
            InteractionResponseType.channel_message,
            self._new_message(screen, ephemeral=True),
            lambda: self.interaction.followup.send(**_fresh(content), view=self._view(screen), ephemeral=True),
        )

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
            await acknowledge(self.interaction, InteractionResponseType.deferred_message_update, response.defer)
        else:
            kind = InteractionResponseType.deferred_channel_message
            await acknowledge(self.interaction, kind, lambda: response.defer(ephemeral=self._ephemeral, thinking=True))


def change_made(interaction: discord.Interaction[Any]) -> str | None:
    """Return a sentence about what an interaction has changed; None if nothing, or nothing for certain."""
    sentence: str | None = interaction.extras.get(_MADE)
    return sentence


def _log_failure(change: asyncio.Future[Any]) -> None:
    if not change.cancelled() and (error := change.exception()) is not None:
        log.error("a change failed after its answer was given up", exc_info=error)


def _embeds(screen: Screen) -> list[discord.Embed]:
    return [screen.embed, *screen.more_embeds] if screen.embed else []


def _new_content(screen: Screen) -> dict[str, Any]:
    parts: dict[str, Any] = {"content": screen.sentence, "embeds": _embeds(screen), "files": screen.files}
    return {name: part for name, part in parts.items() if part}


def _fresh(content: dict[str, Any]) -> dict[str, Any]:
    """Return what is to be sent, with its files at their beginning: the request may be made for a second time."""
    for file in (*content.get("files", ()), *content.get("attachments", ())):
        file.reset()
    return content


def _without_addresses(screen: Screen) -> Screen:
    first, *others = without_addresses(_embeds(screen))
    return replace(screen, embed=first, more_embeds=others)


def _is_own(interaction: discord.Interaction[Any], message: discord.Message) -> bool:
    """Tell whether only this person sees a message, or it answered their own command and they may still write there."""
    if message.flags.ephemeral:
        return True
    metadata = message.interaction_metadata
    return metadata is not None and metadata.user.id == interaction.user.id and may_write(interaction)
