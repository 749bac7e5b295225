-- What was first seen after a moment is found without reading all events. With the date: what was fetched long after it
-- happened is passed over by the index alone.
CREATE INDEX event_by_seen ON event (seen, date) WHERE seen IS NOT NULL;
