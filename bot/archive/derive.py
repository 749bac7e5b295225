"""From what the pages tell to events: made anew, day by day, for each date that an import touched."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
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

_TOLD = """
    SELECT name.id, key, path, language, headline, summary, image, sources, topics
    FROM name LEFT JOIN page USING (id) WHERE date = ? ORDER BY path
"""
_MENTIONED = """
    SELECT mention.name_id, page_id, topics, language, headline
    FROM name JOIN mention ON mention.name_id = name.id JOIN wording ON wording.id = wording_id
    JOIN name AS lister ON lister.id = page_id
    WHERE name.date = ? ORDER BY name.path, lister.path
"""
_HINTED = """
    SELECT hint.name_id, topics, language, headline
    FROM name JOIN hint ON hint.name_id = name.id JOIN wording ON wording.id = wording_id
    JOIN list ON list.id = list_id
    WHERE date = ? ORDER BY name.path, list.path
"""
_EARLIER = """
    SELECT earlier.name_id, page_id, language, headline
    FROM name JOIN earlier ON earlier.name_id = name.id JOIN wording ON wording.id = wording_id
    WHERE date = ?
"""
_BY_CHANGES, _BY_LIST, _BY_PAGE = 1, 2, 3
_OLD = "FROM event WHERE date = ?"


@dataclass(slots=True)
class _Path:
    """One path of a day with all that is known of it."""

    id: int
    key: str
    path: str
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


class Deriver:
    """Makes the events of one date after the other, then the topics they left or joined."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._spellings: dict[str, tuple[int, int]] = {}
        self._touched: set[int] = set()

    def derive(self, dates: Iterable[str], *, step: Callable[[], None] = lambda: None) -> None:
        """Make the events of these dates (ISO) anew; ``step`` is called after each."""
        for date in sorted(dates):
            self._forget_day(date)
            paths = self._paths(date)
            for ids in group([_told(path) for path in paths.values()]):
                self._event(date, [paths[number] for number in ids])
            step()
        self._count_topics()

    def _forget_day(self, date: str) -> None:
        self._touched.update(
            row[0]
            for row in self.db.execute(
                f"SELECT DISTINCT topic_id FROM event_topic WHERE event_id IN (SELECT id {_OLD})",
                (date,),
            )
        )
        for table, column in (
            ("event_search", "rowid"), ("event_words", "id"), ("event_topic", "event_id"), ("acronym", "event_id"),
        ):  # fmt: skip
            self.db.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT id {_OLD})", (date,))
        self.db.execute(
            f"UPDATE name SET event_id = NULL WHERE event_id IN (SELECT id {_OLD})",
            (date,),
        )
        self.db.execute(f"DELETE {_OLD}", (date,))

    def _paths(self, date: str) -> dict[int, _Path]:
        paths: dict[int, _Path] = {}
        for row in self.db.execute(_TOLD, (date,)):
            number, key, path, language, headline, summary, image, sources, topics = row
            page = headline is not None
            paths[number] = _Path(
                number, key, path, language or "", headline or "", page, summary, image,
                json.loads(sources) if page else [], json.loads(topics) if page else [],
            )  # fmt: skip
        for number, page_id, topics, language, headline in self.db.execute(_MENTIONED, (date,)):
            paths[number].mentioned_by.add(page_id)
            paths[number].topics += json.loads(topics)
            paths[number].tell(_BY_PAGE, language, headline)
        for number, topics, language, headline in self.db.execute(_HINTED, (date,)):
            paths[number].topics += json.loads(topics)
            paths[number].tell(_BY_LIST, language, headline)
        for number, page_id, language, headline in self.db.execute(_EARLIER, (date,)):
            paths[number].tell(_BY_CHANGES, language, headline)
            if page_id in paths:
                paths[page_id].earlier.append(number)
                paths[number].superseded = True
        return {number: path for number, path in paths.items() if path.headline}

    def _event(self, date: str, paths: Sequence[_Path]) -> None:
        """Write one event, told by all of ``paths``; what only an index or a Changes section names is none."""
        paths = sorted(paths, key=lambda path: path.rank, reverse=True)
        best = paths[0]
        mentions = set().union(*(path.mentioned_by for path in paths)) - {path.id for path in paths}
        if not best.page and not mentions:
            return
        sources = list({source[1]: source for path in paths for source in path.sources}.values())
        summary = next((path.summary for path in paths if path.summary), None)
        image = next((path.image for path in paths if path.image), None)
        points = score(
            mentioned=len(mentions), sources=len(sources), image=image is not None, summary=summary is not None,
            stub=not best.page,
        )  # fmt: skip
        number = event_id(points, best.id)
        month_day = int(date[5:7]) * 100 + int(date[8:])
        self.db.execute(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, best.key, best.path, date, month_day, best.language, int(not best.page), best.headline,
                summary, image, encode(sources),
            ),
        )  # fmt: skip
        self.db.executemany("UPDATE name SET event_id = ? WHERE id = ?", [(number, path.id) for path in paths])
        topics = list(dict.fromkeys(topic for path in paths for topic in path.topics))
        self._join_topics(number, date, topics)
        self._acronyms(number, {path.headline for path in paths}, topics)
        self.db.execute(
            "INSERT INTO event_words VALUES (?, ?, ?, ?)",
            (
                number,
                " ".join(dict.fromkeys(" ".join(words(path.headline)) for path in paths)),
                " ".join(" ".join(words(topic)) for topic in topics),
                " ".join(words(summary or "")),
            ),
        )

    def _join_topics(self, number: int, date: str, names: Sequence[str]) -> None:
        rows: dict[int, tuple[int, int, int, str, int, int]] = {}
        month_day = int(date[5:7]) * 100 + int(date[8:])
        for name in names:
            topic, spelling = self._spelling(name)
            rows.setdefault(topic, (topic, number, month_day, date, len(rows), spelling))
        self._touched.update(rows)
        self.db.executemany("INSERT INTO event_topic VALUES (?, ?, ?, ?, ?, ?)", rows.values())

    def _spelling(self, name: str) -> tuple[int, int]:
        """Return the ids of the topic and of this spelling of it."""
        if name in self._spellings:
            return self._spellings[name]
        folded = fold(name)
        row = self.db.execute("SELECT id FROM topic WHERE folded = ?", (folded,)).fetchone()
        if row:
            topic = row[0]
        else:
            topic = self.db.execute(
                "INSERT INTO topic (key, folded, name, events) VALUES (?, ?, ?, 0)",
                (topic_key_of(folded), folded, name),
            ).lastrowid
        self.db.execute("INSERT OR IGNORE INTO spelling (name, topic_id) VALUES (?, ?)", (name, topic))
        spelling = self.db.execute("SELECT id FROM spelling WHERE name = ?", (name,)).fetchone()[0]
        self._spellings[name] = (topic, spelling)
        return topic, spelling

    def _acronyms(self, number: int, headlines: Iterable[str], topics: Sequence[str]) -> None:
        folded = {fold(topic) for topic in topics}
        found = {pair for headline in headlines for pair in acronyms(headline, folded)}
        self.db.executemany("INSERT INTO acronym VALUES (?, ?, ?)", [(short, long, number) for short, long in found])

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
