"""Reads the lists of Wikipedia's *On this day* feed: what happened on a day, as each Wikipedia tells it. Pure.

The feed is ``/api/rest_v1/feed/onthisday/{type}/{MM}/{DD}``: an object with a list under the name of its type. An entry
has ``text``, ``year`` (negative before Christ) and ``pages``, the summaries of the articles that it links.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

from babel.dates import format_skeleton

from bot.domain.article import ITEM
from bot.domain.errors import FetchError
from bot.domain.text import fold
from bot.formats.cleaning import clean

# The Wikipedias that have the feed.
LANGUAGES = ("ar", "bs", "cs", "de", "en", "es", "fr", "it", "pt", "ru", "sv", "tr", "uk", "zh")
# The lists that are read. The editors' choice changes from year to year.
SELECTED, EVENTS = "selected", "events"
# No day has as many entries, and no entry as many articles.
_MOST_ENTRIES, _MOST_ARTICLES = 1000, 60
_COMMONS = re.compile(r"https://(?:upload|thumb)\.wikimedia\.org/wikipedia/commons/[!-~]+")
# Discord shows images 550 pixels wide at most, on screens with two or three pixels for one. Of wider ones Wikimedia has
# smaller copies, but only of some widths: https://www.mediawiki.org/wiki/Common_thumbnail_sizes
_WIDEST, _SMALLER = 1600, "/960px-"
_WIDTH = re.compile(r"/\d+px-(?=[^/]+$)")
_SHOWN = (".jpg", ".jpeg", ".png", ".gif", ".webp")
_YEAR = re.compile(r"\d+")
# What only a year's article has behind its number: 1905 год, 1905年.
_LONGEST_YEAR_WORD = 4
# Says that an entry's picture is beside the list: (pictured).
_PICTURED = {
    "en": r"[\w ,'-]*\b(?:pictured|depicted|shown|illustrated)\b[\w ,'-]*", "de": r"[\w ]*\bBild\b[\w ]*",
    "fr": r"(?:photo|photographie|image|illustration|portrait|tableau|logo)(?: ci-contre)?",
    "sv": r"(?:på |se )?bilden?",
    "es": r"(?:en la )?(?:imagen|foto|fotografía)", "pt": r"(?:na )?(?:imagem|foto)",
    "it": r"(?:nella |nell['’])?(?:foto|immagine)", "cs": r"(?:na )?(?:obrázku|snímku|obrázek)", "bs": r"(?:na )?slici",
    "ru": r"на (?:илл|фото|рис|иллюстрации|картинке)\.?", "uk": r"на (?:зобр|фото|світлині|зображенні)\.?",
    "ar": "في الصورة", "tr": r"(?:resimde|görselde|fotoğrafta)", "zh": r"[如见見]?[右左上下]?[圖图]片?示?",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Article:
    """An article that an entry links; ``item`` is what it is about in every language, ``is_date`` if that is a date."""

    title: str
    url: str
    item: str | None
    description: str
    image: str | None
    is_date: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened on a date, as one list of one Wikipedia tells it, and the articles that it links."""

    date: date
    text: str
    articles: tuple[Article, ...]
    is_selected: bool

    @property
    def lead(self) -> Article | None:
        """The article about what happened: it names its year, or else is linked first."""
        articles = [article for article in self.articles if not article.is_date]
        about = (article for article in articles if _names_year(article, self.date.year))
        return next(about, articles[0] if articles else None)


@dataclass(frozen=True, slots=True)
class ReadList:
    """What one list says, or both. Left out are entries from before Christ, and those of no date or without words."""

    entries: tuple[Entry, ...]
    before_christ: int = 0
    left_out: int = 0

    def __add__(self, other: "ReadList") -> "ReadList":
        return ReadList(
            (*self.entries, *other.entries), self.before_christ + other.before_christ, self.left_out + other.left_out
        )


def read_list(body: bytes, kind: str, language: str, month: int, day: int) -> ReadList:
    """Return what a list of a day says; ``kind`` is its type. Raises FetchError for what is no such list."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchError("the answer is not JSON") from error
    rows = document.get(kind) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise FetchError(f"the answer has no list “{kind}”")
    if len(rows) > _MOST_ENTRIES:
        raise FetchError(f"the list “{kind}” has {len(rows):,} entries, and no day has so many")
    before_christ = sum(_year(row, default=1) < 1 for row in rows)
    entries = [entry for row in rows if (entry := _entry(row, kind, language, month, day))]
    return ReadList(tuple(entries), before_christ, len(rows) - before_christ - len(entries))


def day_name(language: str, month: int, day: int) -> str:
    """Return the title of a day's article, as a Wikipedia has it: ``November 12``, ``12. November``."""
    # 2000 has every day.
    return str(format_skeleton("MMMMd", date(2000, month, day), locale=language))


