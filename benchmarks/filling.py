"""A corpus straight into an archive: the rows that an import of its pages would have made, without reading any page."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.corpus import Corpus
from bot.archive import event_queries
from bot.archive.build_events import acronyms
from bot.archive.database_file import open_for_writing
from bot.archive.page_rows import encode
from bot.archive.ranking import event_id, score, topic_place
from bot.domain.page import Page, key_of, topic_key_of
from bot.domain.text import fold, words
from bot.formats.context import GRAMMAR

_BATCH = 20_000
_INTO = {
    "name": "(id, key, path, date, event_id) VALUES (?, ?, ?, ?, ?)",
    "wording": "(id, name_id, language, headline) VALUES (?, ?, ?, ?)",
    "page": "(id, hash, grammar, origin, language, headline, summary, image, sources, topics)"
    f" VALUES (?, zeroblob(16), {GRAMMAR}, 'import', ?, ?, ?, ?, ?, ?)",
    "mention": "(page_id, place, name_id, wording_id, topics) VALUES (?, ?, ?, ?, ?)",
    "event": "(id, key, path, date, month_day, language, stub, headline, summary, image, sources)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "event_words": "(id, headline, topics, summary) VALUES (?, ?, ?, ?)",
    "event_topic": "(topic_id, event_id, month_day, date, place, spelling_id) VALUES (?, ?, ?, ?, ?, ?)",
    "acronym": "(folded, expansion, event_id) VALUES (?, ?, ?)",
}
_TOPICS = """
    INSERT INTO topic (id, key, folded, name, events)
    SELECT id, :key, :folded, :name, (SELECT count(*) FROM event_topic WHERE topic_id = :id)
    FROM (SELECT :id AS id)
"""
# As the importer fills them: the search index in the order of ids.
_SEARCH = """
    INSERT INTO event_search (rowid, headline, topics, summary)
    SELECT id, headline, topics, summary FROM event_words ORDER BY id
