-- Events are put in order by finer scores, and searched by the basic forms of their words.
--
-- An event's id is language * 2^40 + (65535 - score) * 2^24 + the id of its path. So far it was language * 2^40 +
-- (255 - score) * 2^32 + the id of its path: with fewer than 2^24 paths, such an id is one of the new kind, in the same
-- order. So nothing is written anew here; the events are brought up to date afterwards, a few at a time.

ALTER TABLE event ADD COLUMN points REAL NOT NULL DEFAULT 0;       -- of its score, those that follow from the event alone
ALTER TABLE event ADD COLUMN story_points REAL NOT NULL DEFAULT 0; -- and those that earlier events of a story take away

-- The basic forms of its words: those of headline, names, topics and summary, with ";" between.
ALTER TABLE event_words ADD COLUMN stems TEXT NOT NULL DEFAULT '';
CREATE VIRTUAL TABLE stem_search USING fts5 (
    stems, content = 'event_words', content_rowid = 'id', tokenize = 'ascii', detail = none, columnsize = 0
);
-- Every event is in the index from now on, though its words are not known yet.
INSERT INTO stem_search (stem_search) VALUES ('rebuild');
-- How many events have a word in this form: a rare one says more.
CREATE TABLE stem (
    stem TEXT PRIMARY KEY,
    events INTEGER NOT NULL CHECK (events >= 0)
) STRICT, WITHOUT ROWID;

-- Paths of the events that are to be brought up to date: built again, or only put into another place.
CREATE TABLE outdated (
    path_id INTEGER PRIMARY KEY REFERENCES page_path (id),
    rebuild INTEGER NOT NULL CHECK (rebuild IN (0, 1))
) STRICT;
INSERT INTO outdated SELECT min(id), 1 FROM page_path WHERE event_id IS NOT NULL GROUP BY event_id;

-- As before, but events that share topics are looked for only where the event's pages list none (SQLite found them first,
-- and threw them away then), and what shares only a very common topic is left out.
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
            WHERE event_id = event.id ORDER BY position
        )
    ) AS topics,
    (
        SELECT json_group_array(json_array(key, date, headline, json(shared_topics))) FROM (
            SELECT other.key, other.date, other.headline, (
                SELECT json_group_array(name) FROM (
                    SELECT topic.name FROM event_topic AS mine
                    JOIN event_topic AS theirs ON theirs.topic_id = mine.topic_id AND theirs.event_id = other.id
                    JOIN topic ON topic.id = mine.topic_id
                    WHERE mine.event_id = event.id ORDER BY mine.position
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
