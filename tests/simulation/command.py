"""The command line of the simulation."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context

from tests.simulation.events import archive_file
from tests.simulation.follows import EVERY
from tests.simulation.nth import CHANNELS, days
from tests.simulation.planted import PLANTS
from tests.simulation.planted_follows import FOLLOW_PLANTS
from tests.simulation.shrink import shrink
from tests.simulation.world import Outcome, Sizes, World


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation", description="Play worlds in which everything goes wrong, each from one seed."
    )
    parser.add_argument("--seed", type=int, help="play this one world, with a log, and shrink it if it fails")
    parser.add_argument("--until", type=int, metavar="STEP", help="only up to this step")
    parser.add_argument("--quiet", action="store_true", help="without the log")
    parser.add_argument("--no-shrink", action="store_true", help="leave a failing world as it is")
    parser.add_argument("--worlds", type=int, default=100, help="without a seed: how many worlds at most")
    parser.add_argument("--first", type=int, default=1, help="without a seed: the first one")
    parser.add_argument("--minutes", type=float, help="without a seed: begin no world after so long (30; 15 for a bug)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--servers", type=int, default=200)
    parser.add_argument("--days", type=float, default=12.0)
    parser.add_argument("--pace", type=float, default=4.0, help="how many things happen to all of them a day")
    parser.add_argument(
        "--plant", metavar="BUG", help="with one of the planted bugs; without a seed, up to the first world that fails"
    )
    parser.add_argument("--planted", action="store_true", help="try all planted bugs, and print a table")
    parser.add_argument("--nth", action="store_true", help="one day's work: let each thing in it fail, or be the last")
    options = parser.parse_args(arguments)
    options.minutes = options.minutes or (15.0 if options.planted or options.plant else 30.0)
    if options.nth:
        return _try_each()
    if options.planted:
        return _try_planted(options)
    sizes = Sizes(options.servers, options.days, options.pace)
    if options.seed is not None:
        return _play_one(options.seed, sizes, options)
    if options.plant is not None:
        seeds = range(options.first, options.first + options.worlds)
        if options.plant in FOLLOW_PLANTS:
            # Nothing of theirs is in other worlds.
            seeds = range(EVERY, EVERY * (options.worlds + 1), EVERY)
        return _find_bug(seeds, sizes, options)
    return _play_many(range(options.first, options.first + options.worlds), sizes, options)


def _play_one(seed: int, sizes: Sizes, options: argparse.Namespace) -> int:
    outcome = World(seed, sizes, until=options.until, verbose=not options.quiet).play()
    print("\n".join(outcome.log))
    print(_summary(outcome))
    if outcome.violations and not options.no_shrink:
        shrunk = shrink(seed, sizes, outcome, say=partial(print, flush=True))
        print("\n".join(shrunk.log))
        print("What is left:")
        print("\n".join(f"  {step.at / 86400:.3f} d: {step}" for step in shrunk.steps[: shrunk.done]))
        print("\n".join(shrunk.violations))
    return 1 if outcome.violations else 0


def _play_many(seeds: range, sizes: Sizes, options: argparse.Namespace) -> int:
    archive_file()
    began, days, failed = time.monotonic(), 0.0, 0
    with ProcessPoolExecutor(
        options.processes, mp_context=get_context("spawn"), max_tasks_per_child=4
    ) as pool:  # fmt: skip
        waiting = list(seeds)
        running = {pool.submit(_play, waiting.pop(0), sizes) for _ in range(min(options.processes, len(waiting)))}
        while running:
            done = next(as_completed(running))
            running.discard(done)
            outcome = done.result()
            days += outcome.server_days
            failed += bool(outcome.violations)
            print(_summary(outcome), flush=True)
            if waiting and time.monotonic() - began < options.minutes * 60:
                running.add(pool.submit(_play, waiting.pop(0), sizes))
    minutes = (time.monotonic() - began) / 60
    print(
        f"{days / 365:.0f} server-years in {minutes:.1f} minutes, {days / 365 / minutes:.1f} a minute; {failed} failed"
    )
    return 1 if failed else 0


def _find_bug(seeds: range, sizes: Sizes, options: argparse.Namespace) -> int:
    """Play one world after the other until one fails."""
    began, days, worlds = time.monotonic(), 0.0, 0
    for seed in seeds:
        outcome = World(seed, sizes).play()
        days, worlds = days + outcome.server_days, worlds + 1
        played = f"{worlds} | {days / 365:.1f} | {(time.monotonic() - began) / 60:.1f}"
        if outcome.violations:
            print(f"yes | {played} | {_in_short(outcome.violations[0])}")
            return 1
        if time.monotonic() - began > options.minutes * 60:
            break
    print(f"no | {played} | ")
    return 0


def _in_short(violation: str) -> str:
    """Return what was violated, without whose post, when and where."""
    without = re.sub(r" (of|for) subscription \d+( (for|on) [\d-]+)?( at [\d.: ]+,|, due at .*)?", "", violation)
    return re.split(r": | \(|, in \d", without)[0]


def _try_each() -> int:
    failed, counts = 0, Counter[str]()
    for name, channel in CHANNELS.items():
        for day in days(channel):
            outcome = day.play()
            counts[day.way or ""] += 1
            if outcome.violations:
                failed += 1
                print(f"{name}: {day.way}, n = {day.n}: {outcome.violations}", flush=True)
    print(", ".join(f"{way}: {count}" for way, count in counts.items()))
    print(f"{counts.total()} days, {failed} failed")
    return 1 if failed else 0


def _try_planted(options: argparse.Namespace) -> int:
    archive_file()
    sizes = ["--servers", str(options.servers), "--days", str(options.days), "--pace", str(options.pace)]
    sizes += ["--minutes", str(options.minutes), "--first", str(options.first), "--worlds", str(options.worlds)]

    def find(name: str) -> tuple[str, int, str]:
        command = [sys.executable, "-m", "tests.simulation", "--plant", name, *sizes]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return name, found.returncode, (found.stdout or found.stderr).strip().rpartition("\n")[2]

    count = 0
    print("| bug | found | worlds | server-years | minutes | by what |\n|---|---|---|---|---|---|", flush=True)
    with ThreadPoolExecutor(options.processes) as pool:
        for name, code, line in pool.map(find, PLANTS):
            count += code == 1 and line.startswith("yes")
            print(f"| {name} | {line} |", flush=True)
    print(f"{count} of {len(PLANTS)} found")
    return 0 if count >= len(PLANTS) - 1 else 1


def _play(seed: int, sizes: Sizes) -> Outcome:
    return World(seed, sizes).play()


def _summary(outcome: Outcome) -> str:
    line = (
        f"seed {outcome.seed}: {outcome.done} steps, {outcome.posts} posts, {outcome.requests} requests, "
        f"{outcome.server_days:.0f} server-days in {outcome.seconds:.1f} s, {outcome.digest}"
    )
    return "\n".join((line, *(f"  VIOLATION {violation}" for violation in outcome.violations)))
