"""Backing up the ledger, through the shell's real process and real SQLite files."""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.ledgers import (
    a_device,
    a_link_to_the_ledger,
    a_pipe,
    a_text,
    an_empty_file,
    another_database,
    content_of,
    file_names,
    make_killed_ledger,
    make_ledger,
    open_ledger,
    run_here,
    run_limited,
    the_ledger,
    tree,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.processes import Shell


@pytest.mark.process
def test_a_backup_made_while_others_write_is_whole_and_of_one_moment(shell: Shell) -> None:
    ledger = shell.data / "ledger.sqlite3"
    enough = threading.Event()
    started = threading.Event()

    def write() -> None:
        with open_ledger(ledger) as db:
            number = 0
            while not enough.is_set():
                number += 1
                db.execute("BEGIN IMMEDIATE")
                for half in ("one", "other"):
                    db.execute(
                        "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        (half, f"{number}{'x' * 5000}"),
                    )
                db.execute("INSERT INTO fact VALUES (?, ?)", (f"row {number}", "x" * 500))
                db.execute("COMMIT")
                started.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert started.wait(10)
        row_counts = set()
        for _ in range(3):
            answer = shell("backup", "copy.sqlite3")
            assert (answer.code, answer.err) == (0, "")
            assert file_names(shell.folder) == {"data", "copy.sqlite3"}
            with closing(sqlite3.connect(shell.folder / "copy.sqlite3")) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
                ((one,), (other,)) = db.execute("SELECT value FROM fact WHERE name IN ('one', 'other')").fetchall()
                assert one == other
                (rows,) = db.execute("SELECT count(*) FROM fact WHERE name LIKE 'row %'").fetchone()
                assert one == f"{rows}{'x' * 5000}"
                row_counts.add(rows)
        assert len(row_counts) == 3
    finally:
        enough.set()
        writer.join()


@pytest.mark.process
def test_a_backup_says_where_it_is_and_how_large(shell: Shell, old_ledger: Path) -> None:
    answer = shell("backup", "copy.sqlite3")
    assert (answer.code, answer.err) == (0, "")
    assert "copy.sqlite3" in answer.out
    assert f"{(shell.folder / 'copy.sqlite3').stat().st_size:,} bytes" in answer.out
    assert content_of(shell.folder / "copy.sqlite3") == "the old one"
    # Nothing is left beside the ledger that another user could not write.
    assert file_names(shell.data) == {"ledger.sqlite3"}


@pytest.mark.process
def test_a_backup_has_what_stands_in_the_wal_alone(shell: Shell) -> None:
    make_killed_ledger(shell.data / "ledger.sqlite3", "just written")
    assert shell("backup", "copy.sqlite3").code == 0
    assert b"just written" in (shell.folder / "copy.sqlite3").read_bytes()


def test_a_backup_into_a_folder_is_named_by_its_moment(shell: Shell, old_ledger: Path) -> None:
    (shell.folder / "copies").mkdir()
    for place in ("copies", "copies/"):
        assert run_here(shell, "backup", place).code == 0
    copies = file_names(shell.folder / "copies")
    assert all(re.fullmatch(r"ledger-\d{4}-\d\d-\d\d-\d{6}\.sqlite3", name) for name in copies)
    assert {content_of(shell.folder / "copies" / name) for name in copies} == {"the old one"}


def test_a_copy_of_yesterday_is_replaced_also_behind_a_link(shell: Shell, old_ledger: Path) -> None:
    (shell.folder / "link").symlink_to("copy.sqlite3")
    assert run_here(shell, "backup", "link").code == 0
    with open_ledger(old_ledger) as db:
        db.execute("UPDATE fact SET value = 'of today'")
    assert run_here(shell, "backup", "link").code == 0
    assert (shell.folder / "link").is_symlink()
    assert content_of(shell.folder / "copy.sqlite3") == "of today"


def test_others_may_not_read_a_copy_who_may_not_read_the_ledger(shell: Shell, old_ledger: Path) -> None:
    for mode in (0o600, 0o640):
        old_ledger.chmod(mode)
        assert run_here(shell, "backup", "copy.sqlite3").code == 0
        assert (shell.folder / "copy.sqlite3").stat().st_mode & 0o777 == mode


def _nothing(folder: Path) -> str:
    (folder / "data" / "ledger.sqlite3").unlink()
    return "copy.sqlite3"


def _another_name_of_the_ledger(folder: Path) -> str:
    (folder / "link").hardlink_to(folder / "data" / "ledger.sqlite3")
    return "link"


def _what_sqlite_takes_for_the_ledgers(folder: Path) -> str:
    return "data/ledger.sqlite3-wal"


def _the_archive_to_be(folder: Path) -> str:
    return "data/archive.sqlite3"


def _the_ledger_of_another_bot(folder: Path) -> str:
    make_ledger(folder / "other" / "ledger.sqlite3", "another bot's")
    return "other/ledger.sqlite3"


def _no_folder(folder: Path) -> str:
    return "nowhere/copy.sqlite3"


def _a_folder_that_is_not_there(folder: Path) -> str:
    return "nowhere/"


def _a_file_for_a_folder(folder: Path) -> str:
    (folder / "file").touch()
    return "file/copy.sqlite3"


def _a_name_too_long(folder: Path) -> str:
    return "x" * 300


def _a_folder_nobody_can_write(folder: Path) -> str:
    # Not even root, as which tests may run.
    return "/sys/copy.sqlite3"


def _a_damaged_ledger(folder: Path) -> str:
    ledger = folder / "data" / "ledger.sqlite3"
    data = ledger.read_bytes()
    ledger.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    return "copy.sqlite3"


def _a_text_for_a_ledger(folder: Path) -> str:
    (folder / "data" / "ledger.sqlite3").write_text("Dear diary, " * 500)
    return "copy.sqlite3"


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_nothing, "nothing to back up"), (the_ledger, "own file"), (a_link_to_the_ledger, "own file"),
        (_another_name_of_the_ledger, "own file"), (_what_sqlite_takes_for_the_ledgers, "own file"),
        (_the_archive_to_be, "own file"), (a_text, "not a copy of a ledger"), (an_empty_file, "not a copy of a ledger"),
        (another_database, "not a copy of a ledger"), (_the_ledger_of_another_bot, "not a copy of a ledger"),
        (a_pipe, "not a regular file"), (a_device, "not a regular file"),
        (_no_folder, "no folder nowhere"),
        (_a_folder_that_is_not_there, "no folder nowhere"),
        (_a_file_for_a_folder, "no folder file"),
        (_a_name_too_long, "xxx"), (_a_damaged_ledger, "damaged"), (_a_text_for_a_ledger, "damaged"),
        pytest.param(
            _a_folder_nobody_can_write, "/sys", marks=pytest.mark.skipif(not Path("/sys").is_dir(), reason="no /sys")
        ),
    ],
)  # fmt: skip
def test_a_backup_that_cannot_be_made_is_reported_in_one_line_and_changes_nothing(
    shell: Shell, old_ledger: Path, build: Callable[[Path], str], words: str
) -> None:
    to = build(shell.folder)
    before = tree(shell.folder)
    answer = run_here(shell, "backup", to)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.complaint
    assert tree(shell.folder) == before


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_name_that_is_empty_is_wrong_usage(shell: Shell, old_ledger: Path, command: str) -> None:
    assert run_here(shell, command, "").code == 2
    assert file_names(shell.data) == {"ledger.sqlite3"}


