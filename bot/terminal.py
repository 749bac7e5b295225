"""How the shell prints answers: tables and colours on a terminal, plain lines for a pipe, JSON for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bot.domain.event import Event, Listing, Stats, as_json
from bot.domain.text import cut

if TYPE_CHECKING:
    from bot.archive.import_report import Report, Skipped
    from bot.domain.feed import Feed, FeedDocument
    from bot.sources.fetch_report import FetchReport

_MAX_SKIPPED = 20


class _Console(Console):
    """A console that raises BrokenPipeError when its pipe is closed, where rich would end the process."""

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = True) -> None:
        super().__init__(stderr=stderr, soft_wrap=soft_wrap, highlight=False)

    def on_broken_pipe(self) -> None:
        """Raise the error again."""
        raise BrokenPipeError


def _stdout() -> Console:
    """Return the console for answers; a pipe gets whole lines without colours."""
    return _Console(soft_wrap=not sys.stdout.isatty())


def print_error(sentence: str) -> None:
    """Print what went wrong, in one line on stderr."""
    # Where stderr is closed, the exit code has to do.
    with suppress(OSError):
        _Console(stderr=True).print(Text.assemble(("daybook: ", "bold red"), one_line(sentence)))


def print_hint(sentence: str) -> None:
    """Print a remark on the answer, in one dim line on stderr."""
    with suppress(OSError):
        _Console(stderr=True).print(Text(one_line(sentence), "dim"))


def print_notice(text: str) -> None:
    """Print how the answer differs from what was asked for, in one line on stderr; also beside ``--json``."""
    print(f"daybook: {text}", file=sys.stderr)


def one_line(text: str) -> str:
    """Return ``text`` on one line, without control characters: it may be a file's name, or typed by somebody."""
    return "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))


