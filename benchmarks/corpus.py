"""An archive's worth of events with a realistic shape, from a seed: the same seed and size give the same events.

One in four is Chinese, one in ten a stub. Headlines: median 170 characters, 99 % under 500. Topics: 0.3 names for each
event, with a long tail, the top ones on some 4 % of all events. No two pages are about the same event.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.words import Vocabulary
from bot.domain.page import Mention, Page, Source

# Raised whenever the same seed and size would give other events.
VERSION = 1
SEED = 2026
FIRST, LAST = date(1999, 1, 1), date(2026, 12, 31)
# Shares: of events that are Chinese, of events that are stubs, of Chinese headlines in traditional script.
_CHINESE, _STUBS, _TRADITIONAL = 0.25, 0.1, 0.4
_TOPIC_NAMES_PER_EVENT = 0.3
# How flat the beginning of the topics' long tail is: with 10, the top topic of a million events is on 40,000.
_SHIFT = 10
_TOPICS_PER_EVENT = (3, 4, 5, 5, 6, 6, 7)
# The most related events of a page, and how often one is drawn.
_RELATED, _TRIES = 10, 24
# Logarithms of lengths in words, spread as those of the real headlines are.
_WORDS, _WORDS_ZH, _SPREAD = 3.25, 3.3, 0.38
_LONGEST_SLUG, _LONGEST_SLUG_ZH = 140, 60
_SOURCES = (
    "BBC News",
    "Reuters",
    "The New York Times",
    "CNN",
    "Al Jazeera",
    "AP",
    "The Guardian",
    "新华网",
    "中国日报",
)
# Shares of pages with these, and of English headlines with an acronym.
_HAS_OWN_TOPIC, _HAS_SUMMARY, _HAS_IMAGE, _HAS_ITALICS, _HAS_ACRONYM = 0.7, 0.6, 0.35, 0.05, 0.05


@dataclass(frozen=True, slots=True)
class _Event:
    """One event without its relations; ``topics`` are numbers, in the order of their names."""

    path: str
    day: date
    chinese: bool
    headline: str
    topics: tuple[int, ...]


class Corpus:
    """Events numbered from 0 in the order of their paths."""

    def __init__(self, size: int, *, seed: int = SEED, days: int = (LAST - FIRST).days + 1) -> None:
        self._seed = seed
        self._words = Vocabulary(seed)
        rng = random.Random(f"{seed} events")  # noqa: S311  (no secret)
        names = max(int(size * _TOPIC_NAMES_PER_EVENT), 40)
        self._english = names - int(names * _CHINESE)
        self.topics = [
            *self._words.topics(rng, self._english, chinese=False),
            *self._words.topics(rng, names - self._english, chinese=True),
        ]
        events: dict[str, _Event] = {}
        while len(events) < size:
            event = self._draw(rng, FIRST + timedelta(len(events) * days // size))
            events.setdefault(event.path, event)
        self.events = [events.pop(path) for path in sorted(events)]
        self.related: list[Sequence[int]] = [()] * size
        # The events whose pages list an event, in the order of their paths.
        self.listers: list[list[int]] = [[] for _ in range(size)]
        self._relate(rng)

    def is_stub(self, number: int) -> bool:
        """Tell whether an event has no page."""
        return self._stub[number]

    def shared(self, first: int, second: int) -> list[str]:
        """Return the names of the topics that two events share, sorted, as a context lists them."""
        topics = self.events[second].topics
        return [self.topics[topic] for topic in self.events[first].topics if topic in topics]

    def page(self, number: int) -> Page:
        """Return the page of an event."""
        event = self.events[number]
        rng = random.Random(self._seed << 32 | number)  # noqa: S311
        mentions = []
        for related_number in self.related[number]:
            related = self.events[related_number]
            topics = tuple(self.shared(number, related_number))
            mentions.append(Mention(related.path, related.day, related.headline, topics))
        own_topic = [self.topics[rng.choice(event.topics)]] if rng.random() < _HAS_OWN_TOPIC or not mentions else []
        frequent = Counter(topic for mention in mentions for topic in mention.topics).most_common()
        return Page(
            path=event.path,
            date=event.day,
            language=self.language(number),
            headline=event.headline,
            summary=self._sentence(rng, event.chinese) if rng.random() < _HAS_SUMMARY else None,
            sources=tuple(
                Source(rng.choice(_SOURCES), f"https://news{rng.randrange(90)}.example.org/world/{number}/{index}")
                for index in range(rng.choice((0, 1, 1, 1, 2, 3)))
            ),
            image=f"https://images.example.org/{number}/cover.jpg" if rng.random() < _HAS_IMAGE else None,
            topics=tuple(dict.fromkeys([*own_topic, *(topic for topic, _ in frequent)])),
            related=tuple(mentions),
        )

    def event_topics(self, number: int, page: Page | None) -> list[str]:
        """Return an event's topics: those of its page, then those of the contexts in which others list it."""
        topics = dict.fromkeys(page.topics if page else ())
        missing = len(self.events[number].topics) - len(topics)
        for lister in self.listers[number]:
            if not missing:
                break
            topics.update(dict.fromkeys(self.shared(lister, number)))
            missing = len(self.events[number].topics) - len(topics)
        return list(topics)

    def language(self, number: int) -> str:
        """Return an event's language."""
        return "zh" if self.events[number].chinese else "en"

    def _draw(self, rng: random.Random, day: date) -> _Event:
        chinese = rng.random() < _CHINESE
        topics: set[int] = set()
        first, names = (self._english, len(self.topics) - self._english) if chinese else (0, self._english)
        for _ in range(rng.choice(_TOPICS_PER_EVENT)):
            topics.add(first + min(int(_SHIFT * (1 + names / _SHIFT) ** rng.random() - _SHIFT), names - 1))
        in_order = tuple(sorted(topics, key=self.topics.__getitem__))
        headline = self._headline(rng, in_order, chinese=chinese)
        longest = _LONGEST_SLUG_ZH if chinese else _LONGEST_SLUG
        slug = "-".join("".join(sign if sign.isalnum() else " " for sign in headline.lower()).split())[:longest]
        path = f"news/{day.year}/{day.month:02}/{day.day}/{slug.strip('-')}"
        return _Event(path, day, chinese, headline, in_order)

    def _headline(self, rng: random.Random, topics: Sequence[int], *, chinese: bool) -> str:
        topic = self.topics[rng.choice(topics)]
        if not chinese:
            words = self._words.text(rng, max(int(rng.lognormvariate(_WORDS, _SPREAD)), 3))
            if rng.random() < _HAS_ACRONYM and len(topic.split()) > 2:  # noqa: PLR2004
                topic += f" ({''.join(word[0] for word in topic.split() if word[0].isupper())})"
            words.insert(rng.randrange(len(words)), topic)
            words.insert(rng.randrange(len(words)), str(rng.randrange(2, 500)))
            text = " ".join(words)
            return f"{text[0].upper()}{text[1:]}."
        traditional = rng.random() < _TRADITIONAL
        count = max(int(rng.lognormvariate(_WORDS_ZH, _SPREAD)), 4)
        words = self._words.chinese_text(rng, count, traditional=traditional)
        words[rng.randrange(count)] = "，"
        words[rng.randrange(count)] = str(rng.randrange(2, 500))
        words.insert(rng.randrange(count), topic)
        return "".join(words).strip("，") + "。"

    def _sentence(self, rng: random.Random, chinese: bool) -> str:  # noqa: FBT001
        if chinese:
            return "".join(self._words.chinese_text(rng, rng.randrange(20, 60), traditional=False)) + "。"
        return " ".join(self._words.text(rng, rng.randrange(20, 60))).capitalize() + "."

    def _relate(self, rng: random.Random) -> None:
        """Give each page its list: events that share one of its topics, some of them listed far more than others."""
        members: list[list[int]] = [[] for _ in self.topics]
        for number, event in enumerate(self.events):
            for topic in event.topics:
                members[topic].append(number)
        self._stub = [rng.random() < _STUBS for _ in self.events]
        for number, event in enumerate(self.events):
            if self._stub[number]:
                continue
            related: dict[int, None] = {}
            for _ in range(_TRIES):
                sharing = members[rng.choice(event.topics)]
                candidate = sharing[int(rng.random() ** 2 * len(sharing)) * 7919 % len(sharing)]
                if candidate != number:
                    related[candidate] = None
                    if len(related) == _RELATED:
                        break
            self.related[number] = tuple(related)
            for related_number in related:
                self.listers[related_number].append(number)
        # A stub that nobody lists would not be in the archive.
        self._stub = [stub and bool(self.listers[number]) for number, stub in enumerate(self._stub)]


