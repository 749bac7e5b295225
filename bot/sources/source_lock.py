"""One fetch of a source at a time: a lock that says who holds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bot.domain.errors import FetchError


class LockedError(FetchError):
    """Another process holds the lock of a source."""


@contextmanager
def source_lock(folder: Path, source: str, *, holder: str, now: datetime) -> Iterator[None]:
    """Hold the lock of a source, for the pages in a folder; ``holder`` is what others are told. Raises FetchError."""
    lock, note = folder / f".{source}.lock", folder / f".{source}.holder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(lock, timeout=0).acquire()
    except Timeout as error:
        name = "another process"
        with suppress(OSError, UnicodeError):
            name = note.read_text("utf-8").strip() or name
        raise LockedError(f"{name} is fetching {source} into {folder}: try again when it is done") from error
    except OSError as error:
        raise FetchError(f"{folder} cannot be written ({error.strerror}): check who owns it") from error
    with held:
        try:
            note.write_text(f"{holder} (process {os.getpid()}, since {now:%Y-%m-%d %H:%M} UTC)\n", "utf-8")
            yield
        finally:
            note.unlink(missing_ok=True)
