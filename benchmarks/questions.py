"""The questions that commands ask the archive, each in many variants built from the archive's own data."""

import random
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from benchmarks.corpus import SEED
from benchmarks.words import Vocabulary
from bot.archive.archive import Archive
from bot.domain.event import Cursor, TopicSort
from bot.domain.text import fold

Ask = Callable[[Archive], Awaitable[object]]
_Row = TypeVar("_Row")

# Variants of each question: more than a hundred, so that a p99 is not the maximum.
VARIANTS = 120
_START = Cursor()
# The most seconds of 99 of 100 answers, by kind of question.
_ON_THIS_DAY, _TOPIC, _SEARCH, _REST = 0.005, 0.010, 0.025, 0.005
# How many events of a day a channel has been shown.
_SHOWN_EVENTS = 40


@dataclass(frozen=True, slots=True)
class Question:
    """A kind of question; ``p99`` is the most that 99 of 100 answers may take, in seconds."""

    name: str
    p99: float
    asks: tuple[Ask, ...]


def questions(path: Path) -> list[Question]:
    """Return all kinds of questions, in variants that fit the archive at ``path``."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        variants = _Variants(db)
        return [
            *variants.day_questions(),
            *variants.topic_questions(),
            *variants.search_questions(),
            *variants.name_questions(),
            *variants.event_questions(),
        ]


class _Variants:
    """Builds the questions from an archive's rows and the words of its corpus."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.rng = random.Random(SEED)  # noqa: S311  (no secret)
        self.words = Vocabulary(SEED)
        self.days = [month * 100 + day for month in range(1, 13) for day in range(1, 29)]
        topics = db.execute("SELECT name, key, events FROM topic ORDER BY events DESC, id").fetchall()
        # Rows of name, key and number of events, in Chinese and English alike.
        self.common = topics[:20]
        self.mid_frequency = topics[len(topics) // 50 :][: VARIANTS * 2]
        self.rare = topics[len(topics) // 2 :]

    def day_questions(self) -> list[Question]:
        def on_this_day(day: int, prefer: str | None = None) -> Ask:
            return lambda archive: archive.on_this_day(day, prefer=prefer, limit=1, cursor=_START)

        def one_day(day: int, year: int) -> Ask:
            return lambda archive: archive.on_this_day(day, year=year, limit=1, cursor=_START)

        def of_topic(day: int, key: str) -> Ask:
            return lambda archive: archive.on_this_day(day, topic=key, limit=1, cursor=_START)

        def at_random(day: int, share: float) -> Ask:
            async def ask(archive: Archive) -> None:
                total = (await archive.on_this_day(day, limit=0)).total
                await archive.on_this_day(day, limit=1, cursor=Cursor(step=int(share * total)))

            return ask

        def day_after(day: int) -> Ask:
            return lambda archive: archive.nearest_days(day, later=True)

        def pick(day: int, times_shown: dict[str, int], topic: str | None) -> Ask:
            before = date(2027, 1, 1)
            return lambda archive: archive.candidates(
                [day], before=before, most=6, topic=topic, times_shown=times_shown
            )

        days = self.choices(self.days)
        return [
            Question("on this day", _ON_THIS_DAY, tuple(map(on_this_day, days))),
            Question("on this day, Chinese first", _ON_THIS_DAY, tuple(on_this_day(day, "zh") for day in days)),
            Question("one day", _ON_THIS_DAY, tuple(one_day(day, 1999 + self.rng.randrange(28)) for day in days)),
            Question(
                "on this day, of a topic",
                _ON_THIS_DAY,
                tuple(of_topic(day, self.choice(self.common)[1]) for day in days),
            ),
            Question("days near", _REST, tuple(map(day_after, days))),
            Question("random", _REST, tuple(at_random(day, self.rng.random()) for day in days)),
            Question("daily pick", _REST, tuple(pick(day, self.times_shown(day), None) for day in days[:40])),
            Question(
                "daily pick, of a topic",
                _REST,
                tuple(pick(day, self.times_shown(day), self.choice(self.common)[1]) for day in days[:40]),
            ),
        ]

    def topic_questions(self) -> list[Question]:
        def topic(row: tuple[str, str, int], prefer: str | None = None) -> Ask:
            return lambda archive: archive.topic(row[0], prefer=prefer, limit=1, cursor=_START)

        def between(row: tuple[str, str, int], year: int) -> Ask:
            since, until = date(year, 1, 1), date(year + 9, 12, 31)
            return lambda archive: archive.topic(row[1], since=since, until=until, limit=1, cursor=_START)

        def further(row: tuple[str, str, int], prefer: str | None = None) -> Ask:
            (key,) = self.db.execute(
                "SELECT event.key FROM event_topic JOIN event ON event.id = event_id WHERE topic_id ="
                " (SELECT id FROM topic WHERE key = ?) LIMIT 1 OFFSET ?",
                (row[1], self.rng.randrange(row[2])),
            ).fetchone()
            return lambda archive: archive.topic(row[1], prefer=prefer, limit=1, cursor=Cursor(key, 1))

        def newest(row: tuple[str, str, int]) -> Ask:
            return lambda archive: archive.topic(row[1], sort=TopicSort.NEWEST, limit=1, cursor=_START)

        def topic_overview(row: tuple[str, str, int]) -> Ask:
            return lambda archive: archive.topic_overview(row[1])

        def years(row: tuple[str, str, int]) -> Ask:
            return lambda archive: archive.topic_years(row[1])

        common = self.choices(self.common)
        return [
            Question("topic, rare", _TOPIC, tuple(map(topic, self.choices(self.rare)))),
            Question("topic, middling", _TOPIC, tuple(map(topic, self.choices(self.mid_frequency)))),
            Question("topic, most common", _TOPIC, (topic(self.common[0]),) * VARIANTS),
            Question("topic, most common, Chinese first", _TOPIC, (topic(self.common[0], "zh"),) * VARIANTS),
            Question("topic, ten years of a common one", _TOPIC, tuple(between(row, 2003) for row in common)),
            Question("topic, next one anywhere in a common one", _TOPIC, tuple(map(further, common))),
            Question(
                "topic, next one anywhere in a common one, Chinese first",
                _TOPIC,
                tuple(further(row, "zh") for row in common),
            ),
            Question("topic, newest first of a common one", _TOPIC, tuple(map(newest, common))),
            Question("topic at a glance, common", _SEARCH, tuple(map(topic_overview, common))),
            Question("topic at a glance, rare", _SEARCH, tuple(map(topic_overview, self.choices(self.rare)))),
            Question("timeline, common", _SEARCH, tuple(map(years, common))),
        ]

    def search_questions(self) -> list[Question]:
        headlines = [row[0] for row in self.sample("headline", "NOT stub AND language = 'en'")]
        headline_words = [headline.split() for headline in headlines]
        phrases = [f'"{words[len(words) // 2 - 1]} {words[len(words) // 2]}"' for words in headline_words]
        chinese = [row[0] for row in self.sample("headline", "NOT stub AND language = 'zh'")]
        return [
            self.search("search, rare word", self.words.english[5_000:40_000]),
            self.search("search, middling word", self.words.english[300:2_000]),
            self.search("search, common word", self.words.english[:100]),
            self.search(
                "search, two common words",
                [" ".join(self.rng.sample(self.words.english[:100], 2)) for _ in headline_words],
            ),
            self.search("search, phrase", phrases),
            self.search("search, phrase of common words", ['"of the"', '"in the"', '"the government"', '"people of"']),
            self.search("search, prefix", [f"{word[:3]}*" for word in self.words.english[:3_000] if len(word) > 4]),  # noqa: PLR2004
            self.search("search, Chinese word", self.words.chinese[:2_000]),
            self.search("search, Chinese word, Chinese first", self.words.chinese[:2_000], prefer="zh"),
            self.search("search, common word, Chinese first", self.words.english[:100], prefer="zh"),
            self.search(
                "search, longer Chinese", [_four_characters(text, position) for position, text in enumerate(chinese, 2)]
            ),
            self.search("search, found nowhere", [f"{word}qx" for word in self.words.english[100:1_000]]),
        ]

    def search(self, name: str, texts: Sequence[str], *, prefer: str | None = None) -> Question:
        def ask(words: str) -> Ask:
            return lambda archive: archive.search(words, prefer=prefer, limit=1, cursor=_START)

        return Question(name, _SEARCH, tuple(map(ask, self.choices(texts))))

    def name_questions(self) -> list[Question]:
        def ask(text: str) -> Ask:
            return lambda archive: archive.topics.matching(text)

        names = [row[0] for row in (*self.choices(self.rare), *self.choices(self.mid_frequency), *self.common)]
        middles = [name.split()[-1][:5] if " " in name else name[1:3] for name in names]
        misspelt = [name[:2] + name[3:] for name in names]
        texts_by_name = {
            "autocomplete, nothing typed": [""],
            "autocomplete, one letter": [fold(name)[:1] for name in names],
            "autocomplete, three letters": [fold(name)[:3] for name in names],
            "autocomplete, middle of a name": middles,
            "autocomplete, word of many names": ["war", "earth", "univ", "general", "party", "international", "大学"],
            "autocomplete, whole name": names,
        }
        questions = [
            Question(name, _REST, tuple(map(ask, self.choices(texts)))) for name, texts in texts_by_name.items()
        ]
        similar = tuple(lambda archive, name=name: archive.topics.similar(name) for name in misspelt[:40])
        return [*questions, Question("topics alike", _SEARCH, similar)]

    def event_questions(self) -> list[Question]:
        def ask(key: str) -> Ask:
            return lambda archive: archive.event(key)

        def story(key: str) -> Ask:
            return lambda archive: archive.story(key, limit=1, cursor=Cursor(key))

        return [
            Question("event", _REST, tuple(ask(row[0]) for row in self.sample("key", "NOT stub"))),
            Question("story", _REST, tuple(story(row[0]) for row in self.sample("key", "NOT stub"))),
            Question("event, related by topics", _REST, tuple(ask(row[0]) for row in self.sample("key", "stub"))),
        ]

    def sample(self, column: str, condition: str) -> list[tuple[str]]:
        """Return a column of random events of the archive."""
        ids = [row[0] for row in self.db.execute("SELECT id FROM event WHERE month_day IN (315, 922)")]
        rows: list[tuple[str]] = []
        while len(rows) < VARIANTS:
            rows += self.db.execute(
                f"SELECT {column} FROM event WHERE id >= ? AND {condition} ORDER BY id LIMIT 1", (self.choice(ids),)
            ).fetchall()
        return rows

    def times_shown(self, day: int) -> dict[str, int]:
        rows = self.db.execute("SELECT key FROM event WHERE month_day = ? ORDER BY id LIMIT ?", (day, _SHOWN_EVENTS))
        return {row[0]: self.rng.randrange(1, 3) for row in rows}

    def choice(self, rows: Sequence[_Row]) -> _Row:
        return self.rng.choice(rows)

    def choices(self, rows: Sequence[_Row]) -> list[_Row]:
        return self.rng.choices(rows, k=VARIANTS)


def _four_characters(text: str, position: int) -> str:
    """Return four characters of a text from a position on, which may be beyond its end."""
    position %= max(len(text) - 4, 1)
    return text[position : position + 4]
