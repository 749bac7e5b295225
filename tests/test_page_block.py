"""The block under a page's date line: what each key means, what is refused, and that what is written is read again."""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.archive.ranking import LANGUAGE_SHIFT
from bot.domain.errors import PageError
from bot.domain.page import Page, key_of
from bot.formats.block import Block, read_block, write_block
from bot.formats.cleaning import clean, single_line
from bot.formats.context import CONTEXT
from tests.helpers.archives import Import, dump
from tests.helpers.samples import ROOT, page, path_of, write

PATH = "news/2001/03/4/a-ship-sails.md"
WHOLE = """\
language: DE
pick: yes
also: The Sailing; Stapellauf;; The Sailing
topics: Ships; Harbours, old
category: Shipping &amp; trade
weight: 48213
source: portal 2001-03-04#7
seen: 2024-03-05T10:00:00+02:00
credit: Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/w/index.php?title=Ship&oldid=7
withdrawn: 2024-03-06
"""


def read(block: str) -> Page:
    return CONTEXT.read(page("2001-03-04", "A ship sails", topic="Sea", block=block), PATH)


def test_each_key_is_read_into_the_page() -> None:
    result = read(WHOLE)
    assert (result.language, result.pick, result.also) == ("de", True, ("The Sailing", "Stapellauf"))
    assert result.topics == ("Ships", "Harbours, old", "Sea")
    assert (result.category, result.weight, result.source) == ("Shipping & trade", 48213, "portal 2001-03-04#7")
    assert (result.seen, result.withdrawn) == ("2024-03-05T08:00:00Z", "2024-03-06")
    assert result.credit == (
        "Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/w/index.php?title=Ship&oldid=7"
    )
    assert (result.headline, result.date) == ("A ship sails", dt.date(2001, 3, 4))


def test_a_page_without_a_block_has_the_defaults() -> None:
    result = read("")
    assert (result.language, result.pick, result.also, result.topics) == ("en", False, (), ("Sea",))
    assert {result.category, result.weight, result.source, result.seen, result.credit, result.withdrawn} == {None}


def test_the_blocks_fields_are_fields_of_a_page() -> None:
    """A block's value goes into the page by its name."""
    assert {field.name for field in fields(Block)} <= {field.name for field in fields(Page)}


def test_each_key_is_documented() -> None:
    lines = (ROOT / "docs" / "pages.md").read_text("utf-8").splitlines()
    keys = [line.split("`")[1] for line in lines if line.startswith("| `") and line.count("|") == 4]
    assert {key for key in keys if key.isalpha()} == {field.name for field in fields(Block)}


@pytest.mark.parametrize(
    "block",
    [
        "pick: no", "pick: YES\npick: no", "colour: red", "Colour : red", "pick:", "also: ;  ;", "weight:   ",
        "language:\t", "http://example.org", "topics: Sea",
    ],
)  # fmt: skip
def test_unknown_keys_empty_values_and_defaults_change_nothing(block: str) -> None:
    assert read(block) == read("")


def test_a_block_ends_before_the_first_line_that_is_no_key_and_value() -> None:
    text = page("2001-03-04", "A ship sails").replace("\n\n", "\npick: yes\n# Before: the headline\nweight: 7\n\n", 1)
    result = CONTEXT.read(text, PATH)
    assert (result.pick, result.weight, result.headline) == (True, None, "Before: the headline")


def test_what_stands_after_a_blank_line_is_no_block() -> None:
    text = page("2001-03-04", "A ship sails", topic="Sea").replace("\n\n", "\n\npick: yes\n\n", 1)
    assert CONTEXT.read(text, PATH) == read("")


def test_chinese_and_english_are_told_apart_by_script_unless_the_block_says_otherwise() -> None:
    assert CONTEXT.read(page("2001-03-04", "一艘船啟航"), PATH).language == "zh"
    assert CONTEXT.read(page("2001-03-04", "一艘船啟航", block="language: ja"), PATH).language == "ja"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("language: English", "such as en, zh or de"),
        ("language: e", "such as en, zh or de"),
        ("language: 中文", "such as en, zh or de"),
        ("pick: maybe", "only yes or no"),
        ("weight: 4.5", "a whole number of bytes"),
        ("weight: -1", "a whole number of bytes"),
        ("weight: ٣", "a whole number of bytes"),
        (f"weight: {'9' * 16}", "a whole number of bytes"),
        ("seen: yesterday", "2024-03-05T10:00:00Z"),
        ("seen: 2024-03-05", "2024-03-05T10:00:00Z"),
        ("seen: 2024-02-30T10:00:00Z", "2024-03-05T10:00:00Z"),
        ("seen: 0001-01-01T00:00:00+14:00", "2024-03-05T10:00:00Z"),
        ("withdrawn: no", "a date must stand there, such as 2024-03-05"),
        ("withdrawn: 2024-13-05", "a date must stand there, such as 2024-03-05"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_would_be_right(line: str, right: str) -> None:
    with pytest.raises(PageError) as error:
        read(line)
    sentence = str(error.value)
    assert sentence.startswith(f"its block says “{line}”: ")
    assert right in sentence
    assert "\n" not in sentence


def test_a_long_value_is_named_by_its_beginning() -> None:
    with pytest.raises(PageError) as error:
        read("language: " + "abc " * 100_000)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("2024-03-05T10:00:00Z", "2024-03-05T10:00:00Z"),
        ("2024-03-05 10:00", "2024-03-05T10:00:00Z"),
        ("2024-03-05T10:00:00.750-02:00", "2024-03-05T12:00:00Z"),
        ("0044-03-15T10:00:00", "0044-03-15T10:00:00Z"),
    ],
)
def test_moments_are_stored_in_utc_to_the_second(value: str, stored: str) -> None:
    assert read(f"seen: {value}").seen == read(f"withdrawn: {value}").withdrawn == stored


