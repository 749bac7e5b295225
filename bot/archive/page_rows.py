"""What a page tells, as the values that the archive stores: made where it is read, written where the file is. Pure."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.archive.forgotten_events import Forgotten
from bot.domain.errors import PageError
from bot.domain.page import Mention, Page, key_of
from bot.formats.context import read_page, text_of

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(value: object) -> str:
    """Return ``value`` as compact JSON."""
    return _ENCODER.encode(value)


class MentionRow(NamedTuple):
    """An item of a list: the key, path and date (ISO) it leads to, what it calls it, and topics as JSON."""

    key: str
    path: str
    date: str
    headline: str
    topics: str


class PageRow(NamedTuple):
    """A page; the date is ISO, sources and topics are JSON."""

    key: str
    path: str
    date: str
    language: str
    headline: str
    summary: str | None
    image: str | None
    sources: str
    topics: str
    related: tuple[MentionRow, ...]
    former_paths: tuple[MentionRow, ...]


# A file's whole path and its bytes; what is read of it, or why it cannot be an event.
PageFile = tuple[str, bytes]
ReadResult = PageRow | str


def read_files(files: Sequence[PageFile], *, forgotten: Forgotten) -> list[ReadResult]:
    """Read the pages in files."""
    read: list[ReadResult] = []
    for where, data in files:
        try:
            read.append(read_row(where, data, forgotten))
        except PageError as error:
            read.append(str(error))
    return read


def read_row(where: str, data: bytes, forgotten: Forgotten) -> PageRow:
    """Read the page in a file. Raises PageError, also for what was forgotten."""
    page = read_page(text_of(data), where)
    if forgotten.covers(page) or any(map(forgotten.covers, page.former_paths)):
        reason = "taken out for good with “daybook forget”"
        raise PageError(reason)
    return row_of(page, forgotten)


def row_of(page: Page, forgotten: Forgotten) -> PageRow:
    """Return what is stored of a page: all but the mentions of what was forgotten."""
    return PageRow(
        key_of(page.path), page.path, page.date.isoformat(), page.language, page.headline, page.summary, page.image,
        encode([[source.name, source.url] for source in page.sources]), encode(page.topics),
        tuple(mention_row(mention) for mention in page.related if not forgotten.covers(mention)),
        tuple(map(mention_row, page.former_paths)),
    )  # fmt: skip


# Pages list each other, and tell the same topics again and again.
_key_of = lru_cache(1 << 14)(key_of)
_encoded = lru_cache(1 << 14)(encode)


def mention_row(mention: Mention) -> MentionRow:
    """Return what is stored of a mention."""
    date = mention.date.isoformat()
    return MentionRow(_key_of(mention.path), mention.path, date, mention.headline, _encoded(mention.topics))
