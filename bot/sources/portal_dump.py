"""Days' pages of the portal out of files: wikitext, as Wikipedia's dumps and exports have it."""

import bz2
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lxml import etree

from bot.domain.errors import FetchError
from bot.sources.day_page import ReadDay
from bot.sources.portal_titles import day_of_title
from bot.sources.portal_wikitext import read_day_wikitext

_WIKI_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.(?:wiki|txt)", re.ASCII)


class _Wikitext(NamedTuple):
    """A day's wikitext, compressed: a dump has thousands of days."""

    revision: int
    data: bytes


class DumpedPages:
    """Reads days' pages from a file. Raises FetchError.

    ``path`` is a dump or an export (``.xml``, ``.xml.bz2``, ``.xml.gz``), or a folder with a file for each day,
    ``2015-01-01.wiki``. These have no revisions; a number below zero, made from their text, stands for it.
    """

    # It is older than what Wikipedia has: what it lacks may have come later.
    is_current = False

    def __init__(self, path: Path) -> None:
        self._days = dict(_read(path))
        if not self._days:
            raise FetchError(
                f"{path} has no page of the portal: give a dump or an export with pages such as"
                " “Portal:Current events/2015 January 1”, or a folder of files such as 2015-01-01.wiki"
            )

    @property
    def first(self) -> date:
        """The first day that it has."""
        return min(self._days)

    @property
    def last(self) -> date:
        """The last day that it has."""
        return max(self._days)

    async def revisions(self, days: Sequence[date]) -> dict[date, int]:
        """Return the revisions of these days, as far as it has them."""
        return {day: self._days[day].revision for day in days if day in self._days}

    async def read(self, day: date) -> ReadDay | None:
        """Return a day's page; None if it has none."""
        if day not in self._days:
            return None
        revision, data = self._days[day]
        return ReadDay(read_day_wikitext(zlib.decompress(data).decode(), day), revision)


def _read(path: Path) -> Iterator[tuple[date, _Wikitext]]:
    """Yield the days of a dump, an export or a folder; of a day that comes twice, the later one counts."""
    try:
        if path.is_dir():
            for file in sorted(path.iterdir()):
                if match := _WIKI_FILE.fullmatch(file.name):
                    with suppress(ValueError):
                        yield date.fromisoformat(match[1]), _compressed(file.read_bytes())
        else:
            with _open(path) as opened:
                yield from _export(opened)
    except (OSError, EOFError, etree.XMLSyntaxError) as error:
        raise FetchError(f"{path} cannot be read as a dump: {error}") from error


def _open(path: Path) -> BinaryIO | bz2.BZ2File | gzip.GzipFile:
    match path.suffix.lower():
        case ".bz2":
            return bz2.open(path, "rb")
        case ".gz":
            return gzip.open(path, "rb")
        case _:
            return path.open("rb")


def _export(opened: BinaryIO | bz2.BZ2File | gzip.GzipFile) -> Iterator[tuple[date, _Wikitext]]:
    """Yield the days of an XML export, page by page: a dump of all of Wikipedia does not fit into memory."""
    pages = etree.iterparse(opened, tag="{*}page", resolve_entities=False, no_network=True)
    for _, page in pages:
        day = day_of_title(page.findtext("{*}title") or "")
        text = page.findtext("{*}revision/{*}text")
        if day and text:
            revision = page.findtext("{*}revision/{*}id") or ""
            data = _compressed(text.encode())
            yield day, data._replace(revision=int(revision)) if revision.isdigit() else data
        page.clear()
        if (parent := page.getparent()) is not None:
            del parent[: parent.index(page)]


def _compressed(text: bytes) -> _Wikitext:
    return _Wikitext(-zlib.crc32(text) - 1, zlib.compress(text.decode("utf-8", "replace").encode()))
