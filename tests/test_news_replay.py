"""Some days of a year of news: everything that goes wrong in a year happens in them. See `tests/news_year`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.news_year.year import TROUBLES, Plan, open_year, year_plan

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process
FIRST = date(2026, 3, 2)
# The whole year is played by `make year`.
WEEK = Plan(
    FIRST,
    days=8,
    troubles={
        1: {"reword", "correct story", "edit list", "late news", "restart"},
        2: {"move", "stumble", "kill the post"},
        3: {"refusal", "Discord fails"},
        4: {"withdraw", "kill the fetch", "lose the archive"},
        5: {"blank", "forget", "kill the bot"},
        6: {"feeds down", "late start", "lose the state"},
    },
    listed_days=16,
)


async def test_each_days_news_comes_once_and_tells_what_stood_there(tmp_path: Path) -> None:
    async with open_year(WEEK, tmp_path) as year:
        outcome = await year.play()
    assert outcome.violations == []
    # Of three posts, one tells anniversaries, too; all came.
    assert outcome.posts == 2 * WEEK.days


def test_a_year_has_all_that_can_go_wrong_again_and_again() -> None:
    plan = year_plan(date(2026, 1, 1), 365, seed=7)
    assert {trouble for troubles in plan.troubles.values() for trouble in troubles} == {*TROUBLES}
    assert len(plan.troubles) > 5 * len(TROUBLES)
