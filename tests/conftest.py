"""What several tests start from."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import settings
from samples import SEED

from bot.archive.archive import Archive
from bot.archive.forgotten import Forgotten
from bot.archive.importer import Report, import_pages

# A landing is not decided by chance: what CI tries is the same each time, what developers try is always new.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

Import = Callable[..., Report]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test's archive is."""
    return tmp_path / "data" / "archive.sqlite3"


@pytest.fixture
def load(file: Path) -> Import:
    """Import files and folders into the test's archive."""

    def load(*paths: Path, forgotten: Forgotten | None = None) -> Report:
        return import_pages(file, paths, forgotten=forgotten or Forgotten())

    return load


@pytest.fixture
async def archive(file: Path) -> AsyncIterator[Archive]:
    """The test's archive, open for questions."""
    async with Archive(file) as archive:
        yield archive


@pytest.fixture
async def seeded(load: Import, archive: Archive) -> Archive:
    """An archive that holds the seed page."""
    load(SEED)
    return archive
