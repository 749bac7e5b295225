"""What SQLite's errors mean, met at real files."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.database import Problem, connect, explain


def make_database(file: Path) -> Path:
    with closing(connect(file, synchronous="NORMAL")) as db:
        db.execute("CREATE TABLE word (text TEXT)")
        db.executemany("INSERT INTO word VALUES (?)", [("x" * 1000,) for _ in range(50)])
        db.execute("PRAGMA journal_mode = DELETE")
    return file


def problem_at(file: Path, *statements: str, mode: str = "rw") -> Problem:
    """Return what is wrong when the last of some statements is run."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True, timeout=0, isolation_level=None)) as db:
        *before, last = statements
        for statement in before:
            db.execute(statement)
        with pytest.raises(sqlite3.Error) as caught:
            db.execute(last)
        return explain(caught.value)


def test_a_file_that_somebody_else_writes_is_locked(tmp_path: Path) -> None:
    file = make_database(tmp_path / "file")
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        assert problem_at(file, "BEGIN IMMEDIATE") is Problem.LOCKED


def test_a_file_that_cannot_grow_is_full(tmp_path: Path) -> None:
    file = make_database(tmp_path / "file")
    statements = ("PRAGMA max_page_count = 1", "INSERT INTO word VALUES (hex(zeroblob(100000)))")
    assert problem_at(file, *statements) is Problem.FULL


def test_a_text_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("Dear diary, " * 500)
    assert problem_at(tmp_path / "file", "SELECT * FROM word") is Problem.NOT_A_DATABASE


def test_a_file_with_other_bytes_is_damaged(tmp_path: Path) -> None:
    file = make_database(tmp_path / "file")
    data = file.read_bytes()
    file.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    assert problem_at(file, "SELECT sum(length(text)) FROM word") is Problem.DAMAGED


def test_a_file_opened_for_reading_or_not_there_cannot_be_written(tmp_path: Path) -> None:
    file = make_database(tmp_path / "file")
    assert problem_at(file, "INSERT INTO word VALUES ('a')", mode="ro") is Problem.READ_ONLY
    with pytest.raises(sqlite3.Error) as caught:
        sqlite3.connect(f"{(tmp_path / 'nowhere' / 'file').as_uri()}?mode=rw", uri=True)
    assert explain(caught.value) is Problem.READ_ONLY


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), sqlite3.ProgrammingError("closed"), ValueError()]
)
def test_what_is_no_error_of_a_file_has_no_explanation(error: Exception) -> None:
    assert explain(error) is Problem.OTHER
