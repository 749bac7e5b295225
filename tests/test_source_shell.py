"""``daybook source`` and ``daybook fetch feeds`` as operators use them: through the shell's real process."""

from __future__ import annotations

import signal
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.domain.page import key_of
from tests.helpers.feeds import FeedServer, Place, Story, feed_server
from tests.helpers.processes import COMMAND, Shell, environment, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process
REPORT = ["visited", "fetched", "written", "changed", "unchanged", "withdrawn", "events", "alarms", "seconds"]
FERRY = Story("A new ferry is launched in Bergen", "https://paper.example/ferry", "42", date(2024, 3, 5), "It is long.")
BRIDGE = Story("The old bridge over the Elbe closes", "https://paper.example/bridge", "43", date(2024, 3, 6))
PAGE = b"<!DOCTYPE html><html><head><link rel=alternate type='application/rss+xml' href='/feed'></head><body>Hi"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as server:
        server.publish(FERRY, BRIDGE)
        yield server


def test_a_feed_is_added_listed_read_and_removed(shell: Shell, server: FeedServer) -> None:
    added = shell("source", "add", server.url(), "--every", "60", more=server.environment)
    assert (added.code, "Added: The Paper, 2 items" in added.out) == (0, True)
    (feed,) = shell.json("source", "list")
    assert {name: feed[name] for name in ("address", "name", "language", "every")} == {
        "address": server.url(), "name": "The Paper", "language": "en", "every": 60,
    }  # fmt: skip
    assert shell("source", "list").out == f"{server.url()}\tThe Paper\ten\t60\n"
    answer = shell("fetch", "feeds", "--json", more=server.environment)
    assert (answer.code, answer.err, list(answer.json)) == (0, "", REPORT)
    assert {name: answer.json[name] for name in REPORT[:-1]} == {
        "visited": 1, "fetched": 1, "written": 2, "changed": 0, "unchanged": 0, "withdrawn": 0, "events": 2,
        "alarms": [],
    }  # fmt: skip
    again = shell("fetch", "feeds", "--json", more=server.environment).json
    assert (again["visited"], again["fetched"], again["unchanged"]) == (1, 0, 2)
    (event,) = shell.json("search", "ferry")
    assert event["sources"] == [{"name": "The Paper", "url": "https://paper.example/ferry"}]
    assert event["key"] == key_of(event["path"])
    removed = shell("source", "remove", "The Paper")
    assert (removed.code, "Removed: The Paper" in removed.out) == (0, True)
    assert shell.json("source", "list") == []
    # What was read stays.
    assert len(shell.json("search", "ferry")) == 1
    # People who read sentences get them.
    shell("source", "add", server.url(), "--name", "Paper", "--language", "de", more=server.environment)
    report = shell("fetch", "feeds", more=server.environment)
    assert "1 feeds looked at, 1 read" in report.out


def test_check_says_what_would_be_read_and_stores_nothing(shell: Shell, server: FeedServer) -> None:
    server.publish(FERRY, Story("Undated", more='<enclosure url="https://paper.example/x.png" type="image/png"/>'))
    answer = shell("source", "check", server.url(), more=server.environment)
    assert answer.code == 0
    for words in ("The Paper", "2 items", "language not said", FERRY.title, "It is long.", "no date", "x.png"):
        assert words is not None
        assert words in answer.out
    checked = shell("source", "check", server.url(), "--json", more=server.environment).json
    assert [item["date"] for item in checked["items"]] == ["2024-03-05", None]
    assert not (shell.data / "pages").exists()
    assert shell.json("source", "list") == []


def test_a_page_for_people_is_no_feed_and_the_feeds_that_it_names_are_said(shell: Shell, server: FeedServer) -> None:
    server.places["/page"] = Place(PAGE, "text/html")
    server.places["/none"] = Place(b"<html><body>Hello</body></html>", "text/html")
    answer = shell("source", "add", server.url("/page"), more=server.environment)
    assert answer.code == 1
    assert f"is a web page, not a feed; it names {server.url()}" in answer.complaint
    answer = shell("source", "add", server.url("/none"), more=server.environment)
    assert "it names none" in answer.complaint
    assert shell.json("source", "list") == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/nothing", "answered 404"),
        ("/json", "neither RSS nor Atom"),
        ("http://127.0.0.1:9/feed", "is not a public address"),
        ("http://nobody.invalid/feed", "cannot be found"),
        ("ftp://paper.example/feed", "is not a web address"),
        ("paper.example/feed", "is not a web address"),
        ("https://user:secret@paper.example/", "is not a web address"),
        ("", "is not a web address"),
    ],
)
def test_an_address_that_cannot_be_read_is_one_sentence(shell: Shell, server: FeedServer, url: str, words: str) -> None:
    server.places["/json"] = Place(b"{}", "application/json")
    address = server.url(url) if url.startswith("/") else url
    for command in ("add", "check"):
        answer = shell("source", command, address, more=server.environment)
        assert answer.code == 1
        assert words in answer.complaint
    assert shell.json("source", "list") == []


