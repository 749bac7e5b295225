"""Weeks of news for follows of all kinds: each event that matches comes exactly once. In a simulated Discord.

``FOLLOW_DAYS=365`` plays a whole year.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.samples import page, path_of
from tests.helpers.servers import Server, menu

if TYPE_CHECKING:
    from pathlib import Path

    from bot.client import Daybook
    from tests.helpers.archives import Import

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=60)
DAYS = int(os.environ.get("FOLLOW_DAYS", "25"))
FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)
TOPICS = ("Ships", "Lamps", "Storms", "Trains")
WORDS = ("harbour", "keeper", "signal", "bridge", "engine")


@dataclass(frozen=True)
class NewsEvent:
    """An event of the news, as a page tells it."""

    number: int
    day: date
    seen: datetime
    topic: str
    word: str

    @property
    def headline(self) -> str:
        return f"Report {self.number:05} of a {self.word} and its people"

    def write(self, folder: Path, *, ending: str = "") -> Path:
        path = folder / f"{path_of(self.day.isoformat(), self.headline)}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        sources = [("Paper", f"https://paper.example/{self.number}")]
        block = f"seen: {self.seen:%Y-%m-%dT%H:%M:%SZ}"
        text = page(
            self.day.isoformat(), self.headline + ending, summary="It is told.", topic=self.topic, sources=sources,
            block=block,
        )  # fmt: skip
        path.write_text(text)
        return path


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    """One page of each topic from before."""
    old = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        NewsEvent(number, date(2026, 1, 1), old, topic, WORDS[number]).write(tmp_path / "old")
        for number, topic in enumerate(TOPICS)
    ]


def matches(what: str, event: NewsEvent) -> bool:
    return any(part == event.topic or all(word in event.headline for word in part.split()) for part in what.split("; "))


def numbers_in(post: Any) -> list[int]:
    """Return the numbers of the events that a post is about: its lead's, and those of the others in its menu."""
    others = menu(post, "list")["options"] if len(post.embeds) > 1 else []
    lines = [post.embeds[0].title, *(f"{option['label']} {option.get('description', '')}" for option in others)]
    return [int(number) for line in lines for number in re.findall(r"Report (\d{5})", line)[:1]]


async def test_each_event_comes_exactly_once_to_each_follow_it_is_about(
    server: Server, simcord_bot: Daybook, load: Import, tmp_path: Path
) -> None:
    rng = random.Random(4)
    simcord_bot.courier.max_sleep = timedelta(hours=1)
    server.skip_to(f"{FIRST:%Y-%m-%d %H:%M}")
    follows: dict[Any, str] = {}
    for what, when in (
        ("Ships", "daily 9am"), ("Lamps; harbour people", "weekly fri 6pm"), ("keeper", "monthly 31 9am"),
        ("Ships; Trains", "at once"), ("signal; bridge", "at once"), ("Storms", "daily 00:00"),
    ):  # fmt: skip
        channel = server.guild.create_text_channel(f"news-{len(follows)}")
        follows[channel] = what
        answer = await server.ask_privately(
            server.admin, "follow add", what=what, channel=channel, when=when, timezone="Europe/Berlin", count=10
        )
        assert answer.embeds, answer.content
    news: list[NewsEvent] = []
    for n in range(DAYS):
        start = FIRST + timedelta(days=n)
        for hour in sorted(rng.sample(range(24), 3)):
            seen = start + timedelta(hours=hour, minutes=rng.randrange(30))
            await server.until(f"{seen + timedelta(minutes=rng.choice((1, 5, 25))):%Y-%m-%d %H:%M}")
            fresh = [
                NewsEvent(10 + len(news) + k, (seen - timedelta(days=rng.choice((0, 0, 1, 3)))).date(), seen,
                     rng.choice(TOPICS), rng.choice(WORDS))
                for k in range(rng.randrange(3))
            ]  # fmt: skip
            for event in fresh:
                event.write(tmp_path / "news")
            if news and rng.random() < 0.2:
                # Its source has changed a word: the same page, later.
                rng.choice(news[-10:]).write(tmp_path / "news", ending=" (updated)")
            if fresh:
                news += fresh
                load(tmp_path / "news")
    # Until the last digest of the month has come.
    await server.until(f"{FIRST + timedelta(days=DAYS + 33):%Y-%m-%d} 12:00")
    for channel, what in follows.items():
        posted = Counter(number for post in server.posts(channel) for number in numbers_in(post))
        expected = Counter(event.number for event in news if matches(what, event))
        assert expected, what
        assert posted == expected, (what, posted - expected, expected - posted)
