"""The starter archive: what everybody knows, on every day; pages that say what it is called; no dead links."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from bot.archive.archive import Archive
from bot.archive.merge import HeadlineRecord, same_event
from bot.domain.page import STARTER_SOURCE, Page
from bot.domain.text import fold, words
from bot.formats.bundle import split_bundle
from bot.formats.context import CONTEXT
from bot.formats.page_format import decode_page
from bot.formats.page_path import normal_path
from tests.helpers.archives import Import
from tests.helpers.samples import SEED, SEEDS

BUNDLES = sorted(SEEDS.glob("*.md"))
CATEGORIES = (
    "Armed conflicts and attacks", "Arts and culture", "Business and economy", "Disasters and accidents",
    "Health and environment", "International relations", "Law and crime", "Politics and elections",
    "Science and technology", "Sports",
)  # fmt: skip
with (Path(__file__).parent / "regions.json").open(encoding="utf-8") as file:
    REGION_OF = {topic: region for region, topics in json.load(file).items() for topic in topics}
DECADES = range(1900, 2030, 10)
# Headlines that share more of their longer words are about the same event, or look so; within a few days, sooner.
MOST_SHARED, MOST_SHARED_OF_DAYS, DAYS = 0.85, 0.6, 2
# Words of an article's title that are no part of what people call the event.
SMALL_WORDS = set(
    re.findall(
        r"\w+",
        "a an and as at between by de du during en et etat for from ii in la le no of on the to versus with "
        "ccgs gts hmhs hms mv rms ss tev uss "
        "january february march april may june july august september october november december",
    )
)


@pytest.fixture(scope="module")
def bundled() -> dict[str, str]:
    """The text of each bundled page by its path, in their order."""
    pages = [page for bundle in BUNDLES for page in split_bundle(bundle.read_bytes())]
    texts = {page.path.removesuffix(".md"): page.data.decode() for page in pages}
    assert len(texts) == len(pages)
    return texts


@pytest.fixture(scope="module")
def own(bundled: dict[str, str]) -> list[Page]:
    """Daybook's own pages, in their order."""
    return [CONTEXT.read(text, f"{path}.md") for path, text in bundled.items()]


def test_the_given_page_is_a_file_of_its_own() -> None:
    assert [file for file in SEEDS.rglob("*.md") if file.parent != SEEDS] == [SEED]
    page = CONTEXT.read(decode_page(SEED.read_bytes()), str(SEED))
    assert str(SEED) == str(SEEDS / f"{page.path}.md")


def test_there_is_a_bundle_for_each_month_in_the_order_of_days(own: list[Page], bundled: dict[str, str]) -> None:
    assert [bundle.name[:3] for bundle in BUNDLES] == [f"{month:02}-" for month in range(1, 13)]
    dates = [(page.date.month, page.date.day, page.date.year) for page in own]
    assert dates == sorted(dates)
    for bundle in BUNDLES:
        months = {normal_path(page.path).split("/")[2] for page in split_bundle(bundle.read_bytes())}  # type: ignore[union-attr]
        assert months == {bundle.name[:2]}


def test_every_page_is_read_and_stands_where_it_says(own: list[Page], bundled: dict[str, str]) -> None:
    for page, path in zip(own, bundled, strict=True):
        assert page.path == path
        assert path.startswith(f"news/{page.date.year}/{page.date.month:02}/{page.date.day}/")
        assert (page.language, page.headline != "", page.summary != "") == ("en", True, True)
        assert 1900 <= page.date.year <= 2024


def test_pages_look_alike(bundled: dict[str, str]) -> None:
    for path, text in bundled.items():
        assert [line for line in text.split("\n") if line.startswith("###")][1:] == ["### Source:", "### Related:"], (
            path
        )
        assert "#####" not in text
        assert "Cover Image" not in text
        assert "_Context" not in text
        # Letters of any language, and few signs beside those of ASCII.
        assert set(re.findall(r"[^ -~\w\n]", text)) <= set("–—’“”…°€"), path


def test_headlines_and_summaries_are_understood_by_themselves(own: list[Page]) -> None:
    for page in own:
        assert 50 <= len(page.headline) <= 200, page.headline
        assert 70 <= len(page.summary or "") <= 400, page.headline
        assert str(page.date.year) not in page.headline, page.headline
        assert page.headline.endswith("."), page.headline
        assert fold(page.headline) != fold(page.summary or "")


def test_every_page_says_what_the_event_is_called(own: list[Page]) -> None:
    unsaid = {}
    for page in own:
        beginnings = {word[:4] for text in (page.headline, page.summary or "") for word in words(text)}
        title = re.sub(r"\(.*?\)", "", page.sources[0].name.removeprefix(STARTER_SOURCE))
        name = [word for word in words(title) if word not in SMALL_WORDS and word.isalpha() and len(word) > 1]
        if missing := [word for word in name if word[:4] not in beginnings]:
            unsaid[page.path] = missing
    assert not unsaid


def test_topics_and_categories_are_named(own: list[Page]) -> None:
    topics = Counter(topic for page in own for topic in page.topics)
    for page in own:
        assert len(page.topics) >= 2, page.headline
        assert page.category in CATEGORIES, page.headline
        assert not set(page.also) & {page.headline}
    # One subject has one spelling.
    assert len({fold(topic) for topic in topics}) == len(topics)
    # So that servers can mute what they want less of.
    assert all(topics[kind] >= 100 for kind in ("war", "terrorism", "disaster", "crime"))


