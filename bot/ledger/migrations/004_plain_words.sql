-- Plain names for tables and columns. No row changes.

ALTER TABLE forgotten RENAME TO forgotten_event;

ALTER TABLE shown RENAME TO channel_history;
ALTER TABLE channel_history RENAME COLUMN times TO times_shown;

ALTER TABLE subscription RENAME COLUMN told TO admins_notified;

-- JSON: [[month * 100 + day, key], ...], set when claimed.
ALTER TABLE delivery RENAME COLUMN picked TO events;
-- Nothing was sent, although somebody would have wanted it.
ALTER TABLE delivery RENAME COLUMN missed TO unwanted_skip;

-- JSON: keys of events that are not to lead.
ALTER TABLE choice RENAME COLUMN passed TO rejected_leads;
