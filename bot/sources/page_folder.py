"""The folder of fetched pages: written so that each file is whole or not there, whatever happens."""

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from bot.domain.errors import DiskError, PageError
from bot.domain.page import key_of
from bot.formats.context import CONTEXT, earlier_wordings
from bot.formats.page_format import decode_page
from bot.formats.write_page import write_page
from bot.sources.fetched_page import FetchedPage

# What files are called until they are whole; imports pass over hidden files.
_UNFINISHED = ".unfinished-"


class PageFolder:
    """Pages on the disk, each at its path: ``news/YYYY/MM/D/slug.md`` below ``root``. Raises DiskError.

    ``unreadable`` are the files that were found to be no pages, and why: somebody may have edited them.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unreadable: dict[Path, str] = {}

    def file_of(self, path: str) -> Path:
        """Return the file of the page at ``path``."""
        return self.root / f"{path}.md"

    def pages_of(self, day: date) -> Iterator[FetchedPage]:
        """Yield the pages that were first written for a day."""
        yield from self._read(self._files(day))

    def pages_of_every_year(self, month: int, day: int) -> Iterator[FetchedPage]:
        """Yield the pages that were first written for a day of the year, by their years."""
        files = (self.root / "news").glob(f"*/{month:02}/{day}/*.md")
        yield from self._read(file for file in sorted(files) if not file.name.startswith("."))

    def pages_at(self, paths: Iterable[str]) -> Iterator[FetchedPage]:
        """Yield the pages at these paths, as far as there are any."""
        yield from self._read(self.file_of(path) for path in paths)

    def all_pages(self) -> Iterator[FetchedPage]:
        """Yield every page, by its day."""
        yield from self._read(file for file in sorted(self._everything("*.md")) if not file.name.startswith("."))

    def names_of(self, day: date) -> set[str]:
        """Return the names of a day's files, without their suffix; one that is no page is as good as none."""
        return {file.stem for file in self._files(day) if file not in self.unreadable}

    def newest_day(self) -> date | None:
        """Return the last day that has a folder; None if there is none."""
        folder, parts = self.root / "news", []
        for _ in range(3):
            numbers = [int(child.name) for child in _children(folder) if child.name.isdecimal() and child.is_dir()]
            if not numbers:
                return None
            parts.append(max(numbers))
            folder = folder / (f"{parts[-1]:04}" if len(parts) == 1 else f"{parts[-1]:02}")
        with suppress(ValueError):
            return date(*parts)
        return None

    def has(self, path: str) -> bool:
        """Return whether there is a file for the page at ``path``."""
        return self.file_of(path).is_file()

    def write(self, fetched: FetchedPage) -> None:
        """Write a page's file: under a hidden name first, and once it is on the disk, in its place."""
        file = self.file_of(fetched.page.path)
        unfinished = file.with_name(_UNFINISHED + file.name)
        try:
            text = write_page(fetched.page, earlier_wordings=fetched.earlier_wordings)
            file.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as opened:
                opened.write(text.encode())
                opened.flush()
                os.fsync(opened.fileno())
            unfinished.replace(file)
        except OSError as error:
            raise DiskError(f"{file} cannot be written ({error.strerror}): make room, or check who owns it") from error
        self.unreadable.pop(file, None)

    def flush(self, days: set[date]) -> None:
        """Wait until the names of the files of these days are on the disk."""
        for day in days:
            # Not every file system can flush a folder.
            with suppress(OSError):
                descriptor = os.open(self._folder(day), os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)

    def clean(self, day: date, forgotten_keys: Collection[str]) -> None:
        """Remove what a killed fetch has left of a day, and forgotten pages that a copy has brought back."""
        unfinished = self._folder(day).glob(f"{_UNFINISHED}*")
        forgotten = [file for file in self._files(day) if key_of(_path_of(file, self.root)) in forgotten_keys]
        for file in (*unfinished, *forgotten):
            file.unlink(missing_ok=True)

    def remove_all_unfinished(self) -> None:
        """Remove what fetches that were killed have left of any day."""
        for file in self._everything(f"{_UNFINISHED}*"):
            file.unlink(missing_ok=True)

    def _everything(self, pattern: str) -> Iterator[Path]:
        return (self.root / "news").glob(f"*/*/*/{pattern}")

    def _read(self, files: Iterable[Path]) -> Iterator[FetchedPage]:
        for file in files:
            try:
                text = decode_page(file.read_bytes())
                page = CONTEXT.read(text, file.as_posix())
            except PageError as error:
                self.unreadable[file] = str(error)
            except OSError:
                # It is there no more, or not ours.
                continue
            else:
                yield FetchedPage(page, earlier_wordings(text, page.path))

    def _files(self, day: date) -> list[Path]:
        """Return the files of a day's pages, without hidden ones, which are not whole."""
        return sorted(file for file in self._folder(day).glob("*.md") if not file.name.startswith("."))

    def _folder(self, day: date) -> Path:
        return self.root / "news" / f"{day.year:04}" / f"{day.month:02}" / f"{day.day}"


def _path_of(file: Path, root: Path) -> str:
    return file.relative_to(root).with_suffix("").as_posix()


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
