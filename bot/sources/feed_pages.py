"""Brings pages on the disk in step with what a feed's document says now. Pure.

Feeds are windows: what has left one is kept as it is, and nothing is ever withdrawn.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.domain.errors import PageError
from bot.domain.feed import Feed, FeedDocument, FeedItem
from bot.domain.page import Page, Source
from bot.domain.text import cut
from bot.formats.context import CONTEXT
from bot.formats.write_page import write_page
from bot.sources.feed_links import canonical_link
from bot.sources.feed_matching import Entry, Known, is_forgotten, match_items
from bot.sources.fetched_page import FetchedPage
from bot.sources.forgotten import Forgotten
from bot.sources.page_marks import marks_of
from bot.sources.page_paths import PagePaths
from bot.sources.page_source import FeedSource, item_name

# New items of one visit to a known feed, from which on something has gone wrong.
MOST_NEW = 50
# Older items were news before the feed was read.
_NEWS_DAYS = 30
_LONGEST_SUMMARY, _MOST_TOPICS, _MOST_SOURCES = 300, 20, 50


@dataclass(slots=True)
class FeedChanges:
    """What a visit changes: pages that are new or changed, and those that stay; ``flood`` is how many were too many."""

    new: list[FetchedPage] = field(default_factory=list)
    changed: list[FetchedPage] = field(default_factory=list)
    unchanged: list[FetchedPage] = field(default_factory=list)
    flood: int = 0

    @property
    def pages(self) -> list[FetchedPage]:
        """The pages that tell the document's items."""
        return [*self.new, *self.changed, *self.unchanged]


def entries_of(feed: Feed, document: FeedDocument, *, today: date, names: Mapping[str, Sequence[str]]) -> list[Entry]:
    """Return the items as the pages that they would be; ``names`` are known topics in each headline."""
    entries = (_entry_of(feed, document, item, today, names.get(item.headline, ())) for item in document.items)
    return [item for item in entries if item is not None]


def compare(  # noqa: PLR0913  (all that a visit knows)
    feed: Feed,
    entries: Sequence[Entry],
    known: Sequence[Known],
    *,
    taken: Mapping[date, Collection[str]],
    forgotten: Forgotten,
    today: date,
    seen: str,
    is_first_visit: bool,
) -> FeedChanges:
    """Return what has changed, given the pages known of these items and of the days around them.

    ``taken`` are the names of files that are taken on each day, ``seen`` is the time now, as a page's block says it.
    """
    matched = match_items(entries, known, feed.address)
    changes = FeedChanges()
    for number, index in matched.items():
        _keep(changes, known[index], entries[number], feed)
    new = [
        item for number, item in enumerate(entries)
        if number not in matched and not is_forgotten(item, forgotten, feed.address)
    ]  # fmt: skip
    joined = sum(not known[index].source.tells(feed.address) for index in matched.values())
    if len(new) + joined > MOST_NEW and not is_first_visit:
        changes.flood = len(new) + joined
    paths = PagePaths(taken, forgotten.keys)
    for item in new:
        is_news = not changes.flood and (today - item.day).days <= _NEWS_DAYS
        path = paths.choose(item.day, item.page.headline, item.page.language)
        changes.new.append(FetchedPage(replace(item.page, path=path, seen=seen if is_news else None)))
    return changes


def marks_of_item(entry: Entry, address: str) -> Iterator[str]:
    """Yield the marks by which the page of an item is found, also when its day is not known any more."""
    yield f"name {address}#{entry.name}"
    if entry.place:
        yield f"link {entry.place}"


def marks_of_page(page: Page) -> Iterator[str]:
    """Yield the marks of a page that tells items of feeds."""
    source = FeedSource.of(page.source)
    for address, name in source.items if source else ():
        yield f"name {address}#{name}"
    for link in page.sources:
        yield f"link {canonical_link(link.url)}"


def _entry_of(feed: Feed, document: FeedDocument, item: FeedItem, today: date, names: Sequence[str]) -> Entry | None:
    """Return an item as it is told now; None if no page can be made of it."""
    day = item.day(today)
    name = item_name(item.id, item.headline)
    page = Page(
        path=f"news/{day.year:04}/{day.month:02}/{day.day}/page",
        date=day,
        language=feed.language,
        headline=item.headline,
        # A line that begins with these would begin a section.
        summary=cut((item.summary or "").lstrip("#").strip(), _LONGEST_SUMMARY) or None,
        sources=(Source(feed.name, item.link or document.home or feed.address),),
        image=item.image,
        topics=tuple(dict.fromkeys((*item.categories, *names)))[:_MOST_TOPICS],
        related=(),
        category=item.categories[0] if item.categories else None,
        source=str(FeedSource(((feed.address, name),), day)),
        credit=feed.name,
    )
    try:
        # As it will be read from its file: what is compared with it was.
        page = CONTEXT.read(write_page(page), page.path)
    except PageError:
        return None
    place = canonical_link(item.link) if item.link and item.is_own_link else None
    return Entry(item, name, page, marks_of(page), place, item.dated(today) is not None)


def _keep(changes: FeedChanges, known: Known, entry: Entry, feed: Feed) -> None:
    """Note what has become of a known page that a feed tells: its own words count, if it told the story first."""
    before = known.page
    page = replace(
        before,
        source=str(known.source.with_item(feed.address, entry.name)),
        sources=_sources(known, entry, feed.address),
        image=before.image or entry.page.image,
    )
    if known.source.leader == feed.address:
        page = _reworded(page, entry, is_alone=len(known.source.items) == 1)
    if page == before:
        changes.unchanged.append(known.fetched)
        return
    changes.changed.append(known.fetched.saying(page))


def _reworded(before: Page, entry: Entry, *, is_alone: bool) -> Page:
    """Return a page with what its feed says now; its day, its path and its publisher stay."""
    now = entry.page
    page = replace(
        before, headline=now.headline, summary=now.summary, language=now.language, category=now.category,
        image=now.image or (None if is_alone else before.image),
    )  # fmt: skip
    same_words = (before.headline, before.summary) == (now.headline, now.summary)
    # Names that have become known meanwhile are no reason to write a page again.
    if not (same_words and set(entry.item.categories) <= set(before.topics)):
        topics = now.topics if is_alone else dict.fromkeys((*now.topics, *before.topics))
        page = replace(page, topics=tuple(topics)[:_MOST_TOPICS])
    return page


def _sources(known: Known, entry: Entry, address: str) -> tuple[Source, ...]:
    """Return the sources of a page with that of an item: each address once, with the names of all who lead there."""
    sources = list(known.page.sources)
    (new,) = entry.page.sources
    place = canonical_link(new.url)
    for index, source in enumerate(sources):
        if canonical_link(source.url) == place:
            if f", {new.name}, " not in f", {source.name}, ":
                sources[index] = source._replace(name=f"{source.name}, {new.name}")
            return tuple(sources)
    same_name = [index for index, source in enumerate(sources) if source.name == new.name]
    if known.source.tells(address) and len(same_name) == 1:
        # Its link has changed.
        sources[same_name[0]] = new
    elif len(sources) < _MOST_SOURCES:
        sources.append(new)
    return tuple(sources)
