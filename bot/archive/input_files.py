"""Yields the files of an import's inputs: single files, folders, zip and tar archives. Follows no link out of them."""

# ruff: noqa: PTH100, PTH114, PTH116, PTH118, PTH123  (paths as text: a Path for each of 100,000 files takes too long)

import errno
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.archive.input_file import InputFile, is_wanted, printable
from bot.archive.packed_files import ARCHIVE_SUFFIXES, read_archive
from bot.domain.errors import ArchiveError
from bot.formats.bundle import is_bundle, split_bundle
from bot.formats.page_format import MAX_BYTES

_CIRCLE = "a link that leads back to itself"


def read_input(path: Path) -> Iterator[InputFile]:
    """Yield the files of one input that may be pages; of a bundle, each of its pages.

    Raises ArchiveError when the input is not there, is no archive that can be read, or unpacks to far too much.
    """
    for file in _files(path):
        # One that is too large has been cut: it is left out whole.
        if file.data is not None and len(file.data) <= MAX_BYTES and is_bundle(file.data):
            for page in split_bundle(file.data):
                yield replace(file, name=f"{file.name}: {printable(page.path)}", path=page.path, data=page.data)
        else:
            yield file


def _files(path: Path) -> Iterator[InputFile]:
    try:
        if path.is_dir():
            yield from _folder(path)
        elif not path.exists():
            reason = f"{path} does not exist: give a file, a folder, a .zip or a .tar (also .tar.gz, .tar.xz)"
            raise ArchiveError(reason)
        elif path.name.lower().endswith(ARCHIVE_SUFFIXES):
            yield from read_archive(path)
        else:
            yield _file(str(path), 1.0)
    except PermissionError as error:
        reason = f"{path} cannot be read: {error.strerror}"
        raise ArchiveError(reason) from error


def _folder(folder: Path) -> Iterator[InputFile]:
    files: list[str] = []
    links: list[InputFile] = []
    errors: list[OSError] = []
    top = folder.resolve()
    for path, folders, names in os.walk(folder, onerror=errors.append):
        linked = [name for name in folders if os.path.islink(os.path.join(path, name))]
        links += [_link(os.path.join(path, name), _folder_link_problem(os.path.join(path, name))) for name in linked]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
        files += [os.path.join(path, name) for name in sorted(names) if not name.startswith(".")]
    yield from links
    yield from (_unreadable(error, folder) for error in errors)
    for index, file in enumerate(files):
        lower, progress = file.lower(), index / len(files)
        problem = _link_problem(file, top) if os.path.islink(file) else None
        if not (is_wanted(file) or lower.endswith(ARCHIVE_SUFFIXES)):
            # A circle has no suffix to go by: it may have been meant for a folder.
            if problem == _CIRCLE:
                yield _link(file, problem)
        elif problem:
            yield _link(file, problem)
        elif lower.endswith(ARCHIVE_SUFFIXES):
            yield from (replace(entry, progress=progress) for entry in read_archive(Path(file)))
        else:
            yield _file(file, progress)


def _link(path: str, problem: str) -> InputFile:
    return InputFile(printable(path), "", None, problem, 0.0)


def _folder_link_problem(link: str) -> str:
    """Return why a link to a folder is not followed."""
    is_circle = Path(link).parent.resolve().is_relative_to(Path(link).resolve())
    return _CIRCLE if is_circle else "a link to a folder: links to folders are not followed"


def _link_problem(link: str, top: Path) -> str | None:
    """Return why a link to a file, or to nothing, cannot be followed; None if it can."""
    try:
        os.stat(link)
    except OSError as error:
        # Of such a link, Path.resolve makes an error of its own.
        if error.errno == errno.ELOOP:
            return _CIRCLE
    is_inside = Path(link).resolve().is_relative_to(top)
    return None if is_inside else "a link: links out of the folder are not followed"


def _unreadable(error: OSError, folder: Path) -> InputFile:
    return InputFile(printable(str(error.filename or folder)), "", None, f"cannot be read ({error.strerror})", 0.0)


def _file(path: str, progress: float) -> InputFile:
    name = printable(path)
    try:
        # Checked before it is opened: opening a pipe would wait for a writer.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return InputFile(name, "", None, "not a regular file", progress)
        with open(path, "rb", buffering=0) as file:
            return InputFile(name, printable(os.path.abspath(path)), _read(file), None, progress)
    except OSError as error:
        return InputFile(name, "", None, f"cannot be read ({error.strerror})", progress)


def _read(file: io.FileIO) -> bytes:
    """Return a file's bytes; of one over 1 MiB that and one more."""
    data = file.read(MAX_BYTES + 1)
    while 0 < len(data) <= MAX_BYTES and (more := file.read(MAX_BYTES + 1 - len(data))):
        data += more
    return data
