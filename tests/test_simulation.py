"""The simulation's own tests, and a small share of its worlds."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.helpers.samples import ROOT
from tests.simulation.nth import CHANNELS, days
from tests.simulation.planted import PLANTS, mutated
from tests.simulation.world import Sizes, World

# The archive of the worlds is imported with workers.
pytestmark = pytest.mark.process

SMALL = Sizes(servers=8, days=4, pace=12)


@pytest.mark.parametrize("seed", range(1, 13))
def test_nothing_that_must_hold_is_violated(seed: int) -> None:
    assert World(seed, SMALL).play().violations == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_whatever_fails_or_is_the_last_in_a_days_work_there_is_one_post(channel: str) -> None:
    """All statements, requests and steps: `python -m tests.simulation --nth` tries them in each way; here, in one."""
    ways = {
        "text": "statement is the last",
        "news": "step is the last",
        "forum": "answer is lost",
        "thread": "statement fails",
    }
    assert [(day.n, outcome.violations) for day in days(CHANNELS[channel], ways[channel])
            if (outcome := day.play()).violations] == []  # fmt: skip


def test_a_seed_plays_the_same_world_again_in_another_process() -> None:
    def digest_of(seed: int, hashes: str) -> str:
        command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed), "--quiet", "--no-shrink"]
        sizes = ["--servers", "6", "--days", "2", "--pace", "12"]
        environment = {**os.environ, "PYTHONHASHSEED": hashes}
        printed = subprocess.run(
            [*command, *sizes], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        return printed.stdout.split()[-1]

    first, second, other = digest_of(24, "0"), digest_of(24, "7"), digest_of(22, "0")
    assert first == second != other
    world = World(24, Sizes(servers=6, days=2, pace=12))
    assert world.play().digest == first
    assert world.follows.news.events


def test_a_world_with_a_log_is_the_same_world() -> None:
    outcome = World(21, SMALL, verbose=True).play()
    assert outcome.digest == World(21, SMALL).play().digest
    assert any("daily post 1 of" in line for line in outcome.log)


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_bug_fits_the_code(name: str) -> None:
    compile(mutated(PLANTS[name]), name, "exec")


def test_the_document_lists_each_planted_bug_and_that_nearly_all_were_found() -> None:
    document = (ROOT / "docs" / "simulation.md").read_text("utf-8")
    found = dict(re.findall(r"^\| ([^|]+) \| (yes|no) \|", document, re.MULTILINE))
    assert list(found) == list(PLANTS)
    assert sum(answer == "yes" for answer in found.values()) >= 29
