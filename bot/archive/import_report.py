"""The report of an import, and the interface to which it reports its progress."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, or cut, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Report:
    """What an import did. ``events`` and ``stubs`` count the whole archive after it, the rest this import's pages.

    ``lists`` are day indexes, ``facts`` files of facts about articles; ``shortened`` are pages from which something was
    cut, at most 1,000; ``outdated`` is how many events it has left to be brought up to date.
    """

    pages: int = 0
    events: int = 0
    stubs: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    lists: int = 0
    facts: int = 0
    outdated: int = field(default=0, compare=False)
    skipped: list[Skipped] = field(default_factory=list)
    shortened: list[Skipped] = field(default_factory=list)


class Progress(Protocol):
    """Shows how far an import is."""

    def reading(self, inputs_read: float, inputs: int, pages: int) -> None:
        """Show that ``inputs_read`` of all inputs have been read, with ``pages`` pages in them."""

    def building(self, done: int, total: int) -> None:
        """Show that events of ``done`` of all ``total`` days, and paths of other days, have been built."""


class NoProgress:
    """Shows nothing."""

    def reading(self, inputs_read: float, inputs: int, pages: int) -> None:
        """Do nothing."""

    def building(self, done: int, total: int) -> None:
        """Do nothing."""
