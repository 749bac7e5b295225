"""From what the pages tell to events: made anew, day by day, for each date that an import touched."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from bot.archive.merge import Told, group
from bot.archive.ranking import event_id, score, topic_place
from bot.archive.rows import encode
from bot.event import topic_key_of
from bot.text import fold, words

_ACRONYM = re.compile(r"\(([A-Z][A-Za-z0-9&./-]{1,9})\)")
_SMALL_WORDS = frozenset(["of", "the", "and", "for", "in", "on", "to", "a", "an", "de", "la", "del", "du", "des"])
# How far before a bracket its long form is looked for, and how many brackets of a headline are looked at.
_MOST_WORDS, _MOST_LETTERS, _MOST_ACRONYMS = 10, 200, 20

# A list of values, given as one parameter, JSON.
_LISTED = "(SELECT value FROM json_each(?))"
_TOLD = f"""
    SELECT name.id, key, path, date, language, headline, summary, image, sources, topics
    FROM name LEFT JOIN page USING (id) WHERE date IN {_LISTED} ORDER BY date, path
"""
_MENTIONED = f"""
    SELECT mention.name_id, page_id, topics, language, headline
    FROM name JOIN mention ON mention.name_id = name.id JOIN wording ON wording.id = wording_id
    JOIN name AS lister ON lister.id = page_id
    WHERE name.date IN {_LISTED} ORDER BY name.id, lister.path
"""
_HINTED = f"""
    SELECT hint.name_id, topics, language, headline
    FROM name JOIN hint ON hint.name_id = name.id JOIN wording ON wording.id = wording_id
    JOIN list ON list.id = list_id
    WHERE date IN {_LISTED} ORDER BY name.id, list.path
"""
_EARLIER = f"""
    SELECT earlier.name_id, page_id, language, headline
    FROM name JOIN earlier ON earlier.name_id = name.id JOIN wording ON wording.id = wording_id
    WHERE date IN {_LISTED}
