"""The shell, through its real process: what others may rely on, and what no input may bring about."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import signal
import sqlite3
import subprocess
import tarfile
import termios
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import COMMAND, Answer, Shell, environment
from samples import SEED, SEED_KEY, page, path_of, write

from bot import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMANDS = ("import", "onthisday", "topic", "search", "show", "stats", "forget", "preview", "run")
REPORT = ["pages", "events", "stubs", "new", "changed", "unchanged", "duplicates", "skipped", "seconds"]
EVENT = {
    "key": str, "path": str, "date": str, "headline": str, "summary": (str, type(None)), "sources": list,
    "image": (str, type(None)), "topics": list, "related": list, "language": str, "stub": bool,
}  # fmt: skip
RELATED = {"key": str, "date": str, "headline": str, "topics": list}
NOBODY = "0" * 12
ESCAPE = "\x1b["


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell whose archive holds the given page; for tests that only ask."""
    shell = Shell(tmp_path_factory.mktemp("seeded"))
    assert shell.json("import", SEED)["events"] == 11
    return shell


def has_shape(value: dict[str, Any], shape: dict[str, Any]) -> bool:
    return list(value) == list(shape) and all(isinstance(value[name], shape[name]) for name in shape)


def keys(events: list[dict[str, Any]]) -> list[str]:
    return [event["key"] for event in events]


# Import


def test_an_import_reports_what_it_did(shell: Shell) -> None:
    report = shell.json("import", SEED)
    assert list(report) == REPORT
    assert isinstance(report.pop("seconds"), float)
    assert report == {
        "pages": 1, "events": 11, "stubs": 10, "new": 1, "changed": 0, "unchanged": 0, "duplicates": 0, "skipped": [],
    }  # fmt: skip
    again = shell.json("import", SEED)
    assert (again["pages"], again["events"], again["new"], again["unchanged"]) == (1, 11, 0, 1)


