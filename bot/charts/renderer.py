"""Has charts drawn in a process of its own, one at a time, and remembers the latest drawings.

matplotlib takes as much memory as the whole bot, and half a second of work; the bot's own process never imports it.
"""

import asyncio
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bot.charts.chart import Chart, Drawing
from bot.processes import helper_environment

log = logging.getLogger(__name__)

# How long a reader waits for a chart, in seconds, including those drawn before it.
LIMIT = 10.0
# The number of drawings remembered, up to 150 kB each.
CACHE_SIZE = 32
_COMMAND = (sys.executable, "-m", "bot.charts.drawing")
# Python looks for "bot" there first, wherever the bot was started.
_HOME = Path(__file__).parents[2]
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_REPORT = 300


class _DrawingError(Exception):
    """The process drew nothing; the text says why."""


class ChartRenderer:
    """Draws charts, and remembers the latest ``cache_size`` of them. To be closed in the end.

    ``command`` starts the drawing process; ``limit`` is how long a chart may take, in seconds.
    """

    def __init__(
        self, *, command: Sequence[str] = _COMMAND, limit: float = LIMIT, cache_size: int = CACHE_SIZE
    ) -> None:
        self._command, self._limit, self._cache_size = command, limit, cache_size
        self._lock = asyncio.Lock()
        self._drawings: OrderedDict[bytes, Drawing] = OrderedDict()
        self._config_folder: str | None = None
        self._logged_scripts: set[str] = set()

    def close(self) -> None:
        """Delete the folder in which matplotlib notes which fonts there are."""
        if self._config_folder:
            shutil.rmtree(self._config_folder, ignore_errors=True)
            self._config_folder = None

    async def draw(self, chart: Chart) -> Drawing | None:
        """Return a chart's drawing, or None where it cannot be had in time; the log says why."""
        data = chart.to_json()
        if drawing := self._cached(data):
            return drawing
        try:
            async with asyncio.timeout(self._limit), self._lock:
                # The same chart may have been drawn while this one waited.
                if drawing := self._cached(data):
                    return drawing
                drawing = self._read(chart, *await self._run(data))
        except TimeoutError:
            log.warning("no chart: not drawn within %g s", self._limit)
        except (_DrawingError, OSError) as error:
            log.warning("no chart: %s", error)
        else:
            self._drawings[data] = drawing
            if len(self._drawings) > self._cache_size:
                self._drawings.popitem(last=False)
            return drawing
        return None

    def _cached(self, data: bytes) -> Drawing | None:
        drawing = self._drawings.get(data)
        if drawing:
            self._drawings.move_to_end(data)
        return drawing

    async def _run(self, data: bytes) -> tuple[bytes, str]:
        """Let a process draw; return the PNG and its report. The process never outlives this call."""
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=_HOME, env=self._environment(), start_new_session=True,
        )  # fmt: skip
        try:
            png, stderr = await process.communicate(data)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        lines = stderr.decode(errors="replace").splitlines() or [""]
        if process.returncode or not png.startswith(_PNG):
            reason = f"its process ended with code {process.returncode}: {lines[-1][:_LONGEST_REPORT]}"
            raise _DrawingError(reason)
        return png, lines[-1]

    def _environment(self) -> dict[str, str]:
        """Return the environment of the process: without the bot's token, with a folder for matplotlib's notes."""
        if self._config_folder is None:
            self._config_folder = tempfile.mkdtemp(prefix="daybook-charts-")
        return helper_environment(os.environ) | {
            "MPLCONFIGDIR": self._config_folder,
            "MPLBACKEND": "agg",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def _read(self, chart: Chart, png: bytes, report_line: str) -> Drawing:
        """Return a drawing with the labels that the report says are on it; log scripts without a font, each once."""
        try:
            report = json.loads(report_line)
            labels = tuple(chart.labels[index] for index in report["drawn"])
            scripts = sorted(map(str, report["lacking"]))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            reason = f"its process said what cannot be read: {report_line[:_LONGEST_REPORT]}"
            raise _DrawingError(reason) from error
        for script in scripts:
            if script not in self._logged_scripts:
                self._logged_scripts.add(script)
                log.warning("charts leave out labels in %s: no font for it is installed (see docs/running.md)", script)
        return Drawing(png, labels)
