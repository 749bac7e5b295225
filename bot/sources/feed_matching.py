"""Which page on the disk tells an item that a feed has now: an edit, or the same story from another feed. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.archive.merge import HeadlineRecord, same_event
from bot.domain.feed import FeedItem
from bot.domain.page import Page
from bot.domain.text import words
from bot.sources.feed_links import canonical_link
from bot.sources.fetched_page import FetchedPage
from bot.sources.forgotten import Forgotten
from bot.sources.page_marks import Marks, marks_of
from bot.sources.page_matching import MOST_DAYS_MOVED, share_of_words
from bot.sources.page_source import FeedSource, is_id

# Other feeds tell a story on the same day, the day before or after.
NEAR = 1
# Shares of words: an item with its id keeps some of them, one with its link alone half, one with neither nearly all.
_WITH_ID, _WITH_LINK, _ALONE = 0.2, 0.5, 0.9
# What two feeds call "Morning briefing" is not one event.
_FEW_WORDS = 4
# Headlines that share fewer words are not compared.
_SHARED_WORDS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as its feed tells it now, and the page that it would be, on the item's day.

    ``name`` is its id, or stands for its words; ``place`` is its link as links are compared, None where that does not
    lead to this item alone; ``is_dated`` says whether the day is the item's own.
    """

    item: FeedItem
    name: str
    page: Page
    marks: Marks
    place: str | None
    is_dated: bool

    @property
    def day(self) -> date:
        """The day."""
        return self.page.date


class Known:
    """A page on the disk that tells an item, or several feeds' items."""

    __slots__ = ("fetched", "marks", "places", "source")

    def __init__(self, fetched: FetchedPage, source: FeedSource) -> None:
        self.fetched = fetched
        self.source = source
        self.marks = marks_of(fetched.page)
        self.places = frozenset(canonical_link(link.url) for link in fetched.page.sources)

    @property
    def page(self) -> Page:
        """What the page says."""
        return self.fetched.page


def known_pages(pages: Iterable[FetchedPage]) -> list[Known]:
    """Return those pages that tell items of feeds, each once."""
    by_path = {fetched.page.path: fetched for fetched in pages}
    sources = ((fetched, FeedSource.of(fetched.page.source)) for fetched in by_path.values())
    return [Known(fetched, source) for fetched, source in sources if source]


def match_items(entries: Sequence[Entry], known: Sequence[Known], address: str) -> dict[int, int]:
    """Return which known page tells each item of the feed at ``address``, by their indexes; new ones are left out.

    First its own pages count: by name, by link, by nearly all words where neither is left. Then those of other feeds of
    these days, by link or by what they tell. Each page tells one item of a feed.
    """
    own = [index for index, page in enumerate(known) if page.source.tells(address)]
    others = [index for index, page in enumerate(known) if not page.source.tells(address)]
    matching = _Matching(entries, known, address)
    matching.take(own, _by_name(known, own, address), lambda item: item.name, _has_same_name)
    matching.take(own, _by_place(known, own), lambda item: item.place, _has_same_link)
    matching.take_by_words(own, _is_reworded)
    matching.take(others, _by_place(known, others), lambda item: item.place, _is_near)
    matching.take_by_words(others, _is_same_event)
    return matching.matched


def is_forgotten(entry: Entry, forgotten: Forgotten, address: str) -> bool:
    """Return whether an item tells an event that was taken out for good, in whatever wording."""
    for source, wording in zip(forgotten.sources, forgotten.wordings, strict=True):
        feed = FeedSource.of(source)
        away = abs((entry.day - wording.day).days)
        share = share_of_words(entry.marks, wording.marks)
        same_id = bool(feed and is_id(entry.name) and (address, entry.name) in feed.items)
        cites = bool(entry.place and entry.marks.citations & wording.marks.citations)
        near = away <= MOST_DAYS_MOVED
        if (
            (same_id and (cites or share >= _WITH_ID or away <= NEAR))
            or (cites and (near or not entry.is_dated or share >= _WITH_LINK))
            or (near and share >= _WITH_LINK)
            or (share >= _ALONE and not entry.is_dated)
        ):
            return True
    return False


# Says whether a page tells an item of the feed at an address.
_Rule = Callable[[Entry, Known, str], bool]


