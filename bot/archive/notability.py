"""How much an event matters, from all that the archive knows about it: what "best first" sorts by. Pure.

It is a sum of points. Some follow from the event alone (what kind of thing its headline tells, how well it is told),
others from the events around it: how many later ones take up its topics, and how many pages relate to it. Which points
count how much was tuned on one half of labelled days and measured on the other, see ``docs/answers.md``.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import log, log1p, log2, sqrt
from typing import Any, NamedTuple, TypeVar

from bot.domain.text import IS_HAN, fold

# A topic, by its id or its name.
Topic = TypeVar("Topic", int, str)
# A topic's events this many days before an event have told the story already; those this many days after take it up.
DAYS_BEFORE, DAYS_AFTER = 60, 30
# A topic with more events than that within these days says nothing about a single one of them.
MOST_IN_STORY = 100
# The languages that have a column in ``kinds.toml``; headlines of others are read as English ones.
LANGUAGES = ("en", "de", "es", "fr", "ja", "zh")
# Of the kinds that an event is of, how much the first, the second and the third count.
_KIND_SHARES = (1.0, 0.5, 0.25)
_DEATHS = 0.12
# A headline that brings counts up to date tells of no deaths of its own.
_ONLY_A_COUNT = -1.0
_SOURCE, _MOST_SOURCES, _IMAGE, _SUMMARY, _PAGE, _PICK, _WEIGHT = 0.1, 4, 0.3, 0.3, 1.0, 3.0, 0.1
_MENTIONS, _TAKEN_UP, _TAKEN_UP_BY_ALL, _IN_STORY = 0.25, 1.0, 0.35, 6
# Numbers that are written as words: no more than a headline's editor would write so.
_NUMBER_WORDS = {
    word: number
    for number, words in {
        2: "two|zwei|dos|deux", 3: "three|drei|tres|trois", 4: "four|vier|cuatro|quatre", 5: "five|funf|cinco|cinq",
        6: "six|sechs|seis", 7: "seven|sieben|siete|sept", 8: "eight|acht|ocho|huit", 9: "nine|neun|nueve|neuf",
        10: "ten|zehn|diez|dix", 12: "twelve|zwolf|doce|douze", 30: "dozens|dutzende|decenas|dizaines",
        300: "hundreds|hunderte|cientos|centaines", 3000: "thousands|tausende|miles|milliers",
    }.items()
    for word in words.split("|")
}  # fmt: skip
_NUMBER = re.compile(r"(\d{1,3}(?:[.,]\d{3})+|\d+(?:\.\d+(?=万))?)(万)?|[a-z]+")
# Where a phrase may begin: at a word; in Chinese and Japanese anywhere. It is looked up by its first characters.
_AT_A_WORD, _ANYWHERE = re.compile(r"\b\w"), re.compile(r"\w")
_LOOKED_UP, _LOOKED_UP_WITHOUT_BLANKS = 3, 2
_WITHOUT_BLANKS = frozenset(["ja", "zh"])
_YEAR = re.compile(r"(?:19|20)\d\d")
# How far from a word about deaths its number may stand, in characters.
_NEAR = 40


class Points(NamedTuple):
    """Points that follow from an event alone: ``own`` ones, and those ``in_story``, which earlier events take away."""

    own: float
    in_story: float


class Story(NamedTuple):
    """The events that share a topic with an event: how many of the days before, of the same day, of those after."""

    before: int
    same_day: int
    after: int

    @property
    def is_rare(self) -> bool:
        """Whether the topic has few enough events for them to be one story."""
        return self.before + self.same_day + self.after <= MOST_IN_STORY


def kind_points(headline: str, language: str) -> dict[str, Points]:
    """Return what the kinds of thing that a headline tells say about it, by their names."""
    text = fold(headline)
    by_points = sorted(_table(language).kinds_of(text), key=lambda kind: (-kind.points, kind.name))
    kinds = [kind for kind in by_points if kind.points > 0]
    # Of the routine ones, the one that says most.
    routine = by_points[-1] if by_points and by_points[-1].points < 0 else None
    points = {
        kind.name: Points(0.0, kind.points * share) if kind.in_story else Points(kind.points * share, 0.0)
        for kind, share in zip(kinds, _KIND_SHARES, strict=False)
    }
    if routine:
        points[routine.name] = Points(routine.points, 0.0)
    if (routine is None or routine.points > _ONLY_A_COUNT) and (deaths := deaths_told(text, language)):
        points["deaths"] = Points(_DEATHS * log1p(deaths), 0.0)
    return points


def page_points(
    *, sources: int, image: bool, summary: bool, stub: bool, pick: bool, weight: int | None
) -> dict[str, float]:
    """Return what an event's pages say about it by what they hold; ``weight`` is the size of its article in bytes."""
    return {
        "sources": _SOURCE * min(sources, _MOST_SOURCES),
        "image": _IMAGE * image,
        "summary": _SUMMARY * summary,
        "page of its own": 0.0 if stub else _PAGE,
        "pick": _PICK * pick,
        "article": _WEIGHT * log1p((weight or 0) / 1000),
    }


