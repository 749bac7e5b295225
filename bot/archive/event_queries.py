"""Every question to the archive: one statement each, so that an answer is of one moment even while pages come in."""

from typing import NamedTuple

from bot.archive.ranking import CHINESE

# How far a search looks: the best so many hits, in an index's order, however many there are.
MOST_HITS = 2000
# As many as a menu in Discord can hold.
MOST_RELATED = 25
FEW_RELATED = 10
# The part of a list that a menu offers.
MOST_AROUND = 25

# The related events of an event: first those its pages list, in their order; then pages that list it, best first; a
# stub, or a page without a list, is given those that share its topics too, the rarer a topic the more it weighs.
# Candidates are the 40 best events of its 6 rarest topics, so that the work is bounded; all in its language, whose ids
# stand together.
_RELATED = f"""
    SELECT json_group_array(json_array(key, date, headline, json(topics))) FROM (
        SELECT other.key, other.date, other.headline, (
            SELECT json_group_array(name) FROM (
                SELECT topic.name FROM event_topic AS mine
                JOIN event_topic AS theirs ON theirs.topic_id = mine.topic_id AND theirs.event_id = other.id
                JOIN topic ON topic.id = mine.topic_id
                WHERE mine.event_id = event.id ORDER BY mine.position
            )
        ) AS topics
        FROM (
            SELECT id, min(kind) AS kind, min(place) AS place FROM (
                SELECT target.event_id AS id, 0 AS kind, mention.position AS place
                FROM page_path JOIN mention ON mention.page_id = page_path.id JOIN page_path AS target ON target.id = mention.path_id
                WHERE page_path.event_id = event.id AND target.event_id IS NOT NULL
                UNION ALL
                SELECT * FROM (
                    SELECT lister.event_id, 1, lister.event_id
                    FROM page_path JOIN mention ON mention.path_id = page_path.id
                    JOIN page_path AS lister ON lister.id = mention.page_id
                    WHERE page_path.event_id = event.id AND lister.event_id IS NOT NULL
                    ORDER BY lister.event_id LIMIT {MOST_RELATED + 1}
                )
                UNION ALL
                SELECT * FROM (
                    SELECT candidate.id, 2, -sum(1.0 / topic.events) AS weight
                    FROM (
                        SELECT DISTINCT sharing.event_id AS id FROM (
                            SELECT topic.id FROM event_topic JOIN topic ON topic.id = topic_id
                            WHERE event_id = event.id AND topic.events > 1 ORDER BY topic.events, topic.id LIMIT 6
                        ) AS rare
                        JOIN event_topic AS sharing ON sharing.topic_id = rare.id
                            AND sharing.event_id BETWEEN event.id & {CHINESE} AND coalesce((
                                SELECT event_id FROM event_topic WHERE topic_id = rare.id
                                AND event_id BETWEEN event.id & {CHINESE} AND event.id | {CHINESE - 1}
                                ORDER BY event_id LIMIT 1 OFFSET 40
                            ), event.id | {CHINESE - 1})
                    ) AS candidate
                    JOIN event_topic AS mine ON mine.event_id = event.id
                    JOIN event_topic AS theirs ON theirs.topic_id = mine.topic_id AND theirs.event_id = candidate.id
                    JOIN topic ON topic.id = mine.topic_id
                    WHERE candidate.id <> event.id AND NOT EXISTS (
                        SELECT 1 FROM page_path JOIN mention ON mention.page_id = page_path.id WHERE page_path.event_id = event.id
                    )
                    GROUP BY candidate.id ORDER BY weight, candidate.id LIMIT {FEW_RELATED}
                )
            )
            WHERE id <> event.id GROUP BY id
            ORDER BY kind, place, id LIMIT {MOST_RELATED}
        ) AS link JOIN event AS other ON other.id = link.id
        ORDER BY link.kind, link.place, link.id
    )
"""

# Takes "hit": the ids of the events to show and their place; "counted": what is known of the whole list.
_SHOWN = f"""
    SELECT event.key, event.path, event.date, event.headline, event.summary, event.sources, event.image, (
        SELECT json_group_array(name) FROM (
            SELECT topic.name FROM event_topic JOIN topic ON topic.id = topic_id
            WHERE event_id = event.id ORDER BY position
        )
    ) AS topics, ({_RELATED}) AS related, event.language, event.stub,
    counted.total, counted.topic, counted.position, counted.anchored, counted.around
    FROM counted LEFT JOIN hit LEFT JOIN event ON event.id = hit.id ORDER BY {{order}}
"""


