"""The shell as a real process: the output that others may rely on."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.samples import NOBODY, SEED, SEED_KEY, pack, page, write

if TYPE_CHECKING:
    from tests.helpers.processes import Shell

pytestmark = pytest.mark.process

REPORT = ["pages", "events", "stubs", "new", "changed", "unchanged", "duplicates", "skipped", "seconds"]
EVENT = {
    "key": str, "path": str, "date": str, "headline": str, "summary": (str, type(None)), "sources": list,
    "image": (str, type(None)), "topics": list, "related": list, "language": str, "stub": bool,
}  # fmt: skip
RELATED = {"key": str, "date": str, "headline": str, "topics": list}


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


def test_an_import_counts_new_changed_duplicate_and_skipped_pages(shell: Shell) -> None:
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


def test_names_in_an_import_print_no_control_characters(shell: Shell) -> None:
    bundle = shell.folder / "pages.zip"
    with zipfile.ZipFile(bundle, "w") as zip_file:
        zip_file.writestr("a\x1b[2J\nb.md", "no page")
        zip_file.writestr("news/2011/04/5/good.md", page("2011-04-05", "A lighthouse is lit"))
    answer = shell("import", bundle)
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert len(answer.out.splitlines()) == 4


# Questions


def test_on_this_day_gives_the_seed_event_whole(seeded_shell: Shell) -> None:
    for words in (["March 24"], ["24.3."], ["2017-03-24"], ["3/24", "--year", "2017"], ["Mar 24", "--topic", "nasa"]):
        (event,) = seeded_shell.json("onthisday", *words)
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
    assert all(has_shape(related, RELATED) for related in event["related"])


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


def test_a_topic_is_found_by_name_in_any_case_and_by_acronym(seeded_shell: Shell) -> None:
    eleven = seeded_shell.json("topic", "NASA")
    assert len(eleven) == 11
    assert eleven[0]["key"] == SEED_KEY
    assert [event["stub"] for event in eleven] == [False] + [True] * 10
    assert all(has_shape(event, EVENT) for event in eleven)
    for name in ("nasa", " Nasa ", "ISS", "international space station"):
        assert sorted(keys(seeded_shell.json("topic", name))) == sorted(keys(eleven))


def test_other_spellings_are_understood_and_a_notice_says_so(seeded_shell: Shell) -> None:
    for arguments, notice in (
        (["topic", "spacewalks"], "showing the topic “spacewalk” for “spacewalks”"),
        (["onthisday", "March 24", "--topic", "NASAA"], "showing the topic “NASA” for “NASAA”"),
        (
            ["search", "kimbrough", "spacewlak"],
            "no event contains “kimbrough spacewlak”; showing results for “kimbrough spacewalk”",
        ),
    ):
        answer = seeded_shell(*arguments, "--json")
        assert answer.code == 0
        assert answer.err == f"daybook: {notice}\n"
        assert SEED_KEY in keys(answer.json)


def test_a_search_gives_what_has_all_the_words_or_most_of_them(seeded_shell: Shell) -> None:
    assert SEED_KEY in keys(seeded_shell.json("search", "kimbrough", "spacewalk"))
    assert keys(seeded_shell.json("search", "kimbr*")) == [SEED_KEY]
    assert len(seeded_shell.json("search", "“faulty ammonia”")) == 2
    assert keys(seeded_shell.json("search", "kimbrough", "lighthouse")) == [SEED_KEY]
    answer = seeded_shell("search", "kimbrough", "lighthouse")
    assert (
        answer.err
        == "daybook: no event contains all of the words “kimbrough lighthouse”; these are the closest matches\n"
    )


def test_show_says_why_an_event_is_notable(seeded_shell: Shell) -> None:
    event = seeded_shell.json("show", SEED_KEY, "--why")
    assert event["why"].pop("page of its own") == 1
    assert event["why"].keys() >= {"summary", "sources"}
    lines = seeded_shell("show", SEED_KEY, "--why").out.splitlines()
    assert "Why" in lines
    assert lines[-1].split()[0] == "notability"


def test_events_are_ranked_at_once(seeded_shell: Shell) -> None:
    before = seeded_shell.json("topic", "NASA")
    assert re.fullmatch(r"11 events are in their place \(\d+\.\d s\)\.\n", seeded_shell("rank").out)
    assert seeded_shell.json("topic", "NASA") == before


def test_show_gives_any_event_by_its_key(seeded_shell: Shell) -> None:
    for event in seeded_shell.json("topic", "NASA")[:3]:
        assert seeded_shell.json("show", event["key"]) == event


def test_limits_and_years_narrow_a_list(seeded_shell: Shell) -> None:
    best = keys(seeded_shell.json("topic", "NASA"))
    assert keys(seeded_shell.json("topic", "NASA", "--limit", "3")) == best[:3]
    assert keys(seeded_shell.json("topic", "NASA", "--limit", "0")) == best
    assert seeded_shell.json("onthisday", "March 24", "--year", "2016") == []
    assert seeded_shell.json("onthisday", "March 24", "--topic", "lighthouses") == []


def test_stats_count_what_is_there(seeded_shell: Shell) -> None:
    assert seeded_shell.json("stats") == {
        "events": 11, "stubs": 10, "starter": 0, "topics": 3, "first": "2011-07-12", "last": "2017-04-24",
        "languages": {"en": 11},
    }  # fmt: skip


@pytest.mark.parametrize(
    "question",
    [["onthisday", "1 January"], ["onthisday", "Feb 29", "--year", "2017"], ["topic", "Lighthouses"],
     ["search", "lighthouse"], ["search", ""], ["search", '"'], ["search", "*"], ["search", "lighthouse", "keeper"],
     ["topic", ""]],
)  # fmt: skip
def test_nothing_found_is_an_answer(seeded_shell: Shell, question: list[str]) -> None:
    assert seeded_shell.json(*question) == []
    answer = seeded_shell(*question)
    assert (answer.code, answer.out) == (0, "")
    assert len(answer.err.splitlines()) == 1


def test_nothing_found_names_the_day_that_was_asked_for(seeded_shell: Shell) -> None:
    assert "March 24, 2016." in seeded_shell("onthisday", "2017-03-24", "--year", "2016").err


# The seeds


def test_an_empty_archive_is_filled_with_the_starter_pages_and_imports_come_beside_them(shell: Shell) -> None:
    stats = shell.json("stats")
    assert stats["events"] == stats["starter"] > 2500
    (shell.folder / "empty").mkdir()
    assert shell("import", "empty").code == 1
    assert shell.json("stats") == stats
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    report = shell.json("import", shell.folder / "news")
    assert (report["pages"], report["events"], report["stubs"], report["new"]) == (1, 1, 0, 1)
    after = shell.json("stats")
    assert (after["events"], after["starter"]) == (stats["events"] + 1, stats["starter"])
    assert shell("show", SEED_KEY).code == 0


def test_an_import_into_nothing_brings_no_starter_pages(shell: Shell) -> None:
    write(shell.folder, "2011-04-05", "A lighthouse is lit")
    assert shell.json("import", shell.folder / "news")["events"] == 1
    assert shell.json("stats")["events"] == 1


def test_the_starter_archive_can_be_left_out(shell: Shell) -> None:
    assert shell("stats", "--json", more={"DAYBOOK_STARTER": "off"}).json["events"] == 0
    answer = shell("stats", more={"DAYBOOK_STARTER": "perhaps"})
    assert (answer.code, "DAYBOOK_STARTER" in answer.complaint) == (1, True)


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
