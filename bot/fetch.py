"""The commands that fetch from sources: ``daybook fetch``. Each prints its report and returns the exit code."""

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.clock import Clock
from bot.domain.errors import ArchiveError, DiskError, FetchError
from bot.ledger.ledger import Ledger
from bot.locale.language import CATALOGUES, event_language_for
from bot.settings import Settings
from bot.sources.fetch_report import FetchProgress, FetchReport
from bot.sources.fetch_state import FetchState
from bot.sources.forgotten import Forgotten
from bot.sources.onthisday import OnThisDayFetch
from bot.sources.onthisday_lists import LANGUAGES
from bot.sources.page_folder import PageFolder
from bot.sources.page_source import ON_THIS_DAY, PORTAL
from bot.sources.portal import PortalFetch, first_watched_day
from bot.sources.portal_dump import DumpedPages
from bot.sources.portal_pages import PortalPages
from bot.sources.source_lock import LockedError, source_lock
from bot.terminal import ProgressBar, print_fetch_report, print_hint, print_json

if TYPE_CHECKING:
    from bot.sources.http import Http

# The first day that the portal has a page of.
_FIRST_DAY = date(2002, 1, 1)
# A fetch imports few pages at once, perhaps beside a serving bot: it makes do with less memory than other imports.
_CACHE_KIB = 8 * 1024


