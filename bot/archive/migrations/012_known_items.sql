-- What an article is about in every language, so that pages that only name it as their lead article join those of other
-- languages, as pages do that say it themselves.

ALTER TABLE article ADD COLUMN item TEXT; -- Q43653; null: not known
-- Of a page that does not say it itself (item), what the facts say of its lead article.
ALTER TABLE page ADD COLUMN known_item TEXT;
CREATE INDEX page_by_item ON page (item) WHERE item IS NOT NULL;
CREATE INDEX page_by_known_item ON page (known_item) WHERE known_item IS NOT NULL;
