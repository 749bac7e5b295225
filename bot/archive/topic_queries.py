"""Statements about a topic that return no list of events: its years, its closest topics."""

from bot.archive.event_queries import NAMED_EVENT
from bot.archive.list_queries import (
    IN_READING_ORDER,
    OF_READER,
    READER,
    TARGET_TOPIC,
    TARGET_TOPIC_JSON,
    TOPIC_OF_KEY,
    place,
)

# How many events each year has, from the first to the last of those between two dates; and the first and last dates.
EVENTS_BY_YEAR = f"""
    WITH RECURSIVE span (first_date, last_date) AS MATERIALIZED (
        SELECT (
            SELECT date FROM event_topic WHERE topic_id = {TOPIC_OF_KEY} AND date BETWEEN :since AND :until
            ORDER BY date LIMIT 1
        ), (
            SELECT date FROM event_topic WHERE topic_id = {TOPIC_OF_KEY} AND date BETWEEN :since AND :until
            ORDER BY date DESC LIMIT 1
        )
    ),
    calendar (year) AS (
        SELECT CAST(substr(first_date, 1, 4) AS INTEGER) FROM span WHERE first_date IS NOT NULL
        UNION ALL
        SELECT year + 1 FROM calendar WHERE year < (SELECT CAST(substr(last_date, 1, 4) AS INTEGER) FROM span)
    )
    SELECT year, (
        SELECT count(*) FROM event_topic WHERE topic_id = {TOPIC_OF_KEY}
        AND date BETWEEN max(printf('%04d-01-01', year), :since) AND min(printf('%04d-12-31', year), :until)
    ) AS events, span.first_date, span.last_date
    FROM calendar JOIN span
"""

# The topics that a topic's best 200 events share: the more of a topic's own events are among them, the closer it is.
CLOSEST_TOPICS = f"""
    WITH {READER},
    best (id) AS MATERIALIZED (
        SELECT event_id {IN_READING_ORDER} event_topic ON event_id BETWEEN range.first_id AND range.last_id
        WHERE {OF_READER} AND topic_id = {TOPIC_OF_KEY} ORDER BY range.section, event_id LIMIT 200
    )
    SELECT topic.key, topic.name, topic.events FROM (
        SELECT theirs.topic_id AS id, count(*) AS shared FROM best
        JOIN event_topic AS theirs ON theirs.event_id = best.id
        WHERE theirs.topic_id <> {TOPIC_OF_KEY} GROUP BY theirs.topic_id
    ) AS near JOIN topic USING (id)
    ORDER BY near.shared > 1 DESC, 1.0 * near.shared * near.shared / topic.events DESC, topic.id LIMIT :limit
"""

# A topic's years that have events, in order, each found from the one before; and the best event of each of those that
# have most, these first. One row.
TOPIC_YEARS = f"""
    WITH RECURSIVE {READER}, {TARGET_TOPIC}
    calendar (year) AS (
        SELECT substr(min(date), 1, 4) FROM event_topic WHERE topic_id = (SELECT id FROM target_topic)
        UNION ALL
        SELECT (
            SELECT substr(min(date), 1, 4) FROM event_topic
            WHERE topic_id = (SELECT id FROM target_topic) AND date > calendar.year || '-12-31'
        ) FROM calendar WHERE calendar.year IS NOT NULL
    ),
    year (year, counted) AS MATERIALIZED (
        SELECT year, (
            SELECT json_array(count(*), event_id, min({place("event_id")}))
            FROM event_topic
            WHERE topic_id = (SELECT id FROM target_topic) AND date BETWEEN year || '-01-01' AND year || '-12-31'
        ) FROM calendar WHERE year IS NOT NULL
    )
    SELECT {TARGET_TOPIC_JSON} AS topic, (
        SELECT json_group_array(json_array(CAST(year AS INTEGER), counted ->> 0)) FROM (
            SELECT year, counted FROM year ORDER BY year
        )
    ) AS counts, (
        SELECT json_group_array(json(event)) FROM (
            SELECT {NAMED_EVENT} AS event FROM (
                SELECT counted ->> 0 AS events, counted ->> 1 AS id, counted ->> 2 AS place FROM year
                ORDER BY events DESC, place LIMIT :most
            ) AS best JOIN event ON event.id = best.id
            ORDER BY best.events DESC, best.place
        )
    ) AS notable
"""
