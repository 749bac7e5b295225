"""The shell where something is wrong: usage, arguments, files and folders. One line says what."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import cli
from tests.helpers.examples import examples
from tests.helpers.processes import Answer, Shell
from tests.helpers.samples import NOBODY, SEED, SEED_KEY, pack, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.process

COMMANDS = ("import", "onthisday", "topic", "search", "show", "stats", "forget", "preview", "run")


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
def test_wrong_usage_is_explained_with_exit_code_2(seeded_shell: Shell, arguments: list[str]) -> None:
    answer = seeded_shell(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(("usage: daybook", "daybook: "))
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("key", [NOBODY, "", "NASA", SEED_KEY.upper(), f"{SEED_KEY} ", "é" * 12, "--", "%", "'"])
def test_an_unknown_key_is_an_error(seeded_shell: Shell, key: str) -> None:
    answer = seeded_shell("show", "--json", "--", key)
    assert (answer.code, answer.out) == (1, "")
    assert "no event has the key" in answer.complaint


@pytest.mark.parametrize("command", ["show", "topic", "search", "onthisday", "import", "forget"])
def test_bytes_that_are_no_text_are_accepted(seeded_shell: Shell, command: str) -> None:
    answer = seeded_shell(command, b"\xff\xfe\x80")
    assert answer.code in {0, 1, 2}
    assert "Traceback" not in answer.err
    assert "should not happen" not in answer.err
    answer = seeded_shell("onthisday", "--topic", b"\xff", "--json")
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
        (_a_path_too_long, "xxx"), (_a_text_for_an_archive, "not an archive"), (_a_text_for_a_ledger, "ledger.sqlite3"),
        (_a_damaged_archive, "damaged"), (_a_cut_archive, "damaged"), (_a_folder_for_an_archive, "archive.sqlite3"),
        (_a_newer_archive, "newer"), (_a_newer_ledger, "newer"), (_a_foreign_database, "archive.sqlite3"),
        (_no_folder, "does not exist"), (_a_cut_zip, "pages.zip"), (_a_cut_tar, "pages.tar.gz"),
        (_a_cut_xz, "pages.tar.xz"), (_an_empty_bundle, "pages.tar.gz"), (_a_text_for_a_bundle, "pages.zip"),
        (_zeros, "NUL"), (_an_empty_file, "no date line"), (_a_page_of_two_mebibytes, "larger than 1 MiB"),
        (_a_page_that_is_no_text, "not UTF-8"), (_a_pipe, "not a regular file"), (_an_env_file_that_is_no_text, ".env"),
    ],
)  # fmt: skip
def test_what_is_broken_is_reported_in_one_line(
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
@settings(max_examples=examples(80), deadline=None)
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
