"""A chart of a topic's years as a value, and as the JSON that the drawing process reads. Pure."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A text with a line to the column of a year."""

    year: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A column chart of events by year.

    ``columns`` are pairs of a year and its number of events, in order; years that are not there are gaps. ``caption``
    stands below the title and says what the columns count. ``locale`` is the reader's, for numbers and the form of
    Chinese characters.
    """

    title: str
    caption: str
    columns: tuple[tuple[int, int], ...]
    labels: tuple[Label, ...]
    locale: str = ""

    def to_json(self) -> bytes:
        """Return the JSON that the drawing process reads."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Chart":
        """Return the chart that ``to_json`` wrote."""
        fields = json.loads(data)
        columns = tuple((year, events) for year, events in fields.pop("columns"))
        return cls(columns=columns, labels=tuple(Label(**label) for label in fields.pop("labels")), **fields)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as a PNG, and the labels on it: not those that no font has the letters of, nor those without space."""

    png: bytes
    labels: tuple[Label, ...]
