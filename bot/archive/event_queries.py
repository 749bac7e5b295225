"""Statements about single events and about the archive as a whole."""

from bot.archive.inserts import quoted
from bot.domain.credit import CONTEXT_CREDIT, STARTER_CREDIT
from bot.domain.page import STARTER_SOURCE

_IS_STARTER_SOURCE = f"substr(value ->> 0, 1, {len(STARTER_SOURCE)}) = {quoted(STARTER_SOURCE)}"
# Whose text an event is: as its page says; else the starter archive's, if all of its sources are called as there.
CREDIT = f"""
    coalesce(event.credit, CASE WHEN event.sources <> '[]' AND NOT EXISTS (
        SELECT 1 FROM json_each(event.sources) WHERE NOT {_IS_STARTER_SOURCE}
    ) THEN {quoted(STARTER_CREDIT)} ELSE {quoted(CONTEXT_CREDIT)} END)
"""
# The columns of an event's card, of the view event_card.
CARD = f"""
    event_card.*, (SELECT {CREDIT} FROM event WHERE event.id = event_card.id) AS credit,
    (SELECT image_credit FROM event WHERE event.id = event_card.id) AS image_credit
"""
# Another event as cards name it, JSON.
NAMED_EVENT = f"json_array(event.key, event.date, event.headline, json_array(), {CREDIT})"

# One event, whole, by any of its keys.
EVENT = f"SELECT {CARD} FROM event_card WHERE id = (SELECT event_id FROM page_path WHERE key = :key)"

# The best event that has a page of its own.
BEST_EVENT = f"SELECT {CARD} FROM event_card WHERE NOT stub ORDER BY id LIMIT 1"

# The best event that has an image and is the best of its date.
BEST_WITH_IMAGE = f"""
    SELECT {CARD} FROM event_card WHERE id = (
        SELECT id FROM event WHERE NOT stub AND image IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM event AS better
            WHERE better.month_day = event.month_day AND better.date = event.date AND better.id < event.id
        ) ORDER BY id LIMIT 1
    )
"""

NEWEST_DATE = "SELECT max(date) AS date FROM event WHERE date <= :until"

STATS = "SELECT events, stubs, starter, topics, first_date, last_date, languages FROM total"

# The hash of the starter pages that were brought in, and whether there are any.
STARTER = "SELECT starter_hash, EXISTS (SELECT 1 FROM page WHERE origin = 'seed') FROM total"
SET_STARTER_HASH = "UPDATE total SET starter_hash = :hash"

# Events and stubs without those that only the starter pages know.
COUNT_IMPORTED = "SELECT events - starter, stubs - starter_stubs FROM total"

# Brings what the whole archive holds up to date, given by how much the numbers of events and of stubs have changed, and
# the events of each language.
TOTAL_LANGUAGES = "SELECT languages FROM total"
UPDATE_TOTAL = """
    UPDATE total SET events = events + :events, stubs = stubs + :stubs, languages = :languages,
        topics = (SELECT count(*) FROM topic),
        first_date = (SELECT min(date) FROM event), last_date = (SELECT max(date) FROM event)
"""

# Counts those that the archive knows from starter pages alone: it has no other page of them, and none mentions them.
COUNT_STARTER = """
    UPDATE total SET (starter, starter_stubs) = (
        SELECT count(*), coalesce(sum(stub), 0) FROM event WHERE id IN (
            SELECT event_id FROM page JOIN page_path USING (id) WHERE origin = 'seed'
            UNION
            SELECT event_id FROM page JOIN mention ON page_id = page.id JOIN page_path ON page_path.id = path_id
            WHERE origin = 'seed'
        ) AND NOT EXISTS (
            SELECT 1 FROM page_path JOIN page USING (id)
            WHERE event_id = event.id AND origin <> 'seed' AND withdrawn IS NULL
        ) AND NOT EXISTS (
            SELECT 1 FROM page_path JOIN mention ON path_id = page_path.id JOIN page ON page.id = page_id
            WHERE event_id = event.id AND origin <> 'seed'
        )
    )
"""

