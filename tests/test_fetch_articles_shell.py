"""``daybook fetch articles`` as operators use it: through the shell's real process, killed at any moment."""

from __future__ import annotations

import random
import shutil
import signal
import time
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.article import ArticleName
from bot.domain.page import key_of
from bot.formats.articles import file_of
from tests.helpers.archives import dump
from tests.helpers.fetching import days_from
from tests.helpers.processes import STARTER_OFF, Shell, process, watched
from tests.helpers.samples import path_of, write
from tests.helpers.wikipedia import Bullet, FakeWikipedia, broken, slow, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.process
REPORT = ["visited", "fetched", "written", "changed", "unchanged", "withdrawn", "events", "alarms", "seconds"]
SHIPS = 400


@pytest.fixture
def fake() -> Iterator[FakeWikipedia]:
    with wikipedia() as fake:
        yield fake


def write_ships(shell: Shell, fake: FakeWikipedia, ships: int = SHIPS) -> Path:
    """Write a page for each of many ships, and its article; half of these have an image."""
    for number in range(ships):
        title = f"Ship {number}"
        link = f"https://en.wikipedia.org/wiki/Ship_{number}"
        day = (date(2001, 1, 1) + timedelta(number)).isoformat()
        write(shell.data / "pages", day, f"{title} sails", topic="Ships", sources=[("Wikipedia", link)])
        fake.articles.write(title, 1000 + number, f"{title}.jpg" if number % 2 else None)
    return shell.data / "pages"


def environment(fake: FakeWikipedia) -> dict[str, str]:
    return fake.environment | STARTER_OFF


def key(number: int) -> str:
    return key_of(path_of((date(2001, 1, 1) + timedelta(number)).isoformat(), f"Ship {number} sails"))


def test_the_report_and_what_readers_see(shell: Shell, fake: FakeWikipedia) -> None:
    write_ships(shell, fake, 3)
    answer = shell("fetch", "articles", "--json", more=environment(fake))
    assert answer.code == 0
    assert list(answer.json) == REPORT
    assert {name: answer.json[name] for name in REPORT[:-1]} == {
        "visited": 3, "fetched": 3, "written": 3, "changed": 0, "unchanged": 0, "withdrawn": 0, "events": 3,
        "alarms": [],
    }  # fmt: skip
    assert all("operator@daybook.example" in agent for agent in fake.agents)
    event = shell.json("show", key(1))
    assert event["image"].endswith("/960px-Ship_1.jpg")
    shown = shell("show", key(1), "--why").out
    assert "Ada Byron, CC BY-SA 4.0, https://commons.wikimedia.org/wiki/File:Ship_1.jpg" in shown
    assert "article" in shown
    # That an article has an image says nothing about the event.
    assert "  image" not in shown
    again = shell("fetch", "articles", more=environment(fake))
    assert "3 articles looked at, 0 read in" in again.out
    assert "0 new, 0 changed, 3 unchanged." in again.out
    assert len(fake.articles.requests) == 2


def test_without_a_contact_or_a_wikipedia_it_is_one_sentence(shell: Shell, fake: FakeWikipedia) -> None:
    write_ships(shell, fake, 3)
    answer = shell("fetch", "articles", more=environment(fake) | {"DAYBOOK_CONTACT": ""})
    assert answer.code == 1
    assert "fetching needs DAYBOOK_CONTACT" in answer.complaint
    fake.down = True
    answer = shell("fetch", "articles", "--json", more=environment(fake))
    assert answer.code == 1
    assert (answer.json["visited"], answer.json["fetched"]) == (3, 0)
    assert "127.0.0.1" in answer.err.splitlines()[-1]


def test_the_starter_archive_gets_its_images_and_loses_none_when_the_archive_is_new(
    shell: Shell, fake: FakeWikipedia
) -> None:
    fake.articles.write("Apollo 11", 150_000, "Moon.jpg")
    answer = shell("fetch", "articles", "--json", more=fake.environment)
    assert answer.code == 0
    assert answer.json["fetched"] == answer.json["visited"] > 2000
    (moon,) = [event for event in shell.json("onthisday", "July 20") if event["image"]]
    assert moon["date"] == "1969-07-20"
    assert moon["image"].endswith("/960px-Moon.jpg")
    before = dump(shell.data / "archive.sqlite3")
    for file in shell.data.glob("archive.sqlite3*"):
        file.unlink()
    assert shell.json("show", moon["key"]) == moon
    assert dump(shell.data / "archive.sqlite3") == before


