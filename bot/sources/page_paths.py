"""Chooses the paths of new pages: files that no page has, and none that was forgotten had. Pure."""

import re
from collections.abc import Collection, Mapping
from datetime import date

from bot.domain.page import key_of
from bot.domain.text import fold

_LONGEST_SLUG = 80
_NO_LETTERS = re.compile(r"[^a-z0-9]+")


class PagePaths:
    """Chooses paths that no page has, and no forgotten one had; ``names`` are the files' names taken on each day."""

    def __init__(self, names: Mapping[date, Collection[str]], forgotten_keys: Collection[str]) -> None:
        self._names = {day: set(taken) for day, taken in names.items()}
        self._forgotten_keys = forgotten_keys

    def choose(self, day: date, headline: str, language: str = "en") -> str:
        """Return a path for a page; it names every language but English, which may have the same words."""
        taken = self._names.setdefault(day, set())
        slug = slug_of(headline) if language == "en" else f"{language}-{slug_of(headline)}"
        number = 1
        while True:
            name = slug if number == 1 else f"{slug}-{number}"
            path = f"news/{day.year:04}/{day.month:02}/{day.day}/{name}"
            if name not in taken and key_of(path) not in self._forgotten_keys:
                taken.add(name)
                return path
            number += 1


def slug_of(headline: str) -> str:
    """Return a file's name for a headline: its words in ASCII letters and digits, joined by dashes."""
    slug = _NO_LETTERS.sub("-", fold(headline)).strip("-")
    if len(slug) > _LONGEST_SLUG:
        slug = slug[: _LONGEST_SLUG + 1].rpartition("-")[0] or slug[:_LONGEST_SLUG]
    # What imports would take for a list of pages is no page's name.
    return f"{slug}-event" if slug in ("index", "readme") else slug or "event"
