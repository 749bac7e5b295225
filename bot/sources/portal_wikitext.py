"""Reads a day's page of Wikipedia's *Portal:Current events* from its wikitext, in its forms since 2005. Pure."""

import re
from collections.abc import Iterator
from datetime import date

from bot.domain.errors import FetchError
from bot.domain.page import Source
from bot.formats.cleaning import clean
from bot.sources.day_bullets import MOST_BULLETS, Bullet, events_of
from bot.sources.day_page import DayPage

# Far more than any day has. What reads a line of markup may take the square of its length, and more.
_LONGEST_PAGE = 1 << 18
_LONGEST_LINE = 5_000
_MOST_MARKS = 80
_MARK = re.compile(r"\[\[|\{\{|<|''|\[(?=http)", re.IGNORECASE)
_HEADER = re.compile(r"\{\{\s*+current[ _]events(?:[ _]header)?\s*+\|([^{}]*?)(?:\}\}|\bcontent\s*=)", re.IGNORECASE)
_FRAME = re.compile(
    r"\{\{\s*+current[ _]events\b[^{}]*+\}\}|</?(?:noinclude|includeonly|onlyinclude)\b[^<>]*+>", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--(?:.*?-->|.*)", re.DOTALL)
_PIECE = re.compile(r"(\{\{|\}\}|<ref\b[^<>]*>|</ref\s*>|\n)", re.IGNORECASE)
_LINE_START = re.compile(r"[*#;:=]|'''")
_BULLET = re.compile(r"([*#:]++)(.*)", re.DOTALL)
# The heading of a category: ;Heading, '''Heading''' or == Heading ==.
_HEADING = re.compile(
    r";(?P<list>[^*].*+)|'''(?P<bold>(?:[^']|'(?!''))++(?:'')?)'''\s*+:?|(?P<level>={2,6})(?P<section>.+?)(?P=level)"
)
# What a page has besides its events: switches, and what is only shown elsewhere.
_FRAME_LINE = re.compile(r"__[A-Z]++__|</?(?:div|references)\b[^<>]*+>|-{4,}|\}\}", re.IGNORECASE)


def read_day_wikitext(text: str, day: date) -> DayPage:
    """Return what a day's page says. Raises FetchError for a page of another day, or one that is no such page."""
    if len(text) > _LONGEST_PAGE:
        raise FetchError(f"The page of {day} has {len(text):,} characters, and no day has more than {_LONGEST_PAGE:,}.")
    lines = list(_lines(_body(_COMMENT.sub("", text), day)))
    if len(lines) > MOST_BULLETS:
        raise FetchError(f"The page of {day} has {len(lines):,} lines, and no day has more than {MOST_BULLETS:,}.")
    reader = _Reader()
    if any("<ref" in line for line in lines):
        # A footnote may be cited above the line that has its text.
        reader.read(lines)
        reader = _Reader(reader.notes)
    reader.read(lines)
    events, missed = events_of(reader.bullets)
    return DayPage(day, events, missed + reader.missed)


def _body(text: str, day: date) -> str:
    """Return the part of a page that has the events, below the template that names its date."""
    header = _HEADER.search(text)
    named = _named_date(header[1]) if header else None
    if not header or not named:
        raise FetchError(f"The page of {day} does not begin with a template “Current events” and its date.")
    if named != (day.year, day.month, day.day):
        raise FetchError(f"The page fetched for {day} is about another day: {'-'.join(map(str, named))}.")
    body = _FRAME.sub("\n", text[header.end() :])
    return body if header[0].endswith("}}") else body.rstrip().removesuffix("}}")


def _named_date(parameters: str) -> tuple[int, ...] | None:
    """Return year, month and day of the template's parameters: with names, or the first three."""
    values: dict[str, str] = {}
    for number, parameter in enumerate(parameters.split("|")[:20]):
        name, equals, value = parameter.partition("=")
        values[name.strip().lower() if equals else ("year", "month", "day", "")[min(number, 3)]] = (
            value if equals else name
        ).strip()
    numbers = [values.get(name, "") for name in ("year", "month", "day")]
    if not all(number.isascii() and number.isdecimal() and len(number) <= len("2005") for number in numbers):
        return None
    return tuple(map(int, numbers))


def _lines(body: str) -> Iterator[str]:
    """Yield the lines that say something; a template or footnote that goes over several is one with its first."""
    line: list[str] = []
    depth = 0
    pieces = _PIECE.split(body.replace("\r\n", "\n"))
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=True):
        if piece == "\n" and (depth <= 0 or _LINE_START.match(following)):
            yield "".join(line).strip()
            line, depth = [], 0
            continue
        line.append(" " if piece == "\n" else piece)
        if piece == "{{" or (piece[:4].lower() == "<ref" and not piece.endswith("/>")):
            depth += 1
        elif piece == "}}" or piece[:5].lower() == "</ref":
            depth -= 1
    yield "".join(line).strip()


class _Reader:
    """Reads the lines of a page one after the other and gathers its bullets."""

    def __init__(self, notes: dict[str, tuple[Source, ...]] | None = None) -> None:
        from bot.sources.wiki_nodes import NodeWriter

        self.bullets: list[Bullet] = []
        self.notes = {} if notes is None else notes
        self.missed = 0
        self._category: str | None = None
        self._writer = NodeWriter(self.notes)

    def read(self, lines: list[str]) -> None:
        """Read lines: headings, bullets, and what is neither."""
        for line in lines:
            if len(line) > _LONGEST_LINE or len(_MARK.findall(line)) > _MOST_MARKS:
                self.missed += 1
            elif heading := _HEADING.fullmatch(line):
                self._read_heading(heading["list"] or heading["bold"] or heading["section"])
            elif bullet := _BULLET.fullmatch(line):
                self._read_bullet(len(bullet[1]), bullet[2])
            elif line and not _FRAME_LINE.fullmatch(line):
                read = self._written(line, 0)
                # A list of footnotes is no event, and known by now.
                is_footnote = line.lower().startswith("<ref")
                self.missed += 0 if is_footnote else max(len(read.cited), bool(read.text.strip()))

    def _read_heading(self, text: str) -> None:
        read = self._written(text, 0)
        self._category = clean(read.read()[0]).strip(" :") or self._category
        self.missed += len(read.cited)

    def _read_bullet(self, depth: int, text: str) -> None:
        bullet = self._written(text, depth)
        if bullet.cited or bullet.text.strip():
            self.bullets.append(bullet)

    def _written(self, text: str, depth: int) -> Bullet:
        bullet = Bullet(self._category, depth)
        self._writer.write(text.strip(), bullet)
        return bullet
