"""Brings pages on the disk in step with what the *On this day* lists of a day say now. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.domain.page import Page, Source
from bot.domain.text import cut
from bot.formats.context import CONTEXT
from bot.formats.write_page import write_page
from bot.sources.fetched_page import FetchedPage
from bot.sources.forgotten import Forgotten
from bot.sources.onthisday_lists import Article, Entry, day_name
from bot.sources.page_marks import marks_of
from bot.sources.page_matching import Wording, match_wordings, share_of_words
from bot.sources.page_paths import PagePaths
from bot.sources.page_source import WikipediaDay
from bot.sources.portal_days import topic_of_title

_CREDIT = "Wikipedia contributors, CC BY-SA 4.0, https://{language}.wikipedia.org/wiki/{title}"
_LONGEST_TEXT, _MOST_TOPICS = 2000, 40
# The share of its words that an entry keeps when editors correct its year.
_SAME_WORDS = 0.8
# A list that has under half of the events that it had, of so many, was blanked by somebody.
_MANY, _LEAST_LEFT = 6, 0.5


@dataclass(slots=True)
class Changes:
    """What is to be written: pages that are new, changed and withdrawn; and those that stay."""

    new: list[FetchedPage] = field(default_factory=list)
    changed: list[FetchedPage] = field(default_factory=list)
    unchanged: list[FetchedPage] = field(default_factory=list)
    withdrawn: list[FetchedPage] = field(default_factory=list)

    @property
    def written(self) -> list[FetchedPage]:
        """The pages that are to be written."""
        return [*self.new, *self.changed, *self.withdrawn]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the pages that tell what the lists say."""
        return tuple(sorted(fetched.page.path for fetched in (*self.new, *self.changed, *self.unchanged)))


def doubt(entries: Sequence[Entry], known: Sequence[FetchedPage]) -> str | None:
    """Say why the lists of a day cannot be believed, given the pages that they had; None if they can."""
    before = sum(_follows_list(fetched.page) for fetched in known)
    now = sum(not entry.is_selected for entry in entries)
    if before >= _MANY and now < before * _LEAST_LEFT:
        return f"its list gives {now} events where it gave {before} before"
    return None


def compare(
    day: WikipediaDay,
    entries: Sequence[Entry],
    known: Sequence[FetchedPage],
    *,
    names: Mapping[date, Collection[str]],
    forgotten: Forgotten,
    today: date,
) -> Changes:
    """Return what has changed on a day, given the entries of both lists, and the pages known of it.

    ``names`` are the file names that are taken on each date. What the list of events has no more is withdrawn; the
    editors' choice changes every year, and what was once in it stays.
    """
    pages = list(_pages(day, entries))
    matched = _match(pages, known)
    changes = Changes()
    for index, known_index in matched.items():
        _keep(changes, known[known_index], pages[index])
    new = [page for index, page in enumerate(pages) if index not in matched]
    wordings = [_wording_of(page) for page in new]
    again = match_wordings(wordings, [wording for wording in forgotten.wordings if wording.day in names])
    paths = PagePaths(names, forgotten.keys)
    for index, page in enumerate(new):
        if index not in again:
            path = paths.choose(page.date, page.headline, page.language)
            changes.new.append(FetchedPage(replace(page, path=path)))
    found = set(matched.values())
    for index, fetched in enumerate(known):
        if index not in found and fetched.page.withdrawn is None:
            if _follows_list(fetched.page):
                changes.withdrawn.append(fetched.withdrawn(since=today))
            else:
                changes.unchanged.append(fetched)
    return changes


def _follows_list(page: Page) -> bool:
    """Return whether a page stands and falls with the list of events."""
    return page.withdrawn is None and not page.pick


def _pages(day: WikipediaDay, entries: Sequence[Entry]) -> Iterator[Page]:
    """Yield what the two lists say, as the pages that it would be: what both have once, in the words of the events."""
    chosen = [_page_of(day, entry) for entry in entries if entry.is_selected]
    listed = [_page_of(day, entry) for entry in entries if not entry.is_selected]
    in_both = match_wordings([_wording_of(page) for page in listed], [_wording_of(page) for page in chosen])
    for index, page in enumerate(listed):
        other = chosen[in_both[index]] if index in in_both else None
        if other is None:
            yield page
            continue
        topics = dict.fromkeys((*page.topics, *other.topics))
        yield replace(
            page, pick=True, topics=tuple(topics)[:_MOST_TOPICS], sources=page.sources or other.sources,
            image=page.image or other.image, item=page.item or other.item,
        )  # fmt: skip
    yield from (page for index, page in enumerate(chosen) if index not in in_both.values())


def _page_of(day: WikipediaDay, entry: Entry) -> Page:
    """Return the page of an entry, its path still to be chosen."""
    lead, when = entry.lead, entry.date
    title = day_name(day.language, day.month, day.day).replace(" ", "_")
    page = Page(
        path=f"news/{when.year:04}/{when.month:02}/{when.day}/page",
        date=when,
        language=day.language,
        headline=cut(entry.text, _LONGEST_TEXT),
        summary=None,
        sources=(Source(f"{lead.title} (Wikipedia)", lead.url),) if lead else (),
        image=lead.image if lead else None,
        topics=_topics(lead, entry.articles),
        related=(),
        pick=entry.is_selected,
        source=day.source_of(when),
        credit=_CREDIT.format(language=day.language, title=title),
        item=lead.item if lead else None,
    )
    # As it will be read from its file: what is compared with it was.
    return CONTEXT.read(write_page(page), page.path)


def _topics(lead: Article | None, articles: Sequence[Article]) -> tuple[str, ...]:
    titles = [article.title for article in (*((lead,) if lead else ()), *articles) if not article.is_date]
    return tuple(dict.fromkeys(filter(None, map(topic_of_title, titles))))[:_MOST_TOPICS]


def _wording_of(page: Page) -> Wording:
    return Wording(page.date, marks_of(page), page.headline)


def _match(pages: Sequence[Page], known: Sequence[FetchedPage]) -> dict[int, int]:
    """Return which known page each one is a later wording of, by their indexes; also where its year was corrected."""
    wordings, old = [_wording_of(page) for page in pages], [_wording_of(fetched.page) for fetched in known]
    matched = match_wordings(wordings, old)
    for index, wording in enumerate(wordings):
        if index not in matched:
            left = (other for other in range(len(old)) if other not in matched.values())
            corrected = next((other for other in left if _is_corrected(wording, old[other])), None)
            if corrected is not None:
                matched[index] = corrected
    return matched


def _is_corrected(now: Wording, before: Wording) -> bool:
    same_source = not now.marks.citations.isdisjoint(before.marks.citations)
    return same_source and share_of_words(now.marks, before.marks) >= _SAME_WORDS


def _keep(changes: Changes, fetched: FetchedPage, now: Page) -> None:
    """Note what has become of a known page that the lists tell, perhaps in other words."""
    before = fetched.page
    page = replace(now, path=before.path, pick=now.pick or before.pick, seen=before.seen, weight=before.weight)
    if page == before:
        changes.unchanged.append(fetched)
    else:
        changes.changed.append(fetched.saying(page))
