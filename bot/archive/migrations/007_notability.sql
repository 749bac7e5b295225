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
