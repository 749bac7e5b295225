"""The layers of docs/architecture.md: who may import whom, who touches what, and what importing does."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Lowest first. A module imports from its own layer and from those below it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("bot.domain", "bot.locale"),
    ("bot.formats", "bot.clock", "bot.database", "bot.processes", "bot.turns", "bot.data_folder"),
    ("bot.archive", "bot.ledger", "bot.sources"),
    (
        "bot.cards", "bot.discord_errors", "bot.discord_internals", "bot.rate_limits", "bot.session_pace",
        "bot.callbacks", "bot.guild_access",
    ),
    ("bot.screens", "bot.daily", "bot.charts"),
    ("cogs",),
    # The entry points: what puts the rest together.
    (
        "bot.client", "bot.command_sync", "bot.tree", "bot.translator", "bot.settings", "bot.logs", "bot.health",
        "bot.heartbeat", "bot.file_watch", "bot.metrics", "bot.source_keeper", "bot.serve", "bot.preview",
        "bot.placeholder_images", "bot.terminal", "bot.fetch", "bot.source_commands", "bot.privacy_commands",
        "bot.shell", "bot.cli", "bot.__main__",
    ),
)  # fmt: skip
# Where SQL stands: the two databases, and what a fetch remembers beside the pages.
STORES = ("bot.archive", "bot.ledger", "bot.sources.fetch_state")
# What reaches out of the process. Pure modules are handed what they need.
OUTSIDE = ("discord", "aiohttp", "aiosqlite", "sqlite3", "os", "subprocess", "asyncio", "pathlib", "random", "time")
# The clocks of the standard library and of discord.py, which only bot/clock.py may read.
WALL_CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow", "datetime.date.today", "time.time",
    "time.time_ns", "discord.utils.utcnow",
}  # fmt: skip
MONOTONIC_CLOCKS = {"time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"}


def modules(*folders: str) -> list[str]:
    """Return the names of all modules and packages in these folders."""
    return sorted(
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    )


MODULES = modules("bot", "cogs")


def is_in(name: str, *prefixes: str) -> bool:
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)


def layer_of(module: str) -> int:
    """Return the number of a module's layer; the package ``bot`` itself knows nothing, and everybody may know it."""
    if module == "bot":
        return 0
    (number,) = [number for number, names in enumerate(LAYERS) if is_in(module, *names)]
    return number


def imports(module: str, *, types: bool = True) -> Iterator[str]:
    """Yield the modules that a module imports, wherever in it; without ``types``, not those for type checking only."""
    path = ROOT / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(path.read_text("utf-8"))
    left_out = {
        id(inner)
        for node in ast.walk(tree)
        if not types and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            names = [f"{node.module}.{name.name}" for name in node.names]
            # What is imported from a package may be a module of it.
            yield from (name if name in MODULES else str(node.module) for name in names)


def our_imports(module: str, *, types: bool = True) -> set[str]:
    return {name for name in imports(module, types=types) if is_in(name, "bot", "cogs")}


def test_every_module_has_a_layer() -> None:
    assert len(MODULES) > 80
    for module in MODULES:
        layer_of(module)


@pytest.mark.parametrize("module", [module for module in MODULES if not is_in(module, "cogs")])
def test_nothing_imports_upwards(module: str) -> None:
    assert not [name for name in our_imports(module) if layer_of(name) > layer_of(module)]


@pytest.mark.parametrize("module", [module for module in MODULES if is_in(module, "cogs")])
def test_a_cog_knows_the_client_only_as_a_type_and_no_other_cog(module: str) -> None:
    assert not [name for name in our_imports(module, types=False) if layer_of(name) > layer_of(module)]
    assert our_imports(module) - our_imports(module, types=False) <= {"bot.client"}
    assert not [name for name in our_imports(module) if is_in(name, "cogs")]


def test_packages_do_not_import_each_other_in_circles() -> None:
    """Packages of one layer may know each other, but not both ways."""

    def package(module: str) -> str:
        return next((name for names in LAYERS for name in names if is_in(module, name)), module)

    pairs = {
        (package(module), package(name))
        for module in MODULES
        for name in our_imports(module, types=False)
        if package(module) != package(name)
    }
    # Sentences of the domain are messages, and languages say days of the domain.
    allowed = {("bot.domain", "bot.locale"), ("bot.locale", "bot.domain")}
    assert not {pair for pair in pairs if pair[::-1] in pairs} - allowed


@pytest.mark.parametrize("module", [module for module in MODULES if is_in(module, "bot.domain", "bot.formats")])
def test_the_domain_and_the_formats_are_pure(module: str) -> None:
    assert not [name for name in imports(module) if is_in(name, *OUTSIDE)]


@pytest.mark.parametrize("module", [module for module in MODULES if is_in(module, "bot.cards")])
def test_cards_are_pure_but_for_discords_types(module: str) -> None:
    assert not [name for name in imports(module) if is_in(name, *OUTSIDE) and not is_in(name, "discord")]
    assert not [name for name in our_imports(module) if is_in(name, "bot.archive", "bot.ledger")]


@pytest.mark.parametrize("module", [module for module in MODULES if is_in(module, *STORES, "bot.sources")])
def test_what_is_stored_knows_nothing_of_discord(module: str) -> None:
    assert not [name for name in imports(module) if is_in(name, "discord")]


@pytest.mark.parametrize("module", [module for module in MODULES if not is_in(module, *STORES)])
def test_sql_stands_with_the_databases_only(module: str) -> None:
    if module != "bot.database":
        assert not [name for name in imports(module) if is_in(name, "sqlite3", "aiosqlite")]


def outside_names(path: Path) -> set[str]:
    """Return what a file uses of other modules, by full names (``datetime.datetime.now``), however it was imported."""
    tree = ast.parse(path.read_text("utf-8"))
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            origins |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            origins |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    names = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)}
    parts = (name.partition(".") for name in names)
    return {origins.get(first, first) + dot + rest for first, dot, rest in parts}


