"""Requests to Discord keep its global limit by themselves."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot.archive.archive import Archive
from bot.rate_limits import GlobalRateLimiter
from tests.helpers.serving import serving


def most_in_a_second(times: list[float]) -> int:
    return max(sum(start <= time < start + 1.0 for time in times) for start in times)


async def test_no_second_holds_more_than_the_limit_even_after_the_process_was_held_up() -> None:
    limiter, times = GlobalRateLimiter(20), []
    loop_time = asyncio.get_running_loop().time

    async def send(number: int) -> None:
        await limiter.wait()
        times.append(loop_time())
        if number == 10:
            time.sleep(0.3)  # noqa: ASYNC251  (what a busy machine does)

    await asyncio.gather(*(send(number) for number in range(45)))
    assert len(times) == 45
    assert most_in_a_second(times) <= 20
    assert times == sorted(times)


async def test_who_comes_first_goes_first_and_who_gives_up_holds_up_nobody() -> None:
    limiter, sent = GlobalRateLimiter(50), []

    async def send(number: int) -> None:
        await limiter.wait()
        sent.append(number)

    tasks = [asyncio.create_task(send(number)) for number in range(12)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert sent == [number for number in range(12) if number != 3]


async def test_answers_to_commands_are_not_counted() -> None:
    limiter = GlobalRateLimiter(1)
    on_request_start: Any = limiter.trace().on_request_start[0]
    for path in (
        "/api/v10/interactions/1/token/callback",
        "/api/v10/webhooks/1/token/messages/@original",
        "/cdn/1.png",
    ):
        for _ in range(3):
            request = RequestStart(URL(f"https://discord.example{path}"))
            await asyncio.wait_for(on_request_start(None, SimpleNamespace(), request), 0.5)
    assert not limiter._recent
    request = RequestStart(URL("https://discord.example/api/v10/channels/1/messages"))
    await on_request_start(None, SimpleNamespace(), request)
    assert len(limiter._recent) == 1


async def test_what_aiohttp_repeats_unseen_is_counted_too() -> None:
    arrived: list[float] = []

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.append(asyncio.get_running_loop().time())
        writer.transport.abort()

    limiter = GlobalRateLimiter()
    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with aiohttp.ClientSession(trace_configs=[limiter.trace()]) as session:
            with pytest.raises(aiohttp.ClientError):
                await session.get(f"http://127.0.0.1:{port}/api/v10/channels/1/messages")
    assert len(arrived) == len(limiter._recent) == 2


@dataclass
class RequestStart:
    """What aiohttp passes when a request starts."""

    url: URL


class SetBackClock:
    """A clock whose times a test sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 24, 12, tzinfo=UTC)
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds


async def test_who_used_many_answers_before_the_clock_was_set_back_waits_no_longer(
    archive: Archive, tmp_path: Path
) -> None:
    clock = SetBackClock()
    async with serving(archive, tmp_path, clock=clock) as double:
        answers = [await double.slash("about") for _ in range(21)]
        assert "Too many requests" in answers[-1].content
        clock.moment -= timedelta(hours=1)
        clock.seconds += 21
        assert (await double.slash("about")).embeds
