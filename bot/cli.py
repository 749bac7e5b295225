"""The command line: parses arguments, runs one command, and prints an error as one clear line."""

import argparse
import asyncio
import gc
import os
import re
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

from bot import __version__
from bot.clock import Clock, FileClock, SystemClock
from bot.data_folder import PRIVATE_UMASK, close_to_others
from bot.domain.errors import DateError, DaybookError, SettingsError
from bot.settings import SHELL_LIMIT, Settings

_WRONG_USAGE = 2
_INTERRUPTED = 130
Command = Callable[[argparse.Namespace, Settings, Clock], Coroutine[None, None, int]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, 1 for an error that was printed, 2 for wrong usage."""
    _prepare_streams()
    os.umask(PRIVATE_UMASK)
    try:
        code = _run(argv)
        sys.stdout.flush()
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of the pipe, such as “head”, has read enough.
        _discard_stdout()
        return 0
    except Exception as error:  # noqa: BLE001  (nobody sees a traceback without asking for it)
        return _report_error(error)
    return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as exited:
        return exited.code if isinstance(exited.code, int) else _WRONG_USAGE
    # The environment overrides the .env file.
    settings = Settings.read({**_read_env_file(), **os.environ}, data=arguments.data)
    clock = FileClock(settings.clock_file) if settings.clock_file else SystemClock()
    close_to_others(settings.data)
    # Imported late: “daybook run” needs nothing of bot.shell.
    module, _, name = arguments.command.rpartition(":")
    command: Command = _serve if name == "run" else getattr(import_module(module or "bot.shell"), name)
    return asyncio.run(command(arguments, settings, clock))


async def _serve(_: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Serve in Discord."""
    # Imported modules are never garbage: with the collector off meanwhile, the imports take 15 % less time.
    gc.disable()
    from bot.serve import serve

    gc.freeze()
    gc.enable()
    return await serve(settings, clock)


def _read_env_file() -> dict[str, str]:
    if not Path(".env").exists():
        return {}
    # Where the settings are in the environment, no start needs it.
    from dotenv import dotenv_values

    try:
        return {name: value for name, value in dotenv_values(".env").items() if value is not None}
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"the file .env in this folder cannot be read ({error})") from error


