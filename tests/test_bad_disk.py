"""Full disks, files that are moved away or damaged beside the running bot: what goes on, and what it says."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.upkeep import Upkeep
from bot.health import Heartbeat, Notes
from bot.health import write as write_heartbeat
from bot.ledger.ledger import Ledger
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import ALL, until
from tests.helpers.ledgers import make_damaged_ledger, make_ledger
from tests.helpers.posting import Deployment, Server, fill_archive, open_deployment
from tests.helpers.processes import STARTER_OFF, Running, Shell, environment
from tests.helpers.samples import write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.process
limits_others = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
MANY = 1500


def many_pages(folder: Path, count: int = MANY) -> Path:
    for number in range(count):
        write(folder, f"2001-03-{1 + number % 28:02}", f"Story {number} is told", summary=f"{number} " + "word " * 400)
    return folder / "news"


def limited_import(folder: Path, pages: Path, size: int) -> subprocess.CompletedProcess[bytes]:
    """Import pages in a process that can write no file beyond a size, as on a full disk."""
    code = f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
    code += "from bot.cli import main; sys.exit(main())"
    arguments = [sys.executable, "-c", code, "--data", "data", "import", str(pages)]
    return subprocess.run(
        arguments, cwd=folder, env=environment(STARTER_OFF), capture_output=True, timeout=120, check=False
    )


def size_of(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


async def test_an_import_that_ran_out_of_space_gives_it_back_though_others_read(tmp_path: Path) -> None:
    fill_archive(tmp_path)
    file = tmp_path / "data" / "archive.sqlite3"
    pages = many_pages(tmp_path / "many")
    async with Archive(file) as archive:
        assert (await archive.stats()).events
        answer = await asyncio.to_thread(limited_import, tmp_path, pages, 2_000_000)
        assert answer.returncode == 1, answer
        assert b"the disk is full" in answer.stderr or b"out of order" in answer.stderr, answer.stderr
        assert size_of(tmp_path / "data" / "archive.sqlite3-wal") == 0
        assert (await archive.stats()).events


async def test_what_a_killed_import_has_written_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.archive.upkeep._LARGE_WAL", 500_000)
    fill_archive(tmp_path)
    file = tmp_path / "data" / "archive.sqlite3"
    wal = tmp_path / "data" / "archive.sqlite3-wal"
    pages = many_pages(tmp_path / "many")
    async with Archive(file) as archive, Running("--data", "data", "import", str(pages), folder=tmp_path) as process:
        await until(lambda: size_of(wal) > 1_000_000 or process.over, 60)
        assert not process.over
        process.send(signal.SIGKILL)
        await process.ended()
        assert size_of(wal) > 1_000_000
        Upkeep(file)._begin()
        assert size_of(wal) < 100_000
        assert (await archive.stats()).events < MANY


def test_the_background_makes_no_archive_where_there_is_none(tmp_path: Path) -> None:
    assert Upkeep(tmp_path / "archive.sqlite3")._begin() == 0
    assert not list(tmp_path.iterdir())


async def test_an_archive_as_large_and_as_old_as_the_one_before_is_another_all_the_same(tmp_path: Path) -> None:
    files = [tmp_path / name / "archive.sqlite3" for name in ("old", "new")]
    for file, headline in zip(files, ("The old lamp is lit", "The new lamp is lit"), strict=True):
        make_archive(file, headline)
        os.utime(file, ns=(10**18, 10**18))
        for suffix in ("-wal", "-shm"):
            file.with_name(f"archive.sqlite3{suffix}").unlink(missing_ok=True)
    old, new = files
    assert old.stat().st_size == new.stat().st_size
    async with Archive(old) as archive:
        os.utime(old, ns=(10**18, 10**18))
        assert "old" in (await archive.on_this_day(324)).events[0].headline
        new.replace(old)
        assert "new" in (await archive.on_this_day(324)).events[0].headline


def test_a_heartbeat_is_written_where_no_new_file_can_be(tmp_path: Path) -> None:
    file = tmp_path / "health.json"
    write_heartbeat(file, Heartbeat(None, 1, 0, 0.0, notes=Notes(("the first fault",))))
    (tmp_path / "health.new").mkdir()
    write_heartbeat(file, Heartbeat(None, 1, 0, 0.0, notes=Notes(("another one",), "waits")))
    assert json.loads(file.read_text())["faults"] == ["another one"]
    assert file.stat().st_size == 4096


# The ledger


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with open_deployment(tmp_path) as deployment, deployment.running():
        yield deployment


@pytest.fixture
async def server(deployment: Deployment) -> AsyncIterator[Server]:
    async with deployment.open_server() as server:
        yield server


def limit(deployment: Deployment, size: int) -> None:
    resource.prlimit(deployment.process._process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@limits_others
async def test_a_bot_goes_on_posting_and_saving_though_no_file_can_grow(deployment: Deployment, server: Server) -> None:
    data = deployment.folder / "data"
    await until(lambda: size_of(data / "ledger.sqlite3-wal") > 2_000_000, 20, "the reserve")
    # What counts is that the largest files may not grow.
    limit(deployment, max(size_of(data / name) for name in ("ledger.sqlite3", "ledger.sqlite3-wal")))
    for count in range(1, 4):
        await server.subscribe(count=count)
    for day in range(4):
        server.due(days=min(day, 1))
        await server.wait_closed(3 * (day + 1))
    assert set(server.states()) == {"sent"}
    await server.daily("pause", post=1)
    assert server.paused() == ["asked", None, None]


@limits_others
async def test_health_and_doctor_say_that_the_ledger_cannot_be_written_and_the_post_comes_later(
    deployment: Deployment, server: Server
) -> None:
    await server.subscribe()
    # Enough for the heartbeat alone.
    limit(deployment, 4100)
    server.due()
    try:
        answer = await server.daily("doctor")
        assert "⚠ I cannot save anything at the moment" in answer.embeds[0]["description"]
        await deployment.process.says("a round of daily posts failed")
        shell = Shell(deployment.folder)
        await until(lambda: "ledger.sqlite3" in shell("health", more=deployment.double.environment).err, 20, "health")
        health = shell("health", more=deployment.double.environment)
        assert health.code == 1
        assert "the disk" in health.complaint
    finally:
        limit(deployment, resource.RLIM_INFINITY)
    await server.wait_closed(1)
    assert server.states() == ["sent"]
    assert len(server.posts()) == 1
    assert "description" not in (await server.daily("doctor")).embeds[0]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 10 MB; only root can make one."""
    folder = tmp_path / "deployment" / "data"
    folder.mkdir(parents=True)
    mount = shutil.which("mount")
    command = [mount or "", "-t", "tmpfs", "-o", "size=10m", "tmpfs", str(folder)]
    if not mount or subprocess.run(command, capture_output=True, timeout=10, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", folder], timeout=10, check=True)


async def test_an_import_that_fills_the_disk_costs_no_post(disk: Path, tmp_path: Path) -> None:
    pages = many_pages(tmp_path / "many")
    async with open_deployment(disk.parent) as deployment, deployment.running(), deployment.open_server() as server:
        await server.subscribe()
        await until(lambda: size_of(disk / "ledger.sqlite3-wal") > 2_000_000, 20, "the reserve")
        answer = await asyncio.to_thread(Shell(disk.parent), "import", pages, more=STARTER_OFF)
        assert answer.code == 1
        assert "the disk is full" in answer.complaint
        assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize > 1_000_000
        server.due()
        await server.wait_closed(1)
        assert server.states() == ["sent"]
        # Somebody fills what is left.
        with (disk / "ballast").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"x" * 4096)
            except OSError:
                pass
        server.due(days=1)
        await server.wait_closed(2)
        assert server.states() == ["sent"] * 2


