-- What a fetch remembers of its sources, beside the pages that it wrote. It vouches for these, and is written last:
-- where it is missing, everything is asked for again, and nothing is lost.

-- The parts that a source comes in: of the portal, a day's page.
CREATE TABLE part (
    source TEXT NOT NULL,            -- portal
    name TEXT NOT NULL,              -- 2025-11-22
    validator TEXT NOT NULL,         -- by which the source knows what was read: a revision, an ETag
    events INTEGER NOT NULL CHECK (events >= 0),
    missed INTEGER NOT NULL CHECK (missed >= 0), -- citations that were in none of the events
    paths TEXT NOT NULL,             -- JSON: the paths of the pages that tell these events, [path, ...]
    fetched TEXT NOT NULL,           -- ISO, UTC
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures >= 0), -- visits in a row that reached nothing
    visited TEXT NOT NULL,           -- the last visit that reached something; ISO, UTC; empty: none
    next_visit TEXT NOT NULL         -- not before; ISO, UTC
) STRICT, WITHOUT ROWID;
