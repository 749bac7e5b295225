"""Daily posts as Discord and the ledger see them: at their minute, once, and after all that Discord can do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from discord_double import DiscordDouble
from discord_gateway import until
from posting import DAY, Newsroom, Server, at, fill, ids_of, token_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def newsroom(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Newsroom]:
    """One bot for all of these: each test has a server of its own, on a day of its own."""
    folder = tmp_path_factory.mktemp("newsroom")
    fill(folder, days=90)
    async with DiscordDouble(guilds=[], clock=folder) as double:
        double.set_time(at(DAY, "07:00"))
        newsroom = Newsroom(double, folder)
        async with newsroom.serving():
            yield newsroom


@pytest_asyncio.fixture(loop_scope="module")
async def server(newsroom: Newsroom) -> AsyncIterator[Server]:
    async with newsroom.opened() as server:
        yield server


# In time


async def test_a_post_comes_once_at_its_local_minute_and_not_before(newsroom: Newsroom, server: Server) -> None:
    # Berlin is an hour ahead.
    await server.order(time="9:30", timezone="Berlin")
    due = at(DAY, "08:30")
    await newsroom.reach(due - timedelta(seconds=1))
    assert server.posts() == []
    assert server.deliveries() == []
    newsroom.double.set_time(due)
    (sent,) = await server.closed(1)
    (post,) = server.posts()
    assert (sent.order, sent.day, sent.state, sent.late, sent.message) == (1, DAY, "sent", False, post["id"])
    await newsroom.reach(due + timedelta(hours=8))
    assert len(server.posts()) == 1
    assert server.deliveries() == [sent]