def test_an_import_tells_new_changed_duplicate_and_skipped_pages_apart(shell: Shell) -> None:
    folder = shell.folder / "pages"
    write(folder, "2011-04-05", "A lighthouse is lit")
    write(folder, "2011-04-05", "A lighthouse is lit", at="news/2011/04/5/lighthouse-lit-again")
    (folder / "notes.md").write_text("no page at all\n")
    report = shell.json("import", folder)
    assert [report[name] for name in REPORT[:7]] == [2, 1, 0, 2, 0, 0, 1]
    (skipped,) = report["skipped"]
    assert list(skipped) == ["path", "reason"]
    assert skipped["path"].endswith("notes.md")
    write(folder, "2011-04-05", "A lighthouse is lit", summary="Ships are safer.")
    report = shell.json("import", folder)
    assert [report[name] for name in REPORT[:7]] == [2, 1, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tar.xz"])
def test_pages_come_from_every_kind_of_archive(shell: Shell, ending: str) -> None:
    bundle = pack(shell.folder / f"pages.{ending}", {"2011-04-05": "A lighthouse is lit"})
    assert shell.json("import", bundle)["new"] == 1
    assert keys(shell.json("onthisday", "5 April")) == keys(shell.json("search", "lighthouse"))


def pack(bundle: Path, pages: dict[str, str]) -> Path:
    """Write an archive of pages, given by date and headline."""
    files = {f"{path_of(date, headline)}.md": page(date, headline).encode() for date, headline in pages.items()}
    if bundle.suffix == ".zip":
        with zipfile.ZipFile(bundle, "w") as packed:
            for name, data in files.items():
                packed.writestr(name, data)
    else:
        with tarfile.open(bundle, f"w:{bundle.suffix[1:].removeprefix('tar')}") as tar:  # type: ignore[call-overload]
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return bundle


def test_an_import_without_pages_is_an_error_that_says_why(shell: Shell) -> None:
    (shell.folder / "empty").mkdir()
    answer = shell("import", "empty", "--json")
    assert answer.code == 1
    assert "no pages in empty" in answer.complaint
    assert answer.json["pages"] == 0
    (shell.folder / "empty" / "page.md").write_text("words\n")
    answer = shell("import", "empty")
    assert answer.code == 1
    assert "no date line" in answer.complaint


def test_names_in_an_import_cannot_command_a_terminal(shell: Shell) -> None:
    bundle = shell.folder / "pages.zip"
    with zipfile.ZipFile(bundle, "w") as packed:
        packed.writestr("a\x1b[2J\nb.md", "no page")
        packed.writestr("news/2011/04/5/good.md", page("2011-04-05", "A lighthouse is lit"))
    answer = shell("import", bundle)
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert len(answer.out.splitlines()) == 4


# Questions


def test_on_this_day_gives_the_seed_event_whole(seeded: Shell) -> None:
    for words in (["March 24"], ["24.3."], ["2017-03-24"], ["3/24", "--year", "2017"], ["Mar 24", "--topic", "nasa"]):
        (event,) = seeded.json("onthisday", *words)
        assert event["key"] == SEED_KEY
    assert has_shape(event, EVENT)
    assert re.fullmatch("[0-9a-z]{12}", event["key"])
    assert event["path"].startswith("news/2017/03/24/nasa-astronaut-shane-kimbrough")
    assert not event["path"].endswith(".md")
    assert (event["date"], event["language"], event["stub"]) == ("2017-03-24", "en", False)
    assert event["topics"] == ["International Space Station", "NASA", "spacewalk"]
    assert [list(source) for source in event["sources"]] == [["name", "url"]]
    assert event["image"].startswith("https://img.purch.com/")
    assert len(event["related"]) == 10
    assert all(has_shape(other, RELATED) for other in event["related"])


def test_what_is_missing_is_null_or_an_empty_list(shell: Shell) -> None:
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    shell.json("import", shell.folder / "news")
    (event,) = shell.json("search", "lighthouse")
    path = "news/2011/04/5/a-lighthouse-is-lit"
    assert event == {
        "key": event["key"], "path": path, "date": "2011-04-05", "headline": "A lighthouse is lit", "summary": None,
        "sources": [], "image": None, "topics": [], "related": [], "language": "en", "stub": False,
    }  # fmt: skip
    assert has_shape(event, EVENT)


def test_a_topic_is_found_by_name_in_any_case_and_by_acronym(seeded: Shell) -> None:
    eleven = seeded.json("topic", "NASA")
    assert len(eleven) == 11
    assert eleven[0]["key"] == SEED_KEY
    assert [event["stub"] for event in eleven] == [False] + [True] * 10
    assert all(has_shape(event, EVENT) for event in eleven)
    for name in ("nasa", " Nasa ", "ISS", "international space station"):
        assert sorted(keys(seeded.json("topic", name))) == sorted(keys(eleven))


def test_what_is_called_otherwise_is_understood_and_said(seeded: Shell) -> None:
    for arguments, said in (
        (["topic", "spacewalks"], "took “spacewalks” for the topic “spacewalk”"),
        (["onthisday", "March 24", "--topic", "NASAA"], "took “NASAA” for the topic “NASA”"),
        (
            ["search", "kimbrough", "spacewlak"],
            "nothing has all of “kimbrough spacewlak”; this has “kimbrough spacewalk”",
        ),
    ):
        answer = seeded(*arguments, "--json")
        assert answer.code == 0
        assert answer.err == f"daybook: {said}\n"
        assert SEED_KEY in keys(answer.json)


def test_a_search_needs_all_the_words(seeded: Shell) -> None:
    assert SEED_KEY in keys(seeded.json("search", "kimbrough", "spacewalk"))
    assert keys(seeded.json("search", "kimbr*")) == [SEED_KEY]
    assert len(seeded.json("search", "“faulty ammonia”")) == 2
    assert seeded.json("search", "kimbrough", "lighthouse") == []


def test_show_gives_any_event_by_its_key(seeded: Shell) -> None:
    for event in seeded.json("topic", "NASA")[:3]:
        assert seeded.json("show", event["key"]) == event


def test_limits_and_years_narrow_a_list(seeded: Shell) -> None:
    best = keys(seeded.json("topic", "NASA"))
    assert keys(seeded.json("topic", "NASA", "--limit", "3")) == best[:3]
    assert keys(seeded.json("topic", "NASA", "--limit", "0")) == best
    assert seeded.json("onthisday", "March 24", "--year", "2016") == []
    assert seeded.json("onthisday", "March 24", "--topic", "lighthouses") == []


def test_stats_count_what_is_there(seeded: Shell) -> None:
    assert seeded.json("stats") == {
        "events": 11, "stubs": 10, "topics": 3, "first": "2011-07-12", "last": "2017-04-24", "languages": {"en": 11},
    }  # fmt: skip


@pytest.mark.parametrize(
    "question",
    [["onthisday", "1 January"], ["onthisday", "Feb 29", "--year", "2017"], ["topic", "Lighthouses"],
     ["search", "lighthouse"], ["search", ""], ["search", '"'], ["search", "AND", "OR", "*"], ["topic", ""]],
)  # fmt: skip
def test_nothing_found_is_an_answer(seeded: Shell, question: list[str]) -> None:
    assert seeded.json(*question) == []
    answer = seeded(*question)
    assert (answer.code, answer.out) == (0, "")
    assert len(answer.err.splitlines()) == 1


def test_nothing_found_names_the_day_that_was_asked_for(seeded: Shell) -> None:
    assert "March 24, 2016." in seeded("onthisday", "2017-03-24", "--year", "2016").err


# The seeds


def test_seeds_fill_only_an_empty_archive_and_give_way(shell: Shell) -> None:
    seeds = shell.json("stats")["events"]
    assert seeds > 500
    (shell.folder / "empty").mkdir()
    assert shell("import", "empty").code == 1
    assert shell.json("stats")["events"] == seeds
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    report = shell.json("import", shell.folder / "news")
    assert (report["pages"], report["events"], report["stubs"], report["new"]) == (1, 1, 0, 1)
    assert shell.json("topic", "NASA") == []
    assert shell("show", SEED_KEY).code == 1


def test_an_import_into_nothing_brings_no_seeds(shell: Shell) -> None:
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    assert shell.json("import", shell.folder / "news")["events"] == 1
    assert shell.json("stats")["events"] == 1


def test_seeds_that_are_imported_stay(shell: Shell) -> None:
    shell.json("stats")
    assert shell.json("import", SEED)["new"] == 1
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    assert shell.json("import", shell.folder / "news")["events"] == 12


# Forgetting


def test_what_is_forgotten_does_not_come_back(shell: Shell) -> None:
    folder = shell.folder / "pages"
    write(folder, "2011-04-05", "A lighthouse is lit", related=[("2012-06-07", "A ship is saved", "Ships")])
    write(folder, "2013-08-09", "A pier is built", related=[("2011-04-05", "A lighthouse is lit", "Ships")])
    shell.json("import", folder)
    (key,) = keys(shell.json("onthisday", "April 5"))
    answer = shell("forget", key)
    assert (answer.code, answer.err) == (0, "")
    assert key in answer.out
    assert shell("show", key, "--json").code == 1
    report = shell.json("import", folder)
    assert (report["pages"], report["unchanged"]) == (1, 1)
    assert [skipped["path"].rpartition("/")[2] for skipped in report["skipped"]] == ["a-lighthouse-is-lit.md"]
    write(shell.folder / "more", "2011-04-05", "A  lighthouse is lit ", at="news/2011/04/5/another-path")
    write(shell.folder / "more", "2011-04-05", "Another thing")
    report = shell.json("import", shell.folder / "more")
    assert (report["new"], len(report["skipped"])) == (1, 1)
    write(folder, "2013-08-09", "A pier is built", related=[("2011-04-05", "A lighthouse is lit", "Ships")] * 2)
    shell.json("import", folder)
    assert [event["headline"] for event in shell.json("onthisday", "April 5")] == ["Another thing"]
    assert shell.json("search", "lighthouse") == []
    # Text that was taken down is not in the file any more either.
    assert b"lighthouse is lit" not in (shell.data / "archive.sqlite3").read_bytes()


def test_a_forgotten_seed_stays_away(shell: Shell) -> None:
    assert shell.json("import", SEED)["events"] == 11
    assert shell("forget", SEED_KEY).code == 0
    # With nothing in it, the archive is filled again.
    assert shell.json("stats")["events"] > 500
    assert shell("show", SEED_KEY).code == 1


def test_an_unknown_key_forgets_nothing(shell: Shell) -> None:
    answer = shell("forget", SEED_KEY, NOBODY)
    assert answer.code == 1
    assert NOBODY in answer.complaint
    assert shell.json("show", SEED_KEY)["key"] == SEED_KEY


# Where the data is


def test_data_comes_from_the_option_before_the_environment_before_the_env_file(shell: Shell) -> None:
    (shell.folder / ".env").write_text("DAYBOOK_DATA=written\n")
    shell("stats")
    shell("stats", more={"DAYBOOK_DATA": "set"})
    shell("--data", "asked", "stats", more={"DAYBOOK_DATA": "set"})
    shell("stats", "--data", "last", more={"DAYBOOK_DATA": "set"})
    assert {entry.name for entry in shell.folder.iterdir()} == {".env", "written", "set", "asked", "last"}


def test_without_any_setting_the_data_is_in_data(shell: Shell) -> None:
    shell("stats")
    assert {"archive.sqlite3", "ledger.sqlite3"} <= {entry.name for entry in shell.data.iterdir()}


# Usage and errors


def test_help_names_every_command_and_each_has_its_own(shell: Shell) -> None:
    answer = shell("--help")
    assert (answer.code, answer.err) == (0, "")
    assert all(re.search(rf"^ +{command}\b", answer.out, re.MULTILINE) for command in COMMANDS)
    for command in COMMANDS:
        answer = shell(command, "--help")
        assert (answer.code, answer.err) == (0, "")
        assert f"usage: daybook {command}" in answer.out
    assert not shell.data.exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["import"], ["topic"], ["topic", "two", "names"], ["search"], ["show"], ["forget"], ["--fly"],
     ["stats", "--limit", "1"], ["onthisday", "--limit", "-1"], ["onthisday", "--limit", "many"],
     ["onthisday", "--limit", "9" * 5000], ["onthisday", "--year", "0"], ["onthisday", "--year", "10000"],
     ["onthisday", "--year", "二〇一七"], ["onthisday", "12:30"], ["onthisday", "30 February"], ["onthisday", ""],
     ["onthisday", "9" * 5000], ["preview", "--port", "65536"], ["preview", "--port", "http"]],
)  # fmt: skip
def test_wrong_usage_is_told_with_exit_code_2(seeded: Shell, arguments: list[str]) -> None:
    answer = seeded(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(("usage: daybook", "daybook: "))
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("key", [NOBODY, "", "NASA", SEED_KEY.upper(), f"{SEED_KEY} ", "é" * 12, "--", "%", "'"])
def test_an_unknown_key_is_an_error(seeded: Shell, key: str) -> None:
    answer = seeded("show", "--json", "--", key)
    assert (answer.code, answer.out) == (1, "")
    assert "no event has the key" in answer.complaint


@pytest.mark.parametrize("command", ["show", "topic", "search", "onthisday", "import", "forget"])
def test_bytes_that_are_no_text_are_taken(seeded: Shell, command: str) -> None:
    answer = seeded(command, b"\xff\xfe\x80")
    assert answer.code in {0, 1, 2}
    assert "Traceback" not in answer.err
    assert "should not happen" not in answer.err
    answer = seeded("onthisday", "--topic", b"\xff", "--json")
    assert (answer.code, answer.json, answer.err) == (0, [], "")


def test_a_data_folder_with_any_name_will_do(shell: Shell) -> None:
    for name in (b"\xff\xfe", b"a?b#c%20 d\n", "数据".encode()):
        assert shell.json("--data", name, "import", SEED)["events"] == 11
        assert shell.json("--data", name, "stats")["events"] == 11


def _a_file_for_a_folder(folder: Path) -> list[str | Path]:
    (folder / "file").touch()
    return ["--data", "file", "stats"]


def _a_file_above_the_folder(folder: Path) -> list[str | Path]:
    (folder / "file").touch()
    return ["--data", "file/data", "import", SEED]


def _a_name_too_long(folder: Path) -> list[str | Path]:
    return ["--data", folder / ("x" * 300), "stats"]


def _a_path_too_long(folder: Path) -> list[str | Path]:
    return ["import", folder / ("x" * 300)]


def _damaged(folder: Path, name: str, data: bytes) -> list[str | Path]:
    (folder / "data").mkdir()
    (folder / "data" / name).write_bytes(data)
    return ["stats"]


def _a_text_for_an_archive(folder: Path) -> list[str | Path]:
    return _damaged(folder, "archive.sqlite3", b"Dear diary, " * 500)


def _a_text_for_a_ledger(folder: Path) -> list[str | Path]:
    return _damaged(folder, "ledger.sqlite3", b"Dear diary, " * 500)


def _a_damaged_archive(folder: Path) -> list[str | Path]:
    Shell(folder)("stats")
    file = folder / "data" / "archive.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    data = file.read_bytes()
    file.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    return ["stats"]


def _a_cut_archive(folder: Path) -> list[str | Path]:
    _a_damaged_archive(folder)
    file = folder / "data" / "archive.sqlite3"
    file.write_bytes(file.read_bytes()[:5000])
    return ["import", SEED]


def _a_folder_for_an_archive(folder: Path) -> list[str | Path]:
    (folder / "data" / "archive.sqlite3").mkdir(parents=True)
    return ["stats"]


def _newer(folder: Path, name: str) -> list[str | Path]:
    (folder / "data").mkdir()
    with contextlib.closing(sqlite3.connect(folder / "data" / name)) as db:
        db.execute("PRAGMA user_version = 999")
    return ["stats"]


def _a_newer_archive(folder: Path) -> list[str | Path]:
    return _newer(folder, "archive.sqlite3")


def _a_newer_ledger(folder: Path) -> list[str | Path]:
    return _newer(folder, "ledger.sqlite3")


def _a_foreign_database(folder: Path) -> list[str | Path]:
    (folder / "data").mkdir()
    with contextlib.closing(sqlite3.connect(folder / "data" / "archive.sqlite3")) as db:
        db.execute("CREATE TABLE event (diary TEXT)")
    return ["stats"]


def _no_folder(folder: Path) -> list[str | Path]:
    return ["import", folder / "nowhere"]


def _cut(folder: Path, ending: str) -> list[str | Path]:
    pages = {f"2011-04-{day:02}": f"Day {day} of a long voyage" for day in range(1, 29)}
    bundle = pack(folder / f"pages.{ending}", pages)
    bundle.write_bytes(bundle.read_bytes()[: bundle.stat().st_size // 2])
    return ["import", bundle]


def _a_cut_zip(folder: Path) -> list[str | Path]:
    return _cut(folder, "zip")


def _a_cut_tar(folder: Path) -> list[str | Path]:
    return _cut(folder, "tar.gz")


def _a_cut_xz(folder: Path) -> list[str | Path]:
    return _cut(folder, "tar.xz")


def _an_empty_bundle(folder: Path) -> list[str | Path]:
    (folder / "pages.tar.gz").touch()
    return ["import", folder / "pages.tar.gz"]


def _a_text_for_a_bundle(folder: Path) -> list[str | Path]:
    (folder / "pages.zip").write_text("Dear diary")
    return ["import", folder / "pages.zip"]


def _a_file(folder: Path, data: bytes) -> list[str | Path]:
    (folder / "page.md").write_bytes(data)
    return ["import", folder / "page.md"]


def _zeros(folder: Path) -> list[str | Path]:
    return _a_file(folder, bytes(5000))


def _an_empty_file(folder: Path) -> list[str | Path]:
    return _a_file(folder, b"")


def _a_page_of_two_mebibytes(folder: Path) -> list[str | Path]:
    return _a_file(folder, page("2011-04-05", "A lighthouse is lit", summary="word " * 420_000).encode())


def _a_page_that_is_no_text(folder: Path) -> list[str | Path]:
    return _a_file(folder, page("2011-04-05", "Ein Leuchtfeuer für Kühe").encode("latin-1"))


def _a_pipe(folder: Path) -> list[str | Path]:
    os.mkfifo(folder / "page.md")
    return ["import", folder / "page.md"]


def _an_env_file_that_is_no_text(folder: Path) -> list[str | Path]:
    (folder / ".env").write_bytes(b"DAYBOOK_DATA=\xff\n")
    return ["stats"]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_a_file_for_a_folder, "file"), (_a_file_above_the_folder, "file/data"), (_a_name_too_long, "xxx"),
        (_a_path_too_long, "xxx"), (_a_text_for_an_archive, "no archive"), (_a_text_for_a_ledger, "ledger.sqlite3"),
        (_a_damaged_archive, "damaged"), (_a_cut_archive, "damaged"), (_a_folder_for_an_archive, "archive.sqlite3"),
        (_a_newer_archive, "newer"), (_a_newer_ledger, "newer"), (_a_foreign_database, "archive.sqlite3"),
        (_no_folder, "does not exist"), (_a_cut_zip, "pages.zip"), (_a_cut_tar, "pages.tar.gz"),
        (_a_cut_xz, "pages.tar.xz"), (_an_empty_bundle, "pages.tar.gz"), (_a_text_for_a_bundle, "pages.zip"),
        (_zeros, "NUL"), (_an_empty_file, "no date line"), (_a_page_of_two_mebibytes, "larger than 1 MiB"),
        (_a_page_that_is_no_text, "not UTF-8"), (_a_pipe, "not a regular file"), (_an_env_file_that_is_no_text, ".env"),
    ],
)  # fmt: skip
def test_what_is_broken_is_told_in_one_line(
    shell: Shell, build: Callable[[Path], list[str | Path]], words: str
) -> None:
    answer = shell(*build(shell.folder))
    assert answer.code == 1
    assert words in answer.complaint


