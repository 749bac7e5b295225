"""Reads what somebody searches for: words, phrases, excluded words, a date that is preferred. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from bot.domain.month_names import month_number
from bot.domain.stems import pairs, stems
from bot.domain.text import IS_HAN, Term, runs, search_terms
from bot.domain.word_forms import FILLERS, HAN_FILLERS

_EXCLUDED = re.compile(r"(?:(?<=\s)|^)[-–—−](\w\S*)")
_QUOTED_OR_STARRED = re.compile(r'[“”„«»「」『』＂"][^“”„«»「」『』＂"]*[“”„«»「」『』＂"]?|\S+[*＊]')
_YEAR = re.compile(r"1\d{3}|20\d\d")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_ISO_DATE = re.compile(r"\b(1\d{3}|20\d\d)-(\d\d)(?:-(\d\d))?\b")
# Words of a search that are looked for, the first ones.
_MOST_WORDS = 16
_MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class DateWords:
    """The year, the month and the day that words of a search name, as far as they do."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __bool__(self) -> bool:
        return self.year is not None or self.month is not None

    def share_of(self, date: str) -> float:
        """Return how much of it a date (ISO) agrees with, from 0 to 1."""
        year, month, day = map(int, date.split("-"))
        pairs_of_parts = ((self.year, year), (self.month, month), (self.day, day))
        named = [(mine, theirs) for mine, theirs in pairs_of_parts if mine is not None]
        return sum(mine == theirs for mine, theirs in named) / len(named)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a search: its basic forms, of which an event must have one; for its years also the year of its date.

    ``may_go_on`` says that longer words will do where no event has this one.
    """

    forms: tuple[str, ...]
    may_go_on: bool = False


@dataclass(frozen=True, slots=True)
class SearchWords:
    """What is searched for.

    ``exact`` are phrases and beginnings, as they are written, and ``exact_words`` their words; ``excluded`` are basic
    forms that no event may have; ``names`` are all words in their basic forms, as an event's name would have them;
    ``is_date`` says that they are nothing but a date.
    """

    words: tuple[Word, ...]
    dates: DateWords
    exact: tuple[Term, ...]
    excluded: frozenset[str]
    names: tuple[str, ...]
    is_date: bool = False
    exact_words: tuple[Word, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.exact or self.dates)


def read_search(typed: str, languages: Iterable[str], *, dates_are_words: bool = False) -> SearchWords:
    """Read a typed search; ``languages`` are those of the archive's events, each with basic forms of its own.

    A date is one that is preferred, unless ``dates_are_words`` like any others.
    """
    languages = list(dict.fromkeys(languages)) or ["en"]
    excluded = frozenset(
        form for match in _EXCLUDED.finditer(typed) for language in languages for form in stems(match[1], language)
    )
    plain = _EXCLUDED.sub(" ", typed)
    marked = [match[0] for match in _QUOTED_OR_STARRED.finditer(plain) if not _is_plain(match[0])]
    exact = tuple(term for text in marked for term in search_terms(text))
    exact_words = _words(" ".join(marked), languages, fillers=frozenset())
    plain = _QUOTED_OR_STARRED.sub(lambda match: match[0] if _is_plain(match[0]) else " ", plain)
    dates, rest = (DateWords(), plain) if dates_are_words else _date_words(plain)
    words = _words(rest, languages)
    is_date = bool(dates) and not words and not exact
    if not words and not exact:
        # Nothing but a date, or nothing but small words.
        words = _words(plain, languages, fillers=frozenset())
    names = {" ".join(stems(text, language)) for text in (plain, rest) for language in languages}
    names |= {" ".join(forms[0] for word in words if (forms := word.forms))}
    return SearchWords(
        words=tuple(words[:_MOST_WORDS]),
        dates=dates,
        exact=exact,
        excluded=excluded,
        names=tuple(filter(None, names)),
        is_date=is_date,
        exact_words=tuple(exact_words),
    )


def is_marked(typed: str) -> bool:
    """Return whether a search has phrases or excluded words: no name of a topic is typed so."""
    return bool(_EXCLUDED.search(typed) or _QUOTED_OR_STARRED.search(typed))


def has_beginnings(typed: str) -> bool:
    """Return whether a search has words that may go on; Chinese is always looked for anywhere."""
    return any(
        match[0].endswith(("*", "＊")) and not _is_plain(match[0]) for match in _QUOTED_OR_STARRED.finditer(typed)
    )


def _is_plain(text: str) -> bool:
    """Return whether a quotation or a beginning is of Chinese, whose runs are looked for anywhere."""
    return text.endswith(("*", "＊")) and bool(IS_HAN.search(text))


def _date_words(typed: str) -> tuple[DateWords, str]:
    """Return the date that words name, and the other words."""
    if iso := _ISO_DATE.search(typed):
        dates = DateWords(int(iso[1]), int(iso[2]), int(iso[3]) if iso[3] else None)
        return dates, typed.replace(iso[0], " ")
    year = month = day = None
    rest: list[str] = []
    for part in typed.split():
        bare = part.strip(".,;:!?()").lower()
        if year is None and _YEAR.fullmatch(bare):
            year = int(bare)
        elif month is None and len(bare) > _SHORTEST_MONTH and bare != "march" and (number := month_number(bare)):
            month = number
        else:
            rest.append(part)
    if month is None and year is None:
        return DateWords(), typed
    if month is not None:
        for part in rest:
            if (match := _DAY.fullmatch(part.strip(".,"))) and 1 <= int(match[1]) <= _MOST_DAYS:
                day = int(match[1])
                rest.remove(part)
                break
    return DateWords(year, month, day), " ".join(rest)


_SHORTEST_MONTH = 2


def _words(typed: str, languages: Sequence[str], *, fillers: frozenset[str] = FILLERS) -> list[Word]:
    """Return the words of a text; Chinese runs as their characters, each with the pairs that it stands in."""
    without_fillers = " ".join(run for run in _plain_runs(typed) if run not in fillers)
    by_language = [_split(without_fillers, language) for language in languages]
    # Each language cuts the text alike but for names of several words.
    longest = max(by_language, key=len)
    words: dict[Word, None] = {}
    for position, part in enumerate(longest):
        if isinstance(part, str):
            forms = dict.fromkeys(
                form for parts in by_language if len(parts) == len(longest) and isinstance(form := parts[position], str)
            )
            words[Word(tuple(forms), may_go_on=not part.isdigit())] = None
        else:
            words |= dict.fromkeys(_characters(part))
    return list(words)


def _plain_runs(typed: str) -> Iterator[str]:
    for part in typed.split():
        folded = runs(part)
        if len(folded) == 1 and not IS_HAN.search(folded[0]):
            yield folded[0] if folded[0] in FILLERS else part
        else:
            yield HAN_FILLERS.sub(" ", part) if IS_HAN.search(part) else part


def _split(text: str, language: str) -> list[str | tuple[str, ...]]:
    """Return the basic forms of a text's words; the pairs of a Chinese run together."""
    result: list[str | tuple[str, ...]] = []
    words: list[str] = []
    for run in _parts_by_script(text):
        if IS_HAN.search(run):
            result += stems(" ".join(words), language)
            result.append(tuple(pairs(runs(run)[0])))
            words = []
        else:
            words.append(run)
    return result + stems(" ".join(words), language)


def _parts_by_script(text: str) -> list[str]:
    """Split a text where Chinese begins and ends."""
    return [part for part in re.split(rf"((?:{IS_HAN.pattern})+)", text) if part.strip()]


def _characters(run: Sequence[str]) -> Iterator[Word]:
    """Yield a word for each character of a run, which an event has if it has either of the pairs around it."""
    for position in range(len(run) + 1):
        yield Word(tuple(dict.fromkeys(run[max(position - 1, 0) : position + 1])))


@dataclass(frozen=True, slots=True)
class WeighedWord:
    """A word with those of its forms that events have, how many do, and how much it weighs: the rarer, the more."""

    forms: tuple[str, ...]
    events: int
    weight: float


def weigh(words: Iterable[Word], counts: Mapping[str, int], *, total: int) -> list[WeighedWord]:
    """Weigh the words of a search, given the number of events for each form, and of all events."""
    weighed = []
    for word in words:
        known = tuple(form for form in word.forms if form in counts)
        events = sum(counts[form] for form in known)
        # A character weighs what its commoner pair does: one across two words is rare, and says nothing.
        commonest = max((counts[form] for form in known), default=0)
        weighed.append(WeighedWord(known, events, log(1 + total / (1 + commonest))))
    return weighed
