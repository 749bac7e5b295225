"""Files of facts about articles, such as ``articles/en/3f.jsonl``: a line for each, in the order of titles. Pure.

``docs/pages.md`` says what stands in a line. An article's title says which file it is in, so that files stay small, and
a change of one article is a change of one line.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from bot.domain.article import ITEM, Article, ArticleImage, ArticleName, article_name
from bot.domain.errors import PageError
from bot.domain.text import cut
from bot.formats.cleaning import clean

SUFFIX = ".jsonl"
# The folder of these files, in that of the pages.
FOLDER = "articles"
_PATH = re.compile(r"(?:.*/)?(articles/([a-z-]{2,60})/[0-9a-f]{2}\.jsonl)", re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s/]+/\S*")
_LONGEST_ADDRESS, _LONGEST_AUTHOR, _LONGEST_LICENCE = 2000, 100, 60
# More than any article has, less than a database's whole number can hold.
_LARGEST = 10**12


def articles_file(path: str) -> str | None:
    """Return ``articles/en/3f.jsonl`` of the path of such a file; None for that of any other."""
    match = _PATH.fullmatch(path.replace("\\", "/")) if path.endswith(SUFFIX) else None
    return match[1] if match else None


def file_of(name: ArticleName) -> str:
    """Return the path, in the folder of pages, of the file that an article stands in."""
    number = hashlib.blake2b(name.title.encode(), digest_size=1).hexdigest()
    return f"{FOLDER}/{name.language}/{number}{SUFFIX}"


def write_articles(articles: Iterable[Article]) -> str:
    """Return the text of a file with these articles, each in a line."""
    return "".join(f"{_line(article)}\n" for article in sorted(articles, key=lambda article: article.name))


def read_articles(text: str, path: str) -> list[Article]:
    """Return the articles of a file, given its path. Raises PageError, which names the line that is none."""
    file = articles_file(path)
    if file is None:
        raise PageError("not a file of facts about articles")
    language = file.split("/")[1]
    articles: list[Article] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            articles.append(_article(json.loads(line), language))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            reason = f"line {number} is not about an article as docs/pages.md says: correct it or delete it"
            raise PageError(reason) from error
    return articles


def _line(article: Article) -> str:
    image = article.image
    values: dict[str, Any] = {
        "title": article.name.title,
        "redirect": article.redirect,
        "size": article.size,
        "item": article.item,
        "image": image and {"url": image.url, "author": image.author, "licence": image.licence, "page": image.page},
        "checked": article.checked.isoformat(),
    }
    return json.dumps({name: value for name, value in values.items() if value is not None}, ensure_ascii=False)


def _article(values: Mapping[str, Any], language: str) -> Article:
    title, size, image, item = values["title"], values.get("size"), values.get("image"), values.get("item")
    # As a page's address would name it.
    if article_name(f"https://{language}.wikipedia.org/wiki/{_quoted(title)}") != (language, title):
        raise ValueError(title)
    if size is not None and not (type(size) is int and 0 <= size < _LARGEST):
        raise ValueError(size)
    if item is not None and not ITEM.fullmatch(item):
        raise ValueError(item)
    return Article(
        name=ArticleName(language, title),
        size=size,
        image=None if image is None else _image(image),
        checked=date.fromisoformat(values["checked"]),
        redirect=_text(values["redirect"], len(title) + 1000) if values.get("redirect") else None,
        item=item,
    )


def _quoted(title: str) -> str:
    return title.replace("%", "%25").replace("?", "%3F")


def _image(values: Mapping[str, Any]) -> ArticleImage:
    author = values.get("author")
    return ArticleImage(
        url=_address(values["url"]),
        page=_address(values["page"]),
        licence=_text(values["licence"], _LONGEST_LICENCE),
        author=_text(author, _LONGEST_AUTHOR) if author else None,
    )


def _address(value: str) -> str:
    if len(value) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(value) or not value.isprintable():
        raise ValueError(value)
    return value


def _text(value: str, limit: int) -> str:
    """Return a text as cards can show it; what is empty cannot be used."""
    if text := cut(clean(value), limit):
        return text
    raise ValueError(value)
