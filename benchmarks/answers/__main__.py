"""``python -m benchmarks.answers``: asks all questions, and prints how many were answered right, and which were not."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.answers.asking import Result, ask_all, make_archive
from benchmarks.answers.question_sets import Subject, all_subjects
from benchmarks.answers.report import show, show_misses

_SHARED = Path(__file__).parents[3] / "shared"


def main(argv: Sequence[str] | None = None) -> int:
    """Ask what there is to be asked, each archive made in a temporary folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers", description=__doc__)
    parser.add_argument(
        "--misses", action="store_true", help="list the questions whose right answer did not come first"
    )
    parser.add_argument("--shared", type=Path, default=_SHARED, help="a folder of real pages and questions (../shared)")
    arguments = parser.parse_args(argv)
    results: list[tuple[Subject, Result]] = []
    for subject in all_subjects(arguments.shared):
        print(f"asking the {subject.name} …", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "archive.sqlite3"
            make_archive(subject, file)
            results += [(subject, result) for result in asyncio.run(ask_all(subject, file))]
    if arguments.misses:
        for subject, result in results:
            show_misses(f"{subject.name}, {result.questions.name}", result.ours)
    show(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