# The texts and topics by which a server's mutes are checked; :keys are events' keys, JSON.
TEXTS_AND_TOPICS = """
    SELECT key, headline, summary, (
        SELECT json_group_array(text) FROM (
            SELECT headline AS text FROM event_wording WHERE event_id = event.id
            UNION ALL SELECT summary FROM event_wording WHERE event_id = event.id AND summary IS NOT NULL
        )
    ) AS wordings, (
        SELECT json_group_array(topic.key) FROM event_topic JOIN topic ON topic.id = topic_id WHERE event_id = event.id
    ) AS topic_keys
    FROM event WHERE key IN (SELECT value FROM json_each(:keys))
"""

# The languages in which events have wordings beside their own.
WORDING_LANGUAGES = """
    SELECT code FROM event_language WHERE EXISTS (SELECT 1 FROM event_wording WHERE language = code)
"""
# The wordings in :language of the events under :keys (JSON).
WORDINGS = """
    SELECT event.key, event_wording.* FROM event JOIN event_wording ON event_id = event.id
    WHERE event_wording.language = :language AND event.key IN (SELECT value FROM json_each(:keys))
"""

IMAGES = "SELECT image FROM event WHERE image IS NOT NULL ORDER BY id LIMIT :limit"

IS_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM page)"

# Whether the page under :key, or one that names it as a former path of its own, is withdrawn, and no other page tells
# the event.
IS_WITHDRAWN = """
    SELECT EXISTS (
        SELECT 1 FROM page_path JOIN page ON page.id = page_path.id OR page.id IN (
            SELECT page_id FROM former_path WHERE path_id = page_path.id
        )
        WHERE key = :key AND event_id IS NULL AND withdrawn IS NOT NULL
    ) AS is_withdrawn
"""

_LEADS_TO_EVENT = "page_path.key = :key OR page_path.event_id = (SELECT event_id FROM page_path WHERE key = :key)"
# The pages behind :key: those of the event that it leads to, or the withdrawn one.
PAGES_OF_EVENT = f"SELECT page.*, path, date FROM page_path JOIN page USING (id) WHERE {_LEADS_TO_EVENT}"
# Every key of the event that :key leads to, with the date and the headline of the page or mention behind it.
KEYS_OF_EVENT = f"""
    SELECT page_path.key, page_path.date, coalesce(page.headline, wording.headline) AS headline
    FROM page_path LEFT JOIN page USING (id) LEFT JOIN wording ON wording.path_id = page_path.id
    WHERE {_LEADS_TO_EVENT}
"""

# Paths of events that are to be brought up to date.
COUNT_OUTDATED = "SELECT count(*) FROM outdated"
ADD_ALL_OUTDATED = """
    INSERT OR IGNORE INTO outdated SELECT min(id), 0 FROM page_path WHERE event_id IS NOT NULL GROUP BY event_id
"""
SHARE_TO_REBUILD = "SELECT (SELECT count(*) FROM outdated WHERE rebuild), (SELECT events FROM total)"

# How many pages, but for its own, relate to an event.
MENTIONS = """
    (
        SELECT count(DISTINCT page_id) FROM page_path AS own JOIN mention ON mention.path_id = own.id
        JOIN page_path AS lister ON lister.id = page_id
        WHERE own.event_id = event.id AND lister.event_id IS NOT event.id
    )
"""
# What the notability of an event follows from; :before and :after are the days around it that make a story.
WHY = f"""
    SELECT event.*, {MENTIONS} AS mentions, (
        SELECT json_group_array(json_array(name, before, same_day - 1, after)) FROM (
            SELECT topic.name, sum(theirs.date < event.date) AS before, sum(theirs.date = event.date) AS same_day,
                sum(theirs.date > event.date) AS after
            FROM event_topic AS mine JOIN topic ON topic.id = mine.topic_id
            JOIN event_topic AS theirs ON theirs.topic_id = mine.topic_id
                AND theirs.date BETWEEN date(event.date, :before) AND date(event.date, :after)
            WHERE mine.event_id = event.id GROUP BY mine.topic_id
        )
    ) AS stories
    FROM event WHERE id = (SELECT event_id FROM page_path WHERE key = :key)
"""
