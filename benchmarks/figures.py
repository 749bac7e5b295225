"""What a benchmark found, as a table for people and as JSON."""

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
    """One line of the table. ``figure`` and ``limit`` are in seconds or bytes, ``unit`` is what they are shown in.

    ``limit`` is what the same run measured without Daybook; ``budget`` is what ``figure`` may be at most, and
    ``budget_said`` how that came about. Without a budget, the figure is only reported.
    """

    size: str
    what: str
    figure: float
    unit: str = "ms"
    limit: float | None = None
    budget: float | None = None
    budget_said: str = ""

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
    for name in ("size", "what"):
        table.add_column(name, overflow="fold")
    for name in ("figure", "limit", "ratio", "at most"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("budget", "met"):
        table.add_column(name, no_wrap=True)
    last = None
    for each in figures:
        if last is not None and each.size != last:
            table.add_section()
        table.add_row(
            "" if each.size == last else each.size,
            each.what,
            _said(each.figure, each.unit),
            _said(each.limit, each.unit),
            "" if each.ratio is None else f"{each.ratio:.2f} ×",
            _said(each.budget, each.unit),
            each.budget_said,
            "" if each.met is None else "[green]yes[/]" if each.met else "[bold red]no[/]",
        )
        last = each.size
    # A pipe gets whole lines.
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _said(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    value *= _UNITS[unit]
    return f"{value:,.{2 if value < 100 else 0}f} {unit}"  # noqa: PLR2004


def write(figures: Sequence[Figure], file: Path) -> None:
    """Write the figures, and what they were measured on, as JSON."""
    found = {
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        "figures": [asdict(each) | {"ratio": each.ratio, "met": each.met} for each in figures],
    }
    file.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that the given share, 0 to 1, of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def middle(rounds: Sequence[Sequence[float]], share: float) -> float:
    """Return the median over rounds of each round's percentile."""
    return statistics.median(percentile(each, share) for each in rounds)
