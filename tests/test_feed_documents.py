"""Documents of feeds, of every kind and as broken as they come: each field is right, or missing."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import FetchError
from bot.domain.feed import MOST_ITEMS, FeedDocument, FeedItem
from bot.sources.feed_document import from_json, read_document, to_json
from bot.sources.feed_links import canonical_link, is_home, tidy_link
from bot.sources.feed_process import read_in_process
from bot.sources.feed_text import decode, plain_text
from bot.sources.feed_visit import feed_of
from tests.helpers.feeds import Story, rss
from tests.helpers.samples import ROOT

ADDRESS = "https://paper.example/feeds/news.xml"
SHARED = ROOT.parent / "shared" / "feeds" / "rss"
MOMENT = datetime(2024, 3, 5, 9, 30, tzinfo=UTC)


def read(text: str | bytes, content_type: str = "application/xml") -> FeedDocument:
    return read_document(text.encode() if isinstance(text, str) else text, content_type, ADDRESS)


def item_of(text: str | bytes, content_type: str = "application/xml") -> FeedItem:
    document = read(text, content_type)
    assert document.kind == "feed"
    (item,) = document.items
    return item


RSS_090 = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf&#47;simple&#47;0.9/">
<channel><title>The Paper</title><link>https://paper.example/</link></channel>
<item><title>A ship sails</title><link>https://paper.example/ship</link></item></rdf:RDF>"""
RSS_091 = """<rss version="0.91"><channel><title>The Paper</title><link>https://paper.example/</link><language>en-gb</language>
<item><title>A ship sails</title><link>https://paper.example/ship</link><description>To Oslo.</description></item>
</channel></rss>"""
RSS_10 = """<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://paper.example/"><title>The Paper</title><link>https://paper.example/</link>
<dc:language>en</dc:language></channel>
<item rdf:about="https://paper.example/ship"><title>A ship sails</title><link>https://paper.example/ship</link>
<description>To Oslo.</description><dc:date>2024-03-05T10:30:00+01:00</dc:date><dc:subject>Ships</dc:subject></item>
</rdf:RDF>"""
RSS_20 = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>The Paper</title>
<link>https://paper.example/</link><language>en</language><item><title>A ship sails</title>
<link>https://paper.example/ship?utm_source=rss</link><description><![CDATA[<p>To <i>Oslo</i>.</p>]]></description>
<guid isPermaLink="false">ship-1</guid><pubDate>Tue, 05 Mar 2024 10:30:00 +0100</pubDate><category>Ships</category>
<category>https://paper.example/tags/1</category>
<media:group><media:content url="https://paper.example/s.jpg" medium="image" width="200"/>
<media:content url="https://paper.example/l.jpg" medium="image" width="900"/>
<media:content url="https://paper.example/f.mp4" medium="video" width="1900"/></media:group>
<enclosure url="https://paper.example/e.jpg" type="image/jpeg"/></item></channel></rss>"""
ATOM_10 = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>The Paper</title>
<link href="https://paper.example/"/><entry><title type="html">A &lt;b&gt;ship&lt;/b&gt; sails</title><id>tag:1</id>
<link rel="alternate" href="/go?1"/><link rel="canonical" href="https://paper.example/ship"/>
<link rel="enclosure" href="https://paper.example/s.jpg" type="image/jpeg"/>
<category term="ships" label="Ships"/><updated>2024-03-06T00:00:00Z</updated>
<published>2024-03-05T09:30:00Z</published><summary>To Oslo.</summary></entry></feed>"""
ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="en"><title>The Paper</title>
<link rel="alternate" type="text/html" href="https://paper.example/"/><entry><title>A ship sails</title>
<link rel="alternate" type="text/html" href="https://paper.example/ship"/><id>tag:1</id>
<issued>2024-03-05T09:30:00Z</issued><modified>2024-03-06T00:00:00Z</modified>
<summary>To Oslo.</summary></entry></feed>"""
KINDS: dict[str, tuple[str, dict[str, object], str | None]] = {
    "0.90": (RSS_090, {"summary": None, "id": None, "published": None, "categories": (), "image": None}, None),
    "0.91": (RSS_091, {"id": None, "published": None, "categories": (), "image": None}, "en"),
    "1.0": (RSS_10, {"id": "https://paper.example/ship", "image": None}, "en"),
    "2.0": (RSS_20, {"id": "ship-1", "image": "https://paper.example/l.jpg"}, "en"),
    "Atom 1.0": (ATOM_10, {"id": "tag:1", "image": "https://paper.example/s.jpg"}, "en"),
    "Atom 0.3": (ATOM_03, {"id": "tag:1", "image": None, "categories": ()}, "en"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_is_right_or_missing(kind: str) -> None:
    text, fields, language = KINDS[kind]
    expected = {
        "headline": "A ship sails", "summary": "To Oslo.", "link": "https://paper.example/ship", "is_own_link": True,
        "published": MOMENT, "categories": ("Ships",), **fields,
    }  # fmt: skip
    item = item_of(text)
    assert {name: getattr(item, name) for name in expected} == expected
    document = read(text)
    assert (document.title, document.home, document.language) == ("The Paper", "https://paper.example/", language)
    assert from_json(to_json(document)) == document


def in_rss(fields: str) -> str:
    return f'<rss version="2.0"><channel><title>T</title><item>{fields}</item></channel></rss>'


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 05 Mar 2024 09:30:00 GMT", MOMENT),
        ("05 Mar 2024 04:30 EST", MOMENT),
        ("2024-03-05T09:30:00Z", MOMENT),
        ("Mi, 05 Mär 2024 10:30:00 +0100", MOMENT),
        ("martes, 5 de marzo de 2024 09:30", MOMENT),
        ("Ter, 05 Mar 2024 06:30:00 -0300", MOMENT),
        ("5 décembre 2024", datetime(2024, 12, 5, tzinfo=UTC)),
        ("Seg, 24 Set 2018 19:42:40 -0300", datetime(2018, 9, 24, 22, 42, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("Tue, 32 Foo 2024 09:30:00 GMT", None),
    ],
)  # fmt: skip
def test_dates_as_feeds_write_them(text: str, moment: datetime | None) -> None:
    assert item_of(in_rss(f"<title>A ship</title><pubDate>{text}</pubDate>")).published == moment


def test_an_impossible_date_is_none() -> None:
    today = date(2024, 3, 5)
    days = [(2024, 3, 6), (2024, 3, 7), (1999, 12, 31), (2000, 1, 1)]
    items = [FeedItem("A", published=datetime(*day, 12, tzinfo=UTC)) for day in days]
    assert [item.day(today) for item in items] == [date(2024, 3, 6), today, today, date(2000, 1, 1)]
    assert [item.dated(today) is None for item in items] == [False, True, True, False]


HEADLINES = [
    "Größe, Überfluß und Maß", "Тайфун обрушился на Манилу", "台风袭击马尼拉", "台風がマニラを襲った",
    "إطلاق سفينة جديدة", "ספינה חדשה הושקה", "Ένα νέο πλοίο", "नई नौका का जलावतरण", "태풍이 마닐라를 강타했다",
]  # fmt: skip


@pytest.mark.parametrize("headline", HEADLINES)
@pytest.mark.parametrize("content_type", ["text/xml", "application/xml; charset=iso-8859-1", "text/xml; charset=ascii"])
@pytest.mark.parametrize("declared", ["", ' encoding="utf-8"', ' encoding="ISO-8859-1"', ' encoding="utf-16"'])
def test_what_reads_as_utf_8_is_utf_8_whatever_is_said(headline: str, content_type: str, declared: str) -> None:
    text = f'<?xml version="1.0"{declared}?>' + in_rss(f"<title>{headline}</title>")
    assert item_of(text, content_type).headline == headline


@pytest.mark.parametrize(
    ("encoding", "headline"),
    [
        ("iso-8859-1", HEADLINES[0]), ("windows-1252", "“Größe” – Maß"), ("windows-1251", HEADLINES[1]),
        ("koi8-r", HEADLINES[1]), ("gb2312", HEADLINES[2]), ("shift_jis", HEADLINES[3]), ("windows-1256", HEADLINES[4]),
        ("iso-8859-8", HEADLINES[5]), ("euc-kr", HEADLINES[8]), ("iso-2022-jp", HEADLINES[3]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["document", "server"])
def test_other_encodings_are_read_as_they_say(encoding: str, headline: str, where: str) -> None:
    declared = f' encoding="{encoding}"' if where == "document" else ""
    text = f'<?xml version="1.0"{declared}?>' + in_rss(f"<title>{headline}</title>")
    said = f"text/xml; charset={encoding}" if where == "server" else "text/xml; charset=no-such-thing"
    assert item_of(text.encode(encoding), said).headline == headline


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings_are_known_by_their_bytes(encoding: str) -> None:
    text = '<?xml version="1.0" encoding="utf-8"?>' + in_rss(f"<title>{HEADLINES[2]}</title>")
    assert item_of(text.encode(encoding)).headline == HEADLINES[2]


def test_an_unknown_encoding_is_taken_as_windows_1252() -> None:
    assert "Größe" in decode(in_rss("<title>Größe</title>").encode("windows-1252"), "text/xml; charset=hex")


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Q&amp;A: what &lt;i&gt;now&lt;/i&gt;?", "Q&A: what now?"),
        ("1 &lt; 2, and 3 &gt; 2", "1 < 2, and 3 > 2"),
        ("A&nbsp;ship &mdash; a boat", "A ship — a boat"),
        ("<![CDATA[A <b>ship</b> &amp; a boat]]>", "A ship & a boat"),
        ("  A\n ship\t sails ", "A ship sails"),
        ("A \u202eship\u200b sails\u0007", "A ship sails"),
    ],
)
def test_a_headline_is_what_a_reader_sees(title: str, headline: str) -> None:
    assert item_of(in_rss(f"<title>{title}</title>")).headline == headline


def test_scripts_and_styles_are_no_text() -> None:
    text = "<style>p{}</style><p>One.</p><p>Two.</p><script>alert(1)</script><!-- no --><img src='x'>"
    assert plain_text(text) == "One. Two."


def test_an_item_without_a_title_is_called_by_its_text() -> None:
    assert item_of(in_rss("<description>A ship sails to Oslo.</description>")).headline == "A ship sails to Oslo."
    long = item_of(in_rss(f"<description>{'A ship sails. ' * 30}</description>"))
    assert len(long.headline) <= 120
    assert long.summary is not None
    document = read(in_rss("<link>https://paper.example/1</link>"))
    assert (document.items, document.unread) == ((), 1)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (in_rss("<title>A & B</title>"), ["A & B"]),
        (in_rss("<title>One</title>").removesuffix("</item></channel></rss>"), ["One"]),
        (f"\n\n  <!-- x -->{in_rss('<title>One</title>')}", ["One"]),
        ("<?xml?xml ??>\n<rss rss:version=2.0><r:channel><r:item><r:title>One</r:title></r:item></r:channel></rss>",
         ["One"]),
        (in_rss("<title>One</title><x:y>2</x:y>"), ["One"]),
        (in_rss("<title>One\x0c</title>"), ["One"]),
        ('<rss version="2.0"><channel><title>Empty</title></channel></rss>', []),
    ],
)  # fmt: skip
def test_broken_documents_give_what_can_be_read(text: str, items: list[str]) -> None:
    document = read(text)
    assert (document.kind, [item.headline for item in document.items]) == ("feed", items)


def test_entities_are_not_expanded_and_no_file_is_read() -> None:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE rss [<!ENTITY a0 "ha">{lines}]>' + in_rss("<title>Bomb &a9;</title>")
    assert len(item_of(bomb).headline) < 100
    outside = '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + in_rss("<title>Out &f;</title>")
    assert "root" not in item_of(outside).headline


def test_a_page_for_people_names_its_feeds() -> None:
    page = """<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss">
    <link rel=alternate type="application/atom+xml" href="https://other.example/atom"><link rel="stylesheet" href="/x">
    </head><body><p>Hello</p></body></html>"""
    document = read(page, "text/html")
    assert (document.kind, document.alternates) == (
        "html", ("https://paper.example/rss", "https://other.example/atom"),
    )  # fmt: skip
    with pytest.raises(FetchError, match=r"a web page, not a feed; it names https://paper\.example/rss"):
        feed_of(document, ADDRESS)
    for nothing in (b"", b'{"items": []}', b"\x89PNG\r\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(1000)):
        assert read(nothing).kind == "other"


def test_ids_and_links_of_several_items_are_those_of_none() -> None:
    stories = [
        Story("The first thing that happened", "https://paper.example/live", "1"),
        Story("Something else entirely", "https://paper.example/live", "1"),
        Story("The first thing that happened", "https://paper.example/live", "1"),
        Story("A home page", "https://paper.example/", "3"),
    ]
    items = read(rss(stories[0], Story("Of its own", "https://paper.example/own", "2"), *stories[2:])).items
    assert [(item.id, item.is_own_link) for item in items] == [("1", True), ("2", True), ("3", False)]
    other = Story("Something else entirely", "https://paper.example/other", "1")
    items = read(rss(stories[0], other)).items
    assert [(item.id, item.is_own_link) for item in items] == [(None, True), (None, True)]
    two = [Story(story.title, story.link, None) for story in stories[:2]]
    assert [item.is_own_link for item in read(rss(*two)).items] == [False, False]


def test_the_newest_two_hundred_items_are_read() -> None:
    days = [date(2024, 1, 1).replace(day=number % 28 + 1) for number in range(300)]
    document = read(
        rss(*[Story(f"Story {n}", f"https://paper.example/{n}", f"{n}", day) for n, day in enumerate(days)])
    )
    assert (document.total, len(document.items)) == (300, MOST_ITEMS)
    assert min(item.published for item in document.items if item.published) >= datetime(2024, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "tidy"),
    [
        ("HTTPS://Paper.Example:443/a?utm_source=x&id=1&fbclid=2", "https://paper.example/a?id=1"),
        ("http://paper.example", "http://paper.example/"),
        ("https://paper.example/a_(b)#c", "https://paper.example/a_(b)#c"),
        ("https://paper.example/a b[1]", "https://paper.example/a%20b%5B1%5D"),
        ("javascript:alert(1)", None),
        ("mailto:x@paper.example", None),
        ("/relative", None),
        ("https://user:secret@paper.example/", None),
        ("https://paper.example:99999/", None),
        ("", None),
        (None, None),
    ],
)
def test_links_are_stored_tidy(link: str | None, tidy: str | None) -> None:
    assert tidy_link(link) == tidy


def test_links_to_one_article_are_one() -> None:
    same = ["https://paper.example/a", "http://www.paper.example:80/a/", "https://paper.example/a?rss=1#top"]
    assert len({canonical_link(tidy_link(link) or "") for link in same}) == 1
    assert canonical_link("https://paper.example/a?id=1") != canonical_link("https://paper.example/a?id=2")
    assert is_home("https://paper.example/")
    assert not is_home("https://paper.example/?id=1")


pieces = st.sampled_from(
    [
        "<item>", "</item>", "<title>", "</title>", "<link>", "<rss version='2.0'>", "<channel>", "<entry>", "<guid>",
        "]]>", "<![CDATA[", "&amp;", "&#0;", "&#xD800;", "&bogus;", "<pubDate>", "Tue, 05 Mar 2024", "<!DOCTYPE",
        "<?xml", "?>", "<", ">", "\0", "\ufeff", "אב", "台风", "<html>", "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<media:content url='",
    ]
)  # fmt: skip


@given(
    st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=30).map(lambda parts: "".join(parts).encode("utf-8")))
)
@settings(deadline=None)
def test_no_document_is_too_broken(data: bytes) -> None:
    document = read(data)
    assert document.kind in {"feed", "html", "other"}
    assert from_json(to_json(document)) == document


@given(st.text(min_size=1, max_size=60))
@settings(deadline=None)
def test_any_text_can_stand_in_a_headline(text: str) -> None:
    document = read(rss(Story(text.encode("utf-8", "replace").decode())))
    assert all(item.headline == plain_text(item.headline, is_html=False) for item in document.items)


@pytest.mark.process
async def test_a_document_is_read_in_a_process_of_its_own() -> None:
    assert await read_in_process(RSS_20.encode(), "text/xml", ADDRESS) == read(RSS_20)


@pytest.mark.process
async def test_a_document_that_takes_too_long_is_one_sentence() -> None:
    with pytest.raises(FetchError, match="takes too long to read"):
        await read_in_process(RSS_20.encode(), "text/xml", ADDRESS, seconds=0.05)


@pytest.mark.process
@pytest.mark.parametrize(
    ("shape", "seconds"),
    # The first would take half a minute, however long it may.
    [("deep", 3), ("many", 20), ("attributes", 20), ("unclosed", 20), ("cdata", 20), ("tags", 20)],
)
async def test_a_huge_document_hurts_nobody(shape: str, seconds: float) -> None:
    size = 5 * 2**20
    data = {
        "deep": b"<rss><channel>" + b"<item>" * (size // 6),
        "many": rss(*[Story(f"Story number {n}", f"https://paper.example/{n}", f"{n}") for n in range(size // 150)]),
        "attributes": b"<rss " + b"a='b' " * (size // 6) + b">",
        "unclosed": b"<rss><channel><item><title>" + b"<" * (size // 2),
        "cdata": b"<rss><channel><item><title><![CDATA[" + random.Random(1).randbytes(size),
        "tags": b"<rss><channel><item><description>" + b"&lt;b&gt;" * (size // 9),
    }[shape]
    try:
        document = await read_in_process(data, "text/xml", ADDRESS, seconds=seconds)
    except FetchError:
        return
    assert len(to_json(document)) < 8 * 2**20


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded feeds are not part of the project")
def test_recorded_feeds_are_read_whole() -> None:
    # Items, and how many have a date, a link, an id, a summary, an image, and categories.
    expected = {
        "babayagan_wp_current_events_2026-08-22.rss": (15, 15, 15, 15, 15, 0, 0),
        "feedrs_atom_mediarss_reddit_1.xml": (25, 25, 25, 25, 25, 1, 25),
        "feedrs_rss_1.0_biorxiv.xml": (1, 1, 1, 1, 1, 0, 0),
        "feedrs_rss_2.0_spiegel.xml": (1, 1, 1, 1, 1, 1, 0),
        "kagi_malformed_rss_namespaced.xml": (2, 2, 2, 0, 2, 0, 0),
        "kagi_utf16_encoded.xml": (1, 1, 1, 0, 1, 0, 0),
        "rssparser_encoding.rss": (40, 40, 40, 0, 36, 0, 40),
        "rssparser_guardian.rss": (55, 55, 55, 55, 55, 55, 55),
        "rssparser_heise.atom": (15, 15, 15, 15, 15, 0, 0),
        "rssparser_uolNoticias.rss": (15, 15, 15, 0, 11, 0, 0),
    }
    counts = {}
    for name in expected:
        document = read((SHARED / name).read_bytes(), "text/xml")
        items = document.items
        fields = [(i.published, i.link, i.id, i.summary, i.image, i.categories) for i in items]
        counts[name] = (len(items), *(sum(bool(row[column]) for row in fields) for column in range(6)))
        assert document.title
        assert all("\ufffd" not in item.headline for item in items)
    assert counts == expected