class _Matching:
    """The pairs found so far: pages by their items."""

    def __init__(self, entries: Sequence[Entry], known: Sequence[Known], address: str) -> None:
        self._entries, self._known, self._address = entries, known, address
        self.matched: dict[int, int] = {}
        self._taken: set[int] = set()

    def take(
        self,
        pages: Sequence[int],
        by_name: Mapping[str, list[int]],
        name_of: Callable[[Entry], str | None],
        rule: _Rule,
    ) -> None:
        """Match items to pages of the same name, or the same link, of which the rule says so."""
        if pages:
            for number, item in self._rest():
                self._take_best(number, by_name.get(name_of(item) or "", ()), rule)

    def take_by_words(self, pages: Sequence[int], rule: _Rule) -> None:
        """Match items to pages that share words with them, of which the rule says so."""
        rest = [index for index in pages if index not in self._taken]
        by_word: dict[str, list[int]] = defaultdict(list)
        for index in rest:
            for word in set(words(self._known[index].page.headline)):
                by_word[word].append(index)
        for number, item in self._rest():
            own = set(words(item.page.headline))
            shared = Counter(index for word in own for index in by_word.get(word, ()))
            enough = min(_SHARED_WORDS, len(own))
            self._take_best(number, [index for index, count in shared.items() if count >= enough], rule)

    def _rest(self) -> list[tuple[int, Entry]]:
        return [(number, item) for number, item in enumerate(self._entries) if number not in self.matched]

    def _take_best(self, number: int, pages: Iterable[int], rule: _Rule) -> None:
        """Match an item to the page that shares most words with it, of those that are free and that the rule allows."""
        item = self._entries[number]
        fit = [index for index in pages if index not in self._taken and rule(item, self._known[index], self._address)]
        if fit:
            best = max(fit, key=lambda index: (share_of_words(item.marks, self._known[index].marks), -index))
            self.matched[number] = best
            self._taken.add(best)


def _by_name(known: Sequence[Known], pages: Sequence[int], address: str) -> dict[str, list[int]]:
    by_name: dict[str, list[int]] = defaultdict(list)
    for index in pages:
        by_name[known[index].source.name_of(address) or ""].append(index)
    return by_name


def _by_place(known: Sequence[Known], pages: Sequence[int]) -> dict[str, list[int]]:
    by_place: dict[str, list[int]] = defaultdict(list)
    for index in pages:
        for place in known[index].places:
            by_place[place].append(index)
    return by_place


def _days_apart(entry: Entry, known: Known) -> int:
    return abs((entry.day - known.page.date).days)


def _has_same_name(entry: Entry, known: Known, _: str) -> bool:
    """Return whether an item with the name of a page is the same.

    Some programs give an id to another item later, and the same words may stand above something new each day.
    """
    if not is_id(entry.name):
        return not entry.is_dated or _days_apart(entry, known) == 0
    return (
        entry.place in known.places
        or share_of_words(entry.marks, known.marks) >= _WITH_ID
        or _days_apart(entry, known) <= NEAR
    )


def _has_same_link(entry: Entry, known: Known, address: str) -> bool:
    """Return whether an item with the link of a page is the same: some links lead to what is new each day."""
    return (
        _days_apart(entry, known) == 0
        or share_of_words(entry.marks, known.marks) >= _WITH_LINK
        or (not entry.is_dated and not _has_other_id(entry, known, address))
    )


def _is_reworded(entry: Entry, known: Known, address: str) -> bool:
    """Return whether an item is one that has lost both its name and its link: nearly all words stay, and the day."""
    on_its_day = _days_apart(entry, known) == 0 or not (entry.is_dated or _has_other_id(entry, known, address))
    return on_its_day and share_of_words(entry.marks, known.marks) >= _ALONE


def _has_other_id(entry: Entry, known: Known, address: str) -> bool:
    """Return whether both have an id; it is known not to be the same one."""
    return is_id(entry.name) and is_id(known.source.name_of(address))


def _is_near(entry: Entry, known: Known, _: str = "") -> bool:
    return _days_apart(entry, known) <= NEAR


def _is_same_event(entry: Entry, known: Known, _: str) -> bool:
    """Return whether another feed's page tells the same: what it says is enough, and alike."""
    if not _is_near(entry, known) or len(words(entry.page.headline)) < _FEW_WORDS:
        return False
    records = (
        HeadlineRecord(number, page.headline, page.language, frozenset(source.url for source in page.sources))
        for number, page in enumerate((entry.page, known.page))
    )
    return same_event(*records)