def test_withdrawn_may_be_a_day_or_just_yes() -> None:
    assert read("withdrawn: 0944-03-05").withdrawn == "0944-03-05"
    assert read("withdrawn: Yes").withdrawn == "yes"


# writing


def test_an_empty_block_is_written_as_nothing() -> None:
    assert write_block(Block()) == ""


def test_a_block_is_written_a_line_for_each_key() -> None:
    block = Block(language="de", pick=True, also=("One; two", "Three"), weight=0, credit="A\nB")
    assert write_block(block) == "language: de\npick: yes\nalso: One, two; Three\nweight: 0\ncredit: A B\n"


@pytest.mark.parametrize(
    "block", [Block(language="English"), Block(weight=-1), Block(seen="yesterday"), Block(withdrawn="no")]
)
def test_a_block_that_could_not_be_read_again_is_not_written(block: Block) -> None:
    with pytest.raises(PageError, match="its block says"):
        write_block(block)


any_text = st.one_of(
    st.text(), st.sampled_from(["# A", "a: b", "{{x}}", "[[a|b]] c", "&amp;#039;", "''", ";", "\u202ea"])
)
cleaned = any_text.map(clean).map(lambda text: clean(text.replace(";", ","))).filter(bool)
lines = any_text.map(single_line).filter(bool)
names = st.lists(cleaned, max_size=4, unique=True).map(tuple)
moments = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)).map(  # noqa: DTZ001
    lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z"
)
blocks = st.builds(
    Block,
    language=st.none() | st.from_regex(r"[a-z]{2,3}", fullmatch=True),
    pick=st.booleans(),
    also=names,
    topics=names,
    category=st.none() | cleaned,
    weight=st.none() | st.integers(0, 10**15 - 1),
    source=st.none() | lines,
    seen=st.none() | moments,
    credit=st.none() | lines,
    withdrawn=st.none() | st.just("yes") | moments | st.dates().map(dt.date.isoformat),
)


@settings(deadline=None)
@given(blocks, st.sampled_from(["", "\n", "\n\n# A", "# A: b"]))
def test_what_is_written_is_read_again(block: Block, rest: str) -> None:
    text = write_block(block)
    written_lines = text.splitlines()
    assert read_block([*written_lines, *rest.split("\n")]) == (block, len(written_lines))


@settings(deadline=None)
@example(Block(category="\u202e", credit="\u202e"))
@given(
    st.builds(
        Block, also=st.lists(any_text).map(tuple), topics=st.lists(any_text).map(tuple), category=any_text,
        source=any_text, credit=any_text,
    )
)  # fmt: skip
def test_any_text_is_written_on_a_line_of_its_own_and_read_as_cleaned(block: Block) -> None:
    text = write_block(block)
    again, count = read_block(text.splitlines())
    assert (write_block(again), count) == (text, text.count("\n"))
    for value in (*again.also, *again.topics, again.category or ""):
        assert value == clean(value)


@settings(deadline=None)
@given(st.lists(st.one_of(any_text, st.text().map("seen: {}".format), st.text().map("weight:{}".format)), max_size=6))
def test_any_lines_are_read_or_refused(candidates: list[str]) -> None:
    try:
        block, count = read_block(candidates)
    except PageError as error:
        assert str(error).startswith("its block says")  # noqa: PT017
    else:
        assert count <= len(candidates)
        assert read_block(write_block(block).splitlines())[0] == block


# in the archive