@pytest.mark.parametrize("module", MODULES)
def test_only_the_clock_tells_the_time(module: str) -> None:
    """Time is an argument; where it is not, a Clock was handed down."""
    if module == "bot.clock":
        return
    path = ROOT / module.replace(".", "/")
    names = outside_names(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    assert not names & (WALL_CLOCKS | MONOTONIC_CLOCKS)


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_no_test_depends_on_the_date(folder: str) -> None:
    """Tests and benchmarks may measure how long something takes, but not what day it is."""
    for path in (ROOT / folder).rglob("*.py"):
        assert not outside_names(path) & (WALL_CLOCKS - {"time.time", "discord.utils.utcnow"}), path.name


@pytest.mark.parametrize("folder", ["bot", "cogs", "tests", "benchmarks"])
def test_no_clock_of_a_library_is_replaced(folder: str) -> None:
    """discord.py's own clock stays as it is; a test that needs another time hands down a Clock."""
    pattern = re.compile(r"utcnow\s*=[^=]|setattr\([^)]*(utcnow|monotonic)")
    for path in (ROOT / folder).rglob("*.py"):
        assert not pattern.search(path.read_text("utf-8")), path.name


@pytest.mark.process
def test_importing_every_module_does_nothing() -> None:
    helpers = [name for name in modules("tests", "benchmarks") if not name.rpartition(".")[2].startswith("test_")]
    names = [name for name in (*MODULES, *helpers) if not name.endswith(".__main__")]
    assert "tests.helpers.samples" in names
    code = "import importlib, os, sys\nbefore = os.listdir('.'), sys.path[:]\n"
    code += f"for name in {names!r}:\n    importlib.import_module(name)\n"
    code += "import threading\nassert threading.active_count() == 1 and (os.listdir('.'), sys.path) == before\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.process
def test_the_shell_answers_without_discord() -> None:
    """discord.py takes longer to import than any answer takes."""
    code = "import sys, bot.cli; sys.exit('discord' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


@pytest.mark.process
def test_a_start_imports_nothing_that_only_imports_of_pages_and_rare_texts_need() -> None:
    """Each of them is felt in the start, and in the memory of a bot that never needs it."""
    rare = {"bot.archive.rebuild", "bot.formats.context", "dotenv", "feedparser", "opencc", "rapidfuzz", "regex"}
    code = (
        "import importlib, sys, bot.cli, bot.serve; from bot.client import EXTENSIONS;"
        f"[importlib.import_module(name) for name in EXTENSIONS]; print(sorted({rare!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