class Asked(NamedTuple):
    """A question's two statements: one has English events, and all others, before Chinese ones, one has these first."""

    english: str
    chinese: str

    def prefer(self, language: str | None) -> str:
        """Return the statement whose events in this language, "en" or "zh", come first; English where None."""
        return self.chinese if language == "zh" else self.english


def turned(event_id: str) -> str:
    """Return the SQL of what stands for an id where Chinese comes first: ids again, the two languages changed over."""
    return f"(({event_id}) + {CHINESE} & {2 * CHINESE - 1})"


def chinese_first(source: str, *, limit: str, start: str = "0", column: str = "id") -> str:
    """Return the SQL of ids and places in order: those of Chinese events, at place 0, and then all others, at 1.

    ``source`` is what follows SELECT, up to a condition on ``column``, the ids; ``limit`` and ``start`` are the part.
    Either language is read in the order of an index, and no more than the part is sorted.
    """
    return f"""
        SELECT id, place FROM (
            SELECT * FROM (
                SELECT {column} AS id, 0 AS place {source} {column} >= {CHINESE}
                ORDER BY {column} LIMIT {limit} OFFSET {start}
            )
            UNION ALL
            SELECT * FROM (
                SELECT {column}, 1 {source} {column} < {CHINESE} ORDER BY {column} LIMIT {limit} OFFSET {start} - (
                    SELECT count(*) FROM (SELECT 1 {source} {column} >= {CHINESE} LIMIT {start})
                )
            )
        )
        ORDER BY place, id LIMIT {limit}
    """


class _Order(NamedTuple):
    """How a list is ordered: by its members' places alone, or by places that several share, and then by ids."""

    by: str = "{0}.place"
    # How many members come before the one that is the anchor.
    before: str = "(SELECT count(*) FROM member WHERE place < anchor.place)"
    # How a part is read, if not simply in this order.
    read: str = ""

    def of(self, table: str) -> str:
        return self.by.format(table)

    def part(self, *, limit: str, start: str) -> str:
        """Return the SQL of the ids and places of a part of a list."""
        read = (
            self.read or f"SELECT id, place FROM member ORDER BY {self.of('member')} LIMIT {{limit}} OFFSET {{start}}"
        )
        return read.format(limit=limit, start=start)


_BEST = _Order()
# Here a member's own place is its id; of ids, ranges are counted.
_CHINESE = _Order(
    "{0}.place, {0}.id",
    f"""
        (SELECT count(*) FROM member WHERE id >= anchor.id & {CHINESE} AND id < anchor.id)
        + (SELECT count(*) FROM member WHERE anchor.id < {CHINESE} AND id >= {CHINESE})
    """,
    chinese_first("FROM member WHERE", limit="{limit}", start="{start}"),
)
_OLDEST = _Order("{0}.place, {0}.id", "(SELECT count(*) FROM member WHERE (place, id) < (anchor.place, anchor.id))")
_NEWEST = _Order(
    "{0}.place DESC, {0}.id DESC", "(SELECT count(*) FROM member WHERE (place, id) > (anchor.place, anchor.id))"
)


def _single(event: str) -> str:
    return f"""
        WITH hit (id, place) AS ({event}),
        counted (total, topic, position, anchored, around) AS (SELECT count(*), NULL, 0, 1, '[]' FROM hit)
        {_SHOWN.format(order=_BEST.of("hit"))}
    """


def _listed(
    members: str,
    *,
    before: str = "",
    topic: str = "NULL",
    total: str = "(SELECT count(*) FROM member)",
    order: _Order = _BEST,
) -> str:
    """Return the statement for a list, given the ids and places of its members.

    Without ``:step`` it shows a part of the list from its beginning; with it, the part that begins so many steps from
    the event ``:key``, the last being followed by the first again; the first, if that event is not in the list.
    """
    around = f"(SELECT position / {MOST_AROUND} * {MOST_AROUND} FROM placed)"
    return f"""
        WITH {before} member (id, place) AS NOT MATERIALIZED ({members}),
        sized (total, anchor) AS MATERIALIZED (
            SELECT {total}, CASE WHEN :key IS NULL THEN 0 ELSE (
                SELECT {order.before} FROM member AS anchor
                WHERE anchor.id = (SELECT event_id FROM page_path WHERE key = :key)
            ) END
        ),
        placed (total, position, anchored) AS MATERIALIZED (
            SELECT total, coalesce(((anchor + :step) % total + total) % total, 0) + :offset, anchor IS NOT NULL
            FROM sized
        ),
        counted (total, topic, position, anchored, around) AS MATERIALIZED (
            SELECT total, {topic}, position, anchored, CASE WHEN :step IS NULL THEN '[]' ELSE (
                SELECT json_group_array(json_array(key, date, headline)) FROM (
                    SELECT event.key, event.date, event.headline FROM (
                        {order.part(limit=str(MOST_AROUND), start=around)}
                    ) AS near JOIN event ON event.id = near.id
                    ORDER BY {order.of("near")}
                )
            ) END
            FROM placed
        ),
        hit (id, place) AS (
            {order.part(limit=":limit", start="(SELECT position FROM placed)")}
        )
        {_SHOWN.format(order=order.of("hit"))}
    """


