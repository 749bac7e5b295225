"""Brings the topics of an archive in step with the rules that say which spellings are one topic."""

import sqlite3
from collections.abc import Iterable

from bot.archive.event_topics import EventTopics, write_other_keys
from bot.archive.inserts import LISTED, encode
from bot.database import transaction
from bot.domain.page import topic_key_of
from bot.domain.topic_forms import VERSION, topic_form

# Of the topics that an event has under several ids, all of which become one, the first stays. Ids (JSON), twice.
_LATER_ONES = f"""
    DELETE FROM event_topic WHERE topic_id IN {LISTED} AND EXISTS (
        SELECT 1 FROM event_topic AS first
        WHERE first.event_id = event_topic.event_id AND first.topic_id IN {LISTED}
        AND first.position < event_topic.position
    )
"""


def merge_topics(db: sqlite3.Connection) -> None:
    """Make one topic of those whose spellings have one form, and index all names anew. Raises sqlite3.Error."""
    with transaction(db):
        # Another process may have done it in the meantime.
        if db.execute("SELECT topic_forms FROM total").fetchone() == (VERSION,):
            return
        forms: dict[str, list[int]] = {}
        spellings = db.execute("SELECT name, topic_id FROM spelling ORDER BY topic_id, id").fetchall()
        for name, topic_id in spellings:
            ids = forms.setdefault(topic_form(name), [])
            if topic_id not in ids:
                ids.append(topic_id)
        db.execute("DELETE FROM topic_words")
        db.execute("INSERT INTO topic_search (topic_search) VALUES ('rebuild')")
        topics = EventTopics(db)
        for ids in forms.values():
            if len(ids) > 1:
                _merge(db, ids)
            topics.note(ids[:1])
        _name(db, {ids[0]: form for form, ids in forms.items()})
        _name_expansions(db)
        write_other_keys(db, db.execute("SELECT name, topic_id FROM spelling").fetchall())
        db.execute("DELETE FROM topic_key WHERE key IN (SELECT key FROM topic)")
        topics.update()
        db.execute("UPDATE total SET topic_forms = ?, topics = (SELECT count(*) FROM topic)", (VERSION,))


def _merge(db: sqlite3.Connection, ids: list[int]) -> None:
    """Make the first of these topics (ids) of them all."""
    all_ids = encode(ids)
    db.execute(_LATER_ONES, (all_ids, all_ids))
    into, others = ids[0], encode(ids[1:])
    for table in ("event_topic", "spelling", "topic_key"):
        db.execute(f"UPDATE {table} SET topic_id = ? WHERE topic_id IN {LISTED}", (into, others))
    # Buttons and subscriptions have their keys.
    db.execute(
        f"INSERT OR REPLACE INTO topic_key (key, topic_id) SELECT key, ? FROM topic WHERE id IN {LISTED}",
        (into, others),
    )
    db.execute(f"DELETE FROM topic WHERE id IN {LISTED}", (others,))


def _name(db: sqlite3.Connection, forms: dict[int, str]) -> None:
    """Give topics (by their ids) the forms of their names, and keys that follow from these."""
    changed = [
        (topic_id, key, forms[topic_id])
        for topic_id, key, folded in db.execute("SELECT id, key, folded FROM topic").fetchall()
        if topic_id in forms and (folded != forms[topic_id] or key != topic_key_of(forms[topic_id]))
    ]
    db.executemany("INSERT OR REPLACE INTO topic_key (key, topic_id) VALUES (?, ?)", _keys(changed))
    # First out of the way of each other: what one is called now another may have been called.
    db.executemany("UPDATE topic SET key = ?2, folded = ?2 WHERE id = ?1", [(id_, f"\t{id_}") for id_, _, _ in changed])
    db.executemany(
        "UPDATE topic SET key = ?, folded = ? WHERE id = ?",
        [(topic_key_of(form), form, topic_id) for topic_id, _, form in changed],
    )


def _name_expansions(db: sqlite3.Connection) -> None:
    """Give what acronyms stand for the forms of topics' names."""
    pairs = db.execute("SELECT DISTINCT folded, expansion FROM acronym").fetchall()
    db.executemany(
        "UPDATE OR REPLACE acronym SET expansion = ? WHERE folded = ? AND expansion = ?",
        [
            (topic_form(expansion), folded, expansion)
            for folded, expansion in pairs
            if topic_form(expansion) != expansion
        ],
    )


def _keys(changed: Iterable[tuple[int, str, str]]) -> list[tuple[str, int]]:
    return [(key, topic_id) for topic_id, key, _ in changed]
