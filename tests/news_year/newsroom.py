"""What the world tells in a year: the portal's days, three feeds, lists of each day of the year, articles.

The newsroom also knows what a bot can know of it: what stood where when it last looked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.helpers.feeds import FeedServer, Story
from tests.helpers.wikipedia import Bullet, FakeWikipedia, article, entry

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

# The feeds, by their paths: name and language. The second tells a day later what the first one told. Those that were
# added in one moment are visited in the order of their addresses.
FEEDS = {"/paper": ("The Paper", "en"), "/retold": ("Harbour Post", "en"), "/zeitung": ("Die Zeitung", "de")}
LIST_LANGUAGES = ("en", "de")
# A feed is a window: so many items.
_WINDOW = 40
# Editors change a day for some days, and a fetch looks at so many before the last one that it read.
WATCHED_DAYS = 3
_SYLLABLES = ("ba", "dor", "fel", "gi", "hu", "ka", "lin", "mo", "nes", "pra", "ru", "sto", "tal", "ven", "wi", "zor")
_TOPICS = ("Aviation", "Bridges", "Elections", "Football", "Harbours", "Lighthouses", "Mountains", "Opera", "Railways",
           "Rivers", "Ships", "Volcanoes")  # fmt: skip
_VERBS = ("opens", "closes", "inspects", "buys", "leaves", "wins", "paints", "restores")
_NEW_VERBS = ("reopens", "shuts", "examines", "acquires", "abandons", "gains", "colours", "renovates")
_GERMAN_VERBS = ("eröffnet", "schließt", "prüft", "kauft", "verlässt", "gewinnt", "bemalt", "erneuert")


@dataclass(frozen=True, slots=True)
class Item:
    """An event as one source tells it now; ``links`` are the articles that its sentence names."""

    name: str
    text: str
    links: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The address that it cites, or leads to."""
        return f"https://paper.example/{self.name}"


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as the bot knows it: its text when it was last read, and when it was first read."""

    text: str
    since: datetime


class Newsroom:
    """Editors, feeds and lists. ``known`` is what the bot has read of each day's news, by source and name."""

    def __init__(self, rng: random.Random, wikipedia: FakeWikipedia, feeds: FeedServer) -> None:
        self.rng, self.wikipedia, self.feeds = rng, wikipedia, feeds
        self.portal: dict[date, list[Item]] = {}
        self.stories: dict[str, list[tuple[date, Item]]] = {path: [] for path in FEEDS}
        self.known: dict[date, dict[str, Seen]] = {}
        # The headlines that a day's list has ever had, by month and day.
        self.listed: dict[tuple[int, int], set[str]] = {}
        # Days whose page of the portal was emptied: no bot should believe that.
        self.blanked: set[date] = set()
        # What the operator took out for good.
        self.forgotten: set[str] = set()
        # What was taken out of a day, or moved, and when it was first read; and the texts of what is gone.
        self.gone: dict[str, Seen] = {}
        self._retold: list[tuple[date, Item]] = []
        self._names: set[str] = set()
        self._number = 0

    # What editors write

    def name(self) -> str:
        """Return a name that nobody had before."""
        while (name := "".join(self.rng.choices(_SYLLABLES, k=4)).capitalize()) in self._names:
            pass
        self._names.add(name)
        return name

    def _item(self, verbs: tuple[str, ...] = _VERBS) -> Item:
        self._number += 1
        first, second, third = self.name(), self.name(), self.name()
        topic = self.rng.choice(_TOPICS)
        verb = self.rng.choice(verbs)
        if verbs is _GERMAN_VERBS:
            return Item(f"{self._number}", f"{first} {verb} {second} bei {third}.")
        return Item(f"{self._number}", f"{first} {verb} the {second} [[{topic}]] near [[{third}]].", (topic, third))

    def write_day(self, day: date, count: int) -> None:
        """Let editors tell so many more events of a day."""
        self.portal.setdefault(day, []).extend(self._item() for _ in range(count))
        self._publish_day(day)

    def _publish_day(self, day: date) -> None:
        items = [] if day in self.blanked else self.portal.get(day, [])
        self.wikipedia.edit(day, *(Bullet(item.text, (item.address,), "Arts and culture") for item in items))

    def reword(self, day: date) -> None:
        """Let editors find another word for the first event of a day."""
        first, *others = self.portal[day]
        old = next((verb for verb in _VERBS if f" {verb} " in first.text), None)
        if old:
            new = _NEW_VERBS[_VERBS.index(old)]
            self.portal[day] = [replace(first, text=first.text.replace(f" {old} ", f" {new} ", 1)), *others]
            self._publish_day(day)

    def withdraw(self, day: date) -> None:
        """Let editors take the last event of a day out."""
        if len(self.portal[day]) > 1:
            self.portal[day].pop()
            self._publish_day(day)

    def move(self, day: date, to: date) -> None:
        """Let editors move the last event of a day to another one."""
        if len(self.portal[day]) > 1:
            item = self.portal[day].pop()
            self.portal.setdefault(to, []).append(item)
            self._publish_day(day)
            self._publish_day(to)

    def blank(self, day: date) -> None:
        """Let somebody empty a day's page."""
        self.blanked.add(day)
        self._publish_day(day)

    def restore(self) -> None:
        """Let editors put back what was emptied."""
        days, self.blanked = self.blanked, set()
        for day in days:
            self._publish_day(day)

    # What feeds tell

    def write_stories(self, day: date, *, paper: int, zeitung: int) -> None:
        """Publish stories of a day; the second feed retells those that the first one told the day before."""
        for path, count, verbs in (("/paper", paper, _VERBS), ("/zeitung", zeitung, _GERMAN_VERBS)):
            items = [_plain(self._item(verbs)) for _ in range(count)]
            self.stories[path] += [(day, item) for item in items]
            if path == "/paper":
                retold, self._retold = self._retold, [(day, item) for item in items]
                self.stories["/retold"] += [(day, item) for _, item in retold]
        self.publish()

    def correct_story(self, day: date) -> None:
        """Let the first feed correct the headline of its last story of a day."""
        stories = self.stories["/paper"]
        for index in range(len(stories) - 1, -1, -1):
            of_day, item = stories[index]
            if of_day == day:
                stories[index] = (day, replace(item, text=item.text.replace(" near ", " not far from ", 1)))
                self.publish()
                return

    def publish(self) -> None:
        """Have the feeds say their newest stories."""
        for path, (name, _) in FEEDS.items():
            newest = self.stories[path][-_WINDOW:]
            stories = [
                Story(
                    item.text, f"{item.address}?utm_source=rss", item.name, day, summary="A summary of what happened."
                )
                for day, item in reversed(newest)
            ]
            self.feeds.publish(*stories, path=path, title=name)

    # What each day of the year has, and what its articles are

    def write_lists(self, days: Iterable[date]) -> None:
        """Write the lists of some days of the year, in two languages, and the articles that they lead to."""
        for day in days:
            rows: dict[str, list[dict[str, Any]]] = {language: [] for language in LIST_LANGUAGES}
            for year in sorted(self.rng.sample(range(1850, 2000), 7)):
                title, item = self.name(), f"Q{1000 + len(self._names)}"
                image = f"{title}.jpg" if self.rng.random() < 0.5 else None
                self.wikipedia.articles.write(title, self.rng.randint(2000, 200_000), image)
                words = f"{title} is founded on the shore of {self.name()}."
                rows["en"].append(entry(words, year, article(title, item=item)))
                if self.rng.random() < 0.6:
                    words = f"{title} wird am Ufer von {self.name()} gegründet."
                    rows["de"].append(entry(words, year, article(title, language="de", item=item)))
            for language, entries in rows.items():
                self._publish_list(language, day, entries)

    def _publish_list(self, language: str, day: date, entries: list[dict[str, Any]]) -> None:
        name = f"{day:%m/%d}"
        with self.wikipedia.lock:
            self.wikipedia.lists[language, "events", name] = entries
            self.wikipedia.lists[language, "selected", name] = entries[:1]
        self.listed.setdefault((day.month, day.day), set()).update(row["text"] for row in entries)

    def edit_list(self, day: date) -> None:
        """Let editors reword one entry of a day's list, and take the last one out."""
        entries = self.wikipedia.lists.get(("en", "events", f"{day:%m/%d}"), [])
        if len(entries) > 1:
            first = {**entries[0], "text": entries[0]["text"].replace("founded", "established")}
            self._publish_list("en", day, [first, *entries[1:-1]])

    def grow_articles(self) -> None:
        """Let some articles become longer, and some images be free no more."""
        with self.wikipedia.lock:
            articles = self.wikipedia.articles
            for name in self.rng.sample(sorted(articles.articles), k=min(20, len(articles.articles))):
                size, image = articles.articles[name]
                articles.articles[name] = (size + 5000, None if self.rng.random() < 0.3 else image)

    # What a bot can know

    def read_portal(self, now: datetime) -> None:
        """Note that the bot has read the portal's days that it watches."""
        first = max(day for day in self.portal if day <= now.date()) - timedelta(WATCHED_DAYS + 4)
        for day in sorted(self.portal):
            if first <= day <= now.date() and day not in self.blanked:
                self._note(day, "portal", ((item.name, _plain(item).text) for item in self.portal[day]), now)
        for known in self.known.values():
            # It has only moved.
            for name in known.keys() & self.gone.keys():
                del self.gone[name]

    def read_feeds(self, now: datetime) -> None:
        """Note that the bot has visited all feeds. What the second one tells, the first one has told already."""
        for path in ("/paper", "/zeitung"):
            days: dict[date, list[tuple[str, str]]] = {}
            for day, item in self.stories[path][-_WINDOW:]:
                days.setdefault(day, []).append((item.name, item.text))
            for day, items in days.items():
                known = self.known.setdefault(day, {})
                for name, text in items:
                    known[f"{path} {name}"] = Seen(text, self._since(f"{path} {name}", now))

    def _note(self, day: date, source: str, items: Iterator[tuple[str, str]], now: datetime) -> None:
        fresh = {f"{source} {name}": text for name, text in items if name not in self.forgotten}
        since = {name: self._since(name, now) for name in fresh}
        known = self.known.setdefault(day, {})
        for name in [name for name in known if name.startswith(f"{source} ") and name not in fresh]:
            self.gone[name] = known.pop(name)
        known.update({name: Seen(text, since[name]) for name, text in fresh.items()})

    def _since(self, name: str, now: datetime) -> datetime:
        """Return when an event was first read: now, if it was not."""
        found = [known[name].since for known in (*self.known.values(), self.gone) if name in known]
        return min(found, default=now)

    def news_of(self, day: date, *, seen_before: datetime) -> set[str]:
        """Return what the bot can tell of a day: what it has read, but for what came in after a moment."""
        return {seen.text for seen in self.known.get(day, {}).values() if seen.since <= seen_before}

    def forget(self, day: date) -> str | None:
        """Return the text of an event of a day that the operator is to take out for good; None if there is none."""
        for name, seen in sorted(self.known.get(day, {}).items()):
            if name.startswith("portal "):
                self.forgotten.add(name.removeprefix("portal "))
                self.gone[name] = self.known[day].pop(name)
                return seen.text
        return None


def _plain(item: Item) -> Item:
    """Return an item without the marks of links in its text."""
    return replace(item, text=item.text.replace("[[", "").replace("]]", ""))
