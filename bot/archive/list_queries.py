"""Statements for lists of events: a day's, a topic's, a story's, a search's.

Each list is one statement, so that an answer is of one moment even while an import commits. All lists take the same
parameters beside their own:

- ``:prefer`` is the language whose events come first, such as ``zh``; English where it is null or the archive has none;
- ``:limit`` and ``:offset`` are the part of the list, from its beginning if ``:step`` is null;
- ``:key`` and ``:step`` move along it: the part then begins ``:step`` events on from that event, the last event
  being followed by the first; from the first one, if that event is not in the list.

Each row is an event card (see the view), with what is known of the whole list: ``total``, ``topic`` (JSON),
``position`` of the first event of the part, ``anchor_found`` (whether ``:key`` is in the list) and ``menu_page`` (JSON:
the 25 events around). A list without events is one row without a card.
"""

from dataclasses import dataclass

from bot.archive.event_queries import CARD, NAMED_EVENT
from bot.archive.ranking import LANGUAGE_SHIFT

# The most hits of a full-text search that are looked at, the best first.
CANDIDATES_LIMIT = 300
# The most events of a date, a month or a year that a search for it looks at.
_MOST_ON_DATES = 100
# The most events that a menu in Discord can hold.
MENU_SIZE = 25
# The longest story.
MOST_STORY_EVENTS = 12

# The reader's language, and the ids of its events. All events of a language have ids side by side, the best first.
READER = """
    reader (code, low, high) AS MATERIALIZED (
        SELECT code, first_id, last_id FROM event_language WHERE code = :prefer
        UNION ALL
        SELECT code, first_id, last_id FROM event_language WHERE number = 0
        LIMIT 1
    )
"""
_LOW, _HIGH = "(SELECT low FROM reader)", "(SELECT high FROM reader)"
IS_PREFERRED = f"BETWEEN {_LOW} AND {_HIGH}"
# The ranges of ids in the order in which to read them: joined with an index of ids, nothing needs to be sorted.
IN_READING_ORDER = "FROM reading_order AS range CROSS JOIN"
OF_READER = "range.prefer = (SELECT code FROM reader)"


_COUNT_MEMBERS = "(SELECT count(*) FROM member)"


def _section(event_id: str) -> str:
    """Return the SQL of the section that an event is in by its id alone (see the table ``reading_order``)."""
    return f"CASE WHEN {event_id} {IS_PREFERRED} THEN 0 WHEN {event_id} < {_LOW} THEN 1 ELSE 2 END"


def is_in_language(event_id: str) -> str:
    """Return the SQL of whether an event has a wording in the reader's language."""
    return f"""
        ({event_id} {IS_PREFERRED} OR EXISTS (
            SELECT 1 FROM event_wording
            WHERE event_wording.language = (SELECT code FROM reader) AND event_wording.event_id = {event_id}
        ))
    """


def place(event_id: str) -> str:
    """Return the SQL of a number by which events are sorted for the reader.

    First come those that have a wording in the reader's language, then all others; each the best first.
    """
    return f"""
        CASE WHEN {is_in_language(event_id)} THEN {event_id} & {2**LANGUAGE_SHIFT - 1}
            WHEN {event_id} < {_LOW} THEN {event_id} + {1 << 61} ELSE {event_id} + {1 << 62} END
    """


@dataclass(frozen=True, slots=True)
class _Sorting:
    """How a list is sorted: SQL over ``member``, the list's events.

    ``by`` are the columns to sort by; ``before`` counts the events before one called ``anchor``; ``read`` reads the
    list in order, where sorting it would be too slow.
    """

    by: str
    before: str
    read: str = ""

    def order_by(self, table: str) -> str:
        return self.by.format(table=table)

    def read_page(self, *, limit: str, start: str) -> str:
        read = self.read or f"SELECT * FROM member ORDER BY {self.order_by('member')}"
        return f"{read} LIMIT {limit} OFFSET {start}"


