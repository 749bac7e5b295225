"""Whether the bot that serves from a data folder is well, judged by the heartbeats that it writes to a file.

Not a row of the ledger, for two reasons: reading the file opens no database and waits for no writer; and the ledger,
where each change goes to the disk at once, need not be written three times a minute.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from bot.settings import Settings

# How long a heartbeat counts; a run writes one every 20 seconds.
FRESH = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A moment at which every shard was connected; ``latency`` is that of the slowest shard, in seconds.

    ``polled_at`` is when the bot last looked for daily posts that are due; None if it has not done so yet. ``outdated``
    is how many events of the archive are not up to date since an import, or an update of Daybook.
    """

    time: datetime
    pid: int
    shards: int
    latency: float
    polled_at: datetime | None = None
    outdated: int = 0


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
            "time": last and last.time.isoformat(),
            "pid": last and last.pid,
            "shards": last and last.shards,
            "latency_seconds": last and last.latency,
            "daily_posts_looked_at": last and last.polled_at and last.polled_at.isoformat(),
            "outdated_events": last and last.outdated,
        }


def write(file: Path, heartbeat: Heartbeat) -> None:
    """Write a heartbeat; readers see this one or the one before, never half of one. Raises OSError."""
    new = file.with_suffix(".new")
    new.write_text(
        json.dumps(
            {
                "time": heartbeat.time.isoformat(),
                "pid": heartbeat.pid,
                "shards": heartbeat.shards,
                "latency_seconds": round(heartbeat.latency, 4),
                "turned": heartbeat.polled_at and heartbeat.polled_at.isoformat(),
                "outdated": heartbeat.outdated,
            }
        )
    )
    new.replace(file)


def check(settings: Settings, *, now: datetime) -> Health:
    """Return whether a bot serves from the data folder and was well within the two minutes before ``now``.

    It is well if it was connected to Discord and looked for due daily posts.
    """
    if not _is_running(settings.lock):
        return Health(healthy=False, reason=f"no “daybook run” serves from {settings.data}")
    try:
        last = _read(settings.health)
    except FileNotFoundError:
        return Health(healthy=False, reason="the bot is not connected to Discord yet: its log says why")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Health(healthy=False, reason=f"{settings.health} cannot be read ({error})")
    age = now - last.time
    seconds = round(age.total_seconds())
    if age > FRESH:
        reason = f"the bot has not been connected to Discord for {seconds:,} s: its log says why"
    elif age < -FRESH:
        reason = f"the bot's last heartbeat is {-seconds:,} s in the future: was the clock changed?"
    elif last.polled_at is None or abs(now - last.polled_at) > FRESH:
        return Health(healthy=False, reason=_poll_reason(last.polled_at, now), age=age, heartbeat=last)
    else:
        shards = "1 shard" if last.shards == 1 else f"{last.shards:,} shards"
        reason = f"connected to Discord {max(seconds, 0)} s ago ({shards}, {last.latency * 1000:.0f} ms)"
        if last.outdated:
            reason += f"; {last.outdated:,} events are being brought up to date"
    return Health(healthy=abs(age) <= FRESH, reason=reason, age=age, heartbeat=last)


def _poll_reason(polled_at: datetime | None, now: datetime) -> str:
    if polled_at is None:
        return "the bot is connected, but has not looked yet for daily posts that are due: its log says why"
    seconds = round((now - polled_at).total_seconds())
    return f"the bot has not looked for daily posts that are due for {seconds:,} s: its log says why"


def _read(file: Path) -> Heartbeat:
    """Read the last heartbeat. Raises OSError, ValueError, KeyError and TypeError."""
    data = json.loads(file.read_text())
    time = datetime.fromisoformat(data["time"])
    polled_at = None if data["turned"] is None else datetime.fromisoformat(data["turned"])
    if time.tzinfo is None or (polled_at and polled_at.tzinfo is None):
        raise ValueError("its time has no zone")
    return Heartbeat(
        time,
        int(data["pid"]),
        int(data["shards"]),
        float(data["latency_seconds"]),
        polled_at,
        int(data.get("outdated", 0)),
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