@pytest.mark.process
def test_a_backup_that_cannot_be_written_to_its_end_leaves_the_earlier_one(shell: Shell, old_ledger: Path) -> None:
    assert shell("backup", "copy.sqlite3").code == 0
    before = tree(shell.folder)
    answer = run_limited(shell, 100, "backup", "copy.sqlite3")
    assert (answer.code, answer.out) == (1, "")
    assert "copy.sqlite3" in answer.complaint
    assert tree(shell.folder) == before


@pytest.mark.process
def test_a_full_disk_leaves_the_earlier_backup_and_nothing_else(
    shell: Shell, old_ledger: Path, small_disk: Path
) -> None:
    assert shell("backup", "disk/copy.sqlite3").code == 0
    before = tree(shell.folder)
    answer = shell("backup", "disk/copy.sqlite3")
    assert (answer.code, answer.out) == (1, "")
    assert "the disk is full" in answer.complaint
    assert tree(shell.folder) == before


@pytest.mark.process
def test_a_backup_takes_the_fetched_pages_too_and_an_import_reads_them(shell: Shell, tmp_path: Path) -> None:
    make_ledger(shell.data / "ledger.sqlite3", "monday")
    pages = shell.data / "pages"
    page = pages / "news/2024/03/5/a-ship.md"
    page.parent.mkdir(parents=True)
    page.write_text("### [2024-03-05](x)\n\n# A ship is launched.\n", "utf-8")
    (page.parent / ".unfinished-another.md").write_text("### [2024-03-05](x)\n\n# Half", "utf-8")
    (pages / ".state.sqlite3").write_bytes(b"the state is no page")
    copies = tmp_path / "copies"
    copies.mkdir()
    answer = shell("backup", copies / "monday.sqlite3", "--pages")
    assert "1 pages of" in answer.out
    assert sorted(file.name for file in copies.iterdir()) == ["monday.pages.tar.gz", "monday.sqlite3"]
    page.unlink()
    report = shell.json("import", copies / "monday.pages.tar.gz")
    assert (report["pages"], report["skipped"]) == (1, [])
