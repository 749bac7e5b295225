"""Questions about days: what a daily post may show, which days have events at all."""

from bot.archive.ranking import CHINESE

# What a daily post may show, best first: what comes first by the picker's order, and the best of all. :shown is JSON,
# {key: times}: an event may have been shown under another key; :favoured are years, JSON, whose events come first.
# A few thousand are sorted, whatever the language: that their places are reckoned costs next to nothing.
_CANDIDATES = """
    WITH seen (id, times) AS MATERIALIZED (
        SELECT page_path.event_id, max(shown.value) FROM json_each(:shown) AS shown JOIN page_path ON page_path.key = shown.key
        GROUP BY page_path.event_id
    ),
    pool (id, place, times, stub, other) AS MATERIALIZED (
        SELECT event.id, event.id + :turned & {mask}, coalesce(seen.times, 0), event.stub,
        substr(event.date, 1, 4) NOT IN (SELECT value FROM json_each(:favoured))
        FROM {source} LEFT JOIN seen ON seen.id = event.id
        WHERE {of_day} AND event.date < :before AND (:language IS NULL OR event.language = :language)
    ),
    chosen (place, id, times) AS (
        SELECT * FROM (SELECT place, id, times FROM pool ORDER BY times, stub, other, place LIMIT :most)
        UNION
        SELECT * FROM (SELECT place, id, times FROM pool ORDER BY stub, place LIMIT 1)
    )
    SELECT event.key, event.date, event.headline, event.stub, chosen.times, (SELECT count(*) FROM pool)
    FROM chosen JOIN event ON event.id = chosen.id ORDER BY chosen.place
"""
_IS_DAY = "month_day IN (SELECT value FROM json_each(:days))"
CANDIDATES = _CANDIDATES.format(mask=2 * CHINESE - 1, source="event", of_day=f"event.{_IS_DAY}")
CANDIDATES_OF_TOPIC = _CANDIDATES.format(
    mask=2 * CHINESE - 1,
    source="event_topic JOIN event ON event.id = event_topic.event_id",
    of_day=f"topic_id = (SELECT id FROM topic WHERE key = :topic) AND event_topic.{_IS_DAY}",
)

# On how many days of the year a topic has events.
DAYS_OF_TOPIC = """
    SELECT count(DISTINCT event_topic.month_day) FROM event_topic JOIN event ON event.id = event_topic.event_id
    WHERE topic_id = (SELECT id FROM topic WHERE key = :topic)
    AND event.date < :before AND (:language IS NULL OR event.language = :language)
"""

# The nearest days of the year before and after one that have events, round the turn of the year, with their numbers.
_NEAR_DAYS = """
    SELECT month_day, NULL, count(*) FROM {table} WHERE {of_topic} month_day IN (
        SELECT month_day FROM (
            SELECT * FROM (
                SELECT DISTINCT month_day, 0 AS turn FROM {table} WHERE {of_topic} month_day {side} :month_day
                ORDER BY month_day {order} LIMIT :limit
            )
            UNION ALL
            SELECT * FROM (
                SELECT DISTINCT month_day, 1 FROM {table} WHERE {of_topic} month_day {other_side} :month_day
                ORDER BY month_day {order} LIMIT :limit
            )
            ORDER BY turn, month_day {order} LIMIT :limit
        )
    )
    GROUP BY month_day ORDER BY month_day {side} :month_day DESC, month_day {order}
"""
_NEAR_DATES = """
    SELECT month_day, CAST(substr(date, 1, 4) AS INTEGER), count(*) FROM {table} WHERE {of_topic} date IN (
        SELECT DISTINCT date FROM {table} WHERE {of_topic} date {side} :date ORDER BY date {order} LIMIT :limit
    )
    GROUP BY date ORDER BY date {order}
"""


def near(*, dates: bool, topic: bool, later: bool) -> str:
    """Return the statement for the nearest days (of a year, if ``dates``) that have events (of a topic)."""
    side, other_side = (">", "<") if later else ("<", ">")
    shape = {"side": side, "other_side": other_side, "order": "ASC" if later else "DESC"}
    shape["of_topic"] = "topic_id = (SELECT id FROM topic WHERE key = :topic) AND" if topic else ""
    return (_NEAR_DATES if dates else _NEAR_DAYS).format(table="event_topic" if topic else "event", **shape)
