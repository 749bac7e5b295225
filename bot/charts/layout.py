"""Lays out a chart: round numbers along its axes, labels that no leader line runs through. Pure.

A leader is the vertical line from a label down to the column that it belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, permutations

# In pixels: how far labels stand from leaders, and how much of a long one has to be seen.
GAP, _READABLE_WIDTH = 10, 380


@dataclass(frozen=True, slots=True)
class LabelBox:
    """Where a label is written: its index among the labels, the x of its leader, its left end, its width; in pixels."""

    index: int
    leader_x: float
    left: float
    width: float


def ticks(low: int, high: int, max_ticks: int) -> list[int]:
    """Return round whole numbers from ``low`` to ``high``, evenly spaced, at most ``max_ticks`` of them."""
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if high // step - (low - 1) // step <= max_ticks)
    return list(range(-(-low // step) * step, high + 1, step)) or [low]


def place_labels(labels: Sequence[tuple[float, float]], *, low: float, high: float) -> list[LabelBox]:
    """Place labels, given as (leader_x, width), between two pixels, each on a line of its own.

    Return them from top to bottom. No leader runs through a label below its own, and labels are shortened as little as
    that allows. If one would be too short to read, the last labels are left out.
    """
    for label_count in range(len(labels), 0, -1):
        widths = [width for _, width in labels[:label_count]]
        boxes = max(
            (_place_in_order(labels, order, low, high) for order in permutations(range(label_count))),
            key=lambda boxes: (
                min(box.width / widths[box.index] for box in boxes),
                sum(box.width for box in boxes),
            ),
        )
        if label_count == 1 or all(box.width >= min(widths[box.index], _READABLE_WIDTH) for box in boxes):
            return boxes
    return []


def _place_in_order(
    labels: Sequence[tuple[float, float]], order: Sequence[int], low: float, high: float
) -> list[LabelBox]:
    """Place labels in this order, the top one first: right of their leaders, else left of them, else across them."""
    boxes: list[LabelBox] = []
    for index in order:
        leader_x, full_width = labels[index]
        start = max([low, *(box.leader_x + GAP for box in boxes if box.leader_x < leader_x)])
        end = min([high, *(box.leader_x - GAP for box in boxes if box.leader_x > leader_x)])
        width = min(full_width, end - start)
        if leader_x + GAP + width <= end:
            left = leader_x + GAP
        elif leader_x - GAP - width >= start:
            left = leader_x - GAP - width
        else:
            left = end - width
        boxes.append(LabelBox(index, leader_x, left, width))
    return boxes
