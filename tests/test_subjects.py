"""Subjects that channels follow: what is news to them, what they are found by, their windows, how they are typed."""

import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.resolve import read_subject
from bot.archive.topic_merge import merge_topics
from bot.cards.buttons import OpenList
from bot.cards.lists import WindowList
from bot.database import transaction
from bot.domain.errors import SubjectError
from bot.domain.event import Cursor, Listing
from bot.domain.page import is_key, key_of, spelling_key_of, topic_key_of
from bot.domain.subject import MOST_PARTS, SeenEvent, Subject, SubjectTopic, parts_of
from bot.ledger.ledger import Ledger
from bot.ledger.subjects import MATCH
from bot.locale.language import CATALOGUES
from bot.screens.autocomplete import what_choices
from tests.helpers.archives import Import
from tests.helpers.ledgers import open_ledger
from tests.helpers.samples import path_of, write
from tests.helpers.servers import card_text as text_of

pytestmark = pytest.mark.simcord(shard_count=1)

DAY = "2024-03-05"
EVER = datetime(2000, 1, 1, tzinfo=UTC)
SINCE, UNTIL = date(2024, 3, 1), date(2024, 3, 31)
NEWS: Sequence[tuple[str, dict[str, Any]]] = (
    ("A probe lands on the far side", {"topic": "NASA"}),
    ("Two earthquakes shake the coast of Exampleland", {"topic": "Earthquakes"}),
    ("The U.S. launches a rocket", {"summary": "It was the rocket's second flight.", "topic": "Spaceflight"}),
    ("Rockets hit a harbour", {"topic": "Wars"}),
    ("The Who play in 2024", {"topic": "Concerts"}),
    ("北海道近海發生強烈地震", {"topic": "地震", "block": "language: zh"}),
    ("Ein Erdbeben erschüttert die Küste", {"topic": "Erdbeben", "block": "language: de"}),
)


def at(clock: str, day: str = DAY) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00+00:00")


def seen(clock: str = "10:00", day: str = DAY) -> str:
    return f"seen: {day}T{clock}:00Z"


def topic(name: str) -> SubjectTopic:
    return SubjectTopic(topic_key_of(name), name)


def about(*topics: str, searches: Sequence[str] = ()) -> Subject:
    return Subject(tuple(map(topic, topics)), tuple(searches))


def write_news(folder: Path, headline: str, *, clock: str = "10:00", block: str = "", **parts: Any) -> Path:
    """Write the page of an event of the day that was seen on that day."""
    return write(folder, DAY, headline, block="\n".join(filter(None, (seen(clock), block))), **parts)


@pytest.fixture
async def news(load: Import, archive: Archive, tmp_path: Path) -> Archive:
    load(*(write_news(tmp_path, headline, **parts) for headline, parts in NEWS))
    return archive


async def headlines_of_news(archive: Archive, subject: Subject, **options: Any) -> list[str]:
    options = {"seen_after": EVER, "seen_before": at("23:59"), **options}
    return [candidate.headline for candidate in await archive.subject_news(subject, **options)]


async def headlines_of_window(archive: Archive, subject: Subject, **options: Any) -> list[str]:
    listing = await archive.window(subject, since=SINCE, until=UNTIL, **options)
    return [event.headline for event in listing.events]


async def keys_by_index(archive: Archive, ledger: Ledger, subject: Subject) -> set[str]:
    """Return the events about a subject by the ledger's index alone."""
    await ledger.subjects.put(subject, await archive.subject_terms(subject))
    events = await archive.seen_events(after=EVER, most=1000)
    return {event.key for event in events if subject.key in await ledger.subjects.match(event.terms)}


def test_the_same_parts_in_any_order_have_one_key() -> None:
    subject = about("NASA", "Moon", searches=("rocket launch", "Ariane"))
    assert is_key(subject.key)
    for same in (
        about("Moon", "NASA", searches=("Ariane", "rocket launch")),
        about("Moon", "NASA", "Moon", searches=("ARIANE", "Rocket  launch")),
        Subject.from_json(subject.to_json()),
    ):
        assert same.key == subject.key
    others = [
        about("NASA", searches=("rocket launch", "Ariane")), about("NASA", "Moon", searches=("rocket launch Ariane",)),
        about("NASA", "Moon", "Ariane", searches=("rocket launch",)), about("NASA", "Moon"), about(),
    ]  # fmt: skip
    assert len({subject.key, *(other.key for other in others)}) == len(others) + 1


