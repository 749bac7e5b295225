"""Wikipedia articles that events are about: their names, and the facts that are known of them. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from urllib.parse import unquote

# What stands in the address of every article, and in hardly any other.
ADDRESS_PART = ".wikipedia.org/wiki/"
_ADDRESS = re.compile(r"https?://(?!www\.)([a-z]{2,12}(?:-[a-z]{1,12})*)(?:\.m)?\.wikipedia\.org/wiki/([^?#]+)")
_BLANKS = re.compile(r"[\s_]+")
# How Wikidata numbers what articles are about in every language.
ITEM = re.compile(r"Q[1-9][0-9]{0,14}")
# What no title can have, and what is left of bytes that are no UTF-8.
_NO_TITLE = re.compile("[|<>\\[\\]{}#\ufffd]")
# In bytes.
_LONGEST_TITLE = 255


class ArticleName(NamedTuple):
    """An article: the language of its Wikipedia, as in the address, and its title with blanks."""

    language: str
    title: str


class KnownArticle(NamedTuple):
    """What an event takes from its article: the size in bytes, the lead image, and whose image that is."""

    size: int | None
    image: str | None
    credit: str | None


@dataclass(frozen=True, slots=True)
class ArticleImage:
    """The lead image of an article, which is free: its address, its file's page, its licence, its author if known."""

    url: str
    page: str
    licence: str
    author: str | None

    @property
    def credit(self) -> str:
        """Author, licence and page, as ``credit.py`` takes a credit apart."""
        return ", ".join(filter(None, (self.author, self.licence, self.page)))


@dataclass(frozen=True, slots=True)
class Article:
    """What is known of an article since the day on which it was ``checked``.

    ``size`` is in bytes, None where there is no such article; ``item`` is what it is about in every language, None if
    that is not known; ``redirect`` is the title of the one that a redirect leads to, whose facts these are.
    """

    name: ArticleName
    size: int | None
    image: ArticleImage | None
    checked: date
    redirect: str | None = None
    item: str | None = None


def article_name(address: str) -> ArticleName | None:
    """Return which article is at an address; None if none is."""
    match = _ADDRESS.match(address)
    if not match:
        return None
    title = unicodedata.normalize("NFC", _BLANKS.sub(" ", unquote(match[2])).strip())
    if not title or _NO_TITLE.search(title) or not title.isprintable() or len(title.encode()) > _LONGEST_TITLE:
        return None
    # The first letter is a capital, as everywhere on Wikipedia; some letters have none, or two.
    first = title[0].upper() if len(title[0].upper()) == 1 else title[0]
    return ArticleName(match[1], first + title[1:])


def lead_article(sources: Sequence[Sequence[str]]) -> ArticleName | None:
    """Return the article that a page names first, before all other sources, pairs of a name and an address."""
    return first_article(sources[:1])


def first_article(sources: Iterable[Sequence[str]]) -> ArticleName | None:
    """Return the first article among sources, pairs of a name and an address: the one that is about the event."""
    names = (article_name(address) for _, address in sources if ADDRESS_PART in address)
    return next(filter(None, names), None)
