"""Clocks. One is created where the program starts, and handed down to everything that needs the time."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Gives the time. Tests and the preview hand down clocks of their own."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment; never goes back, whatever happens to the wall clock."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the machine's time, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  (the one place)

    def monotonic(self) -> float:
        """Return the machine's monotonic time, in seconds."""
        return time.monotonic()  # noqa: TID251  (the one place)


class FileClock:
    """A clock that reads the wall time from a file, which tests of the whole process write.

    The file holds one ISO 8601 date and time with its zone. Monotonic time is the machine's: it passes
    while the file stays the same.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        """Return the time in the file, aware, in UTC. Raises OSError and ValueError."""
        return datetime.fromisoformat(self._file.read_text()).astimezone(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic time, in seconds."""
        return time.monotonic()  # noqa: TID251  (the one place)
