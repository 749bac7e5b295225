"""``python -m benchmarks``: measures, prints one table, and may write it as JSON."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import cache, figures
from benchmarks.asking import ask_all
from benchmarks.daily_import import import_days
from benchmarks.following import follow_all
from benchmarks.importing import check, import_all
from benchmarks.keeping import keep_current
from benchmarks.posting import post_all
from benchmarks.wire import time_processes

_ARCHIVE_SIZES = "10000,100000,1000000"
_CORPUS_SIZES = "5000,20000,100000"
# The parts of the benchmark, in the order in which they run.
_PARTS = ("import", "day", "questions", "follow", "wire", "posting", "keeper")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks that the arguments ask for; return 1 if a budget is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--events", default=_ARCHIVE_SIZES, help=f"sizes of the archives that are asked ({_ARCHIVE_SIZES})"
    )
    parser.add_argument(
        "--pages", default=_CORPUS_SIZES, help=f"sizes of the corpora that are imported ({_CORPUS_SIZES})"
    )
    parser.add_argument("--only", choices=_PARTS, help="only this part")
    parser.add_argument("--question", default="", help="only questions with this in their name")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--cache", type=Path, default=cache.DEFAULT, help="where corpora are kept (.benchmarks)")
    parser.add_argument(
        "--check", action="store_true", help="only see that the archives made here are what an import makes"
    )
    arguments = parser.parse_args(argv)
    start = time.perf_counter()

    def report(sentence: str) -> None:
        print(f"{time.perf_counter() - start:7.1f} s  {sentence}", file=sys.stderr)

    corpora = cache.Cache(arguments.cache, report=report)
    if arguments.check:
        return _check(corpora)
    results = _measure(arguments, corpora, report)
    report("done")
    figures.show(results)
    if arguments.json:
        figures.write(results, arguments.json)
    return int(any(figure.met is False for figure in results))


def _measure(
    arguments: argparse.Namespace, corpora: cache.Cache, report: Callable[[str], None]
) -> list[figures.Figure]:
    """Run the parts that the arguments ask for."""
    results: list[figures.Figure] = []
    parts = [arguments.only] if arguments.only else _PARTS
    if "import" in parts:
        results += import_all(corpora, _parse_sizes(arguments.pages), report=report)
    if "day" in parts:
        results += import_days(corpora, _parse_sizes(arguments.events), report=report)
    if "questions" in parts:
        results += _ask(corpora, _parse_sizes(arguments.events), arguments.question, report)
    if "follow" in parts:
        results += follow_all(corpora, max(_parse_sizes(arguments.events)), report=report)
    if "wire" in parts:
        results += time_processes(corpora, _parse_sizes(arguments.events), report=report)
    if "posting" in parts:
        results += post_all(corpora, report=report)
    if "keeper" in parts:
        results += keep_current(corpora, report=report)
    return results


def _ask(
    corpora: cache.Cache, sizes: Sequence[int], question: str, report: Callable[[str], None]
) -> Iterator[figures.Figure]:
    for size in sizes:
        archive = corpora.archive(size)
        report(f"asking {size:,} events …")
        yield from ask_all(archive, f"{size:,} events", only=question)


def _parse_sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _check(corpora: cache.Cache) -> int:
    differences = list(check(corpora))
    print("\n".join(differences) or "the same, row by row")
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
