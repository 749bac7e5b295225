"""Whatever comes is read as a day's page or refused: what is made up, hostile, and the real ones."""

import json
import lzma
import re
import subprocess
import sys
import tarfile
import time
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import FetchError
from bot.sources.citations import split_citations
from bot.sources.day_page import DayEvent
from bot.sources.portal_html import read_day_html
from bot.sources.portal_wikitext import read_day_wikitext
from tests.helpers.portal import BBC, DAY, FEEDS, event_texts, external, html_page

untimed = settings(deadline=None)  # a busy machine is no reason to fail
real = pytest.mark.skipif(not FEEDS.exists(), reason="the recorded pages are not here")
# Seconds; some of the time a machine may be busy with something else.
SOON = 30
PIECES = st.sampled_from(
    [
        "<ul>", "<li>", "</li>", "</ul>", "<p><b>", "</b></p>", "<a class='external' href='//x.example/1'>", "</a>",
        "<a href='/wiki/A' title='&lt;b&gt;'>", "<sup class=reference><a href='#cite_note-1'>", "<li id=cite_note-1>",
        "(", ")", "[", "]", ": ", ". ", "&lt;i&gt;", "&#2;", "&#4;", "\x02", "\x03", "\x04", "\x05", "{{", "''", "<!--",
        "<span hidden>", "<cite>", "<dl><dt>",
    ]
)  # fmt: skip
HTML_UNITS = (
    "<ul><li>", "<ul><li>x", "<li>x", "<i>", "<li><a class=external href=//a.example>(", "(((x) ", "[[", "&b;",
)  # fmt: skip
WIKI_UNITS = ("{{a|", "[[a|", "<i ", "<ref>", "<!--", "''a", "[http://a.example ", "* a\n", "<nowiki>", "*")


@untimed
@given(st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join))
def test_no_page_however_broken_raises_or_shows_markup(soup: str) -> None:
    pages = []
    for page in (html_page(soup), soup):
        try:
            pages.append(read_day_html(page, DAY))
        except FetchError:
            continue
    pages.append(read_day_wikitext("{{Current events header|2024|3|5}}\n* " + soup, DAY))
    for text in [text for page in pages for text in event_texts(page)]:
        assert not re.search(r"</?[a-z][^<>]*>", text, re.IGNORECASE)
        assert not any(unicodedata.category(character) == "Cc" for character in text)


@given(st.text(alphabet="\x02\x03()[].,; aB1", max_size=60))
def test_each_link_of_a_text_gets_a_name(text: str) -> None:
    parts = enumerate(re.split("[\x02\x03]", text))
    marked = "".join(f"\x02{part}\x03" if index % 2 else part for index, part in parts)
    rest, names = split_citations(marked)
    assert len(names) == marked.count("\x02")
    assert "\x02" not in rest


@pytest.mark.parametrize("unit", HTML_UNITS)
def test_a_hostile_page_ends_soon(unit: str) -> None:
    """5 MiB of a unit: bullets by the million, or a nesting of hundreds of thousands of levels."""
    html = html_page(external(BBC, "(BBC)") + unit * ((5 << 20) // len(unit)))
    started = time.monotonic()
    try:
        page = read_day_html(html, DAY)
    except FetchError as error:
        assert re.search("depth|items", str(error))  # noqa: PT017 - some pages are read
    else:
        assert page.missed
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize("unit", WIKI_UNITS)
def test_hostile_wikitext_ends_soon(unit: str) -> None:
    one_line, many_lines = unit * (250_000 // len(unit)), f"* {unit * 75}\n" * (200_000 // (75 * len(unit)))
    for text in (one_line, one_line * 20, many_lines):
        started = time.monotonic()
        try:
            read_day_wikitext("{{Current events header|2024|3|5}}\n* " + text, DAY)
        except FetchError as error:
            assert "no day has more" in str(error)  # noqa: PT017 - some pages are read
        assert time.monotonic() - started < SOON


@pytest.mark.process
def test_reading_html_does_not_load_what_reads_wikitext() -> None:
    code = (
        "import sys, bot.sources.portal_html, bot.sources.portal_wikitext\nsys.exit('mwparserfromhell' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def letters(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).lower()


def labels(html: str) -> dict[str, set[str]]:
    """Return what each article is called where a page links it, without blanks and punctuation."""
    found: dict[str, set[str]] = {}
    for attributes, label in re.findall(r"<a ([^>]*)>(.*?)</a>", html):
        if title := re.search(r'title="([^"]*)"', attributes):
            name = title[1].removesuffix(" (page does not exist)").replace("&amp;", "&").replace("&#39;", "'")
            found.setdefault(name, {letters(name)}).add(letters(re.sub(r"<[^>]*>", "", label)))
    return found


def has_headings(event: DayEvent, topics: list[str], called: dict[str, set[str]]) -> bool:
    """Return whether an event has these topics, which are labels, for headings, which are titles."""
    rest = letters("".join(topics))
    for heading in event.headings:
        found = [label for label in called[heading] if rest.startswith(label)]
        if not found:
            return False
        rest = rest.removeprefix(max(found, key=len))
    return not rest


@real
def test_real_days_are_read_as_the_yardstick_reads_them() -> None:
    """It differs in eight: superscripts and a link are missing, and it shows the codes of other languages."""
    with tarfile.open(FEEDS / "portal-html.tar.xz") as tar:
        files = [(member.name[-15:-5], file.read().decode()) for member in tar if (file := tar.extractfile(member))]
    pages = {day: read_day_html(html, date.fromisoformat(day)) for day, html in files}
    called = {day: labels(html) for day, html in files}
    with lzma.open(FEEDS / "portal-events-2025.jsonl.xz", "rt", encoding="utf-8") as lines:
        expected: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert len(pages) == 109
    assert sum(page.missed for page in pages.values()) == 0
    assert sum(len(page.events) for page in pages.values()) == len(expected) == 1619
    found = 0
    for wanted in expected:
        event = next((e for e in pages[wanted["date"]].events if letters(e.text) == letters(wanted["text"])), None)
        if event:
            found += (
                event.category == wanted["category"].strip()
                and [source.url for source in event.sources] == [url for _, url in wanted["sources"]]
                and has_headings(event, wanted["topics"], called[wanted["date"]])
            )
    assert found >= 1611
    cited = {(day, source.url) for day, page in pages.items() for event in page.events for source in event.sources}
    assert cited == {(wanted["date"], url) for wanted in expected for _, url in wanted["sources"]}
    texts = [text for page in pages.values() for text in event_texts(page)]
    assert not [text for text in texts if re.search(r"\[edit|\[\d|Ongoing|\(AP", text)]


@real
@pytest.mark.parametrize(
    ("day", "events", "cited"),
    [("2005-01-08", 6, 8), ("2010-01-01", 10, 26), ("2015-01-01", 8, 8), ("2026-08-07", 18, 20)],
)
def test_real_wikitext_is_read(day: str, events: int, cited: int) -> None:
    page = read_day_wikitext((FEEDS / "portal-wikitext" / f"{day}.wiki").read_text("utf-8"), date.fromisoformat(day))
    assert (len(page.events), page.missed) == (events, 0)
    assert sum(len(event.sources) for event in page.events) == cited
    assert not [text for text in event_texts(page) if re.search(r"[\[\]{}]|''|http|<", text)]
