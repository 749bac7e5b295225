"""All wordings of fetched pages: by these an event that was taken out for good is known again."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.domain.page import Page
from bot.formats.page_path import date_of_path
from bot.sources.page_folder import PageFolder
from bot.sources.page_marks import Marks, marks_of


def sources_of(pages: Iterable[Page], folder: PageFolder) -> list[tuple[str, list[str]]]:
    """Return where the fetched ones among some pages are from, with the marks of each of their wordings."""
    return [(page.source, marks.as_list()) for page in pages if page.source for marks in _marks(page, folder)]


def _marks(page: Page, folder: PageFolder) -> Iterator[Marks]:
    """Yield the marks of a page, and of what it said before: editors may go back to that."""
    yield marks_of(page)
    for fetched in folder.pages_of(date_of_path(page.path)):
        if fetched.page.path == page.path:
            for wording in fetched.earlier_wordings:
                # Without what it cites: on one day, a citation stands for one event only.
                yield Marks(words=marks_of(replace(page, headline=wording)).words)
