"""Writes parsed pages and day indexes into the source tables.

These are page_path and wording; page, mention and former_path; day_index and index_topic.
"""

import sqlite3
from collections.abc import Container, Iterable, Sequence
from dataclasses import fields
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.inserts import LISTED, encode, insert_into
from bot.archive.known_articles import known_items
from bot.archive.page_reader import ParsedPage
from bot.archive.ranking import MOST_PATHS
from bot.domain.errors import ArchiveError
from bot.domain.page import Mention, Page, key_of
from bot.formats.context import CONTEXT, guess_language
from bot.formats.page_path import date_of_path

# A page's fields are columns of ``page``, but for those that have tables of their own.
_PAGE_FIELDS = [
    field.name for field in fields(Page) if field.name not in ("path", "date", "related", "former_paths")
]  # fmt: skip
_INSERT_PAGE = insert_into("page", ("id", "hash", "format", "format_version", "origin", "known_item", *_PAGE_FIELDS))
# Pages name the same topics, and mention each other, again and again: so much of either is remembered.
_encode_list = lru_cache(1 << 14)(encode)
_MOST_IDS = 1 << 15


class StoredFile(NamedTuple):
    """What was stored of a file: the id of its path, its hash, where it came from, and the format that read it."""

    path_id: int
    hash: bytes
    origin: str
    format: str
    format_version: int


# The id of a path, a language, and the headline that the path goes by in it.
_Wording = tuple[int, str, str]


