"""Every page of the archive's formats is read as an event, or refused with one plain reason."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.domain.errors import PageError
from bot.domain.page import Mention, Page, Source
from bot.formats.cleaning import clean
from bot.formats.context import CONTEXT, guess_language
from bot.formats.context_lists import http_address
from bot.formats.page_format import MAX_BYTES, decode_page
from tests.helpers.samples import SEED

read_page, read_index = CONTEXT.read, CONTEXT.read_index
PATH = "news/2016/06/2/a-lighthouse-opens.md"
OLDER = """\
### [2016-06-2](/news/2016/06/2/index.md)

#  A lighthouse  opens in ''Port Amber'' &amp; is lit.

The keeper&#039;s daughter
turned the switch.


### Source:

1. [Amber Times](http://example.org/light_(house))
1. [Cover Image](https://img.example.org/light.jpg)

### Related:

1. [A lighthouse is planned. ](/news/2015/01/20/a-lighthouse-is-planned.md) _Context: Port Amber, lighthouse_
2. [A [second] storm hits Port Amber. ](/news/2014/11/3/a-second-storm-hits-port-amber.md) _Context: Port Amber_
"""
LATER = """\

Formats: [HTML](/news/2018/02/9/a-lighthouse-moves.html)  [JSON](/news/2018/02/9/a-lighthouse-moves.json)

### [2018-02-9](/news/2018/02/9/index.md)

##### Lighthouse
# A lighthouse moves

It moved 50 metres...


### Sources:

1. [Amber Times](https://example.org/moves)
2. [Wire](https://example.org/wire)
2. [Cover Image](https://img.example.org/moves.jpg)

### Changes:

1. [A lighthouse will move](/news/2018/02/9/a-lighthouse-will-move.md) _(Update)_
2. [A lighthouse moves](/news/2018/02/9/a-lighthouse-moves.md) _(Update)_
2. [A lighthouse moved](/news/2018/02/10/a-lighthouse-moved.md) _(Update)_

### Related:

1. [A lighthouse opens](/news/2016/06/2/a-lighthouse-opens.md) _Context: Lighthouse, Port Amber_
"""
CHINESE = """\
### [2010-05-7](/zh/news/2010/05/7/index.md)

##### 琥珀港
#  琥珀港的-{zh-hans:灯塔; zh-hant:燈塔;}-开放。[http:--example.org-a 琥珀报]

### 信息来源:

1. [琥珀报](http://example.org/a) [IMG](http://img.example.org/a.jpg)
2. [通讯社](http://example.org/b) [IMG](http://img.example.org/b.jpg)

### 有关:

1. [ 琥珀港遭遇风暴。 ](/zh/news/2009/11/3/琥珀港遭遇风暴.md) _消息: 琥珀港, 风暴_
"""


def test_a_page_of_the_older_generation_is_read() -> None:
    assert read_page(OLDER, PATH) == Page(
        path="news/2016/06/2/a-lighthouse-opens",
        date=dt.date(2016, 6, 2),
        language="en",
        headline="A lighthouse opens in Port Amber & is lit.",
        summary="The keeper's daughter turned the switch.",
        sources=(Source("Amber Times", "http://example.org/light_(house)"),),
        image="https://img.example.org/light.jpg",
        topics=("Port Amber", "lighthouse"),
        related=(
            Mention(
                "news/2015/01/20/a-lighthouse-is-planned",
                dt.date(2015, 1, 20),
                "A lighthouse is planned.",
                ("Port Amber", "lighthouse"),
            ),
            Mention(
                "news/2014/11/3/a-second-storm-hits-port-amber",
                dt.date(2014, 11, 3),
                "A [second] storm hits Port Amber.",
                ("Port Amber",),
            ),
        ),
    )


def test_a_page_of_the_later_generation_is_read() -> None:
    page = read_page(LATER, "news/2018/02/9/a-lighthouse-moves.md")
    assert (page.date, page.language) == (dt.date(2018, 2, 9), "en")
    assert (page.headline, page.summary) == ("A lighthouse moves", "It moved 50 metres...")
    assert [source.name for source in page.sources] == ["Amber Times", "Wire"]
    assert page.image == "https://img.example.org/moves.jpg"
    assert page.topics == ("Lighthouse", "Port Amber")
    assert [mention.path for mention in page.related] == ["news/2016/06/2/a-lighthouse-opens"]


def test_changes_are_other_paths_of_the_same_event_on_the_same_day() -> None:
    page = read_page(LATER, "news/2018/02/9/a-lighthouse-moves.md")
    assert page.former_paths == (
        Mention("news/2018/02/9/a-lighthouse-will-move", dt.date(2018, 2, 9), "A lighthouse will move"),
    )


def test_a_chinese_page_is_read() -> None:
    page = read_page(CHINESE, "news/2010/05/7/琥珀港的灯塔开放.md")
    assert (page.path, page.language) == ("news/2010/05/7/琥珀港的灯塔开放", "zh")
    assert page.headline == "琥珀港的灯塔开放。 琥珀报"
    assert page.sources == (Source("琥珀报", "http://example.org/a"), Source("通讯社", "http://example.org/b"))
    assert page.image == "http://img.example.org/a.jpg"
    assert page.topics == ("琥珀港", "风暴")
    assert page.related == (
        Mention("news/2009/11/3/琥珀港遭遇风暴", dt.date(2009, 11, 3), "琥珀港遭遇风暴。", ("琥珀港", "风暴")),
    )


def test_the_seed_page_names_eleven_events() -> None:
    page = read_page(decode_page(SEED.read_bytes()), str(SEED))
    assert page.date == dt.date(2017, 3, 24)
    assert len({page.path, *(mention.path for mention in page.related)}) == 11
    assert page.topics == ("International Space Station", "NASA", "spacewalk")
    assert page.image
    assert page.image.startswith("https://")
    assert [source.name for source in page.sources] == ["Space.com"]


# what a page must have


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no date line"),
        ("# A lighthouse opens\n", "no date line"),
        ("# A lighthouse opens\n\n### [2016-06-2](/news/2016/06/2/index.md)\n", "no date line"),
        ("### [16-06-2-1](x)\n\n# A lighthouse opens\n", "no date line"),
        ("### [2016-13-2](x)\n\n# A lighthouse opens\n", "impossible date 2016-13-2"),
        ("### [2015-02-29](x)\n\n# A lighthouse opens\n", "impossible date 2015-02-29"),
        ("### [0-0-0](x)\n\n# A lighthouse opens\n", "impossible date 0-0-0"),
        ("### [16-06-2](x)\n\n# A lighthouse opens\n", "impossible date 16-06-2"),
        ("### [99999-06-2](x)\n\n# A lighthouse opens\n", "impossible date 99999-06-2"),
        ("### [0000-06-2](x)\n\n# A lighthouse opens\n", "impossible date 0000-06-2"),
        ("### [0900-02-30](x)\n\n# A lighthouse opens\n", "impossible date 0900-02-30"),
        ("### [2016-06-2](x)\n", "no headline"),
        ("### [2016-06-2](x)\n\n# \n\nA summary\n", "no headline"),
        ("### [2016-06-2](x)\n\n# {{dead link}} ''''\n", "no headline"),
        ("### [2016-06-2](x)\n\n### Source:\n\n# A lighthouse opens\n", "no headline"),
    ],
)
def test_a_page_that_cannot_be_an_event_says_why(text: str, reason: str) -> None:
    with pytest.raises(PageError, match=reason):
        read_page(text, PATH)


def test_a_file_over_a_mebibyte_is_refused_by_its_size() -> None:
    assert len(decode_page(b"a" * MAX_BYTES)) == MAX_BYTES
    with pytest.raises(PageError, match="larger than 1 MiB"):
        decode_page(b"a" * (MAX_BYTES + 1))


@pytest.mark.parametrize("data", [b"\xff\xfe#\x00", b"caf\xe9", b"a\x00b", b"\x89PNG\r\n\x1a\n", b"\xed\xa0\x80"])
def test_a_file_that_is_not_text_says_so(data: bytes) -> None:
    with pytest.raises(PageError, match="not text"):
        decode_page(data)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_page(decode_page(b"\xef\xbb\xbf" + OLDER.encode()), PATH) == read_page(OLDER, PATH)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_end_as_on_any_system(end: str) -> None:
    assert read_page(OLDER.replace("\n", end), PATH) == read_page(OLDER, PATH)


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\x0b", "\x0c", "\x1d"])
def test_a_stray_sign_does_not_end_a_headline_or_an_item(sign: str) -> None:
    page = read_page(OLDER.replace("lighthouse ", f"lighthouse {sign}"), PATH)
    assert replace(page, summary=None) == replace(read_page(OLDER, PATH), summary=None)


# the parts of a page


def page_with(headline: str = "A lighthouse opens", *, above: str = "", below: str = "") -> Page:
    return read_page(f"### [2016-06-2](/news/2016/06/2/index.md)\n\n{above}\n# {headline}\n\n{below}\n", PATH)


@pytest.mark.parametrize("line", ["### [2016-06-2](x)", "## 2016-06-2", "###2016-6-02", "# [ 2016-06-02 ](x)"])
def test_a_day_may_be_padded_or_not(line: str) -> None:
    assert read_page(f"{line}\n\n# A lighthouse opens\n", PATH).date == dt.date(2016, 6, 2)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("### [0044-03-15](/news/0044/03/15/index.md)", dt.date(44, 3, 15)),
        ("### [0001-1-1](x)", dt.date(1, 1, 1)),
        ("### [476-9-4](x)", dt.date(476, 9, 4)),
        ("### [0476-09-4](x)", dt.date(476, 9, 4)),
        ("### [9999-12-31](x)", dt.date(9999, 12, 31)),
    ],
)
def test_every_year_from_1_to_9999_is_read(line: str, day: dt.date) -> None:
    page = read_page(f"{line}\n\n# A lighthouse opens\n", "a-lighthouse-opens.md")
    assert page.date == day
    assert page.path == f"news/{day.year:04}/{day.month:02}/{day.day}/a-lighthouse-opens"
    assert page.path.startswith(f"news/{day.isoformat()[:4]}/")


def test_a_year_of_two_digits_is_read_where_the_path_has_it_too() -> None:
    page = read_page("### [16-06-2](x)\n\n# A lighthouse opens\n", "news/0016/06/2/a-lighthouse-opens.md")
    assert (page.date, page.path) == (dt.date(16, 6, 2), "news/0016/06/2/a-lighthouse-opens")


@pytest.mark.parametrize(
    "line",
    [
        "### [-0044-03-15](x)", "### [-44-3-15](x)", "### -0044-03-15", "### [−44-3-15](x)", "### [44 BC](x)",
        "### [44 B.C.](x)", "### [44 BC-3-15](x)", "### [44-3-15 BC](x)", "### [0044-03-15 BCE](x)",
    ],
)  # fmt: skip
def test_a_year_before_christ_is_refused_by_its_name(line: str) -> None:
    for path in (PATH, "caesar.md"):
        with pytest.raises(PageError) as error:
            read_page(f"{line}\n\n# A lighthouse opens\n", path)
        assert str(error.value) == "its year is before the year 1 (B.C.), which Daybook does not hold"


def test_a_headline_as_long_as_a_paragraph_is_kept_whole() -> None:
    headline = " ".join(["A lighthouse opens."] * 50)
    assert page_with(headline).headline == headline


def test_an_empty_topic_line_is_no_topic() -> None:
    assert page_with(above="##### ").topics == ()
    assert page_with(above="#####").topics == ()


def test_a_page_without_summary_sources_and_related_is_an_event() -> None:
    page = page_with()
    assert (page.summary, page.sources, page.image, page.topics, page.related) == (None, (), None, (), ())


@pytest.mark.parametrize("name", ["Source:", "Sources:", "source", "信息来源:", "信息來源：", "Sources :  "])
def test_sources_are_found_under_each_of_their_names(name: str) -> None:
    assert page_with(below=f"### {name}\n\n1. [A](http://example.org)").sources == (Source("A", "http://example.org"),)


@pytest.mark.parametrize("name", ["Related:", "related", "有关:", "有關："])
def test_related_events_are_found_under_each_of_their_names(name: str) -> None:
    assert len(page_with(below=f"### {name}\n\n1. [A storm](/news/2014/11/3/a-storm.md)").related) == 1


def test_an_unknown_section_is_no_part_of_the_summary() -> None:
    page = page_with(below="It was lit.\n\n### Notes:\n\nA note.\n\n1. [A](http://example.org)")
    assert (page.summary, page.sources) == ("It was lit.", ())


@pytest.mark.parametrize(
    ("url", "is_valid"),
    [
        ("http://example.org/a", True),
        ("HTTPS://example.org/a", True),
        ("http://example.org/a_(b)_(c)", True),
        ("http://example.org/[a]?b=(c", True),
        ("http://例え.example/紫", True),
        ("http://example.org:8080/?q=%20", True),
        ("javascript:alert(1)", False),
        ("data:text/html,a", False),
        ("ftp://example.org/a", False),
        ("file:///etc/passwd", False),
        ("//example", False),
        ("/news/2016/06/2/index.md", False),
        ("http://", False),
        ("http:///a", False),
        ("http://example.org:port/", False),
        ("http://[::1/", False),
        ("http://exam ple.org/", False),
        # No browser knows such hosts.
        ("http://exa|mple.com/a", False),
        ("http://exa｜mple.com/a", False),
        ("http://exa^mple.com/", False),
        ("http://exa%6dple.com/", False),
        ("http://[::ffff:127.0.0.1]/", False),
        ("http://127.0.0.1/", False),
        ("http://1.2.3.4.5/", False),
        ("http://example.0x7f/", False),
        ("http://8.8.8.8/a", True),
        ("http://a_b.example.org/", True),
        ("http://xn--bcher-kva.example/", True),
        ("http://" + "a" * 64 + ".org/", False),
        ("http://example.org/\u202egpj.exe", False),
        ("http://example.org/\u200b", False),
        ("http://example.org/" + "a" * 5000, False),
        ("", False),
    ],
)
def test_only_web_addresses_survive(url: str, is_valid: bool) -> None:
    assert http_address(url) == (url if is_valid else None)
    assert [source.url for source in page_with(below=f"### Source:\n\n1. [A]({url})").sources] == [url] * is_valid
    assert page_with(below=f"### Source:\n\n1. [Cover Image]({url})").image in (None, url if is_valid else None)


def test_a_repeated_source_is_listed_once() -> None:
    below = "### Source:\n\n1. [A](http://example.org/a)\n1. [B](http://example.org/b)\n2. [C](http://example.org/a)"
    assert [source.name for source in page_with(below=below).sources] == ["A", "B"]


def test_a_source_without_a_name_shows_its_host() -> None:
    below = "### Source:\n\n1. [ ](http://example.org/a)"
    assert page_with(below=below).sources == (Source("example.org", "http://example.org/a"),)


@pytest.mark.parametrize(
    "label",
    [
        *[
            "1",
            "２",
            "[1]",
            "–",
            "link",
            "Dead link",
            "link|date=十一月 2017",
            "url=https://example.com/a |date=2014 RTHK",
        ],
        *["title = A storm | publisher = RTHK", "https://example.com/a?b=c", "www.example.com/a", "//example.com/a"],
    ],
)
@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://example.org/a", "example.org"),
        ("https://WWW.Example.org:80/a", "example.org"),
        ("https://web.archive.org/web/20141107210730/http://www.example.org/a?b=http://c.example", "example.org"),
        ("https://web.archive.org/web/2014/example.org", "web.archive.org"),
        ("https://www.webcitation.org/5tclX?url=http://www.example.org/a", "example.org"),
    ],
)
def test_a_source_whose_label_is_no_name_shows_its_host(label: str, url: str, host: str) -> None:
    assert page_with(below=f"### Source:\n\n1. [{label} ]({url})").sources == (Source(host, url),)


@pytest.mark.parametrize(
    "label", ["c|net", "20 Minutes", "明報", "Update: a storm", "Link TV", "R&amp;B", "A (b) [c] d"]
)
def test_a_source_keeps_an_odd_name(label: str) -> None:
    (source,) = page_with(below=f"### Source:\n\n1. [{label}](http://example.org/a)").sources
    assert source.name == clean(label)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("http://example.org/?a=1&amp;b=2&amp;amp;c=3", "http://example.org/?a=1&b=2&c=3"),
        ("http://example.org/?a=1&#38;b=2&#038;c=3&#x26;d=4", "http://example.org/?a=1&b=2&c=3&d=4"),
        ("http://example.org/?a&amp=1", "http://example.org/?a&amp=1"),
        ("//img.example.org/a.jpg", "https://img.example.org/a.jpg"),
        ('http://example.org/a "A title"', "http://example.org/a"),
        ("http://example.org/a_(b) 'A (short) title'", "http://example.org/a_(b)"),
        ("<http://example.org/a> \"A 'title'\"", "http://example.org/a"),
    ],
)
def test_an_address_is_read_as_a_browser_would(written: str, address: str) -> None:
    page = page_with(below=f"### Source:\n\n1. [A]({written}) 2 May\n2. [Cover Image]({written})")
    assert (page.sources, page.image) == ((Source("A", address),), address)


@pytest.mark.parametrize("between", [" ", "", ", ", "; ", " | ", " / ", " and ", "、", " 2. ", " (in German) "])
def test_two_sources_in_one_line_are_two(between: str) -> None:
    line = f'1. [A [a]](http://example.org/a_(b)){between}[B](//example.org/b "B\'s")'
    sources = (Source("A [a]", "http://example.org/a_(b)"), Source("B", "https://example.org/b"))
    assert page_with(below=f"### Source:\n\n{line}").sources == sources


def test_images_and_sources_in_one_line_are_all_read() -> None:
    line = "[A](http://example.org/a) [IMG](http://example.org/a.jpg) [B](http://example.org/b) [IMG](http://example.org/b.jpg)"
    page = page_with(below=f"### Source:\n\n1. {line}")
    assert [source.name for source in page.sources] == ["A", "B"]
    assert page.image == "http://example.org/a.jpg"


def test_a_cover_image_comes_before_one_behind_a_source() -> None:
    beside = "1. [A](http://example.org/a) [IMG](http://img.example.org/a.jpg)"
    cover = "2. [Cover Image](http://img.example.org/cover.jpg)"
    assert page_with(below=f"### Source:\n\n{beside}\n{cover}").image == "http://img.example.org/cover.jpg"
    assert page_with(below=f"### Source:\n\n{beside}").image == "http://img.example.org/a.jpg"


def test_a_front_page_is_no_image() -> None:
    assert page_with(below="### Source:\n\n1. [Cover Image](http://example.org/)").image is None


def related(*items: str) -> Page:
    return page_with(below="### Related:\n\n" + "\n".join(items))


@pytest.mark.parametrize(
    ("context", "topics"),
    [
        ("Port Amber, lighthouse", ["Port Amber", "lighthouse"]),
        ("Atari, Inc., Port Amber", ["Atari, Inc.", "Port Amber"]),
        ("NASA, anomaly on October 28, 2014", ["NASA", "anomaly on October 28, 2014"]),
        ("elections, 2016, lighthouse", ["elections, 2016", "lighthouse"]),
        ("Amber, Zinc and Co., Ltd., copper", ["Amber", "Zinc and Co., Ltd.", "copper"]),
        ("Port (east, amber, west), lighthouse", ["Port (east, amber, west)", "lighthouse"]),
        ("Washington, D.C., lighthouse", ["Washington, D.C.", "lighthouse"]),
        ("国际, 中国, 琥珀", ["国际", "中国", "琥珀"]),
        ("Port Amber, Portal:Current events", ["Port Amber"]),
        ("", []),
        (" , ", []),
    ],
)
def test_a_topics_name_may_hold_a_comma(context: str, topics: list[str]) -> None:
    (mention,) = related(f"1. [A storm](/news/2014/11/3/a-storm.md) _Context: {context}_").related
    assert list(mention.topics) == topics


def test_topics_come_from_the_own_line_then_from_contexts_the_most_frequent_first() -> None:
    page = page_with(
        above="##### lamp",
        below="### Related:\n\n"
        "1. [A](/news/2014/11/3/a.md) _Context: Port Amber, lighthouse_\n"
        "2. [B](/news/2014/11/3/b.md) _Context: lighthouse_\n"
        "3. [C](/news/2014/11/3/c.md)",
    )
    assert page.topics == ("lamp", "lighthouse", "Port Amber")


def test_a_repeated_related_event_is_listed_once_with_all_its_topics() -> None:
    page = related(
        "1. [A storm](/news/2014/11/3/a-storm.md) _Context: Port Amber_",
        "2. [A storm!](/zh/news/2014/11/03/a-storm.md) _Context: Port Amber, storm_",
    )
    assert page.related == (
        Mention("news/2014/11/3/a-storm", dt.date(2014, 11, 3), "A storm", ("Port Amber", "storm")),
    )


def test_two_related_events_in_one_line_are_two() -> None:
    page = related(
        '1. [A storm](/news/2014/11/3/a-storm.md "A storm") _Context: Port Amber, storm_'
        " 2. [A calm](/news/2014/11/4/a-calm.md) _Context: Port Amber_"
    )
    assert [(mention.headline, mention.topics) for mention in page.related] == [
        ("A storm", ("Port Amber", "storm")),
        ("A calm", ("Port Amber",)),
    ]


@pytest.mark.parametrize(
    "item",
    [
        "1. [The page itself](/news/2016/06/2/a-lighthouse-opens.md)",
        "1. [Previous day](/news/2016/06/1/index.md)",
        "1. [A list](/news/2016/06/1/README.md)",
        "1. [No date](/about.md)",
        "1. [Impossible](/news/2016/13/1/a.md)",
        "1. [ ](/news/2016/06/1/a.md)",
        "1. [never closed](/news/2016/06/1/a.md",
        "1. no link",
    ],
)
def test_what_is_no_other_event_is_not_related(item: str) -> None:
    assert related(item).related == ()


@pytest.mark.parametrize(
    "label",
    ["A (b) c", "A [b](c) d", "A [b](c) [d](e) f", "A ](b", "[[A]]", "A [http://example.org b] c", "A _Context: b_ c"],
)
def test_a_headline_in_a_list_may_hold_brackets(label: str) -> None:
    (mention,) = related(f"1. [{label} ](/news/2014/11/3/a-(b)-c.md) _Context: Port Amber_").related
    assert (mention.path, mention.topics) == ("news/2014/11/3/a-(b)-c", ("Port Amber",))
    assert mention.headline == clean(label)


@pytest.mark.parametrize(
    ("headline", "language"),
    [("A lighthouse opens", "en"), ("琥珀港的灯塔", "zh"), ("NASA发射探测器Amber 9", "zh"), ("", "en")],
)
def test_language_is_guessed_by_the_letters(headline: str, language: str) -> None:
    assert guess_language(headline) == language


def test_a_related_path_may_be_percent_encoded() -> None:
    (mention,) = related("1. [A](/zh/news/2014/11/3/%E7%90%A5%E7%8F%80.md)").related
    assert mention.path == "news/2014/11/3/琥珀"


def test_a_lone_file_takes_its_date_line_and_file_name() -> None:
    for path in ("a-lighthouse-opens.md", "/tmp/download/a-lighthouse-opens.md", "C:\\a-lighthouse-opens.md"):  # noqa: S108
        assert read_page(OLDER, path) == read_page(OLDER, PATH)
    with pytest.raises(PageError, match="file name"):
        read_page(OLDER, "")


# a day's index

INDEX = """\

Formats: [HTML](2014/11/3/index.html)

## [2014-11-3](/news/2014/11/3/index.md)

##### Port Amber
### [A storm hits ''Port Amber''. ](/news/2014/11/3/a-storm-hits-port-amber.md)
Waves were high.
_Context: Port Amber, storm_
### [The harbour closes](/news/2014/11/3/the-harbour-closes.md)

##### 
### [A comet is seen](/news/2014/11/3/a-comet-is-seen.md)
_Context: comet_
##### harvest
### [Wheat is dear](/zh/news/2014/11/3/wheat-is-dear.md)

## [Previous Day...](/news/2014/11/2/index.md)
### [A clock stops](/news/2014/11/2/a-clock-stops.md)
"""  # noqa: W291


def test_a_days_index_names_events_and_their_topics() -> None:
    assert [(mention.headline, mention.topics) for mention in read_index(INDEX)] == [
        ("A storm hits Port Amber.", ("Port Amber", "storm")),
        # One topic line stands above all the headlines that share it.
        ("The harbour closes", ("Port Amber",)),
        ("A comet is seen", ("comet",)),
        ("Wheat is dear", ("harvest",)),
        ("A clock stops", ()),
    ]


def test_a_day_index_dates_its_events_by_their_paths() -> None:
    assert {(mention.path, mention.date) for mention in read_index(INDEX)} >= {
        ("news/2014/11/3/wheat-is-dear", dt.date(2014, 11, 3)),
        ("news/2014/11/2/a-clock-stops", dt.date(2014, 11, 2)),
    }


def test_a_list_of_days_names_no_event() -> None:
    assert read_index("# 2014\n\n### [2014-11-3](/news/2014/11/3/index.md)\n_Context: Port Amber_\n") == ()
