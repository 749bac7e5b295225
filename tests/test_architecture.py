"""The house stays as it was planned: who may import whom, and what importing does."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = (
    "errors",
    "event",
    "language",
    "cleaning",
    "templates",
    "text",
    "page",
    "dates",
    "preferences",
    "archive.merge",
    "archive.ranking",
    "archive.forgotten",
    "archive.guesses",
    "cards.chart",
    "cards.layout",
    "cards.same",
    "daily.cities",
    "daily.picker",
    "daily.schedule",
    "daily.subscription",
    "daily.typed",
    "daily.zones",
)
MODULES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for folder in ("bot", "cogs")
    for path in (ROOT / folder).rglob("*.py")
)


def imports(module: str) -> Iterator[str]:
    """Yield all that a module imports, wherever in it."""
    path = ROOT / (module.replace(".", "/") + ".py")
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def of(module: str, *prefixes: str) -> list[str]:
    return [name for name in imports(module) if any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)]


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 25


@pytest.mark.parametrize("module", [f"bot.{name}" for name in PURE])
def test_pure_modules_know_only_each_other(module: str) -> None:
    known = tuple(f"bot.{name}" for name in PURE)
    assert not [name for name in of(module, "bot", "cogs") if not of_any(name, known)]
    assert not of(module, "discord", "aiosqlite", "sqlite3", "os", "asyncio", "pathlib", "random", "time")


def of_any(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith(("bot.archive.", "bot.ledger."))])
def test_what_is_stored_knows_nothing_of_discord(module: str) -> None:
    assert not of(module, "discord", "bot.cards", "bot.client", "bot.tree")


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("bot.")])
def test_nothing_in_the_bot_imports_a_cog(module: str) -> None:
    assert not of(module, "cogs")


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("cogs.")])
def test_cogs_do_not_know_each_other(module: str) -> None:
    assert not of(module, "cogs")


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(("bot.archive.", "bot.ledger."))])
def test_sql_stands_with_the_databases_only(module: str) -> None:
    if module != "bot.database":
        assert not of(module, "sqlite3", "aiosqlite")


def test_importing_every_module_does_nothing() -> None:
    names = [name for name in MODULES if name != "bot.__main__" and not name.endswith("__init__")]
    code = "import importlib, os, sys\nbefore = os.listdir('.')\n"
    code += f"for name in {names!r}:\n    importlib.import_module(name)\n"
    code += "import threading\nassert threading.active_count() == 1 and os.listdir('.') == before\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_shell_answers_without_discord() -> None:
    """discord.py takes longer to import than any answer takes."""
    code = "import sys, bot.cli; sys.exit('discord' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
