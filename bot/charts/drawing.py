"""The drawing process: reads a chart as JSON from stdin, draws it, and writes its answer to stdout (see answer.py)."""

import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from bot.charts.answer import Answer
from bot.charts.chart import Chart, Label
from bot.charts.fonts import BASE, drawable_text, font_families, font_weight, missing_scripts
from bot.charts.layout import GAP, LabelBox, place_labels, ticks
from bot.locale.language import language

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

# In pixels; on a phone everything is shown at about a third of that.
WIDTH, HEIGHT, DPI = 1200, 675, 100
_MARGIN = 36
_TITLE_SIZE, _MIN_TITLE_SIZE, _CAPTION_SIZE, _TICK_SIZE, _LABEL_SIZE = 52, 36, 32, 32, 34
_LABEL_LINE_HEIGHT = 48
# The background is opaque, so that the chart can be read on Discord's dark and light themes; blue and amber differ for
# colour-blind eyes, too.
_BACKGROUND, _TEXT, _DIM_TEXT, _GRID = "#1b2133", "#ffffff", "#c3cbdd", "#3a4360"
_COLUMN, _HIGHLIGHT = "#6ea3ff", "#ffc44d"
# The axis is at least this number of years wide, so that a lone column still looks like a column.
_MIN_YEARS = 8
_MIN_COLUMN_WIDTH, _MIN_COLUMN_HEIGHT = 4, 4


