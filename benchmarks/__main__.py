"""``python -m benchmarks``: measures, prints one table, and writes it as JSON."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import cache, figures
from benchmarks.asking import ask_all
from benchmarks.importing import check, import_all
from benchmarks.posting import post_all
from benchmarks.wire import ask_wire

_EVENTS = "10000,100000,1000000"
_PAGES = "5000,20000,100000"
# What can be measured by itself, in the order in which it is.
_PARTS = ("import", "questions", "wire", "posting")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks that the arguments ask for; return 1 if a budget is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", default=_EVENTS, help=f"sizes of the archives that are asked ({_EVENTS})")
    parser.add_argument("--pages", default=_PAGES, help=f"sizes of the corpora that are imported ({_PAGES})")
    parser.add_argument("--only", choices=_PARTS, help="only this part")
    parser.add_argument("--question", default="", help="only questions with this in their name")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--cache", type=Path, default=cache.DEFAULT, help="where corpora are kept (.benchmarks)")
    parser.add_argument(
        "--check", action="store_true", help="only see that the archives made here are what an import makes"
    )
    asked = parser.parse_args(argv)
    begun = time.perf_counter()

    def tell(sentence: str) -> None:
        print(f"{time.perf_counter() - begun:7.1f} s  {sentence}", file=sys.stderr)

    kept = cache.Cache(asked.cache, tell=tell)
    if asked.check:
        return _checked(kept)
    found: list[figures.Figure] = []
    parts = [asked.only] if asked.only else _PARTS
    if "import" in parts:
        found += import_all(kept, _numbers(asked.pages), tell=tell)
    if "questions" in parts:
        for size in _numbers(asked.events):
            archive = kept.archive(size)
            tell(f"asking {size:,} events …")
            found += ask_all(archive, f"{size:,} events", only=asked.question)
    if "wire" in parts:
        found += ask_wire(kept, _numbers(asked.events), tell=tell)
    if "posting" in parts:
        found += post_all(kept, tell=tell)
    tell("done")
    figures.show(found)
    if asked.json:
        figures.write(found, asked.json)
    return int(any(each.met is False for each in found))


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def _checked(kept: cache.Cache) -> int:
    found = list(check(kept))
    print("\n".join(found) or "the same, row by row")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
