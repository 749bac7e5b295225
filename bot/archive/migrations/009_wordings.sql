-- One event has one wording for each language in which pages tell it: pages of one date whose lead article is the same in
-- all languages.

ALTER TABLE page ADD COLUMN item TEXT; -- what the lead article is about, in every language: Q43653

-- What readers of a language are shown of an event whose row in ``event`` is in another one.
CREATE TABLE event_wording (
    language TEXT NOT NULL REFERENCES event_language (code),
    event_id INTEGER NOT NULL REFERENCES event (id),
    headline TEXT NOT NULL CHECK (headline <> ''),
    summary TEXT,
    sources TEXT NOT NULL, -- JSON: [[name, address], ...]
    topics TEXT NOT NULL,  -- JSON: [name, ...]
    credit TEXT,
    PRIMARY KEY (language, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_wording_by_event ON event_wording (event_id);

-- As before, but cards leave out topics that only the pages of other languages name: their positions are from 1000 on.
DROP VIEW event_card;

-- An event as cards show it, whole: its topics and its related events as JSON.
--
-- The related events are first those that its pages list, in their order; then those whose pages list it, best first. A
-- stub, or an event whose pages list none, is also given events that share its topics: the rarer a topic, the more it
-- weighs, and what shares only a topic of more than 500 events is not related at all. Only the 41 best events of each of its
-- 6 rarest topics, in its own language, are compared, so that the work is bounded.
CREATE VIEW event_card AS
SELECT event.id, event.key, event.path, event.date, event.headline, event.summary, event.sources, event.image,
    event.language, event.stub,
    (
        SELECT json_group_array(name) FROM (
            SELECT topic.name FROM event_topic JOIN topic ON topic.id = topic_id
            WHERE event_id = event.id AND position < 1000 ORDER BY position
        )
    ) AS topics,
    (
        SELECT json_group_array(json_array(key, date, headline, json(shared_topics))) FROM (
            SELECT other.key, other.date, other.headline, (
                SELECT json_group_array(name) FROM (
                    SELECT topic.name FROM event_topic AS mine
                    JOIN event_topic AS theirs ON theirs.topic_id = mine.topic_id AND theirs.event_id = other.id
                    JOIN topic ON topic.id = mine.topic_id
                    WHERE mine.event_id = event.id AND mine.position < 1000 ORDER BY mine.position
                )
            ) AS shared_topics
            FROM (
                SELECT id, min(kind) AS kind, min(position) AS position FROM (
                    SELECT target.event_id AS id, 0 AS kind, mention.position AS position
                    FROM page_path JOIN mention ON mention.page_id = page_path.id
                    JOIN page_path AS target ON target.id = mention.path_id
                    WHERE page_path.event_id = event.id AND target.event_id IS NOT NULL
                    UNION ALL
                    SELECT * FROM (
                        SELECT lister.event_id, 1, lister.event_id
                        FROM page_path JOIN mention ON mention.path_id = page_path.id
                        JOIN page_path AS lister ON lister.id = mention.page_id
                        WHERE page_path.event_id = event.id AND lister.event_id IS NOT NULL
                        ORDER BY lister.event_id LIMIT 26
                    )
                    UNION ALL
                    SELECT * FROM (
                        SELECT candidate.id, 2, -sum(1.0 / topic.events) AS weight
                        FROM (
                            SELECT DISTINCT sharing.event_id AS id
                            FROM event_language AS own
                            JOIN (
                                SELECT topic.id FROM event_topic JOIN topic ON topic.id = topic_id
                                WHERE event_id = event.id AND topic.events > 1
                                ORDER BY topic.events, topic.id LIMIT 6
                            ) AS rare
                            JOIN event_topic AS sharing ON sharing.topic_id = rare.id
                                AND sharing.event_id BETWEEN own.first_id AND coalesce((
                                    SELECT event_id FROM event_topic WHERE topic_id = rare.id
                                    AND event_id BETWEEN own.first_id AND own.last_id
                                    ORDER BY event_id LIMIT 1 OFFSET 40
                                ), own.last_id)
                            WHERE own.code = event.language AND NOT EXISTS (
                                SELECT 1 FROM page_path JOIN mention ON mention.page_id = page_path.id
                                WHERE page_path.event_id = event.id
                            )
                        ) AS candidate
                        JOIN event_topic AS mine ON mine.event_id = event.id
                        JOIN event_topic AS theirs
                            ON theirs.topic_id = mine.topic_id AND theirs.event_id = candidate.id
                        JOIN topic ON topic.id = mine.topic_id
                        WHERE candidate.id <> event.id
                        GROUP BY candidate.id HAVING weight <= -0.002 ORDER BY weight, candidate.id LIMIT 10
                    )
                )
                WHERE id <> event.id GROUP BY id
                ORDER BY kind, position, id LIMIT 25
            ) AS link JOIN event AS other ON other.id = link.id
            ORDER BY link.kind, link.position, link.id
        )
    ) AS related
FROM event;
