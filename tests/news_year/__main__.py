"""``python -m tests.news_year``: plays a year of news, and says what was not as it should be."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tests.news_year.year import Outcome, Plan, open_year, year_plan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.news_year", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=7, help="says what is told, and what goes wrong")
    parser.add_argument("--first", type=date.fromisoformat, default=date(2026, 1, 1), metavar="DATE")
    parser.add_argument("--lists", type=int, default=366, metavar="DAYS", help="so many days of the year have lists")
    parser.add_argument("--minutes", type=float, default=1000.0, help="begin no day after so long")
    parser.add_argument("--folder", type=Path, help="where the bot's data is to be kept, for a look at it")
    options = parser.parse_args(arguments)
    plan = replace(
        year_plan(options.first, options.days, options.seed), listed_days=options.lists, minutes=options.minutes
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = asyncio.run(_play(plan, folder))
    _print(outcome)
    return 1 if outcome.violations else 0


async def _play(plan: Plan, folder: Path) -> Outcome:
    async with open_year(plan, folder.resolve()) as year:
        known = 0

        def report(day: date, troubles: Collection[str]) -> None:
            nonlocal known
            for violation in year.outcome.violations[known:]:
                print(f"  VIOLATION {violation}", flush=True)
            known = len(year.outcome.violations)
            print(day, *sorted(troubles), flush=True)

        return await year.play(report)


def _print(outcome: Outcome) -> None:
    for violation in outcome.violations:
        print(f"VIOLATION {violation}")
    for fetching in (False, True):
        seconds = outcome.all_seconds(fetching=fetching)
        if seconds:
            when = "while something is fetched" if fetching else "while nothing is"
            p50, p99 = (seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.99))
            print(f"{len(seconds)} answers {when}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, at most {seconds[-1]:.2f} s")
    troubles = ", ".join(f"{name}: {count}" for name, count in sorted(outcome.troubles.items()))
    took = f"in {outcome.took / 60:.1f} minutes"
    print(f"{outcome.days} days, {outcome.posts} posts {took}, {len(outcome.violations)} violations; {troubles}")


if __name__ == "__main__":
    sys.exit(main())