"""
# So many dates are made anew together.
_BATCH = 50
_BY_CHANGES, _BY_LIST, _BY_PAGE = 1, 2, 3
_OLD = f"FROM event WHERE date IN {_LISTED}"
# Whose rows go with an event.
_OF_EVENT = (("event_search", "rowid"), ("event_words", "id"), ("event_topic", "event_id"), ("acronym", "event_id"))


@dataclass(slots=True)
class _Path:
    """One path of a day with all that is known of it."""

    id: int
    key: str
    path: str
    date: str
    language: str
    headline: str
    page: bool
    summary: str | None
    image: str | None
    sources: list[list[str]]
    topics: list[str]
    mentioned_by: set[int] = field(default_factory=set)
    earlier: list[int] = field(default_factory=list)
    superseded: bool = False
    told: int = 0

    def tell(self, weight: int, language: str, headline: str) -> None:
        """Take the longest headline of those who tell most of it; a page of its own knows better than all."""
        if not self.page and (weight, len(headline), headline) > (self.told, len(self.headline), self.headline):
            self.told, self.language, self.headline = weight, language, headline

    @property
    def rank(self) -> tuple[bool, bool, int, bool, int, str]:
        """The greatest of a group gives it its key, path and headline."""
        return (
            self.page,
            not self.superseded,
            len(self.sources),
            self.summary is not None,
            len(self.headline),
            self.path,
        )


@dataclass(slots=True)
class _Made:
    """An event as it is written; ``paths`` are the ids of the names that lead to it, ``acronyms`` pairs."""

    id: int
    row: tuple[object, ...]
    paths: list[int]
    date: str
    topics: list[str]
    acronyms: set[tuple[str, str]]
    words: tuple[str, str, str]


class Deriver:
    """Makes the events of dates anew, many dates at once, then the topics they left or joined."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._spellings: dict[str, tuple[int, int]] = {}
        self._touched: set[int] = set()

    def derive(self, dates: Iterable[str], *, step: Callable[[], None] = lambda: None) -> None:
        """Make the events of these dates (ISO) anew; ``step`` is called after each."""
        dates = sorted(dates)
        for start in range(0, len(dates), _BATCH):
            asked = encode(dates[start : start + _BATCH])
            self._forget(asked)
            made: list[_Made] = []
            for date, paths in self._days(asked).items():
                for ids in group([_told(path) for path in paths.values()]):
                    event = _event(date, [paths[number] for number in ids])
                    made += [event] if event else []
            self._write(made)
            for _ in dates[start : start + _BATCH]:
                step()
        self._count_topics()

    def _forget(self, dates: str) -> None:
        """Take out the events of dates (JSON)."""
        ids = [row[0] for row in self.db.execute(f"SELECT id {_OLD}", (dates,))]
        if not ids:
            return
        events = (encode(ids),)
        self._touched.update(
            row[0]
            for row in self.db.execute(f"SELECT DISTINCT topic_id FROM event_topic WHERE event_id IN {_LISTED}", events)
        )
        for table, column in _OF_EVENT:
            self.db.execute(f"DELETE FROM {table} WHERE {column} IN {_LISTED}", events)
        self.db.execute(f"UPDATE name SET event_id = NULL WHERE event_id IN {_LISTED}", events)
        self.db.execute(f"DELETE FROM event WHERE id IN {_LISTED}", events)

    def _days(self, dates: str) -> dict[str, dict[int, _Path]]:
        """Return the paths of dates (JSON), those that are called something, in the order of paths, by their date."""
        paths: dict[int, _Path] = {}
        for row in self.db.execute(_TOLD, (dates,)):
            number, key, path, date, language, headline, summary, image, sources, topics = row
            page = headline is not None
            paths[number] = _Path(
                number, key, path, date, language or "", headline or "", page, summary, image,
                json.loads(sources) if page else [], json.loads(topics) if page else [],
            )  # fmt: skip
        for number, page_id, topics, language, headline in self.db.execute(_MENTIONED, (dates,)):
            paths[number].mentioned_by.add(page_id)
            paths[number].topics += json.loads(topics)
            paths[number].tell(_BY_PAGE, language, headline)
        for number, topics, language, headline in self.db.execute(_HINTED, (dates,)):
            paths[number].topics += json.loads(topics)
            paths[number].tell(_BY_LIST, language, headline)
        for number, page_id, language, headline in self.db.execute(_EARLIER, (dates,)):
            paths[number].tell(_BY_CHANGES, language, headline)
            if page_id in paths and paths[page_id].date == paths[number].date:
                paths[page_id].earlier.append(number)
                paths[number].superseded = True
        days: dict[str, dict[int, _Path]] = {}
        for number, found in paths.items():
            if found.headline:
                days.setdefault(found.date, {})[number] = found
        return days

    def _write(self, made: Sequence[_Made]) -> None:
        self.db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [event.row for event in made])
        self.db.executemany(
            "UPDATE name SET event_id = ? WHERE id = ?", [(event.id, path) for event in made for path in event.paths]
        )
        self._join_topics(made)
        self.db.executemany(
            "INSERT INTO acronym VALUES (?, ?, ?)", [(*pair, event.id) for event in made for pair in event.acronyms]
        )
        self.db.executemany("INSERT INTO event_words VALUES (?, ?, ?, ?)", [(event.id, *event.words) for event in made])

    def _join_topics(self, made: Sequence[_Made]) -> None:
        self._learn(dict.fromkeys(name for event in made for name in event.topics if name not in self._spellings))
        rows: list[tuple[int, int, int, str, int, int]] = []
        for event in made:
            month_day, places = _month_day(event.date), set[int]()
            for name in event.topics:
                topic, spelling = self._spellings[name]
                if topic not in places:
                    rows.append((topic, event.id, month_day, event.date, len(places), spelling))
                    places.add(topic)
            self._touched |= places
        self.db.executemany("INSERT INTO event_topic VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _learn(self, names: Iterable[str]) -> None:
        """Take note of the ids of topics, and of these spellings of them, new or known."""
        asked = encode(list(names))
        known = f"SELECT name, topic_id, id FROM spelling WHERE name IN {_LISTED}"
        self._spellings.update((name, (topic, number)) for name, topic, number in self.db.execute(known, (asked,)))
        folded = {name: fold(name) for name in names if name not in self._spellings}
        topics = dict(
            self.db.execute(f"SELECT folded, id FROM topic WHERE folded IN {_LISTED}", (encode(list(folded.values())),))
        )
        new: dict[str, str] = {}
        for name, of in folded.items():
            if of not in topics:
                new.setdefault(of, name)
        (last,) = self.db.execute("SELECT coalesce(max(id), 0) FROM topic").fetchone()
        topics |= {of: number for number, of in enumerate(new, last + 1)}
        self.db.executemany(
            "INSERT INTO topic (id, key, folded, name, events) VALUES (?, ?, ?, ?, 0)",
            [(topics[of], topic_key_of(of), of, name) for of, name in new.items()],
        )
        (last,) = self.db.execute("SELECT coalesce(max(id), 0) FROM spelling").fetchone()
        spellings = [(number, name, topics[of]) for number, (name, of) in enumerate(folded.items(), last + 1)]
        self.db.executemany("INSERT INTO spelling (id, name, topic_id) VALUES (?, ?, ?)", spellings)
        self._spellings.update((name, (topic, number)) for number, name, topic in spellings)

    def index_words(self, dates: Iterable[str]) -> None:
        """Add the new events of these dates to the search index, in the order of their ids (FTS5 wants it so)."""
        self.db.execute("CREATE TEMP TABLE new_date (date TEXT PRIMARY KEY) WITHOUT ROWID")
        self.db.executemany("INSERT INTO new_date VALUES (?)", [(date,) for date in dates])
        self.db.execute(
            "INSERT INTO event_search (rowid, headline, topics, summary)"
            " SELECT w.id, w.headline, w.topics, w.summary FROM event_words w"
            " JOIN event USING (id) JOIN new_date USING (date) ORDER BY w.id"
        )
        self.db.execute("DROP TABLE new_date")

    def _count_topics(self) -> None:
        """Count the events of each touched topic, name it by its most used spelling, drop those without events."""
        left: list[int] = []
        taken: list[tuple[int, str]] = []
        for topic in sorted(self._touched):
            before, folded = self.db.execute("SELECT events, folded FROM topic WHERE id = ?", (topic,)).fetchone()
            uses = self._uses(topic)
            events = sum(count for _, _, count in uses)
            if events != before:
                # One that is new stands nowhere yet.
                left += [topic_place(before, topic)] if before else []
                taken += [(topic_place(events, topic), " ".join(words(folded)))] if events else []
            for spelling, _, count in uses:
                if not count:
                    self.db.execute("DELETE FROM spelling WHERE id = ?", (spelling,))
            if events:
                # Of spellings used alike, the one with more capitals: "NASA" before "nasa".
                best = max(uses, key=lambda use: (use[2], sum(map(str.isupper, use[1])), use[1]))[1]
                self.db.execute("UPDATE topic SET name = ?, events = ? WHERE id = ?", (best, events, topic))
            else:
                self.db.execute("DELETE FROM topic WHERE id = ?", (topic,))
        self._index_topics(left, taken)
        self._touched.clear()
        self._spellings.clear()

    def _uses(self, topic: int) -> list[tuple[int, str, int]]:
        """Return the id and name of each spelling of a topic, and on how many events it is used."""
        spellings = self.db.execute("SELECT id, name FROM spelling WHERE topic_id = ?", (topic,)).fetchall()
        if len(spellings) == 1:
            counted = self.db.execute(
                "SELECT ?, count(*) FROM event_topic WHERE topic_id = ?", (spellings[0][0], topic)
            )
        else:
            counted = self.db.execute(
                "SELECT spelling_id, count(*) FROM event_topic WHERE topic_id = ? GROUP BY spelling_id", (topic,)
            )
        counts = dict(counted.fetchall())
        return [(spelling, name, counts.get(spelling, 0)) for spelling, name in spellings]

    def _index_topics(self, left: Sequence[int], taken: Sequence[tuple[int, str]]) -> None:
        """Take names out of these places of their index, and put them into those (in order: FTS5 wants it so)."""
        for table, column in (("topic_search", "rowid"), ("topic_words", "place")):
            self.db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(place,) for place in sorted(left)])
        for statement in ("INSERT INTO topic_words (place, words)", "INSERT INTO topic_search (rowid, words)"):
            self.db.executemany(f"{statement} VALUES (?, ?)", sorted(taken))


