"""The shell face: arguments in, an answer out; one clear line when something is wrong."""

import argparse
import asyncio
import gc
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from dotenv import dotenv_values

from bot import __version__
from bot.domain.errors import DateError, DaybookError, SettingsError
from bot.settings import FEW, Settings

_WRONG_USAGE = 2
_INTERRUPTED = 130
Command = Callable[[argparse.Namespace, Settings], Coroutine[None, None, int]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, 1 for an error that was told, 2 for wrong usage."""
    _open_streams()
    try:
        code = _answer_to(argv)
        sys.stdout.flush()
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of the pipe has seen enough.
        _drop_output()
        return 0
    except Exception as error:  # noqa: BLE001  (nobody is to see a traceback who did not ask for it)
        return _told(error)
    return code


def _answer_to(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as exited:
        return exited.code if isinstance(exited.code, int) else _WRONG_USAGE
    # What stands in the environment counts before what a .env file says.
    settings = Settings.read({**_env_file(), **os.environ}, data=arguments.data)
    # The bot needs nothing of what the other commands do.
    command: Command = _serve if arguments.command == "run" else getattr(import_module("bot.shell"), arguments.command)
    return asyncio.run(command(arguments, settings))


async def _serve(_: argparse.Namespace, settings: Settings) -> int:
    """Serve in Discord."""
    # What is imported stays: to look through it for garbage, over and over, would be a tenth of a start.
    gc.disable()
    from bot.serve import serve

    gc.freeze()
    gc.enable()
    return await serve(settings)


def _env_file() -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(".env").items() if value is not None}
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"the file .env in this folder cannot be read ({error})") from error


def _open_streams() -> None:
    """See to it that any text can be written; a stream that was closed by the caller swallows it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  (as long as the process)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _drop_output() -> None:
    """Let what is still unwritten go nowhere: Python would complain again when it flushes at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(error: Exception) -> int:
    """Tell an error in one line; return the exit code."""
    from bot.terminal import complain

    if isinstance(error, DaybookError):
        complain(str(error))
    elif isinstance(error, OSError) and error.filename is not None:
        complain(f"{error.filename} cannot be used ({error.strerror})")
    elif isinstance(error, OSError):
        complain(f"the answer cannot be written ({error.strerror or error})")
        _drop_output()
    else:
        if os.environ.get("DAYBOOK_DEBUG"):
            traceback.print_exception(error)
        complain(f"that should not happen ({type(error).__name__}: {error}); DAYBOOK_DEBUG=1 shows where")
    return _WRONG_USAGE if isinstance(error, DateError) else 1


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--data",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="where archive.sqlite3 and ledger.sqlite3 are (default: $DAYBOOK_DATA, else data/)",
    )
    answers = argparse.ArgumentParser(add_help=False)
    answers.add_argument("--json", action="store_true", help="print one JSON value and nothing else")
    lists = argparse.ArgumentParser(add_help=False)
    lists.add_argument(
        "--limit",
        type=_count,
        metavar="N",
        help=f"at most so many events, 0 for all (default: {FEW}; with --json all)",
    )

    parser = argparse.ArgumentParser(
        prog="daybook",
        description="Serves dated news events: in Discord, and here in the shell.",
        epilog="“daybook COMMAND --help” tells more about a command. An archive without pages is filled with the"
        " starter page first.",
    )
    parser.add_argument("--version", action="version", version=f"daybook {__version__}")
    parser.add_argument(
        "--data", metavar="DIR", help="where the two database files are (default: $DAYBOOK_DATA or data/)"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: str, about: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=f"{about}.", parents=[shared, *parents])
        added.set_defaults(command=command)
        return added

    command = add("import", "load", "load pages into the archive, all of them or none", answers)
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a page, a folder, a .zip, .tar, .tar.gz or .tar.xz"
    )
    command = add("onthisday", "on_this_day", "what happened on a day of the year, best first", answers, lists)
    command.add_argument(
        "date", nargs="?", default="today", metavar="DATE", help="March 24, 24.3., 2017-03-24 … (default: today, UTC)"
    )
    command.add_argument("--year", type=_year, metavar="Y", help="only this year")
    command.add_argument("--topic", metavar="T", help="only events of this topic")
    command = add("topic", "topic", "the events of a topic, best first", answers, lists)
    command.add_argument("name", metavar="NAME", help="a topic, such as NASA, or an acronym of it")
    command = add(
        "search", "search", "events that have all of the words in headline, summary or topics", answers, lists
    )
    command.add_argument("words", nargs="+", metavar="WORDS", help="words, beginnings (astro*), “phrases in quotes”")
    command = add("show", "show", "one event, whole", answers)
    command.add_argument("key", metavar="KEY", help="an event's key, 12 characters")
    add("stats", "stats", "what the archive holds", answers)
    command = add("forget", "forget", "take events out for good, also against later imports")
    command.add_argument("keys", nargs="+", metavar="KEY", help="an event's key; all pages that tell the event go")
    command = add("preview", "preview", "try the bot in a browser, without a token")
    command.add_argument(
        "--port", type=_port, default=0, metavar="P", help="the page's port on this machine (default: a free one)"
    )
    add("run", "run", "serve in Discord (needs DISCORD_TOKEN)")
    add("health", "health", "whether the bot that serves from these data is connected to Discord", answers)
    command = add("backup", "backup", "copy the ledger, also while the bot runs")
    command.add_argument(
        "to",
        type=_name,
        metavar="TO",
        help="a file (an earlier copy is replaced), or a folder for a copy with its time",
    )
    command = add("restore", "restore", "put a copy in the ledger's place, while the bot does not run")
    command.add_argument(
        "source", type=_name, metavar="FROM", help="a copy; the ledger of before is kept beside the new one"
    )
    return parser


def _name(text: str) -> str:
    # What a script gives for a variable that is not set would mean this folder.
    if text:
        return text
    reason = "the name of a file is missing"
    raise argparse.ArgumentTypeError(reason)


def _count(text: str) -> int:
    return _number(text, 0, 10_000_000, "a count such as 10")


def _year(text: str) -> int:
    return _number(text, 1, 9999, "a year such as 2017")


def _port(text: str) -> int:
    return _number(text, 0, 65535, "a port from 0 to 65535")


def _number(text: str, least: int, most: int, what: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    reason = f"“{text}” is not {what}"
    raise argparse.ArgumentTypeError(reason)
