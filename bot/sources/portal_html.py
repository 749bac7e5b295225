"""Reads a day's page of Wikipedia's *Portal:Current events* as ``action=parse&prop=text`` renders it. Pure."""

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qs, urlsplit

from lxml import etree
from lxml.etree import _Element

from bot.domain.errors import FetchError
from bot.domain.page import Source
from bot.formats.cleaning import clean
from bot.formats.context_lists import http_address
from bot.formats.templates import superscript
from bot.sources.article_titles import linked_title
from bot.sources.day_bullets import MOST_BULLETS, Bullet, events_of
from bot.sources.day_page import DayPage

_CONTENT = frozenset(("current-events-content", "description"))
_BULLETS = frozenset(("li", "dd"))
_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_BLOCKS = frozenset(("blockquote", "br", "div", "dl", "li", "ol", "p", "td", "tr", "ul"))
_HIDDEN_TAGS = frozenset(("figure", "noscript", "script", "style", "title"))
_HIDDEN_CLASSES = frozenset(
    ("editlink", "metadata", "mw-cite-backlink", "mw-editsection", "navbar", "navbox", "noprint", "thumb", "Z3988")
)
_FOOTNOTES = frozenset(("references", "reflist"))
_HIDDEN_STYLE = re.compile(r"(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)", re.IGNORECASE)
_EXPONENT = re.compile(r"\s*+[0-9+\-−]{1,8}+\s*+")
# Where the publisher stands in the machine-readable part of a citation.
_PUBLISHER_KEYS = ("rft.jtitle", "rft.pub")


def read_day_html(html: str, day: date) -> DayPage:
    """Return what a day's page says. Raises FetchError for a page of another day, or one without a list of events."""
    root = _parsed(html, day)
    content = _content(root, day)
    reader = _Reader(_footnotes(root) if "cite_note" in html else {})
    reader.walk(content)
    if len(reader.bullets) > MOST_BULLETS:
        raise FetchError(f"The page of {day} has more than {MOST_BULLETS:,} items, and no day has so many.")
    events, missed = events_of(reader.bullets)
    return DayPage(day, events, missed + reader.missed)


def _parsed(html: str, day: date) -> _Element:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    if root is None:
        raise FetchError(f"The page of {day} is empty or not HTML.")
    # What is nested deeper than libxml2 reads is cut off: better no page than a part of it.
    if fatal := parser.error_log.filter_from_fatals():
        raise FetchError(f"The page of {day} cannot be read as HTML to its end: {fatal[0].message.strip()}.")
    return root


def _content(root: _Element, day: date) -> _Element:
    """Return the element with the events of a day: the one below the day's date, if dates are given."""
    named, contents = "", 0
    for element in root.iter("*"):
        classes = _classes(element)
        if "bday" in classes:
            named = "".join(element.itertext()).strip()
        elif not _CONTENT.isdisjoint(classes):
            contents += 1
            if named in ("", day.isoformat()):
                return element
    if contents:
        raise FetchError(f"The page fetched for {day} is about another day: {clean(named)[:40]}.")
    raise FetchError(
        f"The page of {day} has no list of events (.current-events-content or .description): its template has changed."
    )


