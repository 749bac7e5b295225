"""Fetches facts about the Wikipedia articles that events are about: sizes, items and lead images.

For 50 articles at a time: ask for their sizes, their items and the names of their images; ask whether these are free,
and whose they are; write the facts beside the pages. The files are all that is remembered: killed at any moment, the
next fetch asks for what is not in them. The archive reads them again at the beginning and at the end.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from bot.clock import Clock
from bot.domain.article import ITEM, Article, ArticleImage, ArticleName
from bot.domain.errors import DiskError, FetchError
from bot.formats.articles import file_of
from bot.sources.article_folder import ArticleFolder
from bot.sources.fetch_report import FetchProgress, FetchReport
from bot.sources.free_images import FILE_PARAMS, free_image
from bot.sources.wikipedia import TITLES_AT_ONCE, QueriedPages, Wikipedia

T = TypeVar("T")
# Facts are asked for again after so many days.
FRESH = timedelta(days=30)
_ARTICLE_PARAMS = {
    "prop": "info|pageimages|pageprops",
    "redirects": "1",
    "converttitles": "1",
    "piprop": "name",
    "pilicense": "free",
    "pilimit": str(TITLES_AT_ONCE),
    "ppprop": "wikibase_item",
}
# In one request; addresses that are much longer are refused. In characters, encoded.
_LONGEST_TITLES = 6000

# Brings the archive up to date with the folder of facts; returns, a sentence each, what it did not take.
Load = Callable[[], Sequence[str]]


class ArticlesFetch:
    """One fetch of facts about articles, which its ``report`` counts.

    ``wikipedia`` opens the Wikipedia of a language, ``load`` has the archive read what was written. Raises FetchError
    where the disk cannot be written; what is wrong with a Wikipedia is an alarm in the report.
    """

    def __init__(
        self, wikipedia: Callable[[str], Wikipedia], folder: ArticleFolder, load: Load, *, clock: Clock
    ) -> None:
        self._wikipedia = wikipedia
        self._folder = folder
        self._load = load
        self._today = clock.now().date()
        self.report = FetchReport()

    async def run(self, names: Collection[ArticleName], progress: FetchProgress) -> None:
        """Bring the facts about articles up to date, as far as they are not fresh."""
        known = self._folder.read()
        # A fetch that was killed may have written some, and not had them read.
        problems = [*self._load()]
        stale = [name for name in names if not self._is_fresh(known.get(name)) and self._folder.can_hold(name)]
        self.report.visited = len(names)
        self.report.unchanged = len(names) - len(stale)
        # Where there is nothing to ask for, nothing is out of reach.
        self.report.reached = not stale
        for language in sorted({name.language for name in stale}):
            some = [name for name in stale if name.language == language]
            try:
                async for done in self._fetch(self._wikipedia(language), some, known):
                    self.report.fetched += done
                    progress(self.report.fetched, len(stale))
            except DiskError:
                raise
            except FetchError as error:
                self.report.alarms.append(str(error))
        if self.report.written:
            problems += self._load()
        unreadable = (f"{file} is not a file of facts ({why})" for file, why in self._folder.unreadable.items())
        self.report.alarms += dict.fromkeys([*problems, *unreadable])

    def _is_fresh(self, article: Article | None) -> bool:
        return article is not None and self._today - article.checked < FRESH

    async def _fetch(
        self, wikipedia: Wikipedia, names: Sequence[ArticleName], known: Mapping[ArticleName, Article]
    ) -> AsyncIterator[int]:
        """Fetch articles of one language, those first of which nothing is known; yield how many at a time."""
        # Together those of a file.
        ordered = sorted(names, key=lambda name: (name in known, file_of(name), name))
        for some in _parts(ordered, lambda name: name.title):
            articles = await self._ask(wikipedia, some)
            self.report.reached = True
            self._folder.write(articles)
            self._count(articles, known)
            yield len(some)

    async def _ask(self, wikipedia: Wikipedia, names: Sequence[ArticleName]) -> list[Article]:
        """Return what is said about articles; one that is passed over is to be asked for again."""
        pages = await wikipedia.query([name.title for name in names], **_ARTICLE_PARAMS)
        rows = {name: pages.rows.get(pages.title_of(name.title), {}) for name in names}
        files = sorted({f"File:{row['pageimage']}" for row in rows.values() if _has_image(row)})
        images: dict[str, ArticleImage | None] = {}
        for some in _parts(files, lambda file: file):
            found = await wikipedia.query(some, **FILE_PARAMS)
            images |= {file: free_image(found.rows.get(found.title_of(file), {})) for file in some}
        return [
            self._article(name, row, images, pages)
            for name, row in rows.items() if row or pages.title_of(name.title) in pages.elsewhere
        ]  # fmt: skip

    def _article(
        self,
        name: ArticleName,
        row: Mapping[str, Any],
        images: Mapping[str, ArticleImage | None],
        pages: QueriedPages,
    ) -> Article:
        size = row.get("length")
        if not isinstance(size, int) or row.get("missing") or row.get("ns"):
            # Not there, or no article.
            return Article(name, None, None, self._today)
        title = pages.title_of(name.title)
        return Article(
            name=name,
            size=size,
            image=images.get(f"File:{row.get('pageimage')}"),
            checked=self._today,
            redirect=title if title != pages.normalized.get(name.title, name.title) else None,
            item=_item(row),
        )

    def _count(self, articles: Sequence[Article], known: Mapping[ArticleName, Article]) -> None:
        report = self.report
        for article in articles:
            old = known.get(article.name)
            is_same = old is not None and (old.size, old.image, old.item) == (
                article.size, article.image, article.item,
            )  # fmt: skip
            report.unchanged += is_same
            report.changed += old is not None and not is_same
            report.written += not is_same


def _has_image(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("pageimage"), str) and "|" not in row["pageimage"]


def _item(row: Mapping[str, Any]) -> str | None:
    """Return what an article is about; one that is new, or alone in its language, may have no item yet."""
    properties = row.get("pageprops")
    item = properties.get("wikibase_item") if isinstance(properties, dict) else None
    return item if isinstance(item, str) and ITEM.fullmatch(item) else None


def _parts(values: Sequence[T], title: Callable[[T], str]) -> Iterator[list[T]]:
    """Yield pages, each with a title, that fit into one request."""
    part: list[T] = []
    size = 0
    for value in values:
        encoded = len(quote(title(value))) + 3
        if part and (len(part) == TITLES_AT_ONCE or size + encoded > _LONGEST_TITLES):
            yield part
            part, size = [], 0
        part.append(value)
        size += encoded
    if part:
        yield part