def _both(
    members: str, *, before: str = "", topic: str = "NULL", total: str = "(SELECT count(*) FROM member)"
) -> Asked:
    """Return the statements for a list whose members' places are their ids."""
    return Asked(
        *(_listed(members, before=before, topic=topic, total=total, order=order) for order in (_BEST, _CHINESE))
    )


EVENT = _single("SELECT event_id, 0 FROM page_path WHERE key = :key AND event_id IS NOT NULL")

# A topic by its key, or by its name in any case, accents or script; else by an acronym that headlines give for it.
WANTED = """
    wanted (id) AS MATERIALIZED (
        SELECT coalesce(
            (SELECT id FROM topic WHERE key = :topic),
            (SELECT id FROM topic WHERE folded = :topic),
            (
                SELECT topic.id FROM acronym JOIN topic ON topic.folded = acronym.expansion
                WHERE acronym.folded = :topic GROUP BY topic.id ORDER BY count(*) DESC, topic.events DESC LIMIT 1
            )
        )
    ),
"""
WANTED_TOPIC = "(SELECT json_array(key, name, events) FROM topic JOIN wanted USING (id))"
_IN_YEAR = "(:year IS NULL OR date BETWEEN :year || '-01-01' AND :year || '-12-31')"
_OF_WANTED = """
    SELECT event_id, event_id FROM event_topic WHERE topic_id = (SELECT id FROM wanted)
"""

ON_THIS_DAY = _both(f"SELECT id, id FROM event WHERE month_day = :month_day AND {_IN_YEAR}")
ON_THIS_DAY_OF_TOPIC = _both(
    f"{_OF_WANTED} AND month_day = :month_day AND {_IN_YEAR}", before=WANTED, topic=WANTED_TOPIC
)
OF_TOPIC = _both(
    _OF_WANTED,
    before=WANTED,
    topic=WANTED_TOPIC,
    total="coalesce((SELECT events FROM topic JOIN wanted USING (id)), 0)",
)
# These are found by date and have to be sorted, in whichever order.
OF_TOPIC_BETWEEN = Asked(
    *(
        _listed(
            f"SELECT event_id, {place} FROM event_topic"
            " WHERE topic_id = (SELECT id FROM wanted) AND date BETWEEN :since AND :until",
            before=WANTED,
            topic=WANTED_TOPIC,
        )
        for place in ("event_id", turned("event_id"))
    )
)
_BY_DATE = """
    SELECT event_id, date FROM event_topic
    WHERE topic_id = (SELECT id FROM wanted) AND date BETWEEN :since AND :until
"""
OF_TOPIC_OLDEST = _listed(_BY_DATE, before=WANTED, topic=WANTED_TOPIC, order=_OLDEST)
OF_TOPIC_NEWEST = _listed(_BY_DATE, before=WANTED, topic=WANTED_TOPIC, order=_NEWEST)