def test_an_address_is_added_once_however_it_is_written(shell: Shell, server: FeedServer) -> None:
    assert shell("source", "add", server.url(), more=server.environment).code == 0
    for other in (server.url(), server.url("/feed/"), server.url("/feed#top"), server.url().replace("http:", "HTTP:")):
        answer = shell("source", "add", other, more=server.environment)
        assert (answer.code, "was already added, as The Paper" in answer.complaint) == (1, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--every", "4"), "5 minutes"),
        (("--every", "20000"), "a number of minutes from 5 to 10080"),
        (("--every", "soon"), "a number of minutes"),
        (("--language", "german"), "is not a language"),
        (("--language", "xx"), "is not a language"),
        (("--name", " "), "is not a name"),
    ],
)
def test_wrong_usage_is_one_sentence(shell: Shell, server: FeedServer, options: tuple[str, ...], words: str) -> None:
    answer = shell("source", "add", server.url(), *options, more=server.environment)
    assert answer.code == 2
    assert words in answer.err.splitlines()[-1]
    assert server.requests == []


def test_without_a_contact_nothing_is_fetched(shell: Shell, server: FeedServer) -> None:
    for command in (("source", "add", server.url()), ("source", "check", server.url()), ("fetch", "feeds")):
        answer = shell(*command, more={"DAYBOOK_ALLOW": f"127.0.0.1:{server.port}"})
        assert (answer.code, "DAYBOOK_CONTACT" in answer.complaint) == (1, True)
    assert server.requests == []


def test_a_feed_that_is_not_there_cannot_be_removed(shell: Shell, server: FeedServer) -> None:
    answer = shell("source", "remove", server.url())
    assert (answer.code, "no feed has the address or the name" in answer.complaint) == (1, True)


def test_without_feeds_there_is_nothing_to_fetch(shell: Shell, server: FeedServer) -> None:
    answer = shell("fetch", "feeds", "--json", more=server.environment)
    assert (answer.code, answer.json["visited"]) == (0, 0)
    assert "There are no feeds" in answer.err


def test_where_no_feed_can_be_read_the_exit_code_is_1(shell: Shell, server: FeedServer) -> None:
    shell("source", "add", server.url(), more=server.environment)
    server.places.clear()
    answer = shell("fetch", "feeds", "--json", more=server.environment)
    assert answer.code == 1
    assert "none of 1 feeds could be read" in answer.complaint
    assert "404" in answer.json["alarms"][0]


def test_forgetting_a_story_keeps_it_away(shell: Shell, server: FeedServer) -> None:
    shell("source", "add", server.url(), more=server.environment)
    shell("fetch", "feeds", more=server.environment)
    (event,) = shell.json("search", "ferry")
    assert shell("forget", event["key"]).code == 0
    assert not (shell.data / "pages" / f"{event['path']}.md").exists()
    for title in (FERRY.title, "Told in other words now"):
        server.publish(Story(title, FERRY.link, FERRY.id, FERRY.day), BRIDGE)
        report = shell("fetch", "feeds", "--json", more=server.environment).json
        assert (report["written"], report["events"]) == (0, 1)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("open", ".unfinished-a-new"),
        ("open", "bridge"),
        ("os.rename", ".unfinished-the-old"),
        ("sqlite3.connect", "archive.sqlite3"),
    ],
)
def test_a_visit_that_is_killed_goes_on(shell: Shell, server: FeedServer, event: str, name: str) -> None:
    shell("source", "add", server.url(), more=server.environment)
    kill = watched(shell, event, name, f"os.kill(os.getpid(), {int(signal.SIGKILL)})")
    killed = subprocess.run(
        [*COMMAND, "fetch", "feeds"], cwd=shell.folder, env=environment(server.environment | kill), timeout=60,
        check=False, capture_output=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    report = shell("fetch", "feeds", "--json", more=server.environment).json
    assert (report["events"], report["alarms"]) == (2, [])
    assert len(list(shell.data.glob("pages/news/*/*/*/*.md"))) == 2
    assert list(shell.data.glob("pages/news/*/*/*/.*")) == []


def test_a_backup_has_the_feeds(shell: Shell, server: FeedServer) -> None:
    shell("source", "add", server.url(), more=server.environment)
    before = shell.json("source", "list")
    assert shell("backup", "copy.sqlite3").code == 0
    shell("source", "remove", server.url())
    assert shell("restore", "copy.sqlite3").code == 0
    assert shell.json("source", "list") == before