class Canvas:
    """The picture: writes texts and draws lines, in pixels from its lower left corner."""

    def __init__(self, locale: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.locale = locale
        self.figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=_BACKGROUND)
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]

    def font(self, text: str, size: float, *, bold: bool = False) -> "FontProperties":
        """Return a font for a text whose letters are all installed; ``size`` is in pixels.

        It is bold if that is asked for and all fonts that the text needs have a bold face.
        """
        from matplotlib.font_manager import FontProperties

        families = font_families(text, self.locale) or [BASE]
        return FontProperties(family=families, size=size * 72 / DPI, weight=font_weight(families, bold=bold))

    def width(self, text: str, font: "FontProperties") -> float:
        """Return the width of a text."""
        return float(self._renderer.get_text_width_height_descent(text, font, ismath=False)[0])

    def shorten(self, text: str, font: "FontProperties", max_width: float) -> str:
        """Return a text within a width: whole, or cut at a word where there is one."""
        if self.width(text, font) <= max_width:
            return text
        while text and self.width(f"{text}…", font) > max_width:
            shorter = text[:-1].rpartition(" ")[0]
            text = (shorter if len(shorter) > len(text) // 2 else text[:-1]).rstrip(" ,;:，；：、-–—(（")
        return f"{text}…"

    def write(self, text: str, left: float, y: float, font: "FontProperties", *, color: str) -> None:
        """Write a text; ``left`` is where it begins, ``y`` its base line."""
        position = left / WIDTH, y / HEIGHT
        self.figure.text(*position, text, fontproperties=font, parse_math=False, color=color)

    def leader(self, x: float, top: float, bottom: float) -> None:
        """Draw the line from a label down to its column."""
        from matplotlib.lines import Line2D

        ends = [x / WIDTH, x / WIDTH], [top / HEIGHT, bottom / HEIGHT]
        self.figure.add_artist(Line2D(*ends, color=_HIGHLIGHT, linewidth=2, zorder=1))

    def png(self) -> bytes:
        """Return the picture as a PNG."""
        target = io.BytesIO()
        self.figure.savefig(target, format="png", dpi=DPI, facecolor=_BACKGROUND, pil_kwargs={"optimize": True})
        return target.getvalue()


def draw(chart: Chart) -> Answer:
    """Draw a chart, without those of its texts that no installed font has the letters of."""
    canvas = Canvas(chart.locale)
    texts = [drawable_text(text) for text in (chart.title, chart.caption, *(label.text for label in chart.labels))]
    without_font = {text for text in texts if font_families(text, chart.locale) is None}
    title, caption = (text if text not in without_font else "" for text in texts[:2])
    drawable = [index for index, text in enumerate(texts[2:]) if text not in without_font]
    labels = [Label(chart.labels[index].year, texts[index + 2]) for index in drawable]
    plot = Plot(canvas, chart.columns)
    boxes = place_labels(
        [(plot.x(label.year), _label_width(canvas, label)) for label in labels], low=_MARGIN, high=WIDTH - _MARGIN
    )
    below_head = _write_head(canvas, title, caption)
    plot.draw(
        top=below_head - _LABEL_LINE_HEIGHT * len(boxes) - 12, highlighted={labels[box.index].year for box in boxes}
    )
    for line, box in enumerate(boxes, 1):
        label = labels[box.index]
        _write_label(canvas, label, box, y=below_head - _LABEL_LINE_HEIGHT * line + 14, column_top=plot.y(label.year))
    scripts = set().union(*map(missing_scripts, without_font))
    return Answer(
        canvas.png(),
        drawn_labels=tuple(sorted(drawable[box.index] for box in boxes)),
        missing_scripts=tuple(sorted(scripts)),
    )


def _write_head(canvas: Canvas, title: str, caption: str) -> float:
    """Write title and caption; return the height below them."""
    max_width, y, size = WIDTH - 2 * _MARGIN, HEIGHT - 30.0, _TITLE_SIZE
    while size > _MIN_TITLE_SIZE and canvas.width(title, canvas.font(title, size, bold=True)) > max_width:
        size -= 2
    if title:
        font = canvas.font(title, size, bold=True)
        canvas.write(canvas.shorten(title, font, max_width), _MARGIN, y - 40, font, color=_TEXT)
        y -= 56
    font = canvas.font(caption, _CAPTION_SIZE)
    canvas.write(canvas.shorten(caption, font, max_width), _MARGIN, y - 30, font, color=_DIM_TEXT)
    return y - 52


def _label_width(canvas: Canvas, label: Label) -> float:
    year = f"{label.year}"
    indent = canvas.width(year, canvas.font(year, _LABEL_SIZE, bold=True)) + GAP
    return indent + canvas.width(label.text, canvas.font(label.text, _LABEL_SIZE))


def _write_label(canvas: Canvas, label: Label, box: LabelBox, *, y: float, column_top: float) -> None:
    """Write a label, its year before its text, and draw the leader down to its column."""
    year = f"{label.year}"
    bold, font = canvas.font(year, _LABEL_SIZE, bold=True), canvas.font(label.text, _LABEL_SIZE)
    indent = canvas.width(year, bold) + GAP
    text = canvas.shorten(label.text, font, box.width - indent)
    width = indent + canvas.width(text, font)
    # A text cut at a word is narrower than its box: it stands at the end that the leader is at.
    left = max(box.left, min(box.leader_x + GAP, box.left + box.width - width))
    is_beside = box.leader_x < left - 4 or box.leader_x > left + width + 4
    canvas.leader(box.leader_x, y + 28 if is_beside else y - 11, column_top)
    canvas.write(year, left, y, bold, color=_HIGHLIGHT)
    canvas.write(text, left + indent, y, font, color=_TEXT)


class Plot:
    """The columns and their axes.

    ``x()`` can be called from the start, ``y()`` only after ``draw()``, which gets the height that labels leave free.
    """

    def __init__(self, canvas: Canvas, columns: Sequence[tuple[int, int]]) -> None:
        self._canvas, self._events = canvas, dict(columns)
        self._first, self._last, self._max_events = columns[0][0], columns[-1][0], max(self._events.values())
        spare_years = max(0, _MIN_YEARS - (self._last - self._first + 1)) / 2
        self._low, self._high = self._first - 0.6 - spare_years, self._last + 0.6 + spare_years
        self._font = canvas.font("0", _TICK_SIZE)
        self._format_number = language(canvas.locale).number
        self._heights = ticks(0, self._max_events, 5)
        widths = [canvas.width(self._format_number(height), self._font) for height in self._heights]
        self._left = _MARGIN + 14 + max(widths)
        self._right, self._bottom, self._top = WIDTH - _MARGIN - 8.0, 72.0, float(HEIGHT)
        self._ceiling = self._max_events * 1.04

    def draw(self, *, top: float, highlighted: set[int]) -> None:
        """Draw the columns; ``top`` is their highest pixel, ``highlighted`` has the years to draw in another colour."""
        self._top = top
        axes = self._axes()
        # A column can be seen however many there are, and however few events it stands for.
        min_width = _MIN_COLUMN_WIDTH * (self._high - self._low) / (self._right - self._left)
        heights = [max(events, self._min_events) for events in self._events.values()]
        colours = [_HIGHLIGHT if year in highlighted else _COLUMN for year in self._events]
        axes.bar(list(self._events), heights, width=max(0.8, min_width), color=colours)

    def _axes(self) -> Any:  # noqa: ANN401  (matplotlib's Axes)
        position = self._left / WIDTH, self._bottom / HEIGHT
        size = (self._right - self._left) / WIDTH, (self._top - self._bottom) / HEIGHT
        axes = self._canvas.figure.add_axes((*position, *size), facecolor=_BACKGROUND)
        axes.set(xlim=(self._low, self._high), ylim=(0, self._ceiling))
        style: dict[str, Any] = {"fontproperties": self._font, "color": _DIM_TEXT}
        axes.set_yticks(self._heights, [self._format_number(height) for height in self._heights], **style)
        years = ticks(self._first, self._last, 9)
        axes.set_xticks(years, [f"{year}" for year in years], **style)
        axes.tick_params(length=0, pad=8)
        axes.tick_params(axis="x", pad=12)
        axes.grid(axis="y", color=_GRID, linewidth=1.5)
        axes.set_axisbelow(True)
        for side, spine in axes.spines.items():
            spine.set(visible=side == "bottom", color=_DIM_TEXT, linewidth=2)
        return axes

    @property
    def _min_events(self) -> float:
        """The number of events whose column is as low as a column may be."""
        return _MIN_COLUMN_HEIGHT * self._ceiling / (self._top - self._bottom)

    def x(self, year: int) -> float:
        """Return the pixel of the middle of a year's column."""
        return self._left + (year - self._low) / (self._high - self._low) * (self._right - self._left)

    def y(self, year: int) -> float:
        """Return the pixel of a column's upper end."""
        height = max(self._events[year], self._min_events)
        return self._bottom + height / self._ceiling * (self._top - self._bottom)


def take_stdout() -> BinaryIO:
    """Return stdout as a file for the answer alone: whatever is printed from now on, by any library, goes to stderr."""
    sys.stdout.flush()
    answer_file = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answer_file


def main() -> None:
    """Draw the chart that comes from stdin."""
    with take_stdout() as answer_file:
        if hasattr(os, "nice"):
            # The bot, which answers others meanwhile, goes first.
            os.nice(5)
        import matplotlib as mpl

        # Whatever a matplotlibrc says.
        mpl.rcdefaults()
        answer = draw(Chart.from_json(sys.stdin.buffer.read()))
        answer_file.write(answer.to_bytes())


if __name__ == "__main__":
    main()
