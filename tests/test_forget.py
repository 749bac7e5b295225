"""Fetched pages that are taken out for good: their marks stay in the ledger, and nothing of them on the disk."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import forget
from bot.domain.errors import ArchiveError
from bot.domain.page import Page, Source, key_of
from bot.ledger.ledger import Ledger
from bot.sources.page_marks import Marks, marks_of
from tests.helpers.archives import Import
from tests.helpers.ledgers import run_here
from tests.helpers.processes import STARTER_OFF, Shell, watched
from tests.helpers.samples import page, path_of, write

DAY, SHIP = "2025-11-22", "A ship runs aground off Wellfleet"
OTHER = f"{SHIP}, and is refloated"
SOURCE, OTHER_SOURCE = "portal 2025-11-22", "portal 2025-11-23"
PAGE = Page(
    "news/2025/11/22/x", date(2025, 11, 22), "en", "A Ship runs aground", "Nobody is hurt.",
    (Source("Paper", "https://paper.example/1"),), None, ("Łódź Harbour",), (),
)  # fmt: skip


def key(headline: str = SHIP) -> str:
    return key_of(path_of(DAY, headline))


def write_ship(folder: Path, headline: str = SHIP, *, source: str | None = SOURCE) -> Path:
    """Write a page as a fetch does."""
    return write(
        folder, DAY, headline, summary="Nobody is hurt.", topic="Wellfleet", sources=[("Paper", "https://a.example/1")],
        block=f"source: {source}" if source else "",
    )  # fmt: skip


def marks_in(ledger: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(ledger)) as db:
        return db.execute("SELECT source, marks FROM forgotten_source ORDER BY source").fetchall()


def md_files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*.md"))


# The marks


def test_marks_are_of_addresses_and_of_folded_words_and_topics() -> None:
    marks = marks_of(PAGE)
    assert len(marks.citations) == 1
    same = replace(
        PAGE, headline="a SHIP, aground: runs", sources=(Source("Another name", "https://paper.example/1"),),
        topics=("lodz harbour",),
    )  # fmt: skip
    assert marks_of(same) == marks
    assert marks_of(replace(PAGE, summary=None)).words < marks.words
    assert marks_of(replace(PAGE, topics=())).words < marks.words
    assert marks_of(replace(PAGE, sources=())).citations == frozenset()
    assert not marks.citations & marks.words


def test_marks_can_be_kept_as_a_list_and_do_not_tell_the_text() -> None:
    marks = marks_of(PAGE)
    listed = marks.as_list()
    assert listed == sorted(listed)
    assert all(len(mark) == 9 and mark[0] in "cw" and int(mark[1:], 16) >= 0 for mark in listed)
    assert Marks.of_list(listed) == marks
    assert Marks.of_list([]) == Marks() == marks_of(replace(PAGE, headline="", summary=None, sources=(), topics=()))


# The ledger


async def test_the_ledger_keeps_events_and_sources_together_each_once(ledger_file: Path) -> None:
    async with Ledger(ledger_file) as ledger:
        assert await ledger.forgotten_sources() == []
        for _ in range(2):
            await ledger.forget([("a" * 12, "hash")], sources=[(SOURCE, ["c1", "w2"]), (SOURCE, ["w3"])])
        with pytest.raises(sqlite3.IntegrityError):
            await ledger.forget([("b" * 12, "hash")], sources=[("", [])])
    async with Ledger(ledger_file) as ledger:
        assert await ledger.forgotten_events() == [("a" * 12, "hash")], "the other one is not there by half"
        assert await ledger.forgotten_sources() == [(SOURCE, ["c1", "w2"]), (SOURCE, ["w3"])]


@pytest.mark.process
def test_a_restored_ledger_keeps_forgotten_sources(shell: Shell) -> None:
    assert run_here(shell, "import", write_ship(shell.data / "pages")).code == 0
    assert run_here(shell, "forget", key()).code == 0
    before = marks_in(shell.data / "ledger.sqlite3")
    assert before
    assert run_here(shell, "backup", "copy.sqlite3").code == 0
    (shell.data / "ledger.sqlite3").unlink()
    assert run_here(shell, "restore", "copy.sqlite3").code == 0
    assert marks_in(shell.data / "ledger.sqlite3") == before


# The shell


@pytest.mark.process
def test_a_forgotten_event_goes_with_the_files_of_all_its_pages(shell: Shell) -> None:
    pages = shell.data / "pages"
    write_ship(pages)
    write_ship(pages, OTHER, source=OTHER_SOURCE)
    write(pages, DAY, "Something else")
    shell.json("import", pages)
    answer = shell("forget", key())
    assert (answer.code, answer.err) == (0, "")
    assert md_files(pages) == ["something-else.md"]
    found = marks_in(shell.data / "ledger.sqlite3")
    assert [source for source, _ in found] == [SOURCE, OTHER_SOURCE]
    assert "Wellfleet" not in str(found)
    assert shell.json("import", pages)["skipped"] == []
    assert shell("show", key(), more=STARTER_OFF).code == 1
    assert shell("show", key(OTHER), more=STARTER_OFF).code == 1


@pytest.mark.process
def test_files_elsewhere_and_pages_without_a_source_leave_no_marks_and_stay(shell: Shell) -> None:
    own = shell.folder / "own"
    write_ship(own, source=None)
    shell.json("import", own)
    assert shell("forget", key()).code == 0
    assert md_files(own) == [f"{path_of(DAY, SHIP).rpartition('/')[2]}.md"]
    assert marks_in(shell.data / "ledger.sqlite3") == []


@pytest.mark.process
@pytest.mark.parametrize("finish", [["import", "other"], ["forget", key()]])
def test_what_a_killed_forget_has_left_is_finished_by_the_next_command(shell: Shell, finish: Iterable[str]) -> None:
    pages = shell.data / "pages"
    file = write_ship(pages)
    write(shell.folder / "other", "2001-01-01", "Something else")
    shell.json("import", pages)
    kill = watched(shell, "os.remove", file.name, "os.kill(os.getpid(), signal.SIGKILL)")
    assert shell("forget", key(), more=kill).code < 0
    assert file.exists()
    assert len(marks_in(shell.data / "ledger.sqlite3")) == 1, "the ledger comes first"
    assert shell("show", key()).code == 0
    assert shell(*finish).code == 0
    assert not file.exists()
    assert shell("show", key(), more=STARTER_OFF).code == 1
    assert len(marks_in(shell.data / "ledger.sqlite3")) == 1


# The files


async def test_files_are_looked_for_in_the_folders_of_languages_too(tmp_path: Path, load: Import, file: Path) -> None:
    pages = file.parent / "pages"
    # No file system has a file of such a name; a bundle may have the page.
    long_path = f"news/2025/11/22/{'語' * 120}"
    bundle = tmp_path / "bundle.md"
    bundle.write_text(f"<!-- {long_path}.md -->\n{page(DAY, 'Quite something else')}", "utf-8")
    assert load(write_ship(pages / "de"), bundle).pages == 2
    forget(file, [key(), key_of(long_path)])
    assert md_files(pages) == []


async def test_an_import_deletes_the_file_that_a_killed_forget_has_left_before_it_reads_it(
    load: Import, file: Path
) -> None:
    pages = file.parent / "pages"
    load(write_ship(pages))
    report = load(pages, forgotten=ForgottenEvents.of([(key(), "a fingerprint")]))
    assert (report.pages, report.events, report.skipped) == (0, 0, [])
    assert md_files(pages) == []


async def test_a_file_that_cannot_be_deleted_is_named_and_the_event_stays(load: Import, file: Path) -> None:
    pages = file.parent / "pages"
    page_file = write_ship(pages)
    load(page_file)
    page_file.unlink()
    # Not even root can unlink a folder.
    page_file.mkdir()
    with pytest.raises(ArchiveError, match=r"aground-off-wellfleet\.md cannot be deleted"):
        forget(file, [key()])
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT count(*) FROM event").fetchone() == (1,)
