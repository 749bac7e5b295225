-- Follows: subscriptions that post what is new about a subject.

-- What follows are about. A subject never changes and is never deleted: buttons on old messages have its key.
CREATE TABLE subject (
    key TEXT PRIMARY KEY CHECK (length(key) = 12),
    definition TEXT NOT NULL CHECK (json_valid(definition)) -- JSON: its topics and searches
) STRICT, WITHOUT ROWID;

-- Which subjects an event is about, by what it has: a part of a subject is met by an event that has a term of each of its
-- needed words.
CREATE TABLE subject_term (
    term TEXT NOT NULL,            -- "t" and a topic's key, or "w" and a word in its basic form
    subject_key TEXT NOT NULL REFERENCES subject (key),
    part INTEGER NOT NULL,
    word INTEGER NOT NULL,         -- of the part; it may have several forms
    needed INTEGER NOT NULL,       -- how many words the part has
    PRIMARY KEY (term, subject_key, part, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_term_by_subject ON subject_term (subject_key);

ALTER TABLE subscription ADD COLUMN subject TEXT REFERENCES subject (key); -- of a follow; null: a daily post
ALTER TABLE subscription ADD COLUMN subject_name TEXT;
ALTER TABLE subscription ADD COLUMN month_day INTEGER CHECK (month_day BETWEEN 1 AND 31); -- of a monthly digest
ALTER TABLE subscription ADD COLUMN at_once INTEGER NOT NULL DEFAULT 0 CHECK (at_once IN (0, 1));
-- Nothing that was first fetched before is news to a follow.
ALTER TABLE subscription ADD COLUMN news_since INTEGER;
-- When the newest event came in that a follow posts at once.
ALTER TABLE subscription ADD COLUMN matched_at INTEGER;
CREATE INDEX subscription_at_once ON subscription (subject) WHERE at_once;

-- What follows have posted; kept for some weeks.
CREATE TABLE posted_news (
    subscription_id INTEGER NOT NULL,
    key TEXT NOT NULL,        -- of the event, when it was posted
    channel_id INTEGER NOT NULL,
    posted_on TEXT NOT NULL CHECK (length(posted_on) = 10), -- the local date
    PRIMARY KEY (subscription_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX posted_news_by_channel ON posted_news (channel_id, posted_on);
CREATE INDEX posted_news_by_date ON posted_news (posted_on);

-- A follow that posts at once may have several deliveries on one local date.
CREATE TABLE new_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: an attempt on its way may outlive its subscription
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
    unwanted_skip INTEGER NOT NULL DEFAULT 0 CHECK (unwanted_skip IN (0, 1)),
    retry_until INTEGER,    -- of one that was refused: until when it may still be sent
    part INTEGER NOT NULL DEFAULT 0 CHECK (part >= 0), -- 1, 2, ... of what is posted at once on a local date
    report TEXT CHECK (report IS NULL OR json_valid(report)), -- of a follow: JSON, what matched and what was left out
    UNIQUE (subscription_id, local_date, part),
    CHECK (state NOT IN ('claimed', 'sent') OR claimed_at IS NOT NULL),
    CHECK (state <> 'sent' OR message_id IS NOT NULL),
    CHECK ((state IN ('sent', 'skipped', 'failed')) = (finished_at IS NOT NULL))
) STRICT;
INSERT INTO new_delivery (
    id, subscription_id, local_date, due_at, state, late, claimed_at, attempted_at, finished_at, channel_id, message_id,
    reason, unwanted_skip, retry_until
)
SELECT
    id, subscription_id, local_date, due_at, state, late, claimed_at, attempted_at, finished_at, channel_id, message_id,
    reason, unwanted_skip, retry_until
FROM delivery;
-- Ids of deleted rows are not used again either.
DELETE FROM sqlite_sequence WHERE name = 'new_delivery';
UPDATE sqlite_sequence SET name = 'new_delivery' WHERE name = 'delivery';
DROP TABLE delivery;
ALTER TABLE new_delivery RENAME TO delivery;
CREATE INDEX delivery_open ON delivery (due_at) WHERE state IN ('due', 'claimed');
CREATE INDEX delivery_retried ON delivery (retry_until) WHERE retry_until IS NOT NULL;
