"""Scores, and the ids of events and topics that put the best first. Pure."""

BEST = 2**16 - 1
# An event's id is language_number << LANGUAGE_SHIFT | (BEST - score) << SCORE_SHIFT | serial: in the order of ids, a
# language's events stand together, best first.
LANGUAGE_SHIFT = 40
SCORE_SHIFT = 24
MOST_PATHS = 2**SCORE_SHIFT - 1
MOST_EVENTS = 2**31 - 1
TOPIC_EVENTS_SHIFT = 32
# Points of notability (see that module) from -2 to 14 make up the scores.
_LEAST_POINTS, _SCORES_OF_A_POINT = -2, 2**12


def score(points: float) -> int:
    """Return the score, from 0 to 65535, of points of notability."""
    return min(max(round((points - _LEAST_POINTS) * _SCORES_OF_A_POINT), 0), BEST)


def event_id(score: int, serial: int, *, language_number: int) -> int:
    """Return an event's id, given its score, the id of its path and the number of its language."""
    return language_number << LANGUAGE_SHIFT | (BEST - score) << SCORE_SHIFT | serial


def points_of(event_id: int) -> float:
    """Return the points of notability that an event's id stands for."""
    return (BEST - (event_id >> SCORE_SHIFT & BEST)) / _SCORES_OF_A_POINT + _LEAST_POINTS


def with_score(event_id: int, score: int) -> int:
    """Return an event's id with another score."""
    return event_id & ~(BEST << SCORE_SHIFT) | (BEST - score) << SCORE_SHIFT


def topic_place(events: int, topic_id: int) -> int:
    """Return a topic's place (rowid) in the index of names: in the order of places, the most used topics come first."""
    return (MOST_EVENTS - events) << TOPIC_EVENTS_SHIFT | topic_id