def test_it_runs_after_a_fetch_of_the_portal_and_its_trouble_is_an_alarm(shell: Shell, fake: FakeWikipedia) -> None:
    write_ships(shell, fake, 1)
    for day in days_from(date(2024, 3, 1), 3):
        fake.edit(day, Bullet(f"A ferry of {day:%A} sails to [[Oslo]]."))
    arguments = ("fetch", "portal", "--since", "2024-03-01", "--until", "2024-03-03", "--json")
    # The revisions of the days, their three texts, and then each try of the articles.
    fake.faults = [lambda _: False] * 4 + [broken] * 3
    answer = shell(*arguments, more=environment(fake))
    assert (answer.code, answer.json["written"], len(answer.json["alarms"])) == (0, 3, 1)
    assert "answered 500" in answer.json["alarms"][0]
    answer = shell(*arguments, more=environment(fake))
    assert (answer.code, answer.json["alarms"], list(answer.json)) == (0, [], REPORT)
    assert fake.articles.titles() == ["Ship 0"]


def test_a_second_fetch_says_who_holds_the_first_and_other_fetches_go_on(shell: Shell, fake: FakeWikipedia) -> None:
    write_ships(shell, fake, 60)
    assert shell("import", shell.data / "pages", more=environment(fake)).code == 0
    fake.faults = [slow] * 20
    with process(shell, "fetch", "articles", more=environment(fake)) as first:
        while not fake.requests:
            time.sleep(0.01)
        answer = shell("fetch", "articles", more=environment(fake))
        assert answer.code == 1
        assert "is fetching articles" in answer.complaint
        day = date(2024, 3, 1).isoformat()
        answer = shell("fetch", "portal", "--since", day, "--until", day, "--json", more=environment(fake))
        assert (answer.code, answer.json["alarms"]) == (0, [])
        assert first.wait(60) == 0


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_goes_on_where_it_was(shell: Shell, fake: FakeWikipedia, seed: int) -> None:
    chance = random.Random(seed)
    write_ships(shell, fake)
    assert shell("import", shell.data / "pages", more=environment(fake)).code == 0
    requests = 0
    for _ in range(4):
        fake.faults = [slow] * 3
        with process(shell, "fetch", "articles", more=environment(fake)) as running, suppress(TimeoutError):
            until = time.monotonic() + chance.uniform(0.4, 3)
            while running.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
            running.send_signal(signal.SIGKILL)
            running.wait()
        requests += 1
    fake.faults = []
    assert shell("fetch", "articles", more=environment(fake)).code == 0
    written = fake.articles.titles()
    # Of what was asked for twice, the answer was lost: at most 50 titles each time that it was killed.
    assert len(written) <= SHIPS + 50 * requests
    assert set(written) == {f"Ship {number}" for number in range(SHIPS)}
    assert shell("rank", more=environment(fake)).code == 0
    with_kills = dump(shell.data / "archive.sqlite3")
    for file in shell.data.glob("archive.sqlite3*"):
        file.unlink()
    assert shell("import", shell.data / "pages", more=environment(fake)).code == 0
    assert dump(shell.data / "archive.sqlite3") == with_kills
    assert list((shell.data / "pages/articles").rglob(".*")) == []
    assert shell.json("show", key(SHIPS - 1))["image"].endswith(f"/960px-Ship_{SHIPS - 1}.jpg")


def test_killed_before_the_archive_reads_them_the_next_fetch_has_it_read_them(
    shell: Shell, fake: FakeWikipedia
) -> None:
    write_ships(shell, fake, 3)
    assert shell("import", shell.data / "pages", more=environment(fake)).code == 0
    name = file_of(ArticleName("en", "Ship 2"))
    # When the archive opens the file, it is whole.
    kill = watched(shell, "open", name, "os.kill(os.getpid(), signal.SIGKILL)")
    shell("fetch", "articles", more=environment(fake) | kill)
    shutil.rmtree(shell.folder / "watch")
    assert (shell.data / "pages" / name).exists()
    answer = shell("fetch", "articles", "--json", more=environment(fake))
    assert answer.json["fetched"] < 3
    assert shell.json("show", key(1))["image"].endswith("/960px-Ship_1.jpg")


def test_a_backup_has_the_facts_too(shell: Shell, fake: FakeWikipedia) -> None:
    write_ships(shell, fake, 3)
    assert shell("fetch", "articles", more=environment(fake)).code == 0
    before = dump(shell.data / "archive.sqlite3")
    answer = shell("backup", shell.folder / "copy.sqlite3", "--pages", more=environment(fake))
    assert "3 pages of" in answer.out
    shutil.rmtree(shell.data)
    assert shell("import", shell.folder / "copy.pages.tar.gz", more=environment(fake)).code == 0
    assert dump(shell.data / "archive.sqlite3") == before
