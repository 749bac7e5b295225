"""The documents list what exists, and nothing else."""

import argparse
import re
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.cli import build_parser
from bot.client import EXTENSIONS, Daybook
from bot.ledger.ledger import Ledger
from tests.helpers.samples import ROOT
from tests.helpers.servers import SimcordClock

README = (ROOT / "README.md").read_text("utf-8")


def shell_commands(parser: argparse.ArgumentParser, group: str = "") -> dict[str, argparse.ArgumentParser]:
    """Return the commands by their names; those of a group, ``fetch``, as ``fetch portal``."""
    (choices,) = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    commands: dict[str, argparse.ArgumentParser] = {}
    for name, command in choices.items():
        is_group = any(isinstance(action, argparse._SubParsersAction) for action in command._actions)
        commands |= shell_commands(command, f"{name} ") if is_group else {f"{group}{name}": command}
    return commands


def test_the_readme_lists_every_shell_command_with_its_options() -> None:
    rows = dict(re.findall(r"^\| `daybook ([a-z]+(?: [a-z]+)?)([^`]*)`", README, re.MULTILINE))
    commands = shell_commands(build_parser())
    assert set(rows) == set(commands)
    for name, parser in commands.items():
        options = {text for action in parser._actions for text in action.option_strings} - {"-h", "--help", "--data"}
        assert set(re.findall(r"--[\w-]+", rows[name])) == options, name


@pytest.mark.simcord(shard_count=1)
async def test_the_readme_lists_every_slash_command_with_its_options(file: Path, tmp_path: Path) -> None:
    async with (
        Archive(file, readers=1) as archive,
        Ledger(tmp_path / "ledger.sqlite3") as ledger,
        Daybook(archive=archive, ledger=ledger, clock=SimcordClock()) as bot,
    ):
        for name in EXTENSIONS:
            await bot.load_extension(name)
        commands: list[dict[str, Any]] = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
    rows = []
    for command in commands:
        # The subcommands of a group are listed, not the group.
        subcommands = [option for option in command["options"] if option["type"] == 1]
        for part in subcommands or [command]:
            options = [option["name"] + ("" if option["required"] else "?") for option in part["options"]]
            rows.append(" ".join(["/" + command["name"], *([part["name"]] if subcommands else []), *options]))
    assert sorted(re.findall(r"^\| `(/[^`]*)`", README, re.MULTILINE)) == sorted(rows)


def test_every_make_target_of_the_readme_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"make (\w+)", README.replace("make an application", "").replace("and make", "")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_documents_link_to_what_is_there() -> None:
    for document in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))):
        prose = re.sub(r"```.*?```|`[^`]*`", "", document.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:|/)([^)#]+)\)", prose):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    settings = (ROOT / "bot" / "settings.py").read_text("utf-8")
    for name in re.findall(r'"([A-Z]+_[A-Z_]+)"', settings):
        assert name in example or name in {"DAYBOOK_DISCORD_API", "DAYBOOK_CLOCK"}, name


def test_every_setting_is_in_the_one_table_of_settings() -> None:
    running = (ROOT / "docs" / "running.md").read_text("utf-8")
    (table,) = re.findall(r"^## Settings\n(.*?)^## ", running, re.MULTILINE | re.DOTALL)
    settings = (ROOT / "bot" / "settings.py").read_text("utf-8")
    names = {
        *re.findall(r'"(DAYBOOK_[A-Z_]+)"', settings),
        "DISCORD_TOKEN",
        "DAYBOOK_DEBUG",
        "NO_COLOR",
        "SQLITE_TMPDIR",
    }
    assert set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE)) == names - {"DAYBOOK_DISCORD_API", "DAYBOOK_CLOCK"}


def test_nothing_leads_to_the_package_of_another_project() -> None:
    """A public index has one called ``daybook``: pip is only ever given a path, a file or “.”."""
    documents = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "bot").rglob("*.py"),
        ROOT / ".env.example",
    ]
    for document in documents:
        assert not re.search(r"pip install[^\n`]* \"?daybook\b", document.read_text("utf-8")), document.name


def test_the_readme_is_short() -> None:
    assert len(README.encode()) < 10_000


def test_links_to_a_heading_lead_to_one() -> None:
    documents = {path.name: path.read_text("utf-8") for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))}
    for name, text in documents.items():
        for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", text):
            headings = re.findall(r"^#+ (.*)$", documents[Path(target).name if target else name], re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{name} links to {target}#{anchor}"
