"""Figures that a benchmark measured, shown as a table and written as JSON."""

import json
import platform
import sqlite3
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_UNITS = {"ms": 1e3, "s": 1.0, "MiB": 1 / 1024 / 1024, "pages/s": 1.0, "": 1.0}


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table. ``figure`` and ``limit`` are in seconds or bytes, ``unit`` is what they are shown in.

    ``limit`` is what the same run measured without Daybook; ``budget`` is what ``figure`` may be at most, and
    ``budget_rule`` is how that was computed. Without a budget, the figure is only reported.
    """

    size: str
    name: str
    figure: float
    unit: str = "ms"
    limit: float | None = None
    budget: float | None = None
    budget_rule: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the limit the figure is."""
        return self.figure / self.limit if self.limit else None

    @property
    def met(self) -> bool | None:
        """Whether the figure is within its budget, if it has one."""
        return None if self.budget is None else self.figure <= self.budget


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    table = Table(title="Daybook against its limits")
    for name in ("size", "name"):
        table.add_column(name, overflow="fold")
    for name in ("figure", "limit", "ratio", "at most"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("budget", "met"):
        table.add_column(name, no_wrap=True)
    previous_size = None
    for figure in figures:
        if previous_size is not None and figure.size != previous_size:
            table.add_section()
        table.add_row(
            "" if figure.size == previous_size else figure.size,
            figure.name,
            _format_value(figure.figure, figure.unit),
            _format_value(figure.limit, figure.unit),
            "" if figure.ratio is None else f"{figure.ratio:.2f} ×",
            _format_value(figure.budget, figure.unit),
            figure.budget_rule,
            "" if figure.met is None else "[green]yes[/]" if figure.met else "[bold red]no[/]",
        )
        previous_size = figure.size
    # Not cut to 80 columns where it is piped.
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _format_value(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    value *= _UNITS[unit]
    return f"{value:,.{2 if value < 100 else 0}f} {unit}"  # noqa: PLR2004


def write(figures: Sequence[Figure], file: Path) -> None:
    """Write the figures, and the machine they were measured on, as JSON."""
    data = {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        "figures": [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures],
    }
    file.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", "utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that the given share, 0 to 1, of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def middle(rounds: Sequence[Sequence[float]], share: float) -> float:
    """Return the median over rounds of each round's percentile."""
    return statistics.median(percentile(round_, share) for round_ in rounds)