@given(
    topics=st.lists(st.builds(SubjectTopic, st.text(min_size=1).map(key_of), st.text())),
    searches=st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
)
def test_a_subject_is_stored_as_it_is(topics: list[SubjectTopic], searches: list[str]) -> None:
    subject = Subject(tuple(topics), tuple(searches))
    assert Subject.from_json(subject.to_json()) == subject


def test_people_read_all_parts_of_a_subject() -> None:
    assert about("Atari, Inc.", searches=("rocket launch",)).name == "Atari, Inc.; rocket launch"


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        (about("NASA"), {0}),
        (about("NASA", "Earthquakes"), {0, 1}),
        (about("Nothing"), ()),
        (about("NASA", searches=("rocket",)), {0, 2, 3}),
        # Any form of a word, other names of countries; small words do not count.
        (about(searches=("quakes",)), {1}),
        (about(searches=("launch of an american rocket",)), {2}),
        (about(searches=("rocket flights",)), {2}),
        (about(searches=("rocket earthquake",)), ()),
        (about(searches=("the who",)), {4}),
        # A year is a word.
        (about(searches=("play 2024",)), {4}),
        (about(searches=("play 2023",)), ()),
        (about(searches=("rocket -harbour",)), {2}),
        (about(searches=('"the rocket\'s second"',)), {2}),
        (about(searches=('"rocket a launches"',)), ()),
        (about(searches=('"hit a harbour" rocket',)), {3}),
        # Other languages have forms of their own; Chinese is found in either script and anywhere.
        (about(searches=("Erdbeben Küsten",)), {6}),
        (about(searches=("地震",)), {5}),
        (about(searches=("北海道地震",)), {5}),
        (about(searches=("发生强烈地震",)), {5}),
        (about(searches=("北海道火灾",)), ()),
        (about(searches=("", "-rocket", '"')), ()),
    ],
)
async def test_news_is_what_has_a_topic_or_all_words_of_a_search(
    news: Archive, ledger: Ledger, subject: Subject, numbers: Collection[int]
) -> None:
    expected = {NEWS[number][0] for number in numbers}
    assert set(await headlines_of_news(news, subject)) == expected
    assert set(await headlines_of_window(news, subject)) == expected
    if not any(mark in search for search in subject.searches for mark in '"-'):
        found = await keys_by_index(news, ledger, subject)
        assert {event.headline for key in found if (event := await news.event(key))} == expected


async def test_a_topic_is_known_by_the_keys_that_its_spellings_had(news: Archive, ledger: Ledger) -> None:
    for key in (topic_key_of("earthquake"), spelling_key_of("earthquakes")):
        subject = Subject((SubjectTopic(key, "Earthquakes"),))
        assert await headlines_of_news(news, subject) == [NEWS[1][0]]
        assert await headlines_of_window(news, subject) == [NEWS[1][0]]
        assert await keys_by_index(news, ledger, subject) == {key_of(path_of(DAY, NEWS[1][0]))}


async def test_topics_that_are_merged_later_keep_their_followers(
    load: Import, archive: Archive, ledger: Ledger, file: Path, tmp_path: Path
) -> None:
    load(write_news(tmp_path, "A volcano erupts", topic="Volcanoes"))
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        # As an older version had it, to which each spelling was a topic of its own.
        old_key = spelling_key_of("volcanoes")
        with transaction(db):
            db.execute("DELETE FROM topic_key")
            db.execute("UPDATE topic SET key = ?, folded = 'volcanoes'", (old_key,))
            db.execute("UPDATE total SET topic_forms = 0")
        subject = Subject((SubjectTopic(old_key, "Volcanoes"),))
        found = await keys_by_index(archive, ledger, subject)
        assert len(found) == 1
        merge_topics(db)
        assert db.execute("SELECT key FROM topic").fetchall() == [(topic_key_of("volcano"),)]
    assert await keys_by_index(archive, ledger, subject) == found
    assert await headlines_of_news(archive, subject) == ["A volcano erupts"]


