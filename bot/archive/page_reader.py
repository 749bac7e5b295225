"""Reads the pages in files, in a worker process or in the importer's own. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.archive.forgotten_events import ForgottenEvents
from bot.domain.errors import PageError
from bot.domain.page import Page
from bot.formats.page_format import decode_page
from bot.formats.page_limits import within_limits
from bot.formats.registry import format_for

# Why the page of a forgotten event is refused.
FORGOTTEN = "taken out for good with “daybook forget”"


class PageFile(NamedTuple):
    """A file that may be a page: its whole path and its bytes."""

    path: str
    data: bytes


class ParsedPage(NamedTuple):
    """A page, the name and version of the format that read it, and what was cut from it, "" for nothing."""

    page: Page
    format: str
    format_version: int
    cut: str = ""


class Refusal(NamedTuple):
    """Why a file cannot be an event, in a few words."""

    reason: str


def read_files(files: Sequence[PageFile], *, forgotten: ForgottenEvents) -> list[ParsedPage | Refusal]:
    """Read the pages in files, in their order; never raises PageError."""
    results: list[ParsedPage | Refusal] = []
    for file in files:
        try:
            results.append(read_file(file, forgotten=forgotten))
        except PageError as error:
            results.append(Refusal(str(error)))
    return results


def read_file(file: PageFile, *, forgotten: ForgottenEvents) -> ParsedPage:
    """Read the page in a file, without its mentions of forgotten events. Raises PageError, also if it is forgotten."""
    text = decode_page(file.data)
    page_format = format_for(file.path, text)
    page, cut = within_limits(page_format.read(text, file.path))
    if forgotten.covers(page) or any(map(forgotten.covers, page.former_paths)):
        raise PageError(FORGOTTEN)
    if any(map(forgotten.covers, page.related)):
        page = replace(page, related=tuple(mention for mention in page.related if not forgotten.covers(mention)))
    if page.withdrawn is not None and page.related:
        # What its source has taken back makes no stubs either.
        page = replace(page, related=())
    return ParsedPage(page, page_format.name, page_format.version, cut)
