"""Paths of pages: ``news/YYYY/MM/D/slug``, wherever their folder stands. Pure."""

import re
import unicodedata
from datetime import date

_PATH = re.compile(r"(?:^|/)news/([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})/([^/]+?)(?:\.md)?$")
_INDEX_NAMES = ("index", "readme")


def normal_path(path: str) -> str | None:
    """Return ``news/YYYY/MM/D/slug`` for a page's path, wherever its folder stands.

    None if it is no such path, or names a day that no calendar has.
    """
    match = _PATH.search(path.replace("\\", "/"))
    if not match:
        return None
    year, month, day, slug = match.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    if not slug.isascii():
        slug = unicodedata.normalize("NFC", slug)
    if not slug.isprintable():
        slug = "".join(character if character.isprintable() else "\ufffd" for character in slug)
    return f"news/{year}/{int(month):02}/{int(day)}/{slug}"


def path_on(day: date, file: str) -> str | None:
    """Return the normal path of a page of this day, given any path of its file; None if that has no file name."""
    return normal_path(f"news/{day.year:04}/{day.month}/{day.day}/{file_name(file)}")


def date_of_path(path: str) -> date:
    """Return the date in a normal path."""
    _, year, month, day, _ = path.split("/", 4)
    return date(int(year), int(month), int(day))


def is_index(path: str) -> bool:
    """Return whether a file is a list of pages (``index.md``, ``README.md``), not a page."""
    return file_name(path).rpartition(".")[0].lower() in _INDEX_NAMES


def file_name(path: str) -> str:
    """Return the last part of a path."""
    return path.replace("\\", "/").rpartition("/")[2]
