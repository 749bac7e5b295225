"""What comes into the archive while a world goes on: events with the time at which they were first fetched."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.domain.page import key_of
from tests.helpers.samples import path_of, write
from tests.simulation.events import TOPIC
from tests.simulation.steps import DAY, HOUR, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.discord_double.gateway import Json

# The archive has the first two from the beginning; nobody follows the others.
TOPICS = ("Ships", TOPIC, "Storms", "Trains")
FOLLOWED_TOPICS = TOPICS[:2]
# In each headline two; what some servers have muted is the last.
WORDS = ("harbour", "keeper", "signal", "bridge", "engine", "anchor")
MUTED = WORDS[-1]
# How long ago what comes in was fetched, in minutes.
_DELAYS = (1, 1, 5, 5, 12, 25, 25, 28, 180, 1200)
# How many days ago an event may have been, when it was fetched; the last are no news.
_AGES = (0, 0, 0, 0, 1, 1, 3, 9)
_EACH_STEP = 10
_NUMBER = re.compile(r"Report (\d{5})")


@dataclass(slots=True, eq=False)
class NewsEvent:
    """An event of the news; others may turn out to be the same one, from a moment on."""

    number: int
    day: date
    seen: datetime
    topic: str
    words: tuple[str, str]
    imported_at: datetime
    # The one that its page says it was before.
    former: NewsEvent | None = None
    withdrawn_at: datetime | None = None
    # All that are the same event, this one among them; the last came at ``merged_at``.
    group: list[NewsEvent] = field(default_factory=list)
    merged_at: datetime | None = None

    @property
    def headline(self) -> str:
        return f"Report {self.number:05} of the {self.words[0]} and the {self.words[1]}"

    @property
    def key(self) -> str:
        return key_of(path_of(self.day.isoformat(), self.headline))

    def is_about(self, subject: str) -> bool:
        """Tell whether it is about a subject, given by its name."""
        return any(
            part == self.topic if part in TOPICS else set(part.split()) <= set(self.words)
            for part in subject.split("; ")
        )

    def write(self, folder: Path, *, ending: str = "") -> None:
        """Write its page; ``ending`` is what its source has added to its headline since."""
        block = f"seen: {self.seen:%Y-%m-%dT%H:%M:%SZ}\n"
        if self.withdrawn_at is not None:
            block += f"withdrawn: {self.withdrawn_at:%Y-%m-%d}\n"
        former = self.former
        write(
            folder, self.day.isoformat(), self.headline + ending, at=path_of(self.day.isoformat(), self.headline),
            summary="It is told.", topic=self.topic, sources=[("Paper", f"https://paper.example/{self.number}")],
            changes=[path_of(former.day.isoformat(), former.headline)] if former else [], block=block,
        )  # fmt: skip


def news_steps(rng: Random, days: float) -> list[Step]:
    """Return when something comes in: a few times a day, and on some days every hour."""
    moments = [rng.uniform(2 * HOUR, days * DAY) for _ in range(int(days * 5))]
    for day in range(int(days)):
        if rng.random() < 0.3:
            start = day * DAY + rng.uniform(2 * HOUR, 14 * HOUR)
            moments += [start + hour * HOUR + rng.uniform(0, 900) for hour in range(10)]
    kinds = ("news",) * 7 + ("merge", "edit", "withdraw")
    return [
        Step(
            at, "news", None, {"kind": rng.choice(kinds), "first": number * _EACH_STEP, "chance": rng.randrange(10**9)}
        )
        for number, at in enumerate(sorted(moments), 1)
    ]


class News:
    """All that came in."""

    def __init__(self) -> None:
        self.events: dict[int, NewsEvent] = {}
        self.by_key: dict[str, NewsEvent] = {}

    def bring(self, values: dict[str, Any], now: datetime, archive: Path, folder: Path) -> None:
        """Let something come in, or change, as a step says: all of it follows from the step and what came before."""
        rng, first, kind = Random(values["chance"]), values["first"], values["kind"]
        latest = [event for event in list(self.events.values())[-12:] if event.withdrawn_at is None]
        with tempfile.TemporaryDirectory(dir=folder) as name:
            if kind == "news" or not latest:
                for number in range(first, first + rng.choice((1, 1, 2, 3, 6))):
                    self._add(self._fresh(rng, number, now)).write(Path(name))
            elif kind == "merge":
                self._merge(rng, rng.choice(latest), first, now).write(Path(name))
            elif kind == "edit":
                rng.choice(latest).write(Path(name), ending=" (updated)")
            else:
                event = rng.choice(latest)
                if len(event.group) == 1:
                    event.withdrawn_at = now
                event.write(Path(name))
            import_pages(archive, [Path(name)], forgotten=ForgottenEvents())

    def find(self, keys: Iterable[str]) -> set[int]:
        """Return the numbers of events that are known by some keys."""
        return {self.by_key[key].number for key in keys if key in self.by_key}

    def _fresh(self, rng: Random, number: int, now: datetime) -> NewsEvent:
        seen = (now - timedelta(minutes=rng.choice(_DELAYS), seconds=rng.randrange(60))).replace(microsecond=0)
        day = seen.date() - timedelta(days=rng.choice(_AGES))
        first, second = rng.sample(WORDS, 2)
        return NewsEvent(number, day, seen, rng.choice(TOPICS), (first, second), now)

    def _merge(self, rng: Random, event: NewsEvent, number: int, now: datetime) -> NewsEvent:
        """Let another page come in which says that it is about an event of before."""
        same = self._fresh(rng, number, now)
        same.day, same.topic, same.words, same.former = event.day, event.topic, event.words, event
        self._add(same)
        same.group = event.group
        same.group.append(same)
        for member in same.group:
            member.merged_at = now
        return same

    def _add(self, event: NewsEvent) -> NewsEvent:
        event.group = [event]
        self.events[event.number] = self.by_key[event.key] = event
        return event


def numbers_in(message: Json) -> list[int]:
    """Return the numbers of the news that a post is about: its lead's, and those in the menu of the others."""
    lines = [embed.get("title") or "" for embed in message["embeds"][:1]]
    for row in message["components"]:
        for part in row["components"]:
            if (part.get("custom_id") or "").startswith("list:"):
                lines += [f"{option['label']} {option.get('description', '')}" for option in part["options"]]
    return [int(number) for line in lines for number in _NUMBER.findall(line)[:1]]
