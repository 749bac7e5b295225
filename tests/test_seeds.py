"""The starter archive: in the older format, an event for each day, one page for each event, no dead links."""

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import Import
from samples import SEED, SEEDS

from bot.archive.archive import Archive
from bot.archive.merge import HeadlineRecord, same_event
from bot.domain.page import Page
from bot.domain.text import fold, words
from bot.formats.context import CONTEXT
from bot.formats.page_format import decode_page
from bot.formats.page_path import normal_path

FILES = sorted(SEEDS.rglob("*.md"))
OWN_FILES = [file for file in FILES if file != SEED]
RELATED = re.compile(r"\]\(/(news/[^)]*)\.md\) _Context: (.*)_$", re.MULTILINE)
# Headlines that share more of their longer words are about the same event, or look so; within a few days, sooner.
MOST_SHARED, MOST_SHARED_OF_DAYS, DAYS = 0.8, 0.5, 4


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    return {file: CONTEXT.read(decode_page(file.read_bytes()), str(file)) for file in FILES}


def own_pages(pages: dict[Path, Page]) -> list[Page]:
    return [pages[file] for file in OWN_FILES]


def test_every_page_is_read_and_stands_where_it_says(pages: dict[Path, Page]) -> None:
    for file, page in pages.items():
        path = normal_path(str(file))
        assert path is not None
        assert file == SEEDS / f"{page.path}.md"
        assert path == page.path
        assert path.startswith(f"news/{page.date.year}/{page.date.month:02}/{page.date.day}/")
        assert (page.language, page.headline != "", page.summary != "") == ("en", True, True)
    assert all(1900 <= page.date.year <= 2024 for page in own_pages(pages))


def test_own_pages_are_in_the_older_format() -> None:
    for file in OWN_FILES:
        text = file.read_text("utf-8")
        lines = text.split("\n")
        assert re.fullmatch(r"### \[\d{4}-\d\d-\d{1,2}\]\(/news/\d{4}/\d\d/\d{1,2}/index\.md\)", lines[0]), file
        assert (lines[1], lines[2][:2], lines[2][-2:], lines[3]) == ("", "# ", ". ", ""), file
        assert [line for line in lines if line.startswith("###")][1:] == ["### Source:", "### Related:"], file
        assert "#####" not in text
        assert "Cover Image" not in text
        # Letters of any language, and few signs beside those of ASCII.
        assert set(re.findall(r"[^ -~\w\n]", text)) <= set("–—’“”…°€"), file


def test_there_is_enough_to_explore(pages: dict[Path, Page]) -> None:
    topics = Counter(topic for page in pages.values() for topic in page.topics)
    assert len(OWN_FILES) >= 500
    assert sum(count >= 3 for count in topics.values()) >= 60
    assert all(topics[name] >= 8 for name in ("human spaceflight", "Olympic Games", "European Union", "internet"))


def test_each_day_of_the_year_has_an_event(pages: dict[Path, Page]) -> None:
    days = {(page.date.month, page.date.day) for page in own_pages(pages)}
    assert days == {((day := date(2000, 1, 1) + timedelta(number)).month, day.day) for number in range(366)}


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    paths = {page.path for page in pages.values()}
    for page in own_pages(pages):
        assert page.related, page.path
        assert {mention.path for mention in page.related} <= paths - {page.path}, page.path
        for path, mention in {mention.path: mention for mention in page.related}.items():
            target = pages[SEEDS / f"{path}.md"]
            assert (mention.headline, mention.date) == (target.headline, target.date), page.path
            back = {mention.path for mention in target.related}
            assert page.path in back or path == normal_path(str(SEED)), f"{path} does not link back to {page.path}"