# The member table has the column id, and is read in the order of an index.
_BEST = _Sorting(
    by="{table}.section, {table}.id",
    before=f"""
        (SELECT count(*) {IN_READING_ORDER} member ON member.id BETWEEN range.first_id
            AND CASE WHEN anchor.id BETWEEN range.first_id AND range.last_id THEN anchor.id - 1 ELSE range.last_id END
        WHERE {OF_READER} AND range.section <= {_section("anchor.id")})
    """,
    read=f"""
        SELECT member.id, range.section {IN_READING_ORDER} member ON member.id BETWEEN range.first_id AND range.last_id
        WHERE {OF_READER} ORDER BY range.section, member.id
    """,
)
# The member table has the columns id and place: its order is that of no index.
_BEST_SORTED = _Sorting(
    by="{table}.place",
    before="(SELECT count(*) FROM member WHERE place < anchor.place)",
)
# The member table has the columns id and date.
_OLDEST = _Sorting(
    by="{table}.date, {table}.id",
    before="(SELECT count(*) FROM member WHERE (date, id) < (anchor.date, anchor.id))",
)
_NEWEST = _Sorting(
    by="{table}.date DESC, {table}.id DESC",
    before="(SELECT count(*) FROM member WHERE (date, id) > (anchor.date, anchor.id))",
)
# The member table has the columns id, date and place: day by day, the newest first.
_DAY_BY_DAY = _Sorting(
    by="{table}.date DESC, {table}.place",
    before="(SELECT count(*) FROM member WHERE date > anchor.date OR (date = anchor.date AND place < anchor.place))",
)
# The member table has the columns id and position.
_FOUND = _Sorting(
    by="{table}.position",
    before="(SELECT count(*) FROM member WHERE position < anchor.position)",
)


def _list(
    member: str,
    *,
    sorting: _Sorting,
    tables: str = "",
    topic: str = "NULL",
    total: str = _COUNT_MEMBERS,
) -> str:
    """Return the statement for a list, given the SQL of its members and of the ``tables`` (WITH) that this needs."""
    menu_start = f"(SELECT position / {MENU_SIZE} * {MENU_SIZE} FROM part)"
    return f"""
        WITH {READER}, {tables}
        member AS NOT MATERIALIZED ({member}),
        size (total, anchor_position) AS MATERIALIZED (
            SELECT {total}, CASE WHEN :key IS NULL THEN 0 ELSE (
                SELECT {sorting.before} FROM member AS anchor
                WHERE anchor.id = (SELECT event_id FROM page_path WHERE key = :key)
            ) END
        ),
        part (total, position, anchor_found) AS MATERIALIZED (
            SELECT total, coalesce(((anchor_position + :step) % total + total) % total, 0) + :offset,
                anchor_position IS NOT NULL
            FROM size
        ),
        list (total, topic, position, anchor_found, menu_page) AS MATERIALIZED (
            SELECT total, {topic}, position, anchor_found, CASE WHEN :step IS NULL THEN '[]' ELSE (
                SELECT json_group_array(json(event)) FROM (
                    SELECT {NAMED_EVENT} AS event
                    FROM ({sorting.read_page(limit=str(MENU_SIZE), start=menu_start)}) AS item
                    JOIN event ON event.id = item.id ORDER BY {sorting.order_by("item")}
                )
            ) END
            FROM part
        ),
        item AS ({sorting.read_page(limit=":limit", start="(SELECT position FROM part)")})
        SELECT {CARD}, list.* FROM list LEFT JOIN item LEFT JOIN event_card ON event_card.id = item.id
        ORDER BY {sorting.order_by("item")}
    """


# The topic whose key is :topic: its own, or one of today or one that a spelling of it had before topics were merged.
TOPIC_OF_KEY = """
    coalesce((SELECT id FROM topic WHERE key = :topic), (SELECT topic_id FROM topic_key WHERE key = :topic))
"""
# The topic whose key is :topic, or whose name has the form :form (see topic_forms); else the one that headlines give
# :topic as an acronym of.
TARGET_TOPIC = """
    target_topic (id) AS MATERIALIZED (
        SELECT coalesce(
            (SELECT id FROM topic WHERE key = :topic),
            (SELECT id FROM topic WHERE folded = :form),
            (SELECT topic_id FROM topic_key WHERE key = :topic),
            (
                SELECT topic.id FROM acronym JOIN topic ON topic.folded = acronym.expansion
                WHERE acronym.folded = :topic GROUP BY topic.id ORDER BY count(*) DESC, topic.events DESC LIMIT 1
            )
        )
    ),
"""
TARGET_TOPIC_JSON = "(SELECT json_array(key, name, events) FROM topic JOIN target_topic USING (id))"
_OF_TOPIC = "FROM event_topic WHERE topic_id = (SELECT id FROM target_topic)"
_IN_YEAR = "(:year IS NULL OR date BETWEEN :year || '-01-01' AND :year || '-12-31')"
_BETWEEN = "date BETWEEN :since AND :until"


