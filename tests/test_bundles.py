"""Many pages in one file."""

import zipfile
from pathlib import Path

from bot.archive.archive import Archive
from bot.formats.bundle import is_bundle, split_bundle
from bot.formats.page_format import MAX_BYTES
from tests.helpers.archives import Import, dump
from tests.helpers.samples import page, path_of, write

EVENTS = {"A ship sails": "2001-03-04", "A bell is cast": "2001-03-05", "A pier is built": "2002-06-07"}


def bundle_of(texts: dict[str, str]) -> str:
    """Return a bundle of pages, given by headline."""
    return "\n".join(f"<!-- {path_of(EVENTS[headline], headline)}.md -->\n{text}" for headline, text in texts.items())


def texts_of_events() -> dict[str, str]:
    return {headline: page(day, headline, topic="Harbours") for headline, day in EVENTS.items()}


def test_each_page_of_a_bundle_is_read_as_a_file_of_its_own(tmp_path: Path, load: Import, file: Path) -> None:
    (tmp_path / "bundle.md").write_text(bundle_of(texts_of_events()), "utf-8")
    report = load(tmp_path / "bundle.md")
    assert (report.pages, report.new, report.events, report.skipped) == (3, 3, 3, [])
    bundled = dump(file)
    for path in file.parent.glob("archive*"):
        path.unlink()
    for headline, day in EVENTS.items():
        write(tmp_path / "single", day, headline, topic="Harbours")
    load(tmp_path / "single")
    assert dump(file) == bundled


def test_what_has_not_changed_in_a_bundle_is_passed_over(tmp_path: Path, load: Import) -> None:
    texts = texts_of_events()
    (tmp_path / "bundle.md").write_text(bundle_of(texts), "utf-8")
    load(tmp_path)
    texts["A bell is cast"] = page(EVENTS["A bell is cast"], "A bell is cast", summary="Of bronze.")
    (tmp_path / "bundle.md").write_text(bundle_of(texts), "utf-8")
    report = load(tmp_path)
    assert (report.changed, report.unchanged, report.new) == (1, 2, 0)


def test_a_bad_page_of_a_bundle_is_reported_by_its_path(tmp_path: Path, load: Import) -> None:
    texts = texts_of_events() | {"A bell is cast": "no date line"}
    (tmp_path / "bundle.md").write_text(bundle_of(texts), "utf-8")
    report = load(tmp_path)
    assert report.new == 2
    (skipped,) = report.skipped
    assert skipped.path.endswith("bundle.md: news/2001/03/5/a-bell-is-cast.md")


def test_of_a_page_that_a_bundle_has_twice_the_first_is_stored(tmp_path: Path, load: Import) -> None:
    once = bundle_of({"A ship sails": page("2001-03-04", "A ship sails")})
    twice = bundle_of({"A ship sails": page("2001-03-04", "A ship sails", summary="Again.")})
    (tmp_path / "bundle.md").write_text(f"{once}\n{twice}", "utf-8")
    report = load(tmp_path)
    assert (report.new, len(report.skipped)) == (1, 1)


def test_a_bundle_that_is_too_large_is_left_out_whole(tmp_path: Path, load: Import) -> None:
    (tmp_path / "bundle.md").write_text(bundle_of(texts_of_events()) + " " * MAX_BYTES, "utf-8")
    report = load(tmp_path)
    assert report.new == 0
    (skipped,) = report.skipped
    assert "larger than 1 MiB" in skipped.reason


async def test_a_bundle_may_come_in_an_archive(tmp_path: Path, load: Import, archive: Archive) -> None:
    with zipfile.ZipFile(tmp_path / "pages.zip", "w") as zipped:
        zipped.writestr("any/name.md", bundle_of(texts_of_events()))
    assert load(tmp_path / "pages.zip").new == 3
    assert (await archive.on_this_day(607)).events[0].path == "news/2002/06/7/a-pier-is-built"


def test_only_a_file_that_begins_with_a_path_is_a_bundle() -> None:
    assert is_bundle(bundle_of(texts_of_events()).encode())
    for text in ("", "<!-- a comment -->\n", "\n<!-- news/2001/03/4/x.md -->\n", "### [2001-03-04](/x)\n"):
        assert not is_bundle(text.encode())
    (only,) = split_bundle(b"<!-- news/2001/03/4/x.md -->\r\none\n <!-- news/2001/03/4/y.md -->\n")
    assert only.data == b"one\n <!-- news/2001/03/4/y.md -->\n"
