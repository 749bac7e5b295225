"""Whatever comes is read as an event or refused: pages that are made up, hostile, and the real ones."""

import datetime as dt
import re
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.errors import PageError
from bot.domain.page import Mention, Page
from bot.formats.cleaning import clean
from bot.formats.context import CONTEXT
from bot.formats.context_lists import NAME_ENDINGS, http_address
from bot.formats.page_format import MAX_BYTES, decode_page
from bot.formats.page_path import is_index, normal_path
from tests.helpers.examples import examples
from tests.helpers.samples import REAL_PAGES

read_page, read_index = CONTEXT.read, CONTEXT.read_index
PATH = "news/2016/06/2/a-lighthouse-opens.md"
untimed = settings(deadline=None)  # a busy machine is no reason to fail
real = pytest.mark.skipif(not REAL_PAGES.is_dir(), reason="the real pages are not here")

# No name is one of the endings that belong to the name before, such as "Inc".
topic_names = st.from_regex(r"[A-Z][a-z]{1,8}", fullmatch=True).filter(lambda name: name.lower() not in NAME_ENDINGS)
names = st.lists(topic_names, min_size=1, max_size=4, unique=True).map(sorted)
headlines = st.lists(st.from_regex(r"[A-Za-z0-9]{1,9}", fullmatch=True), min_size=1, max_size=9).map(" ".join)
days = st.dates(dt.date(1999, 1, 1), dt.date(2030, 12, 31))


@st.composite
def mentions(draw: st.DrawFn) -> Mention:
    day, headline = draw(days), draw(headlines)
    path = f"news/{day.year}/{day.month:02}/{day.day}/{headline.replace(' ', '-')}"
    return Mention(path, day, headline, tuple(draw(names)))


@untimed
@given(days, headlines, st.lists(mentions(), max_size=6, unique_by=lambda mention: mention.path), st.booleans())
def test_a_written_page_is_read_back(day: dt.date, headline: str, related: list[Mention], padded: bool) -> None:
    date_text = f"{day.year}-{day.month:02}-{day.day:02}" if padded else f"{day.year}-{day.month}-{day.day}"
    items = [
        f"1. [{mention.headline} ](/{mention.path}.md) _Context: {', '.join(mention.topics)}_" for mention in related
    ]
    text = "\n".join([f"### [{date_text}](x)", "", f"# {headline}", "", "### Related:", "", *items])
    page = read_page(text, "anywhere/page.md")
    assert (page.date, page.headline, page.related) == (day, headline, tuple(related))
    assert set(page.topics) == {topic for mention in related for topic in mention.topics}


# No label is one that names nobody, such as "Link".
source_names = st.from_regex(r"The [A-Z][a-z]{2,8}( \[[a-z]{1,3}\])?", fullmatch=True)
addresses = st.from_regex(r"//[a-z]{2,5}\.example/[a-z0-9]{1,5}(_\([a-z]{1,4}\))?(\?a=1(&amp;b=2)?)?", fullmatch=True)
titles = st.sampled_from(["", ' "A title"', " 'A (short) title'", ' "It\'s"'])


@untimed
@given(
    st.lists(st.tuples(source_names, addresses, titles), min_size=1, max_size=4, unique_by=lambda link: link[1]),
    st.sampled_from([" ", ", ", "; ", " | ", " and ", "、", " 2. ", "\n1. "]),
    st.sampled_from(["", "https:", "http:"]),
)
def test_written_sources_are_read_back(links: list[tuple[str, str, str]], between: str, scheme: str) -> None:
    written = between.join(f"[{name}]({scheme}{address}{title})" for name, address, title in links)
    page = read_page(f"### [2016-06-2](x)\n\n# A\n\n### Source:\n\n1. {written}\n", PATH)
    assert [tuple(source) for source in page.sources] == [
        (name, (scheme or "https:") + address.replace("&amp;", "&")) for name, address, _ in links
    ]


@untimed
@given(
    st.lists(st.sampled_from([*"&<> /?;x", "http:", "https:", "//", "amp;", "#38;", "a.b"]), max_size=12).map("".join)
)
def test_an_address_that_was_read_is_read_as_it_is(text: str) -> None:
    address = http_address(text)
    assert address is None or http_address(address) == address


