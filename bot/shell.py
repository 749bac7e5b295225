"""The commands of the shell, but for ``run``. Each prints its answer on stdout and returns the exit code.

All take the same arguments: what was typed, the settings and the clock. What goes wrong is raised, as a DaybookError.
"""

import argparse
import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from bot.archive.archive import ALL, Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.resolve import correct_spelling, likely_topics, resolve_topic
from bot.archive.starter import fill_if_empty, sync_starter
from bot.clock import Clock
from bot.domain.dates import Day, parse_day
from bot.domain.errors import ArchiveError, DaybookError, LedgerError
from bot.domain.event import Listing, as_json
from bot.ledger.backup import backup as copy_ledger
from bot.ledger.ledger import Ledger
from bot.ledger.restore import give_to_owner
from bot.ledger.restore import restore as restore_ledger
from bot.locale.language import ENGLISH, language
from bot.settings import SHELL_LIMIT, Settings
from bot.sources.page_folder import PageFolder
from bot.sources.wordings import sources_of
from bot.terminal import (
    ProgressBar,
    events_json,
    one_line,
    print_event,
    print_events,
    print_json,
    print_notice,
    print_points,
    print_report,
    print_stats,
    report_json,
)


def _limit(arguments: argparse.Namespace) -> int:
    """Return how many events to list: what ``--limit`` says, else all for programs and some for people."""
    limit: int | None = arguments.limit
    if limit is None:
        return ALL if arguments.json else SHELL_LIMIT
    return limit or ALL


async def _forgotten(settings: Settings) -> ForgottenEvents:
    """Return the events that were taken out for good, from the ledger."""
    async with Ledger(settings.ledger) as ledger:
        return ForgottenEvents.of(await ledger.forgotten_events())


async def _archive(settings: Settings) -> Archive:
    """Return the archive, for ``async with``; an empty one is filled with the starter pages first."""
    fill_if_empty(settings.archive, enabled=settings.starter, forgotten=await _forgotten(settings))
    return Archive(settings.archive, readers=1)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end work in the block at once, though it does not await: asyncio would wait until it is done."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise asyncio.CancelledError from None
    finally:
        signal.signal(signal.SIGINT, before)


