"""How good an event is, from what the archive knows. Pure."""

from math import log2

BEST = 255
_SERIAL_BITS = 32
_POINTS_BITS = 8
_MOST_EVENTS = 2**31 - 1
# Where the ids of Chinese events begin: all others come before them.
CHINESE = 1 << (_SERIAL_BITS + _POINTS_BITS)


def score(*, mentioned: int, sources: int, image: bool, summary: bool, stub: bool) -> int:
    """Return a score from 0 to 255: how many other pages relate to the event, and what there is to show of it."""
    points = 24 * min(log2(1 + mentioned), 4.0) + 12 * min(sources, 4)
    points += (40 if image else 0) + (32 if summary else 0) + (0 if stub else 32)
    return min(round(points), BEST)


def event_id(points: int, path_id: int, *, language: str) -> int:
    """Return the id of the event that scored ``points``: ids in ascending order are events best first.

    Those in Chinese come after all others.
    """
    return (CHINESE if language == "zh" else 0) | (BEST - points) << _SERIAL_BITS | path_id


def topic_place(events: int, topic_id: int) -> int:
    """Return where a topic stands in the index of names: places in ascending order are topics most used first."""
    return (_MOST_EVENTS - events) << _SERIAL_BITS | topic_id