def test_a_broken_bundle_brings_nothing(shell: Shell) -> None:
    assert shell.json("import", SEED)["events"] == 11
    assert shell(*_cut(shell.folder, "tar.gz")).code == 1
    assert shell.json("stats")["events"] == 11


WORDS = st.text(
    st.characters(exclude_characters="\0/.", exclude_categories=["Cs"]) | st.sampled_from([chr(0xDC80), chr(0xDCFF)]),
    max_size=12,
)
OPTIONS = st.sampled_from(
    ["--json", "--limit", "--year", "--topic", "--help", "--", "-1", "0", "3", "2017", "NASA", "today", "12:30",
     "24.3.", SEED_KEY, "page.md", "missing.zip", '"', "x" * 300]
)  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of its own, with a page, to be in."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "page.md").write_text(page("2011-04-05", "A lighthouse is lit"))
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DAYBOOK_")]:
            patch.delenv(name)
        yield


@pytest.mark.usefixtures("elsewhere")
@settings(max_examples=80, deadline=None)
@given(
    command=st.sampled_from([*COMMANDS[:6], "forget"]) | WORDS, rest=st.lists(OPTIONS | WORDS, max_size=4)
)  # fmt: skip
def test_no_arguments_bring_about_a_traceback(command: str, rest: list[str]) -> None:
    if command == "forget":
        rest = [word for word in rest if word != SEED_KEY]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["--data", "data", *([command] if command not in {"run", "preview"} else []), *rest])
    answer = Answer(code, out.getvalue(), err.getvalue())
    assert code in {0, 1, 2}
    assert "Traceback" not in answer.err
    assert "should not happen" not in answer.err
    if code == 1:
        assert answer.complaint
    if code == 2:
        assert answer.err.startswith(("usage: ", "daybook: "))
    if code == 0 and rest[:1] == ["--json"] and "--help" not in rest:
        assert answer.json is not None


