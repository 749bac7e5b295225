-- An event's words are kept packed: they were stored whole beside their basic forms, which begin as they do, and are read
-- only when an event comes into the index of words or leaves it. This index has shorter beginnings too: those of three
-- letters only, since those of two took a tenth of the file. What begins with two letters is found in the words themselves.
DROP TABLE event_search;
CREATE VIRTUAL TABLE event_search USING fts5 (
    headline, topics, summary, content = '', tokenize = 'ascii', prefix = '3', columnsize = 0
);
INSERT INTO event_search (rowid, headline, topics, summary)
SELECT id, headline, topics, summary FROM event_words ORDER BY id;

-- The index of basic forms stays: it reads the same column of the new table.
CREATE TABLE new_event_words (
    id INTEGER PRIMARY KEY REFERENCES event (id),
    stems TEXT NOT NULL DEFAULT '', -- the basic forms of headline, names, topics and summary, with ";" between
    packed BLOB NOT NULL            -- the words of headlines, topics and names, and summary; see event_words.py
) STRICT;
INSERT INTO new_event_words (id, stems, packed)
SELECT id, stems, pack_words(headline, topics, summary, stems) FROM event_words ORDER BY id;
DROP TABLE event_words;
ALTER TABLE new_event_words RENAME TO event_words;
