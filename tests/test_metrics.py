"""The figures that Prometheus reads: which there are, and that each fault moves one."""

from __future__ import annotations

import asyncio
import re
import resource
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.domain.errors import SettingsError
from bot.settings import Address, Settings
from tests.discord_double.double import DiscordDouble
from tests.helpers.ledgers import make_damaged_ledger
from tests.helpers.posting import Deployment, at, open_deployment
from tests.helpers.processes import STARTER_OFF, Running, Shell
from tests.helpers.samples import ROOT, SEED

if TYPE_CHECKING:
    from pathlib import Path


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


async def read(port: int, host: str = "127.0.0.1") -> dict[str, float]:
    """Return the figures by their names with labels."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        lines = (await answer.text()).splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


async def wait_for(port: int, name: str, value: float, *, within: float = 0, seconds: float = 20) -> None:
    for _ in range(round(seconds / 0.2)):
        figures = await read(port)
        if name in figures and abs(figures[name] - value) <= within:
            return
        await asyncio.sleep(0.2)
    pytest.fail(f"{name} is {figures.get(name)}, not {value}")


@pytest.mark.process
async def test_posts_answers_and_faults_move_the_documented_figures(tmp_path: Path) -> None:
    port = free_port()
    async with open_deployment(tmp_path) as deployment, deployment.running({"DAYBOOK_METRICS": str(port)}):
        async with deployment.open_server() as server:
            await server.subscribe()
            before = await read(port)
            assert before["daybook_connected"] == 1
            assert before["daybook_answers_total" + '{outcome="taken"}'] == 1
            assert before["daybook_answer_seconds_count"] == 1
            assert before["daybook_archive_events"] > 0
            assert before["daybook_sessions_begun_in_a_day"] == 1
            assert before["daybook_newest_event_age_days"] > 365
            server.due("08:31")
            await server.wait_closed(1)
            figures = await read(port)
            assert figures['daybook_posts_total{state="sent"}'] == 1
            assert figures['daybook_post_late_seconds_bucket{le="60.0"}'] == 1
            assert figures['daybook_post_late_seconds_bucket{le="30.0"}'] == 0
            # Discord asks to wait.
            body = {"message": "slow down", "retry_after": 0.1, "global": False}
            headers = {"Via": "1.1 google", "X-RateLimit-Scope": "user", "Retry-After": "1"}
            deployment.double.fail_next("POST", "/channels/.*/messages", 429, body=body, headers=headers)
            server.due(days=1)
            await server.wait_closed(2)
            assert (await read(port))['daybook_rate_limited_total{scope="user"}'] == 1
        await faults(deployment, port)
        documented = set(re.findall(r"^\| `(daybook_\w+?)(?:_total)?(?:\{.*?\})?` \|", docs(), re.MULTILINE))
        names = {re.sub(r"(_total|_created|_bucket|_sum|_count)?(\{.*)?$", "", name) for name in await read(port)}
        assert names == documented


def docs() -> str:
    return (ROOT / "docs" / "running.md").read_text("utf-8")


async def faults(deployment: Deployment, port: int) -> None:
    """Let the clock be wrong, the archive go, and the disk be full."""
    assert (await read(port))["daybook_ledger_writable"] == 1
    deployment.set_wrong_time(deployment.double.time + timedelta(hours=1))
    await deployment.process.says("this machine's clock is off by")
    await wait_for(port, "daybook_clock_off_seconds", 3600, within=60)
    deployment.double.set_time(deployment.double.time)
    archive = deployment.folder / "data" / "archive.sqlite3"
    archive.rename(archive.with_name("away"))
    assert (await read(port))["daybook_archive_readable"] == 0
    archive.with_name("away").rename(archive)
    assert (await read(port))["daybook_archive_readable"] == 1
    assert (await read(port))["daybook_ledger_whole"] == 1
    if hasattr(resource, "prlimit"):
        pid = deployment.process._process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4100, resource.RLIM_INFINITY))
        deployment.double.set_time(at(deployment.double.time.date() + timedelta(2), "08:00"))
        server = deployment.server()
        await server.open()
        await server.daily("doctor")
        await wait_for(port, "daybook_ledger_writable", 0)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await wait_for(port, "daybook_ledger_writable", 1)
        await server.close()


@pytest.mark.process
async def test_a_bot_that_waits_or_is_not_connected_says_so_in_its_figures(tmp_path: Path) -> None:
    port = free_port()
    async with DiscordDouble() as double:
        double.session_limit = {"total": 1000, "remaining": 1, "reset_after": 3_000, "max_concurrency": 1}
        more = double.environment | STARTER_OFF | {"DAYBOOK_METRICS": str(port)}
        async with Running("run", "--data", "data", folder=tmp_path, more=more) as process:
            await process.says("Discord lets it begin")
            figures = await read(port)
            assert (figures["daybook_waiting_to_connect"], figures["daybook_connected"]) == (1, 0)
            double.session_limit["remaining"] = 1000
            await double.wait_ready()
            await wait_for(port, "daybook_connected", 1)
            assert (await read(port))["daybook_waiting_to_connect"] == 0
            double.gateway.is_away = True
            await double.drop_gateway(code=None)
            await wait_for(port, "daybook_connected", 0)
            await process.stop()


@pytest.mark.process
async def test_a_damaged_ledger_is_seen_in_the_figures(tmp_path: Path) -> None:
    port = free_port()
    make_damaged_ledger(tmp_path / "data" / "ledger.sqlite3")
    async with DiscordDouble() as double:
        more = double.environment | STARTER_OFF | {"DAYBOOK_METRICS": str(port)}
        async with Running("run", "--data", "data", folder=tmp_path, more=more) as process:
            await double.wait_ready()
            await wait_for(port, "daybook_ledger_whole", 0)
            await process.stop()


@pytest.mark.process
async def test_an_import_and_the_search_for_due_posts_move_the_figures(tmp_path: Path) -> None:
    port = free_port()
    async with DiscordDouble() as double:
        more = double.environment | STARTER_OFF | {"DAYBOOK_METRICS": str(port)}
        async with Running("run", "--data", "data", folder=tmp_path, more=more) as process:
            await double.wait_ready()
            before = await read(port)
            assert before["daybook_archive_events"] == 0
            imported = await asyncio.to_thread(Shell(tmp_path), "import", SEED, more=STARTER_OFF)
            assert imported.code == 0
            after = await read(port)
            assert after["daybook_archive_events"] == 11
            changed = "daybook_archive_changed_timestamp_seconds"
            assert after[changed] > before[changed]
            assert after["daybook_looked_for_posts_timestamp_seconds"] > 0
            assert after["daybook_latency_seconds"] > 0
            await process.stop()


@pytest.mark.process
async def test_what_cannot_be_read_is_seen_in_the_figures(tmp_path: Path) -> None:
    port = free_port()
    async with DiscordDouble() as double:
        more = double.environment | STARTER_OFF | {"DAYBOOK_METRICS": str(port)}
        async with Running("run", "--data", "data", folder=tmp_path, more=more) as process:
            await double.wait_ready()
            figures = await read(port)
            assert figures['daybook_unreadable_total{what="event"}'] == 0
            assert figures['daybook_unreadable_total{what="frame"}'] == 0
            await double.gateway.dispatch("CHANNEL_UPDATE", {"surprise": True})
            await wait_for(port, 'daybook_unreadable_total{what="event"}', 1)
            await double.gateway.connections[-1].send_raw('{"op": 0, "t": ')
            await wait_for(port, 'daybook_unreadable_total{what="frame"}', 1)
            assert (await read(port))['daybook_unreadable_total{what="event"}'] == 1
            await process.stop()


@pytest.mark.process
async def test_commands_that_discord_does_not_take_are_seen_in_the_figures(tmp_path: Path) -> None:
    port = free_port()
    async with DiscordDouble() as double:
        more = double.environment | STARTER_OFF | {"DAYBOOK_METRICS": str(port)}
        limit = {"message": "Max number of daily application command creates has been reached (200)", "code": 30034}
        double.fail_next("PUT", "/applications/.*/commands", 400, body=limit)
        for registered in (0, 1):
            async with Running("run", "--data", "data", folder=tmp_path, more=more) as process:
                await double.wait_ready()
                await wait_for(port, "daybook_commands_registered", registered)
                await process.stop()


@pytest.mark.process
async def test_a_port_that_is_taken_keeps_no_bot_from_serving(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with DiscordDouble() as double:
            more = double.environment | STARTER_OFF | {"DAYBOOK_METRICS": port}
            async with Running("run", "--data", "data", folder=tmp_path, more=more) as process:
                await process.says("set DAYBOOK_METRICS to another port")
                await double.wait_ready()
                assert (await double.slash("about")).embeds
                await process.stop()


@pytest.mark.parametrize(
    ("value", "address"),
    [("", None), ("off", None), ("9464", Address("127.0.0.1", 9464)), ("192.0.2.1:9464", Address("192.0.2.1", 9464)),
     ("[::1]:1", Address("::1", 1)), ("metrics.local:65535", Address("metrics.local", 65535))],
)  # fmt: skip
def test_figures_are_off_or_on_this_machine_alone_unless_an_address_is_given(
    value: str, address: Address | None
) -> None:
    assert Settings.read({"DAYBOOK_METRICS": value}).metrics == address


@pytest.mark.parametrize("value", ["0", "65536", "on", "host:", ":9464x", "a b:80", "9" * 5000])
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="a port such as 9464"):
        Settings.read({"DAYBOOK_METRICS": value})


def test_an_address_is_shown_as_it_stands_in_links() -> None:
    assert str(Address("::1", 80)) == "[::1]:80"
    assert str(Address("192.0.2.1", 80)) == "192.0.2.1:80"
