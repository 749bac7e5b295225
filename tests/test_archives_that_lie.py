"""Archives that lie about what they hold are refused, or read, within seconds and in little memory."""

import gzip
import io
import lzma
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive.input_files import read_input
from bot.domain.errors import ArchiveError
from tests.helpers.archives import Import
from tests.helpers.processes import environment
from tests.helpers.samples import page, path_of

untimed = settings(deadline=None)
MEBIBYTE = 1024 * 1024
# An import of the archive in its first argument into the second; its memory is limited, and so is its time.
LIMITED = """
import sys
from pathlib import Path
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.domain.errors import ArchiveError
archive, data = map(Path, sys.argv[1:])
try:
    report = import_pages(data, [archive], forgotten=ForgottenEvents())
    print(f"{report.pages} pages, {len(report.skipped)} left out")
except ArchiveError as error:
    print(error)
# Not from getrusage(), which also counts what the process was forked from.
status = Path("/proc/self/status").read_text().split()
print(int(status[status.index("VmHWM:") + 1]) // 1024)
"""
MOST_MIB, MOST_SECONDS = 300, 30


def import_limited(archive: Path) -> str:
    """Import an archive in a process of its own; return what it says, if it kept to the limits."""
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, archive, archive.parent / "data" / "archive.sqlite3"],
        env=environment(), capture_output=True, timeout=MOST_SECONDS, check=True, text=True,
    )  # fmt: skip
    *said, mebibytes = run.stdout.splitlines()
    assert int(mebibytes) < MOST_MIB
    return "\n".join(said)


def header(name: str, size: int, kind: bytes = b"0") -> bytes:
    """Return the header of an entry that claims a size."""
    block = bytearray(tarfile.TarInfo(name).tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = b"%011o\0" % size if size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


PAGE = page("2001-03-04", "A ship sails").encode()
PAGE_ENTRY = header(f"{path_of('2001-03-04', 'A ship sails')}.md", len(PAGE)) + padded(PAGE)
END = bytes(1024)
DIGITS = b"9" * 128 * 1024


def field(name: bytes, value: bytes) -> bytes:
    length = len(name) + len(value) + 3
    digits = len(str(length + len(str(length))))
    return b"%d %s=%s\n" % (length + digits, name, value)


@pytest.mark.process
@pytest.mark.parametrize("name", ["a.md", "a.bin"])
def test_an_entry_that_claims_a_terabyte_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "pages.tar").write_bytes(header(name, 10**12) + padded(b"x"))
    assert "claims 1,000,000,000,000 bytes" in import_limited(tmp_path / "pages.tar")
    with gzip.open(tmp_path / "pages.tar.gz", "wb") as packed:
        packed.write(header(name, 10**12) + padded(b"x"))
    assert "unpacks to more than 200 times its size" in import_limited(tmp_path / "pages.tar.gz")


@pytest.mark.process
@pytest.mark.parametrize("extended", [DIGITS, field(b"size", DIGITS), DIGITS + b" path=a\n"])
def test_extended_headers_full_of_digits_are_refused(tmp_path: Path, extended: bytes) -> None:
    entry = header("x", len(extended), b"x") + padded(extended) + PAGE_ENTRY
    (tmp_path / "pages.tar").write_bytes(20 * entry + END)
    assert "nothing was imported" in import_limited(tmp_path / "pages.tar")


