-- A ledger that stays small over years: what is about to be posted is kept only until it was, old deliveries become one
-- row a month, and what a channel was shown one row for each day of the year.

-- What a delivery's message shows: from when it is claimed until nothing is left to be done with it.
CREATE TABLE post (
    delivery_id INTEGER PRIMARY KEY REFERENCES delivery (id) ON DELETE CASCADE,
    events TEXT NOT NULL CHECK (json_valid(events)), -- JSON: [[month * 100 + day, key], ...]
    title TEXT NOT NULL                              -- what a thread about it is called
) STRICT;
INSERT INTO post
    SELECT id, coalesce(events, '[]'), coalesce(title, '') FROM delivery
    WHERE state = 'claimed' OR id IN (SELECT delivery_id FROM step WHERE state = 'pending');
ALTER TABLE delivery DROP COLUMN events;
ALTER TABLE delivery DROP COLUMN title;
-- Only those who delete old deliveries asked by date; they go by id now.
DROP INDEX delivery_by_date;

CREATE TABLE delivery_month (
    subscription_id INTEGER NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    month TEXT NOT NULL CHECK (length(month) = 7), -- 2026-03
    sent INTEGER NOT NULL,
    late INTEGER NOT NULL,                         -- of those sent
    skipped INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, month)
) STRICT, WITHOUT ROWID;

ALTER TABLE channel_history RENAME TO old_history;
CREATE TABLE channel_history (
    month_day INTEGER NOT NULL, -- of the events; first, since all channels get posts about the same day
    channel_id INTEGER NOT NULL,
    shown TEXT NOT NULL,        -- the first four characters of an event's key for each time it was shown, oldest first
    PRIMARY KEY (month_day, channel_id)
) STRICT, WITHOUT ROWID;
INSERT INTO channel_history
    SELECT month_day, channel_id, group_concat(replace(printf('%.*c', times_shown, '.'), '.', substr(key, 1, 4)), '')
    FROM old_history GROUP BY month_day, channel_id;
DROP TABLE old_history;
