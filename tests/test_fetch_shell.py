"""``daybook fetch portal`` as operators use it: through the shell's real process, killed at any moment."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.domain.page import key_of
from tests.helpers.fetching import Fetching, days_from
from tests.helpers.processes import Shell, process, watched
from tests.helpers.wikipedia import Bullet, FakeWikipedia, slow, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process
DAYS = days_from(date(2024, 2, 20), 40)
REPORT = ["visited", "fetched", "written", "changed", "unchanged", "withdrawn", "events", "alarms", "seconds"]


@pytest.fixture
def fake() -> Iterator[FakeWikipedia]:
    with wikipedia() as fake:
        yield fake


def write_days(fake: FakeWikipedia, *, events: int = 3) -> None:
    for day in DAYS:
        bullets = [
            Bullet(f"The {name} of day {day.toordinal()} is told in [[Oslo]].", (f"https://a.example/{day}/{number}",))
            for number, name in enumerate(("first", "second", "third", "fourth")[:events])
        ]
        fake.edit(day, *bullets)


def fetch(shell: Shell, fake: FakeWikipedia, *arguments: str, **more: str) -> object:
    return shell("fetch", "portal", *arguments, more=fake.environment | more)


ALL_DAYS = ("--since", DAYS[0].isoformat(), "--until", DAYS[-1].isoformat())


def test_a_fetch_reports_what_it_did_and_the_archive_answers(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    answer = shell("fetch", "portal", *ALL_DAYS, "--json", more=fake.environment)
    assert (answer.code, answer.err) == (0, "")
    assert list(answer.json) == REPORT
    assert {name: answer.json[name] for name in REPORT[:-1]} == {
        "visited": 40, "fetched": 40, "written": 120, "changed": 0, "unchanged": 0, "withdrawn": 0, "events": 120,
        "alarms": [],
    }  # fmt: skip
    again = shell("fetch", "portal", *ALL_DAYS, "--json", more=fake.environment).json
    assert (again["fetched"], again["written"], again["unchanged"]) == (0, 0, 120)
    assert fake.requests == {"query": 2, "parse": 40}
    assert fake.most_at_once <= 3
    assert all("operator@daybook.example" in agent and agent.startswith("Daybook/") for agent in fake.agents)
    events = shell.json("search", "second", "oslo")
    assert len(events) == 40
    (event,) = [event for event in events if event["date"] == "2024-02-29"]
    assert event["sources"] == [{"name": "The Paper", "url": "https://a.example/2024-02-29/1"}]
    assert event["key"] == key_of(event["path"])


def test_people_read_sentences(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    answer = shell("fetch", "portal", *ALL_DAYS, more=fake.environment)
    assert answer.code == 0
    assert "40 days looked at, 40 read in" in answer.out
    assert "120 new events, 0 changed, 0 withdrawn, 0 unchanged." in answer.out
    assert "The archive has 120 events." in answer.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--since", "2024-13-01"], 2, "“2024-13-01” is not a date such as 2025-11-22"),
        (["--since", "2024-03-02", "--until", "2024-03-01"], 1, "no day is between 2024-03-02 and 2024-03-01"),
        (["--since", "1999-03-02"], 1, "the portal has no days before 2002-01-01"),
        (["--dump", "nowhere.xml"], 1, "nowhere.xml cannot be read as a dump"),
    ],
)
def test_wrong_usage_is_one_sentence(
    shell: Shell, fake: FakeWikipedia, arguments: list[str], code: int, words: str
) -> None:
    answer = shell("fetch", "portal", *arguments, more=fake.environment)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err.replace("\n", " ")
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DAYBOOK_CONTACT", "", "fetching needs DAYBOOK_CONTACT"),
        ("DAYBOOK_CONTACT", "me (at home)", "use a mail address, or the address of a page about you"),
        ("DAYBOOK_WIKIPEDIA", "http://127.0.0.1:1/en", "use an address such as https://{language}.wikipedia.org"),
        ("DAYBOOK_WIKIPEDIA", "file:///{language}", "use an address such as https://{language}.wikipedia.org"),
        ("DAYBOOK_ALLOW", "127.0.0.1", "use a host with its port, such as wiki.example:8080"),
        ("DAYBOOK_ALLOW", "", "127.0.0.1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence_and_nothing_is_fetched(
    shell: Shell, fake: FakeWikipedia, name: str, value: str, words: str
) -> None:
    write_days(fake)
    answer = shell("fetch", "portal", *ALL_DAYS, more=fake.environment | {name: value})
    assert answer.code == 1
    assert words in answer.complaint
    assert not fake.requests


def test_where_nothing_can_be_reached_the_report_says_so_and_the_exit_code_is_1(
    shell: Shell, fake: FakeWikipedia
) -> None:
    fake.down = True
    answer = shell("fetch", "portal", *ALL_DAYS, "--json", more=fake.environment)
    assert answer.code == 1
    assert answer.json["alarms"]
    assert (answer.json["visited"], answer.json["events"]) == (0, 0)
    assert "127.0.0.1" in answer.complaint


def test_a_second_fetch_is_told_who_holds_the_first(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    fake.faults = [slow] * 20
    with process(shell, "fetch", "portal", *ALL_DAYS, more=fake.environment) as first:
        while not fake.requests:
            time.sleep(0.01)
        answer = shell("fetch", "portal", *ALL_DAYS, more=fake.environment)
        assert answer.code == 1
        assert f"daybook fetch (process {first.pid}, since " in answer.complaint
        assert "is fetching portal" in answer.complaint
        assert first.wait(60) == 0


def events_of(shell: Shell, fake: FakeWikipedia) -> dict[str, tuple[str, str]]:
    return Fetching(shell.data, fake).events()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """The events of a fetch that nothing happens to."""
    shell = Shell(tmp_path_factory.mktemp("undisturbed"))
    with wikipedia() as fake:
        write_days(fake)
        assert shell("fetch", "portal", *ALL_DAYS, more=fake.environment).code == 0
        return events_of(shell, fake)


KILL = "os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("open", ".unfinished-"),
        ("os.rename", ".unfinished-"),
        ("os.rename", "2024/03/9/.unfinished-"),
        ("sqlite3.connect", "archive.sqlite3"),
        ("import", "bot.archive.importer"),
        ("import", "bot.archive.rebuild"),
    ],
)
def test_a_fetch_that_is_killed_goes_on_where_it_was(
    shell: Shell, fake: FakeWikipedia, undisturbed: dict[str, tuple[str, str]], event: str, name: str
) -> None:
    write_days(fake)
    killed = shell("fetch", "portal", *ALL_DAYS, more=fake.environment | watched(shell, event, name, KILL))
    assert killed.code == -signal.SIGKILL
    assert all(file.read_text("utf-8").endswith("\n") for file in shell.data.glob("pages/news/*/*/*/*.md"))
    report = shell("fetch", "portal", *ALL_DAYS, "--json", more=fake.environment)
    assert (report.code, report.json["alarms"]) == (0, [])
    assert events_of(shell, fake) == undisturbed


def test_a_fetch_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    shell: Shell, fake: FakeWikipedia, undisturbed: dict[str, tuple[str, str]]
) -> None:
    write_days(fake)
    rng = random.Random(2024)
    for _ in range(12):
        with process(shell, "fetch", "portal", *ALL_DAYS, more=fake.environment) as running:
            with suppress(subprocess.TimeoutExpired):
                running.wait(rng.uniform(0.2, 1.6))
            running.kill()
    assert shell("fetch", "portal", *ALL_DAYS, more=fake.environment).code == 0
    assert events_of(shell, fake) == undisturbed
    hidden = [file.name for file in shell.data.glob("pages/news/*/*/*/.*")]
    assert hidden == []


def test_forgetting_a_fetched_event_deletes_its_file_and_no_later_wording_brings_it_back(
    shell: Shell, fake: FakeWikipedia
) -> None:
    write_days(fake)
    shell("fetch", "portal", *ALL_DAYS, more=fake.environment)
    event = next(event for event in shell.json("search", "second") if event["date"] == "2024-03-10")
    file = shell.data / "pages" / f"{event['path']}.md"
    assert file.is_file()
    assert shell("forget", event["key"]).code == 0
    assert not file.exists()
    rest = Bullet("Told in other words now.", ("https://a.example/2024-03-10/1",))
    fake.edit(date(2024, 3, 10), *fake.days[date(2024, 3, 10)][:1], rest, *fake.days[date(2024, 3, 10)][2:])
    report = shell("fetch", "portal", *ALL_DAYS, "--json", more=fake.environment).json
    assert (report["fetched"], report["written"], report["events"]) == (1, 0, 119)
    # Nor does an import of all pages.
    assert shell.json("import", shell.data / "pages")["events"] == 119


def test_no_earlier_wording_of_a_forgotten_event_brings_it_back(shell: Shell, fake: FakeWikipedia) -> None:
    day = DAYS[0]
    first = Bullet("A ferry runs aground in the fog off [[Bergen]].", ("https://a.example/ferry",))
    second = Bullet("Rescuers bring forty people ashore.", first.sources)
    third = Bullet(second.text, ("https://b.example/people",))
    rest = Bullet("A choir sings in [[Oslo]].", ("https://a.example/choir",))
    for wording in (first, second, third):
        fake.edit(day, wording, rest)
        shell("fetch", "portal", "--since", f"{day}", "--until", f"{day}", more=fake.environment)
    (event,) = shell.json("search", "rescuers")
    assert shell("forget", event["key"]).code == 0
    fake.edit(day, first, rest)
    report = shell("fetch", "portal", "--since", f"{day}", "--until", f"{day}", "--json", more=fake.environment).json
    assert (report["fetched"], report["written"], report["events"]) == (1, 0, 1)


def test_while_the_archive_is_busy_nothing_is_lost(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    shell("stats")
    with closing(sqlite3.connect(shell.data / "archive.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = shell("fetch", "portal", *ALL_DAYS, "--json", more=fake.environment)
    assert "is being written by another import: try again when it is done" in answer.complaint
    assert answer.code == 1
    assert len(answer.json["alarms"]) == 1
    report = shell("fetch", "portal", *ALL_DAYS, "--json", more=fake.environment).json
    # What was written before is imported now.
    assert (report["unchanged"], report["written"]) == (75, 45)
    assert sum("is told in Oslo" in headline for _, headline in events_of(shell, fake).values()) == 120


def test_an_archive_that_is_new_is_filled_from_the_pages(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    shell("fetch", "portal", *ALL_DAYS, more=fake.environment)
    events = events_of(shell, fake)
    for file in shell.data.glob("archive.sqlite3*"):
        file.unlink()
    answer = shell("fetch", "portal", *ALL_DAYS, more=fake.environment)
    assert answer.code == 0
    assert "The archive has none of the pages in data/pages: they are imported first." in answer.err
    assert events_of(shell, fake) == events
    assert fake.requests["parse"] == 40


def test_an_event_that_is_forgotten_during_a_fetch_stays_away(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    shell("fetch", "portal", *ALL_DAYS, more=fake.environment)
    key = next(event["key"] for event in shell.json("search", "second") if event["date"] == "2024-03-28")
    for day in DAYS:
        fake.edit(day, *fake.days[day], Bullet(f"Something else on {day}.", (f"https://b.example/{day}",)))
    fake.requests.clear()
    fake.faults = [slow] * 60
    with process(shell, "fetch", "portal", *ALL_DAYS, more=fake.environment) as running:
        while fake.requests["parse"] < 3:
            time.sleep(0.01)
        assert shell("forget", key).code == 0
        assert running.wait(60) == 0
    assert key not in events_of(shell, fake)
    assert not any("second-of-day-738973" in file.name for file in shell.data.glob("pages/news/2024/03/28/*"))
    assert len(events_of(shell, fake)) == 159


def test_a_full_disk_is_one_sentence_and_exit_code_1(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    full = "raise OSError(28, 'No space left on device')"
    answer = shell(
        "fetch", "portal", *ALL_DAYS, "--json", more=fake.environment | watched(shell, "open", ".unfinished-", full)
    )
    assert answer.code == 1
    assert "cannot be written (No space left on device): make room, or check who owns it" in answer.complaint
    assert answer.json["alarms"] == [answer.complaint.removeprefix("daybook: ")]


def test_a_disk_that_cannot_be_written_is_one_sentence(shell: Shell, fake: FakeWikipedia) -> None:
    write_days(fake)
    shell.data.mkdir()
    (shell.data / "pages").write_text("no folder")
    answer = shell("fetch", "portal", *ALL_DAYS, more=fake.environment)
    assert answer.code == 1
    assert "cannot be written" in answer.complaint
