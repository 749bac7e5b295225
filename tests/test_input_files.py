"""Files, folders and archives as inputs of an import: what is read, what is refused, and that bombs are stopped."""

import gzip
import io
import os
import posixpath
import stat
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive import packed_files, unpacking
from bot.archive.input_files import read_input
from bot.domain.errors import ArchiveError
from tests.helpers.archives import Import
from tests.helpers.samples import page, path_of, write

untimed = settings(deadline=None)  # a busy machine is no reason to fail
Pack = Callable[[Path, dict[str, bytes]], None]


def pack_zip(file: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def pack_tar(file: Path, files: dict[str, bytes]) -> None:
    kind = file.name.lower().rpartition(".")[2]
    mode = "w:gz" if kind in ("gz", "tgz") else "w:xz" if kind in ("xz", "txz") else "w"
    with tarfile.open(file, cast("Any", mode)) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


ARCHIVES = [
    ("pages.zip", pack_zip),
    ("pages.tar", pack_tar),
    ("pages.tar.gz", pack_tar),
    ("pages.tgz", pack_tar),
    ("pages.tar.xz", pack_tar),
    ("PAGES.TXZ", pack_tar),
]
PAGES = {
    f"archive/{path_of('2001-03-04', 'A ship sails')}.md": page("2001-03-04", "A ship sails").encode(),
    f"zh/{path_of('2002-03-04', '一艘船啟航')}.md": page("2002-03-04", "一艘船啟航").encode(),
    "archive/picture.png": b"\x89PNG",
    "archive/news/2001/03/4/index.md": b"## [2001-03-4](/x)\n",
}


def reasons(path: Path) -> dict[str, str]:
    return {Path(file.name).name: file.problem for file in read_input(path) if file.problem}


@pytest.mark.parametrize(("name", "pack"), ARCHIVES)
def test_pages_are_read_from_every_kind_of_archive(tmp_path: Path, load: Import, name: str, pack: Pack) -> None:
    pack(tmp_path / name, PAGES)
    report = load(tmp_path / name)
    assert (report.pages, report.lists, report.skipped) == (2, 1, [])
    assert load(tmp_path / name).unchanged == 2


def test_a_folder_is_read_with_the_archives_in_it(tmp_path: Path, load: Import) -> None:
    folder = tmp_path / "downloads"
    write(folder, "2003-01-01", "In a file")
    pack_zip(folder / "some.zip", PAGES)
    (folder / ".hidden").mkdir()
    write(folder / ".hidden", "2003-01-01", "Not meant to be found")
    assert load(folder).pages == 3


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path, load: Import) -> None:
    outside = write(tmp_path / "outside", "2003-01-01", "Outside")
    folder = tmp_path / "folder"
    inside = write(folder, "2004-01-01", "Inside")
    (folder / "file.md").symlink_to(outside)
    (folder / "dir").symlink_to(tmp_path / "outside", target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "beside.md").symlink_to(inside)
    (folder / "nowhere.md").symlink_to(tmp_path / "nothing")
    report = load(folder)
    reasons_by_name = {Path(skipped.path).name: skipped.reason for skipped in report.skipped}
    assert report.pages == 2, "the page, and its link inside the folder, which has another name"
    assert {name for name, reason in reasons_by_name.items() if "link" in reason} == {
        "file.md",
        "dir",
        "loop",
        "nowhere.md",
    }


def test_a_link_in_a_circle_is_one_line_of_the_report(tmp_path: Path, load: Import) -> None:
    folder = tmp_path / "folder"
    write(folder, "2004-01-01", "Inside")
    (folder / "deep" / "er").mkdir(parents=True)
    for name in ("itself.md", "itself", "itself.zip"):
        (folder / name).symlink_to(folder / name)
    (folder / "deep" / "there.md").symlink_to("back.md")
    (folder / "deep" / "back.md").symlink_to("there.md")
    (folder / "deep" / "through.md").symlink_to("back.md/page.md")
    (folder / "deep" / "er" / "up").symlink_to("..", target_is_directory=True)
    (folder / "deep" / "er" / "here").symlink_to(".", target_is_directory=True)
    (folder / "aside").symlink_to("deep", target_is_directory=True)
    (folder / "nothing.png").symlink_to("nowhere.png")
    report = load(folder)
    assert report.pages == 1
    circles = ["itself.md", "itself", "itself.zip", "there.md", "back.md", "through.md", "up", "here"]
    assert sorted((Path(skipped.path).name, skipped.reason) for skipped in report.skipped) == sorted(
        [
            *((name, "a link that leads back to itself") for name in circles),
            ("aside", "a link to a folder: links to folders are not followed"),
        ]
    )
    assert all(os.path.lexists(skipped.path) for skipped in report.skipped)