@pytest.mark.process
@pytest.mark.parametrize("kind", [b"L", b"x"])
def test_a_name_of_hundreds_of_megabytes_is_refused(tmp_path: Path, kind: bytes) -> None:
    size = 400 * MEBIBYTE
    with gzip.open(tmp_path / "pages.tar.gz", "wb", 1) as packed:
        packed.write(header("x", size, kind))
        for _ in range(size // MEBIBYTE):
            packed.write(b"a" * MEBIBYTE)
        packed.write(PAGE_ENTRY + END)
    assert "nothing was imported" in import_limited(tmp_path / "pages.tar.gz")
    # Of a kind that nobody reads, it is passed over, until it is a bomb.
    with gzip.open(tmp_path / "pages.tar.gz", "wb", 1) as packed:
        packed.write(header("x", size, b"g"))
    assert "unpacks to more than 200 times its size" in import_limited(tmp_path / "pages.tar.gz")


@pytest.mark.process
@pytest.mark.parametrize(("name", "kind"), [("tiny.md", b"0"), ("folder", b"5")])
def test_400_000_tiny_entries_are_read_or_refused_in_seconds(tmp_path: Path, name: str, kind: bytes) -> None:
    with (tmp_path / "pages.tar").open("wb") as file:
        for number in range(400_000):
            # With the digits' complement behind it, all names have the same sum, and the headers, too.
            twice = f"{number:06}{999_999 - number:06}"
            if not number:
                block = header(f"news/2001/03/4/{twice}/{name}", kind == b"0", kind)
            file.write(block.replace(b"000000999999", twice.encode(), 1))
            if kind == b"0":
                file.write(padded(b"x"))
        file.write(PAGE_ENTRY + END)
    import_limited(tmp_path / "pages.tar")


@pytest.mark.process
def test_100_000_tiny_entries_of_a_zip_are_refused_in_seconds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pages.zip", "w") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"news/2001/03/4/{number}.md"), b"x")
    assert "nearly none of them is a page" in import_limited(tmp_path / "pages.zip")


def test_many_files_that_are_no_pages_are_left_out_where_others_are(
    tmp_path: Path, load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.archive.importer._FREE_SKIPS", 20)
    monkeypatch.setattr("bot.archive.importer._BATCH", 5)
    for number in range(1, 41):
        (tmp_path / f"b{number}.md").write_text("no page")
    with pytest.raises(ArchiveError, match=r"nearly none of them is a page .*nothing was imported"):
        load(tmp_path)
    for day in range(1, 11):
        (tmp_path / f"a{day}.md").write_text(page(f"2001-03-{day:02}", f"Story {day}"))
    report = load(tmp_path)
    assert (report.pages, len(report.skipped)) == (10, 40)


@pytest.mark.process
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_page_in_a_zip_that_unpacks_to_gigabytes_is_left_out(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "pages.zip", "w", method) as archive:
        archive.writestr("news/2001/03/4/x.md", PAGE)
        with archive.open("a.md", "w", force_zip64=True) as file:
            for _ in range(1 if method == zipfile.ZIP_LZMA else 400):
                file.write(bytes(MEBIBYTE))
            file.write(b"x")
    expected = "0 pages, 2 left out" if method == zipfile.ZIP_LZMA else "1 pages, 1 left out"
    assert import_limited(tmp_path / "pages.zip") == expected


@pytest.mark.process
def test_an_xz_that_wants_gigabytes_of_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 8 * MEBIBYTE}]
    packed = bytearray(lzma.compress(PAGE_ENTRY + END, filters=filters, check=lzma.CHECK_NONE))
    # The size of its dictionary, in the block's header; the header's own sum follows.
    at = packed.index(b"\x21\x01") + 2
    packed[at] = 38
    start, size = 12, (packed[12] + 1) * 4
    packed[start + size - 4 : start + size] = struct.pack("<I", zlib.crc32(packed[start : start + size - 4]))
    (tmp_path / "pages.tar.xz").write_bytes(packed)
    assert "Memory usage limit" in import_limited(tmp_path / "pages.tar.xz")


def test_an_entry_of_a_zip_that_claims_more_than_there_is_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "pages.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.md", PAGE)
        archive.writestr("b.md", PAGE)
    data = bytearray(file.read_bytes())
    at = data.rindex(b"PK\1\2")
    data[at + 20 : at + 28] = struct.pack("<LL", 10**9, 10**9)
    file.write_bytes(data)
    assert [(read.name, read.problem) for read in read_input(file)] == [
        ("a.md", None),
        ("b.md", "damaged inside the archive"),
    ]


