"""The shell's commands: each asks, answers on stdout, and returns the exit code."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bot.archive.archive import ALL, Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.resolve import correct_spelling, resolve_topic
from bot.archive.starter import fill_if_empty
from bot.domain.dates import Day, parse_day
from bot.domain.errors import ArchiveError, DaybookError, LedgerError
from bot.domain.event import Listing, as_json
from bot.ledger.backup import backup as copy_ledger
from bot.ledger.ledger import Ledger
from bot.ledger.restore import restore as put_back
from bot.locale.language import ENGLISH, language
from bot.settings import FEW, Settings
from bot.terminal import (
    ImportBar,
    events_json,
    one_line,
    report_json,
    show_event,
    show_events,
    show_json,
    show_report,
    show_stats,
)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (the edge; discord.py would be slow to import for this alone)


def _today() -> date:
    return _now().date()


def _limit(arguments: argparse.Namespace) -> int:
    """Return how many events to ask for; programs get all, people a screenful."""
    limit: int | None = arguments.limit
    if limit is None:
        return ALL if arguments.json else FEW
    return limit or ALL


async def _opened(settings: Settings) -> Archive:
    """Return the archive, to be entered; an empty one is filled first."""
    async with Ledger(settings.ledger) as ledger:
        forgotten = ForgottenEvents.of(await ledger.forgotten_events())
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


async def load(arguments: argparse.Namespace, settings: Settings) -> int:
    """Load pages into the archive; 1 if none was taken."""
    began = time.monotonic()
    async with Ledger(settings.ledger) as ledger:
        forgotten = ForgottenEvents.of(await ledger.forgotten_events())
    with _interruptible(), ImportBar() as bar:
        from bot.archive.importer import import_pages

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


async def on_this_day(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what happened on a day of the year."""
    today = _today()
    day = parse_day(arguments.date, today=today, day_first=False)
    year = day.year if arguments.year is None else arguments.year
    async with await _opened(settings) as archive:
        asked = await _meant(archive, arguments.topic) if arguments.topic else None
        listing = await archive.on_this_day(day.month_day, year=year, topic=asked, limit=_limit(arguments))
    about = f" about “{arguments.topic}”" if arguments.topic else ""
    say = language(ENGLISH)
    when = say.day(day) if arguments.year is None else f"{say.day(Day(day.month, day.day))}, {year}"
    return _answer(arguments, listing, f"The archive has nothing{about} for {when}.")


async def topic(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a topic's events."""
    async with await _opened(settings) as archive:
        listing = await archive.topic(await _meant(archive, arguments.name), limit=_limit(arguments))
        nothing = f"The archive knows no topic “{arguments.name}”."
        if not listing.total and (alike := await archive.topics.similar(arguments.name, limit=3)):
            nothing += f" Did you mean {', '.join(f'“{topic.name}”' for topic in alike)}?"
    return _answer(arguments, listing, nothing)


async def search(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print events that have all of the words."""
    words = " ".join(arguments.words)
    async with await _opened(settings) as archive:
        listing = await archive.search(words, limit=_limit(arguments))
        if not listing.total and (other := await correct_spelling(archive, words)):
            listing = await archive.search(other, limit=_limit(arguments))
            _note(f"nothing has all of “{words}”; this has “{other}”")
    return _answer(arguments, listing, f"Nothing in the archive has all of: {words}")


async def _meant(archive: Archive, typed: str) -> str:
    """Return the key of the topic that is meant, and say so where it is called otherwise; what was typed, if unsure."""
    found = await resolve_topic(archive, typed)
    if found and found.guessed:
        _note(f"took “{typed}” for the topic “{found.topic.name}”")
    return found.topic.key if found else typed


def _note(text: str) -> None:
    print(f"daybook: {text}", file=sys.stderr)


def _answer(arguments: argparse.Namespace, listing: Listing, nothing: str) -> int:
    if arguments.json:
        show_json(events_json(listing.events))
    else:
        show_events(listing, nothing=nothing)
    return 0


async def show(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print one event."""
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


async def stats(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what the archive holds."""
    async with await _opened(settings) as archive:
        stats = await archive.stats()
    if arguments.json:
        show_json(
            {
                "events": stats.events,
                "stubs": stats.stubs,
                "topics": stats.topics,
                "first": stats.first_date and stats.first_date.isoformat(),
                "last": stats.last_date and stats.last_date.isoformat(),
                "languages": stats.languages,
            }
        )
    else:
        show_stats(stats)
    return 0


async def forget(arguments: argparse.Namespace, settings: Settings) -> int:
    """Take events out for good."""
    async with await _opened(settings) as archive:
        rows = {key: await archive.keys_of(key) for key in arguments.keys}
    unknown = [key for key in rows if not rows[key]]
    if unknown:
        reason = f"no event has the key {', '.join(f'“{key}”' for key in unknown)}: nothing was taken out"
        raise ArchiveError(reason)
    from bot.archive.importer import forget as take_out

    known = sorted({row for found in rows.values() for row in found})
    # The ledger first: if this is killed in between, the next import takes the events out.
    async with Ledger(settings.ledger) as ledger:
        await ledger.forget(known)
    with _interruptible():
        take_out(settings.archive, {key for key, _ in known})
    print(f"Taken out for good: {', '.join(rows)}.")
    return 0


async def preview(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve the preview."""
    from bot import preview as page

    async with await _opened(settings) as archive:
        return await page.preview(archive, port=arguments.port)


async def health(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say whether the running bot is well; 1 if it is not."""
    from bot.health import check

    health = check(settings, now=_now())
    if arguments.json:
        show_json(health.as_json())
    elif health.healthy:
        print(health.reason)
    else:
        raise DaybookError(health.reason)
    return 0 if health.healthy else 1


async def backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Copy the ledger, beside a running bot."""
    keep = (settings.archive, settings.lock, settings.health)
    with _interruptible():
        copy = copy_ledger(settings.ledger, _place(arguments.to), now=_now(), protected=keep)
    print(one_line(f"A copy of {settings.ledger} is in {copy} ({copy.stat().st_size:,} bytes)."))
    return 0


def _place(text: str) -> Path:
    """Return where to put a copy; what ends in a slash is meant to be a folder."""
    place = Path(text)
    if text.endswith(os.sep) and not place.is_dir():
        raise LedgerError(f"there is no folder {place} to put a copy into")
    return place


async def restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put a copy in the ledger's place, while no bot serves."""
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        # “daybook health” holds it for a moment.
        with FileLock(settings.lock, timeout=1), _interruptible():
            restored = put_back(settings.ledger, Path(arguments.source), now=_now())
    except Timeout as error:
        reason = f"a “daybook run” serves from {settings.data}: stop it first; nothing was restored"
        raise LedgerError(reason) from error
    orders = "1 order" if restored.subscriptions == 1 else f"{restored.subscriptions:,} orders"
    print(one_line(f"{settings.ledger} is restored from {arguments.source}: {orders} for daily posts."))
    print("What was due before this moment is not posted any more.")
    if restored.previous:
        how = ", damaged as it was" if restored.damaged else ""
        print(one_line(f"The ledger of before is kept{how}: {restored.previous}"))
    return 0
