"""Archive files as older versions of Daybook left them: the older schema, filled with the rows of a current archive."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path

from bot.archive.event_words import EventWords, pack_words, unpack_words
from bot.archive.ranking import LANGUAGE_SHIFT, TOPIC_EVENTS_SHIFT

# Before version 4; then what stood in their place since.
TABLES = {"name": "page_path", "earlier": "former_path", "list": "day_index", "hint": "index_topic"}
COLUMNS = {
    "name_id": "path_id",
    "list_id": "day_index_id",
    "grammar": "format_version",
    "total.first": "first_date",
    "total.last": "last_date",
    "mention.place": "position",
    "event_topic.place": "position",
}
# The columns with an event's id; before version 3 it did not hold the event's language.
EVENT_IDS = ("event.id", "name.event_id", "event_topic.event_id", "acronym.event_id", "event_words.id")
# Before version 11 they were stored as they are.
_PACKED = {("event_words", column) for column in EventWords._fields}
# Since then, an index that has no content of its own, from which it could be built again.
_FILL_INDEX = f"""
    INSERT INTO main.event_search (rowid, {", ".join(EventWords._fields)})
    SELECT id, {", ".join(f"written_words(packed, stems, '{column}')" for column in EventWords._fields)}
    FROM main.event_words ORDER BY id
"""
_OWN_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name <> 'total'"
)


def migrations() -> list[str]:
    """Return the texts of all migrations, in their order."""
    files = resources.files("bot.archive").joinpath("migrations").iterdir()
    return [file.read_text("utf-8") for file in sorted(files, key=lambda file: file.name)]


NEWEST = len(migrations())


def current_table(table: str) -> str:
    """Return what a table of an older archive is called now."""
    return TABLES.get(table, table)


def make_older(current: Path, older: Path, version: int) -> None:
    """Write the archive ``older`` of this version with the content of the archive ``current``."""
    with closing(sqlite3.connect(older)) as db:
        db.create_function("pack_words", 4, pack_words)
        db.create_function(
            "written_words", 3, lambda packed, stems, column: getattr(unpack_words(packed, stems), column)
        )
        for migration in migrations()[:version]:
            db.executescript(migration)
        db.execute("ATTACH ? AS current", (str(current),))
        for table in (*own_tables(db), "total"):
            columns = [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]
            values = ", ".join(_value(table, column, version) for column in columns)
            db.execute(f"DELETE FROM main.{table}")
            # A trigger may have written some of these rows already.
            db.execute(
                f"INSERT OR REPLACE INTO main.{table} ({', '.join(columns)})"
                f" SELECT {values} FROM current.{current_table(table)}"
            )
        indexes = "SELECT name, sql FROM main.sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'"
        for index, sql in db.execute(indexes).fetchall():
            if "content = ''" in sql:
                db.execute(_FILL_INDEX)
            else:
                db.execute(f"INSERT INTO main.{index} ({index}) VALUES ('rebuild')")
        db.execute(f"PRAGMA main.user_version = {version}")
        db.commit()


def own_tables(db: sqlite3.Connection) -> list[str]:
    """Return the tables of an archive, without those that belong to a search index and the row of totals."""
    names = [name for (name,) in db.execute(_OWN_TABLES)]
    return [name for name in names if not re.match("(event|topic|stem)_search|sqlite_", name)]


def _value(table: str, column: str, version: int) -> str:
    """Return the SQL of an older column's value, given the current row."""
    name = COLUMNS.get(f"{table}.{column}", COLUMNS.get(column, column))
    if version == 1 and (table, column) == ("topic_words", "id"):
        return f"place & {(1 << TOPIC_EVENTS_SHIFT) - 1}"
    if version < 11 and (table, column) in _PACKED:
        return f"written_words(packed, stems, '{column}')"
    if version < 3 and f"{table}.{column}" in EVENT_IDS:
        return f"{name} & {(1 << LANGUAGE_SHIFT) - 1}"
    return name


def row_counts(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the current name of each table of an archive, and its number of rows."""
    with closing(sqlite3.connect(file)) as db:
        for table in own_tables(db):
            yield current_table(table), db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
