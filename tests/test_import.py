"""Imports: what pages become in an archive, what a second import changes, what the report says."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot.archive import page_store
from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import forget, import_pages
from bot.domain.event import Event, TopicSort
from bot.domain.page import key_of
from bot.formats.context import CONTEXT, ContextFormat
from tests.helpers.archives import Import, dump
from tests.helpers.samples import REAL_PAGES, SEED, SEED_KEY, page, path_of, write


async def event_at(archive: Archive, path: str) -> Event:
    event = await archive.event(key_of(path))
    assert event is not None
    return event


def test_the_seed_gives_one_page_and_ten_stubs(load: Import) -> None:
    report = load(SEED)
    assert (report.pages, report.events, report.stubs, report.new) == (1, 11, 10, 1)
    assert (report.changed, report.unchanged, report.duplicates, report.skipped) == (0, 0, 0, [])


def test_importing_again_changes_nothing(load: Import, file: Path) -> None:
    load(SEED)
    before = dump(file)
    report = load(SEED)
    assert (report.pages, report.new, report.changed, report.unchanged) == (1, 0, 0, 1)
    assert dump(file) == before


async def test_a_changed_page_takes_the_place_of_the_old_one(tmp_path: Path, load: Import, archive: Archive) -> None:
    day, headline = "2001-01-01", "A ship sails"
    load(write(tmp_path, day, headline, topic="Ships", related=[("2000-01-01", "The ship is built", "Ships")]))
    report = load(
        write(tmp_path, day, headline, summary="At last.", topic="Boats", related=[("1999-01-01", "A plan", "Boats")])
    )
    assert (report.new, report.changed) == (0, 1)
    event = await event_at(archive, path_of(day, headline))
    assert (event.summary, event.topics) == ("At last.", ("Boats",))
    assert await archive.event(key_of(path_of("2000-01-01", "The ship is built"))) is None
    assert (await archive.topic("Ships")).topic is None
    assert (await archive.search("built")).total == 0


async def test_a_page_that_arrives_later_completes_its_stub(tmp_path: Path, load: Import, archive: Archive) -> None:
    load(write(tmp_path, "2001-01-01", "A ship sails", related=[("2000-01-01", "The ship is built", "Ships")]))
    key = key_of(path_of("2000-01-01", "The ship is built"))
    stub = await archive.event(key)
    assert stub is not None
    assert stub.stub
    load(write(tmp_path, "2000-01-01", "The ship is built", summary="In a year.", topic="Yards"))
    full = await archive.event(key)
    assert full is not None
    assert (full.stub, full.summary, full.topics) == (False, "In a year.", ("Yards", "Ships"))
    assert [other.headline for other in full.related] == ["A ship sails"]


async def test_a_better_format_reaches_pages_that_have_not_changed(
    tmp_path: Path, load: Import, archive: Archive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(write(tmp_path, "2001-01-01", "A ship sails", related=[("2000-01-01", "The ship is built", "Ships")]))
    with closing(sqlite3.connect(file)) as db, db:
        # As an older version of the format would have read it.
        db.execute("UPDATE page SET headline = 'A {{ship}} sails'")
        db.execute("UPDATE wording SET headline = 'The {{ship}} is built, and more words than that'")
    monkeypatch.setattr(ContextFormat, "version", CONTEXT.version + 1)
    assert load(tmp_path).changed == 1
    assert {event.headline for event in (await archive.search("ship")).events} == {"A ship sails", "The ship is built"}


@pytest.mark.process
def test_the_order_of_pages_does_not_matter(tmp_path: Path) -> None:
    files = [
        write(tmp_path, "2001-01-01", "A ship sails", related=[("2000-01-01", "The ship is built", "Ships, Yards")]),
        write(tmp_path, "2000-01-01", "The ship is built", topic="ships", summary="Big."),
        write(tmp_path, "2002-01-01", "A ship sinks", topic="Ships", related=[("2001-01-01", "A ship sails", "Ships")]),
        write(tmp_path, "2001-01-01", "Sea trials: A  ship sails", sources=[("A", "http://a.example/1")]),
    ]
    dumps = []
    for index, permutation in enumerate((files, files[::-1], files[2:] + files[:2])):
        file = tmp_path / f"{index}.sqlite3"
        for path in permutation:
            import_pages(file, [path], forgotten=ForgottenEvents())
        dumps.append(dump(file))
    import_pages(tmp_path / "whole.sqlite3", [tmp_path / "news"], forgotten=ForgottenEvents())
    assert dumps[0] == dumps[1] == dumps[2] == dump(tmp_path / "whole.sqlite3")


@pytest.mark.process
def test_how_many_ids_an_import_remembers_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(250):
        related = [(f"2000-01-{day:02}", f"Old story {day}", "Tales") for day in range(1 + number % 9, 12)]
        write(tmp_path / "pages", f"2001-01-{number % 28 + 1:02}", f"Story {number}", related=related)
    dumps = []
    for most in (0, 5, 1 << 15):
        monkeypatch.setattr(page_store, "_MOST_IDS", most)
        import_pages(tmp_path / f"{most}.sqlite3", [tmp_path / "pages"], forgotten=ForgottenEvents())
        dumps.append(dump(tmp_path / f"{most}.sqlite3"))
    assert dumps[0] == dumps[1] == dumps[2]


def test_each_skipped_page_is_reported_with_its_reason(tmp_path: Path, load: Import) -> None:
    news = tmp_path / "news/2001/01/1"
    news.mkdir(parents=True)
    (news / "no-date.md").write_text("# A headline\n")
    (news / "bad-date.md").write_text("### [2001-02-30](x)\n\n# A headline\n")
    (news / "no-headline.md").write_text("### [2001-01-01](x)\n\nText.\n")
    (news / "picture.md").write_bytes(b"\x89PNG\r\n\xff\xfe")
    (news / "large.md").write_text("### [2001-01-01](x)\n\n# Large\n\n" + "x" * (1024 * 1024))
    (news / "fine.md").write_text(page("2001-01-01", "Fine"))
    (news / "index.md").write_text("## [2001-01-1](x)\n")
    (news / "notes.html").write_text("<p>not a page</p>")
    report = load(tmp_path)
    reasons = {Path(skipped.path).name: skipped.reason for skipped in report.skipped}
    assert report.pages == 1
    assert reasons.pop("no-date.md").startswith("no date line")
    assert reasons.pop("bad-date.md") == "impossible date 2001-02-30"
    assert reasons.pop("no-headline.md").startswith("no headline")
    assert reasons.pop("picture.md").startswith("not text")
    assert reasons.pop("large.md").startswith("larger than 1 MiB")
    assert reasons == {}


async def test_events_of_early_years_are_found_by_their_dates(tmp_path: Path, load: Import, archive: Archive) -> None:
    ides = write(tmp_path, "0044-03-15", "A dictator is stabbed", topic="Rome")
    assert ides.parent == tmp_path / "news/0044/03/15"
    related = [("0044-03-15", "A dictator is stabbed", "Rome")]
    load(
        ides,
        write(tmp_path, "0476-09-04", "An emperor is deposed", related=related),
        write(tmp_path, "2001-03-15", "A"),
    )
    event = await event_at(archive, "news/0044/03/15/a-dictator-is-stabbed")
    assert (event.date, event.date.isoformat()) == (date(44, 3, 15), "0044-03-15")
    assert [other.date for other in event.related] == [date(476, 9, 4)]
    assert [event.date.year for event in (await archive.on_this_day(315, year=44)).events] == [44]
    rome = await archive.topic("Rome", sort=TopicSort.OLDEST)
    assert [event.date.year for event in rome.events] == [44, 476]
    assert (await archive.topic("Rome", until=date(100, 1, 1))).total == 1
    years = await archive.topic_years("Rome")
    assert years is not None
    assert years.counts == ((44, 1), (476, 1))
    assert await archive.nearest_days(315, year=44, later=True, limit=1) == [(904, 476, 1)]
    assert (await archive.stats()).first_date == date(44, 3, 15)


def test_events_before_christ_are_counted_and_left_out(tmp_path: Path, load: Import) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, line in (("caesar", "-0044-03-15"), ("brutus", "44 BC"), ("fine", "0044-03-15")):
        (folder / f"{name}.md").write_text(f"### [{line}](x)\n\n# A dictator is stabbed\n")
    report = load(folder)
    reason = "its year is before the year 1 (B.C.), which Daybook does not hold"
    assert [(Path(skipped.path).stem, skipped.reason) for skipped in report.skipped] == [
        ("brutus", reason),
        ("caesar", reason),
    ]
    assert (report.pages, report.events) == (1, 1)


async def test_a_lone_file_takes_its_date_line_and_file_name(tmp_path: Path, load: Import, archive: Archive) -> None:
    file = tmp_path / "a-ship-sails.md"
    file.write_text(page("2001-03-04", "A ship sails"))
    load(file)
    event = await archive.event(key_of("news/2001/03/4/a-ship-sails"))
    assert event is not None
    assert event.path == "news/2001/03/4/a-ship-sails"


async def test_a_page_has_one_key_wherever_its_folder_stands(tmp_path: Path, load: Import, archive: Archive) -> None:
    load(write(tmp_path / "one", "2001-03-04", "A ship sails"))
    report = load(write(tmp_path / "two" / "zh", "2001-03-04", "A ship sails"))
    assert (report.unchanged, report.events) == (1, 1)
    assert (await event_at(archive, "news/2001/03/4/a-ship-sails")).headline == "A ship sails"


async def test_a_days_index_names_topics_of_its_events_and_is_none(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    day = "2001-03-04"
    file = write(tmp_path, day, "A ship sails", topic="Ships")
    link = f"/{path_of(day, 'A ship sails')}.md"
    other = f"/{path_of(day, 'Nobody wrote this page')}.md"
    index = file.parent / "index.md"
    index.write_text(
        f"## [2001-03-4](/x)\n\n##### Sea\n### [A ship sails ]({link})\nText.\n_Context: Atlantic, Harbours_\n\n"
        f"### [Nobody wrote this page ]({other})\nText.\n"
    )
    report = load(tmp_path)
    assert (report.pages, report.events, report.skipped) == (1, 1, [])
    event = await event_at(archive, path_of(day, "A ship sails"))
    assert set(event.topics) == {"Ships", "Sea", "Atlantic", "Harbours"}
    index.write_text(f"## [2001-03-4](/x)\n\n##### Ocean\n### [A ship sails ]({link})\n")
    load(tmp_path)
    assert set((await event_at(archive, path_of(day, "A ship sails"))).topics) == {"Ships", "Ocean"}


async def test_one_happening_under_two_paths_is_shown_once_and_nothing_is_lost(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    day, headline = "2001-03-04", "A ship with 40 people on board sails from the harbour"
    related = [("2000-01-01", "The ship is built", "Yards")]
    load(
        write(tmp_path, day, headline, sources=[("A", "http://a.example/1")], related=related),
        write(
            tmp_path, day, f"Great Voyages: {headline}", sources=[("A", "http://a.example/1"), ("B", "http://b.example/2")],
            topic="Voyages", summary="It was a fine day.", related=[("1999-01-01", "A plan is made", "Plans")],
        ),
        write(
            tmp_path, day, headline.replace("ship ", "ship  "), at="news/2001/03/4/a-ship-with-40-peop", topic="Ships",
        ),
    )  # fmt: skip
    listing = await archive.on_this_day(304)
    assert listing.total == 1
    (event,) = listing.events
    assert {source.url for source in event.sources} == {"http://a.example/1", "http://b.example/2"}
    assert set(event.topics) == {"Yards", "Voyages", "Plans", "Ships"}
    assert {other.headline for other in event.related} == {"The ship is built", "A plan is made"}
    assert event.summary == "It was a fine day."
    paths = (path_of(day, headline), path_of(day, f"Great Voyages: {headline}"), "news/2001/03/4/a-ship-with-40-peop")
    assert {(await event_at(archive, path)).key for path in paths} == {event.key}


async def test_paths_that_a_page_says_were_its_own_lead_to_it(tmp_path: Path, load: Import, archive: Archive) -> None:
    day = "2001-03-04"
    load(
        write(tmp_path, day, "Quite another wording of this"),
        write(
            tmp_path,
            day,
            "A ship sails",
            changes=["news/2001/03/4/quite-another-wording-of-this", "news/2001/03/4/oldest"],
        ),
    )
    assert (await archive.on_this_day(304)).total == 1
    assert (await event_at(archive, "news/2001/03/4/oldest")).headline == "A ship sails"
    assert (await event_at(archive, "news/2001/03/4/quite-another-wording-of-this")).headline == "A ship sails"


async def test_what_was_forgotten_does_not_come_back(
    tmp_path: Path, load: Import, archive: Archive, file: Path
) -> None:
    day, headline = "2001-03-04", "A ship with 40 people on board sails"
    load(
        write(tmp_path, day, headline, topic="Ships"),
        write(tmp_path, "2002-01-01", "The captain writes a book", related=[(day, headline, "Ships")]),
    )
    rows = await archive.keys_of(key_of(path_of(day, headline)))
    forget(file, [key for key, _ in rows])
    assert await archive.event(key_of(path_of(day, headline))) is None
    assert (await archive.search("sails")).total == 0
    assert (await event_at(archive, path_of("2002-01-01", "The captain writes a book"))).related == ()
    write(tmp_path, day, headline, at="news/2001/03/4/the-same-under-another-name")
    book = tmp_path / "news/2002/01/1/the-captain-writes-a-book.md"
    book.write_text(book.read_text("utf-8") + "\n", "utf-8")
    report = load(tmp_path, forgotten=ForgottenEvents.of(rows))
    assert {skipped.reason for skipped in report.skipped} == {"taken out for good with “daybook forget”"}
    assert len(report.skipped) == 2
    assert (await archive.stats()).events == 1
    dump(file)


async def test_an_import_takes_out_what_a_forget_that_was_cut_short_has_left(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    page_file = write(tmp_path, "2001-03-04", "A ship sails")
    load(page_file, SEED)
    # The ledger knows of it already, the archive does not yet.
    rows = await archive.keys_of(key_of(path_of("2001-03-04", "A ship sails")))
    assert load(SEED, forgotten=ForgottenEvents.of(rows)).events == 11
    assert (await archive.on_this_day(304)).total == 0


async def test_a_page_that_says_it_was_a_forgotten_one_stays_out(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    load(write(tmp_path, "2001-03-04", "Bad words about somebody"), SEED)
    bad = path_of("2001-03-04", "Bad words about somebody")
    rows = await archive.keys_of(key_of(bad))
    again = write(tmp_path / "new", "2001-03-04", "Quite other words", changes=[bad])
    report = load(again, forgotten=ForgottenEvents.of(rows))
    assert [skipped.reason for skipped in report.skipped] == ["taken out for good with “daybook forget”"]
    assert await archive.event(key_of(bad)) is None


async def test_a_corrected_headline_takes_the_place_of_the_wrong_one(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    stub = "news/1999/05/6/stub"

    def mention_stub(day: str, headline: str) -> Path:
        file = write(tmp_path, day, f"Told on {day}")
        link = f"1. [{headline} ](/{stub}.md) _Context: Things_"
        file.write_text(file.read_text("utf-8") + "### Related:\n\n" + link + "\n", "utf-8")
        return file

    load(
        mention_stub("2001-01-01", "A long and wrong headline of this event"),
        mention_stub("2002-02-02", "The right headline"),
    )
    assert (await event_at(archive, stub)).headline == "A long and wrong headline of this event"
    load(mention_stub("2001-01-01", "The right headline"))
    assert (await event_at(archive, stub)).headline == "The right headline"
    assert (await archive.search("wrong")).total == 0


@pytest.mark.process
async def test_a_page_whose_date_line_differs_from_its_path_is_rebuilt_when_it_is_mentioned(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    load(write(tmp_path, "2001-03-25", "A ship sails", at="news/2001/03/24/a-ship-sails"))
    mention = "1. [A ship sails ](/news/2001/03/24/a-ship-sails.md) _Context: Ships_"
    file = write(tmp_path, "2002-01-01", "The captain writes a book")
    file.write_text(file.read_text("utf-8") + "### Related:\n\n" + mention + "\n", "utf-8")
    load(file)
    event = await event_at(archive, "news/2001/03/24/a-ship-sails")
    assert (event.date.isoformat(), event.topics) == ("2001-03-25", ("Ships",))


async def test_a_path_that_names_no_day_of_the_calendar_counts_by_its_date_line(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    impossible = "news/2001/02/30/a-ship-sails"
    load(write(tmp_path, "2001-03-01", "A ship sails", at=impossible))
    assert (await event_at(archive, "news/2001/03/1/a-ship-sails")).headline == "A ship sails"
    report = load(write(tmp_path, "2001-03-01", "A ship sails", at=impossible, summary="At last."))
    assert (report.changed, report.events) == (1, 1)


async def test_an_event_listed_under_several_topics_has_them_all(
    tmp_path: Path, load: Import, archive: Archive
) -> None:
    file = write(tmp_path, "2001-03-04", "A ship sails")
    link = f"### [A ship sails ](/{path_of('2001-03-04', 'A ship sails')}.md)"
    (file.parent / "index.md").write_text(f"## [2001-03-4](/x)\n\n##### Sea\n{link}\n\n##### Trade\n{link}\n")
    load(tmp_path)
    assert set((await event_at(archive, path_of("2001-03-04", "A ship sails"))).topics) == {"Sea", "Trade"}


def test_a_headline_full_of_acronyms_is_imported_in_bounded_work(tmp_path: Path, load: Import) -> None:
    assert load(write(tmp_path, "2001-03-04", "Wording (AB) " * 70_000)).pages == 1


def test_of_two_pages_with_one_path_the_first_is_stored_and_the_second_reported(tmp_path: Path, load: Import) -> None:
    first = write(tmp_path / "a", "2001-03-04", "A ship sails")
    second = write(tmp_path / "b", "2001-03-04", "A ship sails", summary="Otherwise.")
    report = load(first, second)
    assert report.pages == 1
    assert [(skipped.path, "another page" in skipped.reason) for skipped in report.skipped] == [(str(second), True)]


@pytest.mark.process
@pytest.mark.skipif(not REAL_PAGES.exists(), reason="the real pages are not here")
def test_the_real_pages_are_imported_or_reported(file: Path, load: Import) -> None:
    report = load(REAL_PAGES)
    files = [path for path in REAL_PAGES.rglob("*.md") if path.name.lower() not in ("index.md", "readme.md")]
    assert report.pages == len(files) + 3472 + 7778 + 1, "English, four Chinese years, the portal, the lone seed page"
    assert report.skipped == []
    assert report.duplicates >= 2
    dump(file)
    again = load(REAL_PAGES)
    assert (again.unchanged, again.events) == (report.pages, report.events)


@pytest.mark.skipif(not REAL_PAGES.exists(), reason="the real pages are not here")
async def test_the_seed_page_finds_its_neighbours_among_the_real_pages(load: Import, archive: Archive) -> None:
    load(SEED, REAL_PAGES / "en")
    event = await archive.event(SEED_KEY)
    assert event is not None
    wrench = next(other for other in event.related if "emailed hardware" in other.headline)
    full = await archive.event(wrench.key)
    assert full is not None
    assert not full.stub
    assert len(full.sources) == 2
