"""Where charts are drawn: in a process of its own, one at a time, which ends with the drawing.

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

# How long a reader waits for a chart, in seconds, others' turns included.
LIMIT = 10.0
# So many drawings are remembered, up to 150 kB each.
KEPT = 32
_COMMAND = (sys.executable, "-m", "bot.charts.drawing")
# Python looks for "bot" there first, wherever the bot was started.
_HOME = Path(__file__).parents[2]
_PNG = b"\x89PNG\r\n\x1a\n"


class _UndrawnError(Exception):
    """The process drew nothing; the text says why."""


class ChartRenderer:
    """Draws charts, and remembers the latest ``kept``. Close it in the end."""

    def __init__(self, *, command: Sequence[str] = _COMMAND, limit: float = LIMIT, kept: int = KEPT) -> None:
        self._command, self._limit, self._most = command, limit, kept
        self._turn = asyncio.Lock()
        self._drawings: OrderedDict[bytes, Drawing] = OrderedDict()
        self._folder: str | None = None
        self._told: set[str] = set()

    def close(self) -> None:
        """Take away what matplotlib noted for itself."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    async def draw(self, chart: Chart) -> Drawing | None:
        """Return a chart's drawing, or None where it cannot be had in time; the log says why."""
        data = chart.to_json()
        if known := self._known(data):
            return known
        try:
            async with asyncio.timeout(self._limit), self._turn:
                # Whoever had the turn before may have drawn the same.
                if known := self._known(data):
                    return known
                drawing = self._read(chart, *await self._run(data))
        except TimeoutError:
            log.warning("no chart: not drawn within %g s", self._limit)
        except (_UndrawnError, OSError) as error:
            log.warning("no chart: %s", error)
        else:
            self._drawings[data] = drawing
            if len(self._drawings) > self._most:
                self._drawings.popitem(last=False)
            return drawing
        return None

    def _known(self, data: bytes) -> Drawing | None:
        drawing = self._drawings.get(data)
        if drawing:
            self._drawings.move_to_end(data)
        return drawing

    async def _run(self, data: bytes) -> tuple[bytes, str]:
        """Let a process draw; return what it wrote to stdout and to stderr. It never outlives this."""
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=_HOME, env=self._environment(), start_new_session=True,
        )  # fmt: skip
        try:
            png, told = await process.communicate(data)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        lines = told.decode(errors="replace").splitlines() or [""]
        if process.returncode or not png.startswith(_PNG):
            raise _UndrawnError(f"its process ended with code {process.returncode}: {lines[-1][:300]}")
        return png, lines[-1]

    def _environment(self) -> dict[str, str]:
        """Return what the process is told: not the token; where matplotlib may note which fonts there are."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="daybook-charts-")
        return helper_environment(os.environ) | {
            "MPLCONFIGDIR": self._folder,
            "MPLBACKEND": "agg",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def _read(self, chart: Chart, png: bytes, told: str) -> Drawing:
        try:
            report = json.loads(told)
            labels = tuple(chart.labels[place] for place in report["drawn"])
            lacking = sorted(map(str, report["lacking"]))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise _UndrawnError(f"its process said what cannot be read: {told[:300]}") from error
        for script in lacking:
            if script not in self._told:
                self._told.add(script)
                log.warning("charts leave out labels in %s: no font for it is installed (see docs/running.md)", script)
        return Drawing(png, labels)
