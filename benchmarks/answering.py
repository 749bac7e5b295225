"""How long a reader waits for an answer, at a double of Discord."""

import time
from collections.abc import Mapping
from typing import Any, Unpack

from discord_double import DEFERRED, DiscordDouble
from discord_gateway import Where


async def answered(double: DiscordDouble, command: str, options: Mapping[str, Any], **where: Unpack[Where]) -> float:
    """Use a command; return the seconds until the reader sees what was asked for.

    Raises RuntimeError when there is no card: a refusal is no answer.
    """
    answer = await double.slash(command, options, **where)
    seconds = answer.elapsed
    if answer.type == DEFERRED:
        # What was said in time only puts it off.
        await answer.finished()
        seconds = time.monotonic() - answer.sent
    if not answer.embeds:
        raise RuntimeError(f"/{command} {dict(options)} was answered with “{answer.content}”")
    return seconds
