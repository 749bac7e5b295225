"""Times what follows ask of the archive and the ledger: which of 100,000 subjects a day's new events are about."""

import asyncio
import random
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from benchmarks.cache import Cache
from benchmarks.corpus import LAST, SEED
from benchmarks.figures import Figure, percentile
from bot.archive.archive import Archive
from bot.domain.subject import SeenEvent, Subject, SubjectTopic
from bot.domain.text import runs
from bot.domain.word_forms import FILLERS
from bot.ledger.ledger import Ledger

_SUBJECTS, _EVENTS, _DIGESTS, _ROUNDS = 100_000, 60, 120, 5
# Of ten subjects, six are a topic, three are two words of a headline, one is three topics.
_KINDS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)
_BATCH = 1000
_AT_MOST = 0.05
_P99 = 0.99
_SEEN = datetime(LAST.year, LAST.month, LAST.day, 12, tzinfo=UTC)
_LATEST = "SELECT id FROM event WHERE NOT stub AND language = 'en' ORDER BY date DESC LIMIT :events"


def follow_all(cache: Cache, size: int, *, report: Callable[[str], None]) -> list[Figure]:
    """Time the matching of new events in an archive of this size, and the questions of digests."""
    original = cache.archive(size)
    report(f"following {_SUBJECTS:,} subjects in {size:,} events …")
    # The archive is kept for other runs.
    archive = cache.scratch("follow.sqlite3")
    shutil.copyfile(original, archive)
    with closing(sqlite3.connect(archive)) as db:
        _set_seen(db)
        subjects = list(_draw(db))
    figures = asyncio.run(_measure(archive, cache.scratch("follow-ledger.sqlite3"), subjects, f"{size:,} events"))
    for name in ("follow.sqlite3", "follow-ledger.sqlite3"):
        cache.scratch(name)
    return figures


def _set_seen(db: sqlite3.Connection) -> None:
    """Let the events of the last month have been seen when they happened, those of the last day in one minute."""
    rows = db.execute(_LATEST, {"events": _EVENTS * 30}).fetchall()
    moments = (_SEEN - timedelta(days=number // _EVENTS, seconds=number % _EVENTS) for number in range(len(rows)))
    db.executemany(
        "UPDATE event SET seen = ? WHERE id = ?",
        [(f"{moment:%Y-%m-%dT%H:%M:%SZ}", event_id) for moment, (event_id,) in zip(moments, rows, strict=True)],
    )
    db.commit()


def _draw(db: sqlite3.Connection) -> Iterator[Subject]:
    """Yield different subjects: topics by how much they are used, and words that stand in one headline."""
    rng = random.Random(f"{SEED} subjects")  # noqa: S311  (no secret)
    topics = db.execute("SELECT key, name, events FROM topic ORDER BY events DESC, id").fetchall()
    weights = list(accumulate(events for _, _, events in topics))
    headlines = [row[0] for row in db.execute("SELECT headline FROM event WHERE NOT stub ORDER BY id LIMIT 200000")]
    keys = set[str]()
    while len(keys) < _SUBJECTS:
        kind = rng.choice(_KINDS)
        if kind == 1:
            words = [word for word in runs(rng.choice(headlines)) if word not in FILLERS]
            subject = Subject(searches=(" ".join(rng.sample(words, min(len(words), 2))),))
        else:
            drawn = rng.choices(topics, cum_weights=weights, k=1 if kind == 0 else 3)
            subject = Subject(topics=tuple(SubjectTopic(key, name) for key, name, _ in drawn))
        # Popular topics are one subject that many follow; the rest is filled up with rarer ones.
        if subject.key not in keys and (subject.topics or subject.searches[0]):
            keys.add(subject.key)
            yield subject


async def _measure(archive_file: Path, ledger_file: Path, subjects: Sequence[Subject], size: str) -> list[Figure]:
    async with Archive(archive_file, cache_size=0) as archive, Ledger(ledger_file) as ledger:
        for start in range(0, len(subjects), _BATCH):
            batch = subjects[start : start + _BATCH]
            terms = [await archive.subject_terms(subject) for subject in batch]
            await asyncio.gather(
                *(ledger.subjects.put(subject, rows) for subject, rows in zip(batch, terms, strict=True))
            )
        day = _SEEN - timedelta(minutes=2)
        begin = time.perf_counter()
        events = await archive.seen_events(after=day, most=_EVENTS)
        read = time.perf_counter() - begin
        rounds = [await _match(ledger, events) for _ in range(_ROUNDS)]
        met = rounds[0][1]
        if len(events) != _EVENTS or not met:
            raise RuntimeError(f"{len(events)} events are about {met} subjects")
        digests = []
        for days in (1, 31):
            seconds = []
            for subject in subjects[:: len(subjects) // _DIGESTS]:
                begin = time.perf_counter()
                await archive.subject_news(subject, seen_after=_SEEN - timedelta(days), seen_before=_SEEN)
                seconds.append(time.perf_counter() - begin)
            digests.append(Figure(size, f"a follow's news of {days} days, p99", percentile(seconds, _P99)))
        windows = []
        for subject in subjects[:: len(subjects) // _DIGESTS]:
            begin = time.perf_counter()
            await archive.window(subject, since=LAST - timedelta(14), until=LAST, limit=1)
            windows.append(time.perf_counter() - begin)
    # Of each event the median of its rounds: a pause of the machine is no slow event.
    matching = [statistics.median(seconds) for seconds in zip(*(seconds for seconds, _ in rounds), strict=True)]
    return [
        Figure(size, f"the terms of {_EVENTS} new events, each", read / _EVENTS),
        Figure(
            size, f"which of {_SUBJECTS:,} subjects an event is about, p99", percentile(matching, _P99),
            budget=_AT_MOST, budget_rule=f"{_AT_MOST * 1000:.0f} ms",
        ),
        Figure(size, "the same, half of them", percentile(matching, 0.5)),
        Figure(size, "subjects that an event is about, on average", met / _EVENTS, ""),
        *digests,
        Figure(size, "the list of a fortnight about a subject, p99", percentile(windows, _P99)),
    ]  # fmt: skip


async def _match(ledger: Ledger, events: Sequence[SeenEvent]) -> tuple[list[float], int]:
    """Return the seconds that each event took, and how many subjects they are about in all."""
    seconds, met = [], 0
    for event in events:
        begin = time.perf_counter()
        met += len(await ledger.subjects.match(event.terms))
        seconds.append(time.perf_counter() - begin)
    return seconds, met
