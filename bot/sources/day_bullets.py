"""Makes the events of a day's page from its bullets, in whichever form these were written. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from bot.domain.page import Source
from bot.formats.cleaning import clean
from bot.formats.context_lists import source_name
from bot.sources.citations import CITED, LINKED, split_citations
from bot.sources.day_page import DayEvent

# More than any day has; a page with more is none.
MOST_BULLETS = 5_000
# Many bullets may cite one footnote.
MOST_IN_FOOTNOTE = 20
_NO_MARKS = dict.fromkeys(range(9))
_NO_LINKS = dict.fromkeys(map(ord, LINKED))
# "[[Topic]]: What happened": the links in front of the colon.
_TOPIC = re.compile(r"\s*+(?:\x04[^\x04\x05]*+\x05(?:\s*+(?:,|and\b|/|–)\s*+)?)++\s*+:\s++(?=\S)")
_LINKED = re.compile(r"\x04[^\x04\x05]*+\x05")


@dataclass(slots=True)
class Bullet:
    """A bullet as it is being read: below which heading, how deep, what it says, links and cites."""

    category: str | None
    depth: int
    parts: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    cited: list[Source] = field(default_factory=list)
    footnotes: set[Source] = field(default_factory=set)
    open_link: str = ""

    def write(self, text: str) -> None:
        """Add text."""
        self.parts.append(text.translate(_NO_MARKS))

    def begin_article(self, title: str) -> None:
        """Begin the label of a link to an article."""
        self._begin(LINKED)
        self.titles.append(title)

    def begin_source(self, url: str) -> None:
        """Begin the label of an external link; the label is the source's name."""
        self._begin(CITED)
        self.cited.append(Source("", url))

    def _begin(self, marks: tuple[str, str]) -> None:
        self.end_link()
        begin, self.open_link = marks
        self.parts.append(begin)

    def end_link(self) -> None:
        """End the label that was begun last, if none has ended it."""
        self.parts.append(self.open_link)
        self.open_link = ""

    def cite(self, sources: Iterable[Source]) -> None:
        """Add sources that the text does not show: those of a footnote, each once."""
        self.end_link()
        for source in islice(sources, MOST_IN_FOOTNOTE):
            if source not in self.footnotes:
                self.footnotes.add(source)
                self.cited.append(source)
                self.parts.append("".join(CITED))

    @property
    def text(self) -> str:
        """What it says, with the marks of its links."""
        return "".join(self.parts)

    def read(self) -> tuple[str, tuple[Source, ...]]:
        """Return its plain text without citations, and its sources, each address once."""
        text, labels = split_citations(self.text.translate(_NO_LINKS))
        sources: dict[str, Source] = {}
        for (name, url), label in zip(self.cited, labels, strict=True):
            sources.setdefault(url, Source(source_name(name or label, url), url))
        return clean(text), tuple(sources.values())


def events_of(bullets: Sequence[Bullet]) -> tuple[tuple[DayEvent, ...], int]:
    """Return the events of a day's bullets, and how many citations stand in a bullet that says nothing else.

    A bullet with a citation is an event. One without, above deeper ones, is their heading.
    """
    events: list[DayEvent] = []
    missed = 0
    # Of each bullet above: how deep it stands, and all headings from there on.
    above: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for bullet, following in zip_longest(bullets, bullets[1:]):
        while len(above) > 1 and above[-1][0] >= bullet.depth:
            above.pop()
        headings = above[-1][1]
        is_above = following is not None and following.depth > bullet.depth
        if bullet.cited:
            headings = _unique(headings, _take_topic(bullet))
            event = _event(bullet, headings)
            events += [event] if event else []
            missed += 0 if event else len(bullet.cited)
        elif is_above:
            headings = _unique(headings, _headings(bullet))
        if is_above:
            above.append((bullet.depth, headings))
    return tuple(events), missed


def _event(bullet: Bullet, headings: tuple[str, ...]) -> DayEvent | None:
    text, sources = bullet.read()
    return DayEvent(bullet.category, headings, text, _unique(bullet.titles), sources) if text else None


def _take_topic(bullet: Bullet) -> list[str]:
    """Return the articles that a bullet names in front of its text, with a colon, and take them out of it."""
    text = bullet.text
    match = _TOPIC.match(text)
    if not match:
        return []
    count = len(_LINKED.findall(match[0]))
    topics, bullet.titles = bullet.titles[:count], bullet.titles[count:]
    bullet.parts = [text[match.end() :]]
    return topics


def _headings(bullet: Bullet) -> Iterable[str]:
    """Return the titles of the articles that a heading links, or else what it says."""
    return bullet.titles or [text for text in (clean(bullet.text.translate(_NO_LINKS)).strip(" :"),) if text]


def _unique(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some if name))
