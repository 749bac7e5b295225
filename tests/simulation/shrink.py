"""Finds the fewest steps with which a world still fails in the same way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.simulation.world import Outcome, Sizes, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.simulation.steps import Step


def kind_of(violation: str) -> str:
    """Return what was violated, without who and when."""
    return re.sub(r"[\d:.\-]+", "#", violation)[:40]


def shrink(seed: int, sizes: Sizes, outcome: Outcome, *, say: Callable[[str], None], most: int = 60) -> Outcome:
    """Leave out steps, halves first, for as long as the world fails in the same way."""
    kind = kind_of(outcome.violations[0])
    best, steps = outcome, list(outcome.steps[: outcome.done])
    tries, size = 0, max(len(steps) // 2, 1)

    def fails(part: Sequence[Step]) -> Outcome | None:
        found = World(seed, sizes, only=part).play()
        return found if any(kind_of(violation) == kind for violation in found.violations) else None

    while tries < most:
        shrunk = False
        for start in range(0, len(steps), size):
            tries += 1
            if tries > most:
                break
            part = steps[:start] + steps[start + size :]
            if (found := fails(part)) is not None:
                best, steps, shrunk = found, part[: found.done], True
                say(f"{len(steps)} steps still do")
                break
        if not shrunk:
            if size == 1:
                break
            size = max(size // 2, 1)
    return World(seed, sizes, only=steps, verbose=True).play() if steps or best.done == 0 else best
