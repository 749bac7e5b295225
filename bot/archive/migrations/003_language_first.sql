-- Events of a reader's language come first: an event's id now holds its language, too.
--
-- It is language * 2^40 + (255 - score) * 2^32 + the id of its name; the language is 1 for Chinese, 0 for all others.

UPDATE name SET event_id = event_id + 1099511627776
    WHERE event_id IN (SELECT id FROM event WHERE language = 'zh');
UPDATE acronym SET event_id = event_id + 1099511627776
    WHERE event_id IN (SELECT id FROM event WHERE language = 'zh');
UPDATE event_words SET id = id + 1099511627776
    WHERE id IN (SELECT id FROM event WHERE language = 'zh');
UPDATE event_topic SET event_id = event_id + 1099511627776
    WHERE event_id IN (SELECT id FROM event WHERE language = 'zh');
UPDATE event SET id = id + 1099511627776 WHERE language = 'zh';
INSERT INTO event_search (event_search) VALUES ('rebuild');