# A story: the event :story, and what happened around it to the rarest of its topics, in the order of dates. Of each
# of these 3 topics the nearest 20 events before and after are looked at; the 12 that share most of them are told.
MOST_TOLD = 12
_THREAD = f"""
    teller (id, date) AS MATERIALIZED (
        SELECT event.id, event.date FROM page_path JOIN event ON event.id = event_id WHERE page_path.key = :story
    ),
    rare (id, weight) AS MATERIALIZED (
        SELECT topic.id, 1.0 / topic.events FROM teller JOIN event_topic ON event_id = teller.id
        JOIN topic ON topic.id = topic_id
        WHERE topic.events > 1 ORDER BY topic.events, topic.id LIMIT 3
    ),
    near (id, date, weight) AS MATERIALIZED (
        SELECT sharing.event_id, sharing.date, sum(rare.weight)
        FROM rare JOIN teller JOIN event_topic AS sharing ON sharing.topic_id = rare.id
            AND sharing.date >= coalesce((
                SELECT date FROM event_topic WHERE topic_id = rare.id AND date < teller.date
                ORDER BY date DESC LIMIT 1 OFFSET 19
            ), '')
            AND sharing.date <= coalesce((
                SELECT date FROM event_topic WHERE topic_id = rare.id AND date > teller.date
                ORDER BY date LIMIT 1 OFFSET 19
            ), '9')
        GROUP BY sharing.event_id
    ),
    told (id, date) AS MATERIALIZED (
        SELECT near.id, near.date FROM near JOIN teller
        ORDER BY near.id = teller.id DESC, near.weight DESC,
            abs(julianday(near.date) - julianday(teller.date)), near.id
        LIMIT {MOST_TOLD}
    ),
"""
STORY = _listed("SELECT id, date FROM told", before=_THREAD, order=_OLDEST)


def _search(hits: str, place: str) -> str:
    """Return the statement, given the SQL of the first hits and of an event's place by its id."""
    return _listed(
        f"SELECT id, kind << 60 | {place} FROM found",
        before=f"""
        told (id) AS MATERIALIZED ({hits.format(match=":narrow", limit=MOST_HITS)}),
        found (id, kind) AS MATERIALIZED (
            SELECT id, min(kind) FROM (
                SELECT id, 0 AS kind FROM told
                UNION ALL
                SELECT id, 1 FROM ({hits.format(match=":wide", limit=_HITS_LEFT)})
            )
            GROUP BY id ORDER BY 2, {place} LIMIT {MOST_HITS}
        ),
        """,
    )


_HITS_LEFT = f"CASE WHEN (SELECT count(*) FROM told) < {MOST_HITS} THEN {MOST_HITS} ELSE 0 END"
_HITS = "SELECT rowid AS id FROM event_search WHERE event_search MATCH {match} ORDER BY rowid LIMIT {limit}"
# So many of either language, since both are in order: what is too much falls away when they are put together.
_HITS_CHINESE = f"""
    SELECT * FROM (
        SELECT rowid AS id FROM event_search WHERE event_search MATCH {{match}} AND rowid >= {CHINESE}
        ORDER BY rowid LIMIT {{limit}}
    )
    UNION ALL
    SELECT * FROM (
        SELECT rowid FROM event_search WHERE event_search MATCH {{match}} AND rowid < {CHINESE}
        ORDER BY rowid LIMIT {{limit}}
    )
"""
# What headlines and topics say comes before what only a summary says; each best first. Where the former are as many as
# a search looks at, summaries are not looked into.
SEARCH = Asked(_search(_HITS, "id"), _search(_HITS_CHINESE, turned("id")))

STATS = "SELECT events, stubs, topics, first_date, last_date, languages FROM total"

COUNT = """
    UPDATE total SET (events, stubs, topics, first_date, last_date, languages) = (
        SELECT count(*), coalesce(sum(stub), 0), (SELECT count(*) FROM topic), min(date), max(date), (
            SELECT json_group_object(language, events) FROM (
                SELECT language, count(*) AS events FROM event GROUP BY language ORDER BY events DESC
            )
        )
        FROM event
    )
"""

BEST = _single("SELECT id, 0 FROM event WHERE NOT stub ORDER BY id LIMIT 1")

# What tells whether events (their keys, JSON) have what a server has muted.
TELLING = """
    SELECT key, headline, summary, (
        SELECT json_group_array(topic.key) FROM event_topic JOIN topic ON topic.id = topic_id WHERE event_id = event.id
    )
    FROM event WHERE key IN (SELECT value FROM json_each(:keys))
"""

IMAGES = "SELECT image FROM event WHERE image IS NOT NULL ORDER BY id LIMIT :limit"

IS_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM page)"

# All that "forget" takes out: every key of the events that these keys lead to, and what their paths tell.
KEYS_OF = """
    SELECT page_path.key, page_path.date, coalesce(page.headline, wording.headline)
    FROM page_path LEFT JOIN page USING (id) LEFT JOIN wording ON wording.path_id = page_path.id
    WHERE page_path.key = :key OR page_path.event_id = (SELECT event_id FROM page_path WHERE key = :key)
"""
