"""The block of a page: lines ``key: value`` directly under its date line, read and written here only. Pure.

``docs/pages.md`` says what each key means. To add one: a field of ``Block``, its reader in ``_READERS``, and the same
field in ``Page``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any

from bot.domain.article import ITEM
from bot.domain.errors import PageError
from bot.domain.page import Page
from bot.domain.text import cut
from bot.formats.cleaning import clean, single_line

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*+)[ \t]*+:(.*)$")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
# More digits than any article's size has, fewer than a database's whole number can hold.
_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")
# How much of a value an error names, in characters.
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Block:
    """What a page's block says; each field has the meaning, and the form, of the field of ``Page`` with its name.

    ``language`` is None where the block names none.
    """

    language: str | None = None
    pick: bool = False
    also: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    category: str | None = None
    weight: int | None = None
    source: str | None = None
    seen: str | None = None
    credit: str | None = None
    withdrawn: str | None = None
    item: str | None = None


def read_block(lines: Sequence[str]) -> tuple[Block, int]:
    """Return the block that ``lines``, those after the date line, begin with, and how many lines it has.

    It ends before the first line that is not ``key: value``. Unknown keys and empty values are passed over; of a key
    that comes twice, the last line counts. Raises PageError, with a sentence that names key and value, for a value
    that cannot be used.
    """
    values: dict[str, Any] = {}
    count = 0
    for line in lines:
        match = _LINE.match(line)
        if not match:
            break
        count += 1
        key, value = match[1].lower(), single_line(match[2])
        if key in _READERS and value:
            values[key] = _read(key, value)
    return Block(**values), count


def write_block(block: Block) -> str:
    """Return the lines of a block, each with its end, as ``read_block`` reads them; empty if it says nothing.

    Values are cleaned and put on one line; a semicolon inside a name becomes a comma. Raises PageError for a value
    that could not be read again.
    """
    lines: list[str] = []
    for key, value in _non_defaults(block).items():
        text = single_line(_as_text(value))
        if text and (cleaned := _as_text(_read(key, text))):
            lines.append(f"{key}: {cleaned}\n")
    return "".join(lines)


def with_block(page: Page, block: Block) -> Page:
    """Return a page with what its block says; the block's topics come first."""
    values = _non_defaults(block)
    if block.topics:
        values["topics"] = tuple(dict.fromkeys((*block.topics, *page.topics)))
    return replace(page, **values) if values else page


def _non_defaults(block: Block) -> dict[str, Any]:
    """Return the fields that differ from their defaults."""
    values = ((field, getattr(block, field.name)) for field in fields(Block))
    return {field.name: value for field, value in values if value != field.default}


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "; ".join(clean(name).replace(";", ",") for name in value)
    return "yes" if value is True else str(value)


def _read(key: str, value: str) -> object:
    try:
        return _READERS[key](value)
    except ValueError as error:
        reason = f"its block says “{key}: {cut(value, _MOST_SHOWN)}”: {error}"
        raise PageError(reason) from error


def _language(value: str) -> str:
    code = value.lower()
    if not _LANGUAGE.fullmatch(code):
        raise ValueError("a language is a code of two or three letters, such as en, zh or de")
    return code


def _yes_or_no(value: str) -> bool:
    if value.lower() not in ("yes", "no"):
        raise ValueError("only yes or no can stand there")
    return value.lower() == "yes"


def _names(value: str) -> tuple[str, ...]:
    names = (clean(name) for name in value.split(";"))
    return tuple(dict.fromkeys(name for name in names if name))


def _text(value: str) -> str | None:
    return clean(value) or None


def _whole_number(value: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(value):
        raise ValueError("a weight is a whole number of bytes, such as 48213")
    return int(value)


def _item(value: str) -> str:
    item = value.upper()
    if not ITEM.fullmatch(item):
        raise ValueError("an item of Wikidata is Q and a number, such as Q43653")
    return item


def _moment(value: str) -> str:
    try:
        moment = _utc(value)
    except (ValueError, OverflowError) as error:
        raise ValueError("a date and a time (UTC) must stand there, such as 2024-03-05T10:00:00Z") from error
    return f"{moment.isoformat(timespec='seconds')}Z"


def _since(value: str) -> str:
    if value.lower() == "yes":
        return "yes"
    with suppress(ValueError):
        return date.fromisoformat(value).isoformat()
    with suppress(ValueError, OverflowError):
        return f"{_utc(value).isoformat(timespec='seconds')}Z"
    raise ValueError("a date must stand there, such as 2024-03-05, or a date and a time, or yes")


def _utc(value: str) -> datetime:
    """Return a moment in UTC, without its zone; one without a zone is taken to be in UTC."""
    if "T" not in value.upper() and " " not in value:
        # Python reads a date as midnight.
        raise ValueError(value)
    moment = datetime.fromisoformat(value)
    return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)


_READERS: Mapping[str, Callable[[str], object]] = {
    "language": _language,
    "pick": _yes_or_no,
    "also": _names,
    "topics": _names,
    "category": _text,
    "weight": _whole_number,
    "source": single_line,
    "seen": _moment,
    "credit": single_line,
    "withdrawn": _since,
    "item": _item,
}
