-- Spellings of one name are one topic: earthquake and earthquakes, US and United States. Topics that this makes one are
-- merged when the archive is opened, see topic_merge.py.

-- Other keys of topics: those that their spellings had as topics of their own.
CREATE TABLE topic_key (
    key TEXT PRIMARY KEY,
    topic_id INTEGER NOT NULL REFERENCES topic (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_key_by_topic ON topic_key (topic_id);
-- With which version of the rules the topics are named; see topic_forms.py.
ALTER TABLE total ADD COLUMN topic_forms INTEGER NOT NULL DEFAULT 0;

-- What topics are found by: the words of all spellings, and of the name the basic forms of its words, its initials, and
-- itself as one word.
DROP TABLE topic_search;
DROP TABLE topic_words;
CREATE TABLE topic_words (
    place INTEGER PRIMARY KEY,
    words TEXT NOT NULL,
    stems TEXT NOT NULL,
    short TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE topic_search USING fts5 (
    words, stems, short,
    content = 'topic_words', content_rowid = 'place', tokenize = 'ascii', prefix = '1 2 3', columnsize = 0
);