# Streams


def test_a_pipe_gets_whole_lines_without_colours(shell: Shell) -> None:
    long = "very " * 2500 + "long"
    write(shell.folder, "2011-04-05", "A lighthouse is lit", summary=f"A {long} story", topic=f"A {long} topic")
    write(shell.folder, "2011-04-05", f"A {long} headline", at="news/2011/04/5/long")
    shell.json("import", shell.folder / "news")
    first, second = shell("onthisday", "5 April").out.splitlines()
    date, key, headline = second.split("\t")
    assert (date, headline) == ("2011-04-05", f"A {long} headline")
    assert first.split("\t")[2] == "A lighthouse is lit"
    assert f"A {long} headline" in shell("show", key).out.splitlines()
    shown = shell("show", first.split("\t")[1]).out.splitlines()
    assert {f"A {long} story", f"  A {long} topic"} <= set(shown)
    for command in (["stats"], ["import", shell.folder / "news"], ["show", key]):
        assert ESCAPE not in shell(*command).out
    assert "2011-04-05" in shell("stats").out


def on_a_terminal(shell: Shell, *arguments: str, columns: int = 60) -> str:
    """Return what a command shows on a terminal."""
    with terminal(columns) as (inner, shown):
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=shell.folder, env=environment(), stdin=inner, stdout=inner, stderr=inner,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0
    return shown()


