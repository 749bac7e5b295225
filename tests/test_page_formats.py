"""Page formats are a door: another format is a class and an entry in one tuple."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot.domain.errors import PageError
from bot.domain.page import Page
from bot.formats import registry
from bot.formats.context import CONTEXT
from bot.formats.registry import FORMATS, format_for, is_current
from tests.helpers.archives import Import, dump
from tests.helpers.samples import page, write


class NoteFormat:
    """Reads files of one line, ``note 2001-03-04 headline``."""

    name = "note"

    def __init__(self, version: int = 1) -> None:
        self.version = version

    def accepts(self, path: str, text: str) -> bool:
        return text.startswith("note ")

    def read(self, text: str, path: str) -> Page:
        _, day, headline = text.split(" ", 2)
        if not headline.strip():
            raise PageError("the note is empty")
        return Page(
            f"news/{day.replace('-', '/')}/note",
            date.fromisoformat(day),
            "en",
            headline.strip(),
            None,
            (),
            None,
            (),
            (),
        )


def formats_of(file: Path) -> list[tuple[str, int, str]]:
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT format, format_version, headline FROM page ORDER BY headline").fetchall()


def test_names_are_unique_and_the_last_format_accepts_every_file() -> None:
    assert len({page_format.name for page_format in FORMATS}) == len(FORMATS)
    assert FORMATS[-1] is CONTEXT
    assert format_for("anything.txt", "") is CONTEXT


def test_what_a_format_has_read_is_current_by_its_name_and_version() -> None:
    assert is_current(CONTEXT.name, CONTEXT.version)
    assert not is_current(CONTEXT.name, CONTEXT.version - 1)
    assert not is_current("note", 1)


def test_another_format_reads_its_files_and_leaves_the_others(
    tmp_path: Path, load: Import, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FORMATS", (NoteFormat(), CONTEXT))
    write(tmp_path, "2001-03-05", "A ship sinks")
    (tmp_path / "note.txt").write_text("note 2001-03-04 A ship sails")
    (tmp_path / "empty.txt").write_text("note 2001-03-04  ")
    report = load(tmp_path)
    assert (report.pages, [skipped.reason for skipped in report.skipped]) == (2, ["the note is empty"])
    assert formats_of(file) == [("note", 1, "A ship sails"), ("context", CONTEXT.version, "A ship sinks")]
    assert load(tmp_path).unchanged == 2
    # A better version of one format reads its own pages again, and no others.
    monkeypatch.setattr(registry, "FORMATS", (NoteFormat(2), CONTEXT))
    report = load(tmp_path)
    assert (report.changed, report.unchanged) == (1, 1)
    dump(file)


def test_the_contexts_format_tells_what_a_page_needs() -> None:
    with pytest.raises(PageError, match="no date line"):
        format_for("notes.txt", "Hello").read("Hello", "notes.txt")
    text = page("2001-03-04", "A ship sails")
    assert format_for("x.md", text).read(text, "x.md").headline == "A ship sails"