def story_points(in_story: float, mentions: int, stories: Mapping[Topic, Story]) -> dict[str, float]:
    """Return what the events around an event say about it.

    ``in_story`` are its own points of that kind, ``mentions`` the pages that relate to it, ``stories`` are by topic.
    """
    rare = {topic: story for topic, story in stories.items() if story.is_rare}
    taken_up = {topic: _taken_up(story) for topic, story in rare.items()}
    before = max((story.before for story in rare.values()), default=0)
    return {
        "in a story": in_story / (1 + before / _IN_STORY),
        "related": _MENTIONS * log2(1 + mentions),
        "taken up": _TAKEN_UP * max(taken_up.values(), default=0.0) + _TAKEN_UP_BY_ALL * sum(taken_up.values()),
    }


def _taken_up(story: Story) -> float:
    """Return how much later events take a topic up that earlier ones did not have."""
    return log1p(story.after / (1 + story.before)) / sqrt(log(3 + sum(story)))


def deaths_told(text: str, language: str) -> int:
    """Return the greatest number of deaths that a folded text tells."""
    table, most = _table(language), 0
    for match in table.deaths.finditer(text):
        start = max(0, match.start() - _NEAR)
        for number in _NUMBER.finditer(text, start, match.end() + _NEAR):
            most = max(most, _count(number))
    return most


def _count(number: re.Match[str]) -> int:
    digits = number[1]
    if digits is None:
        return _NUMBER_WORDS.get(number[0], 0)
    count = int(float(digits.replace(",", "")) * 10_000) if number[2] else int(re.sub(r"\D", "", digits)[:7])
    # Four digits without a mark are a year.
    is_year = _YEAR.fullmatch(digits) is not None and not number[2]
    return 0 if is_year else count


class _Kind(NamedTuple):
    name: str
    points: float
    in_story: bool


class _Table(NamedTuple):
    """Phrases of one language, by their first characters, each with its kind; and those about deaths."""

    has_blanks: bool
    phrases: Mapping[str, Sequence[tuple[re.Pattern[str], _Kind]]]
    deaths: re.Pattern[str]

    def kinds_of(self, text: str) -> set[_Kind]:
        """Return the kinds of thing that a folded text tells."""
        length = _LOOKED_UP if self.has_blanks else _LOOKED_UP_WITHOUT_BLANKS
        beginnings = _AT_A_WORD if self.has_blanks else _ANYWHERE
        kinds: set[_Kind] = set()
        for beginning in beginnings.finditer(text):
            start = beginning.start()
            for pattern, kind in self.phrases.get(text[start : start + length], ()):
                if pattern.match(text, start):
                    kinds.add(kind)
        return kinds


@cache
def _table(language: str) -> _Table:
    """Return the phrases of a language; English ones where it has no column."""
    data = _data()
    column = language if language in LANGUAGES else LANGUAGES[0]
    has_blanks = column not in _WITHOUT_BLANKS
    length = _LOOKED_UP if has_blanks else _LOOKED_UP_WITHOUT_BLANKS
    phrases: dict[str, list[tuple[re.Pattern[str], _Kind]]] = {}
    for row in (*data["kind"], *data["routine"]):
        points = row["points"] if row in data["kind"] else -row["points"]
        kind = _Kind(row["name"], points, row.get("routine_in_a_story", False))
        for phrase in row[column].split("|"):
            phrases.setdefault(phrase[:length], []).append((re.compile(_pattern(phrase)), kind))
    deaths = re.compile("|".join(map(_pattern, data["deaths"][column].split("|"))))
    return _Table(has_blanks, phrases, deaths)


def _pattern(phrase: str) -> str:
    """Return the regular expression of a phrase as ``kinds.toml`` writes it."""
    if IS_HAN.search(phrase):
        return ".{0,12}?".join(map(re.escape, phrase.split("…")))
    words = [re.escape(word).replace(r"\*", r"\w*").replace(r"\?", r"\w") for word in phrase.split()]
    spaced = r"\W+".join(words).replace(r"\W+…\W+", r"\b.{1,60}?\b")
    return rf"\b{spaced}\b"


@cache
def _data() -> dict[str, Any]:
    # Those who only answer questions seldom need it.
    import tomllib

    return tomllib.loads(files("bot.archive").joinpath("kinds.toml").read_text(encoding="utf-8"))
