"""Times how long a user waits for an answer, with the Discord double of the tests."""

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Unpack

from tests.discord_double.double import DEFERRED, DiscordDouble
from tests.discord_double.gateway import ContextFields


async def time_answer(
    double: DiscordDouble, command: str, options: Mapping[str, Any], **context: Unpack[ContextFields]
) -> float:
    """Use a command; return the seconds until its answer is shown.

    Raises RuntimeError when the answer has no card: a refusal does not count.
    """
    answer = await double.slash(command, options, **context)
    seconds = answer.elapsed
    if answer.type == DEFERRED:
        # The first reply only said that the answer takes longer.
        await answer.finished()
        seconds = time.monotonic() - answer.sent
    if not answer.embeds:
        raise RuntimeError(f"/{command} {dict(options)} was answered with “{answer.content}”")
    return seconds


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Collect no garbage in this block: requests that wait for a collection would look like a burst."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