class PageStore:
    """Writes pages and day indexes, and collects what is to be built again.

    ``dates`` (ISO) are the days on which pages, or paths without a page, came, went or changed: which of their paths
    are one event may be another question now. ``mentioned`` are the ids of paths with a page that others mention in
    another way than before: they are about the same event as before, but its topics and its score may change. ``items``
    are what the lead articles of pages were about that went or changed.
    """

    def __init__(self, db: sqlite3.Connection, *, forgotten: ForgottenEvents) -> None:
        self.db = db
        self.dates: set[str] = set()
        self.mentioned: set[int] = set()
        self.items: set[str] = set()
        self._forgotten = forgotten
        self._path_id_cache: dict[str, int] = {}
        self._wording_id_cache: dict[_Wording, int] = {}

    def find_page(self, path: str) -> StoredFile | None:
        """Return what is stored of the page at ``path``."""
        row = self.db.execute(
            "SELECT page.id, hash, origin, format, format_version FROM page JOIN page_path USING (id) WHERE key = ?",
            (key_of(path),),
        ).fetchone()
        return StoredFile(*row) if row else None

    def find_index(self, path: str) -> tuple[bytes, int] | None:
        """Return the hash, and the version of the format that read it, of the day index at ``path``."""
        row: tuple[bytes, int] | None = self.db.execute(
            "SELECT hash, format_version FROM day_index WHERE path = ?", (path,)
        ).fetchone()
        return row

    def store(self, pages: Sequence[tuple[ParsedPage, bytes]], *, origin: str) -> list[int]:
        """Store pages (each with the hash of its file) in place of what was stored of them; return their path ids."""
        ids = self._path_ids(mention for parsed, _ in pages for mention in _paths_in(parsed.page))
        page_ids = [ids[parsed.page.path] for parsed, _ in pages]
        old_pages = self.db.execute(f"SELECT id FROM page WHERE id IN {LISTED}", (encode(page_ids),)).fetchall()
        for (page_id,) in old_pages:
            self.remove(page_id)
        self._set_dates({ids[parsed.page.path]: parsed.page.date.isoformat() for parsed, _ in pages})
        self._add_dates(ids[mention.path] for parsed, _ in pages for mention in parsed.page.former_paths)
        self._add_languages(parsed.page.language for parsed, _ in pages)
        rows = [_page_row(parsed.page) for parsed, _ in pages]
        items = known_items(self.db, (row["sources"] for row in rows))
        self.db.executemany(
            _INSERT_PAGE,
            [
                row
                | {
                    "id": ids[parsed.page.path],
                    "hash": file_hash,
                    "format": parsed.format,
                    "format_version": parsed.format_version,
                    "origin": origin,
                    "known_item": None if row["item"] else item,
                }
                for row, item, (parsed, file_hash) in zip(rows, items, pages, strict=True)
            ],
        )
        self._store_mentions([parsed.page for parsed, _ in pages], ids)
        return page_ids

    def store_index(self, path: str, mentions: Iterable[Mention], *, file_hash: bytes) -> None:
        """Store the topics that a day index names for its events in place of those it named before."""
        index_id = self._index_id(path, file_hash)
        by_path: dict[str, Mention] = {}
        for mention in mentions:
            # Under several topics, an event is listed several times.
            topics = by_path[mention.path].topics if mention.path in by_path else ()
            by_path[mention.path] = mention._replace(topics=tuple(dict.fromkeys((*topics, *mention.topics))))
        entries = [mention for mention in by_path.values() if not self._forgotten.covers(mention)]
        ids = self._path_ids(entries)
        wordings = [(ids[entry.path], guess_language(entry.headline), entry.headline) for entry in entries]
        wording_ids = self._wording_ids(wordings)
        self.db.executemany(
            "INSERT INTO index_topic (day_index_id, path_id, wording_id, topics) VALUES (?, ?, ?, ?)",
            [
                (index_id, wording[0], wording_ids[wording], encode(entry.topics))
                for wording, entry in zip(wordings, entries, strict=True)
            ],
        )

    def remove(self, page_id: int) -> None:
        """Remove the page of this path id, if there is one; its path stays, since others may mention it."""
        self._add_dates([page_id])
        row = self.db.execute("SELECT coalesce(item, known_item) FROM page WHERE id = ?", (page_id,)).fetchone()
        if not row:
            return
        self.items.update(filter(None, row))
        self._add_mentioned(self._ids("SELECT path_id FROM mention WHERE page_id = ?", page_id))
        self._add_dates(self._ids("SELECT path_id FROM former_path WHERE page_id = ?", page_id))
        for table in ("mention", "former_path"):
            self.db.execute(f"DELETE FROM {table} WHERE page_id = ?", (page_id,))
        self.db.execute("DELETE FROM page WHERE id = ?", (page_id,))
        # The date line is gone with the page: now the path's own date counts.
        (path,) = self.db.execute("SELECT path FROM page_path WHERE id = ?", (page_id,)).fetchone()
        self._set_dates({page_id: date_of_path(path).isoformat()})

    def remove_seeds(self, *, but: Container[int]) -> None:
        """Remove all starter pages but those of these path ids."""
        for (page_id,) in self.db.execute("SELECT id FROM page WHERE origin = 'seed'").fetchall():
            if page_id not in but:
                self.remove(page_id)

    def forget(self, keys: Iterable[str]) -> None:
        """Remove the pages under these keys, and what other pages and day indexes say about them."""
        self.clear_caches()
        for key in keys:
            row = self.db.execute("SELECT id FROM page_path WHERE key = ?", (key,)).fetchone()
            if row:
                self.remove(row[0])
                for table in ("mention", "former_path", "index_topic", "wording"):
                    self.db.execute(f"DELETE FROM {table} WHERE path_id = ?", row)
                self.db.execute("DELETE FROM page_path WHERE id = ?", row)

    def clear_caches(self) -> None:
        """Give back the memory of the ids of paths and wordings, which only storing needs."""
        self._path_id_cache.clear()
        self._wording_id_cache.clear()

    def _ids(self, query: str, row_id: int) -> list[int]:
        """Return the ids that a query selects for an id."""
        return [row[0] for row in self.db.execute(query, (row_id,))]

    def _add_dates(self, path_ids: Iterable[int]) -> None:
        """Have all events built again of the days of these paths."""
        query = f"SELECT date FROM page_path WHERE id IN {LISTED}"
        self.dates.update(row[0] for row in self.db.execute(query, (encode(list(path_ids)),)))

    def _add_mentioned(self, path_ids: Iterable[int]) -> None:
        """Have the events of these paths built again, which others mention in another way than before."""
        for path_id, day, has_page in self.db.execute(
            "SELECT page_path.id, date, page.id IS NOT NULL FROM page_path LEFT JOIN page USING (id)"
            f" WHERE page_path.id IN {LISTED}",
            (encode(list(path_ids)),),
        ).fetchall():
            self._add_mention(path_id, day, has_page=has_page)

    def _add_mention(self, path_id: int, day: str, *, has_page: bool) -> None:
        # Without a page, it goes by the headline of a mention, which may be another one now.
        if not has_page:
            self.dates.add(day)
        elif day not in self.dates:
            self.mentioned.add(path_id)

    def _set_dates(self, dates: dict[int, str]) -> None:
        """Set the dates of paths, by their ids."""
        self.db.executemany(
            "UPDATE page_path SET date = ?1 WHERE id = ?2 AND date <> ?1",
            [(date, path_id) for path_id, date in dates.items()],
        )
        self.dates.update(dates.values())

    def _add_languages(self, codes: Iterable[str]) -> None:
        """Give languages that are new the next number."""
        self.db.executemany(
            "INSERT OR IGNORE INTO event_language (number, code) SELECT max(number) + 1, ? FROM event_language",
            [(code,) for code in dict.fromkeys(codes)],
        )

    def _store_mentions(self, pages: Sequence[Page], ids: dict[str, int]) -> None:
        """Store the related events and former paths of pages, given the ids of all paths."""
        wording_ids = self._wording_ids(
            (ids[mention.path], page.language, mention.headline)
            for page in pages
            for mention in (*page.related, *page.former_paths)
        )
        self.db.executemany(
            "INSERT INTO mention (page_id, position, path_id, wording_id, topics) VALUES (?, ?, ?, ?, ?)",
            [
                (
                    ids[page.path], position, path_id := ids[mention.path],
                    wording_ids[path_id, page.language, mention.headline], _encode_list(mention.topics),
                )
                for page in pages
                for position, mention in enumerate(page.related)
            ],
        )  # fmt: skip
        self.db.executemany(
            "INSERT INTO former_path (page_id, path_id, wording_id) VALUES (?, ?, ?)",
            [
                (
                    ids[page.path], path_id := ids[mention.path],
                    wording_ids[path_id, page.language, mention.headline],
                )
                for page in pages
                for mention in page.former_paths
            ],
        )  # fmt: skip

    def _index_id(self, path: str, file_hash: bytes) -> int:
        """Return the id of a day index, new or emptied."""
        self.db.execute(
            "INSERT INTO day_index (path, hash, format_version) VALUES (?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET hash = excluded.hash, format_version = excluded.format_version",
            (path, file_hash, CONTEXT.version),
        )
        row = self.db.execute("SELECT id FROM day_index WHERE path = ?", (path,)).fetchone()
        self._add_mentioned(self._ids("SELECT path_id FROM index_topic WHERE day_index_id = ?", row[0]))
        self.db.execute("DELETE FROM index_topic WHERE day_index_id = ?", row)
        return int(row[0])

    def _path_ids(self, mentions: Iterable[Page | Mention]) -> dict[str, int]:
        """Return the ids of these paths (and of others), stored before or now, and note that they are mentioned."""
        ids = self._path_id_cache
        _bound(ids)
        dates: dict[str, str] = {}
        for mention in mentions:
            if mention.path not in ids and mention.path not in dates:
                dates[mention.path] = mention.date.isoformat()
        keys = {path: key_of(path) for path in dates}
        stored: dict[str, int] = {}
        for key, path_id, day, has_page in self.db.execute(
            "SELECT key, page_path.id, date, page.id IS NOT NULL FROM page_path LEFT JOIN page USING (id)"
            f" WHERE key IN {LISTED}",
            (encode(list(keys.values())),),
        ):
            stored[key] = path_id
            self._add_mention(path_id, day, has_page=has_page)
        new_paths = [path for path, key in keys.items() if key not in stored]
        rows = [
            (path_id, keys[path], path, dates[path])
            for path_id, path in enumerate(new_paths, self._next_id("page_path"))
        ]
        if rows and rows[-1][0] > MOST_PATHS:
            reason = f"the archive would know more than {MOST_PATHS:,} paths of pages, which is all that it can hold"
            raise ArchiveError(reason)
        self.db.executemany("INSERT INTO page_path (id, key, path, date) VALUES (?, ?, ?, ?)", rows)
        stored.update((key, path_id) for path_id, key, _, _ in rows)
        self.dates.update(day for _, _, _, day in rows)
        ids.update((path, stored[key]) for path, key in keys.items())
        return ids

    def _wording_ids(self, wordings: Iterable[_Wording]) -> dict[_Wording, int]:
        """Return the ids of these wordings (and of others), stored before or now."""
        ids = self._wording_id_cache
        _bound(ids)
        unknown = dict.fromkeys(wording for wording in wordings if wording not in ids)
        path_ids = encode(list(dict.fromkeys(path_id for path_id, _, _ in unknown)))
        ids.update(
            ((path_id, language, headline), wording_id)
            for wording_id, path_id, language, headline in self.db.execute(
                f"SELECT id, path_id, language, headline FROM wording WHERE path_id IN {LISTED}", (path_ids,)
            )
        )
        new_wordings = [wording for wording in unknown if wording not in ids]
        new_ids = dict(zip(new_wordings, count(self._next_id("wording")), strict=False))
        self.db.executemany(
            "INSERT INTO wording (id, path_id, language, headline) VALUES (?, ?, ?, ?)",
            [(wording_id, *wording) for wording, wording_id in new_ids.items()],
        )
        ids.update(new_ids)
        return ids

    def _next_id(self, table: str) -> int:
        return int(self.db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def _paths_in(page: Page) -> tuple[Page | Mention, ...]:
    """Return whatever has a path in a page: the page itself, and those that it mentions."""
    return (page, *page.related, *page.former_paths)


def _page_row(page: Page) -> dict[str, Any]:
    """Return a page's own columns: lists as JSON, everything else as it is."""
    values = ((name, getattr(page, name)) for name in _PAGE_FIELDS)
    return {name: _encode_list(value) if isinstance(value, tuple) else value for name, value in values}


def _bound(cache: dict[Any, int]) -> None:
    """Empty a cache that has grown large."""
    if len(cache) > _MOST_IDS:
        cache.clear()
