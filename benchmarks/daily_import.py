"""Times the import of one more day's pages into a large archive, as a bot that is kept current does it every day."""

import json
import random
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from benchmarks.cache import Cache
from benchmarks.corpus import LAST, SEED, lines_of_page
from benchmarks.figures import Figure
from benchmarks.words import Vocabulary
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.domain.page import Mention, Page, Source

_PAGES, _RELATED, _ROUNDS = 60, 10, 3
_AT_MOST = 1.0
# Some events with pages, and their topics.
_EVENTS = """
    SELECT path, date, headline, (
        SELECT json_group_array(name) FROM event_topic JOIN topic ON topic.id = topic_id WHERE event_id = event.id
    )
    FROM event WHERE id IN (SELECT event_id FROM page_path WHERE id IN (SELECT value FROM json_each(?)))
"""


def import_days(cache: Cache, sizes: Sequence[int], *, report: Callable[[str], None]) -> list[Figure]:
    """Time the import of a day's pages, with and without related events, into archives of these sizes."""
    figures: list[Figure] = []
    for size in sizes:
        original = cache.archive(size)
        report(f"importing days into {size:,} events …")
        # The archive is kept for other runs.
        archive = cache.scratch("daily.sqlite3")
        shutil.copyfile(original, archive)
        day = 0
        for related, description in ((0, "without related events"), (_RELATED, "each with ten related events")):
            seconds: list[float] = []
            for _ in range(_ROUNDS):
                day += 1
                folder = cache.scratch("day")
                _write_day(archive, folder, day, related=related)
                start = time.perf_counter()
                import_pages(archive, [folder], forgotten=ForgottenEvents())
                seconds.append(time.perf_counter() - start)
            figures.append(
                Figure(
                    f"{size:,} events", f"import of a day's {_PAGES} pages, {description}", statistics.median(seconds),
                    "s", budget=_AT_MOST, budget_rule=f"{_AT_MOST:g} s",
                )
            )  # fmt: skip
        cache.scratch("daily.sqlite3")
        cache.scratch("day")
    return figures


def _write_day(archive: Path, folder: Path, number: int, *, related: int) -> None:
    """Write the pages of the day this many days after the corpus ends, related to events of all ages."""
    day = LAST + timedelta(number)
    rng = random.Random(f"{SEED} {day}")  # noqa: S311  (no secret)
    vocabulary = Vocabulary(SEED)
    mentions = _draw_mentions(archive, rng, _PAGES * related)
    for page_number in range(_PAGES):
        own = mentions[page_number * related : (page_number + 1) * related]
        page = Page(
            path=f"news/{day:%Y/%m}/{day.day}/story-{page_number}", date=day, language="en",
            headline=f"{' '.join(vocabulary.text(rng, 24)).capitalize()}.",
            summary=f"{' '.join(vocabulary.text(rng, 30)).capitalize()}.",
            sources=(Source("Reuters", f"https://news.example.org/{number}/{page_number}"),), image=None,
            topics=tuple(dict.fromkeys(topic for mention in own for topic in mention.topics)), related=tuple(own),
        )  # fmt: skip
        file = folder / f"{page.path}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines_of_page(page, newer=False)) + "\n", "utf-8")


def _draw_mentions(archive: Path, rng: random.Random, count: int) -> list[Mention]:
    """Return so many events as a page's list names them, each with one or two of its topics."""
    with closing(sqlite3.connect(archive)) as db:
        (paths,) = db.execute("SELECT max(id) FROM page_path").fetchone()
        rows = db.execute(_EVENTS, (json.dumps(rng.sample(range(1, paths + 1), 2 * count)),)).fetchall()
    return [
        Mention(path, date.fromisoformat(day), headline, tuple(sorted(json.loads(topics)[:2])))
        for path, day, headline, topics in rows[:count]
    ]