@contextlib.contextmanager
def terminal(columns: int = 60) -> Iterator[tuple[int, Callable[[], str]]]:
    """Open a terminal; gives its inner end, and what has been shown on it so far (after the end: all)."""
    outer, inner = pty.openpty()
    termios.tcsetwinsize(inner, (24, columns))
    shown = bytearray()

    def read() -> None:
        # The outer end fails when the last process has closed the inner one.
        with contextlib.suppress(OSError):
            while data := os.read(outer, 65536):
                shown.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield inner, lambda: shown.decode(errors="replace")
    finally:
        os.close(inner)
        reader.join(10)
        os.close(outer)


def test_a_terminal_gets_a_table_and_colours(seeded: Shell) -> None:
    shown = on_a_terminal(seeded, "topic", "NASA", "--limit", "2")
    assert ESCAPE in shown
    assert "Headline" in shown
    assert "2 of 11" in shown
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).splitlines()
    # The headline is folded within its column; the line about the rest is not.
    assert len(lines) > 5
    assert all(len(line) <= 60 for line in lines)
    assert ESCAPE in on_a_terminal(seeded, "show", SEED_KEY)
    assert ESCAPE not in on_a_terminal(seeded, "stats", "--json")


def test_an_import_shows_its_progress_on_a_terminal(shell: Shell) -> None:
    shown = on_a_terminal(shell, "import", str(SEED))
    assert "Making days" in shown
    assert "The archive has 11 events" in shown


