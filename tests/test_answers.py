"""The questions of ``make answers`` to the starter archive: how many are answered right, and no fewer than before."""

import asyncio
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from benchmarks.answers.__main__ import main
from benchmarks.answers.asking import Reply, Score, ask_all, make_archive, score
from benchmarks.answers.question_sets import Kind, QuestionSet, Subject, own_sets
from benchmarks.answers.questions import Answer, Question
from benchmarks.answers.report import show_misses
from bot.archive.archive import Archive
from bot.domain.event import Topic

STARTER = Subject("starter archive", own_sets())
# In % of the questions, for each set: first and among five at least, nothing at most. Whoever makes answers better
# raises these.
EXPECTED = {
    "days": (93, 99, 0),
    "searches": (85, 95, 0),
    "topics": (98, 98, 1),
}


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of an archive with the starter pages."""
    file = tmp_path_factory.mktemp("starter") / "archive.sqlite3"
    make_archive(STARTER, file)
    return file


@pytest.fixture(scope="module")
def scores(starter: Path) -> dict[str, Score]:
    results = asyncio.run(ask_all(STARTER, starter))
    return {result.questions.name: score(result.ours, among=result.questions.among) for result in results}


@pytest.mark.process
@pytest.mark.parametrize("name", EXPECTED)
def test_what_readers_expect_comes_first_as_often_as_before(scores: dict[str, Score], name: str) -> None:
    first, among, nothing = EXPECTED[name]
    answers = scores[name]
    assert (answers.first >= first, answers.among >= among, answers.nothing <= nothing) == (True, True, True), answers


def expected_events(questions: QuestionSet) -> Iterator[tuple[str, date]]:
    """Yield each event that a question expects, by its date."""
    for question in questions.questions:
        for part in question.expected.split("|"):
            yield question.asked, date.fromisoformat(f"{part}-{question.asked}" if len(part) == len("2001") else part)


@pytest.mark.process
async def test_the_starter_archive_has_every_answer(starter: Path) -> None:
    missing: list[str] = []
    async with Archive(starter, readers=1) as archive:
        for questions in STARTER.sets:
            if questions.kind is Kind.TOPIC:
                missing += [
                    question.asked
                    for question in questions.questions
                    if question.is_right
                    and not ((topic := (await archive.topic(question.expected)).topic) and question.is_right(topic))
                ]
                continue
            for asked, day in expected_events(questions):
                if not (await archive.on_this_day(day.month * 100 + day.day, year=day.year, limit=0)).total:
                    missing.append(f"{asked}: {day}")
    assert not missing


@pytest.mark.process
def test_without_real_pages_the_starter_archive_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--misses", "--shared", f"{tmp_path}"]) == 0
    printed = capsys.readouterr().out
    for questions in STARTER.sets:
        assert re.search(rf"starter archive, {questions.name}: \d+ of {len(questions.questions)} not", printed)
        assert re.search(rf"│ {questions.name} +│ +{len(questions.questions)} │", printed)
    assert "news of" not in printed.partition("The right answer")[2]


def test_no_question_is_asked_twice() -> None:
    for questions in STARTER.sets:
        asked = [question.asked for question in questions.questions]
        assert len(asked) == len(set(asked)), questions.name


def topic(name: str) -> Topic:
    return Topic(key=name, name=name, events=1)


def reply(*answers: str, right: str | None) -> Reply:
    """A reply of topics to a question whose answer is the topic called ``right``, or no topic."""

    def is_right(answer: Answer) -> bool:
        return isinstance(answer, Topic) and answer.name == right

    return Reply(Question("asked", "expected", is_right if right else None), [topic(name) for name in answers])


def test_a_score_counts_what_comes_first_what_comes_soon_and_what_is_not_found() -> None:
    replies = [
        reply("moon", "mars", "war", right="moon"),
        reply("mars", "moon", "war", right="moon"),
        reply("mars", "war", "moon", right="moon"),
        reply(right="moon"),
    ]
    assert score(replies, among=2) == Score(first=25, among=50, nothing=25, depth=75)


def test_where_nothing_is_meant_to_be_found_nothing_is_the_right_answer() -> None:
    assert score([reply(right=None)], among=5) == Score(first=100, among=100, nothing=0, depth=0)
    assert score([reply("moon", right=None)], among=5) == Score(first=0, among=0, nothing=0, depth=100)


def test_a_miss_says_what_came_first_and_where_the_right_answer_stands(capsys: pytest.CaptureFixture[str]) -> None:
    show_misses(
        "topics",
        [
            reply("moon", right="moon"),
            reply("mars", "moon", right="moon"),
            reply("mars", right="moon"),
            reply(right="moon"),
            reply(right=None),
        ],
    )
    assert capsys.readouterr().out.splitlines() == [
        "",
        "topics: 3 of 5 not answered first",
        "  asked (expected expected): mars, 1 events; the expected one is number 2",
        "  asked (expected expected): mars, 1 events",
        "  asked (expected expected): nothing",
    ]
