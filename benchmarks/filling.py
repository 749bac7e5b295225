"""Writes a corpus straight into an archive: the rows that an import of its pages would have written."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.corpus import Corpus
from bot.archive.acronyms import acronyms
from bot.archive.build_events import EventRow, article_title
from bot.archive.database_file import open_for_writing
from bot.archive.event_index import add_to_index
from bot.archive.event_words import StoredWords, pack_words, stems_of_fields
from bot.archive.inserts import encode, insert_into
from bot.archive.notability import kind_points, page_points, story_points
from bot.archive.ranking import SCORE_SHIFT, event_id, score
from bot.archive.stories import Stories
from bot.archive.topic_merge import merge_topics
from bot.domain.page import Page, key_of, spelling_key_of
from bot.domain.text import fold, words
from bot.formats.context import CONTEXT

_BATCH = 20_000
_COLUMNS: dict[str, tuple[str, ...]] = {
    "page_path": ("id", "key", "path", "date", "event_id"),
    "wording": ("id", "path_id", "language", "headline"),
    "page": (
        "id", "hash", "format", "format_version", "origin", "language", "headline", "summary", "image", "sources",
        "topics",
    ),
    "mention": ("page_id", "position", "path_id", "wording_id", "topics"),
    "event": EventRow._fields,
    "event_words": ("id", *StoredWords._fields),
    "event_topic": ("topic_id", "event_id", "month_day", "date", "position", "spelling_id"),
    "acronym": ("folded", "expansion", "event_id"),
}  # fmt: skip
_TOPICS = """
    INSERT INTO topic (id, key, folded, name, events)
    SELECT id, :key, :folded, :name, (SELECT count(*) FROM event_topic WHERE topic_id = :id)
    FROM (SELECT :id AS id)
"""
# Topics are written by their folded names; those that are one are then merged, and all are indexed.
_FORMS_OUTDATED = "UPDATE total SET topic_forms = 0"
# What the whole archive holds.
_COUNT = """
    UPDATE total SET (events, stubs, topics, first_date, last_date, languages) = (
        SELECT count(*), coalesce(sum(stub), 0), (SELECT count(*) FROM topic), min(date), max(date), (
            SELECT json_group_object(language, events) FROM (
                SELECT language, count(*) AS events FROM event GROUP BY language ORDER BY events DESC, language
            )
        )
        FROM event
    )
