"""Statements about days: which events a daily post may show, and which days have events at all."""

from bot.archive.event_queries import CREDIT, NAMED_EVENT
from bot.archive.list_queries import READER, TOPIC_OF_KEY, place

# The events that a daily post may show, the best first: the :most that come first in the picker's order, and the best
# of all. :times_shown is JSON, {beginning of a key: times}: an event may have been shown under another of its keys.
# :favoured_years are years, JSON, whose events come first. A day has a few thousand events at most: they may be sorted.
_CANDIDATES = """
    WITH {reader},
    history (id, times_shown) AS MATERIALIZED (
        SELECT page_path.event_id, max(past.value)
        FROM json_each(:times_shown) AS past JOIN page_path
            ON page_path.key >= past.key AND page_path.key < past.key || '{{'
        GROUP BY page_path.event_id
    ),
    pool (id, place, times_shown, stub, is_other_year) AS MATERIALIZED (
        SELECT event.id, {place}, coalesce(history.times_shown, 0), event.stub,
            substr(event.date, 1, 4) NOT IN (SELECT value FROM json_each(:favoured_years))
        FROM {source} LEFT JOIN history ON history.id = event.id
        WHERE {of_day} AND event.date < :before AND {is_in}
    ),
    candidate (place, id, times_shown) AS (
        SELECT * FROM (
            SELECT place, id, times_shown FROM pool
            ORDER BY times_shown, stub, is_other_year, place LIMIT :most
        )
        UNION
        SELECT * FROM (SELECT place, id, times_shown FROM pool ORDER BY stub, place LIMIT 1)
    )
    SELECT event.key, event.date, event.headline, event.stub, candidate.times_shown, {credit} AS credit,
        (SELECT count(*) FROM pool) AS pool_size
    FROM candidate JOIN event ON event.id = candidate.id ORDER BY candidate.place
"""
# Whether an event has a wording in a language, if there is one that it must have.
IS_IN = """
    (:language IS NULL OR event.language = :language OR EXISTS (
        SELECT 1 FROM event_wording
        WHERE event_wording.language = :language AND event_wording.event_id = event.id
    ))
"""
_OF_DAYS = "month_day IN (SELECT value FROM json_each(:month_days))"
CANDIDATES = _CANDIDATES.format(
    reader=READER, place=place("event.id"), is_in=IS_IN, credit=CREDIT, source="event", of_day=f"event.{_OF_DAYS}"
)
CANDIDATES_OF_TOPIC = _CANDIDATES.format(
    reader=READER,
    place=place("event.id"),
    is_in=IS_IN,
    credit=CREDIT,
    source="event_topic JOIN event ON event.id = event_topic.event_id",
    of_day=f"topic_id = {TOPIC_OF_KEY} AND event_topic.{_OF_DAYS}",
)

# The best :most events of a date for a daily post, and how many there are; without those first seen after :seen_before.
NEWS = f"""
    WITH {READER},
    pool (id, place, stub) AS MATERIALIZED (
        SELECT event.id, {place("event.id")}, event.stub FROM event
        WHERE event.date = :date AND (event.seen IS NULL OR event.seen <= :seen_before) AND {IS_IN}
    )
    SELECT event.key, event.date, event.headline, event.stub, 0 AS times_shown, {CREDIT} AS credit,
        (SELECT count(*) FROM pool) AS pool_size
    FROM pool JOIN event ON event.id = pool.id ORDER BY pool.stub, pool.place LIMIT :most
"""

# The best :per_day events of each of the newest :days dates until :until that have any, and how many these have.
_NEWEST_DAYS = """
    WITH {reader},
    newest (date) AS MATERIALIZED (
        SELECT DISTINCT date FROM {table} WHERE {of_topic} date <= :until ORDER BY date DESC LIMIT :days
    ),
    ranked (id, date, rank, events) AS MATERIALIZED (
        SELECT {id}, date, row_number() OVER (PARTITION BY date ORDER BY {place}), count(*) OVER (PARTITION BY date)
        FROM {table} WHERE {of_topic} date IN (SELECT date FROM newest)
    )
    SELECT ranked.date, events, {named_event} AS event FROM ranked JOIN event ON event.id = ranked.id
    WHERE rank <= :per_day ORDER BY ranked.date DESC, rank
"""
NEWEST_DAYS = _NEWEST_DAYS.format(
    reader=READER, table="event", of_topic="", id="event.id", place=place("event.id"), named_event=NAMED_EVENT
)
NEWEST_DAYS_OF_TOPIC = _NEWEST_DAYS.format(
    reader=READER,
    table="event_topic",
    of_topic=f"topic_id = {TOPIC_OF_KEY} AND",
    id="event_id",
    place=place("event_id"),
    named_event=NAMED_EVENT,
)

# On how many days of the year a topic has events.
COUNT_DAYS_OF_TOPIC = f"""
    SELECT count(DISTINCT event_topic.month_day) AS days
    FROM event_topic JOIN event ON event.id = event_topic.event_id
    WHERE topic_id = {TOPIC_OF_KEY}
    AND event.date < :before AND {IS_IN}
"""

# The nearest days of the year that have events, with their numbers of events; after 31 December comes 1 January.
_NEAREST_DAYS = """
    SELECT month_day, NULL AS year, count(*) AS events FROM {table} WHERE {of_topic} month_day IN (
        SELECT month_day FROM (
            SELECT * FROM (
                SELECT DISTINCT month_day, 0 AS lap FROM {table} WHERE {of_topic} month_day {side} :month_day
                ORDER BY month_day {direction} LIMIT :limit
            )
            UNION ALL
            SELECT * FROM (
                SELECT DISTINCT month_day, 1 FROM {table} WHERE {of_topic} month_day {other_side} :month_day
                ORDER BY month_day {direction} LIMIT :limit
            )
            ORDER BY lap, month_day {direction} LIMIT :limit
        )
    )
    GROUP BY month_day ORDER BY month_day {side} :month_day DESC, month_day {direction}
"""
_NEAREST_DATES = """
    SELECT month_day, CAST(substr(date, 1, 4) AS INTEGER) AS year, count(*) AS events
    FROM {table} WHERE {of_topic} date IN (
        SELECT DISTINCT date FROM {table} WHERE {of_topic} date {side} :date ORDER BY date {direction} LIMIT :limit
    )
    GROUP BY date ORDER BY date {direction}
"""


def nearest_days(*, dates: bool, topic: bool, later: bool) -> str:
    """Return the statement for the nearest days of the year, or ``dates``, that have events (of a ``topic``)."""
    side, other_side = (">", "<") if later else ("<", ">")
    return (_NEAREST_DATES if dates else _NEAREST_DAYS).format(
        table="event_topic" if topic else "event",
        of_topic=f"topic_id = {TOPIC_OF_KEY} AND" if topic else "",
        side=side,
        other_side=other_side,
        direction="ASC" if later else "DESC",
    )
