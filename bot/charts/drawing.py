"""Draws a chart in a process of its own: reads it as JSON from stdin, writes a PNG to stdout, to stderr what it did.

The last line on stderr is JSON: ``{"drawn": [places of the labels], "lacking": [scripts that no font has]}``.
"""

import io
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.charts.chart import Chart, Label
from bot.charts.fonts import drawable, families, scripts
from bot.charts.layout import GAP, Flag, arranged, ticks
from bot.locale.language import language

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

# In pixels; on a phone all is shown at about a third of that.
WIDTH, HEIGHT, DPI = 1200, 675, 100
_MARGIN = 36
_TITLE, _SMALLEST_TITLE, _CAPTION, _TICK, _LABEL = 52, 36, 32, 32, 34
_LANE = 48
# Its own ground, so that it reads on Discord's dark and light themes alike; blue and amber differ for every eye.
_GROUND, _INK, _FAINT, _GRID, _COLUMN, _NOTABLE = "#1b2133", "#ffffff", "#c3cbdd", "#3a4360", "#6ea3ff", "#ffc44d"
# No fewer years than this share the width, so that a lone column is a column.
_FEWEST_YEARS = 8
_THINNEST, _LOWEST = 4, 4


class Sheet:
    """The paper: texts and lines in pixels from its lower left corner."""

    def __init__(self, locale: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.locale = locale
        self.figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=_GROUND)
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]

    def font(self, text: str, size: float, *, bold: bool = False) -> "FontProperties":
        """Return a font for a text, all of whose letters are installed."""
        from matplotlib.font_manager import FontProperties

        found = families(text, self.locale)
        return FontProperties(family=found, size=size * 72 / DPI, weight="bold" if bold else "normal")

    def width(self, text: str, font: "FontProperties") -> float:
        """Measure a text."""
        return float(self._renderer.get_text_width_height_descent(text, font, ismath=False)[0])

    def fitted(self, text: str, font: "FontProperties", room: float) -> str:
        """Return a text within so many pixels: whole, or cut at a word where there is one."""
        if self.width(text, font) <= room:
            return text
        while text and self.width(f"{text}…", font) > room:
            shorter = text[:-1].rpartition(" ")[0]
            text = (shorter if len(shorter) > len(text) // 2 else text[:-1]).rstrip(" ,;:，；：、-–—(（")
        return f"{text}…"

    def write(self, text: str, left: float, y: float, font: "FontProperties", **how: Any) -> None:  # noqa: ANN401
        """Write a text; ``how`` is what matplotlib takes."""
        self.figure.text(left / WIDTH, y / HEIGHT, text, fontproperties=font, parse_math=False, **how)

    def line(self, x: float, top: float, bottom: float) -> None:
        """Draw the line from a label down to its column."""
        from matplotlib.lines import Line2D

        ends = [x / WIDTH, x / WIDTH], [top / HEIGHT, bottom / HEIGHT]
        self.figure.add_artist(Line2D(*ends, color=_NOTABLE, linewidth=2, zorder=1))

    def png(self) -> bytes:
        """Return the picture."""
        target = io.BytesIO()
        self.figure.savefig(target, format="png", dpi=DPI, facecolor=_GROUND, pil_kwargs={"optimize": True})
        return target.getvalue()


def draw(chart: Chart) -> tuple[bytes, dict[str, Any]]:
    """Return the PNG, and which labels are on it and which scripts have no font."""
    sheet = Sheet(chart.locale)
    texts = [drawable(text) for text in (chart.title, chart.caption, *(label.text for label in chart.labels))]
    lacking = {text for text in texts if families(text, chart.locale) is None}
    title, caption = (text if text not in lacking else "" for text in texts[:2])
    known = [place for place, text in enumerate(texts[2:]) if text not in lacking]
    plot = Plot(sheet, chart.columns)
    labels = [Label(chart.labels[place].year, texts[place + 2]) for place in known]
    flags = arranged(
        [(plot.x(label.year), _width(sheet, label)) for label in labels], low=_MARGIN, high=WIDTH - _MARGIN
    )
    below = _head(sheet, title, caption)
    plot.draw(top=below - _LANE * len(flags) - 12, notable={labels[flag.label].year for flag in flags})
    for lane, flag in enumerate(flags, 1):
        _write(sheet, labels[flag.label], flag, y=below - _LANE * lane + 14, column=plot.y(labels[flag.label].year))
    missing = set().union(*map(scripts, lacking))
    drawn = sorted(known[flag.label] for flag in flags)
    return sheet.png(), {"drawn": drawn, "lacking": sorted(missing)}


def _head(sheet: Sheet, title: str, caption: str) -> float:
    """Write title and caption; return the height below them."""
    room, y, size = WIDTH - 2 * _MARGIN, HEIGHT - 30.0, _TITLE
    while size > _SMALLEST_TITLE and sheet.width(title, sheet.font(title, size, bold=True)) > room:
        size -= 2
    if title:
        font = sheet.font(title, size, bold=True)
        sheet.write(sheet.fitted(title, font, room), _MARGIN, y - 40, font, color=_INK)
        y -= 56
    font = sheet.font(caption, _CAPTION)
    sheet.write(sheet.fitted(caption, font, room), _MARGIN, y - 30, font, color=_FAINT)
    return y - 52


def _width(sheet: Sheet, label: Label) -> float:
    year = f"{label.year}"
    indent = sheet.width(year, sheet.font(year, _LABEL, bold=True)) + GAP
    return indent + sheet.width(label.text, sheet.font(label.text, _LABEL))


def _write(sheet: Sheet, label: Label, flag: Flag, *, y: float, column: float) -> None:
    """Write a label into its lane, and draw the line down to its column."""
    year = f"{label.year}"
    bold, font = sheet.font(year, _LABEL, bold=True), sheet.font(label.text, _LABEL)
    indent = sheet.width(year, bold) + GAP
    text = sheet.fitted(label.text, font, flag.width - indent)
    width = indent + sheet.width(text, font)
    # What a cut at a word leaves over is no gap between the label and its pole.
    left = max(flag.left, min(flag.leader_x + GAP, flag.left + flag.width - width))
    is_beside = flag.leader_x < left - 4 or flag.leader_x > left + width + 4
    sheet.line(flag.leader_x, y + 28 if is_beside else y - 11, column)
    sheet.write(year, left, y, bold, color=_NOTABLE)
    sheet.write(text, left + indent, y, font, color=_INK)


class Plot:
    """The columns and their axes. From left to right all is known at once; how high it is, when it is drawn."""

    def __init__(self, sheet: Sheet, columns: Sequence[tuple[int, int]]) -> None:
        self._sheet, self._events = sheet, dict(columns)
        self._first, self._last, self._most = columns[0][0], columns[-1][0], max(self._events.values())
        spare = max(0, _FEWEST_YEARS - (self._last - self._first + 1)) / 2
        self._low, self._high = self._first - 0.6 - spare, self._last + 0.6 + spare
        self._font = sheet.font("0", _TICK)
        self._said = language(sheet.locale).number
        self._heights = ticks(0, self._most, 5)
        self._left = _MARGIN + 14 + max(sheet.width(self._said(height), self._font) for height in self._heights)
        self._right, self._bottom, self._top = WIDTH - _MARGIN - 8.0, 72.0, float(HEIGHT)
        self._ceiling = self._most * 1.04

    def draw(self, *, top: float, notable: set[int]) -> None:
        """Draw them up to a height, in pixels from below."""
        self._top = top
        place = self._left / WIDTH, self._bottom / HEIGHT
        size = (self._right - self._left) / WIDTH, (top - self._bottom) / HEIGHT
        axes = self._sheet.figure.add_axes((*place, *size), facecolor=_GROUND)
        axes.set(xlim=(self._low, self._high), ylim=(0, self._ceiling))
        style: dict[str, Any] = {"fontproperties": self._font, "color": _FAINT}
        axes.set_yticks(self._heights, [self._said(height) for height in self._heights], **style)
        years = ticks(self._first, self._last, 9)
        axes.set_xticks(years, [f"{year}" for year in years], **style)
        axes.tick_params(length=0, pad=8)
        axes.tick_params(axis="x", pad=12)
        axes.grid(axis="y", color=_GRID, linewidth=1.5)
        axes.set_axisbelow(True)
        for side, spine in axes.spines.items():
            spine.set(visible=side == "bottom", color=_FAINT, linewidth=2)
        # However many columns, none is so thin or so low that it cannot be seen.
        thinnest = _THINNEST * (self._high - self._low) / (self._right - self._left)
        heights = [max(events, self._lowest) for events in self._events.values()]
        colours = [_NOTABLE if year in notable else _COLUMN for year in self._events]
        axes.bar(list(self._events), heights, width=max(0.8, thinnest), color=colours)

    @property
    def _lowest(self) -> float:
        return _LOWEST * self._ceiling / (self._top - self._bottom)

    def x(self, year: int) -> float:
        """Return the pixel of a year's middle."""
        return self._left + (year - self._low) / (self._high - self._low) * (self._right - self._left)

    def y(self, year: int) -> float:
        """Return the pixel of a column's upper end."""
        height = max(self._events[year], self._lowest)
        return self._bottom + height / self._ceiling * (self._top - self._bottom)


def main() -> None:
    """Draw what comes from stdin."""
    if hasattr(os, "nice"):
        # The bot answers others meanwhile.
        os.nice(5)
    import matplotlib as mpl

    # Whatever a matplotlibrc says.
    mpl.rcdefaults()
    png, told = draw(Chart.from_json(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(png)
    print(json.dumps(told), file=sys.stderr)


if __name__ == "__main__":
    main()
