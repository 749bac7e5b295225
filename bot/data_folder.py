"""Who may read the data: their owner, and a group that the owner lets in."""

import os
import stat
from contextlib import suppress
from pathlib import Path

# What this process creates is for its user alone.
PRIVATE_UMASK = 0o077
_OTHERS = stat.S_IRWXO


def close_to_others(folder: Path) -> None:
    """Take from others, who are neither owner nor group, what they may do with the data folder and the files in it.

    Earlier versions let all users of the machine read them. What a group may do stays: the owner has let it in.
    """
    paths = [folder]
    with suppress(OSError):
        paths += folder.iterdir()
    for path in paths:
        # A folder of somebody else's, or on a disk without modes, is as its owner wants it.
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & _OTHERS and not path.is_symlink():
                path.chmod(mode & ~_OTHERS)


def sweep(folder: Path, pattern: str, *, before: float) -> None:
    """Delete files that a killed process has left in a folder, if they were last written ``before`` (seconds)."""
    for leftover in folder.glob(pattern):
        with suppress(OSError):
            if leftover.stat().st_mtime < before:
                leftover.unlink()


def is_running(process: int) -> bool:
    """Return whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
