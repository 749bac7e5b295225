"""Keeps sources of news current while the bot runs: fetches each of them again and again, in a process of its own.

A process of its own, since an import takes a core for a while: answers and posts do not wait for it, and what it does
wrong ends with it.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.domain.errors import DaybookError
from bot.domain.news_status import NewsStatus
from bot.processes import helper_environment
from bot.settings import Settings
from bot.sources.fetch_state import FetchState
from bot.sources.page_source import FEEDS

log = logging.getLogger(__name__)

# How often each source is fetched.
EVERY = {
    "portal": timedelta(minutes=30),
    "feeds": timedelta(minutes=15),
    "onthisday": timedelta(days=1),
    "articles": timedelta(days=1),
}
# What the state calls the sources that it calls otherwise: each feed is one of its own.
_IN_STATE = {"feeds": FEEDS}
# What their fetches are told beside their names.
_OPTIONS = {"feeds": ("--due",)}
# After a fetch that failed, the next one waits this long, then twice as long each time, up to a limit.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
# What has failed for so long is said to members, too.
_LONG = timedelta(days=1)
# A source that has failed for so many days is an error in the log, once a day.
_DAYS_TO_ERROR = 2
# Seconds: how long this sleeps at most before it looks at the clock again; and how long a fetch may take to end.
_MAX_SLEEP, _LONGEST_END = 30.0, 5.0
# Less important than answers and posts.
_NICENESS = 10


@dataclass(slots=True)
class SourceStatus:
    """How a source does: when it last could be fetched, and since when, and why, it could not."""

    fetched_at: datetime | None = None
    failing_since: datetime | None = None
    reason: str = ""
    failures: int = 0
    days_reported: int = 0


class SourceKeeper:
    """Fetches the sources that the settings name. ``status`` says how each of them does; ``max_sleep`` is for tests."""

    def __init__(self, settings: Settings, clock: Clock, *, max_sleep: float = _MAX_SLEEP) -> None:
        self._settings = settings
        self._clock = clock
        self.max_sleep = max_sleep
        # One at a time: the archive has one writer.
        self._turn = asyncio.Lock()
        # Alarms of the last fetch of each source: those that stay are logged once.
        self._alarms: dict[str, set[str]] = {}
        self.status = {name: SourceStatus() for name in settings.sources}

    @property
    def news_status(self) -> NewsStatus:
        """When the portal or the feeds were last fetched; and since when a source could not be, if for a day."""
        moments = [self.status[name].fetched_at for name in ("portal", "feeds") if name in self.status]
        failing = [status.failing_since for status in self.status.values()]
        since = min(filter(None, failing), default=None)
        is_long = since is not None and self._clock.now() - since >= _LONG
        return NewsStatus(max(filter(None, moments), default=None), since if is_long else None)

    @property
    def summary(self) -> str | None:
        """How far the sources have been read, and which of them fails, in words; None where none is kept current."""
        if not self.status:
            return None
        until = self.news_status.until
        parts = [f"news up to {until:%Y-%m-%d %H:%M} UTC"] if until else []
        parts += [
            f"{name} could not be fetched since {status.failing_since:%Y-%m-%d %H:%M} UTC"
            for name, status in self.status.items() if status.failing_since
        ]  # fmt: skip
        return "; ".join(parts) or "no news has been fetched yet"

    async def run(self) -> None:
        """Go on until cancelled; a fetch that runs then is ended."""
        async with asyncio.TaskGroup() as tasks:
            for name in self.status:
                tasks.create_task(self._keep(name))

    async def _keep(self, name: str) -> None:
        status = self.status[name]
        status.fetched_at = await asyncio.to_thread(self._last_fetch, name)
        due = status.fetched_at + EVERY[name] if status.fetched_at else self._clock.now()
        while True:
            await self._sleep_until(due)
            async with self._turn:
                began = self._clock.now()
                reason = await self._fetch(name)
            if reason is None:
                # What came in while this was fetching may not have been read.
                status = self.status[name] = SourceStatus(fetched_at=began)
                due = began + EVERY[name]
            else:
                now = self._clock.now()
                self._note_failure(name, reason, now)
                due = now + min(_FIRST_WAIT * 2 ** min(status.failures - 1, 10), max(EVERY[name], _LONGEST_WAIT))

    def _last_fetch(self, name: str) -> datetime | None:
        """Return when a source was last fetched: a restart does not fetch it again before its time."""
        with contextlib.suppress(DaybookError), FetchState(self._settings.pages) as state:
            return state.last_visit(_IN_STATE.get(name, name))
        return None

    async def _sleep_until(self, due: datetime) -> None:
        # In short steps: somebody may set the clock.
        while (left := (due - self._clock.now()).total_seconds()) > 0:  # noqa: ASYNC110  (nothing says so)
            await asyncio.sleep(min(left, self.max_sleep))

    async def _fetch(self, name: str) -> str | None:
        """Fetch a source; return why that failed, or None."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "--data", str(self._settings.data), "fetch", name, "--json",
            *_OPTIONS.get(name, ()), env=helper_environment(os.environ), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
            out, err = await process.communicate()
        finally:
            await _end(process)
        report = _report(out)
        if report.get("written"):
            log.info("fetched %s: %s pages written, %s events", name, report["written"], report.get("events"))
        self._log_alarms(name, report.get("alarms") or [])
        if process.returncode == 0:
            return None
        lines = err.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"the fetch ended with code {process.returncode}"

    def _log_alarms(self, name: str, alarms: Sequence[str]) -> None:
        before, self._alarms[name] = self._alarms.get(name, set()), set(alarms)
        for alarm in alarms:
            if alarm not in before:
                log.warning("%s: %s", name, alarm)

    def _note_failure(self, name: str, reason: str, now: datetime) -> None:
        status = self.status[name]
        if reason != status.reason:
            log.warning("%s could not be fetched and will be tried again: %s", name, reason)
        status.failing_since = status.failing_since or now
        status.failures += 1
        status.reason = reason
        days = (now - status.failing_since).days
        if days >= _DAYS_TO_ERROR and days != status.days_reported:
            status.days_reported = days
            log.error("%s has not been fetched for %d days: %s", name, days, reason)


def _report(out: bytes) -> dict[str, Any]:
    try:
        report = json.loads(out)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a fetch that still runs, as when the bot stops: the next one goes on where it was."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        # As Ctrl-C would: it closes what it has open.
        process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), _LONGEST_END)
    except TimeoutError:
        process.kill()
        await process.wait()
