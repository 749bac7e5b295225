"""Statements about single events and about the archive as a whole."""

# One event, whole, by any of its keys.
EVENT = "SELECT * FROM event_card WHERE id = (SELECT event_id FROM page_path WHERE key = :key)"

# The best event that has a page of its own.
BEST_EVENT = "SELECT * FROM event_card WHERE NOT stub ORDER BY id LIMIT 1"

STATS = "SELECT events, stubs, topics, first_date, last_date, languages FROM total"

# Counts what the whole archive holds, at the end of an import.
COUNT = """
    UPDATE total SET (events, stubs, topics, first_date, last_date, languages) = (
        SELECT count(*), coalesce(sum(stub), 0), (SELECT count(*) FROM topic), min(date), max(date), (
            SELECT json_group_object(language, events) FROM (
                SELECT language, count(*) AS events FROM event GROUP BY language ORDER BY events DESC
            )
        )
        FROM event
    )
"""

# The texts and topics by which a server's mutes are checked; :keys are events' keys, JSON.
TEXTS_AND_TOPICS = """
    SELECT key, headline, summary, (
        SELECT json_group_array(topic.key) FROM event_topic JOIN topic ON topic.id = topic_id WHERE event_id = event.id
    ) AS topic_keys
    FROM event WHERE key IN (SELECT value FROM json_each(:keys))
"""

IMAGES = "SELECT image FROM event WHERE image IS NOT NULL ORDER BY id LIMIT :limit"

IS_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM page)"

# Every key of the event that :key leads to, with the date and the headline of the page or mention behind it.
KEYS_OF_EVENT = """
    SELECT page_path.key, page_path.date, coalesce(page.headline, wording.headline) AS headline
    FROM page_path LEFT JOIN page USING (id) LEFT JOIN wording ON wording.path_id = page_path.id
    WHERE page_path.key = :key OR page_path.event_id = (SELECT event_id FROM page_path WHERE key = :key)
"""
