"""A topic at a glance: the questions to the archive whose answer is no list of events."""

from bot.archive.event_queries import WANTED, WANTED_TOPIC, Asked, chinese_first, turned

_GLANCED = "(SELECT id FROM topic WHERE key = :topic)"
# How many events each year has, from the first to the last of those between two dates.
GLANCE = f"""
    WITH RECURSIVE span (first, last) AS MATERIALIZED (
        SELECT (
            SELECT date FROM event_topic WHERE topic_id = {_GLANCED} AND date BETWEEN :since AND :until
            ORDER BY date LIMIT 1
        ), (
            SELECT date FROM event_topic WHERE topic_id = {_GLANCED} AND date BETWEEN :since AND :until
            ORDER BY date DESC LIMIT 1
        )
    ),
    year (number) AS (
        SELECT CAST(substr(first, 1, 4) AS INTEGER) FROM span WHERE first IS NOT NULL
        UNION ALL SELECT number + 1 FROM year WHERE number < (SELECT CAST(substr(last, 1, 4) AS INTEGER) FROM span)
    )
    SELECT number, (
        SELECT count(*) FROM event_topic WHERE topic_id = {_GLANCED}
        AND date BETWEEN max(printf('%04d-01-01', number), :since) AND min(printf('%04d-12-31', number), :until)
    ), span.first, span.last
    FROM year JOIN span
"""


def _closest(best: str) -> str:
    """Return the statement, given the SQL of the ids of a topic's best events."""
    return f"""
        SELECT topic.key, topic.name, topic.events FROM (
            SELECT theirs.topic_id AS id, count(*) AS shared FROM ({best}) AS mine
            JOIN event_topic AS theirs ON theirs.event_id = mine.id
            WHERE theirs.topic_id <> {_GLANCED} GROUP BY theirs.topic_id
        ) AS near JOIN topic USING (id)
        ORDER BY near.shared > 1 DESC, 1.0 * near.shared * near.shared / topic.events DESC, topic.id LIMIT :limit
    """


# What the best 200 events share: the more of a topic's own events are among them, the closer it is.
_OF_GLANCED = f"FROM event_topic WHERE topic_id = {_GLANCED}"
CLOSEST = Asked(
    _closest(f"SELECT event_id AS id {_OF_GLANCED} ORDER BY event_id LIMIT 200"),
    _closest(chinese_first(f"{_OF_GLANCED} AND", column="event_id", limit="200")),
)


def _years(place: str, of_place: str) -> str:
    """Return the statement, given the SQL of an event's place by its id, and of its id by its place."""
    return f"""
        WITH RECURSIVE {WANTED}
        year (year) AS (
            SELECT substr(min(date), 1, 4) FROM event_topic WHERE topic_id = (SELECT id FROM wanted)
            UNION ALL
            SELECT (
                SELECT substr(min(date), 1, 4) FROM event_topic
                WHERE topic_id = (SELECT id FROM wanted) AND date > year.year || '-12-31'
            ) FROM year WHERE year.year IS NOT NULL
        ),
        counted (year, told) AS MATERIALIZED (
            SELECT year, (
                SELECT json_array(count(*), min({place})) FROM event_topic
                WHERE topic_id = (SELECT id FROM wanted) AND date BETWEEN year || '-01-01' AND year || '-12-31'
            ) FROM year WHERE year IS NOT NULL
        )
        SELECT {WANTED_TOPIC}, (
            SELECT json_group_array(json_array(CAST(year AS INTEGER), told ->> 0)) FROM (
                SELECT year, told FROM counted ORDER BY year
            )
        ), (
            SELECT json_group_array(json_array(key, date, headline)) FROM (
                SELECT event.key, event.date, event.headline FROM (
                    SELECT told ->> 0 AS events, told ->> 1 AS place FROM counted
                    ORDER BY events DESC, place LIMIT :most
                ) AS best JOIN event ON event.id = {of_place}
                ORDER BY best.events DESC, best.place
            )
        )
    """


# A topic's years that have events, in order, each found from the one before; and the best event of each of those that
# have most, these first.
YEARS = Asked(_years("event_id", "best.place"), _years(turned("event_id"), turned("best.place")))
