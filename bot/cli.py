"""The shell face: arguments in, an answer out; one clear line when something is wrong."""

import argparse
import asyncio
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

from dotenv import dotenv_values

from bot import __version__
from bot.archive.archive import ALL, Archive
from bot.archive.forgotten import Forgotten
from bot.archive.importer import forget, import_pages
from bot.archive.seeds import fill_if_empty
from bot.dates import Day, parse_day, say_day
from bot.errors import ArchiveError, DateError, DaybookError, SettingsError
from bot.event import Listing, as_json
from bot.ledger.ledger import Ledger
from bot.settings import Settings
from bot.terminal import (
    ImportBar,
    complain,
    events_json,
    report_json,
    show_event,
    show_events,
    show_json,
    show_report,
    show_stats,
)

_FEW = 25
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
    command: Command = arguments.command
    return asyncio.run(command(arguments, settings))


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
        help=f"at most so many events, 0 for all (default: {_FEW}; with --json all)",
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

    def add(name: str, command: Command, about: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=f"{about}.", parents=[shared, *parents])
        added.set_defaults(command=command)
        return added

    command = add("import", _import, "load pages into the archive, all of them or none", answers)
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a page, a folder, a .zip, .tar, .tar.gz or .tar.xz"
    )
    command = add("onthisday", _on_this_day, "what happened on a day of the year, best first", answers, lists)
    command.add_argument(
        "date", nargs="?", default="today", metavar="DATE", help="March 24, 24.3., 2017-03-24 … (default: today, UTC)"
    )
    command.add_argument("--year", type=_year, metavar="Y", help="only this year")
    command.add_argument("--topic", metavar="T", help="only events of this topic")
    command = add("topic", _topic, "the events of a topic, best first", answers, lists)
    command.add_argument("name", metavar="NAME", help="a topic, such as NASA, or an acronym of it")
    command = add("search", _search, "events that have all of the words in headline, summary or topics", answers, lists)
    command.add_argument("words", nargs="+", metavar="WORDS", help="words, beginnings (astro*), “phrases in quotes”")
    command = add("show", _show, "one event, whole", answers)
    command.add_argument("key", metavar="KEY", help="an event's key, 12 characters")
    add("stats", _stats, "what the archive holds", answers)
    command = add("forget", _forget, "take events out for good, also against later imports")
    command.add_argument("keys", nargs="+", metavar="KEY", help="an event's key; all pages that tell the event go")
    command = add("preview", _preview, "try the bot in a browser, without a token")
    command.add_argument(
        "--port", type=_port, default=0, metavar="P", help="the page's port on this machine (default: a free one)"
    )
    add("run", _run, "serve in Discord (needs DISCORD_TOKEN)")
    add("health", _health, "whether the bot that serves from these data is connected to Discord", answers)
    return parser


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


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (the edge; discord.py would be slow to import for this alone)


def _today() -> date:
    return _now().date()


def _limit(arguments: argparse.Namespace) -> int:
    """Return how many events to ask for; programs get all, people a screenful."""
    limit: int | None = arguments.limit
    if limit is None:
        return ALL if arguments.json else _FEW
    return limit or ALL


async def _opened(settings: Settings) -> Archive:
    """Return the archive, to be entered; an empty one is filled first."""
    async with Ledger(settings.ledger) as ledger:
        forgotten = Forgotten.of(await ledger.forgotten())
    fill_if_empty(settings.archive, forgotten=forgotten)
    return Archive(settings.archive, readers=1)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end work that does not await; asyncio would wait until it is done, and then call it interrupted."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise asyncio.CancelledError from None
    finally:
        signal.signal(signal.SIGINT, before)


async def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    began = time.monotonic()
    async with Ledger(settings.ledger) as ledger:
        forgotten = Forgotten.of(await ledger.forgotten())
    with _interruptible(), ImportBar() as bar:
        report = import_pages(settings.archive, arguments.paths, forgotten=forgotten, progress=bar)
    seconds = time.monotonic() - began
    if arguments.json:
        show_json(report_json(report, seconds))
    else:
        show_report(report, seconds)
    if not report.pages and not report.lists:
        where = ", ".join(map(str, arguments.paths))
        if report.skipped:
            first = report.skipped[0]
            raise ArchiveError(f"no page of {where} was taken; the first, {first.path}: {first.reason}")
        raise ArchiveError(f"no pages in {where}: pages are .md files that begin with a date line")
    return 0


