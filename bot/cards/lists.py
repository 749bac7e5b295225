"""The lists of events that buttons lead through, and the texts that stand for them in a ``custom_id``. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date

from bot.domain.dates import Day
from bot.domain.event import Listing, TopicSort
from bot.domain.subject import Subject
from bot.domain.text import cut, in_script
from bot.locale.language import Message, language, quoted

LONGEST_SEARCH = 60
_SUBJECT_NAME = 100
# What a list looks like inside a custom_id; keys are those of topics, after "w" a subject's, after "f" an event's.
TOPIC_PATTERN = r"t[0-9a-z]{12}(?:-\d{8}-\d{8})?(?:-[on])?"
_NEWS_PATTERN = r"n\d{16}(?:-[0-9a-z]{12})?"
_WINDOW_PATTERN = r"w[0-9a-z]{12}-\d{8}-\d{8}"
LIST_PATTERN = (
    rf"d\d{{4}}(?:y\d{{4}})?(?:-[0-9a-z]{{12}})?|{TOPIC_PATTERN}|{_NEWS_PATTERN}|{_WINDOW_PATTERN}|f[0-9a-z]{{12}}"
    rf"|s.{{1,{LONGEST_SEARCH}}}"
)
_DAY = re.compile(r"d(\d\d)(\d\d)(?:y(\d{4}))?(?:-([0-9a-z]{12}))?")
_TOPIC = re.compile(r"t([0-9a-z]{12})(?:-(\d{8})-(\d{8}))?(?:-([on]))?")
_NEWS = re.compile(r"n(\d{8})(\d{8})(?:-([0-9a-z]{12}))?")
_WINDOW = re.compile(r"w([0-9a-z]{12})-(\d{8})-(\d{8})")
_STORY = re.compile(r"f([0-9a-z]{12})")
_SORT_TITLES = {
    TopicSort.OLDEST: Message("{topic} · oldest first"),
    TopicSort.NEWEST: Message("{topic} · newest first"),
}


@dataclass(frozen=True, slots=True)
class DayList:
    """The events of a day of the year, or of a date; of one topic, if there is a ``topic_key``."""

    day: Day
    topic_key: str | None = None

    def __str__(self) -> str:
        year = "" if self.day.year is None else f"y{self.day.year:04}"
        return f"d{self.day.month_day:04}{year}{'-' + self.topic_key if self.topic_key else ''}"

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        day = language(locale).day(self.day)
        return f"{day} · {in_script(listing.topic.name, locale)}" if listing.topic else day


@dataclass(frozen=True, slots=True)
class TopicList:
    """The events of a topic: all of them, or those from ``since`` to ``until``, both included."""

    topic_key: str
    since: date | None = None
    until: date | None = None
    sort: TopicSort = TopicSort.BEST

    def __str__(self) -> str:
        sort = f"-{self.sort}" if self.sort else ""
        if self.since is None and self.until is None:
            return f"t{self.topic_key}{sort}"
        since, until = self.since or date.min, self.until or date.max
        return f"t{self.topic_key}-{_digits(since)}-{_digits(until)}{sort}"

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        say = language(locale)
        name = in_script(listing.topic.name, locale) if listing.topic else say("A topic that is gone")
        return say(_SORT_TITLES[self.sort].text, topic=name) if self.sort else name

    def in_year(self, year: str) -> "TopicList | None":
        """Return the part of the list that falls in one year, oldest first; None if ``year`` is no year."""
        try:
            first, last = date(int(year), 1, 1), date(int(year), 12, 31)
        except ValueError:
            return None
        since, until = max(first, self.since or first), min(last, self.until or last)
        return TopicList(self.topic_key, since, until, TopicSort.OLDEST)


@dataclass(frozen=True, slots=True)
class NewsList:
    """The events from one date to another, day by day, the newest first; of one topic, if there is a ``topic_key``."""

    since: date
    until: date
    topic_key: str | None = None

    def __str__(self) -> str:
        topic = f"-{self.topic_key}" if self.topic_key else ""
        return f"n{_digits(self.since)}{_digits(self.until)}{topic}"

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        say = language(locale)
        if listing.topic:
            return say("Latest news: {topic}", topic=in_script(listing.topic.name, locale))
        return say("Latest news")


@dataclass(frozen=True, slots=True)
class WindowList:
    """The events about a subject from one date to another, both included.

    Its ``subject`` is known to the ledger by ``subject_key``; None if it was not looked up, or is gone.
    """

    subject_key: str
    since: date
    until: date
    subject: Subject | None = field(default=None, compare=False)

    @classmethod
    def of(cls, subject: Subject, since: date, until: date) -> "WindowList":
        """Return the list of a subject's events from one date to another."""
        return cls(subject.key, since, until, subject)

    def __str__(self) -> str:
        return f"w{self.subject_key}-{_digits(self.since)}-{_digits(self.until)}"

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        say = language(locale)
        name = self.subject.name if self.subject else ""
        return say("New about {subject}", subject=cut(in_script(name, locale), _SUBJECT_NAME))


@dataclass(frozen=True, slots=True)
class StoryList:
    """An event and those around it that share its rarest topics, oldest first."""

    event_key: str

    def __str__(self) -> str:
        return f"f{self.event_key}"

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        return language(locale).say("Story")


@dataclass(frozen=True, slots=True)
class SearchList:
    """The events that have all of the words; at most 60 characters of them, in one line."""

    words: str

    def __str__(self) -> str:
        return f"s{self.words}"

    def title(self, listing: Listing, locale: str | None) -> str:
        """Name the list for its readers."""
        return language(locale).render(quoted(self.words))


EventList = DayList | TopicList | NewsList | WindowList | StoryList | SearchList


def parse_list(list_ref: str) -> EventList | None:
    """Return the list that a text in a ``custom_id`` stands for, or None if it stands for none."""
    if list_ref.startswith("s"):
        return SearchList(list_ref[1:])
    try:
        return _parse(list_ref)
    except ValueError:
        # A forged custom_id: 30 February, or a year 0.
        return None


def _parse(list_ref: str) -> EventList | None:
    """Return the list, other than a search, that a text stands for. Raises ValueError for a date that there is not."""
    if match := _DAY.fullmatch(list_ref):
        month, day, year, topic_key = match.groups()
        return DayList(Day(int(month), int(day), int(year) if year else None), topic_key)
    if match := _TOPIC.fullmatch(list_ref):
        topic_key, since, until, sort = match.groups()
        return TopicList(topic_key, _date(since), _date(until), TopicSort(sort or ""))
    if match := _NEWS.fullmatch(list_ref):
        return NewsList(_from_digits(match[1]), _from_digits(match[2]), match[3])
    if match := _WINDOW.fullmatch(list_ref):
        return WindowList(match[1], _from_digits(match[2]), _from_digits(match[3]))
    if match := _STORY.fullmatch(list_ref):
        return StoryList(match[1])
    return None


def parse_topic_list(list_ref: str) -> TopicList | None:
    """Return the topic's list that a text in a ``custom_id`` stands for, or None if it stands for something else."""
    event_list = parse_list(list_ref)
    return event_list if isinstance(event_list, TopicList) else None


def _date(digits: str | None) -> date | None:
    return _from_digits(digits) if digits else None


def _from_digits(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _digits(day: date) -> str:
    return day.isoformat().replace("-", "")
