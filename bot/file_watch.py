"""Looks after the two database files while the bot serves: what is wrong with them goes to the log and to health."""

import asyncio
import logging

from bot.archive.archive import Archive
from bot.clock import Clock
from bot.domain.errors import DaybookError
from bot.ledger.ledger import Ledger

log = logging.getLogger(__name__)

# How often it looks, in seconds: usually, and while something is wrong.
_LOOK_EVERY, _LOOK_AGAIN = 60.0, 5.0
# How long after the start, and how often, the whole ledger is read, in seconds.
_FIRST_CHECK, _CHECK_EVERY = 5.0, 24 * 3600.0


class FileWatch:
    """Notices that the ledger cannot be written or is damaged, and that the archive is gone, another, or damaged."""

    def __init__(self, ledger: Ledger, archive: Archive, *, clock: Clock) -> None:
        self._ledger = ledger
        self._archive = archive
        self._clock = clock
        self._logged: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, and what to do, a sentence for each file."""
        return tuple(str(fault) for fault in (self._ledger.fault, self._archive.fault) if fault)

    async def run(self) -> None:
        """Go on until cancelled."""
        check_at = self._clock.monotonic() + _FIRST_CHECK
        while True:
            await self._look()
            if self._clock.monotonic() >= check_at:
                await self._check_ledger()
                check_at = self._clock.monotonic() + _CHECK_EVERY
            usual = min(_LOOK_EVERY, max(check_at - self._clock.monotonic(), 0.0))
            await asyncio.sleep(_LOOK_AGAIN if self.faults else usual)

    async def _look(self) -> None:
        try:
            await self._ledger.try_to_write()
            await self._ledger.reserve_space()
            await self._archive.check()
        except DaybookError as error:
            log.warning("the files cannot be looked at: %s", error)
        if self.faults != self._logged:
            for fault in self.faults:
                log.error("%s", fault)
            if not self.faults:
                log.info("both files are fine again")
            self._logged = self.faults

    async def _check_ledger(self) -> None:
        begun = self._clock.monotonic()
        try:
            await self._ledger.check_integrity()
        except DaybookError as error:
            log.warning("the ledger cannot be checked: %s", error)
            return
        if self._ledger.damage is None:
            log.info("the whole ledger was read and is fine (%.1f s)", self._clock.monotonic() - begun)
        await self._look()