def test_contexts_are_sorted_and_shared_by_both() -> None:
    contexts_of_pairs = defaultdict(set)
    for file in OWN_FILES:
        for target, context in RELATED.findall(file.read_text("utf-8")):
            topics = context.split(", ")
            assert topics == sorted(set(topics)), file
            contexts_of_pairs[frozenset((normal_path(str(file)), normal_path(target)))].add(context)
    assert all(len(contexts) == 1 for contexts in contexts_of_pairs.values())


def test_sources_are_articles_of_wikipedia(pages: dict[Path, Page]) -> None:
    for page in own_pages(pages):
        assert 1 <= len(page.sources) <= 3
        assert page.image is None
        for source in page.sources:
            address = urlsplit(source.url)
            assert (address.scheme, address.netloc, address.query) == ("https", "en.wikipedia.org", "")
            title = unquote(address.path.removeprefix("/wiki/"))
            assert source.name.removeprefix("Wikipedia: ").replace(" ", "_").lower() == title.lower()
            assert title == title.strip("_ ")
            assert title[0] == title[0].upper()


def test_no_two_pages_are_about_one_event(pages: dict[Path, Page], load: Import) -> None:
    report = load(SEEDS)
    assert (report.pages, report.duplicates, report.skipped) == (len(FILES), 0, [])
    assert (report.events, report.stubs) == (len(FILES) + 10, 10)
    long_words = {page.path: {word for word in words(page.headline) if len(word) > 3} for page in pages.values()}
    for first, second in combinations(pages.values(), 2):
        first_words, second_words = long_words[first.path], long_words[second.path]
        shared = len(first_words & second_words) / min(len(first_words), len(second_words))
        near = abs((first.date - second.date).days) <= DAYS
        assert shared <= (MOST_SHARED_OF_DAYS if near else MOST_SHARED), (first.headline, second.headline)
        if near and {source.url for source in first.sources[:1]} & {source.url for source in second.sources[:1]}:
            records = (HeadlineRecord(index, page.headline, "en") for index, page in enumerate((first, second)))
            assert not same_event(*records), (first.headline, second.headline)


async def test_related_events_can_be_walked_for_a_long_while(load: Import, archive: Archive) -> None:
    load(SEEDS)
    visited, keys = set(), [(await archive.topic("NASA", limit=1)).events[0].key]
    while keys:
        event = await archive.event(keys.pop())
        assert event is not None
        if event.key not in visited:
            visited.add(event.key)
            keys += [related.key for related in event.related]
    assert len(visited) == len(FILES) + 10


def test_the_coverage_is_printed(pages: dict[Path, Page], capsys: pytest.CaptureFixture[str]) -> None:
    own = own_pages(pages)
    topics = Counter(topic for page in own for topic in page.topics)
    decades = Counter(page.date.year // 10 * 10 for page in own)
    months = Counter(page.date.month for page in own)
    assert set(decades) == set(range(1900, 2030, 10))
    with capsys.disabled():
        print(f"\n\nThe starter archive: {len(own)} pages of its own, {len(topics)} topics")
        print_columns([(f"{decade}s", count) for decade, count in sorted(decades.items())])
        print_columns([(f"{date(2000, month, 1):%b}", count) for month, count in sorted(months.items())])
        print_columns(topics.most_common(40))


def print_columns(counts: list[tuple[str, int]], width: int = 120) -> None:
    """Print counts in columns, one line after the other."""
    longest = max(len(name) for name, _ in counts)
    cells = [f"   {name:{longest}} {count:3}" for name, count in counts]
    columns = width // len(cells[0])
    print(*("".join(cells[start : start + columns]) for start in range(0, len(cells), columns)), "", sep="\n")


def test_headlines_are_understood_by_themselves(pages: dict[Path, Page]) -> None:
    for page in own_pages(pages):
        assert 50 <= len(page.headline) <= 200, page.headline
        assert 70 <= len(page.summary or "") <= 400, page.headline
        assert str(page.date.year) not in page.headline, page.headline
        assert page.headline.endswith(".")
        assert page.headline == page.headline.strip()
        assert fold(page.headline) != fold(page.summary or "")
