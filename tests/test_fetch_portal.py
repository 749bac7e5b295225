"""Fetching days of the portal: from a Wikipedia on loopback to pages on the disk and events in the archive."""

from __future__ import annotations

import datetime as dt
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.archive.forgotten_events import ForgottenEvents
from bot.domain.errors import FetchError
from bot.domain.page import key_of
from bot.sources.fetch_state import FILE_NAME
from bot.sources.forgotten import Forgotten
from bot.sources.page_folder import PageFolder
from bot.sources.page_marks import marks_of
from bot.sources.page_paths import slug_of
from bot.sources.portal_days import topic_of_title
from tests.helpers.fetching import Fetching, days_from
from tests.helpers.wikipedia import Bullet, broken, no_json, slow, too_many, truncated, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

D22, D23, D24 = date(2025, 11, 22), date(2025, 11, 23), date(2025, 11, 24)
FERRY = Bullet(
    "A new ferry, the [[MS Wanderer]], is launched in [[Bergen]], [[Norway]].",
    ("https://paper.example/ferry",), "Business and economy", ("Ferries of Norway",),
)  # fmt: skip
BRIDGE = Bullet("The bridge over the [[Tana (Norway)|Tana]] is opened.", ("https://paper.example/bridge",))
FERRY_HEADLINE = "A new ferry, the MS Wanderer, is launched in Bergen, Norway."
CHOIR = Bullet("A choir of 500 children sings in [[Oslo]].", ("https://paper.example/choir", "https://news.example/c"))

PAGE = "### [{day}](/news/2025/11/23/index.md)\nsource: {source}\n\n# A feed says something\n"


@pytest.fixture
def fetching(tmp_path: Path) -> Iterator[Fetching]:
    with wikipedia() as fake:
        yield Fetching(tmp_path / "data", fake)