async def load(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Load pages into the archive. Raises ArchiveError if there were none."""
    started = clock.monotonic()
    forgotten = await _forgotten(settings)
    with _interruptible(), ProgressBar() as bar:
        from bot.archive.importer import import_pages

        report = import_pages(settings.archive, arguments.paths, forgotten=forgotten, progress=bar)
    seconds = clock.monotonic() - started
    if arguments.json:
        print_json(report_json(report, seconds))
    else:
        print_report(report, seconds)
    if not (report.pages or report.lists or report.facts):
        paths = ", ".join(map(str, arguments.paths))
        if report.skipped:
            first = report.skipped[0]
            raise ArchiveError(f"no page of {paths} was taken; the first, {first.path}: {first.reason}")
        raise ArchiveError(f"no pages in {paths}: pages are .md files that begin with a date line")
    return 0


async def on_this_day(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Print what happened on a day of the year."""
    day = parse_day(arguments.date, today=clock.now().date(), day_first=False)
    year = day.year if arguments.year is None else arguments.year
    async with await _archive(settings) as archive:
        key = await _topic_key(archive, arguments.topic) if arguments.topic else None
        listing = await archive.on_this_day(day.month_day, year=year, topic=key, limit=_limit(arguments))
    about = f" about “{arguments.topic}”" if arguments.topic else ""
    say = language(ENGLISH)
    date = say.day(day) if arguments.year is None else f"{say.day(Day(day.month, day.day))}, {year}"
    return _print_listing(arguments, listing, if_empty=f"The archive has nothing{about} for {date}.")


async def topic(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Print a topic's events."""
    async with await _archive(settings) as archive:
        listing = await archive.topic(await _topic_key(archive, arguments.name), limit=_limit(arguments))
        if_empty = f"There is no topic “{arguments.name}” in the archive."
        if not listing.total and (similar := await likely_topics(archive, arguments.name, limit=3)):
            if_empty += f" Did you mean {', '.join(f'“{topic.name}”' for topic in similar)}?"
    return _print_listing(arguments, listing, if_empty=if_empty)


async def search(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Print the events that have the words, and those that have most of them."""
    words = " ".join(arguments.words)
    async with await _archive(settings) as archive:
        if corrected := await correct_spelling(archive, words):
            print_notice(f"no event contains “{words}”; showing results for “{corrected}”")
        listing = await archive.search(corrected or words, limit=_limit(arguments))
    if listing.events and not listing.exact and not arguments.json:
        print_notice(f"no event contains all of the words “{corrected or words}”; these are the closest matches")
    return _print_listing(arguments, listing, if_empty=f"No event in the archive contains any of these words: {words}")


async def _topic_key(archive: Archive, typed: str) -> str:
    """Return the key of the topic that was typed, the text itself if there is none; a guess is printed."""
    resolved = await resolve_topic(archive, typed)
    if resolved and resolved.guessed:
        print_notice(f"showing the topic “{resolved.topic.name}” for “{typed}”")
    return resolved.topic.key if resolved else typed


def _print_listing(arguments: argparse.Namespace, listing: Listing, *, if_empty: str) -> int:
    if arguments.json:
        print_json(events_json(listing.events))
    else:
        print_events(listing, if_empty=if_empty)
    return 0


async def show(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Print one event. Raises ArchiveError where no event has the key."""
    async with await _archive(settings) as archive:
        event = await archive.event(arguments.key)
        points = await archive.why(arguments.key) if arguments.why else {}
        is_withdrawn = event is None and await archive.is_withdrawn(arguments.key)
    if is_withdrawn:
        raise ArchiveError(f"its source has withdrawn the event “{arguments.key}”")
    if event is None:
        reason = f"no event has the key “{arguments.key}”; “daybook onthisday” lists keys"
        raise ArchiveError(reason)
    if arguments.json:
        print_json(as_json(event) | ({"why": points} if arguments.why else {}))
    else:
        print_event(event)
        print_points(points)
    return 0


async def rank(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Put every event in its place."""
    from bot.archive.upkeep import rank as rank_events

    started = clock.monotonic()
    fill_if_empty(settings.archive, enabled=settings.starter, forgotten=await _forgotten(settings))
    with _interruptible(), ProgressBar() as bar:
        ranked = rank_events(settings.archive, bar.building)
    print(f"{ranked:,} events are in their place ({clock.monotonic() - started:.1f} s).")
    return 0


async def stats(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Print how much the archive holds."""
    async with await _archive(settings) as archive:
        stats = await archive.stats()
    if arguments.json:
        print_json(
            {
                "events": stats.events,
                "stubs": stats.stubs,
                "starter": stats.starter,
                "topics": stats.topics,
                "first": stats.first_date and stats.first_date.isoformat(),
                "last": stats.last_date and stats.last_date.isoformat(),
                "languages": stats.languages,
            }
        )
    else:
        print_stats(stats)
    return 0


async def forget(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Take events out for good. Raises ArchiveError if one of the keys has no event."""
    async with await _archive(settings) as archive:
        rows = {key: await archive.keys_of(key) for key in arguments.keys}
        pages = [page for key in arguments.keys for page in await archive.pages_of(key)]
    unknown = [key for key in rows if not rows[key]]
    if unknown:
        reason = f"no event has the key {', '.join(f'“{key}”' for key in unknown)}: nothing was taken out"
        raise ArchiveError(reason)
    from bot.archive.importer import forget as remove_events

    forgotten = sorted({row for rows_of_key in rows.values() for row in rows_of_key})
    sources = sources_of(pages, PageFolder(settings.pages))
    # The ledger first: if this is killed in between, the next import takes the events out.
    async with Ledger(settings.ledger) as ledger:
        await ledger.forget(forgotten, sources=sources)
    with _interruptible():
        remove_events(settings.archive, {key for key, _ in forgotten})
    print(f"Taken out for good: {', '.join(rows)}.")
    return 0


async def preview(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Serve the preview until it is interrupted."""
    from bot.preview import serve_preview

    sync_starter(settings.archive, enabled=settings.starter, forgotten=await _forgotten(settings))
    async with Archive(settings.archive) as archive:
        return await serve_preview(archive, clock=clock, port=arguments.port)


async def health(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Print whether the running bot is well; with ``--json`` 1 if it is not, else that raises DaybookError."""
    from bot.health import check, newest_event_age

    health = check(settings, now=clock.now())
    if health.healthy and arguments.news:
        async with Archive(settings.archive, readers=1) as archive:
            last_date = (await archive.newest_date(until=clock.now().date())) if settings.archive.exists() else None
        age = newest_event_age(last_date, now=clock.now())
        if age is None or age > arguments.news:
            newest = f"the newest event is of {last_date}" if last_date else "there is no event yet"
            health = replace(health, healthy=False, reason=f"no news: {newest}; {health.reason}")
    if arguments.json:
        print_json(health.as_json())
    elif health.healthy:
        print(health.reason)
    else:
        raise DaybookError(health.reason)
    return 0 if health.healthy else 1


async def backup(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Copy the ledger, with ``--pages`` the fetched pages too, also while a bot serves."""
    protected = (settings.archive, settings.lock, settings.health)
    with _interruptible():
        copy = copy_ledger(settings.ledger, _backup_path(arguments.to), now=clock.now(), protected=protected)
    print(one_line(f"A copy of {settings.ledger} is in {copy} ({copy.stat().st_size:,} bytes)."))
    if arguments.pages:
        from bot.sources.pages_backup import SUFFIX, backup_pages

        pages = copy.with_name(copy.name.removesuffix(".sqlite3") + SUFFIX)
        with _interruptible():
            count = backup_pages(settings.pages, pages, now=clock.now())
        print(one_line(f"{count:,} pages of {settings.pages} are in {pages} ({pages.stat().st_size:,} bytes)."))
    return 0


def _backup_path(text: str) -> Path:
    """Return the file or folder to copy to; a path that ends in a slash has to be a folder."""
    path = Path(text)
    if text.endswith(os.sep) and not path.is_dir():
        raise LedgerError(f"there is no folder {path}: make it first")
    return path


async def restore(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Put a copy in the ledger's place. Raises LedgerError while a bot serves."""
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        # It waits, since “daybook health” holds the lock for a moment.
        with FileLock(settings.lock, timeout=1), _interruptible():
            give_to_owner(settings.lock, of=settings.data)
            restored = restore_ledger(settings.ledger, Path(arguments.source), now=clock.now())
    except Timeout as error:
        reason = f"a “daybook run” serves from {settings.data}: stop it first; nothing was restored"
        raise LedgerError(reason) from error
    posts = "1 daily post" if restored.subscriptions == 1 else f"{restored.subscriptions:,} daily posts"
    print(one_line(f"{settings.ledger} is restored from {arguments.source}: {posts} set up."))
    print("Posts that were due before this moment will not be sent.")
    if restored.previous:
        damaged = ", damaged as it was" if restored.damaged else ""
        print(one_line(f"The previous ledger is kept{damaged}: {restored.previous}"))
    return 0