lines = st.sampled_from(
    [
        "### [2016-06-2](x)", "### [2016-99-2](x)", "### 2016-06-2", "# A lighthouse", "# ", "#", "##### topic",
        "#####", "### Source:", "### Related:", "### Changes:", "### 信息来源:", "### 有关", "### [", "## [", "text",
        "1. [A](http://example.org/a)",
        "[1](//x.y/z) [B](http://x.y/a 'b') [IMG](//x.y/c&amp;) [C](", "1. [url=](http://x.y/)",
        "1. [A](http://[::1)", "1. [", "1. [a](", "1. [](", "- [a]()",
        "", "[a](b) [IMG](c)", " [IMG](", "1. [Cover Image](http://x.y/z)",
        "1. [A](/news/2014/11/3/a.md) _Context: a, (b, c_",
        "2. [B](/zh/news/2014/11/3/%zz%ff.md) _消息: , ,_", "_Context: a_", "_Context: _", "_Context:_", "\x85",
        "\ud800",
        "### [A](/news/2014/11/3/a.md)", "### [A](/news/0000/11/3/a.md)", "1. [A](/news/2014/99/99/b.md)",
    ]
)  # fmt: skip
pages = st.one_of(st.text(), st.lists(st.one_of(lines, st.text(max_size=20)), max_size=25).map("\n".join))


def check_page(page: Page) -> None:
    assert page.headline == clean(page.headline) != ""
    assert page.summary is None or page.summary == clean(page.summary) != ""
    assert normal_path(page.path) == page.path
    assert page.image is None or http_address(page.image) == page.image
    for source in page.sources:
        assert source.name
        assert http_address(source.url) == source.url
    for mention in (*page.related, *page.former_paths):
        check_mention(mention)
    for topic in page.topics:
        assert topic == clean(topic) != ""
    assert len({mention.path for mention in page.related}) == len(page.related)
    assert page.path not in {mention.path for mention in (*page.related, *page.former_paths)}


def check_mention(mention: Mention) -> None:
    assert normal_path(mention.path) == mention.path
    assert mention.path.startswith(f"news/{mention.date.year:04}/{mention.date.month:02}/{mention.date.day}/")
    assert mention.headline == clean(mention.headline) != ""
    assert len(set(mention.topics)) == len(mention.topics)


@settings(deadline=None, max_examples=examples(1000))
@example("### [2016-06-2](x)\n# A", "index.md")
@given(pages, st.one_of(st.just(PATH), st.text()))
def test_a_page_is_read_or_refused_with_a_reason(text: str, path: str) -> None:
    try:
        page = read_page(text, path)
    except PageError as error:
        assert str(error)  # noqa: PT017
    else:
        check_page(page)


@untimed
@given(pages)
def test_a_list_is_always_read(text: str) -> None:
    for mention in read_index(text):
        check_mention(mention)


