"""The main cards as text, compared with what somebody has looked at and approved: ``tests/golden/NAME.txt``.

``DAYBOOK_GOLDEN=write make test`` writes them again; look at the difference before it is committed.
"""

import os
import re
from pathlib import Path
from typing import Any

import discord
import pytest

from bot import __version__
from bot.domain.errors import DateError
from tests.helpers.samples import SEED, write
from tests.helpers.servers import Server, parts

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)

GOLDEN = Path(__file__).parent / "golden"
Env = Any
SHIPS = (
    ("1990-01-01", "The Wanderer is launched at a small yard, and the whole town comes to see it"),
    ("1992-06-01", "The Wanderer meets ice in the north and is held fast by it for a whole winter"),
    ("1993-01-01", "The Wanderer comes free of the ice; all of its crew are alive and well"),
    ("2001-01-01", "The Wanderer is made a museum, with the cook's tins still on their shelves"),
)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    related = {
        day: [(other_day, title, "Ships, Wanderer") for other_day, title in SHIPS if other_day != day]
        for day, _ in SHIPS
    }
    for day, headline in SHIPS:
        write(
            tmp_path / "pages", day, headline, related=related[day],
            summary="It is a three-master of oak, built for cold seas.",
            sources=[("The Harbour Post", f"https://harbour.example/{day}"), ("Sea", f"https://sea.example/{day}")],
        )  # fmt: skip
    # Of the pier's opening, nothing more is known.
    pier = ("1981-07-04", "A pier opens", "Harbours")
    write(tmp_path / "pages", "1980-07-04", "A lighthouse is lit", related=[pier])
    return [tmp_path / "pages", SEED]


@pytest.fixture
def reader(simcord_env: Env, server: Server) -> Any:
    return server.guild.add_member(simcord_env.create_user("reader"))


def as_text(message: Any) -> str:
    """Return all that a reader gets: words, cards, menus and buttons."""
    lines = [message.content] if message.content else []
    for embed in message.embeds:
        lines += list(embed_lines(embed))
    for part in parts(message):
        if part["type"] == discord.ComponentType.button.value:
            emoji = (part.get("emoji") or {}).get("name")
            lines.append(f"[{emoji} {part['label']}]" if emoji else f"[{part['label']}]")
        else:
            lines.append(f"< {part['placeholder']} >")
            for option in part["options"]:
                description = f"  ({option['description']})" if option.get("description") else ""
                lines.append(f"    {option['label']}{description}")
    text = "\n".join(lines) + "\n"
    # What differs from run to run.
    text = re.sub(r"\d{17,20}", "ID", text)
    return text.replace(f"Daybook {__version__}", "Daybook VERSION")


def embed_lines(embed: discord.Embed) -> list[str]:
    lines = ["=" * 60]
    lines += [f"({embed.author.name})"] if embed.author.name else []
    lines += [f"# {embed.title}"] if embed.title else []
    lines += [f"  -> {embed.url}"] if embed.url else []
    lines += [embed.description] if embed.description else []
    for field in embed.fields:
        lines += [f"## {field.name}", str(field.value)]
    lines += [f"(image {embed.image.url})"] if embed.image.url else []
    lines += [f"-- {embed.footer.text}"] if embed.footer.text else []
    return [*lines, "=" * 60]


def compare(name: str, text: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("DAYBOOK_GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


def without_new_commands(help_text: str) -> str:
    """Return the text of ``/help`` without the commands that its golden card does not have: two lines and an empty one.

    ``test_help_lists_every_command`` sees to it that they are there.
    """
    golden = set(re.findall(r"^</(\w+)", (GOLDEN / "help.txt").read_text("utf-8"), re.MULTILINE))
    return re.sub(
        r"^</(\w+).*\n.*\n\n?", lambda usage: usage[0] if usage[1] in golden else "", help_text, flags=re.MULTILINE
    )


COMMANDS: dict[str, tuple[str, dict[str, str]]] = {
    "day": ("onthisday", {"date": "1 January"}),
    "seed": ("onthisday", {"date": "March 24"}),
    "date": ("day", {"date": "1992-06-01"}),
    "stub": ("day", {"date": "2013-12-24"}),
    "topic": ("topic", {"name": "Wanderer"}),
    "topic-guessed": ("topic", {"name": "ship"}),
    "topic-unknown": ("topic", {"name": "spacewlk out"}),
    "search": ("search", {"words": "ice winter"}),
    "nothing-found": ("search", {"words": "volcanoes"}),
    "nothing-on-day": ("onthisday", {"date": "2 January"}),
    "no-day": ("onthisday", {"date": "soon"}),
    "about": ("about", {}),
    "help": ("help", {}),
}


@pytest.mark.parametrize("name", COMMANDS)
async def test_an_answer_reads_as_it_was_approved(simcord_env: Env, server: Server, reader: Any, name: str) -> None:
    command, options = COMMANDS[name]
    answer = await server.ask(reader, command, **options)
    text = as_text(answer.response)
    compare(name, without_new_commands(text) if name == "help" else text)
    # simcord keeps what a command raises even if it was answered.
    errors = [type(error.original) for error in simcord_env.errors]
    assert errors == ([DateError] if name == "no-day" else [])


async def test_a_story_reads_as_it_was_approved(server: Server, reader: Any) -> None:
    message = (await server.ask(reader, "day", date="1992-06-01")).response
    await reader.click(message, label="Follow this story")
    compare("story", as_text(message))


async def test_a_daily_post_and_what_admins_see_read_as_they_were_approved(server: Server) -> None:
    texts = {}
    for name, options in (
        ("add", {"channel": server.channel, "time": "9:00", "timezone": "Berlin", "thread": True}),
        ("list", {}),
        ("doctor", {}),
        ("upcoming", {}),
    ):
        texts[name] = as_text(await server.daily(name, **options))
    await server.until("2026-01-01 09:00")
    (post,) = server.posts()
    texts["post"] = as_text(post)
    for name, text in texts.items():
        compare(f"daily-{name}", text)
