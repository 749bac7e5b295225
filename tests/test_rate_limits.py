"""Requests to Discord keep its global limit by themselves."""

import asyncio
import time
from typing import Any

from yarl import URL

from bot.rate_limits import GlobalRateLimiter


def most_in_a_second(passed: list[float]) -> int:
    return max(sum(start <= each < start + 1.0 for each in passed) for start in passed)


async def test_no_second_holds_more_than_the_limit_even_after_the_process_was_held_up() -> None:
    budget, passed = GlobalRateLimiter(20), []
    clock = asyncio.get_running_loop().time

    async def pass_through(number: int) -> None:
        await budget.wait()
        passed.append(clock())
        if number == 10:
            time.sleep(0.3)  # noqa: ASYNC251  (what a busy machine does)

    await asyncio.gather(*(pass_through(number) for number in range(45)))
    assert len(passed) == 45
    assert most_in_a_second(passed) <= 20
    assert passed == sorted(passed)


async def test_who_comes_first_goes_first_and_who_gives_up_holds_up_nobody() -> None:
    budget, order = GlobalRateLimiter(50), []

    async def pass_through(number: int) -> None:
        await budget.wait()
        order.append(number)

    tasks = [asyncio.create_task(pass_through(number)) for number in range(12)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [number for number in range(12) if number != 3]


async def test_answers_to_commands_are_not_counted() -> None:
    budget = GlobalRateLimiter(1)
    begins: Any = budget.trace().on_request_start[0]
    for path in (
        "/api/v10/interactions/1/token/callback",
        "/api/v10/webhooks/1/token/messages/@original",
        "/cdn/1.png",
    ):
        for _ in range(3):
            await asyncio.wait_for(begins(None, None, Asked(URL(f"https://discord.example{path}"))), 0.5)
    assert not budget._passed
    await begins(None, None, Asked(URL("https://discord.example/api/v10/channels/1/messages")))
    assert len(budget._passed) == 1


class Asked:
    """What aiohttp tells of a request that begins."""

    def __init__(self, url: URL) -> None:
        self.url = url