"""
_TOPIC_SEARCH = "INSERT INTO topic_search (rowid, words) SELECT place, words FROM topic_words ORDER BY place"
# What must be the same after an import, without the numbers, which depend on the order that pages are read in.
_COMPARED = {
    "event": "SELECT key, path, date, month_day, language, stub, headline, summary, image, sources, id >> 32"
    " FROM event",
    "event_topic": "SELECT event.key, topic.key, event_topic.month_day, event_topic.date, place, spelling.name"
    " FROM event_topic JOIN event ON event.id = event_id JOIN topic ON topic.id = event_topic.topic_id"
    " JOIN spelling ON spelling.id = spelling_id",
    "topic": "SELECT key, folded, name, events, words, place >> 32 FROM topic"
    " JOIN topic_words ON place & 4294967295 = topic.id",
    "words": "SELECT key, event_words.* FROM event JOIN event_words USING (id)",
    "page": "SELECT key, page.language, page.headline, page.summary, page.image, page.sources, topics"
    " FROM page JOIN page_path USING (id)",
    "mention": "SELECT lister.key, place, name.key, language, headline, topics FROM mention"
    " JOIN page_path AS lister ON lister.id = page_id JOIN page_path ON page_path.id = mention.path_id"
    " JOIN wording ON wording.id = wording_id",
    "page_path": "SELECT page_path.key, page_path.path, page_path.date, event.key FROM page_path LEFT JOIN event ON event.id = event_id",
    "acronym": "SELECT folded, expansion, key FROM acronym JOIN event ON event.id = event_id",
    "total": "SELECT * FROM total",
}


def fill(corpus: Corpus, archive: Path) -> None:
    """Make an archive of a corpus at ``archive``, all of it or nothing."""
    unfinished = archive.with_suffix(".unfinished")
    for file in unfinished.parent.glob(f"{unfinished.name}*"):
        file.unlink()
    with closing(open_for_writing(unfinished)) as db:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1500000", "secure_delete = OFF"):
            db.execute(f"PRAGMA {pragma}")
        indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        db.execute("BEGIN")
        _Filling(db, corpus).run()
        for _, statement in indexes:
            db.execute(statement)
        for statement in (_SEARCH, _TOPIC_SEARCH, event_queries.COUNT):
            db.execute(statement)
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = WAL")
    unfinished.rename(archive)


class _Filling:
    def __init__(self, db: sqlite3.Connection, corpus: Corpus) -> None:
        self.db = db
        self.corpus = corpus
        self.topics: dict[str, int] = {}
        self.topic_words: dict[str, str] = {}
        self.folded: dict[str, str] = {}
        self.rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _INTO}

    def run(self) -> None:
        for number in range(len(self.corpus.events)):
            page = None if self.corpus.is_stub(number) else self.corpus.page(number)
            self._event(number, page)
            if page:
                self._page(number, page)
            if (number + 1) % _BATCH == 0:
                self._write()
        self._write()
        self._write_topics()

    def _write(self) -> None:
        for table, rows in self.rows.items():
            self.db.executemany(f"INSERT INTO {table} {_INTO[table]}", rows)
            rows.clear()

    def _write_topics(self) -> None:
        numbered = [(number, name) for name, number in self.topics.items()]
        self.db.executemany("INSERT INTO spelling (id, name, topic_id) VALUES (?1, ?2, ?1)", numbered)
        self.db.executemany(
            _TOPICS,
            [
                {"id": number, "key": topic_key_of(self.folded[name]), "folded": self.folded[name], "name": name}
                for number, name in numbered
            ],
        )
        self.db.executemany(
            "INSERT INTO topic_words (place, words) VALUES (?, ?)",
            sorted(
                (topic_place(events, number), self.topic_words[name])
                for (number, name), (events,) in zip(
                    numbered, self.db.execute("SELECT events FROM topic ORDER BY id"), strict=True
                )
            ),
        )

    def _page(self, number: int, page: Page) -> None:
        sources = encode([[source.name, source.url] for source in page.sources])
        self.rows["page"].append(
            (
                number + 1, page.language, page.headline, page.summary, page.image, sources, encode(page.topics),
            )
        )  # fmt: skip
        self.rows["mention"].extend(
            (number + 1, place, other + 1, other + 1, encode(told.topics))
            for place, (other, told) in enumerate(zip(self.corpus.related[number], page.related, strict=True))
        )

    def _event(self, number: int, page: Page | None) -> None:
        event, listers = self.corpus.events[number], self.corpus.listers[number]
        date, language = event.day.isoformat(), self.corpus.language(number)
        sources = [[source.name, source.url] for source in page.sources] if page else []
        image, summary = (page.image, page.summary) if page else (None, None)
        points = score(
            mentioned=len(listers), sources=len(sources), image=image is not None, summary=summary is not None,
            stub=page is None,
        )  # fmt: skip
        of = event_id(points, number + 1, language=language)
        month_day, key = event.day.month * 100 + event.day.day, key_of(event.path)
        rows = self.rows
        rows["name"].append((number + 1, key, event.path, date, of))
        if listers:
            rows["wording"].append((number + 1, number + 1, language, event.headline))
        rows["event"].append(
            (
                of, key, event.path, date, month_day, language, int(page is None), event.headline, summary, image,
                encode(sources),
            )
        )  # fmt: skip
        topics = self.corpus.event_topics(number, page)
        for place, topic in enumerate(topics):
            rows["event_topic"].append((self._topic(topic), of, month_day, date, place, self._topic(topic)))
        if "(" in event.headline:
            found = acronyms(event.headline, {self.folded[topic] for topic in topics})
            rows["acronym"].extend((short, long, of) for short, long in found)
        rows["event_words"].append(
            (
                of, " ".join(words(event.headline)), " ".join(map(self.topic_words.__getitem__, topics)),
                " ".join(words(summary or "")),
            )
        )  # fmt: skip

    def _topic(self, name: str) -> int:
        if name not in self.topics:
            self.topics[name] = len(self.topics) + 1
            self.topic_words[name] = " ".join(words(name))
            self.folded[name] = fold(name)
        return self.topics[name]


def differences(one: Path, other: Path) -> Iterator[str]:
    """Yield what two archives do not have in common, a few rows of each table."""
    with closing(sqlite3.connect(one)) as left, closing(sqlite3.connect(other)) as right:
        for name, statement in _COMPARED.items():
            first, second = _rows(left, name, statement), _rows(right, name, statement)
            for side, rows in ((one, first - second), (other, second - first)):
                yield from (f"{name}, only in {side.name}: {row}" for row in sorted(rows, key=repr)[:3])


def _rows(db: sqlite3.Connection, name: str, statement: str) -> set[tuple[object, ...]]:
    rows: Iterable[tuple[object, ...]] = db.execute(statement)
    # The id stands second among an event's words.
    return {(row[0], *row[2:]) for row in rows} if name == "words" else set(rows)