@pytest.mark.parametrize("name", ["itself", "itself.md", "itself.tar"])
def test_an_input_that_is_a_link_in_a_circle_is_one_sentence(tmp_path: Path, load: Import, name: str) -> None:
    (tmp_path / name).symlink_to(name)
    with pytest.raises(ArchiveError, match="does not exist"):
        load(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_is_no_regular_file_is_reported_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert reasons(tmp_path) == {"pipe.md": "not a regular file"}


def test_links_in_archives_are_reported_and_not_followed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "pages.tar", "w") as archive:
        for name, kind in (("soft.md", tarfile.SYMTYPE), ("hard.md", tarfile.LNKTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    with zipfile.ZipFile(tmp_path / "pages.zip", "w") as zipped:
        info = zipfile.ZipInfo("soft.md")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(info, "/etc/passwd")
    assert set(reasons(tmp_path / "pages.tar")) == {"soft.md", "hard.md"}
    assert set(reasons(tmp_path / "pages.zip")) == {"soft.md"}


def pack_repeated(file: Path, entries: Iterable[tuple[str, bytes]]) -> None:
    """Pack files of which several may have one name."""
    for name, data in entries:
        if file.suffix == ".zip":
            with warnings.catch_warnings(), zipfile.ZipFile(file, "a") as zipped:
                warnings.simplefilter("ignore", UserWarning)
                zipped.writestr(name, data)
        else:
            with tarfile.open(file, "a") as archive:
                header = tarfile.TarInfo(name)
                header.size = len(data)
                archive.addfile(header, io.BytesIO(data))


@pytest.mark.parametrize("name", ["pages.tar", "pages.tar.gz", "pages.zip"])
def test_of_two_entries_with_one_name_the_later_wins(tmp_path: Path, load: Import, name: str) -> None:
    path = f"{path_of('2001-03-04', 'A ship sails')}.md"
    old, new = (page("2001-03-04", headline).encode() for headline in ("A ship sails", "A ship sails again"))
    file = tmp_path / name.removesuffix(".gz")
    entries = [(path, old), ("news/2001/03/5/x.md", b"no page"), (f"./{path}", new), ("news/2001/03/5/x.md", old)]
    pack_repeated(file, entries)
    if name.endswith(".gz"):
        (tmp_path / name).write_bytes(gzip.compress(file.read_bytes()))
    report = load(tmp_path / name)
    assert (report.pages, report.new, report.skipped) == (2, 2, [])
    assert [read.data for read in read_input(tmp_path / name)] == [new, old]
    assert load(tmp_path / name).unchanged == 2


def test_a_later_entry_wins_even_if_it_cannot_be_read(tmp_path: Path, load: Import) -> None:
    file = tmp_path / "pages.tar"
    pack_repeated(file, [("a.md", page("2001-03-04", "A ship sails").encode()), ("a.md", b"\xff")])
    report = load(file)
    assert (report.pages, [skipped.reason for skipped in report.skipped]) == (0, ["not text (not UTF-8)"])


@untimed
@given(
    st.lists(st.tuples(st.sampled_from(["a.md", "./a.md", "b/a.md", "b//a.md", "c.md", "é.md"]), st.binary(max_size=3)))
)
def test_an_archive_is_read_as_it_would_be_unpacked(entries: list[tuple[str, bytes]]) -> None:
    unpacked = {posixpath.normpath(name): data for name, data in entries}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("pages.tar", "pages.zip") if entries else ():
            pack_repeated(Path(folder, name), entries)
            read = list(read_input(Path(folder, name)))
            assert len(read) == len(unpacked)
            assert {posixpath.normpath(file.name): file.data for file in read} == unpacked


def test_names_with_the_same_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_files, "hash", lambda _: 0, raising=False)
    pack_repeated(tmp_path / "pages.tar", [("a.md", b"1"), ("b.md", b"2"), ("c.md", b"3"), ("b.md", b"4")])
    read = [(file.name, file.data) for file in read_input(tmp_path / "pages.tar")]
    assert read == [("a.md", b"1"), ("c.md", b"3"), ("b.md", b"4")]


def test_an_archive_inside_an_archive_is_reported(tmp_path: Path) -> None:
    for name, pack in (("outer.zip", pack_zip), ("outer.tar", pack_tar)):
        pack(tmp_path / name, {"inner.zip": b"PK", "inner.tar.gz": b"x"})
        assert set(reasons(tmp_path / name)) == {"inner.zip", "inner.tar.gz"}


def test_an_encrypted_page_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "pages.zip"
    pack_zip(file, {"secret.md": b"text"})
    data = bytearray(file.read_bytes())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        data[at] |= 1
    file.write_bytes(data)
    assert reasons(file) == {"secret.md": "encrypted"}


def test_a_damaged_page_in_a_zip_is_reported_and_the_others_are_read(tmp_path: Path, load: Import) -> None:
    file = tmp_path / "pages.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("broken.md", "XXXX" * 20)
        archive.writestr("fine.md", page("2001-03-04", "A ship sails"))
    file.write_bytes(file.read_bytes().replace(b"XXXX" * 20, b"YYYY" * 20))
    report = load(file)
    assert report.pages == 1
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [
        ("broken.md", "damaged inside the archive")
    ]


def test_names_of_tools_that_do_not_mark_utf8_are_read(tmp_path: Path) -> None:
    file = tmp_path / "pages.zip"
    # zipfile would mark the name: it is put in afterwards, in place of one as long.
    pack_zip(file, {"news/2002/03/4/XXXXXXXXX.md": b"text"})
    file.write_bytes(file.read_bytes().replace(b"XXXXXXXXX", "一艘船".encode()))
    assert [entry.name for entry in read_input(file)] == ["news/2002/03/4/一艘船.md"]


@pytest.mark.parametrize("name", ["pages.zip", "pages.tar", "pages.tar.gz", "pages.tar.xz"])
@pytest.mark.parametrize("data", [b"", b"This is no archive at all. " * 40, b"\x1f\x8b\x08" + b"\0" * 600])
def test_what_is_no_archive_is_one_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ArchiveError, match=r"damaged or no archive|is damaged"):
        list(read_input(tmp_path / name))


