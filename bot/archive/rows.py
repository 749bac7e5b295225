"""The archive's rows, read by the names of their columns, as values of the domain. Pure."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.domain.event import Event, RelatedEvent, Topic
from bot.domain.page import Source

Row = Mapping[str, Any]


def event_from_row(row: Row) -> Event:
    """Return the event of a row of the view ``event_card``."""
    return Event(
        key=row["key"],
        path=row["path"],
        date=date.fromisoformat(row["date"]),
        headline=row["headline"],
        summary=row["summary"],
        sources=tuple(Source(name, url) for name, url in json.loads(row["sources"])),
        image=row["image"],
        topics=tuple(json.loads(row["topics"])),
        related=related_events(row["related"]),
        language=row["language"],
        stub=bool(row["stub"]),
    )


def related_events(text: str) -> tuple[RelatedEvent, ...]:
    """Return other events from JSON: a list of [key, date, headline] or [key, date, headline, shared topics]."""
    return tuple(
        RelatedEvent(key, date.fromisoformat(day), headline, tuple(topics[0]) if topics else ())
        for key, day, headline, *topics in json.loads(text)
    )


def topic_from_row(row: Row) -> Topic:
    """Return the topic of a row with its key, name and number of events."""
    return Topic(row["key"], row["name"], row["events"])


def topic_from_json(text: str | None) -> Topic | None:
    """Return a topic from JSON: [key, name, number of events]; None from nothing."""
    return Topic(*json.loads(text)) if text else None


def optional_date(text: str | None) -> date | None:
    """Return the date of a column that may be null."""
    return None if text is None else date.fromisoformat(text)