async def test_news_was_seen_after_one_moment_and_not_after_another(
    load: Import, archive: Archive, tmp_path: Path
) -> None:
    for clock in ("08:00", "09:00", "10:00"):
        load(write_news(tmp_path, f"The bridge of {clock} falls", clock=clock, topic="Bridges"))
    # Neither one that nobody saw come, nor the stub that it tells of.
    stub = (DAY, "A stub of a bridge", "Bridges")
    load(write(tmp_path, DAY, "An unseen bridge opens", topic="Bridges", related=[stub]))
    subject = about("Bridges", searches=("bridge",))
    candidates = await archive.subject_news(subject, seen_after=at("08:00"), seen_before=at("09:00"))
    assert [candidate.headline for candidate in candidates] == ["The bridge of 09:00 falls"]
    assert [(candidate.seen, candidate.date, candidate.stub) for candidate in candidates] == [
        (at("09:00"), date(2024, 3, 5), False)
    ]
    tokyo = [moment.astimezone(timezone(timedelta(hours=9))) for moment in (at("07:59"), at("10:00"))]
    assert len(await headlines_of_news(archive, subject, seen_after=tokyo[0], seen_before=tokyo[1])) == 3
    late = {"seen_after": at("08:00"), "seen_before": at("09:00")}
    assert len(await headlines_of_news(archive, subject, since=date(2024, 3, 5), **late)) == 1
    assert await headlines_of_news(archive, subject, since=date(2024, 3, 6), **late) == []
    # A window has all of them.
    assert len(await headlines_of_window(archive, subject)) == 5


async def test_an_edit_is_no_news_but_may_bring_an_event_to_a_subject(
    load: Import, archive: Archive, ledger: Ledger, tmp_path: Path
) -> None:
    subject = about(searches=("ferry",))
    path = path_of(DAY, "A ship is missing")
    load(write_news(tmp_path, "A ship is missing", topic="Ships"))
    assert await headlines_of_news(archive, subject) == []
    load(write_news(tmp_path, "A ferry is missing", topic="Ships", at=path))
    assert await headlines_of_news(archive, subject) == ["A ferry is missing"]
    assert await headlines_of_news(archive, subject, seen_after=at("10:00")) == []
    assert await keys_by_index(archive, ledger, subject) == {key_of(path)}
    load(write_news(tmp_path, "A raft is missing", topic="Ships", at=path))
    assert await headlines_of_news(archive, subject) == []
    assert await headlines_of_window(archive, subject) == []
    assert await keys_by_index(archive, ledger, subject) == set()


async def test_an_event_is_known_by_all_of_its_keys_and_seen_when_it_first_was(
    load: Import, archive: Archive, tmp_path: Path
) -> None:
    tail = "breaks in the northern valley after days of heavy rain and thousands of people flee their homes"
    load(write_news(tmp_path, f"The old dam {tail}", clock="12:00", topic="Dams"))
    load(write_news(tmp_path, f"Floods: The old dam {tail}", clock="10:00", topic="Dams"))
    (candidate,) = await archive.subject_news(about("Dams"), seen_after=EVER, seen_before=at("23:00"))
    assert candidate.keys[0] == candidate.key
    assert set(candidate.keys) == {
        key_of(path_of(DAY, f"The old dam {tail}")), key_of(path_of(DAY, f"Floods: The old dam {tail}"))
    }  # fmt: skip
    assert candidate.seen == at("10:00")


async def test_readers_get_news_in_their_language(
    load: Import, archive: Archive, ledger: Ledger, tmp_path: Path
) -> None:
    load(
        write_news(tmp_path, "A tower falls", topic="Towers", block="item: Q77"),
        write_news(tmp_path, "Ein Turm stürzt ein", topic="Türme", block="item: Q77\nlanguage: de"),
        write_news(tmp_path, "Another tower falls", topic="Towers"),
    )
    subject = about("Towers")
    assert set(await headlines_of_news(archive, subject)) == {"A tower falls", "Another tower falls"}
    german = await headlines_of_news(archive, subject, prefer="de")
    assert german == ["Ein Turm stürzt ein", "Another tower falls"]
    assert await headlines_of_window(archive, subject, prefer="de") == german
    assert await headlines_of_news(archive, subject, language="de") == ["Ein Turm stürzt ein"]
    # By the words and topics of either wording.
    for same in (about("Türme"), about(searches=("Turm",)), about(searches=("a tower falls -another",))):
        assert await headlines_of_news(archive, same) == ["A tower falls"]
    assert len(await keys_by_index(archive, ledger, about("Türme"))) == 1


async def test_the_most_notable_news_come_first(load: Import, archive: Archive, tmp_path: Path) -> None:
    load(
        write_news(tmp_path, "A minor meeting takes place", topic="Towers"),
        write_news(
            tmp_path, "An earthquake kills 5,000 people", topic="Towers", summary="It was the worst one in a century.",
            block="pick: yes\nweight: 90000",
        ),
    )  # fmt: skip
    subject = about("Towers")
    assert (await headlines_of_news(archive, subject))[0] == "An earthquake kills 5,000 people"
    assert (await headlines_of_window(archive, subject))[0] == "An earthquake kills 5,000 people"


