"""A chart of a topic's years as values, and the way they go to the process that draws and back. Pure."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """What stands at a year's column."""

    year: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of events a year, each (year, events), in order; years that are not there are gaps.

    ``caption`` stands below the title and says what the columns count; ``locale`` is the reader's, for numbers and
    the form of Chinese characters.
    """

    title: str
    caption: str
    columns: tuple[tuple[int, int], ...]
    labels: tuple[Label, ...]
    locale: str = ""

    def to_json(self) -> bytes:
        """Return what the drawing process reads."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Chart":
        """Read it there."""
        given = json.loads(data)
        columns = tuple((year, events) for year, events in given.pop("columns"))
        return cls(columns=columns, labels=tuple(Label(**label) for label in given.pop("labels")), **given)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as a PNG, and which labels are on it: no installed font may have the letters of some."""

    png: bytes
    labels: tuple[Label, ...]
