-- Items of feeds have no day's page by which they are found again: an item may stand in its feed for weeks, with another
-- headline, or without a date. So the pages that tell items are found by marks. Where `indexed` has no row for a source,
-- a fetch was ended while it wrote: its pages are read for their marks, all of them.

CREATE TABLE mark (
    source TEXT NOT NULL,            -- feed
    mark TEXT NOT NULL,              -- of the item's name (its id or its words), or its link
    path TEXT NOT NULL,              -- of the page that tells it
    PRIMARY KEY (source, mark, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE indexed (
    source TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