def _entry(row: object, kind: str, language: str, month: int, day: int) -> Entry | None:
    year = _year(row, default=0)
    row = row if isinstance(row, dict) else {}
    text = row.get("text")
    pages = row.get("pages")
    if not isinstance(text, str) or not (headline := _headline(text, language)):
        return None
    try:
        when = date(year, month, day)
    except (ValueError, OverflowError):
        # A holiday has no year; 29 February is of a year that had none, in our calendar; or before Christ.
        return None
    days_name = fold(day_name(language, month, day))
    summaries = pages[:_MOST_ARTICLES] if isinstance(pages, list) else ()
    articles = (_article(page, language, year, days_name) for page in summaries)
    unique = {article.title: article for article in articles if article}
    return Entry(when, headline, tuple(unique.values()), is_selected=kind == SELECTED)


def _year(row: object, *, default: int) -> int:
    year = row.get("year") if isinstance(row, dict) else None
    return year if isinstance(year, int) and not isinstance(year, bool) else default


def _headline(text: str, language: str) -> str:
    """Return an entry's text, clean, without what points to a picture."""
    headline = clean(text)
    if pictured := _PICTURED.get(language):
        headline = re.sub(rf"\s*[(（]{pictured}[)）]", "", headline, flags=re.IGNORECASE)
    return headline.strip()


def _article(page: object, language: str, year: int, days_name: str) -> Article | None:
    """Return an article, given its summary; None for what is none."""
    if not isinstance(page, dict) or page.get("type") in ("disambiguation", "mainpage"):
        return None
    titles = page.get("titles")
    titles = titles if isinstance(titles, dict) else {}
    title = clean(_text(titles.get("normalized")) or _text(page.get("title")).replace("_", " "))
    if not title:
        return None
    item = _text(page.get("wikibase_item"))
    return Article(
        title=title,
        url=_address(page, _text(titles.get("canonical")) or title.replace(" ", "_"), language),
        item=item if ITEM.fullmatch(item) else None,
        description=_text(page.get("description")),
        image=_image(page),
        is_date=fold(title) == days_name or _is_year(title, year),
    )


def _address(page: Mapping[str, Any], title: str, language: str) -> str:
    """Return the address of an article: the one that its summary gives, if that is Wikipedia's."""
    address = page.get("content_urls")
    for name in ("desktop", "page"):
        address = address.get(name) if isinstance(address, dict) else None
    host = urlsplit(_text(address)).netloc
    if host.endswith(".wikipedia.org") and _text(address).startswith("https://"):
        return _text(address)
    return f"https://{language}.wikipedia.org/wiki/{quote(title, safe='/:@!$,;()*~')}"


def _image(page: Mapping[str, Any]) -> str | None:
    """Return the picture of an article, if it is of Commons, where all are free: whole, or smaller if it is large."""
    whole, small = _linked_image(page.get("originalimage")), _linked_image(page.get("thumbnail"))
    if whole and whole[1] <= _WIDEST and whole[0].lower().endswith(_SHOWN):
        return whole[0]
    if small is None:
        return None
    return _WIDTH.sub(_SMALLER, small[0]) if whole and whole[1] > _WIDEST else small[0]


def _linked_image(row: object) -> tuple[str, int] | None:
    """Return the address and the width of an image in pixels, 0 where that is not said."""
    row = row if isinstance(row, dict) else {}
    source, width = _text(row.get("source")), row.get("width")
    address = f"https:{source}" if source.startswith("//") else source
    return (address, width if isinstance(width, int) else 0) if _COMMONS.fullmatch(address) else None


def _is_year(title: str, year: int) -> bool:
    number = _YEAR.search(title)
    return number is not None and int(number[0]) == year and len(title) - len(number[0]) <= _LONGEST_YEAR_WORD


def _names_year(article: Article, year: int) -> bool:
    """Return whether an article is about what happened in a year: lives, reigns and wars have two in their description.

    ``Battle of Posada`` is described as ``1330 battle between Wallachian and Hungarian armies``.
    """
    return str(year) in _YEAR.findall(article.title) or _YEAR.findall(article.description) == [str(year)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
