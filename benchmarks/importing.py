"""Imports, timed against reading the same files and writing the finished rows with bare ``sqlite3``.

Each run is a process of its own, so that its memory can be measured. The finished rows are written into the same schema
in one transaction; the words go through FTS5, whose work is SQLite's, not Daybook's.
"""

import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cache import Cache
from benchmarks.corpus import Corpus, write_pages
from benchmarks.figures import Figure
from benchmarks.filling import differences, fill
from bot.archive.database_file import open_for_writing
from bot.archive.event_words import unpack_words
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.database import transaction

_ROUNDS = 3
# From this many pages on, one round is enough.
_MANY = 20_000
# Budgets: an import's time against its limit, a second import's against the first; memory in bytes; how much the time
# per page and the memory may grow with the corpus.
_IMPORT_RATIO, _AGAIN_RATIO, _MAX_MEMORY, _TIME_GROWTH, _MEMORY_GROWTH = 4.5, 0.25, 300 * 1024 * 1024, 1.25, 1.25
# The most worker processes of an import.
_WORKERS = 4
_CHECKED, _CHECKED_DAYS = 3_000, 30
# FTS5 keeps its index in tables of its own.
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
_SEARCHES = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'"
_INDEXED = {"event_search": "headline, topics, summary", "stem_search": "stems", "topic_search": "words, stems, short"}
# Those that read the words from a table, and its column with their rowid. The words of the first are stored packed.
_WORDS = {"stem_search": ("event_words", "id"), "topic_search": ("topic_words", "place")}


@dataclass(frozen=True, slots=True)
class _Growth:
    """What is compared between sizes: seconds per page of an import and of its limit, bytes of memory."""

    pages: int
    import_per_page: float
    limit_per_page: float
    memory: float


def import_all(cache: Cache, sizes: list[int], *, report: Callable[[str], None]) -> list[Figure]:
    """Time an import of each of these corpora, and of the real pages, if they are there."""
    figures: list[Figure] = []
    growths: list[_Growth] = []
    for size in sizes:
        folder = cache.pages(size)
        report(f"importing {size:,} events' pages …")
        size_figures, growth = _compare(cache, folder)
        growths.append(growth)
        figures += size_figures
    if len(growths) > 1:
        figures += _growth(growths[0], growths[-1])
    if len(growths) > 2:  # noqa: PLR2004
        # Of the two largest: caches, SQLite's pages above all, are full by then.
        small, large = growths[-2:]
        sizes_text = f"{small.pages:,} → {large.pages:,} pages"
        flat = Figure(
            sizes_text,
            "import, peak memory",
            large.memory,
            "MiB",
            small.memory,
            _MEMORY_GROWTH * small.memory,
            f"{_MEMORY_GROWTH} ×",
        )
        figures.append(flat)
    if real := cache.real_pages():
        report("importing the real pages …")
        figures += _compare(cache, real)[0]
    return figures


def _growth(small: _Growth, large: _Growth) -> list[Figure]:
    """Return how the time and memory per page grow from the smallest corpus to the largest.

    Larger indexes cost SQLite more for each page: a page's time may grow as the limit does, and a quarter more. The
    memory's bound is that of each size; the ratio shows how near it is to being flat.
    """
    sizes_text = f"{small.pages:,} → {large.pages:,} pages"
    # What the time per page would be if it had grown as the limit has.
    expected = small.import_per_page * large.limit_per_page / small.limit_per_page
    return [
        Figure(
            sizes_text, "import, time for a page", large.import_per_page, "ms", small.import_per_page,
            _TIME_GROWTH * expected, f"{_TIME_GROWTH} × as the limit",
        ),
        Figure(sizes_text, "import, peak memory", large.memory, "MiB", small.memory, _MAX_MEMORY, "300 MiB"),
    ]  # fmt: skip


