"""Where things stand on a chart: round numbers along an axis, labels that nothing runs through. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, permutations

# How far labels stand from poles, and how much of one, in pixels, can be read.
GAP, _ENOUGH = 10, 380


@dataclass(frozen=True, slots=True)
class Flag:
    """A label's place at the pole that comes down on its column: which label, its left end, its width."""

    label: int
    leader_x: float
    left: float
    width: float


def ticks(low: int, high: int, most: int) -> list[int]:
    """Return round whole numbers from ``low`` to ``high``, evenly spaced, at most ``most`` of them."""
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if high // step - (low - 1) // step <= most)
    return list(range(-(-low // step) * step, high + 1, step)) or [low]


def arranged(labels: Sequence[tuple[float, float]], *, low: float, high: float) -> list[Flag]:
    """Place labels, given as (pole, width), between two pixels, each in a lane of its own; return them from above.

    No pole runs through a label below its own, and as much of each label as can be is seen; the last ones are left out
    where too little would be.
    """
    for many in range(len(labels), 0, -1):
        wanted = [width for _, width in labels[:many]]
        flags = max(
            (_flags(labels, order, low, high) for order in permutations(range(many))),
            key=lambda flags: (
                min(flag.width / wanted[flag.label] for flag in flags),
                sum(flag.width for flag in flags),
            ),
        )
        if many == 1 or all(flag.width >= min(wanted[flag.label], _ENOUGH) for flag in flags):
            return flags
    return []


def _flags(labels: Sequence[tuple[float, float]], order: Sequence[int], low: float, high: float) -> list[Flag]:
    """Place labels in this order from above: to the right of their poles, else to the left, else above them."""
    flags: list[Flag] = []
    for place in order:
        leader_x, wanted = labels[place]
        start = max([low, *(flag.leader_x + GAP for flag in flags if flag.leader_x < leader_x)])
        end = min([high, *(flag.leader_x - GAP for flag in flags if flag.leader_x > leader_x)])
        width = min(wanted, end - start)
        if leader_x + GAP + width <= end:
            left = leader_x + GAP
        elif leader_x - GAP - width >= start:
            left = leader_x - GAP - width
        else:
            left = end - width
        flags.append(Flag(place, leader_x, left, width))
    return flags
