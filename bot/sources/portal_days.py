"""Brings pages on the disk in step with what days' pages of the portal say now. Pure.

Given the pages that earlier fetches wrote and the events of some days as they are told now, it says which pages to
write: new ones, those in another wording or on another day, and those that their day has no more.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.domain.page import Page
from bot.domain.text import cut
from bot.formats.cleaning import clean
from bot.formats.context import CONTEXT
from bot.formats.write_page import write_page
from bot.sources.day_page import DayEvent, ReadDay
from bot.sources.fetched_page import FetchedPage
from bot.sources.forgotten import Forgotten
from bot.sources.page_marks import marks_of
from bot.sources.page_matching import Wording, find_forgotten, find_repeats, match_wordings
from bot.sources.page_paths import PagePaths
from bot.sources.page_source import day_of_source, source_of
from bot.sources.portal_titles import title_of

_CREDIT = "Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/"
_YEARS = re.compile(r"(?<=\S)\s\((?:since\s)?\d{4}(?:\s?[–-]\s?(?:\d{2,4}|present))?\)$")
# No event of the portal's comes near these; whoever writes more means harm. Characters of a text, topics, sources.
_LONGEST_TEXT, _MOST_TOPICS, _MOST_SOURCES = 4000, 100, 50


@dataclass(slots=True)
class Changes:
    """What is to be written: pages that are new, changed and withdrawn; and of each day, its pages' paths.

    ``missing`` are pages that their days do not tell any more: withdrawn, if no day near them tells them. ``repeated``
    are days that were not read, and have an event that a day tells now.
    """

    new: list[FetchedPage] = field(default_factory=list)
    changed: list[FetchedPage] = field(default_factory=list)
    unchanged: list[FetchedPage] = field(default_factory=list)
    missing: list[FetchedPage] = field(default_factory=list)
    repeated: set[date] = field(default_factory=set)

    def paths(self, day: date) -> tuple[str, ...]:
        """Return the paths of the pages that tell a day's events."""
        pages = (*self.new, *self.changed, *self.unchanged)
        return tuple(fetched.page.path for fetched in pages if day_of_source(fetched.page.source) == day)


def compare(
    days: Sequence[ReadDay],
    known: Sequence[FetchedPage],
    *,
    names: Mapping[date, Collection[str]],
    forgotten: Forgotten,
    seen: str,
) -> Changes:
    """Return what has changed on some days, given the pages known of these and of the days around them.

    ``names`` are the file names that are taken on each day, ``seen`` is the time now, as a page's block says it.
    """
    current = [
        (read, page) for read in days for event in read.events if (page := _page_of(event, read, seen=seen)) is not None
    ]
    wordings = [Wording(read.day, marks_of(page), page.headline) for read, page in current]
    old = [_wording_of(fetched) for fetched in known]
    read_days = {read.day for read in days}
    # An event stays on its day, unless that tells it no more.
    still = [
        fetched.page.withdrawn is None and wording.day not in read_days
        for wording, fetched in zip(old, known, strict=True)
    ]
    movable = [index for index, stays in enumerate(still) if not stays]
    matched = match_wordings(wordings, [*(old[index] for index in movable), *forgotten.wordings])
    changes = Changes()
    kept = {index: movable[place] for index, place in matched.items() if place < len(movable)}
    for index, known_index in kept.items():
        _keep(changes, known[known_index], current[index][1])
    rest = [index for index in range(len(current)) if index not in matched]
    living = [
        *(wordings[index] for index in kept),
        *(wording for wording, stays in zip(old, still, strict=True) if stays),
    ]
    unmatched = [wordings[index] for index in rest]
    repeats = find_repeats(unmatched, living)
    changes.repeated = set(repeats.values()) - read_days
    no_news = repeats.keys() | find_forgotten(unmatched, forgotten.wordings)
    paths = PagePaths(names, forgotten.keys)
    changes.new = [
        FetchedPage(_with_path(current[index][1], paths)) for place, index in enumerate(rest) if place not in no_news
    ]
    found = set(kept.values())
    changes.missing = [
        fetched for index, fetched in enumerate(known)
        if index not in found and fetched.page.withdrawn is None and old[index].day in read_days
    ]  # fmt: skip
    return changes


def _wording_of(fetched: FetchedPage) -> Wording:
    return Wording(
        day_of_source(fetched.page.source) or fetched.page.date, marks_of(fetched.page), fetched.page.headline
    )


def _page_of(event: DayEvent, read: ReadDay, *, seen: str) -> Page | None:
    """Return the page of an event, its path still to be chosen; None if it says nothing."""
    headline = cut(clean(event.text), _LONGEST_TEXT)
    if not headline:
        return None
    topics = dict.fromkeys(filter(None, map(topic_of_title, (*event.headings, *event.links))))
    page = Page(
        path=f"news/{read.day.year:04}/{read.day.month:02}/{read.day.day}/page",
        date=read.day,
        language="en",
        headline=headline,
        summary=None,
        sources=event.sources[:_MOST_SOURCES],
        image=None,
        topics=tuple(topics)[:_MOST_TOPICS],
        related=(),
        category=event.category,
        source=source_of(read.day),
        seen=seen,
        credit=_CREDIT + _address_of(read),
    )
    # As it will be read from its file: what is compared with it was.
    return CONTEXT.read(write_page(page), page.path)


def topic_of_title(title: str) -> str:
    """Return the topic that an article's title stands for: without years behind it, as people call it.

    ``Russo-Ukrainian war (2022–present)`` is the Russo-Ukrainian war; ``Dune (2021 film)`` keeps what tells it apart.
    """
    return _YEARS.sub("", clean(title))


def _address_of(read: ReadDay) -> str:
    """Return the address of a day's revision; without a revision, that of its page."""
    if read.revision > 0:
        return f"w/index.php?oldid={read.revision}"
    return f"wiki/{title_of(read.day).replace(' ', '_')}"


def _keep(changes: Changes, fetched: FetchedPage, now: Page) -> None:
    """Note what has become of a known page that is told, perhaps in another wording or on another day."""
    before = fetched.page
    page = replace(now, path=before.path, seen=before.seen)
    if replace(page, credit=before.credit) == before:
        changes.unchanged.append(fetched)
        return
    changes.changed.append(fetched.saying(page))


def _with_path(page: Page, paths: PagePaths) -> Page:
    return replace(page, path=paths.choose(page.date, page.headline))
