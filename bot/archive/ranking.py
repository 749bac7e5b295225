"""How good an event is, from what the archive knows, and the ids that put the best first. Pure."""

from math import log2

BEST = 255
# An event's id is language_number << LANGUAGE_SHIFT | (BEST - score) << SCORE_SHIFT | serial: in the order of ids, a
# language's events stand together, best first.
LANGUAGE_SHIFT = 40
SCORE_SHIFT = 32
_MOST_EVENTS = 2**31 - 1
TOPIC_EVENTS_SHIFT = 32


def score(*, mentioned: int, sources: int, image: bool, summary: bool, stub: bool, pick: bool) -> int:
    """Return a score from 0 to 255.

    It is made of how many other pages relate to the event, what there is to show of it, and whether an editor has made
    it a ``pick`` of its day.
    """
    points = 24 * min(log2(1 + mentioned), 4.0) + 12 * min(sources, 4) + (64 if pick else 0)
    points += (40 if image else 0) + (32 if summary else 0) + (0 if stub else 32)
    return min(round(points), BEST)


def event_id(score: int, serial: int, *, language_number: int) -> int:
    """Return an event's id, given its score, the id of its path and the number of its language."""
    return language_number << LANGUAGE_SHIFT | (BEST - score) << SCORE_SHIFT | serial


def topic_place(events: int, topic_id: int) -> int:
    """Return a topic's place (rowid) in the index of names: in the order of places, the most used topics come first."""
    return (_MOST_EVENTS - events) << TOPIC_EVENTS_SHIFT | topic_id