@pytest.mark.parametrize(
    "arguments", [["topic", "NASA"], ["topic", "NASA", "--json"], ["show", SEED_KEY], ["stats"], ["--help"]]
)
def test_a_pipe_that_is_closed_is_no_error(seeded: Shell, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=seeded.folder, env=environment(), stdout=writer, stderr=subprocess.PIPE,
            timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def through(seeded: Shell, line: str, *arguments: str) -> Answer:
    """Run a command through a line of a POSIX shell, where it is `"$@"`."""
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *COMMAND, *arguments], cwd=seeded.folder, env=environment(), capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_first_line_is_enough_for_some(seeded: Shell) -> None:
    answer = through(seeded, '"$@" | head -n 1', "topic", "NASA")
    assert (answer.code, len(answer.out.splitlines()), answer.err) == (0, 1, "")


def test_streams_that_are_closed_or_full_bring_no_traceback(seeded: Shell) -> None:
    for arguments in (["show", SEED_KEY], ["stats", "--json"]):
        assert through(seeded, '"$@" >&-', *arguments) == Answer(0, "", "")
        assert through(seeded, '"$@" >&- 2>&-', *arguments) == Answer(0, "", "")
        if Path("/dev/full").exists():
            answer = through(seeded, '"$@" >/dev/full', *arguments)
            assert answer.code == 1
            assert "cannot be written" in answer.complaint
            assert through(seeded, '"$@" >/dev/full 2>/dev/full', *arguments).code == 1
    assert through(seeded, '"$@" 2>&-', "show", NOBODY) == Answer(1, "", "")
    assert through(seeded, '"$@" >&-', "--help") == Answer(0, "", "")


