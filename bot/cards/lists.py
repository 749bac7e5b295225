"""The lists that buttons lead through: a day's, a topic's, a story's, a search's; each as a ``custom_id`` has it."""

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.archive.archive import Archive
from bot.domain.dates import Day
from bot.domain.event import Cursor, Listing, TopicSort
from bot.domain.text import in_script
from bot.locale.language import Message, event_language_for, language, quoted

LONGEST_SEARCH = 60
# What a reference looks like inside a custom_id; keys are those of topics.
OF_TOPIC = r"t[0-9a-z]{12}(?:-\d{8}-\d{8})?(?:-[on])?"
PATTERN = rf"d\d{{4}}(?:y\d{{4}})?(?:-[0-9a-z]{{12}})?|{OF_TOPIC}|f[0-9a-z]{{12}}|s.{{1,{LONGEST_SEARCH}}}"
_DAY = re.compile(r"d(\d\d)(\d\d)(?:y(\d{4}))?(?:-([0-9a-z]{12}))?")
_TOPIC = re.compile(r"t([0-9a-z]{12})(?:-(\d{8})-(\d{8}))?(?:-([on]))?")
_STORY = re.compile(r"f([0-9a-z]{12})")
_ORDERS = {TopicSort.OLDEST: Message("{topic} · oldest first"), TopicSort.NEWEST: Message("{topic} · newest first")}


@dataclass(frozen=True, slots=True)
class DayList:
    """The events of a day of the year, or of a date; ``topic`` is a topic's key."""

    day: Day
    topic: str | None = None

    def __str__(self) -> str:
        year = "" if self.day.year is None else f"y{self.day.year:04}"
        return f"d{self.day.month_day:04}{year}{'-' + self.topic if self.topic else ''}"

    async def read(
        self, archive: Archive, *, cursor: Cursor | None = None, limit: int = 1, locale: str | None = None
    ) -> Listing:
        """Ask the archive for a part of the list, as readers of a locale are given it."""
        return await archive.on_this_day(
            self.day.month_day,
            year=self.day.year,
            topic=self.topic,
            limit=limit,
            cursor=cursor,
            prefer=event_language_for(locale),
        )

    async def near(self, archive: Archive, *, later: bool, limit: int = 1) -> list[tuple["DayList", int]]:
        """Return the nearest such lists before or after this one that have events, each with their number."""
        days = await archive.nearest_days(
            self.day.month_day, year=self.day.year, topic=self.topic, later=later, limit=limit
        )
        return [
            (replace(self, day=Day(month_day // 100, month_day % 100, year)), events)
            for month_day, year, events in days
        ]

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        day = language(locale).day(self.day)
        return f"{day} · {in_script(listing.topic.name, locale)}" if listing.topic else day


@dataclass(frozen=True, slots=True)
class TopicList:
    """The events of a topic (its key), of all times or between two dates."""

    topic: str
    since: date | None = None
    until: date | None = None
    order: TopicSort = TopicSort.BEST

    def __str__(self) -> str:
        order = f"-{self.order}" if self.order else ""
        if self.since is None and self.until is None:
            return f"t{self.topic}{order}"
        since, until = self.since or date.min, self.until or date.max
        return f"t{self.topic}-{since.isoformat().replace('-', '')}-{until.isoformat().replace('-', '')}{order}"

    async def read(
        self, archive: Archive, *, cursor: Cursor | None = None, limit: int = 1, locale: str | None = None
    ) -> Listing:
        """Ask the archive for a part of the list, as readers of a locale are given it."""
        return await archive.topic(
            self.topic,
            since=self.since,
            until=self.until,
            sort=self.order,
            limit=limit,
            cursor=cursor,
            prefer=event_language_for(locale),
        )

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        say = language(locale)
        name = in_script(listing.topic.name, locale) if listing.topic else say("A topic that is gone")
        return say(_ORDERS[self.order].text, topic=name) if self.order else name


@dataclass(frozen=True, slots=True)
class StoryList:
    """An event (its key) and those around it that share its rarest topics, the oldest first."""

    key: str

    def __str__(self) -> str:
        return f"f{self.key}"

    async def read(
        self, archive: Archive, *, cursor: Cursor | None = None, limit: int = 1, locale: str | None = None
    ) -> Listing:
        """Ask the archive for a part of the list, as readers of a locale are given it."""
        return await archive.story(self.key, limit=limit, cursor=cursor)

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        return language(locale).say("The story")


@dataclass(frozen=True, slots=True)
class SearchList:
    """The events that have all of the words; at most 60 characters of them, in one line."""

    words: str

    def __str__(self) -> str:
        return f"s{self.words}"

    async def read(
        self, archive: Archive, *, cursor: Cursor | None = None, limit: int = 1, locale: str | None = None
    ) -> Listing:
        """Ask the archive for a part of the list, as readers of a locale are given it."""
        return await archive.search(self.words, limit=limit, cursor=cursor, prefer=event_language_for(locale))

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        return language(locale).render(quoted(self.words))


EventList = DayList | TopicList | StoryList | SearchList


def parse_list(reference: str) -> EventList | None:
    """Return the list that a custom_id refers to, or None if it is none."""
    if reference.startswith("s"):
        return SearchList(reference[1:])
    try:
        if found := _DAY.fullmatch(reference):
            month, day, year, topic = found.groups()
            return DayList(Day(int(month), int(day), int(year) if year else None), topic)
        if found := _TOPIC.fullmatch(reference):
            topic, since, until, order = found.groups()
            return TopicList(topic, _date(since), _date(until), TopicSort(order or ""))
        if found := _STORY.fullmatch(reference):
            return StoryList(found[1])
    except ValueError:
        # A forged custom_id: 30 February, or a year 0.
        pass
    return None


def _date(digits: str | None) -> date | None:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) if digits else None