class _Reader:
    """Walks through the list of events and gathers its bullets."""

    def __init__(self, footnotes: dict[str, list[Source]]) -> None:
        self.bullets: list[Bullet] = []
        self.missed = 0
        self._footnotes = footnotes
        self._open: list[Bullet] = []
        self._category: str | None = None
        self._heading: list[str] | None = None

    def walk(self, content: _Element) -> None:
        """Read all that the element holds; how deep it is nested does not matter."""
        steps = etree.iterwalk(content, events=("start", "end"))
        for step, element in steps:
            if len(self.bullets) > MOST_BULLETS:
                break
            if step == "start":
                if self._begin(element):
                    self._write(element.text)
                else:
                    steps.skip_subtree()
            else:
                self._end(element)
                if element is not content:
                    self._write(element.tail)

    def _write(self, text: str | None) -> None:
        if not text:
            return
        if self._heading is not None:
            self._heading.append(text)
        elif self._open:
            self._open[-1].write(text)

    def _begin(self, element: _Element) -> bool:
        """Begin an element; return whether to read what it holds."""
        if element.tag in _BULLETS:
            self._open.append(Bullet(self._category, len(self._open) + 1))
            self.bullets.append(self._open[-1])
        elif not self._open and _is_heading(element):
            self._heading = []
        elif element.tag in _BLOCKS:
            self._write(" ")
        if not self._is_text(element):
            return False
        if element.tag == "a":
            self._begin_link(element)
        return True

    def _is_text(self, element: _Element) -> bool:
        """Return whether an element is text to read; if it is not, see to its citations."""
        classes = _classes(element)
        if "reference" in classes:
            self._cite([source for note in _notes(element) for source in self._footnotes.get(note, ())])
            return False
        if element.tag == "cite":
            self._cite(_cited(element))
            return False
        if _is_hidden(element, classes):
            # What lists the footnotes is no citation of its own.
            self.missed += 0 if not _FOOTNOTES.isdisjoint(classes) else sum(1 for _ in _external(element))
            return False
        if element.tag == "sup" and not len(element) and _EXPONENT.fullmatch(element.text or ""):
            self._write(superscript((element.text or "").strip()))
            return False
        return True

    def _cite(self, sources: list[Source]) -> None:
        if self._open:
            self._open[-1].cite(sources)
        else:
            self.missed += len(sources)

    def _begin_link(self, link: _Element) -> None:
        url = _source_address(link)
        if not self._open or self._heading is not None:
            self.missed += bool(url)
        elif url:
            self._open[-1].begin_source(url)
        elif "extiw" not in _classes(link) and (title := linked_title(link.get("href") or "", link.get("title"))):
            self._open[-1].begin_article(clean(title))

    def _end(self, element: _Element) -> None:
        if element.tag == "a" and self._open:
            self._open[-1].end_link()
        elif element.tag in _BULLETS:
            self._open.pop()
        elif self._heading is not None and _is_heading(element):
            self._category = clean("".join(self._heading)).strip(" :") or self._category
            self._heading = None
        if element.tag in _BLOCKS:
            self._write(" ")


def _classes(element: _Element) -> list[str]:
    return (element.get("class") or "").split()


def _is_heading(element: _Element) -> bool:
    """Return whether an element is a heading: by its role, its name, or as bold text that is all of its paragraph."""
    if element.tag in _HEADINGS or element.tag == "dt" or element.get("role") == "heading":
        return True
    parent = element.getparent()
    if element.tag != "b" or parent is None or parent.tag != "p":
        return False
    return len(parent) == 1 and not (parent.text or "").strip() and not (element.tail or "").strip()


def _is_hidden(element: _Element, classes: list[str]) -> bool:
    return (
        element.tag in _HIDDEN_TAGS
        or not (_HIDDEN_CLASSES.isdisjoint(classes) and _FOOTNOTES.isdisjoint(classes))
        or element.get("hidden") is not None
        or bool(_HIDDEN_STYLE.search(element.get("style") or ""))
    )


def _source_address(link: _Element) -> str | None:
    """Return the address that an external link cites; links to edit or to see a wiki's own pages cite nothing."""
    href, classes = link.get("href") or "", _classes(link)
    if "extiw" in classes or not href.lower().startswith(("http://", "https://", "//")):
        return None
    url = http_address(href)
    if not url or not (urlsplit(url).hostname or "").endswith(".wikipedia.org"):
        return url
    own_paths = ("/w/index.php",) if "external" in classes else ("/w/index.php", "/wiki/")
    return None if urlsplit(url).path.startswith(own_paths) else url


def _external(element: _Element) -> Iterator[tuple[_Element, str]]:
    """Yield the external links in an element, with their addresses."""
    for link in element.iter("a"):
        if url := _source_address(link):
            yield link, url


def _notes(element: _Element) -> Iterator[str]:
    """Yield the names of the footnotes that an element leads to."""
    for link in element.iter("a"):
        href = link.get("href") or ""
        if "#" in href:
            yield href.partition("#")[2]


def _footnotes(root: _Element) -> dict[str, list[Source]]:
    """Return the sources of each footnote, by its name."""
    items = ((item.get("id") or "", item) for item in root.iter("li"))
    return {name: _cited(item) for name, item in items if name.startswith("cite_note")}


def _cited(element: _Element) -> list[Source]:
    """Return the sources that a footnote, or a citation written with a template, names; no copies beside originals."""
    sources = [Source("".join(link.itertext()), url) for link, url in _external(element)]
    if element.tag != "cite" and element.find(".//cite") is None:
        return sources
    originals = [source for source in sources if "//web.archive.org/" not in source.url] or sources
    return [source._replace(name=_publisher(element)) for source in originals[:1]]


def _publisher(element: _Element) -> str:
    """Return who published what a template cites; "" if it does not say."""
    following = element.getnext()
    for part in (*element.iter("span"), *([following] if following is not None else ())):
        if "Z3988" in _classes(part):
            values = parse_qs(part.get("title") or "", max_num_fields=100)
            return next((values[key][0] for key in _PUBLISHER_KEYS if key in values), "")
    return ""