async def test_seen_events_come_in_parts_and_none_is_left_out(load: Import, archive: Archive, tmp_path: Path) -> None:
    clocks = ("08:00", "09:00", "09:00", "09:00", "10:00", "11:00")
    for number, clock in enumerate(clocks):
        load(write_news(tmp_path, f"Bridge number {number} falls", clock=clock))
    load(write(tmp_path, "2001-01-01", "An old bridge fell", block=seen("08:30")))
    load(write(tmp_path, DAY, "An unseen bridge opens"))
    parts: list[list[SeenEvent]] = []
    after = EVER
    while part := await archive.seen_events(after=after, most=2, since=SINCE):
        parts.append(part)
        after = part[-1].seen
    assert [len(part) for part in parts] == [4, 2]
    moments = [event.seen for part in parts for event in part]
    assert moments == [at(clock) for clock in clocks]
    (old,) = [event for event in await archive.seen_events(after=EVER, most=99) if event.date.year == 2001]
    assert old.terms >= {"wbridg", "wold"}


async def test_a_subject_is_kept_as_it_was_made_and_found_by_its_newest_terms(
    news: Archive, ledger: Ledger, ledger_file: Path
) -> None:
    subject = about("NASA", searches=("rocket launch",))
    terms = await news.subject_terms(subject)
    for _ in range(2):
        await ledger.subjects.put(subject, terms)
    renamed = Subject((SubjectTopic(topic_key_of("NASA"), "Nasa"),), subject.searches)
    await ledger.subjects.put(renamed, terms[:1])
    assert await ledger.subjects.get(subject.key) == subject
    assert await ledger.subjects.get(about("NASA").key) is None
    with closing(sqlite3.connect(ledger_file)) as db:
        assert db.execute("SELECT term FROM subject_term").fetchall() == [(f"t{topic_key_of('NASA')}",)]


async def test_an_event_must_have_each_word_of_one_part(news: Archive, ledger: Ledger) -> None:
    subject = about("NASA", searches=("rocket launch", "harbour bridge"))
    await ledger.subjects.put(subject, await news.subject_terms(subject))
    for terms, is_met in (
        ({f"t{topic_key_of('NASA')}"}, True), ({"wrocket", "wlaunch"}, True), ({"wrocket", "wharbour"}, False),
        ({"wrocket"}, False), ({"tx", "wnasa"}, False), (set(), False),
    ):  # fmt: skip
        assert await ledger.subjects.match(terms) == ({subject.key} if is_met else set())


def test_matching_reads_no_more_than_the_terms_of_an_event(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite3") as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {MATCH}", {"terms": "[]"})]
    assert "SEARCH subject_term USING PRIMARY KEY (term=?)" in plan
    assert not [line for line in plan if line.startswith("SCAN subject_term")]


