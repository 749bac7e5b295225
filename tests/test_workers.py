"""Worker processes: they change nothing about the archive that an import makes, and end with it."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.page_reader import PageFile, read_files
from bot.archive.workers import WorkerPool
from bot.domain.errors import ArchiveError
from tests.helpers.archives import dump
from tests.helpers.samples import write

pytestmark = pytest.mark.process

PAGES = 450


def fill(folder: Path) -> None:
    """Write many pages; some cannot be read, and one path is there twice, once damaged and once whole."""
    for number in range(PAGES):
        day = f"{1990 + number // 300}-{number % 12 + 1:02}-{number % 28 + 1:02}"
        related = [(f"1980-01-{number % 28 + 1:02}", f"Old story {number % 40}", "Tales, Towns")]
        file = write(folder / "a", day, f"Story {number} (SN)", related=related, topic=f"Topic {number % 7}")
        if number % 50 == 49:
            file.write_text("nothing of a page")
        if number == 99:
            write(folder / "b", day, f"Story {number} (SN)", summary="This time it is whole.")


def test_workers_change_nothing_about_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    results = []
    for cores in (1, 2, 3):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        archive = tmp_path / f"{cores}.sqlite3"
        report = import_pages(archive, [tmp_path / "a", tmp_path / "b"], forgotten=ForgottenEvents())
        assert (report.new, len(report.skipped)) == (PAGES - 8, 9)
        assert [skipped.path for skipped in report.skipped] == sorted(skipped.path for skipped in report.skipped)
        results.append((report, dump(archive)))
    assert results[0] == results[1] == results[2]


def test_results_come_in_the_order_of_the_batches() -> None:
    text = "### [2001-03-04](/news/2001/03/4/index.md)\n\n# Story {}\n"
    results = []
    read = partial(read_files, forgotten=ForgottenEvents())
    with WorkerPool(size=2) as pool:
        for number in range(40):
            file = PageFile(f"news/2001/03/4/story-{number}.md", text.format(number).encode())
            results += pool.submit(read, [file])
        results += pool.drain()
    assert [parsed.page.headline for (parsed,) in results] == [f"Story {n}" for n in range(40)]


def test_a_killed_worker_ends_the_import_with_one_sentence(tmp_path: Path) -> None:
    with WorkerPool(size=2) as pool:
        while not pool._workers:
            pool.submit(len, [])
        for worker in pool._workers:
            worker._process.kill()
            worker._process.wait()

        def submit_forever() -> None:
            while True:
                pool.submit(len, [])

        with pytest.raises(ArchiveError, match="was ended from outside"):
            submit_forever()


def environment(_: object) -> dict[str, str]:
    """Return the environment of the process that this runs in."""
    return dict(os.environ)


def test_workers_do_not_get_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    with WorkerPool(size=1) as pool:
        while not pool._workers:
            pool.submit(len, [])
        pool.submit(environment, [])
        worker_environment = list(pool.drain())[-1]
    assert "PATH" in worker_environment
    assert "DISCORD_TOKEN" not in worker_environment


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.import_report import NoProgress
from bot.archive.importer import import_pages

os.cpu_count = lambda: 3

class Killer(NoProgress):
    def reading(self, inputs_read, inputs, pages):
        if inputs_read > 0.9:
            print(Path("/proc/self/task", str(os.getpid()), "children").read_text(), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

import_pages(Path(sys.argv[1]), [Path(sys.argv[2])], forgotten=ForgottenEvents(), progress=Killer())
"""


def is_alive(process: str) -> bool:
    try:
        return Path("/proc", process, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_workers_end_when_the_import_is_killed(tmp_path: Path, file: Path) -> None:
    fill(tmp_path)
    command = [sys.executable, "-c", KILLED, str(file), str(tmp_path / "a")]
    process = subprocess.run(command, timeout=60, check=False, capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (-signal.SIGKILL, "")
    workers = process.stdout.split()
    assert len(workers) == 2
    end = time.monotonic() + 10
    while any(map(is_alive, workers)):
        assert time.monotonic() < end
        time.sleep(0.01)
