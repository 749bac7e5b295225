"""The commands about what is kept of one person: ``daybook privacy``. Each prints its answer, returns the exit code."""

import argparse
from pathlib import Path

from bot.clock import Clock
from bot.ledger.ledger import Ledger
from bot.ledger.privacy import copies_with
from bot.settings import Settings
from bot.terminal import one_line, print_hint, print_json

_ELSEWHERE = (
    "Copies elsewhere hold what was set when they were made: look into their folders with --backups, and delete them"
    " when they are not needed. Restoring one brings it back."
)


async def export(arguments: argparse.Namespace, settings: Settings, _: Clock) -> int:
    """Print all that is kept of a person, as JSON. Raises LedgerError."""
    async with Ledger(settings.ledger) as ledger:
        personal = ledger.preferences.stored(arguments.user)
    print_json(
        {
            "user": str(arguments.user),
            "settings": personal and {"private": personal.private, "timezone": personal.zone},
            "copies": [str(copy) for copy in _copies(arguments, settings)],
        }
    )
    print_hint(_ELSEWHERE)
    return 0


async def erase(arguments: argparse.Namespace, settings: Settings, _: Clock) -> int:
    """Delete all that is kept of a person, and say which copies still hold it. Raises LedgerError."""
    async with Ledger(settings.ledger) as ledger:
        was_there = await ledger.preferences.erase(arguments.user)
    print("Erased; a running bot follows within half a minute." if was_there else "Nothing was kept of this person.")
    if copies := _copies(arguments, settings):
        print("These copies still hold it:")
        for copy in copies:
            print(one_line(f"  {copy}"))
    print_hint(_ELSEWHERE)
    return 0


def _copies(arguments: argparse.Namespace, settings: Settings) -> list[Path]:
    folders = [settings.data, *(arguments.backups or ())]
    return copies_with(arguments.user, folders, but=settings.ledger)
