"""Starts the process that draws a chart, one at a time, and caches the latest drawings.

matplotlib takes as much memory as the whole bot, and half a second of work; the bot's own process never imports it.
"""

import asyncio
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from bot.charts.answer import Answer, AnswerError
from bot.charts.chart import Chart, Drawing
from bot.data_folder import is_running
from bot.processes import helper_environment
from bot.turns import Turns

log = logging.getLogger(__name__)

# How long a reader waits for a chart, in seconds, including those drawn before it.
TIMEOUT = 10.0
# The number of drawings in the cache, up to 150 kB each.
CACHE_SIZE = 32
_COMMAND = (sys.executable, "-m", "bot.charts.drawing")
# The folder that has the package "bot": Python looks for it where the process starts, wherever the bot was started.
_WORKING_FOLDER = Path(__file__).parents[2]
_CONFIG_FOLDER = "daybook-charts-"
# The longest reason in a log line, in characters.
_MAX_REASON = 300


class _DrawingError(Exception):
    """The process drew nothing; the text says why."""


class ChartRenderer:
    """Draws charts, and caches the latest ``cache_size`` of them. Call ``close()`` in the end.

    ``command`` starts the drawing process; ``timeout`` is how long a chart may take, in seconds.
    """

    def __init__(
        self, *, command: Sequence[str] = _COMMAND, timeout: float = TIMEOUT, cache_size: int = CACHE_SIZE
    ) -> None:
        self._command, self._timeout, self._cache_size = command, timeout, cache_size
        self._lock = asyncio.Lock()
        # Of one person one chart waits for the lock, so that everybody gets their turn.
        self._turns = Turns()
        self._cache: OrderedDict[bytes, Drawing] = OrderedDict()
        self._config_folder: str | None = None
        self._logged_scripts: set[str] = set()

    def close(self) -> None:
        """Delete the folder in which matplotlib keeps its list of installed fonts."""
        if self._config_folder:
            shutil.rmtree(self._config_folder, ignore_errors=True)
            self._config_folder = None

    async def draw(self, chart: Chart) -> Drawing | None:
        """Return a chart's drawing, or None if there is none in time; the log says why."""
        data = chart.to_json()
        if drawing := self._cached(data):
            return drawing
        try:
            async with asyncio.timeout(self._timeout), self._turns.turn(), self._lock:
                # The same chart may have been drawn while this one waited.
                if drawing := self._cached(data):
                    return drawing
                answer = await self._run(data, label_count=len(chart.labels))
        except TimeoutError:
            log.warning("no chart: not drawn within %g s", self._timeout)
        except (_DrawingError, OSError) as error:
            log.warning("no chart: %s", error)
        else:
            self._log_missing(answer.missing_scripts)
            drawing = Drawing(answer.png, tuple(chart.labels[index] for index in answer.drawn_labels))
            self._add_to_cache(data, drawing)
            return drawing
        return None

    def _cached(self, data: bytes) -> Drawing | None:
        drawing = self._cache.get(data)
        if drawing:
            self._cache.move_to_end(data)
        return drawing

    def _add_to_cache(self, data: bytes, drawing: Drawing) -> None:
        self._cache[data] = drawing
        if len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)

    async def _run(self, data: bytes, *, label_count: int) -> Answer:
        """Run the drawing process; return its answer. The process never outlives this call.

        Raises _DrawingError if the process fails or its answer is not one.
        """
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=_WORKING_FOLDER, env=self._environment(), start_new_session=True,
        )  # fmt: skip
        try:
            stdout, stderr = await process.communicate(data)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            raise _failure(process.returncode, stderr)
        try:
            return Answer.from_bytes(stdout, label_count=label_count)
        except AnswerError as error:
            raise _failure(0, stderr, f"{error}") from error

    def _environment(self) -> dict[str, str]:
        """Return the environment of the process: without the bot's token, with a folder for matplotlib's font list."""
        if self._config_folder is None:
            _sweep()
            self._config_folder = tempfile.mkdtemp(prefix=f"{_CONFIG_FOLDER}{os.getpid()}-")
        return helper_environment(os.environ) | {
            "MPLCONFIGDIR": self._config_folder,
            "MPLBACKEND": "agg",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def _log_missing(self, scripts: Iterable[str]) -> None:
        """Log scripts that no installed font has, each once."""
        for script in scripts:
            if script not in self._logged_scripts:
                self._logged_scripts.add(script)
                log.warning("charts leave out labels in %s: no font for it is installed (see docs/running.md)", script)


def _sweep() -> None:
    """Delete the folders of bots that were killed; each has the bot's process in its name."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_CONFIG_FOLDER}*-*"):
        process = folder.name.removeprefix(_CONFIG_FOLDER).partition("-")[0]
        if process.isdecimal() and not is_running(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _failure(code: int, stderr: bytes, reason: str = "") -> _DrawingError:
    """Return an error of one line: the process's exit code, why its answer is none, and the end of its stderr."""
    last_line = stderr.decode(errors="replace").strip().rpartition("\n")[2]
    details = (_shorten(text) for text in (reason, last_line) if text)
    return _DrawingError(": ".join((f"its process ended with code {code}", *details)))


def _shorten(text: str) -> str:
    """Return a text in one line that fits the log."""
    return "".join(character if character.isprintable() else " " for character in text[:_MAX_REASON])
