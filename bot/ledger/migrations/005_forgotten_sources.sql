-- Pages that were fetched and then taken out for good: a later wording of one is known by the hashes of its sources, words
-- and topics. The text itself is not kept.

CREATE TABLE forgotten_source (
    source TEXT NOT NULL CHECK (source <> ''),       -- where the page was fetched, as its block says
    marks TEXT NOT NULL CHECK (json_valid(marks)),   -- JSON: short hashes, in order
    PRIMARY KEY (source, marks)
) STRICT, WITHOUT ROWID;
