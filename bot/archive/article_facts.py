"""Facts about Wikipedia articles: read from the files beside the pages, and brought to the events about them."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from bot.archive.database_file import failure, open_for_writing
from bot.archive.input_file import hash_of
from bot.archive.input_files import read_input
from bot.archive.inserts import LISTED, encode
from bot.archive.item_joins import dates_joined, dates_to_join, find_join, set_known_items
from bot.archive.known_articles import ARTICLES
from bot.archive.page_files import PAGES
from bot.archive.rebuild import Rebuilder
from bot.archive.workers import WorkerPool
from bot.database import transaction
from bot.domain.article import ADDRESS_PART, Article, ArticleName, first_article, lead_article
from bot.domain.errors import PageError
from bot.formats.articles import FOLDER, articles_file, read_articles
from bot.formats.page_format import decode_page

# Events that are built together: others can write in between.
_BUILT_TOGETHER = 250
_HASH = "SELECT hash FROM article_file WHERE path = ?"
_SAVE_HASH = "INSERT OR REPLACE INTO article_file (path, hash) VALUES (?, ?)"
_SAVE = """
    INSERT OR REPLACE INTO article (language, title, size, image, credit, checked, item)
    VALUES (:language, :title, :size, :image, :credit, :checked, :item)
"""
_CITING = f"SELECT {{}} FROM page INDEXED BY page_by_article WHERE instr(sources, '{ADDRESS_PART}')"
_KNOWN_ITEMS = f"""
    SELECT id, known_item, date FROM page JOIN page_path USING (id) WHERE id IN {LISTED} AND item IS NULL
"""
_ADD_OUTDATED = f"""
    INSERT OR REPLACE INTO outdated SELECT id, 1 FROM page_path WHERE id IN {LISTED} AND event_id IS NOT NULL
"""
_OUTDATED = f"SELECT path_id FROM outdated WHERE rebuild AND path_id IN {LISTED} ORDER BY path_id"


class _Facts(NamedTuple):
    """An article, by the names of its columns."""

    language: str
    title: str
    size: int | None
    image: str | None
    credit: str | None
    checked: str
    item: str | None

    @property
    def taken(self) -> tuple[int | None, str | None, str | None]:
        """What events take from it."""
        return self.size, self.image, self.credit

    @classmethod
    def of(cls, article: Article) -> "_Facts":
        image = article.image
        url, credit = (image.url, image.credit) if image else (None, None)
        return cls(*article.name, article.size, url, credit, article.checked.isoformat(), article.item)


class ArticleFacts:
    """Stores facts in an open transaction, and marks the events that they change as outdated.

    ``path_ids`` are the pages of these events; ``dates`` (ISO) are days whose events are to be built again at once,
    since what they were joined by is known to be otherwise.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.path_ids: list[int] = []
        self.dates: set[str] = set()
        self._changed: set[ArticleName] = set()
        # What articles are about now.
        self._items: dict[ArticleName, str | None] = {}

    def store(self, path: str, data: bytes) -> None:
        """Store what a file tells, if it has changed; what is known from a later day stays. Raises PageError."""
        file, file_hash = articles_file(path) or path, hash_of(data)
        if self.db.execute(_HASH, (file,)).fetchone() == (file_hash,):
            return
        articles = map(_Facts.of, read_articles(decode_page(data), path))
        self._save({ArticleName(facts.language, facts.title): facts for facts in articles})
        self.db.execute(_SAVE_HASH, (file, file_hash))

    def mark_events(self) -> None:
        """Mark the events outdated whose articles have changed."""
        if not self._changed and not self._items:
            return
        known: dict[int, str | None] = {}
        for page_id, sources in self.db.execute(_CITING.format("id, sources")):
            cited = json.loads(sources)
            if first_article(cited) in self._changed:
                self.path_ids.append(page_id)
            if (lead := lead_article(cited)) in self._items:
                known[page_id] = self._items[lead]
        self.path_ids += self._set_items(known)
        self.db.execute(_ADD_OUTDATED, (encode(self.path_ids),))

    def _set_items(self, known: dict[int, str | None]) -> list[int]:
        """Store what the lead articles of pages (ids) are about; return the pages whose events may be joined now."""
        rows: list[tuple[int, str | None, str]] = self.db.execute(_KNOWN_ITEMS, (encode(list(known)),)).fetchall()
        changed = [(page_id, old, day) for page_id, old, day in rows if old != known[page_id]]
        set_known_items(self.db, ((page_id, known[page_id]) for page_id, _, _ in changed))
        self.dates = {day for _, old, day in changed if old}
        self.dates |= dates_joined(self.db, {item for page_id, _, _ in changed if (item := known[page_id])})
        self.dates |= dates_to_join(self.db, {old for _, old, _ in changed if old})
        return [page_id for page_id, _, _ in changed if find_join(self.db, page_id)]

    def _save(self, articles: dict[ArticleName, _Facts]) -> None:
        rows = self.db.execute(ARTICLES, (encode(list(articles)),))
        stored = {ArticleName(facts.language, facts.title): facts for facts in map(_Facts._make, rows)}
        for name, facts in articles.items():
            old = stored.get(name)
            if old and old.checked > facts.checked:
                continue
            self.db.execute(_SAVE, facts._asdict())
            # Of an article that is not there, events take as much as of one that is not known.
            if facts.taken != (old.taken if old else (None, None, None)):
                self._changed.add(name)
            if facts.item != (old.item if old else None):
                self._items[name] = facts.item


