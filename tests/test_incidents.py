"""The table of incidents: what went wrong elsewhere, and the tests that show it cannot happen here."""

import ast
import re
import tomllib
from functools import cache
from typing import Any

import pytest

from tests.helpers.samples import ROOT

INCIDENTS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests" / "incidents.toml").read_text("utf-8"))["incident"]
REPORT = re.compile(r"[\w.-]+/[\w.-]+#\d+|hostile review|simulation")


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_"))


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident["what"][:60])
def test_each_incident_says_where_it_was_seen_and_names_tests_that_exist(incident: dict[str, Any]) -> None:
    assert set(incident) == {"what", "seen", "tests"}
    assert incident["seen"]
    assert all(REPORT.fullmatch(report) for report in incident["seen"])
    assert incident["tests"]
    missing = [name for name in incident["tests"] if name.partition("::")[2] not in names_in(name.partition("::")[0])]
    assert missing == []


def test_no_incident_stands_there_twice() -> None:
    whats = [incident["what"] for incident in INCIDENTS]
    assert len(set(whats)) == len(whats)