"""
# What must be the same after an import: everything but the ids, which depend on the order in which pages are read.
_COMPARED = {
    "event": f"SELECT {', '.join(EventRow._fields[1:])}, id >> {SCORE_SHIFT} FROM event",
    "event_topic": "SELECT event.key, topic.key, event_topic.month_day, event_topic.date, position, spelling.name"
    " FROM event_topic JOIN event ON event.id = event_id JOIN topic ON topic.id = event_topic.topic_id"
    " JOIN spelling ON spelling.id = spelling_id",
    "topic": "SELECT key, folded, name, events, words, stems, short, place >> 32 FROM topic"
    " JOIN topic_words ON place & 4294967295 = topic.id",
    "words": f"SELECT key, {', '.join(f'event_words.{name}' for name in StoredWords._fields)}"
    " FROM event JOIN event_words USING (id)",
    "stem": "SELECT * FROM stem",
    "page": "SELECT key, page.language, page.headline, page.summary, page.image, page.sources, topics"
    " FROM page JOIN page_path USING (id)",
    "mention": "SELECT lister.key, position, page_path.key, language, headline, topics FROM mention"
    " JOIN page_path AS lister ON lister.id = page_id JOIN page_path ON page_path.id = mention.path_id"
    " JOIN wording ON wording.id = wording_id",
    "page_path": "SELECT page_path.key, page_path.path, page_path.date, event.key"
    " FROM page_path LEFT JOIN event ON event.id = event_id",
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
        add_to_index(db, "(SELECT id FROM event)")
        for statement in (_COUNT, _FORMS_OUTDATED):
            db.execute(statement)
        db.execute("COMMIT")
        merge_topics(db)
        db.execute("PRAGMA journal_mode = WAL")
    unfinished.rename(archive)


class _Filling:
    """Collects the rows of a corpus's events and writes them in batches."""

    def __init__(self, db: sqlite3.Connection, corpus: Corpus) -> None:
        self.db = db
        self.corpus = corpus
        self.language_numbers = dict(db.execute("SELECT code, number FROM event_language"))
        self.topics: dict[str, int] = {}
        self.topic_words: dict[str, str] = {}
        self.folded: dict[str, str] = {}
        self.rows: dict[str, list[dict[str, object]]] = {table: [] for table in _COLUMNS}
        self.stories = Stories(db, stored=None)
        self.stems = Counter[str]()

    def run(self) -> None:
        # Scores follow from the stories that events belong to, and so from all events.
        for number, event in enumerate(self.corpus.events):
            page = None if self.corpus.is_stub(number) else self.corpus.page(number)
            topics = self.corpus.event_topics(number, page)
            self.stories.add(map(self._topic_id, topics), event.day.isoformat())
        for number in range(len(self.corpus.events)):
            page = None if self.corpus.is_stub(number) else self.corpus.page(number)
            self._add_event(number, page)
            if page:
                self._add_page(number, page)
            if (number + 1) % _BATCH == 0:
                self._write()
        self._write()
        self._write_topics()
        self.db.executemany("INSERT INTO stem (stem, events) VALUES (?, ?)", sorted(self.stems.items()))

    def _write(self) -> None:
        for table, rows in self.rows.items():
            self.db.executemany(insert_into(table, _COLUMNS[table]), rows)
            rows.clear()

    def _write_topics(self) -> None:
        numbered = [(number, name) for name, number in self.topics.items()]
        self.db.executemany("INSERT INTO spelling (id, name, topic_id) VALUES (?1, ?2, ?1)", numbered)
        self.db.executemany(
            _TOPICS,
            [
                {"id": number, "key": spelling_key_of(self.folded[name]), "folded": self.folded[name], "name": name}
                for number, name in numbered
            ],
        )

    def _add_page(self, number: int, page: Page) -> None:
        self.rows["page"].append(
            {
                "id": number + 1,
                "hash": bytes(16),
                "format": CONTEXT.name,
                "format_version": CONTEXT.version,
                "origin": "import",
                "language": page.language,
                "headline": page.headline,
                "summary": page.summary,
                "image": page.image,
                "sources": encode(page.sources),
                "topics": encode(page.topics),
            }
        )
        self.rows["mention"].extend(
            {
                "page_id": number + 1,
                "position": position,
                "path_id": target + 1,
                "wording_id": target + 1,
                "topics": encode(mention.topics),
            }
            for position, (target, mention) in enumerate(zip(self.corpus.related[number], page.related, strict=True))
        )

    def _add_event(self, number: int, page: Page | None) -> None:
        row = self._event_row(number, page)
        rows = self.rows
        rows["event"].append(row._asdict())
        rows["page_path"].append(
            {"id": number + 1, "key": row.key, "path": row.path, "date": row.date, "event_id": row.id}
        )
        if self.corpus.listers[number]:
            rows["wording"].append(
                {"id": number + 1, "path_id": number + 1, "language": row.language, "headline": row.headline}
            )
        topics = self.corpus.event_topics(number, page)
        rows["event_topic"].extend(
            {
                "topic_id": self._topic_id(topic),
                "event_id": row.id,
                "month_day": row.month_day,
                "date": row.date,
                "position": position,
                "spelling_id": self._topic_id(topic),
            }
            for position, topic in enumerate(topics)
        )
        if "(" in row.headline:
            pairs = acronyms(row.headline, {self.folded[topic] for topic in topics})
            rows["acronym"].extend({"folded": short, "expansion": long, "event_id": row.id} for short, long in pairs)
        names = filter(None, (article_title(source.url) for source in page.sources)) if page else ()
        stems = stems_of_fields([row.headline], names, topics, row.summary or "", language=row.language)
        packed = pack_words(
            headline=" ".join(words(row.headline)),
            topics=" ".join(self.topic_words[topic] for topic in topics),
            summary=" ".join(words(row.summary or "")),
            stems=stems,
        )
        self.stems.update(set(stems.split()) - {";", ","})
        rows["event_words"].append({"id": row.id, "stems": stems, "packed": packed})

    def _event_row(self, number: int, page: Page | None) -> EventRow:
        event, language = self.corpus.events[number], self.corpus.language(number)
        held = page_points(
            sources=len(page.sources) if page else 0,
            image=page is not None and page.image is not None,
            summary=page is not None and page.summary is not None,
            stub=page is None,
            pick=False,
            weight=None,
        )
        kinds = kind_points(event.headline, language)
        own = sum(held.values()) + sum(kind.own for kind in kinds.values())
        in_story = sum(kind.in_story for kind in kinds.values())
        topic_ids = [self._topic_id(topic) for topic in self.corpus.event_topics(number, page)]
        (stories,) = self.stories.of([(topic_ids, event.day.isoformat())])
        around = story_points(in_story, len(self.corpus.listers[number]), stories)
        event_score = score(own + sum(around.values()))
        return EventRow(
            id=event_id(event_score, number + 1, language_number=self.language_numbers[language]),
            key=key_of(event.path),
            path=event.path,
            date=event.day.isoformat(),
            month_day=event.day.month * 100 + event.day.day,
            language=language,
            stub=int(page is None),
            headline=event.headline,
            summary=page.summary if page else None,
            image=page.image if page else None,
            sources=encode(page.sources if page else ()),
            points=own,
            story_points=in_story,
        )

    def _topic_id(self, name: str) -> int:
        if name not in self.topics:
            self.topics[name] = len(self.topics) + 1
            self.topic_words[name] = " ".join(words(name))
            self.folded[name] = fold(name)
        return self.topics[name]


def differences(left: Path, right: Path) -> Iterator[str]:
    """Yield what only one of two archives has, a few rows of each table."""
    with closing(sqlite3.connect(left)) as left_db, closing(sqlite3.connect(right)) as right_db:
        for name, statement in _COMPARED.items():
            left_rows, right_rows = _rows(left_db, name, statement), _rows(right_db, name, statement)
            for file, rows in ((left, left_rows - right_rows), (right, right_rows - left_rows)):
                yield from (f"{name}, only in {file.name}: {row}" for row in sorted(rows, key=repr)[:3])


def _rows(db: sqlite3.Connection, name: str, statement: str) -> set[tuple[object, ...]]:
    rows: Iterable[tuple[object, ...]] = db.execute(statement)
    # The id stands second among an event's words.
    return {(row[0], *row[2:]) for row in rows} if name == "words" else set(rows)
