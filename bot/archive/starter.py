"""The starter archive: fills an empty one, and gives way to a real one."""

from contextlib import closing, suppress
from importlib import resources
from pathlib import Path

from bot.archive import event_queries
from bot.archive.database_file import BusyError, open_for_writing
from bot.archive.forgotten_events import Forgotten


def fill_if_empty(archive: Path, *, forgotten: Forgotten) -> bool:
    """Load the starter pages into an archive without pages; tell whether it had none. Raises ArchiveError."""
    with closing(open_for_writing(archive)) as db:
        if not db.execute(event_queries.IS_EMPTY).fetchone()[0]:
            return False
    # Only the first start needs it.
    from bot.archive.importer import import_pages

    # An import that is under way makes the seeds needless.
    with resources.as_file(resources.files("seeds")) as seeds, suppress(BusyError):
        import_pages(archive, [seeds], forgotten=forgotten, origin="seed")
    return True
