-- The starter archive stays beside what is imported, in step with the installed version.

-- How many of the events, and of the stubs, the archive knows from the starter pages alone.
ALTER TABLE total ADD COLUMN starter INTEGER NOT NULL DEFAULT 0;
ALTER TABLE total ADD COLUMN starter_stubs INTEGER NOT NULL DEFAULT 0;
-- Which starter pages these are: a hash of them all. Null: none have been brought in yet.
ALTER TABLE total ADD COLUMN starter_hash TEXT;
