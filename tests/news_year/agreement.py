"""Whether pages, archive and what fetches remember agree."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.domain.page import key_of
from bot.sources.fetch_state import FILE_NAME
from bot.sources.page_folder import PageFolder
from tests.helpers.archives import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

_EVENT_OF_KEYS = "SELECT page_path.key, event.key FROM page_path LEFT JOIN event ON event.id = event_id"
_TABLES = ("events", "topics", "topics of events", "keys of events", "words", "stems", "wordings")


def disagreements(data: Path, *, revisions: Mapping[date, int], rebuilt: Path) -> Iterator[str]:
    """Yield, a sentence each, where pages, archive and state do not say the same.

    ``revisions`` are those of the portal's days that must have been read; ``rebuilt`` is where the pages are imported
    into an archive of their own.
    """
    folder, archive = PageFolder(data / "pages"), data / "archive.sqlite3"
    with closing(sqlite3.connect(archive)) as db:
        event_of = dict(db.execute(_EVENT_OF_KEYS))
        (left,) = db.execute("SELECT count(*) FROM outdated").fetchone()
    if left:
        yield f"{left} events of the archive are outdated"
    pages = {fetched.page.path: fetched.page for fetched in folder.all_pages()}
    for file, reason in folder.unreadable.items():
        yield f"{file} is no page: {reason}"
    for path, page in pages.items():
        if page.withdrawn is None and not event_of.get(key_of(path)):
            yield f"{path} has no event"
    living = {event_of.get(key_of(path)) for path, page in pages.items() if page.withdrawn is None}
    for event in {event for event in event_of.values() if event} - living:
        yield f"the event {event} has no page"
    yield from _about_state(data / "pages" / FILE_NAME, folder, revisions)
    yield from _about_rebuilt(data, rebuilt)


def _about_state(file: Path, folder: PageFolder, revisions: Mapping[date, int]) -> Iterator[str]:
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT source, name, validator, paths FROM part").fetchall()
    for source, name, _, paths in rows:
        for path in json.loads(paths):
            if not folder.has(path):
                yield f"the state vouches for {path} of {source} {name}, which is not there"
    read = {name: validator for source, name, validator, _ in rows if source == "portal"}
    for day, revision in revisions.items():
        if read.get(day.isoformat()) != str(revision):
            yield f"{day} was read at revision {read.get(day.isoformat())}, and is at {revision}"


def _about_rebuilt(data: Path, rebuilt: Path) -> Iterator[str]:
    import_pages(rebuilt, [data / "pages"], forgotten=ForgottenEvents())
    for name, now, again in zip(_TABLES, dump(data / "archive.sqlite3"), dump(rebuilt), strict=True):
        if now != again:
            only, others = [row for row in now if row not in again], [row for row in again if row not in now]
            yield f"rebuilt from its pages, the archive has other {name}: {only[:2]} and not {others[:2]} ({len(only)})"
