"""A restore that is killed or interrupted leaves a whole ledger, through real processes and SQLite files."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.helpers.ledgers import PREVIOUS, content_of, file_names, make_killed_ledger, make_ledger, run_here
from tests.helpers.processes import Shell, environment, process, watched

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.process

# Restores in one folder after the other, each in a process of its own that is killed: at its n-th step that touches the
# data; or so many milliseconds after the old ledger has gone aside, wherever SQLite then is.
KILLED = """
import os, signal, sys
from bot import cli

STEPS = {"open", "os.rename", "os.link", "os.remove", "os.chmod", "os.chown", "sqlite3.connect"}

def watch(event, arguments):
    global left
    names = [str(name) for name in arguments[:2]]
    if kind == "step" and event in STEPS and any("/data" in name and "run.lock" not in name for name in names):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    if kind == "alarm" and event == "os.rename" and "before-restore" in names[1]:
        signal.setitimer(signal.ITIMER_REAL, left / 1000)

for folder in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        kind, left = folder.split("-")
        left = int(left)
        sys.stdout = open(os.devnull, "w")
        sys.addaudithook(watch)
        os._exit(cli.main(["--data", f"{folder}/data", "restore", sys.argv[1]]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def killed_at(shell: Shell, source: Path, folders: Sequence[str]) -> list[int]:
    """Restore over copies of the folder ``old``, and be killed; return the exit codes."""
    for folder in folders:
        shutil.copytree(shell.folder / "old", shell.folder / folder / "data")
    result = subprocess.run(
        [sys.executable, "-c", KILLED, source, *folders],
        cwd=shell.folder, env=environment(), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return [int(code) for code in result.stdout.split()]


@pytest.mark.parametrize("state", ["whole", "damaged"])
def test_a_restore_that_is_killed_between_any_two_steps_leaves_a_ledger(shell: Shell, state: str) -> None:
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one", rows=100)
    old = make_killed_ledger(shell.folder / "old" / "ledger.sqlite3", "the old one", rows=100)
    if state == "damaged":
        old.write_text("Dear diary, " * 5000)
    damaged = old.read_bytes()
    folders = [f"step-{number}" for number in range(1, 29)]
    codes = killed_at(shell, source, folders)
    # The last ones were done before their step came.
    assert codes == [-signal.SIGKILL] * codes.index(0) + [0] * (28 - codes.index(0))
    outcomes = []
    for folder in folders:
        data = shell.folder / folder / "data"
        aside = [data / name for name in file_names(data) if re.fullmatch(PREVIOUS, name)]
        if state == "damaged" and (data / "ledger.sqlite3").read_bytes() == damaged:
            outcomes.append("the old one")
            continue
        outcomes.append(content_of(data / "ledger.sqlite3"))
        if outcomes[-1] == "the new one":
            (file,) = aside
            assert file.read_bytes() == damaged if state == "damaged" else content_of(file) == "the old one"
    assert set(outcomes) == {"the old one", "the new one"}
    assert outcomes == sorted(outcomes, reverse=True)
    # What is left over does not stand in the way, nor does it stay.
    for folder in folders[codes.index(0) // 2 : codes.index(0) : 3]:
        assert run_here(Shell(shell.folder / folder), "restore", source).code == 0
        assert content_of(shell.folder / folder / "data" / "ledger.sqlite3") == "the new one"
        assert not [name for name in file_names(shell.folder / folder / "data") if name.startswith(".")]


def test_a_restore_that_is_killed_while_sqlite_writes_leaves_a_whole_ledger(shell: Shell) -> None:
    source = make_ledger(shell.folder / "copy.sqlite3", "the new one" + "x" * 4000, rows=1500)
    make_ledger(shell.folder / "old" / "ledger.sqlite3", "the old one" + "x" * 4000, rows=1500)
    folders = [f"alarm-{number}" for number in (1, 4, 8, 12, 16, 24, 32, 48, 64, 100)]
    codes = killed_at(shell, source, folders)
    assert set(codes) <= {0, -signal.SIGALRM}
    outcomes = []
    for folder in folders:
        data = shell.folder / folder / "data"
        outcomes.append(content_of(data / "ledger.sqlite3")[:11])
        (aside,) = (data / name for name in file_names(data) if re.fullmatch(PREVIOUS, name))
        assert content_of(aside)[:11] == "the old one"
    assert outcomes[0] == "the old one"
    assert set(outcomes) <= {"the old one", "the new one"}


def test_a_restore_that_is_interrupted_leaves_nothing_behind(shell: Shell, old_ledger: Path) -> None:
    watcher = watched(shell, "sqlite3.connect", "copy.sqlite3", "signal.raise_signal(signal.SIGINT)")
    with process(
        shell, "restore", make_ledger(shell.folder / "copy.sqlite3", "the new one"), more=watcher
    ) as restoring:
        assert restoring.wait(20) == 130
    assert content_of(old_ledger) == "the old one"
    assert file_names(shell.data) == {"ledger.sqlite3", "run.lock"}