def _prepare_streams() -> None:
    """Make stdout and stderr take any text; one that the caller has closed discards it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  (as long as the process)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _discard_stdout() -> None:
    """Discard what is not yet written to stdout: Python would complain again when it flushes at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_error(error: Exception) -> int:
    """Print an error as one line; return the exit code."""
    from bot.terminal import print_error

    if isinstance(error, DaybookError):
        print_error(str(error))
    elif isinstance(error, OSError) and error.filename is not None:
        print_error(f"{error.filename} cannot be used ({error.strerror})")
    elif isinstance(error, OSError):
        print_error(f"the answer cannot be written ({error.strerror or error})")
        _discard_stdout()
    else:
        if os.environ.get("DAYBOOK_DEBUG"):
            traceback.print_exception(error)
        print_error(f"this is a bug ({type(error).__name__}: {error}); DAYBOOK_DEBUG=1 shows where")
    return _WRONG_USAGE if isinstance(error, DateError) else 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; ``command`` of what it returns names a function of ``bot.shell``."""
    parser = argparse.ArgumentParser(
        prog="daybook",
        description="Serves dated news events: in Discord, and here in the shell.",
        epilog="“daybook COMMAND --help” tells more about a command. An empty archive is filled with the"
        " starter archive first.",
    )
    parser.add_argument("--version", action="version", version=f"daybook {__version__}")
    parser.add_argument(
        "--data", metavar="DIR", help="where the two database files are (default: $DAYBOOK_DATA or data/)"
    )
    commands = _Commands(parser)
    _add_archive_commands(commands)
    _add_fetch_commands(commands)
    _add_source_commands(commands)
    _add_running_commands(commands)
    _add_privacy_commands(commands)
    return parser


class _Commands:
    """The commands of a parser, and the options that several of them share."""

    def __init__(self, parser: argparse.ArgumentParser, *, metavar: str = "COMMAND") -> None:
        self._subparsers = parser.add_subparsers(metavar=metavar, required=True)
        self._data = argparse.ArgumentParser(add_help=False)
        self._data.add_argument(
            "--data",
            metavar="DIR",
            default=argparse.SUPPRESS,
            help="where archive.sqlite3 and ledger.sqlite3 are (default: $DAYBOOK_DATA, else data/)",
        )
        self.json = argparse.ArgumentParser(add_help=False)
        self.json.add_argument("--json", action="store_true", help="print one JSON value and nothing else")
        self.limit = argparse.ArgumentParser(add_help=False)
        self.limit.add_argument(
            "--limit",
            type=_parse_limit,
            metavar="N",
            help=f"at most N events; 0 for all (default: {SHELL_LIMIT}; all with --json)",
        )

    def add(self, name: str, function: str, about: str, *shared: argparse.ArgumentParser) -> argparse.ArgumentParser:
        """Add a command that ``function`` of ``bot.shell`` runs, or that of another module, ``bot.fetch:fetch_portal``.

        ``shared`` are parsers of options that it has in common with others.
        """
        command = self._subparsers.add_parser(name, help=about, description=f"{about}.", parents=[self._data, *shared])
        command.set_defaults(command=function)
        return command

    def group(self, name: str, about: str, *, metavar: str) -> "_Commands":
        """Add a command that has commands of its own; return these."""
        command = self._subparsers.add_parser(name, help=about, description=f"{about}.", parents=[self._data])
        return _Commands(command, metavar=metavar)


def _add_archive_commands(commands: _Commands) -> None:
    json, limit = commands.json, commands.limit
    command = commands.add("import", "load", "load pages into the archive, all of them or none", json)
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a page, a folder, a .zip, .tar, .tar.gz or .tar.xz"
    )
    command = commands.add("onthisday", "on_this_day", "what happened on a day of the year, best first", json, limit)
    command.add_argument(
        "date", nargs="?", default="today", metavar="DATE", help="March 24, 3/24, 2017-03-24 … (default: today, UTC)"
    )
    command.add_argument("--year", type=_parse_year, metavar="Y", help="only this year")
    command.add_argument("--topic", metavar="T", help="only events of this topic")
    command = commands.add("topic", "topic", "the events of a topic, best first", json, limit)
    command.add_argument("name", metavar="NAME", help="a topic, such as NASA; an acronym works too")
    command = commands.add(
        "search", "search", "events that have the words, in any form; else those that have most of them", json, limit
    )
    command.add_argument(
        "words",
        nargs="+",
        metavar="WORDS",
        help="words, word beginnings (astro*), “exact phrases”; events of a year that is named come first",
    )
    command = commands.add("show", "show", "show one event in full", json)
    command.add_argument("key", metavar="KEY", help="an event's key of 12 characters, as “daybook onthisday” lists it")
    command.add_argument("--why", action="store_true", help="what makes it as notable as it is, in points")
    commands.add("rank", "rank", "put every event in its place at once (a running bot does it bit by bit)")
    commands.add("stats", "stats", "what the archive holds", json)
    command = commands.add("forget", "forget", "take events out for good, also against later imports")
    command.add_argument(
        "keys",
        nargs="+",
        metavar="KEY",
        help="an event's key, as “daybook onthisday” lists it; all pages about the event go",
    )


def _add_fetch_commands(commands: _Commands) -> None:
    fetch = commands.group("fetch", "fetch news from the web (needs DAYBOOK_CONTACT)", metavar="SOURCE")
    command = fetch.add(
        "portal", "bot.fetch:fetch_portal", "fetch days of Wikipedia's Portal:Current events", commands.json
    )
    command.add_argument(
        "--since", type=_parse_date, metavar="DATE",
        help="the first day, such as 2025-11-22 (default: three days before the last one that was fetched)",
    )  # fmt: skip
    command.add_argument("--until", type=_parse_date, metavar="DATE", help="the last day (default: today, UTC)")
    command.add_argument(
        "--dump", type=Path, metavar="FILE",
        help="read days from a file of Wikipedia's: a dump or export (.xml, .xml.bz2), or a folder of .wiki files",
    )  # fmt: skip
    command.add_argument(
        "--accept-few", action="store_true", help="also take days that give far fewer events than is usual"
    )

    command = fetch.add(
        "onthisday", "bot.fetch:fetch_onthisday", "fetch Wikipedia's On this day lists, in several languages",
        commands.json,
    )  # fmt: skip
    command.add_argument(
        "--language", metavar="L", action="append",
        help="a Wikipedia, such as de; may come several times (default: en and the languages that Daybook speaks)",
    )  # fmt: skip
    command = fetch.add(
        "feeds", "bot.fetch:fetch_feeds", "visit the feeds that were added with “daybook source add”", commands.json
    )
    command.add_argument(
        "--due", action="store_true", help="only those whose minutes between visits have passed, as a running bot does"
    )
    fetch.add(
        "articles", "bot.fetch:fetch_articles",
        "fetch sizes and free images of the Wikipedia articles that events are about (other fetches do it, too)",
        commands.json,
    )  # fmt: skip


def _add_source_commands(commands: _Commands) -> None:
    source = commands.group("source", "keep the list of RSS and Atom feeds", metavar="COMMAND")
    command = source.add("add", "bot.source_commands:add", "add a feed, which must be readable")
    command.add_argument("url", metavar="URL", help="the feed's address")
    command.add_argument("--name", type=_parse_name, metavar="N", help="its publisher (default: the feed's title)")
    command.add_argument(
        "--language", type=_parse_language, metavar="L",
        help="the language of its items, such as de (default: what the feed says, else en)",
    )  # fmt: skip
    command.add_argument(
        "--every", type=_parse_minutes, default=30, metavar="MIN", help="minutes between visits (default: 30)"
    )
    source.add("list", "bot.source_commands:list_", "all feeds", commands.json)
    command = source.add("remove", "bot.source_commands:remove", "take a feed out of the list; its pages stay")
    command.add_argument("feed", metavar="FEED", help="its address or its name")
    command = source.add(
        "check", "bot.source_commands:check", "what would be read from a feed; nothing is stored", commands.json
    )
    command.add_argument("url", metavar="URL", help="the feed's address")


def _add_running_commands(commands: _Commands) -> None:
    command = commands.add("preview", "preview", "try the bot in a browser, without a token")
    command.add_argument(
        "--port", type=_parse_port, default=0, metavar="P", help="the page's port on this machine (default: a free one)"
    )
    commands.add("run", "run", "serve in Discord (needs DISCORD_TOKEN)")
    command = commands.add(
        "health",
        "health",
        "check whether the bot that uses this data folder is connected; exit code 0 if so, else 1",
        commands.json,
    )
    command.add_argument(
        "--news", type=_parse_age, metavar="AGE", help="also fail if the newest event is older: 36h, 3d"
    )
    command = commands.add("backup", "backup", "copy the ledger, also while the bot runs")
    command.add_argument(
        "to",
        type=_parse_file_name,
        metavar="TO",
        help="a file (an earlier copy is replaced), or an existing folder (the copy is named after date and time)",
    )
    command.add_argument("--pages", action="store_true", help="also copy the fetched pages, into a .tar.gz beside it")
    command = commands.add("restore", "restore", "put a copy in the ledger's place, while the bot does not run")
    command.add_argument(
        "source", type=_parse_file_name, metavar="FROM", help="a copy; the previous ledger is kept beside the new one"
    )


def _add_privacy_commands(commands: _Commands) -> None:
    privacy = commands.group("privacy", "what is kept of one person", metavar="COMMAND")
    for name, about in (
        ("export", "all that is kept of a person, as JSON"),
        ("erase", "delete all that is kept of a person, and say which copies still hold it"),
    ):
        command = privacy.add(name, f"bot.privacy_commands:{name}", about)
        command.add_argument("user", type=_parse_user, metavar="USER", help="the person's Discord ID, a number")
        command.add_argument(
            "--backups", action="append", type=Path, metavar="DIR", help="a folder of backups to look into; repeatable"
        )


def _parse_user(text: str) -> int:
    return _parse_number(text, 1, 2**63 - 1, "a Discord ID, such as 80351110224678912")


def _parse_file_name(text: str) -> str:
    # An empty name, such as a script's variable that is not set, would mean this folder.
    if text:
        return text
    reason = "the name of a file is missing"
    raise argparse.ArgumentTypeError(reason)


def _parse_limit(text: str) -> int:
    return _parse_number(text, 0, 10_000_000, "a count such as 10")


def _parse_year(text: str) -> int:
    return _parse_number(text, 1, 9999, "a year such as 2017")


def _parse_age(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9]\d{0,3})([hd])", text.strip().lower())
    if not match:
        reason = f"“{text}” is not an age such as 36h or 3d"
        raise argparse.ArgumentTypeError(reason)
    number = int(match[1])
    return timedelta(hours=number) if match[2] == "h" else timedelta(days=number)


def _parse_port(text: str) -> int:
    return _parse_number(text, 0, 65535, "a port from 0 to 65535")


def _parse_minutes(text: str) -> int:
    minutes = _parse_number(text, 0, 10_080, "a number of minutes from 5 to 10080 (a week)")
    if minutes >= 5:  # noqa: PLR2004  (in the sentence)
        return minutes
    reason = f"“{text}” is too often: at least 5 minutes must pass between visits"
    raise argparse.ArgumentTypeError(reason)


def _parse_language(text: str) -> str:
    code = text.strip().lower()
    from bot.locale.event_languages import is_language_code

    if is_language_code(code):
        return code
    reason = f"“{text}” is not a language: use a code of two or three letters, such as en, zh or de"
    raise argparse.ArgumentTypeError(reason)


def _parse_name(text: str) -> str:
    if any(map(str.isalpha, text)):
        return text
    reason = f"“{text}” is not a name: it has no letter"
    raise argparse.ArgumentTypeError(reason)


def _parse_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        reason = f"“{text}” is not a date such as 2025-11-22"
        raise argparse.ArgumentTypeError(reason) from None


def _parse_number(text: str, minimum: int, maximum: int, expected: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= len(str(maximum)) and minimum <= int(text) <= maximum:
        return int(text)
    reason = f"“{text}” is not {expected}"
    raise argparse.ArgumentTypeError(reason)
