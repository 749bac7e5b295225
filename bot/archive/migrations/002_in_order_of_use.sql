-- Topics are found most used first, by the same device as events: what stands in the index's order need not be sorted.

DROP TABLE topic_search;
ALTER TABLE topic_words RENAME TO old_topic_words;
-- A topic's place is (2^31 - 1 - events) * 2^32 + its id; it moves when its events are counted anew.
CREATE TABLE topic_words (
    place INTEGER PRIMARY KEY,
    words TEXT NOT NULL
) STRICT;
INSERT INTO topic_words (place, words)
    SELECT (2147483647 - events) << 32 | topic.id, words FROM old_topic_words JOIN topic USING (id) ORDER BY 1;
DROP TABLE old_topic_words;
CREATE VIRTUAL TABLE topic_search USING fts5 (
    words, content = 'topic_words', content_rowid = 'place', tokenize = 'ascii', prefix = '1 2 3', columnsize = 0
);
INSERT INTO topic_search (topic_search) VALUES ('rebuild');

-- With all that a daily post goes by, so that only the events it may show are read.
DROP INDEX event_by_day;
CREATE INDEX event_by_day ON event (month_day, id, date, language, stub);
