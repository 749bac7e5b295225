"""Fills an empty archive with the starter pages of ``seeds/``; importing real pages removes them again."""

from contextlib import closing, suppress
from importlib import resources
from pathlib import Path

from bot.archive import event_queries
from bot.archive.database_file import BusyError, open_for_writing
from bot.archive.forgotten_events import ForgottenEvents


def fill_if_empty(archive: Path, *, forgotten: ForgottenEvents) -> bool:
    """Load the starter pages into an archive without pages; return whether it had none. Raises ArchiveError."""
    with closing(open_for_writing(archive)) as db:
        if not db.execute(event_queries.IS_EMPTY).fetchone()[0]:
            return False
    # Only the first start needs it.
    from bot.archive.importer import SEED, import_pages

    # Where another import is running, the starter pages are not needed.
    with resources.as_file(resources.files("seeds")) as seeds, suppress(BusyError):
        import_pages(archive, [seeds], forgotten=forgotten, origin=SEED)
    return True