async def test_a_bullet_becomes_a_page_and_a_page_becomes_an_event(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    report = await fetching.fetch(D22, D22)
    assert (report.visited, report.fetched, report.written, report.alarms) == (1, 1, 2, [])
    page = next(page for page in fetching.written() if "ferry" in page.headline)
    assert page.path == "news/2025/11/22/a-new-ferry-the-ms-wanderer-is-launched-in-bergen-norway"
    assert page.headline == "A new ferry, the MS Wanderer, is launched in Bergen, Norway."
    assert page.topics == ("Ferries of Norway", "MS Wanderer", "Bergen", "Norway")
    assert page.category == "Business and economy"
    assert [(source.name, source.url) for source in page.sources] == [("The Paper", "https://paper.example/ferry")]
    assert (page.source, page.seen) == ("portal 2025-11-22", "2025-11-24T12:00:00Z")
    assert page.credit == (
        f"Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/w/index.php?oldid={fetching.wikipedia.revisions[D22]}"
    )
    assert sorted(fetching.events().values()) == [
        ("2025-11-22", "A new ferry, the MS Wanderer, is launched in Bergen, Norway."),
        ("2025-11-22", "The bridge over the Tana is opened."),
    ]


async def test_what_has_not_changed_is_not_read_again(fetching: Fetching) -> None:
    for day in (D22, D23, D24):
        fetching.wikipedia.edit(day, Bullet(f"Something happens in [[Oslo]] on day {day.day}."))
    assert (await fetching.fetch(D22)).fetched == 3
    for _ in range(3):
        report = await fetching.fetch(D22)
        assert (report.visited, report.fetched, report.written, report.unchanged) == (3, 0, 0, 3)
    fetching.wikipedia.edit(D23, Bullet("Something happens in [[Oslo]] on day 23."), CHOIR)
    report = await fetching.fetch(D22)
    assert (report.fetched, report.written, report.unchanged) == (1, 1, 3)


async def test_a_fetch_without_days_reads_the_last_three_again_and_fills_an_outage(fetching: Fetching) -> None:
    for day in days_from(date(2025, 11, 1), 24):
        fetching.wikipedia.edit(day, Bullet(f"Something happens in [[Oslo]] on day {day.day}."))
    fetching.today = date(2025, 11, 5)
    assert (await fetching.fetch()).visited == 4
    fetching.today = date(2025, 11, 15)
    report = await fetching.fetch()
    # From three days before the last one that was read.
    assert (report.visited, report.fetched) == (14, 10)
    (fetching.pages / FILE_NAME).unlink()
    fetching.today = date(2025, 11, 24)
    # A feed's page is no day of the portal.
    feed_page = PAGE.format(day="2025-11-23", source="feed https://paper.example/rss#1 2025-11-23")
    (fetching.pages / "news/2025/11/23").mkdir()
    (fetching.pages / "news/2025/11/23/a-feed-says.md").write_text(feed_page, "utf-8")
    report = await fetching.fetch()
    assert (report.visited, report.written) == (13, 9)


async def test_past_years_do_not_make_a_fetch_begin_there(fetching: Fetching) -> None:
    for day in (date(2015, 1, 1), D24):
        fetching.wikipedia.edit(day, Bullet(f"Something happens in [[Oslo]] on {day}.", (f"https://a.example/{day}",)))
    await fetching.fetch(date(2015, 1, 1), date(2015, 1, 1))
    report = await fetching.fetch()
    assert (report.visited, report.fetched) == (4, 1)


async def test_an_edited_bullet_is_the_same_event(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    await fetching.fetch(D22, D22)
    key = fetching.key("The bridge over the Tana is opened.")
    # Another wording with the same citation.
    edited = Bullet("King [[Harald V]] cuts a ribbon in the far north.", BRIDGE.sources)
    fetching.wikipedia.edit(D22, edited, FERRY)
    report = await fetching.fetch(D22, D22)
    assert (report.written, report.changed, report.withdrawn) == (1, 1, 0)
    assert fetching.events()[key] == ("2025-11-22", "King Harald V cuts a ribbon in the far north.")
    # Other citations for nearly the same wording.
    edited = Bullet("King [[Harald V]] cuts a blue ribbon in the far north.", ("https://other.example/1",))
    fetching.wikipedia.edit(D22, edited, FERRY)
    await fetching.fetch(D22, D22)
    assert fetching.events()[key] == ("2025-11-22", "King Harald V cuts a blue ribbon in the far north.")
    text = PageFolder(fetching.pages).file_of(fetching.written()[1].path).read_text("utf-8")
    assert text.split("### Changes:")[1].split("\n")[2:4] == [
        "1. [The bridge over the Tana is opened.](/news/2025/11/22/the-bridge-over-the-tana-is-opened.md)",
        "2. [King Harald V cuts a ribbon in the far north.](/news/2025/11/22/the-bridge-over-the-tana-is-opened.md)",
    ]


async def test_a_deleted_bullet_is_withdrawn_and_may_come_back(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    await fetching.fetch(D22, D22)
    key = fetching.key("The bridge over the Tana is opened.")
    fetching.wikipedia.edit(D22, FERRY)
    report = await fetching.fetch(D22, D22)
    assert (report.written, report.withdrawn) == (1, 1)
    assert key not in fetching.events()
    assert [page.withdrawn for page in fetching.written()] == [None, "2025-11-24"]
    assert (await fetching.fetch(D22, D22)).fetched == 0
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    report = await fetching.fetch(D22, D22)
    assert (report.written, report.changed) == (1, 1)
    assert fetching.events()[key] == ("2025-11-22", "The bridge over the Tana is opened.")


@pytest.mark.parametrize("away", [1, -1, 2])
@pytest.mark.parametrize("day", [D22, date(2025, 12, 31), date(2026, 1, 1)])
@pytest.mark.parametrize("steps", ["together", "first there", "first gone"])
async def test_a_bullet_that_moves_to_another_day_keeps_its_key(
    fetching: Fetching, day: date, away: int, steps: str
) -> None:
    fetching.today = date(2026, 1, 5)
    other = day + dt.timedelta(away)
    since, until = min(day, other), max(day, other)
    fetching.wikipedia.edit(day, FERRY, BRIDGE)
    fetching.wikipedia.edit(other, CHOIR)
    await fetching.fetch(since, until)
    key = fetching.key("The bridge over the Tana is opened.")
    if steps == "first there":
        # For a while, both days tell it: readers see it once.
        fetching.wikipedia.edit(other, CHOIR, BRIDGE)
        await fetching.fetch(since, until)
        assert len(fetching.events()) == 3
    if steps == "first gone":
        fetching.wikipedia.edit(day, FERRY)
        await fetching.fetch(since, until)
        assert len(fetching.events()) == 2
    fetching.wikipedia.edit(day, FERRY)
    if steps != "first there":
        fetching.wikipedia.edit(other, CHOIR, BRIDGE)
    report = await fetching.fetch(since, until)
    assert report.alarms == []
    assert fetching.events()[key] == (other.isoformat(), "The bridge over the Tana is opened.")
    assert len(fetching.events()) == 3
    assert len(fetching.written()) == 3
    report = await fetching.fetch(since, until)
    assert (report.written, report.fetched) == (0, 0)


async def test_an_event_is_not_withdrawn_while_the_day_it_may_have_moved_to_cannot_be_read(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    fetching.wikipedia.edit(D23, CHOIR)
    await fetching.fetch(D22, D23)
    fetching.wikipedia.edit(D22, FERRY)
    # The first to be asked is D22; all questions about D23 fail.
    fetching.wikipedia.edit(D23, CHOIR, BRIDGE, template="changed")
    report = await fetching.fetch(D22, D23)
    assert report.withdrawn == 0
    assert len(report.alarms) == 1
    assert len(fetching.events()) == 3
    fetching.wikipedia.edit(D23, CHOIR, BRIDGE)
    await fetching.fetch(D22, D23)
    assert sorted(date for date, _ in fetching.events().values()) == ["2025-11-22", "2025-11-23", "2025-11-23"]


async def test_a_day_that_gives_far_fewer_events_than_usual_raises_an_alarm_and_changes_nothing(
    fetching: Fetching,
) -> None:
    days = days_from(date(2025, 10, 20), 35)
    for day in days:
        bullets = [Bullet(f"Number {n} of {day} in [[Oslo]].", (f"https://a.example/{day}/{n}",)) for n in range(8)]
        fetching.wikipedia.edit(day, *bullets)
    await fetching.fetch(days[0], days[-2])
    before = fetching.events()
    fetching.wikipedia.edit(days[-1], CHOIR)
    fetching.wikipedia.edit(days[-2], CHOIR)
    fetching.wikipedia.edit(days[-3], FERRY, template="changed")
    report = await fetching.fetch(days[-4], days[-1])
    assert fetching.events() == before
    assert (report.written, len(report.alarms)) == (0, 3)
    assert report.alarms[2] == (
        "portal 2025-11-23: it gives 1 events where 8 are usual; its events were left as they were"
    )
    # It is asked for again each time, until it is well, or somebody says that it is.
    assert len((await fetching.fetch(days[-1], days[-1])).alarms) == 1
    report = await fetching.fetch(days[-1], days[-1], accept_few=True)
    assert (report.alarms, report.written) == ([], 1)


async def test_a_day_that_was_emptied_is_not_believed_though_nothing_is_known_of_other_days(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, CHOIR, BRIDGE)
    await fetching.fetch(D22, D22)
    before = fetching.events()
    fetching.wikipedia.edit(D22)
    report = await fetching.fetch(D22, D22)
    assert report.alarms == [
        "portal 2025-11-22: it gives 0 events where it gave 2 before; its events were left as they were"
    ]
    assert fetching.events() == before
    report = await fetching.fetch(D22, D22, accept_few=True)
    assert (report.withdrawn, report.alarms) == (2, [])


async def test_the_day_that_is_not_over_may_have_few_events(fetching: Fetching) -> None:
    for day in days_from(date(2025, 10, 20), 35):
        bullets = [Bullet(f"Number {n} of {day} in [[Oslo]].", (f"https://a.example/{day}/{n}",)) for n in range(8)]
        fetching.wikipedia.edit(day, *bullets)
    await fetching.fetch(date(2025, 10, 20), D23)
    fetching.wikipedia.edit(D24, CHOIR)
    report = await fetching.fetch(D24, D24)
    assert (report.alarms, report.written) == ([], 1)


@pytest.mark.parametrize("fault", [too_many, broken, truncated, slow])
async def test_a_fault_on_the_way_loses_nothing(fetching: Fetching, fault: object) -> None:
    fetching.wikipedia.edit(D22, FERRY)
    fetching.wikipedia.edit(D23, BRIDGE)
    fetching.wikipedia.faults = [fault, fault]
    report = await fetching.fetch(D22, D23)
    assert (report.written, report.alarms) == (2, [])


async def test_an_answer_of_another_kind_is_an_error_and_changes_nothing(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY)
    fetching.wikipedia.faults = [no_json]
    with pytest.raises(FetchError, match="answered something other than was asked for"):
        await fetching.fetch(D22, D22)
    assert fetching.written() == []


async def test_of_a_fetch_that_is_cut_off_the_days_that_were_read_count(fetching: Fetching) -> None:
    days = days_from(date(2025, 9, 1), 70)
    for day in days:
        fetching.wikipedia.edit(day, Bullet(f"Something happens in [[Oslo]] on {day}.", (f"https://a.example/{day}",)))

    answer_before = fetching.wikipedia.answer

    def answer(params: dict[str, str]) -> dict[str, object]:
        if len(fetching.wikipedia.parsed) >= 40:
            return {"error": {"code": "readonly"}}
        return answer_before(params)

    fetching.wikipedia.answer = answer  # type: ignore[method-assign]
    with pytest.raises(FetchError):
        await fetching.fetch(days[0], days[-1])
    # Those that were read with days that failed are not remembered.
    assert 25 <= len(fetching.events()) <= 40
    fetching.wikipedia.answer = answer_before  # type: ignore[method-assign]
    report = await fetching.fetch(days[0], days[-1])
    assert report.alarms == []
    assert len(fetching.events()) == 70


async def test_pages_that_are_gone_are_asked_for_again(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    await fetching.fetch(D22, D22)
    events = fetching.events()
    for file in fetching.pages.glob("news/*/*/*/the-bridge*.md"):
        file.unlink()
    report = await fetching.fetch(D22, D22)
    assert (report.fetched, report.written) == (1, 1)
    assert fetching.events() == events


async def test_without_its_state_everything_is_asked_for_and_nothing_written(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    await fetching.fetch(D22, D22)
    (fetching.pages / FILE_NAME).unlink()
    report = await fetching.fetch(D22, D22)
    assert (report.fetched, report.written, report.unchanged) == (1, 0, 2)


async def test_the_archive_can_be_made_again_from_the_pages(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    await fetching.fetch(D22, D22)
    fetching.wikipedia.edit(D22, FERRY)
    fetching.wikipedia.edit(D23, CHOIR)
    await fetching.fetch(D22, D23)
    events = fetching.events()
    for file in fetching.data.glob("archive.sqlite3*"):
        file.unlink()
    fetching.import_files([fetching.pages])
    assert fetching.events() == events


async def test_no_later_wording_brings_a_forgotten_event_back(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    await fetching.fetch(D22, D22)
    (page,) = [page for page in fetching.written() if "bridge" in page.headline]
    PageFolder(fetching.pages).file_of(page.path).unlink()
    key = fetching.key(FERRY_HEADLINE)
    marks = marks_of(page).as_list()
    fetching.forgotten = Forgotten.of([key_of(page.path)], [(page.source or "", marks)])
    later = [
        Bullet("King [[Harald V]] cuts a ribbon.", BRIDGE.sources),
        Bullet("The long bridge over the [[Tana (Norway)|Tana]] is opened.", ("https://other.example/2",)),
    ]
    for wording in later:
        fetching.wikipedia.edit(D22, wording, FERRY)
        report = await fetching.fetch(D22, D22)
        assert report.written == 0
        assert [page.headline for page in fetching.written()] == [FERRY_HEADLINE]
    # Where it moved, too; and another event stays.
    fetching.wikipedia.edit(D22, FERRY)
    fetching.wikipedia.edit(D23, later[1], CHOIR)
    await fetching.fetch(D22, D23)
    assert len(fetching.written()) == 2
    assert key in fetching.events()


async def test_two_events_with_one_name_have_two_files(fetching: Fetching) -> None:
    same = [
        Bullet("Election day in [[Norway]].", ("https://a.example/1",)),
        Bullet("Election day in Norway!", ("https://a.example/2",)),
    ]
    fetching.wikipedia.edit(D22, *same)
    await fetching.fetch(D22, D22)
    assert [page.path.rpartition("/")[2] for page in fetching.written()] == [
        "election-day-in-norway-2",
        "election-day-in-norway",
    ]


async def test_a_bullet_that_stands_twice_on_a_day_is_one_event(fetching: Fetching) -> None:
    again = Bullet(FERRY.text, FERRY.sources, "Sport", ("A regatta",))
    fetching.wikipedia.edit(D22, FERRY, BRIDGE, again)
    await fetching.fetch(D22, D22)
    assert len(fetching.written()) == 2
    fetching.wikipedia.edit(D22, again, BRIDGE)
    report = await fetching.fetch(D22, D22)
    assert (report.changed, report.withdrawn, len(fetching.events())) == (1, 0, 2)


@pytest.mark.parametrize("gone", [D22, D23])
async def test_two_days_that_tell_an_event_in_nearly_the_same_words_show_it_once(
    fetching: Fetching, gone: date
) -> None:
    story = Bullet("The long bridge over the [[Tana (Norway)|Tana]] is opened for cars, trucks and bicycles.")
    later = Bullet(story.text.replace("cars,", "cars, all"))
    fetching.wikipedia.edit(D22, FERRY, story)
    fetching.wikipedia.edit(D23, CHOIR)
    await fetching.fetch(D22, D23)
    keys = fetching.events().keys()
    for choir in (CHOIR, Bullet("A choir of 501 children sings in [[Oslo]].", CHOIR.sources)):
        fetching.wikipedia.edit(D23, choir, later)
        await fetching.fetch(D22, D23)
        assert fetching.events().keys() == keys
    # Whichever of them tells it no more, the other one does.
    fetching.wikipedia.edit(gone, *([FERRY] if gone == D22 else [CHOIR]))
    report = await fetching.fetch(D22, D23)
    assert report.withdrawn == 0
    assert fetching.events().keys() == keys


async def test_another_event_in_the_same_words_but_for_a_number_is_another_event(fetching: Fetching) -> None:
    def toll(number: int) -> Bullet:
        text = f"At least {number} people are killed in strikes on the city of [[Norwich]] and its surroundings."
        return Bullet(text, (f"https://live.example/{number}",), headings=("A war in [[Norfolk]]",))

    for day, number in ((D22, 61), (D23, 53), (D24, 70)):
        fetching.wikipedia.edit(day, toll(number))
        await fetching.fetch(D22, day)
    assert sorted(fetching.events().values()) == [
        (f"{day}", toll(number).text.replace("[[", "").replace("]]", ""))
        for day, number in ((D22, 61), (D23, 53), (D24, 70))
    ]


async def test_what_moved_from_a_day_that_is_not_looked_at_any_more_is_found(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    fetching.wikipedia.edit(D23, CHOIR)
    await fetching.fetch(D22, D23)
    key = fetching.key("The bridge over the Tana is opened.")
    fetching.wikipedia.edit(D22, FERRY)
    fetching.wikipedia.edit(D23, CHOIR, BRIDGE)
    await fetching.fetch(D23, D23)
    assert fetching.events()[key][0] == "2025-11-23"
    assert len(fetching.events()) == 3


async def test_what_has_not_changed_is_not_read_to_look_for_an_event_that_is_gone(fetching: Fetching) -> None:
    days = days_from(date(2025, 11, 18), 7)
    for day in days:
        fetching.wikipedia.edit(
            day, *(Bullet(f"{n} of {day} in [[Oslo]].", (f"https://a.example/{day}/{n}",)) for n in "abc")
        )
    await fetching.fetch(days[0], days[-1])
    fetching.wikipedia.edit(D22, Bullet("Only this is left."))
    fetching.wikipedia.edit(date(2025, 11, 19), CHOIR)
    fetching.wikipedia.parsed.clear()
    report = await fetching.fetch(D22, D24)
    # The day that has changed, though it was not named: the event may be there.
    assert fetching.wikipedia.parsed == [D22, date(2025, 11, 19)]
    assert report.fetched == 2


async def test_titles_may_be_answered_with_underscores_and_texts_without_revision(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY)
    answer_before = fetching.wikipedia.answer

    def answer(params: dict[str, str]) -> dict[str, dict[str, object]]:
        answer = answer_before(params)
        for page in answer.get("query", {}).get("pages", ()):
            page["title"] = page["title"].replace(" ", "_")
        answer.get("parse", {}).pop("revid", None)
        return answer

    fetching.wikipedia.answer = answer  # type: ignore[method-assign]
    report = await fetching.fetch(D22, D22)
    assert (report.fetched, report.written) == (1, 1)
    assert (fetching.written()[0].credit or "").endswith(f"oldid={fetching.wikipedia.revisions[D22]}")
    assert (await fetching.fetch(D22, D22)).fetched == 0


async def test_a_page_that_somebody_broke_is_written_again_or_named(fetching: Fetching) -> None:
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    await fetching.fetch(D22, D22)
    events = fetching.events()
    file = PageFolder(fetching.pages).file_of(
        next(page.path for page in fetching.written() if "bridge" in page.headline)
    )
    file.write_text("no page at all")
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    assert (await fetching.fetch(D22, D22)).alarms == []
    assert fetching.events() == events
    stray = file.with_name("stray.md")
    stray.write_text("no page at all")
    fetching.wikipedia.edit(D22, FERRY, BRIDGE)
    (alarm,) = (await fetching.fetch(D22, D22)).alarms
    assert alarm.startswith(f"{stray} is not a page (")
    assert alarm.endswith("): correct it or delete it")


async def test_a_forgotten_event_stays_away_in_parts_on_other_days_and_as_a_copied_file(fetching: Fetching) -> None:
    long = Bullet("The long bridge over the [[Tana (Norway)|Tana]] is opened, and a choir sings.", BRIDGE.sources)
    fetching.wikipedia.edit(D22, FERRY, long)
    await fetching.fetch(D22, D22)
    (page,) = [page for page in fetching.written() if "bridge" in page.headline]
    fetching.forgotten = Forgotten.of([key_of(page.path)], [(page.source or "", marks_of(page).as_list())])
    fetching.forgotten_events = ForgottenEvents.of([(key_of(page.path), "")])
    # Its file was not deleted: a copy of the pages has brought it back.
    parts = [Bullet("The long bridge over the [[Tana (Norway)|Tana]] is opened.", long.sources), long]
    fetching.wikipedia.edit(D22, FERRY, *parts)
    fetching.wikipedia.edit(D23, CHOIR, long)
    report = await fetching.fetch(D22, D23)
    assert report.written == 1
    assert sorted(page.headline for page in fetching.written()) == [
        "A choir of 500 children sings in Oslo.",
        FERRY_HEADLINE,
    ]
    assert len(fetching.events()) == 2


def test_the_name_of_a_file_is_short_and_plain() -> None:
    assert slug_of("Łódź: 20% of “the” île — gone!") == "lodz-20-of-the-ile-gone"
    assert slug_of("日本") == "event"
    assert slug_of("Index") == "index-event"
    assert len(slug_of("word " * 50)) <= 80
    assert len(slug_of("w" * 200)) == 80


async def test_whoever_writes_too_much_is_not_believed(fetching: Fetching) -> None:
    flood = [Bullet(f"Flood {number} of [[Oslo]].", (f"https://a.example/{number}",)) for number in range(400)]
    fetching.wikipedia.edit(D22, *flood)
    report = await fetching.fetch(D22, D22, accept_few=True)
    assert report.written == 0
    assert "it gives 400 events, and no day has so many" in report.alarms[0]
    sources = tuple(f"https://a.example/{number}/{'x' * 900}" for number in range(200))
    links = " ".join(f"[[Place {number}]]" for number in range(3000))
    fetching.wikipedia.edit(D22, Bullet(f"A long story of {links}.", sources))
    report = await fetching.fetch(D22, D22)
    (page,) = fetching.written()
    assert (report.written, len(page.sources), len(page.topics)) == (1, 50, 100)
    assert len(page.headline) <= 4000
    assert len(fetching.events()) == 1


def test_a_topic_is_called_as_people_call_it() -> None:
    for title, topic in (
        ("Russo-Ukrainian war (2022–present)", "Russo-Ukrainian war"),
        ("M23 campaign (2022-2025)", "M23 campaign"),
        ("Kyiv strikes (since 2022)", "Kyiv strikes"),
        ("Iraq War (2003–11)", "Iraq War"),
        ("Dune (2021 film)", "Dune (2021 film)"),
        ("No Kings protests (October 2025)", "No Kings protests (October 2025)"),
        ("(2022–present)", "(2022–present)"),
    ):
        assert topic_of_title(title) == topic