async def _on_this_day(arguments: argparse.Namespace, settings: Settings) -> int:
    today = _today()
    day = parse_day(arguments.date, today=today, day_first=False)
    year = day.year if arguments.year is None else arguments.year
    async with await _opened(settings) as archive:
        listing = await archive.on_this_day(day.month_day, year=year, topic=arguments.topic, limit=_limit(arguments))
    about = f" about “{arguments.topic}”" if arguments.topic else ""
    when = say_day(day) if arguments.year is None else f"{say_day(Day(day.month, day.day))}, {year}"
    return _answer(arguments, listing, f"The archive has nothing{about} for {when}.")


async def _topic(arguments: argparse.Namespace, settings: Settings) -> int:
    async with await _opened(settings) as archive:
        listing = await archive.topic(arguments.name, limit=_limit(arguments))
        nothing = f"The archive knows no topic “{arguments.name}”."
        if not listing.total and (alike := await archive.topics_like(arguments.name, limit=3)):
            nothing += f" Did you mean {', '.join(f'“{topic.name}”' for topic in alike)}?"
    return _answer(arguments, listing, nothing)


async def _search(arguments: argparse.Namespace, settings: Settings) -> int:
    words = " ".join(arguments.words)
    async with await _opened(settings) as archive:
        listing = await archive.search(words, limit=_limit(arguments))
    return _answer(arguments, listing, f"Nothing in the archive has all of: {words}")


def _answer(arguments: argparse.Namespace, listing: Listing, nothing: str) -> int:
    if arguments.json:
        show_json(events_json(listing.events))
    else:
        show_events(listing, nothing=nothing)
    return 0


async def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    async with await _opened(settings) as archive:
        event = await archive.event(arguments.key)
    if event is None:
        reason = f"no event has the key “{arguments.key}”; “daybook onthisday” lists keys"
        raise ArchiveError(reason)
    if arguments.json:
        show_json(as_json(event))
    else:
        show_event(event)
    return 0


async def _stats(arguments: argparse.Namespace, settings: Settings) -> int:
    async with await _opened(settings) as archive:
        stats = await archive.stats()
    if arguments.json:
        show_json(
            {
                "events": stats.events,
                "stubs": stats.stubs,
                "topics": stats.topics,
                "first": stats.first and stats.first.isoformat(),
                "last": stats.last and stats.last.isoformat(),
                "languages": stats.languages,
            }
        )
    else:
        show_stats(stats)
    return 0


async def _forget(arguments: argparse.Namespace, settings: Settings) -> int:
    async with await _opened(settings) as archive:
        rows = {key: await archive.keys_of(key) for key in arguments.keys}
    unknown = [key for key in rows if not rows[key]]
    if unknown:
        reason = f"no event has the key {', '.join(f'“{key}”' for key in unknown)}: nothing was taken out"
        raise ArchiveError(reason)
    known = sorted({row for found in rows.values() for row in found})
    # The ledger first: if this is killed in between, the next import takes the events out.
    async with Ledger(settings.ledger) as ledger:
        await ledger.forget(known)
    with _interruptible():
        forget(settings.archive, {key for key, _ in known})
    print(f"Taken out for good: {', '.join(rows)}.")
    return 0


async def _preview(arguments: argparse.Namespace, settings: Settings) -> int:
    from bot.preview import preview

    async with await _opened(settings) as archive:
        return await preview(archive, port=arguments.port)


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    from bot.serve import serve

    return await serve(settings)


async def _health(arguments: argparse.Namespace, settings: Settings) -> int:
    from bot.health import check

    health = check(settings, now=_now())
    if arguments.json:
        show_json(health.as_json())
    elif health.healthy:
        print(health.reason)
    else:
        raise DaybookError(health.reason)
    return 0 if health.healthy else 1