@pytest.mark.parametrize(("name", "pack"), ARCHIVES)
def test_an_archive_that_ends_early_is_refused_whole(tmp_path: Path, load: Import, name: str, pack: Pack) -> None:
    file = tmp_path / name
    pack(
        file,
        {
            f"news/2001/03/{day}/story.md": page(f"2001-03-{day:02}", f"Story {day}").encode()
            + os.urandom(500).hex().encode()
            for day in range(1, 29)
        },
    )
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ArchiveError, match="nothing was imported"):
        load(file)
    assert load(write(tmp_path, "2004-01-01", "Something else")).events == 1


@pytest.mark.parametrize("harm", [b"\xff", b"0"])
def test_a_tar_with_a_damaged_header_is_refused_whole(tmp_path: Path, load: Import, harm: bytes) -> None:
    file = tmp_path / "pages.tar"
    pack_tar(
        file, {f"news/2001/03/{day}/story.md": page("2001-03-01", f"Story {day}").encode() for day in range(1, 10)}
    )
    data = bytearray(file.read_bytes())
    # In the checksum of the fourth entry.
    data[3 * 1024 + 150 : 3 * 1024 + 151] = harm
    file.write_bytes(data)
    with pytest.raises(ArchiveError, match="nothing was imported"):
        load(file)


def test_a_page_that_unpacks_to_over_a_mebibyte_is_not_read_to_its_end(tmp_path: Path, load: Import) -> None:
    pack_zip(tmp_path / "pages.zip", {"huge.md": b"x" * (64 * 1024 * 1024)})
    (file,) = read_input(tmp_path / "pages.zip")
    assert file.data is not None
    assert len(file.data) == 1024 * 1024 + 1
    assert load(tmp_path / "pages.zip").skipped[0].reason.startswith("larger than 1 MiB")


@pytest.mark.parametrize("name", ["bomb.tar.gz", "bomb.zip"])
def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, load: Import, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(unpacking, "_FREE_BYTES", 4 * 1024 * 1024)
    file = tmp_path / name
    if name.endswith(".zip"):
        pack_zip(file, {f"{number}.md": b"x" * 1024 * 1024 for number in range(100)})
    else:
        entry = tarfile.TarInfo("not-a-page.bin")
        entry.size = 2**33
        with gzip.open(file, "wb") as packed:
            packed.write(entry.tobuf())
            for _ in range(300):
                packed.write(b"\0" * 1024 * 1024)
    with pytest.raises(ArchiveError, match="unpacks to more than 200 times its size"):
        load(file)


def test_too_many_files_are_refused(tmp_path: Path, load: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_MOST_ENTRIES", 10)
    pack_tar(tmp_path / "pages.tar", {f"{number}.txt": b"" for number in range(11)})
    with pytest.raises(ArchiveError, match="more than 10 files"):
        load(tmp_path / "pages.tar")


def test_a_missing_input_is_an_error_that_says_what_to_give(tmp_path: Path, load: Import) -> None:
    with pytest.raises(ArchiveError, match=r"does not exist: give a file, a folder, a \.zip or a \.tar"):
        load(tmp_path / "nothing")


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be there")
def test_a_file_name_that_is_no_text_is_imported_all_the_same(tmp_path: Path, load: Import) -> None:
    name = os.fsencode(tmp_path) + b"/bad-\xff-name.md"
    Path(os.fsdecode(name)).write_text(page("2001-03-04", "A ship sails"))
    report = load(tmp_path)
    assert (report.pages, report.skipped) == (1, [])
