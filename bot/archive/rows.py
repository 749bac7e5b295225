"""The archive's rows, read by the names of their columns, as values of the domain. Pure."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.archive.notability import Story, kind_points, page_points, story_points
from bot.domain.event import Event, RelatedEvent, Topic
from bot.domain.page import Page, Source

Row = Mapping[str, Any]


def event_from_row(row: Row) -> Event:
    """Return the event of a row of ``event_queries.CARD``."""
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
        credit=row["credit"],
        image_credit=row["image_credit"],
    )


def page_from_row(row: Row) -> Page:
    """Return what a page itself tells, from a row of the table ``page`` with its path and date."""
    return Page(
        path=row["path"],
        date=date.fromisoformat(row["date"]),
        language=row["language"],
        headline=row["headline"],
        summary=row["summary"],
        sources=tuple(Source(name, url) for name, url in json.loads(row["sources"])),
        image=row["image"],
        topics=tuple(json.loads(row["topics"])),
        related=(),
        source=row["source"],
    )


def related_events(text: str) -> tuple[RelatedEvent, ...]:
    """Return other events from JSON: a list of [key, date, headline, shared topics] or the same with a credit."""
    return tuple(
        RelatedEvent(key, date.fromisoformat(day), headline, tuple(topics), credit=credit[0] if credit else None)
        for key, day, headline, topics, *credit in json.loads(text)
    )


def topic_from_row(row: Row) -> Topic:
    """Return the topic of a row with its key, name and number of events."""
    return Topic(row["key"], row["name"], row["events"])


def topic_from_json(text: str | None) -> Topic | None:
    """Return a topic from JSON: [key, name, number of events]; None from nothing."""
    return Topic(*json.loads(text)) if text else None


def notability_of(row: Row) -> dict[str, float]:
    """Return the points of an event's notability, by their names, from a row of ``event_queries.WHY``."""
    kinds = kind_points(row["headline"], row["language"])
    held = page_points(
        sources=len(json.loads(row["sources"])), image=has_own_image(row), summary=row["summary"] is not None,
        stub=bool(row["stub"]), pick=bool(row["pick"]), weight=row["weight"],
    )  # fmt: skip
    stories = {name: Story(before, same_day, after) for name, before, same_day, after in json.loads(row["stories"])}
    around = story_points(sum(kind.in_story for kind in kinds.values()), row["mentions"], stories)
    points = {name: kind.own for name, kind in kinds.items()} | held | around
    return {name: round(count, 3) for name, count in points.items() if round(count, 3)}


def has_own_image(row: Row) -> bool:
    """Return whether a page of an event shows an image; that its article has one says nothing about the event."""
    return row["image"] is not None and row["image_credit"] is None


def optional_date(text: str | None) -> date | None:
    """Return the date of a column that may be null."""
    return None if text is None else date.fromisoformat(text)
