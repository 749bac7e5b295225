"""Parts of statements that the importer writes rows with: lists as JSON, INSERTs with named parameters. Pure."""

import json
from collections.abc import Iterable

# Stands behind IN: the values of a list that is bound as one JSON parameter.
LISTED = "(SELECT value FROM json_each(?))"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(value: object) -> str:
    """Return ``value`` as compact JSON; a tuple becomes a list."""
    return _ENCODER.encode(value)


def insert_into(table: str, columns: Iterable[str]) -> str:
    """Return the statement that inserts a row whose values are given by the names of its columns."""
    names = tuple(columns)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


def quoted(text: str) -> str:
    """Return a text as it stands in SQL."""
    return "'" + text.replace("'", "''") + "'"
