"""Daybook as a process of its own: started with a clean environment, waited for with a timeout, ended by its id."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import bot
from tests.discord_double.gateway import until
from tests.helpers.samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = (sys.executable, "-m", "bot")
STOP_SECONDS = 5.0
# A person's own settings, which would change the answers.
_PERSONAL_VARIABLES = ("DISCORD_TOKEN", "FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES", "PYTHONWARNINGS")


# For a bot whose answers and posts are to come from a test's own pages.
STARTER_OFF = {"DAYBOOK_STARTER": "off"}


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without a person's own settings, such that `bot` is the one under test."""
    clean = {
        n: v for n, v in os.environ.items() if n not in _PERSONAL_VARIABLES and not n.startswith(("DAYBOOK_", "TTY_"))
    }
    return {**clean, "PYTHONPATH": str(Path(bot.__file__).parents[1]), "TERM": "xterm", **(more or {})}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What is on stdout, which must be one JSON value and nothing else."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on stderr that explains an error; the test fails if there is anything else."""
        assert "Traceback" not in self.err
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("daybook: "), self.err
        assert "should not happen" not in lines[0], self.err
        return lines[0]


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands in `folder`, on the data in its folder `data`."""

    folder: Path

    @property
    def data(self) -> Path:
        """The folder of the two databases."""
        return self.folder / "data"

    def __call__(self, *arguments: str | Path | bytes, more: Mapping[str, str] | None = None) -> Answer:
        """Run one command to its end."""
        result = subprocess.run(
            [*COMMAND, *arguments], cwd=self.folder, env=environment(more), capture_output=True, timeout=60, check=False
        )
        return Answer(result.returncode, result.stdout.decode(), result.stderr.decode())

    def json(self, *arguments: str | Path | bytes) -> Any:
        """Run one command with `--json`, which must succeed and print nothing on stderr; return the value."""
        answer = self(*arguments, "--json")
        assert (answer.code, answer.err) == (0, ""), answer
        return answer.json


# Executes a statement at the first audit event of one kind that names a certain file.
WATCH_SCRIPT = """
import os, signal, sys
done = []
def watch(event, arguments):
    if event == {event!r} and not done and {name!r} in str(arguments[0]):
        done.append(True)
        {statement}
sys.addaudithook(watch)
"""


@contextlib.contextmanager
def process(
    shell: Shell, *arguments: str | Path, more: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command; it is killed at the end of the block."""
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=shell.folder, env=environment(more), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def watched(shell: Shell, event: str, name: str, statement: str) -> dict[str, str]:
    """Return an environment whose processes execute a statement at the first audit event on a file with ``name``."""
    folder = shell.folder / "watch"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(WATCH_SCRIPT.format(event=event, name=name, statement=statement))
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


class Running:
    """A command that runs until it is stopped: `async with Running("run", …) as process`."""

    def __init__(self, *arguments: str | Path, folder: Path, more: Mapping[str, str] | None = None) -> None:
        """Take the command's arguments, the folder to start it in and variables to add to its environment."""
        self._arguments = arguments
        self._folder = folder
        self._environment = environment(more)
        self._process: asyncio.subprocess.Process
        self._readers: list[asyncio.Task[None]] = []
        self._out = bytearray()
        self._err = bytearray()

    async def __aenter__(self) -> Self:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND, *self._arguments, cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            asyncio.create_task(_read(self._process.stdout, self._out)),
            asyncio.create_task(_read(self._process.stderr, self._err)),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it if it still runs."""
        if not self.over:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        await asyncio.gather(*self._readers)

    @property
    def out(self) -> str:
        """What it has printed on stdout so far."""
        return self._out.decode()

    @property
    def err(self) -> str:
        """What it has printed on stderr so far."""
        return self._err.decode()

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._process.returncode is not None

    async def says(self, words: str, *, seconds: float = 20.0) -> None:
        """Wait until it has printed `words`, on either stream."""
        description = f"{words!r} in the process's output"
        await until(lambda: words in self.out + self.err or self.over, seconds, description)
        assert words in self.out + self.err, self.err

    async def ended(self, seconds: float = 20.0) -> Answer:
        """Wait until it has ended by itself."""
        code = await asyncio.wait_for(self._process.wait(), seconds)
        await asyncio.wait_for(asyncio.gather(*self._readers), seconds)
        return Answer(code, self.out, self.err)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> Answer:
        """Send it a signal to stop, which it must do within five seconds and with exit code 0."""
        self.send(number)
        answer = await self.ended(STOP_SECONDS)
        assert answer.code == 0, answer.err
        return answer

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)


async def _read(stream: asyncio.StreamReader, into: bytearray) -> None:
    while chunk := await stream.read(65536):
        into += chunk


def fetches_of(pid: int) -> set[int]:
    """Return the processes in which a bot, by its process id, fetches from sources, until it has noted their end."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return set()
    return {int(child) for child in children if is_fetch(int(child)) or _has_ended(int(child))}


def _has_ended(pid: int) -> bool:
    """Return whether a process has ended, and nobody has noted it."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def is_fetch(pid: int) -> bool:
    """Return whether a process is there, and fetches from a source."""
    with contextlib.suppress(OSError):
        return b"\0fetch\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
