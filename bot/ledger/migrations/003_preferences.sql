-- What people set for themselves, and what servers do not want to be shown. Who has set nothing has no row.

CREATE TABLE person (
    user_id INTEGER PRIMARY KEY,
    private INTEGER NOT NULL CHECK (private IN (0, 1)), -- answers are for this person's eyes only
    zone TEXT CHECK (zone <> ''),                       -- an IANA name; null: UTC
    CHECK (private = 1 OR zone IS NOT NULL)
) STRICT;

CREATE TABLE mute (
    guild_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('topic', 'word')),
    value TEXT NOT NULL CHECK (CASE kind WHEN 'topic' THEN length(value) = 12 ELSE value <> '' END), -- a key; folded
    name TEXT NOT NULL CHECK (name <> ''), -- as it is shown
    gone_at INTEGER,                       -- since when the bot is no longer in the server
    PRIMARY KEY (guild_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX mute_by_gone ON mute (gone_at) WHERE gone_at IS NOT NULL;
