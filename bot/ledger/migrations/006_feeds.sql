-- The feeds that an operator has added. They are in the ledger because nobody could make them again.

CREATE TABLE feed (
    address TEXT PRIMARY KEY CHECK (address <> ''),
    name TEXT NOT NULL CHECK (name <> ''),                              -- of the publisher, as sources show it
    language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 3),    -- of its items: en, de
    every INTEGER NOT NULL CHECK (every BETWEEN 5 AND 10080),           -- minutes between visits
    added INTEGER NOT NULL                                              -- seconds since 1970, UTC
) STRICT, WITHOUT ROWID;
