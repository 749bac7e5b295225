"""A year of the portal, replayed day by day: editors at work, faults on the way, a week of outage."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import FetchError
from tests.helpers.fetching import Fetching
from tests.helpers.wikipedia import Bullet, broken, too_many, truncated, wikipedia

if TYPE_CHECKING:
    from pathlib import Path

FIRST = date(2025, 7, 1)
OUTAGE = range(150, 157)
# On these days, a day's page is broken for as long as that: a template that was changed, a page that somebody blanked.
TEMPLATE_CHANGES = {60: 1, 200: 2}
SYLLABLES = ("ka", "ro", "mi", "ten", "su", "lo", "var", "ne", "bis", "dor", "ail", "qui", "pho", "gre", "sta", "wen")


@dataclass
class Editors:
    """What editors did: the living events of each day, by numbers that stay; and those that were deleted."""

    rng: random.Random
    days: dict[date, dict[int, Bullet]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    last_number: int = 0

    def word(self) -> str:
        """Make up a word."""
        return "".join(self.rng.choices(SYLLABLES, k=3))

    def bullet(self, number: int) -> Bullet:
        """Write a bullet that has its words for itself."""
        words = [self.word() for _ in range(self.rng.randint(8, 14))]
        words[2] = f"[[{words[2].title()}]]"
        return Bullet(" ".join(words).capitalize() + ".", (f"https://paper.example/{number}",))

    def add(self, day: date) -> None:
        """Add an event to a day."""
        self.last_number += 1
        self.days.setdefault(day, {})[self.last_number] = self.bullet(self.last_number)

    def edit(self, day: date) -> None:
        """Change up to a third of a bullet's words, or its citation, or add a citation."""
        number = self._any(day)
        bullet = self.days[day][number]
        match self.rng.randrange(3):
            case 0:
                words = bullet.text.rstrip(".").split(" ")
                for _ in range(len(words) // 3):
                    words[self.rng.randrange(len(words))] = self.word()
                bullet = replace(bullet, text=" ".join(words) + ".")
            case 1:
                bullet = replace(bullet, sources=(f"https://other.example/{self.rng.random()}",))
            case _:
                bullet = replace(bullet, sources=(*bullet.sources, f"https://third.example/{self.rng.random()}"))
        self.days[day][number] = bullet

    def move(self, day: date, to: date) -> None:
        """Move a bullet to another day."""
        number = self._any(day)
        self.days.setdefault(to, {})[number] = self.days[day].pop(number)

    def delete(self, day: date) -> None:
        """Delete a bullet."""
        number = self._any(day)
        del self.days[day][number]
        self.deleted.add(number)

    def _any(self, day: date) -> int:
        return self.rng.choice(list(self.days[day]))


@pytest.mark.parametrize("seed", [1])
async def test_a_year_of_edits_moves_deletions_and_faults_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    editors = Editors(rng)
    keys: dict[int, str] = {}
    alarms: dict[int, list[str]] = {}
    with wikipedia() as fake:
        fetching = Fetching(tmp_path / "data", fake)
        for number in range(365):
            today = fetching.today = FIRST + timedelta(number)
            changed = _work(editors, today, rng, seen=number not in OUTAGE)
            broken_day = today - timedelta(1) if number in TEMPLATE_CHANGES else None
            for day in changed | ({broken_day} if broken_day else set()):
                template = "changed" if day == broken_day else "today"
                fake.edit(day, *editors.days.get(day, {}).values(), template=template)
            fake.down = number in OUTAGE
            fake.faults = rng.choices([too_many, broken, truncated], k=1) if rng.random() < 0.05 else []
            try:
                alarms[number] = (await fetching.fetch()).alarms
            except FetchError:
                assert fake.down
                continue
            if broken_day:
                fake.edit(broken_day, *editors.days[broken_day].values())
                continue
            _compare(editors, fetching, keys)
        assert fetching.is_sound()
    assert {number for number, sentences in alarms.items() if sentences} == set(TEMPLATE_CHANGES)
    assert len(keys) > 1000


def _work(editors: Editors, today: date, rng: random.Random, *, seen: bool) -> set[date]:
    """Let editors work on a day and those before it; return the days that they changed.

    Where nobody sees it, they do not edit: a bullet that was edited twice may be another one.
    """
    changed = {today}
    for _ in range(rng.randint(2, 5)):
        editors.add(today)
    for age in range(3):
        day = today - timedelta(age)
        if len(editors.days.get(day, {})) < 3:
            continue
        if seen and rng.random() < 0.4:
            editors.edit(day)
            changed.add(day)
        if seen and rng.random() < 0.1:
            other = today - timedelta(rng.choice([other for other in range(3) if other != age]))
            if other >= FIRST:
                editors.move(day, other)
                changed |= {day, other}
        elif rng.random() < 0.1:
            editors.delete(day)
            changed.add(day)
    return changed


def _compare(editors: Editors, fetching: Fetching, keys: dict[int, str]) -> None:
    """Compare what the archive has with what editors wrote: each event once, on its day, under its first key."""
    events = {headline: (key, day) for key, (day, headline) in fetching.events().items()}
    written = {
        bullet.text.replace("[[", "").replace("]]", ""): (number, day)
        for day, bullets in editors.days.items()
        for number, bullet in bullets.items()
    }
    assert set(events) == set(written)
    for headline, (number, day) in written.items():
        key, date_of_event = events[headline]
        assert date_of_event == day.isoformat()
        assert keys.setdefault(number, key) == key
    assert len(fetching.events()) == len(written)
