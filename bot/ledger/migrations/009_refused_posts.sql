-- A post that Discord refused is tried again for a while, and one cause is reported once for a whole server.

-- Of a delivery that failed, or was skipped while its subscription rests: until when it may still be sent; null if not.
ALTER TABLE delivery ADD COLUMN retry_until INTEGER;
CREATE INDEX delivery_retried ON delivery (retry_until) WHERE retry_until IS NOT NULL;

-- What the admins were notified of, while admins_notified is 1.
ALTER TABLE subscription ADD COLUMN notified_reason TEXT;
