"""Whether the bot that serves from a data folder is well, judged by the heartbeats that it writes to a file.

Not a row of the ledger, for two reasons: reading the file opens no database and waits for no writer; and the ledger,
where each change goes to the disk at once, need not be written three times a minute.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from bot.settings import Settings

# How long a heartbeat counts; a run writes one every 20 seconds.
FRESH = timedelta(minutes=2)
# The file has this size at least: a block of the usual file systems.
_BLOCK = 4096
_NEVER_CONNECTED = "the bot is not connected to Discord yet: its log says why"


@dataclass(frozen=True, slots=True)
class Notes:
    """What those who run the bot should know: ``faults`` are sentences on what is out of order.

    ``waiting`` is what the bot waits for before it connects to Discord, in words; None if it does not wait. ``news`` is
    how far the sources that it keeps current have been read, which says nothing about its health.
    """

    faults: tuple[str, ...] = ()
    waiting: str | None = None
    news: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A moment at which every shard was connected; ``latency`` is that of the slowest shard, in seconds.

    ``time`` is None as long as there was no such moment. ``polled_at`` is when the bot last looked for daily posts that
    are due; None if it has not done so yet. ``outdated`` is how many events of the archive are not up to date since an
    import, or an update of Daybook. The ``notes`` may be newer than the rest.
    """

    time: datetime | None
    pid: int
    shards: int
    latency: float
    polled_at: datetime | None = None
    outdated: int = 0
    notes: Notes = Notes()


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of ``check``: ``reason`` is one clear sentence, ``heartbeat`` the last one, if there is one."""

    healthy: bool
    reason: str
    age: timedelta | None = None
    heartbeat: Heartbeat | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as ``--json`` gives it."""
        last = self.heartbeat
        return {
            "healthy": self.healthy,
            "reason": self.reason,
            "age_seconds": None if self.age is None else round(self.age.total_seconds(), 3),
            "time": last and last.time and last.time.isoformat(),
            "pid": last and last.pid,
            "shards": last and last.shards,
            "latency_seconds": last and last.latency,
            "daily_posts_looked_at": last and last.polled_at and last.polled_at.isoformat(),
            "outdated_events": last and last.outdated,
            "faults": list(last.notes.faults) if last else [],
            "waiting": last and last.notes.waiting,
            "news": last and last.notes.news,
        }


def write(file: Path, heartbeat: Heartbeat) -> None:
    """Write a heartbeat; readers see this one or the one before, never half of one. Raises OSError."""
    text = (
        json.dumps(
            {
                "time": heartbeat.time and heartbeat.time.isoformat(),
                "pid": heartbeat.pid,
                "shards": heartbeat.shards,
                "latency_seconds": round(heartbeat.latency, 4),
                "turned": heartbeat.polled_at and heartbeat.polled_at.isoformat(),
                "outdated": heartbeat.outdated,
                "faults": heartbeat.notes.faults,
                "waiting": heartbeat.notes.waiting,
                "news": heartbeat.notes.news,
            }
        )
        .encode()
        .ljust(_BLOCK)
    )
    new = file.with_suffix(".new")
    try:
        new.write_bytes(text)
        new.replace(file)
    except OSError:
        # A full disk takes no new file, but what fits into the blocks of the old one: that is written at once.
        with suppress(OSError):
            new.unlink()
        with file.open("r+b", buffering=0) as opened:
            if opened.seek(0, os.SEEK_END) < len(text):
                raise
            opened.seek(0)
            opened.write(text)
            opened.truncate(len(text))


def check(settings: Settings, *, now: datetime) -> Health:
    """Return whether a bot serves from the data folder and was well within the two minutes before ``now``.

    It is well if it was connected to Discord and looked for due daily posts.
    """
    if not _is_running(settings.lock):
        return Health(healthy=False, reason=f"no “daybook run” serves from {settings.data}")
    try:
        last = _read(settings.health)
    except FileNotFoundError:
        return Health(healthy=False, reason=_NEVER_CONNECTED)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Health(healthy=False, reason=f"{settings.health} cannot be read ({error})")
    age = None if last.time is None else now - last.time
    reason = _illness(last, age, now)
    return Health(healthy=reason is None, reason=reason or _well(last, age), age=age, heartbeat=last)


def _illness(last: Heartbeat, age: timedelta | None, now: datetime) -> str | None:
    """Say why the bot that wrote this last is not well; None if it is."""
    if faults := last.notes.faults or (f"the bot {last.notes.waiting}",) * bool(last.notes.waiting):
        return "; ".join(faults)
    if age is None:
        return _NEVER_CONNECTED
    seconds = round(age.total_seconds())
    if age > FRESH:
        return f"the bot has not been connected to Discord for {seconds:,} s: its log says why"
    if age < -FRESH:
        return f"the bot's last heartbeat is {-seconds:,} s in the future: was the clock changed?"
    if last.polled_at is None or abs(now - last.polled_at) > FRESH:
        return _poll_reason(last.polled_at, now)
    return None


def _well(last: Heartbeat, age: timedelta | None) -> str:
    seconds = round(age.total_seconds()) if age else 0
    shards = "1 shard" if last.shards == 1 else f"{last.shards:,} shards"
    reason = f"connected to Discord {max(seconds, 0)} s ago ({shards}, {last.latency * 1000:.0f} ms)"
    if last.outdated:
        reason += f"; {last.outdated:,} events are being brought up to date"
    if last.notes.news:
        reason += f"; {last.notes.news}"
    return reason


def newest_event_age(last_date: date | None, *, now: datetime) -> timedelta | None:
    """Return how long ago the day of the newest event ended, UTC; 0 while it lasts, None without any event."""
    if last_date is None:
        return None
    end = datetime.combine(last_date, time.max, UTC)
    return max(now - end, timedelta(0))


def _poll_reason(polled_at: datetime | None, now: datetime) -> str:
    if polled_at is None:
        return "the bot is connected, but has not looked yet for daily posts that are due: its log says why"
    seconds = round((now - polled_at).total_seconds())
    return f"the bot has not looked for daily posts that are due for {seconds:,} s: its log says why"


def _read(file: Path) -> Heartbeat:
    """Read the last heartbeat. Raises OSError, ValueError, KeyError and TypeError."""
    data = json.loads(file.read_text())
    moment = None if data["time"] is None else datetime.fromisoformat(data["time"])
    polled_at = None if data["turned"] is None else datetime.fromisoformat(data["turned"])
    if (moment and moment.tzinfo is None) or (polled_at and polled_at.tzinfo is None):
        raise ValueError("its time has no zone")
    return Heartbeat(
        moment,
        int(data["pid"]),
        int(data["shards"]),
        float(data["latency_seconds"]),
        polled_at,
        int(data.get("outdated", 0)),
        Notes(tuple(map(str, data.get("faults", ()))), data.get("waiting"), data.get("news")),
    )


def _is_running(lock: Path) -> bool:
    """Return whether a run holds the lock, which the system releases however the run ends."""
    try:
        if not lock.exists():
            return False
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        # Another user's file, or a disk that is read-only: then only the heartbeat shows it.
        return True
