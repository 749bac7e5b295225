"""A topic at a glance: the questions to the archive whose answer is no list of events."""

_GLANCED = "(SELECT id FROM topic WHERE key = :topic)"
# How many events each year has, from the first to the last of those between two dates.
YEARS = f"""
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
# What the best 200 events share: the more of a topic's own events are among them, the closer it is.
CLOSEST = f"""
    SELECT topic.key, topic.name, topic.events FROM (
        SELECT theirs.topic_id AS id, count(*) AS shared FROM (
            SELECT event_id FROM event_topic WHERE topic_id = {_GLANCED} ORDER BY event_id LIMIT 200
        ) AS mine JOIN event_topic AS theirs ON theirs.event_id = mine.event_id
        WHERE theirs.topic_id <> {_GLANCED} GROUP BY theirs.topic_id
    ) AS near JOIN topic USING (id)
    ORDER BY near.shared > 1 DESC, 1.0 * near.shared * near.shared / topic.events DESC, topic.id LIMIT :limit
"""
