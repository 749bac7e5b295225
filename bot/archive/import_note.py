"""The note beside the archive that says since when an import runs, and how far it is: others read it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bot.archive.import_report import Progress

# What is read or built between two changes of the note.
_STEPS = 500


def _files(archive: Path) -> tuple[Path, Path]:
    """Return the note, and the lock that is held as long as the note is true."""
    return archive.with_name(f".{archive.name}.import"), archive.with_name(f".{archive.name}.import.lock")


class ImportNote:
    """Passes progress on, and notes it now and then.

    Nobody waits for the note: where it cannot be written, the import goes on without it.
    """

    def __init__(self, file: Path, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._steps = 0
        self._started = 0.0
        self._write("reading the pages")
        with suppress(OSError):
            # The time by which the note's own changes are dated, too.
            self._started = file.stat().st_mtime
            self._write("reading the pages")

    def reading(self, inputs_read: float, inputs: int, pages: int) -> None:
        """Note how much has been read."""
        self._progress.reading(inputs_read, inputs, pages)
        self._step(f"{int(100 * inputs_read / max(inputs, 1))} % is read, with {pages:,} pages")

    def building(self, done: int, total: int) -> None:
        """Note how much has been built."""
        self._progress.building(done, total)
        self._step(f"the pages are read, and {int(100 * done / max(total, 1))} % of the events are built")

    def _step(self, state: str) -> None:
        self._steps += 1
        if self._steps % _STEPS == 0:
            self._write(state)

    def _write(self, state: str) -> None:
        with suppress(OSError):
            self._file.write_text(json.dumps({"process": os.getpid(), "started": self._started, "state": state}))


@contextmanager
def noted(archive: Path, progress: Progress) -> Iterator[Progress]:
    """Keep a note of an import into ``archive``; give the progress to report to."""
    note, lock_file = _files(archive)
    lock = FileLock(lock_file, timeout=0)
    try:
        lock.acquire()
    except (Timeout, OSError):
        # Somebody looks at it in this moment, or the folder takes no more files.
        yield progress
        return
    with lock:
        try:
            yield ImportNote(note, progress)
        finally:
            with suppress(OSError):
                note.unlink(missing_ok=True)


def running_import(archive: Path) -> str | None:
    """Return what the import is doing that runs now, in words that go on from “is being written by another import”."""
    note, lock_file = _files(archive)
    try:
        with FileLock(lock_file, timeout=0):
            return None
    except Timeout:
        pass
    except OSError:
        return None
    try:
        content = json.loads(note.read_text())
        changed = note.stat().st_mtime
        return (
            f"(process {content['process']}, since {_moment(content['started'])} UTC: {content['state']};"
            f" that was at {_moment(changed)} UTC)"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
