"""How an answer reaches its reader: in time or deferred; into the asker's own message, or as a copy for others."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

import discord

from bot.cards.screen import Screen
from bot.domain.errors import UserError
from bot.locale.language import Message

log = logging.getLogger(__name__)

# Discord waits three seconds for an answer; what takes longer than half of that is announced first.
DEFER_AFTER = 1.5
# What takes longer than this, in seconds, is given up.
LIMIT = 20.0

T = TypeVar("T")


class SlowError(UserError):
    """An answer took too long."""


class Reply:
    """One answer to one interaction. ``private`` is for what should be seen by the person alone from the start."""

    def __init__(self, interaction: discord.Interaction[Any], *, private: bool = False, fresh: bool = False) -> None:
        self.interaction = interaction
        message = None if fresh else interaction.message
        self._edits = message is not None and _is_own(interaction, message)
        self._hidden = private or (message is not None and (not self._edits or message.flags.ephemeral))

    async def wait(self, question: Coroutine[Any, Any, T]) -> T:
        """Return the answer to a question; a slow one is announced in time, and given up in the end.

        Raises SlowError.
        """
        loop = asyncio.get_running_loop()
        announcing: list[asyncio.Task[None]] = []
        # Most answers are there before it rings: a task for each would cost them more than they do.
        bell = loop.call_later(DEFER_AFTER, lambda: announcing.append(loop.create_task(self._announce())))
        limit = asyncio.timeout(DEFER_AFTER + LIMIT)
        try:
            async with limit:
                return await question
        except TimeoutError:
            if not limit.expired():
                raise
            sentence = Message("That took too long, and was given up. Please try again, or ask for less.")
            raise SlowError(sentence) from None
        finally:
            bell.cancel()
            # Whatever comes of it, it is said after this; in time or not, there is an answer.
            for failure in await asyncio.gather(*announcing, return_exceptions=True):
                if failure is not None:
                    log.warning("an answer could not be announced: %s", failure)

    async def show(self, screen: Screen) -> None:
        """Show the screen. A bare sentence goes to the person alone, unless the answer is public already."""
        view = discord.ui.View(timeout=None)
        shared = [screen.shared] if screen.shared and self._hidden else []
        for item in (*screen.items, *shared):
            view.add_item(item)
        response = self.interaction.response
        embeds = [screen.embed, *screen.also] if screen.embed else []
        shown: dict[str, Any] = {"content": screen.sentence, "embeds": embeds, "view": view}
        if screen.embed is None and self._edits and not screen.replaces:
            # The card stays where it is; what is to be said is said beside it.
            await self._say(screen, view)
        elif response.is_done() or self._edits:
            # A file that a card showed would stay otherwise, and stand above the new one.
            shown["attachments"] = screen.files
            await (self.interaction.edit_original_response if response.is_done() else response.edit_message)(**shown)
        else:
            given = {name: value for name, value in shown.items() if value is not None}
            if screen.files:
                given["files"] = screen.files
            await response.send_message(**given, ephemeral=self._hidden or screen.embed is None)

    async def _announce(self) -> None:
        response = self.interaction.response
        if response.is_done():
            return
        if self._edits:
            await response.defer()
        else:
            await response.defer(ephemeral=self._hidden, thinking=True)

    async def _say(self, screen: Screen, view: discord.ui.View) -> None:
        response = self.interaction.response
        send = self.interaction.followup.send if response.is_done() else response.send_message
        await send(screen.sentence or "", view=view, files=screen.files, ephemeral=True)


def _is_own(interaction: discord.Interaction[Any], message: discord.Message) -> bool:
    if message.flags.ephemeral:
        return True
    asked = message.interaction_metadata
    return asked is not None and asked.user.id == interaction.user.id