def _topic_list(columns: str, condition: str = "", *, sorting: _Sorting, total: str = _COUNT_MEMBERS) -> str:
    member = f"SELECT {columns} {_OF_TOPIC} {condition}"
    return _list(member, sorting=sorting, tables=TARGET_TOPIC, topic=TARGET_TOPIC_JSON, total=total)


_OF_DAY = f"month_day = :month_day AND {_IN_YEAR}"
_EVENTS_OF_TOPIC = "coalesce((SELECT events FROM topic JOIN target_topic USING (id)), 0)"
_PLACE_IN_TOPIC = f"event_id AS id, {place('event_id')} AS place"

# Of a day of the year (:month_day = month * 100 + day), in any year or in :year (four digits).
ON_THIS_DAY = _list(f"SELECT id FROM event WHERE {_OF_DAY}", sorting=_BEST)
ON_THIS_DAY_OF_TOPIC = _topic_list("event_id AS id", f"AND {_OF_DAY}", sorting=_BEST)
OF_TOPIC = _topic_list("event_id AS id", sorting=_BEST, total=_EVENTS_OF_TOPIC)
OF_TOPIC_BETWEEN = _topic_list(_PLACE_IN_TOPIC, f"AND {_BETWEEN}", sorting=_BEST_SORTED)
# The same lists for readers in whose language events of other languages have wordings: ids alone do not say which.
WITH_WORDINGS = {
    ON_THIS_DAY: _list(
        f"SELECT id, {place('event.id')} AS place FROM event WHERE {_OF_DAY}", sorting=_BEST_SORTED
    ),
    ON_THIS_DAY_OF_TOPIC: _topic_list(_PLACE_IN_TOPIC, f"AND {_OF_DAY}", sorting=_BEST_SORTED),
    OF_TOPIC: _topic_list(_PLACE_IN_TOPIC, sorting=_BEST_SORTED, total=_EVENTS_OF_TOPIC),
}  # fmt: skip
OF_TOPIC_OLDEST = _topic_list("event_id AS id, date", f"AND {_BETWEEN}", sorting=_OLDEST)
OF_TOPIC_NEWEST = _topic_list("event_id AS id, date", f"AND {_BETWEEN}", sorting=_NEWEST)

# Day by day, the newest first, and of each day the best.
OF_DAYS = _list(f"SELECT id, date, {place('event.id')} AS place FROM event WHERE {_BETWEEN}", sorting=_DAY_BY_DAY)
OF_DAYS_OF_TOPIC = _topic_list(
    f"event_id AS id, date, {place('event_id')} AS place", f"AND {_BETWEEN}", sorting=_DAY_BY_DAY
)

