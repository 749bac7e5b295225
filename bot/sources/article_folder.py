"""The folder of facts about Wikipedia articles, beside the fetched pages: ``articles/en/3f.jsonl``."""

from collections.abc import Iterable
from pathlib import Path

from bot.domain.article import Article, ArticleName
from bot.domain.errors import DiskError, PageError
from bot.formats.articles import FOLDER, SUFFIX, articles_file, file_of, read_articles, write_articles
from bot.formats.page_format import decode_page
from bot.sources.whole_files import UNFINISHED, flush_folder, write_whole


class ArticleFolder:
    """Facts on the disk, below the folder of pages ``pages``. Raises DiskError.

    ``unreadable`` are the files that are not as they should be, and why: somebody may have edited them. They are left
    as they are.
    """

    def __init__(self, pages: Path) -> None:
        self._pages = pages
        self.root = pages / FOLDER
        self.unreadable: dict[Path, str] = {}

    def read(self) -> dict[ArticleName, Article]:
        """Return all articles, and remove what a killed fetch has left."""
        for file in self.root.glob(f"*/{UNFINISHED}*"):
            file.unlink(missing_ok=True)
        files = [file for file in sorted(self.root.glob(f"*/*{SUFFIX}")) if articles_file(file.as_posix())]
        return {article.name: article for file in files for article in self._read(file)}

    def write(self, articles: Iterable[Article]) -> None:
        """Write articles in place of what was known of them; each file is whole, as it was or as it is to be."""
        files: dict[Path, list[Article]] = {}
        for article in articles:
            files.setdefault(self._pages / file_of(article.name), []).append(article)
        for file, changed in files.items():
            known = {article.name: article for article in self._read(file)} if file.exists() else {}
            if file not in self.unreadable:
                write_whole(file, write_articles({**known, **{article.name: article for article in changed}}.values()))
        for folder in {file.parent for file in files}:
            flush_folder(folder)

    def can_hold(self, name: ArticleName) -> bool:
        """Return whether an article can be written: its file is not there, or can be read."""
        return self._pages / file_of(name) not in self.unreadable

    def _read(self, file: Path) -> list[Article]:
        try:
            return read_articles(decode_page(file.read_bytes()), file.as_posix())
        except PageError as error:
            self.unreadable[file] = str(error)
            return []
        except OSError as error:
            raise DiskError(f"{file} cannot be read ({error.strerror}): check who owns it") from error