async def fetch_portal(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Fetch days' pages of Wikipedia's portal. Raises FetchError where nothing could be reached, or written."""
    started = clock.monotonic()
    folder, archive = PageFolder(settings.pages), _Archive(settings)
    with (
        source_lock(settings.pages, PORTAL, holder="daybook fetch", now=clock.now()),
        FetchState(settings.pages) as state,
        ProgressBar() as bar,
    ):
        async with _pages(arguments, settings, clock) as (pages, http):
            await archive.forgotten()
            await archive.fill(bar)
            since, until = _days(arguments, pages, first_watched_day(folder, state, today=clock.now().date()), clock)
            fetch = PortalFetch(
                pages, folder, state, archive.load,
                forgotten=archive.forgotten, clock=clock, accept_few=arguments.accept_few,
            )  # fmt: skip
            error: FetchError | ArchiveError | None = None
            try:
                await fetch.run(since, until, bar.fetching)
            except (FetchError, ArchiveError) as raised:
                error = raised
                fetch.report.alarms.append(str(raised))
            else:
                if http is not None:
                    await _add_articles(fetch.report, http, settings, clock, bar)
    failed = error is not None and (isinstance(error, (DiskError, ArchiveError)) or not fetch.report.reached)
    if arguments.json or not failed:
        await _print(fetch.report, settings, clock.monotonic() - started, json=arguments.json)
    if error is not None and failed:
        raise error
    return 0


async def fetch_feeds(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Visit the feeds that were added, all or those that are due. Raises FetchError where none could be read."""
    from bot.source_commands import open_http
    from bot.sources.feed_process import read_in_process
    from bot.sources.feeds import FeedsFetch, is_due

    started, own = clock.monotonic(), _Archive(settings)
    async with Ledger(settings.ledger) as ledger:
        feeds = await ledger.feeds.all()
    with (
        source_lock(settings.pages, "feeds", holder="daybook fetch", now=clock.now()),
        FetchState(settings.pages) as state,
        ProgressBar(parts="feeds") as bar,
    ):
        forgotten = await own.forgotten()
        await own.fill(bar)
        async with Archive(settings.archive, readers=1) as archive, open_http(settings, clock) as http:
            fetch = FeedsFetch(
                http, read_in_process, PageFolder(settings.pages), state, own.load,
                known_names=archive.known_names, forgotten=forgotten, clock=clock,
            )  # fmt: skip
            moment = clock.now()
            some = [feed for feed in feeds if not arguments.due or is_due(feed, state, now=moment)]
            await fetch.run(some, bar.fetching)
            await _add_articles(fetch.report, http, settings, clock, bar)
    await _print(fetch.report, settings, clock.monotonic() - started, json=arguments.json, parts="feeds")
    if not feeds:
        print_hint("There are no feeds: “daybook source add URL” adds one.")
    elif some and not fetch.report.reached:
        raise FetchError(f"none of {len(some)} feeds could be read: the report says why")
    return 0


async def fetch_onthisday(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Fetch Wikipedia's On this day feed. Raises FetchError where nothing could be reached, or written."""
    from bot.source_commands import open_http

    started, own = clock.monotonic(), _Archive(settings)
    languages = _languages(arguments.language)
    with (
        source_lock(settings.pages, ON_THIS_DAY, holder="daybook fetch", now=clock.now()),
        FetchState(settings.pages) as state,
        ProgressBar() as bar,
    ):
        async with open_http(settings, clock) as http:
            await own.forgotten()
            await own.fill(bar)
            fetch = OnThisDayFetch(
                http, PageFolder(settings.pages), state, own.load,
                base=settings.wikipedia, forgotten=own.forgotten, clock=clock,
            )  # fmt: skip
            await fetch.run(languages, bar.fetching)
            await _add_articles(fetch.report, http, settings, clock, bar)
    await _print(fetch.report, settings, clock.monotonic() - started, json=arguments.json)
    if fetch.report.visited and not fetch.report.reached:
        raise FetchError("no list of the feed could be read: the report says why")
    return 0


def _languages(typed: Sequence[str] | None) -> list[str]:
    """Return the languages to fetch, English first; by default those that Daybook speaks. Raises FetchError."""
    own = dict.fromkeys(("en", *map(event_language_for, sorted(CATALOGUES))))
    languages = [*dict.fromkeys(typed)] if typed else [code for code in own if code in LANGUAGES]
    if unknown := [code for code in languages if code not in LANGUAGES]:
        raise FetchError(f"Wikipedia has no On this day feed in “{unknown[0]}”: it has {', '.join(LANGUAGES)}")
    return languages


async def fetch_articles(arguments: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Fetch facts about the articles that events are about. Raises FetchError where no Wikipedia could be reached."""
    from bot.archive.starter import fill_if_empty
    from bot.source_commands import open_http

    started, own = clock.monotonic(), _Archive(settings)
    with _articles_lock(settings, clock), ProgressBar(parts="articles") as bar:
        async with open_http(settings, clock) as http:
            await own.forgotten()
            await own.fill(bar)
            fill_if_empty(settings.archive, enabled=settings.starter, forgotten=own.forgotten_events)
            report = await _fetch_articles(http, settings, clock, bar.fetching)
    if arguments.json or report.reached:
        await _print(report, settings, clock.monotonic() - started, json=arguments.json, parts="articles")
    if not report.reached:
        raise FetchError(report.alarms[0])
    return 0


async def _add_articles(report: FetchReport, http: "Http", settings: Settings, clock: Clock, bar: ProgressBar) -> None:
    """Fetch facts about articles after something else: what is wrong then is an alarm in the other's ``report``."""
    try:
        with _articles_lock(settings, clock):
            articles = await _fetch_articles(http, settings, clock, bar.fetching_articles)
            report.alarms += articles.alarms
    except LockedError:
        # Another process does it already.
        pass
    except (FetchError, ArchiveError) as error:
        report.alarms.append(str(error))


async def _fetch_articles(http: "Http", settings: Settings, clock: Clock, progress: FetchProgress) -> FetchReport:
    from bot.archive.article_facts import cited_articles, load_facts
    from bot.sources.article_folder import ArticleFolder
    from bot.sources.articles import ArticlesFetch
    from bot.sources.wikipedia import Wikipedia

    folder = ArticleFolder(settings.pages)
    fetch = ArticlesFetch(
        lambda language: Wikipedia(http, base=settings.wikipedia.replace("{language}", language)), folder,
        lambda: load_facts(settings.archive, folder.root), clock=clock,
    )  # fmt: skip
    await fetch.run(cited_articles(settings.archive), progress)
    return fetch.report


def _articles_lock(settings: Settings, clock: Clock) -> AbstractContextManager[None]:
    return source_lock(settings.pages, "articles", holder="daybook fetch", now=clock.now())


@asynccontextmanager
async def _pages(
    arguments: argparse.Namespace, settings: Settings, clock: Clock
) -> AsyncIterator[tuple[PortalPages | DumpedPages, "Http | None"]]:
    """Open what days' pages are read from: Wikipedia, and that through which it is asked; or a dump."""
    if arguments.dump is not None:
        yield DumpedPages(arguments.dump), None
        return
    from bot.source_commands import open_http
    from bot.sources.wikipedia import Wikipedia

    async with open_http(settings, clock) as http:
        yield PortalPages(Wikipedia(http, base=settings.wikipedia.replace("{language}", "en"))), http


def _days(
    arguments: argparse.Namespace, pages: PortalPages | DumpedPages, watched: date, clock: Clock
) -> tuple[date, date]:
    """Return the first and the last day to fetch. Raises FetchError if there is none between them."""
    today = clock.now().date()
    first, last = (pages.first, pages.last) if isinstance(pages, DumpedPages) else (watched, today)
    until = min(arguments.until or last, today)
    since = arguments.since or min(first, until)
    if since > until:
        raise FetchError(f"no day is between {since} and {until}: --since must be before --until, and not after today")
    if since < _FIRST_DAY:
        raise FetchError(f"the portal has no days before {_FIRST_DAY}: give a later --since")
    return since, until


class _Archive:
    """The archive that fetched pages are imported into, and what was taken out of it for good."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.forgotten_events = ForgottenEvents()

    async def forgotten(self) -> Forgotten:
        """Return what was taken out for good until now."""
        async with Ledger(self._settings.ledger) as ledger:
            self.forgotten_events = ForgottenEvents.of(await ledger.forgotten_events())
            return Forgotten.of(self.forgotten_events.keys, await ledger.forgotten_sources())

    async def fill(self, bar: ProgressBar) -> None:
        """Load all pages of the folder if the archive has none but the starter pages: it may be a new one."""
        pages = self._settings.pages
        async with Archive(self._settings.archive, readers=1) as archive:
            stats = await archive.stats()
        if stats.events == stats.starter and next(pages.glob("news/*/*/*/*.md"), None):
            print_hint(f"The archive has none of the pages in {pages}: they are imported first.")
            self.load([pages], progress=bar)

    def load(self, files: Sequence[Path], *, progress: ProgressBar | None = None) -> list[str]:
        """Load the pages of these files; return, a sentence each, what was not taken, but for what was taken out."""
        from bot.archive.importer import import_pages
        from bot.archive.page_reader import FORGOTTEN

        report = import_pages(
            self._settings.archive, files,
            forgotten=self.forgotten_events, origin="fetch", progress=progress, cache_kib=_CACHE_KIB,
        )  # fmt: skip
        return [
            f"{skipped.path} was not taken into the archive: {skipped.reason}"
            for skipped in report.skipped if skipped.reason != FORGOTTEN
        ]  # fmt: skip


async def _print(report: FetchReport, settings: Settings, seconds: float, *, json: bool, parts: str = "days") -> None:
    async with Archive(settings.archive, readers=1) as archive:
        events = (await archive.stats()).events
    if not json:
        print_fetch_report(report, events, seconds, parts=parts)
        return
    counts = {name: getattr(report, name) for name in ("visited", "fetched", "written", "changed", "unchanged")}
    print_json(
        {
            **counts,
            "withdrawn": report.withdrawn,
            "events": events,
            "alarms": report.alarms,
            "seconds": round(seconds, 3),
        }
    )
