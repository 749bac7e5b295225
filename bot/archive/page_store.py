"""What the pages tell, stored page by page: the archive's lower layer."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.archive.forgotten_events import Forgotten
from bot.archive.page_rows import MentionRow, PageRow, encode, mention_row
from bot.domain.page import Mention, key_of
from bot.formats.context import GRAMMAR, date_of, language_of

# A list of values, given as one parameter, JSON.
_LISTED = "(SELECT value FROM json_each(?))"
# A name's id, the language it is told in, the headline.
_Wording = tuple[int, str, str]


class Pages:
    """Writes pages and days' indexes, and notes the dates whose events they touch (ISO, in ``dates``)."""

    def __init__(self, db: sqlite3.Connection, *, forgotten: Forgotten) -> None:
        self.db = db
        self.dates: set[str] = set()
        self._forgotten = forgotten

    def known(self, path: str, *, any_origin: bool) -> tuple[int, bytes, int] | None:
        """Return the id, hash and grammar of the page at ``path``; of a seed only if ``any_origin``."""
        row: tuple[int, bytes, int] | None = self.db.execute(
            "SELECT id, hash, format_version FROM page JOIN page_path USING (id) WHERE key = ? AND (? OR origin = 'import')",
            (key_of(path), any_origin),
        ).fetchone()
        return row

    def known_list(self, path: str) -> tuple[bytes, int] | None:
        """Return the hash and grammar of the day's index at ``path``."""
        row: tuple[bytes, int] | None = self.db.execute(
            "SELECT hash, format_version FROM day_index WHERE path = ?", (path,)
        ).fetchone()
        return row

    def put(self, rows: Sequence[tuple[PageRow, bytes]], *, origin: str) -> list[int]:
        """Store what pages (each with its file's hash) tell in place of what they told before; return their ids."""
        heard: list[PageRow | MentionRow] = []
        for row, _ in rows:
            heard += [row, *row.related, *row.former_paths]
        names = self._names(heard)
        ids = [names[row.key] for row, _ in rows]
        before = encode(ids)
        for (number,) in self.db.execute(f"SELECT id FROM page WHERE id IN {_LISTED}", (before,)).fetchall():
            self.remove(number)
        self.db.executemany(
            "UPDATE page_path SET date = ?1 WHERE id = ?2 AND date <> ?1",
            [(row.date, number) for (row, _), number in zip(rows, ids, strict=True)],
        )
        self.dates.update(row.date for row, _ in rows)
        self.db.executemany(
            "INSERT INTO page (id, hash, format, format_version, origin, language, headline, summary, image, sources, topics)"
            " VALUES (?, ?, 'context', ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    number, digest, GRAMMAR, origin, row.language, row.headline, row.summary, row.image, row.sources,
                    row.topics,
                )
                for (row, digest), number in zip(rows, ids, strict=True)
            ],
        )  # fmt: skip
        called = self._wordings(
            {
                (names[told.key], row.language, told.headline): None
                for row, _ in rows
                for told in (*row.related, *row.former_paths)
            }
        )
        self.db.executemany(
            "INSERT INTO mention VALUES (?, ?, ?, ?, ?)",
            [
                (number, place, name := names[told.key], called[name, row.language, told.headline], told.topics)
                for (row, _), number in zip(rows, ids, strict=True)
                for place, told in enumerate(row.related)
            ],
        )
        self.db.executemany(
            "INSERT INTO former_path VALUES (?, ?, ?)",
            [
                (number, name := names[told.key], called[name, row.language, told.headline])
                for (row, _), number in zip(rows, ids, strict=True)
                for told in row.former_paths
            ],
        )
        return ids

    def put_list(self, path: str, mentions: Sequence[Mention], *, digest: bytes) -> None:
        """Store the topics that a day's index gives for its events in place of those it gave before."""
        row = self.db.execute("SELECT id FROM day_index WHERE path = ?", (path,)).fetchone()
        if row:
            self._touch(
                "SELECT DISTINCT date FROM index_topic JOIN page_path ON page_path.id = path_id WHERE day_index_id = ?",
                row[0],
            )
            self.db.execute("DELETE FROM index_topic WHERE day_index_id = ?", row)
            self.db.execute("UPDATE day_index SET hash = ?, format_version = ? WHERE id = ?", (digest, GRAMMAR, row[0]))
            number = row[0]
        else:
            number = self.db.execute(
                "INSERT INTO day_index (path, hash, format_version) VALUES (?, ?, ?)", (path, digest, GRAMMAR)
            ).lastrowid
        told: dict[str, Mention] = {}
        for mention in mentions:
            # Under several topics, an event is listed several times.
            topics = (*told[mention.path].topics, *mention.topics) if mention.path in told else mention.topics
            told[mention.path] = replace(mention, topics=tuple(dict.fromkeys(topics)))
        rows = [mention_row(mention) for mention in told.values() if not self._forgotten.covers(mention)]
        names = self._names(rows)
        asked = [(names[row.key], language_of(row.headline), row.headline) for row in rows]
        called = self._wordings(dict.fromkeys(asked))
        self.db.executemany(
            "INSERT INTO index_topic VALUES (?, ?, ?, ?)",
            [(number, each[0], called[each], row.topics) for each, row in zip(asked, rows, strict=True)],
        )

    def remove(self, number: int) -> None:
        """Take out what the page with this id tells, if there is one."""
        self._touch("SELECT date FROM page_path WHERE id = ?", number)
        if not self.db.execute("SELECT 1 FROM page WHERE id = ?", (number,)).fetchone():
            return
        self._touch(
            "SELECT DISTINCT date FROM mention JOIN page_path ON page_path.id = path_id WHERE page_id = ?", number
        )
        self._touch(
            "SELECT DISTINCT date FROM former_path JOIN page_path ON page_path.id = path_id WHERE page_id = ?", number
        )
        for table in ("mention", "former_path"):
            self.db.execute(f"DELETE FROM {table} WHERE page_id = ?", (number,))
        self.db.execute("DELETE FROM page WHERE id = ?", (number,))
        # What it said of its date goes with it; what is left to go by is its path.
        (path,) = self.db.execute("SELECT path FROM page_path WHERE id = ?", (number,)).fetchone()
        self.db.execute("UPDATE page_path SET date = ? WHERE id = ?", (date_of(path).isoformat(), number))
        self._touch("SELECT date FROM page_path WHERE id = ?", number)

    def remove_seeds(self) -> None:
        """Take out the starter pages: they give way to a real archive."""
        for (number,) in self.db.execute("SELECT id FROM page WHERE origin = 'seed'").fetchall():
            self.remove(number)

    def forget(self, keys: Iterable[str]) -> None:
        """Take out all that any page tells under these keys, their names too."""
        for key in keys:
            row = self.db.execute("SELECT id FROM page_path WHERE key = ?", (key,)).fetchone()
            if row:
                self.remove(row[0])
                for table in ("mention", "former_path", "index_topic", "wording"):
                    self.db.execute(f"DELETE FROM {table} WHERE path_id = ?", row)
                self.db.execute("DELETE FROM page_path WHERE id = ?", row)

    def _touch(self, dates: str, number: int) -> None:
        self.dates.update(row[0] for row in self.db.execute(dates, (number,)))

    def _names(self, told: Sequence[PageRow | MentionRow]) -> dict[str, int]:
        """Return the ids of paths by their keys, new or known; their events are to be made anew, whichever date."""
        asked = encode(list({each.key: None for each in told}))
        known = {}
        for key, number, day in self.db.execute(
            f"SELECT key, id, date FROM page_path WHERE key IN {_LISTED}", (asked,)
        ):
            known[key] = number
            self.dates.add(day)
        number = self._last("page_path")
        new = []
        for each in told:
            if each.key not in known:
                number += 1
                known[each.key] = number
                new.append((number, each.key, each.path, each.date))
                self.dates.add(each.date)
        self.db.executemany("INSERT INTO page_path (id, key, path, date) VALUES (?, ?, ?, ?)", new)
        return known

    def _wordings(self, asked: Iterable[_Wording]) -> dict[_Wording, int]:
        """Return the ids of what names (by their ids) are called in a language, new or known."""
        asked = list(asked)
        names = encode(list({name: None for name, _, _ in asked}))
        known = {
            (name, language, headline): number
            for number, name, language, headline in self.db.execute(
                f"SELECT id, path_id, language, headline FROM wording WHERE path_id IN {_LISTED}", (names,)
            )
        }
        number = self._last("wording")
        new = [(place, *each) for place, each in enumerate((e for e in asked if e not in known), number + 1)]
        self.db.executemany("INSERT INTO wording (id, path_id, language, headline) VALUES (?, ?, ?, ?)", new)
        known.update(((name, language, headline), place) for place, name, language, headline in new)
        return known

    def _last(self, table: str) -> int:
        return int(self.db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])
