"""What the pages tell, stored page by page: the archive's lower layer."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from bot.archive.forgotten import Forgotten
from bot.event import Mention, Page, key_of
from bot.page import GRAMMAR, date_of, language_of

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(value: object) -> str:
    """Return ``value`` as compact JSON."""
    return _ENCODER.encode(value)


class Pages:
    """Writes pages and days' indexes, and notes the dates whose events they touch (ISO, in ``dates``)."""

    def __init__(self, db: sqlite3.Connection, *, forgotten: Forgotten) -> None:
        self.db = db
        self.dates: set[str] = set()
        self._forgotten = forgotten

    def known(self, path: str, *, any_origin: bool) -> tuple[int, bytes, int] | None:
        """Return the id, hash and grammar of the page at ``path``; of a seed only if ``any_origin``."""
        row: tuple[int, bytes, int] | None = self.db.execute(
            "SELECT id, hash, grammar FROM page JOIN name USING (id) WHERE key = ? AND (? OR origin = 'import')",
            (key_of(path), any_origin),
        ).fetchone()
        return row

    def known_list(self, path: str) -> tuple[bytes, int] | None:
        """Return the hash and grammar of the day's index at ``path``."""
        row: tuple[bytes, int] | None = self.db.execute(
            "SELECT hash, grammar FROM list WHERE path = ?", (path,)
        ).fetchone()
        return row

    def put(self, page: Page, *, digest: bytes, origin: str) -> int:
        """Store what ``page`` tells in place of what it told before; return its id."""
        number = self._name(page.path, page.date)
        self.remove(number)
        self.db.execute("UPDATE name SET date = ? WHERE id = ?", (page.date.isoformat(), number))
        self.db.execute(
            "INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, digest, GRAMMAR, origin, page.language, page.headline, page.summary, page.image,
                encode([[source.name, source.url] for source in page.sources]), encode(page.topics),
            ),
        )  # fmt: skip
        self.db.executemany(
            "INSERT INTO mention VALUES (?, ?, ?, ?, ?)",
            [
                (number, place, *self._told(mention, page.language), encode(mention.topics))
                for place, mention in enumerate(page.related)
                if not self._forgotten.covers(mention)
            ],
        )
        self.db.executemany(
            "INSERT INTO earlier VALUES (?, ?, ?)",
            [(number, *self._told(mention, page.language)) for mention in page.earlier],
        )
        return number

    def put_list(self, path: str, mentions: Sequence[Mention], *, digest: bytes) -> None:
        """Store the topics that a day's index gives for its events in place of those it gave before."""
        row = self.db.execute("SELECT id FROM list WHERE path = ?", (path,)).fetchone()
        if row:
            self._touch("SELECT DISTINCT date FROM hint JOIN name ON name.id = name_id WHERE list_id = ?", row[0])
            self.db.execute("DELETE FROM hint WHERE list_id = ?", row)
            self.db.execute("UPDATE list SET hash = ?, grammar = ? WHERE id = ?", (digest, GRAMMAR, row[0]))
            number = row[0]
        else:
            number = self.db.execute(
                "INSERT INTO list (path, hash, grammar) VALUES (?, ?, ?)", (path, digest, GRAMMAR)
            ).lastrowid
        told: dict[str, Mention] = {}
        for mention in mentions:
            # Under several topics, an event is listed several times.
            topics = (*told[mention.path].topics, *mention.topics) if mention.path in told else mention.topics
            told[mention.path] = replace(mention, topics=tuple(dict.fromkeys(topics)))
        self.db.executemany(
            "INSERT INTO hint VALUES (?, ?, ?, ?)",
            [
                (number, *self._told(mention, language_of(mention.headline)), encode(mention.topics))
                for mention in told.values()
                if not self._forgotten.covers(mention)
            ],
        )

    def remove(self, number: int) -> None:
        """Take out what the page with this id tells, if there is one."""
        self._touch("SELECT date FROM name WHERE id = ?", number)
        if not self.db.execute("SELECT 1 FROM page WHERE id = ?", (number,)).fetchone():
            return
        self._touch("SELECT DISTINCT date FROM mention JOIN name ON name.id = name_id WHERE page_id = ?", number)
        self._touch("SELECT DISTINCT date FROM earlier JOIN name ON name.id = name_id WHERE page_id = ?", number)
        for table in ("mention", "earlier"):
            self.db.execute(f"DELETE FROM {table} WHERE page_id = ?", (number,))
        self.db.execute("DELETE FROM page WHERE id = ?", (number,))
        # What it said of its date goes with it; what is left to go by is its path.
        (path,) = self.db.execute("SELECT path FROM name WHERE id = ?", (number,)).fetchone()
        self.db.execute("UPDATE name SET date = ? WHERE id = ?", (date_of(path).isoformat(), number))
        self._touch("SELECT date FROM name WHERE id = ?", number)

    def remove_seeds(self) -> None:
        """Take out the starter pages: they give way to a real archive."""
        for (number,) in self.db.execute("SELECT id FROM page WHERE origin = 'seed'").fetchall():
            self.remove(number)

    def forget(self, keys: Iterable[str]) -> None:
        """Take out all that any page tells under these keys, their names too."""
        for key in keys:
            row = self.db.execute("SELECT id FROM name WHERE key = ?", (key,)).fetchone()
            if row:
                self.remove(row[0])
                for table in ("mention", "earlier", "hint", "wording"):
                    self.db.execute(f"DELETE FROM {table} WHERE name_id = ?", row)
                self.db.execute("DELETE FROM name WHERE id = ?", row)

    def _touch(self, dates: str, number: int) -> None:
        self.dates.update(row[0] for row in self.db.execute(dates, (number,)))

    def _told(self, mention: Mention, language: str) -> tuple[int, int]:
        """Return the ids of a path and of what it is called here, both new or known."""
        number = self._name(mention.path, mention.date)
        asked = (number, language, mention.headline)
        row = self.db.execute(
            "SELECT id FROM wording WHERE name_id = ? AND language = ? AND headline = ?", asked
        ).fetchone()
        if row is None:
            row = self.db.execute(
                "INSERT INTO wording (name_id, language, headline) VALUES (?, ?, ?) RETURNING id", asked
            ).fetchone()
        return number, row[0]

    def _name(self, path: str, day: date) -> int:
        """Return the id of a path, new or known; its events are to be made anew, whichever date it has."""
        key = key_of(path)
        row = self.db.execute("SELECT id, date FROM name WHERE key = ?", (key,)).fetchone()
        if row is None:
            row = self.db.execute(
                "INSERT INTO name (key, path, date) VALUES (?, ?, ?) RETURNING id, date", (key, path, day.isoformat())
            ).fetchone()
        self.dates.add(row[1])
        return int(row[0])
