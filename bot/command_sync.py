"""Keeps Discord's list of the bot's commands in step with the code; whatever Discord says, the bot serves."""

import asyncio
import hashlib
import json
import logging
import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import discord

from bot.discord_errors import DISCORD_ERRORS, OutageError, describe
from bot.ledger.ledger import Ledger

if TYPE_CHECKING:
    from bot.translator import CommandTranslator
    from bot.tree import Tree

log = logging.getLogger(__name__)

# How long to wait after the first try that failed and after many. Where Discord has said how long, so long.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
# Discord's codes: too many commands were registered today, and a definition that it calls wrong.
_DAILY_LIMIT, _INVALID_FORM = 30034, 50035
# How long the start may take over it, in seconds.
_TIMEOUT = 15.0
_DAILY_WAIT = timedelta(hours=6)
_MAX_REASON = 500


class CommandSync:
    """Registers the commands where their definitions have changed, or Discord has lost some.

    ``ids`` are Discord's ids of the commands, by their names; empty until they are known. ``is_done`` tells whether
    Discord has the commands as they are here. ``first_wait`` is how long to wait after the first try that failed.
    """

    def __init__(self, tree: "Tree", *, ledger: Ledger, first_wait: timedelta = _FIRST_WAIT) -> None:
        self._tree = tree
        self._ledger = ledger
        self._rng = random.Random()  # noqa: S311  (no secret)
        self.first_wait = first_wait
        self.ids: dict[str, int] = {}
        self.is_done = False
        self._retries: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Register the commands if need be; where that fails, go on with what is there, and try again later."""
        self.ids = json.loads(await self._ledger.fact("command numbers") or "{}")
        if (wait := await self._try(0)) is not None:
            self._retries = asyncio.create_task(self._try_again(wait))

    async def close(self) -> None:
        """Give up what has not succeeded yet."""
        if self._retries is not None:
            self._retries.cancel()
            with suppress(asyncio.CancelledError):
                await self._retries

    async def _try_again(self, wait: timedelta) -> None:
        tries = 1
        while True:
            await asyncio.sleep(wait.total_seconds())
            next_wait = await self._try(tries)
            if next_wait is None:
                return
            wait, tries = next_wait, tries + 1

    async def _try(self, tries: int) -> timedelta | None:
        """Register the commands if need be; return how long to wait before the next try, None if all is well."""
        try:
            digest = await self._definition_hash()
            async with asyncio.timeout(_TIMEOUT):
                if await self._ledger.fact("commands") != digest or await self._is_any_lost():
                    await self._register(digest)
        except Exception as error:  # noqa: BLE001  (an answer that makes no sense is no reason not to serve)
            wait = self._wait_after(error, tries)
            log.error(  # noqa: TRY400  (the sentence says it all)
                "Discord has not taken the commands, so they stay as they are there: %s; trying again in %d minutes",
                _cause(error), max(wait.total_seconds() // 60, 1),
            )  # fmt: skip
            return wait
        self.is_done = True
        return None

    async def _register(self, digest: str) -> None:
        synced = await self._tree.sync()
        self.ids = {command.name: command.id for command in synced}
        await self._ledger.remember("command numbers", json.dumps(self.ids))
        await self._ledger.remember("commands", digest)
        log.info("sent Discord the definitions of %d commands", len(synced))

    async def _is_any_lost(self) -> bool:
        """Ask Discord whether it still has the commands that it was sent. Where it cannot say, it is taken to."""
        try:
            there = {command.name for command in await self._tree.fetch_commands()}
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001  (garbage, too)
            log.warning("Discord does not say which commands it has: %s", _cause(error))
            return False
        lost = sorted({command.name for command in self._tree.get_commands()} - there)
        if lost:
            log.warning("Discord has lost the commands %s: sending them again", ", ".join(lost))
        return bool(lost)

    def _wait_after(self, error: Exception, tries: int) -> timedelta:
        if isinstance(error, discord.RateLimited):
            return timedelta(seconds=error.retry_after)
        if isinstance(error, discord.HTTPException) and error.code == _DAILY_LIMIT:
            return _DAILY_WAIT
        longest = min(self.first_wait.total_seconds() * 2 ** min(tries, 10), _LONGEST_WAIT.total_seconds())
        return timedelta(seconds=self._rng.uniform(longest / 2, longest))

    async def _definition_hash(self) -> str:
        translator = cast("CommandTranslator", self._tree.translator)
        commands: list[Any] = [
            await command.get_translated_payload(self._tree, translator) for command in self._tree.get_commands()
        ]
        # Two applications may have the same definitions; each has to be sent them.
        definition = json.dumps([self._tree.client.application_id, commands], sort_keys=True)
        return hashlib.sha256(definition.encode()).hexdigest()


def _cause(error: Exception) -> str:  # noqa: PLR0911  (a sentence for each cause)
    """Say why Discord did not take the commands."""
    match error:
        case discord.RateLimited() | OutageError():
            return str(describe(error))
        case discord.HTTPException() if error.code == _DAILY_LIMIT:
            return "it takes only so many new commands a day"
        case discord.HTTPException() if error.code == _INVALID_FORM:
            return f"it calls a definition wrong ({' '.join(error.text.split())[:_MAX_REASON]}); please report that"
        case discord.Forbidden():
            return "it does not let this application have any (is the token that of another application?)"
        case discord.HTTPException() if error.status < 500:  # noqa: PLR2004
            return f"it refused them (error {error.status}, code {error.code})"
    if isinstance(error, DISCORD_ERRORS):
        return str(describe(error))
    return f"its answer makes no sense ({type(error).__name__})"