@untimed
@given(st.binary())
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode_page(data)
    except PageError as error:
        assert str(error).startswith("not text")  # noqa: PT017
    else:
        assert text.encode() in (data, data.removeprefix(b"\xef\xbb\xbf"))


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("", "#", ""),
        ("", "### [2016-06-", ""),
        ("", "\n", ""),
        ("# ", "[[a|", ""),
        ("##### ", "-{", "\n# A"),
        ("# A\n", "a b\n", ""),
        ("# A\n### ", "a ", ":"),
        ("# A\n", "### Related:\n", ""),
        ("# A\n### Source:\n1. [A](", "http://(", ")"),
        ("# A\n### Source:\n", "1. [A](http://x.y/z)\n", ""),
        ("# A\n### Source:\n1. [", "](", ")"),
        ("# A\n### Source:\n1. [A](b)", " [IMG](", ")"),
        ("# A\n### Source:\n1. [A](b)", " [IMG](c) [", "](d)"),
        ("# A\n### Source:\n1. ", "[A](http://x.y/z) ", ""),
        ("# A\n### Source:\n1. ", "[A](http://x.y/z), [", "](b)"),
        ("# A\n### Source:\n1. [A](http://x.y/z)", " , ", "[B](b)"),
        ("# A\n### Source:\n1. [A](http://x.y/z", ' "', ")"),
        ("# A\n### Source:\n1. [A](http://x.y/z", '( "a" ', ")"),
        ("# A\n### Source:\n1. [", "url=a|title=", "](http://x.y/z)"),
        ("# A\n### Source:\n1. [A](http://x.y/z", "&amp;", ")"),
        ("# A\n### Related:\n1. ", "[a](/news/2014/11/3/", ".md)"),
        ("# A\n### Related:\n1. [a](", "/news/2014/11/3/a", ".md)"),
        ("# A\n### Related:\n", "1. [a](/news/2014/11/3/a.md) _Context: b, c_\n", ""),
        ("# A\n### Related:\n1. [a](/news/2014/11/3/a.md) ", "_Context: ", ""),
        ("# A\n### Related:\n1. [a](/news/2014/11/3/a.md) ", "_ ", ""),
        ("# A\n### Related:\n1. [a](/news/2014/11/3/a.md) _Context: ", "(, a", "_"),
        ("# A\n### Related:\n1. [a](/news/2014/11/3/a.md) _Context: ", "b, a, ", "_"),
        ("# A\n### Related:\n1. [a](/news/2014/11/3/a.md) _Context: z", ", Inc.", "_"),
        ("# A\n### Related:\n1", "1", ". [a](/news/2014/11/3/a.md)"),
        ("# A\n### Related:\n", " ", "1. [a](/news/2014/11/3/a.md)"),
        ("# A\n### [A](/news/2014/11/3/a.md)\n", "_Context: a_\n", ""),
    ],
)
def test_a_hostile_page_of_a_mebibyte_is_read_or_refused(before: str, piece: str, after: str) -> None:
    # A rule that went back over what it has read would not come to an end here.
    text = before + piece * ((MAX_BYTES - 200) // len(piece.encode())) + after
    read_index(text)
    try:
        check_page(read_page("### [2016-06-2](x)\n" + text, PATH))
    except PageError as error:
        assert "headline" in str(error)  # noqa: PT017


@pytest.mark.parametrize("context", ["{number}", "a, {number}", "{number}, Inc."])
def test_a_path_named_many_times_gathers_its_topics_in_one_go(context: str) -> None:
    lines = ["### [2016-06-2](x)", "# A", "### Related:"]
    lines += [f"1. [a](/news/2014/11/3/a.md) _Context: {context.format(number=number)}_" for number in range(20_000)]
    page = read_page("\n".join(lines), PATH)
    (mention,) = page.related
    assert set(mention.topics) == set(page.topics)
    assert len(mention.topics) >= 20_000
    index = ["### [a](/news/2014/11/3/a.md)", *(f"_Context: {number}_" for number in range(50_000))]
    (mention,) = read_index("\n".join(index))
    assert len(mention.topics) == 50_000


# the real ones


def real_files() -> Iterator[tuple[str, bytes]]:
    for file in sorted(REAL_PAGES.rglob("*.md")):
        yield str(file), file.read_bytes()
    for archive in REAL_PAGES.glob("*.tar.xz"):
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.name.endswith(".md") and (content := opened.extractfile(member)):
                    yield member.name, content.read()


RUBBLE = re.compile(
    r"\{\{|\[\[|-\{|''|&amp;|&#|&quot;|https?:--|\bdate=(?!\S* \|)|\+00:00|  |<br|<ref|<sup"
    r"|\d\|\w|[.!?] [.,](?: (?!\.)|$)|=[^|=]*\|[^|=]*=[^|=]*\|"
)


@real
def test_every_real_page_is_read_or_refused_and_clean() -> None:
    pages = refusals = indexes = 0
    for path, data in real_files():
        if "/news/" not in Path(path).as_posix() and not path.startswith("news/"):
            continue
        text = decode_page(data)
        if is_index(path):
            for mention in read_index(text):
                check_mention(mention)
                assert not RUBBLE.search(mention.headline), path
            indexes += 1
            continue
        try:
            page = read_page(text, path)
        except PageError:
            refusals += 1
            continue
        pages += 1
        check_page(page)
        assert page.path.startswith(f"news/{page.date.year}/{page.date.month:02}/{page.date.day}/"), path
        for text_part in (page.headline, page.summary or "", *page.topics):
            assert not RUBBLE.search(text_part), (path, text_part)
        for mention in (*page.related, *page.former_paths):
            assert not RUBBLE.search(mention.headline), (path, mention.headline)
    assert pages > 1000
    assert indexes > 100
    assert refusals * 100 <= pages


@real
def test_the_topics_of_real_contexts_stand_in_sorted_order() -> None:
    # What the rule for names with commas rests on.
    for file in sorted(REAL_PAGES.rglob("*.md")):
        if is_index(str(file)) or "/news/" not in file.as_posix():
            continue
        for mention in read_page(decode_page(file.read_bytes()), str(file)).related:
            for topic, following in pairwise(mention.topics):
                assert topic < following, (file, mention.topics)
