"""One day's work, again and again: each time, another statement, request or step fails, or is the last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.discord import Trouble
from tests.simulation.steps import Setting
from tests.simulation.storage import disk_error
from tests.simulation.world import Outcome, Sizes, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.network import Call

# The work is counted from a minute before the post is due, for as long.
DUE = 9 * 3600.0
BEFORE, AFTER = 60.0, 600.0
# How a statement, a request, and a step can go wrong.
WAYS = (
    "statement fails", "statement is not made", "statement is the last", "request is cut", "answer is lost",
    "answer is an error", "request is refused", "request is the last", "step is the last",
)  # fmt: skip
_TROUBLES = {
    "request is cut": "cut-before", "answer is lost": "cut-after", "answer is an error": "error-after",
    "request is refused": "429-long",
}  # fmt: skip
CHANNELS = {"text": 1, "news": 2, "forum": 3, "thread": 4}


@dataclass(slots=True)
class Counts:
    """How many statements, requests and steps a day's work has."""

    statements: int = 0
    requests: int = 0
    steps: int = 0


@dataclass(slots=True)
class Day:
    """One day of one server, in which the n-th of something goes wrong in some way (None: nothing does)."""

    channel: int
    way: str | None = None
    n: int = 0
    counts: Counts = field(default_factory=Counts)

    def play(self) -> Outcome:
        """Play the day."""
        world = World(1, Sizes(servers=1, days=1.0, pace=0, max_sleep=3600))
        options = {"count": 3, "late": 6, "role": True}
        if self.channel in {1, 2}:
            options |= {"thread": True}
        if self.channel in {1, 2, 4}:
            options |= {"pin": True}
        world.settings = [Setting(0, self.channel, 9, 0, "UTC", options)]
        world.quiet = 26 * 3600.0

        def is_now() -> bool:
            return DUE - BEFORE <= world.loop.time() <= DUE + AFTER and world._lives == 1

        def on_statement(before: bool, sql: str) -> None:
            if not is_now():
                return
            self.counts.statements += before
            if self.counts.statements != self.n or sql.startswith("ROLLBACK"):
                return
            if self.way == "statement fails" and before:
                world.oracle.may_be_unsaved()
                raise disk_error("SQLITE_IOERR_WRITE")
            if self.way == ("statement is not made" if before else "statement is the last"):
                world.die("at a statement")

        def on_request(call: Call) -> None:
            if not is_now():
                return
            self.counts.requests += 1
            if self.counts.requests != self.n:
                return
            if self.way in _TROUBLES:
                now = world.loop.time()
                world.discord.troubles.append(Trouble(_TROUBLES[self.way], now, now + 1, times=1))
            elif self.way == "request is the last":
                world.kill("at a request", 3.0)

        def on_step() -> None:
            if is_now():
                self.counts.steps += 1
                if self.counts.steps == self.n and self.way == "step is the last":
                    world.kill("at a step", 3.0)

        world.on_statement = on_statement
        world.on_request = on_request
        world.loop.on_step = on_step
        outcome = world.play()
        expected = sum(1 for key in world.oracle.posted if key[1] == world.start.date())
        if expected != 1:
            outcome.violations.append(f"{expected} posts on that day")
        return outcome


def days(channel: int, *ways: str) -> Iterator[Day]:
    """Yield all days with one thing that goes wrong: for every n, in every way, or in some."""
    whole = Day(channel)
    assert not whole.play().violations
    for way in ways or WAYS:
        kind = way.partition(" ")[0]
        most = {"statement": whole.counts.statements, "step": whole.counts.steps}.get(kind, whole.counts.requests)
        for n in range(1, most + 1):
            yield Day(channel, way, n)
