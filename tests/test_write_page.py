"""Pages that Daybook writes: what is read from them is what was written."""

import datetime as dt
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.page import Page, Source
from bot.formats.cleaning import clean
from bot.formats.context import CONTEXT, earlier_wordings
from bot.formats.context_lists import http_address
from bot.formats.write_page import write_page

PATH = "news/2024/03/5/a-ship-is-launched"
lines = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=80).map(clean)
headlines = lines.filter(bool)
names = st.from_regex(r"The [A-Z][a-z]{2,8}", fullmatch=True)
addresses = (
    st.from_regex(r"https?://[a-z]{2,5}\.example/[a-zéü0-9_~%()\[\]&=?'-]{0,20}", fullmatch=True)
    .map(http_address)
    .filter(bool)
)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    day = draw(st.dates(dt.date(1000, 1, 1), dt.date(2100, 1, 1)))
    sources = draw(st.lists(st.builds(Source, names, addresses), max_size=4, unique_by=lambda source: source.url))
    return Page(
        path=PATH,
        date=day,
        language=draw(st.sampled_from(["en", "de", "zh"])),
        headline=draw(headlines),
        summary=draw(lines) or None,
        sources=tuple(sources),
        image=draw(st.none() | st.just("https://images.example/ship.jpg")),
        topics=tuple(draw(st.lists(names, max_size=4, unique=True))),
        related=(),
        pick=draw(st.booleans()),
        category=draw(st.none() | names),
        weight=draw(st.none() | st.integers(0, 10**9)),
        source=draw(st.none() | st.just("portal 2024-03-05")),
        seen=draw(st.none() | st.just("2024-03-05T10:00:00Z")),
        credit=draw(st.none() | st.just("Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/?oldid=7")),
        withdrawn=draw(st.none() | st.sampled_from(["yes", "2024-03-06"])),
    )


@settings(deadline=None)
@given(pages(), st.lists(headlines.filter(lambda text: "](" not in text), max_size=3, unique=True))
def test_a_page_is_read_as_it_was_written(page: Page, wordings: list[str]) -> None:
    text = write_page(page, earlier_wordings=wordings)
    once = CONTEXT.read(text, f"{PATH}.md")
    # What stands on a line of its own may be markup there, and is read in one way from then on.
    assert CONTEXT.read(write_page(once), f"{PATH}.md") == once
    if page.summary is None or not re.match(r"#|\d+[.)]|[-*] ", page.summary):
        assert once == page
        assert set(earlier_wordings(text, PATH)) <= set(wordings)


def test_a_page_looks_like_those_of_the_archive() -> None:
    page = Page(
        path=PATH, date=dt.date(2024, 3, 5), language="en", headline="The Wanderer is launched.", summary=None,
        sources=(Source("The Paper", "https://paper.example/ship_(new)"),), image=None,
        topics=("Ships", "Atari, Inc."), related=(), category="Business", source="portal 2024-03-05",
    )  # fmt: skip
    assert write_page(page, earlier_wordings=["The Wanderer is built."]) == (
        "### [2024-03-05](/news/2024/03/5/index.md)\n"
        "language: en\n"
        "topics: Ships; Atari, Inc.\n"
        "category: Business\n"
        "source: portal 2024-03-05\n"
        "\n"
        "# The Wanderer is launched.\n"
        "\n"
        "### Sources:\n"
        "\n"
        "1. [The Paper](https://paper.example/ship_(new))\n"
        "\n"
        "### Changes:\n"
        "\n"
        "1. [The Wanderer is built.](/news/2024/03/5/a-ship-is-launched.md)\n"
    )
