"""The archive of the simulation: a few events for each day of the year, which a post's text tells apart."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from datetime import date, timedelta
from pathlib import Path

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.database import newest_version
from tests.helpers.samples import write

_VERSION = "1"
TOPIC = "Lighthouses"
_SHOWN = re.compile(r"Light (\d{4}) is lit on (\d\d \w+)")


def years_of(day: date) -> range:
    """Return the years that have an event on a day of the year; some days have none."""
    digest = hashlib.sha256(f"{day:%m-%d}".encode()).digest()
    return range(2000, 2000 + (0 if digest[0] < 12 else 1 + digest[1] % 13))


def has_topic(year: int) -> bool:
    return year % 3 == 0


def shown_in(text: str) -> list[tuple[int, str]]:
    """Return the events that a text shows: their years and days."""
    return [(int(year), day) for year, day in _SHOWN.findall(text)]


def pool_of(day: str, topic: bool, before: int) -> list[int]:
    """Return the years of the events of a day, written as in their headlines."""
    moment = _DAYS[day]
    return [year for year in years_of(moment) if year < before and (has_topic(year) or not topic)]


def write_page(folder: Path, day: date, year: int) -> str:
    """Write the page of a day's event in a year; return the day as it is written in its headline."""
    label = f"{day:%d %B}"
    write(
        folder, f"{year}-{day:%m-%d}" if (day.month, day.day) != (2, 29) else f"{year // 4 * 4}-02-29",
        f"Light {year} is lit on {label}", summary=f"Whoever came by sea in {year} saw it.",
        topic=TOPIC if has_topic(year) else "Ships", sources=[("Paper", f"https://news.example/{year}")],
    )  # fmt: skip
    return label


_DAYS = {f"{day:%d %B}": day for day in (date(2000, 1, 1) + timedelta(days=n) for n in range(366))}


def archive_file() -> Path:
    """Return the archive, made once on each machine."""
    # Each version of the archive has its own.
    version = f"{_VERSION}.{newest_version('bot.archive')}"
    folder = Path(tempfile.gettempdir()) / f"daybook-simulation-{version}-{os.getuid()}"
    file = folder / "archive.sqlite3"
    if file.exists():
        return file
    with tempfile.TemporaryDirectory() as name:
        pages, fresh = Path(name) / "pages", Path(name) / "archive.sqlite3"
        for day in _DAYS.values():
            for year in years_of(day):
                write_page(pages, day, year)
        import_pages(fresh, [pages], forgotten=ForgottenEvents())
        folder.mkdir(exist_ok=True)
        fresh.replace(folder / f"{os.getpid()}.sqlite3")
        (folder / f"{os.getpid()}.sqlite3").replace(file)
    return file