VOCABULARY = (
    "rocket",
    "rockets",
    "launch",
    "harbour",
    "quake",
    "the",
    "France",
    "French",
    "2024",
    "火灾",
    "地震灾",
    "über",
)
NAMES = ("NASA", "Quakes", "Quake", "United States", "U.S.", "地震")
TEXTS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(" ".join)
SEARCHES = st.builds(
    lambda text, phrase, excluded: f"{text}{phrase}{excluded}",
    TEXTS,
    st.just("") | TEXTS.map(lambda text: f' "{text}"'),
    st.just("") | st.sampled_from(VOCABULARY).map(lambda word: f" -{word}"),
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of events that have some words and topics, in several languages."""
    folder = tmp_path_factory.mktemp("mixed")
    pages = []
    for number in range(60):
        words = [VOCABULARY[(number * step + step) % len(VOCABULARY)] for step in (1, 5, 7)[: 1 + number % 3]]
        language = ("en", "zh", "de")[number % 3]
        headline = f"{' '.join(words)} {''.join(chr(97 + int(digit)) for digit in str(number)) * 3}"
        pages.append(
            write_news(
                folder, headline, topic=NAMES[number % len(NAMES)] if number % 4 else None,
                summary=VOCABULARY[number % len(VOCABULARY)] if number % 5 == 0 else "", block=f"language: {language}",
            )
        )  # fmt: skip
    import_pages(folder / "archive.sqlite3", pages, forgotten=ForgottenEvents())
    return folder / "archive.sqlite3"


@pytest.fixture
async def mixed_archive(mixed: Path) -> AsyncIterator[Archive]:
    async with Archive(mixed, readers=1) as archive:
        yield archive


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    topics=st.lists(st.sampled_from([*NAMES, "Nothing"]), max_size=3),
    searches=st.lists(SEARCHES, min_size=0, max_size=3),
)
async def test_an_event_is_found_by_the_index_if_it_is_news_and_no_other_is(
    mixed_archive: Archive, ledger: Ledger, topics: list[str], searches: list[str]
) -> None:
    subject = about(*topics, searches=searches)
    candidates = await mixed_archive.subject_news(subject, seen_after=EVER, seen_before=at("23:00"))
    news = {candidate.key for candidate in candidates}
    found = await keys_by_index(mixed_archive, ledger, subject)
    assert news <= found
    if not any(mark in search for search in searches for mark in '"-'):
        assert news == found
    listing = await mixed_archive.window(subject, since=SINCE, until=UNTIL)
    assert {event.key for event in listing.events} == news
    assert len(listing.events) == listing.total == len(news)


async def test_a_window_is_a_list_like_the_others(load: Import, archive: Archive, tmp_path: Path) -> None:
    for day in range(1, 31):
        load(write(tmp_path, f"2024-03-{day:02}", f"Bridge number {day} falls", topic="Bridges" if day % 2 else None))
    subject = about("Bridges", searches=("bridge -3",))
    since, until = date(2024, 3, 3), date(2024, 3, 30)
    whole = await archive.window(subject, since=since, until=until)
    keys = [event.key for event in whole.events]
    assert len(keys) == len(set(keys)) == whole.total == 28
    assert [
        event.key for event in (await archive.window(subject, since=since, until=until, limit=5, offset=3)).events
    ] == (keys[3:8])
    part = await archive.window(subject, since=since, until=until, limit=1, cursor=Cursor(keys[26], 1))
    assert (part.events[0].key, part.position, part.anchor_found) == (keys[27], 27, True)
    assert [event.key for event in part.menu_page] == keys[25:]
    part = await archive.window(subject, since=since, until=until, limit=1, cursor=Cursor(keys[27], 1))
    assert part.events[0].key == keys[0]
    part = await archive.window(subject, since=since, until=until, limit=1, cursor=Cursor("0" * 12, 0))
    assert not part.anchor_found
    nothing = await archive.window(subject, since=until + timedelta(1), until=until + timedelta(9))
    assert (nothing.events, nothing.total) == ((), 0)


async def test_a_window_sees_what_an_import_brings(load: Import, archive: Archive, tmp_path: Path) -> None:
    subject = about(searches=("bridge",))
    for number in range(3):
        assert (await archive.window(subject, since=SINCE, until=UNTIL, limit=1)).total == number
        load(write(tmp_path, DAY, f"Bridge number {number} falls"))


async def test_a_window_opens_from_a_button_for_ever(
    simcord_env: Any, reader: Any, channel: Any, news: Archive, ledger: Ledger
) -> None:
    subject = about("NASA", searches=("rocket",))

    def post() -> None:
        button = OpenList(str(WindowList.of(subject, SINCE, UNTIL)), "All")
        row = {"type": 1, "components": [button.item.to_component_dict()]}
        simcord_env.backend.create_message(channel.id, simcord_env.backend.bot_user.id, "News", components=[row])

    post()
    answer = await reader.click(channel.last_message, label="All")
    assert "no longer in the archive" in answer.response.content, "nobody has made the subject"
    await ledger.subjects.put(subject, await news.subject_terms(subject))
    post()
    message = (await reader.click(channel.last_message, label="All")).response
    assert "1 of 3 · New about NASA; rocket" in text_of(message.embeds[0])
    first = message.embeds[0].title
    await reader.click(message, label="Next")
    assert "2 of 3 · New about NASA; rocket" in text_of(message.embeds[0])
    await reader.click(message, label="Previous")
    assert message.embeds[0].title == first


def test_a_long_subject_has_a_short_title() -> None:
    window = WindowList.of(about(searches=("北韓" * 80, "x")), SINCE, UNTIL)
    for locale in ("en-US", *CATALOGUES):
        assert len(window.title(Listing((), 0), locale)) <= 130
    assert "朝鲜" not in window.title(Listing((), 0), "zh-TW")


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("NASA; Atari, Inc.", ["NASA", "Atari, Inc."]),
        (" NASA ;; nasa；地震;", ["nasa", "地震"]),
        (" ; ", []),
        ("rocket   launch", ["rocket launch"]),
    ],
)
def test_semicolons_part_a_subject(typed: str, parts: list[str]) -> None:
    assert parts_of(typed) == parts


@pytest.mark.parametrize(
    ("typed", "topics", "searches"),
    [
        ("NASA", ["NASA"], []),
        ("nasa; earthquake", ["NASA", "Earthquakes"], []),
        ("NASA；rocket launch", ["NASA"], ["rocket launch"]),
        (topic_key_of("NASA"), ["NASA"], []),
        ("earthquake; quakes; Earthquakes", ["Earthquakes"], []),
        ("Spacefligt", ["Spaceflight"], []),
        ('"NASA"; earthquake -coast', [], ['"NASA"', "earthquake -coast"]),
        ("地震; 北海道火灾", ["地震"], ["北海道火灾"]),
        ("地震*火灾*", [], ["地震*火灾*"]),
    ],
)
async def test_a_part_is_a_topic_if_one_is_meant_and_a_search_if_not(
    news: Archive, typed: str, topics: list[str], searches: list[str]
) -> None:
    subject = await read_subject(news, typed)
    assert [(topic_.key, topic_.name) for topic_ in subject.topics] == [(topic_key_of(name), name) for name in topics]
    assert list(subject.searches) == searches


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Say what to follow: topics or search words, with semicolons between them."),
        (" ;；", "Say what to follow: topics or search words, with semicolons between them."),
        ("rock*", "Only whole words can be followed: write “rock*” without the star."),
        ("…", "“…” has no word that can be searched for."),
        ("NASA; -rocket", "“-rocket” has no word that can be searched for."),
        ("rocket " * 20, "is too long to be searched for: use fewer words."),
        (
            ";".join(f"word {n}" for n in range(MOST_PARTS + 1)),
            "At most 10 topics and searches can be followed together.",
        ),
    ],
)
async def test_what_cannot_be_followed_is_refused_in_one_sentence(news: Archive, typed: str, sentence: str) -> None:
    with pytest.raises(SubjectError) as refusal:
        await read_subject(news, typed)
    assert str(refusal.value).endswith(sentence)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    typed=st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
    | st.text(alphabet="ab1 ;；\"'“”-–*OR():地震\0", max_size=60)
)
async def test_whatever_is_typed_is_followed_or_refused(mixed_archive: Archive, ledger: Ledger, typed: str) -> None:
    try:
        subject = await read_subject(mixed_archive, typed)
    except SubjectError:
        return
    await ledger.subjects.put(subject, terms := await mixed_archive.subject_terms(subject))
    assert {term.part for term in terms} == set(range(len(subject.topics) + len(subject.searches)))
    stored = await ledger.subjects.get(subject.key)
    assert stored is not None
    assert stored.key == subject.key
    assert subject.key in await ledger.subjects.match(term.term for term in terms)
    await mixed_archive.subject_news(subject, seen_after=EVER, seen_before=at("23:00"))
    assert await read_subject(mixed_archive, subject.name) == subject
    for choice in await what_choices(mixed_archive, typed, None):
        assert 1 <= len(choice.name) <= 100
        assert 1 <= len(choice.value) <= 100


async def test_choices_complete_what_is_being_typed_after_the_last_semicolon(news: Archive) -> None:
    choices = await what_choices(news, "earthquake;rocket launch； NA", None)
    assert [(choice.name, choice.value) for choice in choices] == [
        ("earthquake; rocket launch; NASA", "earthquake; rocket launch; NASA")
    ]
    subject = await read_subject(news, choices[0].value)
    assert subject.name == "Earthquakes; NASA; rocket launch"
    offered = [choice.value for choice in await what_choices(news, "NASA; ", None)]
    assert len(offered) == 6
    assert "NASA; Earthquakes" in offered
    assert "NASA; NASA" not in offered
    assert [choice.value for choice in await what_choices(news, "na", None)] == ["NASA"]


async def test_choices_fit_whatever_stands_before(news: Archive) -> None:
    # Where a name is too long, the key of its topic will do; where that is too long as well, nothing.
    for length, most in ((80, 7), (88, 5), (99, 0), (300, 0)):
        choices = await what_choices(news, f"{'x' * length}; ", "zh-TW")
        assert len(choices) <= most
        assert all(len(choice.name) <= 100 and len(choice.value) <= 100 for choice in choices)
