"""Pages that other processes read give the same archive as those read alone; nobody is left behind."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from archives import dump
from samples import write

from bot.archive.forgotten_events import Forgotten
from bot.archive.importer import import_pages
from bot.archive.page_rows import read_files
from bot.archive.workers import WorkerPool
from bot.domain.errors import ArchiveError

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


def test_readers_change_nothing_of_what_comes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    found = []
    for cores in (1, 2, 3):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        archive = tmp_path / f"{cores}.sqlite3"
        report = import_pages(archive, [tmp_path / "a", tmp_path / "b"], forgotten=Forgotten())
        assert (report.new, len(report.skipped)) == (PAGES - 8, 9)
        assert [each.path for each in report.skipped] == sorted(each.path for each in report.skipped)
        found.append((report, dump(archive)))
    assert found[0] == found[1] == found[2]


def test_what_is_read_is_taken_in_the_order_it_was_given() -> None:
    text = "### [2001-03-04](/news/2001/03/4/index.md)\n\n# Story {}\n"
    taken = []
    read = partial(read_files, forgotten=Forgotten())
    with WorkerPool(count=2) as crew:
        for number in range(40):
            taken += crew.submit(read, [(f"news/2001/03/4/story-{number}.md", text.format(number).encode())])
        taken += crew.drain()
    assert [row.headline for (row,) in taken] == [f"Story {n}" for n in range(40)]


def test_a_reader_that_is_killed_ends_the_import_with_one_sentence(tmp_path: Path) -> None:
    with WorkerPool(count=2) as crew:
        while not crew._members:
            crew.submit(len, [])
        for member in crew._members:
            member._process.kill()
            member._process.wait()

        def go_on() -> None:
            while True:
                crew.submit(len, [])

        with pytest.raises(ArchiveError, match="was ended from outside"):
            go_on()


def environment(_: object) -> dict[str, str]:
    """Return what a process was told."""
    return dict(os.environ)


def test_readers_are_not_told_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    with WorkerPool(count=1) as crew:
        while not crew._members:
            crew.submit(len, [])
        crew.submit(environment, [])
        told = list(crew.drain())[-1]
    assert "PATH" in told
    assert "DISCORD_TOKEN" not in told


LEFT = """
import os, signal, sys
from pathlib import Path
from bot.archive.forgotten_events import Forgotten
from bot.archive.importer import Quiet, import_pages

os.cpu_count = lambda: 3

class Killer(Quiet):
    def reading(self, done, total, pages):
        if done > 0.9:
            print(Path("/proc/self/task", str(os.getpid()), "children").read_text(), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

import_pages(Path(sys.argv[1]), [Path(sys.argv[2])], forgotten=Forgotten(), progress=Killer())
"""


def is_alive(process: str) -> bool:
    try:
        return Path("/proc", process, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_readers_end_when_the_import_is_killed(tmp_path: Path, file: Path) -> None:
    fill(tmp_path)
    command = [sys.executable, "-c", LEFT, str(file), str(tmp_path / "a")]
    done = subprocess.run(command, timeout=60, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    readers = done.stdout.split()
    assert len(readers) == 2
    end = time.monotonic() + 10
    while any(map(is_alive, readers)):
        assert time.monotonic() < end
        time.sleep(0.01)
