"""Events that were taken out for good, as those who fetch know them again: by key, source and marks. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.sources.page_marks import Marks
from bot.sources.page_matching import Wording
from bot.sources.page_source import day_of_any


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Events that were taken out for good: their keys, and how the portal and feeds told them.

    ``sources`` has where each of the ``tellings`` came from.
    """

    keys: frozenset[str] = frozenset()
    wordings: tuple[Wording, ...] = ()
    sources: tuple[str, ...] = ()

    @classmethod
    def of(cls, keys: Iterable[str], sources: Iterable[tuple[str, list[str]]]) -> "Forgotten":
        """Return events by their keys, and by their sources (``portal 2025-11-22``) with the marks of their pages."""
        known = [(source, day, Marks.of_list(marks)) for source, marks in sources if (day := day_of_any(source))]
        wordings = tuple(Wording(day, marks, forgotten=True) for _, day, marks in known)
        return cls(frozenset(keys), wordings, tuple(source for source, _, _ in known))
