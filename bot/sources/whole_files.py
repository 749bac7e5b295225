"""Writes files so that each is whole or not there, whatever happens."""

import os
from contextlib import suppress
from pathlib import Path

from bot.domain.errors import DiskError

# What files are called until they are whole; imports pass over hidden files.
UNFINISHED = ".unfinished-"


def write_whole(file: Path, text: str) -> None:
    """Write a file: under a hidden name first, and once it is on the disk, in its place. Raises DiskError."""
    unfinished = file.with_name(UNFINISHED + file.name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as opened:
            opened.write(text.encode())
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(file)
    except OSError as error:
        raise DiskError(f"{file} cannot be written ({error.strerror}): make room, or check who owns it") from error


def flush_folder(folder: Path) -> None:
    """Wait until the names of a folder's files are on the disk."""
    # Not every file system can flush a folder.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
