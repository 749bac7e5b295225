-- Daily posts: the standing orders, what became of each on each local date, and what was shown in which channel.
-- Moments are seconds since 1970, UTC.

CREATE TABLE subscription (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: a message carries what follows from it
    guild_id INTEGER NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    channel_id INTEGER NOT NULL,
    minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439), -- of the local day
    zone TEXT NOT NULL,
    weekdays INTEGER NOT NULL CHECK (weekdays BETWEEN 1 AND 127), -- bit 0 is Monday
    topic TEXT CHECK (length(topic) = 12),
    topic_name TEXT,
    count INTEGER NOT NULL CHECK (count BETWEEN 1 AND 10),
    role_id INTEGER,
    thread INTEGER NOT NULL CHECK (thread IN (0, 1)),
    late INTEGER NOT NULL CHECK (late BETWEEN 0 AND 23), -- hours
    language TEXT,
    publish INTEGER NOT NULL CHECK (publish IN (0, 1)),
    pin INTEGER NOT NULL CHECK (pin IN (0, 1)),
    tag_id INTEGER,
    empty TEXT NOT NULL CHECK (empty IN ('nothing', 'nearest')),
    since INTEGER NOT NULL, -- nothing due before is posted
    next_at INTEGER,        -- the next moment to look at it; null while it rests
    paused TEXT CHECK (paused IN ('asked', 'failing')),
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    gone_at INTEGER,        -- since when the bot is no longer in the server
    UNIQUE (guild_id, number)
) STRICT;
CREATE INDEX subscription_by_next ON subscription (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX subscription_by_gone ON subscription (gone_at) WHERE gone_at IS NOT NULL;

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: an attempt on its way may outlive its order
    subscription_id INTEGER NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    local_date TEXT NOT NULL CHECK (length(local_date) = 10),
    due_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'claimed', 'sent', 'skipped', 'failed')),
    late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    claimed_at INTEGER,
    attempted_at INTEGER,
    finished_at INTEGER,
    channel_id INTEGER,
    message_id INTEGER,
    reason TEXT,            -- why nothing was sent, or why it has to wait
    missed INTEGER NOT NULL DEFAULT 0 CHECK (missed IN (0, 1)), -- nothing was sent, and nobody wanted that
    picked TEXT,            -- JSON: [[month * 100 + day, key], ...], set when claimed
    title TEXT,             -- what a thread about it is called, set when claimed
    UNIQUE (subscription_id, local_date),
    CHECK (state NOT IN ('claimed', 'sent') OR claimed_at IS NOT NULL),
    CHECK (state <> 'sent' OR message_id IS NOT NULL),
    CHECK ((state IN ('sent', 'skipped', 'failed')) = (finished_at IS NOT NULL))
) STRICT;
CREATE INDEX delivery_by_date ON delivery (local_date);
CREATE INDEX delivery_open ON delivery (due_at) WHERE state IN ('due', 'claimed');

-- What is done to a post after it stands there.
CREATE TABLE step (
    delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('thread', 'publish', 'pin')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    reason TEXT,
    PRIMARY KEY (delivery_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX step_open ON step (delivery_id) WHERE state = 'pending';

-- How often an event was posted in a channel; it outlives the orders.
CREATE TABLE shown (
    channel_id INTEGER NOT NULL,
    month_day INTEGER NOT NULL, -- of the event
    key TEXT NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0),
    PRIMARY KEY (channel_id, month_day, key)
) STRICT, WITHOUT ROWID;

-- What admins decided for one local date to come.
CREATE TABLE choice (
    subscription_id INTEGER NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    local_date TEXT NOT NULL CHECK (length(local_date) = 10),
    skip INTEGER NOT NULL CHECK (skip IN (0, 1)),
    passed TEXT NOT NULL, -- JSON: keys of events that are not to lead
    PRIMARY KEY (subscription_id, local_date)
) STRICT, WITHOUT ROWID;