def test_a_machine_without_unicode_gets_answers_too(seeded: Shell) -> None:
    more = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    answer = seeded("topic", "灯塔", more=more)
    assert (answer.code, answer.out) == (0, "")
    assert "The archive knows no topic" in answer.err
    assert seeded("show", SEED_KEY, more=more).code == 0


# Being interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_is_interrupted_leaves_the_archive_as_it_was(shell: Shell, number: signal.Signals) -> None:
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    shell.json("import", shell.folder / "news")
    before = shell.json("stats"), shell.json("onthisday", "April 5")
    bundle = pack(shell.folder / "many.tar", {f"{year:04}-04-05": f"Year {year} at sea" for year in range(1000, 9000)})
    with terminal() as (inner, shown):
        process = subprocess.Popen(
            [*COMMAND, "import", bundle], cwd=shell.folder, env=environment(), stdout=subprocess.PIPE, stderr=inner,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        with process:
            try:
                wait_for_words(process, shown, r"Reading [1-9]")
                process.send_signal(number)
                assert process.wait(20) == (130 if number == signal.SIGINT else -number)
            finally:
                process.kill()
            assert process.stdout is not None
            assert process.stdout.read() == b""
    assert "Traceback" not in shown()
    assert "daybook:" not in shown()
    assert (shell.json("stats"), shell.json("onthisday", "April 5")) == before
    with contextlib.closing(sqlite3.connect(shell.data / "archive.sqlite3")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def wait_for_words(process: subprocess.Popen[bytes], shown: Callable[[], str], pattern: str) -> None:
    """Wait until a process has shown something on its terminal."""
    for _ in range(2000):
        if re.search(pattern, shown()):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
            break
    raise AssertionError(shown())
