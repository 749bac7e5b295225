-- Tables are named after what they hold; languages of events are rows; pages and events have columns for what a page's
-- block says.
--
-- old name          new name
-- name              page_path     every path that was ever mentioned
-- earlier           former_path   the items of the Changes sections
-- list, hint        day_index, index_topic

CREATE TABLE event_language (
    number INTEGER PRIMARY KEY CHECK (number >= 0), -- the upper bits of its events' ids
    code TEXT NOT NULL UNIQUE,                      -- as pages and events name it: en, zh, de
    first_id INTEGER NOT NULL GENERATED ALWAYS AS (number << 40) STORED,
    last_id INTEGER NOT NULL GENERATED ALWAYS AS ((number + 1 << 40) - 1) STORED
) STRICT;

-- For readers of each language, the ids of events in the order in which to read them: first the events in that language,
-- then all others. A language is one row of event_language; its three rows here follow from that one.
CREATE TABLE reading_order (
    prefer TEXT NOT NULL REFERENCES event_language (code),
    section INTEGER NOT NULL CHECK (section BETWEEN 0 AND 2),
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    PRIMARY KEY (prefer, section)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER reading_order_of_language AFTER INSERT ON event_language BEGIN
    INSERT INTO reading_order (prefer, section, first_id, last_id) VALUES
        (NEW.code, 0, NEW.first_id, NEW.last_id),
        (NEW.code, 1, 0, NEW.first_id - 1),
        (NEW.code, 2, NEW.last_id + 1, 9223372036854775807);
END;
INSERT INTO event_language (number, code) VALUES (0, 'en'), (1, 'zh');

DROP INDEX name_by_date;
DROP INDEX name_by_event;
DROP INDEX mention_by_name;
DROP INDEX earlier_by_name;
DROP INDEX hint_by_name;
ALTER TABLE name RENAME TO page_path;
ALTER TABLE wording RENAME COLUMN name_id TO path_id;
ALTER TABLE mention RENAME COLUMN name_id TO path_id;
ALTER TABLE mention RENAME COLUMN place TO position;
ALTER TABLE earlier RENAME TO former_path;
ALTER TABLE former_path RENAME COLUMN name_id TO path_id;
ALTER TABLE list RENAME TO day_index;
ALTER TABLE day_index RENAME COLUMN grammar TO format_version;
ALTER TABLE hint RENAME TO index_topic;
ALTER TABLE index_topic RENAME COLUMN list_id TO day_index_id;
ALTER TABLE index_topic RENAME COLUMN name_id TO path_id;
ALTER TABLE event_topic RENAME COLUMN place TO position;
ALTER TABLE total RENAME COLUMN first TO first_date;
ALTER TABLE total RENAME COLUMN last TO last_date;
CREATE INDEX page_path_by_date ON page_path (date);
CREATE INDEX page_path_by_event ON page_path (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX mention_by_path ON mention (path_id, page_id);
CREATE INDEX former_path_by_path ON former_path (path_id);
CREATE INDEX index_topic_by_path ON index_topic (path_id);

-- Where a page comes from is free text now, and the page says which format it was read with.
CREATE TABLE new_page (
    id INTEGER PRIMARY KEY REFERENCES page_path (id),
    hash BLOB NOT NULL,              -- of the file, to skip what has not changed
    format TEXT NOT NULL,            -- the name of the format that read it
    format_version INTEGER NOT NULL, -- and its version: a later one reads the page again
    origin TEXT NOT NULL CHECK (origin <> ''), -- seed, import
    language TEXT NOT NULL,
    headline TEXT NOT NULL CHECK (headline <> ''),
    summary TEXT,
    image TEXT,
    sources TEXT NOT NULL,           -- JSON: [[name, address], ...]
    topics TEXT NOT NULL,            -- JSON: [name, ...]
    also TEXT NOT NULL DEFAULT '[]', -- JSON: other names of the event, [name, ...]
    pick INTEGER NOT NULL DEFAULT 0 CHECK (pick IN (0, 1)), -- an editor's lead of its day
    category TEXT,
    weight INTEGER CHECK (weight >= 0), -- bytes of the article that tells it
    source TEXT,                     -- which source it was fetched from, and its id there
    seen TEXT,                       -- when it was first fetched, ISO, UTC
    credit TEXT,                     -- whose text it is, its licence, the address of the revision
    withdrawn TEXT                   -- since when its source has withdrawn it; null: it has not
) STRICT;
INSERT INTO new_page (
    id, hash, format, format_version, origin, language, headline, summary, image, sources, topics
)
SELECT id, hash, 'context', grammar, origin, language, headline, summary, image, sources, topics FROM page;
DROP TABLE page;
ALTER TABLE new_page RENAME TO page;
CREATE INDEX page_by_origin ON page (origin) WHERE origin = 'seed';

ALTER TABLE event ADD COLUMN also TEXT NOT NULL DEFAULT '[]';
ALTER TABLE event ADD COLUMN pick INTEGER NOT NULL DEFAULT 0 CHECK (pick IN (0, 1));
ALTER TABLE event ADD COLUMN category TEXT;
ALTER TABLE event ADD COLUMN weight INTEGER CHECK (weight >= 0);
ALTER TABLE event ADD COLUMN seen TEXT;
ALTER TABLE event ADD COLUMN credit TEXT;

-- An event as cards show it, whole: its topics and its related events as JSON.
--
-- The related events are first those that its pages list, in their order; then those whose pages list it, best first. A
-- stub, or an event whose pages list none, is also given events that share its topics: the rarer a topic, the more it
-- weighs. Only the 41 best events of each of its 6 rarest topics, in its own language, are compared, so that the work is
-- bounded.
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
                            WHERE own.code = event.language
                        ) AS candidate
                        JOIN event_topic AS mine ON mine.event_id = event.id
                        JOIN event_topic AS theirs
                            ON theirs.topic_id = mine.topic_id AND theirs.event_id = candidate.id
                        JOIN topic ON topic.id = mine.topic_id
                        WHERE candidate.id <> event.id AND NOT EXISTS (
                            SELECT 1 FROM page_path JOIN mention ON mention.page_id = page_path.id
                            WHERE page_path.event_id = event.id
                        )
                        GROUP BY candidate.id ORDER BY weight, candidate.id LIMIT 10
                    )
                )
                WHERE id <> event.id GROUP BY id
                ORDER BY kind, position, id LIMIT 25
            ) AS link JOIN event AS other ON other.id = link.id
            ORDER BY link.kind, link.position, link.id
        )
    ) AS related
FROM event;