def _compare(cache: Cache, folder: Path) -> tuple[list[Figure], _Growth]:
    first: list[float] = []
    again: list[float] = []
    bare: list[float] = []
    memory: list[float] = []
    pages = 0
    while len(first) < (1 if pages >= _MANY else _ROUNDS):
        archive = cache.scratch("imported.sqlite3")
        result = _run("import", folder, archive)
        pages = int(result["pages"])
        first.append(result["seconds"])
        memory.append(result["memory"])
        again.append(_run("import", folder, archive)["seconds"])
        bare.append(_run("bare", folder, archive)["seconds"])
    size = f"{pages:,} {'real ' if folder.name.endswith('real') else ''}pages"
    import_time, limit, peak = statistics.median(first), statistics.median(bare), max(memory)
    return (
        [
            Figure(size, "import", import_time, "s", limit, _IMPORT_RATIO * limit, f"{_IMPORT_RATIO} ×"),
            Figure(
                size, "import again, nothing changed", statistics.median(again), "s", import_time,
                _AGAIN_RATIO * import_time, f"{_AGAIN_RATIO} ×",
            ),
            Figure(size, "import, peak memory", peak, "MiB", budget=_MAX_MEMORY, budget_rule="300 MiB"),
        ],
        _Growth(pages, import_time / pages, limit / pages, peak),
    )  # fmt: skip


def _run(task: str, folder: Path, archive: Path) -> dict[str, float]:
    """Run a task in a process of its own; return what it measured."""
    process = subprocess.run(  # noqa: S603  (this module itself)
        [sys.executable, "-m", __name__, task, str(folder), str(archive)],
        cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    result: dict[str, float] = json.loads(process.stdout)
    return result


def _import(folder: Path, archive: Path) -> dict[str, float]:
    start = time.perf_counter()
    report = import_pages(archive, [folder], forgotten=ForgottenEvents())
    return {"seconds": time.perf_counter() - start, "pages": report.pages, "memory": _peak()}


def _peak() -> int:
    """Return the most memory that this process and its workers can have had at once, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    # RUSAGE_CHILDREN has the most that any one worker had; there is one for each other core, up to four.
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    workers = min((os.cpu_count() or 1) - 1, _WORKERS)
    return unit * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + largest * workers)


def _write_finished(folder: Path, archive: Path) -> dict[str, float]:
    """Read all files, and write the rows of the finished archive into a new one."""
    with closing(sqlite3.connect(archive)) as db:
        names = [row[0] for row in db.execute(_SEARCHES)]
        tables = [row[0] for row in db.execute(_TABLES) if not row[0].startswith((*(f"{n}_" for n in names), "sqlite"))]
        # Without generated columns, which nobody can write.
        columns_of = {table: [row[1] for row in db.execute(f"PRAGMA table_info ({table})")] for table in tables}
        rows = {table: db.execute(f"SELECT {', '.join(columns_of[table])} FROM {table}").fetchall() for table in tables}
        packed = db.execute("SELECT id, packed, stems FROM event_words ORDER BY id")
        event_words = [(event_id, *unpack_words(words, stems)) for event_id, words, stems in packed]
    copy = archive.with_name(f"{archive.name}-copy")
    for old in copy.parent.glob(f"{copy.name}*"):
        old.unlink()
    with closing(open_for_writing(copy)) as db:
        start = time.perf_counter()
        for path, _, files in os.walk(folder):
            for name in files:
                with open(os.path.join(path, name), "rb") as file:  # noqa: PTH118, PTH123  (the quickest there is)
                    file.read()
        with transaction(db):
            for table in tables:
                db.execute(f"DELETE FROM {table}")
            for table in tables:
                columns, marks = ", ".join(columns_of[table]), ", ".join("?" * len(columns_of[table]))
                # A trigger writes the rows of reading_order already.
                db.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", rows[table])
            db.executemany(
                f"INSERT INTO event_search (rowid, {_INDEXED['event_search']}) VALUES (?, ?, ?, ?)", event_words
            )
            for name, (words, rowid) in _WORDS.items():
                columns = _INDEXED[name]
                db.execute(
                    f"INSERT INTO {name} (rowid, {columns}) SELECT {rowid}, {columns} FROM {words} ORDER BY {rowid}"
                )
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return {"seconds": time.perf_counter() - start}


def check(cache: Cache) -> Iterator[str]:
    """Yield how an archive that is filled directly differs from an import of the same corpus's pages."""
    corpus = Corpus(_CHECKED, days=_CHECKED_DAYS)
    filled, folder, imported = (cache.scratch(name) for name in ("filled.sqlite3", "pages", "imported.sqlite3"))
    fill(corpus, filled)
    write_pages(corpus, folder)
    import_pages(imported, [folder], forgotten=ForgottenEvents())
    yield from differences(filled, imported)


if __name__ == "__main__":
    print(json.dumps((_import if sys.argv[1] == "import" else _write_finished)(Path(sys.argv[2]), Path(sys.argv[3]))))
