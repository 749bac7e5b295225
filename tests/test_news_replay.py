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
    days=9,
    troubles={
        0: {"stumble", "kill the post"},
        1: {"reword", "correct story", "edit list", "late news", "restart"},
        2: {"move", "refusal", "Discord fails"},
        3: {"withdraw", "kill the fetch", "lose the archive"},
        4: {"blank", "forget", "kill the bot"},
        5: {"feeds down", "late start", "lose the state"},
        6: {"absence"},
    },
    listed_days=16,
)
# On two of these days, the bot is away.
POSTS = 2 * (WEEK.days - 2)


async def test_each_days_news_comes_once_and_tells_what_stood_there(tmp_path: Path) -> None:
    async with open_year(WEEK, tmp_path) as year:
        outcome = await year.play()
    assert outcome.violations == []
    assert outcome.posts == POSTS


def test_the_week_has_all_that_can_go_wrong() -> None:
    # An outage is a refusal that is waited for, a few seconds at each fetch.
    assert {trouble for troubles in WEEK.troubles.values() for trouble in troubles} == {*TROUBLES} - {"outage"}


def test_a_year_has_all_that_can_go_wrong_again_and_again() -> None:
    plan = year_plan(date(2026, 1, 1), 365, seed=7)
    assert {trouble for troubles in plan.troubles.values() for trouble in troubles} == {*TROUBLES}
    assert len(plan.troubles) > 5 * len(TROUBLES)
