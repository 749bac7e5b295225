"""The Wikipedia articles that the archive knows, as those who build events look them up."""

import json
import sqlite3
from collections.abc import Iterable

from bot.archive.inserts import encode
from bot.domain.article import ADDRESS_PART, ArticleName, KnownArticle, first_article, lead_article

# The columns of articles of these names, JSON: [[language, title], ...].
ARTICLES = """
    SELECT article.language, article.title, size, image, credit, checked, item FROM json_each(?) AS name
    JOIN article ON article.language = name.value ->> 0 AND article.title = name.value ->> 1
"""


def known_items(db: sqlite3.Connection, sources: Iterable[str]) -> list[str | None]:
    """Return what the lead articles of pages are about, as far as it is known, given each page's sources, JSON."""
    names = [lead_article(json.loads(text)) if ADDRESS_PART in text else None for text in sources]
    rows = db.execute(ARTICLES, (encode([name for name in names if name]),)) if any(names) else ()
    items = {ArticleName(row[0], row[1]): row[6] for row in rows}
    return [items.get(name) if name else None for name in names]


class KnownArticles:
    """The articles of the open archive ``db``."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        (self._has_any,) = db.execute("SELECT EXISTS (SELECT 1 FROM article)").fetchone()

    def of_sources(self, sources: Iterable[str | None]) -> dict[ArticleName, KnownArticle]:
        """Return the first articles among sources, each a page's, JSON; as far as they are known."""
        if not self._has_any:
            return {}
        texts = (text for text in sources if text and ADDRESS_PART in text)
        names = {name for text in texts if (name := first_article(json.loads(text)))}
        rows = self._db.execute(ARTICLES, (encode(list(names)),)).fetchall() if names else []
        return {ArticleName(row[0], row[1]): KnownArticle(*row[2:5]) for row in rows}