def test_sources_are_articles_of_wikipedia(own: list[Page]) -> None:
    for page in own:
        assert 1 <= len(page.sources) <= 3
        assert page.image is None
        for source in page.sources:
            address = urlsplit(source.url)
            assert (address.scheme, address.netloc, address.query) == ("https", "en.wikipedia.org", "")
            title = unquote(address.path.removeprefix("/wiki/"))
            assert source.name.removeprefix(STARTER_SOURCE).replace(" ", "_").lower() == title.lower()
            assert title == title.strip("_ ")


def test_there_is_enough_and_something_on_every_day(own: list[Page]) -> None:
    assert len(own) >= 2500
    days = Counter((page.date.month, page.date.day) for page in own)
    picks = Counter((page.date.month, page.date.day) for page in own if page.pick)
    for number in range(366):
        day = date(2000, 1, 1) + timedelta(number)
        assert days[day.month, day.day] >= 4, day
        assert 1 <= picks[day.month, day.day] <= 3, day


def test_the_coverage_is_even_enough_and_printed(own: list[Page], capsys: pytest.CaptureFixture[str]) -> None:
    fields = {category: decades(page for page in own if page.category == category) for category in CATEGORIES}
    regions = defaultdict[str, list[Page]](list)
    for page in own:
        for region in {REGION_OF[topic] for topic in page.topics if topic in REGION_OF}:
            regions[region].append(page)
    by_region = {region: decades(pages) for region, pages in sorted(regions.items())}
    topics = Counter(topic for page in own for topic in page.topics)
    with capsys.disabled():
        print(f"\n\nThe starter archive: {len(own)} pages of its own, {len(topics)} topics\n")
        print(table(fields | {"all": decades(own)}))
        print(table(by_region))
        print(", ".join(f"{topic} {count}" for topic, count in topics.most_common(60)))
    for region in ("Africa", "Asia", "Latin America", "Middle East"):
        assert all(by_region[region][decade] >= 5 for decade in DECADES), region
    for category in ("Business and economy", "Health and environment", "Science and technology"):
        assert all(fields[category][decade] >= 5 for decade in DECADES if decade >= 1980), category


def decades(pages: Iterable[Page]) -> Counter[int]:
    return Counter(page.date.year // 10 * 10 for page in pages)


def table(rows: dict[str, Counter[int]]) -> str:
    """Return rows of counts by decade as text."""
    lines = [f"{'':28}{''.join(f'{decade:>6}' for decade in DECADES)}{'all':>7}"]
    lines += [
        f"{name:28}{''.join(f'{counts[decade]:6}' for decade in DECADES)}{counts.total():7}"
        for name, counts in rows.items()
    ]
    return "\n".join(lines) + "\n"


def test_related_events_are_there_and_both_ways(own: list[Page]) -> None:
    paths = {page.path: {mention.path for mention in page.related} for page in own}
    for page in own:
        assert len(page.related) == len(paths[page.path]) >= 3, page.headline
        for path in paths[page.path]:
            assert page.path in paths[path], f"{path} does not link back to {page.path}"


def test_long_threads_can_be_walked(own: list[Page]) -> None:
    for thread in (
        "World War I", "World War II", "Cold War", "decolonization", "human spaceflight", "civil rights movement",
        "climate change", "internet", "FIFA World Cup", "Olympic Games",
    ):  # fmt: skip
        pages = {page.path: page for page in own if thread in page.topics}
        reached, waiting = set[str](), [next(iter(pages))]
        while waiting:
            path = waiting.pop()
            if path not in reached:
                reached.add(path)
                waiting += [mention.path for mention in pages[path].related if mention.path in pages]
        assert len(reached) == len(pages), (thread, len(reached), len(pages))


def test_no_two_pages_are_about_one_event(own: list[Page]) -> None:
    long_words = {page.path: {word for word in words(page.headline) if len(word) > 3} for page in own}
    by_year = defaultdict[int, list[Page]](list)
    for page in own:
        by_year[page.date.year].append(page)
    for pages in by_year.values():
        for first, second in combinations(pages, 2):
            first_words, second_words = long_words[first.path], long_words[second.path]
            shared = len(first_words & second_words) / min(len(first_words), len(second_words))
            near = abs((first.date - second.date).days) <= DAYS
            assert shared <= (MOST_SHARED_OF_DAYS if near else MOST_SHARED), (first.headline, second.headline)
            if near and {source.url for source in first.sources[:1]} & {source.url for source in second.sources[:1]}:
                records = (HeadlineRecord(index, page.headline, "en") for index, page in enumerate((first, second)))
                assert not same_event(*records), (first.headline, second.headline)


@pytest.mark.process
async def test_all_of_them_are_imported_each_as_an_event(load: Import, archive: Archive, own: list[Page]) -> None:
    report = load(SEEDS)
    assert (report.pages, report.duplicates, report.skipped) == (len(own) + 1, 0, [])
    assert (report.events, report.stubs) == (len(own) + 11, 10)
    visited, keys = set(), [(await archive.topic("NASA", limit=1)).events[0].key]
    while keys:
        event = await archive.event(keys.pop())
        assert event is not None
        if event.key not in visited:
            visited.add(event.key)
            keys += [related.key for related in event.related]
    assert len(visited) >= 0.99 * len(own)