def print_json(value: object) -> None:
    """Print one JSON value."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_events(listing: Listing, *, if_empty: str) -> None:
    """Print a list of events, a line each; the sentence for an empty list, or how to see more, goes to stderr."""
    if not listing.events:
        print_hint(if_empty)
        return
    console = _stdout()
    if console.is_terminal:
        table = Table(box=None, header_style="bold", pad_edge=False)
        table.add_column("Date", style="cyan", no_wrap=True)
        table.add_column("Key", style="dim", no_wrap=True)
        table.add_column("Headline", overflow="fold")
        for event in listing.events:
            table.add_row(event.date.isoformat(), event.key, Text(event.headline, "dim" if event.stub else ""))
        console.print(table)
    else:
        for event in listing.events:
            print(event.date.isoformat(), event.key, event.headline, sep="\t")
    if len(listing.events) < listing.total:
        more = "more than " if listing.total_is_minimum else ""
        print_hint(f"{len(listing.events)} of {more}{listing.total:,}; --limit 0 shows all.")


def print_event(event: Event) -> None:
    """Print everything about one event."""
    console = _stdout()
    console.print(Text(event.headline, "bold"))
    about = [event.date.isoformat(), event.key, event.language, *(["stub"] if event.stub else [])]
    console.print(Text(" · ".join(about), "cyan"))
    if event.summary:
        console.print(Text(f"\n{event.summary}"))
    for name, lines in (
        ("Topics", [", ".join(event.topics)] if event.topics else []),
        ("Sources", [f"{source.name}: {source.url}" for source in event.sources]),
        ("Image", [line for line in (event.image, event.image_credit) if line]),
        ("Credit", [event.credit]),
    ):
        if lines:
            console.print(Text(f"\n{name}", "bold"))
            for line in lines:
                console.print(Text(f"  {line}"), soft_wrap=True)
    if event.related:
        console.print(Text("\nRelated", "bold"))
        for related in event.related:
            topics = f" ({', '.join(related.topics)})" if related.topics else ""
            console.print(
                Text.assemble(
                    (f"  {related.date.isoformat()} {related.key} ", "cyan"), related.headline, (topics, "dim")
                )
            )


def print_points(points: Mapping[str, float]) -> None:
    """Print the points that make an event as notable as it is, those that count most first."""
    if not points:
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column("")
    table.add_column("", justify="right")
    for name, count in sorted(points.items(), key=lambda part: -abs(part[1])):
        table.add_row(Text(f"  {name}"), Text(f"{count:+.2f}"))
    table.add_row(Text("  notability", "bold"), Text(f"{sum(points.values()):.2f}", "bold"))
    console = _stdout()
    console.print(Text("\nWhy", "bold"))
    console.print(table)


def print_stats(stats: Stats) -> None:
    """Print what the archive holds."""
    table = Table(box=None, show_header=False, pad_edge=False)
    languages = ", ".join(f"{code} {count:,}" for code, count in stats.languages.items())
    for name, value in (
        ("Events", f"{stats.events:,}"),
        ("known only from other events", f"{stats.stubs:,}"),
        ("of the starter archive", f"{stats.starter:,}"),
        ("Topics", f"{stats.topics:,}"),
        ("First", stats.first_date and stats.first_date.isoformat()),
        ("Last", stats.last_date and stats.last_date.isoformat()),
        ("Languages", languages),
    ):
        table.add_row(Text(name, "bold"), Text(value or "–"))
    _stdout().print(table)


def print_report(report: "Report", seconds: float) -> None:
    """Print what an import did in ``seconds``, and the pages that it left out."""
    console = _stdout()
    console.print(
        Text(
            f"{_count(report.pages, 'page')} in {seconds:.1f} s: {report.new:,} new, {report.changed:,} changed,"
            f" {report.unchanged:,} unchanged; {_count(report.duplicates, 'duplicate')} of another page's event."
        )
    )
    known = f", {report.stubs:,} of them known only from other events" if report.stubs else ""
    console.print(Text(f"The archive has {_count(report.events, 'event')}{known}."))
    if report.outdated:
        console.print(
            Text(
                f"{report.outdated:,} events around them are not in their place yet:"
                " a running bot moves them bit by bit, “daybook rank” all at once."
            )
        )
    _print_files(console, "left out", report.skipped)
    _print_files(console, "taken in part", report.shortened)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _print_files(console: Console, what: str, files: "Sequence[Skipped]") -> None:
    """Print files and why something was done with them; on a terminal only the first."""
    if not files:
        return
    console.print(Text(f"{len(files):,} {what}:", "yellow"))
    listed = files[:_MAX_SKIPPED] if console.is_terminal else files
    for file in listed:
        console.print(Text(f"  {one_line(f'{file.path}: {file.reason}')}"), soft_wrap=True)
    if len(listed) < len(files):
        console.print(Text(f"  … and {len(files) - len(listed):,} more: --json lists them all"))


def print_fetch_report(report: "FetchReport", events: int, seconds: float, *, parts: str = "days") -> None:
    """Print what a fetch did in ``seconds``, and what it left as it was; the archive has ``events`` now.

    ``parts`` says what was looked at.
    """
    console = _stdout()
    new = f"{report.written - report.changed - report.withdrawn:,} new"
    # Of articles, only facts are read: they are no events.
    new, withdrawn = (new, "") if parts == "articles" else (f"{new} events", f" {report.withdrawn:,} withdrawn,")
    console.print(
        Text(
            f"{report.visited:,} {parts} looked at, {report.fetched:,} read in {seconds:.1f} s: {new},"
            f" {report.changed:,} changed,{withdrawn} {report.unchanged:,} unchanged."
        )
    )
    console.print(Text(f"The archive has {_count(events, 'event')}."))
    if report.missed:
        console.print(
            Text(
                f"{report.missed:,} citations or entries belong to no event or have no date: they were left out.",
                "dim",
            )
        )
    if report.before_christ:
        console.print(Text(f"{report.before_christ:,} entries are from before Christ: they were left out.", "dim"))
    for alarm in report.alarms:
        console.print(Text(one_line(alarm), "yellow"), soft_wrap=True)


def print_feeds(feeds: "Sequence[Feed]") -> None:
    """Print the list of feeds, a line each."""
    if not feeds:
        print_hint("There are no feeds: “daybook source add URL” adds one.")
        return
    console = _stdout()
    if not console.is_terminal:
        for feed in feeds:
            print(feed.address, feed.name, feed.language, feed.every, sep="\t")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Name", "Language", "Every", "Address"):
        table.add_column(heading, overflow="fold")
    for feed in feeds:
        table.add_row(Text(feed.name), feed.language, f"{feed.every} min", Text(feed.address))
    console.print(table)


def print_feed_check(name: str, document: "FeedDocument", *, today: date) -> None:
    """Print what would be read from a feed, and what is missing in it."""
    console = _stdout()
    console.print(Text(name, "bold"))
    read = len(document.items)
    about = [f"{document.total:,} items", f"language {document.language or 'not said'}"]
    about += [f"the newest {read} are read"] if read < document.total else []
    about += [f"{document.unread} without any text are left out"] if document.unread else []
    console.print(Text(" · ".join(about), "cyan"))
    for item in document.items:
        dated = item.dated(today)
        console.print(Text.assemble((f"\n{dated or 'no date'}  ", "cyan"), one_line(item.headline)), soft_wrap=True)
        for text in (item.summary and cut(item.summary, 300), ", ".join(item.categories), item.link or "no link"):
            if text:
                console.print(Text(f"  {one_line(text)}", "dim"), soft_wrap=True)
        if item.image:
            console.print(Text(f"  image: {item.image}", "dim"), soft_wrap=True)


def report_json(report: "Report", seconds: float) -> dict[str, object]:
    """Return what an import did, as ``--json`` gives it."""
    return {
        "pages": report.pages,
        "events": report.events,
        "stubs": report.stubs,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "duplicates": report.duplicates,
        "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in report.skipped],
        # Only where there are any: few imports have some.
        **(
            {"shortened": [{"path": page.path, "reason": page.reason} for page in report.shortened]}
            if report.shortened
            else {}
        ),
        "seconds": round(seconds, 3),
    }


def events_json(events: Sequence[Event]) -> list[dict[str, object]]:
    """Return a list of events, as ``--json`` gives it."""
    return [as_json(event) for event in events]


class ProgressBar:
    """The progress bar of long work on the archive, on stderr if that is a terminal. Use it with ``with``.

    ``parts`` says what a fetch looks at.
    """

    def __init__(self, *, parts: str = "days") -> None:
        self._parts = parts
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._reading: TaskID | None = None
        self._building: TaskID | None = None
        self._fetching: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def reading(self, done: float, total: int, pages: int) -> None:
        """Show the share of the input that is read, in percent, and the number of pages in it."""
        if self._reading is None:
            self._reading = self._bar.add_task("Reading pages", total=100)
        self._bar.update(self._reading, completed=int(100 * done / total), description=f"Reading {pages:,} pages")

    def building(self, done: int, total: int) -> None:
        """Show the share of what has changed that is built."""
        if self._building is None:
            self._building = self._bar.add_task("Building events", total=total)
        self._bar.update(self._building, completed=done)

    def fetching(self, done: int, total: int) -> None:
        """Show how many days, feeds or articles of all have been looked at."""
        self._fetch(self._parts, done, total)

    def fetching_articles(self, done: int, total: int) -> None:
        """Show how many articles of all have been asked for, after something else was fetched."""
        self._fetch("articles", done, total)

    def _fetch(self, parts: str, done: int, total: int) -> None:
        if parts not in self._fetching:
            self._fetching[parts] = self._bar.add_task(f"Fetching {parts}", total=total)
        self._bar.update(self._fetching[parts], completed=done)
