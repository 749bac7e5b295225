"""Fixtures that several test modules use."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bot.archive.archive import Archive
from bot.archive.database_file import open_for_writing
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.import_report import Report
from bot.archive.importer import import_pages
from bot.client import Daybook
from bot.ledger.ledger import Ledger
from tests.discord_double.limits import check_request
from tests.helpers.archives import Import
from tests.helpers.ledgers import make_ledger, open_ledger
from tests.helpers.processes import Shell
from tests.helpers.samples import SEED
from tests.helpers.servers import Server, make_bot
from tests.helpers.web import Web, watch_connections

# CI tries the same examples each time, so that no merge fails by chance; developers always try new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
# What `make quick` asks for.
settings.register_profile("quick", max_examples=15, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

# The processes that this one has started.
_started: list[object] = []


def _note_process(event: str, arguments: object) -> None:
    if event in {"subprocess.Popen", "os.fork", "os.posix_spawn"}:
        _started.append(arguments)


sys.addaudithook(_note_process)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run twice as many workers as there are cores: half of the time tests wait for a thread or a simulated Discord."""
    return min(2 * (os.cpu_count() or 1), 8)


@pytest.fixture(autouse=True)
def _process_mark(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that starts a process and is not marked so: `make quick` leaves those out."""
    before = len(_started)
    yield
    if len(_started) > before and not request.node.get_closest_marker("process"):
        pytest.fail(f"starts a process: mark it with pytest.mark.process ({_started[before:]})")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a test's archive."""
    return tmp_path / "data" / "archive.sqlite3"


@pytest.fixture
def load(file: Path) -> Import:
    """A function that imports files and folders into the test's archive."""

    def load(*paths: Path, forgotten: ForgottenEvents | None = None) -> Report:
        return import_pages(file, paths, forgotten=forgotten or ForgottenEvents())

    return load


@pytest.fixture(scope="session")
def empty_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive without pages, to be copied: making its tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "archive.sqlite3"
    open_for_writing(path).close()
    return path


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "ledger.sqlite3"
    with open_ledger(path):
        return path


@pytest.fixture
async def archive(file: Path, empty_archive: Path) -> AsyncIterator[Archive]:
    """The test's archive, open."""
    _copy(empty_archive, file)
    async with Archive(file) as archive:
        yield archive


@pytest.fixture
async def seeded(load: Import, archive: Archive) -> Archive:
    """An archive that holds the seed page."""
    load(SEED)
    return archive


@pytest.fixture
def ledger_file(tmp_path: Path) -> Path:
    """The path of a test's ledger, beside its archive."""
    return tmp_path / "data" / "ledger.sqlite3"


@pytest.fixture
async def ledger(ledger_file: Path, empty_ledger: Path) -> AsyncIterator[Ledger]:
    """The test's ledger, open."""
    _copy(empty_ledger, ledger_file)
    async with Ledger(ledger_file) as ledger:
        yield ledger


def _copy(database: Path, file: Path) -> None:
    """Copy a database to where there is none yet."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(database, file)


# The shell.


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell without any data."""
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def seeded_shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell whose archive holds the seed page; for tests that only read."""
    shell = Shell(tmp_path_factory.mktemp("seeded"))
    assert shell.json("import", SEED)["events"] == 11
    return shell


@pytest.fixture
def old_ledger(shell: Shell) -> Path:
    """The path of the shell's ledger, with something in it, left by a process that ended well."""
    return make_ledger(shell.data / "ledger.sqlite3", "the old one")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with space for hardly more than one ledger; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    result = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=224k", "tmpfs", folder], capture_output=True, timeout=10, check=False
    )
    if not result or result.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", folder], timeout=10, check=True)


# A simulated Discord.


@pytest.fixture
def bot_pages() -> list[Path]:
    """The pages in the bot's archive: the seed page; modules that need others override this fixture."""
    return [SEED]


@pytest.fixture
def simcord_bot(load: Import, archive: Archive, ledger: Ledger, bot_pages: list[Path]) -> Daybook:
    """The real bot."""
    load(*bot_pages)
    return make_bot(archive, ledger)


@pytest.fixture
def server(simcord_env: Any) -> Iterator[Server]:
    """A server with people; at the end, all that the bot has sent is checked against Discord's limits."""
    yield Server.open(simcord_env)
    for request in simcord_env.http_requests:
        check_request(request)


# For tests that need no more than a channel.


@pytest.fixture
def channel(simcord_env: Any) -> Any:
    """A text channel of a server."""
    return simcord_env.create_guild("Home").create_text_channel("on-this-day")


@pytest.fixture
def reader(simcord_env: Any, channel: Any) -> Any:
    """Somebody in that server."""
    return simcord_env.guild.add_member(simcord_env.create_user("reader"))


@pytest.fixture
def other(simcord_env: Any, channel: Any) -> Any:
    """Somebody else in that server."""
    return simcord_env.guild.add_member(simcord_env.create_user("other"))


# The web.


@pytest.fixture
async def web(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    """Servers on this machine, of which one is allowed, and names; nothing else is reached."""
    async with AsyncExitStack() as stack:
        web = Web(stack, watch_connections(monkeypatch))
        await stack.enter_async_context(web.allowed.running())
        await stack.enter_async_context(web.other.running())
        yield web
