-- Subjects that channels follow: each as it was made, for ever, since the lists below old messages are about it.
CREATE TABLE subject (
    key TEXT PRIMARY KEY CHECK (length(key) = 12),
    definition TEXT NOT NULL CHECK (json_valid(definition))
) STRICT, WITHOUT ROWID;

-- By which terms of an event subjects are found: a part of a subject is met by an event that has a term of each of its
-- words.
CREATE TABLE subject_term (
    term TEXT NOT NULL,
    subject_key TEXT NOT NULL REFERENCES subject (key),
    part INTEGER NOT NULL,
    word INTEGER NOT NULL,
    needed INTEGER NOT NULL, -- how many words the part has
    PRIMARY KEY (term, subject_key, part, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_term_by_subject ON subject_term (subject_key);
