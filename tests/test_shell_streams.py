"""The shell on pipes and terminals, and an import that is interrupted, through real processes."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import sqlite3
import subprocess
import termios
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.processes import COMMAND, Answer, Shell, environment
from tests.helpers.samples import NOBODY, SEED, SEED_KEY, pack, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.process

ESCAPE = "\x1b["


def test_a_pipe_gets_whole_lines_without_colours(shell: Shell) -> None:
    # Headlines and names of topics have their limits.
    long_text = "very " * 30 + "long"
    long_headline = "very " * 390 + "long"
    write(
        shell.folder, "2011-04-05", "A lighthouse is lit", summary=f"A {long_text} story", topic=f"A {long_text} topic"
    )
    write(shell.folder, "2011-04-05", f"A {long_headline} headline", at="news/2011/04/5/long")
    shell.json("import", shell.folder / "news")
    first, second = shell("onthisday", "5 April").out.splitlines()
    date, key, headline = second.split("\t")
    assert (date, headline) == ("2011-04-05", f"A {long_headline} headline")
    assert first.split("\t")[2] == "A lighthouse is lit"
    assert f"A {long_headline} headline" in shell("show", key).out.splitlines()
    output = shell("show", first.split("\t")[1]).out.splitlines()
    assert {f"A {long_text} story", f"  A {long_text} topic"} <= set(output)
    for command in (["stats"], ["import", shell.folder / "news"], ["show", key]):
        assert ESCAPE not in shell(*command).out
    assert "2011-04-05" in shell("stats").out


def on_a_terminal(shell: Shell, *arguments: str, columns: int = 60) -> str:
    """Return what a command shows on a terminal."""
    with terminal(columns) as (inner, output):
        result = subprocess.run(
            [*COMMAND, *arguments], cwd=shell.folder, env=environment(), stdin=inner, stdout=inner, stderr=inner,
            timeout=60, check=False,
        )  # fmt: skip
        assert result.returncode == 0
    return output()


@contextlib.contextmanager
def terminal(columns: int = 60) -> Iterator[tuple[int, Callable[[], str]]]:
    """Open a terminal; yields its inner end, and a function that returns what has been printed on it so far."""
    outer, inner = pty.openpty()
    termios.tcsetwinsize(inner, (24, columns))
    output = bytearray()

    def read() -> None:
        # The outer end fails when the last process has closed the inner one.
        with contextlib.suppress(OSError):
            while data := os.read(outer, 65536):
                output.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield inner, lambda: output.decode(errors="replace")
    finally:
        os.close(inner)
        reader.join(10)
        os.close(outer)


def test_a_terminal_gets_a_table_and_colours(seeded_shell: Shell) -> None:
    output = on_a_terminal(seeded_shell, "topic", "NASA", "--limit", "2")
    assert ESCAPE in output
    assert "Headline" in output
    assert "2 of 11" in output
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", output).splitlines()
    # The headline is folded within its column; the line about the rest is not.
    assert len(lines) > 5
    assert all(len(line) <= 60 for line in lines)
    assert ESCAPE in on_a_terminal(seeded_shell, "show", SEED_KEY)
    assert ESCAPE not in on_a_terminal(seeded_shell, "stats", "--json")


def test_an_import_shows_its_progress_on_a_terminal(shell: Shell) -> None:
    output = on_a_terminal(shell, "import", str(SEED))
    assert "Building events" in output
    assert "The archive has 11 events" in output


@pytest.mark.parametrize(
    "arguments", [["topic", "NASA"], ["topic", "NASA", "--json"], ["show", SEED_KEY], ["stats"], ["--help"]]
)
def test_a_pipe_that_is_closed_is_no_error(seeded_shell: Shell, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = subprocess.run(
            [*COMMAND, *arguments], cwd=seeded_shell.folder, env=environment(), stdout=writer, stderr=subprocess.PIPE,
            timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (0, b"")


def run_in_sh(seeded_shell: Shell, line: str, *arguments: str) -> Answer:
    """Run a command through a line of a POSIX shell, where it is `"$@"`."""
    result = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *COMMAND, *arguments], cwd=seeded_shell.folder, env=environment(),
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return Answer(result.returncode, result.stdout.decode(), result.stderr.decode())


def test_the_first_line_is_enough_for_some(seeded_shell: Shell) -> None:
    answer = run_in_sh(seeded_shell, '"$@" | head -n 1', "topic", "NASA")
    assert (answer.code, len(answer.out.splitlines()), answer.err) == (0, 1, "")


def test_streams_that_are_closed_or_full_bring_no_traceback(seeded_shell: Shell) -> None:
    for arguments in (["show", SEED_KEY], ["stats", "--json"]):
        assert run_in_sh(seeded_shell, '"$@" >&-', *arguments) == Answer(0, "", "")
        assert run_in_sh(seeded_shell, '"$@" >&- 2>&-', *arguments) == Answer(0, "", "")
        if Path("/dev/full").exists():
            answer = run_in_sh(seeded_shell, '"$@" >/dev/full', *arguments)
            assert answer.code == 1
            assert "cannot be written" in answer.complaint
            assert run_in_sh(seeded_shell, '"$@" >/dev/full 2>/dev/full', *arguments).code == 1
    assert run_in_sh(seeded_shell, '"$@" 2>&-', "show", NOBODY) == Answer(1, "", "")
    assert run_in_sh(seeded_shell, '"$@" >&-', "--help") == Answer(0, "", "")


def test_a_machine_without_unicode_gets_answers_too(seeded_shell: Shell) -> None:
    more = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    answer = seeded_shell("topic", "灯塔", more=more)
    assert (answer.code, answer.out) == (0, "")
    assert "There is no topic" in answer.err
    assert seeded_shell("show", SEED_KEY, more=more).code == 0


# Being interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_is_interrupted_leaves_the_archive_as_it_was(shell: Shell, number: signal.Signals) -> None:
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    shell.json("import", shell.folder / "news")
    before = shell.json("stats"), shell.json("onthisday", "April 5")
    bundle = pack(shell.folder / "many.tar", {f"{year:04}-04-05": f"Year {year} at sea" for year in range(1000, 9000)})
    with terminal() as (inner, output):
        process = subprocess.Popen(
            [*COMMAND, "import", bundle], cwd=shell.folder, env=environment(), stdout=subprocess.PIPE, stderr=inner,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        with process:
            try:
                wait_for_words(process, output, r"Reading [1-9]")
                process.send_signal(number)
                assert process.wait(20) == (130 if number == signal.SIGINT else -number)
            finally:
                process.kill()
            assert process.stdout is not None
            assert process.stdout.read() == b""
    assert "Traceback" not in output()
    assert "daybook:" not in output()
    assert (shell.json("stats"), shell.json("onthisday", "April 5")) == before
    with contextlib.closing(sqlite3.connect(shell.data / "archive.sqlite3")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def wait_for_words(process: subprocess.Popen[bytes], output: Callable[[], str], pattern: str) -> None:
    """Wait until what a process has printed on its terminal matches a pattern."""
    for _ in range(2000):
        if re.search(pattern, output()):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
            break
    raise AssertionError(output())
