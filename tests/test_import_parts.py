"""An archive is what its pages say, however many imports it took to come there."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.upkeep import rank
from tests.helpers.archives import dump
from tests.helpers.examples import examples
from tests.helpers.samples import page, path_of, write

pytestmark = pytest.mark.process

# Few dates and headlines, so that pages meet: the same event twice on a day, a stub that gets its page, a former path.
DATES = ("2001-03-04", "2001-03-05", "2002-06-07")
HEADLINES = (
    "A ship sails from the harbour of Oldport to the north",
    "Sea trials: A ship sails from the harbour of Oldport to the north",
    "A storm hits the northern coast",
    "The parliament elects a speaker",
)
TOPICS = ("Ships", "Weather", "Oldport")

Event = tuple[str, str]
some_event = st.tuples(st.sampled_from(DATES), st.sampled_from(HEADLINES))
some_topic = st.sampled_from(TOPICS)


@dataclass(frozen=True)
class Version:
    """One version of a page, and whether it is imported together with the one before it."""

    event: Event
    text: str
    with_previous: bool

    @property
    def file(self) -> str:
        return f"{path_of(*self.event)}.md"


@st.composite
def versions(draw: st.DrawFn) -> Version:
    event = draw(some_event)
    related = draw(st.lists(st.tuples(some_event, some_topic), max_size=3, unique_by=lambda pair: pair[0]))
    # A page's own date counts, which may be another one than its path's.
    date = draw(st.sampled_from((event[0], event[0], *DATES)))
    text = page(
        date, event[1],
        topic=draw(st.none() | some_topic),
        summary=draw(st.sampled_from(("", "As expected."))),
        sources=draw(st.lists(st.sampled_from((("A", "http://a.example/1"), ("B", "http://b.example/2"))), max_size=2)),
        related=[(day, headline, topic) for (day, headline), topic in related if (day, headline) != event],
        changes=[path_of(*former) for former in draw(st.lists(some_event, max_size=1)) if former != event],
    )  # fmt: skip
    return Version(event, text, with_previous=draw(st.booleans()))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(versions(), min_size=1, max_size=12))
def test_many_imports_leave_what_one_leaves(history: list[Version]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        changed = set[Path]()
        for number, version in enumerate(history):
            file = folder / "pages" / version.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(version.text, "utf-8")
            changed.add(file)
            if number + 1 == len(history) or not history[number + 1].with_previous:
                import_pages(folder / "parts.sqlite3", sorted(changed), forgotten=ForgottenEvents())
                changed.clear()
        import_pages(folder / "whole.sqlite3", [folder / "pages"], forgotten=ForgottenEvents())
        assert dump(folder / "parts.sqlite3") == dump(folder / "whole.sqlite3")


@pytest.mark.parametrize("days", [1, 50, 1500])
def test_an_import_among_the_events_of_another_gives_its_own_their_scores(tmp_path: Path, days: int) -> None:
    # So many events that the first are written before the last are built; on one day, all of them wait. The second
    # import has those of every second day, and every second one of the first day.
    parts, whole = tmp_path / "parts.sqlite3", tmp_path / "whole.sqlite3"
    files: tuple[list[Path], list[Path]] = [], []
    headlines: tuple[set[str], set[str]] = set(), set()
    for number in range(2_000):
        day = number * days // 2_000
        date_line = (date(1990, 1, 1) + timedelta(day)).isoformat()
        headline = f"Ship number {number} sails from the harbour of port {number % 13}"
        topic = f"Topic {number % 40}"
        related = [(date_line, f"Ship number {number} sinks", topic)] if number % 9 == 0 else []
        part = (day or number) % 2
        headlines[part].add(headline)
        files[part].append(write(tmp_path / "pages", date_line, headline, topic=topic, related=related))
    import_pages(whole, [*files[0], *files[1]], forgotten=ForgottenEvents())
    for part in (0, 1):
        import_pages(parts, files[part], forgotten=ForgottenEvents())
    assert _events(parts, headlines[1]) == _events(whole, headlines[1])
    rank(parts)
    assert dump(parts) == dump(whole)


def _events(archive: Path, headlines: set[str]) -> list[tuple[object, ...]]:
    return [row for row in dump(archive)[0] if headlines.intersection(row)]
