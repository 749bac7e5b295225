-- What is known of the Wikipedia articles that events are about: how large they are, and their lead images. It comes from
-- files beside the pages (articles/en/3f.jsonl), and can always be read from them again.

CREATE TABLE article (
    language TEXT NOT NULL,          -- of its Wikipedia
    title TEXT NOT NULL,             -- as pages' addresses name it, with blanks
    size INTEGER CHECK (size >= 0),  -- in bytes; null: there is no such article
    image TEXT,                      -- the address of its lead image, which is free; null: it has none
    credit TEXT,                     -- of the image: author, licence, the address of the file's page
    checked TEXT NOT NULL,           -- the day on which it was like that, ISO
    PRIMARY KEY (language, title)
) STRICT, WITHOUT ROWID;
-- The files as they were read last, to skip what has not changed.
CREATE TABLE article_file (
    path TEXT PRIMARY KEY,           -- articles/en/3f.jsonl
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- The pages that name an article as a source. Which one it is, only article.py reads from an address.
CREATE INDEX page_by_article ON page (sources) WHERE instr(sources, '.wikipedia.org/wiki/');

-- Whose image it is, where it is that of the article, and not one of its pages.
ALTER TABLE event ADD COLUMN image_credit TEXT;
