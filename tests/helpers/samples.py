"""Pages for tests, and the folder of the real ones, which is not everywhere."""

import io
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
# The page that the project was given.
SEED = SEEDS / (
    "news/2017/03/24/nasa-astronaut-shane-kimbrough-and-esa-astronaut-thomas-pesquet-take-a-spacewalk-outside-of-the-"
    "international-space-station-to-prepare-the-v.md"
)
SEED_KEY = "r7xpofs8tkmo"
# A key that no event has.
NOBODY = "0" * 12
REAL_PAGES = ROOT.parent / "shared" / "pages"

Related = tuple[str, str, str]


def slug(headline: str) -> str:
    """Return a file name as the archive makes it."""
    return "-".join("".join(c if c.isalnum() else " " for c in headline.lower()).split())[:140]


def path_of(date: str, headline: str) -> str:
    """Return the path of the page of an event, without its ending; ``date`` is ISO."""
    year, month, day = date.split("-")
    return f"news/{year}/{month}/{int(day)}/{slug(headline)}"


def page(
    date: str,
    headline: str,
    *,
    summary: str = "",
    topic: str | None = None,
    sources: Iterable[tuple[str, str]] = (),
    image: str | None = None,
    related: Iterable[Related] = (),
    changes: Iterable[str] = (),
    block: str = "",
) -> str:
    """Return a page's text; ``related`` are (date, headline, context), ``changes`` paths, ``block`` whole lines."""
    lines = [f"### [{date}](/news/{date.replace('-', '/')}/index.md)", *block.splitlines(), ""]
    lines += [f"##### {topic}"] if topic is not None else []
    lines += [f"# {headline}", "", summary, "", ""]
    items = [f"{number}. [{name}]({url})" for number, (name, url) in enumerate(sources, 1)]
    items += [f"1. [Cover Image]({image})"] if image else []
    if items:
        lines += ["### Source:", "", *items, ""]
    if changes:
        lines += ["### Changes:", "", *(f"1. [An older wording](/{path}.md) _(Update)_" for path in changes), ""]
    related_items = [
        f"{number}. [{title} ](/{path_of(day, title)}.md) _Context: {context}_"
        for number, (day, title, context) in enumerate(related, 1)
    ]
    if related_items:
        lines += ["### Related:", "", *related_items]
    return "\n".join(lines) + "\n"


def write(folder: Path, date: str, headline: str, *, at: str | None = None, **parts: object) -> Path:
    """Write a page where the archive would have it below ``folder`` (or ``at`` another path); return its file."""
    file = folder / f"{at or path_of(date, headline)}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(date, headline, **parts), "utf-8")  # type: ignore[arg-type]
    return file


def pack(archive: Path, pages: dict[str, str]) -> Path:
    """Write an archive of pages, given by date and headline."""
    files = {f"{path_of(date, headline)}.md": page(date, headline).encode() for date, headline in pages.items()}
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as zipped:
            for name, data in files.items():
                zipped.writestr(name, data)
    else:
        with tarfile.open(archive, f"w:{archive.suffix[1:].removeprefix('tar')}") as tar:  # type: ignore[call-overload]
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return archive
