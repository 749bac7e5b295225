-- What a daily post tells: anniversaries of its day, yesterday's news, or both.
ALTER TABLE subscription ADD COLUMN content TEXT NOT NULL DEFAULT 'anniversaries'
    CHECK (content IN ('anniversaries', 'news', 'both'));
