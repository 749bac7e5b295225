-- A wording's headline stands in the file once: the index that kept wordings apart had it again, a quarter of a kilobyte for
-- each event. The importer, which looks for a path's wordings before it adds one, keeps them apart.

CREATE TABLE new_wording (
    id INTEGER PRIMARY KEY,
    path_id INTEGER NOT NULL REFERENCES page_path (id),
    language TEXT NOT NULL,
    headline TEXT NOT NULL
) STRICT;
INSERT INTO new_wording (id, path_id, language, headline) SELECT id, path_id, language, headline FROM wording;
DROP TABLE wording;
ALTER TABLE new_wording RENAME TO wording;
CREATE INDEX wording_by_path ON wording (path_id);
