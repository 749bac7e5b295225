"""The sets of questions, and the pages of the archives that they are asked of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from benchmarks.answers import questions
from benchmarks.answers.questions import Question

_OWN = Path(__file__).parent
# Answers among which the right one should be.
_AMONG, _AMONG_LEADS = 5, 3


class Kind(Enum):
    """What a question is typed into."""

    DAY = auto()
    SEARCH = auto()
    TOPIC = auto()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions of one kind; the right answer should be ``among`` so many."""

    name: str
    kind: Kind
    questions: Sequence[Question]
    among: int = _AMONG


@dataclass(frozen=True, slots=True)
class Subject:
    """An archive to ask, that of the starter pages or of other ``pages``, and the sets of questions for it."""

    name: str
    sets: Sequence[QuestionSet]
    pages: Path | None = None
    language: str | None = None


def own_sets() -> list[QuestionSet]:
    """Return the questions of this folder, for the starter archive."""
    return [
        QuestionSet("days", Kind.DAY, questions.read_days(_OWN / "days.tsv")),
        QuestionSet("searches", Kind.SEARCH, questions.read_searches(_OWN / "searches.tsv")),
        QuestionSet("topics", Kind.TOPIC, questions.read_topics(_OWN / "topics.tsv")),
    ]


def all_subjects(shared: Path) -> Iterator[Subject]:
    """Yield the starter archive, and the archives of real pages where the folder ``shared`` has them and questions."""
    answers, pages = shared / "answers", shared / "pages"
    starter = own_sets()
    if answers.exists():
        starter += [
            QuestionSet("more days", Kind.DAY, questions.read_days(answers / "days.tsv")),
            QuestionSet("more searches", Kind.SEARCH, questions.read_searches(answers / "searches.tsv")),
        ]
    yield Subject("starter archive", starter)
    if answers.exists():
        news = [
            QuestionSet("searches", Kind.SEARCH, questions.read_news_searches(answers / "searches-portal.tsv")),
            QuestionSet("topics", Kind.TOPIC, questions.read_topics(answers / "topics-portal.tsv")),
            QuestionSet("leads", Kind.DAY, questions.read_leads(answers / "leads-portal.tsv"), among=_AMONG_LEADS),
        ]
        yield Subject("news of 2020 and 2021", news, pages / "portal-2020-2021.tar.xz")
        chinese = [QuestionSet("searches", Kind.SEARCH, questions.read_news_searches(answers / "searches-zh.tsv"))]
        yield Subject("Chinese news of 2007 to 2010", chinese, pages / "zh-2007-2010.tar.xz", language="zh")