NAMES = st.one_of(
    st.sampled_from(
        ["a.md", "news/2001/03/4/ein schönes Schiff.md", "一艘船.txt", "x" * 99 + ".md", "y/" * 120 + "z.md"]
    ),
    st.text(st.characters(exclude_characters="\0/.", exclude_categories=["C", "Z"]), min_size=1).map(
        lambda name: f"{name}.md"
    ),
)
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.CONTTYPE, tarfile.SYMTYPE, tarfile.DIRTYPE])


@untimed
@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=1500), KINDS), min_size=1, unique_by=lambda entry: entry[0]),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.sampled_from(["", ".gz", ".xz"]),
)
def test_a_tar_is_read_as_pythons_own_reader_does(
    entries: list[tuple[str, bytes, bytes]], tar_format: int, suffix: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"pages.tar{suffix}")
        with tarfile.open(file, cast("Any", f"w:{suffix[1:]}"), format=tar_format) as archive:
            for name, data, kind in entries:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = kind, "there"
                entry.size = len(data) if kind in tarfile.REGULAR_TYPES else 0
                archive.addfile(entry, io.BytesIO(data))
        with tarfile.open(file) as archive:
            expected = {
                entry.name: cast("Any", archive.extractfile(entry)).read() if entry.isreg() else None
                for entry in archive
                if not entry.isdir()
            }
        assert {read.name: read.data for read in read_input(file)} == expected


@untimed
@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=1500)), min_size=1, unique_by=lambda entry: entry[0]),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]),
    st.booleans(),
    st.binary(max_size=30),
)
def test_a_zip_is_read_as_pythons_own_reader_does(
    entries: list[tuple[str, bytes]], method: int, is_large: bool, before: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pages.zip")
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.comment = b"A comment"
            for name, data in entries:
                with archive.open(name, "w", force_zip64=is_large) as entry:
                    entry.write(data)
        # Others put something before a zip, such as a program that unpacks it.
        file.write_bytes(before + file.read_bytes())
        assert {read.name: read.data for read in read_input(file)} == dict(entries)


@untimed
@given(st.binary(max_size=3000), st.sampled_from(["tar", "zip", "tar.gz", "tar.xz"]), st.integers(0, 2**32), st.data())
def test_whatever_stands_in_an_archive_it_is_read_or_refused(
    noise: bytes, suffix: str, position: int, data: st.DataObject
) -> None:
    """Any bytes anywhere in an archive make pages or one sentence."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"pages.{suffix}")
        if suffix == "zip":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("a.md", PAGE)
                archive.writestr("b.md", PAGE)
            whole = bytearray(file.read_bytes())
        else:
            whole = bytearray(PAGE_ENTRY + PAGE_ENTRY + END)
        at = position % len(whole)
        whole[at : at + data.draw(st.integers(0, len(noise)))] = noise
        packed = gzip.compress(whole) if suffix == "tar.gz" else lzma.compress(whole) if suffix == "tar.xz" else whole
        file.write_bytes(packed)
        with suppress(ArchiveError):
            for read in read_input(file):
                assert read.data is not None or read.problem


def test_several_xz_streams_in_one_file_are_one_tar(tmp_path: Path) -> None:
    whole = PAGE_ENTRY + END
    (tmp_path / "pages.tar.xz").write_bytes(lzma.compress(whole[:700]) + bytes(8) + lzma.compress(whole[700:]))
    assert [read.data for read in read_input(tmp_path / "pages.tar.xz")] == [PAGE]


def test_a_file_with_holes_is_reported(tmp_path: Path) -> None:
    sparse = bytearray(header("a.md", 512, b"S"))
    (tmp_path / "pages.tar").write_bytes(bytes(sparse) + bytes(512) + PAGE_ENTRY + END)
    problems = [read.problem for read in read_input(tmp_path / "pages.tar")]
    assert problems == ["a file with holes: pack the tar without “--sparse”", None]
