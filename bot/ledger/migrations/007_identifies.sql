-- The sessions that the bot has begun with Discord (IDENTIFY), of the last days: Discord counts them, too, and resets the
-- token of a bot that begins too many.

CREATE TABLE identify (
    id INTEGER PRIMARY KEY,
    sent_at INTEGER NOT NULL,                                     -- seconds since 1970, UTC
    shard INTEGER NOT NULL CHECK (shard >= 0),
    is_start INTEGER NOT NULL CHECK (is_start IN (0, 1)),         -- the first one of a process
    has_lasted INTEGER NOT NULL DEFAULT 0 CHECK (has_lasted IN (0, 1)) -- the bot stayed connected for some minutes
) STRICT;