# The event :story and what happened around it to the rarest of its topics, by date. Of each of these 3 topics the
# nearest 20 events before and after are looked at; the 12 that share most of them make the story.
STORY = _list(
    "SELECT id, date FROM story",
    sorting=_OLDEST,
    tables=f"""
        start (id, date) AS MATERIALIZED (
            SELECT event.id, event.date FROM page_path JOIN event ON event.id = event_id WHERE page_path.key = :story
        ),
        rare (id, weight) AS MATERIALIZED (
            SELECT topic.id, 1.0 / topic.events FROM start JOIN event_topic ON event_id = start.id
            JOIN topic ON topic.id = topic_id
            WHERE topic.events > 1 ORDER BY topic.events, topic.id LIMIT 3
        ),
        near (id, date, weight) AS MATERIALIZED (
            SELECT sharing.event_id, sharing.date, sum(rare.weight)
            FROM rare JOIN start JOIN event_topic AS sharing ON sharing.topic_id = rare.id
                AND sharing.date >= coalesce((
                    SELECT date FROM event_topic WHERE topic_id = rare.id AND date < start.date
                    ORDER BY date DESC LIMIT 1 OFFSET 19
                ), '')
                AND sharing.date <= coalesce((
                    SELECT date FROM event_topic WHERE topic_id = rare.id AND date > start.date
                    ORDER BY date LIMIT 1 OFFSET 19
                ), '9')
            GROUP BY sharing.event_id
        ),
        story (id, date) AS MATERIALIZED (
            SELECT near.id, near.date FROM near JOIN start
            ORDER BY near.id = start.id DESC, near.weight DESC,
                abs(julianday(near.date) - julianday(start.date)), near.id
            LIMIT {MOST_STORY_EVENTS}
        ),
    """,
)


def candidates(index: str) -> str:
    """Return the statement for what is known of a full-text search's hits in an index: :expression is for FTS5.

    It reads the best ones in the reader's language, and of all. FTS5 finds hits in the order of their ids, and may take
    long to find the first one. Where the reader's language is the first of all, its best hits are the best of all, and
    are not searched for twice.
    """
    most_preferred = f"CASE WHEN {_LOW} = 0 THEN 0 ELSE {CANDIDATES_LIMIT} END"
    hits = f"SELECT rowid AS id FROM {index} WHERE {index} MATCH :expression"
    return _CANDIDATES.format(
        ids=f"SELECT * FROM ({hits} AND rowid {IS_PREFERRED} ORDER BY rowid LIMIT {most_preferred})"
        f" UNION SELECT * FROM ({hits} ORDER BY rowid LIMIT {CANDIDATES_LIMIT})"
    )


def candidates_on_dates(*, year: bool) -> str:
    """Return the statement for the best events whose dates are like :expression; ``year`` says that it has one."""
    index = "event_by_date" if year else "event_by_day"
    beginning = "date BETWEEN substr(:expression, 1, 4) || '-01-01' AND substr(:expression, 1, 4) || '-12-31' AND"
    return _CANDIDATES.format(
        ids=f"SELECT id FROM event INDEXED BY {index} WHERE {beginning if year else ''}"
        f" {'' if year else _OF_MONTH} date LIKE :expression ORDER BY id LIMIT {_MOST_ON_DATES}"
    )


_OF_MONTH = "month_day / 100 = CAST(substr(:expression, 6, 2) AS INTEGER) AND"
_CANDIDATES = f"""
    WITH {READER}
    SELECT event.id, event.key, event.date, event.language, {is_in_language("event.id")} AS is_in_language,
        stems, packed
    FROM ({{ids}}) AS hit JOIN event USING (id) JOIN event_words USING (id)
"""

# The topics to which the keys :topics (JSON) lead; see TOPIC_OF_KEY.
SUBJECT_TOPICS = """
    subject_topic (id) AS MATERIALIZED (
        SELECT coalesce(
            (SELECT id FROM topic WHERE key = value), (SELECT topic_id FROM topic_key WHERE key = value)
        ) FROM json_each(:topics)
    ),
"""
# The events from one date to another that have one of a subject's topics, or that its searches have :found (their keys,
# JSON).
OF_SUBJECT = _list(
    "SELECT id, place FROM about",
    sorting=_BEST_SORTED,
    tables=f"""
        {SUBJECT_TOPICS}
        about (id, place) AS MATERIALIZED (
            SELECT id, {place("id")} FROM (
                SELECT event_id AS id FROM subject_topic CROSS JOIN event_topic ON topic_id = subject_topic.id
                    AND {_BETWEEN}
                UNION
                SELECT event.id FROM json_each(:found) AS hit CROSS JOIN event ON event.key = hit.value
            )
        ),
    """,
)

# The events that a search has found, in the order of their keys, JSON.
SEARCH = _list(
    "SELECT event.id, CAST(hit.key AS INTEGER) AS position"
    " FROM json_each(:found) AS hit JOIN event ON event.key = hit.value",
    sorting=_FOUND,
)