def with_unread(inputs: Iterable[Path], archive: Path, db: sqlite3.Connection) -> list[Path]:
    """Return an import's inputs, with the folder of facts beside an archive that knows none: it may be a new one."""
    inputs, folder = list(inputs), archive.with_name(PAGES) / FOLDER
    (is_new,) = db.execute("SELECT NOT EXISTS (SELECT 1 FROM article)").fetchone()
    if is_new and folder.is_dir():
        place = folder.resolve()
        if not any(place.is_relative_to(path.resolve()) for path in inputs if path.is_dir()):
            inputs.append(folder)
    return inputs


def build_outdated(db: sqlite3.Connection, path_ids: Sequence[int]) -> None:
    """Build the outdated events of these paths, a part at a time; ended in between, upkeep builds the rest."""
    outdated = [row[0] for row in db.execute(_OUTDATED, (encode(list(path_ids)),))]
    for start in range(0, len(outdated), _BUILT_TOGETHER):
        part = outdated[start : start + _BUILT_TOGETHER]
        with transaction(db), WorkerPool(size=0) as workers:
            Rebuilder(db).rebuild_events(part, workers)
            db.execute(f"DELETE FROM outdated WHERE path_id IN {LISTED}", (encode(part),))


def load_facts(archive: Path, folder: Path) -> list[str]:
    """Read the files of a folder of facts, and bring the events up to date; return, a sentence each, what was not read.

    Raises ArchiveError.
    """
    problems: list[str] = []
    with closing(open_for_writing(archive)) as db:
        try:
            with transaction(db):
                facts = ArticleFacts(db)
                for file in read_input(folder) if folder.is_dir() else ():
                    if file.data is None:
                        problems.append(f"{file.name} was not read: {file.problem}")
                    elif articles_file(file.path):
                        # What is wrong with it, those who fetch find themselves.
                        with suppress(PageError):
                            facts.store(file.path, file.data)
                facts.mark_events()
                if facts.dates:
                    with WorkerPool(size=0) as workers:
                        Rebuilder(db).rebuild(facts.dates, (), workers, step=lambda: None)
            build_outdated(db, facts.path_ids)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise failure(archive, error) from error
    return problems


def cited_articles(archive: Path) -> list[ArticleName]:
    """Return the articles that the archive's events are about. Raises ArchiveError."""
    with closing(open_for_writing(archive)) as db:
        try:
            sources = (json.loads(row[0]) for row in db.execute(f"{_CITING.format('sources')} AND withdrawn IS NULL"))
            return sorted({name for cited in sources if (name := first_article(cited))})
        except sqlite3.Error as error:
            raise failure(archive, error) from error