def write_pages(corpus: Corpus, folder: Path) -> int:
    """Write all pages of a corpus where the archive would have them below ``folder``; return how many."""
    count = 0
    for number in range(len(corpus.events)):
        if corpus.is_stub(number):
            continue
        page = corpus.page(number)
        file = folder / f"{page.path}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines_of_page(page, newer=number % 2 == 0)) + "\n", "utf-8")
        count += 1
    return count


def lines_of_page(page: Page, *, newer: bool) -> Iterator[str]:
    """Yield the lines of a page of the older or the newer generation; its first topic stands above its headline."""
    chinese = page.language == "zh"
    if newer:
        yield from ("", f"Formats: [HTML](/{page.path}.html)  [JSON](/{page.path}.json)  [XML](/{page.path}.xml)  ", "")
    yield from (f"### [{page.date}](/news/{page.date:%Y/%m/%d}/index.md)", "")
    if page.topics:
        yield f"##### {page.topics[0]}"
    yield from (f"# {_with_markup(page.headline, newer=newer)}", "", page.summary or "", "", "")
    items = [f"{number}. [{source.name}]({source.url})" for number, source in enumerate(page.sources, 1)]
    items += [f"1. [Cover Image]({page.image})"] if page.image else []
    if items:
        yield from ("### 信息来源:" if chinese else "### Sources:" if newer else "### Source:", "", *items, "")
    if page.related:
        yield from ("### 有关:" if chinese else "### Related:", "")
    for number, mention in enumerate(page.related, 1):
        context = f"_{'消息' if chinese else 'Context'}: {', '.join(mention.topics)}_"
        yield f"{number}. [{mention.headline} ]({'/zh' if chinese else ''}/{mention.path}.md) {context}"


def _with_markup(headline: str, *, newer: bool) -> str:
    """Return a headline with blanks and markup that cleaning removes again."""
    words = headline.split(" ")
    if newer or len(words) < 3:  # noqa: PLR2004
        return headline + " "
    return " ".join([words[0], f"''{words[1]}''", *words[2:]])
