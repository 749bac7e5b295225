-- The first shape of the ledger: what was taken out of the archive for good, and small facts the bot must remember.

CREATE TABLE forgotten (
    key TEXT NOT NULL CHECK (length(key) = 12),
    fingerprint TEXT NOT NULL, -- of the date and the words of the headline; the text itself is not kept
    PRIMARY KEY (key, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
