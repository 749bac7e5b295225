"""What fetches remember of their sources: what was read, and when to visit again."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.database import Problem, connect, explain, migrate, transaction
from bot.domain.errors import DiskError, FetchError

FILE_NAME = ".state.sqlite3"
# After a visit that reached nothing, the next one waits this long, then twice as long each time, at most a day.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a source as it was read: a day's page of the portal, by its ISO date; a feed, by its address.

    ``validator`` is that by which the source knows what was read: a day's revision, what a feed's server said in its
    headers; ``paths`` are those of the pages that tell its events.
    """

    name: str
    validator: str
    events: int
    missed: int
    paths: tuple[str, ...]


class FetchState:
    """The state of fetches, in a file beside the pages. Use it with ``with``. Raises FetchError."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._db: sqlite3.Connection

    def __enter__(self) -> Self:
        with self._explained():
            # FULL: what it vouches for is on the disk when it is.
            self._db = connect(self._path, synchronous="FULL")
            migrate(self._db, "bot.sources", FetchError)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def parts(self, source: str, names: Iterable[str]) -> dict[str, Part]:
        """Return the parts of these names that were read, by their names."""
        query = (
            "SELECT name, validator, events, missed, paths FROM part"
            " WHERE source = ? AND name IN (SELECT value FROM json_each(?))"
        )
        with self._explained():
            rows = self._db.execute(query, (source, json.dumps(list(names)))).fetchall()
        return {row[0]: Part(row[0], row[1], row[2], row[3], tuple(json.loads(row[4]))) for row in rows}

    def names_since(self, source: str, moment: datetime) -> set[str]:
        """Return the names of the parts that were read, or found to be as they were, since a moment."""
        query = "SELECT name FROM part WHERE source = ? AND fetched >= ?"
        with self._explained():
            return {row[0] for row in self._db.execute(query, (source, _text(moment)))}

    def counts_before(self, source: str, name: str, *, most: int) -> list[int]:
        """Return how many events the parts before a name had, the nearest first."""
        query = "SELECT events FROM part WHERE source = ? AND name < ? ORDER BY name DESC LIMIT ?"
        with self._explained():
            return [row[0] for row in self._db.execute(query, (source, name, most))]

    def newest(self, source: str) -> str | None:
        """Return the greatest name of a source's parts."""
        with self._explained():
            row: tuple[str | None] = self._db.execute(
                "SELECT max(name) FROM part WHERE source = ?", (source,)
            ).fetchone()
        return row[0]

    def save(self, source: str, parts: Iterable[Part], *, now: datetime) -> None:
        """Remember parts as read; the pages on the disk, and the archive, have to have them already."""
        rows = [
            (source, part.name, part.validator, part.events, part.missed, json.dumps(part.paths), _text(now))
            for part in parts
        ]
        with self._explained(), transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def visited(self, source: str, *, reached: bool, now: datetime) -> None:
        """Count a visit: after those that reached nothing, the next one waits ever longer."""
        with self._explained(), transaction(self._db):
            row = self._db.execute("SELECT failures, visited FROM source WHERE name = ?", (source,)).fetchone()
            failures, last = row or (0, "")
            failures = 0 if reached else failures + 1
            wait = min(_FIRST_WAIT * 2 ** min(failures - 1, 10), _LONGEST_WAIT) if failures else timedelta(0)
            self._db.execute(
                "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?)",
                (source, failures, _text(now) if reached else last, _text(now + wait)),
            )

    def is_due(self, source: str, *, every: timedelta, now: datetime) -> bool:
        """Return whether a source is to be visited again: ``every`` has passed, and what it waits after failures."""
        with self._explained():
            row = self._db.execute("SELECT visited, next_visit FROM source WHERE name = ?", (source,)).fetchone()
        visited, after = (datetime.fromisoformat(moment) if moment else None for moment in row or ("", ""))
        # A clock that was ahead may have left times that are far away.
        waits = (
            visited and timedelta(0) <= now - visited < every,
            after and timedelta(0) < after - now <= _LONGEST_WAIT,
        )
        return not any(waits)

    def last_visit(self, source: str) -> datetime | None:
        """Return when a source was last reached; of feeds (``feed``), when the first of them was that was not since."""
        query = "SELECT min(visited) FROM source WHERE name = ? OR name LIKE ? || ' %'"
        with self._explained():
            (visited,) = self._db.execute(query, (source, source)).fetchone()
        return datetime.fromisoformat(visited) if visited else None

    def knows_all_pages(self, source: str) -> bool:
        """Return whether the marks are those of all pages of a source: no fetch of it was ended in between."""
        with self._explained():
            return self._db.execute("SELECT 1 FROM indexed WHERE source = ?", (source,)).fetchone() is not None

    def begin_writing(self, source: str) -> None:
        """Note that pages of a source are being written whose marks are not remembered yet."""
        with self._explained(), transaction(self._db):
            self._db.execute("DELETE FROM indexed WHERE source = ?", (source,))

    def save_marks(self, source: str, marks: Iterable[tuple[str, str]]) -> None:
        """Remember the marks of the pages that were written, as pairs of a mark and a path: now they are all known."""
        with self._explained(), transaction(self._db):
            rows = ((source, mark, path) for mark, path in marks)
            self._db.executemany("INSERT OR IGNORE INTO mark VALUES (?, ?, ?)", rows)
            self._db.execute("INSERT OR IGNORE INTO indexed VALUES (?)", (source,))

    def paths_with(self, source: str, marks: Iterable[str]) -> set[str]:
        """Return the paths of the pages of a source that have any of these marks."""
        query = "SELECT DISTINCT path FROM mark WHERE source = ? AND mark IN (SELECT value FROM json_each(?))"
        with self._explained():
            return {row[0] for row in self._db.execute(query, (source, json.dumps(list(marks))))}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise FetchError, with a sentence that says what to do, for an error of SQLite or the system."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            match explain(error):
                case Problem.DAMAGED | Problem.NOT_A_DATABASE:
                    todo = "delete it: everything is asked for again, and nothing is lost"
                case Problem.FULL | Problem.DISK_ERROR:
                    todo = "make room and try again"
                case Problem.LOCKED:
                    todo = "another program is using it; try again when it is done"
                case _:
                    todo = "check who owns its folder"
            raise DiskError(f"{self._path} cannot be used ({error}): {todo}") from error


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