async def test_a_ledger_that_is_damaged_somewhere_serves_and_is_found_out_in_the_background(tmp_path: Path) -> None:
    make_damaged_ledger(tmp_path / "data" / "ledger.sqlite3")
    # Commands that only read check nothing.
    assert (await asyncio.to_thread(Shell(tmp_path), "stats", more=STARTER_OFF)).code == 0
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await double.wait_ready()
        await process.says("ledger.sqlite3 is damaged", seconds=30)
        await until(lambda: "ledger.sqlite3 is damaged" in Shell(tmp_path)("health").err, 10, "health to say so")
        assert "daybook restore" in Shell(tmp_path)("health").err
        doctor = await (await double.slash("daily doctor", {}, user_id=14, permissions=ALL)).finished()
        assert "My data is damaged" in doctor.embeds[0]["description"]
        await process.stop()
    backup = await asyncio.to_thread(Shell(tmp_path), "backup", "copy.sqlite3")
    assert backup.code == 1
    assert "is damaged" in backup.complaint


async def test_a_whole_ledger_is_read_in_the_background_and_said_to_be_well(tmp_path: Path) -> None:
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await process.says("the whole ledger was read and is fine", seconds=30)
        assert Shell(tmp_path)("health").code == 0
        await process.stop()


async def test_ending_the_bot_waits_for_no_check(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    make_ledger(file, "x" * 2000, rows=40_000)
    async with Ledger(file) as ledger:
        checking = asyncio.create_task(ledger.check_integrity())
        await asyncio.sleep(0.01)
        checking.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(checking, return_exceptions=True)
        assert ledger.damage is None
        await ledger.check_integrity()
        assert ledger.damage is None


# The archive


def run_bot(double: DiscordDouble, folder: Path) -> Running:
    return Running("run", "--data", "data", folder=folder, more=double.environment | STARTER_OFF)


async def title_of(double: DiscordDouble, user_id: int) -> str:
    answer = await double.slash("day", {"date": "2000-03-24"}, user_id=user_id, permissions=ALL)
    return str((await answer.finished()).message)


def make_archive(file: Path, headline: str) -> None:
    import_pages(file, [write(file.parent / "pages", "2000-03-24", headline)], forgotten=ForgottenEvents())
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def test_an_archive_that_is_replaced_beside_the_bot_is_opened_anew(tmp_path: Path) -> None:
    file = tmp_path / "data" / "archive.sqlite3"
    make_archive(file, "The old lamp is lit")
    other = tmp_path / "other" / "archive.sqlite3"
    make_archive(other, "The new lamp is lit")
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await double.wait_ready()
        assert "The old lamp" in await title_of(double, 11)
        other.replace(file)
        assert "The new lamp" in await title_of(double, 12)
        await process.says("is a different file now: opening it again")
        await process.stop()


async def test_an_archive_that_is_moved_away_still_answers_until_another_one_is_made(tmp_path: Path) -> None:
    file = tmp_path / "data" / "archive.sqlite3"
    make_archive(file, "The old lamp is lit")
    pages = write(tmp_path / "new", "2000-03-24", "The new lamp is lit")
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await double.wait_ready()
        assert "The old lamp" in await title_of(double, 11)
        file.rename(file.with_name("away.sqlite3"))
        assert "The old lamp" in await title_of(double, 12)
        await until(lambda: "archive.sqlite3 is missing" in Shell(tmp_path)("health").err, 30, "health to say so")
        assert not file.exists()
        answer = await asyncio.to_thread(Shell(tmp_path), "import", pages, more=STARTER_OFF)
        assert answer.code == 0, answer
        assert "The new lamp" in await title_of(double, 13)
        await until(lambda: Shell(tmp_path)("health").code == 0, 30, "health to be well")
        await process.stop()


@pytest.mark.parametrize("in_place", [True, False])
async def test_a_damaged_archive_makes_health_fail_with_one_line_that_says_what_to_do(
    tmp_path: Path, in_place: bool
) -> None:
    file = tmp_path / "data" / "archive.sqlite3"
    make_archive(file, "The old lamp is lit")
    async with DiscordDouble() as double, run_bot(double, tmp_path) as process:
        await double.wait_ready()
        garbage = b"\xff" * file.stat().st_size
        if in_place:
            with file.open("r+b") as opened:
                opened.write(garbage)
        else:
            (tmp_path / "garbage").write_bytes(garbage)
            (tmp_path / "garbage").replace(file)
        answer = await double.slash("day", {"date": "2000-03-24"}, user_id=12)
        await answer.finished()
        await process.says("move it away and import the pages again", seconds=90)
        health = Shell(tmp_path)("health")
        assert health.code == 1
        assert "archive.sqlite3 is not an archive, or is damaged" in health.complaint
        doctor = await (await double.slash("daily doctor", {}, user_id=14, permissions=ALL)).finished()
        assert "My archive is missing or damaged" in doctor.embeds[0]["description"]
        # What health says to do, beside the running bot.
        for suffix in ("", "-wal", "-shm"):
            (tmp_path / "data" / f"archive.sqlite3{suffix}").rename(tmp_path / f"away{suffix}")
        pages: Any = write(tmp_path / "new", "2000-03-24", "The new lamp is lit")
        assert (await asyncio.to_thread(Shell(tmp_path), "import", pages, more=STARTER_OFF)).code == 0
        assert "The new lamp" in await title_of(double, 15)
        await until(lambda: Shell(tmp_path)("health").code == 0, 30, "health to be well")
        await process.stop()