def rows(file: Path, query: str) -> Iterator[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as db:
        yield from db.execute(query).fetchall()


def test_the_block_is_stored_with_the_page_and_its_event(tmp_path: Path, load: Import, file: Path) -> None:
    there = WHOLE.replace("withdrawn: 2024-03-06", "withdrawn:")
    load(write(tmp_path, "2001-03-04", "A ship sails", topic="Sea", block=there))
    columns = "language, pick, also, category, weight, seen, credit"
    (page_row,) = rows(file, f"SELECT {columns} FROM page")
    (event_row,) = rows(file, f"SELECT {columns} FROM event")
    assert page_row == event_row
    assert page_row[:5] == ("de", 1, '["The Sailing","Stapellauf"]', "Shipping & trade", 48213)
    load(write(tmp_path, "2001-03-04", "A ship sails", topic="Sea", block=WHOLE))
    (withdrawn_row,) = rows(file, f"SELECT {columns} FROM page")
    assert withdrawn_row == page_row
    (rest,) = rows(file, "SELECT source, withdrawn, format, format_version, origin FROM page")
    assert rest == ("portal 2001-03-04#7", "2024-03-06", "context", CONTEXT.version, "import")
    dump(file)


def test_several_pages_of_one_event_put_their_blocks_together(tmp_path: Path, load: Import, file: Path) -> None:
    headline = "A ship with 40 people on board sails from the harbour"
    # The second page has more sources: it leads.
    load(
        write(
            tmp_path, "2001-03-04", headline,
            block="pick: yes\nalso: A; B\nweight: 7\nseen: 2024-01-01T00:00:00Z\ncategory: Ships\ncredit: First",
        ),
        write(
            tmp_path, "2001-03-04", f"Voyages: {headline}", sources=[("A", "https://a.example/1")],
            block="also: C; A\nweight: 5\nseen: 2023-01-01T00:00:00Z\ncredit: Second",
        ),
    )  # fmt: skip
    (event_row,) = rows(file, "SELECT path, pick, also, weight, seen, category, credit FROM event")
    path, pick, also, *rest = event_row
    assert (path, pick) == (path_of("2001-03-04", f"Voyages: {headline}"), 1)
    assert json.loads(str(also)) == ["C", "A", "B"]
    assert rest == [7, "2023-01-01T00:00:00Z", "Ships", "Second"]


def test_an_unusable_block_is_skipped_with_its_reason(tmp_path: Path, load: Import) -> None:
    bad = write(tmp_path, "2001-03-04", "A ship sails", block="weight: heavy")
    report = load(bad, write(tmp_path, "2002-03-04", "A ship sinks"))
    assert report.pages == 1
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [
        (str(bad), "its block says “weight: heavy”: a weight is a whole number of bytes, such as 48213")
    ]


def test_a_language_that_is_new_gets_a_row_and_ids_of_its_own(tmp_path: Path, load: Import, file: Path) -> None:
    related = [("2000-01-01", "Das Schiff wird gebaut", "Schiffe")]
    load(
        write(tmp_path, "2001-03-04", "Ein Schiff sticht in See", block="language: de", related=related),
        write(tmp_path, "2001-03-04", "A ship sails"),
        write(tmp_path, "2001-03-04", "一艘船啟航"),
        write(tmp_path, "2001-03-04", "Um navio zarpa", block="language: pt"),
    )
    languages = list(rows(file, "SELECT code, number, first_id, last_id FROM event_language ORDER BY number"))
    assert [language[:2] for language in languages] == [("en", 0), ("zh", 1), ("de", 2), ("pt", 3)]
    for code, number, first_id, last_id in languages:
        ids = [row[0] for row in rows(file, f"SELECT id FROM event WHERE language = '{code}'")]
        assert len(ids) == (2 if code == "de" else 1), "the stub is in its lister's language"
        assert all(isinstance(event_id, int) and event_id >> LANGUAGE_SHIFT == number for event_id in ids)
        assert (first_id, last_id) == (int(str(number)) << LANGUAGE_SHIFT, (int(str(number)) + 1 << LANGUAGE_SHIFT) - 1)
    # The same code again, in another import, is the same language.
    load(write(tmp_path, "2002-03-04", "Ein Schiff sinkt", block="language: DE"))
    assert list(rows(file, "SELECT count(*) FROM event_language")) == [(4,)]
    assert list(rows(file, "SELECT languages FROM total")) == [('{"de":3,"en":1,"pt":1,"zh":1}',)]


def test_an_import_that_fails_leaves_no_language(tmp_path: Path, load: Import, file: Path) -> None:
    load(write(tmp_path, "2001-03-04", "A ship sails"))
    write(tmp_path / "next", "2001-03-04", "Ein Schiff sticht in See", block="language: de")
    (tmp_path / "next" / "broken.zip").write_bytes(b"no archive")
    with pytest.raises(Exception, match="nothing was imported"):
        load(tmp_path / "next")
    assert list(rows(file, "SELECT count(*) FROM event_language")) == [(2,)]


def test_a_language_that_is_set_right_moves_the_event(tmp_path: Path, load: Import, file: Path) -> None:
    load(write(tmp_path, "2001-03-04", "Ein Schiff sticht in See", topic="Ships"))
    assert list(rows(file, "SELECT language, id >> 40 FROM event")) == [("en", 0)]
    report = load(write(tmp_path, "2001-03-04", "Ein Schiff sticht in See", topic="Ships", block="language: de"))
    assert report.changed == 1
    key = key_of(path_of("2001-03-04", "Ein Schiff sticht in See"))
    assert list(rows(file, "SELECT key, language, id >> 40 FROM event")) == [(key, "de", 2)]
    dump(file)