def _event(date: str, paths: Sequence[_Path]) -> _Made | None:
    """Make one event, told by all of ``paths``; what only an index or a Changes section names is none."""
    paths = sorted(paths, key=lambda path: path.rank, reverse=True)
    best = paths[0]
    mentions = set().union(*(path.mentioned_by for path in paths)) - {path.id for path in paths}
    if not best.page and not mentions:
        return None
    sources = list({source[1]: source for path in paths for source in path.sources}.values())
    summary = next((path.summary for path in paths if path.summary), None)
    image = next((path.image for path in paths if path.image), None)
    points = score(
        mentioned=len(mentions), sources=len(sources), image=image is not None, summary=summary is not None,
        stub=not best.page,
    )  # fmt: skip
    number = event_id(points, best.id)
    topics = list(dict.fromkeys(topic for path in paths for topic in path.topics))
    headlines = list(dict.fromkeys(path.headline for path in paths))
    return _Made(
        id=number,
        row=(
            number, best.key, best.path, date, _month_day(date), best.language, int(not best.page), best.headline,
            summary, image, encode(sources),
        ),
        paths=[path.id for path in paths],
        date=date,
        topics=topics,
        acronyms=_acronyms(headlines, topics),
        words=(
            " ".join(dict.fromkeys(" ".join(words(headline)) for headline in headlines)),
            " ".join(map(_words_of_topic, topics)),
            " ".join(words(summary or "")),
        ),
    )  # fmt: skip


