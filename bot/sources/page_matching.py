"""Which page on the disk tells an event that a day tells now: an edit, a move to another day, a repeat. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.sources.page_marks import Marks

# The share of its words and links that an edited wording keeps. What moved to another day also keeps a citation, or all
# words: on the next day, another event may be told in the same words but for a number.
_SAME_EVENT, _SAME_WORDS = 0.5, 1.0
# As far as an event moves: editors correct a day by one or two.
MOST_DAYS_MOVED = 3
# On its own day, a wording is looked for first.
_OWN_DAY = 0.25


@dataclass(frozen=True, slots=True)
class Wording:
    """An event as the page of a day tells it, or told it once. Of a ``forgotten`` one, only the marks are left."""

    day: date
    marks: Marks
    text: str = ""
    forgotten: bool = False


def match_wordings(new: Sequence[Wording], old: Sequence[Wording]) -> dict[int, int]:
    """Return which old telling each new one is a later wording of, by their indexes; those that are not are left out.

    On the same day, both cite the same address, or share half of their words and links; on another day, both do, or
    share all words. Each old one has one later wording at most, the most similar.
    """
    pairs = sorted(_similar(new, old), reverse=True)
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, minus_new, minus_old in pairs:
        if -minus_new not in matched and -minus_old not in taken:
            matched[-minus_new] = -minus_old
            taken.add(-minus_old)
    return matched


def find_repeats(new: Sequence[Wording], of: Sequence[Wording]) -> dict[int, date]:
    """Return the indexes of the new tellings that tell what is told already, each with the day that tells it.

    They have a common citation, and the same text, or on another day one that has all words of the other. Among the
    new ones, the first stays.
    """
    repeats: dict[int, date] = {}
    by_citation: dict[str, list[Wording]] = defaultdict(list)

    def add(wording: Wording) -> None:
        for citation in wording.marks.citations:
            by_citation[citation].append(wording)

    for wording in of:
        add(wording)
    for index, wording in enumerate(new):
        others = [other for citation in wording.marks.citations for other in by_citation[citation]]
        repeated = next((other.day for other in others if _repeats(wording, other)), None)
        if repeated is not None:
            repeats[index] = repeated
        else:
            add(wording)
    return repeats


def find_forgotten(new: Sequence[Wording], forgotten: Sequence[Wording]) -> set[int]:
    """Return the indexes of the new tellings that tell a forgotten event though another one does: parts and copies."""
    return {
        index for index, wording in enumerate(new)
        if any(_is_near(wording, other) and _is_wording(wording, other) for other in forgotten)
    }  # fmt: skip


def _similar(new: Sequence[Wording], old: Sequence[Wording]) -> Iterator[tuple[float, int, int]]:
    """Yield the pairs that may be one event: how similar, and their indexes, negated: of equals, the first wins."""
    by_day: dict[date, list[int]] = defaultdict(list)
    for index, wording in enumerate(old):
        by_day[wording.day].append(index)
    days = list(by_day)
    for new_index, wording in enumerate(new):
        for day in days:
            if abs((day - wording.day).days) <= MOST_DAYS_MOVED:
                for old_index in by_day[day]:
                    if similarity := _similarity(wording, old[old_index]):
                        yield similarity, -new_index, -old_index


def _similarity(first: Wording, second: Wording) -> float:
    """Return how similar two tellings are; 0 if they are not one event."""
    share, cited = share_of_words(first.marks, second.marks), _cite_the_same(first, second)
    # No wording is to bring back what was forgotten, also not on another day.
    if first.day == second.day or second.forgotten:
        return share + cited + _OWN_DAY if cited or share >= _SAME_EVENT else 0.0
    return share + cited if _is_wording(first, second) else 0.0


def _is_wording(first: Wording, second: Wording) -> bool:
    """Return whether two tellings are wordings of one event, on whichever days."""
    return share_of_words(first.marks, second.marks) >= (_SAME_EVENT if _cite_the_same(first, second) else _SAME_WORDS)


def _repeats(first: Wording, second: Wording) -> bool:
    """Return whether two tellings with a common citation tell one event: perhaps below other headings, or longer."""
    if first.text == second.text:
        return _is_near(first, second)
    one, other = first.marks.words, second.marks.words
    is_part = (one <= other or other <= one) and share_of_words(first.marks, second.marks) >= _SAME_EVENT
    return is_part and first.day != second.day and _is_near(first, second)


def _cite_the_same(first: Wording, second: Wording) -> bool:
    return not first.marks.citations.isdisjoint(second.marks.citations)


def share_of_words(first: Marks, second: Marks) -> float:
    """Return the share of the longer one's words and topics that both have."""
    return len(first.words & second.words) / max(len(first.words), len(second.words), 1)


def _is_near(first: Wording, second: Wording) -> bool:
    return abs((first.day - second.day).days) <= MOST_DAYS_MOVED
