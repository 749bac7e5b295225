"""What a running bot keeps in memory for those who have asked it something: nothing."""

import gc
from pathlib import Path

import discord
import pytest

from tests.helpers.samples import SEED
from tests.helpers.servers import Server, write_tales

ASKED = 30


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return [SEED, *write_tales(tmp_path)]


def views() -> int:
    """Count the views that are alive."""
    gc.collect()
    return sum(isinstance(thing, discord.ui.View) for thing in gc.get_objects())


@pytest.mark.simcord(shard_count=1)
async def test_a_private_answer_leaves_no_view_behind(server: Server) -> None:
    """discord.py keeps the view of a private answer for a quarter of an hour, unless it is stopped."""
    await server.ask_privately(server.member, "settings private", value="on")
    await server.ask_privately(server.member, "onthisday", date="2 January")
    before = views()
    for number in range(ASKED):
        await server.ask_privately(
            server.member, "onthisday", date=f"{number % 15 + 1} January {(2001, 2003)[number % 2]}"
        )
    # Those of the remembered screens; the same answers once more leave none.
    remembered = views() - before
    assert remembered <= ASKED
    for number in range(ASKED):
        await server.ask_privately(
            server.member, "onthisday", date=f"{number % 15 + 1} January {(2001, 2003)[number % 2]}"
        )
        await server.ask_privately(server.member, "random")
    assert views() - before <= remembered