def _month_day(date: str) -> int:
    return int(date[5:7]) * 100 + int(date[8:])


@lru_cache(maxsize=1 << 15)
def _words_of_topic(name: str) -> str:
    return " ".join(words(name))


def _acronyms(headlines: Iterable[str], topics: Sequence[str]) -> set[tuple[str, str]]:
    bracketed = [headline for headline in headlines if "(" in headline]
    folded = {fold(topic) for topic in topics} if bracketed else set[str]()
    return {pair for headline in bracketed for pair in acronyms(headline, folded)}


def _told(path: _Path) -> Told:
    return Told(
        path.id, path.headline, path.language, frozenset(source[1] for source in path.sources), tuple(path.earlier)
    )


def acronyms(headline: str, topics: Iterable[str]) -> set[tuple[str, str]]:
    """Return pairs (acronym, what it stands for), both folded, from ``International Space Station (ISS)``.

    What stands before the bracket counts if its initials give the acronym, or if it ends in one of ``topics``
    (folded).
    """
    found: set[tuple[str, str]] = set()
    known = set(topics)
    for match in islice(_ACRONYM.finditer(headline), _MOST_ACRONYMS):
        before = headline[max(0, match.start() - _MOST_LETTERS) : match.start()].split()[-_MOST_WORDS:]
        for start in range(len(before)):
            long = fold(" ".join(before[start:]))
            initials = [word[0] for word in long.replace("-", " ").split() if word not in _SMALL_WORDS]
            opens = before[start].lower() not in _SMALL_WORDS
            if long in known or (opens and len(initials) > 1 and _spells(initials, match[1])):
                found.add((fold(match[1]), long))
                break
    return found


def _spells(initials: Sequence[str], acronym: str) -> bool:
    return "".join(initials) == "".join(filter(str.isalnum, acronym.lower()))
