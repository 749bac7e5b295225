-- The first shape of the archive. Two layers: what the pages tell (name, page, mention, earlier, list, hint), and
-- what follows from it (event and all below it), made anew for each day that an import touches.

-- Every path ever heard of: a page's, one in a Related list, in Changes, in a day's index.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (length(key) = 12),
    path TEXT NOT NULL,
    date TEXT NOT NULL CHECK (length(date) = 10),
    event_id INTEGER         -- null while only a list or a Changes section knows it
) STRICT;
CREATE INDEX name_by_date ON name (date);
CREATE INDEX name_by_event ON name (event_id) WHERE event_id IS NOT NULL;

-- What others call it. What nobody tells any more counts for nothing.
CREATE TABLE wording (
    id INTEGER PRIMARY KEY,
    name_id INTEGER NOT NULL REFERENCES name (id),
    language TEXT NOT NULL,
    headline TEXT NOT NULL,
    UNIQUE (name_id, language, headline)
) STRICT;

CREATE TABLE page (
    id INTEGER PRIMARY KEY REFERENCES name (id),
    hash BLOB NOT NULL,       -- of the file, to skip what has not changed
    grammar INTEGER NOT NULL, -- the version of the grammar that read it
    origin TEXT NOT NULL CHECK (origin IN ('seed', 'import')),
    language TEXT NOT NULL,
    headline TEXT NOT NULL CHECK (headline <> ''),
    summary TEXT,
    image TEXT,
    sources TEXT NOT NULL, -- JSON: [[name, address], ...]
    topics TEXT NOT NULL   -- JSON: [name, ...]
) STRICT;
CREATE INDEX page_by_origin ON page (origin) WHERE origin = 'seed';

-- The items of the Related lists.
CREATE TABLE mention (
    page_id INTEGER NOT NULL REFERENCES page (id),
    place INTEGER NOT NULL,
    name_id INTEGER NOT NULL REFERENCES name (id),
    wording_id INTEGER NOT NULL REFERENCES wording (id),
    topics TEXT NOT NULL, -- JSON: [name, ...]
    PRIMARY KEY (page_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_by_name ON mention (name_id, page_id);

-- The items of the Changes sections: other paths of the page's own event.
CREATE TABLE earlier (
    page_id INTEGER NOT NULL REFERENCES page (id),
    name_id INTEGER NOT NULL REFERENCES name (id),
    wording_id INTEGER NOT NULL REFERENCES wording (id),
    PRIMARY KEY (page_id, name_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX earlier_by_name ON earlier (name_id);

-- Days' indexes, and the topics they give for the events they list.
CREATE TABLE list (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    hash BLOB NOT NULL,
    grammar INTEGER NOT NULL
) STRICT;
CREATE TABLE hint (
    list_id INTEGER NOT NULL REFERENCES list (id),
    name_id INTEGER NOT NULL REFERENCES name (id),
    wording_id INTEGER NOT NULL REFERENCES wording (id),
    topics TEXT NOT NULL, -- JSON: [name, ...]
    PRIMARY KEY (list_id, name_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hint_by_name ON hint (name_id);

-- An event's id is its place in "best first": (255 - score) * 2^32 + the id of its name. Whatever is read in the
-- order of ids, from whichever index, comes best first.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    date TEXT NOT NULL,
    month_day INTEGER NOT NULL CHECK (month_day BETWEEN 101 AND 1231), -- month * 100 + day
    language TEXT NOT NULL,
    stub INTEGER NOT NULL CHECK (stub IN (0, 1)),
    headline TEXT NOT NULL CHECK (headline <> ''),
    summary TEXT,
    image TEXT,
    sources TEXT NOT NULL
) STRICT;
-- With the date, so that a day of one year is counted and read from the index alone.
CREATE INDEX event_by_day ON event (month_day, id, date);
CREATE INDEX event_by_date ON event (date, id);

CREATE TABLE topic (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,    -- short and permanent, for buttons
    folded TEXT NOT NULL UNIQUE, -- without case, accents, Chinese script
    name TEXT NOT NULL,          -- the spelling used most
    events INTEGER NOT NULL
) STRICT;
CREATE INDEX topic_by_name ON topic (folded, events DESC, id);
CREATE INDEX topic_by_events ON topic (events DESC, id);
CREATE TABLE spelling (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    topic_id INTEGER NOT NULL REFERENCES topic (id)
) STRICT;
CREATE INDEX spelling_by_topic ON spelling (topic_id);

CREATE TABLE event_topic (
    topic_id INTEGER NOT NULL REFERENCES topic (id),
    event_id INTEGER NOT NULL REFERENCES event (id),
    month_day INTEGER NOT NULL,
    date TEXT NOT NULL,
    place INTEGER NOT NULL,
    spelling_id INTEGER NOT NULL REFERENCES spelling (id),
    PRIMARY KEY (topic_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_topic_by_event ON event_topic (event_id, place, topic_id);
CREATE INDEX event_topic_by_day ON event_topic (topic_id, month_day, event_id, date);
CREATE INDEX event_topic_by_date ON event_topic (topic_id, date, event_id);

-- "International Space Station (ISS)" in a headline: ISS finds that topic.
CREATE TABLE acronym (
    folded TEXT NOT NULL,
    expansion TEXT NOT NULL, -- folded, as topic.folded
    event_id INTEGER NOT NULL REFERENCES event (id),
    PRIMARY KEY (folded, expansion, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX acronym_by_event ON acronym (event_id);

-- What the whole archive holds: one row, counted at the end of each import.
CREATE TABLE total (
    events INTEGER NOT NULL,
    stubs INTEGER NOT NULL,
    topics INTEGER NOT NULL,
    first TEXT,
    last TEXT,
    languages TEXT NOT NULL -- JSON: {code: events}
) STRICT;
INSERT INTO total VALUES (0, 0, 0, NULL, NULL, '{}');

-- What full-text search indexes is words cut beforehand (Chinese into pairs), not the text as shown.
CREATE TABLE event_words (
    id INTEGER PRIMARY KEY REFERENCES event (id),
    headline TEXT NOT NULL,
    topics TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE event_search USING fts5 (
    headline, topics, summary,
    content = 'event_words', content_rowid = 'id', tokenize = 'ascii', prefix = '2 3', columnsize = 0
);
CREATE TABLE topic_words (
    id INTEGER PRIMARY KEY REFERENCES topic (id),
    words TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE topic_search USING fts5 (
    words, content = 'topic_words', content_rowid = 'id', tokenize = 'ascii', prefix = '2 3', columnsize = 0
);
